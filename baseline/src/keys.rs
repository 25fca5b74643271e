//! What the maps of a file have for keys: one table for each map, from which a reader refuses what it does not know and
//! the JSON Schema for editors is made. Must not know any file: the tables stand beside the readers.
//!
//! In reading order: this (`Table`, `Key`, `Form`), `json_schema` (a table as a schema).

mod json_schema;

pub use json_schema::{Document, Places};

/// The keys of one map.
#[derive(Debug)]
pub struct Table {
    /// How messages call the map: "a control".
    pub what: &'static str,
    /// Its keys, in the order in which people write them.
    pub keys: &'static [Key],
    /// What holds of several keys together.
    pub rules: &'static [Rule],
    /// Keys that it had once, and where that is said now.
    pub moved: &'static [(&'static str, &'static str)],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value says, in one sentence.
    pub says: &'static str,
    /// What its value may be.
    pub form: Form,
    /// Whether it is always there.
    pub is_needed: bool,
}

/// What a value may be, as far as its form goes.
#[derive(Debug)]
pub enum Form {
    /// Anything: a document.
    Any,
    /// Text that says something.
    Text,
    /// Text, or what looks like a number or a boolean and is taken as it is written.
    Word,
    /// Text that matches a regular expression, which names the beginning and the end.
    Matching(&'static str),
    /// One of a few words.
    OneOf(fn() -> Vec<&'static str>),
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// A number from 0 to 100.
    Percent,
    /// A whole number of a range.
    Whole {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A list of these.
    List(&'static Form),
    /// One of these, or a list of them.
    OneOrMore(&'static Form),
    /// A map from names of one's own to these.
    Map(&'static Form),
    /// A map with these keys.
    Table(&'static Table),
    /// Any of these forms.
    Either(&'static [Form]),
    /// A map that has any of these keys is of the first form, and everything else of the second.
    Marked(&'static [Mark], &'static Form, &'static Form),
}

/// A key, with any value or a certain one, by which a map is told from others.
#[derive(Debug)]
pub struct Mark(pub &'static str, pub Option<&'static str>);

/// What holds of several keys of a map.
#[derive(Debug)]
pub enum Rule {
    /// Exactly one of them is there.
    ExactlyOne(&'static [&'static str]),
    /// Where the first is, the others are.
    Needs(&'static str, &'static [&'static str]),
    /// Where the first has this value, the others are there.
    When(&'static str, Value, &'static [&'static str]),
    /// Where a flag is set, the ones are not there; where it is not, the others are.
    Unless {
        /// The flag.
        flag: &'static str,
        /// What is not there with it.
        without: &'static [&'static str],
        /// What is there unless it is set.
        needed: &'static [&'static str],
        /// Lists that, unless it is set, have an item with this word at this key.
        shows: &'static [(&'static str, &'static str, &'static str)],
    },
    /// Where an item of a list lacks a key, the map itself has another.
    Lacking {
        /// The list.
        list: &'static str,
        /// What its items may have.
        key: &'static str,
        /// What is there when one of them does not.
        needed: &'static str,
    },
}

/// A value that a rule asks for.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A word.
    Word(&'static str),
    /// True.
    Set,
}

impl Key {
    /// A key that may be left out.
    pub const fn new(name: &'static str, form: Form, says: &'static str) -> Self {
        Self { name, says, form, is_needed: false }
    }

    /// The key, always there.
    pub const fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }
}

impl Table {
    /// A table in which every key stands for itself.
    pub const fn new(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, rules: &[], moved: &[] }
    }

    /// The table, with what holds of several keys.
    pub const fn with(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }

    /// The table, with what became of keys that it had once.
    pub const fn without(self, moved: &'static [(&'static str, &'static str)]) -> Self {
        Self { moved, ..self }
    }

    /// The names of the keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.keys.iter().map(|key| key.name)
    }

    /// Whether there is such a key.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}
