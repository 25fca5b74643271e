//! How many directories of reports are kept: every scan leaves one, and each is as large as the organization. The store
//! has all scans, so that a report can be rendered again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::FILES;
use super::place::{Worth, worth_in};

/// Removes all but the newest directories named `PREFIX` and a scan's id, and never the newest complete, full report or
/// the one that was just written. Only our own files are removed; a directory with others in it stays.
///
/// # Errors
/// When a directory cannot be read or removed.
pub(super) fn keep(parent: &Path, prefix: &str, count: usize, written: &Path) -> io::Result<()> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(prefix));
        if id.is_some_and(is_scan_id) && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    // Ids are ULIDs: their order is that of time, as the clock said it. One that was put back makes what was just written
    // the oldest of all.
    found.sort();
    found.reverse();
    let best = found.iter().position(|path| worth_in(path) == Worth::Full);
    for (index, path) in found.iter().enumerate().skip(count) {
        if Some(index) != best && path != written {
            remove(path)?;
        }
    }
    Ok(())
}

fn is_scan_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn remove(directory: &Path) -> io::Result<()> {
    for name in FILES {
        match fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    match fs::remove_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::SUMMARY;
    use super::*;

    fn report(parent: &Path, name: &str, kind: &str) {
        let directory = parent.join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("findings.csv"), "").unwrap();
        fs::write(directory.join(SUMMARY), format!(r#"{{"kind":"{kind}","state":"complete","scan":"x"}}"#)).unwrap();
    }

    fn names(parent: &Path) -> Vec<String> {
        let names = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn id(last: char) -> String {
        format!("01M8AQXGPXK9JS5DZM84CG9EC{last}")
    }

    #[test]
    fn the_newest_are_kept_and_the_newest_good_one() {
        let place = tempfile::tempdir().unwrap();
        for (last, kind) in [('1', "full"), ('2', "full"), ('3', "limited"), ('4', "limited"), ('5', "limited")] {
            report(place.path(), &id(last), kind);
        }
        let last = place.path().join(id('5'));
        keep(place.path(), "", 2, &last).unwrap();
        assert_eq!(names(place.path()), [id('2'), id('4'), id('5')]);
        keep(place.path(), "", 2, &last).unwrap();
        assert_eq!(names(place.path()).len(), 3);
    }

    #[test]
    fn what_was_just_written_is_kept_when_the_clock_was_put_back() {
        let place = tempfile::tempdir().unwrap();
        for last in ['1', '2', '3', '4'] {
            report(place.path(), &id(last), "full");
        }
        keep(place.path(), "", 2, &place.path().join(id('1'))).unwrap();
        assert_eq!(names(place.path()), [id('1'), id('3'), id('4')]);
    }

    #[test]
    fn what_is_not_ours_stays() {
        let place = tempfile::tempdir().unwrap();
        let stopped = |last| format!("stopped-{}", id(last));
        for name in [stopped('1'), stopped('2'), id('1'), "mine".to_owned()] {
            report(place.path(), &name, "limited");
        }
        fs::write(place.path().join(stopped('1')).join("notes.txt"), "keep").unwrap();
        keep(place.path(), "stopped-", 1, &place.path().join(stopped('2'))).unwrap();
        assert_eq!(names(place.path()), [id('1'), "mine".to_owned(), stopped('1'), stopped('2')]);
        assert_eq!(names(&place.path().join(stopped('1'))), ["notes.txt"]);
    }
}
