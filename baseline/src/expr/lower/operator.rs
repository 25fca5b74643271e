//! Operators, and what they make of the types of their operands.

use super::{Known, Lowering, common, nothing};
use crate::expr::node::{Arithmetic, Compare, Node};
use crate::expr::syntax::{Expr, Kind, Operator};
use crate::expr::typing::Type;

impl Lowering<'_> {
    pub(super) fn operator(&mut self, expr: &Expr) -> (Node, Known) {
        match &expr.kind {
            Kind::Not(operand) => boolean(Node::Not(self.boxed_condition(operand))),
            Kind::Negate(operand) => (Node::Negate(self.boxed(operand).0), Known::of(Type::Number)),
            Kind::Binary { operator, left, right } => self.binary(*operator, left, right),
            Kind::Choose { when, yes, no } => {
                let when = self.boxed_condition(when);
                let ((yes, known), (no, other)) = (self.boxed(yes), self.boxed(no));
                let kind = common([&known.kind, &other.kind].into_iter());
                (Node::Choose { when, yes, no }, Known::of(kind))
            }
            _ => nothing(),
        }
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr) -> (Node, Known) {
        match operator {
            Operator::And => boolean(Node::And(self.boxed_condition(left), self.boxed_condition(right))),
            Operator::Or => boolean(Node::Or(self.boxed_condition(left), self.boxed_condition(right))),
            Operator::In => {
                let ((item, known), (list, other)) = (self.boxed(left), self.boxed(right));
                self.lint_comparison((left, &known.kind), (right, &other.kind.element()));
                boolean(Node::In { item, list })
            }
            Operator::Equal => self.compare(Compare::Equal, left, right),
            Operator::NotEqual => self.compare(Compare::NotEqual, left, right),
            Operator::Less => self.compare(Compare::Less, left, right),
            Operator::LessOrEqual => self.compare(Compare::LessOrEqual, left, right),
            Operator::Greater => self.compare(Compare::Greater, left, right),
            Operator::GreaterOrEqual => self.compare(Compare::GreaterOrEqual, left, right),
            Operator::Add => self.arithmetic(Arithmetic::Add, left, right),
            Operator::Subtract => self.arithmetic(Arithmetic::Subtract, left, right),
            Operator::Multiply => self.arithmetic(Arithmetic::Multiply, left, right),
            Operator::Divide => self.arithmetic(Arithmetic::Divide, left, right),
            Operator::Remainder => self.arithmetic(Arithmetic::Remainder, left, right),
        }
    }

    fn compare(&mut self, operator: Compare, first: &Expr, second: &Expr) -> (Node, Known) {
        let ((left, known), (right, other)) = (self.boxed(first), self.boxed(second));
        let (one, another) = ((first, &known.kind), (second, &other.kind));
        match operator {
            Compare::Equal | Compare::NotEqual => self.lint_comparison(one, another),
            _ => self.lint_order(one, another),
        }
        boolean(Node::Compare { operator, left, right })
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: &Expr, right: &Expr) -> (Node, Known) {
        let ((left, known), (right, other)) = (self.boxed(left), self.boxed(right));
        let kind = common([&known.kind, &other.kind].into_iter());
        (Node::Arithmetic { operator, left, right }, Known::of(kind))
    }

    fn boxed(&mut self, expr: &Expr) -> (Box<Node>, Known) {
        let (node, known) = self.lower(expr);
        (Box::new(node), known)
    }

    fn boxed_condition(&mut self, expr: &Expr) -> Box<Node> {
        Box::new(self.condition(expr).0)
    }
}

fn boolean(node: Node) -> (Node, Known) {
    (node, Known::of(Type::Bool))
}
