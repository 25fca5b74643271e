//! Evidence: the members that an evaluation read, and their values. Bounded in number and in size.

use super::value::Value;
use crate::verdict::Evidence;

/// Members that are kept at most.
const ENTRIES: usize = 20;
/// Bytes of a value that are kept at most.
const VALUE_BYTES: usize = 512;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Log<'a> {
    entries: Vec<(String, Value<'a>)>,
}

impl<'a> Log<'a> {
    /// Whether another entry would be kept.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES
    }

    /// A point to go back to.
    pub(super) fn mark(&self) -> usize {
        self.entries.len()
    }

    /// Forgets what came after the mark: it did not decide.
    pub(super) fn forget(&mut self, mark: usize) {
        self.entries.truncate(mark);
    }

    /// Keeps one entry.
    pub(super) fn add(&mut self, path: String, value: Value<'a>) {
        if !self.is_full() && !self.entries.iter().any(|(known, _)| *known == path) {
            self.entries.push((path, value));
        }
    }

    /// The entries as they are stored.
    pub(super) fn finish(self) -> Vec<Evidence> {
        self.entries.into_iter().map(|(path, value)| Evidence { path, value: cut(value.to_doc().to_json()) }).collect()
    }
}

fn cut(mut text: String) -> String {
    if text.len() > VALUE_BYTES {
        let end = (0..=VALUE_BYTES).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
