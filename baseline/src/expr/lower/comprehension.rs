//! Macros over lists: quantifiers, `filter` and `map`.

use super::scope::Bound;
use super::{Known, Lowering, Origin};
use crate::expr::node::{self, Join, Node};
use crate::expr::syntax::{Expr, Kind, Name, Quantifier};
use crate::expr::typing::Type;

impl Lowering<'_> {
    pub(super) fn quantify(
        &mut self,
        quantifier: Quantifier,
        range: &Expr,
        variable: &Name,
        body: &Expr,
    ) -> (Node, Known) {
        let (range, known) = self.range(range);
        let (slot, body) = self.with_item(variable, &known, |lowering| Box::new(lowering.condition(body).0));
        let (quantifier, join) = match quantifier {
            Quantifier::All => (node::Quantifier::All, None),
            Quantifier::Exists => (node::Quantifier::Exists, self.join(&range, slot, &body)),
            Quantifier::ExistsOne => (node::Quantifier::ExistsOne, self.join(&range, slot, &body)),
        };
        (Node::Quantify { quantifier, range, slot, body, join }, Known::of(Type::Bool))
    }

    pub(super) fn collect(
        &mut self,
        range: &Expr,
        variable: &Name,
        filter: Option<&Expr>,
        value: Option<&Expr>,
    ) -> (Node, Known) {
        let (range, known) = self.range(range);
        // The item itself is what `filter` gives.
        let value = value.filter(|value| !matches!(&value.kind, Kind::Name(name) if *name == variable.text));
        let (slot, (filter, value)) = self.with_item(variable, &known, |lowering| {
            let filter = filter.map(|filter| Box::new(lowering.condition(filter).0));
            (filter, value.map(|value| lowering.lower(value)))
        });
        let join = filter.as_deref().and_then(|filter| self.join(&range, slot, filter));
        match value {
            None => {
                let known = Known::from(filtered(&known.kind), known.origin);
                (Node::Collect { range, slot, filter, value: None, join }, known)
            }
            Some((value, of_item)) => {
                let kind = Type::List(Box::new(of_item.kind));
                (Node::Collect { range, slot, filter, value: Some(Box::new(value)), join }, Known::of(kind))
            }
        }
    }

    /// What a macro goes through.
    fn range(&mut self, range: &Expr) -> (Box<Node>, Known) {
        let (node, known) = self.lower_part(range, true);
        if !matches!(known.origin, Origin::Listing(_)) {
            self.whole(&known);
        }
        let has_items =
            matches!(known.kind, Type::Any | Type::List(_) | Type::Map(_) | Type::Structure(..) | Type::Object(_));
        if !has_items {
            self.problem(range.span, format!("{} has no items to go through", known.kind), None);
        }
        (Box::new(node), known)
    }

    /// Lowers what is asked of each item, which is in the slot.
    fn with_item<T>(&mut self, variable: &Name, range: &Known, lower: impl FnOnce(&mut Self) -> T) -> (usize, T) {
        let origin = match &range.origin {
            Origin::Listing(name) => Origin::ElementOf(name.clone()),
            _ => Origin::Elsewhere,
        };
        let known = Known::from(range.kind.element(), origin);
        let slot = self.slot();
        let outer = self.context.clone();
        self.context.bind(&variable.text, Bound::Slot { slot, known });
        let lowered = lower(self);
        self.context = outer;
        (slot, lowered)
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
