//! The graph of changes: what comes before what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anteroom_model::address::Address;
use anteroom_model::change::{Action, AttributeChange, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::plan::Plan;
use anteroom_model::resource::Resource;
use anteroom_model::value::Value;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

/// A change with the resource it came from.
pub(crate) struct Planned {
    pub(crate) resource: Resource,
    pub(crate) change: Change,
}

/// The address of the resource that a part of a split one belongs to.
pub(crate) fn whole(address: &Address) -> Address {
    match address.as_str().split_once('[') {
        Some((base, _)) => Address::from(base),
        None => address.clone(),
    }
}

/// Fills `depends_on` and `cleanup_after` of every change.
///
/// What is made or changed comes after what it refers to. What is removed comes after everything that referred to it
/// has moved away or gone: the same edges, reversed.
pub(crate) fn connect(planned: &mut [Planned]) {
    let mut parts: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (index, one) in planned.iter().enumerate() {
        parts.entry(whole(&one.change.address)).or_default().push(index);
    }
    let names = names(planned);
    let giving = giving(planned, &parts);
    let mut writers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, one) in planned.iter().enumerate().filter(|(_, one)| one.change.action.writes()) {
        writers.entry(one.change.kind.section).or_default().push(index);
    }
    let mut depends_on: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); planned.len()];
    let mut cleanup_after: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); planned.len()];

    for (index, one) in planned.iter().enumerate() {
        let wanted =
            one.resource.depends_on.iter().flat_map(|address| parts.get(address).into_iter().flatten());
        let implied =
            one.resource.kind.after.iter().flat_map(|section| writers.get(section).into_iter().flatten());
        let before: Vec<usize> = held_before(one, &names);
        for other in wanted.chain(implied).copied().filter(|other| *other != index) {
            let gives = giving.contains_key(&other) && keeps_outputs(&planned[other].change);
            if planned[other].change.action == Action::Delete || gives {
                depends_on[other].insert(index);
            } else if one.change.action != Action::Delete {
                depends_on[index].insert(other);
                // What a change gives up last of all, it gives up once those that build on it stand.
                if planned[other].change.has_cleanup() && one.change.action.writes() {
                    cleanup_after[other].insert(index);
                }
            }
        }
        for other in before.into_iter().filter(|other| *other != index) {
            match planned[other].change.action {
                Action::Delete => {
                    depends_on[other].insert(index);
                }
                // A replacement in two halves gives the old one up last of all …
                Action::Replace if planned[other].change.has_cleanup() => {
                    cleanup_after[other].insert(index);
                }
                // … and one that takes over who used the old one is done before those move away or go: it would
                // take them back, or miss them.
                Action::Replace => {
                    depends_on[index].insert(other);
                }
                _ => {}
            }
        }
        // What moves to another part is there before it leaves this one.
        depends_on[index].extend(giving.get(&index).into_iter().flatten());
        // Members move to the parts that stay before a part goes.
        if one.change.action == Action::Delete {
            let siblings = parts.get(&whole(&one.change.address)).into_iter().flatten();
            depends_on[index]
                .extend(siblings.filter(|other| planned[**other].change.action != Action::Delete));
        }
    }
    let addresses: Vec<Address> = planned.iter().map(|one| one.change.address.clone()).collect();
    let of = |set: &BTreeSet<usize>| set.iter().map(|index| addresses[*index].clone()).collect();
    for (index, one) in planned.iter_mut().enumerate() {
        // Waiting for what does nothing keeps the graph honest about references, and costs nothing.
        one.change.depends_on = of(&depends_on[index]);
        one.change.cleanup_after = of(&cleanup_after[index]);
    }
}

/// Parts of split resources that give elements away, each with the parts that get them.
///
/// An element of a part that is over its size moves to one with room, so that no part both gives and gets.
fn giving(planned: &[Planned], parts: &BTreeMap<Address, Vec<usize>>) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut giving: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for siblings in parts.values().filter(|siblings| siblings.len() > 1) {
        let mut getters: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for index in siblings {
            for (path, element) in
                moved(&planned[*index].change, |attribute| (&attribute.after, &attribute.before))
            {
                getters.insert((path, element), *index);
            }
        }
        for index in siblings.iter().filter(|index| planned[**index].change.action == Action::Update) {
            for lost in moved(&planned[*index].change, |attribute| (&attribute.before, &attribute.after)) {
                if let Some(getter) = getters.get(&lost) {
                    giving.entry(*index).or_default().insert(*getter);
                }
            }
        }
    }
    giving
}

/// The elements of sets that are in the first value of a pair and not in the second, each with its attribute's path.
fn moved(
    change: &Change,
    pair: impl Fn(&AttributeChange) -> (&Value, &Value),
) -> impl Iterator<Item = (&str, &str)> {
    let among = change.action.writes();
    change.attributes.iter().filter(move |_| among).flat_map(move |attribute| {
        let (among, others) = pair(attribute);
        let others: BTreeSet<&str> = others.elements().iter().map(String::as_str).collect();
        let only = among.elements().iter().map(String::as_str).filter(move |one| !others.contains(one));
        only.map(|element| (attribute.path.as_str(), element))
    })
}

/// Whether what others refer to stays as it is through a change.
fn keeps_outputs(change: &Change) -> bool {
    change
        .attributes
        .iter()
        .filter_map(|attribute| change.kind.attribute(&attribute.path))
        .all(|spec| spec.invalidates.is_empty())
}

/// Which planned change stands for a name: section and key attribute, folded.
fn names(planned: &[Planned]) -> BTreeMap<(&'static str, String), usize> {
    let mut names = BTreeMap::new();
    for (index, one) in planned.iter().enumerate() {
        let Some(key) = one.resource.kind.key.first() else { continue };
        if let Some(text) = one.resource.text(key) {
            names.entry((one.resource.kind.section, text.to_lowercase())).or_insert(index);
        }
    }
    names
}

/// The changes whose objects this one's object refers to today.
fn held_before(one: &Planned, names: &BTreeMap<(&'static str, String), usize>) -> Vec<usize> {
    one.change
        .attributes
        .iter()
        .filter_map(|attribute| {
            let section = one.change.kind.attribute(&attribute.path)?.refers_to?;
            names.get(&(section, attribute.before.as_text()?.to_lowercase())).copied()
        })
        .collect()
}

/// Puts changes in an order in which each comes after those it depends on: of those that could be next, the first in
/// the manifest, deletions last. A cycle is an error that shows the whole of it.
pub(crate) fn sort(changes: Vec<Change>) -> (Vec<Change>, Vec<Diagnostic>) {
    let index: BTreeMap<&Address, usize> =
        changes.iter().enumerate().map(|(i, change)| (&change.address, i)).collect();
    let mut waiting: Vec<usize> = vec![0; changes.len()];
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); changes.len()];
    for (i, change) in changes.iter().enumerate() {
        for needed in change.depends_on.iter().filter_map(|address| index.get(address)) {
            waiting[i] += 1;
            dependants[*needed].push(i);
        }
    }
    let rank = |i: usize| (changes[i].action == Action::Delete, i);
    let mut ready: BTreeSet<(bool, usize)> =
        (0..changes.len()).filter(|i| waiting[*i] == 0).map(rank).collect();
    let mut order: Vec<usize> = Vec::with_capacity(changes.len());
    while let Some((_, next)) = ready.pop_first() {
        order.push(next);
        for dependant in &dependants[next] {
            waiting[*dependant] -= 1;
            if waiting[*dependant] == 0 {
                ready.insert(rank(*dependant));
            }
        }
    }
    let mut diagnostics = Vec::new();
    if order.len() < changes.len() {
        diagnostics = cycles(&changes);
        let placed: BTreeSet<usize> = order.iter().copied().collect();
        order.extend((0..changes.len()).filter(|i| !placed.contains(i)));
    }
    let mut slots: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    (order.into_iter().filter_map(|i| slots[i].take()).collect(), diagnostics)
}

fn cycles(changes: &[Change]) -> Vec<Diagnostic> {
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for change in changes {
        graph.add_node(change.address.as_str());
        for needed in &change.depends_on {
            graph.add_edge(change.address.as_str(), needed.as_str(), ());
        }
    }
    let mut diagnostics: Vec<Diagnostic> = tarjan_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|mut component| {
            component.sort_unstable();
            let path = walk(&graph, &component);
            Diagnostic::error("change-cycle", "these changes wait for each other, so none can be first")
                .about(&Address::from(component[0]))
                .detail(path.join(" -> "))
                .hint("split the change in two: apply one half, then the other")
        })
        .collect();
    anteroom_model::diagnostic::sort(&mut diagnostics);
    diagnostics
}

/// One way round a cycle, starting and ending with its first member.
fn walk<'a>(graph: &DiGraphMap<&'a str, ()>, component: &[&'a str]) -> Vec<&'a str> {
    let mut path = vec![component[0]];
    let mut seen: BTreeSet<&str> = path.iter().copied().collect();
    loop {
        let here = path[path.len() - 1];
        let mut next: Vec<&str> = graph.neighbors(here).filter(|other| component.contains(other)).collect();
        next.sort_unstable();
        if let Some(other) = next.iter().find(|other| !seen.contains(**other)) {
            seen.insert(other);
            path.push(other);
            continue;
        }
        // Close the walk where it meets itself.
        if let Some(back) = next.first() {
            if let Some(start) = path.iter().position(|one| one == back) {
                path.drain(..start);
            }
            path.push(back);
        }
        return path;
    }
}

/// The graph as text: one change a line with what it waits for, in the order of the plan.
pub fn graph_text(plan: &Plan) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{} {}", change.action.word(), change.address);
        if !change.depends_on.is_empty() {
            let names: Vec<&str> = change.depends_on.iter().map(Address::as_str).collect();
            let _ = write!(text, " after {}", names.join(", "));
        }
        if !change.cleanup_after.is_empty() {
            let names: Vec<&str> = change.cleanup_after.iter().map(Address::as_str).collect();
            let _ = write!(text, "; cleanup after {}", names.join(", "));
        }
        text.push('\n');
    }
    text
}
