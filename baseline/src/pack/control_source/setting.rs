//! `settings` of a control: for each parameter its default, or `{ default: …, min: …, … }` where that does not say which
//! values it takes, or `{ facts: NAME }`. A default that breaks its own rule is refused here.

use regex::Regex;

use super::keys;
use crate::doc::Doc;
use crate::pack::Pack;
use crate::pack::problem::Report;
use crate::pack::section::{Section, choice};
use crate::pack::setting::{Rule, Stricter, misfit};
use crate::pack::yaml::Node;
use crate::suggest::closest;

/// The default of a parameter, and its rule.
pub(super) fn read(node: &Node, pack: &Pack, report: &mut Report) -> (Doc, Rule) {
    if node.get("default").is_none() && node.get("facts").is_none() {
        return (node.to_doc(), Rule::default());
    }
    let Some(section) = Section::open(node, &keys::SETTING, report) else { return Default::default() };
    let rule = Rule {
        says: section.text("says", report),
        min: number(&section, "min", report),
        max: number(&section, "max", report),
        one_of: section.items("one_of", report).iter().map(Node::to_doc).collect(),
        matches: form(&section, report),
        facts: section.optional_text("facts", report),
        stricter: section.get("stricter").and_then(|node| choice(node, "stricter", Stricter::ALL, report)),
    };
    let default = default(&section, rule.facts.as_deref(), pack, report);
    let at = section.get("default").map_or(node.at, |node| node.at);
    if rule.min.zip(rule.max).is_some_and(|(min, max)| min > max) {
        report.error(section.get("min").map_or(node.at, |min| min.at), "`min` is greater than `max`");
    } else if let Some(found) = rule.misfit(&default) {
        report.error(at, format!("`default{}` is {}", found.place, found.expected));
    }
    if let Some(found) = misfit(&default, &default) {
        report.error(at, format!("`default{}` is {}, as the others", found.place, found.expected));
    }
    (default, rule)
}

fn default(section: &Section<'_>, facts: Option<&str>, pack: &Pack, report: &mut Report) -> Doc {
    let given = section.get("default");
    let Some(name) = facts else { return given.map(Node::to_doc).unwrap_or_default() };
    if let Some(node) = given {
        report.error(node.at, "`facts` are the default: leave `default` out");
    }
    let found = pack.facts.get(name);
    if let Some(node) = section.get("facts").filter(|_| found.is_none()) {
        let suggestion = closest(name, pack.facts.keys().map(String::as_str)).map(str::to_owned);
        report.error_meant(node.at, format!("there are no facts `{name}`"), suggestion);
    }
    found.map(|facts| facts.values.clone()).unwrap_or_default()
}

fn number(section: &Section<'_>, name: &str, report: &mut Report) -> Option<f64> {
    let node = section.get(name)?;
    let number = node.to_doc().as_number();
    if number.is_none() {
        report.error(node.at, format!("`{name}` is a number"));
    }
    number
}

fn form(section: &Section<'_>, report: &mut Report) -> Option<Regex> {
    let text = section.optional_text("matches", report)?;
    let at = section.get("matches")?.at;
    if !(text.starts_with('^') && text.ends_with('$')) {
        report.error(at, "`matches` is about the whole text: it begins with ^ and ends with $");
        return None;
    }
    match Regex::new(&text) {
        Ok(form) => Some(form),
        Err(error) => {
            report.error(at, format!("`matches` is no regular expression: {error}"));
            None
        }
    }
}
