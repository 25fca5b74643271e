//! What becomes of jobs that an agent comes back with: what it runs goes on, what it has on its disk is delivered, or somebody
//! else has it. Nothing of what it says is believed: the store says who held a job last, and the board who has it now.

use std::sync::Arc;

use plumbline_baseline::AgentId;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::{Hello, JobDecision, JobRef, RunningJob, Spooled};
use plumbline_telemetry::catalogue;

use super::Dispatch;
use crate::planted::{self, Bug};
use crate::scan::Scan;
use crate::store::record::{self, JobState, Why};
use crate::store::{Attempt, Error, Grant, Granted, StoredJob};

impl Dispatch {
    /// What becomes of the jobs that an agent says it runs. A job that is not of this scan is in no decision: the agent
    /// stops it.
    ///
    /// # Errors
    /// When the store fails, which ends the scan.
    pub(crate) async fn decide(self: &Arc<Self>, agent: &AgentId, hello: &Hello) -> Result<Vec<JobDecision>, Error> {
        let mut decisions = Vec::new();
        for running in &hello.running {
            match self.decide_one(agent, &hello.build, running).await {
                Ok(decision) => decisions.extend(decision),
                Err(error) => {
                    self.store_failed(error.clone());
                    return Err(error);
                }
            }
        }
        Ok(decisions)
    }

    async fn decide_one(
        self: &Arc<Self>,
        agent: &AgentId,
        build: &str,
        running: &RunningJob,
    ) -> Result<Option<JobDecision>, Error> {
        let Some(job) = running.job.clone() else { return Ok(None) };
        let Some(id) = self.id_of(&job) else { return Ok(None) };
        let Some((scan, _)) = self.job(&id) else { return Ok(None) };
        let answer = |job: JobRef, decision: Decision, from_seq| {
            Ok(Some(JobDecision { job: Some(job), decision: decision as i32, from_seq }))
        };
        let stored = StoredJob { scan: scan.id.clone(), job: id.clone() };
        let record = match self.store.job(&stored) {
            Ok(Some(record)) => record,
            Ok(None) | Err(Error::Damaged { .. }) => {
                self.settle(&id);
                return answer(job, Decision::Abandon, 0);
            }
            Err(error) => return Err(error),
        };
        match record.state() {
            JobState::Committed => {
                self.settle(&id);
                return answer(job, Decision::AlreadyCommitted, 0);
            }
            JobState::Abandoned => {
                self.settle(&id);
                return answer(job, Decision::Abandon, 0);
            }
            JobState::Ready | JobState::Leased | JobState::Unspecified => {}
        }
        if let Some(spooled) = &running.spooled {
            let granted = self.grant_ready(agent, build, &scan, &stored, &record, (&job, spooled)).await?;
            let decision = if granted.is_some() { Decision::Continue } else { Decision::Abandon };
            return answer(granted.map_or_else(|| job.clone(), |granted| as_granted(&job, granted)), decision, 0);
        }
        let chunks = self.store.stored_chunks(&record)?;
        if planted::is(Bug::HeldIsAbandoned) {
            self.state().board.hand_back(&id);
            return answer(job, Decision::Abandon, 0);
        }
        if self.state().board.holds(agent, &id, job.fence) {
            self.accept(agent, &id, job.fence);
            return answer(job, Decision::Continue, chunks);
        }
        // The lease lapsed, and nobody else began: the same attempt goes on, under a new fence.
        let is_theirs = record.attempt == job.attempt && record.agent == agent.as_str();
        if !is_theirs || !self.state().board.resume(agent, &id) {
            return answer(job, Decision::Abandon, 0);
        }
        match self.grant_again(agent, build, stored, Attempt::Same, Why::CameBack).await? {
            Some(granted) => answer(as_granted(&job, granted), Decision::Continue, chunks),
            None => answer(job, Decision::Abandon, 0),
        }
    }

    /// What an agent has on its disk of a job may be delivered if it is the attempt that was granted last, to this agent,
    /// by the scan's pack, and nobody else began since. It always gets another fence, and what was stored of the attempt is
    /// deleted: the process that held the fence of before may have sent the same in other chunks, and some of it may come yet.
    async fn grant_ready(
        self: &Arc<Self>,
        agent: &AgentId,
        build: &str,
        scan: &Scan,
        stored: &StoredJob,
        record: &record::Job,
        (job, spooled): (&JobRef, &Spooled),
    ) -> Result<Option<Granted>, Error> {
        let is_theirs = record.attempt == job.attempt && record.agent == agent.as_str();
        let is_by_pack = spooled.pack_digest == scan.record.pack_digest;
        if !is_theirs || !is_by_pack || !self.state().board.take_up(agent, &stored.job) {
            return Ok(None);
        }
        let granted = self.grant_again(agent, build, stored.clone(), Attempt::Anew, Why::OnItsDisk).await?;
        if granted.is_some() {
            self.registry.add(&catalogue::JOBS_FROM_DISK, [], 1);
        }
        let is_kept = planted::is(Bug::SpooledUnderOldFence);
        Ok(granted.map(|granted| if is_kept { Granted { fence: job.fence, ..granted } } else { granted }))
    }

    /// Grants a job that the board has given to an agent again.
    async fn grant_again(
        self: &Arc<Self>,
        agent: &AgentId,
        build: &str,
        stored: StoredJob,
        attempt: Attempt,
        why: Why,
    ) -> Result<Option<Granted>, Error> {
        let grant = Grant {
            attempt,
            agent: agent.clone(),
            build: build.to_owned(),
            failed_attempts: self.state().board.failed_attempts(&stored.job),
            now: self.clock.wall(),
        };
        // In a task of its own: the agent may hang up meanwhile, and the board waits for the grant all the same.
        let (this, name) = (Arc::clone(self), agent.clone());
        let granting = self.tasks.spawn(async move {
            let granted = this.grant(&stored, grant, why).await;
            if let Some(granted) = &granted {
                this.accept(&name, &stored.job, granted.fence);
            }
            granted
        });
        granting.await.map_err(|_| Error::Closed)
    }
}

/// A job as it was granted.
fn as_granted(job: &JobRef, granted: Granted) -> JobRef {
    JobRef { job_id: job.job_id.clone(), attempt: granted.attempt, fence: granted.fence }
}
