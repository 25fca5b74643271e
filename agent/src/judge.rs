//! What the agent asks of the baseline: what a job has to collect, and what its controls say of what was collected. It
//! adds no judgement of its own.

use std::sync::Arc;

use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Status, Unread, UnreadReason, Verdict};
use plumbline_proto::agent_v1::{JobSpec, Row};

use crate::collect::work::TypeWork;
use crate::snapshot;

/// The pack as the agent uses it.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    digest: String,
}

impl Judge {
    /// What identifies the pack.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// What a job has to collect.
    pub(crate) fn work(&self, _spec: &JobSpec) -> Vec<Arc<TypeWork>> {
        Vec::new()
    }

    /// What a snapshot has to collect.
    pub(crate) fn work_of_types(&self, _request: &snapshot::Request) -> Result<Vec<Arc<TypeWork>>, snapshot::Error> {
        Ok(Vec::new())
    }

    /// What the job's controls say, one batch a control.
    pub(crate) fn evaluate(&self, spec: &JobSpec, _snapshot: &Snapshot, mut deliver: impl FnMut(Vec<Row>) -> bool) {
        for control in &spec.controls {
            let unread = Unread { reason: UnreadReason::NotRun, operation: String::new(), detail: String::new() };
            let verdict = Verdict { status: Status::Unknown, reason: unread.to_string(), evidence: Vec::new() };
            if !deliver(vec![Row::new(control, String::new(), String::new(), verdict)]) {
                return;
            }
        }
    }
}
