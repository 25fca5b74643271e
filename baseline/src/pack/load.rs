//! Loads a pack: files in, compiled controls and problems out. Must not know what is wrong with a file: the readers and
//! `check` say so.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::collector::ResourceType;
use super::control::{Control, Subject};
use super::problem::{Problem, Report};
use super::schema::{Schema, subject_of, tagged_type};
use super::yaml::{Node, parse};
use super::{
    CompiledControl, CompiledType, Pack, Source, check, collector_source, control_source, events_source, settings,
};
use crate::api::Catalog;
use crate::doc::Doc;
use crate::expr::{self, Env, Program, Type, TypeSource, compile};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Events,
    Framework,
    Collector,
    Control,
}

/// A file that could be parsed.
struct File {
    source: Source,
    node: Node,
    report: Report,
}

impl File {
    /// The file's name without its extension.
    fn stem(&self) -> &str {
        stem(&self.source.path)
    }
}

fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name)
}

/// Loads a pack.
pub(super) fn load(sources: Vec<Source>, catalog: &Catalog) -> (Pack, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut files = read(sources, &mut problems);
    let mut pack = Pack { digest: digest(&files), ..Pack::default() };
    let types = collectors(&mut files, catalog);
    let events = sample_events(&mut files);
    let schema = Schema::new(types.values().map(|(declared, _)| &**declared), catalog).with_events(events);
    for (name, (declared, file)) in &types {
        let file = &mut files[*file].1;
        if let Some(compiled) = conditions(declared, file, &schema) {
            pack.types.insert(Arc::clone(name), compiled);
        }
    }
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Framework) {
        if let Some(read) = control_source::read_framework(&file.node, &mut file.report) {
            check::framework(&read, stem(&file.source.path), &file.node, &mut file.report);
            pack.frameworks.insert(read.id.clone(), read);
        }
    }
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Control) {
        if let Some(compiled) = control(file, &pack, &schema) {
            pack.controls.insert(Arc::clone(compiled.id()), compiled);
        }
    }
    problems.extend(files.into_iter().flat_map(|(_, file)| file.report.into_problems()));
    problems.sort();
    (pack, problems)
}

/// Parses the files. A later file of the same kind and name replaces an earlier one.
fn read(sources: Vec<Source>, problems: &mut Vec<Problem>) -> Vec<(Kind, File)> {
    let mut files: BTreeMap<(Kind, String), File> = BTreeMap::new();
    for source in sources {
        let mut report = Report::new(&source.path);
        match parse(&source.text) {
            Err(error) => {
                report.error(error.at, error.message);
                problems.extend(report.into_problems());
            }
            Ok(node) => match kind(&source.path, &node) {
                Some(kind) => {
                    let key = (kind, stem(&source.path).to_owned());
                    if let Some(earlier) = files.get(&key).filter(|earlier| is_twin(&earlier.source.path, &source.path))
                    {
                        report.warning(node.at, format!("replaces {}, which has the same name", earlier.source.path));
                    }
                    files.insert(key, File { source, node, report });
                }
                None => {
                    report.error(node.at, "a pack's file lies below collectors/, controls/, events/ or frameworks/");
                    problems.extend(report.into_problems());
                }
            },
        }
    }
    files.into_iter().map(|((kind, _), file)| (kind, file)).collect()
}

/// Whether two files of the same name lie in the same pack, where one of them is a mistake and not an override.
fn is_twin(earlier: &str, later: &str) -> bool {
    let root = |path: &str| path.rfind("controls/").map(|at| path[..at].to_owned());
    root(earlier).is_some_and(|earlier| Some(earlier) == root(later))
}

/// What a file holds, by its directory; without one, by what it says.
fn kind(path: &str, node: &Node) -> Option<Kind> {
    let by_directory = path.rsplit(['/', '\\']).skip(1).find_map(|directory| match directory {
        "events" => Some(Kind::Events),
        "frameworks" => Some(Kind::Framework),
        "collectors" => Some(Kind::Collector),
        "controls" => Some(Kind::Control),
        _ => None,
    });
    by_directory.or_else(|| {
        let has = |name| node.get(name).is_some();
        if has("resources") {
            Some(Kind::Collector)
        } else if has("events") {
            Some(Kind::Events)
        } else if has("severity") || has("pass_when") {
            Some(Kind::Control)
        } else {
            None
        }
    })
}

fn digest(files: &[(Kind, File)]) -> String {
    let mut hasher = blake3::Hasher::new();
    for (kind, file) in files {
        hasher.update(format!("{kind:?} {} {}\n", file.stem(), file.source.text.len()).as_bytes());
        hasher.update(file.source.text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The types of all collectors, each with the index of its file.
fn collectors(files: &mut [(Kind, File)], catalog: &Catalog) -> BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> {
    let mut types: BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> = BTreeMap::new();
    for (index, (_, file)) in files.iter_mut().enumerate().filter(|(_, (kind, _))| *kind == Kind::Collector) {
        for (declared, node) in collector_source::read(&file.node, &mut file.report) {
            let errors = file.report.errors();
            if types.contains_key(&declared.name) {
                file.report.error(node.at, format!("`{}` is already declared by another collector", declared.name));
            }
            check::collector(&declared, node, catalog, &mut file.report);
            if file.report.errors() == errors {
                types.insert(Arc::clone(&declared.name), (Arc::new(declared), index));
            }
        }
    }
    types
}

/// The sample events of all files, by group.
fn sample_events(files: &mut [(Kind, File)]) -> BTreeMap<String, Doc> {
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

/// Compiles a type's conditions; `None` when one has errors.
fn conditions(declared: &Arc<ResourceType>, file: &mut File, schema: &Schema) -> Option<CompiledType> {
    let env = Env {
        types: schema,
        resource: schema.resource_type(&declared.name).unwrap_or_default(),
        settings: BTreeMap::new(),
    };
    let errors = file.report.errors();
    let mut compiled = CompiledType {
        declared: Arc::clone(declared),
        conditions: BTreeMap::new(),
        foreign: BTreeMap::new(),
        judged: None,
    };
    for (member, gather) in &declared.gather {
        let resource = subject_of(member, &env.resource).unwrap_or_default();
        let env = Env { types: schema, resource, settings: BTreeMap::new() };
        if let Some(text) = &gather.when {
            let program = condition(text, &env, file, &declared.name, &["gather", member, "when"]);
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

/// Where an expression stands.
struct Place<'a> {
    node: Option<&'a Node>,
    text: &'a str,
}

/// A compiled expression; what is wrong with it, and what may be, is reported.
fn checked(
    compiled: Result<Program, Vec<expr::Problem>>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Arc<Program>> {
    let at = |offset| place.node.map(|node| node.position_in(place.text, offset)).unwrap_or_default();
    match compiled {
        Ok(program) => {
            for warning in program.warnings() {
                report.warning_meant(at(warning.span.start), warning.message.clone(), warning.suggestion.clone());
            }
            Some(Arc::new(program))
        }
        Err(found) => {
            found.into_iter().for_each(|problem| {
                report.error_meant(at(problem.span.start), problem.message, problem.suggestion);
            });
            None
        }
    }
}

/// Compiles the condition at a place below a type; `None` when it has errors.
fn condition(text: &str, env: &Env<'_>, file: &mut File, type_name: &str, path: &[&str]) -> Option<Arc<Program>> {
    let of_type = check::type_node(&file.node, type_name);
    let node = of_type.and_then(|node| path.iter().try_fold(node, |node, name| node.get(name)));
    let place = Place { node, text: &file.source.text };
    checked(compile(text, env), &place, &mut file.report)
}

/// Whether something is judged is told by itself: a listing that it joined might not be collected.
fn only_members(judged: Option<&Program>, file: &mut File, type_name: &str) {
    if judged.is_some_and(|program| !program.reads().listings.is_empty()) {
        let at = check::type_node(&file.node, type_name).map(|node| node.at).unwrap_or_default();
        file.report.error(at, "`judged_when` reads the resource itself, and no listing");
    }
}

/// Reads, checks and compiles a control; `None` when it has errors.
fn control(file: &mut File, pack: &Pack, schema: &Schema) -> Option<CompiledControl> {
    let read = control_source::read(&file.node, pack, &mut file.report)?;
    let types: Vec<Arc<str>> = match &read.subject {
        Subject::Manual => Vec::new(),
        Subject::Types(names) => names.clone(),
        Subject::Tagged => {
            let tagged = pack.types.values().filter(|compiled| compiled.declared.tags.is_some());
            tagged.map(|compiled| Arc::clone(&compiled.declared.name)).collect()
        }
    };
    let stem = stem(&file.source.path).to_owned();
    check::control(&read, &stem, &file.node, pack, schema, &mut file.report);
    let applies = program(file, &read, "applies_when", read.applies_when.as_deref(), schema);
    let passes = program(file, &read, "pass_when", read.pass_when.as_deref(), schema);
    let compiled = CompiledControl {
        settings: Arc::new(settings::as_doc(&read.settings)),
        declared: types.iter().filter_map(|name| Some((Arc::clone(name), pack.resource_type(name)?.clone()))).collect(),
        types,
        applies,
        passes,
        file: Arc::from(file.source.path.as_str()),
        control: Arc::new(read),
    };
    check::compiled(&compiled, &file.node, pack, &mut file.report);
    (file.report.errors() == 0).then_some(compiled)
}

/// Compiles an expression against every type that the control is about.
fn program(file: &mut File, control: &Control, key: &str, text: Option<&str>, schema: &Schema) -> Option<Arc<Program>> {
    let text = text?;
    let settings: BTreeMap<String, Type> =
        control.settings.iter().map(|(name, value)| (name.clone(), setting_type(value))).collect();
    let subjects: Vec<Type> = match &control.subject {
        Subject::Types(names) => names.iter().filter_map(|name| schema.resource_type(name)).collect(),
        Subject::Tagged => vec![tagged_type()],
        Subject::Manual => Vec::new(),
    };
    let mut program = None;
    let place = Place { node: file.node.get(key), text: &file.source.text };
    for resource in subjects {
        let compiled = compile(text, &Env { types: schema, resource, settings: settings.clone() });
        program = checked(compiled, &place, &mut file.report).or(program);
    }
    program
}

fn setting_type(value: &Doc) -> Type {
    match value {
        Doc::Bool(_) => Type::Bool,
        Doc::Int(_) | Doc::Double(_) => Type::Number,
        Doc::String(_) => Type::String,
        Doc::List(items) => Type::List(Box::new(items.first().map(setting_type).unwrap_or_default())),
        Doc::Map(_) => Type::Map(Box::default()),
        Doc::Null | Doc::Unread(_) => Type::Any,
    }
}
