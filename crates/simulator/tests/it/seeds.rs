//! Seeds, and tenants kept between runs.

use crate::client::Client;
use anteroom_simulator::{DEFAULT_SEED, Tenant};
use serde_json::json;

const FABRIKAM: &str = include_str!("../../../../examples/tenants/fabrikam.yaml");
const LARGE: &str = include_str!("../../../../examples/tenants/large.yaml");

#[test]
fn a_seed_always_makes_the_same_tenant() {
    for seed in [DEFAULT_SEED, FABRIKAM] {
        let once = Tenant::from_seed(seed).expect("valid").to_json();
        assert_eq!(once, Tenant::from_seed(seed).expect("valid").to_json());
        assert_eq!(once, Tenant::from_json(&once).expect("readable").to_json());
    }
}

#[test]
fn mistakes_are_placed() {
    for (seed, line, column, cause) in [
        ("tenant: { name: C, domain: contoso.com }\npoeple: []\n", 2, 1, "unknown field"),
        (
            "tenant: { name: C, domain: contoso.com }\nadministrator: a@contoso.com\n",
            2,
            16,
            "no person 'a@contoso.com'",
        ),
        (
            "tenant: { name: C, domain: contoso.com }\npeople:\n  - { userPrincipalName: a@contoso.com, displayName: A, licenses: [E1] }\n",
            3,
            68,
            "'E1' is not among the tenant's licenses",
        ),
        (
            "tenant: { name: C, domain: contoso.com }\nmanagementScopes:\n  - name: s\n    recipientFilter: City -eq\n",
            4,
            22,
            "",
        ),
        (
            "tenant: { name: C, domain: contoso.com }\ngroups:\n  - { name: g, primarySmtpAddress: g@example.com }\n",
            3,
            36,
            "accepted domain",
        ),
        (
            "tenant: { name: C, domain: contoso.com }\nclock: { start: yesterday }\n",
            2,
            17,
            "2026-11-02T08:00:00Z",
        ),
        ("tenant: [", 1, 9, ""),
    ] {
        let error = Tenant::from_seed(seed).expect_err(seed);
        assert_eq!((error.line(), error.column()), (Some(line), Some(column)), "{error}\n{seed}");
        assert!(error.cause().contains(cause), "{error}");
        assert!(error.to_string().starts_with(&format!("line {line}, column {column}: ")), "{error}");
    }
    assert!(Tenant::from_json("{}").is_err());
}

#[tokio::test]
async fn a_kept_tenant_goes_on_where_it_was() {
    let client = Client::contoso().await;
    client.ok("New-DistributionGroup", json!({"Name": "l", "RoomList": true, "Members": ["soho"]})).await;
    let kept = client.simulator.tenant().to_json();
    let again = anteroom_simulator::Simulator::new(Tenant::from_json(&kept).expect("readable"));
    assert_eq!(again.revision(), client.simulator.revision());
    let call = |simulator: &anteroom_simulator::Simulator, cmdlet: &str, parameters: serde_json::Value| {
        simulator.invoke(cmdlet, parameters.as_object().cloned().unwrap_or_default()).expect("accepted")
    };
    assert_eq!(call(&again, "Get-DistributionGroupMember", json!({"Identity": "l"})).len(), 1);
    let one = call(&again, "New-DistributionGroup", json!({"Name": "m"}));
    let other = call(&client.simulator, "New-DistributionGroup", json!({"Name": "m"}));
    assert_eq!(one, other, "the same next GUID and time");
    assert!(again.revision() > 1);
}

#[tokio::test]
async fn fabrikam_is_as_messy_as_it_says() {
    let client = Client::of(FABRIKAM).await;
    let scope = client.row("Get-ManagementScope", json!({"Identity": "PortlandRooms"})).await;
    let filter = json!({"Filter": scope["RecipientFilter"]});
    assert!(client.ok("Get-Recipient", filter).await.is_empty(), "its distinguished name is stale");
    let both = client.refuse("Get-Recipient", json!({"Identity": "IT Team"})).await;
    assert_eq!(both.0, "ManagementObjectAmbiguousException");
    let app = json!({"Identity": "Meeting displays", "Resource": "ceo@fabrikam.com"});
    let rows = client.ok("Test-ServicePrincipalAuthorization", app).await;
    assert!(rows.iter().any(|row| row["InScope"] == "True"), "an assignment without scope reaches the CEO");
    let disabled = client.ok("Get-ManagementRoleAssignment", json!({"Enabled": false})).await;
    assert_eq!(disabled.len(), 1);
    let through =
        client.ok("Get-ManagementRoleAssignment", json!({"RoleAssignee": "reception@fabrikam.com"})).await;
    assert!(through.iter().any(|row| row["AssignmentMethod"] == "RoleGroupAndSecurityGroup"));
}

#[tokio::test]
async fn the_large_tenant_is_large() {
    let client = Client::of(LARGE).await;
    let lists = json!({"RecipientTypeDetails": "RoomList", "ResultSize": "Unlimited"});
    assert_eq!(client.ok("Get-DistributionGroup", lists).await.len(), 150);
    let members = json!({"Identity": "list-150@contoso.com", "ResultSize": "Unlimited"});
    let rows = client.ok("Get-DistributionGroupMember", members).await;
    assert!((66..=67).contains(&rows.len()));
    assert_eq!(rows.last().map(|row| row["Name"].clone()), Some(json!("Room 10000")));
}
