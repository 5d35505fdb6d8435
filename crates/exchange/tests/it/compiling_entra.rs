//! What changes to applications and service accounts become.

use anteroom_model::change::Action;
use anteroom_model::resource::Resource;
use anteroom_model::value::Value;

use crate::case::{Case, present};
use crate::support::{resource, set, text};

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
    0 POST /servicePrincipals {"appId":"app-1"} => servicePrincipalId=id ? {"condition":"row","with":{"appId":"app-1"}} of GET /servicePrincipals(appId='app-1')?$select=id,appId
    1 wait 600 s for {"condition":"row","with":{"appId":"app-1","id":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]}}} of GET /servicePrincipals/(known after apply: servicePrincipalId of applications.app)
    2 POST /servicePrincipals/exo-1/appRoleAssignedTo {"principalId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"resourceId":"exo-1","appRoleId":"p-2"} or [AlreadyExists] ? {"condition":"row","with":{"resourceId":"exo-1","appRoleId":"p-2"}} of GET /servicePrincipals/(known after apply: servicePrincipalId of applications.app)/appRoleAssignments again for 600 s on [NotFound, Invalid] until Entra knows the service principal
    2 POST /oauth2PermissionGrants {"clientId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"consentType":"AllPrincipals","resourceId":"graph-1","scope":"User.Read"} ? {"condition":"row","with":{"resourceId":"graph-1","consentType":"AllPrincipals"}} of GET /oauth2PermissionGrants?$filter=clientId%20eq%20%27(known after apply: servicePrincipalId of applications.app)%27 again for 600 s on [NotFound, Invalid] until Entra knows the service principal
    3 New-ServicePrincipal {"AppId":"app-1","ObjectId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]},"DisplayName":"App"} or [AlreadyExists] ? {"condition":"row","with":{"AppId":"app-1"}} of Get-ServicePrincipal {"Identity":"app-1"} again for 600 s on [NotFound, Invalid] until Exchange knows the service principal
    4 wait 600 s for {"condition":"row","with":{"AppId":"app-1","ObjectId":{"$template":[{"of":"applications.app","output":"servicePrincipalId"}]}}} of Get-ServicePrincipal {"Identity":"app-1"}
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
    2 New-ServicePrincipal {"AppId":"app-1","ObjectId":"sp-1","DisplayName":"App"} ? {"condition":"row","with":{"AppId":"app-1","ObjectId":"sp-1"}} of Get-ServicePrincipal {"Identity":"app-1"} again for 600 s on [AlreadyExists] until the old pointer is gone everywhere
    3 wait 600 s for {"condition":"row","with":{"AppId":"app-1","ObjectId":"sp-1"}} of Get-ServicePrincipal {"Identity":"app-1"}
    "#);
}

#[test]
fn an_assignment_that_goes_with_a_wrong_pointer_is_made_again_and_not_mistaken_for_the_old_one() {
    let noted = [
        ("renewed:Mine", "Application Mail.Read\tCustomResourceScope\tRooms\t\tg-1"),
        ("renewed:Off", "Application Calendars.Read\t\t\tdisabled\tg-2"),
    ];
    let object = present("sp-1", &[("exchangeServicePrincipal", text("wrong object"))], &noted);
    let differences = [("exchangeServicePrincipal", text("wrong object"), text("registered"))];
    let case = with_resources(Case::change(application(), Action::Update, object, &differences));
    insta::assert_snapshot!(case.lines(), @r#"
    0 Remove-ServicePrincipal {"Identity":"app-1","Confirm":false} or [NotFound]
    1 New-ServicePrincipal {"AppId":"app-1","ObjectId":"sp-1","DisplayName":"App"} ? {"condition":"row","with":{"AppId":"app-1","ObjectId":"sp-1"}} of Get-ServicePrincipal {"Identity":"app-1"} again for 600 s on [AlreadyExists] until the old pointer is gone everywhere
    2 wait 600 s for {"condition":"row","with":{"AppId":"app-1","ObjectId":"sp-1"}} of Get-ServicePrincipal {"Identity":"app-1"}
    3 Remove-ManagementRoleAssignment {"Identity":"Mine","Confirm":false,"Force":true} or [NotFound]
    3 Remove-ManagementRoleAssignment {"Identity":"Off","Confirm":false,"Force":true} or [NotFound]
    4 New-ManagementRoleAssignment {"Name":"Mine","Role":"Application Mail.Read","App":"app-1","CustomResourceScope":"Rooms"} ? {"condition":"row","with":{"Name":"Mine","Role":"Application Mail.Read"},"without":{"Guid":"g-1"}} of Get-ManagementRoleAssignment {"Identity":"Mine"} again for 600 s on [AlreadyExists] until the old assignment is gone everywhere
    4 New-ManagementRoleAssignment {"Name":"Off","Role":"Application Calendars.Read","App":"app-1"} ? {"condition":"row","with":{"Name":"Off","Role":"Application Calendars.Read"},"without":{"Guid":"g-2"}} of Get-ManagementRoleAssignment {"Identity":"Off"} again for 600 s on [AlreadyExists] until the old assignment is gone everywhere
    5 Set-ManagementRoleAssignment {"Identity":"Off","Enabled":false}
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
    1 POST /users {"accountEnabled":true,"displayName":"Service","mailNickname":"svc","userPrincipalName":"svc@contoso.com","passwordProfile":{"password":{"$secret":"serviceAccounts.svc.password"},"forceChangePasswordNextSignIn":false},"passwordPolicies":"DisablePasswordExpiration","usageLocation":"GB"} => id=id ? {"condition":"row","with":{"userPrincipalName":"svc@contoso.com"}} of GET /users/svc@contoso.com?$select=id,userPrincipalName
    2 wait 300 s for {"condition":"row","with":{"userPrincipalName":"svc@contoso.com","id":{"$template":[{"of":"serviceAccounts.svc","output":"id"}]}}} of GET /users/(known after apply: id of serviceAccounts.svc)
    3 POST /users/(known after apply: id of serviceAccounts.svc)/assignLicense {"addLicenses":[{"skuId":"sku-1","disabledPlans":[]}],"removeLicenses":[]} ? {"condition":"rows","property":"skuId","includes":["sku-1"],"excludes":[]} of GET /users/(known after apply: id of serviceAccounts.svc)/licenseDetails again for 600 s on [NotFound] until Entra knows the user svc@contoso.com
    4 wait 1800 s for {"condition":"row","with":{"UserPrincipalName":"svc@contoso.com"},"has":["Guid"]} of Get-Mailbox {"Identity":"svc@contoso.com"}
    "#);
}

#[test]
fn an_account_without_delivery_or_seats_is_refused() {
    let mut silent = account();
    silent.attributes.shift_remove("password.deliverTo.file");
    insta::assert_snapshot!(Case::create(silent).refusals(), @"password-without-delivery: a new account needs a place to which its password is delivered (add password: { deliverTo: { file: … } }, or age, command or keyVault in place of file)");
    let case = Case::create(account())
        .fact("licensesRead", "true")
        .fact("sku:STANDARDPACK", "sku-1")
        .fact("seats:STANDARDPACK", "0");
    insta::assert_snapshot!(case.refusals(), @"license-exhausted: the licence STANDARDPACK has 0 free seats, and 1 are needed (buy more seats, or take the licence from somebody who does not need it)");
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
    1 POST /users/u-1/assignLicense {"addLicenses":[{"skuId":"sku-1","disabledPlans":[]}],"removeLicenses":["sku-0"]} ? {"condition":"rows","property":"skuId","includes":["sku-1"],"excludes":["sku-0"]} of GET /users/u-1/licenseDetails
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
    1 New-Mailbox {"UserPrincipalName":"sc@contoso.com","Name":"serviceaccount","Alias":"SA","OrganizationalUnit":"Users","FirstName":"Service","DisplayName":"Service Account","Password":{"$secret":"serviceAccounts.svc.password"},"ResetPasswordOnNextLogon":false} => guid=Guid ? {"condition":"row","with":{"UserPrincipalName":"sc@contoso.com"}} of Get-Mailbox {"Identity":"sc@contoso.com"}
    2 wait 1800 s for {"condition":"row","with":{"UserPrincipalName":"sc@contoso.com","Guid":{"$template":[{"of":"serviceAccounts.svc","output":"guid"}]}}} of Get-Mailbox {"Identity":"sc@contoso.com"}
    "#);
    let differences =
        [("mailbox.firstName", text("A"), text("Service")), ("mailbox.alias", text("x"), text("SA"))];
    let case = Case::change(account, Action::Update, present("m-1", &[], &[]), &differences);
    insta::assert_snapshot!(case.on_server().lines(), @r#"
    0 Set-Mailbox {"Identity":"m-1","Alias":"SA"}
    1 Set-User {"Identity":"m-1","FirstName":"Service"}
    "#);
}
