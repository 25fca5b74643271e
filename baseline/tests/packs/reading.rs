//! Packs on disk, for tests: their files, and what a file holds as JSON.

use std::fs;
use std::path::{Path, PathBuf};

use plumbline_baseline::pack::Source;
use serde_json::Value;

/// A file of a pack.
pub(crate) struct File {
    /// Where it lies, below the workspace.
    pub(crate) path: String,
    /// The directory that says what it holds: `controls`.
    pub(crate) kind: String,
    /// What it says.
    pub(crate) text: String,
}

impl File {
    /// The file as a pack is loaded from.
    pub(crate) fn source(&self) -> Source {
        Source { path: self.path.clone(), text: self.text.clone() }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All YAML files below a folder of the workspace, in the order of their paths.
pub(crate) fn files_below(folder: &str) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    paths.into_iter().map(|path| file(&path)).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.expect("a directory that can be listed").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
}

fn file(path: &Path) -> File {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.strip_prefix(root()).expect("a file of the workspace").display().to_string();
    let kinds = ["collectors", "controls", "definitions", "events", "facts", "frameworks", "log-sources", "processes"];
    let kind = path.split('/').rev().find(|part| kinds.contains(part)).unwrap_or_default().to_owned();
    File { path, kind, text }
}

/// The directory of a pack in which files of a kind lie.
pub(crate) fn directory_of(document: &str) -> &'static str {
    match document {
        "control" => "controls",
        "collector" => "collectors",
        "definitions" => "definitions",
        "events" => "events",
        "facts" => "facts",
        "framework" => "frameworks",
        "log-sources" => "log-sources",
        "process" => "processes",
        other => panic!("no directory for {other}"),
    }
}

/// What a file holds, as an editor reads it.
pub(crate) fn parsed(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}
