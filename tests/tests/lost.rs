//! Writes whose answer is lost, by the real binary: nothing is made twice, and nothing is left out.

use std::path::Path;

use anteroom_tests::world::{World, online_examples};
use serde_json::{Value as Json, json};

/// A world with one manifest in it.
fn world_of(manifest: &str) -> World {
    let world = World::contoso();
    let folder = Path::new(manifest).parent().expect("a folder").to_string_lossy().into_owned();
    world.copy(&folder);
    world
}

fn manifests() -> Vec<String> {
    let mut found = online_examples();
    found.push("tests/data/everything/anteroom.yaml".to_owned());
    found
}

#[test]
fn everything_that_makes_something_says_how_it_is_looked_up() {
    let mut made = 0;
    for manifest in manifests() {
        let plan = world_of(&manifest).run(&["plan", "--format", "json", &manifest]).exits(0).json();
        let changes = plan["changes"].as_array().expect("changes");
        for operation in
            changes.iter().flat_map(|change| change["operations"].as_array().expect("operations"))
        {
            let call = &operation["call"];
            let makes = call["cmdlet"].as_str().is_some_and(|cmdlet| cmdlet.starts_with("New-"))
                || call["method"] == "POST";
            if makes {
                made += 1;
                assert!(operation["lookup"]["probe"].is_object(), "{manifest}: {operation:#}");
            }
        }
    }
    assert!(made > 20, "{made}");
}

#[test]
fn cmdlets_whose_answer_is_lost_are_not_carried_out_twice() {
    let writes = [
        "Enable-OrganizationCustomization",
        "Set-OrganizationConfig",
        "New-DistributionGroup",
        "New-ManagementScope",
        "New-RoleGroup",
        "New-ManagementRoleAssignment",
        "New-ServicePrincipal",
    ];
    for manifest in manifests() {
        let calm = world_of(&manifest);
        let _ = calm.run(&["apply", "--auto-approve", &manifest]).exits(0);
        let world = world_of(&manifest);
        let lost: Vec<Json> =
            writes.iter().map(|cmdlet| json!({ "cmdlet": cmdlet, "status": 504, "after": true })).collect();
        world.fault(&json!({ "failNext": lost }));
        let _ = world.run(&["apply", "--auto-approve", &manifest]).exits(0);
        world.fault(&json!({}));
        let _ = world.run(&["plan", "--detailed-exitcode", &manifest]).exits(0);
        assert_eq!(done(&world), done(&calm), "{manifest}: as if nothing had been lost");
    }
}

/// Every write that the tenant has carried out, sorted; refused ones changed nothing.
fn done(world: &World) -> Vec<String> {
    let carried_out = |entry: &Json| entry["status"].as_u64().is_some_and(|status| status < 300);
    let name = |entry: &Json| match entry["cmdlet"].as_str() {
        Some(cmdlet) => cmdlet.to_owned(),
        None => entry["method"].to_string(),
    };
    let mut done: Vec<String> = world.writes().iter().filter(|entry| carried_out(entry)).map(name).collect();
    done.sort();
    // Setting the same twice is no harm.
    done.dedup_by(|a, b| a == b && a.starts_with("Set-"));
    done
}
