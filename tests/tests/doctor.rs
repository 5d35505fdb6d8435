//! `doctor` against tenants in which one thing is not as it should be: it names exactly that one.

use anteroom_tests::world::{CLIENT_SECRET, Ran, World, repository};
use serde_json::{Value, json};

/// A world with the manifest that needs everything.
fn world() -> World {
    let world = World::contoso();
    for name in ["anteroom.yaml", "rooms.csv", "rooms.txt"] {
        let text =
            std::fs::read_to_string(repository().join("tests/data/everything").join(name)).expect("a file");
        world.write(name, &text);
    }
    world
}

/// The checks of a run with this outcome.
fn of(ran: &Ran, outcome: &str) -> Vec<Value> {
    let json = ran.json();
    let checks = json["checks"].as_array().expect("checks").clone();
    checks.into_iter().filter(|check| check["outcome"] == outcome).collect()
}

/// The one check that failed, as text.
#[track_caller]
fn only_failure(ran: &Ran) -> String {
    let failed = of(ran, "failed");
    let [one] = failed.as_slice() else { panic!("{}\n{}", ran.stdout, ran.stderr) };
    one.to_string()
}

#[test]
fn a_tenant_in_which_all_is_well_has_no_complaint() {
    let world = world();
    let ran = world.run(&["doctor", "--format", "json"]).exits(0);
    assert_eq!(
        of(&ran, "ok").len(),
        ran.json()["checks"].as_array().expect("checks").len(),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.json()["ofManifest"], true);
    assert!(world.writes().is_empty());
    let text = world.run(&["doctor"]).exits(0);
    assert!(
        text.stdout.contains("ok       permission User.ReadWrite.All of Microsoft Graph"),
        "{}",
        text.stdout
    );
    assert!(!format!("{}{}{}", ran.stdout, text.stdout, text.stderr).contains(CLIENT_SECRET));
}

#[test]
fn each_missing_permission_is_named_and_no_other() {
    let world = world();
    for permission in [
        "User.ReadWrite.All",
        "Organization.Read.All",
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Exchange.ManageAsApp",
        "Exchange Administrator",
    ] {
        world.fault(&json!({ "withoutPermissions": [permission] }));
        let ran = world.run(&["doctor", "--format", "json"]).exits(1);
        let failure = only_failure(&ran);
        assert!(failure.contains(permission), "{permission}: {failure}");
        assert!(world.run(&["doctor"]).exits(1).stdout.contains("1 failed"));
        // What it says is so: without the permission the manifest cannot be applied.
        let _ = world.run(&["apply", "--auto-approve"]).stdout;
    }
    // What another permission includes is not missing.
    world.fault(&json!({ "withoutPermissions": ["LicenseAssignment.ReadWrite.All"] }));
    let ran = world.run(&["doctor", "--format", "json"]).exits(0);
    assert!(of(&ran, "failed").is_empty(), "{}", ran.stdout);
}

#[test]
fn a_manifest_of_room_lists_needs_nothing_of_graph() {
    let world = World::contoso();
    world.write(
        "anteroom.yaml",
        "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\nroomLists:\n  london: { name: London, primarySmtpAddress: london@contoso.com, alias: london }\n",
    );
    let graph = [
        "User.ReadWrite.All",
        "LicenseAssignment.ReadWrite.All",
        "Organization.Read.All",
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
    ];
    world.fault(&json!({ "withoutPermissions": graph }));
    let _ = world.run(&["doctor"]).exits(0);
    // Without a manifest everything is looked at, and each of them is missed once.
    std::fs::remove_file(world.folder().join("anteroom.yaml")).expect("the manifest");
    let ran = world.run(&["doctor", "--format", "json"]).exits(1);
    assert_eq!(ran.json()["ofManifest"], false);
    let failed = of(&ran, "failed");
    assert_eq!(failed.len(), 5, "{}", ran.stdout);
    assert!(failed.iter().all(|check| check["id"] == "graph-permission"), "{}", ran.stdout);
}

#[test]
fn a_wrong_secret_is_one_failure_whatever_hangs_on_it() {
    let seed = format!(
        "{}\nclients:\n  - {{ id: 11111111-1111-4111-8111-111111111111, secret: another }}\n",
        "tenant: { name: Contoso, domain: contoso.onmicrosoft.com }"
    );
    let world = World::of_seed(&seed);
    let ran = world.run(&["doctor", "--format", "json"]).exits(1);
    let failure = only_failure(&ran);
    assert!(failure.contains("\"sign-in\"") && failure.contains("AADSTS7000215"), "{failure}");
    assert!(!ran.stdout.contains(CLIENT_SECRET));
    assert!(of(&ran, "unknown").len() > 5, "{}", ran.stdout);
}

#[test]
fn a_tenant_that_is_not_there_and_one_that_is_another() {
    let world = World::contoso();
    let manifest = |tenant: &str| {
        format!(
            "version: 1\ntarget: exchangeOnline\ntenant: {tenant}\norganization: {{ customization: enabled }}\n"
        )
    };
    world.write("anteroom.yaml", &manifest("fabrikam.onmicrosoft.com"));
    let failure = only_failure(&world.run(&["doctor", "--format", "json"]).exits(1));
    assert!(
        failure.contains("fabrikam.onmicrosoft.com") && failure.contains("knows no such tenant"),
        "{failure}"
    );
    // A token of another tenant than the manifest's.
    let other = World::of_seed("tenant: { name: Fabrikam, domain: fabrikam.onmicrosoft.com }\n");
    let token = token(&other);
    world.write("anteroom.yaml", &manifest("contoso.onmicrosoft.com"));
    let mut command = world.command(&["doctor", "--format", "json"]);
    let output = command.env("ANTEROOM_ACCESS_TOKEN", &token).output().expect("the binary");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("and the token for"), "{stdout}");
    assert!(!stdout.contains(&token));
}

/// A token of a tenant for Graph.
fn token(world: &World) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("{}/{}/oauth2/v2.0/token", world.endpoint, world.simulator.tenant().domain());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "11111111-1111-4111-8111-111111111111"),
        ("client_secret", "x"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let answer: Value = runtime.block_on(async {
        let sent = reqwest::Client::new().post(url).form(&form).send().await.expect("an answer");
        sent.json().await.expect("JSON")
    });
    answer["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_clock_that_is_off_is_a_warning_and_then_a_failure() {
    let world = world();
    world.fault(&json!({ "clockSkewSeconds": 200 }));
    let ran = world.run(&["doctor", "--format", "json"]).exits(0);
    assert_eq!(of(&ran, "warning")[0]["id"], "clock", "{}", ran.stdout);
    for skew in [400, -4000] {
        world.fault(&json!({ "clockSkewSeconds": skew }));
        let failed = of(&world.run(&["doctor", "--format", "json"]).exits(1), "failed");
        assert_eq!(failed[0]["id"], "clock", "{failed:?}");
    }
}

#[test]
fn without_a_network_each_address_is_told_and_nothing_else_is_claimed() {
    let world = world();
    let mut command = world.command(&["doctor", "--format", "json"]);
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let nowhere = arguments
        .iter()
        .map(|one| if one == world.endpoint.as_str() { "http://127.0.0.1:9".into() } else { one.clone() });
    command = {
        let mut other = std::process::Command::new(command.get_program());
        other.args(nowhere).current_dir(world.folder()).env_clear();
        other.env("AZURE_CLIENT_ID", "x").env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
        other
    };
    let output = command.output().expect("the binary");
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let ids = |outcome: &str| -> Vec<String> {
        let checks = json["checks"].as_array().expect("checks").iter();
        let of = checks.filter(|check| check["outcome"] == outcome);
        of.map(|check| check["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(ids("failed"), ["reach-authority", "reach-graph", "reach-exchange"]);
    assert_eq!(ids("ok"), Vec::<String>::new());
    assert!(ids("unknown").contains(&"sign-in-graph".to_owned()), "{json}");
}

#[test]
fn the_permission_of_the_admin_api_is_needed_where_it_was_chosen() {
    let world = world();
    world.fault(&json!({ "withoutPermissions": ["Exchange.ManageAsAppV2"] }));
    let examine = |api: &str| world.run(&["doctor", "--format", "json", "--exchange-api", api]);
    let failure = only_failure(&examine("v2").exits(1));
    assert!(failure.contains("Exchange.ManageAsAppV2"), "{failure}");
    let auto = examine("auto").exits(0);
    assert!(of(&auto, "warning")[0].to_string().contains("InvokeCommand is used instead"), "{}", auto.stdout);
    let beta = examine("beta").exits(0);
    assert!(!beta.stdout.contains("ManageAsAppV2"), "{}", beta.stdout);
    // Both interfaces lead to the same plan.
    world.fault(&json!({}));
    let changes = |api: &str| {
        world.run(&["plan", "--format", "json", "--exchange-api", api]).exits(0).json()["changes"].clone()
    };
    assert_eq!(changes("v2"), changes("beta"));
}
