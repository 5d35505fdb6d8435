//! The schemas in `schemas/` are what the program prints. `UPDATE_SCHEMAS=1` rewrites them.

use std::path::PathBuf;
use std::process::Command;

fn printed(of: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_anteroom")).args(["schema", of]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_current(of: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/{of}.schema.json"));
    let current = printed(of);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == current, "{} is not current: run this test with UPDATE_SCHEMAS=1", path.display());
}

#[test]
fn the_schema_of_plans_is_current() {
    is_current("plan");
}

#[test]
fn the_schema_of_reports_is_current() {
    is_current("report");
}

#[test]
fn the_schema_of_manifests_is_the_one_that_is_kept() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas/manifest.schema.json");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let current: serde_json::Value = serde_json::from_str(&printed("manifest")).unwrap();
    assert_eq!(kept, current);
}
