//! The tree. Every part knows its place in the text and how deep it is; a part that would be too deep is never built.

use super::DEEPEST;
use crate::expr::Problem;

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::expr) struct Span {
    pub(in crate::expr) start: usize,
    pub(in crate::expr) end: usize,
}

impl Span {
    /// From the start of one to the end of the other.
    pub(super) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// A part of an expression.
#[derive(Clone, Debug)]
pub(in crate::expr) struct Expr {
    /// The place that messages about it name: all of it, or the name of a member or of a function.
    pub(in crate::expr) span: Span,
    pub(in crate::expr) kind: Kind,
    /// Where it starts and ends, with its operands.
    pub(in crate::expr) extent: Span,
    depth: usize,
}

/// A name and where it stands.
#[derive(Clone, Debug)]
pub(in crate::expr) struct Name {
    pub(in crate::expr) span: Span,
    pub(in crate::expr) text: String,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(in crate::expr) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// `1u`.
    Uint(u64),
    Double(f64),
    Text(String),
    /// A variable.
    Name(String),
    Member {
        of: Box<Expr>,
        name: String,
    },
    /// `has(x.y)`.
    Has {
        of: Box<Expr>,
        name: String,
    },
    Index {
        of: Box<Expr>,
        key: Box<Expr>,
    },
    Call {
        receiver: Option<Box<Expr>>,
        name: String,
        arguments: Vec<Expr>,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `when ? yes : no`.
    Choose {
        when: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// `exists`, `all`, `exists_one`.
    Quantify {
        quantifier: Quantifier,
        range: Box<Expr>,
        variable: Name,
        body: Box<Expr>,
    },
    /// `filter`, and `map` with and without a condition.
    Collect {
        range: Box<Expr>,
        variable: Name,
        filter: Option<Box<Expr>>,
        value: Option<Box<Expr>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Quantifier {
    All,
    Exists,
    ExistsOne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Expr {
    /// A part whose messages name all of it.
    pub(super) fn new(extent: Span, kind: Kind) -> Result<Self, Problem> {
        Self::at(extent, extent, kind)
    }

    /// A part, and the place that messages about it name.
    pub(super) fn at(span: Span, extent: Span, kind: Kind) -> Result<Self, Problem> {
        let depth = 1 + kind.parts().map(|part| part.depth).max().unwrap_or(0);
        if depth > DEEPEST {
            return Err(too_deep(span));
        }
        Ok(Self { span, kind, extent, depth })
    }

    /// The same in parentheses.
    pub(super) fn within(self, extent: Span) -> Self {
        Self { extent, ..self }
    }

    /// The text, if that is all that it is.
    pub(in crate::expr) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

pub(super) fn too_deep(span: Span) -> Problem {
    Problem::new(span, format!("the expression is nested more than {DEEPEST} levels deep"))
}

impl Kind {
    /// What it is made of.
    fn parts(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Uint(_) | Self::Double(_) => Box::new(std::iter::empty()),
            Self::Text(_) | Self::Name(_) => Box::new(std::iter::empty()),
            Self::Member { of, .. } | Self::Has { of, .. } | Self::Not(of) | Self::Negate(of) => {
                Box::new(std::iter::once(&**of))
            }
            Self::Index { of, key } => Box::new([&**of, &**key].into_iter()),
            Self::Call { receiver, arguments, .. } => Box::new(receiver.as_deref().into_iter().chain(arguments)),
            Self::Binary { left, right, .. } => Box::new([&**left, &**right].into_iter()),
            Self::Choose { when, yes, no } => Box::new([&**when, &**yes, &**no].into_iter()),
            Self::List(items) => Box::new(items.iter()),
            Self::Map(entries) => Box::new(entries.iter().flat_map(|(key, value)| [key, value])),
            Self::Quantify { range, body, .. } => Box::new([&**range, &**body].into_iter()),
            Self::Collect { range, filter, value, .. } => {
                Box::new(std::iter::once(&**range).chain(filter.as_deref()).chain(value.as_deref()))
            }
        }
    }
}
