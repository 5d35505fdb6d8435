//! Services that misbehave: what is tried again, and what is never believed.

use anteroom_model::operation::Refusal;
use anteroom_model::ports::{Execute as _, Observe as _, Request};
use anteroom_model::resource::Resource;
use serde_json::json;

use crate::stub::{Said, Stub};
use crate::support::{is_absent, object, parameters, resource, set, text, unreadable};

fn rows(rows: &serde_json::Value) -> Said {
    (200, "", json!({ "value": rows }).to_string())
}

fn not_found() -> Said {
    let detail = "Ex1|X.ManagementObjectNotFoundException|The object 'x' couldn't be found.";
    (
        404,
        "",
        json!({ "error": { "code": "NotFound", "message": "m", "details": [{ "message": detail }] } })
            .to_string(),
    )
}

fn list() -> Resource {
    resource("roomLists", "l", &[("primarySmtpAddress", text("l@contoso.com"))])
}

fn group(address: &str, kind: &str) -> serde_json::Value {
    json!({ "Name": address, "Guid": "g-1", "PrimarySmtpAddress": address, "RecipientTypeDetails": kind })
}

#[tokio::test]
async fn a_token_is_renewed_once_when_it_is_refused() {
    let stub = Stub::new(|_, _, asked| {
        if asked.headers.contains("bearer token-1") {
            (401, "", String::new())
        } else {
            rows(&json!([group("l@contoso.com", "RoomList")]))
        }
    })
    .await;
    let snapshot = stub.reader.observe(&[list()]).await;
    assert_eq!(object(&snapshot, &list()).id, "g-1");
    let always = Stub::new(|_, _, _| (401, "", String::new())).await;
    let snapshot = always.reader.observe(&[list()]).await;
    assert!(unreadable(&snapshot, &list()).contains("401"), "{:?}", snapshot.observations);
    assert_eq!(always.asked().len(), 2, "a second refusal is meant");
}

#[tokio::test]
async fn a_busy_service_is_waited_for_as_long_as_it_asks_even_to_write() {
    let stub =
        Stub::new(
            |_, before, _| {
                if before == 0 { (429, "retry-after: 1\r\n", String::new()) } else { rows(&json!([])) }
            },
        )
        .await;
    let begun = std::time::Instant::now();
    let call = Request::Cmdlet {
        cmdlet: "Set-ManagementScope".to_owned(),
        parameters: parameters(json!({ "Identity": "s" })),
    };
    let answer = stub.writer.execute(vec![call]).await.pop().expect("one answer");
    assert!(answer.is_ok(), "{answer:?}");
    assert!(begun.elapsed().as_millis() >= 1000);
    assert_eq!(stub.waits.told().len(), 1);
}

#[tokio::test]
async fn headers_and_envelope_are_those_of_the_module() {
    let stub = Stub::new(|_, _, _| not_found()).await;
    let snapshot = stub.reader.observe(&[list()]).await;
    assert!(is_absent(&snapshot, &list()));
    let asked = stub.asked();
    let first = asked.first().expect("a request");
    assert!(
        first.path.starts_with("/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand?$select=Name,"),
        "{}",
        first.path
    );
    for header in [
        "x-anchormailbox: app:systemmailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com",
        "prefer: odata.maxpagesize=1000",
        "x-cmdletname: get-distributiongroup",
        "client-request-id: ",
    ] {
        assert!(first.headers.contains(header), "{header}\n{}", first.headers);
    }
    assert_eq!(
        first.body,
        r#"{"CmdletInput":{"CmdletName":"Get-DistributionGroup","Parameters":{"Identity":"l@contoso.com"}}}"#
    );
}

#[tokio::test]
async fn an_answer_about_something_else_is_no_answer() {
    for answer in [
        json!([group("a@contoso.com", "RoomList"), group("b@contoso.com", "RoomList")]),
        json!([group("a@contoso.com", "RoomList")]),
    ] {
        let other = Stub::new(move |_, _, _| rows(&answer)).await;
        let told = unreadable(&other.reader.observe(&[list()]).await, &list());
        assert!(told.contains("about a@contoso.com instead"), "{told}");
    }
    let both = Stub::new(|_, _, _| {
        rows(&json!([group("l@contoso.com", "RoomList"), group("l@contoso.com", "GroupMailbox")]))
    })
    .await;
    let told = unreadable(&both.reader.observe(&[list()]).await, &list());
    assert!(
        told.contains("the RoomList l@contoso.com (g-1), the GroupMailbox l@contoso.com (g-1)"),
        "{told}"
    );
    let ordinary =
        Stub::new(|_, _, _| rows(&json!([group("l@contoso.com", "MailUniversalDistributionGroup")]))).await;
    let snapshot = ordinary.reader.observe(&[list()]).await;
    assert!(is_absent(&snapshot, &list()));
    assert_eq!(snapshot.diagnostics[0].id, "address-taken");
}

#[tokio::test]
async fn a_page_that_is_missing_is_a_failure_and_no_end() {
    let scope = || resource("managementScopes", "s", &[("name", text("S"))]);
    let answer = |base: &str, _: usize, asked: &crate::stub::Asked| {
        if asked.path.contains("page=2") {
            not_found()
        } else if asked.body.contains("Get-ManagementScope") {
            let link = format!("{base}/adminapi/beta/t/InvokeCommand?page=2");
            (200, "", json!({ "@odata.nextLink": link, "value": [{ "Name": "Other" }] }).to_string())
        } else {
            rows(&json!([{ "Name": "x", "IsDehydrated": false }]))
        }
    };
    let stub = Stub::new(answer).await;
    let snapshot = stub.reader.observe(&[scope()]).await;
    assert!(
        unreadable(&snapshot, &scope()).contains("a later page could not be read"),
        "{:?}",
        snapshot.observations
    );
    // The token goes nowhere but to the service.
    let astray = Stub::new(|_, _, asked| {
        if asked.body.contains("Get-ManagementScope") {
            (200, "", json!({ "@odata.nextLink": "http://127.0.0.1:9/adminapi/x", "value": [] }).to_string())
        } else {
            rows(&json!([{ "Name": "x" }]))
        }
    })
    .await;
    let snapshot = astray.reader.observe(&[scope()]).await;
    assert!(unreadable(&snapshot, &scope()).contains("another host"));
}

#[tokio::test]
async fn lists_of_built_in_objects_are_not_believed_to_be_empty() {
    let stub = Stub::new(|_, _, _| rows(&json!([]))).await;
    let group = resource("roleGroups", "g", &[("name", text("G"))]);
    let snapshot = stub.reader.observe(std::slice::from_ref(&group)).await;
    assert!(unreadable(&snapshot, &group).contains("empty list"));
}

#[tokio::test]
async fn a_refused_caller_hears_why_and_what_is_missing() {
    let stub = Stub::new(|_, _, _| {
        (403, "x-ms-diagnostics: 5;reason=\"no role\"\r\nrequest-id: r-1\r\n", "\0".repeat(40))
    })
    .await;
    let call =
        Request::Cmdlet { cmdlet: "New-ManagementScope".to_owned(), parameters: parameters(json!({})) };
    let failure =
        stub.writer.execute(vec![call]).await.pop().expect("one answer").expect_err("it should be refused");
    assert_eq!(failure.refusal, Refusal::Forbidden);
    assert!(failure.message.contains("no role"), "{failure:?}");
    assert_eq!(failure.request_id.as_deref(), Some("r-1"));
    assert!(failure.hint.is_some_and(|hint| hint.contains("Role Management")));
}

#[tokio::test]
async fn members_without_an_address_are_told_to_whoever_changes_the_list() {
    let stub = Stub::new(|_, _, asked| {
        if asked.body.contains("Get-DistributionGroupMember") {
            rows(&json!([{ "PrimarySmtpAddress": "A@contoso.com" }, { "PrimarySmtpAddress": "" }, {}]))
        } else {
            rows(&json!([group("l@contoso.com", "RoomList")]))
        }
    })
    .await;
    let mut list = list();
    list.attributes.insert("members".to_owned(), set(&["a@contoso.com"]));
    let snapshot = stub.reader.observe(std::slice::from_ref(&list)).await;
    let seen = object(&snapshot, &list);
    assert_eq!(seen.attributes["members"], set(&["a@contoso.com"]));
    assert_eq!(seen.outputs["membersWithoutAddress"], "2");
}
