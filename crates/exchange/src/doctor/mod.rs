//! Examining the way to a tenant: can it be reached, who is signed in, and may whoever it is do what is to be done?
//!
//! It reads and does nothing else. Every check is told with an outcome and, where it did not go well, with what to do.

mod clock;
mod permissions;
mod reach;
mod roles;
mod who;

use anteroom_model::resource::Resource;
use serde::Serialize;

use crate::adapters;
use crate::connection::{Audience, Connection};
use crate::rights::{self, Grantor, Right};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works now and may not for long.
    Warning,
    /// Not as it should be.
    Failed,
    /// It could not be found out.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at, for programs: `reach-graph`, `clock`, `sign-in-exchange`, `tenant`, `graph-permission`,
    /// `exchange-permission`, `exchange-role`.
    pub id: String,
    /// The same for people: an address, a permission, a role.
    pub subject: String,
    /// How it went.
    pub outcome: Outcome,
    /// What was found, in one line without a full stop.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Check {
    fn new(id: &str, subject: impl Into<String>, outcome: Outcome, message: impl Into<String>) -> Self {
        Self { id: id.to_owned(), subject: subject.into(), outcome, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// What resources need to be permitted; without resources, what any manifest could need.
fn needed(resources: Option<&[Resource]>) -> Vec<&'static Right> {
    let Some(resources) = resources else { return rights::without_implied(rights::ALL.to_vec()) };
    let mut needed: Vec<&'static Right> = vec![&rights::MANAGE];
    for resource in resources {
        if let Some(adapter) = adapters::of(resource.kind) {
            needed.extend(adapter.rights(resource));
        }
    }
    rights::without_implied(needed)
}

/// Looks at everything, in the order in which one thing depends on another.
pub(crate) async fn examine(connection: &Connection, resources: Option<&[Resource]>) -> Vec<Check> {
    let needed = needed(resources);
    let of = |grantor: Grantor| -> Vec<&'static Right> {
        needed.iter().copied().filter(|right| right.grantor == grantor).collect()
    };
    let reached = reach::look(connection).await;
    let mut checks = reached.checks(&connection.tenant);
    checks.push(clock::check(&reached));
    let graph = who::look(connection, Audience::Graph, &reached).await;
    let exchange = who::look(connection, Audience::Exchange, &reached).await;
    checks.extend(who::checks(&graph, &exchange));
    checks.push(who::tenant(&graph, &exchange, &reached, &connection.tenant));
    checks.extend(permissions::checks(&graph, &of(Grantor::Graph)));
    let manage = permissions::checks(&exchange, &of(Grantor::Exchange));
    let may_run = manage.iter().all(|check| check.outcome != Outcome::Failed);
    checks.extend(manage);
    checks.extend(permissions::admin_api(&exchange, connection.admin.choice()));
    checks.extend(roles::checks(connection, &exchange, &of(Grantor::Role), may_run).await);
    checks
}

#[cfg(test)]
mod tests {
    use anteroom_model::address::Address;
    use anteroom_model::kind::Kind;
    use anteroom_model::place::Place;
    use anteroom_model::value::Value;

    use super::*;

    fn needs(section: &str, attributes: &[(&str, Value)]) -> Vec<&'static str> {
        let kind = Kind::of_section(section).expect("a section");
        let mut resource = Resource::new(Address::new(section, "x"), kind, Place::default());
        for (name, value) in attributes {
            resource.attributes.insert((*name).to_owned(), value.clone());
        }
        needed(Some(&[resource])).iter().map(|right| right.least).collect()
    }

    #[test]
    fn each_kind_needs_what_its_reads_and_writes_need() {
        let set = |elements: &[&str]| Value::Set(elements.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(
            needs("serviceAccounts", &[]),
            ["User.ReadWrite.All", "Exchange.ManageAsApp", "View-Only Recipients"]
        );
        assert_eq!(
            needs("serviceAccounts", &[("licenses", set(&["STANDARDPACK"]))]),
            [
                "LicenseAssignment.Read.All",
                "User.ReadWrite.All",
                "Exchange.ManageAsApp",
                "View-Only Recipients"
            ]
        );
        assert_eq!(
            needs("applications", &[]),
            ["Application.ReadWrite.OwnedBy", "Exchange.ManageAsApp", "Role Management"]
        );
        assert_eq!(
            needs("applications", &[("permissions", set(&["Microsoft Graph delegated User.Read"]))]),
            [
                "Application.ReadWrite.OwnedBy",
                "DelegatedPermissionGrant.ReadWrite.All",
                "Exchange.ManageAsApp",
                "Role Management"
            ]
        );
        assert_eq!(
            needs("roomLists", &[]),
            [
                "Exchange.ManageAsApp",
                "Distribution Groups",
                "Security Group Creation and Membership",
                "View-Only Recipients"
            ]
        );
        for section in ["managementScopes", "roleGroups", "roleAssignments"] {
            assert!(needs(section, &[]).contains(&"Role Management"), "{section}");
        }
        assert!(needs("organization", &[]).contains(&"Organization Configuration"));
    }
}
