//! Keeps a store under load until it is killed: night after night, all jobs at a time, all chunks of a job at a time. Before
//! each write it says what it begins, and when it was told that this is on disk, it says that.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use plumbline_coordinator::store::{CommitOutcome, Error, Holder, PutOutcome, ScanEnd, Store, StoredJob};
use tokio::task::JoinSet;

use super::said::{OPEN, Step};
use crate::store_faults::deliver::difference;
use crate::store_faults::estate::{self, Night};
use crate::store_faults::history::{GIVEN_UP, grant, jobs, scan};
use crate::store_faults::model::job_id;

const NOW: &str = "2026-01-01T04:00:00Z";

/// Runs nights from this one on, in the store of a directory. Does not end by itself.
///
/// # Errors
/// When the store fails, or refuses what it has to take.
pub async fn drive(data: &Path, seed: u64, first: usize) -> anyhow::Result<()> {
    let store = Store::create(data)?;
    println!("{OPEN}");
    for number in first.. {
        let night = Arc::new(estate::night(seed, number));
        said(Step::Create(number), store.create_scan(scan(&night), jobs(&night))).await?;
        let id = night.id.parse()?;
        let planned = store.scan(&id)?.context("a scan that was planned is there")?.night as usize;
        let mut running = JoinSet::new();
        for place in 0..night.jobs.len() {
            running.spawn(job(store.clone(), Arc::clone(&night), (number, planned), place));
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        said(Step::Finish(number), store.finish_scan(&id, NOW, ScanEnd::Complete)).await?;
    }
    Ok(())
}

/// Says that a step begins, and that it is done.
async fn said<T>(step: Step, write: impl Future<Output = Result<T, Error>>) -> anyhow::Result<T> {
    println!("begin {}", step.line());
    let value = write.await?;
    println!("done {}", step.line());
    Ok(value)
}

/// One job: `number` is its night's, `planned` the one that the store gave it.
async fn job(store: Store, night: Arc<Night>, (number, planned): (usize, usize), place: usize) -> anyhow::Result<()> {
    let id = StoredJob { scan: night.id.parse()?, job: job_id(&night, place).parse()? };
    let wanted = grant()?;
    let agent = wanted.agent.clone();
    let granted = said(Step::Grant(number, place), store.grant(&id, wanted)).await?.context("the job is granted")?;
    let Some(found) = &night.jobs[place] else {
        return said(Step::Abandon(number, place), store.abandon(&id, GIVEN_UP, 3)).await;
    };
    let holder = Holder { agent, fence: granted.fence };
    let (pieces, commit) = difference(&store, &id, estate::items(found, place, &night, planned))?.cut();
    let mut putting = JoinSet::new();
    for piece in pieces {
        let (store, id, holder) = (store.clone(), id.clone(), holder.clone());
        putting.spawn(async move {
            let (seq, rows) = (piece.seq, piece.rows().to_vec());
            said(Step::Put(number, place, seq), store.put_chunk(&id, &holder, seq, rows)).await
        });
    }
    while let Some(put) = putting.join_next().await {
        ensure!(put?? == PutOutcome::Stored, "a chunk was not stored");
    }
    let committed = said(Step::Commit(number, place), store.commit(&id, &holder, commit)).await?;
    ensure!(matches!(committed, CommitOutcome::Committed(_)), "the job was not committed: {committed:?}");
    Ok(())
}
