//! The table of checks: every finding about a manifest is raised in the name of one of these.

pub use super::report::Check;
use crate::diagnostic::Severity;

/// Every check, for documentation.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    TABLE.iter().copied()
}

/// The check that a note of the filter language is raised in the name of.
pub(crate) fn of_filter_note(id: &str) -> &'static Check {
    TABLE.iter().find(|check| check.id.strip_prefix("filter-") == Some(id)).copied().unwrap_or(&FILTER_NOTE)
}

macro_rules! checks {
    ($( $name:ident $severity:ident $id:literal $title:literal, $hint:literal; )*) => {
        $( pub(crate) static $name: Check = Check { id: $id, severity: Severity::$severity, title: $title, hint: $hint }; )*
        static TABLE: &[&Check] = &[$(&$name),*];
    };
}

checks! {
    // Files.
    FILE_UNREADABLE Error "file-unreadable"
        "A file or folder cannot be read", "check the path; paths in a manifest are relative to the file they stand in";
    NO_FILES Error "no-files"
        "A folder holds no manifest", "a manifest is a file that ends in .yaml or .yml";
    NOT_UTF8 Error "not-utf-8"
        "A file is not UTF-8", "save the file as UTF-8";
    YAML_SYNTAX Error "yaml-syntax"
        "A file is not YAML", "check indentation, quotes and brackets at and just before this place";
    TAB Error "tab-indentation"
        "A tab in the indentation", "indent with spaces: YAML forbids tabs there";
    YAML_TAG Error "yaml-tag"
        "A YAML tag that has no meaning here", "remove the tag";
    YAML_TOO_DEEP Error "yaml-too-deep"
        "Too many nested or expanded values", "write it without nesting aliases inside each other";
    EMPTY_MANIFEST Warning "empty-manifest"
        "The manifest has no resources", "add a section such as `roomLists`";

    // Shape.
    UNKNOWN_KEY Error "unknown-key"
        "A key that means nothing", "write one of the known keys, or remove it";
    DUPLICATE_KEY Error "duplicate-key"
        "A key stands twice", "remove or rename one of the two";
    WRONG_TYPE Error "wrong-type"
        "A value of the wrong type", "write a value of the type that is expected";
    MISSING_FIELD Error "missing-field"
        "A field that is needed is missing", "add the field";
    EMPTY_VALUE Error "empty-value"
        "A field without a value", "write a value, or remove the line";
    KEY_INVALID Error "key-invalid"
        "A resource's key is not usable", "use letters, digits, `-` and `_`, such as `london-rooms`";
    VERSION_UNSUPPORTED Error "version-unsupported"
        "The version of the manifest is not known", "write `version: 1`";
    TARGET_UNKNOWN Error "target-unknown"
        "The target is neither product", "write `exchangeOnline` or `exchangeServer`";
    CLOUD_UNKNOWN Error "cloud-unknown"
        "The cloud is none of Microsoft 365", "write `global`, `usGov`, `usGovDoD` or `china`, or leave it out for the global one";
    TENANT_INVALID Error "tenant-invalid"
        "The tenant is neither a domain nor a tenant id", "write the initial domain, such as `contoso.onmicrosoft.com`";
    CONFLICTING_HEADER Error "conflicting-header"
        "Two files disagree on version, target, cloud or tenant", "state it once, or the same in all files";
    MAX_DELETIONS_FORM Error "max-deletions-form"
        "The limit on deletions is neither a number nor a percentage", "write a number such as `5`, or a percentage such as `30%`";
    RECIPIENT_TYPE_UNKNOWN Warning "recipient-type-unknown"
        "A type of recipient that Exchange does not have", "write a RecipientTypeDetails such as `RoomMailbox`";
    IGNORE_UNKNOWN_ATTRIBUTE Error "ignore-unknown-attribute"
        "`ignore` names an attribute that the kind does not have", "name an attribute by its path, such as `password.neverExpires`";
    IGNORE_KEY_ATTRIBUTE Error "ignore-key-attribute"
        "`ignore` names what identifies the object", "remove it: an object with another value is another object";
    ABSENT_BUT_PROTECTED Error "absent-but-protected"
        "An entry is to be absent and never deleted", "remove `protect` or `ensure: absent`";

    // Values.
    ADDRESS_INVALID Error "address-invalid"
        "Not an address", "write it as `name@domain`";
    ADDRESS_WITHOUT_AT Error "address-without-at"
        "A name where an address is needed", "write the primary address: names are not unique in Exchange";
    GUID_INVALID Error "guid-invalid"
        "Not a GUID", "write 32 hexadecimal digits as 8-4-4-4-12";
    TOO_LONG Error "value-too-long"
        "A value is longer than Exchange takes", "shorten it";
    VALUE_INVALID Error "value-invalid"
        "A value that the field does not take", "write a value that it takes";
    SPACE_AROUND Warning "space-around-value"
        "A value with space around it", "remove the space: Exchange keeps it, and nobody sees it";
    DUPLICATE_ELEMENT Warning "duplicate-element"
        "An element stands twice in a list", "remove one of the two";

    // References.
    DANGLING_REFERENCE Error "dangling-reference"
        "A reference to nothing", "add the entry, or write an address";
    AMBIGUOUS_REFERENCE Error "ambiguous-reference"
        "A reference that could mean several entries", "write the key exactly as the entry has it";
    REFERENCE_TO_ABSENT Error "reference-to-absent"
        "A reference to an entry that is to be absent", "remove the reference, or make both absent";
    REFERENCE_CYCLE Error "reference-cycle"
        "Entries that need each other", "break the circle at one of these references";
    EXACTLY_ONE_OF Error "exactly-one-of"
        "Fields of which exactly one must stand there", "keep one of them";
    NAME_DUPLICATE Error "name-duplicate"
        "Two entries would be the same object", "give one of them another name, or remove it";
    NOT_IN_EDITION Error "not-in-edition"
        "Something that this edition of Exchange does not have", "remove it, or set the other `target`";

    // Organisation.
    EWS_ALLOW_LIST Warning "ews-allow-list-without-effect"
        "A list of applications for Exchange Web Services that has no effect", "set `ews.enabled: true`: the list counts only then";
    EWS_EMPTY_ALLOW_LIST Warning "ews-blocked-for-all"
        "Exchange Web Services are on for nobody", "list the applications that may use it in `ews.allowedAppIds`";

    // Service accounts.
    USAGE_LOCATION_MISSING Error "usage-location-missing"
        "A licence without a usage location", "add `usageLocation`, such as `GB`: Microsoft 365 assigns no licence without it";
    USAGE_LOCATION_INVALID Error "usage-location-invalid"
        "Not a country", "write two letters as in ISO 3166, such as `GB`";
    PASSWORD_NOT_DELIVERED Warning "password-not-delivered"
        "A new account's password would reach nobody", "add `password: { deliverTo: { file: … } }`, unless the account exists";
    PASSWORD_EXPIRES Note "password-expires"
        "The password of a service account expires", "set `neverExpires: true`, or plan who renews it on both sides";
    PASSWORD_CHANGE_AT_SIGN_IN Warning "password-change-at-sign-in"
        "A product cannot change a password at its first sign-in", "set `changeAtNextSignIn: false`";
    DELIVERY_COLLISION Error "password-delivery-collision"
        "Two passwords would be delivered to one place", "give each account a place of its own";
    AGE_RECIPIENT Error "age-recipient-invalid"
        "Something that age cannot encrypt to", "write a public key as `age-keygen` prints it, `age1…`";
    PASSWORD_COMMAND Error "password-command-invalid"
        "A command that cannot take a password", "write the program and its arguments as a list";
    KEY_VAULT Error "key-vault-invalid"
        "A secret that cannot be in a Key Vault", "write the vault's name and the secret's";

    // Applications.
    RESOURCE_UNKNOWN Error "resource-unknown"
        "An API that is not known by this name", "write `Office 365 Exchange Online`, `Microsoft Graph` or the API's application id";
    CONSENT_TENANT_WIDE Warning "consent-tenant-wide"
        "A consent reaches every mailbox, whatever the scope of an assignment", "remove the consent: a role assignment with a scope grants the same for those rooms alone";

    // Room lists.
    ROOM_LIST_NAME_TOO_LONG Error "room-list-name-too-long"
        "A room list's name has more than 64 characters", "shorten the name; a longer one fits `displayName`";
    ROOM_LIST_DISPLAY_NAME_TOO_LONG Error "room-list-display-name-too-long"
        "A room list's display name has more than 256 characters", "shorten the display name";
    ALIAS_TOO_LONG Error "alias-too-long"
        "An alias has more than 64 characters", "shorten the alias";
    ALIAS_INVALID Error "alias-invalid"
        "An alias with characters that Exchange does not take", "use letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them";
    ALIAS_NEEDED Warning "alias-needed"
        "A room list whose alias would be derived badly from its name", "add `alias`: Exchange replaces other letters in the name by `?`";
    PART_NAME_TOO_LONG Error "room-list-part-name-too-long"
        "A split room list leaves no room for the number of its parts", "shorten it to 60 characters, so that ` 2` to ` 999` fit behind it";
    ADDRESS_DUPLICATE Error "primary-address-duplicate"
        "Two entries have the same primary address", "give each its own address";
    ROOM_LIST_NESTED Warning "room-list-nested"
        "A room list inside a room list", "list its rooms instead: Room Finder does not look inside nested lists";
    ROOM_LIST_LARGE Note "room-list-large"
        "A room list of more than 50 rooms", "set `maxMembers: 50` to split it: Outlook loads about 30 rooms in 10 seconds";
    ROOM_LIST_TOO_LARGE Warning "room-list-too-large"
        "A room list of more than 100 rooms", "set `maxMembers` to split it: older clients show the first 100 rooms only";
    ROOM_LIST_EMPTY Warning "room-list-empty"
        "A room list without members", "add members, or remove the line to leave them alone";
    CSV_COLUMN_MISSING Error "csv-column-missing"
        "A CSV file without the column", "name one of the columns that the file has";
    CSV_EMPTY_ADDRESS Error "csv-empty-address"
        "A row of a CSV file without an address", "fill in the address, or remove the row";
    CSV_INVALID Error "csv-invalid"
        "A CSV file whose quotes do not match", "close the quote, and double quotes inside a quoted field";

    // Scopes.
    FILTER_SYNTAX Error "filter-syntax"
        "A recipient filter that Exchange would not understand", "write it as `Property -operator 'value'`, joined by -and, -or";
    FILTER_MATCHES_NOTHING Warning "filter-matches-nothing"
        "A recipient filter that finds nobody", "correct it: no recipient can have all of this";
    FILTER_MATCHES_EVERYTHING Warning "filter-matches-everything"
        "A recipient filter that finds everybody", "narrow it to the rooms that are meant";
    FILTER_ADDRESS Warning "filter-address-instead-of-distinguished-name"
        "A recipient filter that finds nobody, because it names a group by its address", "write the group's distinguished name";
    FILTER_LEADING_WILDCARD Warning "filter-leading-wildcard"
        "A recipient filter with a wildcard in front", "put the wildcard at the end: Exchange Online supports it there only";
    FILTER_WILDCARD_WITHOUT_LIKE Warning "filter-wildcard-without-like"
        "A recipient filter that compares with an asterisk", "write `-like`";
    FILTER_UNKNOWN_PROPERTY Warning "filter-unknown-property"
        "A recipient filter with a property that is not documented", "see the page of filterable properties";
    FILTER_UNKNOWN_VALUE Error "filter-unknown-value"
        "A recipient filter with a value that the property does not have", "see the page of filterable properties";
    FILTER_MIXED_OPERATORS Warning "filter-mixed-operators"
        "A recipient filter with -and and -or side by side", "put parentheses around what belongs together";
    FILTER_QUOTED_SYSTEM_VALUE Warning "filter-quoted-system-value"
        "A recipient filter that takes a system value for text", "write it without quotes";
    FILTER_NOTE Warning "filter-note"
        "A recipient filter that probably does not do what is meant", "see what it finds before it is used";
    SCOPES_EQUIVALENT Error "scopes-equivalent"
        "Two scopes with the same filter", "keep one and refer to it twice: Exchange refuses a second one";
    SCOPE_UNUSED Note "scope-unused"
        "A scope that no assignment of this manifest uses", "refer to it by `scope:`, or remove it";
    EXCLUSIVE_SCOPE Warning "exclusive-scope"
        "An exclusive scope takes everybody else's access at once", "remove `exclusive` unless that is meant; it does not restrict applications";

    // Roles.
    IMPERSONATION_ON_ONLINE Error "application-impersonation-on-online"
        "ApplicationImpersonation does not exist in Exchange Online any more", "give an application the role `Application Calendars.ReadWrite` (or `Application EWS.AccessAsApp` while Exchange Web Services last) over the same scope";
    APPLICATION_ROLE_ON_SERVER Error "application-role-on-server"
        "Application roles exist in Exchange Online only", "on Exchange Server, give a service account the role `ApplicationImpersonation`";
    APPLICATION_ROLE_UNKNOWN Warning "application-role-unknown"
        "An application role that is not known", "see New-ManagementRoleAssignment -App for the roles";
    APPLICATION_ROLE_TO_USER Error "application-role-without-app"
        "An application role is held by applications alone", "assign it with `app:`";
    USER_ROLE_TO_APP Error "app-without-application-role"
        "An application takes application roles alone", "choose a role that begins with `Application `, such as `Application Calendars.ReadWrite`";
    ROLE_ASSIGNMENT_UNSCOPED Error "role-assignment-unscoped"
        "An assignment without a scope reaches every mailbox", "add `scope`, or `allowUnscoped: true` if the whole organisation is meant";
    UNSCOPED_ALLOWED Note "allow-unscoped-without-effect"
        "`allowUnscoped` on an assignment that has a scope", "remove `allowUnscoped`";
    ASSIGNMENT_DUPLICATE Error "role-assignment-duplicate"
        "Two assignments of the same role to the same principal over the same recipients", "remove one of them";
    SCOPE_OVERRIDDEN Warning "scope-overridden"
        "An unscoped assignment makes a scoped one meaningless", "remove the unscoped assignment: what assignments grant adds up";
    GROUP_OF_SPLIT_LIST Warning "group-of-split-list"
        "Only the first part of a split room list is reached", "use `scope` with a management scope whose `memberOf` names the list: it covers every part";
    APP_EXCLUSIVE_SCOPE Error "app-with-exclusive-scope"
        "An application cannot be given an exclusive scope", "use a scope that is not exclusive";
    ROLE_GROUP_WITHOUT_ROLES Note "role-group-without-roles"
        "A role group without roles grants nothing", "add `roles`, or leave it out to leave them alone";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{checks, of_filter_note};

    /// The ids that the filter language documents.
    #[test]
    fn every_note_on_a_filter_is_a_check_of_its_own() {
        let mut ids = BTreeSet::new();
        for note in [
            "matches-nothing",
            "matches-everything",
            "address-instead-of-distinguished-name",
            "leading-wildcard",
            "wildcard-without-like",
            "unknown-property",
            "unknown-value",
            "mixed-operators",
            "quoted-system-value",
        ] {
            assert!(ids.insert(of_filter_note(note).id), "{note}");
        }
        assert!(!ids.contains(of_filter_note("something-new").id));
    }

    #[test]
    fn ids_are_unique_and_in_kebab_case_and_texts_are_sentences_without_a_stop() {
        let mut ids = BTreeSet::new();
        for check in checks() {
            assert!(ids.insert(check.id), "{} stands twice", check.id);
            assert!(
                check.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                check.id
            );
            assert!(!check.title.ends_with('.') && !check.hint.ends_with('.'), "{}", check.id);
        }
        assert!(ids.len() >= 40);
    }
}
