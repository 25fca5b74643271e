//! From text to CEL's syntax tree, safely: the parser recurses and may panic, so it runs on a thread with a large stack
//! inside `catch_unwind`, and trees that are too deep to walk on an ordinary stack are refused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};

use super::Problem;

/// Stack of the parsing thread.
const STACK: usize = 64 << 20;
/// The longest expression that is parsed.
pub(super) const LONGEST: usize = 16 * 1024;
/// The deepest tree that is accepted. Lowering and evaluation recurse on their callers' stacks, which may be small.
pub(super) const DEEPEST: usize = 96;

type Parsed = Result<(IdedExpr, SourceInfo), Vec<Problem>>;

/// Parses an expression.
pub(super) fn parse(source: &str) -> Parsed {
    if source.len() > LONGEST {
        return Err(whole(format!("the expression is longer than {LONGEST} bytes")));
    }
    let parsed = std::thread::scope(|scope| {
        let work = move || catch_unwind(AssertUnwindSafe(|| parse_here(source)));
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.ok().and_then(|thread| thread.join().ok())
    });
    match parsed {
        Some(Ok(parsed)) => parsed,
        _ => Err(whole("the expression cannot be parsed".into())),
    }
}

/// Parses on the current thread. A tree that is too deep is dropped here, where the stack is large enough for it.
fn parse_here(source: &str) -> Parsed {
    let problem = |error: &ParseError| Problem {
        offset: offset_of(source, error.pos),
        message: error.msg.clone(),
        suggestion: None,
    };
    let parsed = Parser::new().parse_with_source_info(source);
    let (tree, info) = parsed.map_err(|errors| errors.errors.iter().map(problem).collect::<Vec<_>>())?;
    if depth(&tree) > DEEPEST {
        return Err(whole(format!("the expression is nested more than {DEEPEST} levels deep")));
    }
    Ok((tree, info))
}

fn whole(message: String) -> Vec<Problem> {
    vec![Problem { offset: 0, message, suggestion: None }]
}

fn depth(tree: &IdedExpr) -> usize {
    let deepest = |parts: &mut dyn Iterator<Item = &IdedExpr>| parts.map(depth).max().unwrap_or(0);
    1 + match &tree.expr {
        Expr::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Expr::Select(select) => depth(&select.operand),
        Expr::List(list) => deepest(&mut list.elements.iter()),
        Expr::Map(map) => deepest(&mut map.entries.iter().flat_map(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => [&entry.key, &entry.value],
            EntryExpr::StructField(field) => [&field.value, &field.value],
        })),
        Expr::Comprehension(macro_) => {
            deepest(&mut [&macro_.iter_range, &macro_.loop_step, &macro_.result].into_iter())
        }
        _ => 0,
    }
}

/// Byte offset of a line (from 1) and column (from 1).
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let column = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let rest = source.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
}
