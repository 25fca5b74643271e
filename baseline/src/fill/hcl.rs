//! References of Terraform, filled, and labels of its own for what a fragment declares. A fragment is read as far as that
//! takes: blocks that begin in the first column, strings with what they interpolate, comments.

use std::collections::BTreeSet;

use super::meaning::{Meanings, Word};
use super::quote::{hcl, is_bare};
use super::{Filled, Left, block, label};

/// What begins a reference to something that is declared elsewhere, besides resources.
const ELSEWHERE: [&str; 4] = ["var.", "local.", "module.", "data."];

/// Fills a fragment.
pub(super) fn fill(text: &str, meanings: &Meanings<'_>) -> Filled {
    let existing = meanings.resources();
    let is_there = |block: &str| head(block).is_some_and(|(kind, of, _)| kind == "resource" && existing.contains(of));
    let is_definition = |block: &&str| block::is_part(block) || is_there(block);
    let (definition, rest): (Vec<&str>, Vec<&str>) = block::blocks(text, begins).into_iter().partition(is_definition);
    let definition = definition.concat();
    if !rest.iter().any(|block| head(block).is_some_and(|(kind, ..)| kind == "resource")) {
        return Filled { definition: text.to_owned(), ..Filled::default() };
    }
    let declared = rest.iter().filter_map(|block| head(block)).map(|(kind, of, name)| match kind {
        "data" => format!("data.{of}.{name}"),
        _ => format!("{of}.{name}"),
    });
    let mut filler =
        Filler { meanings, declared: declared.collect(), filled: Filled { definition, ..Filled::default() } };
    let filled: String = rest.into_iter().map(|block| filler.block(block)).collect();
    Filled { text: filled, ..filler.filled }
}

/// Whether a line begins a block.
fn begins(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// `resource "TYPE" "NAME"` of a block.
fn head(block: &str) -> Option<(&str, &str, &str)> {
    let line = block.lines().find(|line| begins(line))?;
    let mut parts = line.split('"');
    let (kind, of, _, name) = (parts.next()?.trim(), parts.next()?, parts.next()?, parts.next()?);
    matches!(kind, "resource" | "data").then_some((kind, of, name))
}

struct Filler<'a> {
    meanings: &'a Meanings<'a>,
    /// What the fragment declares itself: `TYPE.NAME`, `data.TYPE.NAME`.
    declared: BTreeSet<String>,
    filled: Filled,
}

impl Filler<'_> {
    fn block(&mut self, block: &str) -> String {
        let Some((_, of, name)) = head(block) else { return self.code(block) };
        let (before, after) = (format!("\"{of}\" \""), format!("{name}\""));
        match block.split_once(&format!("{before}{after}")) {
            Some((start, rest)) => {
                let label = label::terraform(name, self.meanings.subject);
                format!("{start}{before}{label}\"{}", self.code(rest))
            }
            None => self.code(block),
        }
    }

    /// Expressions, and what is around them.
    fn code(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => {
                    let end = string_end(rest);
                    let filled = self.string(&rest[..end]);
                    out.push_str(&filled);
                    rest = &rest[end..];
                    continue;
                }
                '#' => line_end(rest),
                '/' if rest.starts_with("//") => line_end(rest),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
                '<' if rest.starts_with("<<") => {
                    let end = document_end(rest);
                    let filled = self.document(&rest[..end]);
                    out.push_str(&filled);
                    rest = &rest[end..];
                    continue;
                }
                first if first.is_ascii_alphabetic() || first == '_' => {
                    let end = reference_end(rest);
                    match self.reference(&rest[..end]) {
                        Some(filled) => out.push_str(&filled),
                        None => out.push_str(&rest[..end]),
                    }
                    rest = &rest[end..];
                    continue;
                }
                first if first.is_ascii_digit() => {
                    rest.find(|each: char| !each.is_ascii_alphanumeric()).unwrap_or(rest.len())
                }
                first => first.len_utf8(),
            };
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
        out
    }

    /// A reference in an expression; `None` where it stays.
    fn reference(&mut self, reference: &str) -> Option<String> {
        match self.meanings.of(reference) {
            Word::Value(value) => {
                self.filled.fills += usize::from(self.meanings.identifies(reference));
                return Some(format!("\"{}\"", hcl(&value)));
            }
            Word::Left(left) => match self.renamed(reference) {
                // It is not there yet, and the fragment makes it.
                Some(renamed) => return Some(renamed),
                None => drop(self.filled.left.insert(reference.to_owned(), left)),
            },
            Word::None => {
                if let Some(renamed) = self.renamed(reference) {
                    return Some(renamed);
                }
                let is_elsewhere = ELSEWHERE.iter().any(|start| reference.starts_with(start))
                    || reference.starts_with("aws_") && reference.contains('.');
                if is_elsewhere {
                    self.filled.left.insert(reference.to_owned(), self.meanings.chosen(reference));
                }
            }
        }
        None
    }

    /// A reference to what the fragment declares, under its new name.
    fn renamed(&self, reference: &str) -> Option<String> {
        let mut parts = reference.split('.');
        let (data, of) = match parts.next()? {
            "data" => ("data.", parts.next()?),
            of => ("", of),
        };
        let name = parts.next()?;
        let declared = format!("{data}{of}.{name}");
        let rest = reference.strip_prefix(&declared)?;
        let label = label::terraform(name, self.meanings.subject);
        self.declared.contains(&declared).then(|| format!("{data}{of}.{label}{rest}"))
    }

    /// A string with its quotes: what it interpolates is code, and becomes text where it is one reference.
    fn string(&mut self, string: &str) -> String {
        self.template(string, |value| Some(hcl(value)))
    }

    /// The lines after `<<END`: there are no escapes.
    fn document(&mut self, text: &str) -> String {
        self.template(text, |value| (is_bare(value) && !value.ends_with('%')).then(|| value.to_owned()))
    }

    fn template(&mut self, text: &str, quoted: impl Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let end = at + 2 + interpolated(&rest[at + 2..]);
            // `$${` is text.
            if rest[..at].ends_with('$') || end >= rest.len() {
                out.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
                continue;
            }
            out.push_str(&rest[..at]);
            let inner = &rest[at + 2..end];
            let text = match self.meanings.of(inner.trim()) {
                Word::Value(value) => match quoted(&value) {
                    Some(text) => {
                        self.filled.fills += usize::from(self.meanings.identifies(inner.trim()));
                        Some(text)
                    }
                    None => {
                        self.filled.left.insert(inner.trim().to_owned(), Left::NotQuotable);
                        Some(rest[at..=end].to_owned())
                    }
                },
                _ => None,
            };
            let text = text.unwrap_or_else(|| format!("${{{}}}", self.code(inner)));
            out.push_str(&text);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        out
    }
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Where a string ends that begins the text, its quotes included.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            b'$' if bytes[at + 1..].starts_with(b"{") => at += 3 + interpolated(&text[at + 2..]),
            _ => at += 1,
        }
    }
    text.len()
}

/// How long it is to the brace that closes an interpolation.
fn interpolated(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += string_end(&text[at..]);
                continue;
            }
            b'{' => depth += 1,
            b'}' if depth == 0 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Where the lines after `<<END` end.
fn document_end(text: &str) -> usize {
    let name = text.trim_start_matches(['<', '-', '~']).split_whitespace().next().unwrap_or_default();
    let mut at = line_end(text);
    for line in text[at..].split_inclusive('\n').skip(1) {
        at += line.len();
        if line.trim() == name {
            return at;
        }
    }
    text.len()
}

/// Where a name ends that begins the text, with its members: `aws_subnet.private[*].id`.
fn reference_end(text: &str) -> usize {
    let is_part = |each: char| each.is_ascii_alphanumeric() || each == '_' || each == '-';
    let mut at = text.find(|each| !is_part(each)).unwrap_or(text.len());
    loop {
        let rest = &text[at..];
        let index = rest.strip_prefix('[').and_then(|inner| {
            let end = inner.find(']')?;
            let is_index = inner[..end] == *"*" || end > 0 && inner[..end].bytes().all(|each| each.is_ascii_digit());
            is_index.then_some(end + 2)
        });
        let member =
            rest.strip_prefix('.').map(|member| 1 + member.find(|each| !is_part(each)).unwrap_or(member.len()));
        match index.or(member.filter(|length| *length > 1)) {
            Some(length) => at += length,
            None => return at,
        }
    }
}
