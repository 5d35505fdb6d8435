//! Service accounts: an ordinary user with a mailbox and a licence (Online), or a mailbox user (Server).

use super::password_delivery::{self, Delivery};
use crate::delivery::attribute;
use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Field, Located, shape};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Elements, Lowering};
use crate::manifest::texts::Smtp;
use crate::manifest::{Reading, check};
use crate::resource::Edition;
use crate::value::Value;

/// The row of this kind. Facts: Microsoft Graph `user`; `New-Mailbox`, `Set-Mailbox`, `Set-User` on Exchange Server.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "serviceAccounts",
    title: "service account",
    key: &["userPrincipalName"],
    attributes: &[
        AttributeSpec::new("userPrincipalName", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("usageLocation", Semantics::CaseInsensitive),
        AttributeSpec::new("licenses", Semantics::Set),
        // `as licensed` where the mailbox that a licence comes with is there. Not written in the manifest: every account of
        // which it states licences has it.
        AttributeSpec::new("exchangeMailbox", Semantics::Exact),
        AttributeSpec::new("password.neverExpires", Semantics::Exact),
        AttributeSpec::new("password.changeAtNextSignIn", Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::FILE, Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::AGE_FILE, Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::AGE_RECIPIENTS, Semantics::Set).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::COMMAND, Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::VAULT, Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new(attribute::SECRET, Semantics::Exact).on_change(OnChange::WriteOnly),
        AttributeSpec::new("mailbox.alias", Semantics::CaseInsensitive),
        AttributeSpec::new("mailbox.name", Semantics::Exact),
        AttributeSpec::new("mailbox.firstName", Semantics::Exact),
        AttributeSpec::new("mailbox.lastName", Semantics::Exact),
        AttributeSpec::new("mailbox.organizationalUnit", Semantics::CaseInsensitive)
            .on_change(OnChange::WriteOnly),
    ],
    after: &[],
    deletable: true,
    expand: None,
    remarks: None,
    delay: None,
    part: None,
    reading: Reading::of::<ServiceAccount>(),
};

entry! {
    /// A service account: the ordinary user with a mailbox that a product signs in as.
    #[schemars(title = "Service account")]
    ServiceAccount {
        /// The user principal name. Another one means another account.
        "userPrincipalName" ! user_principal_name: Smtp,
        /// The display name.
        #[schemars(length(max = 256))]
        "displayName" ~ display_name: String,
        /// The country that the licence is used in: two letters of ISO 3166. Exchange Online only.
        #[schemars(extend("pattern" = "^[A-Za-z]{2}$", "examples" = ["GB", "DE"]))]
        "usageLocation" ? usage_location: String,
        /// Licences by their skuPartNumber. The mailbox comes with one that includes Exchange Online. Exchange Online only.
        #[schemars(extend("examples" = [["STANDARDPACK"], ["EXCHANGESTANDARD"]]))]
        "licenses" ? licenses: Vec<Located<String>>,
        /// The password. Its text is never in the manifest: it is made when the account is, and delivered.
        "password" ~ password: Password,
        /// The mailbox. Exchange Server only; in Exchange Online it comes with the licence.
        "mailbox" ~ mailbox: Mailbox,
    }
}

shape! {
    /// How the password behaves and where a new one goes.
    #[schemars(title = "Password")]
    Password {
        /// Whether the password never expires.
        "neverExpires" ~ never_expires: bool,
        /// Whether a new password has to be changed at the next sign-in. A product cannot do that. Counts only when the
        /// account is made.
        "changeAtNextSignIn" ~ change_at_next_sign_in: bool,
        /// Where the password of a new account goes.
        "deliverTo" ~ deliver_to: Delivery,
    }
}

shape! {
    /// The mailbox of a service account on Exchange Server, as `New-Mailbox` takes it.
    #[schemars(title = "Mailbox")]
    Mailbox {
        /// The alias.
        #[schemars(length(max = 64))]
        "alias" ~ alias: String,
        /// The name in Active Directory.
        #[schemars(length(max = 64))]
        "name" ~ name: String,
        /// The organisational unit that the account is made in. It is not moved later.
        #[schemars(extend("examples" = ["Users"]))]
        "organizationalUnit" ~ organizational_unit: String,
        /// The first name.
        "firstName" ? first_name: String,
        /// The last name.
        "lastName" ? last_name: String,
    }
}

impl Entry for ServiceAccount {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        self.user_principal_name.value().map(|upn| upn.0.as_str())
    }

    fn names(&self) -> Vec<&str> {
        self.display_name.value().map(String::as_str).into_iter().collect()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        draft.set("userPrincipalName", self.user_principal_name, |upn| Value::Text(upn.0));
        cx.at_most(&check::TOO_LONG, 256, "displayName", &self.display_name);
        draft.set("displayName", self.display_name, Value::Text);
        let online = cx.only(Edition::ExchangeOnline, self.licenses.place(), "`licenses`");
        let licensed = online && self.licenses.value().is_some_and(|licenses| !licenses.is_empty());
        if licensed && self.usage_location.is_absent() && !draft.absent {
            let place = self.licenses.place().unwrap_or(draft.resource.place);
            cx.report.find(&check::USAGE_LOCATION_MISSING, place, "`licenses` needs `usageLocation`");
        }
        if cx.only(Edition::ExchangeOnline, self.usage_location.place(), "`usageLocation`") {
            usage_location(self.usage_location, draft, cx);
        }
        if licensed {
            let place = self.licenses.place().unwrap_or(draft.resource.place);
            draft.put("exchangeMailbox", Value::text("as licensed"), place);
        }
        if online {
            let mut stated = Elements::default();
            draft.set("licenses", self.licenses, |elements| {
                for element in elements {
                    stated.add(element.value, element.place, cx.report);
                }
                Value::Set(stated.into_values())
            });
        }
        password(self.password, draft, cx);
        if let Field::Value(mailbox) = self.mailbox
            && cx.only(Edition::ExchangeServer, Some(mailbox.place), "`mailbox`")
        {
            let mailbox = mailbox.value;
            cx.at_most(&check::ALIAS_TOO_LONG, 64, "alias", &mailbox.alias);
            cx.at_most(&check::TOO_LONG, 64, "name", &mailbox.name);
            draft.set("mailbox.alias", mailbox.alias, Value::Text);
            draft.set("mailbox.name", mailbox.name, Value::Text);
            draft.set("mailbox.firstName", mailbox.first_name, Value::Text);
            draft.set("mailbox.lastName", mailbox.last_name, Value::Text);
            draft.set("mailbox.organizationalUnit", mailbox.organizational_unit, Value::Text);
        }
    }
}

fn usage_location(field: Field<String>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    if let Some(located) = field.located() {
        let country = &located.value;
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let finding = cx.report.find(
                &check::USAGE_LOCATION_INVALID,
                located.place,
                format!("`{country}` is not a country"),
            );
            if country.eq_ignore_ascii_case("uk") {
                finding.hint("the United Kingdom is `GB`");
            }
            return;
        }
        if country.eq_ignore_ascii_case("uk") {
            cx.report
                .find(&check::USAGE_LOCATION_INVALID, located.place, "`UK` is not a country of ISO 3166")
                .hint("the United Kingdom is `GB`");
            return;
        }
    }
    draft.set("usageLocation", field, |country| Value::Text(country.to_ascii_uppercase()));
}

fn password(field: Field<Password>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let (stated, wrong) = (!field.is_absent(), field.is_wrong());
    let password = field.into_value().unwrap_or_default();
    if !draft.absent {
        if password.deliver_to.is_absent() && !wrong && (stated || cx.edition == Edition::ExchangeServer) {
            let place = draft.resource.place;
            cx.report.find(
                &check::PASSWORD_NOT_DELIVERED,
                place,
                "`password.deliverTo` is not stated: if this account has to be made, its password would reach nobody",
            );
        }
        if password.change_at_next_sign_in.value() == Some(&true)
            && let Some(place) = password.change_at_next_sign_in.place()
        {
            cx.report.find(
                &check::PASSWORD_CHANGE_AT_SIGN_IN,
                place,
                "no product can change its password at the next sign-in",
            );
        }
        if password.never_expires.value() == Some(&false)
            && let Some(place) = password.never_expires.place()
        {
            cx.report.find(&check::PASSWORD_EXPIRES, place, "the password of this account expires");
        }
    }
    draft.set("password.neverExpires", password.never_expires, Value::Bool);
    draft.set("password.changeAtNextSignIn", password.change_at_next_sign_in, Value::Bool);
    password_delivery::lower(password.deliver_to, draft, cx);
}
