//! Parameters of controls set from a configuration, and controls selected by pattern. Must not read configurations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::setting::{Misfit, merged, misfit};
use super::{CompiledControl, Pack};
use crate::doc::{Doc, Key};
use crate::suggest::closest;

/// What does not fit the pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The configuration names a control that the pack does not have.
    #[error("there is no control `{id}`{}", meant(.suggestion))]
    UnknownControl {
        /// What was written.
        id: String,
        /// The closest id.
        suggestion: Option<String>,
    },
    /// The control is there, has errors, and is left out.
    #[error("`{id}` has errors and is left out: {file} (`plumbline controls lint` says which)")]
    Refused {
        /// What was written.
        id: String,
        /// The control's file.
        file: String,
    },
    /// The control has no such parameter.
    #[error("`{control}` has no setting `{name}`{}", meant(.suggestion))]
    UnknownSetting {
        /// The control.
        control: String,
        /// What was written.
        name: String,
        /// The closest parameter.
        suggestion: Option<String>,
    },
    /// The value is of another kind than the default, or breaks the parameter's rule.
    #[error("setting `{name}{place}` of `{control}` is {expected}; its default is {}", shown(.default))]
    WrongValue {
        /// The control.
        control: String,
        /// The parameter.
        name: String,
        /// Where within its value, as `.python3.14` or `[0]`; empty when it is the value itself.
        place: String,
        /// What it has to be.
        expected: String,
        /// The default as JSON.
        default: String,
    },
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// A default in a message: a table of fifty lines says no more than that it is one.
fn shown(default: &str) -> String {
    const LONGEST: usize = 80;
    if default.len() <= LONGEST { default.to_owned() } else { "a table".to_owned() }
}

/// The pack with parameters set.
pub(super) fn apply(pack: &Pack, overrides: &BTreeMap<String, BTreeMap<String, Doc>>) -> Result<Pack, Vec<Error>> {
    let mut changed = pack.clone();
    let mut errors = Vec::new();
    for (id, settings) in overrides {
        let Some(compiled) = changed.controls.get_mut(id.as_str()) else {
            errors.push(unknown_control(pack, id));
            continue;
        };
        for (name, value) in settings {
            match check(compiled, name, value) {
                Some(error) => errors.push(error),
                None => set(compiled, name, value),
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if !overrides.is_empty() {
        let settings: BTreeMap<&Arc<str>, &Doc> =
            changed.controls.values().map(|compiled| (compiled.id(), &*compiled.settings)).collect();
        let text = serde_json::to_string(&settings).expect("settings are plain documents");
        changed.digest = blake3::hash(format!("{}\n{text}", pack.digest).as_bytes()).to_hex().to_string();
    }
    Ok(changed)
}

/// What is wrong with one value.
pub(super) fn error(pack: &Pack, id: &str, name: &str, value: &Doc) -> Option<Error> {
    match pack.controls.get(id) {
        None => Some(unknown_control(pack, id)),
        Some(compiled) => check(compiled, name, value),
    }
}

fn check(compiled: &CompiledControl, name: &str, value: &Doc) -> Option<Error> {
    let control = compiled.id().to_string();
    let known = &compiled.control.settings;
    let Some(default) = known.get(name) else {
        let suggestion = closest(name, known.keys().map(String::as_str)).map(str::to_owned);
        return Some(Error::UnknownSetting { control, name: name.to_owned(), suggestion });
    };
    let broken = || compiled.control.setting_rules.get(name)?.misfit(value);
    let Misfit { place, expected } = misfit(default, value).or_else(broken)?;
    Some(Error::WrongValue { control, name: name.to_owned(), place, expected, default: default.to_json() })
}

fn set(compiled: &mut CompiledControl, name: &str, value: &Doc) {
    let settings = &mut Arc::make_mut(&mut compiled.control).settings;
    let value = settings.get(name).map_or_else(|| value.clone(), |default| merged(default, value));
    settings.insert(name.to_owned(), value);
    compiled.settings = Arc::new(as_doc(&compiled.control.settings));
}

/// Parameters as expressions see them.
pub(super) fn as_doc(settings: &BTreeMap<String, Doc>) -> Doc {
    Doc::Map(settings.iter().map(|(name, value)| (Key::new(name), value.clone())).collect())
}

/// Controls whose ids match any of the patterns, all when there are none.
pub(super) fn select(pack: &Pack, patterns: &[String]) -> Result<BTreeSet<Arc<str>>, Vec<Error>> {
    if patterns.is_empty() {
        return Ok(pack.controls.keys().cloned().collect());
    }
    let mut selected = BTreeSet::new();
    let mut errors = Vec::new();
    for pattern in patterns {
        let matching: Vec<_> = pack.controls.keys().filter(|id| matches(pattern, id)).cloned().collect();
        if matching.is_empty() {
            errors.push(unknown_control(pack, pattern));
        }
        selected.extend(matching);
    }
    if errors.is_empty() { Ok(selected) } else { Err(errors) }
}

fn unknown_control(pack: &Pack, id: &str) -> Error {
    let refused = pack.refused.iter().find(|(known, _)| matches(id, known));
    if let Some((id, file)) = refused {
        return Error::Refused { id: id.clone(), file: file.clone() };
    }
    let suggestion = closest(id, pack.controls.keys().map(|known| &**known)).map(str::to_owned);
    Error::UnknownControl { id: id.to_owned(), suggestion }
}

/// Whether a text matches a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).any(|skipped| text.get(skipped..).is_some_and(|text| matches(rest, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_ids() {
        let check = |pattern: &str, id: &str, expected: bool| assert_eq!(matches(pattern, id), expected, "{pattern}");
        check("s3-bucket-encrypted", "s3-bucket-encrypted", true);
        check("s3-*", "s3-bucket-encrypted", true);
        check("*", "s3-bucket-encrypted", true);
        check("*-encrypted", "s3-bucket-encrypted", true);
        check("s3-*-on", "s3-bucket-encrypted", false);
        check("s3", "s3-bucket-encrypted", false);
    }
}
