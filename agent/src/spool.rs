//! What jobs found and nobody committed yet, on this machine's disk: an agent that is killed delivers it when it comes back,
//! without a call of AWS.
//!
//! The folder is one process's at a time, its files are the owner's alone, and what is in them left the redactor before: it is
//! what goes to the coordinator, less secrets. They are bounded together; the oldest leave first. The disk costs the spool and
//! never a job: whatever fails here is said once, and the job goes on without.
//!
//! In reading order: `header` (what a file says of itself), `file` (its form), `disk` (the folder and its files). Must not know
//! what the coordinator says of a job.

mod disk;
mod file;
mod header;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plumbline_proto::agent_v1::JobRef;
use plumbline_tree::Found;

use crate::clock;
use disk::Disk;
pub(crate) use header::Header;

/// How it ends that all of it is read or written.
type Result<T> = std::result::Result<T, Error>;

/// No job has more time than this: four times the usual deadline. What is older, nobody waits for.
const OLDEST: Duration = Duration::from_secs(3 * 60 * 60);
/// The folder in a data directory.
const FOLDER: &str = "spool";

/// Why something is not kept, or not there any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The disk fails, or is full.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// It alone is larger than all may be.
    #[error("it is larger than the spool")]
    NoRoom,
    /// The job was stopped meanwhile.
    #[error("nobody wants it any more")]
    Unwanted,
    /// It is not what was written.
    #[error("{0}")]
    Damaged(&'static str),
}

/// What is ready to be delivered, one job a file.
#[derive(Debug)]
pub struct Spool {
    disk: Disk,
    /// Bytes of all files at most.
    most: u64,
    state: Mutex<State>,
    /// Held while this process lives.
    _lock: File,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<String, Entry>,
    /// Bytes of all files, with those that are being written.
    taken: u64,
    is_warned: bool,
    /// Whose results are kept from now on.
    deployment: String,
}

#[derive(Debug)]
struct Entry {
    header: Header,
    bytes: u64,
}

impl Spool {
    /// Where the spool of a data directory is.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join(FOLDER)
    }

    /// Takes the folder for this process, made if need be, and reads what an earlier one left there: what is damaged or
    /// too old is deleted, and so is what leaves first when there is more than so many bytes.
    ///
    /// # Errors
    /// When the folder cannot be written, or another process has it: the agent works without a spool then.
    pub fn claim(folder: &Path, most: u64) -> io::Result<Self> {
        Self::claim_on(Disk::of(folder), most)
    }

    fn claim_on(disk: Disk, most: u64) -> io::Result<Self> {
        let lock = disk.open()?;
        let mut state = State::default();
        for path in disk.files()? {
            match file::check(&path) {
                Ok((header, _)) if is_too_old(&header) => disk.drop_file(&path, "it is too old"),
                Ok((header, _)) if disk.path(&header.name()) != path => disk.drop_file(&path, "it has another name"),
                Ok((header, bytes)) => {
                    state.taken += bytes;
                    state.entries.insert(header.name(), Entry { header, bytes });
                }
                Err(why) => disk.drop_file(&path, &why.to_string()),
            }
        }
        let spool = Self { disk, most, state: Mutex::new(state), _lock: lock };
        spool.make_room(&mut spool.state());
        Ok(spool)
    }

    /// The agent whose results were kept last: whoever delivers them has to be it.
    pub fn agent(&self) -> Option<String> {
        let state = self.state();
        let newest = state.entries.values().max_by_key(|entry| entry.header.written);
        newest.map(|entry| entry.header.agent.clone())
    }

    /// From now on the spool is this agent's, of this deployment; what is anybody else's is deleted.
    pub(crate) fn belong_to(&self, agent: &str, deployment: &str) {
        let is_other = |header: &Header| header.agent != agent || header.deployment != deployment;
        self.drop_where(is_other, "it is of another agent or deployment");
        self.state().deployment = deployment.to_owned();
    }

    /// What the deployment is called that it belongs to.
    pub(crate) fn deployment(&self) -> String {
        self.state().deployment.clone()
    }

    /// What is ready, with the pack by which it was found.
    pub(crate) fn ready(&self) -> Vec<(JobRef, String)> {
        self.drop_where(is_too_old, "it is too old");
        let state = self.state();
        state.entries.values().map(|entry| (entry.header.job(), entry.header.pack_digest.clone())).collect()
    }

    /// Whether this attempt at the job is ready.
    pub(crate) fn has(&self, job: &JobRef) -> bool {
        let state = self.state();
        state.entries.get(&job.job_id).is_some_and(|entry| entry.header.attempt == job.attempt)
    }

    /// Keeps what a job found, in place of an earlier attempt; not when it is not wanted any more. It waits for the disk.
    pub(crate) fn keep(&self, header: Header, found: &Found, is_wanted: impl Fn() -> bool) {
        let name = header.name();
        match self.write(header, found, is_wanted) {
            Ok(()) | Err(Error::Unwanted) => {}
            Err(why @ (Error::NoRoom | Error::Damaged(_))) => {
                tracing::info!(job = name, %why, "a result is not kept on disk until it is committed");
            }
            Err(Error::Disk(error)) => self.warn(&error),
        }
    }

    fn write(&self, header: Header, found: &Found, is_wanted: impl Fn() -> bool) -> Result<()> {
        let name = header.name();
        let mut taken = 0;
        let mut take = |bytes: u64| {
            taken += bytes;
            self.take(bytes)
        };
        let written = self.disk.write(&name, |out| file::write(out, &header, found, &mut take), is_wanted);
        let state = &mut *self.state();
        match written {
            Ok(()) => {
                let earlier = state.entries.insert(name, Entry { header, bytes: taken });
                state.taken -= earlier.map_or(0, |earlier| earlier.bytes);
                Ok(())
            }
            Err(error) => {
                state.taken -= taken;
                Err(error)
            }
        }
    }

    /// Takes room for so many bytes more.
    fn take(&self, bytes: u64) -> Result<()> {
        let state = &mut *self.state();
        state.taken += bytes;
        match self.make_room(state) {
            true => Ok(()),
            false => Err(Error::NoRoom),
        }
    }

    /// Deletes the oldest until there is room; false when that is not enough.
    fn make_room(&self, state: &mut State) -> bool {
        while state.taken > self.most {
            let oldest = state.entries.iter().min_by_key(|(_, entry)| entry.header.written);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return false };
            tracing::info!(job = name, "newer results need the room of this one on disk");
            self.disk.remove(&self.disk.path(&name));
            state.taken -= state.entries.remove(&name).map_or(0, |entry| entry.bytes);
        }
        true
    }

    /// What a job found; `took` is told how many bytes that is, part by part.
    ///
    /// # Errors
    /// When it is not there any more, or not what was written.
    pub(crate) fn load(&self, job: &str, took: impl FnMut(usize)) -> Result<(Header, Found)> {
        file::read(&self.disk.path(job), took)
    }

    /// The job is committed, or nobody wants it.
    pub(crate) fn forget(&self, job: &str) {
        let state = &mut *self.state();
        if let Some(entry) = state.entries.remove(job) {
            state.taken -= entry.bytes;
            self.disk.remove(&self.disk.path(job));
        }
    }

    fn drop_where(&self, is_so: impl Fn(&Header) -> bool, why: &str) {
        let state = &mut *self.state();
        let dropped = state.entries.extract_if(.., |_, entry| is_so(&entry.header));
        for (name, entry) in dropped.collect::<Vec<_>>() {
            state.taken -= entry.bytes;
            self.disk.drop_file(&self.disk.path(&name), why);
        }
    }

    /// Says once that the disk fails.
    fn warn(&self, error: &io::Error) {
        if !std::mem::replace(&mut self.state().is_warned, true) {
            tracing::error!(
                folder = %self.disk.folder().display(), %error,
                "results cannot be kept on disk until they are committed: an agent that is killed collects them again; \
                 make room there, or make it writable, or set --spool-mib 0"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nobody can wait for it any more. A clock that was put back makes nothing old.
fn is_too_old(header: &Header) -> bool {
    let age = clock::seconds().saturating_sub(header.written);
    age > OLDEST.as_secs().max(header.deadline_s.into())
}

#[cfg(test)]
mod tests;
