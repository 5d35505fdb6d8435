//! Every cmdlet that our client calls, with its parameters, stands in Microsoft's cmdlet reference for the edition that it
//! is called in. `tests/data/cmdlets.json` is an extract of the reference (MicrosoftDocs/office-docs-powershell, August
//! 2026): parameter sets with what is mandatory in each, and for each parameter its type, its sets where it is not in all
//! of them, and the edition that does not have it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use anteroom_tests::world::{World, examples, online_examples, repository};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

#[derive(Deserialize)]
struct Cmdlet {
    sets: BTreeMap<String, Vec<String>>,
    parameters: BTreeMap<String, Parameter>,
    #[serde(default = "yes")]
    online: bool,
    #[serde(default = "yes")]
    server: bool,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    sets: Vec<String>,
    #[serde(default = "yes")]
    online: bool,
    #[serde(default = "yes")]
    server: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edition {
    Online,
    Server,
}

/// Parameters of every cmdlet, from the page on common parameters.
const COMMON: [&str; 2] = ["Confirm", "WhatIf"];

/// What the extract does not have, each with the reason why it is called all the same.
const ELSEWHERE: [(&str, &str); 2] = [
    // The page "Control access to EWS in Exchange Online" has it, the cmdlet's own page not yet.
    ("Get-OrganizationConfig", "RetrieveEwsOperationAccessPolicy"),
    // Of the Active Directory module: no cmdlet of Exchange Server sets that a password never expires.
    ("Set-ADUser", ""),
];

/// Where the simulated tenant differs from the reference on purpose, with the reason.
const SIMULATED_OTHERWISE: [(&str, &str); 2] = [
    // As above.
    ("Get-OrganizationConfig", "RetrieveEwsOperationAccessPolicy"),
    // The page lists it as required, and all of its examples do without.
    ("New-ServicePrincipal", "ServiceId"),
];

fn reference() -> BTreeMap<String, Cmdlet> {
    serde_json::from_str(include_str!("../data/cmdlets.json")).expect("the extract")
}

/// A call by its cmdlet, with its parameters.
type Call = (String, Map<String, Json>);

/// What is wrong with a call.
fn wrong(call: &Call, edition: Edition, reference: &BTreeMap<String, Cmdlet>) -> Option<String> {
    let (name, given) = call;
    let elsewhere = |parameter: &str| ELSEWHERE.contains(&(name.as_str(), parameter));
    if elsewhere("") {
        return None;
    }
    let Some(cmdlet) = reference.get(name) else { return Some(format!("{name} is not in the reference")) };
    let has = |online: bool, server: bool| if edition == Edition::Online { online } else { server };
    if !has(cmdlet.online, cmdlet.server) {
        return Some(format!("{edition:?} has no {name}"));
    }
    let mut sets: BTreeSet<&String> = cmdlet.sets.keys().collect();
    for (parameter, value) in given.iter().filter(|(parameter, _)| !COMMON.contains(&parameter.as_str())) {
        if elsewhere(parameter) {
            continue;
        }
        let Some(known) = cmdlet.parameters.get(parameter) else {
            return Some(format!("{name} has no parameter {parameter}"));
        };
        if !has(known.online, known.server) {
            return Some(format!("{edition:?} has no {name} -{parameter}"));
        }
        if !fits(&known.kind, value) {
            return Some(format!("{name} -{parameter} is a {}, not {value}", known.kind));
        }
        if !known.sets.is_empty() {
            sets.retain(|set| known.sets.contains(set));
        }
    }
    let complete = |set: &&String| {
        cmdlet.sets[*set].iter().all(|mandatory| {
            given.contains_key(mandatory)
                || SIMULATED_OTHERWISE.contains(&(name.as_str(), mandatory.as_str()))
        })
    };
    if !sets.iter().any(complete) {
        let names: Vec<&String> = given.keys().collect();
        return Some(format!("{name} has no parameter set of which {names:?} is enough"));
    }
    None
}

/// Whether a value can be bound to a parameter of this type. In a plan a gap may stand in for a text.
fn fits(kind: &str, value: &Json) -> bool {
    let gap = |value: &Json| value.get("$template").is_some();
    let text = |value: &Json| value.is_string() || gap(value);
    match kind {
        "SwitchParameter" | "Boolean" => value.is_boolean() || (kind == "Boolean" && value.is_null()),
        "SecureString" => value.get("$secret").is_some(),
        "MultiValuedProperty" | "ProxyAddressCollection" => {
            value.is_null() || text(value) || value.as_array().is_some_and(|all| all.iter().all(text))
        }
        _ if kind.ends_with("[]") => value.as_array().is_some_and(|all| all.iter().all(text)),
        _ => value.is_null() || text(value) || value.is_number(),
    }
}

fn check(calls: &[Call], edition: Edition, what: &str) -> BTreeSet<String> {
    let reference = reference();
    let found: BTreeSet<String> = calls.iter().filter_map(|call| wrong(call, edition, &reference)).collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
    calls.iter().map(|(name, _)| name.clone()).collect()
}

/// A tenant that keeps what the binary calls.
fn recorded(world: &mut World) -> Arc<Mutex<Vec<Call>>> {
    let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
    let kept = calls.clone();
    world.forge(move |asked, _| {
        if let Json::Object(parameters) = &asked.input
            && asked.name.contains('-')
            && !asked.name.contains(' ')
        {
            kept.lock().expect("nobody panics with it").push((asked.name.clone(), parameters.clone()));
        }
    });
    calls
}

fn apply(world: &World, manifest: &str) {
    let _ = world.run(&["apply", "--auto-approve", manifest]).exits(0);
}

#[test]
fn what_online_examples_call_is_in_the_reference() {
    for path in online_examples() {
        let mut world = World::contoso();
        let calls = recorded(&mut world);
        let folder = Path::new(&path).parent().expect("a folder").to_string_lossy().into_owned();
        world.copy(&folder);
        apply(&world, &path);
        let _ = world.run(&["plan", "--detailed-exitcode", &path]).exits(0);
        let names = check(&calls.lock().expect("nobody panics with it"), Edition::Online, &path);
        assert!(names.len() > 3, "{path}: {names:?}");
    }
}

#[test]
fn what_making_changing_and_removing_everything_calls_is_in_the_reference() {
    let folder = "tests/data/everything";
    let mut world = World::contoso();
    let calls = recorded(&mut world);
    world.copy(folder);
    let made = std::fs::read_to_string(repository().join(folder).join("anteroom.yaml")).expect("a manifest");
    apply(&world, folder);
    let mut changed = made;
    for (old, new) in [
        ("displayName: The vendor", "displayName: The vendor, renamed"),
        ("displayName: London, all of it", "displayName: London"),
        ("members: [BOARDROOM@contoso.com]", "members: [louvre@contoso.com]"),
        ("      - opera@contoso.com\n", ""),
        (
            "recipientFilter: \"RecipientTypeDetails -eq 'EquipmentMailbox'",
            "recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'",
        ),
        ("description: Those who may look at rooms", "description: Others"),
        ("roles: [View-Only Recipients]", "roles: [Mail Recipients]"),
        (
            "members: [svc, lynne.robbins@contoso.com]\n    managedBy",
            "members: [svc, joni.sherman@contoso.com]\n    managedBy",
        ),
        (
            "role: Mail Recipients\n    user: svc\n    scope: equipment",
            "role: Mail Recipients\n    user: svc\n    scope: lists",
        ),
        ("role: Application EWS.AccessAsApp", "role: Application Mail.Read"),
        ("ews: { enabled: true, allowedAppIds: [applications.vendor] }", "ews: { enabled: false }"),
    ] {
        assert!(changed.contains(old), "{old}");
        changed = changed.replace(old, new);
    }
    world.write("tests/data/everything/anteroom.yaml", &changed);
    apply(&world, folder);
    // What stays is who the organisation is; all else goes.
    let (_, rest) = changed.split_once("serviceAccounts:").expect("accounts");
    let mut gone =
        String::from("version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\nserviceAccounts:");
    for line in rest.lines() {
        gone.push_str(line);
        gone.push('\n');
        if line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':') {
            gone.push_str("    ensure: absent\n");
        }
    }
    world.write("tests/data/everything/anteroom.yaml", &gone.replace("maxDeletions: 3", "maxDeletions: 100"));
    apply(&world, folder);
    let names = check(&calls.lock().expect("nobody panics with it"), Edition::Online, folder);
    let expected = [
        "Add-DistributionGroupMember",
        "Add-RoleGroupMember",
        "Enable-OrganizationCustomization",
        "Get-DistributionGroup",
        "Get-DistributionGroupMember",
        "Get-Mailbox",
        "Get-ManagementRole",
        "Get-ManagementRoleAssignment",
        "Get-ManagementScope",
        "Get-OrganizationConfig",
        "Get-Recipient",
        "Get-RoleGroup",
        "Get-RoleGroupMember",
        "Get-ServicePrincipal",
        "New-DistributionGroup",
        "New-ManagementRoleAssignment",
        "New-ManagementScope",
        "New-RoleGroup",
        "New-ServicePrincipal",
        "Remove-DistributionGroup",
        "Remove-DistributionGroupMember",
        "Remove-ManagementRoleAssignment",
        "Remove-ManagementScope",
        "Remove-RoleGroup",
        "Remove-RoleGroupMember",
        "Remove-ServicePrincipal",
        "Set-DistributionGroup",
        "Set-ManagementRoleAssignment",
        "Set-ManagementScope",
        "Set-OrganizationConfig",
        "Set-RoleGroup",
        "Set-ServicePrincipal",
    ];
    let missing: Vec<_> = expected.into_iter().filter(|name| !names.contains(*name)).collect();
    assert!(missing.is_empty(), "never called, so never checked: {missing:?}");
}

#[test]
fn what_server_examples_plan_is_in_the_reference() {
    let world = World::contoso();
    world.copy("examples");
    let mut checked = 0;
    for (path, text) in examples() {
        if !text.contains("target: exchangeServer") {
            continue;
        }
        let plan = world.run(&["plan", "--assume-empty", "--format", "json", &path]).exits(0).json();
        let mut calls = Vec::new();
        for change in plan["changes"].as_array().expect("changes") {
            for operation in change["operations"].as_array().expect("operations") {
                for call in [&operation["call"], &operation["call"]["probe"]] {
                    if let (Some(name), Json::Object(parameters)) =
                        (call["cmdlet"].as_str(), &call["parameters"])
                    {
                        calls.push((name.to_owned(), parameters.clone()));
                    }
                }
            }
        }
        let names = check(&calls, Edition::Server, &path);
        assert!(names.len() > 2, "{path}: {names:?}");
        checked += 1;
    }
    assert!(checked >= 4, "{checked} examples of Exchange Server");
}

#[test]
fn the_simulated_tenant_binds_by_the_reference() {
    let path = repository().join("crates/simulator/data/cmdlets.json");
    let simulated: BTreeMap<String, Cmdlet> =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("cmdlets");
    let reference = reference();
    let mut compared = 0;
    for (name, cmdlet) in &reference {
        let Some(own) = simulated.get(name) else { continue };
        let otherwise = |parameter: &str| SIMULATED_OTHERWISE.contains(&(name.as_str(), parameter));
        let of = |cmdlet: &Cmdlet| -> BTreeMap<String, BTreeSet<String>> {
            let sets = cmdlet.sets.iter();
            sets.map(|(set, all)| (set.clone(), all.iter().filter(|one| !otherwise(one)).cloned().collect()))
                .collect()
        };
        assert_eq!(of(cmdlet), of(own), "{name}: parameter sets and what is mandatory");
        for (parameter, known) in &own.parameters {
            if otherwise(parameter) {
                continue;
            }
            let Some(described) = cmdlet.parameters.get(parameter) else {
                panic!("{name} has no {parameter}")
            };
            let place = format!("{name} -{parameter}");
            assert_eq!(described.kind, known.kind, "{place}");
            assert_eq!(described.online, known.online, "{place}");
            let sets = |one: &Parameter| one.sets.iter().cloned().collect::<BTreeSet<_>>();
            assert_eq!(sets(described), sets(known), "{place}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared} parameters were compared");
}

#[test]
fn what_is_not_in_the_reference_is_found() {
    let reference = reference();
    let call = |name: &str, parameters: Json| -> Call {
        let Json::Object(parameters) = parameters else { panic!("parameters are an object") };
        (name.to_owned(), parameters)
    };
    for (name, parameters, edition, words) in [
        ("Get-Nothing", serde_json::json!({}), Edition::Online, "not in the reference"),
        (
            "New-ServicePrincipal",
            serde_json::json!({}),
            Edition::Server,
            "Server has no New-ServicePrincipal",
        ),
        (
            "Set-ManagementScope",
            serde_json::json!({ "Identity": "x", "Filter": "y" }),
            Edition::Online,
            "no parameter Filter",
        ),
        (
            "Remove-ManagementScope",
            serde_json::json!({ "Identity": "x", "Force": true }),
            Edition::Server,
            "has no Remove-ManagementScope -Force",
        ),
        ("New-ManagementScope", serde_json::json!({ "Name": "x" }), Edition::Online, "is enough"),
        (
            "New-DistributionGroup",
            serde_json::json!({ "Name": "x", "RoomList": "yes" }),
            Edition::Online,
            "is a SwitchParameter",
        ),
        (
            "New-ManagementRoleAssignment",
            serde_json::json!({ "Role": "r", "App": "a", "User": "u" }),
            Edition::Online,
            "no parameter set",
        ),
    ] {
        let found = wrong(&call(name, parameters), edition, &reference).expect(words);
        assert!(found.contains(words), "{found}");
    }
}
