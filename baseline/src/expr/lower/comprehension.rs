//! Recognises what the parser's macros (`all`, `exists`, `exists_one`, `filter`, `map`) were expanded to.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::{Known, Lowering, Origin, Variable};
use crate::expr::node::{Join, Node, Quantifier};
use crate::expr::typing::Type;

impl Lowering<'_> {
    pub(super) fn comprehension(&mut self, id: u64, comprehension: &ComprehensionExpr) -> (Node, Known) {
        let (range, range_known) = self.lower_part(&comprehension.iter_range, true);
        let origin = match &range_known.origin {
            Origin::Listing(name) => Origin::ElementOf(name.clone()),
            _ => {
                self.whole(&range_known);
                Origin::Elsewhere
            }
        };
        let element = Known::from(range_known.kind.element(), origin);
        let has_items = |kind: &Type| {
            matches!(kind, Type::Any | Type::List(_) | Type::Map(_) | Type::Structure(..) | Type::Object(_))
        };
        if !has_items(&range_known.kind) {
            let message = format!("{} has no items to go through", range_known.kind);
            self.problem(comprehension.iter_range.id, message, None);
        }
        let slot = self.scope.len();
        self.slots = self.slots.max(slot + 1);
        self.scope.push(Variable { name: comprehension.iter_var.clone(), slot, known: element });
        let lowered = self.body(comprehension, Box::new(range), slot, &range_known);
        self.scope.pop();
        lowered.unwrap_or_else(|| {
            self.problem(id, "this comprehension is not known".into(), None);
            (Node::Null, Known::of(Type::Any))
        })
    }

    fn body(
        &mut self,
        comprehension: &ComprehensionExpr,
        range: Box<Node>,
        slot: usize,
        range_known: &Known,
    ) -> Option<(Node, Known)> {
        if comprehension.iter_var2.is_some() {
            return None;
        }
        let Expr::Call(step) = &comprehension.loop_step.expr else { return None };
        let quantifier = match (&comprehension.accu_init.expr, step.func_name.as_str()) {
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND) => Some((Quantifier::All, 1)),
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR) => Some((Quantifier::Exists, 1)),
            (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL) => Some((Quantifier::ExistsOne, 0)),
            _ => None,
        };
        if let Some((quantifier, position)) = quantifier {
            let body = Box::new(self.condition(step.args.get(position)?).0);
            let join = match quantifier {
                Quantifier::All => None,
                Quantifier::Exists | Quantifier::ExistsOne => self.join(&range, slot, &body),
            };
            return Some((Node::Quantify { quantifier, range, slot, body, join }, Known::of(Type::Bool)));
        }
        if !matches!(&comprehension.accu_init.expr, Expr::List(_)) {
            return None;
        }
        let (filter, value) = match step.func_name.as_str() {
            operators::ADD => (None, appended(step)?),
            operators::CONDITIONAL => {
                let filter = Some(Box::new(self.condition(step.args.first()?).0));
                let Expr::Call(add) = &step.args.get(1)?.expr else { return None };
                (filter, appended(add)?)
            }
            _ => return None,
        };
        let join = filter.as_deref().and_then(|filter| self.join(&range, slot, filter));
        if matches!(&value.expr, Expr::Ident(name) if *name == comprehension.iter_var) {
            let known = Known::from(filtered(&range_known.kind), range_known.origin.clone());
            return Some((Node::Collect { range, slot, filter, value: None, join }, known));
        }
        let (value, known) = self.lower(value);
        let kind = Type::List(Box::new(known.kind));
        Some((Node::Collect { range, slot, filter, value: Some(Box::new(value)), join }, Known::of(kind)))
    }

    /// The join that a condition on the items of a range makes, numbered.
    fn join(&mut self, range: &Node, slot: usize, condition: &Node) -> Option<Box<Join>> {
        let join = Join::of(range, slot, condition, self.joins)?;
        self.joins += 1;
        Some(Box::new(join))
    }
}

/// What `filter` makes of a range.
fn filtered(kind: &Type) -> Type {
    match kind {
        Type::List(_) => kind.clone(),
        other => Type::List(Box::new(other.element())),
    }
}

/// The `x` of `@result + [x]`.
fn appended(add: &CallExpr) -> Option<&IdedExpr> {
    match &add.args.get(1)?.expr {
        Expr::List(list) => list.elements.first(),
        _ => None,
    }
}
