//! Loads a pack: files in, compiled controls and problems out. Must not know what is wrong with a file: the readers and
//! `check` say so.
//!
//! In reading order: `prose` (what is left out), `files` (which there are), `expressions`, `collectors` (their types),
//! `shared` (schemas, definitions, sample events and facts), `frameworks`.

mod collectors;
mod expressions;
mod files;
mod frameworks;
mod prose;
mod shared;

use std::sync::Arc;

use self::files::{File, Files, Kind, digest, read};
use super::control::Subject;
use super::handbook::Handbook;
use super::problem::Problem;
use super::schema::Schema;
use super::{CompiledControl, Pack, Reading, Source, check, control_source, framework, settings};
use crate::api::Catalog;
use crate::parallel;
use crate::policy::TABLES;

/// Loads a pack.
pub(super) fn load(sources: Vec<Source>, reading: Reading, catalog: &Catalog) -> (Pack, Vec<Problem>) {
    let mut problems = Vec::new();
    let sources = sources.into_iter().filter(|source| !Handbook::holds(&source.path)).collect();
    let Files { parsed: mut files, unparsed, replaced } = read(sources, reading, &mut problems);
    let digest = digest(&files, catalog.sources().chain(TABLES));
    let mut pack = Pack { digest, replaced, ..Pack::default() };
    let schemas = shared::schemas(&mut files);
    let written = collectors::written(&files, &unparsed);
    let types = collectors::read(&mut files, &written, &schemas, catalog);
    pack.events = shared::sample_events(&mut files);
    let declared = types.iter().map(|(name, (declared, _))| (Arc::clone(name), Arc::clone(declared))).collect();
    let mut schema = Schema::new(&declared, catalog).with_events(pack.events.clone());
    pack.definitions = shared::definitions(&mut files, &mut schema);
    collectors::derive(&types, &mut files, &mut schema);
    for (name, (declared, file)) in &types {
        if let Some(compiled) = collectors::conditions(declared, &mut files[*file].1, &schema) {
            pack.types.insert(Arc::clone(name), compiled);
        }
    }
    schema.keep(written, |name| pack.types.contains_key(name));
    pack.facts = shared::facts(&mut files);
    let controls: Vec<&mut File> =
        files.iter_mut().filter(|(kind, _)| *kind == Kind::Control).map(|(_, file)| file).collect();
    let compiled = parallel::map(controls, |file| {
        control(file, reading, &pack, &schema).ok_or_else(|| (file.stem.clone(), file.source.path.clone()))
    });
    for compiled in compiled {
        match compiled {
            Ok(compiled) => drop(pack.controls.insert(Arc::clone(compiled.id()), compiled)),
            Err((id, path)) => drop(pack.refused.insert(id, path)),
        }
    }
    let unread = unparsed.iter().filter(|source| files::is_of_controls(&source.path));
    pack.refused.extend(unread.map(|source| (files::stem(&source.path).to_owned(), source.path.clone())));
    collectors::judges(&types, &mut files);
    collectors::counted(&types, &pack, &mut files);
    pack.frameworks = frameworks::read(&mut files, &pack);
    pack.answers = framework::answers(&pack.frameworks);
    problems.extend(files::problems(files));
    problems.sort();
    (pack, problems)
}

/// Reads, checks and compiles a control; `None` when it has errors.
fn control(file: &mut File, reading: Reading, pack: &Pack, schema: &Schema) -> Option<CompiledControl> {
    let variant = file.variant.as_ref().map(|variant| Arc::clone(&variant.name));
    let read = control_source::read(&file.node, variant, pack, &mut file.report)?;
    let types: Vec<Arc<str>> = match &read.subject {
        Subject::Manual => Vec::new(),
        Subject::Types(names) => names.clone(),
        Subject::Tagged => {
            let tagged = pack.types.values().filter(|compiled| compiled.declared.tags.is_some());
            tagged.map(|compiled| Arc::clone(&compiled.declared.name)).collect()
        }
    };
    check::subject(&read, &file.node, schema, &mut file.report);
    if reading == Reading::Whole {
        check::control(&read, &file.stem, &file.node, pack, schema, &mut file.report);
    }
    let programs = expressions::programs(file, &read, schema);
    let compiled = CompiledControl {
        settings: Arc::new(settings::as_doc(&read.settings)),
        declared: types.iter().filter_map(|name| Some((Arc::clone(name), pack.resource_type(name)?.clone()))).collect(),
        types,
        applies: programs.applies,
        passes: programs.passes,
        file: Arc::from(file.source.path.as_str()),
        control: Arc::new(read),
    };
    check::compiled(&compiled, &file.node, pack, &mut file.report);
    (file.report.errors() == 0).then_some(compiled)
}
