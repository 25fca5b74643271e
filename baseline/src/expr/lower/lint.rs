//! Mistakes that types give away: comparisons that can never hold, functions of the wrong thing, misspelt values.

use super::{Known, Lowering};
use crate::api::Kind;
use crate::expr::syntax::{Expr, Kind as Syntax};
use crate::expr::typing::Type;
use crate::suggest::closest;

impl Lowering<'_> {
    /// The whole expression has to be true or false.
    pub(super) fn must_decide(&mut self, tree: &Expr, kind: &Type) {
        if !matches!(kind, Type::Any | Type::Bool) {
            let message = format!("the expression is {kind}, and it has to be true or false");
            self.problem(tree.span, message, None);
        }
    }

    /// Warns of a boolean that AWS may leave out: then it is neither true nor false, and the verdict UNKNOWN.
    pub(super) fn lint_condition(&mut self, part: &Expr, known: &Known) {
        if let (Type::Bool, Some(name)) = (&known.kind, &known.may_be_absent) {
            let message = format!("`{name}` is unknown where AWS leaves it out; compare it: `{name} == true`");
            self.warning(part.span, message, None);
        }
    }

    /// Refuses comparisons of things that are never equal, and with values that the API does not list.
    pub(super) fn lint_comparison(&mut self, (first, left): (&Expr, &Type), (second, right): (&Expr, &Type)) {
        if left.never_equals(right) {
            self.problem(first.extent, format!("{left} is never equal to {right}"), None);
        }
        self.lint_listed((first, left), (second, right));
    }

    /// Refuses an order between things that have none.
    pub(super) fn lint_order(&mut self, (first, left): (&Expr, &Type), (second, right): (&Expr, &Type)) {
        if left.never_equals(right) {
            self.problem(first.extent, format!("{left} is neither less nor greater than {right}"), None);
        }
        self.lint_listed((first, left), (second, right));
    }

    fn lint_listed(&mut self, (first, left): (&Expr, &Type), (second, right): (&Expr, &Type)) {
        self.lint_values(left, second);
        self.lint_values(right, first);
    }

    /// A misspelt value makes `!=` and `in` pass in silence. AWS adds values, and descriptors are older than that: what is
    /// known to be newer is compared as text, `string(x)`.
    fn lint_values(&mut self, kind: &Type, part: &Expr) {
        let Type::Enum(service, id) = kind else { return };
        let Kind::String(values) = &service.shape(*id).kind else { return };
        let parts = match &part.kind {
            Syntax::List(items) => items.as_slice(),
            _ => std::slice::from_ref(part),
        };
        let is_listed = |text: &str| values.iter().any(|value| value == text);
        // Beside the listed spelling, another one is there on purpose: AWS sends some values in capitals.
        let is_spelt_twice = |text: &str| {
            let mut others = parts.iter().filter_map(Expr::as_text);
            others.any(|other| is_listed(other) && other.eq_ignore_ascii_case(text))
        };
        for part in parts {
            let Some(text) = part.as_text().filter(|text| !is_listed(text) && !is_spelt_twice(text)) else { continue };
            let suggestion = closest(text, values.iter().map(String::as_str)).map(str::to_owned);
            let newer = if suggestion.is_none() { "; if AWS has it since, compare string(…) with it" } else { "" };
            let message = format!("`{text}` is no value that the API lists for {}{newer}", service.shape(*id).name);
            self.problem(part.span, message, suggestion);
        }
    }
}
