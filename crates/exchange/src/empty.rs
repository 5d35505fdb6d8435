//! A tenant in which there is nothing.

use anteroom_model::ports::Observe;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::{Object, Observation, Snapshot};

use crate::{facts, observe};

/// A tenant in which nothing of the manifest is there yet: for plans without a connection. Nobody is looked up, so
/// members and owners are taken as they are written, and groups that the manifest names by address are taken to be there;
/// licences and consents, whose ids only a tenant tells, cannot be planned so.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyTenant;

impl Observe for EmptyTenant {
    async fn observe(&self, resources: &[Resource]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        facts::of_resources(resources, &mut snapshot.facts);
        for resource in resources {
            let parts = observe::parts_needed(resource, |_| 0).unwrap_or_default().max(1);
            for number in 1..=parts {
                snapshot.observations.insert(resource.address.part(number), Observation::Absent);
            }
            for query in &resource.queries {
                snapshot.queries.insert(query.filter.clone(), Ok(Vec::new()));
            }
        }
        for group in observe::foreign_groups(resources.iter()) {
            // Its distinguished name stays unknown.
            snapshot.observations.insert(group, Observation::Present(Object::default()));
        }
        snapshot
    }
}
