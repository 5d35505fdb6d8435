//! Selection: which part of a manifest is planned.

use std::collections::BTreeSet;

use anteroom_model::address::Address;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::Manifest;
use anteroom_model::resource::Resource;

/// Which resources are planned. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these and what they depend on. Empty means all. A section's name stands for all of its resources.
    pub only: Vec<Address>,
    /// Not these, nor what depends on them.
    pub exclude: Vec<Address>,
}

impl Selection {
    /// Whether anything is left out on purpose.
    pub fn is_partial(&self) -> bool {
        !self.only.is_empty() || !self.exclude.is_empty()
    }

    /// Says every address that the manifest does not have.
    pub fn resolve(&self, manifest: &Manifest) -> Result<(), Vec<Diagnostic>> {
        let unknown: Vec<Diagnostic> = self
            .only
            .iter()
            .chain(&self.exclude)
            .filter(|wanted| !manifest.resources.keys().any(|address| names(wanted, address)))
            .map(|wanted| {
                let known: Vec<&str> = manifest.resources.keys().map(Address::as_str).collect();
                Diagnostic::error("address-unknown", format!("the manifest has no {wanted}"))
                    .about(wanted)
                    .hint(if known.len() <= 12 {
                        format!("it has {}", known.join(", "))
                    } else {
                        "an address is `section.key`, such as `roomLists.london`".to_owned()
                    })
            })
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(unknown) }
    }
}

fn names(wanted: &Address, address: &Address) -> bool {
    wanted == address || wanted.as_str() == address.section()
}

/// The resources that are planned, in the order of the manifest: those that the selection names, closed over what they
/// depend on, or over what depends on them where they are left out.
pub fn resources(manifest: &Manifest, selection: &Selection) -> Vec<Resource> {
    let all = &manifest.resources;
    if !selection.is_partial() {
        return all.values().cloned().collect();
    }
    let mut chosen: BTreeSet<&Address> = if selection.only.is_empty() {
        all.keys().collect()
    } else {
        all.keys().filter(|address| selection.only.iter().any(|wanted| names(wanted, address))).collect()
    };
    let mut queue: Vec<&Address> = chosen.iter().copied().collect();
    // What comes before all resources of a kind is looked for once a kind.
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    while let Some(address) = queue.pop() {
        let Some(resource) = all.get(address) else { continue };
        let implied = kinds.insert(resource.kind.section).then(|| implied(manifest, resource));
        for needed in resource.depends_on.iter().chain(implied.into_iter().flatten()) {
            if let Some((needed, _)) = all.get_key_value(needed)
                && chosen.insert(needed)
            {
                queue.push(needed);
            }
        }
    }
    let mut left_out: BTreeSet<&Address> =
        all.keys().filter(|address| selection.exclude.iter().any(|wanted| names(wanted, address))).collect();
    loop {
        let more: Vec<&Address> = all
            .values()
            .filter(|resource| !left_out.contains(&resource.address))
            .filter(|resource| resource.depends_on.iter().any(|needed| left_out.contains(needed)))
            .map(|resource| &resource.address)
            .collect();
        if more.is_empty() {
            break;
        }
        left_out.extend(more);
    }
    all.values()
        .filter(|resource| chosen.contains(&resource.address) && !left_out.contains(&resource.address))
        .cloned()
        .collect()
}

/// What comes before a resource because of its kind alone.
fn implied<'a>(manifest: &'a Manifest, resource: &Resource) -> impl Iterator<Item = &'a Address> {
    let after = resource.kind.after;
    manifest.resources.keys().filter(move |address| after.contains(&address.section()))
}
