//! From the syntax tree to our own form: names resolved, members checked against the API, and everything noted that has
//! to be collected. What is not noted here is not collected and would read as null.

mod argument;
mod call;
mod comprehension;
mod lint;
mod member;
mod operator;

use std::sync::Arc;

use super::node::{Node, Root};
use super::syntax::{Expr, Kind, Span, parse};
use super::typing::{Type, account_type};
use super::{Env, Problem, Program, Reads};
use crate::doc::Doc;
use crate::suggest::closest;

/// Compiles an expression.
pub(super) fn compile(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    let tree = parse(source).map_err(|problem| vec![problem])?;
    let mut lowering = Lowering::new(env);
    let (node, known) = lowering.condition(&tree);
    lowering.must_decide(&tree, &known.kind);
    let Lowering { slots, joins, reads, warnings, mut problems, .. } = lowering;
    if problems.is_empty() {
        return Ok(Program { node, slots, joins, reads, warnings });
    }
    problems.sort_by_key(|problem| problem.span.start);
    Err(problems)
}

/// What a value is part of, as far as it says what has to be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Resource,
    Account,
    Listing(String),
    ElementOf(String),
    Elsewhere,
}

/// Type and origin of a lowered node.
#[derive(Clone, Debug)]
struct Known {
    kind: Type,
    origin: Origin,
    /// The name of the member that it is, when AWS may leave that out.
    may_be_absent: Option<String>,
}

impl Known {
    fn of(kind: Type) -> Self {
        Self::from(kind, Origin::Elsewhere)
    }

    fn from(kind: Type, origin: Origin) -> Self {
        Self { kind, origin, may_be_absent: None }
    }
}

struct Variable {
    name: String,
    slot: usize,
    known: Known,
}

struct Lowering<'a> {
    env: &'a Env<'a>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    reads: Reads,
    scope: Vec<Variable>,
    slots: usize,
    joins: usize,
}

impl<'a> Lowering<'a> {
    fn new(env: &'a Env<'a>) -> Self {
        Self {
            env,
            problems: Vec::new(),
            warnings: Vec::new(),
            reads: Reads::default(),
            scope: Vec::new(),
            slots: 0,
            joins: 0,
        }
    }

    fn problem(&mut self, span: Span, message: String, suggestion: Option<String>) {
        self.problems.push(Problem { suggestion, ..Problem::new(span, message) });
    }

    fn warning(&mut self, span: Span, message: String, suggestion: Option<String>) {
        self.warnings.push(Problem { suggestion, ..Problem::new(span, message) });
    }

    /// Lowers what has to be true or false.
    fn condition(&mut self, expr: &Expr) -> (Node, Known) {
        let (node, known) = self.lower(expr);
        self.lint_condition(expr, &known);
        (node, known)
    }

    /// Lowers an expression whose value is used whole.
    fn lower(&mut self, expr: &Expr) -> (Node, Known) {
        let (node, known) = self.lower_part(expr, true);
        self.whole(&known);
        (node, known)
    }

    /// Notes that every member of a value may be read.
    fn whole(&mut self, known: &Known) {
        match &known.origin {
            Origin::Resource => {
                self.reads.resource_members.insert("*".to_owned());
            }
            Origin::Account => {
                self.reads.account_members.insert("*".to_owned());
            }
            Origin::Listing(name) | Origin::ElementOf(name) => {
                self.reads.listings.entry(name.clone()).or_default().insert("*".to_owned());
            }
            Origin::Elsewhere => {}
        }
    }

    /// Lowers an expression of which perhaps only a member is used.
    fn lower_part(&mut self, expr: &Expr, top: bool) -> (Node, Known) {
        match &expr.kind {
            Kind::Name(name) => self.name(expr.span, name),
            Kind::Member { of, name } => self.member(expr.span, of, name, top),
            Kind::Has { of, name } => {
                // A member under `has(…)` is evidence.
                let (node, _) = self.member(expr.span, of, name, true);
                (Node::Has(Box::new(node)), Known::of(Type::Bool))
            }
            Kind::Index { of, key } => self.index(of, key, top),
            Kind::Call { receiver, name, arguments } => self.call(expr, receiver.as_deref(), name, arguments),
            Kind::Not(_) | Kind::Negate(_) | Kind::Binary { .. } | Kind::Choose { .. } => self.operator(expr),
            Kind::Quantify { quantifier, range, variable, body } => self.quantify(*quantifier, range, variable, body),
            Kind::Collect { range, variable, filter, value } => {
                self.collect(range, variable, filter.as_deref(), value.as_deref())
            }
            Kind::List(items) => listed(items.iter().map(|item| self.lower(item)).collect()),
            Kind::Map(_) => {
                self.problem(expr.span, "a map is written only as an argument of a function".into(), None);
                nothing()
            }
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Uint(_) | Kind::Double(_) | Kind::Text(_) => {
                self.literal(expr)
            }
        }
    }

    fn name(&mut self, span: Span, name: &str) -> (Node, Known) {
        if let Some(variable) = self.scope.iter().rev().find(|variable| variable.name == name) {
            return (Node::Slot(variable.slot), variable.known.clone());
        }
        match name {
            "resource" => (Node::Root(Root::Resource), Known::from(self.env.resource.clone(), Origin::Resource)),
            "account" => {
                (Node::Root(Root::Account), Known::from(Type::Object(Arc::new(account_type())), Origin::Account))
            }
            "region" => {
                self.reads.region = true;
                (Node::Root(Root::Region), Known::of(Type::String))
            }
            "now" => {
                self.reads.now = true;
                (Node::Root(Root::Now), Known::of(Type::String))
            }
            "settings" => (Node::Root(Root::Settings), Known::of(Type::Any)),
            _ => {
                let known = ["resource", "account", "region", "settings", "now", "true", "false", "null"];
                let names = known.into_iter().chain(self.scope.iter().map(|variable| variable.name.as_str()));
                let suggestion = closest(name, names).map(str::to_owned);
                self.problem(span, format!("there is no variable `{name}`"), suggestion);
                nothing()
            }
        }
    }

    fn literal(&mut self, expr: &Expr) -> (Node, Known) {
        let (node, kind) = match &expr.kind {
            Kind::Bool(value) => (Node::Bool(*value), Type::Bool),
            Kind::Int(value) => (Node::Int(*value), Type::Number),
            Kind::Double(value) => (Node::Double(*value), Type::Number),
            Kind::Text(value) => (Node::String(value.as_str().into()), Type::String),
            Kind::Uint(value) => match i64::try_from(*value) {
                Ok(value) => (Node::Int(value), Type::Number),
                Err(_) => {
                    self.problem(expr.span, format!("`{value}u` is out of range"), None);
                    (Node::Null, Type::Any)
                }
            },
            _ => (Node::Null, Type::Any),
        };
        (node, Known::of(kind))
    }
}

/// What stands for something that is wrong, so that the rest can be looked at too.
fn nothing() -> (Node, Known) {
    (Node::Null, Known::of(Type::Any))
}

/// The type that all parts have; `Any` when they differ.
fn common<'t>(mut kinds: impl Iterator<Item = &'t Type>) -> Type {
    let Some(first) = kinds.next() else { return Type::Any };
    if kinds.all(|kind| kind.is_same_scalar(first)) { first.clone() } else { Type::Any }
}

/// A list of these, in a form of its own when it is the same every time.
fn listed(items: Vec<(Node, Known)>) -> (Node, Known) {
    let item = common(items.iter().map(|(_, known)| &known.kind));
    let nodes: Vec<Node> = items.into_iter().map(|(node, _)| node).collect();
    let known = Known::of(Type::List(Box::new(item)));
    match nodes.iter().map(constant).collect() {
        Some(items) => (Node::Constant(Doc::List(items)), known),
        None => (Node::List(nodes), known),
    }
}

/// The value of a node that is the same every time.
fn constant(node: &Node) -> Option<Doc> {
    Some(match node {
        Node::Null => Doc::Null,
        Node::Bool(value) => Doc::Bool(*value),
        Node::Int(value) => Doc::Int(*value),
        Node::Double(value) => Doc::Double(*value),
        Node::String(text) => Doc::String(text.clone()),
        Node::Constant(doc) => doc.clone(),
        _ => return None,
    })
}
