//! Where the password of a new service account goes, as the manifest says it.
//!
//! Facts: names of vaults and of secrets, Azure Key Vault, page "Keys, secrets, and certificates: object identifiers";
//! the hosts of the clouds, page "Azure Key Vault security: DNS suffixes".

use crate::delivery::{Delivery as Target, attribute};
use crate::manifest::check;
use crate::manifest::decode::{Field, Located, shape};
use crate::manifest::lower::{Draft, Lowering};
use crate::manifest::recipients;
use crate::place::Place;
use crate::value::Value;

/// Behind a vault's name, in the clouds of Azure.
const VAULT_HOSTS: [&str; 3] = ["vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn"];

shape! {
    /// Where the password of a new account goes, before the account is made: exactly one of `file`, `age`, `command` and
    /// `keyVault`.
    #[schemars(title = "Delivery", extend("oneOf" = [
        { "required": ["file"] },
        { "required": ["age"] },
        { "required": ["command"] },
        { "required": ["keyVault"] },
    ]))]
    Delivery {
        /// A file, relative to the manifest. It is readable for its owner alone, and never overwritten.
        #[schemars(extend("examples" = ["secrets/condeco"]))]
        "file" ~ file: String,
        /// A file that is encrypted with age.
        "age" ~ age: Age,
        /// A program and its arguments. It gets the password and a newline on its standard input, and no shell comes
        /// between. Where it fails, the account is not made.
        #[schemars(length(min = 1), extend("examples" = [["pass", "insert", "--multiline", "exchange/condeco"]]))]
        "command" ~ command: Vec<Located<String>>,
        /// A secret of an Azure Key Vault.
        "keyVault" ~ key_vault: KeyVault,
    }
}

shape! {
    /// A file that is encrypted with age, armoured. Nobody can read it but the holders of the recipients' keys.
    #[schemars(title = "File encrypted with age")]
    Age {
        /// Public keys, `age1…`; or the paths of files that hold one a line, relative to the manifest.
        #[schemars(length(min = 1), extend("examples" = [["age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"], ["recipients.txt"]]))]
        "recipients" ! recipients: Vec<Located<String>>,
        /// The file, relative to the manifest. It is never overwritten.
        #[schemars(extend("examples" = ["secrets/condeco.age"]))]
        "file" ! file: String,
    }
}

shape! {
    /// A secret of an Azure Key Vault. It gets a new version, with tags that name the account; a secret of anybody else is
    /// left alone. Whoever applies signs in there, too, and needs the permissions to get and to set secrets.
    #[schemars(title = "Key Vault secret")]
    KeyVault {
        /// The vault: its name, or its URI.
        #[schemars(extend("examples" = ["contoso", "https://contoso.vault.azure.net"]))]
        "vault" ! vault: String,
        /// The name of the secret.
        #[schemars(extend("pattern" = "^[0-9a-zA-Z-]{1,127}$", "examples" = ["condeco"]))]
        "secret" ! secret: String,
    }
}

/// Checks where a password goes and writes it into the resource.
pub(super) fn lower(field: Field<Delivery>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let Field::Value(located) = field else { return };
    let Delivery { file, age, command, key_vault } = located.value;
    let stated = [
        ("file", file.place()),
        ("age", age.place()),
        ("command", command.place()),
        ("keyVault", key_vault.place()),
    ];
    let wrong = file.is_wrong() || age.is_wrong() || command.is_wrong() || key_vault.is_wrong();
    let mut stated = stated.into_iter().filter_map(|(name, place)| Some((name, place?)));
    match (stated.next(), stated.next()) {
        (None, _) if !wrong => {
            let summary = "none of `file`, `age`, `command` and `keyVault` is stated";
            cx.report
                .find(&check::EXACTLY_ONE_OF, located.place, summary)
                .hint("name the file: `deliverTo: { file: secrets/… }`");
        }
        (Some((first, first_place)), Some((second, place))) => {
            let summary = format!("`{first}` and `{second}` cannot both be stated");
            cx.report.find(&check::EXACTLY_ONE_OF, place, summary).related(first_place, format!("`{first}`"));
            return;
        }
        _ => {}
    }
    if let Field::Value(file) = file {
        path(attribute::FILE, &file, draft, cx);
    }
    if let Field::Value(age) = age {
        encrypted(age.value, draft, cx);
    }
    if let Field::Value(words) = command {
        program(words, draft, cx);
    }
    if let Field::Value(vault) = key_vault {
        secret(vault.value, draft, cx);
    }
}

/// The path of a file, as it is seen from the manifest's folder.
fn path(name: &str, file: &Located<String>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let ends = std::path::Path::new(&file.value).file_name();
    if ends.is_none() || file.value.ends_with(['/', '\\']) {
        cx.report
            .find(&check::VALUE_INVALID, file.place, "this is the path of a folder, not of a file")
            .hint("name a file in it, such as `secrets/condeco`");
        return;
    }
    let path = crate::manifest::seen_from(cx.base, &cx.folder.join(&file.value));
    // The plan file is the same on every machine.
    let path = path.display().to_string().replace('\\', "/");
    draft.put(name, Value::Text(path), file.place);
}

fn encrypted(age: Age, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    if let Field::Value(stated) = age.recipients {
        let mut keys = crate::manifest::lower::Elements::default();
        let mut whole = true;
        for Located { value, place } in stated.value {
            let lines = if recipients::is_path(&value) {
                let path = cx.folder.join(&value);
                let lines = cx.lists.lines(&path, place, cx.report);
                whole &= lines.is_some();
                lines.unwrap_or_default()
            } else {
                vec![Located { value, place }]
            };
            for line in lines {
                match recipients::recipient(&line.value, line.place, cx.report) {
                    Some(key) => keys.add(key, line.place, cx.report),
                    None => whole = false,
                }
            }
        }
        if whole && keys.len() == 0 {
            let summary = "nobody could read what is encrypted to no recipient";
            cx.report.find(&check::AGE_RECIPIENT, stated.place, summary).hint("add a public key, `age1…`");
        }
        draft.put(attribute::AGE_RECIPIENTS, Value::Set(keys.into_values()), stated.place);
    }
    if let Field::Value(file) = age.file {
        path(attribute::AGE_FILE, &file, draft, cx);
    }
}

fn program(words: Located<Vec<Located<String>>>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let Located { value: words, place } = words;
    match words.first() {
        None => {
            let summary = "a command without a program";
            cx.report
                .find(&check::PASSWORD_COMMAND, place, summary)
                .hint("write the program and its arguments: [pass, insert, --multiline, exchange/…]");
        }
        Some(program) if program.value.trim().is_empty() => {
            cx.report.find(&check::PASSWORD_COMMAND, program.place, "the name of the program is empty");
        }
        Some(program) if words.len() == 1 && program.value.contains(' ') => {
            cx.report
                .find(
                    &check::PASSWORD_COMMAND,
                    program.place,
                    "a whole command line stands where the program is expected",
                )
                .hint("make every word an element of its own: no shell takes the line apart");
        }
        Some(_) => {
            let words: Vec<String> = words.into_iter().map(|word| word.value).collect();
            draft.put(attribute::COMMAND, Target::words(&words), place);
        }
    }
}

fn secret(stated: KeyVault, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    if let Field::Value(vault) = stated.vault
        && let Some(name) = vault_name(&vault.value, vault.place, cx)
    {
        draft.put(attribute::VAULT, Value::Text(name), vault.place);
    }
    if let Field::Value(secret) = stated.secret {
        let fits = (1..=127).contains(&secret.value.len())
            && secret.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            draft.put(attribute::SECRET, Value::Text(secret.value), secret.place);
        } else {
            let summary = "this cannot be the name of a secret in a Key Vault";
            cx.report
                .find(&check::KEY_VAULT, secret.place, summary)
                .hint("use letters of ASCII, digits and `-`, at most 127");
        }
    }
}

/// A vault's name or URI, the latter without the slash that it may end in.
fn vault_name(text: &str, place: Place, cx: &mut Lowering<'_, '_>) -> Option<String> {
    let folded = text.to_ascii_lowercase();
    let bare = folded.trim_end_matches('/');
    let host = bare.strip_prefix("https://");
    if host.is_none() && bare.contains(['/', '.', ':']) {
        let summary = "this is neither the name of a vault nor its URI";
        cx.report
            .find(&check::KEY_VAULT, place, summary)
            .hint("write its name, or its URI as the portal shows it: `https://….vault.azure.net`");
        return None;
    }
    let name = match host {
        None => bare,
        Some(host) => {
            let (name, cloud) = host.split_once('.').unwrap_or((host, ""));
            if !VAULT_HOSTS.contains(&cloud) {
                let summary = "this is not the URI of a vault of Azure";
                cx.report
                    .find(&check::KEY_VAULT, place, summary)
                    .hint(format!("a vault's URI ends in {}", VAULT_HOSTS.join(", ")));
                return None;
            }
            name
        }
    };
    let fits = (3..=24).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--");
    if !fits {
        cx.report
            .find(&check::KEY_VAULT, place, "this cannot be the name of a vault")
            .hint("a vault's name has 3 to 24 letters of ASCII, digits and single `-`, the first a letter");
        return None;
    }
    Some(bare.to_owned())
}
