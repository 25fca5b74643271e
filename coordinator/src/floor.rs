//! The least room that a disk must have for work to begin: below it no job is given out, and what runs goes on.

use std::path::PathBuf;
use std::sync::Arc;

use crate::store::room;

/// The floor where nothing else was asked for: this much, or a twentieth of a smaller disk.
const LEAST: u64 = 1 << 30;
const SHARE: u64 = 20;

/// What is free, and what has to be; `None` when that cannot be told.
type Measure = dyn Fn() -> Option<(u64, u64)> + Send + Sync;

/// How much of a disk has to be free.
#[derive(Clone)]
pub struct Floor(Arc<Measure>);

/// A disk that has less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortage {
    free: u64,
    least: u64,
}

impl Floor {
    /// None at all.
    pub fn none() -> Self {
        Self(Arc::new(|| None))
    }

    /// Of the disk behind a directory: so many bytes, or what is usual; 0 for none.
    pub fn of(directory: PathBuf, least: Option<u64>) -> Self {
        Self(Arc::new(move || {
            // A disk that cannot be asked will say so when it is written to.
            let disk = room(&directory).ok()?;
            Some((disk.free, least.unwrap_or(LEAST.min(disk.total / SHARE))))
        }))
    }

    /// What a function says.
    #[cfg(test)]
    pub(crate) fn by(measure: impl Fn() -> Option<(u64, u64)> + Send + Sync + 'static) -> Self {
        Self(Arc::new(measure))
    }

    /// Whether there is too little room now.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        let (free, least) = (self.0)()?;
        (free < least).then_some(Shortage { free, least })
    }
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { free, least } = self;
        write!(
            f,
            "only {} MiB are free where results are kept, and {} have to be (`min_free_mib`)",
            free >> 20,
            least >> 20
        )
    }
}
