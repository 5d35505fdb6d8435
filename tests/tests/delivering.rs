//! Where passwords go, by the real binary: checked all at once, never overwritten, never lost.

use std::process::Command;

use anteroom_simulator::DEFAULT_SEED;
use anteroom_tests::world::{Ran, World, binary};
use serde_json::json;

const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// A manifest with an account for each of these deliveries: `svc-0@contoso.com`, …
fn manifest(deliveries: &[&str]) -> String {
    let head = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\nserviceAccounts:\n";
    let account = |(number, to): (usize, &&str)| {
        format!(
            "  a{number}: {{ userPrincipalName: svc-{number}@contoso.com, password: {{ deliverTo: {to} }} }}\n"
        )
    };
    deliveries.iter().enumerate().map(account).fold(head.to_owned(), |text, account| text + &account)
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn all_places_are_checked_at_once_and_nothing_is_made_where_one_refuses() {
    let world = World::contoso();
    world.write("taken", "somebody's notes\n");
    let age = format!("{{ age: {{ recipients: [{RECIPIENT}], file: taken.age }} }}");
    world.write("taken.age", "sealed\n");
    world.write(
        "m.yaml",
        &manifest(&[
            "{ file: taken }",
            "{ file: taken/below/it }",
            &age,
            "{ command: [/no/such/program, a] }",
            "{ file: free }",
        ]),
    );
    let before = world.simulator.revision();
    let ran = world.run(&["apply", "--auto-approve", "m.yaml"]).exits(1);
    let told = ran.stderr.matches("error[password-undeliverable]").count();
    assert_eq!(told, 4, "{}", ran.stderr);
    for words in ["the file is there already", "no file can be made", "there is no program /no/such/program"]
    {
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.stderr);
    }
    assert_eq!(world.simulator.revision(), before, "no account is made");
    assert_eq!(
        (read(&world, "taken"), read(&world, "taken.age")),
        ("somebody's notes\n".into(), "sealed\n".into())
    );
    let mut left: Vec<String> = std::fs::read_dir(world.folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".anteroom")
        .collect();
    left.sort();
    assert_eq!(left, ["m.yaml", "taken", "taken.age"], "a check leaves nothing behind");
}

/// The account's making is refused after its password was delivered: the next apply takes the password again, where it
/// can be read, and keeps the earlier one where it cannot.
#[test]
fn a_password_is_not_lost_where_the_account_was_not_made() {
    let age = format!("{{ age: {{ recipients: [{RECIPIENT}], file: out/age }} }}");
    let accounts = manifest(&["{ file: out/file }", &age, "{ command: [sh, -c, 'cat >> out/command'] }"]);
    let accounts = accounts.replace("@contoso.com", "@contoso-rooms.com");
    // A tenant that has not verified the domain yet.
    let world = World::contoso();
    world.write("m.yaml", &accounts);
    world.write("out/.keep", "");
    let refused = world.run(&["apply", "--auto-approve", "m.yaml"]).exits(3);
    assert!(refused.stdout.contains("domain"), "{}", refused.stdout);
    let (first, sealed) = (read(&world, "out/file"), read(&world, "out/age"));
    assert_eq!(read(&world, "out/file.pending"), "svc-0@contoso-rooms.com");

    // The same, once it has: everything that the first apply left is where it was.
    let seed = DEFAULT_SEED.replace("tenant:\n", "tenant:\n  otherDomains: [contoso-rooms.com]\n");
    assert_ne!(seed, DEFAULT_SEED);
    let verified = World::of_seed(&seed);
    verified.write("m.yaml", &accounts);
    for file in ["file", "file.pending", "age", "age.pending", "command"] {
        verified.write(&format!("out/{file}"), &read(&world, &format!("out/{file}")));
    }
    let world = verified;
    let _ = world.run(&["apply", "--auto-approve", "m.yaml"]).exits(0);
    assert_eq!(read(&world, "out/file"), first, "the same password");
    assert_eq!(read(&world, "out/age.1"), sealed, "the earlier one is kept");
    assert_ne!(read(&world, "out/age"), sealed);
    let taken = read(&world, "out/command");
    let lines: Vec<&str> = taken.lines().collect();
    assert!(lines.len() == 2 && lines[0] != lines[1], "each time another password");
    for marker in ["out/file.pending", "out/age.pending"] {
        assert!(!world.folder().join(marker).exists(), "{marker}");
    }
    let _ = world.run(&["plan", "--detailed-exitcode", "m.yaml"]).exits(0);
}

/// A vault that refuses is told before anything is made; one that takes a password keeps it for its owner alone.
#[test]
fn a_vault_keeps_a_password_for_its_owner() {
    let world = World::contoso();
    let vault = "{ keyVault: { vault: contoso, secret: svc } }";
    world.write("m.yaml", &manifest(&[vault]));
    world.fault(&json!({ "withoutPermissions": ["Key Vault Secrets Officer"] }));
    let before = world.simulator.revision();
    let refused = world.run(&["apply", "--auto-approve", "m.yaml"]).exits(1);
    assert!(refused.stderr.contains("status 403"), "{}", refused.stderr);
    assert!(refused.stderr.contains("Key Vault Secrets Officer"), "{}", refused.stderr);
    assert_eq!(world.simulator.revision(), before);

    world.fault(&json!({}));
    let _ = world.run(&["apply", "--auto-approve", "m.yaml"]).exits(0);
    let _ = world.run(&["plan", "--detailed-exitcode", "m.yaml"]).exits(0);
    let other = manifest(&[vault]).replace("svc-0@", "somebody.else@");
    world.write("other.yaml", &other);
    let taken = world.run(&["apply", "--auto-approve", "other.yaml"]).exits(1);
    assert!(taken.stderr.contains("is the password of svc-0@contoso.com"), "{}", taken.stderr);
}

/// What is tried out on a simulated tenant runs no program and asks no vault.
#[test]
fn a_simulated_tenant_keeps_every_password_in_its_own_folder() {
    let world = World::contoso();
    let age = format!("{{ age: {{ recipients: [{RECIPIENT}], file: /elsewhere/svc.age }} }}");
    let command = "{ command: [touch, ran] }";
    let vault = "{ keyVault: { vault: contoso, secret: svc } }";
    world.write("m.yaml", &manifest(&["{ file: ../out/svc }", &age, command, vault]));
    let ran: Ran = {
        let mut simulated = Command::new(binary());
        simulated
            .args(["apply", "--simulate", "--auto-approve", "m.yaml"])
            .current_dir(world.folder())
            .env_clear();
        let output = simulated.output().expect("the binary");
        Ran::of(&output).exits(0)
    };
    assert!(
        ran.stderr.contains("contoso.secrets. No program is run and no vault is asked."),
        "{}",
        ran.stderr
    );
    let below = |name: &str| read(&world, &format!(".anteroom/simulated/contoso.secrets/{name}"));
    for plain in ["out/svc", "command/touch-ran", "keyVault/contoso/svc"] {
        assert_eq!(below(plain).trim().len(), 24, "{plain}");
    }
    assert!(below("elsewhere/svc.age").starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    assert!(!world.folder().join("ran").exists());
}
