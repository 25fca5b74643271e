//! `log-sources/<family>.yaml` from text to sources of logs.

use super::keys::{DESTINATIONS, LOG_SOURCE, LOG_SOURCES};
use super::log_source::LogSource;
use super::process_source::id;
use crate::pack::problem::Report;
use crate::pack::section::{Section, choice};
use crate::pack::yaml::{Node, Position};

/// Reads a file; what has errors is left out of it.
pub(super) fn read(node: &Node, family: &str, report: &mut Report) -> Vec<(LogSource, Position)> {
    let Some(section) = Section::open(node, &LOG_SOURCES, report) else { return Vec::new() };
    let title = section.required_text("title", report).unwrap_or_default();
    section.required("sources", report);
    let nodes = section.items("sources", report);
    nodes.iter().filter_map(|node| Some((source(node, (family, &title), report)?, node.at))).collect()
}

fn source(node: &Node, (family, title): (&str, &str), report: &mut Report) -> Option<LogSource> {
    let errors = report.errors();
    let section = Section::open(node, &LOG_SOURCE, report)?;
    let id = id(&section, report);
    let source = section.required_text("source", report);
    let destinations = destinations(&section, report);
    let mut text = |key: &str| section.text(key, report);
    let read = LogSource {
        id: id.unwrap_or_default(),
        family: family.to_owned(),
        family_title: title.to_owned(),
        source: source.unwrap_or_default(),
        resource_type: text("resource_type"),
        scope: text("scope"),
        destinations,
        other: text("other"),
        format: text("format"),
        latency: text("latency"),
        default: text("default"),
        on_when: text("on_when"),
        check_call: text("check_call"),
        health: text("health"),
        organization_setting: text("organization_setting"),
        destination_needs: text("destination_needs"),
        trap: text("trap"),
    };
    (report.errors() == errors).then_some(read)
}

fn destinations(section: &Section<'_>, report: &mut Report) -> Vec<String> {
    let Some(node) = section.get("destinations") else { return Vec::new() };
    let nodes = match &node.value {
        crate::pack::yaml::Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let known = nodes.iter().filter_map(|node| choice(node, "destinations", DESTINATIONS, report));
    known.map(str::to_owned).collect()
}
