//! The folder of governance as the commands use it: read once, with what is wrong. A command that scans or reads goes on
//! without what is broken; `governance check` is there to say it before.

mod organization;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_baseline::pack::{Level, Problem, Source};
use plumbline_governance::{Day, Governance, ScanBase};

use crate::config::Basics;
use crate::failure::{Failure, OrFail, Result};
use crate::pack::Pack;

pub(crate) use organization::{Known, Organization};

/// How deep directories are followed.
const DEEPEST: usize = 8;
/// No file that a person reviews is as large.
const LARGEST: u64 = 16 << 20;

/// A folder that was read. The default is that of somebody who has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    /// What it says.
    pub(crate) governance: Arc<Governance>,
    /// What is wrong with it, in the order of its files.
    pub(crate) problems: Vec<Problem>,
    /// Its files.
    pub(crate) sources: Vec<Source>,
}

impl Folder {
    /// Reads a folder, or nothing where there is none, as of a point in time.
    ///
    /// # Errors
    /// When the directory is not there, or cannot be listed.
    pub(crate) fn load(directory: Option<&Path>, pack: &Pack, now: &str) -> Result<Self> {
        let Some(directory) = directory else { return Ok(Self::default()) };
        let today = today(now)?;
        let (sources, mut problems) = sources(directory)?;
        let (governance, found) = Governance::load(sources.iter().cloned(), pack.inner(), pack.handbook(), today);
        problems.extend(found);
        problems.sort();
        Ok(Self { governance: Arc::new(governance), problems, sources })
    }

    /// The same, where the command is about nothing else.
    ///
    /// # Errors
    /// When no directory is named, or it cannot be read.
    pub(crate) fn named(place: &Basics, pack: &Pack, now: &str) -> Result<Self> {
        Self::load(Some(directory(place)?), pack, now)
    }
}

/// The directory, where the command is about nothing else.
///
/// # Errors
/// When none is named.
pub(crate) fn directory(place: &Basics) -> Result<&Path> {
    place.governance.as_deref().ok_or_else(|| {
        let next_step = "name it with --governance DIR, PLUMBLINE_GOVERNANCE, or `governance` in the configuration";
        Failure::usage("read the folder of governance", "nobody said where it is", next_step)
    })
}

/// What a scan has from the configuration: what baselines begin with.
pub(crate) struct Base {
    pack: plumbline_baseline::pack::Pack,
    on: BTreeSet<Arc<str>>,
}

impl Base {
    /// As the configuration says it.
    ///
    /// # Errors
    /// When it names controls or settings that there are not.
    pub(crate) fn of(place: &Basics, pack: &Pack) -> Result<Self> {
        let (only, except) = &place.controls;
        let on = pack.select(only, except)?;
        let overrides: &BTreeMap<_, _> = &place.overrides;
        let pack = pack.inner().with_settings(overrides).map_err(|errors| {
            let causes: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Failure::usage("use the settings of controls", causes.join("; "), "correct `settings` in the configuration")
        })?;
        Ok(Self { pack, on })
    }

    /// As baselines take it.
    pub(crate) fn as_base(&self) -> ScanBase<'_> {
        ScanBase { pack: &self.pack, on: &self.on, within: None }
    }
}

/// How many of these are errors.
pub(crate) fn errors(problems: &[Problem]) -> usize {
    problems.iter().filter(|problem| problem.level == Level::Error).count()
}

/// The day of a point in time.
///
/// # Errors
/// When the clock says none.
pub(crate) fn today(now: &str) -> Result<Day> {
    Day::of(now).or_fail("read the clock", "set the clock of this machine")
}

/// All YAML files below a directory in the order of their paths, and the files that cannot be read.
fn sources(directory: &Path) -> Result<(Vec<Source>, Vec<Problem>)> {
    let mut found = (Vec::new(), Vec::new());
    read_directory(directory, DEEPEST, &mut found).map_err(|error| {
        let next_step = "check the path given with --governance, or `governance` in the configuration";
        Failure::usage(format!("read {}", directory.display()), error, next_step)
    })?;
    Ok(found)
}

fn read_directory(directory: &Path, depth: usize, found: &mut (Vec<Source>, Vec<Problem>)) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        // What version control and editors keep beside the files.
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = matches!(path.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml"));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            let below = match depth {
                0 => Err(io::Error::other(format!("directories are followed {DEEPEST} deep"))),
                depth => read_directory(&path, depth - 1, found),
            };
            below.unwrap_or_else(|error| found.1.push(unreadable(&path, &error)));
        } else if is_yaml {
            match text(&path) {
                Ok(text) => found.0.push(Source { text, path: path.display().to_string() }),
                Err(error) => found.1.push(unreadable(&path, &error)),
            }
        }
    }
    Ok(())
}

fn text(path: &Path) -> io::Result<String> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() || found.len() > LARGEST {
        return Err(io::Error::other(format!("it is no file of {} MiB at most", LARGEST >> 20)));
    }
    std::fs::read_to_string(path)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem {
        file: path.display().to_string().into(),
        line: 1,
        column: 1,
        level: Level::Error,
        message: format!("the file cannot be read: {error}"),
        suggestion: None,
    }
}
