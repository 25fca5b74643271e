//! Regular expressions between percent signs: AWS's own subset, translated for our engine.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

use super::cursor::{Cursor, Malformed};

/// Characters that stand for themselves, besides letters, digits and spaces.
const SYMBOLS: &str = ":_#=@/;,-";
/// Characters that mean something.
const OPERATORS: &str = "^$?[]{}|\\*+.";
/// Letters that mean something after a backslash.
const CLASSES: &str = "dDsSwW";
/// Memory that one compiled expression may take.
const MOST_BYTES: usize = 1 << 20;

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    regex: Regex,
}

impl Expression {
    /// Reads `%…%`, whose first percent sign comes next.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let start = cursor.clone();
        cursor.next();
        let mut translation = Translation::default();
        loop {
            let here = cursor.clone();
            match cursor.next() {
                Some('%') => break,
                Some(c) => translation.add(c, cursor).map_err(|message| here.malformed(message))?,
                None => return Err(start.malformed("a regular expression is not closed with `%`")),
            }
        }
        let length = start.rest().len() - cursor.rest().len();
        let source = start.rest()[1..length - 1].to_owned();
        if source.is_empty() {
            return Err(start.malformed("a regular expression is empty"));
        }
        let built = RegexBuilder::new(&translation.text).unicode(false).size_limit(MOST_BYTES).build();
        let regex = built.map_err(|_| start.malformed("this is no regular expression"))?;
        Ok(Self { source, regex })
    }

    /// Whether it matches anywhere in a text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

/// Our engine's own syntax, in the making.
#[derive(Default)]
struct Translation {
    text: String,
    /// Whether a character class is open, in which our engine knows more operators than AWS does.
    in_class: bool,
}

impl Translation {
    fn add(&mut self, c: char, cursor: &mut Cursor<'_>) -> Result<(), String> {
        match c {
            '\\' => return self.escaped(cursor),
            '[' if self.in_class => self.text.push_str("\\["),
            '-' if self.in_class && self.text.ends_with('-') => self.text.push_str("\\-"),
            '[' | ']' => {
                self.in_class = c == '[';
                self.text.push(c);
            }
            // AWS lets the least number be left out.
            '{' if cursor.rest().starts_with(',') => self.text.push_str("{0"),
            c if c.is_ascii_alphanumeric() || c == ' ' || SYMBOLS.contains(c) || OPERATORS.contains(c) => {
                self.text.push(c);
            }
            '(' | ')' => return Err("a regular expression has no groups".to_owned()),
            c => return Err(format!("a regular expression holds no `{c}`")),
        }
        Ok(())
    }

    fn escaped(&mut self, cursor: &mut Cursor<'_>) -> Result<(), String> {
        match cursor.next() {
            Some('x') => {
                let digits: String = cursor.rest().chars().take(2).filter(char::is_ascii_hexdigit).collect();
                if digits.len() != 2 {
                    return Err("`\\x` wants two hexadecimal digits".to_owned());
                }
                cursor.next();
                cursor.next();
                self.text.push_str("\\x");
                self.text.push_str(&digits);
            }
            Some(c) if CLASSES.contains(c) || SYMBOLS.contains(c) || OPERATORS.contains(c) => {
                // A symbol needs no backslash, and our engine knows some of them with one as something else.
                if !SYMBOLS.contains(c) || c == '-' {
                    self.text.push('\\');
                }
                self.text.push(c);
            }
            _ => return Err("nobody knows what this escapes".to_owned()),
        }
        Ok(())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source)
    }
}
