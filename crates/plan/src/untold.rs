//! What the manifest states and the tenant never tells: it counts when an object is made, and is compared with nothing.

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::kind::OnChange;
use anteroom_model::resource::{Ensure, Resource};

/// The attributes of resources that are there, and of which nobody can say whether they are as stated.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    attributes: Vec<&'static str>,
    resources: Vec<String>,
}

impl Untold {
    /// Of these resources, with what is done about each.
    pub(crate) fn of<'r>(resources: impl Iterator<Item = (&'r Resource, Action)>) -> Self {
        let mut untold = Self::default();
        resources.for_each(|(resource, action)| untold.look(resource, action));
        untold
    }

    fn look(&mut self, resource: &Resource, action: Action) {
        // The plan that adopted an object, or made it, has said so of one that is as declared since.
        let stays = matches!(action, Action::Adopt | Action::Update);
        if !stays || resource.ensure == Ensure::Absent {
            return;
        }
        let before = self.resources.len();
        for spec in resource.kind.attributes.iter().filter(|spec| spec.on_change == OnChange::WriteOnly) {
            if resource.get(spec.name).is_none() {
                continue;
            }
            if !self.attributes.contains(&spec.name) {
                self.attributes.push(spec.name);
            }
            if self.resources.len() == before {
                self.resources.push(resource.address.to_string());
            }
        }
    }

    /// One note about all of them.
    pub(crate) fn note(&self) -> Option<Diagnostic> {
        let of = match self.resources.as_slice() {
            [] => return None,
            [one] => one.clone(),
            several => format!("{} resources", several.len()),
        };
        let attributes: Vec<String> = self.attributes.iter().map(|name| format!("`{name}`")).collect();
        let (are, them) = if attributes.len() == 1 { ("is", "it") } else { ("are", "them") };
        Some(Diagnostic::note(
            "not-compared",
            format!("{} of {of} {are} not compared: the tenant does not tell {them}", attributes.join(", ")),
        ))
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::address::Address;
    use anteroom_model::kind::Kind;
    use anteroom_model::place::Place;
    use anteroom_model::value::Value;

    use super::{Action, Resource, Untold};

    fn account(key: &str, attributes: &[&str]) -> Resource {
        let section = "serviceAccounts";
        let kind = Kind::of_section(section).unwrap();
        let mut account = Resource::new(Address::new(section, key), kind, Place::NOWHERE);
        for name in attributes {
            account.attributes.insert((*name).to_owned(), Value::text("x"));
        }
        account
    }

    #[test]
    fn one_note_names_what_is_stated_of_objects_that_stay() {
        let (file, at_sign_in) = ("password.deliverTo.file", "password.changeAtNextSignIn");
        let told = |looked: &[(Resource, Action)]| {
            let looked = looked.iter().map(|(resource, action)| (resource, *action));
            Untold::of(looked).note().map(|note| note.summary)
        };
        let one = account("a", &[file, "displayName"]);
        assert_eq!(
            told(&[(one.clone(), Action::Create), (account("b", &["displayName"]), Action::NoOp)]),
            None
        );
        assert_eq!(
            told(&[(one.clone(), Action::Adopt)]).unwrap(),
            "`password.deliverTo.file` of serviceAccounts.a is not compared: the tenant does not tell it"
        );
        assert_eq!(
            told(&[(one, Action::Adopt), (account("b", &[at_sign_in, file]), Action::Update)]).unwrap(),
            "`password.deliverTo.file`, `password.changeAtNextSignIn` of 2 resources are not compared: the tenant does not tell them"
        );
    }
}
