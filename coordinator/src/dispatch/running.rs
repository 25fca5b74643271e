//! The scans that run, side by side: each with its figures, its last job, and what became of it. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbline_baseline::{JobId, ScanId};
use tokio::sync::watch;

use crate::progress::{ScanProgress, Tally};
use crate::scan::Scan;
use crate::store::ScanEnd;

/// One scan that runs.
pub(super) struct Running {
    pub(super) scan: Arc<Scan>,
    pub(super) tally: Tally,
    /// The job of the organization, until all others have ended.
    pub(super) last: Option<JobId>,
    /// How it ends, when the rest of it was given up.
    pub(super) given_up: Option<ScanEnd>,
    /// Whether its record has a note that it had to wait for room.
    pub(super) is_short_noted: bool,
    progress: watch::Sender<ScanProgress>,
}

impl Running {
    pub(super) fn new(scan: Scan, tally: Tally, last: Option<JobId>) -> Self {
        let (progress, _) = watch::channel(tally.figures());
        Self { scan: Arc::new(scan), tally, last, given_up: None, is_short_noted: false, progress }
    }

    pub(super) fn is_done(&self) -> bool {
        self.tally.figures().is_done()
    }

    /// Tells whoever watches.
    pub(super) fn publish(&self) {
        self.progress.send_replace(self.tally.figures());
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Scans {
    running: BTreeMap<ScanId, Running>,
    /// Numbers of accounts: the same one for all scans, so that what an account is asked at a time is bounded once.
    accounts: HashMap<String, u32>,
}

impl Scans {
    pub(super) fn begin(&mut self, running: Running) {
        self.running.insert(running.scan.id.clone(), running);
    }

    /// Forgets a scan, and returns it.
    pub(super) fn end(&mut self, scan: &ScanId) -> Option<Running> {
        let ended = self.running.remove(scan);
        if self.running.is_empty() {
            self.accounts.clear();
        }
        ended
    }

    pub(super) fn get(&self, scan: &ScanId) -> Option<&Running> {
        self.running.get(scan)
    }

    pub(super) fn get_mut(&mut self, scan: &ScanId) -> Option<&mut Running> {
        self.running.get_mut(scan)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Running> {
        self.running.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Running> {
        self.running.values_mut()
    }

    /// The scan that a job is of.
    pub(super) fn of(&self, job: &JobId) -> Option<&Running> {
        self.iter().find(|running| running.scan.job(job).is_some())
    }

    /// Whether nothing is left to do in any.
    pub(super) fn are_done(&self) -> bool {
        self.iter().all(Running::is_done)
    }

    /// Watches the figures of one.
    pub(super) fn progress(&self, scan: &ScanId) -> Option<watch::Receiver<ScanProgress>> {
        self.get(scan).map(|running| running.progress.subscribe())
    }

    /// The number of an account in all scans.
    pub(super) fn account(&mut self, id: &str) -> u32 {
        if let Some(number) = self.accounts.get(id) {
            return *number;
        }
        let number = u32::try_from(self.accounts.len()).expect("an organization has fewer than 2^32 accounts");
        self.accounts.insert(id.to_owned(), number);
        number
    }
}
