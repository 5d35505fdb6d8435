//! The organisation: customisation and who may use Exchange Web Services.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: `Get-OrganizationConfig`, `Set-OrganizationConfig`, `Enable-OrganizationCustomization`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "organization",
    title: "organisation",
    key: &[],
    attributes: &[
        AttributeSpec::new("customization", Semantics::CaseInsensitive).on_change(OnChange::Irreversible),
        AttributeSpec::new("ews.enabled", Semantics::Exact),
        AttributeSpec::new("ews.allowedAppIds", Semantics::Set),
    ],
    after: &[],
    deletable: false,
    expand: None,
};
