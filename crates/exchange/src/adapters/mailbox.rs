//! The mailbox that comes with a licence, minutes later. Facts: Microsoft Graph `subscribedSku`, `assignedLicense`.

use anteroom_model::operation::Expect;
use anteroom_model::value::Value;

use crate::observe::directory::Entry;
use crate::rows::{Sku, User};
use crate::script::{Cmdlet, Context, Script};

/// The attribute that tells whether the mailbox is there.
pub(super) const ATTRIBUTE: &str = "exchangeMailbox";
/// There, or not to be had with the licences of the account.
const AS_LICENSED: &str = "as licensed";
const MISSING: &str = "missing";
/// A mailbox comes minutes after its licence.
pub(super) const SECONDS: u64 = 1800;

/// Whether a service plan comes with a mailbox: those such as `EXCHANGE_S_STANDARD` do, `EXCHANGE_S_FOUNDATION` does not.
fn is_mailbox_plan(name: &str) -> bool {
    name.starts_with("EXCHANGE_") && name != "EXCHANGE_S_FOUNDATION"
}

/// Whether a licence comes with a mailbox; none where its service plans are not told.
pub(super) fn comes_with(sku: &Sku) -> Option<bool> {
    let plans = sku.service_plans.as_ref()?;
    Some(plans.iter().any(|plan| is_mailbox_plan(&plan.service_plan_name)))
}

/// Whether an account has the mailbox that its licences come with. `recipients` are those that are found by its name.
pub(super) fn state(user: &User, known: &[Sku], recipients: &[&Entry]) -> Value {
    let licensed = user.assigned_licenses.iter().any(|license| {
        let sku = known.iter().find(|sku| sku.sku_id.eq_ignore_ascii_case(&license.sku_id));
        let plans = sku.and_then(|sku| sku.service_plans.as_deref()).unwrap_or_default();
        plans.iter().any(|plan| {
            let is_plan = |id: &String| id.eq_ignore_ascii_case(&plan.service_plan_id);
            is_mailbox_plan(&plan.service_plan_name) && !license.disabled_plans.iter().any(is_plan)
        })
    });
    // A recipient of another sort, such as a mail user whose mailbox is on premises, never gets one.
    let is_recipient = |entry: &&Entry| {
        !matches!(entry.row.recipient_type_details.as_deref(), Some("User" | "DisabledUser"))
    };
    Value::text(if licensed && !recipients.iter().any(is_recipient) { MISSING } else { AS_LICENSED })
}

/// Waits until the account called `name` has a mailbox.
pub(super) fn wait(script: &mut Script, name: &str) {
    let probe = Cmdlet::new("Get-Mailbox").text("Identity", name);
    let expect = Expect::row([("UserPrincipalName", name)]).with_some("Guid");
    script.wait(format!("{name} has a mailbox"), probe, expect, SECONDS);
}

/// Whether a licence of an earlier apply has not brought its mailbox yet.
pub(super) fn is_awaited(context: &Context<'_>) -> bool {
    context.object.is_some() && context.changed(ATTRIBUTE).is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use anteroom_model::snapshot::Identity;

    use super::*;
    use crate::rows::{AssignedLicense, Recipient, ServicePlan};

    fn entry(kind: &str) -> Entry {
        let row = Recipient { recipient_type_details: Some(kind.to_owned()), ..Recipient::default() };
        Entry { row, identity: Identity { canonical: Arc::from("a"), recipient_type: Arc::from(kind) } }
    }

    fn plan(name: &str, id: &str) -> ServicePlan {
        ServicePlan { service_plan_name: name.to_owned(), service_plan_id: id.to_owned() }
    }

    #[test]
    fn a_mailbox_is_missing_where_a_licence_comes_with_one_and_there_is_no_recipient() {
        let mail = vec![plan("EXCHANGE_S_STANDARD", "p-1"), plan("TEAMS1", "p-2")];
        let skus = [
            Sku { sku_id: "mail".to_owned(), service_plans: Some(mail), ..Sku::default() },
            Sku {
                sku_id: "none".to_owned(),
                service_plans: Some(vec![plan("EXCHANGE_S_FOUNDATION", "p-3")]),
                ..Sku::default()
            },
            Sku { sku_id: "untold".to_owned(), ..Sku::default() },
        ];
        let seen = |sku: &str, disabled: &[&str], recipients: &[&Entry]| {
            let disabled_plans = disabled.iter().map(ToString::to_string).collect();
            let license = AssignedLicense { sku_id: sku.to_owned(), disabled_plans };
            let user = User { assigned_licenses: vec![license], ..User::default() };
            state(&user, &skus, recipients) == Value::text(MISSING)
        };
        assert!(seen("MAIL", &[], &[]));
        assert!(seen("mail", &["p-2"], &[&entry("User")]), "a user is no recipient");
        assert!(!seen("mail", &["P-1"], &[]), "the plan with the mailbox is switched off");
        assert!(!seen("mail", &[], &[&entry("UserMailbox")]));
        assert!(!seen("mail", &[], &[&entry("MailUser")]), "its mailbox is elsewhere");
        assert!(!seen("none", &[], &[]));
        assert!(!seen("untold", &[], &[]), "nothing is waited for on a guess");
        assert_eq!(skus.each_ref().map(comes_with), [Some(true), Some(false), None]);
    }
}
