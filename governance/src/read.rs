//! The files of a folder from text to entries. An entry with a mistake is left out, but for baselines: of a broken one, what
//! strengthens is kept. Must not look at any organization: `known` does.
//!
//! In reading order: `words` (what entries have in common), `settings`, `baseline`, `exception`, `attestation`, `owners`.

mod attestation;
mod baseline;
mod exception;
mod owners;
mod settings;
mod words;

pub use attestation::attested_steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::keys::{Form, Table};
use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::reading::{Node, Position, Report, Value, mend, parse};
use plumbline_baseline::pack::{Pack, Problem, Source};

use crate::day::Day;
use crate::entry::{Attestation, Baseline, Exception, Owners, Settings};
use crate::keys::{ATTESTATION, BASELINE, EXCEPTION, OUTLINE, OWNERS};
use crate::weakening;

/// What is read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) settings: Settings,
    pub(crate) baselines: Vec<Baseline>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) attestations: Vec<Attestation>,
    pub(crate) owners: Owners,
}

/// What entries are held against.
#[derive(Clone, Copy)]
struct Known<'a> {
    pack: &'a Pack,
    handbook: &'a Handbook,
    today: Day,
}

/// A file while it is read.
struct File {
    path: Arc<str>,
    report: Report,
    node: Option<Node>,
}

impl File {
    fn open(source: &Source) -> Self {
        let mut report = Report::new(&source.path);
        let text = source.text.trim_start_matches('\u{feff}');
        let says_nothing = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let node = match parse(text) {
            _ if says_nothing => None,
            Ok(mut node) if node.members().is_some() => {
                mend(&mut node, &Form::Table(&OUTLINE), &mut report);
                Some(node)
            }
            Ok(node) => {
                let keys = OUTLINE.names().collect::<Vec<_>>().join(", ");
                report.error(node.at, format!("{} is a map of {keys}", OUTLINE.what));
                None
            }
            Err(error) => {
                report.error(error.at, error.message);
                None
            }
        };
        Self { path: Arc::from(source.path.as_str()), report, node }
    }

    /// The place of a position.
    fn place(&self, at: Position) -> Place {
        Place { file: Arc::clone(&self.path), line: at.line, column: at.column }
    }

    /// What stands at a key of the file; keys without a value say nothing.
    fn at(&self, key: &str) -> Option<Node> {
        self.node.as_ref()?.get(key).filter(|node| !words::is_null(node)).cloned()
    }

    /// The entries of a list.
    fn entries(&mut self, key: &str) -> Vec<Node> {
        let Some(node) = self.at(key) else { return Vec::new() };
        match node.value {
            Value::List(items) => items,
            _ => {
                self.report.error(node.at, format!("`{key}` is a list"));
                Vec::new()
            }
        }
    }

    /// Mends the keys of a value, and reports those that have no value: a condition that is empty would hold everywhere.
    fn mend(&mut self, node: &mut Node, table: &'static Table) {
        mend(node, &Form::Table(table), &mut self.report);
        for (name, value) in node.members().unwrap_or_default() {
            let is_empty = match &value.value {
                Value::List(items) => items.is_empty(),
                Value::Map(members) => members.is_empty(),
                Value::Scalar { text, quoted } => words::is_null(value) || (*quoted && text.trim().is_empty()),
            };
            if is_empty {
                self.report.error(name.at, format!("`{}` has no value: give it one, or leave the key out", name.text));
            }
        }
    }
}

/// Ids, and where each was first.
#[derive(Default)]
struct Ids(BTreeMap<String, Place>);

impl Ids {
    /// Takes an id; it is a mistake to have it twice.
    fn take(&mut self, what: &str, id: &str, at: Position, file: &mut File) {
        let place = file.place(at);
        if let Some(first) = self.0.get(id) {
            let message = format!("there is already {what} `{id}`, in {}:{}", first.file, first.line);
            file.report.error(at, message);
        } else {
            self.0.insert(id.to_owned(), place);
        }
    }
}

/// Reads all files of a folder.
pub(crate) fn read(sources: &[Source], pack: &Pack, handbook: &Handbook, today: Day) -> (Read, Vec<Problem>) {
    let known = Known { pack, handbook, today };
    let mut files: Vec<File> = sources.iter().map(File::open).collect();
    let mut read = Read { settings: settings::read(&mut files), ..Read::default() };
    let (mut baselines, mut exceptions) = (Ids::default(), Ids::default());
    for file in &mut files {
        for mut node in file.entries("baselines") {
            let errors = file.report.errors();
            file.mend(&mut node, &BASELINE);
            if let Some(mut baseline) = baseline::read(&node, file, known) {
                baselines.take("a baseline", &baseline.id, node.at, file);
                baseline.is_broken = file.report.errors() > errors;
                read.baselines.push(baseline);
            }
        }
        for mut node in file.entries("exceptions") {
            let errors = file.report.errors();
            file.mend(&mut node, &EXCEPTION);
            let found = exception::read(&node, file, known, &read.settings);
            if let Some(id) = node.get("id").and_then(Node::text) {
                exceptions.take("an exception", id, node.at, file);
            }
            read.exceptions.extend(found.filter(|_| file.report.errors() == errors));
        }
        for mut node in file.entries("attestations") {
            let errors = file.report.errors();
            file.mend(&mut node, &ATTESTATION);
            let found = attestation::read(&node, file, known);
            read.attestations.extend(found.filter(|_| file.report.errors() == errors));
        }
        if let Some(mut node) = file.at("owners") {
            file.mend(&mut node, &OWNERS);
            owners::read(&node, file, &mut read.owners);
        }
    }
    let mut problems: Vec<Problem> = files.into_iter().flat_map(|file| file.report.into_problems()).collect();
    problems.extend(weakening::problems(&mut read.baselines, pack));
    problems.sort();
    problems.dedup();
    (read, problems)
}

#[cfg(test)]
mod tests;
