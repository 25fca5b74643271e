//! Shapes of values, as patterns.

use crate::policy::domain::{Space, not_empty};
use crate::policy::keys::Kind;
use crate::policy::pattern::{Case, Pattern, as_arn, wildcard};

/// Any value of a kind, of texts the empty one, too, which a request can write (`prefix=`).
pub(super) fn any(kind: Kind) -> Space {
    match kind {
        Kind::Arn => Space::Texts { within: vec![vec![not_empty()]], without: Vec::new() },
        _ => Space::Any,
    }
}

/// A shape, field by field where it is one of ARNs.
pub(super) fn pattern(shape: &str, kind: Kind) -> Option<Pattern> {
    match kind {
        Kind::Arn => as_arn(shape.chars().map(wildcard)).map(|tokens| Pattern::new(tokens, Case::Sensitive)),
        _ => Some(glob(shape)),
    }
}

/// A pattern with wildcards.
pub(super) fn glob(text: &str) -> Pattern {
    Pattern::glob(text, Case::Sensitive)
}
