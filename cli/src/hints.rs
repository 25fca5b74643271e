//! The options that a hint needs, so that a command that somebody copies finds what it is about.

use std::path::Path;

use crate::config::default_data_dir;

/// ` --scan ID`, and ` --data-dir DIR` where that is not the default.
pub(crate) fn of_scan(data_dir: &Path, scan: &str) -> String {
    format!(" --scan {scan}{}", of_data_dir(data_dir))
}

/// ` --data-dir DIR` where that is not the default; else nothing.
pub(crate) fn of_data_dir(data_dir: &Path) -> String {
    if default_data_dir().is_some_and(|default| default == data_dir) {
        return String::new();
    }
    format!(" --data-dir {}", quoted(&data_dir.display().to_string()))
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_directory_as_one_word() {
        assert_eq!(quoted("/var/lib/plumbline"), "/var/lib/plumbline");
        assert_eq!(quoted("/my data"), "'/my data'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(of_scan(Path::new("/my data"), "01A"), " --scan 01A --data-dir '/my data'");
    }
}
