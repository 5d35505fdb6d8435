//! `InvokeCommand` as it is: what is not sent, what comes back in odd shapes, and what is then believed.

use anteroom_model::change::Action;
use anteroom_model::kind::Kind;
use anteroom_model::operation::{Argument, Call, Method, Operation, Refusal};
use anteroom_model::ports::{Answer, Execute as _, Failure, Observe as _, Request};
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::{Object, Snapshot};
use anteroom_model::value::Value;
use serde_json::{Value as Json, json};

use crate::case::Case;
use crate::stub::{Asked, Said, Stub};
use crate::support::{World, is_absent, object, parameters, resource, set, text, unreadable};

fn rows(rows: &Json) -> Said {
    (200, "", json!({ "value": rows }).to_string())
}

fn list() -> Resource {
    resource("roomLists", "l", &[("primarySmtpAddress", text("l@contoso.com"))])
}

fn group(address: &str) -> Json {
    json!({ "Name": address, "Guid": "g-1", "PrimarySmtpAddress": address, "RecipientTypeDetails": "RoomList" })
}

fn cmdlet(name: &str, input: Json) -> Request {
    Request::Cmdlet { cmdlet: name.to_owned(), parameters: parameters(input) }
}

async fn run(stub: &Stub, call: Request) -> Result<Answer, Failure> {
    stub.writer.execute(vec![call]).await.pop().expect("one answer")
}

#[tokio::test]
async fn a_call_that_names_nothing_is_not_sent_and_the_others_are() {
    let stub = Stub::new(|_, _, asked| {
        let ids = asked.body.matches("\"id\"").count();
        let part = |id: usize| json!({ "id": id.to_string(), "status": 200, "body": { "value": [{ "Name": "x" }] } });
        (200, "", json!({ "responses": (0..ids).map(part).collect::<Vec<_>>() }).to_string())
    })
    .await;
    let calls = vec![
        cmdlet("Get-ManagementScope", json!({ "Identity": "x" })),
        cmdlet("Remove-DistributionGroup", json!({ "Identity": " " })),
        cmdlet("Add-RoleGroupMember", json!({ "Identity": "g", "Member": null })),
        cmdlet("Get-RoleGroup", json!({ "Identity": "x" })),
        Request::Graph { method: Method::Delete, path: "/users/".to_owned(), body: None },
    ];
    let answers = stub.writer.execute(calls).await;
    let told: Vec<Result<usize, Refusal>> = answers
        .iter()
        .map(|answer| answer.as_ref().map(|answer| answer.rows.len()).map_err(|failure| failure.refusal))
        .collect();
    assert_eq!(
        told,
        [Ok(1), Err(Refusal::Invalid), Err(Refusal::Invalid), Ok(1), Err(Refusal::Invalid)],
        "{answers:?}"
    );
    let failure = answers[1].as_ref().expect_err("it was refused");
    assert!(failure.message.contains("Remove-DistributionGroup was not sent"), "{failure:?}");
    let [batch] = stub.asked().try_into().expect("one request");
    let Asked { body, .. } = batch;
    assert!(!body.contains("Remove-DistributionGroup") && !body.contains("Add-RoleGroupMember"), "{body}");
}

#[tokio::test]
async fn everything_in_place_of_an_object_is_settled_by_a_second_look() {
    let everything = json!([group("a@contoso.com"), group("b@contoso.com")]);
    let absent =
        Stub::new(
            move |_, _, asked| {
                if asked.body.contains("Identity") { rows(&everything) } else { rows(&json!([])) }
            },
        )
        .await;
    assert!(is_absent(&absent.reader.observe(&[list()]).await, &list()));
    let there = Stub::new(|_, _, asked| {
        let second = asked.body.contains("EmailAddresses -eq 'smtp:l@contoso.com'");
        rows(&if second { json!([group("L@contoso.com")]) } else { json!([group("a@contoso.com")]) })
    })
    .await;
    assert_eq!(object(&there.reader.observe(&[list()]).await, &list()).id, "g-1");
    let broken = Stub::new(|_, _, asked| {
        if asked.body.contains("Identity") {
            rows(&json!([group("a@contoso.com")]))
        } else {
            (403, "", String::new())
        }
    })
    .await;
    let told = unreadable(&broken.reader.observe(&[list()]).await, &list());
    assert!(told.starts_with("Get-DistributionGroup -Filter could not be read"), "{told}");
}

#[tokio::test]
async fn whoever_waits_for_an_object_is_not_satisfied_with_another() {
    let stub = Stub::new(|_, _, _| rows(&json!([{ "Name": "Other" }]))).await;
    let answer = run(&stub, cmdlet("Get-ManagementScope", json!({ "Identity": "Mine" }))).await;
    assert_eq!(answer.expect("an answer").rows.len(), 0);
    let answer = run(&stub, cmdlet("Get-ManagementScope", json!({ "Identity": "OTHER" }))).await;
    assert_eq!(answer.expect("an answer").rows.len(), 1);
    let members = run(&stub, cmdlet("Get-RoleGroupMember", json!({ "Identity": "Mine" }))).await;
    assert_eq!(members.expect("an answer").rows.len(), 1, "members are not the group");
}

#[tokio::test]
async fn a_refusal_that_is_labelled_as_compressed_is_read_all_the_same() {
    let stub = Stub::new(|_, _, _| {
        let headers = "content-encoding: gzip\r\nx-ms-diagnostics: 2000016;reason=\"No role.\"\r\n";
        (403, headers, "\0".repeat(512))
    })
    .await;
    let failure = run(&stub, cmdlet("New-RoleGroup", json!({ "Name": "x" }))).await.expect_err("refused");
    assert_eq!(failure.refusal, Refusal::Forbidden);
    assert_eq!(failure.message, "the service denies access (HTTP 403): No role.");
    assert!(!stub.asked()[0].headers.contains("accept-encoding"), "{}", stub.asked()[0].headers);
}

#[tokio::test]
async fn what_passes_and_comes_as_a_400_is_tried_again_for_a_read_only() {
    let transient = || {
        let detail = "Ex1|Microsoft.Exchange.Data.Directory.ADTransientException|The directory is busy.";
        (
            400,
            "",
            json!({ "error": { "code": "BadRequest", "details": [{ "message": detail }] } }).to_string(),
        )
    };
    let stub = Stub::new(
        move |_, before, _| {
            if before == 0 { transient() } else { rows(&json!([group("l@contoso.com")])) }
        },
    )
    .await;
    assert_eq!(object(&stub.reader.observe(&[list()]).await, &list()).id, "g-1");
    assert_eq!(stub.waits.told(), ["Exchange: The directory is busy."]);
    let stub = Stub::new(move |_, _, _| transient()).await;
    let failure = run(&stub, cmdlet("New-RoleGroup", json!({ "Name": "x" }))).await.expect_err("refused");
    assert_eq!(failure.refusal, Refusal::Lost);
    assert_eq!(stub.asked().len(), 1, "it may have been carried out");
}

#[tokio::test]
async fn warnings_come_from_the_body_and_from_the_header() {
    let stub = Stub::new(|_, _, _| {
        let body = json!({ "value": [], "@adminapi.warnings": ["one", "Micro delay applied. Actual delayed: 7 msecs"] });
        (200, "x-warnings: [\"two\",\"Micro delay applied. Actual delayed: 9 msecs\"]\r\n", body.to_string())
    })
    .await;
    let answer = run(&stub, cmdlet("Set-OrganizationConfig", json!({ "EwsEnabled": true }))).await;
    assert_eq!(answer.expect("an answer").warnings, ["one", "two"]);
}

#[tokio::test]
async fn parameters_are_written_as_the_module_writes_them() {
    let stub = Stub::new(|_, _, _| (200, "", String::new())).await;
    let input = json!({ "Identity": "g", "ManagedBy": { "Add": ["a"] }, "Description": null,
        "RecipientRestrictionFilter": "IsDirSynced -eq $true" });
    let answer = run(&stub, cmdlet("Set-Something", input)).await;
    assert_eq!(answer.expect("an empty answer to a write is a success"), Answer::default());
    let sent: Json = serde_json::from_str(&stub.asked()[0].body).expect("JSON");
    assert_eq!(
        sent["CmdletInput"]["Parameters"],
        json!({ "Identity": "g", "Description": null, "RecipientRestrictionFilter": "IsDirSynced -eq 'True'",
            "ManagedBy": { "@odata.type": "#Exchange.GenericHashTable", "Add": ["a"] } })
    );
}

#[tokio::test]
async fn an_error_in_an_answer_of_success_fails_the_read() {
    let stub = Stub::new(|_, _, _| {
        let body = json!({ "value": [group("l@contoso.com")], "@adminapi.errors": [{ "message": "stopped half-way" }] });
        (200, "", body.to_string())
    })
    .await;
    let told = unreadable(&stub.reader.observe(&[list()]).await, &list());
    assert!(told.contains("stopped half-way"), "{told}");
}

#[tokio::test]
async fn a_read_that_is_cut_short_is_not_all_that_there_is() {
    let words = "There are more results available than are currently displayed. To view them, increase the value for \
                 the ResultSize parameter.";
    let stub = Stub::new(move |base, _, asked| {
        let first = json!({ "value": [group("l@contoso.com")], "@adminapi.warnings": [words] });
        let link = json!({ "@odata.nextLink": format!("{base}/adminapi/beta/t/InvokeCommand?page=2") });
        let both = || first.as_object().into_iter().chain(link.as_object()).flatten();
        match asked.body.contains("follow") {
            _ if asked.path.contains("page=2") => rows(&json!([])),
            true => {
                (200, "", Json::Object(both().map(|(k, v)| (k.clone(), v.clone())).collect()).to_string())
            }
            false => (200, "", first.to_string()),
        }
    })
    .await;
    let read = |name: &str| cmdlet("Get-DistributionGroup", json!({ "Anr": name }));
    let failure = run(&stub, read("x")).await.expect_err("it is a part only");
    assert!(failure.message.contains("only a part"), "{failure:?}");
    assert_eq!(run(&stub, read("follow")).await.expect("both pages").rows.len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_none_of_the_services_is_no_success() {
    let page = || (200, "", "<html>Your request was blocked</html>".to_owned());
    let blocked = Stub::new(move |_, _, _| page()).await;
    let graph = |method: Method| Request::Graph { method, path: "/users/1".to_owned(), body: None };
    let refusals = [(Method::Delete, Refusal::Lost), (Method::Get, Refusal::Transient)];
    for (method, expected) in refusals {
        let failure = run(&blocked, graph(method)).await.expect_err("it says nothing");
        assert_eq!(failure.refusal, expected, "{failure:?}");
    }
    let made =
        run(&blocked, cmdlet("New-RoleGroup", json!({ "Name": "x" }))).await.expect_err("it says nothing");
    assert_eq!(made.refusal, Refusal::Lost, "{made:?}");
    let silent = Stub::new(|_, _, _| (204, "", String::new())).await;
    assert_eq!(run(&silent, graph(Method::Delete)).await, Ok(Answer::default()));
    assert!(run(&silent, graph(Method::Get)).await.is_err(), "nothing is no object");
}

#[tokio::test]
async fn answers_with_everything_change_nothing_whatever_is_asked_for() {
    let world = World::contoso().await;
    world.customise();
    for name in ["One", "Two"] {
        let address = format!("{name}@contoso.com");
        world.by_hand(
            "New-DistributionGroup",
            json!({ "Name": name, "PrimarySmtpAddress": address, "RoomList": true, "ManagedBy": ["ceo@contoso.com"] }),
        );
    }
    let mut all = vec![
        resource("organization", "", &[("customization", text("enabled"))]),
        resource("roomLists", "there", &[("primarySmtpAddress", text("one@contoso.com"))]),
        resource("roomLists", "gone", &[("primarySmtpAddress", text("gone@contoso.com"))]),
    ];
    let id = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10";
    for kind in Kind::all().filter(|kind| !matches!(kind.section, "organization" | "roomLists")) {
        let attributes: Vec<(&str, Value)> = kind
            .key
            .iter()
            .map(|key| match *key {
                "appId" => (*key, text(id)),
                "userPrincipalName" => (*key, text("nobody@contoso.com")),
                "user" => (*key, text("ceo@contoso.com")),
                key => (key, text("Nothing of this name")),
            })
            .collect();
        all.push(resource(kind.section, "gone", &attributes));
    }
    let seen = |snapshot: &Snapshot| format!("{:?} {:?}", snapshot.observations, snapshot.diagnostics);
    let plain = seen(&world.observe(&all).await);
    world.fault(&json!({ "allOnMissingIdentity": true })).await;
    let everything = world
        .writer
        .execute(vec![cmdlet("Get-DistributionGroup", json!({ "Identity": "gone@contoso.com" }))]);
    assert_eq!(everything.await[0].as_ref().expect("no refusal").rows.len(), 0, "all of them are others");
    assert_eq!(seen(&world.observe(&all).await), plain);
    assert_eq!(plain.matches("Absent").count(), Kind::all().count() - 1, "{plain}");
}

#[tokio::test]
async fn six_thousand_members_go_in_calls_that_the_service_can_take() {
    let members: Vec<String> = (0..6000).map(|number| format!("room-{number}@contoso.com")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let list = resource(
        "roomLists",
        "l",
        &[("primarySmtpAddress", text("l@contoso.com")), ("name", text("L")), ("members", set(&members))],
    );
    let most = |operations: &[Operation]| {
        let sizes = operations.iter().filter_map(|operation| match &operation.call {
            Call::Cmdlet { parameters, .. } => match parameters.get("Members") {
                Some(Argument::List(members)) => Some(members.len()),
                _ => None,
            },
            _ => None,
        });
        sizes.max().unwrap_or_default()
    };
    let made = Case::create(list.clone()).compiled().expect("it should compile");
    assert_eq!(most(&made), 5000);
    let adds =
        made.iter().filter(|operation| operation.title.starts_with("Add-DistributionGroupMember")).count();
    assert_eq!(adds, 1000);
    // What broke off in the middle goes on from the members that are there.
    let had = set(&members[..5300]);
    let object = Object { id: "g-1".to_owned(), ..Object::default() };
    let rest = Case::change(list.clone(), Action::Update, object, &[("members", had, set(&members))]);
    let rest = rest.compiled().expect("it should compile");
    assert_eq!(most(&rest), 0, "a list of 6,000 is not replaced whole");
    let adds =
        rest.iter().filter(|operation| operation.title.starts_with("Add-DistributionGroupMember")).count();
    assert_eq!(adds, 700);
}
