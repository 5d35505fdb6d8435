//! Role assignments: which principal holds which management role over which recipients.

use crate::change::{Action, Change};
use crate::diagnostic::Diagnostic;
use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Field, Located};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Lowering};
use crate::manifest::texts::{Group, Principal, is_guid};
use crate::manifest::{Reading, check};
use crate::place::Place;
use crate::resource::{Edition, Resource};
use crate::value::Value;

/// The row of this kind. Facts: `New-ManagementRoleAssignment`, `Set-ManagementRoleAssignment`; what is not documented
/// to change in place is replaced.
///
/// Exactly one of `app`, `user`, `roleGroup`, `securityGroup` is stated. `scope`, `administrativeUnit`, `group` and
/// `organizationalUnit` are always stated, all but at most one as `null`: the reach of an assignment is never unmanaged.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roleAssignments",
    title: "role assignment",
    key: &[
        "role",
        "app",
        "user",
        "roleGroup",
        "securityGroup",
        "scope",
        "administrativeUnit",
        "group",
        "organizationalUnit",
    ],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("role", Semantics::CaseInsensitive).on_change(OnChange::Replace),
        AttributeSpec::new("app", Semantics::Identity).on_change(OnChange::Replace).refers_to("applications"),
        AttributeSpec::new("user", Semantics::Identity)
            .on_change(OnChange::Replace)
            .refers_to("serviceAccounts"),
        AttributeSpec::new("roleGroup", Semantics::CaseInsensitive)
            .on_change(OnChange::Replace)
            .refers_to("roleGroups"),
        AttributeSpec::new("securityGroup", Semantics::Identity).on_change(OnChange::Replace),
        AttributeSpec::new("scope", Semantics::CaseInsensitive)
            .on_change(OnChange::ReplaceUnlessBothSet)
            .refers_to("managementScopes"),
        AttributeSpec::new("administrativeUnit", Semantics::CaseInsensitive)
            .on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("group", Semantics::Identity).on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("organizationalUnit", Semantics::CaseInsensitive)
            .on_change(OnChange::ReplaceUnlessBothSet),
        AttributeSpec::new("delegating", Semantics::Exact).on_change(OnChange::Replace),
        AttributeSpec::new("enabled", Semantics::Exact),
        AttributeSpec::new("allowUnscoped", Semantics::Exact).on_change(OnChange::Local),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
    remarks: Some(remarks),
    delay: Some(delay),
    part: None,
    reading: Reading::of::<RoleAssignment>(),
};

/// The attributes that narrow what an assignment reaches.
const NARROWING: [&str; 4] = ["scope", "administrativeUnit", "group", "organizationalUnit"];

/// An assignment without any of these reaches every mailbox, which no line of a difference would say.
fn remarks(change: &Change, resource: &Resource) -> Vec<Diagnostic> {
    let narrowed = NARROWING.iter().any(|name| resource.get(name).is_some_and(|value| !value.is_unset()));
    let delegating = resource.get("delegating") == Some(&Value::Bool(true));
    if narrowed || delegating || change.action == Action::Delete {
        return Vec::new();
    }
    let role = resource.text("role").unwrap_or("its role");
    vec![
        Diagnostic::warning(
            "reaches-everybody",
            format!("{role} will reach every mailbox of the organisation"),
        )
        .about(&change.address)
        .hint("give the assignment a scope that holds only the rooms"),
    ]
}

/// Only applications wait for the cache; a user has a new right at the next sign-in.
fn delay(change: &Change) -> Option<&'static str> {
    let is_app = |value: &Value| !value.is_unset();
    let moved = change.attributes.iter().find(|one| one.path == "app");
    (change.subject.get("app").is_some_and(is_app)
        || moved.is_some_and(|one| is_app(&one.before) || is_app(&one.after)))
    .then_some(super::APPLICATION_CACHE)
}

entry! {
    /// A role assignment: one principal holds one management role over some recipients. It takes exactly one of `app`,
    /// `user`, `roleGroup` and `securityGroup`.
    #[schemars(
        title = "Role assignment",
        extend("oneOf" = [
            { "required": ["app"] },
            { "required": ["user"] },
            { "required": ["roleGroup"] },
            { "required": ["securityGroup"] },
        ]),
        extend("anyOf" = [
            { "required": ["scope"] },
            { "required": ["administrativeUnit"] },
            { "required": ["group"] },
            { "required": ["organizationalUnit"] },
            { "required": ["allowUnscoped"] },
            { "required": ["ensure"] },
        ]),
    )]
    RoleAssignment {
        /// The name. Left out, a new assignment is named after its key, and an existing one keeps its name.
        #[schemars(length(max = 64))]
        "name" ~ name: String,
        /// The management role.
        #[schemars(extend("anyOf" = [{ "enum": super::roles::suggestions() }, { "minLength": 1 }]))]
        "role" ! role: String,
        /// The application: its key, or its application id. Exchange Online only.
        #[schemars(extend("examples" = ["condeco"]))]
        "app" ~ app: String,
        /// The user: the key of a service account, or an address.
        "user" ~ user: Principal,
        /// The role group: its key, or its name in the tenant where the manifest does not hold it.
        "roleGroup" ~ role_group: String,
        /// The mail-enabled security group, by address or GUID.
        "securityGroup" ~ security_group: String,
        /// The management scope, by its key.
        #[schemars(extend("examples" = ["condeco-rooms"]))]
        "scope" ~ scope: String,
        /// The administrative unit, by its id. Exchange Online only.
        "administrativeUnit" ~ administrative_unit: String,
        /// The direct members of one group: the key of a room list, or the address of a group. For applications only.
        "group" ~ group: Group,
        /// The organisational unit. Exchange Server only.
        "organizationalUnit" ~ organizational_unit: String,
        /// Says that the whole organisation is meant, where no scope is stated.
        #[schemars(extend("default" = false))]
        "allowUnscoped" ~ allow_unscoped: bool,
        /// Whether the assignment lets its holder assign the role to others, instead of using it.
        #[schemars(extend("default" = false))]
        "delegating" ~ delegating: bool,
        /// Whether the assignment counts.
        #[schemars(extend("default" = true))]
        "enabled" ~ enabled: bool,
    }
}

impl Entry for RoleAssignment {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        self.name.value().map(String::as_str)
    }

    fn names(&self) -> Vec<&str> {
        self.name.value().map(String::as_str).into_iter().collect()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        cx.at_most(&check::TOO_LONG, 64, "name", &self.name);
        self.check_role(draft, cx);
        self.check_scope(draft, cx);
        draft.set("name", self.name, Value::Text);
        draft.set("role", self.role, Value::Text);
        assignee(
            Assignee {
                app: self.app,
                user: self.user,
                role_group: self.role_group,
                security_group: self.security_group,
            },
            draft,
            cx,
        );
        scope(self.scope, self.administrative_unit, self.group, self.organizational_unit, draft, cx);
        draft.set("delegating", self.delegating, Value::Bool);
        draft.set("enabled", self.enabled, Value::Bool);
        draft.set("allowUnscoped", self.allow_unscoped, Value::Bool);
    }
}

impl RoleAssignment {
    fn check_role(&self, draft: &Draft, cx: &mut Lowering<'_, '_>) {
        let Some(role) = self.role.located() else { return };
        let (name, place) = (role.value.as_str(), role.place);
        let for_applications = super::roles::is_for_applications(name);
        if super::roles::is_impersonation(name) && cx.edition == Edition::ExchangeOnline {
            if !draft.absent {
                let summary = format!("the role `{name}` does not exist in Exchange Online any more");
                cx.report.find(&check::IMPERSONATION_ON_ONLINE, place, summary);
            }
            return;
        }
        if for_applications && cx.edition == Edition::ExchangeServer {
            let summary = format!("the role `{name}` exists in Exchange Online only");
            cx.report.find(&check::APPLICATION_ROLE_ON_SERVER, place, summary);
            return;
        }
        if for_applications
            && !super::roles::APPLICATION_ROLES.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            let finding = cx.report.find(
                &check::APPLICATION_ROLE_UNKNOWN,
                place,
                format!("the application role `{name}` is not known"),
            );
            if let Some(near) = crate::manifest::nearest(name, super::roles::APPLICATION_ROLES) {
                finding.hint(format!("did you mean `{near}`?"));
            }
        }
        let others = [self.user.place(), self.role_group.place(), self.security_group.place()];
        // That both are stated is told elsewhere.
        let app_too = self.app.place().is_some();
        if for_applications
            && !app_too
            && let Some(other) = others.into_iter().flatten().next()
        {
            let summary = format!("the role `{name}` can be held by an application alone");
            cx.report
                .find(&check::APPLICATION_ROLE_TO_USER, place, summary)
                .related(other, "it is assigned to this");
        } else if !for_applications && let Some(app) = self.app.place() {
            let summary = format!("an application cannot hold the role `{name}`");
            let near =
                crate::manifest::nearest(&format!("Application {name}"), super::roles::APPLICATION_ROLES);
            let finding = cx
                .report
                .find(&check::USER_ROLE_TO_APP, place, summary)
                .related(app, "it is assigned to this");
            if let Some(near) = near {
                finding.hint(format!("did you mean `{near}`?"));
            }
        }
    }

    fn check_scope(&self, draft: &Draft, cx: &mut Lowering<'_, '_>) {
        let stated = [
            ("scope", self.scope.place()),
            ("administrativeUnit", self.administrative_unit.place()),
            ("group", self.group.place()),
            ("organizationalUnit", self.organizational_unit.place()),
        ];
        let wrong = self.allow_unscoped.is_wrong()
            || self.scope.is_wrong()
            || self.administrative_unit.is_wrong()
            || self.group.is_wrong()
            || self.organizational_unit.is_wrong();
        let stated: Vec<(&str, Place)> =
            stated.into_iter().filter_map(|(name, place)| Some((name, place?))).collect();
        if let [(first, first_place), (second, second_place), ..] = stated.as_slice() {
            cx.report
                .find(&check::EXACTLY_ONE_OF, *second_place, format!("`{first}` and `{second}` cannot both be stated"))
                .related(*first_place, format!("`{first}`"))
                .hint("keep one: an assignment has one scope; grants over several scopes are several assignments");
        }
        let allowed = self.allow_unscoped.value() == Some(&true);
        if stated.is_empty() && !wrong && !allowed && !draft.absent {
            let place = draft.resource.place;
            let summary = "this assignment has no scope: it would reach every mailbox of the organisation";
            cx.report.find(&check::ROLE_ASSIGNMENT_UNSCOPED, place, summary);
        } else if allowed
            && !stated.is_empty()
            && let Some(place) = self.allow_unscoped.place()
        {
            cx.report.find(&check::UNSCOPED_ALLOWED, place, "`allowUnscoped` has no effect beside a scope");
        }
    }
}

/// Who holds the role.
struct Assignee {
    app: Field<String>,
    user: Field<Principal>,
    role_group: Field<String>,
    security_group: Field<String>,
}

fn assignee(assignee: Assignee, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let Assignee { app, user, role_group, security_group } = assignee;
    let stated = [
        ("app", app.place()),
        ("user", user.place()),
        ("roleGroup", role_group.place()),
        ("securityGroup", security_group.place()),
    ];
    let wrong = app.is_wrong() || user.is_wrong() || role_group.is_wrong() || security_group.is_wrong();
    let stated: Vec<(&str, Place)> =
        stated.into_iter().filter_map(|(name, place)| Some((name, place?))).collect();
    match stated.as_slice() {
        [] if !wrong => {
            let place = draft.resource.place;
            cx.report
                .find(
                    &check::EXACTLY_ONE_OF,
                    place,
                    "none of `app`, `user`, `roleGroup` and `securityGroup` is stated",
                )
                .hint("say who holds the role");
        }
        [(first, first_place), (second, second_place), ..] => {
            cx.report
                .find(
                    &check::EXACTLY_ONE_OF,
                    *second_place,
                    format!("`{first}` and `{second}` cannot both be stated"),
                )
                .related(*first_place, format!("`{first}`"));
        }
        _ => {}
    }
    if let Field::Value(app) = app
        && cx.only(Edition::ExchangeOnline, Some(app.place), "`app`")
    {
        let resolved = if is_guid(&app.value) {
            Some(app.value.to_ascii_lowercase())
        } else {
            cx.refer(draft, "applications", &app.value, app.place)
        };
        if let Some(app_id) = resolved {
            draft.put("app", Value::Text(app_id), app.place);
        }
    }
    if let Field::Value(user) = user
        && let Some(upn) = cx.principal(draft, &user.value.0, user.place)
    {
        draft.put("user", Value::Text(upn), user.place);
    }
    if let Field::Value(group) = role_group {
        // Exchange's own role groups are named by what they are called there.
        let built_in =
            super::roles::BUILT_IN_GROUPS.iter().find(|name| name.eq_ignore_ascii_case(&group.value));
        let resolved = match built_in {
            Some(name) => Some((*name).to_owned()),
            None => cx.refer(draft, "roleGroups", &group.value, group.place),
        };
        if let Some(name) = resolved {
            draft.put("roleGroup", Value::Text(name), group.place);
        }
    }
    if let Field::Value(group) = security_group {
        literal("securityGroup", group, draft, cx);
    }
}

/// Takes an address or a GUID as it stands.
fn literal(attribute: &str, located: Located<String>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let text = located.value;
    if is_guid(&text) {
        draft.put(attribute, Value::Text(text.to_ascii_lowercase()), located.place);
    } else if crate::manifest::texts::is_address(&text) {
        draft.put(attribute, Value::Text(text), located.place);
    } else {
        crate::manifest::texts::invalid_address(&text, located.place, &format!("`{attribute}`"), cx.report);
    }
}

fn scope(
    scope: Field<String>,
    administrative_unit: Field<String>,
    group: Field<Group>,
    organizational_unit: Field<String>,
    draft: &mut Draft,
    cx: &mut Lowering<'_, '_>,
) {
    let nowhere = draft.resource.place;
    for attribute in ["scope", "administrativeUnit", "group", "organizationalUnit"] {
        draft.put(attribute, Value::Null, nowhere);
    }
    let for_app = draft.resource.manages("app");
    if let Field::Value(scope) = scope
        && let Some(name) = cx.refer(draft, "managementScopes", &scope.value, scope.place)
    {
        draft.put("scope", Value::Text(name), scope.place);
    }
    if let Field::Value(unit) = administrative_unit
        && cx.only(Edition::ExchangeOnline, Some(unit.place), "`administrativeUnit`")
    {
        draft.put("administrativeUnit", Value::Text(unit.value), unit.place);
    }
    if let Field::Value(group) = group
        && cx.only(Edition::ExchangeOnline, Some(group.place), "`group`")
    {
        if !for_app
            && draft
                .resource
                .attributes
                .keys()
                .any(|name| ["user", "roleGroup", "securityGroup"].contains(&name.as_str()))
        {
            cx.report
                .find(&check::VALUE_INVALID, group.place, "`group` limits an application's role alone")
                .hint("use `scope` with a management scope whose `memberOf` names the group");
        }
        let text = group.value.0;
        let (address, key) = if text.contains('@') {
            let list = cx.index.room_lists.get(&text.to_lowercase()).cloned();
            draft.resource.depends_on.extend(list.clone());
            (Some(text), list.map(|list| list.key().to_owned()))
        } else {
            (cx.refer(draft, "roomLists", &text, group.place), Some(text))
        };
        let splits = key.is_some_and(|key| {
            cx.index
                .sections
                .get("roomLists")
                .and_then(|lists| lists.get(&key))
                .is_some_and(|known| known.splits)
        });
        if splits && !draft.absent {
            cx.report.find(
                &check::GROUP_OF_SPLIT_LIST,
                group.place,
                "this room list may be split, and `group` reaches its first part alone",
            );
        }
        if let Some(address) = address {
            draft.put("group", Value::Text(address), group.place);
        }
    }
    if let Field::Value(unit) = organizational_unit
        && cx.only(Edition::ExchangeServer, Some(unit.place), "`organizationalUnit`")
    {
        draft.put("organizationalUnit", Value::Text(unit.value), unit.place);
    }
}
