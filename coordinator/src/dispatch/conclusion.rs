//! The job of the organization, which no agent ever gets: it waits beside the board until all other jobs of the scan have
//! ended, one way or the other, and is then done here, once, under a grant like any other. A coordinator that is killed
//! meanwhile leaves nothing of it, as an agent would.

use std::sync::Arc;

use plumbline_baseline::{AgentId, JobId};
use plumbline_proto::agent_v1::Usage;
use plumbline_proto::chunk::Piece;
use ulid::Ulid;

use super::Dispatch;
use super::running::Running;
use crate::findings::judge;
use crate::scan::{Job, Scan};
use crate::spec::job_spec;
use crate::store::{Attempt, Commit, CommitOutcome, Error, Grant, Holder, PutOutcome, StoredJob};

/// Why nothing came of it.
enum Failure {
    /// The store failed: so does the scan.
    Store(Error),
    /// The job ended before: the rest of the scan was given up.
    Ended,
    /// It cannot be done, for this reason.
    GivenUp(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Damaged { .. } => Self::GivenUp(error.to_string()),
            error => Self::Store(error),
        }
    }
}

impl Dispatch {
    /// Begins with the last job of every scan of which all others have ended.
    pub(super) fn conclude_if_ready(self: &Arc<Self>) {
        let is_all = |running: &Running| running.tally.figures().jobs_left() == 1;
        let ready: Vec<JobId> = {
            let mut state = self.state();
            state.scans.iter_mut().filter(|running| is_all(running)).filter_map(|running| running.last.take()).collect()
        };
        for job in ready {
            let this = Arc::clone(self);
            self.tasks.spawn(async move { this.conclude(job).await });
        }
    }

    async fn conclude(self: Arc<Self>, job: JobId) {
        let Some((scan, planned)) = self.job(&job) else { return };
        let id = StoredJob { scan: scan.id.clone(), job: job.clone() };
        match self.concluded(&id, &scan, &planned).await {
            Ok(()) | Err(Failure::Ended) => self.settle(&job),
            Err(Failure::GivenUp(detail)) => self.give_up(&job, &detail).await,
            Err(Failure::Store(error)) => self.store_failed(error),
        }
    }

    async fn concluded(&self, id: &StoredJob, scan: &Arc<Scan>, planned: &Job) -> Result<(), Failure> {
        let spec = job_spec(scan, planned).ok_or_else(|| Failure::GivenUp("it names no account of the scan".into()))?;
        let grant = Grant {
            attempt: Attempt::New,
            agent: own_id(),
            build: scan.record.version.clone(),
            failed_attempts: 0,
            now: self.clock.wall(),
        };
        let agent = grant.agent.clone();
        let granted = self.store.grant(id, grant).await?.ok_or(Failure::Ended)?;
        let holder = Holder { agent, fence: granted.fence };
        let started = self.clock.now();
        let (store, pack, scan) = (self.store.clone(), Arc::clone(&self.pack), Arc::clone(scan));
        // It reads all rows of the scan, and computes: on a thread of its own it holds nobody up.
        let judging = tokio::task::spawn_blocking(move || judge(&store, &scan.id, &spec, scan.organization(), &pack));
        let judged =
            judging.await.map_err(|_| Failure::GivenUp("scanner_error: judging the findings failed".into()))?;
        let (pieces, total) = judged?;
        self.deliver(id, &holder, &pieces).await?;
        let took = self.clock.now().saturating_duration_since(started);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let commit = Commit {
            chunks: total.chunks,
            rows: total.rows,
            root_hash: total.root_hash,
            claim: None,
            usage: Usage { duration_ms, ..Usage::default() },
            now: self.clock.wall(),
        };
        match self.store.commit(id, &holder, commit).await? {
            CommitOutcome::Committed(_) => Ok(()),
            CommitOutcome::StaleFence
            | CommitOutcome::Mismatch
            | CommitOutcome::TooMuch(_)
            | CommitOutcome::WantsAll
            | CommitOutcome::Superseded => Err(Failure::GivenUp("its rows were not stored whole".into())),
        }
    }

    async fn deliver(&self, id: &StoredJob, holder: &Holder, pieces: &[Piece]) -> Result<(), Failure> {
        for piece in pieces {
            let put = self.store.put_chunk(id, holder, piece.seq, piece.rows().to_vec()).await?;
            if put != PutOutcome::Stored {
                return Err(Failure::GivenUp("its rows were refused".into()));
            }
        }
        Ok(())
    }
}

/// Who holds the job: nobody else can guess it.
fn own_id() -> AgentId {
    format!("coordinator-{}", Ulid::generate()).parse().expect("a ULID is letters and digits")
}
