//! Role assignments: which principal holds which management role over which recipients.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: `New-ManagementRoleAssignment`, `Set-ManagementRoleAssignment`; what is not documented
/// to change in place is replaced.
///
/// Exactly one of `app`, `user`, `roleGroup`, `securityGroup` is stated. `scope`, `administrativeUnit`, `group` and
/// `organizationalUnit` are always stated, all but at most one as `null`: the reach of an assignment is never unmanaged.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roleAssignments",
    title: "role assignment",
    key: &[
        "role",
        "app",
        "user",
        "roleGroup",
        "securityGroup",
        "scope",
        "administrativeUnit",
        "group",
        "organizationalUnit",
    ],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("role", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("app", Semantics::Identity).on_change(OnChange::Replace).refers_to("applications"),
        AttributeSpec::new("user", Semantics::Identity).on_change(OnChange::Replace).refers_to("serviceAccounts"),
        AttributeSpec::new("roleGroup", Semantics::CaseInsensitive).on_change(OnChange::Replace).refers_to("roleGroups"),
        AttributeSpec::new("securityGroup", Semantics::Identity).on_change(OnChange::Replace),
        AttributeSpec::new("scope", Semantics::CaseInsensitive)
            .on_change(OnChange::ReplaceUnlessBothSet)
            .refers_to("managementScopes"),
        AttributeSpec::new("administrativeUnit", Semantics::CaseInsensitive).on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("group", Semantics::Identity).on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("organizationalUnit", Semantics::CaseInsensitive).on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("delegating", Semantics::Exact).on_change(OnChange::Replace),
        AttributeSpec::new("enabled", Semantics::Exact),
        AttributeSpec::new("allowUnscoped", Semantics::Exact).on_change(OnChange::Local),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
};
