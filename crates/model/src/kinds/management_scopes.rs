//! Management scopes: which recipients an assignment reaches.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: `New-ManagementScope`, `Set-ManagementScope`, `Get-ManagementScope`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "managementScopes",
    title: "management scope",
    key: &["name"],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive),
        // What `memberOf` becomes, too.
        AttributeSpec::new("recipientFilter", Semantics::Filter),
        AttributeSpec::new("recipientRoot", Semantics::CaseInsensitive),
        AttributeSpec::new("exclusive", Semantics::Exact).on_change(OnChange::Replace),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
};
