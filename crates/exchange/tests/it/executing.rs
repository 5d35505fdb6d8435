//! Sending calls: order, batches, refusals, and what is tried again.

use anteroom_model::operation::{Method, Refusal};
use anteroom_model::ports::{Execute as _, Request};
use serde_json::json;

use crate::support::{World, parameters};

fn cmdlet(name: &str, input: serde_json::Value) -> Request {
    Request::Cmdlet { cmdlet: name.to_owned(), parameters: parameters(input) }
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_calls_whatever_they_are_sent_with() {
    let world = World::contoso().await;
    let mut calls: Vec<Request> = (0..23)
        .map(|number| {
            cmdlet("New-DistributionGroup", json!({ "Name": format!("L{number}"), "RoomList": true }))
        })
        .collect();
    calls.insert(
        5,
        Request::Graph { method: Method::Get, path: "/users/ceo@contoso.com".to_owned(), body: None },
    );
    calls.push(Request::Graph { method: Method::Get, path: "/subscribedSkus".to_owned(), body: None });
    let answers = world.writer.execute(calls).await;
    assert_eq!(answers.len(), 25);
    for (index, answer) in answers.iter().enumerate() {
        let rows = &answer.as_ref().unwrap_or_else(|failure| panic!("{index}: {failure:?}")).rows;
        match index {
            5 => assert_eq!(rows[0]["userPrincipalName"], "ceo@contoso.com"),
            24 => assert!(rows.len() > 1, "a collection is its rows"),
            _ => {
                let number = if index < 5 { index } else { index - 1 };
                assert_eq!(rows[0]["Name"], format!("L{number}"));
                assert!(rows[0].keys().all(|name| !name.contains('@')), "{:?}", rows[0]);
            }
        }
    }
}

#[tokio::test]
async fn refusals_are_told_apart_alone_and_in_a_batch() {
    let world = World::contoso().await;
    let cases = [
        (cmdlet("Get-DistributionGroup", json!({ "Identity": "nowhere@contoso.com" })), Refusal::NotFound),
        (
            cmdlet(
                "New-DistributionGroup",
                json!({ "Name": "X", "PrimarySmtpAddress": "boardroom@contoso.com" }),
            ),
            Refusal::AlreadyExists,
        ),
        (
            cmdlet(
                "New-ManagementScope",
                json!({ "Name": "S", "RecipientRestrictionFilter": "Name -eq 'x'" }),
            ),
            Refusal::Dehydrated,
        ),
        (cmdlet("New-DistributionGroup", json!({ "Nmae": "X" })), Refusal::Invalid),
        (cmdlet("Get-Nothing", json!({})), Refusal::Forbidden),
        (
            Request::Graph { method: Method::Get, path: "/users/nobody@contoso.com".to_owned(), body: None },
            Refusal::NotFound,
        ),
    ];
    for (call, expected) in &cases {
        let failure = world
            .writer
            .execute(vec![call.clone()])
            .await
            .pop()
            .expect("one answer")
            .expect_err("it should be refused");
        assert_eq!(failure.refusal, *expected, "{call:?}: {failure:?}");
    }
    let together = world.writer.execute(cases.iter().map(|(call, _)| call.clone()).collect()).await;
    for (answer, (call, expected)) in together.into_iter().zip(cases) {
        let failure = answer.expect_err("it should be refused");
        assert_eq!(failure.refusal, expected, "{call:?}: {failure:?}");
        if expected == Refusal::Forbidden {
            assert!(failure.hint.is_some());
        }
    }
}

#[tokio::test]
async fn members_and_customisation_that_are_there_already_are_told() {
    let world = World::contoso().await;
    world.customise();
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "L", "RoomList": true, "Members": ["boardroom@contoso.com"] }),
    );
    let member = |verb: &str, member: &str| {
        let input = json!({ "Identity": "L", "Member": member, "BypassSecurityGroupManagerCheck": true });
        cmdlet(&format!("{verb}-DistributionGroupMember"), input)
    };
    let calls = vec![
        member("Add", "boardroom@contoso.com"),
        member("Remove", "soho@contoso.com"),
        cmdlet("Enable-OrganizationCustomization", json!({})),
    ];
    let refusals: Vec<Refusal> = world
        .writer
        .execute(calls)
        .await
        .into_iter()
        .map(|answer| answer.expect_err("refused").refusal)
        .collect();
    assert_eq!(refusals, [Refusal::AlreadyMember, Refusal::NotMember, Refusal::AlreadyEnabled]);
}

#[tokio::test]
async fn a_write_that_may_have_been_processed_is_not_sent_again() {
    let world = World::contoso().await;
    world.fault(&json!({ "unreadable": ["New-DistributionGroup"] })).await;
    let call = cmdlet("New-DistributionGroup", json!({ "Name": "L", "RoomList": true }));
    let failure =
        world.writer.execute(vec![call]).await.pop().expect("one answer").expect_err("it should fail");
    assert_eq!(failure.refusal, Refusal::Lost, "{failure:?}");
    assert!(world.waits().is_empty(), "{:?}", world.waits());
}
