//! Room lists: distribution groups whose members are rooms.

use crate::kind::{AttributeSpec, KindSpec, OnChange, Semantics};
use crate::manifest::decode::{Field, Located, shape};
use crate::manifest::entry::{Common, Entry, entry};
use crate::manifest::lower::{Draft, Elements, Lowering};
use crate::manifest::texts::{FilterText, Principal, Smtp};
use crate::manifest::{Reading, check};
use crate::place::Place;
use crate::resource::Query;
use crate::value::Value;

/// The row of this kind. Facts: `New-DistributionGroup -RoomList`, `Get-DistributionGroupMember`.
pub(crate) static SPEC: KindSpec = KindSpec {
    section: "roomLists",
    title: "room list",
    key: &["primarySmtpAddress"],
    attributes: &[
        AttributeSpec::new("primarySmtpAddress", Semantics::CaseInsensitive),
        // The common name is part of the distinguished name, which scopes refer to.
        AttributeSpec::new("name", Semantics::Exact).invalidates(&["distinguishedName"]),
        AttributeSpec::new("displayName", Semantics::Exact),
        AttributeSpec::new("alias", Semantics::CaseInsensitive),
        AttributeSpec::new("managedBy", Semantics::IdentitySet),
        AttributeSpec::new("members", Semantics::IdentitySet),
        AttributeSpec::new("maxMembers", Semantics::Exact).on_change(OnChange::Local),
        AttributeSpec::new("ignoreNamingPolicy", Semantics::Exact).on_change(OnChange::Local),
    ],
    after: &[],
    deletable: true,
    expand: Some(super::room_list_parts::expand),
    remarks: None,
    delay: None,
    part: Some(super::room_list_parts::observed),
    reading: Reading::of::<RoomList>(),
};

/// The longest names: `New-DistributionGroup -Name`, `-Alias`, `-DisplayName`.
const NAME: usize = 64;
const DISPLAY_NAME: usize = 256;
/// Room for the number of a part behind a name.
const NUMBER: usize = 4;

entry! {
    /// A room list: a distribution group of rooms that Outlook's Room Finder shows.
    #[schemars(title = "Room list")]
    RoomList {
        /// The primary address.
        "primarySmtpAddress" ! primary_smtp_address: Smtp,
        /// The name, unique in the organisation.
        #[schemars(length(max = 64), extend("examples" = ["Rooms London"]))]
        "name" ~ name: String,
        /// The alias.
        #[schemars(length(max = 64), extend("pattern" = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$", "examples" = ["rooms.london"]))]
        "alias" ~ alias: String,
        /// The display name, which people see. Where it is left out, Exchange takes the name.
        #[schemars(length(max = 256))]
        "displayName" ~ display_name: String,
        /// The owners: keys of service accounts, or addresses. Exchange wants one at least.
        #[schemars(extend("examples" = [["condeco"]]))]
        "managedBy" ~ managed_by: Vec<Located<Principal>>,
        /// The members, all of them, by address. Together with `membersFrom`; where neither is stated, members are left
        /// alone.
        #[schemars(extend("examples" = [["boardroom@contoso.com"]]))]
        "members" ? members: Vec<Located<Smtp>>,
        /// Members that stand in files, or that a filter finds.
        "membersFrom" ~ members_from: Vec<Located<MembersFrom>>,
        /// The most members of one list. With more, the list is split over several, stably: `Name`, `Name 2`, …
        #[schemars(range(min = 1), extend("examples" = [75]))]
        "maxMembers" ~ max_members: u32,
        /// Whether the list gets its name as it is stated, although the organisation has a group naming policy
        /// (`New-DistributionGroup -IgnoreNamingPolicy`).
        #[schemars(extend("default" = false))]
        "ignoreNamingPolicy" ~ ignore_naming_policy: bool,
    }
}

shape! {
    /// Where members come from: exactly one of `csv`, `file` and `filter`.
    #[schemars(title = "Source of members", extend("examples" = [{"csv": "rooms.csv", "column": "ResourceAccounts"}], "oneOf" = [
        { "required": ["csv"] },
        { "required": ["file"] },
        { "required": ["filter"] },
    ]))]
    MembersFrom {
        /// A CSV file with a header, relative to the manifest.
        #[schemars(extend("examples" = ["rooms.csv"]))]
        "csv" ~ csv: String,
        /// The column of the CSV file that holds the addresses. It may be left out where there is one column only.
        #[schemars(extend("examples" = ["ResourceAccounts"]))]
        "column" ~ column: String,
        /// A file with one address a line, relative to the manifest. `#` begins a comment.
        #[schemars(extend("examples" = ["rooms.txt"]))]
        "file" ~ file: String,
        /// The recipients that this filter finds when the plan is made.
        "filter" ~ filter: FilterText,
    }
}

impl Entry for RoomList {
    fn common(&self) -> Common<'_> {
        self.common_fields()
    }

    fn handle(&self) -> Option<&str> {
        self.primary_smtp_address.value().map(|address| address.0.as_str())
    }

    fn names(&self) -> Vec<&str> {
        let names = [self.name.value(), self.display_name.value(), self.alias.value()];
        names.into_iter().flatten().map(String::as_str).collect()
    }

    fn splits(&self) -> bool {
        self.max_members.value().is_some()
    }

    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>) {
        let own = self.primary_smtp_address.value().map(|address| address.0.to_lowercase());
        draft.set("primarySmtpAddress", self.primary_smtp_address, |address| Value::Text(address.0));
        cx.at_most(&check::ROOM_LIST_NAME_TOO_LONG, NAME, "name", &self.name);
        cx.at_most(&check::ROOM_LIST_DISPLAY_NAME_TOO_LONG, DISPLAY_NAME, "displayName", &self.display_name);
        alias(&self.alias, cx);
        if let (Field::Absent, Field::Value(name), false) = (&self.alias, &self.name, draft.absent)
            && let Some(other) =
                name.value.chars().find(|c| !c.is_ascii() && !('\u{A1}'..='\u{FF}').contains(c))
        {
            let summary =
                format!("without `alias`, Exchange would derive one with `?` in place of `{other}`");
            cx.report.find(&check::ALIAS_NEEDED, name.place, summary);
        }
        if self.max_members.value().is_some() {
            for (name, field) in [("name", &self.name), ("alias", &self.alias)] {
                let within = field.value().is_some_and(|text| text.chars().count() <= NAME);
                if within {
                    cx.at_most(&check::PART_NAME_TOO_LONG, NAME - NUMBER, name, field);
                }
            }
        }
        draft.set("name", self.name, Value::Text);
        draft.set("displayName", self.display_name, Value::Text);
        draft.set("alias", self.alias, Value::Text);
        if let Field::Value(owners) = self.managed_by {
            if owners.value.is_empty() {
                cx.report
                    .find(
                        &check::VALUE_INVALID,
                        owners.place,
                        "`managedBy` is empty, and a group has one owner at least",
                    )
                    .hint("name a service account, or remove the line");
            }
            let elements = owners.value.into_iter();
            let elements =
                elements.map(|element| Located { value: element.value.0, place: element.place }).collect();
            let resolved = cx.principals::<String>(draft, elements);
            draft.put("managedBy", Value::Set(resolved), owners.place);
        }
        let limit = self.max_members.located().map(|located| (located.value, located.place));
        if let Some((limit, place)) = limit {
            if limit == 0 {
                cx.report
                    .find(&check::VALUE_INVALID, place, "`maxMembers` must be 1 at least")
                    .without_hint();
            } else {
                draft.put("maxMembers", Value::Integer(i64::from(limit)), place);
            }
        }
        draft.set("ignoreNamingPolicy", self.ignore_naming_policy, Value::Bool);
        members(self.members, self.members_from, own.as_deref(), limit.is_some(), draft, cx);
    }
}

fn alias(field: &Field<String>, cx: &mut Lowering<'_, '_>) {
    cx.at_most(&check::ALIAS_TOO_LONG, NAME, "alias", field);
    let Some(located) = field.located() else { return };
    // From the page of New-DistributionGroup, -Alias.
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || ('\u{A1}'..='\u{FF}').contains(&c)
    };
    let refused = located.value.chars().find(|c| !allowed(*c) && *c != '.');
    if let Some(refused) = refused {
        let finding = cx.report.find(
            &check::ALIAS_INVALID,
            located.place,
            format!("an alias cannot hold {}", shown(refused)),
        );
        if refused == '@' {
            finding.hint("the alias is the part of the address before the `@`");
        }
    } else if located.value.split('.').any(str::is_empty) {
        cx.report.find(
            &check::ALIAS_INVALID,
            located.place,
            "a dot in an alias stands between two other characters",
        );
    }
}

fn shown(c: char) -> String {
    if c == ' ' { "a space".to_owned() } else { format!("`{}`", c.escape_default()) }
}

fn members(
    stated: Field<Vec<Located<Smtp>>>,
    from: Field<Vec<Located<MembersFrom>>>,
    own: Option<&str>,
    splits: bool,
    draft: &mut Draft,
    cx: &mut Lowering<'_, '_>,
) {
    let place = stated.place().or_else(|| from.place());
    let mut gathered = Elements::default();
    let mut manages = false;
    // What cannot be read may hold members: then nothing is said of their number.
    let mut complete = !stated.is_wrong() && !from.is_wrong();
    match stated {
        Field::Value(located) => {
            manages = true;
            gathered.reserve(located.value.len());
            for member in located.value {
                gathered.add(member.value.0, member.place, cx.report);
            }
        }
        Field::Null(_) => manages = true,
        Field::Absent | Field::Wrong => {}
    }
    for source in from.into_value().into_iter().flatten() {
        let taken = members_from(source, &mut gathered, draft, cx);
        manages |= taken != Taken::Nothing;
        complete &= taken == Taken::Whole;
    }
    let Some(place) = place else { return };
    if !manages && draft.resource.queries.is_empty() {
        return;
    }
    if complete || !draft.resource.queries.is_empty() {
        size(gathered.len(), splits, place, draft, cx);
    }
    for (address, nested) in &cx.index.room_lists {
        let Some(place) = gathered.place(address) else { continue };
        if own == Some(address.as_str()) {
            cx.report
                .find(&check::ROOM_LIST_NESTED, place, "a room list as its own member")
                .hint("remove it");
        } else {
            cx.report.find(
                &check::ROOM_LIST_NESTED,
                place,
                format!("`{address}` is itself a room list, {nested}"),
            );
        }
    }
    // A list that a query fills alone states no members of its own.
    if manages {
        draft.put("members", Value::Set(gathered.into_values()), place);
    }
}

fn size(count: usize, splits: bool, place: Place, draft: &Draft, cx: &mut Lowering<'_, '_>) {
    if draft.absent || splits {
        return;
    }
    if count == 0 && draft.resource.queries.is_empty() {
        cx.report.find(&check::ROOM_LIST_EMPTY, place, "this room list is to have no members");
    } else if count > 100 {
        cx.report.find(&check::ROOM_LIST_TOO_LARGE, place, format!("this room list has {count} members"));
    } else if count > 50 {
        cx.report.find(&check::ROOM_LIST_LARGE, place, format!("this room list has {count} members"));
    }
}

/// What was taken from a source of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// Everything that stands in it.
    Whole,
    /// It could not be read, or not to its end.
    Part,
    /// Nothing that is known now.
    Nothing,
}

/// Gathers the members of one source.
fn members_from(
    source: Located<MembersFrom>,
    into: &mut Elements,
    draft: &mut Draft,
    cx: &mut Lowering<'_, '_>,
) -> Taken {
    let MembersFrom { csv, column, file, filter } = source.value;
    let stated = [("csv", &csv.place()), ("file", &file.place()), ("filter", &filter.place())];
    let stated: Vec<&str> =
        stated.into_iter().filter(|(_, place)| place.is_some()).map(|(name, _)| name).collect();
    let wrong = [csv.is_wrong(), file.is_wrong(), filter.is_wrong()].contains(&true);
    if stated.len() != 1 && !wrong {
        let summary = match stated.len() {
            0 => "none of `csv`, `file` and `filter` is stated".to_owned(),
            _ => format!("`{}` cannot stand together", stated.join("` and `")),
        };
        cx.report
            .find(&check::EXACTLY_ONE_OF, source.place, summary)
            .hint("write one element of `membersFrom` for each source");
        return Taken::Nothing;
    }
    if let (Field::Value(column), true) = (&column, csv.is_absent()) {
        cx.report
            .find(&check::EXACTLY_ONE_OF, column.place, "`column` belongs to `csv`")
            .hint("add `csv:` with the name of the file, or remove `column`");
    }
    let folder = cx.folder.clone();
    if let Field::Value(csv) = csv {
        let path = crate::manifest::tidy(&folder.join(&csv.value));
        let read = cx.lists.csv(&path, csv.place, column.located(), into, cx.report);
        return if read.is_some() { Taken::Whole } else { Taken::Part };
    }
    if let Field::Value(file) = file {
        let path = crate::manifest::tidy(&folder.join(&file.value));
        let read = cx.lists.plain(&path, file.place, into, cx.report);
        return if read.is_some() { Taken::Whole } else { Taken::Part };
    }
    if let Field::Value(filter) = filter
        && let Some(bare) = cx.filter(&filter.value.0, filter.place, None)
    {
        draft.resource.queries.push(Query {
            attribute: "members".to_owned(),
            filter: bare,
            place: filter.place,
        });
    }
    Taken::Nothing
}
