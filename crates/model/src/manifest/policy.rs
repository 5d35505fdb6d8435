//! The policy: what a plan may do at most, and whom anybody may reach.

use super::check;
use super::decode::{Decode, Field, Located, Site, shape, wrong_type};
use super::near::nearest;
use super::node::{Node, Tree, shortened};
use super::report::Report;
use super::texts::RecipientType;

/// The policy of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The most deletions that a plan may hold; where none is stated, the planner's own limit counts.
    pub max_deletions: Option<MaxDeletions>,
    /// The types of recipient that principals of this manifest may reach, as `RecipientTypeDetails`. Empty where
    /// nothing is stated.
    pub reach_allow: Vec<String>,
}

/// The most deletions that a plan may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxDeletions {
    /// Percent of the managed objects that are there, from 0 to 100.
    Percent(u8),
    /// So many.
    Count(usize),
}

/// Values of `RecipientTypeDetails`.
pub(super) fn recipient_types() -> &'static [&'static str] {
    opath::Property::find("RecipientTypeDetails").map_or(&[], opath::Property::enumeration)
}

shape! {
    /// What a plan may do at most, and whom anybody may reach.
    #[schemars(title = "Policy")]
    PolicyShape {
        /// Which mailboxes the principals of this manifest may reach.
        "reach" ~ reach: ReachShape,
        /// The most deletions that a plan may hold: a number, or a percentage of the managed objects that are there.
        /// A plan with more is refused.
        "maxDeletions" ~ max_deletions: MaxDeletions,
    }
}

shape! {
    /// Which mailboxes the principals of this manifest may reach.
    #[schemars(title = "Reach")]
    ReachShape {
        /// Types of recipient, as `RecipientTypeDetails`. A plan that lets a principal reach any other is refused.
        #[schemars(extend("examples" = [["RoomMailbox", "EquipmentMailbox"]]))]
        "allow" ~ allow: Vec<Located<RecipientType>>,
    }
}

impl PolicyShape {
    /// The policy, its values checked.
    pub(crate) fn lower(self, report: &mut Report) -> Policy {
        let allow = self.reach.into_value().and_then(|reach| reach.allow.into_value()).unwrap_or_default();
        for allowed in &allow {
            if !recipient_types().contains(&allowed.value.0.as_str()) {
                let summary = format!("`{}` is no known type of recipient", shortened(&allowed.value.0));
                let finding = report.find(&check::RECIPIENT_TYPE_UNKNOWN, allowed.place, summary);
                if let Some(near) = nearest(&allowed.value.0, recipient_types().iter().copied()) {
                    finding.hint(format!("did you mean `{near}`?"));
                }
            }
        }
        Policy {
            max_deletions: if let Field::Value(located) = self.max_deletions {
                Some(located.value)
            } else {
                None
            },
            reach_allow: allow.into_iter().map(|allowed| allowed.value.0).collect(),
        }
    }
}

impl Decode for MaxDeletions {
    const EXPECTED: &'static str = "a number or a percentage";

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        let (Tree::Number(text) | Tree::Text(text)) = &node.tree else {
            wrong_type(&node, Self::EXPECTED, site, report);
            return None;
        };
        let parsed = match text.strip_suffix('%') {
            Some(percent) => {
                percent.trim_end().parse().ok().filter(|percent| *percent <= 100).map(Self::Percent)
            }
            None => text.parse().ok().map(Self::Count),
        };
        if parsed.is_none() {
            let summary = format!("`{}` is no number of deletions", shortened(text));
            report.find(&check::MAX_DELETIONS_FORM, node.place, summary);
        }
        parsed
    }
}

impl schemars::JsonSchema for MaxDeletions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MaxDeletions".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "title": "Limit on deletions",
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^(100|[0-9]{1,2}) ?%$" },
            ],
            "examples": ["30%", 5],
        })
    }
}
