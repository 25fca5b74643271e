//! The handbook: processes, guides, and which service logs where. What people read, and what the scanner's controls
//! prove of it. Must not decide any verdict: a pack is the same with and without it, and agents never get it.
//!
//! In reading order: `process`, `guide`, `log_source` (what the files say), `keys`, `process_source`, `guide_source`,
//! `log_source_source` (from text to those), `link` (from prose to what else there is), `order` (what comes first),
//! `load`.

pub mod guide;
mod guide_source;
pub(super) mod keys;
pub mod link;
mod load;
pub mod log_source;
mod log_source_source;
mod order;
pub mod process;
mod process_source;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use guide::Guide;
use log_source::LogSource;
use process::{Process, Step};

use super::problem::Problem;
use super::{Pack, Source};

/// The files that are built into the binary, by path below `baseline/pack`.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/handbook.rs"));

/// The folders of a pack that hold what this module reads.
pub const FOLDERS: [&str; 3] = ["processes", "guides", "log-sources"];

/// Processes, guides and sources of logs, checked.
#[derive(Clone, Debug, Default)]
pub struct Handbook {
    /// By id.
    processes: BTreeMap<String, Process>,
    /// The ids of processes: chapter after chapter, what is needed before what needs it, the lower level first.
    order: Vec<String>,
    /// By id.
    guides: BTreeMap<String, Guide>,
    /// By family and id.
    log_sources: Vec<LogSource>,
    /// Process and step, by the control that proves it.
    proven: BTreeMap<Arc<str>, Vec<(String, String)>>,
}

impl Handbook {
    /// The handbook that is built into the binary, of the pack that is.
    pub fn embedded() -> &'static Arc<Self> {
        static EMBEDDED_HANDBOOK: LazyLock<Arc<Handbook>> =
            LazyLock::new(|| Arc::new(Handbook::load(Handbook::embedded_sources(), Pack::embedded()).0));
        &EMBEDDED_HANDBOOK
    }

    /// The files that are built into the binary.
    pub fn embedded_sources() -> Vec<Source> {
        EMBEDDED.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
    }

    /// Whether a file of a pack is one of the handbook, by its folder.
    pub fn holds(path: &str) -> bool {
        path.rsplit(['/', '\\']).skip(1).any(|folder| FOLDERS.contains(&folder))
    }

    /// Loads a handbook for a pack. Files that are none of its own are passed over. A later file replaces an earlier one
    /// of the same kind and name. What has errors is left out, and the problems say why.
    pub fn load(sources: impl IntoIterator<Item = Source>, pack: &Pack) -> (Self, Vec<Problem>) {
        load::load(sources.into_iter().filter(|source| Self::holds(&source.path)).collect(), pack)
    }

    /// A process by id.
    pub fn process(&self, id: &str) -> Option<&Process> {
        self.processes.get(id)
    }

    /// All processes: chapter after chapter, what is needed before what needs it, the lower level first.
    pub fn processes(&self) -> impl ExactSizeIterator<Item = &Process> {
        self.order.iter().map(|id| &self.processes[id])
    }

    /// A guide by id.
    pub fn guide(&self, id: &str) -> Option<&Guide> {
        self.guides.get(id)
    }

    /// All guides in the order of their chapters and titles.
    pub fn guides(&self) -> Vec<&Guide> {
        let mut guides: Vec<&Guide> = self.guides.values().collect();
        guides.sort_by_key(|guide| (guide.chapter, guide.title.as_str()));
        guides
    }

    /// Which service logs where, by family and id.
    pub fn log_sources(&self) -> &[LogSource] {
        &self.log_sources
    }

    /// The steps that a control proves.
    pub fn proven_by(&self, control: &str) -> impl Iterator<Item = (&Process, &Step)> {
        let places = self.proven.get(control).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|(process, step)| {
            let process = self.processes.get(process)?;
            Some((process, process.step(step)?))
        })
    }

    /// The processes that need one, in the order of the handbook.
    pub fn needed_by<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Process> {
        self.processes().filter(move |process| process.needs.iter().any(|need| need == id))
    }
}

#[cfg(test)]
mod tests;
