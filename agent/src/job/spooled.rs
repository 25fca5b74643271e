//! What a job found, on disk until it is committed: kept before the first byte of it is sent, and delivered from there by a
//! process that did not find it. It was put together after secrets were replaced, and is what is delivered.

use std::sync::Arc;

use plumbline_proto::agent_v1::Usage;
use plumbline_tree::Found;

use super::{Offered, Worker, deadline};
use crate::clock;
use crate::delivery::deliver;
use crate::link::{Lease, Ready, Upload, WorkError as Error};
use crate::spool::{Header, Spool};

impl Worker {
    /// Keeps what a job found; without a spool, nothing. Returns when it is on disk, or will not be.
    pub(super) async fn keep(
        &self,
        Offered { spec, held, deadline_s }: &Offered,
        lease: &Lease,
        found: &Arc<Found>,
        usage: &Usage,
        chunk_bytes: usize,
    ) {
        let Some(spool) = self.options.spool.clone() else { return };
        let job = lease.job();
        let header = Header {
            job_id: job.job_id,
            attempt: job.attempt,
            fence: job.fence,
            agent: self.options.agent_id.clone(),
            deployment: spool.deployment(),
            pack_digest: spec.pack_digest.clone(),
            scan_id: spec.scan_id.clone(),
            account: spec.account.as_ref().map(|account| account.id.clone()).unwrap_or_default(),
            region: spec.region.clone(),
            written: clock::seconds(),
            deadline_s: *deadline_s,
            held: held.clone(),
            usage: Some(*usage),
            root: found.root().to_vec(),
            chunk_bytes: u32::try_from(chunk_bytes).unwrap_or(u32::MAX),
        };
        let (found, stop) = (Arc::clone(found), lease.stop.clone());
        // Whether it was kept is no reason to do the job otherwise.
        let _ = tokio::task::spawn_blocking(move || spool.keep(header, &found, || !stop.is_cancelled())).await;
    }

    /// All that is on disk.
    pub(super) fn all_ready(&self) -> Vec<Ready> {
        let ready = self.options.spool.as_ref().map(|spool| spool.ready()).unwrap_or_default();
        ready.into_iter().map(|(job, pack_digest)| Ready { job, pack_digest }).collect()
    }

    /// Delivers what is on disk of a job, under the lease of now.
    pub(super) async fn deliver_ready(&self, lease: Lease, mut upload: Upload) -> Result<(), Error> {
        let gone = || Error::Spool("it is not there any more".to_owned());
        let spool = self.options.spool.clone().ok_or_else(gone)?;
        let memory = self.memory(None);
        // Others may have all that there is: what waits on disk takes none.
        memory.room().await.map_err(|unread| Error::AgentTrouble(unread.to_string()))?;
        let (part, job) = (Arc::clone(&memory), lease.job().job_id);
        let loaded = tokio::task::spawn_blocking(move || Spool::load(&spool, &job, |bytes| part.take(bytes))).await;
        let (header, found) = loaded
            .map_err(|_| Error::Panicked)?
            .map_err(|error| Error::Spool(format!("what was kept of it: {error}")))?;
        if header.chunk_bytes as usize > upload.chunk_bytes() {
            return Err(Error::Spool("the coordinator takes smaller chunks now".to_owned()));
        }
        let (found, limit) = (Arc::new(found), deadline(header.deadline_s));
        tracing::info!(account = header.account, region = header.region, "delivering what was kept on disk");
        let usage = header.usage.unwrap_or_default();
        let delivered = tokio::time::timeout(limit, deliver(&mut upload, &found, &header.held, &usage)).await;
        drop(memory);
        Ok(delivered.map_err(|_| Error::Deadline(limit))??)
    }
}
