//! Stored scans as they are read: under the folder of governance that is given, else under what the newest scan of the same
//! organization carried, so that reports from elsewhere and of old nights need no folder. The one way for all commands that
//! read; and what a scan that begins carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_baseline::pack::{Level, Problem, Source};
use plumbline_coordinator::read::{Governed, ScanView};
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record;
use plumbline_governance::Governance;

use crate::clock;
use crate::config::{Basics, Settings};
use crate::failure::{Failure, Result};
use crate::governance::{Folder, today};
use crate::pack::Pack;
use crate::results::{open_scan, store_failure};

/// Where the pack is that names what governance is about.
#[derive(Clone, Copy)]
pub(crate) enum Packs<'a> {
    /// It is there.
    Read(&'a Pack),
    /// It is read where there is a need for it.
    In(&'a [PathBuf]),
}

/// Opens the scan whose id begins like this, or the latest one, with what governance says of it.
///
/// # Errors
/// When there is no such scan, the store fails, or the folder that was given is not there.
pub(crate) fn open(store: &Store, wanted: &str, place: &Basics, packs: Packs<'_>) -> Result<ScanView> {
    govern(open_scan(store, wanted)?, place.governance.as_deref(), packs)
}

/// The same of a scan that this command made.
///
/// # Errors
/// When the store fails, or the folder that was given is not there.
pub(crate) fn of_own(view: ScanView, settings: &Settings, pack: &Pack) -> Result<ScanView> {
    govern(view, settings.governance.as_deref(), Packs::Read(pack))
}

fn govern(view: ScanView, folder: Option<&Path>, packs: Packs<'_>) -> Result<ScanView> {
    let now = clock::now()?;
    let (governance, problems) = match folder {
        Some(_) => with_pack(packs, |pack| {
            let Folder { governance, problems, .. } = Folder::load(folder, pack, &now)?;
            Ok((governance, problems))
        })?,
        None => {
            let Some(kept) = view.carried().map_err(|error| store_failure(&error))? else { return Ok(view) };
            let sources = kept.files.into_iter().map(|file| Source { text: file.text, path: file.path });
            let today = today(&now)?;
            with_pack(packs, |pack| {
                let (governance, problems) = Governance::load(sources, pack.inner(), pack.handbook(), today);
                Ok((Arc::new(governance), problems))
            })?
        }
    };
    Ok(view.under(Governed { governance, today: today(&now)?, problems: told(&problems) }))
}

fn with_pack<T>(packs: Packs<'_>, read: impl FnOnce(&Pack) -> Result<T>) -> Result<T> {
    match packs {
        Packs::Read(pack) => read(pack),
        Packs::In(directories) => read(&Pack::load(directories)?),
    }
}

/// What is broken, a sentence each. What is only unusual, `plumbline governance check` says.
fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().filter(|problem| problem.level == Level::Error).map(ToString::to_string).collect()
}

/// What a scan that begins carries: the files of the folder, under their names in it.
///
/// # Errors
/// When the folder is not there, or larger than a scan can carry.
pub(crate) fn to_carry(settings: &Settings, pack: &Pack, now: &str) -> Result<Option<record::Governance>> {
    let Some(directory) = settings.governance.as_deref() else { return Ok(None) };
    let folder = Folder::load(Some(directory), pack, now)?;
    let name = |path: &str| {
        let inside = Path::new(path).strip_prefix(directory).unwrap_or(Path::new(path));
        inside.display().to_string()
    };
    let files = folder
        .sources
        .iter()
        .map(|source| record::GovernanceFile { path: name(&source.path), text: source.text.clone() });
    let governance = record::Governance { files: files.collect() };
    let next_step = "split what is not needed off, or name a smaller directory with --governance";
    governance.check().map_err(|why| Failure::usage(format!("read {}", directory.display()), why, next_step))?;
    Ok(Some(governance))
}
