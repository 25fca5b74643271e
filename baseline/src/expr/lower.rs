//! From CEL's syntax tree to our own form: names resolved, members checked against the API, macros recognised again.
//!
//! The parser recurses, so it runs on a thread with a large stack and inside `catch_unwind`.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use regex::Regex;

use super::functions::{FUNCTIONS, Function};
use super::node::{Arithmetic, Compare, Node, Quantifier, Root};
use super::types::{Member, Type};
use super::{Env, Problem, Program, Reads};
use crate::suggest::closest;

/// Stack of the parsing thread.
const STACK: usize = 64 << 20;
/// The longest expression that is parsed.
const LONGEST: usize = 32 * 1024;

/// Compiles an expression.
pub(super) fn compile(source: &str, env: &Env<'_>) -> Result<Program, Vec<Problem>> {
    let whole = |message: String| vec![Problem { offset: 0, message, suggestion: None }];
    if source.len() > LONGEST {
        return Err(whole(format!("the expression is longer than {LONGEST} bytes")));
    }
    let (tree, info) = parse(source)?;
    let mut lowering = Lowering {
        env,
        info: &info,
        source,
        problems: Vec::new(),
        reads: Reads::default(),
        scope: Vec::new(),
        slots: 0,
    };
    let (node, _) = lowering.lower(&tree);
    if lowering.problems.is_empty() {
        Ok(Program { node, slots: lowering.slots, reads: lowering.reads })
    } else {
        Err(lowering.problems)
    }
}

fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), Vec<Problem>> {
    let parsed = std::thread::scope(|scope| {
        let parsing = || catch_unwind(AssertUnwindSafe(|| cel::parser::Parser::new().parse_with_source_info(source)));
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
            // What comes back must not borrow from the thread.
            parsing().map(|parsed| {
                parsed.map_err(|errors| {
                    let problem = |error: &cel::parser::ParseError| Problem {
                        offset: offset_of(source, error.pos),
                        message: error.msg.clone(),
                        suggestion: None,
                    };
                    errors.errors.iter().map(problem).collect::<Vec<_>>()
                })
            })
        });
        thread.ok().and_then(|thread| thread.join().ok())
    });
    match parsed {
        Some(Ok(parsed)) => parsed,
        _ => Err(vec![Problem { offset: 0, message: "the expression cannot be parsed".into(), suggestion: None }]),
    }
}

/// Byte offset of a line (from 1) and column (from 0).
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    (start + usize::try_from(column).unwrap_or(0).saturating_sub(1)).min(source.len())
}

/// What a value is part of, as far as it says what has to be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Resource,
    Listing(String),
    ElementOf(String),
    Elsewhere,
}

/// Type and origin of a lowered node.
#[derive(Clone, Debug)]
struct Known {
    kind: Type,
    origin: Origin,
}

impl Known {
    fn of(kind: Type) -> Self {
        Self { kind, origin: Origin::Elsewhere }
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
    reads: Reads,
    scope: Vec<Variable>,
    slots: usize,
}

impl Lowering<'_> {
    fn problem(&mut self, id: u64, message: String, suggestion: Option<String>) {
        let chars = self.info.offset_for(id).map_or(0, |(start, _)| start as usize);
        let offset = self.source.char_indices().nth(chars).map_or(self.source.len(), |(offset, _)| offset);
        self.problems.push(Problem { offset, message, suggestion });
    }

    /// Lowers an expression whose value is used whole.
    fn lower(&mut self, expr: &IdedExpr) -> (Node, Known) {
        let (node, known) = self.lower_part(expr, true);
        match &known.origin {
            Origin::Resource => {
                self.reads.resource_members.insert("*".to_owned());
            }
            Origin::ElementOf(name) => {
                self.reads.listings.entry(name.clone()).or_default().insert("*".to_owned());
            }
            Origin::Listing(_) | Origin::Elsewhere => {}
        }
        (node, known)
    }

    /// Lowers an expression of which perhaps only a member is used.
    fn lower_part(&mut self, expr: &IdedExpr, top: bool) -> (Node, Known) {
        match &expr.expr {
            Expr::Literal(literal) => literal_node(literal),
            Expr::Ident(name) => self.ident(expr.id, name),
            Expr::Select(select) => self.select(expr.id, select, top),
            Expr::Call(call) => self.call(expr.id, call),
            Expr::List(list) => {
                let items: Vec<(Node, Known)> = list.elements.iter().map(|item| self.lower(item)).collect();
                let item = items.first().map_or(Type::Any, |(_, known)| known.kind.clone());
                (Node::List(items.into_iter().map(|(node, _)| node).collect()), Known::of(Type::List(Box::new(item))))
            }
            Expr::Comprehension(comprehension) => self.comprehension(expr.id, comprehension),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.problem(expr.id, "maps and structures cannot be written here".into(), None);
                (Node::Null, Known::of(Type::Any))
            }
        }
    }

    fn ident(&mut self, id: u64, name: &str) -> (Node, Known) {
        if let Some(variable) = self.scope.iter().rev().find(|variable| variable.name == name) {
            return (Node::Slot(variable.slot), variable.known.clone());
        }
        match name {
            "resource" => {
                let known = Known { kind: self.env.resource.clone(), origin: Origin::Resource };
                (Node::Root(Root::Resource), known)
            }
            "account" => {
                self.reads.account = true;
                (Node::Root(Root::Account), Known::of(account_type()))
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
                let known = ["resource", "account", "region", "settings", "now"];
                let names = known.into_iter().chain(self.scope.iter().map(|variable| variable.name.as_str()));
                let suggestion = closest(name, names).map(str::to_owned);
                self.problem(id, format!("there is no variable `{name}`"), suggestion);
                (Node::Null, Known::of(Type::Any))
            }
        }
    }

    fn select(&mut self, id: u64, select: &SelectExpr, top: bool) -> (Node, Known) {
        let (of, known) = self.lower_part(&select.operand, false);
        let name = select.field.as_str();
        match &known.origin {
            Origin::Resource => {
                self.reads.resource_members.insert(name.to_owned());
            }
            Origin::ElementOf(listing) => {
                self.reads.listings.entry(listing.clone()).or_default().insert(name.to_owned());
            }
            Origin::Listing(_) | Origin::Elsewhere => {}
        }
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
        let node = Node::Member { of: Box::new(of), name: name.into(), top: top && !select.test };
        if select.test {
            return (Node::Has(Box::new(as_top(node))), Known::of(Type::Bool));
        }
        (node, Known::of(kind))
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

    fn call(&mut self, id: u64, call: &CallExpr) -> (Node, Known) {
        if let Some(lowered) = self.operator(call) {
            return lowered;
        }
        if call.target.is_none() && call.func_name == "all" {
            return self.listing(id, call);
        }
        let arguments: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let found = FUNCTIONS.iter().find(|each| each.name == call.func_name && each.arguments == arguments.len());
        let Some(signature) = found else {
            let names: BTreeSet<&str> = FUNCTIONS.iter().map(|each| each.name).chain(["all"]).collect();
            let suggestion = closest(&call.func_name, names.iter().copied()).map(str::to_owned);
            let message = match FUNCTIONS.iter().find(|each| each.name == call.func_name) {
                Some(known) => format!("`{}` takes {} arguments, the receiver included", known.name, known.arguments),
                None => format!("there is no function `{}`", call.func_name),
            };
            self.problem(id, message, suggestion.filter(|name| *name != call.func_name));
            return (Node::Null, Known::of(Type::Any));
        };
        self.reads.now |= signature.function == Function::DaysSince;
        if signature.function == Function::Matches
            && let Expr::Literal(LiteralValue::String(pattern)) = &arguments[1].expr
        {
            let (text, _) = self.lower(arguments[0]);
            return match Regex::new(pattern.inner()) {
                Ok(pattern) => (Node::Matches { text: Box::new(text), pattern }, Known::of(Type::Bool)),
                Err(error) => {
                    self.problem(
                        arguments[1].id,
                        error.to_string().lines().last().unwrap_or_default().to_owned(),
                        None,
                    );
                    (Node::Null, Known::of(Type::Bool))
                }
            };
        }
        // The size of a listing reads no member of its resources.
        let nodes = arguments.iter().map(|argument| self.lower(argument).0).collect();
        (Node::Call { function: signature.function, arguments: nodes }, Known::of(signature.result()))
    }

    fn listing(&mut self, id: u64, call: &CallExpr) -> (Node, Known) {
        let [IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] = call.args.as_slice() else {
            self.problem(id, "`all` takes the name of a resource type as text".into(), None);
            return (Node::Null, Known::of(Type::Any));
        };
        let name = name.inner();
        self.reads.listings.entry(name.to_owned()).or_default();
        let kind = self.env.types.resource_type(name).unwrap_or_else(|| {
            let names = self.env.types.resource_type_names();
            let suggestion = closest(name, names.iter().map(String::as_str)).map(str::to_owned);
            self.problem(id, format!("no collector has the type `{name}`"), suggestion);
            Type::Any
        });
        let known = Known { kind: Type::List(Box::new(kind)), origin: Origin::Listing(name.to_owned()) };
        (Node::Listing(name.into()), known)
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
        let mut operands = call.args.iter().map(|argument| self.lower(argument));
        let mut next = || operands.next().map(|(node, known)| (Box::new(node), known));
        if let Some((compare, arithmetic)) = binary {
            let ((left, known), (right, _)) = (next()?, next()?);
            return Some(match (compare, arithmetic) {
                (Some(operator), _) => (Node::Compare { operator, left, right }, Known::of(Type::Bool)),
                (_, Some(operator)) => (Node::Arithmetic { operator, left, right }, Known::of(known.kind)),
                (None, None) => return None,
            });
        }
        let boolean = |node| Some((node, Known::of(Type::Bool)));
        match call.func_name.as_str() {
            operators::LOGICAL_AND => boolean(Node::And(next()?.0, next()?.0)),
            operators::LOGICAL_OR => boolean(Node::Or(next()?.0, next()?.0)),
            operators::LOGICAL_NOT => boolean(Node::Not(next()?.0)),
            operators::IN => boolean(Node::In { item: next()?.0, list: next()?.0 }),
            operators::NEGATE => Some((Node::Negate(next()?.0), Known::of(Type::Number))),
            operators::CONDITIONAL => {
                let (when, (yes, known), no) = (next()?.0, next()?, next()?.0);
                Some((Node::Choose { when, yes, no }, Known::of(known.kind)))
            }
            operators::INDEX => {
                let ((of, known), key) = (next()?, next()?.0);
                let kind = match &known.kind {
                    Type::List(item) | Type::Map(item) => (**item).clone(),
                    _ => Type::Any,
                };
                Some((Node::Index { of, key }, Known::of(kind)))
            }
            _ => None,
        }
    }

    /// Recognises what the parser's macros expand to.
    fn comprehension(&mut self, id: u64, comprehension: &ComprehensionExpr) -> (Node, Known) {
        let (range, range_known) = self.lower_part(&comprehension.iter_range, true);
        if range_known.origin == Origin::Resource {
            self.reads.resource_members.insert("*".to_owned());
        }
        let element = Known {
            kind: range_known.kind.element(),
            origin: match &range_known.origin {
                Origin::Listing(name) => Origin::ElementOf(name.clone()),
                _ => Origin::Elsewhere,
            },
        };
        if !matches!(range_known.kind, Type::Any | Type::List(_) | Type::Map(_) | Type::Structure(..) | Type::Object(_))
        {
            let message = format!("{} has no items to go through", range_known.kind);
            self.problem(comprehension.iter_range.id, message, None);
        }
        let slot = self.scope.len();
        self.slots = self.slots.max(slot + 1);
        self.scope.push(Variable { name: comprehension.iter_var.clone(), slot, known: element });
        let lowered = self.body(comprehension, Box::new(range), slot, &range_known);
        self.scope.pop();
        lowered.unwrap_or_else(|| {
            self.problem(id, "this comprehension is not known".into(), None);
            (Node::Null, Known::of(Type::Any))
        })
    }

    fn body(
        &mut self,
        comprehension: &ComprehensionExpr,
        range: Box<Node>,
        slot: usize,
        range_known: &Known,
    ) -> Option<(Node, Known)> {
        let Expr::Call(step) = &comprehension.loop_step.expr else { return None };
        let quantify = |quantifier, range, body| Node::Quantify { quantifier, range, slot, body: Box::new(body) };
        let boolean = Known::of(Type::Bool);
        match (&comprehension.accu_init.expr, step.func_name.as_str()) {
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND) => {
                let body = self.lower(step.args.get(1)?).0;
                Some((quantify(Quantifier::All, range, body), boolean))
            }
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR) => {
                let body = self.lower(step.args.get(1)?).0;
                Some((quantify(Quantifier::Exists, range, body), boolean))
            }
            (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL) => {
                let body = self.lower(step.args.first()?).0;
                Some((quantify(Quantifier::ExistsOne, range, body), boolean))
            }
            (Expr::List(_), operators::ADD) => {
                let (value, known) = self.lower(appended(step)?);
                let kind = Type::List(Box::new(known.kind));
                Some((Node::Collect { range, slot, filter: None, value: Some(Box::new(value)) }, Known::of(kind)))
            }
            (Expr::List(_), operators::CONDITIONAL) => {
                let filter = Some(Box::new(self.lower(step.args.first()?).0));
                let Expr::Call(add) = &step.args.get(1)?.expr else { return None };
                let value = appended(add)?;
                if matches!(&value.expr, Expr::Ident(name) if *name == comprehension.iter_var) {
                    let known = Known { kind: listed(&range_known.kind), origin: range_known.origin.clone() };
                    return Some((Node::Collect { range, slot, filter, value: None }, known));
                }
                let (value, known) = self.lower(value);
                let kind = Type::List(Box::new(known.kind));
                Some((Node::Collect { range, slot, filter, value: Some(Box::new(value)) }, Known::of(kind)))
            }
            _ => None,
        }
    }
}

/// What `filter` makes of a range.
fn listed(kind: &Type) -> Type {
    match kind {
        Type::List(_) => kind.clone(),
        other => Type::List(Box::new(other.element())),
    }
}

/// The `x` of `@result + [x]`.
fn appended(add: &CallExpr) -> Option<&IdedExpr> {
    match &add.args.get(1)?.expr {
        Expr::List(list) => list.elements.first(),
        _ => None,
    }
}

/// A member under `has(…)` is evidence.
fn as_top(node: Node) -> Node {
    match node {
        Node::Member { of, name, .. } => Node::Member { of, name, top: true },
        other => other,
    }
}

fn literal_node(literal: &LiteralValue) -> (Node, Known) {
    match literal {
        LiteralValue::Boolean(value) => (Node::Bool(*value.inner()), Known::of(Type::Bool)),
        LiteralValue::Int(value) => (Node::Int(*value.inner()), Known::of(Type::Number)),
        LiteralValue::UInt(value) => {
            let value = i64::try_from(*value.inner()).unwrap_or(i64::MAX);
            (Node::Int(value), Known::of(Type::Number))
        }
        LiteralValue::Double(value) => (Node::Double(*value.inner()), Known::of(Type::Number)),
        LiteralValue::String(value) => (Node::String(value.inner().into()), Known::of(Type::String)),
        LiteralValue::Null | LiteralValue::Bytes(_) => (Node::Null, Known::of(Type::Any)),
    }
}

/// What expressions see of the account.
fn account_type() -> Type {
    use super::types::ObjectType;
    let text = ["id", "name", "ou_path", "organization_id", "management_account_id"];
    let mut members: std::collections::BTreeMap<String, Type> =
        text.into_iter().map(|name| (name.to_owned(), Type::String)).collect();
    members.insert("tags".into(), Type::Map(Box::new(Type::String)));
    members.insert("is_management".into(), Type::Bool);
    Type::Object(std::sync::Arc::new(ObjectType { name: "account".into(), members }))
}
