//! What is wrong with a file of the pack, where, and what may have been meant. Must not decide what is wrong.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::yaml::Position;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The control or collector is left out.
    Error,
    /// It is used, and somebody should look.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One problem. Displays as compilers do: `file:line:column: error: message`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path as it was given to the loader.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How bad it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: {}", self.file, self.line, self.column, self.level, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

/// The problems of one file, while it is read.
#[derive(Clone, Debug)]
pub struct Report {
    file: Arc<str>,
    problems: Vec<Problem>,
}

impl Report {
    /// Nothing is wrong with this file yet.
    pub fn new(file: &str) -> Self {
        Self { file: Arc::from(file), problems: Vec::new() }
    }

    /// An error.
    pub fn error(&mut self, at: Position, message: impl Into<String>) {
        self.push(at, Level::Error, message.into(), None);
    }

    /// An error with what may have been meant.
    pub fn error_meant(&mut self, at: Position, message: impl Into<String>, suggestion: Option<String>) {
        self.push(at, Level::Error, message.into(), suggestion);
    }

    /// A warning.
    pub fn warning(&mut self, at: Position, message: impl Into<String>) {
        self.push(at, Level::Warning, message.into(), None);
    }

    /// A warning with what may have been meant.
    pub fn warning_meant(&mut self, at: Position, message: impl Into<String>, suggestion: Option<String>) {
        self.push(at, Level::Warning, message.into(), suggestion);
    }

    /// Number of errors so far.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.level == Level::Error).count()
    }

    /// Whether there is an error in these lines.
    pub fn has_errors_in(&self, lines: Range<usize>) -> bool {
        self.problems.iter().any(|problem| problem.level == Level::Error && lines.contains(&problem.line))
    }

    /// Whether there is an error at this place.
    pub fn has_error_at(&self, at: Position) -> bool {
        let is_it = |problem: &Problem| (problem.line, problem.column) == (at.line, at.column);
        self.problems.iter().any(|problem| problem.level == Level::Error && is_it(problem))
    }

    /// The problems in the order of the file.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }

    fn push(&mut self, at: Position, level: Level, message: String, suggestion: Option<String>) {
        let file = Arc::clone(&self.file);
        self.problems.push(Problem { file, line: at.line, column: at.column, level, message, suggestion });
    }
}
