//! Definitions: what several controls mean by the same words. The checked form of `definitions/*.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::Doc;
use crate::expr;
use crate::reason::Unread;

/// One definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it is called with, and what it comes to.
    pub(crate) compiled: expr::Definition,
    /// What it means, in one sentence.
    pub says: String,
    /// The expression as it is written.
    pub text: String,
    /// Worked examples; they run as tests.
    pub examples: Vec<Example>,
    /// The file that it was read from.
    pub file: Arc<str>,
}

/// What a definition comes to on an example.
#[derive(Clone, Debug)]
pub struct Example {
    /// Line in the file, for messages.
    pub line: usize,
    /// What it is called with, by parameter.
    pub given: BTreeMap<String, Doc>,
    /// What `all(…)` lists, by type.
    pub others: BTreeMap<String, Others>,
    /// The value; what is unread stands for unknown.
    pub gives: Doc,
}

/// What a type lists in an example.
#[derive(Clone, Debug, Default)]
pub struct Others {
    /// What was listed.
    pub documents: Vec<Doc>,
    /// Why the rest was not.
    pub unread: Option<Arc<Unread>>,
}

impl Definition {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        self.compiled.name()
    }

    /// What it is called with.
    pub fn parameters(&self) -> &[String] {
        self.compiled.parameters()
    }
}
