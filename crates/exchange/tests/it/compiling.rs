//! What changes to room lists, scopes, role groups and assignments become.

use anteroom_model::change::Action;
use anteroom_model::resource::Resource;
use anteroom_model::value::{Template, Value};

use crate::case::{Case, present};
use crate::support::{resource, set, text};

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
    0 New-DistributionGroup {"Name":"London","Alias":"london","PrimarySmtpAddress":"list@contoso.com","RoomList":true,"ManagedBy":["svc@contoso.com"],"Members":["a@contoso.com","b@contoso.com"]} => guid=Guid ? {"condition":"row","with":{"PrimarySmtpAddress":"list@contoso.com","RecipientTypeDetails":"RoomList"}} of Get-DistributionGroup {"Identity":"list@contoso.com"}
    1 wait 900 s for {"condition":"row","with":{"Guid":{"$template":[{"of":"roomLists.london","output":"guid"}]}},"has":["DistinguishedName"]} of Get-DistributionGroup {"Identity":{"$template":[{"of":"roomLists.london","output":"guid"}]}} => distinguishedName=DistinguishedName
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
    1 wait 900 s for {"condition":"row","with":{"Name":"London Rooms","Guid":"g-1"},"has":["DistinguishedName"]} of Get-DistributionGroup {"Identity":"g-1"} => distinguishedName=DistinguishedName
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
    // Members without an address are not compared: the one call would drop them.
    let object = present("g-1", &[], &[("membersWithoutAddress", "1")]);
    let singly = Case::change(rooms(), Action::Update, object, &differences).lines();
    assert!(!singly.contains("Update-DistributionGroupMember"), "{singly}");
    assert_eq!(singly.matches("Add-DistributionGroupMember").count(), 150, "{singly}");
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
    1 wait 3600 s for {"condition":"row","with":{"IsDehydrated":"False"}} of Get-OrganizationConfig {}
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
    0 New-ManagementScope {"Name":"Rooms","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]}} => guid=Guid ? {"condition":"row","with":{"Name":"Rooms","Exclusive":"false"}} of Get-ManagementScope {"Identity":"Rooms"} again for 3600 s on [NotFound, Dehydrated] until the organisation is customised everywhere
    1 wait 600 s for {"condition":"row","with":{"Guid":{"$template":[{"of":"managementScopes.rooms","output":"guid"}]}}} of Get-ManagementScope {"Identity":{"$template":[{"of":"managementScopes.rooms","output":"guid"}]}}
    "#);
}

#[test]
fn an_exclusive_scope_takes_the_place_of_one_that_was_not() {
    let outputs = [("use:Ada", "CustomRecipientWriteScope")];
    let object = present("s-1", &[("exclusive", Value::Bool(false))], &outputs);
    let differences = [("exclusive", Value::Bool(false), Value::Bool(true))];
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).lines(), @r#"
    0 New-ManagementScope {"Name":"Rooms (new)","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]},"Exclusive":true,"Force":true} or [AlreadyExists] ? {"condition":"row","with":{"Name":"Rooms (new)","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms (new)"}
    1 wait 600 s for {"condition":"row","with":{"Name":"Rooms (new)","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms (new)"}
    2 Set-ManagementRoleAssignment {"Identity":"Ada","ExclusiveRecipientWriteScope":"Rooms (new)"}
    3 Remove-ManagementScope {"Identity":"s-1","Confirm":false,"Force":true} or [NotFound]
    4 Set-ManagementScope {"Identity":"Rooms (new)","Name":"Rooms"} ? {"condition":"row","with":{"Name":"Rooms","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms"} again for 600 s on [AlreadyExists] until the old scope is gone everywhere
    5 wait 600 s for {"condition":"row","with":{"Name":"Rooms","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms"}
    "#);
    let object = present("s-1", &[], &[("use:App", "CustomResourceScope")]);
    insta::assert_snapshot!(Case::change(scope(true), Action::Replace, object, &differences).refusals(), @"exclusive-scope-of-application: an application's role assignment cannot take an exclusive scope (give the applications a scope of their own that is not exclusive)");
}

#[test]
fn a_scope_that_has_the_temporary_name_already_finds_what_is_wanted_before_anybody_moves() {
    let replace = |attributes: &[(&str, Value)]| {
        let object = present("s-1", attributes, &[("use:Ada", "CustomRecipientWriteScope")]);
        let differences = [("exclusive", Value::Bool(false), Value::Bool(true))];
        Case::change(scope(true), Action::Replace, object, &differences)
    };
    let filter = "City -eq 'Paris'";
    let left_over = replace(&[("recipientRoot", text("contoso.com/Rooms"))])
        .fact("scopeFinds:rooms (New)", &format!("contoso.com\n{filter}"))
        .fact("exclusive:rooms (new)", "true");
    insta::assert_snapshot!(left_over.lines(), @r#"
    0 New-ManagementScope {"Name":"Rooms (new)","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]},"RecipientRoot":"contoso.com/Rooms","Exclusive":true,"Force":true} or [AlreadyExists] ? {"condition":"row","with":{"Name":"Rooms (new)","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms (new)"}
    1 wait 600 s for {"condition":"row","with":{"Name":"Rooms (new)","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms (new)"}
    2 Set-ManagementScope {"Identity":"Rooms (new)","RecipientRestrictionFilter":{"$template":[{"of":"roomLists.london","output":"distinguishedName"}]},"RecipientRoot":"contoso.com/Rooms"}
    3 Set-ManagementRoleAssignment {"Identity":"Ada","ExclusiveRecipientWriteScope":"Rooms (new)"}
    4 Remove-ManagementScope {"Identity":"s-1","Confirm":false,"Force":true} or [NotFound]
    5 Set-ManagementScope {"Identity":"Rooms (new)","Name":"Rooms"} ? {"condition":"row","with":{"Name":"Rooms","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms"} again for 600 s on [AlreadyExists] until the old scope is gone everywhere
    6 wait 600 s for {"condition":"row","with":{"Name":"Rooms","Exclusive":"true"}} of Get-ManagementScope {"Identity":"Rooms"}
    "#);
    let bare = || replace(&[]).fact("scopeFinds:Rooms (new)", &format!("\n{filter}"));
    insta::assert_snapshot!(bare().fact("exclusive:rooms (new)", "false").refusals(), @r#"temporary-scope-in-the-way: the name "Rooms (new)" is needed for the time of the change, but a scope of that name is not exclusive (remove the scope "Rooms (new)" by hand, or rename it)"#);
    let rooted = replace(&[])
        .fact("scopeFinds:Rooms (new)", &format!("contoso.com\n{filter}"))
        .fact("exclusive:rooms (new)", "true");
    insta::assert_snapshot!(rooted.refusals(), @r#"temporary-scope-in-the-way: the name "Rooms (new)" is needed for the time of the change, but a scope of that name has a recipient root (remove the scope "Rooms (new)" by hand, or rename it)"#);
    let stated =
        bare().fact("exclusive:rooms (new)", "true").fact("planned:rooms (new)", "managementScopes.other");
    insta::assert_snapshot!(stated.refusals(), @r#"temporary-scope-in-the-way: the name "Rooms (new)" is needed for the time of the change, but the manifest has a scope of that name (give that scope another name)"#);
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
    0 New-ManagementRoleAssignment {"Name":"calendars 2","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid ? {"condition":"row","with":{"Name":"calendars 2","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"calendars 2"}
    1 wait 600 s for {"condition":"row","with":{"Name":"calendars 2","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"calendars 2"}
    "#);
    let user = assignment(&[
        ("name", text("N")),
        ("user", text("u@contoso.com")),
        ("scope", text("Rooms")),
        ("enabled", Value::Bool(false)),
    ]);
    insta::assert_snapshot!(Case::create(user).on_server().fact("exclusive:rooms", "true").lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","User":"u@contoso.com","ExclusiveRecipientWriteScope":"Rooms"} => guid=Guid ? {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N"}
    1 Set-ManagementRoleAssignment {"Identity":"N","Enabled":false}
    2 wait 600 s for {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N"}
    "#);
    let group = assignment(&[("roleGroup", text("Operators")), ("administrativeUnit", text("unit"))]);
    insta::assert_snapshot!(Case::create(group).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"calendars","Role":"Application Calendars.ReadWrite","SecurityGroup":"Operators","RecipientAdministrativeUnitScope":"unit"} => guid=Guid ? {"condition":"row","with":{"Name":"calendars","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"calendars"}
    1 wait 600 s for {"condition":"row","with":{"Name":"calendars","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"calendars"}
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
    0 New-ManagementRoleAssignment {"Name":"N (new)","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid ? {"condition":"row","with":{"Name":"N (new)","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N (new)"}
    1 wait 600 s for {"condition":"row","with":{"Name":"N (new)","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N (new)"}
    2 Remove-ManagementRoleAssignment {"Identity":"a-1","Confirm":false,"Force":true} or [NotFound]
    3 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid or [AlreadyExists]
    4 Remove-ManagementRoleAssignment {"Identity":"N (new)","Confirm":false,"Force":true} or [NotFound]
    5 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid or [AlreadyExists]
    6 wait 600 s for {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"},"without":{"Guid":"a-1"}} of Get-ManagementRoleAssignment {"Identity":"N"}
    "#);
    let other_name = present("a-1", &[("name", text("M"))], &[]);
    insta::assert_snapshot!(Case::change(app(), Action::Replace, other_name.clone(), &differences).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid ? {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N"}
    1 wait 600 s for {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"}} of Get-ManagementRoleAssignment {"Identity":"N"}
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
    1 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid or [AlreadyExists]
    2 Remove-ManagementRoleAssignment {"Identity":"a-2","Confirm":false,"Force":true} or [NotFound]
    3 New-ManagementRoleAssignment {"Name":"N","Role":"Application Calendars.ReadWrite","App":"app-1","CustomResourceScope":"Rooms"} => guid=Guid or [AlreadyExists]
    4 wait 600 s for {"condition":"row","with":{"Name":"N","Role":"Application Calendars.ReadWrite"},"without":{"Guid":"a-2"}} of Get-ManagementRoleAssignment {"Identity":"N"}
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
    0 New-RoleGroup {"Name":"Operators","Roles":["Kept","New"],"Members":["u@contoso.com"],"CustomRecipientWriteScope":"Rooms"} => guid=Guid ? {"condition":"row","with":{"Name":"Operators"}} of Get-RoleGroup {"Identity":"Operators"}
    1 wait 600 s for {"condition":"row","with":{"Guid":{"$template":[{"of":"roleGroups.operators","output":"guid"}]}}} of Get-RoleGroup {"Identity":{"$template":[{"of":"roleGroups.operators","output":"guid"}]}}
    "#);
    let outputs = [("assignment:k-1", "Kept\t"), ("assignment:o-1", "Old\t")];
    let object = present("g-1", &[("roles", set(&["Kept", "Old"]))], &outputs);
    let differences = [
        ("roles", set(&["Kept", "Old"]), set(&["Kept", "New"])),
        ("members", set(&["gone@contoso.com"]), set(&["u@contoso.com"])),
        ("scope", Value::Null, text("Rooms")),
    ];
    let case = Case::change(group, Action::Update, object, &differences);
    insta::assert_snapshot!(case.known("u@contoso.com", "u@contoso.com").lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"New-Operators","Role":"New","SecurityGroup":"Operators","CustomRecipientWriteScope":"Rooms"} ? {"condition":"row","with":{"Name":"New-Operators","Role":"New"}} of Get-ManagementRoleAssignment {"Identity":"New-Operators"}
    0 Set-ManagementRoleAssignment {"Identity":"k-1","CustomRecipientWriteScope":"Rooms"}
    1 Remove-ManagementRoleAssignment {"Identity":"o-1","Confirm":false,"Force":true} or [NotFound]
    2 Add-RoleGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"u@contoso.com"} or [AlreadyMember]
    2 Remove-RoleGroupMember {"Identity":"g-1","BypassSecurityGroupManagerCheck":true,"Member":"gone@contoso.com","Confirm":false} or [NotMember, NotFound]
    3 wait 600 s for {"condition":"rows","property":"PrimarySmtpAddress","includes":["u@contoso.com"],"excludes":[]} of Get-RoleGroupMember {"Identity":"g-1","ResultSize":"Unlimited"}
    "#);
}

#[test]
fn a_role_group_whose_change_broke_off_is_gone_on_with() {
    let group = resource(
        "roleGroups",
        "operators",
        &[("name", text("Operators")), ("roles", set(&["A", "B"])), ("scope", Value::Null)],
    );
    let outputs = [("assignment:a-1", "A\tRooms"), ("assignment:a-2", "A\t"), ("assignment:b-1", "B\tRooms")];
    let object = present("g-1", &[("roles", set(&["A", "B"])), ("scope", text("(mixed)"))], &outputs);
    let differences = [("scope", text("(mixed)"), Value::Null)];
    insta::assert_snapshot!(Case::change(group, Action::Update, object, &differences).lines(), @r#"
    0 New-ManagementRoleAssignment {"Name":"B-Operators","Role":"B","SecurityGroup":"Operators"} ? {"condition":"row","with":{"Name":"B-Operators","Role":"B"}} of Get-ManagementRoleAssignment {"Identity":"B-Operators"}
    1 Remove-ManagementRoleAssignment {"Identity":"a-1","Confirm":false,"Force":true} or [NotFound]
    1 Remove-ManagementRoleAssignment {"Identity":"b-1","Confirm":false,"Force":true} or [NotFound]
    "#);
}

#[test]
fn a_new_role_gets_the_scope_that_all_roles_of_the_group_have_or_none_is_guessed() {
    let with = |outputs: &[(&str, &str)]| {
        let roles = set(&["A", "B", "New"]);
        let group =
            resource("roleGroups", "operators", &[("name", text("Operators")), ("roles", roles.clone())]);
        let object = present("g-1", &[("scope", text("(the whole organisation), Jay"))], outputs);
        Case::change(group, Action::Update, object, &[("roles", set(&["A", "B"]), roles)])
    };
    let same = with(&[("assignment:a-1", "A\tJay"), ("assignment:b-1", "B\tjay")]);
    insta::assert_snapshot!(same.lines(), @r#"0 New-ManagementRoleAssignment {"Name":"New-Operators","Role":"New","SecurityGroup":"Operators","CustomRecipientWriteScope":"Jay"} ? {"condition":"row","with":{"Name":"New-Operators","Role":"New"}} of Get-ManagementRoleAssignment {"Identity":"New-Operators"}"#);
    let unscoped = with(&[("assignment:a-1", "A\t"), ("assignment:b-1", "B\t")]);
    insta::assert_snapshot!(unscoped.lines(), @r#"0 New-ManagementRoleAssignment {"Name":"New-Operators","Role":"New","SecurityGroup":"Operators"} ? {"condition":"row","with":{"Name":"New-Operators","Role":"New"}} of Get-ManagementRoleAssignment {"Identity":"New-Operators"}"#);
    let mixed = with(&[("assignment:a-1", "A\t"), ("assignment:b-1", "B\tJay")]);
    insta::assert_snapshot!(mixed.refusals(), @"role-group-scope-unclear: the role group's assignments do not tell which scope a new role gets (state `scope`)");
    let unit = with(&[("assignment:a-1", "A\tunit\tother"), ("assignment:b-1", "B\tunit\tother")]);
    assert_eq!(unit.refusals(), mixed.refusals());
}
