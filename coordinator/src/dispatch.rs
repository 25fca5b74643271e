//! What happens when: ties the board (pure), the store (durable) and the open sessions together.
//!
//! A grant is on disk before its offer is sent. A store that fails ends the scan: nothing may look accepted that is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use plumbline_proto::agent_v1::coordinator_message::Message;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{CoordinatorMessage, JobRef, LeaseOffer, Progress};
use tokio::sync::watch;

use crate::board::{Assignment, Board, Timers};
use crate::grpc::Outgoing;
use crate::progress::{ScanProgress, Tally};
use crate::spec::job_spec;
use crate::store::{self, Store, StoredJob, record};

/// How long an agent that had no room is offered nothing. Every offer is a commit, and most of the time the agent only
/// has not noticed yet that a job of its own was committed.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// The shared middle of the coordinator.
pub(crate) struct Dispatch {
    pub(crate) store: Store,
    timers: Timers,
    state: Mutex<Everything>,
    progress: watch::Sender<ScanProgress>,
    fatal: watch::Sender<Option<store::Error>>,
}

struct Everything {
    board: Board,
    tally: Tally,
    sessions: HashMap<String, (u64, Outgoing)>,
    next_session: u64,
    scan: Option<Arc<record::Scan>>,
    jobs: HashMap<String, Arc<record::Job>>,
}

impl Dispatch {
    /// Nothing to do yet.
    pub(crate) fn new(store: Store, timers: Timers) -> Self {
        let state = Everything {
            board: Board::new(timers),
            tally: Tally::default(),
            sessions: HashMap::new(),
            next_session: 0,
            scan: None,
            jobs: HashMap::new(),
        };
        let (progress, _) = watch::channel(ScanProgress::default());
        let (fatal, _) = watch::channel(None);
        Self { store, timers, state: Mutex::new(state), progress, fatal }
    }

    fn state(&self) -> MutexGuard<'_, Everything> {
        self.state.lock().expect("nothing panics while it holds the board")
    }

    /// Watches the figures.
    pub(crate) fn progress(&self) -> watch::Receiver<ScanProgress> {
        self.progress.subscribe()
    }

    /// Watches for a store that fails.
    pub(crate) fn fatal(&self) -> watch::Receiver<Option<store::Error>> {
        self.fatal.subscribe()
    }

    /// Ends the scan: nothing may look accepted that is not.
    pub(crate) fn store_failed(&self, error: store::Error) {
        tracing::error!(%error, "store failed");
        // The first one says why; those that follow only say that the store is closed.
        self.fatal.send_if_modified(|fatal| fatal.is_none() && fatal.replace(error).is_none());
    }

    /// Starts to lease the jobs of a stored scan.
    pub(crate) fn begin(self: &Arc<Self>, scan: record::Scan, jobs: Vec<record::Job>) {
        {
            let mut state = self.state();
            state.board.forget_jobs();
            state.tally = Tally::new(&jobs);
            for job in &jobs {
                state.board.add(job.id.clone(), job.account);
            }
            state.jobs = jobs.into_iter().map(|job| (job.id.clone(), Arc::new(job))).collect();
            state.scan = Some(Arc::new(scan));
        }
        self.tell_progress();
        self.assign();
    }

    /// The scan and a job of it.
    pub(crate) fn job(&self, id: &str) -> Option<(Arc<record::Scan>, Arc<record::Job>)> {
        let state = self.state();
        Some((state.scan.clone()?, state.jobs.get(id)?.clone()))
    }

    /// Names a job in the store.
    pub(crate) fn stored(&self, id: &str) -> Option<StoredJob> {
        self.job(id).map(|(scan, _)| StoredJob { scan: scan.id.clone(), job: id.to_owned() })
    }

    /// An agent says hello. Returns the number of its session.
    pub(crate) fn connect(&self, agent: &str, capacity: u32, outgoing: Outgoing) -> u64 {
        let mut state = self.state();
        state.next_session += 1;
        let session = state.next_session;
        state.board.connect(agent, session, capacity as usize);
        state.sessions.insert(agent.to_owned(), (session, outgoing));
        session
    }

    /// A session ended.
    pub(crate) fn disconnect(&self, agent: &str, session: u64) {
        let mut state = self.state();
        state.board.disconnect(agent, session);
        if state.sessions.get(agent).is_some_and(|(current, _)| *current == session) {
            state.sessions.remove(agent);
        }
    }

    /// Runs a function on the board.
    pub(crate) fn with_board<T>(&self, run: impl FnOnce(&mut Board) -> T) -> T {
        run(&mut self.state().board)
    }

    /// Hands out what can be handed out.
    pub(crate) fn assign(self: &Arc<Self>) {
        let assignments = self.state().board.assign(Instant::now());
        for assignment in assignments {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.offer(assignment).await });
        }
    }

    async fn offer(self: Arc<Self>, assignment: Assignment) {
        let Some((scan, job)) = self.job(&assignment.job) else { return };
        let Some(spec) = job_spec(&scan, &job) else { return };
        let id = StoredJob { scan: scan.id.clone(), job: job.id.clone() };
        let (attempt, fence) = match self.store.grant(&id, true).await {
            Ok(Some(granted)) => granted,
            Ok(None) => return self.with_board(|board| board.end(&job.id)),
            Err(error) => {
                self.store_failed(error);
                return;
            }
        };
        if !self.with_board(|board| board.granted(&assignment.agent, &job.id, fence)) {
            return;
        }
        let offer = LeaseOffer {
            job: Some(JobRef { job_id: job.id.clone(), attempt, fence }),
            spec: Some(spec),
            deadline_s: u32::try_from(self.timers.deadline.as_secs()).unwrap_or(u32::MAX),
        };
        let session = self.state().sessions.get(&assignment.agent).cloned();
        let message = CoordinatorMessage { message: Some(Message::Offer(offer)) };
        if let Some((_, outgoing)) = &session
            && outgoing.send(Ok(message)).await.is_ok()
        {
            return;
        }
        // Nobody reads there any more: an agent that looks as if it had room would be offered the job again at once.
        if let Some((session, _)) = session {
            self.disconnect(&assignment.agent, session);
        }
        self.with_board(|board| {
            if board.holds(&assignment.agent, &job.id, fence) {
                board.hand_back(&job.id);
            }
        });
        self.assign();
    }

    /// The agent gives a job back.
    pub(crate) async fn reject(self: &Arc<Self>, agent: &str, job: &JobRef, reason: Reason, detail: &str) {
        if !self.with_board(|board| board.holds(agent, &job.job_id, job.fence)) {
            return;
        }
        match reason {
            Reason::Draining => self.with_board(|board| {
                board.drain(agent);
                board.hand_back(&job.job_id);
            }),
            Reason::Busy => {
                self.with_board(|board| {
                    board.busy(agent);
                    board.hand_back(&job.job_id);
                });
                let (this, agent) = (Arc::clone(self), agent.to_owned());
                tokio::spawn(async move {
                    tokio::time::sleep(BUSY_PAUSE).await;
                    this.with_board(|board| board.rested(&agent));
                    this.assign();
                });
            }
            // One agent of another version must not cost the others their jobs.
            Reason::UnsupportedPack if self.with_board(|board| board.has_others(agent)) => self.with_board(|board| {
                board.drain(agent);
                board.hand_back(&job.job_id);
            }),
            Reason::UnsupportedPack | Reason::BadSpec => {
                self.with_board(|board| board.end(&job.job_id));
                self.give_up(&job.job_id, detail).await;
            }
            Reason::Failed | Reason::Unspecified => {
                if self.with_board(|board| board.fail(&job.job_id)) {
                    self.give_up(&job.job_id, detail).await;
                }
            }
        }
        self.assign();
    }

    /// Takes jobs away from agents that went silent or are too slow.
    pub(crate) async fn expire(self: &Arc<Self>) {
        let overdue = self.with_board(|board| board.overdue(Instant::now()));
        for job in &overdue {
            tracing::warn!(job, "lease ended");
            if self.with_board(|board| board.fail(job)) {
                self.give_up(job, "its agents went silent, or it took too long").await;
            }
        }
        if !overdue.is_empty() {
            self.assign();
        }
    }

    async fn give_up(self: &Arc<Self>, job: &str, detail: &str) {
        tracing::warn!(job, detail, "job given up");
        let Some((scan, record)) = self.job(job) else { return };
        let id = StoredJob { scan: scan.id.clone(), job: job.to_owned() };
        if let Err(error) = self.store.abandon(&id, detail).await {
            self.store_failed(error);
        }
        self.state().tally.abandoned(job, record.account);
        self.tell_progress();
    }

    /// The job's rows are visible. Told once: a repeated commit is not counted again.
    pub(crate) fn committed(self: &Arc<Self>, id: &StoredJob) {
        let is_first = self.with_board(|board| {
            let was_running = !board.is_ended(&id.job);
            board.end(&id.job);
            was_running
        });
        if is_first && let Ok(Some(job)) = self.store.job(id) {
            self.state().tally.committed(&job);
            self.tell_progress();
        }
        self.assign();
    }

    /// What an agent tells of a running job.
    pub(crate) fn tell(&self, job: &str, progress: Progress) {
        let is_known = {
            let mut state = self.state();
            let is_known = state.jobs.contains_key(job) && !state.board.is_ended(job);
            if is_known {
                state.tally.tell(job, progress);
            }
            is_known
        };
        if is_known {
            self.tell_progress();
        }
    }

    fn tell_progress(&self) {
        let figures = self.state().tally.figures();
        self.progress.send_replace(figures);
    }
}

#[cfg(test)]
mod tests;
