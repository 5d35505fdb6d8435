//! Applications: a vendor's service principal in Entra, its consents, and Exchange's pointer to it.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: Microsoft Graph `servicePrincipal`, `appRoleAssignment`, `oauth2PermissionGrant`;
/// `New-ServicePrincipal`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "applications",
    title: "application",
    key: &["appId"],
    attributes: &[
        AttributeSpec::new("appId", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        // The display name of Exchange's pointer: a vendor's own service principal is named by the vendor.
        AttributeSpec::new("displayName", Semantics::Exact),
        // Every consent, as `<resource> <application|delegated> <value>`, for example `Microsoft Graph delegated User.Read`.
        AttributeSpec::new("permissions", Semantics::Set),
        // `registered` where Exchange's pointer is there and points to the right object. Not written in the manifest:
        // every application of an Exchange Online manifest has it.
        AttributeSpec::new("exchangeServicePrincipal", Semantics::Exact),
    ],
    after: &[],
    deletable: true,
    expand: None,
};
