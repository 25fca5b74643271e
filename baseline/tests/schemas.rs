//! The schemas for editors take every file of the packs that there are, and refuse nothing that the readers take.
//!
//! What is wrong with a file is made here: each key of a small pack is misspelt, left out, and given values of other kinds.
//! What the schema refuses the readers have to refuse, and an unknown or missing key both.

#[path = "packs/reading.rs"]
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use plumbline_baseline::api::Catalog;
use plumbline_baseline::keys::Document;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{DOCUMENTS, Level, Pack, Problem, Source};
use serde_json::{Value, json};

use reading::{File, directory_of, files_below, parsed};

/// A pack in which every key stands.
const GOOD: &str = "baseline/tests/packs/good";

fn validators() -> BTreeMap<&'static str, Validator> {
    let validator = |document: &Document| {
        let schema = document.schema();
        jsonschema::draft202012::meta::validate(&schema).expect("a schema of the draft");
        jsonschema::draft202012::new(&schema).expect("a schema that can be compiled")
    };
    DOCUMENTS.iter().map(|document| (directory_of(document.name), validator(document))).collect()
}

#[test]
fn every_file_of_every_pack_is_taken() {
    let validators = validators();
    let mut checked = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in ["baseline/pack", "docs/examples", GOOD].into_iter().flat_map(files_below) {
        let document = parsed(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let validator = validators.get(file.kind.as_str()).unwrap_or_else(|| panic!("{}: no schema", file.path));
        let errors = validator.iter_errors(&document);
        wrong.extend(errors.map(|error| format!("{}: at {}: {error}", file.path, error.instance_path())));
        *checked.entry(file.kind).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kinds: Vec<&str> = checked.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        ["collectors", "controls", "definitions", "events", "facts", "frameworks", "log-sources", "processes"]
    );
    assert!(checked["controls"] > 60, "{checked:?}");
}

#[test]
fn the_good_pack_has_nothing_wrong_and_every_key() {
    let problems = problems_of(files_below(GOOD).iter().map(File::source).collect());
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let mut written = BTreeSet::new();
    for file in files_below(GOOD) {
        names_within(&parsed(&file.text).expect("YAML"), &mut written);
    }
    let mut known = BTreeSet::new();
    for document in &DOCUMENTS {
        properties_within(&document.schema(), &mut known);
    }
    assert!(known.len() > 80, "{}", known.len());
    let missing: Vec<&String> = known.difference(&written).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn names_within(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            names.insert(name.clone());
            names_within(value, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| names_within(item, names)),
        _ => {}
    }
}

fn properties_within(schema: &Value, names: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        names.extend(properties.keys().cloned());
    }
    let inner: Vec<&Value> = match schema {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    inner.into_iter().for_each(|value| properties_within(value, names));
}

/// One thing that is wrong with a file, and what is at that place then.
struct Mutant {
    what: String,
    document: Value,
}

/// A file with each of its keys misspelt, left out, and given values of other kinds.
fn mutants(document: &Value) -> Vec<Mutant> {
    let mut places = Vec::new();
    places_within(document, String::new(), &mut places);
    let mut mutants = Vec::new();
    for place in places {
        let (parent, name) = place.rsplit_once('/').expect("a pointer");
        let name = name.replace("~1", "/").replace("~0", "~");
        let mut change = |what: &str, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut changed = document.clone();
            let members = changed.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent is a map");
            change(members);
            mutants.push(Mutant { what: format!("{place} {what}"), document: changed });
        };
        change("misspelt", &|members| {
            let value = members.remove(&name).expect("the member is there");
            members.insert(format!("{name}x"), value);
        });
        change("left out", &|members| drop(members.remove(&name)));
        let is_text = document.pointer(&place).is_some_and(|value| value.is_string() || value.is_array());
        for other in [json!([]), json!({}), json!([[]]), json!([{}]), json!({ "a": [[]] }), json!("?!"), json!(-7)] {
            // Readers take a number for the text that it is written as; an editor asks for quotes.
            if is_text && other.is_number() {
                continue;
            }
            change(&format!("is {other}"), &|members| drop(members.insert(name.clone(), other.clone())));
        }
    }
    mutants
}

/// Documents as AWS answers them: what they hold is for the types of resources to say.
const DOCUMENTS_WITHIN: [&str; 4] = ["resource", "others", "account", "organization"];

/// The places of all members of maps, as JSON pointers.
fn places_within(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                places.push(place.clone());
                if !DOCUMENTS_WITHIN.contains(&name.as_str()) {
                    places_within(value, place, places);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places_within(item, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// What is wrong with a pack and its handbook. A small one has controls that no process speaks of.
fn problems_of(sources: Vec<Source>) -> Vec<Problem> {
    let (pack, mut problems) = Pack::load(sources.iter().cloned(), Catalog::embedded());
    let (_, of_handbook) = Handbook::load(sources, &pack);
    problems.extend(of_handbook.into_iter().filter(|problem| problem.level == Level::Error));
    problems
}

/// What the readers say of a file among the others.
fn said(files: &[File], path: &str, text: &str) -> Vec<String> {
    let sources = files.iter().map(|file| match file.path == path {
        true => Source { path: file.path.clone(), text: text.to_owned() },
        false => file.source(),
    });
    let problems = problems_of(sources.collect());
    let own = problems.iter().filter(|problem| &*problem.file == path && problem.level == Level::Error);
    own.map(|problem| problem.message.clone()).collect()
}

#[test]
fn schemas_and_readers_agree_on_what_is_wrong() {
    let validators = validators();
    let files = files_below(GOOD);
    let (mut made, mut refused) = (0, 0);
    let mut wrong = Vec::new();
    for file in &files {
        let validator = &validators[file.kind.as_str()];
        for mutant in mutants(&parsed(&file.text).expect("YAML")) {
            made += 1;
            // JSON is YAML, and a text stays one.
            let errors = said(&files, &file.path, &mutant.document.to_string());
            let is_taken = validator.is_valid(&mutant.document);
            refused += usize::from(!is_taken);
            if !is_taken && errors.is_empty() {
                let errors: Vec<String> = validator.iter_errors(&mutant.document).map(|e| e.to_string()).collect();
                wrong.push(format!("{}: {}: only the schema refuses: {errors:?}", file.path, mutant.what));
            }
            let is_about_keys =
                |error: &&String| error.contains("has no key") || (error.contains(" needs `") && !error.contains(": "));
            if let Some(error) = errors.iter().find(is_about_keys).filter(|_| is_taken) {
                wrong.push(format!("{}: {}: only the reader refuses: {error}", file.path, mutant.what));
            }
        }
    }
    println!("{made} mutants, {refused} refused by schemas");
    assert!(made > 1500 && refused > made / 3, "{made} mutants, {refused} refused");
    assert!(wrong.is_empty(), "{} of {made}:\n{}", wrong.len(), wrong.join("\n"));
}
