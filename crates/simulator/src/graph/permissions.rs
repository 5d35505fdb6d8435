//! Which application permissions a route takes, from the "Permissions" table of its page; the least privileged first.

/// The least privileged permission that a call would need, where the token holds none that is enough.
pub(super) fn lacking(roles: &[String], writes: bool, segments: &[&str]) -> Option<&'static str> {
    let needed = needed(writes, segments);
    if needed.is_empty() || needed.iter().any(|needed| roles.iter().any(|role| role == needed)) {
        return None;
    }
    needed.first().copied()
}

fn needed(writes: bool, segments: &[&str]) -> &'static [&'static str] {
    let first = segments.first().map_or("", |segment| segment.split('(').next().unwrap_or_default());
    let grants_roles = segments.iter().any(|s| matches!(*s, "appRoleAssignments" | "appRoleAssignedTo"));
    match (first, segments.last().copied(), writes) {
        ("users", Some("assignLicense"), _) => {
            &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"]
        }
        ("users", _, true) => &["User.ReadWrite.All", "Directory.ReadWrite.All"],
        ("users", _, false) => {
            &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"]
        }
        ("subscribedSkus", ..) => &[
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        ("organization", ..) => &[
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        ("groups", _, true) => &["Group.ReadWrite.All", "Directory.ReadWrite.All"],
        ("groups", _, false) => &[
            "GroupMember.Read.All",
            "Group.Read.All",
            "GroupMember.ReadWrite.All",
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        ("servicePrincipals", _, true) if grants_roles => &["AppRoleAssignment.ReadWrite.All"],
        ("servicePrincipals", _, true) => {
            &["Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All"]
        }
        ("servicePrincipals", _, false) => &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Application.ReadWrite.OwnedBy",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        ("oauth2PermissionGrants", _, true) => &["DelegatedPermissionGrant.ReadWrite.All"],
        ("oauth2PermissionGrants", _, false) => {
            &["Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"]
        }
        _ => &[],
    }
}
