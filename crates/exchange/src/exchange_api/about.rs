//! Whether the rows of a read by identity are about what was asked.
//!
//! Facts: the pages of fourteen `Get-` cmdlets, `Get-DistributionGroup` among them, warn that an identity which does not
//! exist may be answered with every object.

use serde_json::{Map, Value};

/// Properties that say which object a row is. Facts: what the pages of the cmdlets take as `-Identity`.
const SPELLINGS: &[&str] = &[
    "Identity",
    "Id",
    "Name",
    "Alias",
    "DisplayName",
    "DistinguishedName",
    "CanonicalName",
    "Guid",
    "ExchangeGuid",
    "ExchangeObjectId",
    "ExternalDirectoryObjectId",
    "PrimarySmtpAddress",
    "WindowsEmailAddress",
    "UserPrincipalName",
    "WindowsLiveID",
    "MicrosoftOnlineServicesID",
    "LegacyExchangeDN",
    "SamAccountName",
    "AppId",
    "ObjectId",
    "ServiceId",
    "EmailAddresses",
];

/// The identity that a cmdlet asks about, where its rows must be about it. Rows of members and permissions are about
/// others.
pub(super) fn asked<'a>(cmdlet: &str, parameters: &'a Map<String, Value>) -> Option<&'a str> {
    let noun = cmdlet.strip_prefix("Get-")?;
    if noun.ends_with("Member") || noun.ends_with("Permission") {
        return None;
    }
    parameters.get("Identity")?.as_str()
}

/// Whether a row is about the object of this identity.
pub(super) fn is_about(row: &Map<String, Value>, identity: &str) -> bool {
    let wanted = identity.trim().to_lowercase();
    let is_it = |text: &str| {
        let text = text.to_lowercase();
        // Addresses come with what they are: `SMTP:a@b.c`.
        text == wanted || text.strip_prefix("smtp:").is_some_and(|address| address == wanted)
    };
    let says = |value: &Value| match value {
        Value::String(text) => is_it(text),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).any(is_it),
        _ => false,
    };
    let named = |name: &String| SPELLINGS.iter().any(|spelling| spelling.eq_ignore_ascii_case(name));
    row.iter().any(|(name, value)| named(name) && says(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Map<String, Value> {
        let Value::Object(row) = value else { panic!("a row is an object") };
        row
    }

    #[test]
    fn a_row_is_about_whatever_names_it() {
        for (value, identity) in [
            (json!({ "PrimarySmtpAddress": "London@contoso.com" }), "london@CONTOSO.com"),
            (json!({ "EmailAddresses": ["SMTP:a@b.c", "smtp:old@b.c"] }), "Old@b.c"),
            (json!({ "Name": "Räume" }), "RÄUME"),
            (json!({ "AppId": "5B7C" }), "5b7c"),
            (json!({ "Guid": "g", "Name": "n" }), "g"),
        ] {
            assert!(is_about(&row(value.clone()), identity), "{value}");
        }
        for value in [json!({}), json!({ "Name": "other" }), json!({ "Notes": "x" }), json!({ "Name": null })]
        {
            assert!(!is_about(&row(value.clone()), "x"), "{value}");
        }
    }

    #[test]
    fn members_are_not_the_group() {
        let parameters = row(json!({ "Identity": "g" }));
        assert_eq!(asked("Get-DistributionGroup", &parameters), Some("g"));
        for other in ["Get-DistributionGroupMember", "Get-RoleGroupMember", "Set-DistributionGroup"] {
            assert_eq!(asked(other, &parameters), None, "{other}");
        }
        assert_eq!(asked("Get-ManagementScope", &Map::new()), None);
    }
}
