//! Who gets which job: offers, what agents say to them, and what becomes of jobs whose agents went silent.

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::{AgentId, JobId, ScanId};
use plumbline_proto::agent_v1::coordinator_message::Message;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{BudgetShare, JobRef, LeaseExtended, LeaseOffer};
use plumbline_proto::reference;
use plumbline_telemetry::catalogue;

use super::Dispatch;
use crate::board::{Assignment, Failed, Spot};
use crate::planted::{self, Bug};
use crate::spec::job_spec;
use crate::store::record::Why;
use crate::store::{Attempt, Error, Grant, Granted, ScanEnd, StoredJob};

/// How long an agent that had no room is offered nothing. Every offer is a commit, and most of the time the agent only
/// has not noticed yet that a job of its own was committed.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Between two looks at the clock.
pub(crate) const TICK: Duration = Duration::from_secs(1);
/// A look at the clock that comes later than this means that the coordinator itself did not run.
const FROZEN: Duration = Duration::from_secs(5);

impl Dispatch {
    /// Hands out what can be handed out; nothing while the disk is nearly full.
    pub(crate) fn assign(self: &Arc<Self>) {
        self.give_out();
        self.tell_shares();
    }

    /// Tells agents whose shares of an account's budgets changed, because another one came or went. Who is not told now is
    /// told with its next heartbeat.
    fn tell_shares(&self) {
        let state = &mut *self.state();
        for agent in state.board.take_reshared() {
            let Some(session) = state.sessions.of(&agent) else { continue };
            let shares = said(state.board.shares_of(&agent));
            if !shares.is_empty() {
                session.say_if_there_is_room(Message::Extended(LeaseExtended { shares, ..LeaseExtended::default() }));
            }
        }
    }

    fn give_out(self: &Arc<Self>) {
        let assignments = {
            let mut state = self.state();
            if state.short.holds() {
                return;
            }
            state.board.assign(self.clock.now())
        };
        for assignment in assignments {
            let this = Arc::clone(self);
            self.tasks.spawn(async move { this.offer(assignment).await });
        }
    }

    /// The beginning of the name of what is held of a job's account and Region. Without it everything is delivered: that is
    /// no reason to end a scan.
    fn held_root(&self, id: &StoredJob) -> Vec<u8> {
        let held = self.store.job(id).and_then(|job| job.map_or(Ok(None), |job| self.store.held_root(&job)));
        held.ok().flatten().map(Vec::from).unwrap_or_default()
    }

    async fn offer(self: Arc<Self>, assignment: Assignment) {
        let Assignment { agent, job, failed, deadline, why } = assignment;
        let Some((scan, planned)) = self.job(&job) else { return };
        let Some(spec) = job_spec(&scan, &planned) else {
            self.give_up(&job, "it names an account that the scan does not have").await;
            return;
        };
        let id = StoredJob { scan: scan.id.clone(), job: job.clone() };
        let session = self.state().sessions.of(&agent);
        let grant = Grant {
            attempt: Attempt::New,
            agent: agent.clone(),
            build: session.as_ref().map(|session| session.build.clone()).unwrap_or_default(),
            failed_attempts: failed,
            now: self.clock.wall(),
        };
        let Some(granted) = self.grant(&id, grant, why).await else {
            self.assign();
            return;
        };
        let offer = LeaseOffer {
            job: Some(JobRef {
                job_id: reference::short(scan.id.as_str(), job.as_str()),
                attempt: granted.attempt,
                fence: granted.fence,
            }),
            spec: Some(spec),
            deadline_s: u32::try_from(deadline.as_secs()).unwrap_or(u32::MAX),
            held: self.held_root(&id),
            shares: said(self.state().board.shares_for(&agent, &job)),
        };
        if let Some(session) = &session
            && session.offer(&scan, planned.account, offer).await
        {
            return;
        }
        // Nobody reads there any more: an agent that looks as if it had room would be offered the job again at once.
        if let Some(session) = session {
            self.disconnect(&agent, session.number);
        }
        {
            let mut state = self.state();
            if state.board.holds(&agent, &job, granted.fence) {
                state.board.hand_back(&job);
            }
        }
        self.assign();
    }

    /// Stores a grant of a job that the board has given out; `None` when it is worth nothing. Not to be dropped before
    /// it is ready: the board waits for it.
    pub(super) async fn grant(self: &Arc<Self>, id: &StoredJob, grant: Grant, why: Why) -> Option<Granted> {
        let agent = grant.agent.clone();
        match self.store.grant_because(id, grant, why).await {
            Ok(Some(granted)) => {
                let Granted { attempt, fence } = granted;
                tracing::debug!(job = %id.job, %agent, attempt, fence, why = why.text(), "job granted");
                let now = self.clock.now();
                return self.state().board.granted(&id.job, granted.fence, now).then_some(granted);
            }
            // It ended while it waited, or its record cannot be read.
            Ok(None) | Err(Error::Damaged { .. }) => {
                self.settle(&id.job);
                let failed = self.state().board.not_granted(&id.job);
                if failed == Failed::ToGiveUp {
                    self.give_up(&id.job, "its grant cannot be stored").await;
                }
            }
            Err(error) => self.store_failed(error),
        }
        None
    }

    /// The agent has the offer.
    pub(crate) fn accept(&self, agent: &AgentId, job: &JobId, fence: u64) {
        self.state().board.accepted(agent, job, fence);
    }

    /// The agent gives a job back.
    pub(crate) async fn reject(
        self: &Arc<Self>,
        agent: &AgentId,
        job: &JobId,
        fence: u64,
        reason: Reason,
        detail: &str,
    ) {
        if matches!(reason, Reason::Failed | Reason::Unspecified) && self.state().board.holds(agent, job, fence) {
            self.lengthen_if_over(job).await;
        }
        match self.rejected(agent, job, fence, reason, detail) {
            Rejected::Settled => {}
            Rejected::ToGiveUp => self.give_up(job, detail).await,
            Rejected::AskLater(pause) => {
                let this = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    this.assign();
                });
            }
        }
        self.assign();
    }

    fn rejected(&self, agent: &AgentId, job: &JobId, fence: u64, reason: Reason, detail: &str) -> Rejected {
        let now = self.clock.now();
        let mut state = self.state();
        let board = &mut state.board;
        if !board.holds(agent, job, fence) {
            return Rejected::Settled;
        }
        match reason {
            Reason::Draining => {
                board.drain(agent);
                board.hand_back(job);
                Rejected::Settled
            }
            Reason::Busy => {
                board.rest(agent, now + BUSY_PAUSE);
                board.hand_back(job);
                Rejected::AskLater(BUSY_PAUSE)
            }
            // What is wrong with one agent must not become what is known of the accounts.
            Reason::AgentTrouble => {
                let pause = board.troubled(agent, detail, now);
                tracing::warn!(%agent, detail, ?pause, "agent is in trouble of its own");
                board.hand_back(job);
                Rejected::AskLater(pause)
            }
            // One agent of another version must not cost the others their jobs.
            Reason::UnsupportedPack if board.has_others(agent, job) => {
                board.drain(agent);
                board.hand_back(job);
                Rejected::Settled
            }
            Reason::UnsupportedPack | Reason::BadSpec => Rejected::ToGiveUp,
            Reason::Failed | Reason::Unspecified => match board.fail(job) {
                Failed::ToGiveUp => Rejected::ToGiveUp,
                Failed::TriedAgain | Failed::AlreadyEnded => Rejected::Settled,
            },
        }
    }

    /// Looks at the clock: takes jobs away from agents that went silent or are too slow, ends a scan that cannot go on,
    /// and says what the user should know.
    pub(crate) async fn tick(self: &Arc<Self>) {
        let now = self.clock.now();
        let overdue = {
            let mut state = self.state();
            let pause = state.ticked.replace(now).map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
            if pause >= FROZEN {
                tracing::warn!(?pause, "the coordinator did not run; leases are extended");
                state.board.pardon(pause, now);
            }
            if planted::is(Bug::NeverExpires) { Vec::new() } else { state.board.overdue(now) }
        };
        for job in &overdue {
            tracing::warn!(%job, "lease ended");
            self.registry.add(&catalogue::LEASES_EXPIRED, [], 1);
            let over = self.lengthen_if_over(job).await;
            let failed = self.state().board.fail(job);
            if failed == Failed::ToGiveUp {
                let silent = || "its agents went silent".to_owned();
                let detail = over.map_or_else(silent, |had| format!("it took longer than {} s", had.as_secs()));
                self.give_up(job, &detail).await;
            }
        }
        self.give_up_if_stuck().await;
        self.look_for_room();
        self.say_notices();
        self.assign();
    }

    /// If an attempt used up its time, the next one has more, whoever gives it out: that is on disk before it is charged.
    /// Returns what it had.
    async fn lengthen_if_over(self: &Arc<Self>, job: &JobId) -> Option<Duration> {
        let now = self.clock.now();
        let had = self.state().board.ran_over(job, now)?;
        tracing::warn!(%job, ?had, "the job used up its time");
        let (scan, _) = self.job(job)?;
        let id = StoredJob { scan: scan.id.clone(), job: job.clone() };
        match self.store.ran_over(&id, had).await {
            Ok(()) | Err(Error::Damaged { .. }) => {}
            Err(error) => self.store_failed(error),
        }
        Some(had)
    }

    fn say_notices(&self) {
        let now = self.clock.now();
        let state = &mut *self.state();
        if state.scans.are_done() {
            return;
        }
        for notice in state.notices.next(now, state.board.has_only_others(), state.board.open_agents()) {
            // Nobody may be listening.
            let _ = self.notices.send(notice);
        }
    }

    /// Ends the scans whose agents have all been in trouble of their own for too long.
    async fn give_up_if_stuck(self: &Arc<Self>) {
        let stuck = {
            let state = self.state();
            let trouble = state.board.stuck(self.clock.now(), self.patience);
            let left = state.scans.iter().filter(|running| !running.is_done());
            trouble.map(|trouble| (trouble, left.map(|running| running.scan.id.clone()).collect::<Vec<_>>()))
        };
        let Some((trouble, scans)) = stuck else { return };
        let reason = format!("no agent could work for {} s: {trouble}", self.patience.as_secs());
        let _ = self.notices.send(format!("the rest of the scan is given up: {reason}"));
        for scan in &scans {
            self.give_up_rest(scan, ScanEnd::Failed(reason.clone())).await;
        }
    }

    /// Gives up what has not ended of a scan, which ends in this way then.
    pub(crate) async fn give_up_rest(self: &Arc<Self>, scan: &ScanId, end: ScanEnd) {
        let reason = end.reason();
        tracing::error!(%scan, reason, "the rest of the scan is given up");
        if let Err(error) = self.store.abandon_rest(scan, reason).await {
            return self.store_failed(error);
        }
        let jobs: Vec<JobId> = match self.state().scans.get_mut(scan) {
            Some(running) => {
                running.given_up.get_or_insert_with(|| end.clone());
                running.scan.job_ids().cloned().collect()
            }
            None => return,
        };
        jobs.iter().for_each(|job| self.settle(job));
    }

    pub(super) async fn give_up(self: &Arc<Self>, job: &JobId, detail: &str) {
        tracing::warn!(%job, detail, "job given up");
        let Some((scan, _)) = self.job(job) else { return };
        let failed = self.state().board.failed_attempts(job);
        let id = StoredJob { scan: scan.id.clone(), job: job.clone() };
        match self.store.abandon(&id, detail, failed).await {
            // The store has the last word: the job may have been committed at the last moment.
            Ok(()) | Err(Error::Damaged { .. }) => self.settle(job),
            Err(error) => self.store_failed(error),
        }
    }
}

/// Shares as agents are told them.
pub(super) fn said(shares: Vec<(Spot, u32)>) -> Vec<BudgetShare> {
    let said = |(spot, permille): (Spot, u32)| BudgetShare {
        account: spot.account.to_string(),
        region: spot.region.map(|region| region.to_string()).unwrap_or_default(),
        permille,
    };
    shares.into_iter().map(said).collect()
}

/// What is left to do for a job that was given back.
enum Rejected {
    /// Nothing.
    Settled,
    /// It is to be given up.
    ToGiveUp,
    /// Agents may be asked again after this.
    AskLater(Duration),
}
