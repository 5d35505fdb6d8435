//! Role-based access in Exchange: scopes, role groups, assignments, and pointers to service principals.

use crate::guid::Guid;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A management scope. The filter is kept as the service regenerates it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scope {
    pub(crate) guid: Guid,
    pub(crate) name: String,
    pub(crate) recipient_filter: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recipient_root: Option<String>,
    pub(crate) exclusive: bool,
    pub(crate) created: i64,
    pub(crate) changed: i64,
}

/// A role group. Its roles are the assignments whose assignee it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleGroup {
    pub(crate) guid: Guid,
    pub(crate) object_id: Guid,
    pub(crate) name: String,
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) managed_by: Vec<Guid>,
    pub(crate) members: Vec<Principal>,
    pub(crate) built_in: bool,
    pub(crate) created: i64,
    pub(crate) changed: i64,
}

/// Who can be a member of a role group, or be given a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Principal {
    /// A user, by Entra object id.
    User(Guid),
    /// A mail-enabled group, by Exchange GUID.
    Group(Guid),
    /// A role group, by Exchange GUID.
    RoleGroup(Guid),
    /// An application, by the object id of its service principal.
    Application(Guid),
}

/// Where an assignment holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reach {
    /// A relative scope, `Organization` unless said otherwise.
    Relative(String),
    /// `CustomRecipientWriteScope`, by the scope's GUID.
    Custom(Guid),
    /// `ExclusiveRecipientWriteScope`, by the scope's GUID.
    Exclusive(Guid),
    /// `CustomResourceScope`, by the scope's GUID.
    Resource(Guid),
    /// `RecipientGroupScope`, by the group's Exchange GUID.
    Group(Guid),
    /// `RecipientAdministrativeUnitScope`, by the unit's id.
    AdministrativeUnit(Guid),
    /// `RecipientOrganizationalUnitScope`, as written.
    OrganizationalUnit(String),
}

impl Reach {
    pub(crate) fn whole_organization() -> Reach {
        Reach::Relative("Organization".to_owned())
    }

    /// The management scope it rests on.
    pub(crate) fn scope(&self) -> Option<Guid> {
        match self {
            Self::Custom(guid) | Self::Exclusive(guid) | Self::Resource(guid) => Some(*guid),
            _ => None,
        }
    }
}

/// A management role assignment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assignment {
    pub(crate) guid: Guid,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) assignee: Principal,
    pub(crate) reach: Reach,
    pub(crate) delegating: bool,
    pub(crate) enabled: bool,
    pub(crate) created: i64,
    pub(crate) changed: i64,
}

/// Exchange's pointer to an Entra service principal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pointer {
    pub(crate) guid: Guid,
    pub(crate) app_id: Guid,
    pub(crate) object_id: Guid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
    pub(crate) created: i64,
}

/// An administrative unit of Entra: only as much as assignments need.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unit {
    pub(crate) id: Guid,
    pub(crate) name: String,
    /// Exchange GUIDs of recipients.
    pub(crate) members: Vec<Guid>,
}

/// Everything of the above in one tenant, in the order in which it was made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    pub(crate) scopes: IndexMap<Guid, Scope>,
    pub(crate) role_groups: IndexMap<Guid, RoleGroup>,
    pub(crate) assignments: IndexMap<Guid, Assignment>,
    /// By object id of the service principal.
    pub(crate) pointers: IndexMap<Guid, Pointer>,
    #[serde(default)]
    pub(crate) units: Vec<Unit>,
}

/// The application roles of RBAC for Applications, and what each grants: page "Role Based Access Control for Applications".
pub(crate) const APPLICATION_ROLES: &[&str] = &[
    "Application Mail.Read",
    "Application Mail.ReadBasic",
    "Application Mail.ReadWrite",
    "Application Mail.Send",
    "Application MailboxSettings.Read",
    "Application MailboxSettings.ReadWrite",
    "Application Calendars.Read",
    "Application Calendars.ReadWrite",
    "Application Contacts.Read",
    "Application Contacts.ReadWrite",
    "Application MailboxFolder.Read",
    "Application MailboxFolder.ReadWrite",
    "Application MailboxItem.Read",
    "Application MailboxItem.ReadWrite",
    "Application MailboxItem.Export",
    "Application MailboxItem.ImportExport",
    "Application Mail Full Access",
    "Application Exchange Full Access",
    "Application EWS.AccessAsApp",
    "Application SMTP.SendAsApp",
    "Application MailboxConfigItem.Read",
    "Application MailboxConfigItem.ReadWrite",
    "Application MailTips.ReadBasic.All",
    "Application Mail-Advanced.ReadWrite.All",
];

/// Administrative roles, as far as the built-in role groups below need them.
pub(crate) const ADMINISTRATIVE_ROLES: &[&str] = &[
    "Address Lists",
    "Audit Logs",
    "Distribution Groups",
    "E-Mail Address Policies",
    "Federated Sharing",
    "Help Desk",
    "Journaling",
    "Legal Hold",
    "Mail Enabled Public Folders",
    "Mail Recipient Creation",
    "Mail Recipients",
    "Mail Tips",
    "Mailbox Import Export",
    "Mailbox Search",
    "Message Tracking",
    "Migration",
    "Move Mailboxes",
    "Org Custom Apps",
    "Organization Client Access",
    "Organization Configuration",
    "Organization Transport Settings",
    "Public Folders",
    "Recipient Policies",
    "Remote and Accepted Domains",
    "Reset Password",
    "Retention Management",
    "Role Management",
    "Security Group Creation and Membership",
    "Security Reader",
    "TenantPlacesManagement",
    "Transport Hygiene",
    "Transport Rules",
    "UnScoped Role Management",
    "User Options",
    "View-Only Audit Logs",
    "View-Only Configuration",
    "View-Only Recipients",
];

/// Built-in role groups and the roles that they hold.
pub(crate) const ROLE_GROUPS: &[(&str, &[&str])] = &[
    (
        "Organization Management",
        &[
            "Address Lists",
            "Audit Logs",
            "Distribution Groups",
            "Mail Recipient Creation",
            "Mail Recipients",
            "Organization Configuration",
            "Role Management",
            "Security Group Creation and Membership",
            "User Options",
            "View-Only Configuration",
            "View-Only Recipients",
        ],
    ),
    (
        "Recipient Management",
        &[
            "Distribution Groups",
            "Mail Recipient Creation",
            "Mail Recipients",
            "Message Tracking",
            "Reset Password",
        ],
    ),
    ("View-Only Organization Management", &["View-Only Configuration", "View-Only Recipients"]),
    ("Help Desk", &["User Options", "View-Only Recipients"]),
    ("Discovery Management", &["Legal Hold", "Mailbox Search"]),
];

/// Whether a role in Exchange Online may only be given to applications.
pub(crate) fn is_application_role(role: &str) -> bool {
    APPLICATION_ROLES.iter().any(|known| known.eq_ignore_ascii_case(role))
}

/// The canonical spelling of a role's name, if there is such a role. `ApplicationImpersonation` is not among them:
/// it left Exchange Online in February 2025.
pub(crate) fn role_named(name: &str) -> Option<&'static str> {
    APPLICATION_ROLES
        .iter()
        .chain(ADMINISTRATIVE_ROLES)
        .copied()
        .find(|known| known.eq_ignore_ascii_case(name))
}
