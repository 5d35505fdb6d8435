//! What is taken, what is refused, and where options may stand.

use anteroom_model::manifest::MaxDeletions;
use clap::CommandFactory as _;

use super::{Arguments, Command, SimulateCommand};

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::read(std::iter::once("anteroom").chain(line.split_whitespace()).map(Into::into))
}

fn paths(arguments: &Arguments) -> Vec<String> {
    let paths = match &arguments.command {
        Command::Plan(plan) => &plan.paths.paths,
        Command::Apply(apply) => &apply.paths,
        other => panic!("{other:?}"),
    };
    paths.iter().map(|path| path.display().to_string()).collect()
}

#[test]
fn the_declaration_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    for line in [
        "--simulate=fabrikam -vv --concurrency 4 plan a.yaml",
        "plan --simulate=fabrikam a.yaml -v -v --concurrency=4",
    ] {
        let arguments = parse(line).unwrap();
        assert_eq!(arguments.global.simulate.as_deref(), Some("fabrikam"), "{line}");
        assert_eq!((arguments.global.verbose, arguments.global.concurrency), (2, 4), "{line}");
        assert_eq!(paths(&arguments), ["a.yaml"], "{line}");
    }
}

#[test]
fn simulate_without_an_equals_sign_takes_the_default_seed_and_swallows_no_path() {
    for line in
        ["plan --simulate a.yaml b.yaml", "--simulate plan a.yaml b.yaml", "plan a.yaml b.yaml --simulate"]
    {
        let arguments = parse(line).unwrap();
        assert_eq!(arguments.global.simulate.as_deref(), Some("contoso"), "{line}");
        assert_eq!(paths(&arguments), ["a.yaml", "b.yaml"], "{line}");
    }
    assert_eq!(parse("plan").unwrap().global.simulate, None);
}

#[test]
fn guards_are_read() {
    let arguments =
        parse("apply --only roomLists.london --only organization --exclude roleGroups --max-deletions 30%")
            .unwrap();
    let Command::Apply(apply) = arguments.command else { panic!() };
    assert_eq!(apply.guards.only, ["roomLists.london".into(), "organization".into()]);
    assert_eq!(apply.guards.exclude, ["roleGroups".into()]);
    assert_eq!(apply.guards.max_deletions, Some(MaxDeletions::Percent(30)));
    assert!(apply.guards.is_given() && !apply.auto_approve);
    let Command::Plan(plan) = parse("plan --max-deletions 5 --allow-empty").unwrap().command else {
        panic!()
    };
    assert_eq!(plan.guards.max_deletions, Some(MaxDeletions::Count(5)));
}

#[test]
fn nonsense_is_refused() {
    for line in [
        "",
        "frobnicate",
        "plan --max-deletions 101%",
        "plan --max-deletions -1",
        "plan --only .x",
        "plan --concurrency 0",
        "plan --endpoint localhost:1",
        "plan --graph --format json",
        "show",
        "schema pan",
        "simulate invoke",
        "simulate invoke Get-Mailbox Identity",
        "simulate invoke Get-Mailbox =5",
        "completions basic",
        "plan --format html",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn a_cmdlet_is_invoked_with_json_or_text() {
    let Command::Simulate(simulate) =
        parse("simulate invoke Set-X Identity=london MaxSize=5 Force=true Members=[\"a\"] Name=a=b --simulate=fabrikam")
            .unwrap_or_else(|error| panic!("{error}"))
            .command
    else {
        panic!()
    };
    assert_eq!(simulate.seed, None);
    let Some(SimulateCommand::Invoke(invoke)) = simulate.command else { panic!() };
    assert_eq!(invoke.cmdlet, "Set-X");
    assert_eq!(
        serde_json::Value::Object(invoke.parameters.into_iter().collect()),
        serde_json::json!({ "Identity": "london", "MaxSize": 5, "Force": true, "Members": ["a"], "Name": "a=b" })
    );
}

#[test]
fn a_cmdlet_is_invoked_as_powershell_writes_it() {
    let line = "simulate invoke Set-X -Identity london -MaxSize 5 -Confirm:$false -Force -Members [\"a\"] -Rank -1 --simulate=fabrikam";
    let arguments = parse(line).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(arguments.global.simulate.as_deref(), Some("fabrikam"));
    let Command::Simulate(simulate) = arguments.command else { panic!() };
    let Some(SimulateCommand::Invoke(invoke)) = simulate.command else { panic!() };
    assert_eq!(
        serde_json::Value::Object(invoke.parameters.into_iter().collect()),
        serde_json::json!({ "Identity": "london", "MaxSize": 5, "Confirm": false, "Force": true, "Members": ["a"], "Rank": -1 })
    );
}

#[test]
fn a_simulated_tenant_is_served_from_a_seed() {
    let Command::Simulate(simulate) =
        parse("simulate fabrikam --listen 127.0.0.1:8080 --reset").unwrap().command
    else {
        panic!()
    };
    assert_eq!(
        (simulate.seed.as_deref(), simulate.listen.port(), simulate.reset),
        (Some("fabrikam"), 8080, true)
    );
}
