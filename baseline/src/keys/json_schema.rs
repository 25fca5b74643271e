//! A table of keys as a JSON Schema (draft 2020-12), for editors and for everything else that reads one. It refuses
//! nothing that the readers take, but for numbers where text is wanted: those are to be quoted.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Form, Key, Mark, Rule, Table, Value};

/// The dialect that the schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Where a released schema can be found.
const HOME: &str = "https://raw.githubusercontent.com/plumbline/plumbline/main/schemas";
/// The definition of a text that stands for a variant's value.
const PLACE: &str = "a-place";

/// A kind of file.
#[derive(Debug)]
pub struct Document {
    /// What it is called on the command line, and in the name of its schema.
    pub name: &'static str,
    /// What such a file is, in a few words.
    pub title: &'static str,
    /// What it may hold.
    pub form: &'static Form,
    /// Whether texts may stand for values.
    pub places: Places,
}

/// Whether texts such as `{port}` stand for values, which they do in a control with variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// They do.
    Filled,
    /// They are text.
    Kept,
}

impl Document {
    /// The name of the schema's file.
    pub fn file(&self) -> String {
        format!("{}.schema.json", self.name)
    }

    /// The schema.
    pub fn schema(&self) -> Json {
        let mut writer = Writer { places: self.places, definitions: BTreeMap::new() };
        let root = writer.form(self.form, Presence::Needed);
        let mut schema = Map::new();
        schema.insert("$schema".into(), DIALECT.into());
        schema.insert("$id".into(), format!("{HOME}/{}", self.file()).into());
        schema.insert("title".into(), self.title.into());
        schema.insert("$comment".into(), "Generated from the tables of the readers; do not edit.".into());
        schema.extend(root.as_object().cloned().unwrap_or_default());
        let definitions: Map<String, Json> = writer.definitions.into_iter().collect();
        if !definitions.is_empty() {
            schema.insert("$defs".into(), definitions.into());
        }
        Json::Object(schema)
    }

    /// The schema as a file.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(&self.schema()).expect("a schema is plain JSON");
        format!("{text}\n")
    }
}

/// Whether a value has to be there: then its text is not blank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Needed,
    Optional,
}

struct Writer {
    places: Places,
    /// The tables so far, by what they are called.
    definitions: BTreeMap<String, Json>,
}

impl Writer {
    fn form(&mut self, form: &Form, presence: Presence) -> Json {
        match form {
            Form::Any => json!({}),
            Form::Text if presence == Presence::Needed => json!({ "type": "string", "pattern": r"\S" }),
            Form::Text => json!({ "type": "string" }),
            Form::Word => json!({ "type": ["string", "number", "boolean"] }),
            Form::Matching(pattern) => json!({ "type": "string", "pattern": pattern }),
            Form::OneOf(words) => self.or_place(json!({ "enum": words() })),
            Form::Flag => self.or_place(json!({ "type": "boolean" })),
            Form::Number => self.or_place(json!({ "type": "number" })),
            Form::Percent => self.or_place(json!({ "type": "number", "minimum": 0, "maximum": 100 })),
            Form::Whole { min, max } => self.or_place(json!({ "type": "integer", "minimum": min, "maximum": max })),
            Form::List(item) => json!({ "type": "array", "items": self.form(item, Presence::Optional) }),
            Form::OneOrMore(item) => {
                let item = self.form(item, Presence::Optional);
                json!({ "anyOf": [item, { "type": "array", "items": item }] })
            }
            Form::Map(value) => {
                json!({ "type": "object", "additionalProperties": self.form(value, Presence::Optional) })
            }
            Form::Table(table) => self.reference(table),
            Form::Either(forms) => {
                let forms: Vec<Json> = forms.iter().map(|form| self.form(form, presence)).collect();
                json!({ "anyOf": forms })
            }
            Form::Marked(marks, then, otherwise) => {
                let marks: Vec<Json> = marks.iter().map(marked).collect();
                json!({
                    "if": { "type": "object", "anyOf": marks },
                    "then": self.form(then, presence),
                    "else": self.form(otherwise, presence),
                })
            }
        }
    }

    /// A value, or in a control with variants the place of one.
    fn or_place(&mut self, form: Json) -> Json {
        if self.places == Places::Kept {
            return form;
        }
        let place = json!({
            "description": "The value that each variant has.",
            "type": "string",
            "pattern": r"^\{[^{}]+\}$",
        });
        self.definitions.insert(PLACE.to_owned(), place);
        json!({ "anyOf": [form, { "$ref": pointer(PLACE) }] })
    }

    fn reference(&mut self, table: &Table) -> Json {
        let name = slug(table.what);
        if !self.definitions.contains_key(&name) {
            // First the name: a table may be within itself.
            self.definitions.insert(name.clone(), Json::Null);
            let schema = self.table(table);
            self.definitions.insert(name.clone(), schema);
        }
        json!({ "$ref": pointer(&name) })
    }

    fn table(&mut self, table: &Table) -> Json {
        let properties: Map<String, Json> =
            table.keys.iter().map(|key| (key.name.to_owned(), self.property(key))).collect();
        let required: Vec<&str> = table.keys.iter().filter(|key| key.is_needed).map(|key| key.name).collect();
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        let rules: Vec<Json> = table.rules.iter().flat_map(rule).collect();
        if !rules.is_empty() {
            schema["allOf"] = rules.into();
        }
        schema
    }

    fn property(&mut self, key: &Key) -> Json {
        let presence = if key.is_needed { Presence::Needed } else { Presence::Optional };
        let mut schema = self.form(&key.form, presence);
        schema["description"] = key.says.into();
        schema
    }
}

fn pointer(name: &str) -> String {
    format!("#/$defs/{name}")
}

/// What a map is called, as a name that needs no escape in a pointer.
fn slug(what: &str) -> String {
    let words = what.split(|each: char| !each.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn marked(Mark(key, value): &Mark) -> Json {
    match value {
        Some(value) => json!({ "required": [key], "properties": { *key: { "const": value } } }),
        None => json!({ "required": [key] }),
    }
}

fn has(key: &str) -> Json {
    json!({ "required": [key] })
}

/// What a rule says, as schemas that all have to hold.
fn rule(rule: &Rule) -> Vec<Json> {
    match rule {
        Rule::ExactlyOne(keys) => vec![json!({ "oneOf": keys.iter().map(|key| has(key)).collect::<Vec<_>>() })],
        Rule::Needs(key, others) => vec![json!({ "dependentRequired": { *key: others } })],
        Rule::When(key, value, others) => {
            let value = match value {
                Value::Word(word) => json!({ "const": word }),
                Value::Set => json!({ "const": true }),
            };
            let is_so = json!({ "required": [key], "properties": { *key: value } });
            vec![json!({ "if": is_so, "then": { "required": others } })]
        }
        Rule::Unless { flag, without, needed, shows } => {
            let is_set = json!({ "required": [flag], "properties": { *flag: { "const": true } } });
            let none: Vec<Json> = without.iter().map(|key| json!({ "not": has(key) })).collect();
            let shown = shows.iter().map(|(list, key, word)| {
                let item = json!({ "required": [key], "properties": { *key: { "const": word } } });
                json!({ "properties": { *list: { "contains": item } } })
            });
            let needed = std::iter::once(json!({ "required": needed })).chain(shown).collect::<Vec<_>>();
            vec![json!({ "if": is_set, "then": { "allOf": none }, "else": { "allOf": needed } })]
        }
        Rule::Lacking { list, key, needed } => {
            let lacking = json!({ "type": "object", "not": has(key) });
            let some = json!({ "required": [list], "properties": { *list: { "type": "array", "contains": lacking } } });
            vec![json!({ "if": some, "then": has(needed) })]
        }
    }
}
