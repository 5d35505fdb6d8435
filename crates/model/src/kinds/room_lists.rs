//! Room lists: distribution groups whose members are rooms.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: `New-DistributionGroup -RoomList`, `Get-DistributionGroupMember`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roomLists",
    title: "room list",
    key: &["primarySmtpAddress"],
    attributes: &[
        AttributeSpec::new("primarySmtpAddress", Semantics::CaseInsensitive),
        // The common name is part of the distinguished name, which scopes refer to.
        AttributeSpec::new("name", Semantics::Exact).invalidates(&["distinguishedName"]),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("alias", Semantics::CaseInsensitive),
        AttributeSpec::new("managedBy", Semantics::IdentitySet),
        AttributeSpec::new("members", Semantics::IdentitySet),
        AttributeSpec::new("maxMembers", Semantics::Exact).on_change(OnChange::Local),
    ],
    after: &[],
    deletable: true,
    expand: None,
};
