//! Texts with a form: addresses, GUIDs, keys and what may be either.

use super::check;
use super::decode::{Decode, Site, text, wrong_type};
use super::node::{Node, Tree, shortened};
use super::report::Report;
use crate::place::Place;

/// Declares a text with a form: its schema and the function that checks it.
macro_rules! text {
    ($(#[$meta:meta])* $name:ident: $expected:literal, $check:path) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        impl Decode for $name {
            const EXPECTED: &'static str = $expected;

            fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
                let place = node.place;
                let text = text(node, Self::EXPECTED, site, report)?;
                $check(&text, place, site, report).map(Self)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[derive(schemars::JsonSchema)]
                $(#[$meta])*
                #[allow(dead_code, reason = "only its schema is used")]
                struct Shape(String);
                <Shape as schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}

text! {
    /// An address, as `name@domain`.
    #[schemars(extend("pattern" = "^[^@\\s]+@[^@\\s]+$", "examples" = ["boardroom@contoso.com"]))]
    Smtp: "an address", address
}
text! {
    /// A GUID: 32 hexadecimal digits as 8-4-4-4-12.
    #[schemars(extend(
        "pattern" = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        "examples" = ["5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"],
    ))]
    Guid: "a GUID", guid
}
text! {
    /// The key of a service account of this manifest, or an address.
    #[schemars(extend("examples" = ["condeco", "svc-condeco@contoso.com"]))]
    Principal: "a key or an address", key_or_address
}
text! {
    /// The key of a room list of this manifest, or the address of a group.
    #[schemars(extend("examples" = ["london", "rooms-london@contoso.com"]))]
    Group: "a key or an address", key_or_address
}
text! {
    /// A type of recipient, as `RecipientTypeDetails`.
    #[schemars(extend("anyOf" = [{ "enum": super::policy::recipient_types() }, { "minLength": 1 }]))]
    RecipientType: "text", any
}
text! {
    /// A recipient filter in OPATH, as `New-ManagementScope -RecipientRestrictionFilter` takes it.
    #[schemars(extend("examples" = ["RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'"]))]
    FilterText: "text", any
}

/// Takes any text.
#[allow(clippy::unnecessary_wraps, reason = "one of several functions of one type")]
fn any(text: &str, _: Place, _: Site<'_>, _: &mut Report) -> Option<String> {
    Some(text.to_owned())
}

/// Whether the text is an address: something, one `@`, and a domain whose labels are letters, digits and hyphens.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_is_fine = !local.is_empty()
        && local.len() <= 64
        && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@()<>[],;:\\\"".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    local_is_fine
        && domain.len() <= 255
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// Whether the text is a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the text can be the key of a resource.
pub(crate) fn is_key(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        && text.starts_with(|c: char| c.is_alphanumeric())
        && text.chars().count() <= 64
}

/// Checks an address.
pub(crate) fn address(text: &str, place: Place, site: Site<'_>, report: &mut Report) -> Option<String> {
    if is_address(text) {
        return Some(text.to_owned());
    }
    invalid_address(text, place, &site.shown(), report);
    None
}

/// Reports what is no address, with the likeliest slip.
pub(crate) fn invalid_address(text: &str, place: Place, name: &str, report: &mut Report) {
    let shown = shortened(text);
    if !text.contains('@') {
        let finding = report.find(
            &check::ADDRESS_WITHOUT_AT,
            place,
            format!("{name} must be an address, found `{shown}`"),
        );
        if text.contains(' ') && text.rsplit(' ').next().is_some_and(|last| last.contains('.')) {
            finding.hint("write it as `name@domain`, without a space");
        } else if name.contains("userPrincipalName") {
            finding.hint("write it as `name@domain`, with a domain of the tenant");
        }
        return;
    }
    let finding = report.find(&check::ADDRESS_INVALID, place, format!("{name}: `{shown}` is not an address"));
    if text.trim() != text {
        finding.hint("remove the space around it");
    } else if text.to_lowercase().starts_with("smtp:") {
        finding.hint("write the address alone, without `SMTP:`");
    } else if text.contains('<') && text.contains('>') {
        finding.hint("write the address alone, without the display name and the angle brackets");
    } else if text.contains([';', ',']) && text.matches('@').count() > 1 {
        finding.hint("write one address an element");
    } else if text.contains([';', ',']) {
        finding.hint("write a dot in place of the comma or semicolon");
    } else if text.matches('@').count() > 1 {
        finding.hint("an address has one `@`");
    } else if text.contains(char::is_whitespace) {
        finding.hint("remove the space inside it");
    }
}

/// Checks a GUID and tells it in lower case.
pub(crate) fn guid(text: &str, place: Place, site: Site<'_>, report: &mut Report) -> Option<String> {
    if is_guid(text) {
        return Some(text.to_ascii_lowercase());
    }
    let bare = text.trim_matches(|c: char| "{}()\"' ".contains(c));
    let digits = bare.len() == 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let finding = report.find(
        &check::GUID_INVALID,
        place,
        format!("{}: `{}` is not a GUID", site.shown(), shortened(text)),
    );
    if is_guid(bare) {
        finding.hint(format!("write it without brackets: {}", bare.to_ascii_lowercase()));
    } else if digits {
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &bare[group]);
        finding.hint(format!("write it with hyphens: {}", groups.join("-")));
    } else if site.name == "appId" {
        finding.hint(
            "copy the Application (client) ID from the app's page in Entra; the Object ID beside it is another GUID",
        );
    }
    None
}

/// Checks the address where it is one; a key is looked up later.
fn key_or_address(text: &str, place: Place, site: Site<'_>, report: &mut Report) -> Option<String> {
    if text.contains('@') { address(text, place, site, report) } else { Some(text.to_owned()) }
}

/// A word out of a list.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $check:path, { $( $(#[$word_meta:meta])* $word:literal => $variant:ident, )* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, schemars::JsonSchema)]
        pub(crate) enum $name {
            $( $(#[$word_meta])* #[schemars(rename = $word)] $variant, )*
        }

        impl Decode for $name {
            const EXPECTED: &'static str = "text";

            fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
                let Tree::Text(text) = &node.tree else {
                    wrong_type(&node, Self::EXPECTED, site, report);
                    return None;
                };
                match text.as_ref() {
                    $( $word => Some(Self::$variant), )*
                    other => {
                        let words = [$($word),*];
                        let summary = format!("{} cannot be `{}`", site.shown(), shortened(other));
                        let finding = report.find(&$check, node.place, summary);
                        match super::near::nearest(other, words) {
                            Some(word) => finding.hint(format!("did you mean `{word}`?")),
                            None => finding.hint(format!("write {}", words.map(|word| format!("`{word}`")).join(" or "))),
                        };
                        None
                    }
                }
            }
        }
    };
}

words! {
    /// Whether an object is to be there.
    Presence, check::VALUE_INVALID, {
        /// It is to be there, as the entry says.
        "present" => Present,
        /// It is not to be there: it is deleted.
        "absent" => Absent,
    }
}
words! {
    /// Whether the organisation is customised.
    Customization, check::VALUE_INVALID, {
        /// `Enable-OrganizationCustomization` is run where it was not yet. That cannot be undone.
        "enabled" => Enabled,
    }
}
words! {
    /// Which product serves the tenant.
    Target, check::TARGET_UNKNOWN, {
        /// Exchange Online.
        "exchangeOnline" => ExchangeOnline,
        /// Exchange Server, on-premises.
        "exchangeServer" => ExchangeServer,
    }
}
words! {
    /// In which cloud of Microsoft 365 the tenant is; only for Exchange Online. The global one if it is left out.
    CloudName, check::CLOUD_UNKNOWN, {
        /// The worldwide one, Government Community Cloud (GCC) included.
        "global" => Global,
        /// Government Community Cloud High (GCC High) of the United States.
        "usGov" => UsGov,
        /// The Department of Defense of the United States.
        "usGovDoD" => UsGovDoD,
        /// The one that 21Vianet operates in China.
        "china" => China,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_guid, is_key};

    #[test]
    fn addresses_are_told_from_what_only_looks_like_one() {
        for yes in [
            "a@b.c",
            "o'hare@contoso.com",
            "räume@contoso.com",
            "cronofy.resource.list@contoso.com",
            "a@localhost",
        ] {
            assert!(is_address(yes), "{yes}");
        }
        for no in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b..c",
            "a b@c.d",
            "a@b@c",
            "SMTP:a@b.c",
            "A <a@b.c>",
            ".a@b.c",
            "a@-b.c",
        ] {
            assert!(!is_address(no), "{no}");
        }
    }

    #[test]
    fn guids_and_keys() {
        assert!(is_guid("5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"));
        assert!(!is_guid("5b7c9f0e6a3d4f559d0e2f3f6f1b7a10"));
        assert!(is_key("condeco-rooms") && is_key("1a") && is_key("münchen"));
        assert!(
            !is_key("")
                && !is_key("a.b")
                && !is_key("a@b")
                && !is_key("a b")
                && !is_key("-a")
                && !is_key("a[2]")
        );
    }
}
