//! Calls, and those among them that are macros: `has`, `exists`, `all`, `exists_one`, `filter`, `map`.

use super::Parsed;
use crate::expr::Problem;
use crate::expr::syntax::tree::{Expr, Kind, Name, Quantifier, Span};

/// A call that ends at a place, or the macro that it is.
pub(super) fn call(receiver: Option<Expr>, name: Name, arguments: Vec<Expr>, end: Span) -> Parsed<Expr> {
    let extent = receiver.as_ref().map_or(name.span, |receiver| receiver.extent).to(end);
    let span = name.span;
    let kind = match (receiver, arguments.len()) {
        (None, 1) if name.text == "has" => has(arguments)?,
        (Some(range), 2) => match quantifier(&name.text) {
            Some(quantifier) => {
                let (variable, [body]) = bound(&name.text, arguments)?;
                Kind::Quantify { quantifier, range: Box::new(range), variable, body: Box::new(body) }
            }
            None if name.text == "filter" => {
                let (variable, [filter]) = bound(&name.text, arguments)?;
                Kind::Collect { range: Box::new(range), variable, filter: Some(Box::new(filter)), value: None }
            }
            None if name.text == "map" => {
                let (variable, [value]) = bound(&name.text, arguments)?;
                Kind::Collect { range: Box::new(range), variable, filter: None, value: Some(Box::new(value)) }
            }
            None => Kind::Call { receiver: Some(Box::new(range)), name: name.text, arguments },
        },
        (Some(range), 3) if name.text == "map" => {
            let (variable, [filter, value]) = bound(&name.text, arguments)?;
            let (filter, value) = (Some(Box::new(filter)), Some(Box::new(value)));
            Kind::Collect { range: Box::new(range), variable, filter, value }
        }
        (receiver, _) => Kind::Call { receiver: receiver.map(Box::new), name: name.text, arguments },
    };
    Expr::at(span, extent, kind)
}

fn quantifier(name: &str) -> Option<Quantifier> {
    Some(match name {
        "all" => Quantifier::All,
        "exists" => Quantifier::Exists,
        "exists_one" | "existsOne" => Quantifier::ExistsOne,
        _ => return None,
    })
}

fn has(arguments: Vec<Expr>) -> Parsed<Kind> {
    let argument = arguments.into_iter().next().expect("has is called with one argument");
    match argument.kind {
        Kind::Member { of, name } => Ok(Kind::Has { of, name }),
        _ => Err(Problem::new(argument.span, "`has` asks for a member: has(x.y)")),
    }
}

/// The variable of a macro and what it is used in.
fn bound<const N: usize>(name: &str, arguments: Vec<Expr>) -> Parsed<(Name, [Expr; N])> {
    let mut arguments = arguments.into_iter();
    let first = arguments.next().expect("a macro has arguments");
    let Kind::Name(text) = first.kind else {
        let message = format!("the first argument of `{name}` is the name of a variable: {name}(item, …)");
        return Err(Problem::new(first.span, message));
    };
    let rest: Vec<Expr> = arguments.collect();
    Ok((Name { span: first.span, text }, rest.try_into().expect("the number of arguments is checked")))
}
