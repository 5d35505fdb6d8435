//! Service accounts: an ordinary user with a mailbox and a licence (Online), or a mailbox user (Server).

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};

/// The row of this kind. Facts: Microsoft Graph `user`; `New-Mailbox`, `Set-Mailbox`, `Set-User` on Exchange Server.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "serviceAccounts",
    title: "service account",
    key: &["userPrincipalName"],
    attributes: &[
        AttributeSpec::new("userPrincipalName", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("usageLocation", Semantics::CaseInsensitive),
        AttributeSpec::new("licenses", Semantics::Set),
        AttributeSpec::new("password.neverExpires", Semantics::Exact),
        AttributeSpec::new("password.changeAtNextSignIn", Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new("password.deliverTo.file", Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new("mailbox.alias", Semantics::CaseInsensitive),
        AttributeSpec::new("mailbox.name", Semantics::Exact),
        AttributeSpec::new("mailbox.firstName", Semantics::Exact),
        AttributeSpec::new("mailbox.lastName", Semantics::Exact),
        AttributeSpec::new("mailbox.organizationalUnit", Semantics::CaseInsensitive).on_change(OnChange::WriteOnly),
    ],
    after: &[],
    deletable: true,
    expand: None,
};
