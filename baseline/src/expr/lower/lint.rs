//! Mistakes that types give away: comparisons that can never hold, functions of the wrong thing, misspelt values.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::{Known, Lowering};
use crate::api::Kind;
use crate::expr::typing::Type;
use crate::suggest::closest;

impl Lowering<'_> {
    /// The whole expression has to be true or false.
    pub(super) fn must_decide(&mut self, tree: &IdedExpr, kind: &Type) {
        if !matches!(kind, Type::Any | Type::Bool) {
            let message = format!("the expression is {kind}, and it has to be true or false");
            self.problem(tree.id, message, None);
        }
    }

    /// Warns of a boolean that AWS may leave out: then it is neither true nor false, and the verdict UNKNOWN.
    pub(super) fn lint_condition(&mut self, part: &IdedExpr, known: &Known) {
        if let (Type::Bool, Some(name)) = (&known.kind, &known.may_be_absent) {
            let message = format!("`{name}` is unknown where AWS leaves it out; compare it: `{name} == true`");
            self.warning(part.id, message, None);
        }
    }

    /// Refuses comparisons of things that are never equal, and warns of values that the API does not list.
    pub(super) fn lint_comparison(&mut self, call: &CallExpr, left: &Type, right: &Type) {
        if left.never_equals(right) {
            let message = format!("{left} is never equal to {right}");
            self.problem(call.args.first().map_or(0, |part| part.id), message, None);
        }
        let (Some(first), Some(second)) = (call.args.first(), call.args.get(1)) else { return };
        self.lint_values(left, second);
        self.lint_values(right, first);
    }

    /// AWS adds values, and descriptors are older than that: a value that is not listed is only worth a warning.
    fn lint_values(&mut self, kind: &Type, part: &IdedExpr) {
        let Type::Enum(service, id) = kind else { return };
        let Kind::String(values) = &service.shape(*id).kind else { return };
        let parts = match &part.expr {
            Expr::List(list) => list.elements.as_slice(),
            _ => std::slice::from_ref(part),
        };
        let is_listed = |text: &str| values.iter().any(|value| value == text);
        // Beside the listed spelling, another one is there on purpose: AWS sends some values in capitals.
        let is_spelt_twice = |text: &str| {
            let mut others = parts.iter().filter_map(text_of);
            others.any(|other| is_listed(other) && other.eq_ignore_ascii_case(text))
        };
        for part in parts {
            let Some(text) = text_of(part).filter(|text| !is_listed(text) && !is_spelt_twice(text)) else { continue };
            let message = format!("`{text}` is no value that the API lists for {}", service.shape(*id).name);
            let suggestion = closest(text, values.iter().map(String::as_str)).map(str::to_owned);
            self.warning(part.id, message, suggestion);
        }
    }
}

fn text_of(part: &IdedExpr) -> Option<&str> {
    match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
