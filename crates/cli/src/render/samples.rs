//! Plans for the renderers' tests.

use anteroom_model::address::Address;
use anteroom_model::change::{Action, AttributeChange, Cause, Change, Reason};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::kind::Kind;
use anteroom_model::place::Place;
use anteroom_model::plan::{FORMAT_VERSION, Plan, Summary};
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::Cost;
use anteroom_model::value::{Escape, Part, Template, Value};

pub(crate) fn change(address: &str, label: &str, action: Action, reason: Reason) -> Change {
    let address = Address::from(address);
    let kind = Kind::of_section(address.section()).unwrap();
    Change {
        subject: Resource::new(address.clone(), kind, Place::NOWHERE),
        address,
        kind,
        label: label.to_owned(),
        action,
        reason,
        attributes: Vec::new(),
        depends_on: Vec::new(),
        cleanup_after: Vec::new(),
        fingerprint: "absent".to_owned(),
        id: None,
        operations: Vec::new(),
    }
}

pub(crate) fn attribute(path: &str, before: Value, after: Value) -> AttributeChange {
    AttributeChange {
        path: path.to_owned(),
        before,
        after,
        cause: Cause::Difference,
        forces_replacement: false,
    }
}

pub(crate) fn set(elements: &[&str]) -> Value {
    Value::Set(elements.iter().map(|element| (*element).to_owned()).collect())
}

pub(crate) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        tool_version: "0.1.0".to_owned(),
        tenant: "contoso.onmicrosoft.com".to_owned(),
        target: Edition::ExchangeOnline,
        cloud: anteroom_model::cloud::Cloud::Global,
        manifest_digest: "0".repeat(64),
        partial: false,
        summary: Summary::of(&changes),
        changes,
        diagnostics: Vec::new(),
        observation: Cost::default(),
    }
}

/// One change of each of these actions.
pub(crate) fn of_actions(actions: &[Action]) -> Plan {
    let change = |(index, action): (usize, &Action)| {
        change(&format!("roomLists.list{index}"), "List", *action, Reason::AsDeclared)
    };
    plan(actions.iter().enumerate().map(change).collect())
}

/// A change of every action, and every form of difference.
pub(crate) fn everything() -> Plan {
    let mut organization = change("organization", "organization", Action::Update, Reason::AttributesDiffer);
    organization.attributes =
        vec![attribute("customization", Value::text("disabled"), Value::text("enabled"))];
    let mut list =
        change("roomLists.london", "cronofy.resource.list@contoso.com", Action::Create, Reason::NotInTenant);
    list.attributes = vec![
        attribute("name", Value::Null, Value::text("Cronofy Room List")),
        attribute("managedBy", Value::Null, set(&["svc-cronofy@contoso.com"])),
        attribute(
            "members",
            Value::Null,
            Value::Set((1..=14).map(|number| format!("room-{number:02}@contoso.com")).collect()),
        ),
    ];
    let mut paris = change("roomLists.paris", "paris@contoso.com", Action::Update, Reason::AttributesDiffer);
    paris.attributes = vec![
        attribute("displayName", Value::text("Rooms in Paris"), Value::Null),
        attribute(
            "members",
            set(&["a@contoso.com", "b@contoso.com"]),
            set(&["B@contoso.com", "c@contoso.com"]),
        ),
    ];
    let mut scope =
        change("managementScopes.rooms", "CondecoRooms", Action::Update, Reason::AttributesDiffer);
    let gap = Part::Output {
        of: Address::from("roomLists.london"),
        output: "distinguishedName".to_owned(),
        escape: Escape::FilterString,
    };
    let template =
        Template(vec![Part::Text("MemberOfGroup -eq '".to_owned()), gap, Part::Text("'".to_owned())]);
    scope.attributes = vec![AttributeChange {
        cause: Cause::Dependency,
        ..attribute("recipientFilter", Value::text("City -eq 'London'"), Value::Template { template })
    }];
    let mut assignment = change(
        "roleAssignments.condeco-calendars",
        "CondecoCalendars",
        Action::Replace,
        Reason::CannotChangeInPlace,
    );
    assignment.attributes = vec![AttributeChange {
        forces_replacement: true,
        ..attribute(
            "role",
            Value::text("Application Mail.Read"),
            Value::text("Application Calendars.ReadWrite"),
        )
    }];
    let mut old = change("roomLists.old", "old@contoso.com", Action::Delete, Reason::EnsureAbsent);
    old.attributes = vec![attribute("members", set(&["a@contoso.com"]), Value::Null)];
    let mut plan = plan(vec![
        organization,
        change("serviceAccounts.condeco", "svc-condeco@contoso.com", Action::Adopt, Reason::FoundInTenant),
        change(
            "applications.condeco",
            "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10",
            Action::NoOp,
            Reason::AsDeclared,
        ),
        list,
        paris,
        scope,
        assignment,
        change("roleAssignments.other", "Other", Action::Blocked, Reason::DependencyBlocked),
        old,
    ]);
    plan.partial = true;
    plan.diagnostics = vec![
        Diagnostic::error("unreadable", "the role assignments could not be read")
            .about(&Address::from("roleAssignments.other"))
            .hint("try again later"),
        Diagnostic::warning("old-list-in-use", "somebody may still use the list")
            .about(&Address::from("roomLists.old")),
    ];
    plan
}

/// One unchanged resource and one with operations.
pub(crate) fn verbose() -> Plan {
    let mut list = change("roomLists.london", "london@contoso.com", Action::Update, Reason::AttributesDiffer);
    list.attributes = vec![attribute("name", Value::text("London"), Value::text("London rooms"))];
    let operation = serde_json::json!({
        "stage": 0,
        "title": "Set-DistributionGroup \"London\"",
        "call": { "type": "cmdlet", "cmdlet": "Set-DistributionGroup", "parameters": {} },
    });
    list.operations = vec![serde_json::from_value(operation).unwrap()];
    plan(vec![list, change("organization", "organization", Action::NoOp, Reason::AsDeclared)])
}

/// Names that try to steer a terminal, a table, HTML and a fence.
pub(crate) fn hostile() -> Plan {
    let mut list = change(
        "roomLists.london",
        "a|b `c` <img src=x> @everyone \u{1b}[2J",
        Action::Update,
        Reason::AttributesDiffer,
    );
    list.attributes = vec![attribute(
        "name",
        Value::text("```\n</details>\u{202e}"),
        Value::text("[link](http://contoso.com) *bold* | `````"),
    )];
    let delete = change("roomLists.\u{1b}]0;x\u{7}", "**b**", Action::Delete, Reason::EnsureAbsent);
    plan(vec![list, delete])
}
