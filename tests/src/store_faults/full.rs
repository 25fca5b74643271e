//! A disk that fails at every write and every sync of a history: it breaks, is full, or writes a half before it is full.
//! Whoever writes is told so, nothing that was acknowledged is lost, and with a disk that works the history goes on.

use anyhow::Context;
use plumbline_baseline::ScanId;
use plumbline_coordinator::store::{Error, Store};
use plumbline_faults::{Disk, Fault};

use super::Outcome;
use super::crashes::{compare, is_clean};
use super::facts::{Facts, Wrong};
use super::history::History;

/// Resources of each type in each account and Region.
const RESOURCES: usize = 12;

/// Fails each step of a history at each of its operations, in every way; with a count other than 0 about so many times.
/// After one in `every` the history goes on to its end.
///
/// # Errors
/// When the history does not go through on a disk that works.
pub fn run(seed: u64, count: u64, every: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let history = runtime.block_on(History::new(seed, RESOURCES))?;
    let recorded = runtime.block_on(history.record()).context("the history on a disk that works")?;
    let all = Fault::ALL.len() as u64 * recorded.trace.operations.len() as u64;
    let stride = all.checked_div(count).unwrap_or(1).max(1);
    let full = Full { scans: history.scans(), facts: recorded.facts, history, runtime, every };
    let (mut outcome, mut number, mut content) = (Outcome::default(), 0_u64, Vec::new());
    for step in 0..full.history.steps.len() {
        let (operations, next) = full.works(step, content.clone())?;
        outcome.add("writes and syncs", operations as u64);
        for (fault, at) in Fault::ALL.iter().flat_map(|fault| (0..=operations).map(move |at| (*fault, at))) {
            number += 1;
            if number.is_multiple_of(stride) {
                full.fail(step, content.clone(), fault, at, &mut outcome);
                if outcome.faults.is_multiple_of(500) {
                    report(&outcome);
                }
            }
        }
        content = next;
    }
    Ok(outcome)
}

struct Full {
    history: History,
    facts: Vec<Facts>,
    scans: Vec<ScanId>,
    runtime: tokio::runtime::Runtime,
    every: u64,
}

impl Full {
    /// What a step takes on a disk that works, and what the disk holds then, as if the process had been killed.
    fn works(&self, step: usize, content: Vec<u8>) -> anyhow::Result<(usize, Vec<u8>)> {
        let disk = Disk::holding(content);
        let store = Store::on(disk.backend())?;
        let before = disk.operations();
        self.runtime.block_on(self.history.take(&store, self.history.steps[step], None))?;
        Ok((disk.operations() - before, disk.content()))
    }

    /// One step fails at one operation.
    fn fail(&self, step: usize, content: Vec<u8>, fault: Fault, at: usize, outcome: &mut Outcome) {
        let when = format!("{:?}, {fault:?} after {at} operations", self.history.steps[step]);
        outcome.faults += 1;
        let disk = Disk::holding(content);
        let taken = {
            let store = match Store::on(disk.backend()) {
                Ok(store) => store,
                Err(error) => return outcome.wrong.fail(format!("{when}: it does not open: {error}")),
            };
            disk.fail_with(fault, at);
            self.runtime.block_on(self.history.take(&store, self.history.steps[step], None))
        };
        outcome.hits += u64::from(disk.failed() > 0);
        let is_acknowledged = taken.is_ok();
        match taken {
            Ok(()) => outcome.note("acknowledged"),
            Err(error) if is_clear(&error) => outcome.note("refused, with the reason"),
            Err(error) => outcome.wrong.fail(format!("{when}: an error that says nothing: {error:#}")),
        }
        let store = match Store::on(Disk::holding(disk.content()).backend()) {
            Ok(store) => store,
            Err(error) => return outcome.wrong.fail(format!("{when}: it does not open again: {error}")),
        };
        is_clean(&store, &when, &mut outcome.wrong);
        let now = self.state(&store, step, is_acknowledged, &when, &mut outcome.wrong);
        if outcome.faults.is_multiple_of(self.every) {
            outcome.note("gone on with to the end, with room");
            self.go_on(&store, now, &when, &mut outcome.wrong);
        }
    }

    fn go_on(&self, store: &Store, now: usize, when: &str, wrong: &mut Wrong) {
        let last = self.facts.len() - 1;
        // A prune that is begun reads as one that is done.
        let from = if now == last { now - 1 } else { now };
        let ended = self.runtime.block_on(self.history.go_on(store, from));
        ended.unwrap_or_else(|error| wrong.fail(format!("{when}: it does not go on: {error:#}")));
        is_clean(store, when, wrong);
        compare(store, &self.scans, &self.facts[last], when, wrong);
    }

    /// As before the step, or as after it; after it when it was acknowledged.
    fn state(&self, store: &Store, step: usize, is_acknowledged: bool, when: &str, wrong: &mut Wrong) -> usize {
        let Self { facts, scans, .. } = self;
        let mut after = Wrong::default();
        compare(store, scans, &facts[step + 1], when, &mut after);
        if after.is_nothing() {
            return step + 1;
        }
        match is_acknowledged {
            true => *wrong = std::mem::take(wrong).plus(after),
            false => compare(store, scans, &facts[step], when, wrong),
        }
        step
    }
}

/// Whether an error is one of the disk, and says what it is.
pub(super) fn is_clear(error: &anyhow::Error) -> bool {
    let said = error.downcast_ref::<Error>();
    said.is_some_and(|error| matches!(error, Error::Disk(why) if !why.is_empty()))
}
