//! The compiled form: names resolved to slots, regular expressions compiled, macros recognised again.

use std::sync::Arc;

use regex::Regex;

use super::functions::Function;
use crate::doc::{Doc, Key};

/// One operation.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(Box<str>),
    Root(Root),
    /// A comprehension's variable.
    Slot(usize),
    /// A member. `top` when no other member is taken of it: then it is evidence.
    Member {
        of: Box<Node>,
        name: Box<str>,
        top: bool,
    },
    Index {
        of: Box<Node>,
        key: Box<Node>,
        top: bool,
    },
    /// `has(x.y)`.
    Has(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Choose {
        when: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
    Compare {
        operator: Compare,
        left: Box<Node>,
        right: Box<Node>,
    },
    Arithmetic {
        operator: Arithmetic,
        left: Box<Node>,
        right: Box<Node>,
    },
    In {
        item: Box<Node>,
        list: Box<Node>,
    },
    /// A list or a map that is the same every time.
    Constant(Doc),
    List(Vec<Node>),
    /// A map that is written as an argument.
    Map(Vec<(Key, Node)>),
    /// A regular expression that is written as an argument.
    Pattern(Regex),
    /// `all("AWS::…")`.
    Listing(Box<str>),
    /// `events("…")`: sample events, with places for the account.
    Events(Doc),
    /// A comprehension that ends in true or false.
    Quantify {
        quantifier: Quantifier,
        range: Box<Node>,
        slot: usize,
        body: Box<Node>,
        join: Option<Box<Join>>,
    },
    /// `map` and `filter`: the value of what passes.
    Collect {
        range: Box<Node>,
        slot: usize,
        filter: Option<Box<Node>>,
        value: Option<Box<Node>>,
        join: Option<Box<Join>>,
    },
    /// An expression with a name.
    Named(Arc<Named>),
    /// A call; what may be left out and is left out, is missing at the end.
    Call {
        function: &'static Function,
        arguments: Vec<Node>,
    },
}

/// An expression with a name, written out.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) label: Label,
    /// Where its value is kept, once it is known. It is the same until it is forgotten.
    pub(super) memo: Option<usize>,
    /// The values to forget first: of arguments, which are others at every call.
    pub(super) fresh: Vec<usize>,
    pub(super) body: Node,
}

/// How evidence calls a named expression.
#[derive(Debug)]
pub(super) enum Label {
    /// It has no name: an argument that is evaluated once.
    Hidden,
    /// A name of the control.
    Name(Arc<str>),
    /// A derived member.
    Member { of: Node, name: Arc<str> },
    /// A definition and what it is called with.
    Call { name: Arc<str>, arguments: Vec<Node> },
}

/// A condition `x.member == key` on the items of a listing, or of a list in one.
#[derive(Clone, Debug)]
pub(super) struct Join {
    /// Number of the join in its program.
    pub(super) number: usize,
    pub(super) member: Box<str>,
    /// The same for all items.
    pub(super) key: Node,
}

/// What expressions start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Resource,
    Parent,
    Account,
    Organization,
    Region,
    Settings,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    All,
    Exists,
    ExistsOne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
