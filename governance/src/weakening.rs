//! What baselines weaken without a reason or an owner, and where two of them contradict each other, as far as their text
//! says it whatever the organization looks like. What depends on the account, `effective` finds. Must not switch anything:
//! what is wrong weakens nothing anyway.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::reading::Level;
use plumbline_baseline::pack::{Pack, Problem, merged_setting};

use crate::entry::Baseline;
use crate::scope::Reach;

/// The highest level: where nobody says one, all controls are in force.
pub(crate) const ALL_LEVELS: u8 = 3;

/// The way out for what weakens.
const NEEDS: &str = "that weakens what accounts inherit, and needs `reason` and `owner`";

/// An error at a place.
pub(crate) fn error(place: &Place, message: String) -> Problem {
    problem(place, Level::Error, message)
}

/// A problem at a place.
pub(crate) fn problem(place: &Place, level: Level, message: String) -> Problem {
    let Place { file, line, column } = place.clone();
    Problem { file, line, column, level, message, suggestion: None }
}

/// Whether a value of a parameter is known to be at least as strict as another one.
pub(crate) fn is_as_strict(pack: &Pack, control: &str, name: &str, value: &Doc, other: &Doc) -> bool {
    let rule = pack.control(control).and_then(|control| control.control.setting_rules.get(name));
    value == other || rule.and_then(|rule| rule.is_as_strict(value, other)) == Some(true)
}

/// What is wrong; the baselines that have it are broken.
pub(crate) fn problems(baselines: &mut [Baseline], pack: &Pack) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut broken = Vec::new();
    for (index, baseline) in baselines.iter().enumerate() {
        let found = unfounded(baseline, baselines, pack);
        if !found.is_empty() {
            broken.push(index);
        }
        problems.extend(found);
    }
    problems.extend(contradictions(baselines));
    for index in broken {
        baselines[index].is_broken = true;
    }
    problems
}

/// What a baseline weakens and must not, unless it inherits that from another one.
fn unfounded(baseline: &Baseline, all: &[Baseline], pack: &Pack) -> Vec<Problem> {
    if baseline.is_broken || baseline.may_weaken() {
        return Vec::new();
    }
    let inherits = |says: &dyn Fn(&Baseline) -> bool| all.iter().any(|other| other.may_weaken() && says(other));
    let mut problems = Vec::new();
    if let Some((id, place)) = baseline.off.first_key_value() {
        problems.push(error(place, format!("`exclude_controls` switches `{id}` off: {NEEDS}")));
    }
    if let Some(level) = &baseline.level
        && level.value < ALL_LEVELS
        && !inherits(&|other| other.level.as_ref().is_some_and(|other| other.value <= level.value))
    {
        problems.push(error(&level.place, format!("level {} is lower than {ALL_LEVELS}: {NEEDS}", level.value)));
    }
    for (id, severity) in &baseline.severities {
        let own = pack.control(id).map(|control| control.control.severity);
        let is_lower = own.is_some_and(|own| severity.value < own);
        let is_inherited =
            inherits(&|other| other.severities.get(id).is_some_and(|other| other.value <= severity.value));
        if let Some(own) = own.filter(|_| is_lower && !is_inherited) {
            problems.push(error(&severity.place, format!("`{id}` is {own}, and {} is lower: {NEEDS}", severity.value)));
        }
    }
    for (id, settings) in &baseline.settings {
        for (name, value) in settings {
            let Some(control) = pack.control(id).map(|control| &control.control) else { continue };
            let Some(own) = control.settings.get(name) else { continue };
            let is_free = is_as_strict(pack, id, name, &merged_setting(own, &value.value), own);
            let is_inherited = inherits(&|other| {
                let theirs = other.settings.get(id).and_then(|settings| settings.get(name));
                theirs.is_some_and(|theirs| is_as_strict(pack, id, name, &value.value, &theirs.value))
            });
            if is_free || is_inherited {
                continue;
            }
            let has_direction = control.setting_rules.get(name).is_some_and(|rule| rule.stricter.is_some());
            let message = match has_direction {
                true => format!("`{name}` of `{id}` is {}, and this is less strict: {NEEDS}", own.to_json()),
                false => format!(
                    "`{name}` of `{id}` is changed, and in which direction nobody can say: that counts as weakening, \
                     and needs `reason` and `owner`"
                ),
            };
            problems.push(error(&value.place, message));
        }
    }
    problems
}

/// For whom several baselines hold at the same rank, whatever the organization looks like.
fn same_reach(baseline: &Baseline) -> Vec<String> {
    match &baseline.reach {
        Reach::Units(units) => units.iter().map(|unit| format!("unit {}", unit.text)).collect(),
        Reach::Accounts(accounts) => accounts.iter().map(|account| format!("account {}", account.text)).collect(),
        Reach::Tags(tags) => {
            let mut tags: Vec<String> = tags.iter().map(|(key, values)| format!("{key:?}={values:?}")).collect();
            tags.sort();
            vec![format!("tags {}", tags.join(", "))]
        }
    }
}

/// What a baseline says, line by line: what it is about, what it says, and where.
fn lines(baseline: &Baseline) -> Vec<(String, String, &Place)> {
    let mut lines = Vec::new();
    if let Some(level) = &baseline.level {
        lines.push(("the level".to_owned(), level.value.to_string(), &level.place));
    }
    lines.extend(baseline.on.iter().map(|(id, place)| (format!("`{id}`"), "on".to_owned(), place)));
    lines.extend(baseline.off.iter().map(|(id, place)| (format!("`{id}`"), "off".to_owned(), place)));
    for (id, severity) in &baseline.severities {
        lines.push((format!("the severity of `{id}`"), severity.value.to_string(), &severity.place));
    }
    for (id, settings) in &baseline.settings {
        for (name, value) in settings {
            lines.push((format!("`{name}` of `{id}`"), value.value.to_json(), &value.place));
        }
    }
    lines
}

/// Where two baselines of the same accounts say different things.
fn contradictions(baselines: &[Baseline]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut said: BTreeMap<(String, String), (String, Arc<str>, &Place)> = BTreeMap::new();
    for baseline in baselines {
        for reach in same_reach(baseline) {
            for (what, value, place) in lines(baseline) {
                match said.get(&(reach.clone(), what.clone())) {
                    Some((other, id, first)) if *other != value => {
                        problems.push(contradiction(&what, (&value, place), (other, id, first)));
                    }
                    Some(_) => {}
                    None => drop(said.insert((reach.clone(), what), (value, Arc::clone(&baseline.id), place))),
                }
            }
        }
    }
    problems
}

/// Two places that say different things.
pub(crate) fn contradiction(what: &str, (value, place): (&str, &Place), other: (&str, &str, &Place)) -> Problem {
    let (first, id, at) = other;
    let message = format!(
        "{what} is {value} here and {first} in `{id}` ({}:{}), for the same accounts: the stricter one holds, and neither \
         weakens anything; take one of them away",
        at.file, at.line
    );
    error(place, message)
}
