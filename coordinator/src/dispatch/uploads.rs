//! What came of jobs: chunks, commits, and where a job stands. Whoever asks must hold the job; the store compares.

use std::sync::Arc;

use plumbline_baseline::JobId;

use super::Dispatch;
use crate::store::record::{self, JobState};
use crate::store::{Commit, CommitOutcome, Error, Held, Holder, PutOutcome, StoredJob, is_held};

/// Where a job stands.
pub(crate) struct Standing {
    /// The record.
    pub(crate) record: record::Job,
    /// Chunks of the current attempt that are on disk, without gaps.
    pub(crate) chunks: u64,
}

impl Dispatch {
    /// Stores a chunk; `None` when there is no such job.
    ///
    /// # Errors
    /// When the store fails, which ends the scan; or the job's record is damaged, which does not.
    pub(crate) async fn put_chunk(
        self: &Arc<Self>,
        job: &JobId,
        holder: &Holder,
        seq: u64,
        rows: Vec<u8>,
    ) -> Result<Option<PutOutcome>, Error> {
        let Some(id) = self.stored(job) else { return Ok(None) };
        let stored = self.store.put_chunk(&id, holder, seq, rows).await;
        self.noted(job, stored).map(Some)
    }

    /// Makes the chunks of an attempt visible; `None` when there is no such job. It is done, and counted, also when the
    /// caller goes away meanwhile.
    ///
    /// # Errors
    /// When the store fails, which ends the scan; or the job's record is damaged, which does not.
    pub(crate) async fn commit(
        self: &Arc<Self>,
        job: &JobId,
        holder: Holder,
        commit: Commit,
    ) -> Result<Option<CommitOutcome>, Error> {
        let Some(id) = self.stored(job) else { return Ok(None) };
        let (this, job) = (Arc::clone(self), job.clone());
        let committing = self.tasks.spawn(async move {
            let committed = this.store.commit(&id, &holder, commit).await;
            let committed = this.noted(&job, committed);
            this.settle(&job);
            this.assign();
            committed
        });
        match committing.await {
            Ok(committed) => committed.map(Some),
            // It panicked, or the runtime ends: nobody may take it for stored.
            Err(_) => Err(Error::Closed),
        }
    }

    /// Where a job stands; `None` when there is no such job.
    ///
    /// # Errors
    /// When the store fails, which ends the scan; or the job's record is damaged, which does not.
    pub(crate) fn standing(self: &Arc<Self>, job: &JobId) -> Result<Option<Standing>, Error> {
        let Some(id) = self.stored(job) else { return Ok(None) };
        let read = self.store.job(&id).and_then(|record| {
            let Some(record) = record else { return Ok(None) };
            Ok(Some(Standing { chunks: self.store.stored_chunks(&record)?, record }))
        });
        let standing = self.noted(job, read)?;
        let is_over =
            |standing: &Standing| matches!(standing.record.state(), JobState::Committed | JobState::Abandoned);
        if standing.as_ref().is_none_or(is_over) {
            self.settle(job);
            self.assign();
        }
        Ok(standing)
    }

    /// What is held of a job's account and Region from earlier nights; `None` when the job is not this holder's.
    ///
    /// # Errors
    /// When the store fails, or something in it is damaged: the agent delivers everything then.
    pub(crate) fn held(&self, job: &JobId, holder: &Holder, types: &[String]) -> Result<Option<Held>, Error> {
        let Some(id) = self.stored(job) else { return Ok(None) };
        let record = self.store.job(&id)?.filter(|job| is_held(job, holder));
        record.map(|record| self.store.held(&record, types)).transpose()
    }

    /// The time for a commit's record.
    pub(crate) fn wall_time(&self) -> String {
        self.clock.wall()
    }

    fn stored(&self, job: &JobId) -> Option<StoredJob> {
        self.job(job).map(|(scan, _)| StoredJob { scan: scan.id.clone(), job: job.clone() })
    }

    /// A store that fails ends the scan; a damaged record ends its job.
    fn noted<T>(self: &Arc<Self>, job: &JobId, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => {}
            Err(Error::Damaged { .. }) => self.settle(job),
            Err(error) => self.store_failed(error.clone()),
        }
        result
    }
}
