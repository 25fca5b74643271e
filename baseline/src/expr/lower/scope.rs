//! What can be seen at a place of an expression, and how a problem there is told: in the expression's own text, in that of
//! one of the control's names, or where a definition is called that cannot work with what it was given.

use std::rc::Rc;
use std::sync::Arc;

use super::Known;
use crate::expr::Problem;
use crate::expr::node::Named;
use crate::expr::syntax::{Expr, Span};

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// The item of a macro.
    Slot { slot: usize, known: Known },
    /// An expression of the caller, which costs nothing to evaluate again: lowered wherever it is used.
    Expression { tree: Rc<Expr>, context: Context },
    /// An expression of the caller that is evaluated once.
    Once { named: Arc<Named>, known: Known },
}

#[derive(Debug)]
struct Entry {
    name: String,
    bound: Bound,
    outer: Option<Rc<Entry>>,
}

/// What can be seen, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Context {
    scope: Option<Rc<Entry>>,
    /// How many of the control's names can be seen.
    pub(super) lets: usize,
    /// Whether `resource`, `settings` and `variant` can be seen: not in definitions.
    pub(super) has_resource: bool,
    /// Whether `settings` and `variant` can be seen: in controls.
    pub(super) has_settings: bool,
    /// The control's name in whose text it is.
    within: Option<Arc<str>>,
    /// Where a definition or a derived member is used, in whose text it is.
    used: Option<(Span, Arc<str>)>,
}

impl Context {
    /// In an expression of a control.
    pub(super) fn of_control(lets: usize) -> Self {
        Self { scope: None, lets, has_resource: true, has_settings: true, within: None, used: None }
    }

    /// In a definition that is looked at by itself.
    pub(super) fn of_definition() -> Self {
        Self { has_resource: false, has_settings: false, ..Self::of_control(0) }
    }

    /// In the text of one of the control's names, which sees those before it.
    pub(super) fn of_let(name: &Arc<str>, before: usize) -> Self {
        Self { within: Some(Arc::clone(name)), ..Self::of_control(before) }
    }

    /// In the text of what is used at a place of this context. It sees what it is given, and nothing of the caller.
    pub(super) fn used_at(&self, span: Span, name: &Arc<str>) -> Self {
        let used = self.used.clone().unwrap_or_else(|| (span, Arc::clone(name)));
        Self { within: self.within.clone(), used: Some(used), ..Self::of_definition() }
    }

    /// Gives a name to something.
    pub(super) fn bind(&mut self, name: &str, bound: Bound) {
        self.scope = Some(Rc::new(Entry { name: name.to_owned(), bound, outer: self.scope.take() }));
    }

    /// What a name stands for here.
    pub(super) fn find(&self, name: &str) -> Option<&Bound> {
        self.entries().find(|entry| entry.name == name).map(|entry| &entry.bound)
    }

    /// All names, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|entry| entry.name.as_str())
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::successors(self.scope.as_deref(), |entry| entry.outer.as_deref())
    }

    /// The problem as its reader finds it.
    pub(super) fn place(&self, problem: Problem) -> Problem {
        let within = self.within.clone();
        match &self.used {
            None => Problem { within, ..problem },
            Some((span, name)) => {
                let message = format!("in `{name}`: {}", problem.message);
                Problem { span: span.start..span.end, message, within, ..problem }
            }
        }
    }
}
