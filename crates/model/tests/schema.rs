//! The schema in `schemas/` is current, takes what the loader takes, and explains every field.

mod common;

use std::path::Path;

use anteroom_model::manifest::{load, schema};
use serde_json::{Value, json};

/// The file, with a newline at its end. `UPDATE_SCHEMAS=1` rewrites it.
#[test]
fn the_schema_in_the_repository_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/manifest.schema.json");
    let text = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &text).expect("the schema can be written");
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(file == text, "schemas/manifest.schema.json is not current: run the test with UPDATE_SCHEMAS=1");
}

#[test]
fn every_property_has_a_description() {
    fn walk(schema: &Value, path: &str, missing: &mut Vec<String>, root: &Value) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let referred = property["$ref"]
                .as_str()
                .map(|reference| root.pointer(&reference[1..]).expect("a definition"));
            if property["description"].is_null() && referred.is_none_or(|to| to["description"].is_null()) {
                missing.push(format!("{path}/{name}"));
            }
        }
    }
    let schema = schema();
    let mut missing = Vec::new();
    walk(&schema, "", &mut missing, &schema);
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        walk(definition, name, &mut missing, &schema);
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_example_is_valid_by_the_schema_and_by_the_loader() {
    let manifest = json!({
        "version": 1,
        "target": "exchangeOnline",
        "cloud": "usGov",
        "tenant": "contoso.onmicrosoft.com",
        "organization": { "customization": "enabled", "ews": { "enabled": true, "allowedAppIds": ["applications.condeco"] } },
        "serviceAccounts": { "condeco": {
            "userPrincipalName": "svc-condeco@contoso.com", "displayName": "Condeco", "usageLocation": "GB", "licenses": ["STANDARDPACK"],
            "password": { "neverExpires": true, "changeAtNextSignIn": false, "deliverTo": { "file": "secrets/condeco" } },
        } },
        "applications": { "condeco": {
            "appId": "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10",
            "permissions": [{ "resource": "Microsoft Graph", "delegated": ["User.Read"] }],
        } },
        "roomLists": { "london": {
            "name": "Cronofy Room List", "alias": "cronofy.resource.list", "primarySmtpAddress": "cronofy.resource.list@contoso.com",
            "managedBy": ["condeco"], "maxMembers": 75, "members": ["boardroom@contoso.com"],
            "membersFrom": [{ "csv": "rooms.csv", "column": "ResourceAccounts" }, { "filter": "City -eq 'London'" }],
            "protect": true, "ignore": ["displayName"],
        } },
        "managementScopes": { "condeco-rooms": { "name": "CondecoRooms", "memberOf": ["london"] } },
        "roleAssignments": { "condeco-calendars": {
            "name": "CondecoCalendars", "role": "Application Calendars.ReadWrite", "app": "condeco", "scope": "condeco-rooms",
        } },
        "policy": { "reach": { "allow": ["RoomMailbox"] }, "maxDeletions": "30%" },
    });
    let schema = schema();
    assert_eq!(faults(&schema, &schema, &manifest, ""), Vec::<String>::new());
    // JSON is YAML, so the same text is a manifest.
    let files = common::Memory::default()
        .with("m.yaml", manifest.to_string())
        .with("rooms.csv", "ResourceAccounts\nroom1@contoso.com\n");
    let loaded = load(&["m.yaml".into()], &files);
    assert_eq!(common::lines(&loaded), "");
}

/// What the loader refuses by its shape, the schema refuses, too.
#[test]
fn slips_are_refused_by_the_schema() {
    let schema = schema();
    for (slip, manifest) in [
        ("unknown section", json!({ "roomList": {} })),
        ("unknown field", json!({ "roomLists": { "a": { "primarySmtpAddress": "a@b.c", "owner": "x" } } })),
        ("missing field", json!({ "roomLists": { "a": { "name": "A" } } })),
        (
            "wrong type",
            json!({ "roomLists": { "a": { "primarySmtpAddress": "a@b.c", "maxMembers": "many" } } }),
        ),
        ("unknown target", json!({ "target": "exchange" })),
        ("unknown cloud", json!({ "cloud": "gcc" })),
        (
            "unknown word",
            json!({ "roomLists": { "a": { "primarySmtpAddress": "a@b.c", "ensure": "gone" } } }),
        ),
        (
            "null where it clears nothing",
            json!({ "roomLists": { "a": { "primarySmtpAddress": "a@b.c", "protect": null } } }),
        ),
        (
            "two sources in one",
            json!({ "roomLists": { "a": { "primarySmtpAddress": "a@b.c", "membersFrom": [{ "csv": "a", "file": "b" }] } } }),
        ),
        (
            "two assignees",
            json!({ "roleAssignments": { "a": { "role": "R", "user": "x", "roleGroup": "y", "scope": "z" } } }),
        ),
        ("no assignee", json!({ "roleAssignments": { "a": { "role": "R", "scope": "z" } } })),
        (
            "two ways to a filter",
            json!({ "managementScopes": { "a": { "name": "A", "memberOf": ["x"], "recipientFilter": "y" } } }),
        ),
    ] {
        assert!(!faults(&schema, &schema, &manifest, "").is_empty(), "{slip} is taken: {manifest}");
    }
}

/// A validator of the keywords that the schema uses for shape; patterns and annotations are left to editors. Any other
/// keyword is a fault of this test.
fn faults(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Some(keywords) = schema.as_object() else { return found };
    let holds = |choice: &&Value| faults(root, choice, value, path).is_empty();
    for (keyword, expected) in keywords {
        let fine = match keyword.as_str() {
            "$ref" => {
                let target = root.pointer(&expected.as_str().expect("text")[1..]).expect("a definition");
                found.extend(faults(root, target, value, path));
                true
            }
            "type" => match expected {
                Value::Array(types) => types.iter().any(|name| is(value, name)),
                name => is(value, name),
            },
            "const" => value == expected,
            "enum" => expected.as_array().expect("a list").contains(value),
            "anyOf" => expected.as_array().expect("a list").iter().any(|choice| holds(&choice)),
            "oneOf" => expected.as_array().expect("a list").iter().filter(holds).count() == 1,
            "not" => !holds(&expected),
            "required" => {
                let stated = |name: &Value| value.get(name.as_str().expect("text")).is_some();
                !value.is_object() || expected.as_array().expect("a list").iter().all(stated)
            }
            "properties" => {
                for (name, property) in expected.as_object().expect("an object") {
                    if let Some(inner) = value.get(name) {
                        found.extend(faults(root, property, inner, &format!("{path}/{name}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object();
                for (name, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(name)) {
                        continue;
                    }
                    let path = format!("{path}/{name}");
                    if expected == &json!(false) {
                        found.push(format!("{path} is not known"));
                    } else {
                        found.extend(faults(root, expected, inner, &path));
                    }
                }
                true
            }
            "items" => {
                for inner in value.as_array().into_iter().flatten() {
                    found.extend(faults(root, expected, inner, path));
                }
                true
            }
            "minimum" => value.as_f64().is_none_or(|number| number >= expected.as_f64().expect("a number")),
            // Forms, and what explains.
            "maxLength" | "minLength" | "maximum" | "pattern" | "propertyNames" | "format" | "$schema"
            | "$defs" | "title" | "description" | "examples" | "default" => true,
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !fine {
            found.push(format!("{path} against {keyword}"));
        }
    }
    found
}

fn is(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("text") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("no such type: {other}"),
    }
}
