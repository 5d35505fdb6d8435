//! Signing in: against the simulated tenant's token endpoint, and against one that refuses.

use std::path::PathBuf;

use anteroom_exchange::sign_in::{Chain, Name};
use anteroom_exchange::{Audience, Credential, Secret};
use anteroom_model::ports::Observe as _;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Snapshot;
use serde_json::json;

use crate::stub::{Asked, Said, Stub, token};
use crate::support::{World, resource, text, unreadable};

const SECRET: &str = "a-secret-that-is-told-to-nobody";

fn secret() -> Credential {
    Credential::ClientSecret { client_id: "id".to_owned(), secret: Secret::new(SECRET) }
}

fn nothing(_: &str, _: usize, _: &Asked) -> Said {
    (200, "", json!({ "value": [] }).to_string())
}

fn refused(error: &str, words: &str) -> Said {
    let words = format!("{words}\r\nTrace ID: 1\r\nTimestamp: 2");
    (401, "x-ms-request-id: r-1\r\n", json!({ "error": error, "error_description": words }).to_string())
}

fn lists(count: usize) -> Vec<Resource> {
    let list = |n: usize| {
        let address = format!("l{n}@contoso.com");
        resource("roomLists", &format!("l{n}"), &[("primarySmtpAddress", text(&address))])
    };
    (0..count).map(list).collect()
}

/// A list, which Exchange knows, and an account, which Graph knows.
fn both() -> [Resource; 2] {
    let account = resource("serviceAccounts", "a", &[("userPrincipalName", text("a@contoso.com"))]);
    [lists(1).remove(0), account]
}

/// Everything that a snapshot says about signing in, a line each.
fn stories(snapshot: &Snapshot) -> Vec<String> {
    let told = snapshot.diagnostics.iter().filter(|one| one.id == "no-sign-in");
    told.map(|one| {
        let more = [&one.detail, &one.hint].map(|text| text.clone().unwrap_or_default());
        format!("{} | {} | {}", one.summary, more[0], more[1])
    })
    .collect()
}

#[tokio::test]
async fn a_token_says_who_it_was_given_to() {
    let world = World::contoso().await;
    let sign_in = world.reader.sign_in();
    let claims = sign_in.claims(Audience::Exchange).await.expect("a token").expect("a web token");
    assert_eq!(claims.audience, "https://outlook.office365.com");
    assert!(claims.app_only);
    assert!(claims.roles.iter().any(|role| role == "Exchange.ManageAsApp"), "{claims:?}");
    let graph = sign_in.claims(Audience::Graph).await.expect("a token").expect("a web token");
    assert_eq!(graph.audience, "https://graph.microsoft.com");
    assert_eq!(graph.tenant, claims.tenant);
    assert_eq!(sign_in.credential().await, Some(Name::Secret));
}

#[tokio::test]
async fn other_crates_of_azure_use_the_same_sign_in() {
    let world = World::contoso().await;
    let credential = world.reader.sign_in().token_credential();
    let scope = ["https://graph.microsoft.com/.default"];
    let token = credential.get_token(&scope, None).await.expect("a token");
    assert_eq!(token.token, credential.get_token(&scope, None).await.expect("a token").token);
    assert!(!format!("{credential:?}").contains("tests-secret"));
}

#[tokio::test]
async fn many_requests_at_once_take_one_token_for_each_service() {
    let stub = Stub::with(secret(), |before, _| token(before), nothing).await;
    let mut resources = lists(40);
    resources.extend(both());
    stub.reader.observe(&resources).await;
    let asked = stub.asked_for_tokens();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(stub.asked().len() > 2);
    assert!(asked[0].path.ends_with("/contoso.onmicrosoft.com/oauth2/v2.0/token"), "{}", asked[0].path);
    assert!(asked.iter().all(|one| one.body.contains("client_secret=")));
}

#[tokio::test]
async fn a_refused_sign_in_is_told_once_for_all_that_it_stops() {
    let words = "AADSTS7000222: The provided client secret keys for app 'id' are expired.";
    let stub = Stub::with(secret(), move |_, _| refused("invalid_client", words), nothing).await;
    let resources = both();
    let snapshot = stub.reader.observe(&resources).await;
    assert_eq!(
        stories(&snapshot),
        [format!(
            "nobody could be signed in to Exchange and Microsoft Graph: the client secret got no token: invalid_client: {words} \
             | request id r-1 | the secret has expired: make a new one in the app registration"
        )]
    );
    for resource in &resources {
        assert!(
            unreadable(&snapshot, resource).ends_with("nobody is signed in"),
            "{:?}",
            snapshot.observations
        );
    }
    assert_eq!(stub.asked_for_tokens().len(), 2, "one for each service, however many ask");
    assert!(stub.asked().is_empty());
    assert!(!format!("{snapshot:?} {:?}", stub.reader).contains(SECRET));
}

#[tokio::test]
async fn a_busy_authority_is_waited_for_and_the_wait_is_told() {
    let busy = |before: usize, _: &Asked| {
        if before == 0 { (429, "retry-after: 1\r\n", String::new()) } else { token(before) }
    };
    let stub = Stub::with(secret(), busy, nothing).await;
    let snapshot = stub.reader.observe(&lists(2)).await;
    assert!(stories(&snapshot).is_empty(), "{:?}", stories(&snapshot));
    assert_eq!(stub.waits.told(), ["the client secret got no token: the answer is HTTP 429"]);
}

#[tokio::test]
async fn an_authority_that_stays_away_ends_the_wait() {
    let stub = Stub::with(secret(), |_, _| (503, "", "<html>".to_owned()), nothing).await;
    let snapshot = stub.reader.observe(&lists(3)).await;
    assert_eq!(stories(&snapshot).len(), 1);
    assert!(stories(&snapshot)[0].contains("HTTP 503"), "{:?}", stories(&snapshot));
    assert_eq!(stub.asked_for_tokens().len(), 3, "two more than one, as `retries` says, for all three lists");
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_token() {
    let stub = Stub::with(secret(), |_, _| (200, "", "{}".to_owned()), nothing).await;
    let snapshot = stub.reader.observe(&lists(1)).await;
    assert!(stories(&snapshot)[0].contains("an answer without a token"), "{:?}", stories(&snapshot));
}

#[tokio::test]
async fn a_given_token_serves_one_service_and_the_other_is_told_so() {
    let payload = azure_core::base64::encode_url_safe(r#"{"aud":"https://graph.microsoft.com"}"#);
    let given = format!("e30.{payload}.c2ln");
    let stub =
        Stub::with(Credential::AccessToken(Secret::new(&given)), |_, _| (500, "", String::new()), nothing)
            .await;
    let resources = both();
    let snapshot = stub.reader.observe(&resources).await;
    let stories = stories(&snapshot);
    assert_eq!(stories.len(), 1, "{stories:?}");
    assert!(
        stories[0].starts_with(
            "nobody could be signed in to Exchange: the given access token is for Microsoft Graph, not for Exchange | "
        ),
        "{stories:?}"
    );
    assert!(stub.asked_for_tokens().is_empty());
    assert!(stub.asked().iter().all(|one| one.path.starts_with("/v1.0/")), "{:?}", stub.asked());
    assert!(!stub.asked().is_empty());
}

#[tokio::test]
async fn a_token_file_is_read_again_whenever_a_token_is_needed() {
    let file = scratch("federated", "first-assertion\n");
    let credential = Credential::WorkloadIdentity { client_id: "id".to_owned(), token_file: file.clone() };
    // Tokens that live for a moment only.
    let tokens = |before: usize, _: &Asked| {
        (200, "", format!(r#"{{"access_token":"token-{before}","expires_in":0}}"#))
    };
    let stub = Stub::with(credential, tokens, nothing).await;
    stub.reader.observe(&lists(1)).await;
    std::fs::write(&file, "second-assertion").expect("the file should be written");
    stub.reader.observe(&lists(1)).await;
    let asked = stub.asked_for_tokens();
    let shown = |one: &Asked, assertion: &str| one.body.contains(&format!("client_assertion={assertion}&"));
    assert!(shown(&asked[0], "first-assertion"), "{asked:?}");
    assert!(asked.last().is_some_and(|one| shown(one, "second-assertion")), "{asked:?}");
    std::fs::remove_file(&file).expect("the file should go");
    let snapshot = stub.reader.observe(&lists(1)).await;
    assert!(stories(&snapshot)[0].contains("the token file"), "{:?}", stories(&snapshot));
}

#[tokio::test]
async fn the_first_credential_that_is_there_is_used_and_kept() {
    let absent = Credential::ManagedIdentity { client_id: None, announced: false };
    let chain = Chain { credentials: vec![absent, secret()], not_set_up: Vec::new() };
    let stub = Stub::with(Credential::FirstOf(chain), |before, _| token(before), nothing).await;
    let begun = std::time::Instant::now();
    stub.reader.observe(&both()).await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(stub.reader.sign_in().credential().await, Some(Name::Secret));
}

#[tokio::test]
async fn a_credential_that_is_refused_is_not_replaced_by_another_one() {
    let file = scratch("unused", "unused-assertion");
    let other = Credential::WorkloadIdentity { client_id: "id".to_owned(), token_file: file.clone() };
    let chain = Chain { credentials: vec![secret(), other], not_set_up: Vec::new() };
    let words = "AADSTS7000215: Invalid client secret provided.";
    let stub =
        Stub::with(Credential::FirstOf(chain), move |_, _| refused("invalid_client", words), nothing).await;
    let snapshot = stub.reader.observe(&lists(1)).await;
    assert!(stories(&snapshot)[0].contains("the client secret got no token"), "{:?}", stories(&snapshot));
    assert!(stub.asked_for_tokens().iter().all(|one| one.body.contains("client_secret")));
    std::fs::remove_file(&file).expect("the file should go");
}

#[tokio::test]
async fn where_nothing_is_set_up_everything_that_was_tried_is_told() {
    let chain = Chain {
        credentials: vec![Credential::ManagedIdentity { client_id: None, announced: false }],
        not_set_up: vec![
            (Name::Certificate, "AZURE_CLIENT_CERTIFICATE_PATH is not set".to_owned()),
            (Name::Secret, "AZURE_CLIENT_SECRET is not set".to_owned()),
        ],
    };
    let stub = Stub::with(Credential::FirstOf(chain), |before, _| token(before), nothing).await;
    let snapshot = stub.reader.observe(&both()).await;
    let stories = stories(&snapshot);
    assert_eq!(stories.len(), 1, "{stories:?}");
    let start = "nobody could be signed in to Exchange and Microsoft Graph: no credential is set up | tried in this order: \
                 client secret: AZURE_CLIENT_SECRET is not set; client certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set; \
                 managed identity: ";
    assert!(stories[0].starts_with(start), "{stories:?}");
    assert!(stub.asked_for_tokens().is_empty());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_by_its_file() {
    let file = scratch("certificate", "no certificate at all");
    let credential = Credential::ClientCertificate {
        client_id: "id".to_owned(),
        path: file.clone(),
        password: Some(Secret::new(SECRET)),
        send_chain: false,
    };
    let stub = Stub::with(credential, |before, _| token(before), nothing).await;
    let snapshot = stub.reader.observe(&lists(1)).await;
    let stories = stories(&snapshot);
    assert!(stories[0].contains(&file.display().to_string()), "{stories:?}");
    assert!(!stories[0].contains(SECRET));
    std::fs::remove_file(&file).expect("the file should go");
}

/// A file of this process and this test.
fn scratch(name: &str, contents: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("anteroom-{name}-{}", std::process::id()));
    std::fs::write(&path, contents).expect("the file should be written");
    path
}

#[tokio::test]
async fn other_crates_of_azure_send_through_the_same_client() {
    let stub = Stub::with(
        secret(),
        |before, _| token(before),
        |base, _, asked| (404, "x-told: yes\r\n", format!("{base} {}", asked.body)),
    )
    .await;
    let transport = stub.reader.sign_in().transport();
    let base = stub.base.clone();
    let url = azure_core::http::Url::parse(&format!("{base}/secrets/a")).expect("an address");
    let mut request = azure_core::http::Request::new(url, azure_core::http::Method::Put);
    request.insert_header("x-asked", "yes");
    request.set_body("the-body");
    let context = azure_core::http::Context::new();
    let answer = transport.send(&context, &mut request).await.expect("an answer");
    assert_eq!(u16::from(answer.status()), 404, "a refusal is for the crate to read");
    assert_eq!(answer.headers().get_optional_str(&"x-told".into()), Some("yes"));
    let body = answer.into_body().collect_string().await.expect("text");
    assert_eq!(body, format!("{base} the-body"));
    assert!(stub.asked()[0].headers.contains("x-asked: yes"), "{:?}", stub.asked());
}
