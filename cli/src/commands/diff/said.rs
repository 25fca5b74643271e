//! What governance says of the findings that differ and fail now: whose they are, and who accepts them. The rows of the later
//! scan have it; they are read where there is governance, and only then.

use std::collections::HashMap;
use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_coordinator::read::{Comparison, ScanView, Sought};
use plumbline_coordinator::report::difference::{Difference, FindingDifference};
use plumbline_governance::{Accepted, Owner};

use crate::results::Stop;

/// Account, Region, control and resource.
type Key = [String; 4];

/// By finding.
#[derive(Default)]
pub(super) struct Said(HashMap<Key, Option<Of>>);

/// What is said of one.
#[derive(Clone)]
struct Of {
    accepted: Option<Arc<Accepted>>,
    owner: Option<Arc<Owner>>,
}

impl Said {
    /// Of all findings that differ. Memory grows with their number.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn of(comparison: &Comparison, sought: &Sought, later: &ScanView) -> Result<Self, Stop> {
        let mut said = Self::default();
        if later.governed().is_none() || sought.resources_only {
            return Ok(said);
        }
        let findings = Sought { findings_only: true, ..sought.clone() };
        comparison.for_each(&findings, |difference| {
            if let Difference::Finding(finding) = &difference
                && fails(finding)
            {
                said.0.insert(key(finding), None);
            }
            Ok::<_, Stop>(())
        })?;
        if said.0.is_empty() {
            return Ok(said);
        }
        later.for_each(|row| {
            if row.status == Status::Fail && (row.accepted.is_some() || row.owner.is_some()) {
                let key = [&*row.account, &*row.region, &*row.control, &row.resource].map(str::to_owned);
                if let Some(of) = said.0.get_mut(&key) {
                    *of = Some(Of { accepted: row.accepted.clone(), owner: row.owner.clone() });
                }
            }
            Ok::<_, Stop>(())
        })?;
        Ok(said)
    }

    /// A difference, with what is said of it.
    pub(super) fn told(&self, mut difference: Difference) -> Difference {
        if let Difference::Finding(finding) = &mut difference
            && fails(finding)
            && let Some(Some(of)) = self.0.get(&key(finding))
        {
            (finding.accepted, finding.owner) = (of.accepted.clone(), of.owner.clone());
        }
        difference
    }
}

fn fails(finding: &FindingDifference) -> bool {
    finding.new.as_ref().is_some_and(|stand| stand.status == Status::Fail)
}

fn key(finding: &FindingDifference) -> Key {
    let at = &finding.at;
    [&*at.account, &*at.region, &*finding.control, &*at.resource].map(str::to_owned)
}
