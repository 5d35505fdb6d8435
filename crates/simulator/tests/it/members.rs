//! Members of groups.

use crate::client::Client;
use serde_json::{Value, json};

fn with(member: &str) -> Value {
    json!({"Identity": "list", "Member": member, "BypassSecurityGroupManagerCheck": true})
}

fn all(members: &Value) -> Value {
    json!({"Identity": "list", "Members": members, "BypassSecurityGroupManagerCheck": true})
}

async fn names(client: &Client) -> Vec<String> {
    let rows = client
        .ok("Get-DistributionGroupMember", json!({"Identity": "list", "ResultSize": "Unlimited"}))
        .await;
    rows.iter().map(|row| row["Alias"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn start() -> Client {
    let client = Client::contoso().await;
    client
        .ok(
            "New-DistributionGroup",
            json!({"Name": "list", "RoomList": true, "Members": ["soho@contoso.com"]}),
        )
        .await;
    client
}

#[tokio::test]
async fn members_come_and_go() {
    let client = start().await;
    for form in
        ["Brixton", "camden", "thames@contoso.com", "projector@contoso.com", "desks.london@contoso.com"]
    {
        client.ok("Add-DistributionGroupMember", with(form)).await;
    }
    assert_eq!(names(&client).await, ["soho", "brixton", "camden", "thames", "projector", "desks.london"]);
    client.ok("Remove-DistributionGroupMember", with("brixton@contoso.com")).await;
    assert_eq!(names(&client).await.len(), 5);
    client.ok("Update-DistributionGroupMember", all(&json!(["opera@contoso.com", "soho"]))).await;
    assert_eq!(names(&client).await, ["opera", "soho"]);
    client.ok("Update-DistributionGroupMember", all(&json!([]))).await;
    assert!(names(&client).await.is_empty());
}

#[tokio::test]
async fn refusals_name_the_member() {
    let client = start().await;
    let twice = client.refuse("Add-DistributionGroupMember", with("soho@contoso.com")).await;
    assert_eq!(twice.0, "MemberAlreadyExistsException");
    assert!(twice.1.contains("\"Soho\" is already a member of the group \"list\""), "{twice:?}");
    let never = client.refuse("Remove-DistributionGroupMember", with("thames@contoso.com")).await;
    assert_eq!(never.0, "MemberNotFoundException");
    assert!(never.1.contains("isn't a member of the group"), "{never:?}");
    let unknown = client.refuse("Add-DistributionGroupMember", with("attic@contoso.com")).await;
    assert_eq!(unknown.0, "ManagementObjectNotFoundException");
    let person = client.refuse("Add-DistributionGroupMember", with("ceo@contoso.com")).await;
    assert!(person.1.contains("can't be a member of a room list"), "{person:?}");
    let own = client.refuse("Add-DistributionGroupMember", with("list")).await;
    assert!(own.1.contains("its own member"), "{own:?}");
    let display = client.refuse("Remove-DistributionGroupMember", with("Lynne Robbins")).await;
    assert_eq!(display.0, "ManagementObjectNotFoundException", "a display name is no identity here");
}

#[tokio::test]
async fn a_list_is_replaced_in_whole_or_not_at_all() {
    let client = start().await;
    let revision = client.simulator.revision();
    let refused = client.refuse("Update-DistributionGroupMember", all(&json!(["opera", "attic"]))).await;
    assert_eq!(refused.0, "ManagementObjectNotFoundException");
    assert_eq!(names(&client).await, ["soho"]);
    assert_eq!(client.simulator.revision(), revision);
    let many: Vec<String> = (0..10_001).map(|number| format!("r{number}@contoso.com")).collect();
    let refused = client.refuse("Update-DistributionGroupMember", all(&json!(many))).await;
    assert!(refused.1.contains("10001") && refused.1.contains("10000"), "{refused:?}");
}

#[tokio::test]
async fn a_removed_mailbox_leaves_its_groups() {
    let client = start().await;
    client.ok("Remove-Mailbox", json!({"Identity": "soho@contoso.com"})).await;
    assert!(names(&client).await.is_empty());
    assert_eq!(client.get("/users/soho@contoso.com").await.status, 404);
}
