//! A place in a pattern's text, and what is wrong there.

use std::fmt;

/// Characters of the text after a mistake that a message shows.
const SHOWN: usize = 24;

/// Why a pattern cannot be parsed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset in the pattern.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What stands there.
    found: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.found.is_empty() { "its end".to_owned() } else { format!("`{}`", self.found) };
        write!(f, "the filter pattern cannot be parsed at {place} (byte {}): {}", self.offset, self.message)
    }
}

/// Reads a text from left to right.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes what comes next, when it is this.
    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.offset += wanted.len();
        }
        found
    }

    pub(super) fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !test(c)).unwrap_or(rest.len());
        self.offset += end;
        &rest[..end]
    }

    /// Takes a word of letters, when it is this one.
    pub(super) fn take_word(&mut self, wanted: &str) -> bool {
        let mut ahead = self.clone();
        ahead.skip_spaces();
        let found = ahead.take_while(|c| c.is_ascii_alphanumeric() || c == '_') == wanted;
        if found {
            *self = ahead;
        }
        found
    }

    /// Something is wrong here.
    pub(super) fn malformed(&self, message: impl Into<String>) -> Malformed {
        let found = self.rest().chars().take(SHOWN).collect();
        Malformed { offset: self.offset, message: message.into(), found }
    }

    /// A text in double quotes, whose opening quote comes next. `\"` and `\\` are what they escape, as AWS's CDK writes
    /// them.
    pub(super) fn quoted(&mut self) -> Result<String, Malformed> {
        let start = self.clone();
        self.next();
        let mut text = String::new();
        loop {
            let here = self.clone();
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => match self.next() {
                    Some(escaped @ ('"' | '\\')) => text.push(escaped),
                    _ => return Err(here.malformed("only a quote and a backslash can be escaped")),
                },
                Some(plain) => text.push(plain),
                None => return Err(start.malformed("a quote is not closed")),
            }
        }
    }
}

/// A text in double quotes.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
