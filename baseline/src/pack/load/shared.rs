//! What controls and collectors share: schemas, sample events, definitions and facts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::files::{File, Kind};
use crate::doc::Doc;
use crate::expr::check_definition;
use crate::pack::cloudformation::{self, TypeSchema};
use crate::pack::definition::Definition;
use crate::pack::facts::Facts;
use crate::pack::schema::Schema;
use crate::pack::{definitions_source, events_source, facts_source};

/// CloudFormation's schemas, by type.
pub(super) fn schemas(files: &mut [(Kind, File)]) -> BTreeMap<String, Arc<TypeSchema>> {
    let mut schemas = BTreeMap::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Schema) {
        match cloudformation::read(&file.node.to_doc()) {
            Ok(schema) => drop(schemas.insert(schema.type_name.clone(), Arc::new(schema))),
            Err(message) => file.report.error(file.node.at, message),
        }
    }
    schemas
}

/// The facts that age, by id.
pub(super) fn facts(files: &mut [(Kind, File)]) -> BTreeMap<String, Facts> {
    let mut facts = BTreeMap::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Facts) {
        let path = Arc::from(file.source.path.as_str());
        let read = facts_source::read(&file.node, &path, &file.stem, &mut file.report);
        facts.extend(read.map(|read| (read.id.clone(), read)));
    }
    facts
}

/// The sample events of all files, by group.
pub(super) fn sample_events(files: &mut [(Kind, File)]) -> BTreeMap<String, Doc> {
    let mut groups = BTreeMap::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Events) {
        for (name, at, events) in events_source::read(&file.node, &mut file.report) {
            match groups.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(events);
                }
                Entry::Occupied(known) => {
                    file.report.error(at, format!("there are already sample events `{}`", known.key()));
                }
            }
        }
    }
    groups
}

/// The definitions of all files; what has errors is left out, of the schema as well.
pub(super) fn definitions(files: &mut [(Kind, File)], schema: &mut Schema) -> BTreeMap<Arc<str>, Definition> {
    let mut definitions: BTreeMap<Arc<str>, Definition> = BTreeMap::new();
    let mut places = Vec::new();
    for (index, (_, file)) in files.iter_mut().enumerate().filter(|(_, (kind, _))| *kind == Kind::Definitions) {
        for read in definitions_source::read(&file.node, &file.source, &mut file.report) {
            match definitions.entry(Arc::clone(read.definition.name())) {
                Entry::Vacant(place) => {
                    schema.add_definition(read.definition.compiled.clone());
                    places.push((index, read.body, Arc::clone(place.key())));
                    place.insert(read.definition);
                }
                Entry::Occupied(known) => file.report.error(read.at, format!("`{}` is already defined", known.key())),
            }
        }
    }
    // A definition may call any other, so they are looked at when all are known.
    let mut wrong = Vec::new();
    for (index, body, name) in places {
        let found = check_definition(&definitions[&name].compiled, schema);
        let file = &mut files[index].1;
        for problem in &found {
            let at = body.position_in(&file.source.text, problem.span.start);
            file.report.error_meant(at, problem.message.clone(), problem.suggestion.clone());
        }
        wrong.extend((!found.is_empty()).then_some(name));
    }
    for name in wrong {
        definitions.remove(&name);
        schema.remove_definition(&name);
    }
    definitions
}
