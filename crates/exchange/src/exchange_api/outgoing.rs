//! What a cmdlet must be before it is sent: identities that name something, values that their enumerations have, and
//! the form in which the module writes parameters.
//!
//! Facts: the pages of fourteen `Get-` cmdlets warn that an empty identity answers with every object. PowerShell binds
//! the unique beginning of an enumeration's name, so that a value cut short may find something else, or nothing. The
//! module marks a hashtable, and those inside it, with their type, and writes `$true` in a filter as `'True'`.

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde_json::{Map, Value};

/// Parameters that say which object is meant, or which other object it has to do with. Where one is given, it must name
/// something.
const IDENTITIES: &[&str] = &[
    "Identity",
    "Name",
    "App",
    "AppId",
    "ObjectId",
    "ServiceId",
    "User",
    "Member",
    "SecurityGroup",
    "Computer",
    "Policy",
    "Role",
    "RoleAssignee",
    "Resource",
    "CustomRecipientWriteScope",
    "CustomResourceScope",
    "ExclusiveRecipientWriteScope",
    "RecipientAdministrativeUnitScope",
    "RecipientGroupScope",
    "RecipientOrganizationalUnitScope",
    "RecipientRestrictionFilter",
    "Filter",
];

/// Parameters that name several objects: none of them may be blank.
const LISTS: &[&str] = &["Members", "ManagedBy", "Roles"];

/// Cmdlets of these verbs act on one object, which they must be told, except on the organisation.
const ACTING_VERBS: &[&str] = &["Set", "Remove", "Add", "Update", "Test", "Enable", "Disable"];
const OF_THE_ORGANIZATION: &[&str] = &["OrganizationConfig", "OrganizationCustomization"];
/// Reads that answer about the members of one object.
const MEMBER_READS: &[&str] = &["Get-DistributionGroupMember", "Get-RoleGroupMember"];

/// The annotation of a hashtable.
const HASHTABLE: (&str, &str) = ("@odata.type", "#Exchange.GenericHashTable");

/// What must not be sent, and why. Nothing has been sent then.
pub(super) fn check(cmdlet: &str, parameters: &Map<String, Value>) -> Result<(), Failure> {
    let (verb, noun) = cmdlet.split_once('-').unwrap_or((cmdlet, ""));
    let acts = ACTING_VERBS.contains(&verb) && !OF_THE_ORGANIZATION.contains(&noun);
    if (acts || is_one_of(cmdlet, MEMBER_READS)) && !parameters.keys().any(|name| name == "Identity") {
        return Err(refused(cmdlet, "its Identity is missing", "would take that for every object"));
    }
    for (name, value) in parameters {
        if is_one_of(name, IDENTITIES) && !names_something(value) {
            return Err(refused(
                cmdlet,
                &format!("its {name} names nothing"),
                "could take it for every object",
            ));
        }
        if is_one_of(name, LISTS) && value.as_array().is_some_and(|all| !all.iter().all(names_something)) {
            return Err(refused(
                cmdlet,
                &format!("one of its {name} names nothing"),
                "could take it for every object",
            ));
        }
        if let Some(values) = enumeration(cmdlet, name)
            && let Some(wrong) = texts(value).find(|text| !is_one_of(text, values))
        {
            let told = format!("its {name} is {wrong}, which is none of {}", values.join(", "));
            return Err(refused(cmdlet, &told, "may take the beginning of a name for the name"));
        }
        if name == "RecipientRestrictionFilter"
            && let Some(note) = value.as_str().and_then(unknown_value)
        {
            return Err(refused(cmdlet, &format!("in its {name}, {note}"), "may find nobody by it"));
        }
    }
    Ok(())
}

fn refused(cmdlet: &str, what: &str, why: &str) -> Failure {
    Failure {
        refusal: Refusal::Invalid,
        message: format!("{cmdlet} was not sent: {what}, and the service {why}"),
        request_id: None,
        hint: Some("make the plan anew; a plan that was changed by hand may lack a name".to_owned()),
    }
}

fn is_one_of(text: &str, all: &[&str]) -> bool {
    all.iter().any(|one| one.eq_ignore_ascii_case(text))
}

/// Whether a value is text that is not blank.
fn names_something(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// The texts of a parameter that takes one or several.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, several) = (value.as_str(), value.as_array());
    one.into_iter().chain(several.into_iter().flatten().filter_map(Value::as_str))
}

/// The names that a parameter takes, where they are an enumeration. Facts: the parameters' sections of the cmdlets' pages.
fn enumeration(cmdlet: &str, parameter: &str) -> Option<&'static [&'static str]> {
    Some(match parameter.to_ascii_lowercase().as_str() {
        "recipienttypedetails" if cmdlet.eq_ignore_ascii_case("Get-DistributionGroup") => &[
            "MailNonUniversalGroup",
            "MailUniversalDistributionGroup",
            "MailUniversalSecurityGroup",
            "RoomList",
        ],
        "recipienttypedetails" => opath::Property::find("RecipientTypeDetails")?.enumeration(),
        "recipienttype" => opath::Property::find("RecipientType")?.enumeration(),
        "memberjoinrestriction" | "memberdepartrestriction" => &["Open", "Closed", "ApprovalRequired"],
        "roleassigneetype" => &[
            "User",
            "SecurityGroup",
            "RoleAssignmentPolicy",
            "ForeignSecurityPrincipal",
            "RoleGroup",
            "LinkedRoleGroup",
            "Computer",
            "ServicePrincipal",
        ],
        "type" if cmdlet.eq_ignore_ascii_case("New-DistributionGroup") => &["Distribution", "Security"],
        _ => return None,
    })
}

/// What a filter compares with and its property does not have.
fn unknown_value(filter: &str) -> Option<String> {
    let notes = opath::parse(filter).ok()?.notes();
    notes.iter().find(|note| note.id() == "unknown-value").map(|note| note.message().to_owned())
}

/// The parameters as the service takes them.
pub(super) fn in_form(parameters: &Map<String, Value>) -> Map<String, Value> {
    let formed = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) if name == "Filter" || name.ends_with("RestrictionFilter") => {
                Value::String(with_truth_values(text))
            }
            other => typed(other),
        };
        (name.clone(), value)
    };
    parameters.iter().map(formed).collect()
}

/// The value with every hashtable in it marked as one.
fn typed(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut marked = Map::with_capacity(fields.len() + 1);
            marked.insert(HASHTABLE.0.to_owned(), Value::from(HASHTABLE.1));
            // A type that stands there already stays.
            marked.extend(fields.iter().map(|(name, value)| (name.clone(), typed(value))));
            Value::Object(marked)
        }
        Value::Array(items) => Value::Array(items.iter().map(typed).collect()),
        other => other.clone(),
    }
}

/// A filter with `$true` and `$false` as text; what stands in quotation marks stays.
fn with_truth_values(filter: &str) -> String {
    let mut parts: Vec<String> = filter.split('\'').map(str::to_owned).collect();
    // Between the first quotation mark and the second stands text, between the second and the third none, and so on.
    for part in parts.iter_mut().step_by(2) {
        for (word, text) in [("$true", "'True'"), ("$false", "'False'")] {
            while let Some(start) = part.to_ascii_lowercase().find(word) {
                part.replace_range(start..start + word.len(), text);
            }
        }
    }
    parts.join("'")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(value: Value) -> Map<String, Value> {
        let Value::Object(parameters) = value else { panic!("parameters are an object") };
        parameters
    }

    fn refusal(cmdlet: &str, value: Value) -> String {
        match check(cmdlet, &parameters(value)) {
            Err(failure) => {
                assert_eq!(failure.refusal, Refusal::Invalid);
                failure.message
            }
            Ok(()) => "sent".to_owned(),
        }
    }

    #[test]
    fn no_identity_is_empty_whatever_it_is_called() {
        for name in IDENTITIES {
            for blank in [json!(""), json!(" \t"), Value::Null, json!([]), json!(5)] {
                let mut given = json!({ "Identity": "x" });
                given[name] = blank;
                assert!(refusal("Set-X", given.clone()).contains(name), "{given}");
            }
        }
        assert!(refusal("Add-RoleGroupMember", json!({ "identity": "x", "member": "" })).contains("missing"));
        assert!(
            refusal("Update-RoleGroupMember", json!({ "Identity": "x", "Members": ["a", " "] }))
                .contains("Members")
        );
        assert_eq!(refusal("Update-RoleGroupMember", json!({ "Identity": "x", "Members": [] })), "sent");
    }

    #[test]
    fn whoever_acts_on_an_object_says_on_which() {
        for cmdlet in ["Set-DistributionGroup", "Remove-ManagementScope", "Get-DistributionGroupMember"] {
            assert!(refusal(cmdlet, json!({})).contains("Identity is missing"), "{cmdlet}");
        }
        for cmdlet in ["Get-ManagementScope", "Set-OrganizationConfig", "Enable-OrganizationCustomization"] {
            assert_eq!(refusal(cmdlet, json!({})), "sent");
        }
        assert_eq!(refusal("New-RoleGroup", json!({ "Name": "x", "Description": null })), "sent");
    }

    #[test]
    fn the_beginning_of_a_name_is_not_the_name() {
        let of = |details: Value| refusal("Get-Recipient", json!({ "RecipientTypeDetails": details }));
        assert!(of(json!("RoomMailb")).contains("is RoomMailb, which is none of"));
        assert!(of(json!(["RoomMailbox", "Roo"])).contains("is Roo"));
        assert_eq!(of(json!(["roommailbox", "EquipmentMailbox"])), "sent");
        let groups =
            |details: &str| refusal("Get-DistributionGroup", json!({ "RecipientTypeDetails": details }));
        assert_eq!(groups("RoomList"), "sent");
        assert!(groups("RoomMailbox").contains("none of"));
        let scope = |filter: &str| {
            refusal("New-ManagementScope", json!({ "Name": "s", "RecipientRestrictionFilter": filter }))
        };
        assert!(
            scope("RecipientTypeDetails -eq 'RoomMailb'").contains("'RoomMailb' is not a documented value")
        );
        assert_eq!(scope("RecipientTypeDetails -eq 'RoomMailbox'"), "sent");
    }

    #[test]
    fn hashtables_are_marked_however_deep_they_lie() {
        let given = json!({ "ManagedBy": { "Add": ["a"], "Deep": { "x": 1 } }, "List": [{}], "Plain": [1, null, "x"] });
        assert_eq!(
            Value::Object(in_form(&parameters(given))),
            json!({
                "ManagedBy": { "@odata.type": "#Exchange.GenericHashTable", "Add": ["a"],
                    "Deep": { "@odata.type": "#Exchange.GenericHashTable", "x": 1 } },
                "List": [{ "@odata.type": "#Exchange.GenericHashTable" }],
                "Plain": [1, null, "x"],
            })
        );
        let own = json!({ "X": { "@odata.type": "#Exchange.ByteArrayType", "Data": "AA==" } });
        assert_eq!(in_form(&parameters(own.clone())), parameters(own));
    }

    #[test]
    fn truth_values_in_filters_are_text_and_text_stays() {
        assert_eq!(
            with_truth_values("HiddenFromAddressListsEnabled -eq $True -and Name -eq 'it''s $true'"),
            "HiddenFromAddressListsEnabled -eq 'True' -and Name -eq 'it''s $true'"
        );
        assert_eq!(with_truth_values("IsX -ne $false"), "IsX -ne 'False'");
        assert_eq!(with_truth_values("Name -ne $null"), "Name -ne $null");
        let given =
            parameters(json!({ "RecipientRestrictionFilter": "A -eq $true", "Description": "A -eq $true" }));
        let formed = in_form(&given);
        assert_eq!(formed["RecipientRestrictionFilter"], "A -eq 'True'");
        assert_eq!(formed["Description"], "A -eq $true");
    }
}
