//! A stored scan for tests of the commands that read one: `plumbline demo`, run once a test process.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::binary;

/// The data directory of a demonstration of four accounts.
fn data_dir() -> &'static Path {
    static DATA: OnceLock<TempDir> = OnceLock::new();
    let data = DATA.get_or_init(|| {
        let data = tempfile::tempdir().expect("the system has room for a directory");
        let said = binary::run(binary::command(&["demo", "--accounts", "4", "--data-dir"]).arg(data.path()));
        assert_eq!(said.code, 0, "{said:?}");
        data
    });
    data.path()
}

/// A copy of that directory for one test: what a test does to it is nobody else's business.
pub fn copy() -> TempDir {
    let copy = tempfile::tempdir().expect("the system has room for a directory");
    for entry in std::fs::read_dir(data_dir()).expect("the demonstration has run") {
        let path = entry.expect("a folder can be read").path();
        if path.is_file() {
            let name = path.file_name().expect("a file has a name");
            std::fs::copy(&path, copy.path().join(name)).expect("the system has room for a file");
        }
    }
    copy
}

/// A command on such a copy.
pub fn command(data: &TempDir, arguments: &[&str]) -> Command {
    let mut command = binary::command(arguments);
    command.env("PLUMBLINE_DATA_DIR", data.path());
    command
}
