//! The JSON Schema of the manifest, from the same declarations that decode it.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::policy::PolicyShape;
use super::texts::{CloudName, Target};
use crate::kind::Kind;

/// The JSON Schema of the manifest, draft 2020-12: what `schemas/manifest.schema.json` holds.
pub fn schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut properties = Map::new();
    properties.insert(
        "version".to_owned(),
        json!({ "title": "Version", "description": "The version of this format.", "const": 1 }),
    );
    properties.insert("target".to_owned(), generator.subschema_for::<Target>().to_value());
    properties.insert("cloud".to_owned(), generator.subschema_for::<CloudName>().to_value());
    properties.insert(
        "tenant".to_owned(),
        json!({
            "title": "Tenant",
            "description": "The tenant: its initial domain or its id.",
            "type": "string",
            "minLength": 1,
            "examples": ["contoso.onmicrosoft.com"],
        }),
    );
    for kind in Kind::all() {
        properties.insert(kind.section.to_owned(), section(kind, &mut generator));
    }
    properties.insert("policy".to_owned(), generator.subschema_for::<PolicyShape>().to_value());
    let definitions = generator.take_definitions(true);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Anteroom manifest",
        "description": "What should be in a tenant: service accounts, applications, room lists, management scopes, role groups and role assignments. Every section is a map, so that every resource has a stable key. A key has no `@`, an address has one. A field that is left out is left alone in the tenant; `null` clears it.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": definitions,
    });
    unwrap_lines(&mut schema);
    schema
}

/// Descriptions come from doc comments, which are broken at the width of the source.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => *text = text.replace('\n', " "),
                    other => unwrap_lines(other),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

fn section(kind: Kind, generator: &mut SchemaGenerator) -> Value {
    let entry = (kind.reading.schema)(generator).to_value();
    if kind.key.is_empty() {
        return entry;
    }
    json!({
        "title": kind.section,
        "description": format!("Every {}, by its key.", kind.title),
        "type": ["object", "null"],
        "propertyNames": { "pattern": r"^[^\s@.\[\]]{1,64}$" },
        "additionalProperties": entry,
    })
}

/// Takes `null` out of what a property may be.
pub(crate) fn forbid_null(schema: &mut Schema, property: &str) {
    let Some(property) = schema
        .ensure_object()
        .get_mut("properties")
        .and_then(|properties| properties.get_mut(property))
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    let only = match property.get_mut("anyOf") {
        Some(Value::Array(choices)) => {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = choices.as_slice() { Some(only.clone()) } else { None }
        }
        _ => None,
    };
    if let Some(only) = only {
        property.remove("anyOf");
        for (name, value) in only {
            property.entry(name).or_insert(value);
        }
    }
}
