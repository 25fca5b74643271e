//! YAML with positions: every key and value knows its line and column, and so does every character of a text.
//!
//! Reads one document. Anchors, aliases and tags are refused: a pack's file says everything where it stands. Must not
//! know what the files of a pack mean.

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::doc::{Doc, Key};

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes from the start of the file.
    offset: usize,
}

impl Position {
    /// The beginning of a line, from 1, of a file that is not YAML.
    pub fn line(line: usize) -> Self {
        Self { line, column: 1, offset: 0 }
    }
}

/// A value and where it starts.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it starts.
    pub at: Position,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text; unquoted it may be a number, a boolean or null.
    Scalar {
        /// The text after folding and unescaping.
        text: String,
        /// Whether it can only be text.
        quoted: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<(Name, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    /// Where it starts.
    pub at: Position,
    /// The key.
    pub text: String,
}

/// Why a file could not be read at all.
#[derive(Debug)]
pub struct SyntaxError {
    /// Where.
    pub at: Position,
    /// What.
    pub message: String,
}

/// Reads a file of one document.
pub fn parse(source: &str) -> Result<Node, SyntaxError> {
    let mut reader = Reader { source, parser: Parser::new_from_str(source) };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) => {}
            Event::StreamEnd | Event::DocumentEnd => return Err(refuse(&span, "the file is empty")),
            _ => {
                let node = reader.node(event, span)?;
                reader.end()?;
                return Ok(node);
            }
        }
    }
}

fn refuse(span: &Span, message: &str) -> SyntaxError {
    SyntaxError { at: position(&span.start), message: message.to_owned() }
}

fn position(mark: &Marker) -> Position {
    Position { line: mark.line(), column: mark.col() + 1, offset: mark.byte_offset().unwrap_or_default() }
}

const TAB: &str = "a tab stands where blanks have to";

/// What the parser says, as somebody who writes a file would say it.
fn in_plain_words(said: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("mapping values are not allowed", "a colon and a blank stand within a text: put the text in quotes"),
        ("tabs disallowed", TAB),
        ("trailing content after", "the text goes on after its closing quote: put all of it in quotes"),
        ("expected '-' indicator", "the line begins in another column than those beside it"),
        ("could not find expected ':'", "a key without a colon"),
    ];
    let known = WORDS.iter().find(|(part, _)| said.contains(part));
    known.map_or_else(|| format!("this is not valid YAML: {said}"), |(_, words)| (*words).to_owned())
}

/// Where a tab indents a line or the one after it: what the parser trips over there, it is the tab.
fn indenting_tab(source: &str, line: usize) -> Option<Position> {
    let mut start = 0;
    for (index, text) in source.split_inclusive('\n').enumerate() {
        let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
        let is_near = index + 1 == line || index == line;
        if is_near && text[..indent].contains('\t') && !text.trim().is_empty() {
            return Some(Position { line: index + 1, column: indent + 1, offset: start + indent });
        }
        start += text.len();
    }
    None
}

struct Reader<'a> {
    source: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    /// The next event that is not a comment.
    fn next(&mut self) -> Result<(Event<'a>, Span), SyntaxError> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => {
                    let at = position(error.marker());
                    return Err(match indenting_tab(self.source, at.line) {
                        Some(at) => SyntaxError { at, message: TAB.to_owned() },
                        None => SyntaxError { at, message: in_plain_words(&error.info()) },
                    });
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, SyntaxError> {
        if event.anchor_id().is_some_and(|id| id != 0) || event.is_alias() {
            return Err(refuse(&span, "anchors and aliases are not used here: say it where it stands"));
        }
        if event.tag().is_some() {
            return Err(refuse(&span, "tags are not used here: quote what is text"));
        }
        let at = position(&span.start);
        let value = match event {
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), quoted: style != ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => self.list()?,
            Event::MappingStart(..) => self.map()?,
            _ => return Err(refuse(&span, "a value is expected here")),
        };
        Ok(Node { at, value })
    }

    fn list(&mut self) -> Result<Value, SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, SyntaxError> {
        let mut members: Vec<(Name, Node)> = Vec::new();
        loop {
            let name = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(members)),
                (Event::Scalar(text, ..), span) => Name { at: position(&span.start), text: text.into_owned() },
                (_, span) => return Err(refuse(&span, "a key is plain text")),
            };
            if let Some((first, _)) = members.iter().find(|(each, _)| each.text == name.text) {
                let message = format!("`{}` is already set in line {}", name.text, first.at.line);
                return Err(SyntaxError { at: name.at, message });
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            members.push((name, value));
        }
    }

    fn end(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd, _) => {}
                (_, span) => return Err(refuse(&span, "a file holds one document")),
            }
        }
    }
}

impl Node {
    /// The text of a scalar, whatever it looks like.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, quoted } if *quoted || !is_null(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a map.
    pub fn members(&self) -> Option<&[(Name, Node)]> {
        match &self.value {
            Value::Map(members) => Some(members),
            _ => None,
        }
    }

    /// A member of a map.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members()?.iter().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Where a key of a map stands.
    pub fn key(&self, name: &str) -> Option<Position> {
        self.members()?.iter().find(|(key, _)| key.text == name).map(|(key, _)| key.at)
    }

    /// Where a text of the list at a key stands; one text stands for a list of one. The map itself when it is not there.
    pub fn place_of(&self, key: &str, text: &str) -> Position {
        let Some(value) = self.get(key) else { return self.at };
        let items = value.items().unwrap_or_default();
        items.iter().find(|item| item.text() == Some(text)).map_or(value.at, |item| item.at)
    }

    /// The value as a document, by the core schema of YAML 1.2. `{ $unread: { reason: … } }` is a value that was not
    /// read, as it is in JSON.
    pub fn to_doc(&self) -> Doc {
        match &self.value {
            Value::Scalar { text, quoted: true } => Doc::from(text.as_str()),
            Value::Scalar { text, quoted: false } => plain(text),
            Value::List(items) => Doc::List(items.iter().map(Node::to_doc).collect()),
            Value::Map(members) => {
                let doc =
                    Doc::Map(members.iter().map(|(name, value)| (Key::new(&name.text), value.to_doc())).collect());
                match members.as_slice() {
                    [(name, _)] if name.text == "$unread" => Doc::from_json(&doc.to_json()).unwrap_or(doc),
                    _ => doc,
                }
            }
        }
    }

    /// Where the byte at `offset` of this scalar's text stands in the file.
    ///
    /// Text and file are walked side by side by what is not white space: folding, indentation, quotes and escapes then
    /// need no case of their own.
    pub fn position_in(&self, source: &str, offset: usize) -> Position {
        let Value::Scalar { text, quoted } = &self.value else { return self.at };
        let mut start = self.at.offset;
        let rest = source.get(start..).unwrap_or_default();
        if *quoted && rest.starts_with(['|', '>']) {
            start += rest.find('\n').map_or(0, |end| end + 1);
        }
        let mut raw = source.get(start..).unwrap_or_default().char_indices();
        let mut found = start;
        for (index, wanted) in text.char_indices().filter(|(_, each)| !each.is_whitespace()) {
            match raw.by_ref().find(|(_, each)| *each == wanted) {
                Some((at, _)) => found = start + at,
                None => break,
            }
            if index >= offset {
                break;
            }
        }
        place(source, found)
    }
}

/// Line and column of a byte.
fn place(source: &str, offset: usize) -> Position {
    let before = source.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, offset }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn plain(text: &str) -> Doc {
    if is_null(text) {
        return Doc::Null;
    }
    match text {
        "true" | "True" | "TRUE" => return Doc::Bool(true),
        "false" | "False" | "FALSE" => return Doc::Bool(false),
        _ => {}
    }
    let looks_numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let number = text.strip_prefix('+').unwrap_or(text);
    match (looks_numeric, number.parse::<i64>(), number.parse::<f64>()) {
        (true, Ok(whole), _) => Doc::Int(whole),
        (true, _, Ok(fraction)) if fraction.is_finite() => Doc::Double(fraction),
        _ => Doc::from(text),
    }
}

#[cfg(test)]
mod tests;
