//! What happens when: ties the board (pure), the store (durable) and the open sessions together, for all scans that run.
//!
//! The store decides what became of a job, and [`Dispatch::settle`] is the one way in which an end is counted. A grant
//! is on disk before its offer is sent. A store that fails ends the scan: nothing may look accepted that is not.
//!
//! In reading order: `running` (the scans), `begin` (how they come and go), `sessions` (who is there), `decisions` (what they come back with), `offers` (who gets
//! what), `uploads` (what came of it), `shortage` (when nobody gets anything), `census` (what there is of all), `conclusion` (what the coordinator does
//! itself when all have ended), `notices` (what the user should know). Must not know gRPC.

mod begin;
mod census;
mod conclusion;
mod decisions;
mod notices;
mod offers;
mod running;
mod sessions;
mod shortage;
mod uploads;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use plumbline_baseline::pack::Pack;
use plumbline_baseline::{AgentId, JobId, ScanId};
use plumbline_proto::agent_v1::Progress;
use plumbline_telemetry::{Registry, catalogue};
use tokio::sync::{broadcast, watch};
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::board::{Board, Timers};
use crate::clock::Clock;
use crate::floor::Floor;
use crate::progress::ScanProgress;
use crate::scan::{Job, Scan};
use crate::store::record::{self, JobState};
use crate::store::{self, ScanEnd, Store, StoredJob};

use notices::Notices;
pub(crate) use offers::TICK;
use running::Scans;
use sessions::Sessions;
pub(crate) use sessions::{Identity, Opened, milliseconds};
use shortage::Short;
pub(crate) use uploads::Standing;

/// Notices that a slow reader may be behind.
const NOTICES: usize = 16;

/// The shared middle of the coordinator.
pub(crate) struct Dispatch {
    store: Store,
    /// By which findings are judged.
    pack: Arc<Pack>,
    timers: Timers,
    /// How long all agents may be in trouble of their own before the scan ends.
    patience: Duration,
    clock: Clock,
    admission: Admission,
    floor: Floor,
    /// Where it is counted what happens.
    registry: Arc<Registry>,
    state: Mutex<State>,
    fatal: watch::Sender<Option<store::Error>>,
    notices: broadcast::Sender<String>,
    tasks: TaskTracker,
}

/// What changes.
struct State {
    board: Board,
    scans: Scans,
    sessions: Sessions,
    notices: Notices,
    short: Short,
    /// When [`Dispatch::tick`] looked last.
    ticked: Option<Instant>,
}

impl Dispatch {
    /// Nothing to do yet.
    pub(crate) fn new(store: Store, pack: Arc<Pack>, timers: Timers, patience: Duration, clock: Clock) -> Self {
        let state = State {
            board: Board::new(timers),
            scans: Scans::default(),
            sessions: Sessions::default(),
            notices: Notices::default(),
            short: Short::default(),
            ticked: None,
        };
        let (fatal, _) = watch::channel(None);
        let (notices, _) = broadcast::channel(NOTICES);
        let (state, tasks) = (Mutex::new(state), TaskTracker::new());
        let (floor, registry) = (Floor::none(), Arc::new(Registry::new()));
        let admission = Admission::new(clock.clone());
        Self { store, pack, timers, patience, clock, admission, floor, registry, state, fatal, notices, tasks }
    }

    /// The same, which counts what happens there.
    pub(crate) fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    fn count_rows(&self, counts: record::Counts) {
        let record::Counts { pass, fail, unknown, not_applicable, manual } = counts;
        let all = [("pass", pass), ("fail", fail), ("unknown", unknown), ("not_applicable", not_applicable)];
        for (status, rows) in all.into_iter().chain([("manual", manual)]) {
            self.registry.add(&catalogue::SCAN_ROWS, [status], rows);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the board")
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Who is let in no more.
    pub(crate) fn admission(&self) -> &Admission {
        &self.admission
    }

    /// The pack that scans are planned with.
    pub(crate) fn pack(&self) -> &Pack {
        &self.pack
    }

    /// Watches the figures of a scan that runs.
    pub(crate) fn progress(&self, scan: &ScanId) -> Option<watch::Receiver<ScanProgress>> {
        self.state().scans.progress(scan)
    }

    /// Watches for a store that fails.
    pub(crate) fn fatal(&self) -> watch::Receiver<Option<store::Error>> {
        self.fatal.subscribe()
    }

    /// What the user should know while the scan runs, as it comes up.
    pub(crate) fn notices(&self) -> broadcast::Receiver<String> {
        self.notices.subscribe()
    }

    /// Where it is counted what happens.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// How a scan ends of which the rest was given up.
    pub(crate) fn given_up(&self, scan: &ScanId) -> Option<ScanEnd> {
        self.state().scans.get(scan)?.given_up.clone()
    }

    /// Ends all scans: nothing may look accepted that is not.
    pub(crate) fn store_failed(&self, error: store::Error) {
        tracing::error!(%error, "store failed");
        // The first one says why; those that follow only say that the store is closed.
        self.fatal.send_if_modified(|fatal| fatal.is_none() && fatal.replace(error).is_none());
    }

    /// The scan and a job of it.
    pub(crate) fn job(&self, id: &JobId) -> Option<(Arc<Scan>, Job)> {
        let scan = Arc::clone(&self.state().scans.of(id)?.scan);
        let job = scan.job(id)?.clone();
        Some((scan, job))
    }

    /// Brings board and figures in line with what the store says of a job: the one way in which an end is counted, as
    /// often as it is called.
    pub(crate) fn settle(self: &Arc<Self>, job: &JobId) {
        let Some((scan, planned)) = self.job(job) else { return };
        let record = match self.store.job(&StoredJob { scan: scan.id.clone(), job: job.clone() }) {
            Ok(Some(record)) => record,
            // What cannot be read cannot be done either. Its rows say so in every report.
            Ok(None) | Err(store::Error::Damaged { .. }) => {
                tracing::error!(%job, "the job's record cannot be read");
                record::Job { state: JobState::Abandoned as i32, ..record::Job::default() }
            }
            Err(error) => return self.store_failed(error),
        };
        {
            let state = &mut *self.state();
            let Some(running) = state.scans.get_mut(&scan.id) else { return };
            match record.state() {
                JobState::Committed => {
                    state.board.commit(job);
                    if running.tally.committed(job, planned.account, &record) {
                        self.count_rows(record.counts.unwrap_or_default());
                    }
                }
                JobState::Abandoned => {
                    state.board.abandon(job);
                    running.tally.abandoned(job, planned.account);
                }
                JobState::Ready | JobState::Leased | JobState::Unspecified => return,
            }
            // Under the lock: figures that are older must not come later.
            running.publish();
        }
        self.conclude_if_ready();
    }

    /// What an agent says of a running job. What it says of a job that it does not hold counts for nothing.
    pub(crate) fn report_progress(&self, agent: &AgentId, job: &JobId, fence: u64, progress: Progress) {
        let state = &mut *self.state();
        if !state.board.holds(agent, job, fence) {
            return;
        }
        let Some(scan) = state.scans.of(job).map(|running| running.scan.id.clone()) else { return };
        if let Some(running) = state.scans.get_mut(&scan) {
            running.tally.report(job, progress);
            running.publish();
        }
    }

    /// Waits for what is on its way between board and store, so long at most.
    pub(crate) async fn finish_tasks(&self, patience: Duration) {
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "stopped before the store answered");
        }
    }
}

#[cfg(test)]
mod tests;
