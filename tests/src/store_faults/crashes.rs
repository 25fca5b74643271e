//! The machine goes down at every write and every sync of a history, and what was not synced is there, lost, partly there
//! or torn: the store opens, verifies, has all that was acknowledged, and the history goes on from there to its end.

use anyhow::Context;
use plumbline_baseline::ScanId;
use plumbline_coordinator::store::{InTheWay, Store};
use plumbline_faults::{Crash, Disk};

use super::Outcome;
use super::facts::{Facts, Wrong, read};
use super::history::{History, Recorded};

/// Resources of each type in each account and Region.
const RESOURCES: usize = 12;

/// What a crash is checked with.
struct Check<'a> {
    history: &'a History,
    recorded: &'a Recorded,
    scans: Vec<ScanId>,
    runtime: tokio::runtime::Runtime,
    directory: tempfile::TempDir,
    /// One in so many is gone on with to the end.
    every: u64,
}

/// Crashes a history, about so many times; at every index and in every way with 0. After one in `every` of the crashes
/// the history goes on to its end.
///
/// # Errors
/// When there is no room for it, or the history does not go through without a crash.
pub fn run(seed: u64, count: u64, every: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let history = runtime.block_on(History::new(seed, RESOURCES))?;
    let recorded = runtime.block_on(history.record()).context("the history without a crash")?;
    let scans = history.scans();
    let check =
        Check { history: &history, recorded: &recorded, scans, runtime, directory: tempfile::tempdir()?, every };
    let mut outcome = Outcome::default();
    outcome.add("writes and syncs", recorded.trace.operations.len() as u64);
    outcome.add("steps that were acknowledged", recorded.acknowledged.len() as u64 - 1);
    let all = 4 * recorded.trace.operations.len() as u64;
    let step = all.checked_div(count).unwrap_or(1).max(1);
    let mut number = 0_u64;
    recorded.trace.for_each_crash(seed, |crash| {
        number += 1;
        if number.is_multiple_of(step) {
            check.crash(crash, &mut outcome);
            if outcome.faults.is_multiple_of(500) {
                report(&outcome);
            }
        }
    });
    Ok(outcome)
}

impl Check<'_> {
    fn crash(&self, Crash { at, left, content }: Crash, outcome: &mut Outcome) {
        let Recorded { acknowledged, facts, trace, .. } = self.recorded;
        let when = format!("after {at} of {} operations, {left:?} left", trace.operations.len());
        outcome.faults += 1;
        let done = acknowledged.iter().rposition(|operations| *operations <= at);
        // Between the last that was acknowledged and the next one that is.
        let is_in_flight = done.is_none_or(|done| acknowledged[done] < at && done + 1 < acknowledged.len());
        outcome.hits += u64::from(is_in_flight);
        let disk = Disk::holding(content);
        let (store, done) = match (Store::on(disk.backend()), done) {
            (Ok(store), done) => (store, done.unwrap_or(0)),
            (Err(_), None) => return outcome.note("cut off before there was a store"),
            (Err(error), Some(_)) => return outcome.wrong.fail(format!("{when}: it does not open: {error}")),
        };
        is_clean(&store, &when, &mut outcome.wrong);
        let now = self.state(&store, done, &when, &mut outcome.wrong);
        if now > done {
            outcome.note("the write in flight was there");
        }
        if outcome.faults.is_multiple_of(self.every) {
            outcome.note("gone on with to the end");
            let ended = self.go_on(&store, now, facts);
            ended.unwrap_or_else(|error| outcome.wrong.fail(format!("{when}: it does not go on: {error:#}")));
            is_clean(&store, &format!("{when}, at the end"), &mut outcome.wrong);
            self.is(&store, facts.len() - 1, &format!("{when}, at the end"), &mut outcome.wrong);
            let backed_up = self.back_up(&store, &when, &mut outcome.wrong);
            backed_up.unwrap_or_else(|error| outcome.wrong.fail(format!("{when}: no backup: {error:#}")));
            outcome.note("backed up, and the backup read");
        }
    }

    /// After how many steps the store is: as many as were acknowledged, or one more, which was in flight.
    fn state(&self, store: &Store, done: usize, when: &str, wrong: &mut Wrong) -> usize {
        let facts = &self.recorded.facts;
        if let Some(after) = facts.get(done + 1).filter(|after| **after != facts[done]) {
            let mut other = Wrong::default();
            compare(store, &self.scans, after, when, &mut other);
            if other.is_nothing() {
                return done + 1;
            }
        }
        compare(store, &self.scans, &facts[done], when, wrong);
        done
    }

    fn is(&self, store: &Store, steps: usize, when: &str, wrong: &mut Wrong) {
        compare(store, &self.scans, &self.recorded.facts[steps], when, wrong);
    }

    fn go_on(&self, store: &Store, from: usize, facts: &[Facts]) -> anyhow::Result<()> {
        // A prune that is begun reads as one that is done.
        let from = if from == facts.len() - 1 { from - 1 } else { from };
        self.runtime.block_on(self.history.go_on(store, from))
    }

    fn back_up(&self, store: &Store, when: &str, wrong: &mut Wrong) -> anyhow::Result<()> {
        let path = self.directory.path().join("backup.redb");
        store.backup(&path, InTheWay::IsReplaced)?;
        let backup = Store::open_file(&path)?;
        let when = format!("{when}, in the backup");
        is_clean(&backup, &when, wrong);
        self.is(&backup, self.recorded.facts.len() - 1, &when, wrong);
        Ok(())
    }
}

/// Verifies a store.
pub(super) fn is_clean(store: &Store, when: &str, wrong: &mut Wrong) {
    match store.verify() {
        Ok(found) if found.is_clean() => {}
        Ok(found) => wrong.fail(format!("{when}: it does not verify: {:?}", found.damage.first())),
        Err(error) => wrong.fail(format!("{when}: it cannot be verified: {error}")),
    }
}

/// Compares all that a store says with what it has to say; nothing of it may fail.
pub(super) fn compare(store: &Store, scans: &[ScanId], facts: &Facts, when: &str, wrong: &mut Wrong) {
    let mut all = Vec::new();
    for said in read(store, scans) {
        match said.lines {
            Ok(lines) => all.extend(lines),
            Err(error) => wrong.fail(format!("{when}: {}cannot be read: {error}", said.about)),
        }
    }
    wrong.compare(&all, facts, "", when);
}
