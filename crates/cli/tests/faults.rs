//! `--fault`: a simulated tenant that misbehaves, for one run.
#![allow(missing_docs, reason = "a test")]

mod common;

use common::{Folder, MANIFEST};

#[test]
fn faults_are_of_one_run() {
    let folder = Folder::new("faults-run");
    folder.write("anteroom.yaml", MANIFEST);
    folder
        .run("plan --simulate --retries 0 --fault unreadable=Get-DistributionGroup")
        .ends(1)
        .prints("could not be read");
    folder.run("apply --simulate --auto-approve --fault lost=Get-Recipient:50%,seed=3,noise").ends(0);
    let kept = std::fs::read_to_string(folder.path(".anteroom/simulated/contoso.json")).unwrap();
    assert!(!kept.contains("noise") && !kept.contains("faults"), "faults are not kept");
    folder.run("plan --simulate --detailed-exitcode").ends(0);
    folder.run("--fault=throttled=100% plan --simulate --retries 0").ends(1);
}

#[test]
fn faults_that_are_wrong_are_wrong_usage() {
    let folder = Folder::new("faults-usage");
    folder.write("anteroom.yaml", MANIFEST);
    folder.run("plan --fault noise").ends(64).says("none is simulated").says("add --simulate");
    folder.run("validate --fault noise").ends(64);
    folder
        .run("plan --simulate --fault trottled=30%")
        .ends(64)
        .says("there is no fault trottled")
        .says("throttled");
    folder.run("plan --simulate --fault lag").ends(64).says("lag=3s");
    folder.run("simulate --fault lag=soon").ends(64);
    folder.run("simulate invoke Get-Mailbox --fault noise").ends(64).says("run by hand");
    folder.run("simulate --help").ends(0).prints("throttled=SHARE").prints("one-row-first-page");
}
