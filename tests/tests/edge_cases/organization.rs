//! The organisation: customisation, and who may use Exchange Web Services.

use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

const GROUP: &str = "roleGroups:\n  x: { name: X, roles: [View-Only Recipients] }\n";

#[test]
fn e50_an_organisation_that_was_never_customised_is_customised_first_where_that_is_meant() {
    let dehydrated = anteroom_simulator::DEFAULT_SEED;
    let case = Case::of_seed(dehydrated, GROUP);
    assert_snapshot!(case.brief(), @"
    blocked roleGroups.x (cannot be carried out)
      name: - -> X
      roles: - -> {View-Only Recipients}
    warning reaches-everybody: the roles of this group will reach every mailbox of the organisation
    error organization-dehydrated: the organisation has never been customised, so it takes no scopes, role groups and role assignments
    ");
    assert_snapshot!(case.world.run(&["plan", "--color", "never"]).exits(1).stderr, @"");
    let case = case.says(&format!("organization: {{ customization: enabled }}\n{GROUP}"));
    assert_snapshot!(case.brief(), @"
    update organization (attributes differ)
      customization: not enabled -> enabled
    create roleGroups.x (not in the tenant) after organization
      name: - -> X
      roles: - -> {View-Only Recipients}
    warning reaches-everybody: the roles of this group will reach every mailbox of the organisation
    ");
    case.converges();
    assert_eq!(case.written(), ["Enable-OrganizationCustomization", "New-RoleGroup"]);
}

#[test]
fn e51_customising_that_reports_an_error_and_works_all_the_same() {
    let manifest = format!("organization: {{ customization: enabled }}\n{GROUP}");
    // Somebody else was faster.
    let case = Case::of_seed(anteroom_simulator::DEFAULT_SEED, &manifest);
    let _ = case.world.run(&["plan", "--out", "saved.json"]).exits(0);
    case.world.write("organization.yaml", "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\norganization: { customization: enabled }\n");
    let _ = case.world.run(&["plan", "--out", "saved.json", "organization.yaml"]).exits(0);
    case.world.by_hand("Enable-OrganizationCustomization", json!({}));
    let enabled = case.world.run(&["apply", "--auto-approve", "saved.json"]);
    assert!([0, 1].contains(&enabled.status), "done, or stale: {}", enabled.stderr);
    case.converges();
    // The call fails although the organisation is being customised.
    let case = Case::of_seed(anteroom_simulator::DEFAULT_SEED, &manifest).fault(
        &json!({ "failNext": [{ "cmdlet": "Enable-OrganizationCustomization", "times": 1, "status": 500, "after": true }] }),
    );
    case.converges();
    // It is refused because it is done already.
    let case = Case::of_seed(anteroom_simulator::DEFAULT_SEED, &manifest).forged(|asked, answer| {
        if asked.name == "Enable-OrganizationCustomization" {
            answer.status = 400;
            answer.body = json!({ "error": { "code": "BadRequest", "message": "Error executing cmdlet", "details": [{
                "code": "Context", "target": "",
                "message": "Ex1|Microsoft.Exchange.Configuration.Tasks.InvalidOperationException|This operation is not required. Organization is already enabled for customization.",
            }] } });
        }
    });
    case.converges();
}

#[test]
fn e70_an_allow_list_counts_only_while_the_services_are_on() {
    let app =
        "applications:\n  vendor: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor }\n";
    let ews = |enabled: &str| {
        format!("organization: {{ ews: {{ {enabled}allowedAppIds: [applications.vendor] }} }}\n{app}")
    };
    assert_snapshot!(Case::new(&ews("")).validation(), @"warning ews-allow-list-without-effect: `ews.allowedAppIds` has no effect unless `ews.enabled` is true; set `ews.enabled: true`: the list counts only then");
    assert_snapshot!(Case::new(&ews("enabled: false, ")).validation(), @"warning ews-allow-list-without-effect: `ews.allowedAppIds` has no effect unless `ews.enabled` is true; set `ews.enabled: true`: the list counts only then");
    assert_snapshot!(Case::new(&ews("enabled: null, ")).validation(), @"warning ews-allow-list-without-effect: `ews.allowedAppIds` has no effect unless `ews.enabled` is true; set `ews.enabled: true`: the list counts only then");
    let case = Case::new(&ews("enabled: true, "));
    assert_eq!(case.validation(), "");
    // Never set is neither true nor false.
    assert_snapshot!(case.brief(), @"
    create applications.vendor (not in the tenant)
      appId: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      displayName: - -> Vendor
      exchangeServicePrincipal: - -> registered
    update organization (attributes differ) after applications.vendor
      ews.enabled: - -> true
      ews.allowedAppIds: - -> {5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10}
    ");
    case.converges();
    let case = case.says("organization: { ews: { enabled: null } }\n");
    case.converges();
    assert_eq!(case.rows("Get-OrganizationConfig", json!({}))[0]["EwsEnabled"], json!(null));
}

#[test]
fn e71_impersonation_is_refused_online_and_taken_on_the_server() {
    let assignment = "roleAssignments:
  vendor: { role: ApplicationImpersonation, user: lynne.robbins@contoso.com, allowUnscoped: true }
";
    let case = Case::new(assignment);
    assert_snapshot!(case.validation(), @"error application-impersonation-on-online: the role `ApplicationImpersonation` does not exist in Exchange Online any more; give an application the role `Application Calendars.ReadWrite` (or `Application EWS.AccessAsApp` while Exchange Web Services last) over the same scope");
    let case = case.says(&format!("target: exchangeServer\ntenant: contoso.com\n{assignment}"));
    assert_snapshot!(case.validation(), @"");
}
