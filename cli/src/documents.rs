//! The kinds of files that people write and editors can check: those of a pack, of governance, and the configuration.

mod configuration;

use plumbline_baseline::keys::Document;
use plumbline_baseline::pack::DOCUMENTS;
use plumbline_governance::keys::DOCUMENT as GOVERNANCE;

pub(crate) use configuration::{AGENTS, AWS_ROLE, CONFIGURATION, DOCUMENT, JOIN, RETENTION, wants};

fn documents() -> impl Iterator<Item = &'static Document> {
    DOCUMENTS.iter().chain([&DOCUMENT, &GOVERNANCE])
}

/// What the command line calls them.
pub(crate) fn names() -> Vec<&'static str> {
    documents().map(|document| document.name).collect()
}

/// The kind of this name.
pub(crate) fn document(name: &str) -> Option<&'static Document> {
    documents().find(|document| document.name == name)
}
