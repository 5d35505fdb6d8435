//! When two values are the same, per attribute.

use anteroom_model::kind::Semantics;
use anteroom_model::snapshot::{Identities, Lookup};
use anteroom_model::value::Value;

/// Compares values as one attribute's semantics say.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a> {
    pub(crate) semantics: Semantics,
    pub(crate) identities: &'a Identities,
}

impl Comparison<'_> {
    /// Whether the two mean the same. Not set and an empty set are the same: Exchange leaves both out of an answer.
    pub(crate) fn same(self, a: &Value, b: &Value) -> bool {
        if a.is_unset() || b.is_unset() {
            return a.is_unset() && b.is_unset();
        }
        match (a, b) {
            (Value::Text(a), Value::Text(b)) => self.same_text(a, b),
            (Value::Set(a), Value::Set(b)) => {
                // Answers of the service and a manifest that was written from them usually agree to the letter.
                (a.len() == b.len() && a == b) || self.keys(a) == self.keys(b)
            }
            _ => a == b,
        }
    }

    fn same_text(self, a: &str, b: &str) -> bool {
        match self.semantics {
            Semantics::Exact => a == b,
            Semantics::CaseInsensitive | Semantics::Set => a.to_lowercase() == b.to_lowercase(),
            Semantics::Identity | Semantics::IdentitySet => {
                a.eq_ignore_ascii_case(b) || self.identities.key(a) == self.identities.key(b)
            }
            Semantics::Filter => match (opath::parse(a), opath::parse(b)) {
                (Ok(a), Ok(b)) => a.is_equivalent_to(&b),
                // What cannot be parsed is compared as it stands; it is never taken for equal on a guess.
                _ => a.trim() == b.trim(),
            },
        }
    }

    /// The element's spelling under which it is compared.
    fn key(self, element: &str) -> String {
        if self.semantics == Semantics::IdentitySet {
            self.identities.key(element)
        } else {
            element.to_lowercase()
        }
    }

    /// The spellings under which elements are compared, sorted and each once.
    pub(crate) fn keys(self, elements: &[String]) -> Vec<String> {
        let mut keys: Vec<String> = elements.iter().map(|element| self.key(element)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The value as it is shown and compiled: sets sorted and without doubles, identities in their canonical spelling.
    pub(crate) fn shown(self, value: &Value) -> Value {
        match value {
            Value::Set(elements) => {
                let mut shown: Vec<(String, String)> =
                    elements.iter().map(|element| (self.key(element), self.spelling(element))).collect();
                shown.sort_unstable();
                shown.dedup_by(|a, b| a.0 == b.0);
                Value::Set(shown.into_iter().map(|(_, element)| element).collect())
            }
            Value::Text(text) if self.semantics == Semantics::Identity => Value::Text(self.spelling(text)),
            other => other.clone(),
        }
    }

    fn spelling(self, element: &str) -> String {
        if matches!(self.semantics, Semantics::Identity | Semantics::IdentitySet)
            && let Lookup::One(identity) = self.identities.find(element)
        {
            return identity.canonical.to_string();
        }
        element.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use anteroom_model::kind::Semantics;
    use anteroom_model::snapshot::{Identities, Identity};
    use anteroom_model::value::Value;

    use super::Comparison;

    fn same(semantics: Semantics, a: &Value, b: &Value) -> bool {
        let mut identities = Identities::default();
        let room =
            Identity { canonical: Arc::from("Room1@contoso.com"), recipient_type: Arc::from("RoomMailbox") };
        for spelling in ["room1@contoso.com", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "old.room1@contoso.com"]
        {
            identities.learn(spelling, &room);
        }
        Comparison { semantics, identities: &identities }.same(a, b)
    }

    fn set(elements: &[&str]) -> Value {
        Value::Set(elements.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn sets_ignore_order_case_and_doubles() {
        assert!(same(Semantics::Set, &set(&["A", "b"]), &set(&["B", "a", "A"])));
        assert!(!same(Semantics::Set, &set(&["a"]), &set(&["a", "b"])));
    }

    #[test]
    fn every_spelling_of_a_recipient_is_the_recipient() {
        assert!(same(
            Semantics::IdentitySet,
            &set(&["6F9619FF-8B86-D011-B42D-00C04FC964FF"]),
            &set(&["ROOM1@contoso.com"])
        ));
        assert!(same(
            Semantics::Identity,
            &Value::text("old.room1@contoso.com"),
            &Value::text("room1@contoso.com")
        ));
        assert!(!same(
            Semantics::Identity,
            &Value::text("room2@contoso.com"),
            &Value::text("room1@contoso.com")
        ));
    }

    #[test]
    fn not_set_is_the_same_as_an_empty_set_and_as_nothing_else() {
        assert!(same(Semantics::Set, &Value::Null, &set(&[])));
        assert!(!same(Semantics::Exact, &Value::Null, &Value::Bool(false)));
    }

    #[test]
    fn filters_are_compared_by_meaning_and_unparseable_ones_by_text() {
        let stored = Value::text("((City -eq 'London') -and (RecipientTypeDetails -eq 'RoomMailbox'))");
        assert!(same(
            Semantics::Filter,
            &stored,
            &Value::text("recipienttypedetails -eq \"RoomMailbox\" -and City -eq 'London'")
        ));
        assert!(!same(Semantics::Filter, &Value::text("not a filter"), &stored));
        assert!(same(Semantics::Filter, &Value::text("not a filter"), &Value::text(" not a filter ")));
    }
}
