//! Management roles that checks need to know.

/// What every application role begins with.
const APPLICATION: &str = "Application ";

/// The role that lets an account act as others in Exchange Web Services; gone from Exchange Online since February 2025.
pub(super) const IMPERSONATION: &str = "ApplicationImpersonation";

/// The application roles of Exchange Online, from the page "Role Based Access Control for Applications".
pub(super) const APPLICATION_ROLES: [&str; 24] = [
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

/// Whether the role is one for applications, known or not.
pub(super) fn is_for_applications(role: &str) -> bool {
    role.get(..APPLICATION.len()).is_some_and(|start| start.eq_ignore_ascii_case(APPLICATION))
}

/// Whether the role is `ApplicationImpersonation`.
pub(super) fn is_impersonation(role: &str) -> bool {
    let letters: String = role.chars().filter(|c| !c.is_whitespace()).collect();
    letters.eq_ignore_ascii_case(IMPERSONATION)
}

/// Exchange's own role groups, from the page "Built-in role groups", and those of Exchange Online.
pub(super) const BUILT_IN_GROUPS: [&str; 14] = [
    "Compliance Management",
    "Delegated Setup",
    "Discovery Management",
    "ExchangeServiceAdmins",
    "Help Desk",
    "Hygiene Management",
    "Organization Management",
    "Public Folder Management",
    "Recipient Management",
    "Records Management",
    "Security Administrator",
    "Server Management",
    "UM Management",
    "View-Only Organization Management",
];

/// Roles that an editor suggests; any other is taken, too.
pub(super) fn suggestions() -> Vec<&'static str> {
    APPLICATION_ROLES.into_iter().chain([IMPERSONATION]).collect()
}
