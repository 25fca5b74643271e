//! An attestation from text: which step, where, by whom, on what evidence, and for how long.

use std::sync::Arc;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::handbook::process::{HowOften, Process, Step};
use plumbline_baseline::pack::reading::{Node, Position, Section, Value};
use plumbline_baseline::suggest::closest;

use super::{File, Known, words};
use crate::entry::{Attestation, Attesting};
use crate::keys::{ATTESTATION, EVIDENCE};
use crate::said::Attested;

/// Reads an attestation; the report says what is wrong with it.
pub(super) fn read(node: &Node, file: &mut File, known: Known<'_>) -> Option<Attestation> {
    let section = Section::open(node, &ATTESTATION, &mut file.report)?;
    let name = section.required_text("step", &mut file.report);
    let at = section.get("step").map_or(node.at, |node| node.at);
    let step = name.as_deref().and_then(|name| step(name, at, file, known.handbook));
    let reach = reach(&section, file, step.map(|(process, _)| process));
    let by = words::required(&section, "by", file);
    let evidence = evidence(&section, file);
    let (on, until) = (words::day(&section, "on", file), words::day(&section, "until", file));
    let note = words::optional(&section, "note", file);
    let (on, until, (_, step)) = (on?, until?, step?);
    let place = |key: &str| section.get(key).map_or(node.at, |node| node.at);
    if on > known.today {
        file.report.error(place("on"), format!("`on` {on} is still to come: it is {}", known.today));
    }
    if until < on {
        file.report.error(place("until"), format!("`until` {until} is before `on` {on}"));
    } else if until < known.today {
        let message = format!("the attestation ended on {until}: look again, and write a new one, or remove it");
        file.report.warning(place("until"), message);
    }
    match &step.attest {
        Some(attest) if until > on.plus(attest.days) => {
            let last = on.plus(attest.days);
            let message =
                format!("`until` {until} is too late: this is good for {} days at most, until {last}", attest.days);
            file.report.error(place("until"), message);
        }
        _ => {}
    }
    let attested = Arc::new(Attested { by: by?, on, until, evidence: evidence?, step: Arc::from(name?) });
    Some(Attestation { place: file.place(node.at), attested, controls: step.controls.clone(), reach: reach?, note })
}

/// The step that a name means: one that a person confirms.
fn step<'h>(name: &str, at: Position, file: &mut File, handbook: &'h Handbook) -> Option<(&'h Process, &'h Step)> {
    let all: Vec<String> = attested_steps(handbook).collect();
    let (process, step) = name.split_once('/').unwrap_or((name, ""));
    let meant = || closest(name, all.iter().map(String::as_str)).map(str::to_owned);
    let Some(process) = handbook.process(process) else {
        file.report.error_meant(at, format!("there is no process `{process}`: a step is PROCESS/STEP"), meant());
        return None;
    };
    let Some(found) = process.step(step) else {
        let steps = process.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("`{}` has no step `{step}`; it has {steps}", process.id);
        file.report.error_meant(at, message, meant());
        return None;
    };
    if found.attest.is_none() {
        let message = format!("nobody confirms `{name}`: its controls measure it, and nothing else proves it");
        file.report.error(at, message);
        return None;
    }
    Some((process, found))
}

/// The steps that somebody can confirm, as `PROCESS/STEP`.
pub fn attested_steps(handbook: &Handbook) -> impl Iterator<Item = String> + '_ {
    handbook.processes().flat_map(|process| {
        let steps = process.steps.iter().filter(|step| step.attest.is_some());
        steps.map(move |step| format!("{}/{}", process.id, step.id))
    })
}

fn reach(section: &Section<'_>, file: &mut File, process: Option<&Process>) -> Option<Attesting> {
    const KEYS: [&str; 3] = ["accounts", "units", "organization"];
    let given: Vec<&str> = KEYS.into_iter().filter(|key| section.get(key).is_some()).collect();
    let [key] = given[..] else {
        let message = "an attestation is of `accounts`, of `units`, or `organization: true`: one of them";
        file.report.error(section.at(), message);
        return None;
    };
    let at = section.get(key).map_or(section.at(), |node| node.at);
    let is_once = |process: &Process| process.how_often == HowOften::Organization;
    let is_by_account = |process: &Process| matches!(process.how_often, HowOften::Account | HowOften::Region);
    match key {
        "organization" => {
            if !section.flag("organization", &mut file.report) {
                file.report.error(at, "`organization` is true, or left out");
                return None;
            }
            if let Some(process) = process.filter(|process| is_by_account(process)) {
                let message =
                    format!("`{}` is done {}: name `accounts` or `units`", process.id, process.how_often.says());
                file.report.error(at, message);
            }
            Some(Attesting::Organization)
        }
        _ => {
            if let Some(process) = process.filter(|process| is_once(process)) {
                let message = format!("`{}` is done once for the organization: write `organization: true`", process.id);
                file.report.error(at, message);
            }
            let reach = match key {
                "accounts" => Attesting::Accounts(words::accounts(section, file)),
                _ => Attesting::Units(words::units(section, file)),
            };
            Some(reach)
        }
    }
}

fn evidence(section: &Section<'_>, file: &mut File) -> Option<Arc<str>> {
    let node = section.required("evidence", &mut file.report)?;
    match &node.value {
        Value::Map(_) => {
            let section = Section::open(node, &EVIDENCE, &mut file.report)?;
            let name = words::required(&section, "file", file);
            let hash = words::required(&section, "sha256", file)?;
            let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !is_hash {
                let at = section.get("sha256").map_or(node.at, |node| node.at);
                file.report.error(at, "`sha256` is 64 digits in hexadecimal, as sha256sum prints them");
                return None;
            }
            Some(Arc::from(format!("{} (sha256 {hash})", name?)))
        }
        _ => {
            let text = node.text().unwrap_or_default().trim();
            if !text.starts_with("https://") || text.contains(char::is_whitespace) {
                let message = "`evidence` is an https address, or `{ file: NAME, sha256: HASH }`";
                file.report.error(node.at, message);
                return None;
            }
            Some(Arc::from(text))
        }
    }
}
