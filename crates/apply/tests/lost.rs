//! Writes whose answer was lost, against a tenant whose reads lag behind: never a duplicate, never a success that did not
//! happen.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anteroom_apply::{Options, Patience, Report, Result as Outcome, Silent, apply};
use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change, Reason};
use anteroom_model::kind::Kind;
use anteroom_model::operation::{Argument, Call, Delivery, Expect, Lookup, Operation, Refusal, Step};
use anteroom_model::password::Password;
use anteroom_model::place::Place;
use anteroom_model::plan::{FORMAT_VERSION, Plan, Summary};
use anteroom_model::ports::{Answer, Delivering, Execute, Failure, Request, Secrets, Undelivered};
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::Cost;
use anteroom_model::value::Template;
use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

/// What becomes of a call that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Carried out, and the answer lost.
    LostAfter,
    /// Not carried out, and nobody knows.
    LostBefore,
}

/// Objects with a name, a GUID and when they were made. Names are unique.
struct Tenant {
    objects: Mutex<Vec<(String, String, Instant)>>,
    fates: Mutex<VecDeque<Fate>>,
    /// How long a read lags behind.
    lag: Duration,
    /// A read of what is not there shows everything instead.
    all_on_missing: bool,
    /// So many reads fail.
    unread: Mutex<usize>,
    calls: Mutex<Vec<String>>,
}

impl Tenant {
    fn new(fates: &[Fate], lag: Duration) -> Self {
        Self {
            objects: Mutex::default(),
            fates: Mutex::new(fates.iter().copied().collect()),
            lag,
            all_on_missing: true,
            unread: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().iter().map(|(name, ..)| name.clone()).collect()
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    fn one(&self, cmdlet: &str, name: &str) -> Result<Answer, Failure> {
        self.calls.lock().unwrap().push(format!("{cmdlet} {name}"));
        match cmdlet {
            "New" => self.make(name),
            "Set" => self.fate(|| Ok(())).map(|()| Answer::default()),
            "Get" => self.read(name),
            _ => panic!("no such cmdlet"),
        }
    }

    fn fate<T>(&self, carry_out: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let lost = || Err(failure(Refusal::Lost));
        match self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Answered) {
            Fate::Answered => carry_out(),
            Fate::LostAfter => carry_out().and_then(|_| lost()),
            Fate::LostBefore => lost(),
        }
    }

    fn make(&self, name: &str) -> Result<Answer, Failure> {
        self.fate(|| {
            let mut objects = self.objects.lock().unwrap();
            if objects.iter().any(|(other, ..)| other == name) {
                return Err(failure(Refusal::AlreadyExists));
            }
            let guid = format!("guid-of-{name}");
            objects.push((name.to_owned(), guid.clone(), Instant::now()));
            Ok(answer(vec![json!({ "Name": name, "Guid": guid })]))
        })
    }

    fn read(&self, name: &str) -> Result<Answer, Failure> {
        let mut unread = self.unread.lock().unwrap();
        if *unread > 0 {
            *unread -= 1;
            return Err(failure(Refusal::Transient));
        }
        let objects = self.objects.lock().unwrap();
        let seen = objects.iter().filter(|(_, _, made)| made.elapsed() >= self.lag);
        let rows = |name: Option<&str>| -> Vec<Json> {
            let rows = seen.clone().filter(|(other, ..)| name.is_none_or(|name| name == other));
            rows.map(|(name, guid, _)| json!({ "Name": name, "Guid": guid })).collect()
        };
        let found = rows(Some(name));
        match found.is_empty() {
            true if self.all_on_missing => Ok(answer(rows(None))),
            true => Err(failure(Refusal::NotFound)),
            false => Ok(answer(found)),
        }
    }
}

fn answer(rows: Vec<Json>) -> Answer {
    let rows: Vec<Map<String, Json>> = rows.into_iter().filter_map(|row| row.as_object().cloned()).collect();
    Answer { rows, warnings: Vec::new() }
}

fn failure(refusal: Refusal) -> Failure {
    Failure { refusal, message: format!("{refusal:?}"), request_id: None, hint: None }
}

impl Execute for Tenant {
    async fn execute(&self, calls: Vec<Request>) -> Vec<Result<Answer, Failure>> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let one = |call: Request| {
            let Request::Cmdlet { cmdlet, parameters } = call else { panic!("only cmdlets here") };
            self.one(&cmdlet, parameters["Name"].as_str().unwrap_or_default())
        };
        calls.into_iter().map(one).collect()
    }
}

fn cmdlet(name: &str, argument: Argument) -> Call {
    Call::Cmdlet { cmdlet: name.to_owned(), parameters: IndexMap::from([("Name".to_owned(), argument)]) }
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

/// Makes an object of this name, with its lookup, and then changes what came of it.
fn making(name: &str) -> Change {
    let kind = Kind::of_section("roomLists").unwrap();
    let address = Address::new("roomLists", name);
    let mut make = operation(0, cmdlet("New", Argument::text(name)));
    make.captures.insert("guid".to_owned(), "Guid".to_owned());
    make.lookup =
        Some(Lookup { probe: cmdlet("Get", Argument::text(name)), expect: Expect::row([("Name", name)]) });
    let set = operation(1, cmdlet("Set", Argument::template(Template::output(&address, "guid"))));
    Change {
        address: address.clone(),
        kind,
        label: name.to_owned(),
        action: Action::Create,
        reason: Reason::NotInTenant,
        attributes: Vec::new(),
        depends_on: Vec::new(),
        cleanup_after: Vec::new(),
        fingerprint: String::new(),
        id: None,
        operations: vec![make, set],
        subject: Resource::new(address, kind, Place::NOWHERE),
    }
}

/// Nothing here has a password.
struct Nowhere;

impl Secrets for Nowhere {
    fn check<'a>(&'a self, owner: &'a str, _: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move { Err(nothing(owner)) })
    }

    fn deliver<'a>(&'a self, owner: &'a str, _: &'a Delivery) -> Delivering<'a, Password> {
        Box::pin(async move { Err(nothing(owner)) })
    }

    fn settle<'a>(&'a self, owner: &'a str, _: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move { Err(nothing(owner)) })
    }
}

fn nothing(owner: &str) -> Undelivered {
    Undelivered { message: format!("{owner} has no password"), hint: None }
}

fn run(tenant: &Tenant, changes: Vec<Change>) -> Report {
    let plan = Plan {
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
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let options = Options { concurrency: 3, patience: Patience::AsPlanned, retries: 4 };
    let cancel = AtomicBool::new(false);
    runtime.block_on(async {
        // What somebody else made long ago.
        tenant.objects.lock().unwrap().push(("other".to_owned(), "guid-of-other".to_owned(), Instant::now()));
        tokio::time::sleep(Duration::from_mins(10)).await;
        apply(&plan, tenant, &Nowhere, &Silent, &cancel, &options).await
    })
}

#[test]
fn a_lost_answer_is_looked_up_and_what_it_would_have_told_is_known() {
    let tenant = Tenant::new(&[Fate::LostAfter], Duration::from_secs(3));
    let report = run(&tenant, vec![making("a")]);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.outcomes[0].id.as_deref(), Some("guid-of-a"));
    let calls = tenant.calls();
    assert_eq!(calls.iter().filter(|call| *call == "New a").count(), 1, "{calls:?}");
    assert_eq!(calls.last().map(String::as_str), Some("Set guid-of-a"));
}

#[test]
fn what_was_not_done_is_sent_again() {
    let tenant = Tenant::new(&[Fate::LostBefore, Fate::LostBefore], Duration::from_secs(3));
    let report = run(&tenant, vec![making("a")]);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(tenant.names(), ["other", "a"]);
    assert_eq!(tenant.calls().iter().filter(|call| *call == "New a").count(), 3);
}

#[test]
fn what_shows_later_than_anybody_waits_was_ours_when_the_service_refuses_a_second_one() {
    let tenant = Tenant::new(&[Fate::LostAfter], Duration::from_secs(40));
    let report = run(&tenant, vec![making("a")]);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.outcomes[0].id.as_deref(), Some("guid-of-a"));
    assert_eq!(tenant.calls().iter().filter(|call| *call == "New a").count(), 2);
}

#[test]
fn an_object_that_was_there_before_is_no_success() {
    let tenant = Tenant::new(&[], Duration::ZERO);
    let report = run(&tenant, vec![making("other")]);
    assert_eq!(report.outcomes[0].result, Outcome::Failed);
    assert_eq!(report.outcomes[0].message.as_deref(), Some("an operation: AlreadyExists"));
}

#[test]
fn a_write_that_is_lost_for_good_is_a_failure_that_says_so() {
    let tenant = Tenant::new(&[Fate::LostBefore; 100], Duration::ZERO);
    let report = run(&tenant, vec![making("a")]);
    assert_eq!(report.outcomes[0].result, Outcome::Failed);
    let message = report.outcomes[0].message.clone().unwrap();
    assert!(message.contains("whether it was done is not known"), "{message}");
    assert_eq!(tenant.calls().iter().filter(|call| *call == "New a").count(), 5, "one and four more");
    assert_eq!(tenant.names(), ["other"]);
}

#[test]
fn nothing_is_sent_again_while_nobody_can_read_whether_it_was_done() {
    let tenant = Tenant::new(&[Fate::LostAfter], Duration::ZERO);
    *tenant.unread.lock().unwrap() = usize::MAX;
    let report = run(&tenant, vec![making("a")]);
    let message = report.outcomes[0].message.clone().unwrap();
    assert!(message.contains("whether it was done could not be read: Transient"), "{message}");
    assert_eq!(tenant.calls().iter().filter(|call| *call == "New a").count(), 1);
}

#[test]
fn a_write_that_does_no_harm_twice_is_sent_again_without_a_look() {
    let tenant = Tenant::new(&[Fate::Answered, Fate::LostAfter, Fate::LostBefore], Duration::from_secs(3));
    assert!(run(&tenant, vec![making("a")]).is_complete());
    let calls = tenant.calls();
    assert_eq!(calls, ["New a", "Set guid-of-a", "Set guid-of-a", "Set guid-of-a"]);
}

proptest! {
    /// Whatever is lost and however far reads lag behind: at most one object of a name, and success means that it is
    /// there and that its id is known.
    #[test]
    fn whatever_is_lost_there_is_never_a_duplicate_nor_a_success_that_did_not_happen(
        fates in proptest::collection::vec(
            prop_oneof![Just(Fate::Answered), Just(Fate::LostAfter), Just(Fate::LostBefore)],
            0..12,
        ),
        lag in 0u64..30,
        all_on_missing: bool,
        unread in 0usize..4,
    ) {
        let mut tenant = Tenant::new(&fates, Duration::from_secs(lag));
        tenant.all_on_missing = all_on_missing;
        *tenant.unread.lock().unwrap() = unread;
        let report = run(&tenant, vec![making("a"), making("b")]);
        let names = tenant.names();
        for outcome in &report.outcomes {
            let name = outcome.address.key();
            let count = names.iter().filter(|other| *other == name).count();
            prop_assert!(count <= 1);
            if outcome.result == Outcome::Applied {
                prop_assert_eq!(count, 1);
                let guid = format!("guid-of-{name}");
                prop_assert_eq!(outcome.id.as_deref(), Some(guid.as_str()));
                let changed = tenant.calls().contains(&format!("Set {guid}"));
                prop_assert!(changed);
            } else {
                prop_assert_eq!(outcome.result, Outcome::Failed);
            }
        }
        let lost = fates.iter().filter(|fate| **fate != Fate::Answered).count();
        prop_assert!(lost > 4 || report.is_complete(), "{:?}", report);
    }
}
