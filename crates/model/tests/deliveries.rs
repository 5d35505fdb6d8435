//! Where passwords go: every form, and the slips that people make with them.

mod common;

use anteroom_model::manifest::load;
use anteroom_model::operation::Delivery;
use common::{Memory, lines};

const ONE: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const TWO: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

/// A manifest with an account for each of these deliveries, beside two files of recipients.
fn files(deliveries: &[&str]) -> Memory {
    let mut text = "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\nserviceAccounts:\n".to_owned();
    for (number, delivery) in deliveries.iter().enumerate() {
        let account = format!(
            "  a{number}:\n    userPrincipalName: a{number}@contoso.com\n    password: {{ deliverTo: {delivery} }}\n"
        );
        text.push_str(&account);
    }
    Memory::default()
        .with("f/m.yaml", text)
        .with("f/keys.txt", format!("# of the operations team\n{ONE}\n\n  {TWO}\n"))
        .with("f/wrong.txt", format!("{ONE}\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0 a@b\n"))
        .with("f/none.txt", "# nobody yet\n")
}

fn found(deliveries: &[&str]) -> String {
    lines(&load(&["f/m.yaml".into()], &files(deliveries)))
}

#[test]
fn every_form_becomes_a_delivery() {
    let loaded = load(
        &["f/m.yaml".into()],
        &files(&[
            "{ file: secrets/a }",
            "{ age: { recipients: [keys.txt], file: ../a.age } }",
            &format!("{{ age: {{ recipients: [{}], file: secrets/b.age }} }}", TWO.to_uppercase()),
            "{ command: [pass, insert, --multiline, 'exchange/a b'] }",
            "{ keyVault: { vault: 'https://Contoso.vault.azure.net/', secret: condeco } }",
            "{ keyVault: { vault: fabrikam, secret: condeco } }",
        ]),
    );
    assert_eq!(lines(&loaded), "");
    let manifest = loaded.manifest.expect("no errors");
    let deliveries: Vec<Delivery> = manifest.resources.values().filter_map(Delivery::of).collect();
    let words = ["pass", "insert", "--multiline", "exchange/a b"];
    let vault = |vault: &str| Delivery::KeyVault { vault: vault.to_owned(), secret: "condeco".to_owned() };
    assert_eq!(
        deliveries,
        [
            Delivery::File("secrets/a".to_owned()),
            Delivery::Age { recipients: vec![ONE.to_owned(), TWO.to_owned()], file: "a.age".to_owned() },
            Delivery::Age { recipients: vec![TWO.to_owned()], file: "secrets/b.age".to_owned() },
            Delivery::Command(words.map(str::to_owned).to_vec()),
            vault("https://contoso.vault.azure.net"),
            vault("fabrikam"),
        ]
    );
}

/// Who can read a password is part of the manifest, also where a file beside it says so.
#[test]
fn recipients_in_a_file_are_part_of_the_digest() {
    let delivery = ["{ age: { recipients: [keys.txt], file: a.age } }"];
    let digest = |files: &Memory| load(&["f/m.yaml".into()], files).manifest.expect("no errors").digest;
    assert_ne!(digest(&files(&delivery)), digest(&files(&delivery).with("f/keys.txt", ONE)));
}

#[test]
fn exactly_one_form() {
    insta::assert_snapshot!(found(&["{}", "{ file: a, command: [pass] }", "secrets/a", "{ flie: a }"]), @"
    f/m.yaml:7:28 exactly-one-of: none of `file`, `age`, `command` and `keyVault` is stated (name the file: `deliverTo: { file: secrets/… }`)
    f/m.yaml:10:48 exactly-one-of: `file` and `command` cannot both be stated (keep one of them)
      f/m.yaml:10:36 `file`
    f/m.yaml:13:28 wrong-type: `deliverTo` must be a mapping, found the text `secrets/a` (name the file: `deliverTo: { file: secrets/a }`)
    f/m.yaml:16:30 unknown-key: unknown key `flie` in `deliverTo` (did you mean `file`?)
    ");
}

#[test]
fn recipients_that_age_cannot_encrypt_to() {
    let slip = ONE.replace("zvky", "zvkg");
    let recipients = |text: &str| {
        let name: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{{ age: {{ recipients: [{text}], file: f{name} }} }}")
    };
    let stated = [
        "",
        "none.txt, missing.txt",
        "wrong.txt",
        slip.as_str(),
        "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0\"",
        ONE,
    ]
    .map(recipients);
    let twice = format!("{{ age: {{ recipients: [{ONE}, keys.txt], file: twice.age }} }}");
    let mut all: Vec<&str> = stated.iter().map(String::as_str).collect();
    all.push(&twice);
    insta::assert_snapshot!(found(&all), @"
    f/keys.txt:2:1 duplicate-element: `age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnuj…` stands twice (remove one of the two)
      f/m.yaml:31:50 it stands here first
    f/m.yaml:7:49 age-recipient-invalid: nobody could read what is encrypted to no recipient (add a public key, `age1…`)
    f/m.yaml:10:60 file-unreadable: cannot read f/missing.txt: there is no such file (check the path; paths in a manifest are relative to the file they stand in)
    f/m.yaml:16:50 age-recipient-invalid: `age1zvkgg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnuj…` is no whole recipient: it was shortened or mistyped (copy the whole public key, `age1…` and 58 characters more)
    f/m.yaml:19:50 age-recipient-invalid: `age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yy…` is a recipient of a plugin (this program runs no plugins: write a public key as `age-keygen` prints it, `age1…`)
    f/m.yaml:22:50 age-recipient-invalid: an identity of age stands where a recipient is needed (this key is private: remove it here, replace it, and write its public key, `age1…`)
    f/m.yaml:25:50 age-recipient-invalid: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0` is a key of SSH (this program encrypts to keys of age alone: make one with `age-keygen`)
    f/wrong.txt:2:1 age-recipient-invalid: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0 a@b` is a key of SSH (this program encrypts to keys of age alone: make one with `age-keygen`)
    ");
}

#[test]
fn commands_that_cannot_take_a_password() {
    insta::assert_snapshot!(found(&[
        "{ command: [] }",
        "{ command: pass insert a }",
        "{ command: [pass insert a] }",
        "{ command: ['', a] }",
    ]), @"
    f/m.yaml:7:39 password-command-invalid: a command without a program (write the program and its arguments: [pass, insert, --multiline, exchange/…])
    f/m.yaml:10:39 wrong-type: `command` must be a list, found the text `pass insert a` (write every word as an element of a list: [pass, insert, a])
    f/m.yaml:13:40 password-command-invalid: a whole command line stands where the program is expected (make every word an element of its own: no shell takes the line apart)
    f/m.yaml:16:40 empty-value: an element of `command` is empty text (write a value, or remove the line)
    ");
}

#[test]
fn secrets_that_no_vault_can_hold() {
    let vault =
        |vault: &str, secret: &str| format!("{{ keyVault: {{ vault: '{vault}', secret: '{secret}' }} }}");
    let all = [
        vault("http://contoso.vault.azure.net", "a"),
        vault("contoso.vault.azure.net", "b"),
        vault("https://contoso.example.com", "c"),
        vault("https://contoso.vault.azure.net/secrets/x", "d"),
        vault("1contoso", "e"),
        vault("contoso", "a_b"),
        "{ keyVault: { vault: contoso } }".to_owned(),
    ];
    insta::assert_snapshot!(found(&all.iter().map(String::as_str).collect::<Vec<_>>()), @"
    f/m.yaml:7:49 key-vault-invalid: this is neither the name of a vault nor its URI (write its name, or its URI as the portal shows it: `https://….vault.azure.net`)
    f/m.yaml:10:49 key-vault-invalid: this is neither the name of a vault nor its URI (write its name, or its URI as the portal shows it: `https://….vault.azure.net`)
    f/m.yaml:13:49 key-vault-invalid: this is not the URI of a vault of Azure (a vault's URI ends in vault.azure.net, vault.usgovcloudapi.net, vault.azure.cn)
    f/m.yaml:16:49 key-vault-invalid: this is not the URI of a vault of Azure (a vault's URI ends in vault.azure.net, vault.usgovcloudapi.net, vault.azure.cn)
    f/m.yaml:19:49 key-vault-invalid: this cannot be the name of a vault (a vault's name has 3 to 24 letters of ASCII, digits and single `-`, the first a letter)
    f/m.yaml:22:68 key-vault-invalid: this cannot be the name of a secret in a Key Vault (use letters of ASCII, digits and `-`, at most 127)
    f/m.yaml:25:30 missing-field: `keyVault` has no `secret` (add `secret: …`)
    ");
}

#[test]
fn one_place_for_two_passwords() {
    insta::assert_snapshot!(found(&[
        "{ file: secrets/a }",
        &format!("{{ age: {{ recipients: [{ONE}], file: ./secrets/a }} }}"),
        "{ command: [op, a] }",
        "{ command: [op, a] }",
        "{ command: [op, b] }",
        "{ keyVault: { vault: contoso, secret: a } }",
        "{ keyVault: { vault: 'https://contoso.vault.azure.net', secret: A } }",
        "{ file: secrets/ }",
        "{ file: .. }",
    ]), @"
    f/m.yaml:10:121 password-delivery-collision: the password of serviceAccounts.a0 is delivered to this place, too (give each account a place of its own)
      f/m.yaml:7:36 serviceAccounts.a0
    f/m.yaml:16:39 password-delivery-collision: the password of serviceAccounts.a2 is delivered to this place, too (give each account a place of its own)
      f/m.yaml:13:39 serviceAccounts.a2
    f/m.yaml:25:92 password-delivery-collision: the password of serviceAccounts.a5 is delivered to this place, too (give each account a place of its own)
      f/m.yaml:22:66 serviceAccounts.a5
    f/m.yaml:28:36 value-invalid: this is the path of a folder, not of a file (name a file in it, such as `secrets/condeco`)
    f/m.yaml:31:36 value-invalid: this is the path of a folder, not of a file (name a file in it, such as `secrets/condeco`)
    ");
}
