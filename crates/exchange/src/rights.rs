//! What a caller must be permitted: one table for the hints of refusals and for [`crate::doctor`].
//!
//! Facts: the "Permissions" section of each method's page of Microsoft Graph v1.0, which names the permission with the
//! least privilege and those that include it; "App-only authentication in Exchange Online PowerShell" and
//! "Authentication and authorization for the Exchange Online Admin API" for Exchange; "Permissions" under "Feature
//! permissions in Exchange Online" for management roles.

use anteroom_model::operation::Method;

/// Who grants a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grantor {
    /// A permission of Microsoft Graph, which an administrator consents to.
    Graph,
    /// A permission of Office 365 Exchange Online, which an administrator consents to.
    Exchange,
    /// A management role of Exchange.
    Role,
}

/// One thing to do in a tenant, and what permits it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    pub(crate) grantor: Grantor,
    /// The permission with the least privilege, or the management role.
    pub(crate) least: &'static str,
    /// Others that include it.
    pub(crate) or: &'static [&'static str],
    /// What it is for, after "to".
    pub(crate) to: &'static str,
}

impl Right {
    /// Whether something that was granted permits it.
    pub(crate) fn is_permitted_by(&self, granted: &str) -> bool {
        let mut all = std::iter::once(&self.least).chain(self.or);
        all.any(|one| one.eq_ignore_ascii_case(granted))
    }

    /// The permission, and what includes it, in words.
    pub(crate) fn in_words(&self) -> String {
        match self.or {
            [] => self.least.to_owned(),
            [one] => format!("{} ({one} includes it)", self.least),
            [most @ .., last] => {
                format!("{} ({} and {last} include it)", self.least, most.join(", "))
            }
        }
    }
}

const fn graph(least: &'static str, or: &'static [&'static str], to: &'static str) -> Right {
    Right { grantor: Grantor::Graph, least, or, to }
}

const fn role(least: &'static str, or: &'static [&'static str], to: &'static str) -> Right {
    Right { grantor: Grantor::Role, least, or, to }
}

/// `GET /users/{id}`.
pub(crate) static READ_USERS: Right = graph(
    "User.Read.All",
    &["User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    "read accounts",
);
/// `POST /users`, `PATCH /users/{id}`, `DELETE /users/{id}`.
pub(crate) static WRITE_USERS: Right =
    graph("User.ReadWrite.All", &["Directory.ReadWrite.All"], "make and change accounts");
/// `GET /subscribedSkus`.
pub(crate) static READ_LICENSES: Right = graph(
    "LicenseAssignment.Read.All",
    &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    "read the tenant's licences",
);
/// `POST /users/{id}/assignLicense`.
pub(crate) static ASSIGN_LICENSES: Right = graph(
    "LicenseAssignment.ReadWrite.All",
    &["User.ReadWrite.All", "Directory.ReadWrite.All"],
    "assign licences",
);
/// `GET /servicePrincipals`, `GET /servicePrincipals/{id}/appRoleAssignments`.
pub(crate) static READ_PRINCIPALS: Right = graph(
    "Application.Read.All",
    &[
        "Application.ReadWrite.OwnedBy",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ],
    "read applications and their consents",
);
/// `POST /servicePrincipals`. For an application of another tenant, which a vendor's is, owning is not asked for.
pub(crate) static WRITE_PRINCIPALS: Right = graph(
    "Application.ReadWrite.OwnedBy",
    &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
    "make service principals",
);
/// `DELETE /servicePrincipals/{id}` of one that the caller does not own.
pub(crate) static REMOVE_PRINCIPALS: Right =
    graph("Application.ReadWrite.All", &["Directory.ReadWrite.All"], "remove service principals");
/// `GET /oauth2PermissionGrants`.
pub(crate) static READ_GRANTS: Right = graph(
    "Directory.Read.All",
    &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"],
    "read consents to delegated permissions",
);
/// `POST /servicePrincipals/{id}/appRoleAssignedTo`, `DELETE /servicePrincipals/{id}/appRoleAssignments/{id}`.
pub(crate) static CONSENT: Right =
    graph("AppRoleAssignment.ReadWrite.All", &[], "consent to application permissions");
/// `POST`, `PATCH` and `DELETE /oauth2PermissionGrants`.
pub(crate) static CONSENT_DELEGATED: Right = graph(
    "DelegatedPermissionGrant.ReadWrite.All",
    &["Directory.ReadWrite.All"],
    "consent to delegated permissions",
);

/// `InvokeCommand`; delegated callers have `Exchange.Manage` instead.
pub(crate) static MANAGE: Right = Right {
    grantor: Grantor::Exchange,
    least: "Exchange.ManageAsApp",
    or: &["Exchange.Manage"],
    to: "run cmdlets",
};
/// The Admin API v2.0; delegated callers have `Exchange.ManageV2` instead.
pub(crate) static MANAGE_V2: Right = Right {
    grantor: Grantor::Exchange,
    least: "Exchange.ManageAsAppV2",
    or: &["Exchange.ManageV2"],
    to: "use the Admin API v2.0",
};

/// `Get-Recipient`, `Get-User`.
pub(crate) static VIEW_RECIPIENTS: Right =
    role("View-Only Recipients", &["Mail Recipients"], "read recipients");
/// `New-`, `Set-`, `Remove-DistributionGroup` and their members.
pub(crate) static WRITE_GROUPS: Right = role("Distribution Groups", &[], "make and change room lists");
/// `-BypassSecurityGroupManagerCheck`.
pub(crate) static BYPASS_OWNERS: Right =
    role("Security Group Creation and Membership", &[], "change groups that the caller does not own");
/// Management scopes, roles, their assignments, role groups, and Exchange's service principals.
pub(crate) static MANAGE_ROLES: Right =
    role("Role Management", &[], "manage scopes, role groups, role assignments and service principals");
/// `Set-OrganizationConfig`, `Enable-OrganizationCustomization`.
pub(crate) static CONFIGURE_ORGANIZATION: Right =
    role("Organization Configuration", &[], "change the organisation's settings");

/// Every right that some manifest needs. The Admin API v2.0 is a choice and no part of it.
pub(crate) static ALL: [&Right; 16] = [
    &READ_USERS,
    &WRITE_USERS,
    &READ_LICENSES,
    &ASSIGN_LICENSES,
    &READ_PRINCIPALS,
    &WRITE_PRINCIPALS,
    &REMOVE_PRINCIPALS,
    &READ_GRANTS,
    &CONSENT,
    &CONSENT_DELEGATED,
    &MANAGE,
    &VIEW_RECIPIENTS,
    &WRITE_GROUPS,
    &BYPASS_OWNERS,
    &MANAGE_ROLES,
    &CONFIGURE_ORGANIZATION,
];

/// The right that a request to Graph needs, by method and path.
pub(crate) fn of_graph(method: Method, path: &str) -> Option<&'static Right> {
    let reads = method == Method::Get;
    let path = path.split('?').next().unwrap_or(path);
    let right = if path.ends_with("/assignLicense") {
        &ASSIGN_LICENSES
    } else if path.starts_with("/subscribedSkus") {
        &READ_LICENSES
    } else if path.starts_with("/users") {
        if reads { &READ_USERS } else { &WRITE_USERS }
    } else if path.starts_with("/oauth2PermissionGrants") {
        if reads { &READ_GRANTS } else { &CONSENT_DELEGATED }
    } else if path.contains("/appRoleAssign") && !reads {
        &CONSENT
    } else if path.starts_with("/servicePrincipals") {
        match method {
            Method::Get => &READ_PRINCIPALS,
            Method::Delete => &REMOVE_PRINCIPALS,
            Method::Post | Method::Patch => &WRITE_PRINCIPALS,
        }
    } else {
        return None;
    };
    Some(right)
}

/// The management roles that a cmdlet needs; none for a cmdlet that nothing here sends.
pub(crate) fn of_cmdlet(cmdlet: &str) -> Vec<&'static Right> {
    let (verb, noun) = cmdlet.split_once('-').unwrap_or((cmdlet, ""));
    match noun {
        "ManagementScope"
        | "ManagementRoleAssignment"
        | "ManagementRole"
        | "RoleGroup"
        | "RoleGroupMember"
        | "ServicePrincipal"
        | "ServicePrincipalAuthorization" => vec![&MANAGE_ROLES],
        "DistributionGroup"
        | "DistributionGroupMember"
        | "Recipient"
        | "User"
        | "Mailbox"
        | "OrganizationConfig"
            if verb == "Get" =>
        {
            vec![&VIEW_RECIPIENTS]
        }
        "DistributionGroup" | "DistributionGroupMember" => vec![&WRITE_GROUPS, &BYPASS_OWNERS],
        "OrganizationConfig" | "OrganizationCustomization" => vec![&CONFIGURE_ORGANIZATION],
        _ => Vec::new(),
    }
}

/// The rights that do not come with another one of them: reading comes with writing.
pub(crate) fn without_implied(mut rights: Vec<&'static Right>) -> Vec<&'static Right> {
    let comes_with = |right: &Right, other: &Right| {
        other.grantor == right.grantor && other.least != right.least && right.is_permitted_by(other.least)
    };
    let all = rights.clone();
    // What itself comes with another is not granted, so nothing comes with it.
    let granted: Vec<&Right> =
        all.iter().copied().filter(|right| !all.iter().any(|other| comes_with(right, other))).collect();
    rights.retain(|right| !granted.iter().any(|other| comes_with(right, other)));
    rights.sort_unstable();
    rights.dedup();
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_its_right() {
        for (method, path, least) in [
            (Method::Get, "/users/a@b.c?$select=id", "User.Read.All"),
            (Method::Patch, "/users/a@b.c", "User.ReadWrite.All"),
            (Method::Post, "/users/1/assignLicense", "LicenseAssignment.ReadWrite.All"),
            (Method::Get, "/subscribedSkus", "LicenseAssignment.Read.All"),
            (Method::Get, "/servicePrincipals(appId='1')?$select=id", "Application.Read.All"),
            (Method::Get, "/servicePrincipals/1/appRoleAssignments", "Application.Read.All"),
            (Method::Post, "/servicePrincipals/1/appRoleAssignedTo", "AppRoleAssignment.ReadWrite.All"),
            (Method::Delete, "/servicePrincipals/1/appRoleAssignments/2", "AppRoleAssignment.ReadWrite.All"),
            (Method::Post, "/servicePrincipals", "Application.ReadWrite.OwnedBy"),
            (Method::Delete, "/servicePrincipals/1", "Application.ReadWrite.All"),
            (Method::Get, "/oauth2PermissionGrants?$filter=x", "Directory.Read.All"),
            (Method::Patch, "/oauth2PermissionGrants/1", "DelegatedPermissionGrant.ReadWrite.All"),
        ] {
            assert_eq!(of_graph(method, path).map(|right| right.least), Some(least), "{method:?} {path}");
        }
        assert_eq!(of_graph(Method::Post, "$batch"), None);
    }

    #[test]
    fn reading_comes_with_writing() {
        let rights = without_implied(ALL.to_vec());
        let least: Vec<&str> = rights.iter().map(|right| right.least).collect();
        assert_eq!(
            least,
            [
                "AppRoleAssignment.ReadWrite.All",
                "Application.ReadWrite.All",
                "DelegatedPermissionGrant.ReadWrite.All",
                "LicenseAssignment.Read.All",
                "User.ReadWrite.All",
                "Exchange.ManageAsApp",
                "Distribution Groups",
                "Organization Configuration",
                "Role Management",
                "Security Group Creation and Membership",
                "View-Only Recipients",
            ]
        );
        let alone = without_implied(vec![&READ_USERS, &READ_USERS, &READ_LICENSES]);
        assert_eq!(alone, [&READ_LICENSES, &READ_USERS]);
    }
}
