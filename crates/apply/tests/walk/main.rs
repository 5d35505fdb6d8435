//! Walking a plan: order, waiting, failures and interruption, against an executor that only records.

mod passwords;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anteroom_apply::{Options, Patience, Report, Result as Outcome, Silent, apply};
use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change, Reason};
use anteroom_model::kind::Kind;
use anteroom_model::operation::{Argument, Call, Expect, NotYet, Operation, Refusal, Step};
use anteroom_model::place::Place;
use anteroom_model::plan::{FORMAT_VERSION, Plan, Summary};
use anteroom_model::ports::{Answer, Execute, Failure, Request, Secrets};
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::Cost;
use anteroom_model::value::{Part, Template};
use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use passwords::Notes;

/// Records every call and answers from a script: cmdlet name to the answers it gives, the last one for ever.
#[derive(Default)]
struct Recorder {
    calls: Mutex<Vec<String>>,
    script: Mutex<BTreeMap<String, Vec<Result<Json, Refusal>>>>,
    cancel_after: Option<(usize, &'static AtomicBool)>,
}

impl Recorder {
    fn answers(self, cmdlet: &str, answers: Vec<Result<Json, Refusal>>) -> Self {
        self.script.lock().unwrap().insert(cmdlet.to_owned(), answers);
        self
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

impl Execute for Recorder {
    async fn execute(&self, calls: Vec<Request>) -> Vec<Result<Answer, Failure>> {
        calls
            .into_iter()
            .map(|call| {
                let Request::Cmdlet { cmdlet, parameters } = call else { panic!("only cmdlets here") };
                let words: Vec<String> =
                    parameters.values().map(|value| value.as_str().unwrap_or("?").to_owned()).collect();
                let mut calls = self.calls.lock().unwrap();
                calls.push(format!("{cmdlet} {}", words.join(" ")).trim_end().to_owned());
                if let Some((after, flag)) = self.cancel_after
                    && calls.len() >= after
                {
                    flag.store(true, Ordering::Relaxed);
                }
                let mut script = self.script.lock().unwrap();
                let answer = match script.get_mut(&cmdlet) {
                    None => Ok(json!({})),
                    Some(answers) if answers.len() > 1 => answers.remove(0),
                    Some(answers) => answers[0].clone(),
                };
                match answer {
                    Ok(row) => Ok(Answer {
                        rows: row.as_object().cloned().into_iter().collect(),
                        warnings: Vec::new(),
                    }),
                    Err(refusal) => Err(Failure {
                        refusal,
                        message: format!("{refusal:?}"),
                        request_id: None,
                        hint: None,
                    }),
                }
            })
            .collect()
    }
}

fn cmdlet(name: &str, words: &[Argument]) -> Call {
    let parameters: IndexMap<String, Argument> =
        words.iter().enumerate().map(|(index, word)| (format!("p{index}"), word.clone())).collect();
    Call::Cmdlet { cmdlet: name.to_owned(), parameters }
}

fn operation(stage: u32, call: Call) -> Operation {
    Operation {
        step: Step::Main,
        stage,
        title: "an operation".to_owned(),
        call,
        captures: IndexMap::new(),
        accepts: Vec::new(),
        lookup: None,
        not_yet: None,
    }
}

fn change(key: &str, depends_on: &[&str], operations: Vec<Operation>) -> Change {
    let kind = Kind::of_section("roomLists").unwrap();
    let address = Address::new("roomLists", key);
    Change {
        address: address.clone(),
        kind,
        label: key.to_owned(),
        action: Action::Create,
        reason: Reason::NotInTenant,
        attributes: Vec::new(),
        depends_on: depends_on.iter().map(|key| Address::new("roomLists", key)).collect(),
        cleanup_after: Vec::new(),
        fingerprint: String::new(),
        id: None,
        operations,
        subject: Resource::new(address, kind, Place::NOWHERE),
    }
}

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        tool_version: "0".to_owned(),
        tenant: "contoso.onmicrosoft.com".to_owned(),
        target: Edition::ExchangeOnline,
        cloud: anteroom_model::cloud::Cloud::Global,
        manifest_digest: String::new(),
        partial: false,
        summary: Summary::of(&changes),
        changes,
        diagnostics: Vec::new(),
        observation: Cost::default(),
    }
}

fn run(plan: &Plan, recorder: &Recorder, cancel: &AtomicBool) -> Report {
    run_with(plan, recorder, &Notes::default(), cancel)
}

fn run_with<E: Execute + Sync>(
    plan: &Plan,
    recorder: &E,
    secrets: &dyn Secrets,
    cancel: &AtomicBool,
) -> Report {
    run_waiting(plan, recorder, secrets, cancel, Patience::AsPlanned)
}

fn run_waiting<E: Execute + Sync>(
    plan: &Plan,
    recorder: &E,
    secrets: &dyn Secrets,
    cancel: &AtomicBool,
    patience: Patience,
) -> Report {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let options = Options { concurrency: 3, patience, retries: 3 };
    runtime.block_on(apply(plan, recorder, secrets, &Silent, cancel, &options))
}

fn results(report: &Report) -> Vec<(String, Outcome)> {
    report.outcomes.iter().map(|outcome| (outcome.address.key().to_owned(), outcome.result)).collect()
}

#[test]
fn an_output_of_one_change_fills_the_gap_of_the_next_after_waiting_for_it() {
    let list = Address::new("roomLists", "list");
    let mut make = operation(0, cmdlet("New", &[]));
    make.captures.insert("guid".to_owned(), "Guid".to_owned());
    let mut wait = operation(
        1,
        Call::Wait {
            until: "it has a distinguished name".to_owned(),
            probe: Box::new(cmdlet("Get", &[Argument::template(Template::output(&list, "guid"))])),
            expect: Expect::row([])
                .and("Guid", Argument::template(Template::output(&list, "guid")))
                .with_some("DistinguishedName"),
            timeout_seconds: 60,
        },
    );
    wait.captures.insert("distinguishedName".to_owned(), "DistinguishedName".to_owned());
    let filter = Template(vec![
        Part::Text("MemberOfGroup -eq ".to_owned()),
        Part::Output {
            of: list,
            output: "distinguishedName".to_owned(),
            escape: anteroom_model::value::Escape::None,
        },
    ]);
    let scope =
        change("scope", &["list"], vec![operation(0, cmdlet("Scope", &[Argument::template(filter)]))]);
    let plan = plan(vec![change("list", &[], vec![make, wait]), scope]);
    let recorder = Recorder::default().answers("New", vec![Ok(json!({ "Guid": "g-1" }))]).answers(
        "Get",
        vec![
            Err(Refusal::NotFound),
            Err(Refusal::Transient),
            Ok(json!({ "Guid": "g-0", "DistinguishedName": "CN=another" })),
            Ok(json!({ "Guid": "g-1" })),
            Ok(json!({ "Guid": "g-1", "DistinguishedName": "CN=x" })),
        ],
    );
    let report = run(&plan, &recorder, &AtomicBool::new(false));
    assert!(report.is_complete());
    assert_eq!(
        recorder.calls(),
        ["New", "Get g-1", "Get g-1", "Get g-1", "Get g-1", "Get g-1", "Scope MemberOfGroup -eq CN=x"]
    );
    assert_eq!(report.outcomes[0].id.as_deref(), Some("g-1"));
}

fn wait(seconds: u64) -> Call {
    Call::Wait {
        until: "the mailbox is there".to_owned(),
        probe: Box::new(cmdlet("Get", &[])),
        expect: Expect::row([]),
        timeout_seconds: seconds,
    }
}

/// A change that makes something and waits for it, one that depends on it, and one that does not.
fn waiting_plan() -> Plan {
    plan(vec![
        change("a", &[], vec![operation(0, cmdlet("Make", &[])), operation(1, wait(120))]),
        change("b", &["a"], vec![operation(0, cmdlet("Use", &[]))]),
        change("c", &[], vec![operation(0, cmdlet("Other", &[]))]),
    ])
}

#[test]
fn waiting_in_vain_ends_at_its_limit_and_says_for_what() {
    let recorder = Recorder::default().answers("Get", vec![Err(Refusal::NotFound)]);
    let report = run(&waiting_plan(), &recorder, &AtomicBool::new(false));
    let message = report.outcomes[0].message.clone().unwrap();
    assert!(message.contains("until the mailbox is there") && message.contains("at most 120 s"), "{message}");
    let looks = recorder.calls().iter().filter(|call| *call == "Get").count();
    assert!((15..40).contains(&looks), "pauses grow, and stay short in a short wait: {looks}");
    let wanted = [("a", Outcome::Pending), ("b", Outcome::Skipped), ("c", Outcome::Applied)];
    assert_eq!(results(&report), wanted.map(|(key, result)| (key.to_owned(), result)));
    assert_eq!(report.outcomes[1].because_of, Some(Address::new("roomLists", "a")));
    assert_eq!(report.outcomes[0].operations_done, 1);
    assert!(!report.is_complete() && report.applied_anything());
}

#[test]
fn who_does_not_wait_looks_once() {
    let recorder = Recorder::default().answers("Get", vec![Err(Refusal::NotFound)]);
    let report =
        run_waiting(&waiting_plan(), &recorder, &Notes::default(), &AtomicBool::new(false), Patience::None);
    assert_eq!(recorder.calls().iter().filter(|call| *call == "Get").count(), 1);
    assert_eq!(report.outcomes[0].result, Outcome::Pending);
    assert_eq!(report.outcomes[0].message.as_deref(), Some("not waited until the mailbox is there"));
    // What is there at once needs no waiting.
    let report = run_waiting(
        &waiting_plan(),
        &Recorder::default(),
        &Notes::default(),
        &AtomicBool::new(false),
        Patience::None,
    );
    assert!(report.is_complete());
}

#[test]
fn who_has_patience_waits_longer_than_planned() {
    let mut answers = vec![Err(Refusal::NotFound); 60];
    answers.push(Ok(json!({})));
    let recorder = Recorder::default().answers("Get", answers);
    let hours = Patience::UpTo(std::time::Duration::from_hours(4));
    assert!(
        run_waiting(&waiting_plan(), &recorder, &Notes::default(), &AtomicBool::new(false), hours)
            .is_complete()
    );
}

/// An operation that refers to what was made a moment ago.
fn refers() -> Operation {
    let not_yet = NotYet {
        refusals: vec![Refusal::NotFound],
        until: "Exchange knows the account".to_owned(),
        timeout_seconds: 600,
    };
    Operation { not_yet: Some(not_yet), ..operation(0, cmdlet("Refer", &[])) }
}

#[test]
fn what_the_service_does_not_know_yet_is_sent_again_and_nothing_else_of_its_stage_is() {
    let plan = plan(vec![change("a", &[], vec![refers(), operation(0, cmdlet("Other", &[]))])]);
    let answers = vec![Err(Refusal::NotFound), Err(Refusal::NotFound), Ok(json!({}))];
    let recorder = Recorder::default().answers("Refer", answers);
    assert!(run(&plan, &recorder, &AtomicBool::new(false)).is_complete());
    assert_eq!(recorder.calls(), ["Refer", "Other", "Refer", "Refer"]);
}

#[test]
fn what_the_service_never_comes_to_know_fails_at_its_limit_and_other_refusals_at_once() {
    let plan = plan(vec![change("a", &[], vec![refers()])]);
    let never = Recorder::default().answers("Refer", vec![Err(Refusal::NotFound)]);
    let report = run(&plan, &never, &AtomicBool::new(false));
    assert_eq!(report.outcomes[0].result, Outcome::Failed);
    assert!(
        (30..80).contains(&never.calls().len()),
        "ten minutes of growing pauses: {}",
        never.calls().len()
    );
    let forbidden = Recorder::default().answers("Refer", vec![Err(Refusal::Forbidden)]);
    assert_eq!(run(&plan, &forbidden, &AtomicBool::new(false)).outcomes[0].result, Outcome::Failed);
    assert_eq!(forbidden.calls().len(), 1);
    let impatient = Recorder::default().answers("Refer", vec![Err(Refusal::NotFound)]);
    let report = run_waiting(&plan, &impatient, &Notes::default(), &AtomicBool::new(false), Patience::None);
    assert_eq!((report.outcomes[0].result, impatient.calls().len()), (Outcome::Pending, 1));
}

#[test]
fn an_interruption_ends_a_wait_at_once_and_leaves_it_pending() {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    let script = Recorder::default().answers("Get", vec![Err(Refusal::NotFound)]);
    let recorder = Recorder { cancel_after: Some((12, &CANCEL)), ..script };
    let plan = plan(vec![change("a", &[], vec![operation(0, wait(7200))])]);
    let report = run(&plan, &recorder, &CANCEL);
    assert_eq!(recorder.calls().len(), 12);
    let message = report.outcomes[0].message.clone().unwrap();
    assert!(message.starts_with("interrupted while waiting until the mailbox is there"), "{message}");
    assert!(report.interrupted && report.outcomes[0].result == Outcome::Pending);
}

#[test]
fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let step = |name: &str| vec![operation(0, cmdlet(name, &[]))];
    let plan = plan(vec![
        change("a", &[], step("Good")),
        change("b", &["a"], step("Bad")),
        change("c", &["b"], step("Never")),
        change("d", &["c"], step("Never")),
        change("e", &["a"], step("Good")),
    ]);
    let recorder = Recorder::default().answers("Bad", vec![Err(Refusal::Forbidden)]);
    let report = run(&plan, &recorder, &AtomicBool::new(false));
    assert_eq!(
        results(&report),
        [
            ("a", Outcome::Applied),
            ("b", Outcome::Failed),
            ("c", Outcome::Skipped),
            ("d", Outcome::Skipped),
            ("e", Outcome::Applied)
        ]
        .map(|(key, result)| (key.to_owned(), result))
    );
    assert_eq!(report.outcomes[3].because_of, Some(Address::new("roomLists", "b")));
    assert!(!recorder.calls().contains(&"Never".to_owned()));
    assert!(report.applied_anything() && !report.is_complete());
}

#[test]
fn a_refusal_that_means_already_so_is_no_failure() {
    let mut add = operation(0, cmdlet("Add", &[]));
    add.accepts = vec![Refusal::AlreadyMember];
    let recorder = Recorder::default().answers("Add", vec![Err(Refusal::AlreadyMember)]);
    assert!(run(&plan(vec![change("a", &[], vec![add])]), &recorder, &AtomicBool::new(false)).is_complete());
}

#[test]
fn an_interruption_finishes_what_is_in_flight_and_begins_nothing_new() {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    let two = || vec![operation(0, cmdlet("One", &[])), operation(1, cmdlet("Two", &[]))];
    let plan = plan(vec![change("a", &[], two()), change("b", &["a"], two())]);
    let recorder = Recorder { cancel_after: Some((1, &CANCEL)), ..Recorder::default() };
    let report = run(&plan, &recorder, &CANCEL);
    assert_eq!(recorder.calls(), ["One"]);
    assert!(report.interrupted);
    assert_eq!(report.outcomes[0].message.as_deref(), Some("interrupted after 1 of 2 operations"));
    assert_eq!((report.outcomes[0].result, report.outcomes[1].result), (Outcome::Failed, Outcome::Skipped));
}

#[test]
fn cleanup_waits_for_the_dependants_to_have_moved() {
    let mut old =
        change("old", &[], vec![operation(0, cmdlet("Make", &[])), operation(1, cmdlet("Remove", &[]))]);
    old.operations[1].step = Step::Cleanup;
    old.cleanup_after = vec![Address::new("roomLists", "user")];
    let plan = plan(vec![old, change("user", &["old"], vec![operation(0, cmdlet("Move", &[]))])]);
    let recorder = Recorder::default();
    assert!(run(&plan, &recorder, &AtomicBool::new(false)).is_complete());
    assert_eq!(recorder.calls(), ["Make", "Move", "Remove"]);
}

#[test]
fn ten_thousand_changes_take_no_longer_than_their_calls() {
    // Each waits for one of the first hundred, so that most of them are waiting most of the time.
    let changes = (0..10_000)
        .map(|number| {
            let needed = format!("k{}", number % 100);
            let needs: &[&str] = if number < 100 { &[] } else { &[&needed] };
            change(&format!("k{number}"), needs, vec![operation(0, cmdlet("New", &[]))])
        })
        .collect();
    let begun = std::time::Instant::now();
    let report = run(&plan(changes), &Recorder::default(), &AtomicBool::new(false));
    assert!(report.is_complete());
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
}

proptest! {
    /// Whatever the graph and whatever fails: a change runs after all it depends on, is tried unless something behind it
    /// failed, and is told either way.
    #[test]
    fn every_graph_is_walked_in_order(
        edges in proptest::collection::vec((0usize..12, 0usize..12), 0..30),
        failing in proptest::collection::btree_set(0usize..12, 0..4),
        idle in proptest::collection::btree_set(0usize..12, 0..4),
    ) {
        let key = |index: usize| format!("n{index}");
        let mut recorder = Recorder::default();
        let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 12];
        for (a, b) in edges {
            if a != b {
                needs[a.max(b)].insert(a.min(b));
            }
        }
        let mut changes = Vec::new();
        for (index, needed) in needs.iter().enumerate() {
            let names: Vec<String> = needed.iter().map(|one| key(*one)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut one = change(&key(index), &names, vec![operation(0, cmdlet(&key(index), &[]))]);
            if idle.contains(&index) {
                one.action = Action::NoOp;
                one.operations.clear();
            } else if failing.contains(&index) {
                recorder = recorder.answers(&key(index), vec![Err(Refusal::Other)]);
            }
            changes.push(one);
        }
        let report = run(&plan(changes), &recorder, &AtomicBool::new(false));
        let calls = recorder.calls();
        let place = |index: usize| calls.iter().position(|call| *call == key(index));
        let mut lost: Vec<bool> = vec![false; 12];
        for index in 0..12 {
            let behind = needs[index].iter().any(|needed| lost[*needed]);
            let fails = failing.contains(&index) && !idle.contains(&index);
            lost[index] = behind || fails;
            let expected = match (idle.contains(&index), behind, fails) {
                (true, _, _) => Outcome::Unchanged,
                (_, true, _) => Outcome::Skipped,
                (_, _, true) => Outcome::Failed,
                _ => Outcome::Applied,
            };
            prop_assert_eq!(report.outcomes[index].result, expected, "{}", key(index));
            if let Some(here) = place(index) {
                for needed in needs[index].iter().filter(|needed| !idle.contains(needed)) {
                    prop_assert!(place(*needed) < Some(here));
                }
            }
        }
    }
}
