//! What Entra holds: users, service principals, their grants, licences.

use crate::guid::Guid;
use serde::{Deserialize, Serialize};

/// A user. The password itself is never kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "Graph's own names")]
pub(crate) struct User {
    pub(crate) id: Guid,
    pub(crate) user_principal_name: String,
    pub(crate) display_name: String,
    pub(crate) mail_nickname: String,
    pub(crate) account_enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) surname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage_location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password_policies: Option<String>,
    #[serde(default)]
    pub(crate) change_password_at_next_sign_in: bool,
    #[serde(default)]
    pub(crate) licences: Vec<Guid>,
    pub(crate) created: i64,
    /// When a password was last set: the only trace of one.
    pub(crate) password_set: i64,
}

/// One app role or delegated permission of a resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) id: Guid,
    pub(crate) value: String,
}

/// A service principal: an application's presence in this tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServicePrincipal {
    pub(crate) id: Guid,
    pub(crate) app_id: Guid,
    pub(crate) display_name: String,
    pub(crate) account_enabled: bool,
    #[serde(default)]
    pub(crate) app_roles: Vec<Permission>,
    #[serde(default)]
    pub(crate) scopes: Vec<Permission>,
    pub(crate) created: i64,
}

/// An application permission, granted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppRoleAssignment {
    pub(crate) id: String,
    pub(crate) principal: Guid,
    pub(crate) resource: Guid,
    pub(crate) app_role: Guid,
    pub(crate) created: i64,
}

/// Delegated permissions, granted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client: Guid,
    pub(crate) all_principals: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) principal: Option<Guid>,
    pub(crate) resource: Guid,
    pub(crate) scope: String,
}

/// A licence that the tenant has bought.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sku {
    pub(crate) id: Guid,
    pub(crate) part_number: String,
    pub(crate) seats: u32,
    /// The Exchange service plan in it, if any: id and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exchange_plan: Option<(Guid, String)>,
}

/// Office 365 Exchange Online.
pub(crate) const EXCHANGE_APP: &str = "00000002-0000-0ff1-ce00-000000000000";
/// Azure Key Vault.
pub(crate) const KEY_VAULT_APP: &str = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";
/// Microsoft Graph.
pub(crate) const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";

/// Part number, skuId, and the Exchange service plan's id and name. Ids are Microsoft's published ones.
pub(crate) const KNOWN_SKUS: &[(&str, &str, &str, &str)] = &[
    (
        "STANDARDPACK",
        "18181a46-0d4e-45cd-891e-60aabd171b4e",
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGE_S_STANDARD",
    ),
    (
        "EXCHANGESTANDARD",
        "4b9405b0-7788-4568-add1-99614e613b69",
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGE_S_STANDARD",
    ),
    (
        "EXCHANGEENTERPRISE",
        "19ec0d23-8335-4cbd-94ac-6050e30712fa",
        "efb87545-963c-4e0d-99df-69c6916d9eb0",
        "EXCHANGE_S_ENTERPRISE",
    ),
    (
        "EXCHANGEDESKLESS",
        "80b2d799-d2ba-4d2a-8842-fb0d0f3a4b82",
        "4a82b400-a79f-41a4-b4e2-e94f5787b113",
        "EXCHANGE_S_DESKLESS",
    ),
    (
        "O365_BUSINESS_ESSENTIALS",
        "3b555118-da6a-4418-894f-7df1e2096870",
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGE_S_STANDARD",
    ),
    ("FLOW_FREE", "f30db892-07e9-47e9-837c-80727f46fd3d", "", ""),
];

/// The application permissions of the two resources. The same GUID stands under both on purpose: that is so in the service.
pub(crate) const APP_ROLES: &[(&str, &str, &str)] = &[
    (GRAPH_APP, "Calendars.ReadWrite", "ef54d2bf-783f-4e0f-bca1-3210c0444d99"),
    (GRAPH_APP, "Calendars.Read", "798ee544-9d2d-430c-a058-570e29e34338"),
    (GRAPH_APP, "Calendars.ReadBasic.All", "8ba4a692-bc31-4128-9094-475872af8a53"),
    (GRAPH_APP, "Place.Read.All", "913b9306-0ce1-42b8-9137-6a7df690a760"),
    (GRAPH_APP, "User.ReadWrite.All", "741f803b-c850-494e-b5df-cde7c675a1ca"),
    (GRAPH_APP, "LicenseAssignment.ReadWrite.All", "5facf0c1-8979-4e95-abcf-ff3d079771c0"),
    (GRAPH_APP, "Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6"),
    (GRAPH_APP, "Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    (GRAPH_APP, "Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    (GRAPH_APP, "Application.ReadWrite.All", "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"),
    (GRAPH_APP, "AppRoleAssignment.ReadWrite.All", "06b708a9-e830-4db3-a914-8e69da51d44f"),
    (GRAPH_APP, "DelegatedPermissionGrant.ReadWrite.All", "8e8e4742-1d95-4f68-9d56-6ee75648c72a"),
    (EXCHANGE_APP, "Calendars.ReadWrite.All", "ef54d2bf-783f-4e0f-bca1-3210c0444d99"),
    (EXCHANGE_APP, "full_access_as_app", "dc890d15-9560-4a4c-9b7f-a736ec74ec40"),
    (EXCHANGE_APP, "Exchange.ManageAsApp", "dc50a0fb-09a3-484d-be87-e023b12c6440"),
];

/// The delegated permissions of the two resources.
pub(crate) const SCOPES: &[(&str, &str, &str)] = &[
    (GRAPH_APP, "User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
    (GRAPH_APP, "Calendars.ReadWrite", "1ec239c2-d7c9-4623-a91a-a9775856bb36"),
    (GRAPH_APP, "Calendars.ReadWrite.Shared", "12466101-c9b8-439a-8589-dd09ee67e8e9"),
    (GRAPH_APP, "EWS.AccessAsUser.All", "9769c687-087d-48ac-9cb3-c37dde652038"),
    (GRAPH_APP, "Place.ReadWrite.All", "4c06a06a-098a-4063-868e-5dfee3827264"),
    (EXCHANGE_APP, "EWS.AccessAsUser.All", "3b5f3d61-589b-4a3c-a359-5dd4b5ee5bd5"),
    (EXCHANGE_APP, "Exchange.Manage", "ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c"),
    (EXCHANGE_APP, "Calendars.ReadWrite.All", "bbd1ca91-75e0-4814-ad94-9c5dbbae3415"),
];

/// The permissions in `table` that belong to one resource.
pub(crate) fn permissions_of(app_id: &str, table: &[(&str, &str, &str)]) -> Vec<Permission> {
    table
        .iter()
        .filter(|(resource, _, _)| *resource == app_id)
        .filter_map(|(_, value, id)| Some(Permission { id: Guid::parse(id)?, value: (*value).to_owned() }))
        .collect()
}
