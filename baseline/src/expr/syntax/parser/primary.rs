//! Operands: literals, names, calls, lists, maps and what stands in parentheses, with their members and indexes.

use super::{Parsed, Parser, macros};
use crate::expr::Problem;
use crate::expr::syntax::meant;
use crate::expr::syntax::token::Kind as TokenKind;
use crate::expr::syntax::tree::{Expr, Kind, Name, Span};

/// What a bracket holds.
#[derive(Clone, Copy)]
enum Content {
    One,
    List,
}

/// An operand with its members, calls and indexes.
pub(super) fn operand(parser: &mut Parser<'_>) -> Parsed<Expr> {
    let mut operand = primary(parser)?;
    loop {
        let open = parser.peek().span;
        if parser.take(".") {
            operand = member(parser, operand)?;
        } else if parser.take("[") {
            let key = parser.expression()?;
            let end = close(parser, open, "]", Content::One)?;
            let extent = operand.extent.to(end);
            operand = Expr::new(extent, Kind::Index { of: Box::new(operand), key: Box::new(key) })?;
        } else {
            return Ok(operand);
        }
    }
}

/// What follows a dot: a member, or a function of what is before it.
fn member(parser: &mut Parser<'_>, of: Expr) -> Parsed<Expr> {
    let name = name(parser, "the name of a member is expected after `.`")?;
    let open = parser.peek().span;
    if parser.take("(") {
        let (arguments, end) = arguments(parser, open)?;
        return macros::call(Some(of), name, arguments, end);
    }
    let extent = of.extent.to(name.span);
    Expr::at(name.span, extent, Kind::Member { of: Box::new(of), name: name.text })
}

fn name(parser: &mut Parser<'_>, expected: &str) -> Parsed<Name> {
    let span = parser.peek().span;
    let text = parser.written(span);
    match &parser.peek().kind {
        TokenKind::Word if is_word_of_the_language(text) => {
            Err(Problem::new(span, format!("`{text}` is a word of the language; the member is written x[\"{text}\"]")))
        }
        TokenKind::Word => {
            parser.advance();
            Ok(Name { span, text: text.to_owned() })
        }
        _ => Err(unexpected(parser, expected)),
    }
}

fn is_word_of_the_language(text: &str) -> bool {
    matches!(text, "in" | "true" | "false" | "null")
}

/// Each way on is a function of its own: what is nested then takes little of the stack.
fn primary(parser: &mut Parser<'_>) -> Parsed<Expr> {
    let span = parser.peek().span;
    match parser.peek().kind {
        TokenKind::Text(_) => text(parser, span),
        TokenKind::Mark("-") if parser.is_number(1) => {
            parser.advance();
            number(parser, Some(span))
        }
        TokenKind::Int | TokenKind::Uint | TokenKind::Double => number(parser, None),
        TokenKind::Word => word(parser, span),
        TokenKind::Mark("(") => parenthesised(parser, span),
        TokenKind::Mark("[") => list(parser, span),
        TokenKind::Mark("{") => map(parser, span),
        _ => Err(unexpected(parser, "an operand is expected here")),
    }
}

fn text(parser: &mut Parser<'_>, span: Span) -> Parsed<Expr> {
    let text = match &parser.peek().kind {
        TokenKind::Text(text) => text.clone(),
        _ => String::new(),
    };
    parser.advance();
    Expr::new(span, Kind::Text(text))
}

fn parenthesised(parser: &mut Parser<'_>, open: Span) -> Parsed<Expr> {
    parser.advance();
    let inner = parser.expression()?;
    let end = close(parser, open, ")", Content::One)?;
    Ok(inner.within(open.to(end)))
}

fn list(parser: &mut Parser<'_>, open: Span) -> Parsed<Expr> {
    parser.advance();
    let (items, end) = listed(parser, open, "]", true, Parser::expression)?;
    Expr::new(open.to(end), Kind::List(items))
}

fn map(parser: &mut Parser<'_>, open: Span) -> Parsed<Expr> {
    parser.advance();
    let (entries, end) = listed(parser, open, "}", true, entry)?;
    Expr::new(open.to(end), Kind::Map(entries))
}

fn entry(parser: &mut Parser<'_>) -> Parsed<(Expr, Expr)> {
    let key = parser.expression()?;
    if !parser.take(":") {
        return Err(parser.after_operand("`:` and a value are expected here"));
    }
    Ok((key, parser.expression()?))
}

/// A variable, a function, or a word of the language.
fn word(parser: &mut Parser<'_>, span: Span) -> Parsed<Expr> {
    let text = parser.written(span);
    parser.advance();
    let kind = match text {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "null" => Kind::Null,
        "in" => return Err(Problem::new(span, "an operand is expected before `in`")),
        _ if meant::is_reserved(text) => {
            return Err(Problem::new(span, format!("`{text}` is reserved: it is no name")));
        }
        _ => {
            let open = parser.peek().span;
            if parser.take("(") {
                let (arguments, end) = arguments(parser, open)?;
                return macros::call(None, Name { span, text: text.to_owned() }, arguments, end);
            }
            Kind::Name(text.to_owned())
        }
    };
    Expr::new(span, kind)
}

fn number(parser: &mut Parser<'_>, sign: Option<Span>) -> Parsed<Expr> {
    let token = parser.peek().clone();
    parser.advance();
    let extent = sign.unwrap_or(token.span).to(token.span);
    let written = parser.written(token.span);
    let minus = if sign.is_some() { "-" } else { "" };
    let (digits, radix) = match written.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (written, 10),
    };
    let kind = match token.kind {
        TokenKind::Int => i64::from_str_radix(&format!("{minus}{digits}"), radix).ok().map(Kind::Int),
        TokenKind::Uint => u64::from_str_radix(digits.trim_end_matches(['u', 'U']), radix).ok().map(Kind::Uint),
        _ => written
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .map(|value| Kind::Double(if sign.is_some() { -value } else { value })),
    };
    let kind = kind.ok_or_else(|| Problem::new(extent, format!("`{minus}{written}` is out of range")))?;
    Expr::new(extent, kind)
}

/// The arguments of a call, and where its parenthesis closes.
fn arguments(parser: &mut Parser<'_>, open: Span) -> Parsed<(Vec<Expr>, Span)> {
    listed(parser, open, ")", false, Parser::expression)
}

/// What stands between brackets, with commas in between, and where they close.
fn listed<'s, T>(
    parser: &mut Parser<'s>,
    open: Span,
    closing: &str,
    may_end_with_comma: bool,
    mut item: impl FnMut(&mut Parser<'s>) -> Parsed<T>,
) -> Parsed<(Vec<T>, Span)> {
    let mut items = Vec::new();
    let end = parser.peek().span;
    if parser.take(closing) {
        return Ok((items, end));
    }
    loop {
        if may_end_with_comma && items.is_empty() && parser.take(",") {
            return Ok((items, close(parser, open, closing, Content::List)?));
        }
        items.push(item(parser)?);
        let is_over = !parser.take(",");
        let end = parser.peek().span;
        if may_end_with_comma && !is_over && parser.take(closing) {
            return Ok((items, end));
        }
        if is_over {
            return Ok((items, close(parser, open, closing, Content::List)?));
        }
    }
}

/// Goes past what closes a bracket. Where that is missing, the place of the bracket is told.
fn close(parser: &mut Parser<'_>, open: Span, closing: &str, content: Content) -> Parsed<Span> {
    let token = parser.peek().clone();
    if parser.take(closing) {
        return Ok(token.span);
    }
    let opening = parser.written(open);
    match &token.kind {
        TokenKind::End => Err(Problem::new(open, format!("this `{opening}` is not closed: `{closing}` is missing"))),
        TokenKind::Mark(other @ (")" | "]" | "}")) => {
            let message = format!("this `{opening}` is not closed: `{closing}` is missing before a `{other}`");
            Err(Problem::new(open, message))
        }
        _ => {
            let expected = match content {
                Content::One => format!("an operator or `{closing}` is expected here"),
                Content::List => format!("an operator, `,` or `{closing}` is expected here"),
            };
            Err(parser.after_operand(&expected))
        }
    }
}

/// What is wrong where an operand or a name is missing.
fn unexpected(parser: &Parser<'_>, expected: &str) -> Problem {
    let token = parser.peek();
    match &token.kind {
        TokenKind::Broken(problem) => problem.clone(),
        TokenKind::End => Problem::new(token.span, format!("{expected}, and not the end")),
        TokenKind::Mark("-") => Problem::new(token.span, "the operand of `!` or `-` is put in parentheses: !(-x)"),
        _ => {
            let written = parser.written(token.span);
            let problem = Problem::new(token.span, format!("{expected}, and not `{written}`"));
            // `a = = b`, `a && & b`: the mark before it is half of what was meant.
            match meant::operator(written).filter(|_| written != "=") {
                Some(meant) if written.len() > 1 => problem.meaning(meant),
                _ => problem,
            }
        }
    }
}
