//! The fields of a seed. `examples/tenants/contoso.yaml` explains them to a person.

use crate::faults::Faults;
use crate::tenant::Client;
use serde::Deserialize;
use serde_yaml::Spanned;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Seed {
    pub(super) tenant: TenantSeed,
    #[serde(default)]
    pub(super) clock: Option<ClockSeed>,
    #[serde(default)]
    pub(super) organization: OrganizationSeed,
    /// The principal name of the person who does things by hand.
    #[serde(default)]
    pub(super) administrator: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) clients: Vec<Client>,
    /// skuPartNumber and how many seats.
    #[serde(default)]
    pub(super) licenses: BTreeMap<String, u32>,
    #[serde(default)]
    pub(super) people: Vec<Person>,
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
    #[serde(default)]
    pub(super) generate: Option<Generate>,
    #[serde(default)]
    pub(super) groups: Vec<GroupSeed>,
    #[serde(default)]
    pub(super) administrative_units: Vec<UnitSeed>,
    #[serde(default)]
    pub(super) applications: Vec<ApplicationSeed>,
    #[serde(default)]
    pub(super) management_scopes: Vec<ScopeSeed>,
    #[serde(default)]
    pub(super) role_groups: Vec<RoleGroupSeed>,
    #[serde(default)]
    pub(super) role_assignments: Vec<AssignmentSeed>,
    #[serde(default)]
    pub(super) faults: Faults,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TenantSeed {
    pub(super) name: String,
    /// Where addresses live: `contoso.com`.
    pub(super) domain: Spanned<String>,
    /// Left out: the first label of `domain` under `onmicrosoft.com`.
    #[serde(default)]
    pub(super) initial_domain: Option<String>,
    #[serde(default)]
    pub(super) other_domains: Vec<String>,
    #[serde(default)]
    pub(super) id: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClockSeed {
    #[serde(default)]
    pub(super) start: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) step: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct OrganizationSeed {
    pub(super) dehydrated: bool,
    pub(super) ews_enabled: Option<bool>,
    pub(super) ews_allowed_app_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Person {
    pub(super) user_principal_name: Spanned<String>,
    pub(super) display_name: String,
    #[serde(default)]
    pub(super) job_title: Option<String>,
    #[serde(default)]
    pub(super) usage_location: Option<String>,
    /// A licence with an Exchange plan brings a mailbox.
    #[serde(default)]
    pub(super) licenses: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) account_disabled: bool,
    #[serde(default)]
    pub(super) password_never_expires: bool,
    /// City, Department and the like, for the mailbox.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ResourceKind {
    #[default]
    Room,
    Equipment,
    Workspace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) primary_smtp_address: Spanned<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: ResourceKind,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) alias: Option<String>,
    #[serde(default)]
    pub(super) capacity: Option<u32>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default)]
    pub(super) other_addresses: Vec<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

/// Many of them, by number.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Generate {
    #[serde(default)]
    pub(super) rooms: u32,
    /// Room lists; the rooms are shared out evenly, in order.
    #[serde(default)]
    pub(super) lists: u32,
    #[serde(default)]
    pub(super) people: u32,
    /// Cities to give to the lists' rooms, in turn.
    #[serde(default)]
    pub(super) cities: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum GroupKind {
    #[default]
    RoomList,
    Distribution,
    Security,
    Microsoft365,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GroupSeed {
    pub(super) name: String,
    pub(super) primary_smtp_address: Spanned<String>,
    #[serde(default)]
    pub(super) kind: GroupKind,
    #[serde(default)]
    pub(super) alias: Option<String>,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) managed_by: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) members: Vec<Spanned<String>>,
    /// Once its name was another: the distinguished name that old filters still hold.
    #[serde(default)]
    pub(super) distinguished_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UnitSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) id: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) members: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApplicationSeed {
    pub(super) app_id: Spanned<String>,
    pub(super) display_name: String,
    /// The service principal's object id.
    #[serde(default)]
    pub(super) id: Option<Spanned<String>>,
    /// Whether Exchange has a pointer to it.
    #[serde(default)]
    pub(super) in_exchange: bool,
    #[serde(default)]
    pub(super) permissions: Vec<PermissionSeed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PermissionSeed {
    pub(super) resource: Spanned<String>,
    #[serde(default)]
    pub(super) application: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) delegated: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ScopeSeed {
    pub(super) name: Spanned<String>,
    /// Either a filter …
    #[serde(default)]
    pub(super) recipient_filter: Option<Spanned<String>>,
    /// … or groups, whose distinguished names make one.
    #[serde(default)]
    pub(super) member_of: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) exclusive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RoleGroupSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) members: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) scope: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AssignmentSeed {
    pub(super) name: Spanned<String>,
    pub(super) role: Spanned<String>,
    /// Exactly one of these three.
    #[serde(default)]
    pub(super) app: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) user: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) group: Option<Spanned<String>>,
    /// At most one of these three.
    #[serde(default)]
    pub(super) scope: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) recipient_group: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) administrative_unit: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) disabled: bool,
}
