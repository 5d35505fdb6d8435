//! Applications: a vendor's service principal in Entra, its consents, and Exchange's pointer to it.

use crate::change::Change;
use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Field, Located, shape};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Elements, Lowering};
use crate::manifest::texts::{Guid, is_guid};
use crate::manifest::{Reading, check};
use crate::resource::Edition;
use crate::value::Value;

/// The row of this kind. Facts: Microsoft Graph `servicePrincipal`, `appRoleAssignment`, `oauth2PermissionGrant`;
/// `New-ServicePrincipal`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "applications",
    title: "application",
    key: &["appId"],
    attributes: &[
        AttributeSpec::new("appId", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        // The display name of Exchange's pointer: a vendor's own service principal is named by the vendor.
        AttributeSpec::new("displayName", Semantics::Exact),
        // Every consent, as `<resource> <application|delegated> <value>`, for example `Microsoft Graph delegated User.Read`.
        AttributeSpec::new("permissions", Semantics::Set),
        // `registered` where Exchange's pointer is there and points to the right object. Not written in the manifest:
        // every application of an Exchange Online manifest has it.
        AttributeSpec::new("exchangeServicePrincipal", Semantics::Exact),
    ],
    after: &[],
    deletable: true,
    expand: None,
    remarks: None,
    delay: Some(delay),
    part: None,
    reading: Reading::of::<Application>(),
};

/// Page "Access tokens in the Microsoft identity platform": a token is good for 60 to 90 minutes and tells the permissions
/// of the moment when it was issued.
fn delay(change: &Change) -> Option<&'static str> {
    change.attributes.iter().any(|one| one.path == "permissions").then_some(
        "Consents that were given or taken back count from the application's next token on; the one it has is good for up to 90 minutes.",
    )
}

/// The APIs that are known by name, with their application ids.
const APIS: [(&str, &str); 2] = [
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
];

entry! {
    /// A vendor's application: its service principal in Entra, its consents, and Exchange's pointer to it.
    #[schemars(title = "Application")]
    Application {
        /// The application id (client id), as the vendor tells it.
        "appId" ! app_id: Guid,
        /// The display name of Exchange's pointer to the service principal.
        #[schemars(length(max = 256))]
        "displayName" ~ display_name: String,
        /// The permissions that are consented to, all of them: any other is revoked. `[]` means none; left out, consents
        /// are left alone.
        "permissions" ? permissions: Vec<Located<Permission>>,
    }
}

shape! {
    /// Consents to the permissions of one API.
    #[schemars(title = "Permissions of one API")]
    Permission {
        /// The API, by name or application id.
        #[schemars(extend("anyOf" = [{ "enum": APIS.map(|(name, _)| name) }, { "pattern": "^[0-9a-fA-F-]{36}$" }]))]
        "resource" ! resource: String,
        /// Permissions of the application itself (app roles).
        #[schemars(extend("examples" = [["Calendars.ReadWrite.All"]]))]
        "application" ~ application: Vec<Located<String>>,
        /// Permissions on behalf of a signed-in user (scopes), consented to for everybody.
        #[schemars(extend("examples" = [["EWS.AccessAsUser.All"], ["User.Read"]]))]
        "delegated" ~ delegated: Vec<Located<String>>,
    }
}

impl Entry for Application {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        self.app_id.value().map(|app_id| app_id.0.as_str())
    }

    fn names(&self) -> Vec<&str> {
        self.display_name.value().map(String::as_str).into_iter().collect()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        if !cx.only(Edition::ExchangeOnline, Some(draft.resource.place), "an application") {
            return;
        }
        draft.set("appId", self.app_id, |app_id| Value::Text(app_id.0));
        cx.at_most(&check::TOO_LONG, 256, "displayName", &self.display_name);
        draft.set("displayName", self.display_name, Value::Text);
        match self.permissions {
            Field::Value(located) => {
                let mut consents = Elements::default();
                for permission in located.value {
                    permissions(permission.value, &mut consents, cx);
                }
                draft.put("permissions", Value::Set(consents.into_values()), located.place);
            }
            other => draft.set("permissions", other, |_| Value::Null),
        }
        draft.put("exchangeServicePrincipal", Value::text("registered"), draft.resource.place);
    }
}

fn permissions(permission: Permission, consents: &mut Elements, cx: &mut Lowering<'_, '_>) {
    let Field::Value(resource) = permission.resource else { return };
    let stated = resource.value.trim();
    let known =
        APIS.iter().find(|(name, id)| name.eq_ignore_ascii_case(stated) || id.eq_ignore_ascii_case(stated));
    let api = match known {
        Some((name, _)) => (*name).to_owned(),
        None if is_guid(stated) => stated.to_ascii_lowercase(),
        None => {
            cx.report.find(
                &check::RESOURCE_UNKNOWN,
                resource.place,
                format!("`{stated}` is no API that is known by name"),
            );
            return;
        }
    };
    if permission.application.is_absent() && permission.delegated.is_absent() {
        cx.report
            .find(&check::MISSING_FIELD, resource.place, format!("no permission of {api} is stated"))
            .hint("add `application: […]` or `delegated: […]`");
    }
    for (sort, values) in [("application", permission.application), ("delegated", permission.delegated)] {
        for value in values.into_value().into_iter().flatten() {
            if value.value.contains(char::is_whitespace) {
                cx.report
                    .find(
                        &check::VALUE_INVALID,
                        value.place,
                        format!("`{}` is no name of a permission", value.value),
                    )
                    .hint("write one permission an element, such as `User.Read`");
                continue;
            }
            consents.add(format!("{api} {sort} {}", value.value), value.place, cx.report);
        }
    }
}
