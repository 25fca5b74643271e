//! Text in quotes: single, double or three of either, raw or with escapes.

use super::tree::Span;
use crate::expr::Problem;

/// Text that was read.
pub(super) struct Read {
    pub(super) text: String,
    /// Bytes in the source, quotes included.
    pub(super) length: usize,
}

/// Reads the text that starts here; `None` where none does. `at` is where that is in the whole expression.
pub(super) fn read(rest: &str, at: usize) -> Result<Option<Read>, Problem> {
    let mut prefix = 0;
    let letters: String = rest.chars().take(3).take_while(char::is_ascii_alphabetic).collect();
    let is_raw = letters.eq_ignore_ascii_case("r");
    let is_bytes = letters.eq_ignore_ascii_case("b") || letters.eq_ignore_ascii_case("br");
    if is_raw || is_bytes {
        prefix = letters.len();
    }
    let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest[prefix..].starts_with(quote)) else {
        return Ok(None);
    };
    if is_bytes {
        let span = Span { start: at, end: at + prefix };
        return Err(Problem::new(span, "the language has text, and no bytes"));
    }
    let start = prefix + quote.len();
    let Some(inside) = end(&rest[start..], quote, is_raw) else {
        let span = Span { start: at, end: at + start };
        let lines = if quote.len() == 1 { "; text of several lines stands in three quotes" } else { "" };
        return Err(Problem::new(span, format!("this text is not closed: {quote} is missing{lines}")));
    };
    // As in a source that was written on another system.
    let written = &rest[start..start + inside];
    let text = if is_raw { lines(written) } else { unescaped(written, at + start)? };
    Ok(Some(Read { text, length: start + inside + quote.len() }))
}

/// Where the closing quotes are.
fn end(rest: &str, quote: &str, is_raw: bool) -> Option<usize> {
    let mut characters = rest.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            _ if rest[index..].starts_with(quote) => return Some(index),
            '\n' | '\r' if quote.len() == 1 => return None,
            '\\' if !is_raw => {
                characters.next();
            }
            _ => {}
        }
    }
    None
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn unescaped(written: &str, at: usize) -> Result<String, Problem> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(index) = rest.find('\\') {
        text.push_str(&lines(&rest[..index]));
        let start = at + written.len() - rest.len() + index;
        let (character, length) = escape(&rest[index + 1..]).ok_or_else(|| {
            let shown: String = rest[index..].chars().take(2).collect();
            let span = Span { start, end: start + shown.len() };
            let message =
                format!("`{shown}` is no escape: write `\\\\` for a backslash, or r'…' for text without escapes");
            Problem::new(span, message)
        })?;
        text.push(character);
        rest = &rest[index + 1 + length..];
    }
    text.push_str(&lines(rest));
    Ok(text)
}

/// The character that an escape stands for, and how long it is, the backslash not counted.
fn escape(rest: &str) -> Option<(char, usize)> {
    let number = |from: usize, digits: usize, radix: u32| {
        let text = rest.get(from..from + digits).filter(|text| text.chars().all(|each| each.is_digit(radix)))?;
        Some((char::from_u32(u32::from_str_radix(text, radix).ok()?)?, from + digits))
    };
    let simple = |character: char| Some((character, 1));
    match rest.chars().next()? {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        same @ ('\\' | '\'' | '"' | '`' | '?') => simple(same),
        'x' | 'X' => number(1, 2, 16),
        'u' => number(1, 4, 16),
        'U' => number(1, 8, 16),
        '0'..='3' => number(0, 3, 8),
        _ => None,
    }
}
