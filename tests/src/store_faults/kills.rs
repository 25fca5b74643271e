//! Processes that keep the store as a coordinator does, and are killed (SIGKILL) with grants, chunks, commits and ends of
//! scans in flight, again and again over the same store. What they were told is on disk has to be there; what was in flight
//! is there whole or not at all; and nothing else is there.

mod drive;
mod said;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record::{Job, JobState, ScanState};

use super::Outcome;
use super::chance::Chance;
use super::crashes::is_clean;
use super::estate;
use super::facts::{Wrong, read};
use super::history::GIVEN_UP;
use super::model::{Model, job_id};
pub use drive::drive;
use said::{OPEN, Said, Step};

/// Kills of one store, before the next one begins: what is compared grows with every night.
const TOGETHER: u64 = 8;
/// Between the first word of a process and its end, at most.
const LONGEST_MILLIS: usize = 150;

/// Kills so many processes. `program` with the arguments `drive DIRECTORY SEED NIGHT` has to call [`drive`].
///
/// # Errors
/// When a process cannot be started, or ends by itself.
pub fn run(program: &Path, seed: u64, kills: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let (mut chance, mut outcome) = (Chance::new(seed), Outcome::default());
    while outcome.faults < kills {
        let data = tempfile::tempdir()?;
        let mut said = Said::default();
        for _ in 0..TOGETHER.min(kills - outcome.faults) {
            let in_flight = kill(program, data.path(), seed, &mut said, &mut chance)?;
            outcome.faults += 1;
            outcome.hits += u64::from(!in_flight.is_empty());
            for step in &in_flight {
                outcome.note(step.in_flight());
            }
            let when = format!("kill {}", outcome.faults);
            check(data.path(), seed, &mut said, &when, &mut outcome)?;
        }
        outcome.note("stores");
        report(&outcome);
    }
    Ok(outcome)
}

/// Starts a process, lets it work for a while, kills it; what it had begun and was not told the end of.
fn kill(program: &Path, data: &Path, seed: u64, said: &mut Said, chance: &mut Chance) -> anyhow::Result<Vec<Step>> {
    let mut child = Command::new(program)
        .arg("drive")
        .arg(data)
        .args([seed.to_string(), said.nights().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {}", program.display()))?;
    let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    let first = lines.next().transpose()?;
    ensure!(first.as_deref() == Some(OPEN), "the process does not open the store: {first:?}");
    // A thread reads, so that it is never held up.
    let reading = std::thread::spawn(move || lines.collect::<Result<Vec<String>, _>>());
    std::thread::sleep(Duration::from_millis(chance.below(LONGEST_MILLIS) as u64));
    ensure!(child.try_wait()?.is_none(), "the process ended by itself");
    child.kill()?;
    child.wait()?;
    let lines = reading.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
    said.hear(&lines)
}

/// Opens the store as the next process does, and holds all that it says against what was acknowledged.
fn check(data: &Path, seed: u64, said: &mut Said, when: &str, outcome: &mut Outcome) -> anyhow::Result<()> {
    let store = match Store::create(data) {
        Ok(store) => store,
        Err(error) => {
            outcome.wrong.fail(format!("{when}: it does not open: {error}"));
            return Ok(());
        }
    };
    is_clean(&store, when, &mut outcome.wrong);
    let mut check = Check { store: &store, when, said, model: Model::default(), chunks: (0, 0), number: 0 };
    let mut scans = Vec::new();
    for night in 0..check.said.nights() {
        scans.push(estate::night(seed, night).id.parse()?);
        check.night(seed, night, outcome)?;
    }
    let Check { model, chunks: (least, most), .. } = check;
    let chunks = store.count_chunks()?;
    if chunks < least || chunks > most {
        outcome.wrong.lose(format!("{when}: {chunks} chunks, and not {least} to {most}"));
    }
    // Of how many chunks there are it is known only from where to where.
    for said in read(&store, &scans).into_iter().filter(|said| said.about != "chunks") {
        match said.lines {
            Ok(lines) => outcome.wrong.compare(&lines, &model.facts, &said.about, when),
            Err(error) => outcome.wrong.fail(format!("{when}: {}cannot be read: {error}", said.about)),
        }
    }
    Ok(())
}

struct Check<'a> {
    store: &'a Store,
    when: &'a str,
    said: &'a mut Said,
    model: Model,
    /// How many chunks there are at least, and at most.
    chunks: (u64, u64),
    /// The number of the last scan that is there.
    number: u32,
}

impl Check<'_> {
    fn night(&mut self, seed: u64, number: usize, outcome: &mut Outcome) -> anyhow::Result<()> {
        let night = estate::night(seed, number);
        let id = night.id.parse()?;
        let record = self.store.scan(&id)?;
        self.holds(Step::Create(number), record.is_some(), outcome);
        let Some(record) = record else { return Ok(()) };
        self.number += 1;
        self.model.created(&night, self.number);
        let jobs = self.store.jobs(&id)?;
        for (place, found) in night.jobs.iter().enumerate() {
            let Some(job) = jobs.iter().find(|job| job.id == job_id(&night, place)) else {
                outcome.wrong.lose(format!("{}: there is no job {place} of {id}", self.when));
                continue;
            };
            let state = job.state();
            let is_over = matches!(state, JobState::Committed | JobState::Abandoned);
            self.holds(Step::Grant(number, place), state != JobState::Ready, outcome);
            self.holds(Step::Commit(number, place), state == JobState::Committed, outcome);
            self.holds(Step::Abandon(number, place), state == JobState::Abandoned, outcome);
            match (state, found) {
                (JobState::Committed, Some(found)) => self.model.committed(&night, self.number, place, found),
                (JobState::Abandoned, _) => self.model.abandoned(&night, place, GIVEN_UP),
                (JobState::Leased, _) => self.model.granted(&night, place),
                _ => {}
            }
            if !is_over {
                self.staged(number, place, job, &mut outcome.wrong)?;
            }
        }
        let is_complete = record.state() == ScanState::Complete;
        self.holds(Step::Finish(number), is_complete, outcome);
        match is_complete {
            true => self.model.finished(&night, self.number),
            false => self.model.interrupted(&night, self.number),
        }
        Ok(())
    }

    /// What was acknowledged has to be there, and what was not begun must not be.
    fn holds(&mut self, step: Step, is_there: bool, outcome: &mut Outcome) {
        let (is_done, is_begun) = (self.said.is_done(step), self.said.is_begun(step));
        match (is_done, is_there) {
            (true, false) => outcome.wrong.lose(format!("{}: {step:?} was acknowledged", self.when)),
            (_, true) if !is_begun => outcome.wrong.invented(format!("{}: {step:?} was never begun", self.when)),
            (false, true) => outcome.note(step.was_there()),
            _ => {}
        }
        self.said.is_known(step, is_there);
    }

    /// The chunks of a job that is not over.
    fn staged(&mut self, night: usize, place: usize, job: &Job, wrong: &mut Wrong) -> anyhow::Result<()> {
        let (done, begun) = self.said.chunks(night, place);
        self.chunks = (self.chunks.0 + done.len() as u64, self.chunks.1 + begun);
        let without_gap = (0..).zip(&done).take_while(|(seq, done)| seq == *done).count() as u64;
        let stored = self.store.stored_chunks(job)?;
        if stored < without_gap {
            wrong.lose(format!("{}: {stored} of {without_gap} chunks of {}", self.when, job.id));
        }
        Ok(())
    }
}
