//! A name of a secret and its value, in whatever form: `API_KEY=…`, `"password": "…"`, `<password>…</password>`,
//! `Authorization: Bearer …`, `Server=…;Password=…`.

use super::names::{self, Name};
use super::value::is_harmless;

/// Words between `Authorization:` and what is a secret.
const AUTHORIZATIONS: [&str; 4] = ["basic", "bearer", "digest", "token"];
/// Values behind a colon in running text are at least that long, and have a digit.
const SHORTEST_IN_PROSE: usize = 6;

/// How much of the text before and after a mark is looked at: without an end, long text would take long.
const BEFORE: usize = 512;
const AFTER: usize = 512;

/// Whether a secret is assigned somewhere in the text.
pub(super) fn is_in(text: &str) -> bool {
    let mut marks = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':' | b'>'));
    marks.any(|(at, mark)| {
        let before = &text[text.ceil_char_boundary(at.saturating_sub(BEFORE))..at];
        let after = &text[at + 1..text.floor_char_boundary(at + 1 + AFTER)];
        match mark {
            b'=' => is_assigned(before, after_equals(after)),
            b':' => is_said(before, after),
            _ => is_element(before, after),
        }
    })
}

/// What follows the mark: `=`, `=>`, `:=`. A comparison assigns nothing.
fn after_equals(rest: &str) -> Option<&str> {
    match rest.strip_prefix('>') {
        Some(rest) => Some(rest),
        None if rest.starts_with(['=', '~']) => None,
        None => Some(rest),
    }
}

fn is_assigned(before: &str, after: Option<&str>) -> bool {
    let Some(after) = after else { return false };
    if before.ends_with(['=', '!', '<', '>', '~']) {
        return false;
    }
    let before = before.strip_suffix(':').unwrap_or(before);
    let Some(found) = name(before) else { return false };
    if names::of(found.name) == Name::Plain {
        return false;
    }
    let value = value(after);
    // A shell's place, and not a password.
    !(is_harmless(value.text) || found.name.eq_ignore_ascii_case("pwd") && value.text.starts_with(['/', '~']))
}

/// A colon assigns in a document, where name or value are quoted; in running text it may only introduce.
fn is_said(before: &str, after: &str) -> bool {
    let Some(found) = name(before) else { return false };
    let says = names::of(found.name);
    if says == Name::Plain || is_in_arn(before) {
        return false;
    }
    let value = value(after);
    if is_harmless(value.text) {
        return false;
    }
    if found.name.to_ascii_lowercase().ends_with("authorization") {
        let is_kind = AUTHORIZATIONS.contains(&value.text.to_ascii_lowercase().as_str());
        let secret =
            if is_kind { after[value.end..].split_whitespace().next().unwrap_or_default() } else { value.text };
        return !is_harmless(secret.trim_matches(['"', '\'', '\\']));
    }
    let is_mixed = value.text.len() >= SHORTEST_IN_PROSE
        && value.text.bytes().any(|byte| byte.is_ascii_digit())
        && value.text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_name_of_one = value.text.contains('/');
    match says {
        Name::Secret => found.is_quoted || value.is_quoted || is_mixed || is_line(found.around, &after[value.end..]),
        Name::Assigned => found.is_quoted && value.is_quoted || after.starts_with(' ') && is_mixed && !is_name_of_one,
        Name::Plain => false,
    }
}

/// Whether name and value are a line of their own among others, as in a document.
fn is_line(before: &str, after: &str) -> bool {
    let (before, after) = (before.trim_end_matches([' ', '-', '\t']), after.trim_start_matches([' ', '\r', '\t']));
    let (is_start, is_end) = (before.is_empty() || before.ends_with('\n'), after.is_empty() || after.starts_with('\n'));
    is_start && is_end && (before.len() + after.len() > 0)
}

fn is_element(before: &str, after: &str) -> bool {
    let Some(start) = before.rfind('<') else { return false };
    let element = before[start + 1..].split_whitespace().next().unwrap_or_default();
    let value = &after[..after.find('<').unwrap_or(0)];
    names::of(element) != Name::Plain && !is_harmless(value)
}

/// `arn:aws:secretsmanager:…:secret:prod/db` names a secret, and has none.
fn is_in_arn(before: &str) -> bool {
    let word = before
        .rsplit(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ',' | '['))
        .next();
    word.is_some_and(|word| word.contains("arn:"))
}

/// A name before a mark.
struct Found<'a> {
    name: &'a str,
    /// What is before it.
    around: &'a str,
    is_quoted: bool,
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\' | '`')
}

/// The name that a text ends with; `None` where there is none, or where it is a place in a document (`$.token`).
fn name(before: &str) -> Option<Found<'_>> {
    let bare = before.trim_end_matches([' ', '\t']);
    let unquoted = bare.trim_end_matches(is_quote);
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let name = &unquoted[unquoted.trim_end_matches(is_part).len()..];
    let around = &unquoted[..unquoted.len() - name.len()];
    let is_named = !name.is_empty() && !around.ends_with(['$', '@']);
    is_named.then_some(Found { name, around, is_quoted: unquoted.len() < bare.len() })
}

/// A value after a mark, and where it ends.
struct Value<'a> {
    text: &'a str,
    end: usize,
    is_quoted: bool,
}

/// What is behind the quotes that open here: one, or one within another. Two of a kind are empty text.
fn opened(bare: &str) -> &str {
    let mut rest = bare.trim_start_matches('\\');
    let mut outer = None;
    while let Some(quote) = rest.chars().next().filter(|quote| is_quote(*quote) && outer != Some(*quote)) {
        outer = Some(quote);
        rest = rest[1..].trim_start_matches('\\');
    }
    rest
}

fn value(after: &str) -> Value<'_> {
    let bare = after.trim_start_matches([' ', '\t']);
    let unquoted = opened(bare);
    let is_quoted = unquoted.len() < bare.len();
    let ends = |character: char| {
        is_quote(character) || !is_quoted && (character.is_whitespace() || matches!(character, '&' | ';' | ',' | '<'))
    };
    let text = &unquoted[..unquoted.find(ends).unwrap_or(unquoted.len())];
    Value { text, end: after.len() - unquoted.len() + text.len(), is_quoted }
}
