//! The pack: collectors, controls and frameworks, read from YAML, checked against the API descriptors and compiled.
//!
//! Loading never fails: it gives the good part and a list of problems with file, line and column. Pure; reading
//! directories is the caller's part.
//!
//! In reading order: `collector`, `words`, `control`, `definition`, `facts`, `framework`, `cloudformation` (what the files say),
//! `yaml`, `section`, `spelling`, `form` (reading them), `variants` (one file for several controls), `*_source`, `partitions` (from text
//! to those), `documents` (their kinds), `schema` (types of resources), `check` (what must be true of them), `load`, `needs` (what a member waits
//! for), `asked` (what nobody asks AWS), `outline` (what there is to read), `handbook` (what people read beside controls).

mod asked;
mod check;
mod cloudformation;
pub mod collector;
mod collector_source;
pub mod control;
mod control_source;
pub mod definition;
mod definitions_source;
mod documents;
mod events_source;
pub mod facts;
mod facts_source;
mod form;
pub mod framework;
mod generic_source;
pub mod handbook;
mod join_source;
mod load;
mod markdown;
mod needs;
mod outline;
mod partitions;
mod problem;
pub mod reading;
mod schema;
mod section;
mod setting;
mod settings;
mod spelling;
mod variants;
pub mod words;
mod words_source;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use crate::api::Catalog;
use crate::doc::Doc;
use crate::expr::{
    self, DELEGATED_ADMINISTRATORS, Env, Program, RESOURCE_CONTROL_POLICIES, Type, TypeSource, compile_value,
};

use collector::ResourceType;
use control::{Control, Subject};
use definition::Definition;
use facts::Facts;
use framework::{Answers, Framework};

pub use cloudformation::TypeSchema;
pub use documents::DOCUMENTS;
pub use needs::first_member;
pub use outline::{Origin, Outline};
pub use problem::{Level, Problem};
pub use schema::Schema;

/// The YAML files that are built into the binary, by path below `baseline/pack`.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// One file of a pack: `collectors/<service>.yaml`, `controls/<service>/<id>.yaml`, `definitions/<name>.yaml`,
/// `events/<name>.yaml`, `facts/<id>.yaml`, `frameworks/<id>.yaml` or `schemas/<type>.json`.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as problems show it; what it holds is told by its directories.
    pub path: String,
    /// The YAML text.
    pub text: String,
}

/// How much of a pack is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// All of it.
    Whole,
    /// What decides, and nothing that is written for people.
    ForScanning,
}

/// A control with its expressions compiled.
#[derive(Clone, Debug)]
pub struct CompiledControl {
    /// The control as written, settings overridden where the configuration says so.
    pub control: Arc<Control>,
    /// The types that it is about: those it names, or all that declare tags; none for a manual control.
    pub types: Vec<Arc<str>>,
    /// Which resources it is about; all when absent.
    pub applies: Option<Arc<Program>>,
    /// The wanted state; absent for a manual control.
    pub passes: Option<Arc<Program>>,
    /// The types that it is about, as their collectors declare them.
    pub declared: BTreeMap<Arc<str>, CompiledType>,
    /// The file that it was read from.
    pub file: Arc<str>,
    /// `settings` as the expressions see it.
    pub settings: Arc<Doc>,
}

impl CompiledControl {
    /// The id.
    pub fn id(&self) -> &Arc<str> {
        &self.control.id
    }

    /// Whether it is about every type that has tags. Its expressions then see a resource of one member, `Tags`.
    pub fn is_about_tags(&self) -> bool {
        self.control.subject == Subject::Tagged
    }

    /// Whether its expressions read the tags of the account.
    pub fn reads_account_tags(&self) -> bool {
        let mut members = self.programs().flat_map(|program| &program.reads().account_members);
        members.any(|member| member == "tags" || member == "*")
    }

    /// Whether its expressions read who administers services for the organization.
    pub fn reads_delegated_administrators(&self) -> bool {
        self.reads_of_organization(DELEGATED_ADMINISTRATORS)
    }

    /// Whether resource control policies of the organization can decide it.
    pub fn reads_resource_control_policies(&self) -> bool {
        self.reads_of_organization(RESOURCE_CONTROL_POLICIES)
    }

    fn reads_of_organization(&self, name: &str) -> bool {
        let mut members = self.programs().flat_map(|program| &program.reads().organization_members);
        members.any(|member| member == name || member == "*")
    }

    /// `settings` as the expressions see it: the defaults, and what a scan overrides as an object in JSON (empty text for
    /// nothing).
    ///
    /// # Errors
    /// What is wrong with that text.
    pub fn settings_with(&self, overrides: &str) -> Result<Doc, String> {
        if overrides.is_empty() {
            return Ok(Doc::clone(&self.settings));
        }
        let overrides =
            Doc::from_json(overrides).map_err(|error| format!("the job's settings are not JSON: {error}"))?;
        let (Doc::Map(mut settings), Doc::Map(overrides)) = (Doc::clone(&self.settings), overrides) else {
            return Err("the job's settings are not an object".to_owned());
        };
        for (name, value) in overrides {
            let value =
                settings.get(name.as_str()).map_or_else(|| value.clone(), |default| merged_setting(default, &value));
            settings.insert(name, value);
        }
        Ok(Doc::Map(settings))
    }

    /// The compiled expressions, whichever there are.
    pub fn programs(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.applies.iter().chain(&self.passes)
    }
}

/// A resource type with its conditions compiled.
#[derive(Clone, Debug)]
pub struct CompiledType {
    /// The type as its collector declares it.
    pub declared: Arc<ResourceType>,
    /// `when` of gathered members, by member.
    pub conditions: BTreeMap<Arc<str>, Arc<Program>>,
    /// `foreign.when` of gathered members, by member.
    pub foreign: BTreeMap<Arc<str>, Arc<Program>>,
    /// `judged_when` of the type.
    pub judged: Option<Arc<Program>>,
}

/// Collectors, controls and frameworks, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    types: BTreeMap<Arc<str>, CompiledType>,
    controls: BTreeMap<Arc<str>, CompiledControl>,
    frameworks: BTreeMap<String, Framework>,
    answers: BTreeMap<Arc<str>, Answers>,
    facts: BTreeMap<String, Facts>,
    definitions: BTreeMap<Arc<str>, Definition>,
    events: BTreeMap<String, Doc>,
    /// The ids of controls that have errors and are left out, each with its file.
    refused: BTreeMap<String, String>,
    /// Files, and the built-in ones that they replace.
    replaced: Vec<(String, String)>,
    digest: String,
}

impl Pack {
    /// The pack that is built into the binary. Its problems, if there are any, are shown by `load(embedded_sources())`;
    /// a test sees to it that there are none.
    pub fn embedded() -> &'static Arc<Self> {
        static EMBEDDED_PACK: LazyLock<Arc<Pack>> =
            LazyLock::new(|| Arc::new(Pack::load(Pack::embedded_sources(), Catalog::embedded()).0));
        &EMBEDDED_PACK
    }

    /// The files that are built into the binary.
    pub fn embedded_sources() -> Vec<Source> {
        EMBEDDED.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
    }

    /// Loads a pack. A later file replaces an earlier one of the same kind and name, which is how `--pack` overrides.
    /// What has errors is left out, and the problems say why.
    pub fn load(sources: impl IntoIterator<Item = Source>, catalog: &Catalog) -> (Self, Vec<Problem>) {
        load::load(sources.into_iter().collect(), Reading::Whole, catalog)
    }

    /// Loads a pack to scan with: its controls decide as ever, and what is written for people (why, remediation,
    /// references, cases) is not kept. What is wrong with that is not looked for either.
    pub fn load_for_scanning(sources: impl IntoIterator<Item = Source>, catalog: &Catalog) -> (Self, Vec<Problem>) {
        load::load(sources.into_iter().collect(), Reading::ForScanning, catalog)
    }

    /// Identifies the pack: two packs of equal sources, settings, tables about policies and descriptors have equal digests
    /// (BLAKE3, hex).
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A control by id.
    pub fn control(&self, id: &str) -> Option<&CompiledControl> {
        self.controls.get(id)
    }

    /// The file of a control that has errors and is left out.
    pub fn refused(&self, id: &str) -> Option<&str> {
        self.refused.get(id).map(String::as_str)
    }

    /// Files, each with the built-in one that it replaces.
    pub fn replaced(&self) -> &[(String, String)] {
        &self.replaced
    }

    /// All controls in the order of their ids.
    pub fn controls(&self) -> impl ExactSizeIterator<Item = &CompiledControl> {
        self.controls.values()
    }

    /// A resource type by name.
    pub fn resource_type(&self, name: &str) -> Option<&CompiledType> {
        self.types.get(name)
    }

    /// All resource types in the order of their names.
    pub fn resource_types(&self) -> impl ExactSizeIterator<Item = &CompiledType> {
        self.types.values()
    }

    /// The frameworks by id.
    pub fn frameworks(&self) -> &BTreeMap<String, Framework> {
        &self.frameworks
    }

    /// The requirements that a control answers, as the frameworks say.
    pub fn answers(&self, control: &str) -> &Answers {
        static NOTHING: Answers = Answers::new();
        self.answers.get(control).unwrap_or(&NOTHING)
    }

    /// The facts that age, by id.
    pub fn facts(&self) -> &BTreeMap<String, Facts> {
        &self.facts
    }

    /// The facts that somebody should have looked at again by then (a day, or a point in time that begins with one), each
    /// with the controls that are decided by them.
    pub fn overdue_facts<'a>(&'a self, now: &'a str) -> impl Iterator<Item = (&'a Facts, Vec<&'a Arc<str>>)> {
        let users = |facts: &Facts| {
            let uses = |compiled: &&CompiledControl| {
                compiled.control.setting_rules.values().any(|rule| rule.facts.as_deref() == Some(&facts.id))
            };
            self.controls().filter(uses).map(CompiledControl::id).collect()
        };
        self.facts.values().filter(move |facts| facts.are_overdue(now)).map(move |facts| (facts, users(facts)))
    }

    /// The same as warnings, each where the facts say by when to look again.
    pub fn overdue_problems(&self, now: &str) -> Vec<Problem> {
        self.overdue_facts(now).map(|(facts, controls)| facts.overdue(&controls)).collect()
    }

    /// What controls mean by the same words, by name.
    pub fn definitions(&self) -> &BTreeMap<Arc<str>, Definition> {
        &self.definitions
    }

    /// A call of a definition on members of a resource of any type, compiled: for its examples.
    pub(crate) fn compile_call(&self, call: &str) -> Result<Program, Vec<crate::expr::Problem>> {
        let types = Defined(self);
        let env = Env {
            types: &types,
            resource: Type::Any,
            parent: None,
            settings: BTreeMap::new(),
            lets: &[],
            variant: None,
        };
        compile_value(call, &env)
    }

    /// The catalogue of controls as Markdown.
    pub fn catalogue(&self) -> String {
        markdown::catalogue(self)
    }

    /// What frameworks ask for and what answers it, as Markdown.
    pub fn coverage(&self) -> String {
        markdown::coverage(self)
    }

    /// The pack with parameters set: control id → name → value.
    ///
    /// # Errors
    /// Every control, parameter or value that does not fit, with what may have been meant.
    pub fn with_settings(
        &self,
        overrides: &BTreeMap<String, BTreeMap<String, Doc>>,
    ) -> Result<Self, Vec<settings::Error>> {
        settings::apply(self, overrides)
    }

    /// What is wrong with one value of a parameter of a control; nothing where it fits.
    pub fn setting_error(&self, control: &str, name: &str, value: &Doc) -> Option<settings::Error> {
        settings::error(self, control, name, value)
    }

    /// Controls whose ids match any of the patterns (`s3-*`, an exact id), all when there are none.
    ///
    /// # Errors
    /// The patterns that match nothing, each with the closest id.
    pub fn select(&self, patterns: &[String]) -> Result<BTreeSet<Arc<str>>, Vec<settings::Error>> {
        settings::select(self, patterns)
    }
}

/// What an example of a definition may name: other definitions and sample events, and resources of any kind.
struct Defined<'p>(&'p Pack);

impl TypeSource for Defined<'_> {
    fn resource_type(&self, _: &str) -> Option<Type> {
        Some(Type::Any)
    }

    fn resource_type_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn sample_events(&self, name: &str) -> Option<Doc> {
        self.0.events.get(name).cloned()
    }

    fn definition(&self, name: &str) -> Option<&expr::Definition> {
        self.0.definitions.get(name).map(|definition| &definition.compiled)
    }
}

pub use setting::{Rule as SettingRule, Stricter, merged as merged_setting};
pub use settings::Error as SettingsError;

#[cfg(test)]
mod tests;
