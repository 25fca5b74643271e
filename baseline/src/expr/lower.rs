//! From the syntax tree to our own form: names resolved, members checked against the API, and everything noted that has
//! to be collected. What is not noted here is not collected and would read as null.

mod argument;
mod call;
mod comprehension;
mod lint;
mod member;
mod name;
mod named;
mod operator;
mod scope;

use std::sync::Arc;

use self::scope::{Bound, Context};
use super::named::{Definition, Derived};
use super::node::{Named, Node};
use super::syntax::{DEEPEST, Expr, Kind, Span, parse};
use super::typing::{Type, TypeSource};
use super::{Env, Problem, Program, Reads};
use crate::doc::Doc;

/// The parts that an expression has at most, with everything that its names stand for written out.
pub(super) const LARGEST: usize = 10_000;

/// Compiles an expression that is true or false.
pub(super) fn compile(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    let tree = parse(source).map_err(|problem| vec![problem])?;
    let mut lowering = Lowering::new(env);
    let (node, known) = lowering.condition(&tree);
    lowering.must_decide(&tree, &known.kind);
    lowering.program(node)
}

/// Compiles an expression of any type.
pub(super) fn compile_value(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    let tree = parse(source).map_err(|problem| vec![problem])?;
    let mut lowering = Lowering::new(env);
    let (node, _) = lowering.lower(&tree);
    lowering.program(node)
}

/// What is wrong with the names of a control, each by itself.
pub(super) fn check_lets(env: &Env<'_>) -> Vec<Problem> {
    let mut lowering = Lowering::new(env);
    for index in 0..env.lets.len() {
        lowering.named_by_control(index);
    }
    lowering.problems
}

/// What is wrong with a definition, whatever its parameters are.
pub(super) fn check_definition(definition: &Definition, types: &dyn TypeSource) -> Vec<Problem> {
    let env = Env { types, resource: Type::Any, parent: None, settings: Default::default(), lets: &[], variant: None };
    let mut lowering = Lowering::new(&env);
    lowering.context = Context::of_definition();
    for parameter in &definition.parameters {
        let slot = lowering.slot();
        lowering.context.bind(parameter, Bound::Slot { slot, known: Known::of(Type::Any) });
    }
    lowering.active.push(Arc::clone(&definition.name));
    lowering.lower(&definition.body);
    lowering.problems
}

/// Whether the language has something of its own of this name.
pub(super) fn is_taken(name: &str) -> bool {
    const ROOTS: [&str; 8] = ["resource", PARENT, "account", "organization", "region", "now", "settings", "variant"];
    ROOTS.contains(&name) || call::is_function(name)
}

/// Compiles a derived member, and finds out its type.
pub(super) fn derive(name: &str, text: &str, env: &Env<'_>) -> Result<(Derived, Type), Vec<Problem>> {
    let body = Arc::new(parse(text).map_err(|problem| vec![problem])?);
    let mut lowering = Lowering::new(env);
    let (node, known) = lowering.lower(&body);
    lowering.program(node)?;
    Ok((Derived { name: name.into(), body }, known.kind))
}

/// What an item of a resource's list calls that resource.
const PARENT: &str = "parent";

/// What a value is part of, as far as it says what has to be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Resource,
    Parent,
    Account,
    Organization,
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

struct Lowering<'a> {
    env: &'a Env<'a>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    reads: Reads,
    /// What can be seen where the expression is, and where that is.
    context: Context,
    /// Definitions inside one another that are being written out.
    active: Vec<Arc<str>>,
    /// The control's names that were written out: once each.
    lets: Vec<Option<(Arc<Named>, Known)>>,
    /// The resource's derived members that were written out.
    derived: Vec<(Arc<Named>, Known)>,
    level: usize,
    parts: usize,
    slots: usize,
    memos: usize,
    joins: usize,
}

impl<'a> Lowering<'a> {
    fn new(env: &'a Env<'a>) -> Self {
        Self {
            env,
            problems: Vec::new(),
            warnings: Vec::new(),
            reads: Reads::default(),
            context: Context::of_control(env.lets.len()),
            active: Vec::new(),
            lets: vec![None; env.lets.len()],
            derived: Vec::new(),
            level: 0,
            parts: 0,
            slots: 0,
            memos: 0,
            joins: 0,
        }
    }

    /// What was lowered, if nothing is wrong with it.
    fn program(self, node: Node) -> Result<Program, Vec<Problem>> {
        let Lowering { slots, memos, joins, reads, warnings, mut problems, .. } = self;
        if problems.is_empty() {
            return Ok(Program { node, slots, memos, joins, reads, warnings });
        }
        problems.sort_by_key(|problem| problem.span.start);
        Err(problems)
    }

    /// A place for an item, and nothing else is ever there.
    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    /// A place for a value that is needed more than once.
    fn memo(&mut self) -> usize {
        self.memos += 1;
        self.memos - 1
    }

    fn problem(&mut self, span: Span, message: String, suggestion: Option<String>) {
        let problem = self.context.place(Problem { suggestion, ..Problem::new(span, message) });
        self.problems.push(problem);
    }

    fn warning(&mut self, span: Span, message: String, suggestion: Option<String>) {
        let warning = self.context.place(Problem { suggestion, ..Problem::new(span, message) });
        self.warnings.push(warning);
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
            Origin::Parent => {
                self.reads.parent_members.insert("*".to_owned());
            }
            Origin::Account => {
                self.reads.account_members.insert("*".to_owned());
            }
            Origin::Listing(name) | Origin::ElementOf(name) => {
                self.reads.listings.entry(name.clone()).or_default().insert("*".to_owned());
            }
            Origin::Organization => {
                self.reads.organization_members.insert("*".to_owned());
            }
            Origin::Elsewhere => {}
        }
    }

    /// Lowers an expression of which perhaps only a member is used.
    fn lower_part(&mut self, expr: &Expr, top: bool) -> (Node, Known) {
        self.parts += 1;
        if self.level >= DEEPEST || self.parts > LARGEST {
            return self.too_large(expr.span);
        }
        self.level += 1;
        let lowered = self.part(expr, top);
        self.level -= 1;
        lowered
    }

    fn too_large(&mut self, span: Span) -> (Node, Known) {
        let message =
            format!("with what its names stand for, the expression has more than {DEEPEST} levels or {LARGEST} parts");
        if !self.problems.iter().any(|problem| problem.message == message) {
            self.problem(span, message, None);
        }
        nothing()
    }

    fn part(&mut self, expr: &Expr, top: bool) -> (Node, Known) {
        match &expr.kind {
            Kind::Name(name) => self.name(expr.span, name, top),
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
