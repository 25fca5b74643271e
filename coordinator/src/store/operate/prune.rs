//! Prunes: takes nights out that are not kept, and with them what no kept night needs.
//!
//! 1. One transaction marks the nights as leaving: from then on readers refuse them, and their scans are not listed.
//! 2. Bounded transactions remove what they had, each of which leaves every kept night as it is. Done twice they do
//!    nothing, so that whoever comes next goes on after a crash.
//! 3. One transaction a night says that it is gone.

use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::retention::{self, Retention};
use crate::planted::{self, Bug};
use crate::store::chunks::delete_chunks;
use crate::store::governance;
use crate::store::nights::{self, Nights, PRUNED};
use crate::store::record::{Pruned, Scan, ScanState};
use crate::store::remember::place::{PAST, Place, Tables, VOLATILE};
use crate::store::scans::StoredScan;
use crate::store::sealed;
use crate::store::{DONE, Error, JOBS, META, PLANS, SCANS, Store, key, packed};

/// Records that one transaction changes at most.
const BATCH: usize = 256;
/// Places whose past one transaction joins at most: each may be large.
const PLACES: usize = 16;
/// Places whose past one transaction removes at most: nothing of it is read.
const REMOVED: usize = 2_048;
/// What these transactions are taken to carry, so that nobody else's write has to wait for many of them.
const WEIGHT: usize = 1 << 20;

/// What a retention does to a store.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The scans that leave, the oldest first.
    pub leaving: Vec<StoredScan>,
    /// How many stay.
    pub kept: usize,
    /// Bytes that their records take which go for certain; what they changed is joined with the next kept night's.
    pub bytes: u64,
    /// Nights before this one lose what changes by itself.
    pub volatile_since: u32,
    /// Nights that an earlier prune began to remove and did not finish.
    pub unfinished: usize,
}

/// How far a prune is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Nights that are gone.
    pub nights: u64,
    /// Records of the past that were joined with a later one, or removed.
    pub changes: u64,
    /// Records that could not be joined, because they are damaged: they stay.
    pub damaged: u64,
}

#[cfg(test)]
impl Plan {
    /// That these leave.
    pub(in crate::store) fn of(leaving: Vec<StoredScan>) -> Self {
        Self { leaving, kept: 0, bytes: 0, volatile_since: 0, unfinished: 0 }
    }
}

impl Store {
    /// What a retention would remove.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn plan_prune(&self, retention: &Retention) -> Result<Plan, Error> {
        let scans = self.scans()?;
        let mut leaving = retention::leaving(&scans, retention);
        if planted::is(Bug::PrunesOneMore) {
            leaving.extend(scans.iter().rev().find(|scan| !leaving.iter().any(|each| each.id == scan.id)).cloned());
        }
        let volatile_since = retention::volatile_since(&scans, retention);
        let leaves = |scan: &&StoredScan| leaving.iter().any(|each| each.id == scan.id);
        let kept = scans.iter().filter(|scan| !leaves(scan)).filter_map(night).min().unwrap_or(0);
        self.read(|transaction| {
            let pruned = nights::all(&transaction.open_table(PRUNED)?)?;
            let unfinished = pruned.iter().filter(|(_, pruned)| pruned.is_leaving).count();
            let bytes =
                leaving.iter().try_fold(0, |bytes, scan| Ok::<_, Error>(bytes + taken(transaction, scan, kept)?))?;
            Ok(Plan { kept: scans.len() - leaving.len(), bytes, leaving: leaving.clone(), volatile_since, unfinished })
        })
    }

    /// Removes what the plan says, after what an earlier prune left. `now` is ISO-8601 UTC.
    ///
    /// # Errors
    /// When the disk fails, or the record of a scan that leaves is damaged. What is begun is finished by the next one.
    pub async fn prune(&self, plan: &Plan, now: &str) -> Result<Progress, Error> {
        let leaving: Vec<String> = plan.leaving.iter().map(|scan| String::from(&scan.id)).collect();
        if !leaving.is_empty() {
            let now = now.to_owned();
            self.write(WEIGHT, move |transaction| mark(transaction, &leaving, &now)).await?;
        }
        let mut progress = Progress::default();
        let left = self.read(|transaction| nights::all(&transaction.open_table(PRUNED)?))?;
        for (night, pruned) in left.into_iter().filter(|(_, pruned)| pruned.is_leaving) {
            self.remove(night, &pruned.scan, &mut progress).await?;
        }
        self.forget_volatile(plan.volatile_since).await?;
        if progress.nights > 0 {
            self.write(WEIGHT, governance::forget).await?;
        }
        Ok(progress)
    }

    /// When the scans of pruned nights started, by night: what began on them keeps its date.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn pruned_nights(&self) -> Result<Vec<(u32, String)>, Error> {
        let pruned = self.read(|transaction| nights::all(&transaction.open_table(PRUNED)?))?;
        Ok(pruned.into_iter().map(|(night, pruned)| (night, pruned.started)).collect())
    }

    /// Removes all that only this night needs, and then says so.
    async fn remove(&self, night: u32, scan: &str, progress: &mut Progress) -> Result<(), Error> {
        let id = scan.to_owned();
        while !self
            .write(WEIGHT, {
                let id = id.clone();
                move |transaction| remove_jobs(transaction, &id)
            })
            .await?
        {}
        while !self
            .write(WEIGHT, move |transaction| Tables::to_write(transaction)?.forget_volatile(night, BATCH))
            .await?
        {}
        let mut after = None;
        loop {
            let step = self.write(WEIGHT, move |transaction| leave(transaction, night, after)).await?;
            progress.changes += step.changes;
            progress.damaged += step.damaged;
            after = step.last;
            if after.is_none() {
                break;
            }
        }
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(PRUNED)?;
            match nights::pruned(&table, night)? {
                Some(pruned) => nights::put(&mut table, night, &Pruned { is_leaving: false, ..pruned }),
                None => Ok(()),
            }
        })
        .await?;
        progress.nights += 1;
        Ok(())
    }

    /// Removes what changes by itself of all nights before this one.
    async fn forget_volatile(&self, since: u32) -> Result<(), Error> {
        loop {
            let oldest = self.read(|transaction| {
                let table = transaction.open_table(VOLATILE)?;
                let first = table.first()?.map(|(key, _)| key.value().to_vec());
                Ok(first.and_then(|key| key.first_chunk().copied()).map(u32::from_be_bytes))
            })?;
            let Some(night) = oldest.filter(|night| *night < since) else { return Ok(()) };
            self.write(WEIGHT, move |transaction| Tables::to_write(transaction)?.forget_volatile(night, BATCH)).await?;
        }
    }
}

fn night(scan: &StoredScan) -> Option<u32> {
    scan.head.as_ref().ok().map(|head| head.night)
}

/// What goes for certain with a scan, when no night before this one is kept.
fn taken(transaction: &ReadTransaction, scan: &StoredScan, oldest_kept: u32) -> Result<u64, Error> {
    let (from, to) = key::jobs_of(&scan.id);
    let mut bytes = bytes_in(&transaction.open_table(JOBS)?, from.as_bytes(), to.as_bytes())?;
    bytes += bytes_in(&transaction.open_table(DONE)?, from.as_bytes(), to.as_bytes())?;
    for table in [SCANS, PLANS] {
        let table = transaction.open_table(table)?;
        let record = table.get(scan.id.as_str().as_bytes())?;
        bytes += record.map_or(0, |value| value.value().len() as u64);
    }
    let Some(night) = night(scan) else { return Ok(bytes) };
    let (from, to) = (night.to_be_bytes(), night.saturating_add(1).to_be_bytes());
    bytes += bytes_in(&transaction.open_table(VOLATILE)?, &from, &to)?;
    if night < oldest_kept {
        bytes += bytes_in(&transaction.open_table(PAST)?, &from, &to)?;
    }
    Ok(bytes)
}

/// Keys and values between two keys.
fn bytes_in(table: &impl sealed::Sealed, from: &[u8], to: &[u8]) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in table.range(from..to)? {
        let (key, value) = entry?;
        bytes += (key.value().len() + value.value().len()) as u64;
    }
    Ok(bytes)
}

/// Marks scans as leaving, all of them or none. One that runs, and the newest, stay.
fn mark(transaction: &WriteTransaction, leaving: &[String], now: &str) -> Result<(), Error> {
    let mut scans = transaction.open_table(SCANS)?;
    let mut pruned = transaction.open_table(PRUNED)?;
    let nights = Nights::read(&transaction.open_table(META)?, &pruned)?;
    let mut found = Vec::new();
    for id in leaving {
        let scan = packed::get::<Scan>(&scans, id, "scan")?;
        let may_leave = |scan: &Scan| scan.state() != ScanState::Running && (1..nights.last()).contains(&scan.night);
        found.extend(scan.filter(may_leave));
    }
    let mut plans = transaction.open_table(PLANS)?;
    for scan in found {
        let left = Pruned { scan: scan.id.clone(), started: scan.started, is_leaving: true, pruned: now.to_owned() };
        nights::put(&mut pruned, scan.night, &left)?;
        scans.remove(scan.id.as_bytes())?;
        plans.remove(scan.id.as_bytes())?;
    }
    Ok(())
}

/// Removes jobs of a scan, and what was delivered of them; whether that is all.
fn remove_jobs(transaction: &WriteTransaction, scan: &str) -> Result<bool, Error> {
    let Ok(id) = scan.parse() else { return Ok(true) };
    let (from, to) = key::jobs_of(&id);
    transaction.open_table(DONE)?.retain_in(from.as_bytes()..to.as_bytes(), |_, _| false)?;
    let mut table = transaction.open_table(JOBS)?;
    let mut keys = Vec::new();
    for entry in table.range(from.as_bytes()..to.as_bytes())?.take(BATCH) {
        keys.push(entry?.0.value().to_vec());
    }
    for stored in &keys {
        table.remove(stored.as_slice())?;
        if let Some(job) = key::job_in(stored, &from) {
            delete_chunks(transaction, job, u32::MAX)?;
        }
    }
    Ok(keys.len() < BATCH)
}

/// What one transaction did to the past of a night.
struct Step {
    /// The place to go on behind; `None` when there are no more.
    last: Option<Place>,
    changes: u64,
    damaged: u64,
}

fn leave(transaction: &WriteTransaction, night: u32, after: Option<Place>) -> Result<Step, Error> {
    let nights = Nights::read(&transaction.open_table(META)?, &transaction.open_table(PRUNED)?)?;
    let mut tables = Tables::to_write(transaction)?;
    // Where no older night is kept, nothing is joined.
    let most = if nights.first().is_some_and(|first| night < first) { REMOVED } else { PLACES };
    let places = tables.changed_on(night, after, most)?;
    let mut step = Step { last: None, changes: 0, damaged: 0 };
    for place in &places {
        match tables.leave(*place, night, &nights) {
            Ok(()) => step.changes += 1,
            // It stays as it is: what it was needed for reads as damaged already.
            Err(Error::Damaged { what }) => {
                tracing::error!(what, night, "damaged in the store, and left where it is");
                step.damaged += 1;
            }
            Err(error) => return Err(error),
        }
    }
    step.last = places.last().copied().filter(|_| places.len() == most);
    Ok(step)
}

#[cfg(test)]
mod tests;
