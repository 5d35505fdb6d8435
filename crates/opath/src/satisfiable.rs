//! Whether any recipient at all can match. Says so only if it is certain.

use crate::canonical::{Literal, Node};
use crate::evaluate::{Found, Relation, Term};
use crate::property::{Kind, Property};

/// Up to this many different terms, every combination of their truth is tried.
const TERMS: usize = 10;

pub(crate) fn is_impossible(node: &Node) -> bool {
    let mut terms = Vec::new();
    collect(node, &mut terms);
    if terms.len() <= TERMS {
        return !is_possible(node, &terms);
    }
    match node {
        Node::Literal(_) => false,
        Node::Or(members) => members.iter().all(is_impossible),
        Node::And(members) => members.iter().any(is_impossible) || is_contradiction(members),
    }
}

/// Too many terms for all combinations: those that stand alone, property by property. They are sorted.
fn is_contradiction(members: &[Node]) -> bool {
    let literals: Vec<&Literal> = members
        .iter()
        .filter_map(|member| match member {
            Node::Literal(literal) => Some(literal),
            _ => None,
        })
        .collect();
    literals.chunk_by(|left, right| left.term.property == right.term.property).any(|group| {
        let terms: Vec<&Term> = group.iter().map(|literal| &literal.term).collect();
        let opposites = group.windows(2).any(|pair| pair[0].term == pair[1].term);
        if opposites {
            return true;
        }
        if terms.len() > TERMS {
            return group.windows(2).any(|pair| {
                let both = [pair[0].clone(), pair[1].clone()].map(Node::Literal).to_vec();
                !is_possible(&Node::And(both), &[&pair[0].term, &pair[1].term])
            });
        }
        let all = group.iter().map(|literal| Node::Literal((*literal).clone())).collect();
        !is_possible(&Node::And(all), &terms)
    })
}

/// Different terms, stopping as soon as they are too many.
fn collect<'a>(node: &'a Node, terms: &mut Vec<&'a Term>) {
    match node {
        Node::Literal(literal) => {
            if !terms.contains(&&literal.term) {
                terms.push(&literal.term);
            }
        }
        Node::And(members) | Node::Or(members) => {
            for member in members {
                if terms.len() > TERMS {
                    return;
                }
                collect(member, terms);
            }
        }
    }
}

fn is_possible(node: &Node, terms: &[&Term]) -> bool {
    let shape = Shape::of(node, terms);
    let laws = laws(terms);
    (0_u32..1 << terms.len()).any(|truth| laws.iter().all(|law| law.allows(truth)) && shape.holds(truth))
}

/// A node whose terms are bits.
enum Shape {
    Literal { bit: u32, negated: bool },
    And(Vec<Shape>),
    Or(Vec<Shape>),
}

impl Shape {
    fn of(node: &Node, terms: &[&Term]) -> Self {
        let all = |members: &[Node]| members.iter().map(|member| Self::of(member, terms)).collect();
        match node {
            Node::Literal(Literal { term, negated }) => {
                let at = terms.iter().position(|other| *other == term);
                Self::Literal { bit: at.map_or(0, |at| 1 << at), negated: *negated }
            }
            Node::And(members) => Self::And(all(members)),
            Node::Or(members) => Self::Or(all(members)),
        }
    }

    fn holds(&self, truth: u32) -> bool {
        match self {
            Self::Literal { bit, negated } => (truth & bit != 0) != *negated,
            Self::And(members) => members.iter().all(|member| member.holds(truth)),
            Self::Or(members) => members.iter().any(|member| member.holds(truth)),
        }
    }
}

/// If all terms in `when` hold, so does one of those in `then`. Each is a set of bits, one for each term.
struct Law {
    when: u32,
    then: u32,
}

impl Law {
    /// One of the terms in `when` is false, or one of those in `then` is true.
    fn allows(&self, truth: u32) -> bool {
        truth & self.when != self.when || truth & self.then != 0
    }
}

/// What follows from the meaning of the terms themselves.
fn laws(terms: &[&Term]) -> Vec<Law> {
    let mut laws = Vec::new();
    for (at, term) in terms.iter().enumerate() {
        let own = 1 << at;
        match (term.relation, term.value.as_deref()) {
            (Relation::Equal, None) => {}
            // Nothing is in an order with $null, and a value of no characters does not exist.
            (_, None) | (Relation::Equal | Relation::Like, Some("")) => laws.push(Law { when: own, then: 0 }),
            _ => {}
        }
        for (other_at, other) in terms.iter().enumerate() {
            if at != other_at && term.property == other.property {
                laws.extend(between(term, own, other, 1 << other_at));
            }
        }
    }
    laws
}

fn between(term: &Term, own: u32, other: &Term, others: u32) -> Option<Law> {
    let is_null = |term: &Term| term.relation == Relation::Equal && term.value.is_none();
    if is_null(term) {
        let is_presence = other.relation == Relation::Like
            && other
                .value
                .as_deref()
                .is_some_and(|value| !value.is_empty() && value.bytes().all(|byte| byte == b'*'));
        // Either there is no value, or `*` matches it.
        return is_presence.then_some(Law { when: 0, then: own | others });
    }
    if is_null(other) {
        return Some(Law { when: own | others, then: 0 });
    }
    let value = term.value.as_deref().filter(|_| term.relation == Relation::Equal)?;
    let known = Property::find(&term.property)?;
    // Only where equality and the other relations see the same text does a value decide about them.
    let is_plain = matches!(known.kind(), Kind::Text | Kind::MultiText | Kind::Enumeration | Kind::Boolean)
        && !known.holds_proxy_addresses();
    if other.relation != Relation::Equal && !is_plain {
        return None;
    }
    let follows = other.holds(&[Found::new(Some(known), value)]);
    if follows {
        return Some(Law { when: own, then: others });
    }
    let is_certain = |term: &Term| {
        let value = term.value.as_deref().unwrap_or_default();
        term.relation != Relation::Equal || known.tells_apart(value)
    };
    let has_one_value = !known.is_multi_valued() && !known.searches_proxy_addresses();
    (has_one_value && is_certain(term) && is_certain(other)).then_some(Law { when: own | others, then: 0 })
}
