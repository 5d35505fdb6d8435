//! Exit statuses, and what goes to which stream, without a tenant.
#![allow(missing_docs, reason = "a test")]

mod common;

use std::process::Stdio;

use common::{Folder, MANIFEST};

#[test]
fn wrong_usage_is_64_and_help_is_not() {
    let folder = Folder::new("usage");
    for line in ["", "frobnicate", "plan --nope", "plan --max-deletions many", "schema nothing", "show"] {
        let ran = folder.run(line).ends(64);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{ran:?}");
    }
    for line in ["--help", "plan --help", "--version", "help apply"] {
        let ran = folder.run(line).ends(0);
        assert!(ran.err.is_empty() && !ran.out.is_empty(), "{ran:?}");
    }
    folder.write("anteroom.yaml", MANIFEST);
    folder.run("plan --simulate --endpoint http://127.0.0.1:1").ends(64).says("two different tenants");
}

#[test]
fn a_manifest_that_is_missing_or_wrong_is_1_with_the_place() {
    let folder = Folder::new("invalid");
    for line in ["validate", "plan", "apply", "drift"] {
        folder.run(line).ends(1).says("error[manifest-missing]");
    }
    folder.write("anteroom.yaml", &MANIFEST.replace("name:", "nmae:"));
    folder.run("validate").ends(1).prints("--> anteroom.yaml:6:5").prints("nmae: London rooms");
    folder.run("validate --format github").ends(1).prints("::error file=anteroom.yaml,line=6,col=5");
    let json = folder.run("validate --format json").ends(1);
    let findings: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(findings[0]["location"]["line"], 6, "{findings}");
    let plan = folder.run("plan --assume-empty").ends(1).says("--> anteroom.yaml:6:5");
    assert!(plan.out.is_empty(), "{plan:?}");
}

#[test]
fn credentials_that_are_missing_are_told_by_name() {
    let folder = Folder::new("credentials");
    folder.write("anteroom.yaml", MANIFEST);
    let missing = "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set";
    folder.run("plan --credential secret").ends(1).says(missing).says("--simulate");
    folder.run("plan --credential password").ends(64).says("managed-identity");
}

#[test]
fn an_offline_plan_is_0_and_2_when_asked_for_details() {
    let folder = Folder::new("offline");
    folder.write("anteroom.yaml", MANIFEST);
    folder.run("plan --assume-empty").ends(0).prints("Plan: 1 to create, 0 to update, 0 to delete.");
    folder.run("plan --assume-empty --detailed-exitcode").ends(2);
    folder
        .run("plan --assume-empty --only roomLists.paris")
        .ends(1)
        .says("the manifest has no roomLists.paris");
    folder.run("plan --assume-empty --only roomLists --graph").ends(0).prints("roomLists.london");
    folder
        .run("plan --assume-empty --out plan.json")
        .ends(0)
        .says("apply exactly this with: anteroom apply plan.json");
    folder.run("show plan.json").ends(0).prints("Plan: 1 to create");
    folder.run("show plan.json --format markdown").ends(0).prints("## Plan: 1 to create");
    folder.run("show anteroom.yaml").ends(1).says("error[not-a-plan]");
    folder.run("apply plan.json --only roomLists").ends(64).says("a saved plan");
    folder.run("apply plan.json anteroom.yaml").ends(64).says("one saved plan at a time");
    let json = folder.run("plan --assume-empty --format json").ends(0);
    assert_eq!(
        std::fs::read_to_string(folder.path("plan.json")).unwrap(),
        json.out,
        "saved and printed plans differ"
    );
}

#[test]
fn exchange_server_is_planned_offline_only() {
    let folder = Folder::new("server");
    folder.write("anteroom.yaml", &MANIFEST.replace("exchangeOnline", "exchangeServer"));
    folder.run("plan").ends(1).says("error[server-offline-only]").says("--assume-empty");
    folder.run("plan --simulate").ends(1).says("error[server-offline-only]");
    folder.run("plan --assume-empty").ends(0).prints("(Exchange Server)");
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_no_panic() {
    let folder = Folder::new("pipe");
    for line in ["schema manifest", "--help", "completions bash", "man"] {
        let mut child = folder.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "anteroom {line}: {} {said}", output.status);
    }
}

#[test]
fn colour_is_used_only_where_it_is_wanted() {
    let folder = Folder::new("colour");
    folder.write("anteroom.yaml", MANIFEST);
    let has_colour = |line: &str, variables: &[(&str, &str)]| {
        let mut command = folder.command(line);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout.contains(&0x1b)
    };
    assert!(!has_colour("plan --assume-empty", &[]));
    assert!(has_colour("plan --assume-empty --color always", &[]));
    assert!(has_colour("plan --assume-empty --color always", &[("NO_COLOR", "1")]));
    assert!(has_colour("plan --assume-empty", &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_colour("plan --assume-empty", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour("plan --assume-empty --color never", &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn narration_is_json_where_that_is_wanted() {
    let folder = Folder::new("json-narration");
    folder.write("anteroom.yaml", MANIFEST);
    let ran = folder.run("plan --assume-empty --out x.json --log-format json -v").ends(0);
    for line in ran.err.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["fields"]["message"].is_string(), "{line}");
    }
    assert!(ran.err.contains("Saved to x.json"));
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let folder = Folder::new("pages");
    folder.run("man --out pages").ends(0);
    let bash = folder.run("completions bash").ends(0);
    for command in ["validate", "plan", "show", "apply", "drift", "schema", "simulate", "completions", "man"]
    {
        assert!(folder.path("pages").join(format!("anteroom-{command}.1")).is_file(), "{command}");
        assert!(bash.out.contains(command), "{command}");
    }
    folder.run("man").ends(0).prints(".TH anteroom 1");
}
