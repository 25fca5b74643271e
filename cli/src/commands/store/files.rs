//! `plumbline store backup`, `restore` and `compact`: whole files.

use std::path::Path;

use plumbline_coordinator::report::counted;
use plumbline_coordinator::store::{InTheWay, Store};

use super::size;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::results::{open_store, store_failure};
use crate::terminal::say;

fn in_the_way(force: bool) -> InTheWay {
    if force { InTheWay::IsReplaced } else { InTheWay::Stays }
}

/// Writes a backup.
pub(super) fn backup(data_dir: &Path, file: &Path, force: bool) -> Result<Outcome> {
    let store = open_store(data_dir)?;
    let written = store.backup(file, in_the_way(force)).map_err(|error| store_failure(&error))?;
    say(format_args!("{}: {}, {}, read again", file.display(), counted(written.entries, "value"), size(written.bytes)));
    say(
        "keep `redaction.key` of the data directory, too, in another place: without it the hashes of new nights differ",
    );
    Ok(Outcome::Done)
}

/// Restores one.
pub(super) fn restore(data_dir: &Path, file: &Path, force: bool) -> Result<Outcome> {
    let restored = Store::restore(data_dir, file, in_the_way(force)).map_err(|error| store_failure(&error))?;
    say(format_args!("{}: {}, verified", Store::path_in(data_dir).display(), counted(restored.scans, "scan")));
    if let Some(replaced) = restored.replaced {
        say(format_args!("what was there is {}; remove it when it is not needed", replaced.display()));
    }
    Ok(Outcome::Done)
}

/// Gives back what nothing takes.
pub(super) fn compact(data_dir: &Path) -> Result<Outcome> {
    let written = Store::compact(data_dir).map_err(|error| store_failure(&error))?;
    say(format_args!(
        "{}: {} of {} are left",
        Store::path_in(data_dir).display(),
        size(written.bytes),
        size(written.before)
    ));
    Ok(Outcome::Done)
}
