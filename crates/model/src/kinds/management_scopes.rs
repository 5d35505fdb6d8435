//! Management scopes: which recipients an assignment reaches.

use crate::address::Address;
use crate::change::{Action, Change};
use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Field, Located};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Lowering};
use crate::manifest::texts::{FilterText, Group};
use crate::manifest::{Reading, check};
use crate::value::Value;

/// The row of this kind. Facts: `New-ManagementScope`, `Set-ManagementScope`, `Get-ManagementScope`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "managementScopes",
    title: "management scope",
    key: &["name"],
    attributes: &[
        AttributeSpec::new("name", Semantics::CaseInsensitive),
        // What `memberOf` becomes, too.
        AttributeSpec::new("recipientFilter", Semantics::Filter),
        AttributeSpec::new("recipientRoot", Semantics::CaseInsensitive),
        AttributeSpec::new("exclusive", Semantics::Exact).on_change(OnChange::Replace),
    ],
    after: &["organization"],
    deletable: true,
    expand: None,
    remarks: None,
    delay: Some(delay),
    part: None,
    reading: Reading::of::<ManagementScope>(),
};

/// A new scope is in nobody's assignments yet, and one that goes is in none any more.
fn delay(change: &Change) -> Option<&'static str> {
    matches!(change.action, Action::Update | Action::Replace | Action::NoOp | Action::Adopt)
        .then_some(super::APPLICATION_CACHE)
}

/// What to do about a filter that names a group by its address.
const MEMBER_OF: &str =
    "name the group in `memberOf:` in place of `recipientFilter`: its distinguished name is looked up";

entry! {
    /// A management scope: the recipients that an assignment reaches. It takes `memberOf` or `recipientFilter`.
    #[schemars(title = "Management scope", extend("not" = { "required": ["memberOf", "recipientFilter"] }))]
    ManagementScope {
        /// The name.
        #[schemars(length(max = 64))]
        "name" ! name: String,
        /// The direct members of these groups: keys of room lists, or addresses of groups. In place of `recipientFilter`.
        #[schemars(extend("examples" = [["london"]]))]
        "memberOf" ~ member_of: Vec<Located<Group>>,
        /// The recipients that this filter finds. In place of `memberOf`.
        "recipientFilter" ~ recipient_filter: FilterText,
        /// The organisational unit that the scope is limited to.
        "recipientRoot" ? recipient_root: String,
        /// Whether the recipients are out of reach for everybody whose scope is not exclusive. That counts from the moment
        /// the scope exists, and not for applications. It cannot be changed later.
        #[schemars(extend("default" = false))]
        "exclusive" ~ exclusive: bool,
    }
}

impl Entry for ManagementScope {
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
        draft.set("name", self.name, Value::Text);
        match (&self.member_of, &self.recipient_filter) {
            (Field::Value(groups), Field::Value(filter)) => {
                cx.report
                    .find(
                        &check::EXACTLY_ONE_OF,
                        filter.place,
                        "`memberOf` and `recipientFilter` cannot both be stated",
                    )
                    .related(groups.place, "`memberOf`");
            }
            (Field::Absent, Field::Absent) if !draft.absent => {
                let place = draft.resource.place;
                cx.report
                    .find(&check::EXACTLY_ONE_OF, place, "neither `memberOf` nor `recipientFilter` is stated")
                    .hint("add `memberOf:` with the keys of room lists, or `recipientFilter:`");
            }
            _ => {}
        }
        if let Field::Value(filter) = self.recipient_filter
            && let Some(bare) = cx.filter(&filter.value.0, filter.place, Some(MEMBER_OF))
        {
            draft.put("recipientFilter", Value::Text(bare), filter.place);
        }
        if let Field::Value(groups) = self.member_of {
            member_of(groups, draft, cx);
        }
        draft.set("recipientRoot", self.recipient_root, Value::Text);
        if self.exclusive.value() == Some(&true)
            && let Some(place) = self.exclusive.place()
            && !draft.absent
        {
            cx.report.find(
                &check::EXCLUSIVE_SCOPE,
                place,
                "an exclusive scope takes everybody else's write access to its recipients at once",
            );
        }
        draft.set("exclusive", self.exclusive, Value::Bool);
    }
}

fn member_of(groups: Located<Vec<Located<Group>>>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
    let mut addresses: Vec<Address> = Vec::new();
    let mut complete = true;
    if groups.value.is_empty() {
        cx.report
            .find(&check::EXACTLY_ONE_OF, groups.place, "`memberOf` names no group")
            .hint("name a room list");
    }
    for group in groups.value {
        let text = group.value.0;
        let address = if text.contains('@') {
            // A group that the manifest does not hold, unless it is one of its room lists by address.
            match cx.index.room_lists.get(&text.to_lowercase()) {
                Some(list) => {
                    draft.resource.depends_on.insert(list.clone());
                    list.clone()
                }
                None => Address::new("groups", &text),
            }
        } else {
            complete &= cx.refer(draft, "roomLists", &text, group.place).is_some();
            Address::new("roomLists", &text)
        };
        if addresses.contains(&address) {
            cx.report.find(&check::DUPLICATE_ELEMENT, group.place, format!("`{text}` stands twice"));
        } else {
            addresses.push(address);
        }
    }
    if complete && !addresses.is_empty() {
        let template = super::widen::members_of(&addresses);
        draft.put("recipientFilter", Value::Template { template }, groups.place);
    }
}
