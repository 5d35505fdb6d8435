//! Binding of parameters.

use crate::client::Client;
use serde_json::{Value, json};

#[tokio::test]
async fn parameters_are_checked_as_powershell_does() {
    let client = Client::contoso().await;
    let cases: &[(&str, Value, &str, &str)] = &[
        (
            "Get-Mailbox",
            json!({"Identiti": "x"}),
            "ParameterBindingException",
            "matches parameter name 'Identiti'",
        ),
        ("Get-Mailbox", json!({"Database": "x"}), "ParameterBindingException", "'Database'"),
        (
            "New-DistributionGroup",
            json!({}),
            "ParameterBindingException",
            "missing mandatory parameters: Name",
        ),
        ("New-DistributionGroup", json!({"Name": null}), "ParameterBindingException", "because it is null"),
        (
            "New-DistributionGroup",
            json!({"Name": ""}),
            "ParameterBindingException",
            "because it is an empty string",
        ),
        (
            "New-DistributionGroup",
            json!({"Name": "x", "MemberJoinRestriction": "Sealed"}),
            "ParameterBindingArgumentTransformationException",
            "Closed, Open, ApprovalRequired",
        ),
        (
            "New-DistributionGroup",
            json!({"Name": "x", "RoomList": "yes"}),
            "ParameterBindingArgumentTransformationException",
            "Cannot convert value \"yes\" to type \"SwitchParameter\"",
        ),
        (
            "New-DistributionGroup",
            json!({"Name": "x", "PrimarySmtpAddress": "x at contoso"}),
            "ParameterBindingArgumentTransformationException",
            "isn't correct",
        ),
        (
            "New-DistributionGroup",
            json!({"Name": ["x", "y"]}),
            "ParameterBindingArgumentTransformationException",
            "to type \"String\"",
        ),
        (
            "New-DistributionGroup",
            json!({"Name": "x", "name": "y"}),
            "ParameterBindingException",
            "more than once",
        ),
        (
            "Get-Mailbox",
            json!({"ResultSize": "all"}),
            "ParameterBindingArgumentTransformationException",
            "Unlimited",
        ),
        ("Get-DistributionGroup", json!({"SortBy": "Name"}), "NotSupportedException", "-SortBy"),
    ];
    for (cmdlet, parameters, kind, text) in cases {
        let refusal = client.refuse(cmdlet, parameters.clone()).await;
        assert_eq!(refusal.0, *kind, "{cmdlet} {parameters}: {refusal:?}");
        assert!(refusal.1.contains(text), "{cmdlet} {parameters}: {refusal:?}");
    }
    assert_eq!(client.simulator.revision(), 0);
}

#[tokio::test]
async fn what_powershell_takes_is_taken() {
    let client = Client::contoso().await;
    let odd = json!({"name": "x", "ROOMLIST": "$true", "MemberJoinRestriction": "App", "WhatIf": false,
        "ErrorAction": "Stop", "Members@odata.type": "#Collection(String)", "Members": "soho"});
    let made = client.row("New-DistributionGroup", odd).await;
    assert_eq!(
        (&made["RecipientTypeDetails"], &made["MemberJoinRestriction"]),
        (&json!("RoomList"), &json!("ApprovalRequired"))
    );
    assert_eq!(client.row("get-distributiongroup", json!({"identity": "X"})).await["Name"], "x");
}

#[tokio::test]
async fn what_if_changes_nothing() {
    let client = Client::contoso().await;
    let before = client.simulator.tenant().to_json();
    assert!(client.ok("New-DistributionGroup", json!({"Name": "x", "WhatIf": true})).await.is_empty());
    let taken = json!({"Name": "Boardroom", "WhatIf": true});
    assert_eq!(client.refuse("New-DistributionGroup", taken).await.0, "ADObjectAlreadyExistsException");
    assert_eq!(client.simulator.tenant().to_json(), before);
}
