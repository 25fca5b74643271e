//! From characters to tokens. What is no token of the language is kept as such, so that a mistake before it is told first.

use super::text;
use super::tree::Span;
use crate::expr::Problem;

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, words of the language included.
    Word,
    /// Digits, `0x` before hexadecimal ones.
    Int,
    /// Digits and a `u`.
    Uint,
    Double,
    Text(String),
    /// An operator or a bracket.
    Mark(&'static str),
    /// What is no token; the text is parsed up to here.
    Broken(Problem),
    End,
}

/// Longer ones first. Those after the blank are no marks of the language: other languages have them.
const MARKS: &[&str] = &[
    "===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<>", "=<", "=>", "<", ">", "+", "-", "*", "/", "%", "!", "?",
    ":", ".", ",", "(", ")", "[", "]", "{", "}", "=", "&", "|", ";",
];

/// The tokens of a text; the last one is `End` or `Broken`.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += blank(&source[at..]);
        let rest = &source[at..];
        let (kind, length) = match rest.chars().next() {
            None => (Kind::End, 0),
            Some(first) => next(source, at, rest, first).unwrap_or_else(|problem| (Kind::Broken(problem), 0)),
        };
        let is_last = matches!(kind, Kind::End | Kind::Broken(_));
        tokens.push(Token { kind, span: Span { start: at, end: at + length } });
        if is_last {
            return tokens;
        }
        at += length;
    }
}

/// How much white space and comments there are.
fn blank(rest: &str) -> usize {
    let mut at = 0;
    loop {
        let left = rest[at..].trim_start_matches(['\t', ' ', '\r', '\n', '\u{c}']);
        at = rest.len() - left.len();
        if !left.starts_with("//") {
            return at;
        }
        at += left.find('\n').unwrap_or(left.len());
    }
}

fn next(source: &str, at: usize, rest: &str, first: char) -> Result<(Kind, usize), Problem> {
    if let Some(read) = text::read(rest, at)? {
        return Ok((Kind::Text(read.text), read.length));
    }
    let is_fraction = |rest: &str| rest.starts_with('.') && rest[1..].starts_with(|each: char| each.is_ascii_digit());
    if first.is_ascii_digit() || is_fraction(rest) {
        return Ok(number(rest));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest.find(|each: char| !each.is_ascii_alphanumeric() && each != '_').unwrap_or(rest.len());
        return Ok((Kind::Word, length));
    }
    match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        Some(mark) => Ok((Kind::Mark(mark), mark.len())),
        None => Err(stranger(source, at, first)),
    }
}

/// A number at the start of a text that starts with one.
fn number(rest: &str) -> (Kind, usize) {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let hexadecimal = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_hexdigit).count();
    let unsigned = |end: usize| match rest[end..].starts_with(['u', 'U']) {
        true => (Kind::Uint, end + 1),
        false => (Kind::Int, end),
    };
    if rest.starts_with("0x") && hexadecimal(2) > 0 {
        return unsigned(2 + hexadecimal(2));
    }
    let whole = digits(0);
    let mut end = whole;
    if rest[end..].starts_with('.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    if end == whole { unsigned(end) } else { (Kind::Double, end) }
}

/// A character that no token starts with.
fn stranger(source: &str, at: usize, first: char) -> Problem {
    let span = Span { start: at, end: at + first.len_utf8() };
    match first {
        '“' | '”' | '„' | '«' | '»' => {
            Problem::new(span, format!("`{first}` is no quotation mark of the language")).meaning("\"")
        }
        '‘' | '’' | '‚' | '´' => {
            Problem::new(span, format!("`{first}` is no quotation mark of the language")).meaning("'")
        }
        '≠' => Problem::new(span, "`≠` is no operator").meaning("!="),
        '≤' => Problem::new(span, "`≤` is no operator").meaning("<="),
        '≥' => Problem::new(span, "`≥` is no operator").meaning(">="),
        '`' => Problem::new(span, "names stand without quotes; a member with other characters is written x[\"…\"]"),
        '\u{a0}' => Problem::new(span, "this is a no-break space, and not a space"),
        _ if first.is_alphabetic() => Problem::new(span, format!("names have letters from a to z, and not `{first}`")),
        _ => Problem::new(span, format!("`{}` means nothing here", &source[span.start..span.end])),
    }
}
