//! Rows as the services send them: only the fields that are needed. Each names the properties that it asks for.

#![allow(clippy::struct_field_names, reason = "fields are called as the services call them")]

use serde::Deserialize;

use crate::decode::{flag, is_group, texts};

/// `Get-OrganizationConfig`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Organization {
    #[serde(deserialize_with = "flag")]
    pub(crate) is_dehydrated: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(crate) ews_enabled: Option<bool>,
    /// Application ids, separated by commas inside one text.
    #[serde(rename = "EwsAllowedAppIDs", deserialize_with = "texts")]
    pub(crate) ews_allowed_app_ids: Vec<String>,
    pub(crate) guid: Option<String>,
}

impl Organization {
    pub(crate) const SELECT: &str = "IsDehydrated,EwsEnabled,EwsAllowedAppIDs,Guid";
}

/// `Get-DistributionGroup`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Group {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) primary_smtp_address: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) email_addresses: Vec<String>,
    /// Owners, as GUIDs.
    #[serde(deserialize_with = "texts")]
    pub(crate) managed_by: Vec<String>,
    pub(crate) distinguished_name: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) recipient_type_details: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) is_dir_synced: Option<bool>,
}

impl Group {
    pub(crate) const SELECT: &str = "Name,DisplayName,Alias,PrimarySmtpAddress,EmailAddresses,ManagedBy,DistinguishedName,Guid,RecipientTypeDetails,IsDirSynced";

    /// Whether an address is the group's, the primary one or another.
    pub(crate) fn has(&self, address: &str) -> bool {
        let is_it = |text: &str| {
            let (_, text) = text.split_once(':').unwrap_or(("smtp", text));
            text.to_lowercase() == address.to_lowercase()
        };
        self.primary_smtp_address.as_deref().is_some_and(is_it)
            || self.email_addresses.iter().any(|other| is_it(other))
    }

    /// What it is called, for people: its address, else its name.
    pub(crate) fn called(&self) -> &str {
        first_filled([&self.primary_smtp_address, &self.name]).unwrap_or("another group")
    }
}

/// `Get-DistributionGroupMember`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    #[serde(rename = "PrimarySmtpAddress")]
    pub(crate) primary_smtp_address: Option<String>,
    #[serde(rename = "RecipientTypeDetails", deserialize_with = "is_group")]
    pub(crate) is_group: bool,
}

impl Member {
    pub(crate) const SELECT: &str = "PrimarySmtpAddress,RecipientTypeDetails";
}

/// `Get-Recipient`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Recipient {
    pub(crate) name: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) primary_smtp_address: Option<String>,
    /// What `Get-User` calls the primary address.
    pub(crate) windows_email_address: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) email_addresses: Vec<String>,
    pub(crate) recipient_type_details: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) external_directory_object_id: Option<String>,
    pub(crate) distinguished_name: Option<String>,
    pub(crate) user_principal_name: Option<String>,
    /// What `Get-Recipient` calls the user principal name.
    #[serde(rename = "WindowsLiveID")]
    pub(crate) windows_live_id: Option<String>,
}

impl Recipient {
    pub(crate) const SELECT: &str = "Name,Alias,PrimarySmtpAddress,EmailAddresses,RecipientTypeDetails,Guid,ExternalDirectoryObjectId,DistinguishedName,WindowsLiveID";
    /// The same of `Get-User`.
    pub(crate) const SELECT_USER: &str = "Name,WindowsEmailAddress,RecipientTypeDetails,Guid,ExternalDirectoryObjectId,DistinguishedName,UserPrincipalName";
    /// Only what a recipient filter of `membersFrom` needs.
    pub(crate) const SELECT_ADDRESS: &str = "PrimarySmtpAddress";

    /// The primary address, whichever property it came in.
    pub(crate) fn primary_address(&self) -> Option<&str> {
        first_filled([&self.primary_smtp_address, &self.windows_email_address])
    }

    /// The user principal name, whichever property it came in.
    pub(crate) fn sign_in_name(&self) -> Option<&str> {
        first_filled([&self.user_principal_name, &self.windows_live_id])
    }
}

fn first_filled(texts: [&Option<String>; 2]) -> Option<&str> {
    texts.into_iter().flatten().map(String::as_str).find(|text| !text.is_empty())
}

/// `Get-ManagementScope`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Scope {
    pub(crate) name: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) recipient_filter: Option<String>,
    pub(crate) recipient_root: Option<String>,
    pub(crate) scope_restriction_type: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) exclusive: Option<bool>,
}

impl Scope {
    pub(crate) const SELECT: &str = "Name,Guid,RecipientFilter,RecipientRoot,ScopeRestrictionType,Exclusive";
}

/// `Get-ManagementRoleAssignment`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Assignment {
    pub(crate) name: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) role_assignee: Option<String>,
    pub(crate) role_assignee_name: Option<String>,
    pub(crate) role_assignee_type: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) assignment_method: Option<String>,
    pub(crate) role_assignment_delegation_type: Option<String>,
    pub(crate) recipient_write_scope: Option<String>,
    pub(crate) custom_recipient_write_scope: Option<String>,
    pub(crate) custom_resource_scope: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) enabled: Option<bool>,
}

impl Assignment {
    pub(crate) const SELECT: &str = "Name,Guid,Role,RoleAssignee,RoleAssigneeName,RoleAssigneeType,App,AssignmentMethod,RoleAssignmentDelegationType,RecipientWriteScope,CustomRecipientWriteScope,CustomResourceScope,Enabled";
}

/// `Get-RoleGroup`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct RoleGroup {
    pub(crate) name: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) managed_by: Vec<String>,
}

impl RoleGroup {
    pub(crate) const SELECT: &str = "Name,Guid,DisplayName,Description,ManagedBy";
}

/// `Get-RoleGroupMember`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct RoleGroupMember {
    pub(crate) name: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) primary_smtp_address: Option<String>,
}

impl RoleGroupMember {
    pub(crate) const SELECT: &str = "Name,Guid,PrimarySmtpAddress";
}

/// `Get-ManagementRole`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Role {
    pub(crate) name: Option<String>,
}

impl Role {
    pub(crate) const SELECT: &str = "Name";
}

/// `Get-ServicePrincipal`: Exchange's pointer to a service principal of Entra.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Pointer {
    pub(crate) app_id: Option<String>,
    pub(crate) object_id: Option<String>,
    pub(crate) display_name: Option<String>,
}

impl Pointer {
    pub(crate) const SELECT: &str = "AppId,ObjectId,DisplayName";
}

/// Microsoft Graph `user`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) user_principal_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) usage_location: Option<String>,
    pub(crate) password_policies: Option<String>,
    pub(crate) account_enabled: Option<bool>,
    pub(crate) assigned_licenses: Vec<AssignedLicense>,
}

impl User {
    /// Password policies, location and licences are not in the default set of properties.
    pub(crate) const SELECT: &str =
        "id,userPrincipalName,displayName,usageLocation,passwordPolicies,accountEnabled,assignedLicenses";
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AssignedLicense {
    pub(crate) sku_id: String,
    /// Service plans of it that are switched off, by their ids.
    pub(crate) disabled_plans: Vec<String>,
}

/// Microsoft Graph `subscribedSku`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sku {
    pub(crate) sku_id: String,
    pub(crate) sku_part_number: String,
    pub(crate) consumed_units: i64,
    pub(crate) prepaid_units: PrepaidUnits,
    pub(crate) service_plans: Option<Vec<ServicePlan>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PrepaidUnits {
    pub(crate) enabled: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ServicePlan {
    pub(crate) service_plan_name: String,
    pub(crate) service_plan_id: String,
}

/// Microsoft Graph `servicePrincipal`. Roles and scopes are asked for only of those that others ask permissions of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) app_roles: Vec<Permission>,
    pub(crate) oauth2_permission_scopes: Vec<Permission>,
}

impl ServicePrincipal {
    pub(crate) const SELECT: &str = "id,appId,displayName";
    pub(crate) const SELECT_RESOURCE: &str = "id,appId,displayName,appRoles,oauth2PermissionScopes";
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) id: String,
    pub(crate) value: Option<String>,
}

/// Microsoft Graph `appRoleAssignment`: consent to an application permission.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AppRoleAssignment {
    pub(crate) id: String,
    pub(crate) app_role_id: String,
    pub(crate) resource_id: String,
}

/// Microsoft Graph `oAuth2PermissionGrant`: consent to delegated permissions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PermissionGrant {
    pub(crate) id: String,
    pub(crate) consent_type: String,
    pub(crate) resource_id: String,
    pub(crate) scope: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Recipient;

    #[test]
    fn addresses_and_sign_in_names_come_in_one_property_or_in_both() {
        for (json, address, name) in [
            (r#"{"PrimarySmtpAddress":"a","WindowsLiveID":"u"}"#, "a", "u"),
            (r#"{"WindowsEmailAddress":"a","UserPrincipalName":"u"}"#, "a", "u"),
            (
                r#"{"WindowsEmailAddress":"b","PrimarySmtpAddress":"a","WindowsLiveID":"v","UserPrincipalName":"u"}"#,
                "a",
                "u",
            ),
            (
                r#"{"WindowsEmailAddress":"a","PrimarySmtpAddress":"","WindowsLiveID":"u","UserPrincipalName":null}"#,
                "a",
                "u",
            ),
        ] {
            let row: Recipient = serde_json::from_str(json).expect("the row should decode");
            assert_eq!((row.primary_address(), row.sign_in_name()), (Some(address), Some(name)), "{json}");
        }
    }
}
