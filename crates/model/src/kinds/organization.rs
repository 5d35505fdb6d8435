//! The organisation: customisation and who may use Exchange Web Services.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Located, shape};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Elements, Lowering};
use crate::manifest::texts::{Customization, is_guid};
use crate::manifest::{Reading, check};
use crate::resource::Edition;
use crate::value::Value;

/// The row of this kind. Facts: `Get-OrganizationConfig`, `Set-OrganizationConfig`, `Enable-OrganizationCustomization`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "organization",
    title: "organisation",
    key: &[],
    attributes: &[
        AttributeSpec::new("customization", Semantics::CaseInsensitive).on_change(OnChange::Irreversible),
        AttributeSpec::new("ews.enabled", Semantics::Exact),
        AttributeSpec::new("ews.allowedAppIds", Semantics::Set),
    ],
    after: &[],
    deletable: false,
    expand: None,
    remarks: None,
    delay: None,
    part: None,
    reading: Reading::of::<Organization>(),
};

entry! {
    /// The organisation itself: whether it is customised, and who may use Exchange Web Services.
    #[schemars(title = "Organisation")]
    Organization {
        /// `enabled` runs `Enable-OrganizationCustomization` where the organisation is not customised yet. Without it,
        /// scopes, role groups and assignments cannot be made. It cannot be undone. Exchange Online only.
        "customization" ~ customization: Customization,
        /// Exchange Web Services. Exchange Online switches them off tenant by tenant since October 2026.
        "ews" ~ ews: Ews,
    }
}

shape! {
    /// Who may use Exchange Web Services.
    #[schemars(title = "Exchange Web Services")]
    Ews {
        /// Whether Exchange Web Services are on (`Set-OrganizationConfig -EwsEnabled`). `null` leaves it to Microsoft.
        "enabled" ? enabled: bool,
        /// The applications that may use them: keys of `applications`, or application ids. It counts only while
        /// `enabled` is true. Exchange Online only.
        #[schemars(extend("examples" = [["applications.condeco"]]))]
        "allowedAppIds" ? allowed_app_ids: Vec<Located<String>>,
    }
}

impl Entry for Organization {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        if draft.absent {
            let place = self.ensure.place().unwrap_or(draft.resource.place);
            cx.report
                .find(&check::VALUE_INVALID, place, "the organisation cannot be absent")
                .hint("remove `ensure`: enabling customisation cannot be undone");
        }
        if cx.only(Edition::ExchangeOnline, self.customization.place(), "`customization`") {
            draft.set("customization", self.customization, |Customization::Enabled| Value::text("enabled"));
        }
        let Some(ews) = self.ews.into_value() else { return };
        let enabled = ews.enabled.value().copied();
        draft.set("ews.enabled", ews.enabled, Value::Bool);
        let place = ews.allowed_app_ids.place();
        if !cx.only(Edition::ExchangeOnline, place, "`ews.allowedAppIds`") {
            return;
        }
        let count = ews.allowed_app_ids.value().map_or(0, Vec::len);
        if let Some(place) = place
            && count > 0
            && enabled != Some(true)
        {
            cx.report.find(
                &check::EWS_ALLOW_LIST,
                place,
                "`ews.allowedAppIds` has no effect unless `ews.enabled` is true",
            );
        }
        if let Some(place) = place
            && count == 0
            && enabled == Some(true)
        {
            cx.report.find(
                &check::EWS_EMPTY_ALLOW_LIST,
                place,
                "with `ews.enabled: true` and nobody in `ews.allowedAppIds`, Exchange Online blocks Exchange Web Services for everybody",
            );
        }
        let mut allowed = Elements::default();
        match ews.allowed_app_ids {
            crate::manifest::decode::Field::Value(elements) => {
                for element in elements.value {
                    if is_guid(&element.value) {
                        allowed.add(element.value.to_ascii_lowercase(), element.place, cx.report);
                        continue;
                    }
                    let key = element.value.strip_prefix("applications.").unwrap_or(&element.value);
                    if let Some(app_id) = cx.refer(draft, "applications", key, element.place) {
                        allowed.add(app_id, element.place, cx.report);
                    }
                }
                draft.put("ews.allowedAppIds", Value::Set(allowed.into_values()), elements.place);
            }
            other => draft.set("ews.allowedAppIds", other, |_| Value::Null),
        }
    }
}
