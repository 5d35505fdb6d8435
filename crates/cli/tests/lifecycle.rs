//! A simulated tenant, from the first plan to drift.
#![allow(missing_docs, reason = "a test")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use common::{Folder, MANIFEST};

#[test]
fn a_manifest_is_applied_kept_remembered_and_watched_for_drift() {
    let folder = Folder::new("lifecycle");
    folder.write("anteroom.yaml", MANIFEST);

    folder
        .run("plan --simulate --detailed-exitcode")
        .ends(2)
        .says("Simulated tenant contoso")
        .prints("1 to create");
    assert!(!folder.path(".anteroom").exists(), "planning leaves nothing behind");
    folder.run("apply --simulate").ends(1).says("error[not-approved]");
    assert!(!folder.path(".anteroom").exists(), "a refusal leaves nothing behind");
    folder.run("plan --simulate --out first.plan").ends(0);

    let applied = folder.run("apply --simulate --auto-approve").ends(0).prints("Done: 1 applied");
    assert!(applied.err.contains("applied roomLists.london"), "{}", applied.err);
    assert!(folder.path(".anteroom/simulated/contoso.json").is_file());
    let state = std::fs::read_to_string(folder.path(".anteroom/simulated/contoso.state.json")).unwrap();
    assert!(state.contains("roomLists.london"), "{state}");

    folder
        .run("plan --simulate --detailed-exitcode")
        .ends(0)
        .prints("No changes: 1 resource is as the manifest says.");
    folder.run("apply --simulate").ends(0).prints("No changes");
    folder.run("drift --simulate").ends(0).prints("No drift");

    folder
        .run("apply first.plan --simulate --auto-approve")
        .ends(1)
        .says("error[plan-stale]: roomLists.london: was not there when the plan was made, and is there now");

    folder
        .run("simulate invoke Set-DistributionGroup Identity=london.rooms@contoso.com Name=Renamed")
        .ends(0);
    let drift = folder.run("drift --simulate").ends(2).prints("roomLists.london");
    assert!(drift.out.contains("name: expected London rooms, found Renamed"), "{}", drift.out);
    folder
        .run("simulate invoke Get-DistributionGroup Identity=nobody@contoso.com")
        .ends(1)
        .says("error[cmdlet-refused]");

    std::fs::remove_file(folder.path(".anteroom/simulated/contoso.state.json")).unwrap();
    let report = folder.run("apply --simulate --auto-approve --format json").ends(0);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(report["outcomes"][0]["result"], "applied", "{report}");
    assert!(folder.path(".anteroom/simulated/contoso.state.json").is_file());
}

#[test]
fn a_saved_plan_is_applied_without_its_manifest() {
    let folder = Folder::new("saved");
    folder.write("anteroom.yaml", MANIFEST);
    folder.run("plan --simulate --out saved.plan").ends(0);
    std::fs::remove_file(folder.path("anteroom.yaml")).unwrap();
    folder.run("apply saved.plan --simulate").ends(1).says("error[not-approved]");
    folder.run("apply saved.plan --simulate --auto-approve").ends(0).prints("Done: 1 applied");
}

/// A request to the simulated tenant's own surface.
#[cfg(unix)]
fn put(base: &str, path: &str, json: &str) {
    use std::io::{Read as _, Write as _};
    let host = base.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(
        stream,
        "PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
        json.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[cfg(unix)]
#[test]
fn an_apply_that_is_interrupted_finishes_what_is_in_flight_and_tells_the_rest() {
    let folder = Folder::new("interrupted");
    let lists: Vec<String> = (0..40)
        .map(|n| {
            format!("  list{n}: {{ name: List {n}, primarySmtpAddress: list{n}@contoso.com, members: [] }}\n")
        })
        .collect();
    let lists = lists.concat();
    folder.write(
        "anteroom.yaml",
        &format!("version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\nroomLists:\n{lists}"),
    );
    let mut served = folder.command("simulate").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(served.stdout.take().unwrap()).lines();
    let base = lines.next().unwrap().unwrap();
    put(&base, "/_simulator/faults", r#"{ "latencyMs": 150 }"#);
    let mut applying = folder
        .command(&format!("apply --auto-approve --concurrency 1 --endpoint {base}"))
        .env("AZURE_CLIENT_ID", "0a9e7d3c-5b1f-4c62-8f0d-6e2b4a9c1d55")
        .env("AZURE_CLIENT_SECRET", "simulated")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first resource that is finished says that the apply is under way.
    let mut narration = BufReader::new(applying.stderr.take().unwrap()).lines();
    let first = narration.by_ref().map(Result::unwrap).find(|line| line.starts_with("applied ")).unwrap();
    let killed =
        std::process::Command::new("kill").args(["-INT", &applying.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = narration.map(Result::unwrap).collect();
    let ended = applying.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    served.kill().unwrap();
    served.wait().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{first}\n{rest:#?}\n{out}");
    assert!(rest.iter().any(|line| line.starts_with("Stopping:")), "{rest:#?}");
    assert!(out.contains("Interrupted, applied in part: "), "{out}");
    let state = std::fs::read_to_string(folder.path(".anteroom/state.json")).unwrap();
    assert!(state.contains(first.trim_start_matches("applied ")), "{first}: {state}");
}

#[test]
fn a_tenant_is_served_alone_and_kept() {
    let folder = Folder::new("served");
    folder.write("anteroom.yaml", MANIFEST);
    let mut child =
        folder.command("simulate fabrikam").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines.next().unwrap().unwrap();
    let variables: Vec<(String, String)> = (0..3)
        .map(|_| lines.next().unwrap().unwrap())
        .map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
        .collect();
    let (_, tenant) = variables[0].clone();
    folder.write(
        "anteroom.yaml",
        &MANIFEST
            .replace("contoso.onmicrosoft.com", &tenant)
            .replace("boardroom@contoso.com", "")
            .replace("@contoso.com", &format!("@{}", tenant.replace(".onmicrosoft", ""))),
    );
    let run = |line: &str| folder.command(line).envs(variables.iter().cloned()).output().unwrap();
    let applied = run(&format!("apply --auto-approve --endpoint {base}"));
    assert!(applied.status.success(), "{applied:?}");
    // The tenant is written within a second or so of a change.
    let kept = folder.path(".anteroom/simulated/fabrikam.json");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !std::fs::read_to_string(&kept).is_ok_and(|text| text.contains("London rooms")) {
        assert!(std::time::Instant::now() < deadline, "the tenant was not kept");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(folder.path(".anteroom/state.json").is_file());
    folder.run("plan --simulate=fabrikam --detailed-exitcode").ends(0).prints("to adopt");
    // Another tenant has another state.
    folder.write("anteroom.yaml", MANIFEST);
    let other = run(&format!("plan --endpoint {base}"));
    assert!(String::from_utf8_lossy(&other.stderr).contains("state-of-another-tenant"), "{other:?}");
}

#[test]
fn a_tenant_is_served_by_https() {
    let folder = Folder::new("tls");
    folder.write("anteroom.yaml", MANIFEST);
    let mut served =
        folder.command("simulate --tls").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines: Vec<String> =
        BufReader::new(served.stdout.take().unwrap()).lines().take(5).map(Result::unwrap).collect();
    let run = |authority: Option<&str>| {
        let mut command = folder.command(&format!("plan --retries 0 --endpoint {}", lines[0]));
        command.envs(lines[1..4].iter().filter_map(|line| line.split_once('=')));
        if let Some(path) = authority {
            command.env("SSL_CERT_FILE", path);
        }
        command.output().unwrap()
    };
    let authority = lines[4].strip_prefix("SSL_CERT_FILE=").unwrap();
    let (trusted, untrusted) = (run(Some(authority)), run(None));
    served.kill().unwrap();
    served.wait().unwrap();
    assert!(lines[0].starts_with("https://localhost:"), "{lines:?}");
    assert!(authority.ends_with(".anteroom/simulated/contoso.ca.pem"), "{authority}");
    let kept = std::fs::read_to_string(authority).unwrap();
    assert!(kept.starts_with("-----BEGIN CERTIFICATE-----") && !kept.contains("PRIVATE"), "no key is kept");
    assert!(String::from_utf8_lossy(&trusted.stdout).contains("1 to create"), "{trusted:?}");
    assert_eq!(untrusted.status.code(), Some(1), "{untrusted:?}");
}
