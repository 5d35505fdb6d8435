//! What a manifest becomes.

mod common;

use std::fmt::Write;

use anteroom_model::manifest::load;
use common::{example, lines};

#[test]
fn the_example_becomes_resources_with_resolved_references() {
    let loaded = load(&["folder".into()], &example());
    assert_eq!(lines(&loaded), "");
    let manifest = loaded.manifest.expect("no errors");
    let mut text = String::new();
    for resource in manifest.resources.values() {
        writeln!(
            text,
            "{} after {:?}",
            resource.address,
            resource.depends_on.iter().map(anteroom_model::address::Address::as_str).collect::<Vec<_>>()
        )
        .expect("text");
        for (name, value) in &resource.attributes {
            writeln!(text, "  {name} = {}", serde_json::to_string(value).expect("json")).expect("text");
        }
        for query in &resource.queries {
            writeln!(text, "  {} from {}", query.attribute, query.filter).expect("text");
        }
    }
    insta::assert_snapshot!(text);
}
