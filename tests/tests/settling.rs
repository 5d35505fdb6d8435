//! Whether a tenant shows what was written: the comparison, without a tenant.

use std::collections::BTreeSet;

use anteroom_model::address::Address;
use anteroom_model::plan::Plan;
use anteroom_model::settled::{Sight, Unsettled};
use anteroom_model::value::Value;
use anteroom_plan::{delays, settled, settling};
use anteroom_tests::build::{Observed, desired};

const LIST: &str = r"
roomLists:
  london:
    name: London
    primarySmtpAddress: london@contoso.com
    members: [a@contoso.com, b@contoso.com]
";
const SCOPE: &str = r"
managementScopes:
  rooms: { name: Rooms, memberOf: [london] }
";

fn written(plan: &Plan) -> BTreeSet<Address> {
    plan.changes.iter().filter(|change| change.action.writes()).map(|change| change.address.clone()).collect()
}

fn brief(found: &[Unsettled]) -> Vec<(String, Option<&str>, Sight)> {
    found.iter().map(|one| (one.address.to_string(), one.attribute.as_deref(), one.sight)).collect()
}

#[test]
fn what_was_made_is_settled_once_it_is_there_with_all_that_was_written() {
    let manifest = desired(LIST);
    let plan = Observed::empty(&manifest).plan(&manifest);
    let look = |observed: Observed| settled(&plan, &written(&plan), &observed.0);
    let list = || "roomLists.london".to_owned();
    assert_eq!(brief(&look(Observed::empty(&manifest))), [(list(), None, Sight::Before)]);
    let half = Observed::as_declared(&manifest)
        .with("roomLists.london", |list| list.set("members", &["A@contoso.com"]));
    assert_eq!(brief(&look(half)), [(list(), Some("members"), Sight::Before)], "members arrive one by one");
    let other = Observed::as_declared(&manifest).with("roomLists.london", |list| list.text("name", "Paris"));
    assert_eq!(brief(&look(other)), [(list(), Some("name"), Sight::Other)]);
    assert_eq!(look(Observed::as_declared(&manifest)), []);
    let unread = look(Observed::as_declared(&manifest).unreadable("roomLists.london"));
    assert_eq!(brief(&unread), [(list(), None, Sight::Unreadable)]);
    assert_eq!(unread[0].message.as_deref(), Some("503 Service Unavailable"));
}

#[test]
fn a_change_shows_as_before_until_it_has_arrived() {
    let manifest = desired(LIST);
    let before = || {
        Observed::as_declared(&manifest)
            .with("roomLists.london", |list| list.set("members", &["b@contoso.com", "c@contoso.com"]))
    };
    let plan = before().plan(&manifest);
    let look = |observed: Observed| settled(&plan, &written(&plan), &observed.0);
    let members = |elements: &[&str]| {
        let elements: Vec<String> = elements.iter().map(ToString::to_string).collect();
        before().with("roomLists.london", |list| list.value("members", Value::Set(elements)))
    };
    for on_its_way in
        [&["b@contoso.com", "c@contoso.com"][..], &["a@contoso.com", "b@contoso.com", "c@contoso.com"]]
    {
        assert_eq!(
            brief(&look(members(on_its_way))),
            [("roomLists.london".to_owned(), Some("members"), Sight::Before)]
        );
    }
    assert_eq!(look(members(&["b@contoso.com", "d@contoso.com"]))[0].sight, Sight::Other);
    assert_eq!(look(before().without("roomLists.london"))[0].sight, Sight::Other, "it is gone");
    assert_eq!(look(Observed::as_declared(&manifest)), []);
}

#[test]
fn what_was_removed_is_settled_once_it_is_gone() {
    let manifest = desired("roomLists:\n  old: { primarySmtpAddress: old@contoso.com, ensure: absent }\n");
    let there = || {
        Observed::empty(&manifest).with("roomLists.old", |list| {
            list.text("name", "Old").text("primarySmtpAddress", "old@contoso.com")
        })
    };
    let plan = there().plan(&manifest);
    let looked_for = &settling(&plan, &written(&plan))[0];
    assert_eq!(looked_for.text("primarySmtpAddress"), Some("old@contoso.com"));
    assert_eq!(settled(&plan, &written(&plan), &there().0)[0].sight, Sight::Before);
    assert_eq!(settled(&plan, &written(&plan), &Observed::empty(&manifest).0), []);
    let mut again = there();
    if let Some(anteroom_model::snapshot::Observation::Present(object)) =
        again.0.observations.get_mut(&Address::from("roomLists.old"))
    {
        object.id = "another".to_owned();
    }
    assert_eq!(settled(&plan, &written(&plan), &again.0)[0].sight, Sight::Other, "somebody made it again");
}

#[test]
fn text_with_gaps_is_compared_with_what_fills_them_now() {
    let manifest = desired(&format!("{LIST}{SCOPE}"));
    let list = |observed: Observed, name: &str| {
        observed.with("roomLists.london", |list| list.output("distinguishedName", name))
    };
    let plan =
        list(Observed::as_declared(&manifest), "CN=old").without("managementScopes.rooms").plan(&manifest);
    let written = written(&plan);
    assert_eq!(written.len(), 1, "the list is there already");
    let wanted: Vec<String> =
        settling(&plan, &written).iter().map(|resource| resource.address.to_string()).collect();
    assert_eq!(wanted, ["managementScopes.rooms", "roomLists.london"], "and is read for its name");
    let scope = |name: &str, filter: &str| {
        let filter = format!("MemberOfGroup -eq '{filter}'");
        list(Observed::as_declared(&manifest), name)
            .with("managementScopes.rooms", |scope| scope.text("recipientFilter", &filter))
    };
    assert_eq!(settled(&plan, &written, &scope("CN=old", "cn=OLD").0), []);
    assert_eq!(
        brief(&settled(&plan, &written, &scope("CN=new", "CN=old").0)),
        [("managementScopes.rooms".to_owned(), Some("recipientFilter"), Sight::Other)]
    );
}

#[test]
fn what_was_not_written_is_not_looked_at() {
    let manifest = desired(LIST);
    let plan = Observed::empty(&manifest).plan(&manifest);
    assert_eq!(settling(&plan, &BTreeSet::new()), []);
    assert_eq!(settled(&plan, &BTreeSet::new(), &Observed::empty(&manifest).0), []);
}

#[test]
fn what_takes_effect_later_is_told_once_for_what_applications_may_do() {
    let told = |yaml: &str, there: &[&str]| {
        let manifest = desired(yaml);
        let mut observed = Observed::empty(&manifest);
        for address in there {
            observed = observed.with(address, |seen| {
                let seen = seen.of(&manifest.resources[&Address::from(*address)]);
                seen.output("distinguishedName", "CN=x").text("recipientFilter", "MemberOfGroup -eq 'CN=x'")
            });
        }
        let plan = observed.plan(&manifest);
        delays(&plan, &written(&plan)).len()
    };
    let app = "applications:\n  condeco: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }\n";
    let assignment = "roleAssignments:\n  calendars:\n    role: Application Calendars.ReadWrite\n    app: condeco\n    scope: rooms\n";
    let all = format!("{LIST}{SCOPE}{app}{assignment}");
    assert_eq!(told(LIST, &[]), 0, "a new list is in no scope yet");
    assert_eq!(told(&format!("{LIST}{SCOPE}"), &["managementScopes.rooms"]), 1, "its members are in a scope");
    assert_eq!(told(&all, &[]), 1);
    let rest = ["roomLists.london", "managementScopes.rooms", "applications.condeco"];
    assert_eq!(told(&all, &rest), 1, "an assignment of an application");
    let user =
        "roleAssignments:\n  one: { role: Mail Recipients, user: admin@contoso.com, allowUnscoped: true }\n";
    assert_eq!(told(user, &[]), 0, "who signs in anew has a new right");
    let consents = "applications:\n  condeco:\n    appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10\n    permissions:\n      - { resource: Microsoft Graph, delegated: [User.Read] }\n";
    assert_eq!(told(consents, &[]), 1, "a consent counts from the next token on");
}
