//! A small file system that is really full: a history fills what is left of it, is told so, loses nothing that was
//! acknowledged, and goes on to its end when there is room again. Needs the right to mount one.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use plumbline_baseline::ScanId;
use plumbline_coordinator::store::record::ScanState;
use plumbline_coordinator::store::{Error, Store};

use super::Outcome;
use super::chance::Chance;
use super::crashes::{compare, is_clean};
use super::facts::Facts;
use super::full::is_clear;
use super::history::History;

/// Resources of each type in each account and Region.
const RESOURCES: usize = 60;
/// Bytes of the file system.
const SIZE: u64 = 24 << 20;
/// What is counted where none can be mounted.
pub const SKIPPED: &str = "skipped: no file system can be mounted";

/// Fills a file system so many times, each time at another point of the history.
///
/// # Errors
/// When the history does not go through with room.
pub fn run(seed: u64, count: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let small = match Small::mount() {
        Ok(small) => small,
        Err(error) => {
            println!("skipped: {error:#}");
            outcome.note(SKIPPED);
            return Ok(outcome);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let history = runtime.block_on(History::new(seed, RESOURCES))?;
    let facts = runtime.block_on(history.record())?.facts;
    let fills = Fills { scans: history.scans(), history, facts, runtime, small };
    let needed = fills.needed()?;
    outcome.add("bytes that the history takes", needed);
    let mut chance = Chance::new(seed);
    for number in 0..count {
        // From the first plan to the last night, in equal steps and a little more.
        let mut room = needed / 12 + needed * number / (count + count / 5 + 1) + chance.below(8_192) as u64;
        while !fills.fill(room, &mut outcome)? {
            room = room * 9 / 10;
            ensure!(room > 0, "the history needs no room at all");
        }
        report(&outcome);
    }
    Ok(outcome)
}

struct Fills {
    history: History,
    facts: Vec<Facts>,
    scans: Vec<ScanId>,
    runtime: tokio::runtime::Runtime,
    small: Small,
}

impl Fills {
    /// What the history takes where there is room.
    fn needed(&self) -> anyhow::Result<u64> {
        let data = self.small.data()?;
        let store = Store::create(&data)?;
        self.runtime.block_on(self.history.go_on(&store, 0))?;
        drop(store);
        Ok(std::fs::metadata(Store::path_in(&data))?.blocks() * 512)
    }

    /// Fills what is left of the file system; whether the history came to that.
    fn fill(&self, room: u64, outcome: &mut Outcome) -> anyhow::Result<bool> {
        let data = self.small.data()?;
        self.small.leave(room)?;
        let when = format!("with {room} bytes of room");
        let Some((done, error)) = self.until_full(&data) else { return Ok(false) };
        outcome.faults += 1;
        let is_real = error.to_string().contains("No space left on device");
        outcome.hits += u64::from(is_real);
        match is_clear(&error) && is_real {
            true => outcome.note("refused, with the reason"),
            false => outcome.wrong.fail(format!("{when}: an error that says nothing: {error:#}")),
        }
        self.read_while_full(&data, done, &when, outcome);
        self.small.leave(SIZE)?;
        let store = match Store::create(&data) {
            Ok(store) => store,
            Err(error) => {
                outcome.wrong.fail(format!("{when}: it does not open with room: {error}"));
                return Ok(true);
            }
        };
        // Whoever opens it to write ends the scan that was cut off; the history goes on with it all the same.
        is_clean(&store, &when, &mut outcome.wrong);
        outcome.add("steps that were acknowledged before", done.unwrap_or(0) as u64);
        let ended = self.runtime.block_on(self.history.go_on(&store, done.unwrap_or(0)));
        ended.unwrap_or_else(|error| outcome.wrong.fail(format!("{when}: it does not go on: {error:#}")));
        is_clean(&store, &format!("{when}, at the end"), &mut outcome.wrong);
        compare(&store, &self.scans, &self.facts[self.facts.len() - 1], &when, &mut outcome.wrong);
        outcome.note("gone on with to the end, with room");
        Ok(true)
    }

    /// How many steps were acknowledged until there was no room (none when there is no store yet), and what was said then.
    fn until_full(&self, data: &Path) -> Option<(Option<usize>, anyhow::Error)> {
        let store = match Store::create(data) {
            Ok(store) => store,
            Err(error) => return Some((None, error.into())),
        };
        for (done, step) in self.history.steps.iter().enumerate() {
            if let Err(error) = self.runtime.block_on(self.history.take(&store, *step, None)) {
                return Some((Some(done), error));
            }
        }
        None
    }

    /// While there is no room it reads as it was acknowledged, or says why it cannot be opened.
    fn read_while_full(&self, data: &Path, done: Option<usize>, when: &str, outcome: &mut Outcome) {
        let when = format!("{when}, while it is full");
        match (Store::open(data), done) {
            (Ok(store), Some(done)) => {
                compare(&store, &self.scans, &left(&self.facts[done]), &when, &mut outcome.wrong);
                outcome.note("read while it was full");
            }
            (Err(Error::Disk(_) | Error::Unrepaired { .. }), _) | (Err(_), None) => {
                outcome.note("not readable while full")
            }
            (Err(error), Some(_)) => outcome.wrong.fail(format!("{when}: it does not open: {error}")),
            (Ok(_), None) => outcome.note("read while it was full"),
        }
    }
}

/// What was acknowledged, as it reads when nobody writes any more: a scan that ran was cut off.
fn left(facts: &Facts) -> Facts {
    let states = [ScanState::Running, ScanState::Interrupted].map(|state| format!("{} ", state as i32));
    let told = |(key, value): (&String, &String)| match key.starts_with("scan ").then(|| value.strip_prefix(&states[0]))
    {
        Some(Some(rest)) => (key.clone(), format!("{}{rest}", states[1])),
        _ => (key.clone(), value.clone()),
    };
    facts.iter().map(told).collect()
}

/// A small file system, mounted until this is dropped.
struct Small {
    directory: tempfile::TempDir,
}

impl Small {
    fn mount() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let size = format!("size={SIZE}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "plumbline-fills"])
            .arg(directory.path())
            .output()
            .context("run mount")?;
        ensure!(mounted.status.success(), "{}", String::from_utf8_lossy(&mounted.stderr).trim());
        Ok(Self { directory })
    }

    /// A data directory with nothing in it, and all the room there is.
    fn data(&self) -> anyhow::Result<PathBuf> {
        self.leave(SIZE)?;
        let data = self.directory.path().join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        std::fs::create_dir(&data)?;
        Ok(data)
    }

    /// Leaves so many bytes of room for what is in it from now on: somebody else's file takes the others.
    fn leave(&self, room: u64) -> anyhow::Result<()> {
        let path = self.directory.path().join("others");
        let taken = SIZE.saturating_sub(room);
        if taken == 0 {
            return if path.exists() { Ok(std::fs::remove_file(path)?) } else { Ok(()) };
        }
        Ok(std::fs::write(path, vec![1; usize::try_from(taken)?])?)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.directory.path()).status();
    }
}
