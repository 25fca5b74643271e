//! The types of a pack's collectors, their derived members and their conditions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expressions::{Place, checked};
use super::files::{File, Kind, types_in};
use crate::api::Catalog;
use crate::expr::{self, Env, Program, Type, TypeSource, compile};
use crate::pack::cloudformation::TypeSchema;
use crate::pack::collector::{self, ResourceType, Scope, within};
use crate::pack::schema::{Declared, Schema, subject_of};
use crate::pack::yaml::Node;
use crate::pack::{CompiledType, Pack, Source, check, collector_source};
use crate::suggest::closest;

/// The types of all collectors, each with the index of its file.
pub(super) fn read(
    files: &mut [(Kind, File)],
    written: &BTreeSet<String>,
    schemas: &BTreeMap<String, Arc<TypeSchema>>,
    catalog: &Catalog,
) -> BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> {
    let mut types: BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> = BTreeMap::new();
    let paths: Vec<String> = files.iter().map(|(_, file)| file.source.path.clone()).collect();
    for (index, (_, file)) in files.iter_mut().enumerate().filter(|(_, (kind, _))| *kind == Kind::Collector) {
        for (mut declared, node) in collector_source::read(&file.node, &mut file.report) {
            if let collector::Source::CloudControl(source) = &mut declared.source {
                source.schema = schemas.get(&*declared.name).cloned();
            }
            match types.get(&declared.name) {
                Some((_, first)) => {
                    let message = format!("`{}` is already declared in {}", declared.name, paths[*first]);
                    file.report.error(node.at, message);
                }
                None => drop(types.insert(Arc::clone(&declared.name), (Arc::new(declared), index))),
            }
        }
    }
    let mut declared: Declared =
        types.iter().map(|(name, (declared, _))| (Arc::clone(name), Arc::clone(declared))).collect();
    for name in check::in_circles(&declared) {
        let index = types[&name].1;
        circular(&name, &mut files[index].1);
        types.remove(&name);
        declared.remove(&name);
    }
    // Parents first: whose parent has errors has an error.
    for name in check::by_generation(&declared) {
        let (resource, index) = &types[&name];
        let file = &mut files[*index].1;
        let errors = file.report.errors();
        if let Some(node) = check::type_node(&file.node, &name) {
            let known = check::Known { declared: &declared, written };
            check::collector(resource, (&file.node, node), &known, catalog, &mut file.report);
        }
        if file.report.errors() != errors {
            types.remove(&name);
            declared.remove(&name);
        }
    }
    types
}

/// The names of all types in files of collectors, with errors or without, and in files that could not be parsed.
pub(super) fn written(files: &[(Kind, File)], unparsed: &[Source]) -> BTreeSet<String> {
    let collectors = files.iter().filter(|(kind, _)| *kind == Kind::Collector);
    let types = collectors.flat_map(|(_, file)| file.node.get("resources").and_then(Node::items).unwrap_or_default());
    let types = types.filter_map(|node| node.get("type")?.text().map(str::to_owned));
    types.chain(unparsed.iter().flat_map(|source| types_in(&source.text))).collect()
}

/// A type whose parents lead back to it is listed for nothing.
fn circular(name: &str, file: &mut File) {
    let node = check::type_node(&file.node, name).and_then(|node| node.get("list")?.get("each"));
    let at = node.map(|node| node.at).unwrap_or_default();
    file.report.error(at, format!("`{name}` is listed for each of what is listed for it"));
}

/// Who is said to judge what belongs to another account has to be there, with errors or without.
pub(super) fn judges(types: &BTreeMap<Arc<str>, (Arc<ResourceType>, usize)>, files: &mut [(Kind, File)]) {
    let controls: BTreeSet<String> =
        files.iter().filter(|(kind, _)| *kind == Kind::Control).map(|(_, file)| file.stem.clone()).collect();
    for (declared, index) in types.values() {
        let file = &mut files[*index].1;
        let foreign = declared.gather.iter().find_map(|(_, gather)| gather.foreign.as_ref());
        let judges = foreign.into_iter().flat_map(|foreign| &foreign.judged_by);
        for id in judges.filter(|id| !controls.contains(*id)) {
            let node = check::type_node(&file.node, &declared.name).and_then(|node| node.get("foreign"));
            let at = node.map(|node| node.place_of("judged_by", id)).unwrap_or_default();
            let suggestion = closest(id, controls.iter().map(String::as_str)).map(str::to_owned);
            file.report.warning_meant(at, format!("there is no control `{id}`"), suggestion);
        }
    }
}

/// The controls whose rows are looked at have to be there, with errors or without, be decided by the scan, and look at no
/// rows themselves: all such controls run at once.
pub(super) fn counted(types: &BTreeMap<Arc<str>, (Arc<ResourceType>, usize)>, pack: &Pack, files: &mut [(Kind, File)]) {
    let written: BTreeSet<String> =
        files.iter().filter(|(kind, _)| *kind == Kind::Control).map(|(_, file)| file.stem.clone()).collect();
    let looks_at_rows = |id: &str| {
        let declared = pack.control(id).map(|control| control.declared.values());
        declared.into_iter().flatten().any(|known| known.declared.scope == Scope::Findings)
    };
    for (declared, index) in types.values() {
        let collector::Source::Findings(counted) = &declared.source else { continue };
        let file = &mut files[*index].1;
        for id in &counted.controls {
            let node = check::type_node(&file.node, &declared.name);
            let at = node.map(|node| node.place_of("controls", id)).unwrap_or_default();
            if !written.contains(&**id) {
                let suggestion = closest(id, written.iter().map(String::as_str)).map(str::to_owned);
                file.report.error_meant(at, format!("there is no control `{id}`"), suggestion);
            } else if pack.control(id).is_some_and(|control| control.passes.is_none()) {
                file.report.error(at, format!("`{id}` is decided by a person, and by no scan"));
            } else if looks_at_rows(id) {
                file.report.error(at, format!("`{id}` is itself about what a scan found"));
            }
        }
    }
}

fn env(types: &dyn TypeSource, resource: Type) -> Env<'_> {
    Env { types, resource, parent: None, settings: BTreeMap::new(), lets: &[], variant: None }
}

/// Compiles the derived members of all types. One may read those of other types, and those of its own that stand before
/// it, so they are compiled as soon as what they read is known; what is never known, is read in a circle or is not there.
pub(super) fn derive(
    types: &BTreeMap<Arc<str>, (Arc<ResourceType>, usize)>,
    files: &mut [(Kind, File)],
    schema: &mut Schema,
) {
    let mut waiting: Vec<_> = types.values().map(|(declared, file)| (declared, *file, 0)).collect();
    loop {
        let mut is_further = false;
        for (declared, _, done) in &mut waiting {
            while let Some((member, text)) = declared.derive.get(*done) {
                let resource = schema.resource_type(&declared.name).unwrap_or_default();
                let Ok((derived, kind)) = expr::derive(member, text, &env(schema, resource)) else { break };
                schema.add_derived(&declared.name, derived, kind);
                *done += 1;
                is_further = true;
            }
        }
        if !is_further {
            break;
        }
    }
    for (declared, file, done) in waiting {
        let file = &mut files[file].1;
        for (member, text) in &declared.derive[done..] {
            let resource = schema.resource_type(&declared.name).unwrap_or_default();
            let compiled = expr::derive(member, text, &env(schema, resource));
            let node = check::type_node(&file.node, &declared.name).and_then(|node| node.get("derive")?.get(member));
            let place = Place { node, lets: None, text: &file.source.text };
            for problem in compiled.err().into_iter().flatten() {
                file.report.error_meant(place.at(&problem), problem.message, problem.suggestion);
            }
        }
    }
}

/// Compiles a type's conditions; `None` when one has errors.
pub(super) fn conditions(declared: &Arc<ResourceType>, file: &mut File, schema: &Schema) -> Option<CompiledType> {
    let env = env(schema, schema.resource_type(&declared.name).unwrap_or_default());
    // What is derived may need what is only being gathered.
    let gathered = env.resource.without_derived();
    let errors = file.report.errors();
    let mut compiled = CompiledType {
        declared: Arc::clone(declared),
        conditions: BTreeMap::new(),
        foreign: BTreeMap::new(),
        judged: None,
    };
    for (member, gather) in &declared.gather {
        let parent = within(member).map(|_| gathered.clone());
        let env = Env { parent, ..self::env(schema, subject_of(member, &gathered).unwrap_or_default()) };
        if let Some(text) = &gather.when {
            let program = condition(text, &env, file, &declared.name, &["gather", member, "when"]);
            if gather.batch().is_some() {
                only_listed(program.as_deref(), declared, member, file);
            }
            compiled.conditions.extend(program.map(|program| (Arc::clone(member), program)));
        }
        if let Some(foreign) = &gather.foreign {
            let program = condition(&foreign.when, &env, file, &declared.name, &["foreign", "when"]);
            compiled.foreign.extend(program.map(|program| (Arc::clone(member), program)));
        }
    }
    if let Some(text) = &declared.judged_when {
        compiled.judged = condition(text, &env, file, &declared.name, &["judged_when"]);
        only_members(compiled.judged.as_deref(), file, &declared.name);
    }
    (file.report.errors() == errors).then_some(compiled)
}

/// Compiles the condition at a place below a type; `None` when it has errors.
fn condition(text: &str, env: &Env<'_>, file: &mut File, type_name: &str, path: &[&str]) -> Option<Arc<Program>> {
    let of_type = check::type_node(&file.node, type_name);
    let node = of_type.and_then(|node| path.iter().try_fold(node, |node, name| node.get(name)));
    let place = Place { node, lets: None, text: &file.source.text };
    checked(compile(text, env), &place, &mut file.report)
}

/// A batch is made of what the listing gave, before anything is gathered.
fn only_listed(condition: Option<&Program>, declared: &ResourceType, member: &str, file: &mut File) {
    let reads = condition.into_iter().flat_map(|program| &program.reads().resource_members);
    for read in reads.filter(|read| declared.gather.iter().any(|(known, _)| known.as_ref() == read.as_str())) {
        let at = check::type_node(&file.node, &declared.name).map(|node| node.at).unwrap_or_default();
        file.report.error(at, format!("`{member}` is gathered in batches, before `{read}` that its condition reads"));
    }
}

/// Whether something is judged is told by itself: a listing that it joined might not be collected.
fn only_members(judged: Option<&Program>, file: &mut File, type_name: &str) {
    if judged.is_some_and(|program| !program.reads().listings.is_empty()) {
        let at = check::type_node(&file.node, type_name).map(|node| node.at).unwrap_or_default();
        file.report.error(at, "`judged_when` reads the resource itself, and no listing");
    }
}
