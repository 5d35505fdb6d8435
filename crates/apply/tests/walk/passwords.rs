//! Passwords on the way: delivered before the account is made, settled after, and told to nobody.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use anteroom_apply::{Result as Outcome, undeliverable};
use anteroom_model::address::Address;
use anteroom_model::operation::{Argument, Call, Delivery, Refusal};
use anteroom_model::password::Password;
use anteroom_model::ports::{Answer, Delivering, Execute, Failure, Request, Secrets, Undelivered};

use super::{Recorder, change, cmdlet, operation, plan, results, run_with};

/// Writes down what is asked of it; every password is the owner's name with a mark, and what is delivered to the file
/// `refused` is not.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, verb: &str, owner: &str, to: &Delivery) {
        self.0.lock().unwrap().push(format!("{verb} {owner} {to}"));
    }
}

impl Secrets for Notes {
    fn check<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        let refused = Undelivered { message: format!("{owner} refused"), hint: None };
        Box::pin(async move { if to.to_string() == "refused" { Err(refused) } else { Ok(()) } })
    }

    fn deliver<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, Password> {
        Box::pin(async move {
            // A place that answers late: nothing may be sent meanwhile.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            self.note("deliver", owner, to);
            let refused = Undelivered { message: "refused".to_owned(), hint: Some("try again".to_owned()) };
            if *to == Delivery::File("refused".to_owned()) {
                Err(refused)
            } else {
                Ok(Password::new(format!("{owner}!")))
            }
        })
    }

    fn settle<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        self.note("settle", owner, to);
        Box::pin(async { Ok(()) })
    }
}

#[test]
fn a_password_is_delivered_before_the_account_is_made_and_settled_after() {
    let account = |key: &str, file: &str| {
        let secret = format!("{key}.password");
        let made = Call::Password { secret: secret.clone(), deliver_to: Delivery::File(file.to_owned()) };
        let sent = cmdlet("New", &[Argument::text(key), Argument::Secret { secret }]);
        change(key, &[], vec![operation(0, made), operation(1, sent), operation(2, cmdlet("After", &[]))])
    };
    let plan = plan(vec![account("a", "kept"), account("b", "refused")]);
    let (recorder, notes) = (Recorder::default(), Notes::default());
    let report = run_with(&plan, &recorder, &notes, &AtomicBool::new(false));
    assert_eq!(
        recorder.calls(),
        ["New a a!", "After"],
        "an account whose password reached nobody is not made"
    );
    assert_eq!(*notes.0.lock().unwrap(), ["deliver a kept", "settle a kept", "deliver b refused"]);
    assert_eq!(results(&report), [("a".to_owned(), Outcome::Applied), ("b".to_owned(), Outcome::Failed)]);
    assert_eq!(report.outcomes[1].message.as_deref(), Some("refused"));
    assert_eq!(report.outcomes[1].hint.as_deref(), Some("try again"));
    let mut refused = block_on(undeliverable(&plan, &notes)).into_iter();
    let only = refused.next().unwrap();
    assert_eq!((only.id.as_str(), only.summary.as_str()), ("password-undeliverable", "b refused"));
    assert_eq!((only.address, refused.next()), (Some(Address::new("roomLists", "b")), None));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn an_account_that_was_there_already_has_another_password() {
    let secret = "a.password".to_owned();
    let to = Delivery::Command(vec!["pass".to_owned(), "insert".to_owned()]);
    let made = Call::Password { secret: secret.clone(), deliver_to: to };
    let sent = cmdlet("New", &[Argument::Secret { secret }]);
    let plan = plan(vec![change("a", &[], vec![operation(0, made), operation(1, sent)])]);
    let recorder = Recorder::default().answers("New", vec![Err(Refusal::AlreadyExists)]);
    let notes = Notes::default();
    let report = run_with(&plan, &recorder, &notes, &AtomicBool::new(false));
    assert_eq!(report.outcomes[0].result, Outcome::Failed);
    let hint = report.outcomes[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("delivered to the command pass insert is not its password"), "{hint}");
    assert_eq!(*notes.0.lock().unwrap(), ["deliver a the command pass insert"], "nothing is settled");
}

/// A service that repeats what it is sent, as a warning.
struct Echo;

impl Execute for Echo {
    async fn execute(&self, calls: Vec<Request>) -> Vec<Result<Answer, Failure>> {
        let warn = |call: &Request| {
            let Request::Cmdlet { parameters, .. } = call else { panic!("only cmdlets here") };
            Ok(Answer { rows: Vec::new(), warnings: vec![format!("taken: {}", parameters["p0"])] })
        };
        calls.iter().map(warn).collect()
    }
}

/// A service that repeats what it refuses.
struct Parrot;

impl Execute for Parrot {
    async fn execute(&self, calls: Vec<Request>) -> Vec<Result<Answer, Failure>> {
        let refuse = |call: &Request| {
            let Request::Cmdlet { parameters, .. } = call else { panic!("only cmdlets here") };
            let message = format!("not taken: {}", parameters["p0"]);
            Err(Failure { refusal: Refusal::Invalid, message, request_id: None, hint: None })
        };
        calls.iter().map(refuse).collect()
    }
}

#[test]
fn a_service_that_repeats_a_password_tells_it_to_nobody() {
    let secret = "a.password".to_owned();
    let to = Delivery::File("kept".to_owned());
    let made = Call::Password { secret: secret.clone(), deliver_to: to };
    let sent = cmdlet("New", &[Argument::Secret { secret }]);
    let plan = plan(vec![change("a", &[], vec![operation(0, made), operation(1, sent)])]);
    let report = run_with(&plan, &Parrot, &Notes::default(), &AtomicBool::new(false));
    assert_eq!(report.outcomes[0].message.as_deref(), Some("an operation: not taken: \"***\""));
    let report = run_with(&plan, &Echo, &Notes::default(), &AtomicBool::new(false));
    assert_eq!(report.warnings, ["taken: \"***\""]);
}
