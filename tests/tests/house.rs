//! The house rules: who may depend on whom, who may print, how large a file may be, and what is promised by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anteroom_tests::world::repository;
use serde_json::Value as Json;

fn metadata() -> Json {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(repository())
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join("crates"), repository().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a source file")
}

/// What each floor may build on, besides crates from elsewhere.
#[test]
fn floors_only_build_on_lower_floors() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("opath", &[][..]),
        ("anteroom-model", &["opath"]),
        ("anteroom-plan", &["anteroom-model", "opath"]),
        ("anteroom-exchange", &["anteroom-model", "opath"]),
        ("anteroom-apply", &["anteroom-model"]),
        ("anteroom-simulator", &["opath"]),
        (
            "anteroom",
            &[
                "anteroom-model",
                "anteroom-plan",
                "anteroom-exchange",
                "anteroom-apply",
                "anteroom-simulator",
                "opath",
            ],
        ),
    ]);
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = allowed.keys().copied().collect();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let Some(may) = allowed.get(name) else { continue };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let on = dependency["name"].as_str().expect("a name");
            let for_tests = dependency["kind"] == "dev";
            if ours.contains(on) && !for_tests {
                assert!(may.contains(&on), "{name} must not build on {on}");
            }
        }
    }
}

/// Planning and the filter language wait for nothing and know no network, clock or randomness.
#[test]
fn pure_floors_stay_pure() {
    let metadata = metadata();
    let impure = ["tokio", "reqwest", "axum", "futures", "getrandom", "rand", "chrono", "time", "tempfile"];
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        if !["opath", "anteroom-plan", "anteroom-model"].contains(&name) {
            continue;
        }
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let on = dependency["name"].as_str().expect("a name");
            assert!(dependency["kind"] == "dev" || !impure.contains(&on), "{name} must not build on {on}");
        }
    }
    for path in sources().iter().filter(|path| {
        let path = path.to_string_lossy();
        ["crates/opath/src", "crates/plan/src"].iter().any(|pure| path.contains(pure))
    }) {
        for word in ["std::fs", "std::net", "std::env", "SystemTime", "Instant", "async fn"] {
            assert!(!text(path).contains(word), "{}: {word} has no place on a pure floor", path.display());
        }
    }
}

/// Only the command line prints, reads the environment or ends the process.
#[test]
fn only_the_command_line_prints_reads_the_environment_or_exits() {
    for path in sources() {
        let name = path.to_string_lossy().into_owned();
        let elsewhere =
            ["crates/cli/", "/tests/", "/benches/", "/examples/"].iter().any(|part| name.contains(part));
        if elsewhere {
            continue;
        }
        let whole = text(&path);
        let code = whole.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["println!", "eprintln!", "print!(", "env::var", "process::exit"] {
            assert!(!code.contains(word), "{name}: {word} belongs to the command line");
        }
    }
}

#[test]
fn no_file_is_longer_than_a_noun() {
    for path in sources() {
        let lines = text(&path).lines().count();
        assert!(lines <= 520, "{} has {lines} lines: split it by noun", path.display());
    }
}

#[test]
fn dry_runs_are_a_matter_of_capability() {
    for path in sources().iter().filter(|path| !path.ends_with("house.rs")) {
        assert!(!text(path).contains("dry_run"), "{}: a flag decides what a type should", path.display());
    }
}

/// Nothing but the table of kinds, the kinds' own files and the file format knows a kind by name.
#[test]
fn only_the_tables_know_kinds_by_name() {
    let sections = [
        "\"roomLists\"",
        "\"serviceAccounts\"",
        "\"managementScopes\"",
        "\"roleGroups\"",
        "\"roleAssignments\"",
    ];
    for path in sources() {
        let name = path.to_string_lossy().into_owned();
        if !["crates/plan/src", "crates/apply/src"].iter().any(|floor| name.contains(floor)) {
            continue;
        }
        let whole = text(&path);
        let code = whole.split("#[cfg(test)]").next().unwrap_or_default();
        for section in sections {
            assert!(!code.contains(section), "{name} knows {section} by name");
        }
    }
}

/// Each promise of the design that holds today has a test of its name.
#[test]
fn every_promise_has_a_test_of_its_name() {
    let promises = text(&repository().join("tests/tests/promises.rs"));
    for name in [
        "apply_then_plan_is_empty",
        "plan_is_deterministic",
        "plan_never_writes",
        "unreadable_is_never_absent",
        "plan_is_what_runs",
        "secrets_never_leave",
        "losing_state_loses_nothing",
        "examples_validate",
        "schemas_are_current",
    ] {
        assert!(promises.contains(&format!("fn {name}")), "no test keeps the promise {name}");
    }
}

/// Licences of everything that the binary is made of.
#[test]
fn every_dependency_has_a_licence_that_may_be_shipped() {
    let may = [
        "MIT",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "0BSD",
        "Unicode-3.0",
        "CDLA-Permissive-2.0",
        "CC0-1.0",
        "BSL-1.0",
        "Unlicense",
        "MIT-0",
        "OpenSSL",
    ];
    for package in metadata()["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let Some(licence) = package["license"].as_str() else {
            panic!("{name} says no licence");
        };
        let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{name}: {licence}: {error}"));
        let fits = expression.evaluate(|required| may.contains(&required.to_string().as_str()));
        assert!(fits, "{name}: {licence} is on nobody's list");
    }
}
