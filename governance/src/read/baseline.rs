//! A baseline from text. What cannot be read of it is left out: the rest may strengthen, and no more than that.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::SettingsError;
use plumbline_baseline::pack::reading::{Node, Section};
use plumbline_baseline::{Doc, Severity};

use super::{File, Known, words};
use crate::entry::{Baseline, Placed};
use crate::keys::BASELINE;
use crate::scope::Reach;

/// Reads a baseline; `None` when nobody could say for whom it holds.
pub(super) fn read(node: &Node, file: &mut File, known: Known<'_>) -> Option<Baseline> {
    let section = Section::open(node, &BASELINE, &mut file.report)?;
    let id = words::id(&section, file);
    let reach = reach(&section, file);
    let off = words::controls(&section, "exclude_controls", file, known);
    let mut baseline = Baseline {
        // It cannot be named by it, and holds what it strengthens all the same.
        id: id.unwrap_or_else(|| Arc::from(format!("baseline in line {}", node.at.line))),
        place: file.place(node.at),
        reach: reach?,
        level: level(&section, file),
        on: words::controls(&section, "controls", file, known),
        off,
        settings: settings(&section, file, known),
        severities: severities(&section, file, known),
        reason: words::optional(&section, "reason", file),
        owner: words::optional(&section, "owner", file),
        is_broken: false,
    };
    contradictions(&mut baseline, &section, file);
    if baseline.level.is_none()
        && baseline.on.is_empty()
        && baseline.off.is_empty()
        && baseline.settings.is_empty()
        && baseline.severities.is_empty()
        && !["level", "controls", "exclude_controls", "settings", "severities"]
            .iter()
            .any(|key| section.get(key).is_some())
    {
        let message =
            "the baseline says nothing: it needs `level`, `controls`, `exclude_controls`, `settings` or `severities`";
        file.report.error(node.at, message);
    }
    Some(baseline)
}

fn reach(section: &Section<'_>, file: &mut File) -> Option<Reach> {
    let given: Vec<&str> = ["units", "accounts", "tags"].into_iter().filter(|key| section.get(key).is_some()).collect();
    let [key] = given[..] else {
        let message = "a baseline holds for `units`, `accounts` or `tags`: one of them; `units: [Root]` is everything";
        file.report.error(section.at(), message);
        return None;
    };
    let reach = match key {
        "units" => Some(words::units(section, file)).filter(|units| !units.is_empty()).map(Reach::Units),
        "accounts" => Some(words::accounts(section, file)).filter(|ids| !ids.is_empty()).map(Reach::Accounts),
        _ => {
            let wanted = section.get("tags").and_then(Node::members).unwrap_or_default().len();
            // With one condition less it would hold for more accounts.
            Some(words::tags(section, file)).filter(|tags| !tags.is_empty() && tags.len() == wanted).map(Reach::Tags)
        }
    };
    if reach.is_none() {
        file.report.error(section.at(), format!("nobody can say for which accounts this holds: correct `{key}`"));
    }
    reach
}

fn level(section: &Section<'_>, file: &mut File) -> Option<Placed<u8>> {
    let node = section.get("level")?;
    let level = match node.to_doc() {
        Doc::Int(level) => u8::try_from(level).ok().filter(|level| (1..=3).contains(level)),
        _ => None,
    };
    if level.is_none() {
        file.report.error(node.at, "`level` is 1 (essential), 2 (standard) or 3 (advanced)");
    }
    Some(Placed { value: level?, place: file.place(node.at) })
}

fn settings(
    section: &Section<'_>,
    file: &mut File,
    known: Known<'_>,
) -> BTreeMap<Arc<str>, BTreeMap<String, Placed<Doc>>> {
    let mut settings: BTreeMap<Arc<str>, BTreeMap<String, Placed<Doc>>> = BTreeMap::new();
    for (control, values) in section.entries("settings", &mut file.report) {
        if control.text.contains('*') {
            let message = format!("settings are of one control, and `{}` is a pattern", control.text);
            file.report.error(control.at, message);
            continue;
        }
        // The pack has the words for one that it does not have.
        let [id] = &words::matching(&control.text, control.at, file, known)[..] else { continue };
        let Some(values) = values.members() else {
            let message = format!("the settings of `{}` are a map of parameters", control.text);
            file.report.error(values.at, message);
            continue;
        };
        for (name, value) in values {
            let doc = value.to_doc();
            match known.pack.setting_error(&control.text, &name.text, &doc) {
                Some(error) => {
                    let is_name = matches!(error, SettingsError::UnknownSetting { .. });
                    file.report.error(if is_name { name.at } else { value.at }, error.to_string());
                }
                None => {
                    let placed = Placed { value: doc, place: file.place(name.at) };
                    settings.entry(Arc::clone(id)).or_default().insert(name.text.clone(), placed);
                }
            }
        }
    }
    settings
}

fn severities(section: &Section<'_>, file: &mut File, known: Known<'_>) -> BTreeMap<Arc<str>, Placed<Severity>> {
    let mut severities: BTreeMap<Arc<str>, Placed<Severity>> = BTreeMap::new();
    for (pattern, value) in section.entries("severities", &mut file.report) {
        let severity = match value.text().unwrap_or_default().parse::<Severity>() {
            Ok(severity) => severity,
            Err(error) => {
                file.report.error(value.at, error);
                continue;
            }
        };
        for id in words::matching(&pattern.text, pattern.at, file, known) {
            let placed = Placed { value: severity, place: file.place(pattern.at) };
            match severities.get(&id) {
                Some(other) if other.value != severity => {
                    let message =
                        format!("`{id}` is {} in line {} of the same baseline", other.value, other.place.line);
                    file.report.error(pattern.at, message);
                    if other.value < severity {
                        severities.insert(id, placed);
                    }
                }
                _ => drop(severities.insert(id, placed)),
            }
        }
    }
    severities
}

/// What a baseline switches both on and off.
fn contradictions(baseline: &mut Baseline, section: &Section<'_>, file: &mut File) {
    let both: Vec<Arc<str>> = baseline.off.keys().filter(|id| baseline.on.contains_key(*id)).cloned().collect();
    for id in both {
        let at = section.get("exclude_controls").map_or(section.at(), |node| node.at);
        file.report.error(at, format!("`{id}` is in `controls` and in `exclude_controls` of the same baseline"));
        baseline.off.remove(&id);
    }
}
