//! Role groups: principals who share management roles.

use crate::kind::{AttributeSpec, KindSpec, Semantics};

/// The row of this kind. Facts: `New-RoleGroup`, `Set-RoleGroup`; roles and scope change through the group's own role
/// assignments.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roleGroups",
    title: "role group",
    key: &["name"],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("description", Semantics::Exact),
        AttributeSpec::new("managedBy", Semantics::IdentitySet),
        AttributeSpec::new("roles", Semantics::Set),
        AttributeSpec::new("members", Semantics::IdentitySet),
        AttributeSpec::new("scope", Semantics::CaseInsensitive).refers_to("managementScopes"),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
};
