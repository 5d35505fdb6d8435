//! Role groups: principals who share management roles.

use crate::change::{Action, Change};
use crate::diagnostic::Diagnostic;
use crate::kind::{AttributeSpec, KindSpec, Semantics};
use crate::manifest::decode::{Field, Located};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Elements, Lowering};
use crate::manifest::texts::Principal;
use crate::manifest::{Reading, check};
use crate::resource::{Edition, Resource};
use crate::value::Value;

/// The row of this kind. Facts: `New-RoleGroup`, `Set-RoleGroup`; roles and scope change through the group's own role
/// assignments.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roleGroups",
    title: "role group",
    key: &["name"],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("description", Semantics::Exact),
        AttributeSpec::new("managedBy", Semantics::IdentitySet),
        AttributeSpec::new("roles", Semantics::Set),
        AttributeSpec::new("members", Semantics::IdentitySet),
        AttributeSpec::new("scope", Semantics::CaseInsensitive).refers_to("managementScopes"),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
    remarks: Some(remarks),
    delay: None,
    part: None,
    reading: Reading::of::<RoleGroup>(),
};

/// A new group with roles and without a scope reaches every mailbox, which no line of a difference would say.
fn remarks(change: &Change, resource: &Resource) -> Vec<Diagnostic> {
    let scoped = resource.get("scope").is_some_and(|value| !value.is_unset());
    let roles = resource.get("roles").is_some_and(|value| !value.is_unset());
    if change.action != Action::Create || scoped || !roles {
        return Vec::new();
    }
    vec![
        Diagnostic::warning(
            "reaches-everybody",
            "the roles of this group will reach every mailbox of the organisation",
        )
        .about(&change.address)
        .hint("give the group a scope that holds only the rooms"),
    ]
}

entry! {
    /// A role group: principals who share management roles over one scope.
    #[schemars(title = "Role group")]
    RoleGroup {
        /// The name.
        #[schemars(length(max = 64))]
        "name" ! name: String,
        /// The display name.
        #[schemars(length(max = 256))]
        "displayName" ~ display_name: String,
        /// What it is for.
        "description" ? description: String,
        /// Who may change the members: keys of service accounts, or addresses.
        "managedBy" ? managed_by: Vec<Located<Principal>>,
        /// The management roles of the group, all of them.
        #[schemars(extend("examples" = [["ApplicationImpersonation"]]))]
        "roles" ~ roles: Vec<Located<String>>,
        /// The members, all of them: keys of service accounts, or addresses.
        "members" ? members: Vec<Located<Principal>>,
        /// The management scope that the roles reach, by its key. `null` is the whole organisation.
        "scope" ? scope: String,
    }
}

impl Entry for RoleGroup {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        self.name.value().map(String::as_str)
    }

    fn names(&self) -> Vec<&str> {
        let names = [self.name.value(), self.display_name.value()];
        names.into_iter().flatten().map(String::as_str).collect()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        cx.at_most(&check::TOO_LONG, 64, "name", &self.name);
        cx.at_most(&check::TOO_LONG, 256, "displayName", &self.display_name);
        draft.set("name", self.name, Value::Text);
        draft.set("displayName", self.display_name, Value::Text);
        draft.set("description", self.description, Value::Text);
        principals("managedBy", self.managed_by, draft, cx);
        roles(self.roles, draft, cx);
        principals("members", self.members, draft, cx);
        match self.scope {
            Field::Value(scope) => {
                if let Some(name) = cx.refer(draft, "managementScopes", &scope.value, scope.place) {
                    draft.put("scope", Value::Text(name), scope.place);
                }
            }
            other => draft.set("scope", other, Value::Text),
        }
    }
}

fn principals(
    attribute: &str,
    field: Field<Vec<Located<Principal>>>,
    draft: &mut Draft,
    cx: &mut Lowering<'_, '_>,
) {
    match field {
        Field::Value(located) => {
            let elements = located.value.into_iter();
            let elements =
                elements.map(|element| Located { value: element.value.0, place: element.place }).collect();
            let resolved = cx.principals::<String>(draft, elements);
            draft.put(attribute, Value::Set(resolved), located.place);
        }
        other => draft.set(attribute, other, |_| Value::Null),
    }
}

fn roles(field: Field<Vec<Located<String>>>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let Field::Value(located) = field else { return };
    if located.value.is_empty() && !draft.absent {
        cx.report.find(
            &check::ROLE_GROUP_WITHOUT_ROLES,
            located.place,
            "a role group without roles grants nothing",
        );
    }
    let mut roles = Elements::default();
    for role in located.value {
        if super::roles::is_impersonation(&role.value)
            && cx.edition == Edition::ExchangeOnline
            && !draft.absent
        {
            let summary = format!("the role `{}` does not exist in Exchange Online any more", role.value);
            cx.report.find(&check::IMPERSONATION_ON_ONLINE, role.place, summary);
        } else if super::roles::is_for_applications(&role.value) {
            let summary = format!("`{}` is an application role, which no role group can hold", role.value);
            cx.report
                .find(&check::APPLICATION_ROLE_TO_USER, role.place, summary)
                .hint("make a role assignment with `app:` in place of the role group");
        } else {
            roles.add(role.value, role.place, cx.report);
        }
    }
    draft.put("roles", Value::Set(roles.into_values()), located.place);
}
