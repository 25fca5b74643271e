//! Both parsers read the same tree, or both refuse. What CEL has and the language has not (messages, bytes, names with a
//! leading dot) counts as refused.

use cel::common::ast::{self, EntryExpr, IdedExpr, LiteralValue, operators};
use proptest::prelude::*;

use super::super::{Expr, Kind, Operator, Quantifier, parse};
use super::corners::CORNERS;
use crate::pack::Pack;

/// What our parser reads, written out.
fn ours(source: &str) -> Option<String> {
    parse(source).ok().map(|tree| written(&tree))
}

fn written(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(written).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        Kind::Null => "null".into(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Uint(value) => format!("{value}u"),
        Kind::Double(value) => format!("{value:?}"),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Name(name) => name.clone(),
        Kind::Member { of, name } => format!("({}).{name}", written(of)),
        Kind::Has { of, name } => format!("has(({}).{name})", written(of)),
        Kind::Index { of, key } => format!("_[_]({}, {})", written(of), written(key)),
        Kind::Call { receiver: None, name, arguments } => format!("{name}({})", list(arguments)),
        Kind::Call { receiver: Some(of), name, arguments } => format!("({}).{name}({})", written(of), list(arguments)),
        Kind::Not(of) => format!("!_({})", written(of)),
        Kind::Negate(of) => format!("-_({})", written(of)),
        Kind::Binary { operator, left, right } => format!("{}({}, {})", sign(*operator), written(left), written(right)),
        Kind::Choose { when, yes, no } => format!("_?_:_({}, {}, {})", written(when), written(yes), written(no)),
        Kind::List(items) => format!("[{}]", list(items)),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", written(key), written(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Kind::Quantify { quantifier, range, variable, body } => {
            let name = match quantifier {
                Quantifier::All => "all",
                Quantifier::Exists => "exists",
                Quantifier::ExistsOne => "exists_one",
            };
            format!("{name}<{}, {}, {}>", written(range), variable.text, written(body))
        }
        Kind::Collect { range, variable, filter, value } => {
            let filter = filter.as_deref().map_or("true".into(), written);
            let value = value.as_deref().map_or(variable.text.clone(), written);
            format!("map<{}, {}, {filter}, {value}>", written(range), variable.text)
        }
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Or => operators::LOGICAL_OR,
        Operator::And => operators::LOGICAL_AND,
        Operator::Equal => operators::EQUALS,
        Operator::NotEqual => operators::NOT_EQUALS,
        Operator::Less => operators::LESS,
        Operator::LessOrEqual => operators::LESS_EQUALS,
        Operator::Greater => operators::GREATER,
        Operator::GreaterOrEqual => operators::GREATER_EQUALS,
        Operator::In => operators::IN,
        Operator::Add => operators::ADD,
        Operator::Subtract => operators::SUBSTRACT,
        Operator::Multiply => operators::MULTIPLY,
        Operator::Divide => operators::DIVIDE,
        Operator::Remainder => operators::MODULO,
    }
}

/// What CEL's parser reads, written out in the same way. It recurses, and may panic.
fn theirs(source: &str) -> Option<String> {
    let source = source.to_owned();
    let work = move || {
        std::panic::catch_unwind(|| cel::parser::Parser::new().parse(&source).ok().and_then(|tree| rewritten(&tree)))
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap();
    thread.join().unwrap().unwrap_or_default()
}

fn rewritten(expr: &IdedExpr) -> Option<String> {
    let list = |items: &[IdedExpr]| -> Option<String> {
        Some(items.iter().map(rewritten).collect::<Option<Vec<_>>>()?.join(", "))
    };
    Some(match &expr.expr {
        ast::Expr::Literal(literal) => match literal {
            LiteralValue::Null => "null".into(),
            LiteralValue::Boolean(value) => value.inner().to_string(),
            LiteralValue::Int(value) => value.inner().to_string(),
            LiteralValue::UInt(value) => format!("{}u", value.inner()),
            LiteralValue::Double(value) => format!("{:?}", value.inner()),
            LiteralValue::String(text) => format!("{:?}", text.inner()),
            LiteralValue::Bytes(_) => return None,
        },
        ast::Expr::Ident(name) if name.starts_with('.') => return None,
        ast::Expr::Ident(name) => name.clone(),
        ast::Expr::Select(select) => {
            let member = format!("({}).{}", rewritten(&select.operand)?, select.field);
            if select.test { format!("has({member})") } else { member }
        }
        ast::Expr::Call(call) if call.func_name.starts_with('.') => return None,
        ast::Expr::Call(call) => match &call.target {
            Some(target) => format!("({}).{}({})", rewritten(target)?, call.func_name, list(&call.args)?),
            None => format!("{}({})", call.func_name, list(&call.args)?),
        },
        ast::Expr::List(items) => format!("[{}]", list(&items.elements)?),
        ast::Expr::Map(map) => {
            let entries = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => Some(format!("{}: {}", rewritten(&entry.key)?, rewritten(&entry.value)?)),
                EntryExpr::StructField(_) => None,
            });
            format!("{{{}}}", entries.collect::<Option<Vec<_>>>()?.join(", "))
        }
        ast::Expr::Comprehension(comprehension) => comprehended(comprehension)?,
        ast::Expr::Struct(_) | ast::Expr::Unspecified => return None,
    })
}

/// The macro that a comprehension was.
fn comprehended(comprehension: &ast::ComprehensionExpr) -> Option<String> {
    let (range, variable) = (rewritten(&comprehension.iter_range)?, &comprehension.iter_var);
    let ast::Expr::Call(step) = &comprehension.loop_step.expr else { return None };
    let appended = |add: &ast::CallExpr| match &add.args[1].expr {
        ast::Expr::List(list) => rewritten(&list.elements[0]),
        _ => None,
    };
    Some(match (&comprehension.accu_init.expr, step.func_name.as_str()) {
        (ast::Expr::Literal(LiteralValue::Int(_)), _) => {
            format!("exists_one<{range}, {variable}, {}>", rewritten(&step.args[0])?)
        }
        (ast::Expr::Literal(_), operators::LOGICAL_OR) => {
            format!("exists<{range}, {variable}, {}>", rewritten(&step.args[1])?)
        }
        (ast::Expr::Literal(_), operators::LOGICAL_AND) => {
            format!("all<{range}, {variable}, {}>", rewritten(&step.args[1])?)
        }
        (ast::Expr::List(_), operators::ADD) => format!("map<{range}, {variable}, true, {}>", appended(step)?),
        (ast::Expr::List(_), operators::CONDITIONAL) => {
            let ast::Expr::Call(add) = &step.args[1].expr else { return None };
            format!("map<{range}, {variable}, {}, {}>", rewritten(&step.args[0])?, appended(add)?)
        }
        _ => return None,
    })
}

fn same(source: &str) {
    assert_eq!(ours(source), theirs(source), "{source}");
}

#[test]
fn every_expression_of_the_pack_is_read_alike() {
    let pack = Pack::embedded();
    let mut expressions = Vec::new();
    for control in pack.controls() {
        expressions.extend([&control.control.applies_when, &control.control.pass_when].into_iter().flatten());
    }
    for kind in pack.resource_types() {
        expressions.extend(&kind.declared.judged_when);
        expressions.extend(kind.declared.gather.iter().filter_map(|(_, gather)| gather.when.as_ref()));
    }
    assert!(expressions.len() > 60, "{}", expressions.len());
    for expression in expressions {
        assert!(ours(expression).is_some(), "{expression}");
        same(expression);
    }
}

#[test]
fn every_expression_of_the_documentation_is_read_alike() {
    const PAGE: &str = include_str!("../../../../../docs/control-language.md");
    let blocks = PAGE.split("```cel\n").skip(1).filter_map(|block| block.split("```").next());
    let expressions: Vec<&str> = blocks.flat_map(|block| block.lines().skip(1)).collect();
    assert!(expressions.len() > 60, "{}", expressions.len());
    // With their comments.
    expressions.into_iter().for_each(same);
}

#[test]
fn the_corners_of_the_grammar_are_read_alike() {
    for source in CORNERS {
        same(source);
    }
    for count in 2..40 {
        for operator in ["&&", "||", "+"] {
            let names: Vec<String> = (0..count).map(|number| format!("a{number}")).collect();
            same(&names.join(operator));
        }
    }
}

fn operands() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "resource.B",
        "1",
        "-1",
        "0x1f",
        "2u",
        "1.5",
        ".5e2",
        "'x'",
        "\"y\\n\"",
        "r'\\d'",
        "'''z'''",
        "true",
        "null",
        "[]",
        "{}",
        "f()",
        "x",
    ])
    .prop_map(str::to_owned)
}

/// Expressions of which most are right.
fn expressions() -> impl Strategy<Value = String> {
    operands().prop_recursive(5, 40, 4, |inner| {
        let operators =
            prop::sample::select(vec!["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]);
        let macros = prop::sample::select(vec!["exists", "all", "exists_one", "filter", "map"]);
        let shapes = prop::sample::select(vec![
            "(E)",
            "!E",
            "-E",
            "!!E",
            "--E",
            "E.b",
            "E.f()",
            "E.f(E)",
            "E[0]",
            "E['k']",
            "[E, E]",
            "[E,]",
            "{k: E}",
            "{'k': E, j: E,}",
            "E ? E : E",
            "f(E, E)",
            "has(E.b)",
            "E.map(x, E, E)",
            "E // c\n",
            " E\t",
        ]);
        prop_oneof![
            (inner.clone(), operators, inner.clone()).prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
            (inner.clone(), macros, inner.clone()).prop_map(|(a, name, b)| format!("{a}.{name}(x, {b})")),
            (shapes, inner.clone(), inner).prop_map(|(shape, a, b)| {
                shape.split('E').enumerate().fold(String::new(), |text, (place, part)| match place {
                    0 => part.to_owned(),
                    odd if odd % 2 == 1 => text + &a + part,
                    _ => text + &b + part,
                })
            }),
        ]
    })
}

/// Tokens in any order, of which most are wrong.
fn soup() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "a", "b", ".", ",", "(", ")", "[", "]", "{", "}", "?", ":", "!", "-", "+", "*", "==", "!=", "<", "in", "&&",
        "||", "1", "2u", "1.5", "0x2", "'t'", "\"", "'", "r'", "\\", "has", "exists", "map", "true", "null", "if",
        "//", "\n", " ", "=", "&", "_",
    ]);
    prop::collection::vec(tokens, 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn what_is_right_is_read_alike(source in expressions()) {
        prop_assert_eq!(ours(&source), theirs(&source), "{}", source);
    }

    #[test]
    fn what_may_be_wrong_is_read_alike(source in soup()) {
        prop_assert_eq!(ours(&source), theirs(&source), "{}", source);
    }

    #[test]
    fn any_text_is_read_or_refused_within_it(source in "\\PC{0,40}|[a-z'\"\\\\(){}\\[\\] .,:?!&|=<>+*/0-9r\u{a0}“’≠\n-]{0,60}") {
        if let Err(problem) = parse(&source) {
            let span = problem.span;
            prop_assert!(source.get(span).is_some(), "{:?}", source);
        }
    }
}
