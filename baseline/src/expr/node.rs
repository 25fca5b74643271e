//! The compiled form: names resolved to slots, regular expressions compiled, macros recognised again.

use regex::Regex;

use super::functions::Function;
use super::join::Join;

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
    List(Vec<Node>),
    /// `all("AWS::…")`.
    Listing(Box<str>),
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
    Matches {
        text: Box<Node>,
        pattern: Regex,
    },
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
}

/// What expressions start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Resource,
    Account,
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
