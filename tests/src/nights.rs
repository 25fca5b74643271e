//! Nights of a made-up organization through the real exchange into a real store on disk, with everything counted: what they
//! cost on the wire and on disk, and what reading them takes. Printed by `bench -- nights`.

mod corpus;
mod exchange;
mod fill;
mod planned;
mod reading;
mod replayed;
mod templates;
mod threads;
mod verdicts;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use plumbline_coordinator::store::{Stats, Store};

use corpus::{Corpus, Night};
pub use exchange::Wire;
use planned::Planned;
pub use reading::Reading;
use replayed::Asked;
pub use threads::{Used, runtime};

/// What each night is, and how many nights up to it changed something.
const NIGHTS: [(&str, u64); 4] = [("first", 0), ("unchanged", 0), ("1 % changed", 1), ("unchanged again", 1)];
/// The one of [`NIGHTS`] in the middle of which the file is copied.
const KILLED: usize = 2;

/// What one night cost.
#[derive(Clone, Debug)]
pub struct NightCost {
    /// Which.
    pub name: &'static str,
    /// Jobs.
    pub jobs: u64,
    /// Resources that its jobs found.
    pub resources: u64,
    /// Bytes of their documents, before anything.
    pub document_bytes: u64,
    /// Rows that they stand for, sent or not.
    pub rows: u64,
    /// Resources that are others than the night before, or new.
    pub changed: u64,
    /// From the plan to the end of the scan, without making up what was found.
    pub took: Duration,
    /// Processor time meanwhile.
    pub used: Used,
    /// What went over the wire.
    pub wire: Wire,
    /// What the store has afterwards.
    pub stats: Stats,
}

impl NightCost {
    /// Bytes of all keys and values.
    pub fn stored(&self) -> u64 {
        self.stats.tables.iter().map(|table| table.stored).sum()
    }
}

/// Something that was measured.
#[derive(Clone, Debug)]
pub enum Measured {
    /// A night.
    Night(Box<NightCost>),
    /// Something that was done with the nights.
    Reading(Reading),
}

/// Stores the first night of an organization of about so many resources, judged by as many controls as the pack had once.
///
/// # Errors
/// When the directory cannot be written.
pub async fn first(resources: usize, directory: &Path) -> anyhow::Result<()> {
    let corpus = Arc::new(Corpus::new(resources, 65)?);
    let store = Store::create(directory)?;
    let premises = store.put_premises(&Asked::of(&corpus).premises()).await?;
    let night = Planned::new(&corpus, Night { number: 0, changes: 0 }, &premises);
    night.store(&store, NIGHTS[0].0, None).await.map(drop)
}

/// Stores the nights of an organization of about so many resources, judged by so many controls, and reads them; says what
/// each took as soon as it is known.
///
/// # Errors
/// When the directory cannot be written, or something comes out wrong.
pub async fn run(
    (resources, controls): (usize, usize),
    directory: &Path,
    mut tell: impl FnMut(Measured),
) -> anyhow::Result<()> {
    let corpus = Arc::new(Corpus::new(resources, controls)?);
    let asked = Asked::of(&corpus);
    let (live, killed) = (directory.join("live"), directory.join("killed"));
    let store = Store::create(&live)?;
    let premises = store.put_premises(&asked.premises()).await?;
    let mut scans = Vec::new();
    for (number, (name, changes)) in NIGHTS.into_iter().enumerate() {
        let scan = Planned::new(&corpus, Night { number: number as u64, changes }, &premises);
        let copy = (number == KILLED).then_some((live.as_path(), killed.as_path()));
        tell(Measured::Night(Box::new(scan.store(&store, name, copy).await?)));
        scans.push(scan.id()?);
    }
    let changed = Night { number: 0, changes: 1 };
    let resource = corpus.places().find_map(|place| corpus.changed(place, changed).pop());
    let resource = resource.context("something changed")?;
    for reading in reading::all(&store, &scans, &resource)? {
        tell(Measured::Reading(reading));
    }
    tell(Measured::Reading(reading::replay(&store, &scans, &asked)?));
    tell(Measured::Reading(reading::prune(&store, NIGHTS.len() as u32).await?));
    drop(store);
    tell(Measured::Reading(reading::compact(&live)?));
    tell(Measured::Reading(reading::open_as_killed(&killed)?));
    Ok(())
}
