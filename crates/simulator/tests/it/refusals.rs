//! Odd values for every parameter of every cmdlet: never a panic, and a refusal changes nothing.

use anteroom_simulator::{Simulator, Tenant};
use serde_json::{Map, Value, json};

const SEED: &str = include_str!("../../../../examples/tenants/fabrikam.yaml");
const CMDLETS: &str = include_str!("../../data/cmdlets.json");

/// Enough to come past the binding.
fn base(cmdlet: &str) -> Value {
    match cmdlet {
        "New-DistributionGroup" | "New-RoleGroup" => json!({"Name": "New"}),
        "New-Mailbox" => json!({"Name": "New", "Room": true}),
        "New-ManagementScope" => json!({"Name": "New", "RecipientRestrictionFilter": "City -eq 'x'"}),
        "New-ManagementRoleAssignment" => json!({"Role": "Mail Recipients", "User": "ceo@fabrikam.com"}),
        "New-ServicePrincipal" => {
            json!({"AppId": "8d3a7a4e-2f7b-4d70-8a53-0f0d4c7ee222", "ObjectId": "8d3a7a4e-2f7b-4d70-8a53-0f0d4c7ee223"})
        }
        "Set-ManagementRoleAssignment" => json!({"Identity": "Reception recipients"}),
        name if name.contains("RoleGroupMember") => {
            json!({"Identity": "Room managers", "Member": "ceo@fabrikam.com"})
        }
        name if name.contains("DistributionGroupMember") => {
            json!({"Identity": "Seattle rooms", "Member": "hood@fabrikam.com"})
        }
        name if name.ends_with("-DistributionGroup") => json!({"Identity": "Seattle rooms"}),
        name if name.ends_with("-ManagementScope") => json!({"Identity": "SeattleRooms"}),
        name if name.ends_with("-RoleGroup") => json!({"Identity": "Room managers"}),
        name if name.ends_with("Mailbox") || name.ends_with("-User") => {
            json!({"Identity": "boardroom@fabrikam.com"})
        }
        name if name.contains("ServicePrincipal") => json!({"Identity": "Meeting displays"}),
        _ => json!({}),
    }
}

#[test]
fn odd_values_are_refused_or_taken_and_nothing_breaks() {
    let odd = [
        Value::Null,
        json!(""),
        json!("   "),
        json!(-1),
        json!(true),
        json!([]),
        json!([null, ["a", {}], 7]),
        json!({}),
        json!({"@odata.type": "#Exchange.GenericHashTable", "Add": ["ghost@fabrikam.com"], "Remove": 1}),
        json!("*"),
        json!("'\"\\\u{0}\u{202e}ü–"),
        json!("x".repeat(5_000)),
        json!("ceo@fabrikam.com"),
        json!("Seattle rooms"),
        json!("SeattleRooms"),
    ];
    let cmdlets: Map<String, Value> = serde_json::from_str(CMDLETS).expect("JSON");
    let start = Tenant::from_seed(SEED).expect("valid");
    let before = start.to_json();
    let (mut taken, mut refused) = (0, 0);
    let mut simulator = Simulator::new(start.clone());
    for (cmdlet, info) in &cmdlets {
        for parameter in info["parameters"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let mut compared = 0;
            for value in &odd {
                let mut parameters = base(cmdlet).as_object().cloned().unwrap_or_default();
                if cmdlet.starts_with("Update-") {
                    parameters.remove("Member");
                }
                parameters.insert(parameter.clone(), value.clone());
                let reads = cmdlet.starts_with("Get-") || cmdlet.starts_with("Test-");
                match simulator.invoke(cmdlet, parameters) {
                    Err(refusal) => {
                        refused += 1;
                        assert!(!refusal.message().is_empty() && (400..=404).contains(&refusal.status()));
                        // What does not bind never meets the tenant.
                        let unbound =
                            ["Binding", "NotSupported"].iter().any(|name| refusal.exception().contains(name));
                        if !unbound && compared < 3 {
                            compared += 1;
                            let after = simulator.tenant().to_json();
                            assert_eq!(after, before, "{cmdlet} -{parameter} {value}: {refusal}");
                        }
                    }
                    Ok(_) if reads => assert_eq!(simulator.revision(), 0, "{cmdlet} -{parameter}"),
                    Ok(_) => {
                        taken += 1;
                        let whole = taken % 10 == 0;
                        if whole {
                            let json = simulator.tenant().to_json();
                            let again = Tenant::from_json(&json).expect("readable").to_json();
                            assert_eq!(again, json, "{cmdlet} -{parameter} {value}");
                        }
                        simulator = Simulator::new(start.clone());
                    }
                }
            }
        }
    }
    assert!(taken > 300 && refused > 3_000, "{taken} taken, {refused} refused");
}
