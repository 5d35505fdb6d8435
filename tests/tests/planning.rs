//! What the planner makes of a manifest and a tenant, as changes.

use std::fmt::Write as _;

use anteroom_model::address::Address;
use anteroom_model::change::Change;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::MaxDeletions;
use anteroom_model::operation::Operation;
use anteroom_model::ports::Compile;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Snapshot;
use anteroom_model::state::{Remembered, State};
use anteroom_plan::{Inputs, Overrides, Selection, plan};
use anteroom_tests::build::{Observed, OneOperation, brief, desired};
use insta::assert_snapshot;

const CHAIN: &str = "
serviceAccounts:
  svc: { userPrincipalName: svc@contoso.com, displayName: Service, password: { deliverTo: { file: secrets/svc } } }
applications:
  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: App }
roomLists:
  london:
    name: London
    primarySmtpAddress: london@contoso.com
    managedBy: [svc]
    members: [one@contoso.com, two@contoso.com]
managementScopes:
  rooms: { name: Rooms, memberOf: [london] }
roleAssignments:
  calendars: { name: Calendars, role: Application Calendars.ReadWrite, app: app, scope: rooms }
";

#[test]
fn everything_is_made_in_the_order_of_references() {
    let manifest = desired(CHAIN);
    assert_snapshot!(brief(&Observed::empty(&manifest).plan(&manifest)), @"
    create serviceAccounts.svc (not in the tenant)
      userPrincipalName: - -> svc@contoso.com
      displayName: - -> Service
      password.deliverTo.file: - -> secrets/svc
    create applications.app (not in the tenant)
      appId: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      displayName: - -> App
      exchangeServicePrincipal: - -> registered
    create roomLists.london (not in the tenant) after serviceAccounts.svc
      primarySmtpAddress: - -> london@contoso.com
      name: - -> London
      managedBy: - -> {svc@contoso.com}
      members: - -> {one@contoso.com, two@contoso.com}
    create managementScopes.rooms (not in the tenant) after roomLists.london
      name: - -> Rooms
      recipientFilter: - -> MemberOfGroup -eq '(known after apply: distinguishedName of roomLists.london)'
    create roleAssignments.calendars (not in the tenant) after applications.app, managementScopes.rooms
      name: - -> Calendars
      role: - -> Application Calendars.ReadWrite
      app: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      scope: - -> Rooms
    ");
}

#[test]
fn what_is_as_declared_is_left_alone() {
    let manifest = desired(CHAIN);
    let observed = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| list.output("distinguishedName", "CN=London,DC=x"))
        .with("managementScopes.rooms", |scope| {
            scope.text("recipientFilter", "MEMBEROFGROUP -eq 'cn=london,dc=X'")
        });
    assert_snapshot!(brief(&observed.plan(&manifest)), @"nothing");
}

#[test]
fn a_renamed_list_makes_the_scope_follow_its_new_distinguished_name() {
    let manifest = desired(CHAIN);
    let observed = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| list.text("name", "Old").output("distinguishedName", "CN=Old,DC=x"))
        .with("managementScopes.rooms", |scope| {
            scope.text("recipientFilter", "MemberOfGroup -eq 'CN=Old,DC=x'")
        });
    assert_snapshot!(brief(&observed.plan(&manifest)), @"
    update roomLists.london (attributes differ) after serviceAccounts.svc
      name: Old -> London
    update managementScopes.rooms (attributes differ) after roomLists.london
      recipientFilter: MemberOfGroup -eq 'CN=Old,DC=x' -> MemberOfGroup -eq '(known after apply: distinguishedName of roomLists.london)'
    ");
}

#[test]
fn an_unreadable_object_blocks_itself_and_what_depends_on_it_and_nothing_else() {
    let manifest = desired(CHAIN);
    let observed = Observed::empty(&manifest).unreadable("roomLists.london");
    assert_snapshot!(brief(&observed.plan(&manifest)), @"
    create serviceAccounts.svc (not in the tenant)
      userPrincipalName: - -> svc@contoso.com
      displayName: - -> Service
      password.deliverTo.file: - -> secrets/svc
    create applications.app (not in the tenant)
      appId: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      displayName: - -> App
      exchangeServicePrincipal: - -> registered
    blocked roomLists.london (could not be read) after serviceAccounts.svc
    blocked managementScopes.rooms (depends on what is blocked) after roomLists.london
    blocked roleAssignments.calendars (depends on what is blocked) after applications.app, managementScopes.rooms
    error unreadable: 503 Service Unavailable
    ");
}

#[test]
fn members_in_another_spelling_and_order_are_the_same_members() {
    let manifest = desired(CHAIN);
    let observed = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| {
            list.output("distinguishedName", "CN=London,DC=x")
                .set("members", &["TWO@contoso.com", "first@contoso.com"])
        })
        .with("managementScopes.rooms", |scope| {
            scope.text("recipientFilter", "MemberOfGroup -eq 'CN=London,DC=x'")
        })
        .knows(&["first@contoso.com", "one@contoso.com"]);
    assert_snapshot!(brief(&observed.plan(&manifest)), @"nothing");
}

#[test]
fn a_role_that_differs_replaces_the_assignment_and_a_scope_that_differs_does_not() {
    let manifest = desired(CHAIN);
    let whole = || {
        Observed::as_declared(&manifest)
            .with("roomLists.london", |list| list.output("distinguishedName", "CN=London,DC=x"))
            .with("managementScopes.rooms", |scope| {
                scope.text("recipientFilter", "MemberOfGroup -eq 'CN=London,DC=x'")
            })
    };
    let role = whole().with("roleAssignments.calendars", |one| one.text("role", "Application Mail.Read"));
    assert_snapshot!(brief(&role.plan(&manifest)), @"
    replace roleAssignments.calendars (cannot be changed in place) after applications.app, managementScopes.rooms
      role: Application Mail.Read -> Application Calendars.ReadWrite !
    ");
    let scope = whole().with("roleAssignments.calendars", |one| one.text("scope", "Everybody"));
    assert_snapshot!(brief(&scope.plan(&manifest)), @"
    update roleAssignments.calendars (attributes differ) after applications.app, managementScopes.rooms
      scope: Everybody -> Rooms
    ");
    let unscoped = whole()
        .with("roleAssignments.calendars", |one| one.value("scope", anteroom_model::value::Value::Null));
    assert_snapshot!(brief(&unscoped.plan(&manifest)), @"
    replace roleAssignments.calendars (cannot be changed in place) after applications.app, managementScopes.rooms
      scope: - -> Rooms !
    ");
}

const LEAVING: &str = "
roomLists:
  london: { name: London, primarySmtpAddress: london@contoso.com, ensure: absent }
managementScopes:
  rooms: { name: Rooms, memberOf: [london], ensure: absent }
roleAssignments:
  calendars: { name: Calendars, role: Application Calendars.ReadWrite, app: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, scope: rooms, ensure: absent }
";

#[test]
fn deletions_run_against_the_references() {
    let manifest = desired(LEAVING);
    let mut observed = Observed::empty(&manifest);
    for address in manifest.resources.keys() {
        observed = observed.with(address.as_str(), |object| object.text("name", "x"));
    }
    let plan = observed.plan(&manifest);
    assert_snapshot!(brief(&plan), @"
    delete roleAssignments.calendars (ensure: absent)
      name: x -> -
    delete managementScopes.rooms (ensure: absent) after roleAssignments.calendars
      name: x -> -
    delete roomLists.london (ensure: absent) after managementScopes.rooms
      name: x -> -
    ");
    assert_snapshot!(anteroom_plan::graph_text(&plan), @"
    delete roleAssignments.calendars
    delete managementScopes.rooms after roleAssignments.calendars
    delete roomLists.london after managementScopes.rooms
    ");
}

#[test]
fn guards_tell_numbers_and_the_way_round() {
    let mut text = String::from("policy: { maxDeletions: 30% }\nroomLists:\n");
    for number in 0..10 {
        let ensure = if number < 4 { ", ensure: absent" } else { "" };
        let _ = writeln!(
            text,
            "  l{number}: {{ name: L{number}, primarySmtpAddress: l{number}@contoso.com{ensure} }}"
        );
    }
    let manifest = desired(&text);
    let mut observed = Observed::as_declared(&manifest);
    for number in 0..4 {
        observed = observed.with(&format!("roomLists.l{number}"), |list| list.text("name", "x"));
    }
    let refused = observed.clone().plan(&manifest);
    assert!(!refused.is_applicable());
    assert_snapshot!(brief(&refused), @"
    delete roomLists.l0 (ensure: absent)
      name: x -> -
    delete roomLists.l1 (ensure: absent)
      name: x -> -
    delete roomLists.l2 (ensure: absent)
      name: x -> -
    delete roomLists.l3 (ensure: absent)
      name: x -> -
    error too-many-deletions: the plan deletes 4 of 10 managed objects; 3 may be deleted (30%)
    ");
    let allowed = Overrides { max_deletions: Some(MaxDeletions::Count(4)), allow_empty: false };
    assert!(observed.plan_with(&manifest, &Selection::default(), &allowed).is_applicable());
}

#[test]
fn what_is_protected_is_neither_deleted_nor_replaced() {
    let manifest = desired(
        "managementScopes:\n  rooms: { name: Rooms, recipientFilter: \"City -eq 'London'\", exclusive: true, protect: true }\n",
    );
    let observed = Observed::as_declared(&manifest).with("managementScopes.rooms", |scope| {
        scope.value("exclusive", anteroom_model::value::Value::Bool(false))
    });
    assert_snapshot!(brief(&observed.plan(&manifest)), @"
    replace managementScopes.rooms (cannot be changed in place)
      exclusive: false -> true !
    error protected: managementScopes.rooms is protected, and the plan would replace it
    ");
}

#[test]
fn an_empty_manifest_is_refused_unless_it_is_meant() {
    let manifest = desired("");
    assert_snapshot!(brief(&Observed::empty(&manifest).plan(&manifest)), @"error empty-manifest: the manifest has 0 resources, so there is nothing to compare");
    let meant = Overrides { max_deletions: None, allow_empty: true };
    assert_snapshot!(brief(&Observed::empty(&manifest).plan_with(&manifest, &Selection::default(), &meant)), @"nothing");
}

#[test]
fn null_clears_and_what_is_left_out_is_left_alone() {
    let manifest = desired("roleGroups:\n  ops: { name: Ops, description: null }\n");
    let observed = Observed::empty(&manifest).with("roleGroups.ops", |group| {
        group.text("name", "Ops").text("description", "old words").set("members", &["somebody@contoso.com"])
    });
    assert_snapshot!(brief(&observed.plan(&manifest)), @"
    update roleGroups.ops (attributes differ)
      description: old words -> -
    ");
}

#[test]
fn a_selection_takes_along_what_it_needs_and_leaves_out_what_needs_it() {
    let manifest = desired(CHAIN);
    let only = Selection { only: vec![Address::from("managementScopes.rooms")], exclude: Vec::new() };
    let plan = Observed::empty(&manifest).plan_with(&manifest, &only, &Overrides::default());
    let names = |plan: &anteroom_model::plan::Plan| {
        plan.changes.iter().map(|change| change.address.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert!(plan.partial);
    assert_snapshot!(names(&plan), @"serviceAccounts.svc roomLists.london managementScopes.rooms");
    let exclude = Selection { only: Vec::new(), exclude: vec![Address::from("roomLists.london")] };
    let plan = Observed::empty(&manifest).plan_with(&manifest, &exclude, &Overrides::default());
    assert_snapshot!(names(&plan), @"serviceAccounts.svc applications.app");
    let unknown = Selection { only: vec![Address::from("roomLists.paris")], exclude: Vec::new() };
    assert_eq!(unknown.resolve(&manifest).unwrap_err()[0].summary, "the manifest has no roomLists.paris");
}

/// Compiles nothing for one address, and refuses another.
struct Unwilling {
    nothing: &'static str,
    refuses: &'static str,
}

impl Compile for Unwilling {
    fn compile(
        &self,
        change: &Change,
        resource: &Resource,
        snapshot: &Snapshot,
    ) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match change.address.as_str() {
            address if address == self.nothing => Ok(Vec::new()),
            address if address == self.refuses => {
                Err(vec![Diagnostic::error("no-such-licence", "the tenant has none").about(&change.address)])
            }
            _ => OneOperation.compile(change, resource, snapshot),
        }
    }
}

#[test]
fn what_cannot_be_carried_out_blocks_itself_and_what_depends_on_it() {
    let manifest = desired(CHAIN);
    let compiler = Unwilling { nothing: "applications.app", refuses: "roomLists.london" };
    let plan = Observed::empty(&manifest).compiled(
        &manifest,
        &Selection::default(),
        &Overrides::default(),
        &compiler,
    );
    let said: Vec<String> = plan
        .changes
        .iter()
        .map(|change| format!("{} {} ({})", change.action.word(), change.address, change.reason.words()))
        .collect();
    assert_snapshot!(said.join("\n"), @"
    create serviceAccounts.svc (not in the tenant)
    blocked applications.app (cannot be carried out)
    blocked roomLists.london (cannot be carried out)
    blocked managementScopes.rooms (depends on what is blocked)
    blocked roleAssignments.calendars (depends on what is blocked)
    ");
    let errors: Vec<&str> = plan.diagnostics.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(errors, ["no-operations", "no-such-licence"]);
}

#[test]
fn an_assignment_without_a_scope_is_told_before_it_is_made() {
    let manifest = desired(
        "roleAssignments:\n  all: { role: Mail Recipients, user: u@contoso.com, allowUnscoped: true }\n",
    );
    assert_snapshot!(brief(&Observed::empty(&manifest).plan(&manifest)), @"
    create roleAssignments.all (not in the tenant)
      role: - -> Mail Recipients
      user: - -> u@contoso.com
    warning reaches-everybody: Mail Recipients will reach every mailbox of the organisation
    ");
}

#[test]
fn a_replaced_scope_takes_its_users_over_before_they_leave_it() {
    let manifest = desired(
        "
managementScopes:
  old: { name: Old, recipientFilter: \"City -eq 'London'\", exclusive: false }
  new: { name: New, recipientFilter: \"City -eq 'Paris'\" }
roleAssignments:
  moves: { name: Moves, role: Mail Recipients, user: a@contoso.com, scope: new }
  goes: { name: Goes, role: Mail Recipients, user: b@contoso.com, scope: old, ensure: absent }
",
    );
    let observed = Observed::as_declared(&manifest)
        .with("managementScopes.old", |scope| {
            scope.value("exclusive", anteroom_model::value::Value::Bool(true))
        })
        .with("roleAssignments.moves", |one| one.text("scope", "Old"))
        .with("roleAssignments.goes", |one| one.text("name", "Goes").text("scope", "Old"));
    assert_snapshot!(anteroom_plan::graph_text(&observed.plan(&manifest)), @"
    replace managementScopes.old
    no-op managementScopes.new
    update roleAssignments.moves after managementScopes.old, managementScopes.new
    delete roleAssignments.goes after managementScopes.old
    ");
}

/// Refuses one resource.
struct Refuses(&'static str);

impl Compile for Refuses {
    fn compile(
        &self,
        change: &Change,
        resource: &Resource,
        snapshot: &Snapshot,
    ) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        if change.address.as_str() == self.0 {
            return Err(vec![Diagnostic::error("principal-not-found", "nobody").about(&change.address)]);
        }
        OneOperation.compile(change, resource, snapshot)
    }
}

#[test]
fn what_cannot_be_carried_out_has_drifted_all_the_same() {
    let manifest = desired(CHAIN);
    let observed = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| {
            list.set("members", &["one@contoso.com"]).output("distinguishedName", "CN=London,DC=x")
        })
        .with("managementScopes.rooms", |scope| {
            scope.text("recipientFilter", "MemberOfGroup -eq 'CN=London,DC=x'")
        });
    let plan = observed.compiled(
        &manifest,
        &Selection::default(),
        &Overrides::default(),
        &Refuses("roomLists.london"),
    );
    let drift = anteroom_plan::drift(&plan);
    let drifted: Vec<(&str, anteroom_plan::What)> =
        drift.drifted.iter().map(|one| (one.address.as_str(), one.what)).collect();
    assert_eq!(drifted, [("roomLists.london", anteroom_plan::What::Differs)]);
    // The scope and the assignment behind the list are as declared, which is known.
    assert!(drift.unreadable.is_empty(), "{:?}", drift.unreadable);
    assert!(!drift.diagnostics.iter().any(Diagnostic::is_error));
}

#[test]
fn a_plan_is_stale_once_a_group_that_a_filter_names_is_called_otherwise() {
    let manifest = desired("managementScopes:\n  rooms: { name: Rooms, memberOf: [old@contoso.com] }\n");
    let tenant = |name: &str| {
        Observed::empty(&manifest)
            .with("groups.old@contoso.com", |group| group.output("distinguishedName", name))
    };
    let plan = tenant("CN=Old,DC=x").plan(&manifest);
    assert!(plan.is_applicable() && plan.has_changes());
    assert_eq!(anteroom_plan::stale(&plan, &tenant("CN=Old,DC=x").0), []);
    let moved = anteroom_plan::stale(&plan, &tenant("CN=Renamed,DC=x").0);
    assert_eq!(moved.len(), 1, "{moved:?}");
    // A plan that was saved and read again relies on the same.
    let subjects: Vec<Resource> = plan.changes.iter().map(|change| change.subject.clone()).collect();
    let text = serde_json::to_string(&subjects).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Resource>>(&text).unwrap()[0].attributes, subjects[0].attributes);
}

/// Tells the filter that it was given.
struct Filters;

impl Compile for Filters {
    fn compile(
        &self,
        change: &Change,
        resource: &Resource,
        snapshot: &Snapshot,
    ) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        let mut operations = OneOperation.compile(change, resource, snapshot)?;
        resource.text("recipientFilter").unwrap_or("none").clone_into(&mut operations[0].title);
        Ok(operations)
    }
}

#[test]
fn what_is_ignored_stays_as_it_is_when_the_object_is_made_anew() {
    let manifest = desired(
        "managementScopes:\n  rooms: { name: Rooms, recipientFilter: \"City -eq 'London'\", exclusive: true, ignore: [recipientFilter] }\n",
    );
    let observed = Observed::as_declared(&manifest).with("managementScopes.rooms", |scope| {
        scope
            .value("exclusive", anteroom_model::value::Value::Bool(false))
            .text("recipientFilter", "City -eq 'Oslo'")
    });
    let plan = observed.compiled(&manifest, &Selection::default(), &Overrides::default(), &Filters);
    assert_eq!(plan.changes[0].operations[0].title, "City -eq 'Oslo'");
    // A new object has what the manifest says.
    let new = Observed::empty(&manifest).compiled(
        &manifest,
        &Selection::default(),
        &Overrides::default(),
        &Filters,
    );
    assert_eq!(new.changes[0].operations[0].title, "City -eq 'London'");
}

#[test]
fn rooms_that_move_to_another_part_are_in_reach_there_before_they_leave() {
    let manifest = desired(
        "
roomLists:
  london: { name: London, primarySmtpAddress: london@contoso.com, maxMembers: 1, members: [a@contoso.com, b@contoso.com] }
managementScopes:
  rooms: { name: Rooms, memberOf: [london] }
",
    );
    let observed = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| list.output("distinguishedName", "CN=London,DC=x"))
        .with("managementScopes.rooms", |scope| {
            scope.text("recipientFilter", "MemberOfGroup -eq 'CN=London,DC=x'")
        });
    assert_snapshot!(anteroom_plan::graph_text(&observed.plan(&manifest)), @"
    create roomLists.london[2]
    update managementScopes.rooms after roomLists.london[2]
    update roomLists.london after roomLists.london[2], managementScopes.rooms
    ");
}

#[test]
fn what_is_no_longer_in_the_manifest_is_told_and_left_alone() {
    let before = desired(CHAIN);
    let after = desired("roomLists:\n  paris: { name: Paris, primarySmtpAddress: paris@contoso.com }\n");
    let mut state = State::new(&after.tenant);
    for resource in before.resources.values().take(2) {
        state.resources.insert(resource.address.clone(), Remembered { kind: resource.kind, id: None });
    }
    let inputs = Inputs {
        manifest: &after,
        snapshot: Observed::as_declared(&after).0,
        state: Some(&state),
        selection: &Selection::default(),
        overrides: &Overrides::default(),
        tool_version: "0.0.0",
    };
    assert_snapshot!(brief(&plan(inputs, &OneOperation)), @"
    adopt roomLists.paris (found in the tenant)
    warning left-behind: 2 resources that were applied before are not in this manifest, and left alone
    ");
}
