/// Text as a literal of the filter language: in single quotation marks, inner ones doubled.
///
/// ```
/// assert_eq!(opath::quote("O'Hare"), "'O''Hare'");
/// ```
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        if character == '\'' {
            quoted.push('\'');
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

/// A filter for the direct members of any of these groups, by their distinguished names.
///
/// Of no group there is no member: the text is empty, which is not a filter, so that it cannot be taken for
/// one that matches everybody.
///
/// ```
/// assert_eq!(
///     opath::member_of_group(&["CN=Rooms,DC=contoso,DC=com", "CN=Chicago O'Hare,DC=contoso,DC=com"]),
///     "MemberOfGroup -eq 'CN=Rooms,DC=contoso,DC=com' -or MemberOfGroup -eq 'CN=Chicago O''Hare,DC=contoso,DC=com'",
/// );
/// ```
pub fn member_of_group(distinguished_names: &[&str]) -> String {
    let terms: Vec<String> =
        distinguished_names.iter().map(|name| format!("MemberOfGroup -eq {}", quote(name))).collect();
    terms.join(" -or ")
}

/// How many letters have to be put in, left out, changed or swapped to make one word of the other, disregarding
/// case; `limit + 1` if it is more than the limit.
pub(crate) fn distance(one: &str, other: &str, limit: usize) -> usize {
    let one: Vec<char> = one.chars().map(|character| character.to_ascii_lowercase()).collect();
    let other: Vec<char> = other.chars().map(|character| character.to_ascii_lowercase()).collect();
    if one.len().abs_diff(other.len()) > limit {
        return limit + 1;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut current = Vec::with_capacity(last.len());
        current.push(row + 1);
        for (column, right) in other.iter().enumerate() {
            let changed = last[column] + usize::from(left != right);
            let mut best = changed.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *left == other[column - 1] && one[row - 1] == *right {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[other.len()].min(limit + 1)
}
