//! Words of commands, filled for a POSIX shell. Where a word stands decides how it is quoted: bare, in quotes, in JSON
//! within quotes, in a document that follows.

use std::ops::Range;

use super::meaning::{Meanings, Word};
use super::quote::{in_comment, is_bare, json, shell};
use super::{Filled, Left};
use crate::pack::words::capital_words;

/// What a part of the text is to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bare,
    /// Between single quotes.
    Single,
    /// Between double quotes; whether something is substituted there.
    Double {
        substitutes: bool,
    },
    Comment,
    /// The lines after `<<'END'`, which are taken as they are.
    Document,
    /// The lines after `<<END`, in which the shell replaces.
    Replaced,
}

/// Fills the words of commands.
pub(super) fn fill(text: &str, meanings: &Meanings<'_>) -> Filled {
    let parts = parts(text);
    let mut filled = Filled::default();
    let mut done = 0;
    for (start, word) in capital_words(text) {
        let value = match meanings.of(word) {
            Word::None => continue,
            Word::Left(left) => {
                filled.left.insert(word.to_owned(), left);
                continue;
            }
            Word::Value(value) => value,
        };
        let end = start + word.len();
        let Some((range, kind)) = parts.iter().find(|(range, _)| range.contains(&start)) else { continue };
        match quoted(text, range, *kind, start..end, &value) {
            Some(quoted) => {
                filled.text.push_str(&text[done..start]);
                filled.text.push_str(&quoted);
                filled.fills += usize::from(*kind != Kind::Comment && meanings.identifies(word));
                done = end;
            }
            None => drop(filled.left.insert(word.to_owned(), Left::NotQuotable)),
        }
    }
    filled.text.push_str(&text[done..]);
    filled
}

/// The value as it stands in the place of a word; `None` where nothing holds it there.
fn quoted(text: &str, part: &Range<usize>, kind: Kind, word: Range<usize>, value: &str) -> Option<String> {
    let bare = || is_bare(value).then(|| value.to_owned());
    match kind {
        Kind::Comment => Some(in_comment(value)),
        Kind::Bare => match argument(text, &word) {
            // An option, a file to read, and what is taken for JSON: the AWS CLI would not take it for the value.
            Some(_)
                if value.starts_with(['-', '[', '{'])
                    || ["file://", "fileb://"].iter().any(|at| value.starts_with(at)) =>
            {
                None
            }
            Some(around) if around.contains(['=', ',', '[', '{']) => bare(),
            Some(_) => shell(value),
            None => bare(),
        },
        Kind::Single if is_in_json(&text[part.clone()], word.start - part.start) => {
            Some(json(value).replace('\'', r"'\''"))
        }
        Kind::Document if is_in_json(&text[part.clone()], word.start - part.start) => Some(json(value)),
        Kind::Double { substitutes: false }
            if !is_bare(value) && !text[part.clone()].contains(['=', ',', '[', '{']) =>
        {
            Some(format!("\"{}\"", shell(value)?))
        }
        Kind::Single | Kind::Double { .. } | Kind::Document | Kind::Replaced => bare(),
    }
}

/// What is around a bare word in its argument, without the word; `None` where that is not certain.
fn argument(text: &str, word: &Range<usize>) -> Option<String> {
    let before = text[..word.start].rsplit(|each: char| each.is_whitespace()).next().unwrap_or_default();
    let after = text[word.end..].split(|each: char| each.is_whitespace()).next().unwrap_or_default();
    let around = format!("{before}{after}");
    (!around.contains(['"', '\'', '`', '$', '(', ')', '\\'])).then_some(around)
}

/// Whether a place is within a string of a text that is JSON.
fn is_in_json(text: &str, at: usize) -> bool {
    if !text.trim_start().starts_with(['{', '[']) {
        return false;
    }
    let (mut is_in, mut is_escaped) = (false, false);
    for each in text[..at].bytes() {
        match each {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_in = !is_in,
            _ => {}
        }
    }
    is_in
}

/// The parts of a text, one after the other. Quotes themselves belong to what is around them.
fn parts(text: &str) -> Vec<(Range<usize>, Kind)> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut documents: Vec<(String, Kind)> = Vec::new();
    let mut add = |range: Range<usize>, kind| parts.push((range, kind));
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\\' => {
                at += 2;
                continue;
            }
            b'\'' => Some((find(text, at + 1, "'"), Kind::Single)),
            b'"' => {
                let end = closing(bytes, at + 1);
                let substitutes = text[at + 1..end].contains(['$', '`']);
                Some((end, Kind::Double { substitutes }))
            }
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => Some((find(text, at, "\n"), Kind::Comment)),
            _ => None,
        };
        if let Some((end, kind)) = end {
            let inner = if kind == Kind::Comment { at } else { at + 1 };
            add(start..inner, Kind::Bare);
            add(inner..end, kind);
            // The line break after a comment, and a closing quote, are bare.
            (start, at) = (end, if kind == Kind::Comment { end } else { (end + 1).min(bytes.len()) });
            continue;
        }
        if bytes[at..].starts_with(b"<<") {
            let word = text[at + 2..].trim_start_matches('-').split_whitespace().next().unwrap_or_default();
            let name = word.trim_matches(['\'', '"']);
            documents.push((name.to_owned(), if name == word { Kind::Replaced } else { Kind::Document }));
            at = find(text, at, "\n");
            continue;
        }
        if bytes[at] == b'\n' && !documents.is_empty() {
            add(start..at + 1, Kind::Bare);
            at += 1;
            for (name, kind) in documents.drain(..) {
                let end = document_end(text, at, &name);
                add(at..end, kind);
                at = end;
            }
            start = at;
            continue;
        }
        at += 1;
    }
    add(start..bytes.len(), Kind::Bare);
    parts
}

/// Where something is next, or the end.
fn find(text: &str, from: usize, what: &str) -> usize {
    text[from..].find(what).map_or(text.len(), |at| from + at)
}

/// Where the double quotes end that began before.
fn closing(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Where the line begins that ends a document.
fn document_end(text: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        if line.trim_end() == name {
            return at;
        }
        at += line.len();
    }
    text.len()
}
