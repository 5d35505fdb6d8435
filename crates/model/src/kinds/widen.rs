//! Filters over groups that became several.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::value::{Escape, Part, Template};

/// The output of a group that filters refer to it by.
const DISTINGUISHED_NAME: &str = "distinguishedName";

/// The filter of all direct members of these groups, or-ed.
pub(crate) fn members_of(groups: &[Address]) -> Template {
    let mut parts = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        parts.push(Part::Text(
            if index == 0 { "MemberOfGroup -eq '" } else { "' -or MemberOfGroup -eq '" }.to_owned(),
        ));
        parts.push(distinguished_name(group));
    }
    parts.push(Part::Text("'".to_owned()));
    Template(parts)
}

/// The same filter, over every part of the groups in it: `parts` tells of how many parts a group is.
///
/// Only gaps that are a group's distinguished name inside a filter are or-ed with those of the further parts.
#[must_use]
pub fn widen(template: &Template, parts: &BTreeMap<Address, usize>) -> Template {
    let mut widened = Vec::with_capacity(template.0.len());
    for part in &template.0 {
        widened.push(part.clone());
        if let Part::Output { of, output, escape: Escape::FilterString } = part
            && output == DISTINGUISHED_NAME
        {
            for number in 2..=parts.get(of).copied().unwrap_or(1) {
                widened.push(Part::Text("' -or MemberOfGroup -eq '".to_owned()));
                widened.push(distinguished_name(&of.part(number)));
            }
        }
    }
    Template(widened)
}

fn distinguished_name(of: &Address) -> Part {
    Part::Output { of: of.clone(), output: DISTINGUISHED_NAME.to_owned(), escape: Escape::FilterString }
}

#[cfg(test)]
mod tests {
    use super::{members_of, widen};
    use crate::address::Address;
    use crate::value::Outputs;

    #[test]
    fn every_part_of_a_split_list_is_in_the_filter() -> Result<(), Box<dyn std::error::Error>> {
        let (london, paris) = (Address::new("roomLists", "london"), Address::new("roomLists", "paris"));
        let template = members_of(&[london.clone(), paris.clone()]);
        let wide = widen(&template, &[(london.clone(), 3)].into());
        let outputs: Outputs = [london.clone(), london.part(2), london.part(3), paris]
            .into_iter()
            .map(|of| {
                let name = format!("CN={}'s", of.as_str());
                ((of, "distinguishedName".to_owned()), name)
            })
            .collect();
        let filter = wide.resolve(&outputs).map_err(|gap| gap.to_string())?;
        assert_eq!(
            filter,
            "MemberOfGroup -eq 'CN=roomLists.london''s' -or MemberOfGroup -eq 'CN=roomLists.london[2]''s' \
             -or MemberOfGroup -eq 'CN=roomLists.london[3]''s' -or MemberOfGroup -eq 'CN=roomLists.paris''s'"
        );
        opath::parse(&filter)?;
        assert_eq!(widen(&template, &std::collections::BTreeMap::new()), template);
        Ok(())
    }
}
