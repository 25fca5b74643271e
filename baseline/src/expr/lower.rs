//! From CEL's syntax tree to our own form: names resolved, members checked against the API, macros recognised again,
//! and everything noted that has to be collected. What is not noted here is not collected and would read as null.

mod argument;
mod call;
mod comprehension;
mod lint;

use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators};

use super::node::{Arithmetic, Compare, Node, Root};
use super::parse::parse;
use super::typing::{Member, Type, account_type, organization_type};
use super::{Env, Problem, Program, Reads};
use crate::doc::Doc;
use crate::suggest::closest;

/// Compiles an expression.
pub(super) fn compile(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    let (tree, info) = parse(source)?;
    let mut lowering = Lowering::new(env, source, &info);
    let (node, known) = lowering.condition(&tree);
    lowering.must_decide(&tree, &known.kind);
    let Lowering { slots, joins, reads, warnings, mut problems, .. } = lowering;
    if problems.is_empty() {
        return Ok(Program { node, slots, joins, reads, warnings });
    }
    problems.sort_by_key(|problem| problem.offset);
    Err(problems)
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

struct Variable {
    name: String,
    slot: usize,
    known: Known,
}

struct Lowering<'a> {
    env: &'a Env<'a>,
    info: &'a SourceInfo,
    source: &'a str,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    reads: Reads,
    scope: Vec<Variable>,
    slots: usize,
    joins: usize,
}

impl<'a> Lowering<'a> {
    fn new(env: &'a Env<'a>, source: &'a str, info: &'a SourceInfo) -> Self {
        Self {
            env,
            info,
            source,
            problems: Vec::new(),
            warnings: Vec::new(),
            reads: Reads::default(),
            scope: Vec::new(),
            slots: 0,
            joins: 0,
        }
    }

    fn problem(&mut self, id: u64, message: String, suggestion: Option<String>) {
        let offset = self.offset(id);
        self.problems.push(Problem { offset, message, suggestion });
    }

    /// Byte offset of a part; the parser counts characters.
    fn offset(&self, id: u64) -> usize {
        let chars = self.info.offset_for(id).map_or(0, |(start, _)| start as usize);
        self.source.char_indices().nth(chars).map_or(self.source.len(), |(offset, _)| offset)
    }

    fn warning(&mut self, id: u64, message: String, suggestion: Option<String>) {
        let offset = self.offset(id);
        self.warnings.push(Problem { offset, message, suggestion });
    }

    /// Lowers what has to be true or false.
    fn condition(&mut self, expr: &IdedExpr) -> (Node, Known) {
        let (node, known) = self.lower(expr);
        self.lint_condition(expr, &known);
        (node, known)
    }

    /// Lowers an expression whose value is used whole.
    fn lower(&mut self, expr: &IdedExpr) -> (Node, Known) {
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
            Origin::Organization | Origin::Elsewhere => {}
        }
    }

    /// Lowers an expression of which perhaps only a member is used.
    fn lower_part(&mut self, expr: &IdedExpr, top: bool) -> (Node, Known) {
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr.id, literal),
            Expr::Ident(name) => self.ident(expr.id, name),
            Expr::Select(select) => self.select(expr.id, select, top),
            Expr::Call(call) if call.func_name == operators::INDEX => self.index(expr.id, call, top),
            Expr::Call(call) => self.call(expr.id, call),
            Expr::List(list) => {
                let items: Vec<(Node, Known)> = list.elements.iter().map(|item| self.lower(item)).collect();
                listed(items)
            }
            Expr::Comprehension(comprehension) => self.comprehension(expr.id, comprehension),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.problem(expr.id, "a map is written only as an argument of a function".into(), None);
                (Node::Null, Known::of(Type::Any))
            }
        }
    }

    fn ident(&mut self, id: u64, name: &str) -> (Node, Known) {
        if let Some(variable) = self.scope.iter().rev().find(|variable| variable.name == name) {
            return (Node::Slot(variable.slot), variable.known.clone());
        }
        match name {
            "resource" => (Node::Root(Root::Resource), Known::from(self.env.resource.clone(), Origin::Resource)),
            "account" => {
                (Node::Root(Root::Account), Known::from(Type::Object(Arc::new(account_type())), Origin::Account))
            }
            "organization" => {
                self.reads.organization = true;
                let known = Type::Object(Arc::new(organization_type()));
                (Node::Root(Root::Organization), Known::from(known, Origin::Organization))
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
            PARENT if self.env.parent.is_some() => {
                let kind = self.env.parent.clone().unwrap_or_default();
                (Node::Root(Root::Parent), Known::from(kind, Origin::Parent))
            }
            _ => {
                let known = ["resource", "account", "organization", "region", "settings", "now"];
                let parent = self.env.parent.as_ref().map(|_| PARENT);
                let names =
                    known.into_iter().chain(parent).chain(self.scope.iter().map(|variable| variable.name.as_str()));
                let suggestion = closest(name, names).map(str::to_owned);
                self.problem(id, format!("there is no variable `{name}`"), suggestion);
                (Node::Null, Known::of(Type::Any))
            }
        }
    }

    fn select(&mut self, id: u64, select: &SelectExpr, top: bool) -> (Node, Known) {
        // A member under `has(…)` is evidence.
        let (node, known) = self.member(id, &select.operand, &select.field, top || select.test);
        if select.test {
            return (Node::Has(Box::new(node)), Known::of(Type::Bool));
        }
        (node, known)
    }

    /// Notes that a member of a value is read.
    fn note_member(&mut self, origin: &Origin, name: &str) {
        match origin {
            Origin::Resource => {
                self.reads.resource_members.insert(name.to_owned());
            }
            Origin::Parent => {
                self.reads.parent_members.insert(name.to_owned());
            }
            Origin::Account => {
                self.reads.account_members.insert(name.to_owned());
            }
            Origin::ElementOf(listing) => {
                self.reads.listings.entry(listing.clone()).or_default().insert(name.to_owned());
            }
            Origin::Listing(_) | Origin::Organization | Origin::Elsewhere => {}
        }
    }

    fn member(&mut self, id: u64, operand: &IdedExpr, name: &str, top: bool) -> (Node, Known) {
        let (of, known) = self.lower_part(operand, false);
        self.note_member(&known.origin, name);
        if matches!(of, Node::Root(Root::Settings)) {
            return self.setting(id, of, name);
        }
        let kind = match known.kind.member(name) {
            Member::Known(kind) => kind,
            Member::Missing { of, known } => {
                let suggestion = closest(name, known.iter().map(String::as_str)).map(str::to_owned);
                self.problem(id, format!("{of} has no member `{name}`"), suggestion);
                Type::Any
            }
        };
        // What is known of the account and its organization is always there.
        let is_given = matches!(known.origin, Origin::Account | Origin::Organization);
        let may_be_absent = (!is_given).then(|| name.to_owned());
        let known = Known { may_be_absent, ..Known::of(kind) };
        (Node::Member { of: Box::new(of), name: name.into(), top }, known)
    }

    /// `x["name"]` is the member, `x[0]` an element.
    fn index(&mut self, id: u64, call: &CallExpr, top: bool) -> (Node, Known) {
        let [operand, key] = call.args.as_slice() else {
            self.problem(id, "an index is one value".into(), None);
            return (Node::Null, Known::of(Type::Any));
        };
        if let Expr::Literal(LiteralValue::String(name)) = &key.expr {
            return self.member(id, operand, name.inner(), top);
        }
        let (of, known) = self.lower_part(operand, false);
        if matches!(of, Node::Root(Root::Settings)) {
            self.problem(key.id, "a setting is named where it is read: settings.name".into(), None);
        }
        let key = Box::new(self.lower(key).0);
        let kind = match &known.kind {
            Type::List(item) | Type::Map(item) => (**item).clone(),
            _ => Type::Any,
        };
        let origin = match known.origin {
            Origin::Listing(name) => Origin::ElementOf(name),
            _ => {
                self.whole(&known);
                Origin::Elsewhere
            }
        };
        (Node::Index { of: Box::new(of), key, top }, Known::from(kind, origin))
    }

    fn setting(&mut self, id: u64, of: Node, name: &str) -> (Node, Known) {
        self.reads.settings.insert(name.to_owned());
        let kind = match self.env.settings.get(name) {
            Some(kind) => kind.clone(),
            None => {
                let suggestion = closest(name, self.env.settings.keys().map(String::as_str)).map(str::to_owned);
                self.problem(id, format!("the control declares no setting `{name}`"), suggestion);
                Type::Any
            }
        };
        (Node::Member { of: Box::new(of), name: name.into(), top: false }, Known::of(kind))
    }

    /// Lowers an operator; `None` for any other call.
    fn operator(&mut self, call: &CallExpr) -> Option<(Node, Known)> {
        let compare = |operator| Some((Some(operator), None));
        let arithmetic = |operator| Some((None, Some(operator)));
        let binary = match call.func_name.as_str() {
            operators::EQUALS => compare(Compare::Equal),
            operators::NOT_EQUALS => compare(Compare::NotEqual),
            operators::LESS => compare(Compare::Less),
            operators::LESS_EQUALS => compare(Compare::LessOrEqual),
            operators::GREATER => compare(Compare::Greater),
            operators::GREATER_EQUALS => compare(Compare::GreaterOrEqual),
            operators::ADD => arithmetic(Arithmetic::Add),
            operators::SUBSTRACT => arithmetic(Arithmetic::Subtract),
            operators::MULTIPLY => arithmetic(Arithmetic::Multiply),
            operators::DIVIDE => arithmetic(Arithmetic::Divide),
            operators::MODULO => arithmetic(Arithmetic::Remainder),
            _ => None,
        };
        let mut operands = call.args.iter();
        if let Some((compare, arithmetic)) = binary {
            let (first, second) = (operands.next()?, operands.next()?);
            let ((left, known), (right, other)) = (self.boxed(first), self.boxed(second));
            if compare.is_some() {
                self.lint_comparison(call, &known.kind, &other.kind);
            }
            return Some(match (compare, arithmetic) {
                (Some(operator), _) => (Node::Compare { operator, left, right }, Known::of(Type::Bool)),
                (_, Some(operator)) => {
                    let kind = common([&known.kind, &other.kind].into_iter());
                    (Node::Arithmetic { operator, left, right }, Known::of(kind))
                }
                (None, None) => return None,
            });
        }
        let boolean = |node| Some((node, Known::of(Type::Bool)));
        match call.func_name.as_str() {
            operators::LOGICAL_AND => {
                let (left, right) = (self.boxed_condition(operands.next()?), self.boxed_condition(operands.next()?));
                boolean(Node::And(left, right))
            }
            operators::LOGICAL_OR => {
                let (left, right) = (self.boxed_condition(operands.next()?), self.boxed_condition(operands.next()?));
                boolean(Node::Or(left, right))
            }
            operators::LOGICAL_NOT => boolean(Node::Not(self.boxed_condition(operands.next()?))),
            operators::IN => {
                let ((item, known), (list, other)) = (self.boxed(operands.next()?), self.boxed(operands.next()?));
                self.lint_comparison(call, &known.kind, &other.kind.element());
                boolean(Node::In { item, list })
            }
            operators::NEGATE => Some((Node::Negate(self.boxed(operands.next()?).0), Known::of(Type::Number))),
            operators::CONDITIONAL => {
                let when = self.boxed_condition(operands.next()?);
                let ((yes, known), (no, other)) = (self.boxed(operands.next()?), self.boxed(operands.next()?));
                let kind = common([&known.kind, &other.kind].into_iter());
                Some((Node::Choose { when, yes, no }, Known::of(kind)))
            }
            _ => None,
        }
    }

    fn boxed(&mut self, expr: &IdedExpr) -> (Box<Node>, Known) {
        let (node, known) = self.lower(expr);
        (Box::new(node), known)
    }

    fn boxed_condition(&mut self, expr: &IdedExpr) -> Box<Node> {
        Box::new(self.condition(expr).0)
    }

    fn literal(&mut self, id: u64, literal: &LiteralValue) -> (Node, Known) {
        let (node, kind) = match literal {
            LiteralValue::Boolean(value) => (Node::Bool(*value.inner()), Type::Bool),
            LiteralValue::Int(value) => (Node::Int(*value.inner()), Type::Number),
            LiteralValue::UInt(value) if i64::try_from(*value.inner()).is_ok() => {
                (Node::Int(i64::try_from(*value.inner()).unwrap_or(i64::MAX)), Type::Number)
            }
            LiteralValue::Double(value) => (Node::Double(*value.inner()), Type::Number),
            LiteralValue::String(value) => (Node::String(value.inner().into()), Type::String),
            LiteralValue::Null => (Node::Null, Type::Any),
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                self.problem(id, "a literal is text, a number, true, false or null".into(), None);
                (Node::Null, Type::Any)
            }
        };
        (node, Known::of(kind))
    }
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
