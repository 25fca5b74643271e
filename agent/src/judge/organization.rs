//! What the jobs of a scan have in common: who belongs to the organization, and who administers services for it, as a
//! document that all of them share.

use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_proto::agent_v1::Organization;
use plumbline_proto::facts::organization;

/// The organization of one scan.
#[derive(Debug, Default)]
pub(crate) struct Known {
    scan: String,
    organization: Arc<Doc>,
}

impl Known {
    /// As the coordinator says it.
    pub(crate) fn of(told: &Organization) -> Self {
        Self { scan: told.scan_id.clone(), organization: Arc::new(organization(told)) }
    }

    /// `organization` as expressions of a scan see it; null where nobody said anything.
    pub(crate) fn for_scan(&self, scan: &str) -> Arc<Doc> {
        if self.scan == scan { Arc::clone(&self.organization) } else { Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_is_that_of_its_scan() {
        let known = Known::of(&Organization { scan_id: "scan".to_owned(), ..Organization::default() });
        assert!(!known.for_scan("scan").is_null());
        assert!(known.for_scan("another").is_null());
    }
}
