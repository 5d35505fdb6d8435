//! The promises of the design, each by its name, kept by the real binary against a simulated tenant over HTTP.

use std::path::Path;

use anteroom_tests::world::{CLIENT_SECRET, World, examples, online_examples, repository};
use serde_json::{Value as Json, json};

/// A manifest that has every kind and every way to name a member.
const EVERYTHING: &str = include_str!("../data/everything/anteroom.yaml");

/// Every manifest that can be applied on the simulated tenant: the Online examples and one with every kind.
fn manifests() -> Vec<(String, World)> {
    let mut found: Vec<(String, World)> = online_examples()
        .into_iter()
        .map(|path| {
            let world = World::contoso();
            let folder = Path::new(&path).parent().expect("a folder").to_string_lossy().into_owned();
            world.copy(&folder);
            (path, world)
        })
        .collect();
    assert!(found.len() >= 5, "an Online example for every vendor");
    let world = World::contoso();
    world.copy("tests/data/everything");
    found.push(("tests/data/everything/anteroom.yaml".to_owned(), world));
    found
}

fn changes(plan: &Json) -> Vec<&Json> {
    plan["changes"].as_array().expect("changes").iter().filter(|change| writes(change)).collect()
}

fn writes(change: &Json) -> bool {
    ["create", "update", "replace", "delete"].contains(&change["action"].as_str().expect("an action"))
}

#[test]
fn apply_then_plan_is_empty() {
    for (manifest, world) in manifests() {
        let _ = world.run(&["apply", "--auto-approve", &manifest]).exits(0);
        let _ = world.run(&["plan", "--detailed-exitcode", &manifest]).exits(0);
        // Again with every cosmetic rewriting that the server makes: other order, other case.
        world.fault(&json!({ "noise": true }));
        let _ = world.run(&["plan", "--detailed-exitcode", &manifest]).exits(0);
        let _ = world.run(&["drift", &manifest]).exits(0);
        let again = world.simulator.revision();
        let _ = world.run(&["apply", "--auto-approve", &manifest]).exits(0);
        assert_eq!(world.simulator.revision(), again, "{manifest}: a second apply writes nothing");
    }
}

#[test]
fn plan_is_deterministic() {
    for (manifest, world) in manifests() {
        let plan = || {
            let mut plan = world.run(&["plan", "--format", "json", &manifest]).exits(0).json();
            plan.as_object_mut().expect("an object").remove("observation");
            plan.to_string()
        };
        let first = plan();
        for _ in 0..2 {
            assert_eq!(first, plan(), "{manifest}");
        }
        world.fault(&json!({ "noise": true }));
        let noisy = plan();
        let addresses = |plan: &str| {
            let plan: Json = serde_json::from_str(plan).expect("JSON");
            plan["changes"]
                .as_array()
                .expect("changes")
                .iter()
                .map(|one| one["address"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            addresses(&first),
            addresses(&noisy),
            "{manifest}: the order does not depend on the tenant's order"
        );
    }
}

#[test]
fn plan_never_writes() {
    for (manifest, world) in manifests() {
        let before = world.simulator.revision();
        let _ = world.run(&["validate", &manifest]).exits(0);
        let _ = world.run(&["plan", "--out", "saved.json", &manifest]).exits(0);
        let _ = world.run(&["plan", "--detailed-exitcode", &manifest]).exits(2);
        let _ = world.run(&["show", "saved.json"]).exits(0);
        let _ = world.run(&["drift", &manifest]).exits(2);
        // Without a terminal and without being told, an apply asks nobody and does nothing.
        let _ = world.run(&["apply", &manifest]).exits(1);
        assert_eq!(world.simulator.revision(), before, "{manifest}");
    }
}

#[test]
fn unreadable_is_never_absent() {
    let readers = [
        "Get-OrganizationConfig",
        "Get-DistributionGroup",
        "Get-DistributionGroupMember",
        "Get-ManagementScope",
        "Get-ManagementRoleAssignment",
        "Get-RoleGroup",
        "Get-RoleGroupMember",
        "Get-ServicePrincipal",
        "Get-Recipient",
        "/v1.0/users",
        "/v1.0/servicePrincipals",
        "/v1.0/subscribedSkus",
        "/v1.0/oauth2PermissionGrants",
    ];
    let world = World::contoso();
    world.copy("tests/data/everything");
    let manifest = "tests/data/everything";
    let _ = world.run(&["apply", "--auto-approve", manifest]).exits(0);
    for reader in readers {
        world.fault(&json!({ "unreadable": [reader] }));
        let before = world.simulator.revision();
        let plan = world.run(&["plan", "--retries", "0", "--format", "json", manifest]);
        let blocked = plan.json()["summary"]["blocked"].as_u64().expect("a count");
        if blocked > 0 {
            assert_eq!(plan.status, 1, "{reader}: {}", plan.stderr);
            let _ = world.run(&["drift", "--retries", "0", manifest]).exits(1);
        }
        // Whatever was not needed may stay unread; what was needed is never taken for absent.
        assert_eq!(changes(&plan.json()), Vec::<&Json>::new(), "{reader} unreadable");
        let _ = world.run(&["apply", "--retries", "0", "--auto-approve", manifest]);
        assert_eq!(world.simulator.revision(), before, "{reader} unreadable: nothing is written");
    }
    // Each of these is needed to know the tenant at all.
    for reader in
        ["Get-DistributionGroup", "Get-DistributionGroupMember", "Get-ManagementScope", "/v1.0/users"]
    {
        world.fault(&json!({ "unreadable": [reader] }));
        let plan = world.run(&["plan", "--retries", "0", "--format", "json", manifest]).exits(1).json();
        assert!(plan["summary"]["blocked"].as_u64() > Some(0), "{reader}");
        let drift = world.run(&["drift", "--retries", "0", "--format", "json", manifest]).exits(1).json();
        assert_eq!(drift["drifted"], json!([]), "{reader}: nothing is called drift");
    }
}

#[test]
fn plan_is_what_runs() {
    for (manifest, world) in manifests() {
        let _ = world.run(&["plan", "--out", "saved.json", &manifest]).exits(0);
        let saved: Json = serde_json::from_str(
            &std::fs::read_to_string(world.folder().join("saved.json")).expect("a plan"),
        )
        .expect("JSON");
        let mut planned: Vec<String> = saved["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .flat_map(|change| change["operations"].as_array().expect("operations"))
            .filter_map(|operation| called(&operation["call"]))
            .collect();
        let _ = world.run(&["apply", "--auto-approve", "saved.json"]).exits(0);
        let mut written: Vec<String> =
            world.writes().iter().map(|write| called(write).expect("a call")).collect();
        planned.sort();
        written.sort();
        assert_eq!(planned, written, "{manifest}: what was written is what was planned");
        // The same file again: the tenant is no longer as that plan saw it.
        let before = world.simulator.revision();
        let stale = world.run(&["apply", "--auto-approve", "saved.json"]).exits(1);
        assert!(stale.stderr.contains("stale"), "{}", stale.stderr);
        assert_eq!(world.simulator.revision(), before, "{manifest}: a stale plan writes nothing");
    }
}

/// What a call in a plan, or an entry of the tenant's log, writes: its cmdlet, or method and first path segment.
fn called(call: &Json) -> Option<String> {
    if let Some(cmdlet) = call["cmdlet"].as_str() {
        return Some(cmdlet.to_owned());
    }
    let method = call["method"].as_str()?;
    let path = match &call["path"] {
        Json::String(path) => path.trim_start_matches("/v1.0").to_owned(),
        parts => parts.as_array()?.first()?.as_str()?.to_owned(),
    };
    let segment = path.trim_start_matches('/').split(['/', '(']).next().unwrap_or_default().to_owned();
    (method != "GET").then(|| format!("{method} {segment}"))
}

#[test]
fn secrets_never_leave() {
    let world = World::contoso();
    world.copy("tests/data/everything");
    let manifest = "tests/data/everything";
    let mut outputs = Vec::new();
    for arguments in [
        &["plan", "-vvv", "--out", "saved.json", manifest][..],
        &["apply", "-vvv", "--auto-approve", "saved.json"],
        &["plan", "-vvv", "--log-format", "json", "--format", "json", manifest],
        &["drift", "-vvv", "--format", "json", manifest],
        &["show", "saved.json", "--format", "markdown"],
    ] {
        let ran = world.run(arguments);
        assert!(ran.status == 0 || arguments[0] == "drift", "{arguments:?}\n{}\n{}", ran.stdout, ran.stderr);
        outputs.push(format!("{}{}", ran.stdout, ran.stderr));
    }
    let delivered = world.folder().join("tests/data/everything/secrets/svc-everything");
    let password = std::fs::read_to_string(&delivered).expect("a delivered password").trim().to_owned();
    assert!(password.len() >= 16, "a password worth the name");
    for file in files(world.folder()) {
        if file != delivered {
            outputs.push(String::from_utf8_lossy(&std::fs::read(&file).expect("a file")).into_owned());
        }
    }
    outputs.push(world.simulator.tenant().to_json());
    for (index, output) in outputs.iter().enumerate() {
        let tenant = index == outputs.len() - 1;
        assert!(!output.contains(&password) || tenant, "the password is in output {index}");
        assert!(!output.contains(CLIENT_SECRET) || tenant, "the client secret is in output {index}");
        assert!(tenant || !output.contains("Bearer ey"), "a token is in output {index}");
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn losing_state_loses_nothing() {
    for (manifest, world) in manifests() {
        let _ = world.run(&["apply", "--auto-approve", &manifest]).exits(0);
        let state = world.folder().join(".anteroom");
        assert!(state.is_dir(), "an apply remembers what it did");
        std::fs::remove_dir_all(state).expect("the state goes");
        let plan = world.run(&["plan", "--detailed-exitcode", "--format", "json", &manifest]).exits(0).json();
        assert!(plan["summary"]["adopt"].as_u64() > Some(0), "{manifest}: everything is adopted again");
        assert_eq!(changes(&plan), Vec::<&Json>::new(), "{manifest}");
        let before = world.simulator.revision();
        let _ = world.run(&["apply", "--auto-approve", &manifest]).exits(0);
        assert_eq!(world.simulator.revision(), before, "{manifest}: adopting writes nothing");
        let plan = world.run(&["plan", "--format", "json", &manifest]).exits(0).json();
        assert_eq!(plan["summary"]["adopt"], 0, "{manifest}: and is remembered");
    }
}

#[test]
fn examples_validate() {
    let world = World::contoso();
    world.copy("examples");
    assert!(EVERYTHING.contains("roleGroups:"), "the manifest with every kind has every kind");
    for (path, _) in examples() {
        let ran = world.run(&["validate", "--format", "json", &path]).exits(0);
        assert_eq!(ran.json(), json!([]), "{path}: an example warns of nothing");
    }
}

#[test]
fn schemas_are_current() {
    let world = World::contoso();
    for (name, file) in [("manifest", "manifest"), ("plan", "plan"), ("report", "report")] {
        let printed = world.run(&["schema", name]).exits(0).json();
        let path = repository().join(format!("schemas/{file}.schema.json"));
        let kept: Json =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a schema")).expect("JSON");
        assert_eq!(
            printed,
            kept,
            "{}: run `anteroom schema {name} > schemas/{file}.schema.json`",
            path.display()
        );
    }
}
