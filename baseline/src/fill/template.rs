//! References of CloudFormation, filled, and logical ids of its own for what a fragment declares. A fragment is a map of
//! resources, each of which begins in the first column. What nothing stands for becomes a parameter.

use std::collections::BTreeSet;

use super::meaning::{Meanings, Word};
use super::quote::{is_bare, yaml};
use super::{Filled, Left, block, label};

/// Fills a fragment.
pub(super) fn fill(text: &str, meanings: &Meanings<'_>) -> Filled {
    let of_type = format!("Type: {}", meanings.subject.declared.name);
    let is_definition = |block: &&str| block::is_part(block) || block.lines().any(|line| line.trim() == of_type);
    let (definition, rest): (Vec<&str>, Vec<&str>) =
        block::blocks(text, |line| name(line).is_some()).into_iter().partition(is_definition);
    let definition = definition.concat();
    let declared = rest.iter().filter_map(|block| name(block)).collect();
    let mut filler = Filler { meanings, declared, filled: Filled { definition, ..Filled::default() } };
    let filled: String = rest.into_iter().map(|block| filler.block(block)).collect();
    Filled { text: filled, ..filler.filled }
}

/// The logical id of a resource.
fn name(block: &str) -> Option<&str> {
    let line = block.lines().find(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))?;
    line.split_once(':').map(|(name, _)| name).filter(|name| name.bytes().all(|each| each.is_ascii_alphanumeric()))
}

struct Filler<'a> {
    meanings: &'a Meanings<'a>,
    declared: BTreeSet<&'a str>,
    filled: Filled,
}

impl Filler<'_> {
    fn block(&mut self, block: &str) -> String {
        let mut out = String::with_capacity(block.len());
        for line in block.split_inclusive('\n') {
            let declared = name(line).filter(|name| self.declared.contains(name));
            match declared {
                Some(name) => {
                    out.push_str(&label::cloudformation(name, self.meanings.subject));
                    out.push_str(&self.line(&line[name.len()..]));
                }
                None => out.push_str(&self.line(line)),
            }
        }
        out
    }

    fn line(&mut self, line: &str) -> String {
        let (code, comment) = line.split_at(comment_start(line));
        let mut out = String::with_capacity(line.len());
        let mut rest = code;
        loop {
            let starts = ["!Ref ", "!GetAtt ", "${", "DependsOn: "];
            let next = starts.iter().filter_map(|start| Some((rest.find(start)?, *start))).min();
            let Some((at, start)) = next else { break };
            let inner = &rest[at + start.len()..];
            let is_part = |each: char| each.is_ascii_alphanumeric() || each == '.' || each == ':';
            let length = inner.find(|each| !is_part(each)).unwrap_or(inner.len());
            let (reference, after) = inner.split_at(length);
            out.push_str(&rest[..at]);
            let is_quoted = code[..code.len() - rest.len() + at].matches('"').count() % 2 == 1;
            match start {
                "${" if after.starts_with('}') => {
                    out.push_str(&self.substituted(reference, is_quoted));
                    rest = &after[1..];
                }
                "!Ref " | "!GetAtt " => {
                    out.push_str(&self.reference(start, reference));
                    rest = after;
                }
                "DependsOn: " => {
                    out.push_str(start);
                    out.push_str(&self.renamed(reference).unwrap_or_else(|| reference.to_owned()));
                    rest = after;
                }
                _ => {
                    out.push_str(start);
                    rest = inner;
                }
            }
        }
        out + rest + comment
    }

    /// `!Ref X`, `!GetAtt X.Y`.
    fn reference(&mut self, start: &str, reference: &str) -> String {
        let word = format!("{start}{reference}");
        match self.meanings.of(&word) {
            Word::Value(value) => {
                self.filled.fills += usize::from(self.meanings.identifies(&word));
                return format!("\"{}\"", yaml(&value));
            }
            // What is not there yet, the fragment may make.
            Word::Left(left) if self.renamed(reference).is_none() => {
                return format!("!Ref {}", self.parameter(reference, left));
            }
            Word::Left(_) | Word::None => {}
        }
        if reference.starts_with("AWS::") {
            return word;
        }
        match self.renamed(reference) {
            Some(renamed) => format!("{start}{renamed}"),
            None => format!("!Ref {}", self.parameter(reference, self.meanings.chosen(&word))),
        }
    }

    /// `${X}`, `${X.Y}` within text.
    fn substituted(&mut self, reference: &str, is_quoted: bool) -> String {
        let start = if reference.contains('.') { "!GetAtt " } else { "!Ref " };
        let word = format!("{start}{reference}");
        match self.meanings.of(&word) {
            // What it is substituted into reads `${` again.
            Word::Value(value) if is_quoted && !value.ends_with('$') => {
                self.filled.fills += usize::from(self.meanings.identifies(&word));
                return yaml(&value.replace("${", "${!"));
            }
            Word::Value(value) if is_bare(&value) && !value.ends_with(':') => {
                self.filled.fills += usize::from(self.meanings.identifies(&word));
                return value;
            }
            Word::Value(_) => return format!("${{{}}}", self.parameter(reference, Left::NotQuotable)),
            Word::Left(left) if self.renamed(reference).is_none() => {
                return format!("${{{}}}", self.parameter(reference, left));
            }
            Word::Left(_) | Word::None => {}
        }
        // `${AWS::Region}`, and what is no reference: `${aws:username}`.
        if reference.contains(':') || reference.is_empty() {
            return format!("${{{reference}}}");
        }
        match self.renamed(reference) {
            Some(renamed) => format!("${{{renamed}}}"),
            None => format!("${{{}}}", self.parameter(reference, self.meanings.chosen(&word))),
        }
    }

    /// A reference to what the fragment declares, under its new name.
    fn renamed(&self, reference: &str) -> Option<String> {
        let name = reference.split('.').next().unwrap_or_default();
        let own = self.declared.contains(name).then(|| label::cloudformation(name, self.meanings.subject))?;
        Some(format!("{own}{}", &reference[name.len()..]))
    }

    /// The parameter that stands for what nobody knows.
    fn parameter(&mut self, reference: &str, left: Left) -> String {
        let name = reference.replace('.', "");
        self.filled.left.insert(name.clone(), left);
        name
    }
}

/// Where a comment begins in a line, or its end.
fn comment_start(line: &str) -> usize {
    if line.starts_with('#') {
        return 0;
    }
    let is_outside = |at: &usize| ['"', '\''].iter().all(|quote| line[..*at].matches(*quote).count().is_multiple_of(2));
    line.match_indices(" #").map(|(at, _)| at).find(is_outside).unwrap_or(line.len())
}
