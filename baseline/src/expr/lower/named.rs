//! Definitions and derived members: written out where they are used, with what they are given in the place of their names.

use std::rc::Rc;
use std::sync::Arc;

use super::scope::{Bound, Context};
use super::{Known, Lowering, nothing};
use crate::expr::named::{Definition, Derived};
use crate::expr::node::{Label, Named, Node, Root};
use crate::expr::syntax::{Expr, Kind, Span};

impl Lowering<'_> {
    /// A call of a definition.
    pub(super) fn defined(&mut self, span: Span, definition: &Definition, parts: &[&Expr]) -> (Node, Known) {
        let name = &definition.name;
        if parts.len() != definition.parameters.len() {
            let (is, wanted) = (parts.len(), definition.parameters.join(", "));
            self.problem(span, format!("`{name}` is called with {is} arguments; it takes ({wanted})"), None);
            return nothing();
        }
        if self.active.contains(name) {
            let way: Vec<&str> = self.active.iter().map(|each| &**each).chain([&**name]).collect();
            self.problem(span, format!("`{name}` is defined by itself: {}", way.join(" → ")), None);
            return nothing();
        }
        let mut context = self.context.used_at(span, name);
        let (mut fresh, mut arguments) = (Vec::new(), Vec::new());
        for (parameter, part) in definition.parameters.iter().zip(parts) {
            let (bound, shown) = self.argument_of_definition(part, &mut fresh);
            context.bind(parameter, bound);
            arguments.push(shown);
        }
        self.active.push(Arc::clone(name));
        let (body, known) = self.within(context, &definition.body);
        self.active.pop();
        let label = Label::Call { name: Arc::clone(name), arguments };
        (Node::Named(Arc::new(Named { label, memo: None, fresh, body })), known)
    }

    /// What a parameter stands for, and what evidence shows of it.
    fn argument_of_definition(&mut self, part: &Expr, fresh: &mut Vec<usize>) -> (Bound, Node) {
        if is_path(part) {
            let bound = Bound::Expression { tree: Rc::new(part.clone()), context: self.context.clone() };
            // What evidence shows is read, and what it reads is lowered once: it is noted here.
            let (shown, _) = self.lower_part(part, false);
            return (bound, shown);
        }
        let (body, known) = self.written(part);
        let memo = self.memo();
        fresh.push(memo);
        let named = Arc::new(Named { label: Label::Hidden, memo: Some(memo), fresh: Vec::new(), body });
        (Bound::Once { named, known }, Node::Null)
    }

    /// A derived member of an operand, which is the `resource` of its expression.
    pub(super) fn derived_member(
        &mut self,
        span: Span,
        operand: &Expr,
        of: Node,
        known: &Known,
        derived: &Derived,
    ) -> (Node, Known) {
        let is_own = matches!(of, Node::Root(Root::Resource));
        let name = &derived.name;
        let is_it = |named: &Named| matches!(&named.label, Label::Member { name: each, .. } if each == name);
        if let Some((named, known)) = self.derived.iter().find(|(named, _)| is_own && is_it(named)) {
            return (Node::Named(Arc::clone(named)), known.clone());
        }
        let mut context = self.context.used_at(span, name);
        let mut fresh = Vec::new();
        let bound = match &of {
            Node::Slot(slot) => Bound::Slot { slot: *slot, known: known.clone() },
            _ if is_path(operand) => {
                Bound::Expression { tree: Rc::new(operand.clone()), context: self.context.clone() }
            }
            _ => {
                let memo = self.memo();
                fresh.push(memo);
                let named = Named { label: Label::Hidden, memo: Some(memo), fresh: Vec::new(), body: of.clone() };
                Bound::Once { named: Arc::new(named), known: known.clone() }
            }
        };
        context.bind("resource", bound);
        let (body, known) = self.within(context, &derived.body);
        let label = Label::Member { of, name: Arc::clone(name) };
        // Of the resource itself it is the same wherever it is asked for.
        let memo = is_own.then(|| self.memo());
        let named = Arc::new(Named { label, memo, fresh, body });
        if is_own {
            self.derived.push((Arc::clone(&named), known.clone()));
        }
        (Node::Named(named), known)
    }

    fn within(&mut self, context: Context, body: &Expr) -> (Node, Known) {
        let here = std::mem::replace(&mut self.context, context);
        let lowered = self.lower_part(body, true);
        self.context = here;
        lowered
    }
}

/// Whether it costs nothing to evaluate it again.
fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Name(_) | Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) | Kind::Text(_) => true,
        Kind::Member { of, .. } => is_path(of),
        Kind::Index { of, key } => is_path(of) && matches!(key.kind, Kind::Int(_) | Kind::Text(_)),
        _ => false,
    }
}
