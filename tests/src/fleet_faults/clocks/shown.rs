//! The wall clock that one process is shown: the machine's, and so many seconds more or less, by libfaketime. Its
//! monotonic clock and the times of files are the machine's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::calendar::{changes, date};
use crate::clock;
use crate::store_faults::chance::Chance;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY + DAY / 4;
/// The library, in the folder that distributions have for it.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
/// Further back there are no certificates, no services and no zones.
const EARLIEST: i64 = 30 * YEAR;
/// Times are written with four digits of a year.
const LATEST: i64 = 1_030 * YEAR;

/// Where the library is, where it is.
pub(super) fn library() -> Option<PathBuf> {
    let mut folders = vec![PathBuf::from("/usr/lib"), PathBuf::from("/usr/local/lib"), PathBuf::from("/usr/lib64")];
    // Debian has one folder for each kind of machine.
    if let Ok(entries) = std::fs::read_dir("/usr/lib") {
        folders.extend(entries.flatten().map(|entry| entry.path()));
    }
    folders.into_iter().map(|folder| folder.join(LIBRARY)).find(|path| path.exists())
}

/// Where the clock goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Jump {
    /// By so many seconds.
    By(i64),
    /// To shortly before the next change of Zurich's clock.
    BeforeChange,
    /// Over such a change.
    OverChange,
    /// A little further than it ever was.
    Ahead,
}

impl Jump {
    /// In words.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::By(HOUR) => "jumps by an hour",
            Self::By(seconds) if seconds == -HOUR => "jumps back by an hour",
            Self::By(DAY) => "jumps by a day",
            Self::By(seconds) if seconds == -DAY => "jumps back by a day",
            Self::By(0..) => "jumps by ten years",
            Self::By(_) => "jumps back by ten years",
            Self::BeforeChange => "jumps to shortly before a change of Zurich's clock",
            Self::OverChange => "jumps over a change of Zurich's clock",
            Self::Ahead => "jumps to where it never was",
        }
    }
}

/// The clock.
#[derive(Debug)]
pub(super) struct Shown {
    file: PathBuf,
    /// Seconds that it is ahead of the machine's.
    ahead: i64,
    /// The latest moment that it showed.
    highest: i64,
}

impl Shown {
    /// The machine's, for now.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let shown = Self { file: folder.join("clock"), ahead: 0, highest: 0 };
        shown.write()?;
        Ok(shown)
    }

    /// The process that this starts is shown it.
    pub(super) fn show(&self, command: &mut Command, library: &Path) {
        command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        command.env("NO_FAKE_STAT", "1").env("FAKETIME_DONT_RESET", "1");
    }

    /// What it shows.
    fn now(&self) -> i64 {
        clock::now().unix_timestamp() + self.ahead
    }

    /// The latest moment that it showed.
    fn highest(&self) -> i64 {
        self.highest.max(self.now())
    }

    /// Jumps by chance.
    pub(super) fn jump(&mut self, chance: &mut Chance) -> anyhow::Result<Jump> {
        self.highest = self.highest();
        let now = self.now();
        // While it is behind what is on record nothing is due; half of the time it catches up.
        let is_behind = now < self.highest;
        let jump = match chance.below(8) {
            _ if is_behind && chance.one_in(2) => Jump::Ahead,
            0 => Jump::By(HOUR),
            1 => Jump::By(-HOUR),
            2 => Jump::By(DAY),
            3 => Jump::By(-DAY),
            4 => Jump::By(10 * YEAR),
            5 => Jump::By(-10 * YEAR),
            6 => Jump::BeforeChange,
            _ => Jump::OverChange,
        };
        let to = match jump {
            Jump::By(seconds) => now + seconds,
            Jump::BeforeChange => next_change(now) - 20,
            Jump::OverChange => next_change(now) + 2 * HOUR,
            Jump::Ahead => self.highest + 200,
        };
        if (EARLIEST..LATEST).contains(&to) {
            self.set(to)?;
            return Ok(jump);
        }
        self.set(self.highest + 200)?;
        Ok(Jump::Ahead)
    }

    /// A little further than it ever was: to there.
    pub(super) fn go_ahead(&mut self) -> anyhow::Result<i64> {
        let to = self.highest() + 200;
        self.set(to)?;
        Ok(to)
    }

    fn set(&mut self, to: i64) -> anyhow::Result<()> {
        self.highest = self.highest();
        self.ahead += to - self.now();
        self.write()?;
        Ok(())
    }

    /// Whoever reads it meanwhile reads all of it.
    fn write(&self) -> anyhow::Result<()> {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{:+}\n", self.ahead))?;
        std::fs::rename(&new, &self.file)?;
        Ok(())
    }
}

/// The next time that Zurich's clock is changed.
fn next_change(now: i64) -> i64 {
    let (year, ..) = date(now);
    let (spring, autumn) = changes(year);
    // The one that was just come near to is the next one still.
    [spring, autumn, changes(year + 1).0].into_iter().find(|change| *change > now).unwrap_or(now)
}
