//! The work that the link leases, and knows nothing of: who introduces itself with it, and how a job can end.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::agent_v1::{BudgetShare, JobRef, LeaseOffer, Organization};

use super::lease::Lease;
use super::upload::{Error as UploadError, Upload};
use crate::progress::Progress;
use crate::redact::RedactionKey;

/// Why a job was not committed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It was told to stop.
    #[error("finish the job: it was stopped")]
    Stopped,
    /// It took too long.
    #[error("finish the job within {0:?}")]
    Deadline(Duration),
    /// The agent is in trouble of its own, which says nothing of the account: another agent may do the job.
    #[error("work: {0}")]
    AgentTrouble(String),
    /// The job is for a pack that this agent has not, and cannot get.
    #[error("have the scan's pack: {0}")]
    UnsupportedPack(String),
    /// The rows were not delivered.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The scanner broke.
    #[error("finish the job: the scanner failed")]
    Panicked,
    /// What was kept of it on disk is not there any more, or damaged.
    #[error("deliver what was kept on disk: {0}")]
    Spool(String),
    /// The spec makes no sense after all.
    #[error("understand the job: {0}")]
    BadSpec(String),
}

/// How an agent introduces itself.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    /// Its id.
    pub(crate) agent_id: String,
    /// Version of the binary.
    pub(crate) build: String,
    /// Jobs at a time.
    pub(crate) capacity: usize,
    /// Its own Region; empty when it has none.
    pub(crate) home_region: String,
    /// The account of its own credentials; empty when it is not known.
    pub(crate) own_account: String,
    /// What identifies the pack.
    pub(crate) pack_digest: String,
    /// How long running jobs may go on after a shutdown was asked for.
    pub(crate) drain_timeout: Duration,
}

/// What an earlier process, or an earlier run of a job, left on disk.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// The job, the attempt, and the fence of then.
    pub(crate) job: JobRef,
    /// The pack by which it was found.
    pub(crate) pack_digest: String,
}

/// A job that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Does jobs.
pub(crate) trait Work: Send + Sync + 'static {
    /// Who works.
    fn introduction(&self) -> Introduction;

    /// Learns the deployment's key for hashes of secrets, before the first job of a session.
    fn learn_key(&self, key: RedactionKey);

    /// Learns of a scan's organization, before the first of the scan's jobs.
    fn learn(&self, organization: Organization);

    /// Learns how much of accounts' request budgets is this agent's.
    fn learn_shares(&self, shares: &[BudgetShare]);

    /// All of them are this agent's, until it learns otherwise.
    fn forget_shares(&self);

    /// Does one job, commit included.
    fn run(self: Arc<Self>, offer: LeaseOffer, lease: Lease, upload: Upload, progress: Arc<Progress>) -> Running;

    /// The jobs that are found out and not committed, those that run among them.
    fn ready(&self) -> Vec<Ready>;

    /// Whether this attempt is among them.
    fn is_ready(&self, job: &JobRef) -> bool;

    /// Delivers one of them, commit included.
    fn deliver(self: Arc<Self>, lease: Lease, upload: Upload) -> Running;

    /// One of them is committed, or nobody wants it.
    fn forget(&self, job: &JobRef);
}
