//! Convergence: with everything that a service does wrong at once, an apply still ends in the tenant that a calm one ends
//! in, without a second object of anything, and the next plan is empty.
//!
//! A few seeds run with every test run, behind a short lag. The long run takes what the environment says:
//!
//! ```text
//! STORM_SEEDS=200 STORM_AT_ONCE=24 cargo test -p anteroom-tests --test storm -- --ignored --nocapture
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anteroom_tests::world::{World, online_examples, repository};
use serde_json::{Value as Json, json};

const EVERYTHING: &str = "tests/data/everything/anteroom.yaml";
/// An apply that ends in part may be run again, as its report says.
const ATTEMPTS: usize = 3;
/// With almost half of all answers a failure, and whole batches and their parts failing singly.
const RETRIES: &str = "10";

/// Every manifest that can be applied on the simulated tenant.
fn manifests() -> Vec<String> {
    let mut all = online_examples();
    all.push(EVERYTHING.to_owned());
    all
}

fn world(manifest: &str) -> World {
    let world = World::contoso();
    world.copy(&Path::new(manifest).parent().expect("a folder").to_string_lossy());
    world
}

/// Everything at once. An organisation that is not customised is only for manifests that customise it.
fn storm(manifest: &str, seed: u64, lag: f64) -> Json {
    let text = std::fs::read_to_string(repository().join(manifest)).expect("a manifest");
    json!({
        "seed": seed,
        "throttled": 0.3,
        "retryAfterSeconds": u32::from(lag >= 1.0),
        "errors": 0.1,
        "lost": 0.05,
        "lagSeconds": lag,
        "noise": true,
        "oneRowFirstPage": true,
        "allOnMissingIdentity": true,
        "mailboxDelay": { "seconds": lag * 2.0 },
        "distinguishedNameDelay": 2,
        "dehydrated": text.contains("customization: enabled"),
        "enableSeconds": lag * 2.0,
    })
}

/// How one manifest came through one storm.
#[derive(Debug)]
struct Passage {
    manifest: String,
    seed: u64,
    attempts: usize,
    took: Duration,
    wrong: Vec<String>,
}

/// Applies through a storm, and compares with `calm`, what a calm apply ends in.
fn pass(manifest: &str, seed: u64, lag: f64, calm: &Json) -> Passage {
    let world = world(manifest);
    let begun = Instant::now();
    let mut passage =
        Passage { manifest: manifest.to_owned(), seed, attempts: 0, took: Duration::ZERO, wrong: Vec::new() };
    world.fault(&storm(manifest, seed, lag));
    let mut last = None;
    for attempt in 1..=ATTEMPTS {
        passage.attempts = attempt;
        let ran = world.run(&["apply", "--auto-approve", "--retries", RETRIES, manifest]);
        let status = ran.status;
        last = Some(ran);
        if status != 3 {
            break;
        }
    }
    passage.took = begun.elapsed();
    let Some(ran) = last else { return passage };
    if ran.status != 0 {
        passage.wrong.push(format!("apply exits {}\n{}{}", ran.status, ran.stdout, ran.stderr));
    }
    let plan = world.run(&["plan", "--detailed-exitcode", "--retries", RETRIES, manifest]);
    if plan.status != 0 {
        passage.wrong.push(format!("the next plan exits {}\n{}{}", plan.status, plan.stdout, plan.stderr));
    }
    world.fault(&json!({}));
    let plan = world.run(&["plan", "--detailed-exitcode", manifest]);
    if plan.status != 0 {
        passage.wrong.push(format!("a calm plan exits {}\n{}{}", plan.status, plan.stdout, plan.stderr));
    }
    passage.wrong.extend(differences(calm, &shape(&world)));
    if !passage.wrong.is_empty() {
        passage.wrong.push(format!("the last apply said\n{}{}", ran.stdout, ran.stderr));
    }
    passage
}

/// The shape of the tenant that a calm apply ends in, by manifest.
fn calm(manifests: &[String]) -> BTreeMap<String, Json> {
    let apply = |manifest: &String| {
        let world = world(manifest);
        let customized = storm(manifest, 0, 0.0)["dehydrated"].clone();
        world.fault(&json!({ "dehydrated": customized }));
        let _ = world.run(&["apply", "--auto-approve", manifest]).exits(0);
        (manifest.clone(), shape(&world))
    };
    manifests.iter().map(apply).collect()
}

/// The tenant without what differs from run to run: ids are replaced by what they are the ids of, times and counters are
/// left out, and order means nothing.
fn shape(world: &World) -> Json {
    let tenant: Json = serde_json::from_str(&world.simulator.tenant().to_json()).expect("JSON");
    let mut names = BTreeMap::new();
    name(&tenant, &mut names);
    shaped(&tenant, &names)
}

/// Learns what each id is the id of.
fn name(value: &Json, names: &mut BTreeMap<String, String>) {
    if let Json::Object(fields) = value {
        let text = |key: &str| fields.get(key).and_then(Json::as_str);
        let called = ["userPrincipalName", "primarySmtpAddress", "name", "displayName", "appId"];
        if let Some(called) = called.iter().find_map(|key| text(key)) {
            for id in ["guid", "id", "objectId"].iter().filter_map(|key| text(key)) {
                names.insert(id.to_owned(), format!("<{called}>"));
            }
        }
        for field in fields.values() {
            name(field, names);
        }
    }
    if let Json::Array(items) = value {
        for item in items {
            name(item, names);
        }
    }
}

fn shaped(value: &Json, names: &BTreeMap<String, String>) -> Json {
    let left_out = [
        "clock",
        "serial",
        "revision",
        "created",
        "changed",
        "passwordSet",
        "namelessReads",
        "late",
        "pending",
    ];
    let sorted = |mut items: Vec<Json>| {
        items.sort_by_cached_key(Json::to_string);
        Json::Array(items)
    };
    match value {
        Json::Array(items) => sorted(items.iter().map(|item| shaped(item, names)).collect()),
        // What is kept by id is a list.
        Json::Object(fields) if !fields.is_empty() && fields.keys().all(|key| is_id(key)) => {
            sorted(fields.values().map(|field| shaped(field, names)).collect())
        }
        Json::Object(fields) => {
            let is_own_id = |key: &str, field: &Json| key == "id" && field.as_str().is_some_and(is_id);
            let kept = fields
                .iter()
                .filter(|(key, field)| !left_out.contains(&key.as_str()) && !is_own_id(key, field));
            kept.map(|(key, field)| (key.clone(), shaped(field, names))).collect()
        }
        Json::String(text) => {
            // Names in another letter case, as noise shows them, mean the same.
            let meant = names.get(text).cloned().unwrap_or_else(|| without_times(text));
            Json::String(meant.to_lowercase())
        }
        other => other.clone(),
    }
}

fn is_id(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A group's distinguished name carries the moment when it was made: fourteen digits.
fn without_times(text: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        // What stands right before the moment may be a digit of the name.
        kept.push_str(&digits[..digits.len().checked_sub(14).unwrap_or(digits.len())]);
        digits.clear();
        kept.push(letter);
    }
    kept.trim_end_matches('\0').to_owned()
}

/// What two shapes differ in, list by list.
fn differences(calm: &Json, stormy: &Json) -> Vec<String> {
    let mut found = Vec::new();
    compare("tenant", calm, stormy, &mut found);
    found
}

fn compare(path: &str, calm: &Json, stormy: &Json, found: &mut Vec<String>) {
    match (calm, stormy) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                compare(&format!("{path}.{key}"), value, &b[key], found);
            }
        }
        (Json::Array(a), Json::Array(b)) => {
            let (mut a, mut more) = (a.clone(), Vec::new());
            for item in b {
                match a.iter().position(|other| other == item) {
                    Some(index) => drop(a.remove(index)),
                    None => more.push(item),
                }
            }
            found.extend(a.iter().map(|item| format!("{path} lacks {item}")));
            found.extend(more.iter().map(|item| format!("{path} has in excess {item}")));
        }
        (a, b) if a != b => found.push(format!("{path} is {b} and not {a}")),
        _ => {}
    }
}

/// Runs every manifest under every seed, so many at once.
fn run(seeds: &[u64], lag: f64, at_once: usize) -> Vec<Passage> {
    let manifests = manifests();
    let calm = calm(&manifests);
    let jobs: Vec<(&String, u64)> =
        seeds.iter().flat_map(|seed| manifests.iter().map(move |manifest| (manifest, *seed))).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((manifest, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let passage = pass(manifest, *seed, lag, &calm[*manifest]);
                    done.lock().expect("no panic while held").push(passage);
                }
            });
        }
    });
    done.into_inner().expect("no panic while held")
}

/// A line for each manifest: how many came through, and how.
fn table(passages: &[Passage]) -> String {
    let mut lines = vec![format!(
        "{:<42} {:>6} {:>6} {:>6} {:>8} {:>8}",
        "manifest", "seeds", "right", "once", "median", "longest"
    )];
    let mut by_manifest: BTreeMap<&str, Vec<&Passage>> = BTreeMap::new();
    for passage in passages {
        by_manifest.entry(&passage.manifest).or_default().push(passage);
    }
    for (manifest, mut passages) in by_manifest {
        passages.sort_by_key(|passage| passage.took);
        let right = passages.iter().filter(|passage| passage.wrong.is_empty()).count();
        let once = passages.iter().filter(|passage| passage.attempts == 1).count();
        let seconds = |passage: Option<&&Passage>| passage.map_or(0.0, |passage| passage.took.as_secs_f64());
        let (median, longest) = (seconds(passages.get(passages.len() / 2)), seconds(passages.last()));
        lines.push(format!(
            "{manifest:<42} {:>6} {right:>6} {once:>6} {median:>7.1}s {longest:>7.1}s",
            passages.len()
        ));
    }
    lines.join("\n")
}

#[allow(clippy::print_stdout, reason = "the long run is there for its table")]
#[track_caller]
fn all_right(passages: &[Passage]) {
    println!("{}", table(passages));
    let wrong: Vec<String> = passages
        .iter()
        .filter(|passage| !passage.wrong.is_empty())
        .map(|passage| {
            format!("{} with seed {}:\n{}", passage.manifest, passage.seed, passage.wrong.join("\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} went wrong\n{}", wrong.len(), passages.len(), wrong.join("\n\n"));
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn every_example_converges_through_a_storm() {
    all_right(&run(&[1, 2], 0.3, 12));
}

/// Takes minutes: most of it is waiting, so many run at once.
#[test]
#[ignore = "takes minutes; STORM_SEEDS, STORM_FIRST, STORM_AT_ONCE and STORM_LAG_MS say how much"]
fn every_example_converges_through_many_storms() {
    let first = number("STORM_FIRST", 1000);
    let seeds: Vec<u64> = (first..first + number("STORM_SEEDS", 200)).map(|seed| seed as u64).collect();
    let lag = Duration::from_millis(number("STORM_LAG_MS", 3000) as u64).as_secs_f64();
    all_right(&run(&seeds, lag, number("STORM_AT_ONCE", 24)));
}

#[test]
fn a_second_object_and_a_missing_one_are_noticed() {
    let world = World::contoso();
    let before = shape(&world);
    assert_eq!(differences(&before, &shape(&World::contoso())), Vec::<String>::new());
    let group = |name: &str, address: &str| {
        let parameters = json!({ "Name": name, "PrimarySmtpAddress": address, "RoomList": true });
        world.by_hand("New-DistributionGroup", parameters);
    };
    group("One", "one@contoso.com");
    let one = shape(&world);
    let found = differences(&before, &one);
    assert!(found.len() == 1 && found[0].starts_with("tenant.directory has in excess"), "{found:?}");
    assert!(differences(&one, &before)[0].starts_with("tenant.directory lacks"));
    group("Two", "two@contoso.com");
    assert!(!differences(&one, &shape(&world)).is_empty());
}
