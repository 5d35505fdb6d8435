//! The table of kinds: what each reads, how objects come into canonical form, how its changes compile and what is waited
//! for. Nothing else in this crate knows kinds by name.

mod applications;
mod assignment;
mod grants;
mod mailbox;
mod management_scopes;
mod organization;
mod renewal;
mod role_assignments;
mod role_groups;
mod room_lists;
mod service_accounts;

use std::borrow::Cow;
use std::collections::BTreeMap;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::kind::Kind;
use anteroom_model::operation::Operation;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::{Identities, Object};

use crate::observe::Sight;
use crate::observe::directory::Spellings;
use crate::observe::readings::{Asks, FollowUps, Readings, Unread};
use crate::rights::Right;
use crate::script::Context;

/// One kind's way to the tenant and back.
pub(crate) trait Adapter: Sync {
    /// What is to be read for a resource, first of all.
    fn ask(&self, resource: &Resource, asks: &mut Asks);

    /// What is to be read of what was found.
    fn follow(&self, _resource: &Resource, _readings: &Readings, _follow: &mut FollowUps) {}

    /// Which recipients and principals are to be looked up.
    fn spell(&self, _resource: &Resource, _readings: &Readings, _spellings: &mut Spellings) {}

    /// Whether the object was found by the first reads, for kinds whose resources can be split.
    fn is_there(&self, _resource: &Resource, _readings: &Readings) -> bool {
        false
    }

    /// The object in canonical form, or that there is none.
    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread>;

    /// What has the names that an absent object is to get.
    fn taken(&self, _resource: &Resource, _sight: &Sight<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// What a resource needs to be permitted, to read it and to make it what it should be.
    fn rights(&self, resource: &Resource) -> Vec<&'static Right>;

    /// Facts of the whole tenant.
    fn facts(
        &self,
        _readings: &Readings,
        _resources: &[Cow<'_, Resource>],
        _facts: &mut BTreeMap<String, String>,
    ) {
    }

    /// Spellings of principals that this kind's lists tell.
    fn teach(&self, _readings: &Readings, _identities: &mut Identities) {}

    /// The operations of a change.
    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>>;
}

/// One row a kind.
static TABLE: [(&str, &dyn Adapter); 7] = [
    ("organization", &organization::Adapter),
    ("serviceAccounts", &service_accounts::Adapter),
    ("applications", &applications::Adapter),
    ("roomLists", &room_lists::Adapter),
    ("managementScopes", &management_scopes::Adapter),
    ("roleGroups", &role_groups::Adapter),
    ("roleAssignments", &role_assignments::Adapter),
];

/// The adapter of a kind.
pub(crate) fn of(kind: Kind) -> Option<&'static dyn Adapter> {
    TABLE.iter().find(|(section, _)| *section == kind.section).map(|(_, adapter)| *adapter)
}

/// Facts of the whole tenant, from what was read.
pub(crate) fn facts(
    readings: &Readings,
    resources: &[Cow<'_, Resource>],
    facts: &mut BTreeMap<String, String>,
) {
    for (_, adapter) in TABLE {
        adapter.facts(readings, resources, facts);
    }
}

/// Spellings of principals, from what was read.
pub(crate) fn teach(readings: &Readings, identities: &mut Identities) {
    for (_, adapter) in TABLE {
        adapter.teach(readings, identities);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_has_its_adapter() {
        for kind in anteroom_model::kind::Kind::all() {
            assert!(super::of(kind).is_some(), "{}", kind.section);
        }
        assert_eq!(super::TABLE.len(), anteroom_model::kind::Kind::all().count());
    }
}
