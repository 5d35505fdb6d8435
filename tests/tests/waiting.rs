//! What comes with time: how long an apply waits for it, what it says where it does not wait, and that the next one goes
//! on.

use std::time::{Duration, Instant};

use anteroom_tests::world::World;
use serde_json::{Value as Json, json};

const ACCOUNT: &str = "version: 1
target: exchangeOnline
tenant: contoso.onmicrosoft.com
serviceAccounts:
  booking:
    userPrincipalName: svc-booking@contoso.com
    displayName: Booking
    usageLocation: GB
    licenses: [STANDARDPACK]
    password: { deliverTo: { file: secrets/booking } }
roomLists:
  london:
    name: London
    primarySmtpAddress: london@contoso.com
    managedBy: [booking]
    members: [boardroom@contoso.com]
";
const ORGANIZATION: &str = "version: 1
target: exchangeOnline
tenant: contoso.onmicrosoft.com
organization: { customization: enabled }
managementScopes:
  rooms: { name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }
roomLists:
  london:
    name: London
    primarySmtpAddress: london@contoso.com
    managedBy: [lynne.robbins@contoso.com]
    members: [boardroom@contoso.com]
";

fn world(manifest: &str, faults: &Json) -> World {
    let world = World::contoso();
    world.write("anteroom.yaml", manifest);
    world.fault(faults);
    world
}

/// The results of an apply, by address.
fn results(report: &Json) -> Vec<(String, String)> {
    let outcomes = report["outcomes"].as_array().expect("outcomes");
    let text = |one: &Json, field: &str| one[field].as_str().expect("text").to_owned();
    outcomes.iter().map(|one| (text(one, "address"), text(one, "result"))).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(address, result)| ((*address).to_owned(), (*result).to_owned())).collect()
}

/// Lets time go by in the tenant.
fn advance(world: &World, seconds: u32) {
    let url = format!("{}/_simulator/clock", world.endpoint);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let body = json!({ "advance": seconds });
    let sent = runtime.block_on(async { reqwest::Client::new().put(url).json(&body).send().await });
    assert!(sent.expect("the simulator").status().is_success());
}

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--format", "json"];

fn no_wait() -> Vec<&'static str> {
    [&APPLY[..], &["--no-wait"]].concat()
}

#[test]
fn a_mailbox_that_is_not_there_yet_leaves_its_account_pending_and_the_next_apply_goes_on() {
    let world = world(ACCOUNT, &json!({ "mailboxDelay": { "seconds": 900 } }));
    let report = world.run(&no_wait()).exits(3).json();
    assert_eq!(
        results(&report),
        owned(&[("serviceAccounts.booking", "pending"), ("roomLists.london", "skipped")])
    );
    assert_eq!(report["outcomes"][1]["becauseOf"], "serviceAccounts.booking");
    let message = report["outcomes"][0]["message"].as_str().expect("a message");
    assert_eq!(message, "not waited until svc-booking@contoso.com has a mailbox");
    assert_eq!(report.get("unsettled"), None, "what is pending is not looked for again");

    // The account is there, and its licence; that the mailbox is not is told, and nothing is written twice.
    let plan = world.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["changes"][0]["attributes"].as_array().expect("attributes").len(), 1);
    assert_eq!(plan["changes"][0]["attributes"][0]["path"], "exchangeMailbox");
    let before = world.simulator.revision();
    let report = world.run(&no_wait()).exits(1).json();
    assert_eq!(results(&report)[0].1, "pending");
    assert_eq!(world.simulator.revision(), before);

    advance(&world, 1000);
    let report = world.run(&no_wait()).exits(0).json();
    assert_eq!(
        results(&report),
        owned(&[("serviceAccounts.booking", "unchanged"), ("roomLists.london", "applied")])
    );
    let _ = world.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_mailbox_that_comes_is_waited_for() {
    let world = world(ACCOUNT, &json!({ "mailboxDelay": { "seconds": 2 } }));
    let report = world.run(&APPLY).exits(0).json();
    assert!(results(&report).iter().all(|(_, result)| result == "applied"), "{report}");
    assert!(report["outcomes"].as_array().expect("outcomes").iter().all(|one| one["verified"] == true));
}

#[test]
fn a_wait_has_the_length_that_is_asked_for() {
    let world = world(ACCOUNT, &json!({ "mailboxDelay": { "seconds": 900 } }));
    let begun = Instant::now();
    let report = world.run(&[&APPLY[..], &["--wait", "2s"]].concat()).exits(3).json();
    assert_eq!(results(&report)[0].1, "pending");
    let message = report["outcomes"][0]["message"].as_str().expect("a message");
    assert!(message.ends_with("of at most 2 s"), "{message}");
    assert!((2..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[test]
fn customising_goes_on_after_an_apply_that_did_not_wait_for_it() {
    let world = world(ORGANIZATION, &json!({ "dehydrated": true, "enableSeconds": 7200 }));
    let report = world.run(&no_wait()).exits(3).json();
    let pending =
        [("organization", "pending"), ("managementScopes.rooms", "skipped"), ("roomLists.london", "applied")];
    let mut found = results(&report);
    let mut pending = owned(&pending);
    found.sort();
    pending.sort();
    assert_eq!(found, pending);
    // It runs already: to be told so again is no failure.
    let report = world.run(&no_wait());
    assert!([1, 3].contains(&report.status), "{}", report.stderr);
    assert_eq!(results(&report.json()).iter().filter(|(_, result)| result == "failed").count(), 0);
    advance(&world, 8000);
    let report = world.run(&no_wait()).exits(0).json();
    assert!(results(&report).contains(&("managementScopes.rooms".to_owned(), "applied".to_owned())));
    let _ = world.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_was_written_is_read_until_the_tenant_shows_it() {
    let world = world(ACCOUNT, &json!({ "lagSeconds": 1.5 }));
    let report = world.run(&APPLY).exits(0).json();
    assert!(report["outcomes"].as_array().expect("outcomes").iter().all(|one| one["verified"] == true));
    let _ = world.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_the_tenant_does_not_show_in_time_is_told_and_no_error() {
    let manifest = ACCOUNT.split("serviceAccounts:").next().expect("a head").to_owned()
        + "roomLists:\n  london:\n    name: Rooms of London\n    primarySmtpAddress: rooms.of.london@contoso.com\n    managedBy: [lynne.robbins@contoso.com]\n";
    let world = world(&manifest, &json!({}));
    let _ = world.run(&APPLY).exits(0);
    world.write("anteroom.yaml", &manifest.replace("lynne.robbins@", "exchange.admin@"));
    world.fault(&json!({ "lagSeconds": 600 }));
    let ran = world.run(&["apply", "--auto-approve", "--wait", "1s"]).exits(0);
    let shown = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("Written, but not shown by the tenant yet: roomLists.london: managedBy is lynne.robbins@contoso.com, written was exchange.admin@contoso.com"),
        "{}",
        ran.stdout
    );
}

/// The first request to end lets what is in flight finish; a wait for hours is not.
#[cfg(unix)]
#[test]
fn who_interrupts_a_wait_is_heard_within_a_second() {
    let world = world(ACCOUNT, &json!({ "mailboxDelay": { "seconds": 90000 } }));
    let mut child = world
        .command(&APPLY)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary");
    let licensed = |write: &Json| write["path"].as_str().is_some_and(|path| path.ends_with("/assignLicense"));
    let begun = Instant::now();
    while !world.writes().iter().any(licensed) {
        assert!(begun.elapsed() < Duration::from_mins(1), "the licence is never assigned");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Long enough for pauses to have grown.
    std::thread::sleep(Duration::from_secs(4));
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.expect("kill").success());
    let asked = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(3));
}
