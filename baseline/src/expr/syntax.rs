//! From text to a tree: the grammar of CEL, without messages and bytes. Bounded in length and in depth, so that neither
//! parsing nor what walks the tree can run out of stack. Must not know what names mean.
//!
//! In reading order: `tree`, `token` and `text` (from characters to tokens), `meant` (what was probably meant), `parser`
//! (operators and operands).

mod meant;
mod parser;
mod text;
mod token;
mod tree;

pub(super) use tree::{Expr, Kind, Name, Operator, Quantifier, Span};

use super::Problem;

/// The longest expression that is parsed, in bytes.
pub(super) const LONGEST: usize = 16 * 1024;
/// The deepest tree that is accepted. Lowering and evaluation recurse on their callers' stacks, which may be small.
pub(super) const DEEPEST: usize = 96;

/// Parses an expression.
///
/// # Errors
/// The first thing that is wrong, with its place and what may have been meant.
pub(super) fn parse(source: &str) -> Result<Expr, Problem> {
    if source.len() > LONGEST {
        let whole = Span { start: 0, end: source.len() };
        return Err(Problem::new(whole, format!("the expression is longer than {LONGEST} bytes")));
    }
    parser::Parser::new(source).whole()
}

/// Whether a text can stand as a name.
pub(super) fn is_name(text: &str) -> bool {
    parse(text).is_ok_and(|expr| matches!(expr.kind, Kind::Name(name) if name == text))
}

#[cfg(test)]
mod tests;
