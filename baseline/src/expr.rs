//! The control language: CEL expressions over documents, in three-valued logic.
//!
//! Parsed, lowered once to a compiled form and evaluated by our own interpreter: what was not read stays unknown unless the
//! answer cannot depend on it, and what the evaluation read is the evidence. Pure.
//!
//! In reading order, each naming only those before it: `typing` (what members there are), `missing` (what is said of one
//! that there is not), `value` and `items`,
//! `functions` (the one table of them), `node` (the compiled form), `join`, `evidence`, `run` (three-valued evaluation),
//! `syntax` (from text to a tree), `named` (expressions with
//! names), `lower` (from the tree to `node`), `batch` (many resources at a time).

mod batch;
mod events;
mod evidence;
mod functions;
mod items;
mod join;
mod lower;
mod missing;
mod named;
mod node;
mod run;
mod syntax;
mod typing;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::doc::Doc;
use crate::reason::Unread;
use crate::resource::Snapshot;
use crate::verdict::Grounds;

use syntax::Span;

pub use batch::Batch;
pub use named::{Definition, Derived, Let};
pub use typing::{
    DELEGATED_ADMINISTRATORS, Kept, ObjectType, RESOURCE_CONTROL_POLICIES, Type, TypeSource, account_type,
    organization_type,
};

/// What an expression may name.
pub struct Env<'a> {
    /// Resource types, for `all("…")`.
    pub types: &'a dyn TypeSource,
    /// Type of `resource`.
    pub resource: Type,
    /// Type of `parent`, where `resource` is an item of a list of another resource.
    pub parent: Option<Type>,
    /// Parameters and their types.
    pub settings: BTreeMap<String, Type>,
    /// Named expressions, each of which sees those before it.
    pub lets: &'a [Let],
    /// What `variant` is, where the control has variants.
    pub variant: Option<&'a Doc>,
}

/// Something that is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the expression.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
    /// The named expression in whose text that is; the expression itself when absent.
    pub within: Option<Arc<str>>,
}

impl Problem {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span: span.start..span.end, message: message.into(), suggestion: None, within: None }
    }

    /// The problem with what was probably meant.
    fn meaning(self, suggestion: &str) -> Self {
        Self { suggestion: Some(suggestion.to_owned()), ..self }
    }
}

/// What an expression reads: what has to be collected for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// First-level members of `resource`; `*` when it is used whole.
    pub resource_members: BTreeSet<String>,
    /// First-level members of `parent`; `*` when it is used whole.
    pub parent_members: BTreeSet<String>,
    /// Types of `all("…")`, and the first-level members of their resources; `*` when they are used whole.
    pub listings: BTreeMap<String, BTreeSet<String>>,
    /// Members of `account`; `*` when it is used whole.
    pub account_members: BTreeSet<String>,
    /// Members of `organization`; `*` when it is used whole.
    pub organization_members: BTreeSet<String>,
    /// Whether `region` is read.
    pub region: bool,
    /// Whether `now` is read, also by a function.
    pub now: bool,
    /// Names of the parameters that are read.
    pub settings: BTreeSet<String>,
    /// The control's own names that are used, by each other as well.
    pub lets: BTreeSet<String>,
}

/// An answer in three-valued logic.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on something that was not read.
    Unknown(Arc<Unread>),
}

/// A compiled expression.
#[derive(Debug)]
pub struct Program {
    node: node::Node,
    slots: usize,
    memos: usize,
    joins: usize,
    reads: Reads,
    warnings: Vec<Problem>,
}

/// What an expression is evaluated on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// `resource`.
    pub resource: &'a Doc,
    /// `parent`; null where there is none.
    pub parent: &'a Doc,
    /// `account`.
    pub account: &'a Doc,
    /// `organization`.
    pub organization: &'a Doc,
    /// `region`.
    pub region: &'a str,
    /// `settings`.
    pub settings: &'a Doc,
    /// `now`, ISO-8601.
    pub now: &'a str,
    /// What `all("…")` lists.
    pub snapshot: &'a Snapshot,
}

/// Compiles an expression.
///
/// # Errors
/// Every problem that was found, in order.
pub fn compile(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    lower::compile(source, env)
}

/// Why something may not be called so; `None` when it may. The language has names of its own.
pub fn name_problem(name: &str) -> Option<String> {
    if !syntax::is_name(name) {
        return Some(format!("`{name}` is no name: a letter, letters, digits and `_`"));
    }
    lower::is_taken(name).then(|| format!("`{name}` has a meaning in every expression: choose another name"))
}

/// What is wrong with the control's own names, used or not.
pub fn check_lets(env: &Env<'_>) -> Vec<Problem> {
    lower::check_lets(env)
}

/// What is wrong with a definition, whatever it is called with.
pub fn check_definition(definition: &Definition, types: &dyn TypeSource) -> Vec<Problem> {
    lower::check_definition(definition, types)
}

/// Compiles a member that is computed from the resource of the environment, and finds out its type.
///
/// # Errors
/// Every problem that was found, in order.
pub fn derive(name: &str, text: &str, env: &Env<'_>) -> Result<(Derived, Type), Vec<Problem>> {
    lower::derive(name, text, env)
}

/// Compiles an expression of which the value is wanted, whatever that is.
///
/// # Errors
/// Every problem that was found, in order.
pub fn compile_value(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    lower::compile_value(source, env)
}

impl Program {
    /// What has to be collected for it.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// What is probably a mistake but may be right, such as a value that the API does not list.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Evaluates to an answer, and what it rests on.
    pub fn evaluate<'a>(&'a self, inputs: &Inputs<'a>) -> (Truth, Grounds) {
        let mut run = run::Run::new(inputs, self, true, &[]);
        let truth = run.truth(&self.node);
        (truth, run.into_grounds())
    }

    /// Evaluates to an answer alone.
    pub fn decide<'a>(&'a self, inputs: &Inputs<'a>) -> Truth {
        run::Run::new(inputs, self, false, &[]).truth(&self.node)
    }

    /// Evaluates to a value.
    pub fn value(&self, inputs: &Inputs<'_>) -> Doc {
        run::Run::new(inputs, self, false, &[]).value(&self.node).to_doc().into_owned()
    }
}

#[cfg(test)]
mod tests;
