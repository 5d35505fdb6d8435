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
    insta::assert_snapshot!(Case::create(rooms()).known("b@contoso.com", "b.primary@contoso.com").lines(), @r#"
    0 New-DistributionGroup {"Name":"London","Alias":"london","PrimarySmtpAddress":"list@contoso.com","RoomList":true,"ManagedBy":["svc@contoso.com"],"Members":["a@contoso.com","b@contoso.com"]} => guid=Guid
    1 wait 900 s for {"condition":"hasProperty","property":"DistinguishedName"} of Get-DistributionGroup {"Identity":{"$template":[{"of":"roomLists.london","output":"guid"}]}} => distinguishedName=DistinguishedName
    2 wait 900 s for {"condition":"rows","property":"PrimarySmtpAddress","includes":["b.primary@contoso.com","a@contoso.com"],"excludes":[]} of Get-DistributionGroupMember {"Identity":{"$template":[{"of":"roomLists.london","output":"guid"}]},"ResultSize":"Unlimited"}
    "#);
}

#[test]
fn principals_that_nobody_is_are_all_named_but_not_those_that_the_manifest_makes() {
    let case = Case::create(rooms()).nobody("a@contoso.com").nobody("svc@contoso.com");
    insta::assert_snapshot!(case.refusals(), @"
    principal-not-found: the tenant has no recipient svc@contoso.com, which is to be an owner of the room list (check the spelling, or create the mailbox first)
    principal-not-found: the tenant has no recipient a@contoso.com, which is to be a member of the room list (check the spelling, or create the mailbox first)
    ");
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
    insta::assert_snapshot!(Case::change(rooms(), Action::Update, object, &differences).lines(), @r#"
    0 Set-DistributionGroup {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Name":"London Rooms"}
    1 wait 900 s for {"condition":"propertyIs","property":"Name","value":"London Rooms"} of Get-DistributionGroup {"Identity":"g-1"} => distinguishedName=DistinguishedName
    2 Add-DistributionGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"b@contoso.com"} or [AlreadyMember]
    2 Remove-DistributionGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"c@contoso.com","Confirm":false} or [NotMember, NotFound]
    3 wait 900 s for {"condition":"rows","property":"PrimarySmtpAddress","includes":["b@contoso.com"],"excludes":["c@contoso.com"]} of Get-DistributionGroupMember {"Identity":"g-1","ResultSize":"Unlimited"}
    "#);
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
    insta::assert_snapshot!(Case::change(rooms(), Action::Delete, object, &[]).lines(), @r#"0 Remove-DistributionGroup {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Confirm":false} or [NotFound]"#);
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
    insta::assert_snapshot!(Case::create(organization).lines(), @r#"
    0 Enable-OrganizationCustomization {"Confirm":false} or [AlreadyEnabled]
    1 wait 3600 s for {"condition":"propertyIs","property":"IsDehydrated","value":"False"} of Get-OrganizationConfig {}
    2 Set-OrganizationConfig {"EwsEnabled":true,"EwsAllowedAppIDs":"a,b"}
    "#);
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
    insta::assert_snapshot!(case.refusals(), @"organization-dehydrated: the organisation has never been customised, so it takes no scopes, role groups and role assignments (add `organization: { customization: enabled }` to the manifest; that cannot be undone)");
    insta::assert_snapshot!(case.fact("customizationPlanned", "true").lines(), @r#"
    0 New-ManagementScope {"Name":"Rooms","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]}} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-ManagementScope {"Identity":{"$template":[{"of":"managementScopes.rooms","output":"guid"}]}}
    "#);
}

#[test]
fn an_exclusive_scope_takes_the_place_of_one_that_was_not() {
    let outputs = [("use:Ada", "CustomRecipientWriteScope")];
    let object = present("s-1", &[("exclusive", Value::Bool(false))], &outputs);
    let differences = [("exclusive", Value::Bool(false), Value::Bool(true))];
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).lines(), @r#"
    0 New-ManagementScope {"Name":"Rooms (new)","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]},"Exclusive":true,"Force":true} or [AlreadyExists]
    1 wait 600 s for {"condition":"found"} of Get-ManagementScope {"Identity":"Rooms (new)"}
    2 Set-ManagementRoleAssignment {"Identity":"Ada","ExclusiveRecipientWriteScope":"Rooms (new)"}
    3 Remove-ManagementScope {"Identity":"s-1","Confirm":false,"Force":true} or [NotFound]
    4 Set-ManagementScope {"Identity":"Rooms (new)","Name":"Rooms"}
    5 wait 600 s for {"condition":"found"} of Get-ManagementScope {"Identity":"Rooms"}
    "#);
    let object = present("s-1", &[], &[("use:App", "CustomResourceScope")]);
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).refusals(), @"exclusive-scope-of-application: an application's role assignment cannot take an exclusive scope (give the applications a scope of their own that is not exclusive)");
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
    insta::assert_snapshot!(Case::create(app).fact("assignment:calendars", "taken").lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"calendars 2","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"calendars 2"}
    "#);
    let user = assignment(&[
        ("name", text("N")),
        ("user", text("u@contoso.com")),
        ("scope", text("Rooms")),
        ("enabled", Value::Bool(false)),
    ]);
    insta::assert_snapshot!(Case::create(user).on_server().fact("exclusive:rooms", "true").lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","User":"u@contoso.com","ExclusiveRecipientWriteScope":"Rooms"} => guid=Guid
    1 Set-ManagementRoleAssignment {"Identity":"N","Enabled":false}
    2 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"N"}
    "#);
    let group = assignment(&[("roleGroup", text("Operators")), ("administrativeUnit", text("unit"))]);
    insta::assert_snapshot!(Case::create(group).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"calendars","Role":"Application Calendars.ReadWrite","SecurityGroup":"Operators","RecipientAdministrativeUnitScope":"unit"} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"calendars"}
    "#);
}

#[test]
fn a_role_that_the_tenant_does_not_have_is_refused_with_what_it_has() {
    let case = Case::create(assignment(&[("app", text("app-1"))]))
        .fact("rolesRead", "true")
        .fact("role:application calendars.read", "Application Calendars.Read");
    insta::assert_snapshot!(case.refusals(), @"role-not-found: the tenant has no management role Application Calendars.ReadWrite (did you mean Application Calendars.Read?)");
}

#[test]
fn the_scope_of_an_assignment_changes_in_place() {
    let app = assignment(&[("app", text("app-1")), ("scope", text("New"))]);
    let object = present("a-1", &[("name", text("calendars")), ("app", text("app-1"))], &[]);
    let differences =
        [("scope", text("Old"), text("New")), ("enabled", Value::Bool(false), Value::Bool(true))];
    insta::assert_snapshot!(Case::change(app, Action::Update, object, &differences).lines(), @r#"0 Set-ManagementRoleAssignment {"Identity":"a-1","CustomResourceScope":"New","Enabled":true}"#);
}

#[test]
fn an_assignment_is_replaced_without_a_gap() {
    let app = || assignment(&[("name", text("N")), ("app", text("app-1")), ("scope", text("Rooms"))]);
    let differences = [("role", text("Application Mail.Read"), text("Application Calendars.ReadWrite"))];
    let same_name = present("a-1", &[("name", text("N"))], &[]);
    insta::assert_snapshot!(Case::change(app(), Action::Replace, same_name, &differences).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"N (new)","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"N (new)"}
    2 Remove-ManagementRoleAssignment {"Identity":"a-1","Confirm":false,"Force":true} or [NotFound]
    3 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid
    4 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"N"}
    5 Remove-ManagementRoleAssignment {"Identity":"N (new)","Confirm":false,"Force":true} or [NotFound]
    "#);
    let other_name = present("a-1", &[("name", text("M"))], &[]);
    insta::assert_snapshot!(Case::change(app(), Action::Replace, other_name.clone(), &differences).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"N"}
    2 Remove-ManagementRoleAssignment {"Identity":"a-1","Confirm":false,"Force":true} or [NotFound]
    "#);
    let taken = Case::change(app(), Action::Replace, other_name, &differences).fact("assignment:n", "a-2");
    insta::assert_snapshot!(taken.refusals(), @"assignment-name-taken: another role assignment is called N (state another name, or remove that assignment)");
}

#[test]
fn a_replacement_that_broke_off_is_gone_on_with() {
    let app = || assignment(&[("name", text("N")), ("app", text("app-1")), ("scope", text("Rooms"))]);
    let differences = [("name", text("N (new)"), text("N"))];
    let stand_in = present("a-2", &[("name", text("N (new)"))], &[]);
    let case = Case::change(app(), Action::Replace, stand_in, &differences).fact("assignment:n", "a-1");
    insta::assert_snapshot!(case.lines(), @r#"
    0 Remove-ManagementRoleAssignment {"Identity":"a-1","Confirm":false,"Force":true} or [NotFound]
    1 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid
    2 wait 600 s for {"condition":"found"} of Get-ManagementRoleAssignment {"Identity":"N"}
    3 Remove-ManagementRoleAssignment {"Identity":"a-2","Confirm":false,"Force":true} or [NotFound]
    "#);
    let twins = present("a-2", &[("name", text("N (new)"))], &[("twin", "a-1")]);
    let case = Case::change(app(), Action::Replace, twins, &differences).fact("assignment:n", "a-1");
    insta::assert_snapshot!(case.lines(), @r#"0 Remove-ManagementRoleAssignment {"Identity":"a-2","Confirm":false,"Force":true} or [NotFound]"#);
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
    insta::assert_snapshot!(Case::create(group.clone()).lines(), @r#"
    0 New-RoleGroup {"Name":"Operators","Roles":["Kept","New"],"Members":["u@contoso.com"],"CustomRecipientWriteScope":"Rooms"} => guid=Guid
    1 wait 600 s for {"condition":"found"} of Get-RoleGroup {"Identity":{"$template":[{"of":"roleGroups.operators","output":"guid"}]}}
    "#);
    let outputs = [("assignment:kept", "k-1"), ("assignment:old", "o-1")];
    let object = present("g-1", &[("roles", set(&["Kept", "Old"]))], &outputs);
    let differences = [
        ("roles", set(&["Kept", "Old"]), set(&["Kept", "New"])),
        ("members", set(&["gone@contoso.com"]), set(&["u@contoso.com"])),
        ("scope", Value::Null, text("Rooms")),
    ];
    let case = Case::change(group, Action::Update, object, &differences);
    insta::assert_snapshot!(case.known("u@contoso.com", "u@contoso.com").lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"New-Operators","Role":"New","SecurityGroup":"Operators","CustomRecipientWriteScope":"Rooms"}
    0 Set-ManagementRoleAssignment {"Identity":"k-1","CustomRecipientWriteScope":"Rooms"}
    1 Remove-ManagementRoleAssignment {"Identity":"o-1","Confirm":false,"Force":true} or [NotFound]
    2 Add-RoleGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"u@contoso.com"} or [AlreadyMember]
    2 Remove-RoleGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"gone@contoso.com","Confirm":false} or [NotMember, NotFound]
    3 wait 600 s for {"condition":"rows","property":"PrimarySmtpAddress","includes":["u@contoso.com"],"excludes":[]} of Get-RoleGroupMember {"Identity":"g-1","ResultSize":"Unlimited"}
    "#);
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
    insta::assert_snapshot!(with_resources(Case::create(application())).lines(), @r#"
    0 POST /servicePrincipals {"appId":"app-1"} => servicePrincipalId=id
    1 wait 600 s for {"condition":"found"} of GET /servicePrincipals/(known after apply: servicePrincipalId of applications.app)
    2 POST /servicePrincipals/exo-1/appRoleAssignedTo {"principalId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"resourceId":"exo-1","appRoleId":"p-2"} or [AlreadyExists]
    2 POST /oauth2PermissionGrants {"clientId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"consentType":"AllPrincipals","resourceId":"graph-1","scope":"User.Read"}
    3 New-ServicePrincipal {"AppId":"app-1","ObjectId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"DisplayName":"App"} or [AlreadyExists]
    4 wait 600 s for {"condition":"found"} of Get-ServicePrincipal {"Identity":"app-1"}
    "#);
}

#[test]
fn a_permission_that_is_not_offered_is_refused_with_what_is_near() {
    let mut wrong = application();
    wrong.attributes.insert("permissions".to_owned(), set(&["Microsoft Graph delegated User.Raed"]));
    insta::assert_snapshot!(with_resources(Case::create(wrong)).refusals(), @"permission-not-found: Microsoft Graph offers no delegated permission User.Raed (did you mean User.Read?)");
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
    insta::assert_snapshot!(with_resources(Case::change(application(), Action::Update, object, &differences)).lines(), @r#"
    0 PATCH /oauth2PermissionGrants/grant-1 {"scope":"offline_access User.Read"}
    0 DELETE /servicePrincipals/sp-1/appRoleAssignments/consent-1 or [NotFound]
    1 Remove-ServicePrincipal {"Identity":"app-1","Confirm":false} or [NotFound]
    2 New-ServicePrincipal {"AppId":"app-1","ObjectId":"sp-1","DisplayName":"App"} or [AlreadyExists]
    3 wait 600 s for {"condition":"found"} of Get-ServicePrincipal {"Identity":"app-1"}
    "#);
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
    insta::assert_snapshot!(case.lines(), @r#"
    0 password serviceAccounts.svc.password to {"file":"secrets/svc"}
    1 POST /users {"accountEnabled":true,"displayName":"Service","mailNickname":"svc","userPrincipalName":"svc@contoso.com","passwordProfile":{"password":{"$secret":"serviceAccounts.svc.password"},"forceChangePasswordNextSignIn":false},"passwordPolicies":"DisablePasswordExpiration","usageLocation":"GB"} => id=id
    2 wait 300 s for {"condition":"found"} of GET /users/(known after apply: id of serviceAccounts.svc)
    3 POST /users/(known after apply: id of serviceAccounts.svc)/assignLicense {"addLicenses":[{"skuId":"sku-1","disabledPlans":[]}],"removeLicenses":[]}
    4 wait 1800 s for {"condition":"propertyIs","property":"UserPrincipalName","value":"svc@contoso.com"} of Get-Mailbox {"Identity":"svc@contoso.com"}
    "#);
}

#[test]
fn an_account_without_delivery_or_seats_is_refused() {
    let mut silent = account();
    silent.attributes.shift_remove("password.deliverTo.file");
    insta::assert_snapshot!(Case::create(silent).refusals(), @"password-without-delivery: a new account needs a place to which its password is delivered (add password: { deliverTo: { file: … } }, a file that only its owner can read)");
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPACK", "sku-1")
        .fact("seats:STANDARDPACK", "0");
    insta::assert_snapshot!(case.refusals(), @"license-exhausted: no seat of the licence STANDARDPACK is free (buy more seats, or take the licence from somebody who does not need it)");
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPAK", "sku-1")
        .fact("seats:STANDARDPAK", "5");
    insta::assert_snapshot!(case.refusals(), @"license-not-found: the tenant has no licence STANDARDPACK (did you mean STANDARDPAK?)");
}

#[test]
fn changing_an_account_never_touches_its_password() {
    let outputs = [("passwordPolicies", "DisableStrongPassword"), ("sku:OLD", "sku-0"), ("mailboxGuid", "m")];
    let differences = [
        ("licenses", set(&["OLD"]), set(&["STANDARDPACK"])),
        ("password.neverExpires", Value::Bool(false), Value::Bool(true)),
    ];
    let case = Case::change(account(), Action::Update, present("u-1", &[], &outputs), &differences);
    insta::assert_snapshot!(case.fact("sku:STANDARDPACK", "sku-1").lines(), @r#"
    0 PATCH /users/u-1 {"passwordPolicies":"DisableStrongPassword, DisablePasswordExpiration"}
    1 POST /users/u-1/assignLicense {"addLicenses":[{"skuId":"sku-1","disabledPlans":[]}],"removeLicenses":["sku-0"]}
    "#);
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
    insta::assert_snapshot!(Case::create(account.clone()).on_server().lines(), @r#"
    0 password serviceAccounts.svc.password to {"file":"secrets/sc"}
    1 New-Mailbox {"UserPrincipalName":"sc@contoso.com","Name":"serviceaccount","Alias":"SA","OrganizationalUnit":"Users","FirstName":"Service","DisplayName":"Service Account","Password":{"$secret":"serviceAccounts.svc.password"},"ResetPasswordOnNextLogon":false} => guid=Guid
    2 wait 1800 s for {"condition":"found"} of Get-Mailbox {"Identity":"sc@contoso.com"}
    "#);
    let differences =
        [("mailbox.firstName", text("A"), text("Service")), ("mailbox.alias", text("x"), text("SA"))];
    let case = Case::change(account, Action::Update, present("m-1", &[], &[]), &differences);
    insta::assert_snapshot!(case.on_server().lines(), @r#"
    0 Set-Mailbox {"Identity":"m-1","Alias":"SA"}
    1 Set-User {"Identity":"m-1","FirstName":"Service"}
    "#);
}
