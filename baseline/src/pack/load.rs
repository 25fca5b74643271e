//! Loads a pack: files in, compiled controls and problems out. Must not know what is wrong with a file: the readers and
//! `check` say so.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::cloudformation::{self, TypeSchema};
use super::collector::{ResourceType, Source as PackSource, within};
use super::control::{Control, Subject};
use super::framework::{self, Framework};
use super::problem::{Problem, Report};
use super::schema::{Declared, Schema, subject_of, tagged_type};
use super::yaml::{Node, parse};
use super::{
    CompiledControl, CompiledType, Pack, Source, check, collector_source, control_source, events_source, facts_source,
    settings,
};
use crate::api::Catalog;
use crate::doc::Doc;
use crate::expr::{self, Env, Program, Type, TypeSource, compile};
use crate::policy::TABLES;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Schema,
    Events,
    Facts,
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
    let known = [".yaml", ".yml", ".json"];
    known.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// Loads a pack.
pub(super) fn load(sources: Vec<Source>, catalog: &Catalog) -> (Pack, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut files = read(sources, &mut problems);
    let mut pack = Pack { digest: digest(&files, catalog.sources().chain(TABLES)), ..Pack::default() };
    let schemas = schemas(&mut files);
    let types = collectors(&mut files, &schemas, catalog);
    let events = sample_events(&mut files);
    let declared = types.iter().map(|(name, (declared, _))| (Arc::clone(name), Arc::clone(declared))).collect();
    let schema = Schema::new(&declared, catalog).with_events(events);
    for (name, (declared, file)) in &types {
        let file = &mut files[*file].1;
        if let Some(compiled) = conditions(declared, file, &schema) {
            pack.types.insert(Arc::clone(name), compiled);
        }
    }
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Facts) {
        let read = facts_source::read(&file.node, stem(&file.source.path), &mut file.report);
        pack.facts.extend(read.map(|facts| (facts.id.clone(), facts)));
    }
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Control) {
        if let Some(compiled) = control(file, &pack, &schema) {
            pack.controls.insert(Arc::clone(compiled.id()), compiled);
        }
    }
    pack.frameworks = frameworks(&mut files, &pack);
    pack.answers = framework::answers(&pack.frameworks);
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
                    report.error(
                        node.at,
                        "a pack's file lies below collectors/, controls/, events/, facts/, frameworks/ or schemas/",
                    );
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
        "schemas" => Some(Kind::Schema),
        "events" => Some(Kind::Events),
        "facts" => Some(Kind::Facts),
        "frameworks" => Some(Kind::Framework),
        "collectors" => Some(Kind::Collector),
        "controls" => Some(Kind::Control),
        _ => None,
    });
    by_directory.or_else(|| {
        let has = |name| node.get(name).is_some();
        if has("typeName") {
            Some(Kind::Schema)
        } else if has("extends") || has("requirements") {
            Some(Kind::Framework)
        } else if has("resources") {
            Some(Kind::Collector)
        } else if has("events") {
            Some(Kind::Events)
        } else if has("look_again_by") {
            Some(Kind::Facts)
        } else if has("severity") || has("pass_when") {
            Some(Kind::Control)
        } else {
            None
        }
    })
}

/// Of all that decides a verdict besides the code: the files, the tables about policies, the descriptors of the APIs.
fn digest<'a>(files: &[(Kind, File)], built_in: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (kind, file) in files {
        hasher.update(format!("{kind:?} {} {}\n", file.stem(), file.source.text.len()).as_bytes());
        hasher.update(file.source.text.as_bytes());
    }
    for text in built_in {
        hasher.update(format!("{}\n", text.len()).as_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// CloudFormation's schemas, by type.
fn schemas(files: &mut [(Kind, File)]) -> BTreeMap<String, Arc<TypeSchema>> {
    let mut schemas = BTreeMap::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Schema) {
        match cloudformation::read(&file.node.to_doc()) {
            Ok(schema) => drop(schemas.insert(schema.type_name.clone(), Arc::new(schema))),
            Err(message) => file.report.error(file.node.at, message),
        }
    }
    schemas
}

/// The types of all collectors, each with the index of its file.
fn collectors(
    files: &mut [(Kind, File)],
    schemas: &BTreeMap<String, Arc<TypeSchema>>,
    catalog: &Catalog,
) -> BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> {
    let mut types: BTreeMap<Arc<str>, (Arc<ResourceType>, usize)> = BTreeMap::new();
    for (index, (_, file)) in files.iter_mut().enumerate().filter(|(_, (kind, _))| *kind == Kind::Collector) {
        for (mut declared, node) in collector_source::read(&file.node, &mut file.report) {
            if let PackSource::CloudControl(source) = &mut declared.source {
                source.schema = schemas.get(&*declared.name).cloned();
            }
            if types.contains_key(&declared.name) {
                file.report.error(node.at, format!("`{}` is already declared by another collector", declared.name));
            } else {
                types.insert(Arc::clone(&declared.name), (Arc::new(declared), index));
            }
        }
    }
    let mut declared: Declared =
        types.iter().map(|(name, (declared, _))| (Arc::clone(name), Arc::clone(declared))).collect();
    // Parents first: whose parent has errors has an error.
    for name in check::by_generation(&declared) {
        let (resource, index) = &types[&name];
        let file = &mut files[*index].1;
        let errors = file.report.errors();
        if let Some(node) = check::type_node(&file.node, &name) {
            check::collector(resource, node, &declared, catalog, &mut file.report);
        }
        if file.report.errors() != errors {
            types.remove(&name);
            declared.remove(&name);
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

/// The frameworks of all files, with what other files add to them.
fn frameworks(files: &mut [(Kind, File)], pack: &Pack) -> BTreeMap<String, Framework> {
    let of_controls = files.iter().filter(|(kind, _)| *kind == Kind::Control);
    let written = of_controls.map(|(_, file)| file.stem().to_owned()).collect();
    let controls = framework::Controls { loaded: &pack.controls, written };
    let mut frameworks = BTreeMap::new();
    let mut extensions = Vec::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Framework) {
        match framework::read(&file.node, &mut file.report) {
            None => {}
            Some(framework::File::Extension(written)) => extensions.push((written, file)),
            Some(framework::File::Framework(written)) => {
                let stem = stem(&file.source.path).to_owned();
                let checked = framework::check(&written, &stem, &controls, &mut file.report);
                frameworks.extend(checked.map(|framework| (framework.id.clone(), framework)));
            }
        }
    }
    for (written, file) in extensions {
        framework::extend(&mut frameworks, &written, &controls, &mut file.report);
    }
    frameworks
}

/// Compiles a type's conditions; `None` when one has errors.
fn conditions(declared: &Arc<ResourceType>, file: &mut File, schema: &Schema) -> Option<CompiledType> {
    let env = Env {
        types: schema,
        resource: schema.resource_type(&declared.name).unwrap_or_default(),
        parent: None,
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
        let parent = within(member).map(|_| env.resource.clone());
        let env = Env { types: schema, resource, parent, settings: BTreeMap::new() };
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
                report.warning_meant(at(warning.offset), warning.message.clone(), warning.suggestion.clone());
            }
            Some(Arc::new(program))
        }
        Err(found) => {
            found.into_iter().for_each(|problem| {
                report.error_meant(at(problem.offset), problem.message, problem.suggestion);
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
        let compiled = compile(text, &Env { types: schema, resource, parent: None, settings: settings.clone() });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_what_is_built_in() {
        let of = |built_in: &[&'static str]| digest(&[], built_in.iter().copied());
        assert_eq!(of(&["a,b", "c"]), of(&["a,b", "c"]));
        assert_ne!(of(&["a,b", "c"]), of(&["a,b", "d"]));
        assert_ne!(of(&["a,b", "c"]), of(&["a,", "bc"]));
        let (pack, _) = load(Vec::new(), Catalog::embedded());
        let all: Vec<&str> = Catalog::embedded().sources().chain(TABLES).collect();
        assert_eq!(pack.digest, of(&all));
        assert!(all.len() > 20 && all.iter().all(|text| !text.is_empty()), "{}", all.len());
    }
}
