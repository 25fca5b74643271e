//! What the jobs of a scan have in common: who belongs to the organization, and who administers services for it, as a
//! document that all of them share.

use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_proto::agent_v1::Organization;
use plumbline_proto::facts::organization;

/// The organization of one scan.
#[derive(Debug, Default)]
pub(crate) struct Known(Arc<Doc>);

impl Known {
    /// As the coordinator says it.
    pub(crate) fn of(told: &Organization) -> Self {
        Self(Arc::new(organization(told)))
    }

    /// `organization` as expressions of the scan see it.
    pub(crate) fn document(&self) -> Arc<Doc> {
        Arc::clone(&self.0)
    }
}
