//! The whole way once: from a dehydrated tenant to a scoped application.

use crate::client::Client;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_vendor_is_set_up_from_nothing() {
    let client = Client::contoso().await;
    let refused = client
        .run("New-ManagementScope", json!({"Name": "x", "RecipientRestrictionFilter": "Alias -eq 'x'"}));
    assert_eq!(refused.await.refusal().0, "CmdletInvalidOperationInDehydratedContextException");
    client.run("Enable-OrganizationCustomization", json!({})).await.rows();
    assert_eq!(client.run("Get-OrganizationConfig", json!({})).await.row()["IsDehydrated"], false);

    let user = client
        .graph(
            Method::POST,
            "/users",
            Some(json!({"accountEnabled": true, "displayName": "Cronofy", "mailNickname": "svc-cronofy",
                "userPrincipalName": "svc-cronofy@contoso.com", "usageLocation": "GB",
                "passwordProfile": {"password": "Str0ng!enough", "forceChangePasswordNextSignIn": false}})),
        )
        .await;
    assert_eq!(user.status, 201, "{}", user.body);
    let skus = client.get("/subscribedSkus").await.rows();
    let e1 = skus.iter().find(|sku| sku["skuPartNumber"] == "STANDARDPACK").expect("E1");
    let licence = json!({"addLicenses": [{"skuId": e1["skuId"], "disabledPlans": []}], "removeLicenses": []});
    let path = format!("/users/{}/assignLicense", user.body["id"].as_str().expect("an id"));
    assert_eq!(client.graph(Method::POST, &path, Some(licence)).await.status, 200);
    let mailbox = client.run("Get-Mailbox", json!({"Identity": "svc-cronofy@contoso.com"})).await.row();

    let list = client
        .run(
            "New-DistributionGroup",
            json!({"Name": "Cronofy Room List", "Alias": "cronofy.resource.list", "RoomList": true,
                "PrimarySmtpAddress": "cronofy.resource.list@contoso.com", "ManagedBy": ["svc-cronofy@contoso.com"],
                "Members": ["boardroom@contoso.com", "thames@contoso.com"]}),
        )
        .await
        .row();
    assert_eq!(list["RecipientTypeDetails"], "RoomList");
    assert_eq!(list["ManagedBy"], json!([mailbox["Guid"]]));
    let dn = list["DistinguishedName"].as_str().expect("a name");
    assert!(dn.starts_with("CN=Cronofy Room List2026110208"), "{dn}");

    let filter = format!("MemberOfGroup -eq '{dn}'");
    let scope = client
        .run("New-ManagementScope", json!({"Name": "Rooms", "RecipientRestrictionFilter": filter}))
        .await
        .row();
    assert_eq!(scope["RecipientFilter"], filter);

    let app_id = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10";
    let principal = client.graph(Method::POST, "/servicePrincipals", Some(json!({"appId": app_id}))).await;
    assert_eq!(principal.status, 201, "{}", principal.body);
    let id = principal.body["id"].clone();
    client.run("New-ServicePrincipal", json!({"AppId": app_id, "ObjectId": id})).await.row();
    let assignment = client
        .run(
            "New-ManagementRoleAssignment",
            json!({"Name": "Calendars", "Role": "Application Calendars.ReadWrite", "App": app_id,
                "CustomResourceScope": "Rooms"}),
        )
        .await
        .row();
    assert_eq!(assignment["RoleAssigneeName"], id);
    assert_eq!(assignment["CustomResourceScope"], "Rooms");
    assert_eq!(assignment["RecipientWriteScope"], "CustomRecipientScope");

    for (room, expected) in [("boardroom@contoso.com", "True"), ("camden@contoso.com", "False")] {
        let test = json!({"Identity": app_id, "Resource": room});
        let row = client.run("Test-ServicePrincipalAuthorization", test).await.row();
        assert_eq!(row["InScope"], expected, "{room}");
    }
}
