//! Loads a handbook: files in, checked processes, guides and sources of logs out, and what is wrong with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::guide::Guide;
use super::link::{Target, links};
use super::log_source::LogSource;
use super::process::Process;
use super::{FOLDERS, Handbook, guide_source, keys, log_source_source, order, process_source};
use crate::keys::{Form, Table};
use crate::pack::problem::{Level, Problem, Report};
use crate::pack::spelling;
use crate::pack::yaml::{Node, Position, parse};
use crate::pack::{Pack, Source};
use crate::suggest::closest;

/// What was read, with the problems of each file.
#[derive(Default)]
struct Reading {
    reports: Vec<Report>,
    /// By id: the process, its file's text as it was parsed, and the report.
    processes: BTreeMap<String, (Process, Node, usize)>,
    /// By id: the guide, the line of its first line of prose, and the report.
    guides: BTreeMap<String, (Guide, usize, usize)>,
    log_sources: BTreeMap<String, LogSource>,
    /// The files that count, by folder and name.
    files: BTreeMap<(&'static str, String), (String, bool)>,
}

/// Loads a handbook.
pub(super) fn load(sources: Vec<Source>, pack: &Pack) -> (Handbook, Vec<Problem>) {
    let mut reading = Reading::default();
    for source in sources {
        read(&source, &mut reading);
    }
    let mut problems = Vec::new();
    links_of_processes(&mut reading, pack);
    circles(&mut reading);
    links_of_guides(&mut reading, pack);
    let processes: BTreeMap<String, Process> =
        reading.processes.into_iter().map(|(id, (process, ..))| (id, process)).collect();
    let mut proven: BTreeMap<Arc<str>, Vec<(String, String)>> = BTreeMap::new();
    for process in processes.values() {
        for step in &process.steps {
            for control in &step.controls {
                proven.entry(Arc::clone(control)).or_default().push((process.id.clone(), step.id.clone()));
            }
        }
    }
    problems.extend(reading.reports.into_iter().flat_map(Report::into_problems));
    problems.extend(without_a_step(&proven, pack));
    problems.sort();
    let mut log_sources: Vec<LogSource> = reading.log_sources.into_values().collect();
    log_sources.sort_by(|a, b| (&a.family, &a.id).cmp(&(&b.family, &b.id)));
    let handbook = Handbook {
        order: order::order(&processes),
        processes,
        guides: reading.guides.into_iter().map(|(id, (guide, ..))| (id, guide)).collect(),
        log_sources,
        proven,
    };
    (handbook, problems)
}

/// Reads one file. One of a later pack takes the place of the one that is built in.
fn read(source: &Source, reading: &mut Reading) {
    let mut report = Report::new(&source.path);
    let (folder, stem) = place(&source.path);
    let is_built_in = super::EMBEDDED.iter().any(|(path, _)| *path == source.path);
    if let Some((first, was_built_in)) = reading.files.get(&(folder, stem.to_owned()))
        && *was_built_in == is_built_in
    {
        report.error(Position::line(1), format!("`{stem}` is already in {first}, of the same pack"));
    }
    reading.files.insert((folder, stem.to_owned()), (source.path.clone(), is_built_in));
    let file = Arc::from(source.path.as_str());
    let index = reading.reports.len();
    match folder {
        "guides" => {
            if let Some(read) = guide_source::read(&source.text, &file, stem, &mut report) {
                reading.guides.insert(read.guide.id.clone(), (read.guide, read.first_line, index));
            }
        }
        "processes" => {
            if let Some(node) = parsed(source, &keys::PROCESS, &mut report)
                && let Some(process) = process_source::read(&node, &file, stem, &mut report)
                && report.errors() == 0
            {
                reading.processes.insert(process.id.clone(), (process, node, index));
            }
        }
        _ => {
            let node = parsed(source, &keys::LOG_SOURCES, &mut report);
            let read = node.map(|node| log_source_source::read(&node, stem, &mut report)).unwrap_or_default();
            for (read, at) in read {
                match reading.log_sources.get(&read.id).filter(|known| known.family != read.family) {
                    Some(known) => {
                        report.error(at, format!("`{}` is already a source of logs of {}", read.id, known.family));
                    }
                    None => drop(reading.log_sources.insert(read.id.clone(), read)),
                }
            }
        }
    }
    reading.reports.push(report);
}

/// The folder and the name of a file.
fn place(path: &str) -> (&'static str, &str) {
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or(path);
    let stem = [".yaml", ".yml", ".md"].iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name);
    let folder = parts.find_map(|part| FOLDERS.into_iter().find(|folder| *folder == part));
    (folder.unwrap_or(FOLDERS[0]), stem)
}

fn parsed(source: &Source, table: &'static Table, report: &mut Report) -> Option<Node> {
    match parse(&source.text) {
        Ok(mut node) => {
            spelling::mend(&mut node, &Form::Table(table), report);
            Some(node)
        }
        Err(error) => {
            report.error(error.at, error.message);
            None
        }
    }
}

/// Holds what processes name against what there is. A process that names what is not there is left out, and so is what needs
/// it.
fn links_of_processes(reading: &mut Reading, pack: &Pack) {
    let mut wrong = Vec::new();
    for (id, (process, node, index)) in &reading.processes {
        let report = &mut reading.reports[*index];
        let errors = report.errors();
        for need in &process.needs {
            if !reading.processes.contains_key(need) {
                let meant = closest(need, reading.processes.keys().map(String::as_str)).map(str::to_owned);
                report.error_meant(node.place_of("needs", need), format!("there is no process `{need}`"), meant);
            }
        }
        let steps = node.get("steps").and_then(Node::items).unwrap_or_default();
        for (step, node) in process.steps.iter().zip(steps) {
            for control in &step.controls {
                if pack.control(control).is_none() && pack.refused(control).is_none() {
                    let meant = closest(control, pack.controls().map(|control| &**control.id())).map(str::to_owned);
                    let at = node.place_of("controls", control);
                    report.error_meant(at, format!("there is no control `{control}`"), meant);
                }
            }
        }
        let prose = process.steps.iter().flat_map(|step| [("do", &step.action), ("look", &step.look)]);
        for (key, text) in prose.chain([("why", &process.why)]) {
            for link in links(text) {
                if let Some((message, meant)) = missing(link.address, &reading.processes, &reading.guides, pack) {
                    report.error_meant(node.at, format!("in `{key}`: {message}"), meant);
                }
            }
        }
        if report.errors() > errors {
            wrong.push(id.clone());
        }
    }
    for id in wrong {
        reading.processes.remove(&id);
    }
}

/// Leaves out what needs itself.
fn circles(reading: &mut Reading) {
    loop {
        let needs =
            reading.processes.iter().map(|(id, (process, ..))| (id.as_str(), process.needs.as_slice())).collect();
        let Some(circle) = order::circle(&needs) else { return };
        if let Some((_, node, index)) = reading.processes.remove(&circle[0]) {
            let at = node.place_of("needs", &circle[1]);
            reading.reports[index].error(at, format!("needs form a circle: {}", circle.join(" needs ")));
        }
    }
}

fn links_of_guides(reading: &mut Reading, pack: &Pack) {
    let mut wrong = Vec::new();
    for (id, (guide, first, index)) in &reading.guides {
        let report = &mut reading.reports[*index];
        for link in links(&guide.body) {
            if let Some((message, meant)) = missing(link.address, &reading.processes, &reading.guides, pack) {
                report.error_meant(Position::line(first + link.line), message, meant);
                wrong.push(id.clone());
            }
        }
    }
    for id in wrong {
        reading.guides.remove(&id);
    }
}

/// What is missing at the end of a link, and what may have been meant.
fn missing(
    address: &str,
    processes: &BTreeMap<String, (Process, Node, usize)>,
    guides: &BTreeMap<String, (Guide, usize, usize)>,
    pack: &Pack,
) -> Option<(String, Option<String>)> {
    fn unknown<'a>(what: &str, id: &str, known: impl IntoIterator<Item = &'a str>) -> (String, Option<String>) {
        (format!("there is no {what} `{id}`"), closest(id, known).map(str::to_owned))
    }
    match Target::of(address) {
        None => {
            let message = format!("a link leads to https://…, process:ID, control:ID or guide:ID, not to `{address}`");
            Some((message, None))
        }
        Some(Target::Process(id, step)) => match (processes.get(id), step) {
            (None, _) => Some(unknown("process", id, processes.keys().map(String::as_str))),
            (Some((process, ..)), Some(step)) if process.step(step).is_none() => {
                Some(unknown(&format!("step of {id} called"), step, process.steps.iter().map(|step| step.id.as_str())))
            }
            _ => None,
        },
        Some(Target::Control(id)) => (pack.control(id).is_none() && pack.refused(id).is_none())
            .then(|| unknown("control", id, pack.controls().map(|control| &**control.id()))),
        Some(Target::Guide(id)) => {
            (!guides.contains_key(id)).then(|| unknown("guide", id, guides.keys().map(String::as_str)))
        }
    }
}

/// Every control belongs to a step.
fn without_a_step<'a>(
    proven: &'a BTreeMap<Arc<str>, Vec<(String, String)>>,
    pack: &'a Pack,
) -> impl Iterator<Item = Problem> + 'a {
    let alone = pack.controls().filter(|control| !proven.contains_key(control.id()));
    alone.map(|control| Problem {
        file: Arc::clone(&control.file),
        line: 1,
        column: 1,
        level: Level::Warning,
        message: format!(
            "no process has a step that `{}` proves: name it under `controls` of a step in processes/",
            control.id()
        ),
        suggestion: None,
    })
}
