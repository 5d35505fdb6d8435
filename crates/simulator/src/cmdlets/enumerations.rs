//! Enumerated parameter types and their members.

const RECIPIENT_TYPE_DETAILS: &[&str] = &[
    "DiscoveryMailbox",
    "DynamicDistributionGroup",
    "EquipmentMailbox",
    "GroupMailbox",
    "GuestMailUser",
    "LegacyMailbox",
    "LinkedMailbox",
    "LinkedRoomMailbox",
    "MailContact",
    "MailForestContact",
    "MailNonUniversalGroup",
    "MailUniversalDistributionGroup",
    "MailUniversalSecurityGroup",
    "MailUser",
    "PublicFolder",
    "PublicFolderMailbox",
    "RemoteEquipmentMailbox",
    "RemoteRoomMailbox",
    "RemoteSharedMailbox",
    "RemoteTeamMailbox",
    "RemoteUserMailbox",
    "RoomList",
    "RoomMailbox",
    "SchedulingMailbox",
    "SharedMailbox",
    "SharedWithMailUser",
    "TeamMailbox",
    "User",
    "UserMailbox",
];

const RECIPIENT_TYPE: &[&str] = &[
    "DynamicDistributionGroup",
    "MailContact",
    "MailNonUniversalGroup",
    "MailUniversalDistributionGroup",
    "MailUniversalSecurityGroup",
    "MailUser",
    "PublicFolder",
    "UserMailbox",
];

/// The members of an enumerated type, if it is one that the simulator knows.
pub(crate) fn members(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "MemberUpdateType" => &["Closed", "Open", "ApprovalRequired"],
        "GroupType" => &["Distribution", "Security"],
        "RecipientTypeDetails" => RECIPIENT_TYPE_DETAILS,
        "RecipientType" => RECIPIENT_TYPE,
        "TransportModerationNotificationFlags" => &["Never", "Internal", "Always"],
        "RecipientWriteScopeType" => &[
            "None",
            "NotApplicable",
            "Organization",
            "MyGAL",
            "Self",
            "MyDirectReports",
            "OU",
            "CustomRecipientScope",
            "MyDistributionGroups",
            "MyExecutive",
            "ExclusiveRecipientScope",
            "MailboxICanDelegate",
            "AdministrativeUnit",
            "GroupScope",
        ],
        "RoleAssigneeType" => &[
            "User",
            "SecurityGroup",
            "RoleAssignmentPolicy",
            "ForeignSecurityPrincipal",
            "RoleGroup",
            "LinkedRoleGroup",
            "Computer",
            "ServicePrincipal",
        ],
        "AssignmentMethod" => {
            &["Direct", "SecurityGroup", "RoleGroup", "RoleAssignmentPolicy", "RoleGroupAndSecurityGroup"]
        }
        "ConvertibleMailboxSubType" => &["Regular", "Room", "Equipment", "Shared", "Workspace", "Desk"],
        "EwsApplicationAccessPolicy" => &["EnforceAllowList", "EnforceBlockList"],
        _ => return None,
    })
}

/// Binds a word to a member as PowerShell does: in any case, or by a prefix that only one member has.
pub(crate) fn bind(members: &'static [&'static str], word: &str) -> Option<&'static str> {
    if let Some(exact) = members.iter().find(|member| member.eq_ignore_ascii_case(word)) {
        return Some(exact);
    }
    let begins = |member: &&&str| {
        !word.is_empty() && member.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let mut hits = members.iter().filter(begins);
    match (hits.next(), hits.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_prefixes_bind() {
        let update = members("MemberUpdateType").unwrap();
        assert_eq!(bind(update, "closed"), Some("Closed"));
        assert_eq!(bind(update, "App"), Some("ApprovalRequired"));
        assert_eq!(bind(update, "Sealed"), None);
        let details = members("RecipientTypeDetails").unwrap();
        assert_eq!(bind(details, "Room"), None, "RoomList and RoomMailbox both begin so");
        assert_eq!(bind(details, "RoomM"), Some("RoomMailbox"));
    }
}
