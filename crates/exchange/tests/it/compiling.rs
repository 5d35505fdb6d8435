//! What changes become, as one line an operation: stage, title, call, captures and accepted refusals.

use std::fmt::Write as _;

use anteroom_exchange::Compiler;
use anteroom_model::change::{Action, AttributeChange, Cause, Change, Reason};
use anteroom_model::operation::{Call, Operation};
use anteroom_model::ports::Compile as _;
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::{Identity, Object, Observation, Snapshot};
use anteroom_model::value::{Template, Value};

use crate::support::{resource, set, text};

/// A change of `resource` with these differences, against an object or none.
struct Case {
    edition: Edition,
    resource: Resource,
    action: Action,
    differences: Vec<(&'static str, Value, Value)>,
    snapshot: Snapshot,
}

impl Case {
    /// Everything that the resource states is new.
    fn create(resource: Resource) -> Self {
        let stated = resource.attributes.iter().filter(|(_, value)| !value.is_unset());
        let differences = stated
            .filter_map(|(name, value)| {
                Some((resource.kind.attribute(name)?.name, Value::Null, value.clone()))
            })
            .collect();
        Self {
            edition: Edition::ExchangeOnline,
            resource,
            action: Action::Create,
            differences,
            snapshot: Snapshot::default(),
        }
    }

    fn change(
        resource: Resource,
        action: Action,
        object: Object,
        differences: &[(&'static str, Value, Value)],
    ) -> Self {
        let mut snapshot = Snapshot::default();
        snapshot.observations.insert(resource.address.clone(), Observation::Present(object));
        Self {
            edition: Edition::ExchangeOnline,
            resource,
            action,
            differences: differences.to_vec(),
            snapshot,
        }
    }

    fn on_server(mut self) -> Self {
        self.edition = Edition::ExchangeServer;
        self
    }

    fn fact(mut self, name: &str, value: &str) -> Self {
        self.snapshot.facts.insert(name.to_owned(), value.to_owned());
        self
    }

    fn nobody(mut self, spelling: &str) -> Self {
        self.snapshot.identities.learn_nobody(spelling);
        self
    }

    fn known(mut self, spelling: &str, canonical: &str) -> Self {
        let identity = Identity { canonical: canonical.into(), recipient_type: "RoomMailbox".into() };
        self.snapshot.identities.learn(spelling, &identity);
        self
    }

    fn compiled(&self) -> Result<Vec<Operation>, String> {
        let resource = &self.resource;
        let attribute = |(path, before, after): &(&str, Value, Value)| AttributeChange {
            path: (*path).to_owned(),
            before: before.clone(),
            after: after.clone(),
            cause: Cause::Difference,
            forces_replacement: false,
        };
        let change = Change {
            address: resource.address.clone(),
            kind: resource.kind,
            label: resource.label().to_owned(),
            action: self.action,
            reason: Reason::AttributesDiffer,
            attributes: self.differences.iter().map(attribute).collect(),
            depends_on: Vec::new(),
            cleanup_after: Vec::new(),
            fingerprint: String::new(),
            id: self.snapshot.object(&resource.address).map(|object| object.id.clone()),
            operations: Vec::new(),
            subject: resource.subject(),
        };
        Compiler::new(self.edition).compile(&change, resource, &self.snapshot).map_err(|diagnostics| {
            let line = |d: &anteroom_model::diagnostic::Diagnostic| {
                format!("{}: {} ({})", d.id, d.summary, d.hint.as_deref().unwrap_or("no hint"))
            };
            diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }

    fn lines(&self) -> String {
        let operations = self.compiled().unwrap_or_else(|refusals| panic!("{refusals}"));
        let mut lines = String::new();
        for operation in operations {
            write!(lines, "{} {}", operation.stage, call(&operation.call)).expect("text takes text");
            for (output, property) in &operation.captures {
                write!(lines, " => {output}={property}").expect("text takes text");
            }
            if !operation.accepts.is_empty() {
                write!(lines, " or {:?}", operation.accepts).expect("text takes text");
            }
            lines.push('\n');
        }
        lines
    }

    fn refusals(&self) -> String {
        self.compiled().expect_err("it should be refused")
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it should be JSON")
}

fn call(call: &Call) -> String {
    match call {
        Call::Cmdlet { cmdlet, parameters } => format!("{cmdlet} {}", json(parameters)),
        Call::Graph { method, path, body } => {
            let body = body.as_ref().map(json).unwrap_or_default();
            format!("{} {path} {body}", method.as_str()).trim_end().to_owned()
        }
        Call::Password { secret, deliver_to } => format!("password {secret} to {}", json(deliver_to)),
        Call::Wait { probe, expect, timeout_seconds, .. } => {
            format!("wait {timeout_seconds} s for {} of {}", json(expect), self::call(probe))
        }
    }
}

fn present(id: &str, attributes: &[(&str, Value)], outputs: &[(&str, &str)]) -> Object {
    Object {
        id: id.to_owned(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        outputs: outputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Object::default()
    }
}

fn rooms() -> Resource {
    resource(
        "roomLists",
        "london",
        &[
            ("primarySmtpAddress", text("list@contoso.com")),
            ("name", text("London")),
            ("alias", text("london")),
            ("managedBy", set(&["svc@contoso.com"])),
            ("members", set(&["a@contoso.com", "b@contoso.com"])),
        ],
    )
}

#[test]
fn a_room_list_is_made_with_its_members_and_waited_for() {
    insta::assert_snapshot!(Case::create(rooms()).known("b@contoso.com", "b.primary@contoso.com").lines(), @"");
}

#[test]
fn principals_that_nobody_is_are_all_named_but_not_those_that_the_manifest_makes() {
    let case = Case::create(rooms()).nobody("a@contoso.com").nobody("svc@contoso.com");
    insta::assert_snapshot!(case.refusals(), @"");
    let case = case
        .fact("planned:a@contoso.com", "serviceAccounts.a")
        .fact("planned:svc@contoso.com", "serviceAccounts.svc");
    assert!(case.compiled().is_ok());
}

#[test]
fn only_what_differs_of_a_room_list_is_set() {
    let object = present("g-1", &[("name", text("London"))], &[]);
    let differences = [
        ("name", text("London"), text("London Rooms")),
        ("members", set(&["a@contoso.com", "c@contoso.com"]), set(&["a@contoso.com", "b@contoso.com"])),
    ];
    insta::assert_snapshot!(Case::change(rooms(), Action::Update, object, &differences).lines(), @"");
}

#[test]
fn many_differences_of_a_membership_go_in_one_call() {
    let after: Vec<String> = (0..150).map(|number| format!("r{number}@contoso.com")).collect();
    let differences = [("members", Value::Null, Value::Set(after))];
    let case = Case::change(rooms(), Action::Update, present("g-1", &[], &[]), &differences);
    let operations = case.compiled().expect("it should compile");
    let titles: Vec<&str> = operations.iter().map(|operation| operation.title.as_str()).collect();
    assert_eq!(
        titles,
        ["Update-DistributionGroupMember \"London\" (150 members)", "wait until \"London\" has its members"]
    );
}

#[test]
fn a_room_list_goes_without_questions() {
    let object = present("g-1", &[("name", text("London"))], &[]);
    insta::assert_snapshot!(Case::change(rooms(), Action::Delete, object, &[]).lines(), @"");
}

#[test]
fn the_organisation_is_customised_and_waited_for() {
    let organization = resource(
        "organization",
        "",
        &[
            ("customization", text("enabled")),
            ("ews.enabled", Value::Bool(true)),
            ("ews.allowedAppIds", set(&["a", "b"])),
        ],
    );
    insta::assert_snapshot!(Case::create(organization).lines(), @"");
}

fn scope(exclusive: bool) -> Resource {
    let list = anteroom_model::address::Address::new("roomLists", "london");
    let template = Template::output(&list, "distinguishedName");
    resource(
        "managementScopes",
        "rooms",
        &[
            ("name", text("Rooms")),
            ("recipientFilter", Value::Template { template }),
            ("exclusive", Value::Bool(exclusive)),
        ],
    )
}

#[test]
fn a_scope_is_made_only_in_an_organisation_that_is_or_will_be_customised() {
    let case = Case::create(scope(false)).fact("isDehydrated", "true");
    insta::assert_snapshot!(case.refusals(), @"");
    insta::assert_snapshot!(case.fact("customizationPlanned", "true").lines(), @"");
}

#[test]
fn an_exclusive_scope_takes_the_place_of_one_that_was_not() {
    let outputs = [("use:Ada", "CustomRecipientWriteScope")];
    let object = present("s-1", &[("exclusive", Value::Bool(false))], &outputs);
    let differences = [("exclusive", Value::Bool(false), Value::Bool(true))];
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).lines(), @"");
    let object = present("s-1", &[], &[("use:App", "CustomResourceScope")]);
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).refusals(), @"");
}

fn assignment(attributes: &[(&str, Value)]) -> Resource {
    let mut all = vec![("role", text("Application Calendars.ReadWrite"))];
    all.extend_from_slice(attributes);
    for scope in ["scope", "administrativeUnit", "group", "organizationalUnit"] {
        if !all.iter().any(|(name, _)| *name == scope) {
            all.push((scope, Value::Null));
        }
    }
    resource("roleAssignments", "calendars", &all)
}

#[test]
fn an_assignment_names_its_assignee_and_scope_by_the_right_parameters() {
    let app = assignment(&[("app", text("app-1")), ("scope", text("Rooms"))]);
    insta::assert_snapshot!(Case::create(app).fact("assignment:calendars", "taken").lines(), @"");
    let user = assignment(&[
        ("name", text("N")),
        ("user", text("u@contoso.com")),
        ("scope", text("Rooms")),
        ("enabled", Value::Bool(false)),
    ]);
    insta::assert_snapshot!(Case::create(user).on_server().fact("exclusive:rooms", "true").lines(), @"");
    let group = assignment(&[("roleGroup", text("Operators")), ("administrativeUnit", text("unit"))]);
    insta::assert_snapshot!(Case::create(group).lines(), @"");
}

#[test]
fn a_role_that_the_tenant_does_not_have_is_refused_with_what_it_has() {
    let case = Case::create(assignment(&[("app", text("app-1"))]))
        .fact("rolesRead", "true")
        .fact("role:application calendars.read", "Application Calendars.Read");
    insta::assert_snapshot!(case.refusals(), @"");
}

#[test]
fn the_scope_of_an_assignment_changes_in_place() {
    let app = assignment(&[("app", text("app-1")), ("scope", text("New"))]);
    let object = present("a-1", &[("name", text("calendars")), ("app", text("app-1"))], &[]);
    let differences =
        [("scope", text("Old"), text("New")), ("enabled", Value::Bool(false), Value::Bool(true))];
    insta::assert_snapshot!(Case::change(app, Action::Update, object, &differences).lines(), @"");
}

#[test]
fn an_assignment_is_replaced_without_a_gap() {
    let app = || assignment(&[("name", text("N")), ("app", text("app-1")), ("scope", text("Rooms"))]);
    let differences = [("role", text("Application Mail.Read"), text("Application Calendars.ReadWrite"))];
    let same_name = present("a-1", &[("name", text("N"))], &[]);
    insta::assert_snapshot!(Case::change(app(), Action::Replace, same_name, &differences).lines(), @"");
    let other_name = present("a-1", &[("name", text("M"))], &[]);
    insta::assert_snapshot!(Case::change(app(), Action::Replace, other_name.clone(), &differences).lines(), @"");
    let taken = Case::change(app(), Action::Replace, other_name, &differences).fact("assignment:n", "a-2");
    insta::assert_snapshot!(taken.refusals(), @"");
}

#[test]
fn a_replacement_that_broke_off_is_gone_on_with() {
    let app = || assignment(&[("name", text("N")), ("app", text("app-1")), ("scope", text("Rooms"))]);
    let differences = [("name", text("N (new)"), text("N"))];
    let stand_in = present("a-2", &[("name", text("N (new)"))], &[]);
    let case = Case::change(app(), Action::Replace, stand_in, &differences).fact("assignment:n", "a-1");
    insta::assert_snapshot!(case.lines(), @"");
    let twins = present("a-2", &[("name", text("N (new)"))], &[("twin", "a-1")]);
    let case = Case::change(app(), Action::Replace, twins, &differences).fact("assignment:n", "a-1");
    insta::assert_snapshot!(case.lines(), @"");
}

#[test]
fn a_role_group_changes_through_its_own_assignments() {
    let group = resource(
        "roleGroups",
        "operators",
        &[
            ("name", text("Operators")),
            ("roles", set(&["Kept", "New"])),
            ("members", set(&["u@contoso.com"])),
            ("scope", text("Rooms")),
        ],
    );
    insta::assert_snapshot!(Case::create(group.clone()).lines(), @"");
    let outputs = [("assignment:kept", "k-1"), ("assignment:old", "o-1")];
    let object = present("g-1", &[("roles", set(&["Kept", "Old"]))], &outputs);
    let differences = [
        ("roles", set(&["Kept", "Old"]), set(&["Kept", "New"])),
        ("members", set(&["gone@contoso.com"]), set(&["u@contoso.com"])),
        ("scope", Value::Null, text("Rooms")),
    ];
    let case = Case::change(group, Action::Update, object, &differences);
    insta::assert_snapshot!(case.known("u@contoso.com", "u@contoso.com").lines(), @"");
}

fn application() -> Resource {
    resource(
        "applications",
        "app",
        &[
            ("appId", text("app-1")),
            ("displayName", text("App")),
            (
                "permissions",
                set(&[
                    "Microsoft Graph delegated User.Read",
                    "Office 365 Exchange Online application full_access_as_app",
                ]),
            ),
            ("exchangeServicePrincipal", text("registered")),
        ],
    )
}

fn with_resources(case: Case) -> Case {
    case.fact("resource:microsoft graph", "graph-1")
        .fact("resource:office 365 exchange online", "exo-1")
        .fact("permission:microsoft graph delegated user.read", "p-1")
        .fact("permission:office 365 exchange online application full_access_as_app", "p-2")
        .fact("permissions:microsoft graph delegated", "User.Read User.ReadBasic.All")
        .fact("permissions:office 365 exchange online application", "full_access_as_app")
}

#[test]
fn an_application_is_registered_consented_to_and_pointed_at() {
    insta::assert_snapshot!(with_resources(Case::create(application())).lines(), @"");
}

#[test]
fn a_permission_that_is_not_offered_is_refused_with_what_is_near() {
    let mut wrong = application();
    wrong.attributes.insert("permissions".to_owned(), set(&["Microsoft Graph delegated User.Raed"]));
    insta::assert_snapshot!(with_resources(Case::create(wrong)).refusals(), @"");
}

#[test]
fn consents_change_as_a_set_and_a_wrong_pointer_is_made_anew() {
    let outputs = [
        ("appRole:office 365 exchange online application mail.read", "consent-1"),
        ("grant:microsoft graph", "grant-1"),
        ("grantScopes:microsoft graph", "Calendars.Read offline_access"),
    ];
    let object = present("sp-1", &[("exchangeServicePrincipal", text("wrong object"))], &outputs);
    let differences = [
        (
            "permissions",
            set(&[
                "Microsoft Graph delegated Calendars.Read",
                "Office 365 Exchange Online application Mail.Read",
            ]),
            set(&["Microsoft Graph delegated User.Read"]),
        ),
        ("exchangeServicePrincipal", text("wrong object"), text("registered")),
    ];
    insta::assert_snapshot!(with_resources(Case::change(application(), Action::Update, object, &differences)).lines(), @"");
}

fn account() -> Resource {
    resource(
        "serviceAccounts",
        "svc",
        &[
            ("userPrincipalName", text("svc@contoso.com")),
            ("displayName", text("Service")),
            ("usageLocation", text("GB")),
            ("licenses", set(&["STANDARDPACK"])),
            ("password.neverExpires", Value::Bool(true)),
            ("password.deliverTo.file", text("secrets/svc")),
        ],
    )
}

#[test]
fn an_account_is_made_after_its_password_and_waited_for_until_it_has_a_mailbox() {
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPACK", "sku-1")
        .fact("seats:STANDARDPACK", "3");
    insta::assert_snapshot!(case.lines(), @"");
}

#[test]
fn an_account_without_delivery_or_seats_is_refused() {
    let mut silent = account();
    silent.attributes.shift_remove("password.deliverTo.file");
    insta::assert_snapshot!(Case::create(silent).refusals(), @"");
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPACK", "sku-1")
        .fact("seats:STANDARDPACK", "0");
    insta::assert_snapshot!(case.refusals(), @"");
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPAK", "sku-1")
        .fact("seats:STANDARDPAK", "5");
    insta::assert_snapshot!(case.refusals(), @"");
}

#[test]
fn changing_an_account_never_touches_its_password() {
    let outputs = [("passwordPolicies", "DisableStrongPassword"), ("sku:OLD", "sku-0"), ("mailboxGuid", "m")];
    let differences = [
        ("licenses", set(&["OLD"]), set(&["STANDARDPACK"])),
        ("password.neverExpires", Value::Bool(false), Value::Bool(true)),
    ];
    let case = Case::change(account(), Action::Update, present("u-1", &[], &outputs), &differences);
    insta::assert_snapshot!(case.fact("sku:STANDARDPACK", "sku-1").lines(), @"");
}

#[test]
fn on_exchange_server_an_account_is_a_mailbox() {
    let account = resource(
        "serviceAccounts",
        "svc",
        &[
            ("userPrincipalName", text("sc@contoso.com")),
            ("displayName", text("Service Account")),
            ("password.deliverTo.file", text("secrets/sc")),
            ("mailbox.alias", text("SA")),
            ("mailbox.name", text("serviceaccount")),
            ("mailbox.organizationalUnit", text("Users")),
            ("mailbox.firstName", text("Service")),
        ],
    );
    insta::assert_snapshot!(Case::create(account.clone()).on_server().lines(), @"");
    let differences =
        [("mailbox.firstName", text("A"), text("Service")), ("mailbox.alias", text("x"), text("SA"))];
    let case = Case::change(account, Action::Update, present("m-1", &[], &[]), &differences);
    insta::assert_snapshot!(case.on_server().lines(), @"");
}
