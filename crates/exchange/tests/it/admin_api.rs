//! The Admin API v2.0 beside `InvokeCommand`: which read goes where, and what happens where it is refused.

use anteroom_exchange::ExchangeApi;
use anteroom_model::ports::Observe as _;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Snapshot;
use anteroom_model::value::Value;
use anteroom_simulator::DEFAULT_SEED;
use serde_json::json;

use crate::stub::{Asked, Stub};
use crate::support::{World, object, resource, set, text, unreadable};

fn everything() -> Vec<Resource> {
    vec![
        resource("organization", "", &[("customization", text("enabled"))]),
        resource(
            "roomLists",
            "london",
            &[
                ("primarySmtpAddress", text("london@contoso.com")),
                ("members", set(&["boardroom@contoso.com"])),
            ],
        ),
    ]
}

/// What was seen, without what it cost.
fn seen(snapshot: &Snapshot) -> String {
    format!("{:?} {:?}", snapshot.observations, snapshot.diagnostics)
}

async fn world(api: ExchangeApi) -> World {
    let world = World::with(DEFAULT_SEED, api).await;
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "London", "PrimarySmtpAddress": "london@contoso.com", "RoomList": true,
            "ManagedBy": ["ceo@contoso.com"], "Members": ["boardroom@contoso.com", "soho@contoso.com"] }),
    );
    world
}

#[tokio::test]
async fn both_interfaces_see_the_same_tenant() {
    let beta = seen(&world(ExchangeApi::Beta).await.observe(&everything()).await);
    assert!(beta.contains("soho@contoso.com"), "{beta}");
    for api in [ExchangeApi::V2, ExchangeApi::Auto] {
        assert_eq!(seen(&world(api).await.observe(&everything()).await), beta, "{api:?}");
    }
}

#[tokio::test]
async fn without_the_permission_v2_says_so_and_auto_falls_back() {
    let missing = json!({ "withoutPermissions": ["Exchange.ManageAsAppV2"] });
    let world_of = async |api| {
        let world = world(api).await;
        world.fault(&missing).await;
        world.observe(&everything()).await
    };
    let all = everything();
    let snapshot = world_of(ExchangeApi::V2).await;
    let told = unreadable(&snapshot, &all[0]);
    assert!(told.starts_with("Get-OrganizationConfig could not be read"), "{told}");
    assert!(seen(&snapshot).contains("needs the permission Exchange.ManageAsAppV2"), "{snapshot:?}");
    let snapshot = world_of(ExchangeApi::Auto).await;
    assert_eq!(seen(&snapshot), seen(&world_of(ExchangeApi::Beta).await));
}

fn endpoint(asked: &Asked) -> String {
    let path = asked.path.split('?').next().unwrap_or_default();
    path.trim_start_matches("/adminapi/").replace("/contoso.onmicrosoft.com/", " ")
}

#[tokio::test]
async fn what_an_endpoint_does_not_take_or_does_not_tell_goes_through_invoke_command() {
    let organization = |attributes: &[(&str, Value)]| resource("organization", "", attributes);
    let plain = organization(&[("customization", text("enabled"))]);
    // After its preview the endpoint tells about mail tips alone.
    let sparse = Stub::on(ExchangeApi::V2, |_, _, asked| {
        let row = if asked.path.contains("v2.0") {
            json!({ "Name": "x", "MailTipsAllTipsEnabled": true })
        } else {
            json!({ "Name": "x", "IsDehydrated": "False" })
        };
        (200, "", json!({ "value": [row] }).to_string())
    })
    .await;
    let snapshot = sparse.reader.observe(std::slice::from_ref(&plain)).await;
    assert_eq!(object(&snapshot, &plain).text("customization"), Some("enabled"));
    let asked: Vec<String> = sparse.asked().iter().map(endpoint).collect();
    assert_eq!(asked, ["v2.0 OrganizationConfig", "beta InvokeCommand"]);
    // The list of allowed applications is shown only with a parameter that the endpoint does not take.
    let whole = organization(&[("ews.allowedAppIds", set(&[]))]);
    let stub = Stub::on(ExchangeApi::V2, |_, _, _| {
        (200, "", json!({ "value": [{ "Name": "x", "IsDehydrated": false }] }).to_string())
    })
    .await;
    stub.reader.observe(&[whole]).await;
    assert_eq!(stub.asked().iter().map(endpoint).collect::<Vec<_>>(), ["beta InvokeCommand"]);
}

#[tokio::test]
async fn a_tenant_without_the_admin_api_is_asked_once() {
    let lists: Vec<Resource> = ["a", "b"]
        .map(|key| {
            let address = format!("{key}@contoso.com");
            resource("roomLists", key, &[("primarySmtpAddress", text(&address)), ("members", set(&[]))])
        })
        .into();
    let stub = Stub::on(ExchangeApi::Auto, |_, _, asked| {
        if asked.path.contains("v2.0") {
            return (404, "", String::new());
        }
        let value = if asked.body.contains("IsDehydrated") || asked.path.contains("IsDehydrated") {
            json!([{ "Name": "x", "IsDehydrated": false }])
        } else {
            json!([])
        };
        (200, "", json!({ "value": value, "responses": [] }).to_string())
    })
    .await;
    let organization = resource("organization", "", &[("customization", text("enabled"))]);
    let mut all = lists;
    all.push(organization.clone());
    let snapshot = stub.reader.observe(&all).await;
    assert_eq!(object(&snapshot, &organization).text("customization"), Some("enabled"));
    let _ = stub.reader.observe(&all).await;
    let tried = stub.asked().iter().filter(|asked| asked.path.contains("v2.0")).count();
    assert_eq!(tried, 1);
}
