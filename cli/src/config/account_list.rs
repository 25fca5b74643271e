//! Accounts as the user names them: ids, and files of ids (`@accounts.txt`). Must not know which accounts there are.
//!
//! A file has one account a line: its id, and after a blank, a comma or a tab what it is called, if anybody cares. Empty
//! lines and what follows a `#` do not count.

use std::collections::BTreeMap;
use std::path::Path;

use plumbline_baseline::AccountId;

use super::paths::at_home;
use crate::failure::{Failure, Result};

/// Accounts that were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AccountList {
    /// As they were named, each once.
    pub(super) ids: Vec<String>,
    /// What files call them.
    pub(super) names: BTreeMap<String, String>,
}

impl AccountList {
    /// Reads what the entries name.
    ///
    /// # Errors
    /// When a file cannot be read, or a line of it does not begin with an account id.
    pub(super) fn read(entries: &[String], option: &str) -> Result<Self> {
        let mut list = Self::default();
        for entry in entries {
            match entry.strip_prefix('@') {
                Some(file) => list.add_file(&at_home(file.into()), option)?,
                None => list.add(entry, ""),
            }
        }
        Ok(list)
    }

    fn add_file(&mut self, path: &Path, option: &str) -> Result<()> {
        let attempt = || format!("read {}", path.display());
        let next_step = format!("check the path after the @ of {option}: a file with one account id a line");
        let text = std::fs::read_to_string(path).map_err(|error| Failure::usage(attempt(), error, &next_step))?;
        let before = self.ids.len();
        // Some editors begin a file with a mark of its encoding.
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (id, name) = line.split_once([' ', '\t', ',', ';']).unwrap_or((line, ""));
            let id: AccountId = id.parse().map_err(|error| {
                let place = format!("read {}:{number}", path.display());
                Failure::usage(place, error, "begin each line with an account id; comments begin with #")
            })?;
            self.add(id.as_str(), name.trim_matches([' ', '\t', ',', ';', '"']));
        }
        if self.ids.len() == before {
            return Err(Failure::usage(attempt(), "it names no account that was not named before", next_step));
        }
        Ok(())
    }

    fn add(&mut self, id: &str, name: &str) {
        if !self.ids.iter().any(|known| known == id) {
            self.ids.push(id.to_owned());
        }
        if !name.is_empty() {
            self.names.insert(id.to_owned(), name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AccountList> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("accounts.txt"), text).unwrap();
        let file = directory.path().join("accounts.txt").display().to_string();
        let entries = ["444444444444".to_owned(), format!("@{file}")];
        AccountList::read(&entries, "--accounts")
    }

    #[test]
    fn files_have_comments_blanks_and_names() {
        let text = "\u{feff}# ours\n\n111111111111  Sales # old\r\n222222222222,\"Shop floor\"\n\t333333333333\n111111111111\n";
        let list = read(text).unwrap();
        assert_eq!(list.ids, ["444444444444", "111111111111", "222222222222", "333333333333"]);
        let names: Vec<_> = list.names.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
        assert_eq!(names, [("111111111111", "Sales"), ("222222222222", "Shop floor")]);
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_line() {
        let failure = read("111111111111\nsales\n").unwrap_err().to_string();
        assert!(failure.contains("accounts.txt:2") && failure.contains("`sales` is not an account id"), "{failure}");
    }

    #[test]
    fn a_file_that_names_nobody_does_not_mean_everybody() {
        assert!(read("# nobody\n").unwrap_err().to_string().contains("names no account"));
        assert_eq!(AccountList::read(&[], "--accounts").unwrap(), AccountList::default());
        let missing = AccountList::read(&["@nowhere".to_owned()], "--accounts");
        assert!(missing.unwrap_err().to_string().contains("failed to read nowhere"));
    }
}
