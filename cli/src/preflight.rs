//! What is found out before the first call: that the result of a scan has somewhere to go.

use std::fs;
use std::io;
use std::path::Path;

use plumbline_coordinator::store::Store;

use crate::failure::{Failure, OrFail, Result};
use crate::redaction_key;
use crate::results::{create_store, create_store_to_go_on};
use crate::whole_file::WholeFile;

/// With less than this the store or the reports of even a small scan would fail half-way.
const LEAST_FREE: u64 = 32 << 20;

/// Opens the store and makes sure that it, the key beside it, and the reports can be written.
///
/// # Errors
/// What is in the way, and what to do about it.
pub(crate) fn check(data_dir: &Path, output: Option<&Path>) -> Result<Store> {
    check_with(data_dir, output, create_store)
}

/// The same for a coordinator, which goes on with what an earlier process left.
///
/// # Errors
/// What is in the way, and what to do about it.
pub(crate) fn check_to_go_on(data_dir: &Path, output: Option<&Path>) -> Result<Store> {
    check_with(data_dir, output, create_store_to_go_on)
}

fn check_with(data_dir: &Path, output: Option<&Path>, create: fn(&Path) -> Result<Store>) -> Result<Store> {
    if let Some(output) = output {
        reports(output)?;
        room(output, "--output")?;
    }
    let store = create(data_dir)?;
    room(data_dir, "--data-dir")?;
    redaction_key::of(data_dir)?;
    Ok(store)
}

/// That reports can be written to the directory, which is created.
fn reports(output: &Path) -> Result<()> {
    let next_step = "name a directory that can be written with --output";
    let attempt = || format!("prepare {} for the reports", output.display());
    if fs::metadata(output).is_ok_and(|found| !found.is_dir()) {
        return Err(Failure::new(attempt(), "it is not a directory", next_step));
    }
    let probe = || -> io::Result<()> {
        fs::create_dir_all(output)?;
        WholeFile::create(&output.join("report.html")).map(drop)
    };
    probe().or_fail(attempt(), next_step)
}

/// That the disk behind the directory is not about to be full.
fn room(directory: &Path, option: &str) -> Result<()> {
    let attempt = || format!("write to {}", directory.display());
    let next_step = format!("make room there, or name another disk with {option}");
    let disk = rustix::fs::statvfs(directory).map_err(io::Error::from).or_fail(attempt(), &next_step)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < LEAST_FREE {
        let cause =
            format!("only {} MiB are free on that disk, and a scan needs {} at least", free >> 20, LEAST_FREE >> 20);
        return Err(Failure::new(attempt(), cause, next_step));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_made_and_nothing_is_left_in_them() {
        let place = tempfile::tempdir().unwrap();
        let (data, output) = (place.path().join("data"), place.path().join("deep/report"));
        check(&data, Some(&output)).unwrap();
        assert_eq!(fs::read_dir(output).unwrap().count(), 0);
    }

    #[test]
    fn a_file_is_no_place_for_reports() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        for output in [file.clone(), file.join("below")] {
            let failure = check(&place.path().join("data"), Some(&output)).err().unwrap();
            assert!(failure.next_step().contains("--output"), "{failure}");
        }
        assert!(!place.path().join("data").exists());
    }
}
