//! Service accounts.

use insta::assert_snapshot;

use crate::case::Case;

#[test]
fn e66_password_policies_are_asked_for_by_name() {
    let account = |never: bool| {
        format!(
            "serviceAccounts:\n  svc: {{ userPrincipalName: svc@contoso.com, displayName: Service, password: {{ neverExpires: {never}, deliverTo: {{ file: secrets/svc }} }} }}\n"
        )
    };
    // The tenant tells them only to whoever asks for them.
    let case = Case::new(&account(true)).forged(|asked, answer| {
        if asked.name.starts_with("GET /users/") && !asked.query.contains("passwordPolicies") {
            assert!(answer.body["passwordPolicies"].is_null(), "{answer:?}");
        }
    });
    case.converges();
    let case = case.says(&account(false));
    assert_snapshot!(case.brief(), @"
    update serviceAccounts.svc (attributes differ)
      password.neverExpires: true -> false
    note not-compared: `password.deliverTo.file` of serviceAccounts.svc is not compared: the tenant does not tell it
    ");
    case.converges();
    let case = case.says(&account(true));
    assert_snapshot!(case.calls(), @r#"PATCH ["/users/16ab11ed-ce60-49d1-9e4d-754bf499b8b2"] {"passwordPolicies":"DisablePasswordExpiration"}"#);
    case.converges();
}
