//! Near misses: what somebody probably meant.

/// The candidate that differs from `text` the least, where that is little enough to be a slip: at most a third of the
/// letters, in any case of letters.
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text: Vec<char> = text.to_lowercase().chars().take(128).collect();
    let limit = (text.len() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().take(128).collect();
            let distance = distance(&text, &letters);
            (distance <= limit && distance < letters.len()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Words that people know from elsewhere, and what the manifest calls it. The first that is a candidate is meant.
const ALSO_CALLED: &[(&str, &[&str])] = &[
    ("accounts", &["serviceAccounts"]),
    ("address", &["primarySmtpAddress"]),
    ("application", &["app"]),
    ("apps", &["applications"]),
    ("assignments", &["roleAssignments"]),
    ("clientid", &["appId"]),
    ("country", &["usageLocation"]),
    ("customresourcescope", &["scope"]),
    ("customrecipientwritescope", &["scope"]),
    ("distributiongroups", &["roomLists"]),
    ("email", &["primarySmtpAddress", "userPrincipalName"]),
    ("emailaddress", &["primarySmtpAddress", "userPrincipalName"]),
    ("filter", &["recipientFilter"]),
    ("mail", &["primarySmtpAddress", "userPrincipalName"]),
    ("managementscope", &["scope"]),
    ("name", &["displayName"]),
    ("owner", &["managedBy"]),
    ("owners", &["managedBy"]),
    ("recipientrestrictionfilter", &["recipientFilter"]),
    ("recipientwritescope", &["scope"]),
    ("rooms", &["members", "roomLists"]),
    ("scopes", &["managementScopes"]),
    ("serviceprincipal", &["app"]),
    ("skus", &["licenses"]),
    ("smtp", &["primarySmtpAddress"]),
    ("title", &["displayName"]),
    ("upn", &["userPrincipalName"]),
    ("username", &["userPrincipalName"]),
    ("users", &["serviceAccounts"]),
];

/// The name that was probably meant: a near miss, or what is called otherwise elsewhere.
pub(crate) fn meant<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    nearest(text, names.iter().copied()).or_else(|| {
        let text = text.to_lowercase();
        let (_, here) = ALSO_CALLED.iter().find(|(known, _)| *known == text)?;
        here.iter().find_map(|name| names.iter().copied().find(|known| known == name))
    })
}

/// How many insertions, deletions, substitutions and swaps of neighbours lie between two texts.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Names as a sentence lists them: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, meant, nearest};

    #[test]
    fn a_slip_of_a_finger_is_near_and_another_word_is_not() {
        let fields = ["primarySmtpAddress", "alias", "members", "membersFrom", "name"];
        assert_eq!(nearest("primarySMTPAddress", fields), Some("primarySmtpAddress"));
        assert_eq!(nearest("memebrs", fields), Some("members"));
        assert_eq!(nearest("owner", fields), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn words_from_elsewhere_are_known() {
        assert_eq!(meant("Owners", &["name", "managedBy"]), Some("managedBy"));
        assert_eq!(meant("email", &["userPrincipalName", "displayName"]), Some("userPrincipalName"));
        assert_eq!(meant("nmae", &["name", "displayName"]), Some("name"));
        assert_eq!(meant("owners", &["name"]), None);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
