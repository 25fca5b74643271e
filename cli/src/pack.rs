//! The pack as the commands use it: loaded once, problems shown, controls selected by pattern.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::control::Control;
use plumbline_baseline::pack::facts::Facts;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Level, Problem, SettingsError, Source};
use plumbline_coordinator::plan::PlannedControl;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::{Floor, Options};

use crate::config::Settings;
use crate::failure::{Failure, Result};
use crate::frameworks;
use crate::terminal::say;

/// How deep directories of a pack are followed.
const DEEPEST: usize = 6;

/// A loaded pack.
pub(crate) struct Pack {
    inner: Arc<plumbline_baseline::pack::Pack>,
    /// Its files, where they are not the built-in ones alone: agents are given them.
    sources: Option<Arc<[Source]>>,
    /// What people read beside its controls; the built-in one, read when it is asked for, where there is none of its own.
    handbook: Option<Arc<Handbook>>,
}

impl Pack {
    /// Loads the embedded pack and what the directories add or override. A bad file is reported, and never stops the
    /// good ones.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub(crate) fn load(directories: &[PathBuf]) -> Result<Self> {
        if directories.is_empty() {
            let inner = Arc::clone(plumbline_baseline::pack::Pack::embedded());
            return Ok(Self { inner, sources: None, handbook: None });
        }
        let (pack, problems) = Self::load_with_problems(directories)?;
        for problem in &problems {
            say(problem);
        }
        if problems.iter().any(|problem| problem.level == Level::Error) {
            say("warning: what has errors is left out; `plumbline controls lint --pack DIR` shows this again");
        }
        Ok(pack)
    }

    /// Loads the same for an agent in a process of its own: what is written for people is not kept.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub(crate) fn load_for_scanning(directories: &[PathBuf]) -> Result<Self> {
        let sources = sources(directories)?;
        let (pack, problems) = plumbline_baseline::pack::Pack::load_for_scanning(sources, Catalog::embedded());
        problems.iter().for_each(say);
        Ok(Self { inner: Arc::new(pack), sources: None, handbook: None })
    }

    /// Loads the same, and returns what is wrong.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub(crate) fn load_with_problems(directories: &[PathBuf]) -> Result<(Self, Vec<Problem>)> {
        let (read, sources): (Vec<Source>, Vec<Source>) =
            sources(directories)?.into_iter().partition(|source| Handbook::holds(&source.path));
        let (pack, mut problems) = plumbline_baseline::pack::Pack::load(sources.iter().cloned(), Catalog::embedded());
        let (handbook, found) = Handbook::load(Handbook::embedded_sources().into_iter().chain(read), &pack);
        problems.extend(found);
        problems.sort();
        Ok((
            Self { inner: Arc::new(pack), sources: Some(sources.into()), handbook: Some(Arc::new(handbook)) },
            problems,
        ))
    }

    /// The loaded pack.
    pub(crate) fn inner(&self) -> &Arc<plumbline_baseline::pack::Pack> {
        &self.inner
    }

    /// Processes, guides and the map of logs.
    pub(crate) fn handbook(&self) -> &Handbook {
        self.handbook.as_ref().unwrap_or_else(|| Handbook::embedded())
    }

    /// What identifies the pack.
    pub(crate) fn digest(&self) -> &str {
        self.inner.digest()
    }

    /// A control by id.
    pub(crate) fn control(&self, id: &str) -> Option<&Control> {
        self.inner.control(id).map(|control| &*control.control)
    }

    /// How many controls there are.
    pub(crate) fn len(&self) -> usize {
        self.inner.controls().len()
    }

    /// The ids that match any of the first patterns, all when there are none, and none of the second.
    ///
    /// # Errors
    /// When a pattern matches nothing.
    pub(crate) fn select(&self, only: &[String], except: &[String]) -> Result<BTreeSet<Arc<str>>> {
        let refused = |errors: Vec<SettingsError>| refused("select controls", &errors, "the ids");
        let mut selected = self.inner.select(only).map_err(refused)?;
        if !except.is_empty() {
            let excluded = self.inner.select(except).map_err(refused)?;
            selected.retain(|id| !excluded.contains(id));
        }
        Ok(selected)
    }

    /// The pack with the settings of the configuration.
    ///
    /// # Errors
    /// When a parameter does not fit its control.
    pub(crate) fn configured(&self, settings: &Settings) -> Result<plumbline_baseline::pack::Pack> {
        self.inner
            .with_settings(&settings.overrides)
            .map_err(|errors| refused("use the settings of controls", &errors, "`settings` in the configuration"))
    }

    /// The controls that the settings enable, as the planner wants them.
    ///
    /// # Errors
    /// When a pattern matches nothing, or a parameter does not fit its control.
    pub(crate) fn planned(&self, settings: &Settings) -> Result<Vec<PlannedControl>> {
        self.planned_of(settings, &settings.controls, &settings.exclude_controls)
    }

    /// The same for other controls than those that the settings enable.
    ///
    /// # Errors
    /// When a pattern matches nothing, or a parameter does not fit its control.
    pub(crate) fn planned_of(
        &self,
        settings: &Settings,
        only: &[String],
        except: &[String],
    ) -> Result<Vec<PlannedControl>> {
        self.configured(settings)?;
        frameworks::chosen(&self.inner, &settings.frameworks)?;
        let enabled = self.select(only, except)?;
        let planned = |id: &Arc<str>| {
            PlannedControl::of(&self.inner, id, settings.overrides.get(&**id).cloned().unwrap_or_default())
        };
        Ok(enabled.iter().filter_map(planned).collect())
    }

    /// What to say of facts that somebody should have looked at again by now, as far as one of the controls is decided by
    /// them.
    pub(crate) fn overdue(&self, now: &str, of_interest: impl Fn(&str) -> bool) -> Vec<String> {
        let overdue = self.inner.overdue_facts(now).map(|(facts, mut controls)| {
            controls.retain(|id| of_interest(id));
            (facts, controls)
        });
        let say = |(facts, controls): (&Facts, Vec<&Arc<str>>)| facts.overdue_message(&controls);
        overdue.filter(|(_, controls)| !controls.is_empty()).map(say).collect()
    }

    /// The options of a coordinator with the same pack.
    pub(crate) fn coordinator_options(&self, store: Store, floor: Floor, redaction_key: [u8; 32]) -> Options {
        let (pack, sources) = (Arc::clone(&self.inner), self.sources.clone());
        Options { pack, sources, floor, redaction_key: redaction_key.into(), ..Options::new(store) }
    }

    /// Gives the agent the same pack.
    pub(crate) fn give_to(&self, options: &mut plumbline_agent::Options) {
        options.pack = Arc::clone(&self.inner);
    }
}

fn refused(attempt: &str, errors: &[SettingsError], option: &str) -> Failure {
    let causes: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Failure::usage(
        attempt,
        causes.join("; "),
        format!("correct {option}; `plumbline controls list` shows what there is"),
    )
}

/// The files of the embedded pack, and those of the directories.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn sources(directories: &[PathBuf]) -> Result<Vec<Source>> {
    let mut sources = plumbline_baseline::pack::Pack::embedded_sources();
    for directory in directories {
        let found = read_directory(directory, DEEPEST).map_err(|error| {
            let next_step = "check the path given with --pack: a directory with collectors/ and controls/";
            Failure::usage(format!("read {}", directory.display()), error, next_step)
        })?;
        sources.extend(found);
    }
    Ok(sources)
}

/// All YAML files below a directory, the schemas in `schemas/` and the guides in `guides/`, in the order of their paths.
fn read_directory(directory: &Path, depth: usize) -> io::Result<Vec<Source>> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    let mut sources = Vec::new();
    for path in entries {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_schema = extension == Some("json") && directory.file_name().is_some_and(|name| name == "schemas");
        let is_guide = extension == Some("md") && directory.file_name().is_some_and(|name| name == "guides");
        let is_read = matches!(extension, Some("yaml" | "yml")) || is_schema || is_guide;
        if path.is_dir() && depth > 0 {
            sources.extend(read_directory(&path, depth - 1)?);
        } else if is_read {
            sources.push(Source { text: std::fs::read_to_string(&path)?, path: path.display().to_string() });
        }
    }
    Ok(sources)
}
