//! A tenant in which there is nothing.

use anteroom_model::ports::Observe;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::{Observation, Snapshot};

use crate::facts;

/// A tenant in which nothing of the manifest is there yet: for plans without a connection. Nobody is looked up, so
/// members and owners are taken as they are written; licences and consents, whose ids only a tenant tells, cannot be
/// planned so.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyTenant;

impl Observe for EmptyTenant {
    async fn observe(&self, resources: &[Resource]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        facts::of_resources(resources, &mut snapshot.facts);
        for resource in resources {
            snapshot.observations.insert(resource.address.clone(), Observation::Absent);
            for query in &resource.queries {
                snapshot.queries.insert(query.filter.clone(), Ok(Vec::new()));
            }
        }
        snapshot
    }
}
