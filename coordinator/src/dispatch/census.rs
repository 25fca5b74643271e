//! What there is of scans, jobs and agents at a moment, for whoever watches the coordinator.

use plumbline_baseline::ScanId;

use super::Dispatch;
use crate::progress::{Census, ScanProgress};

impl Dispatch {
    /// All of them.
    pub(crate) fn census(&self) -> Census {
        let state = self.state();
        let mut census = state.board.census();
        for running in state.scans.iter() {
            let figures = running.tally.figures();
            census.scans += 1;
            census.committed += figures.jobs_committed;
            census.given_up += figures.jobs_abandoned;
        }
        census
    }

    /// The scans that run, the oldest first, and how far each has come.
    pub(crate) fn running(&self) -> Vec<(ScanId, ScanProgress)> {
        let state = self.state();
        state.scans.iter().map(|running| (running.scan.id.clone(), running.tally.figures())).collect()
    }
}
