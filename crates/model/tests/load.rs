//! What a manifest becomes.

mod common;

use anteroom_model::manifest::load;
use common::{example, lines};

#[test]
fn the_example_becomes_resources_with_resolved_references() {
    let loaded = load(&["folder".into()], &example());
    assert_eq!(lines(&loaded), "");
    let manifest = loaded.manifest.expect("no errors");
    let mut text = String::new();
    for resource in manifest.resources.values() {
        text.push_str(&format!(
            "{} after {:?}\n",
            resource.address,
            resource.depends_on.iter().map(|a| a.as_str()).collect::<Vec<_>>()
        ));
        for (name, value) in &resource.attributes {
            text.push_str(&format!("  {name} = {}\n", serde_json::to_string(value).expect("json")));
        }
        for query in &resource.queries {
            text.push_str(&format!("  {} from {}\n", query.attribute, query.filter));
        }
    }
    insta::assert_snapshot!(text);
}
