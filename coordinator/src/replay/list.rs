//! What replay says, for people: a line for each verdict, and below it why.

use std::io::{self, Write};

use plumbline_baseline::{Status, Verdict};

use super::compare::{Compared, Counts, Outcome};
use super::since::{History, Line};
use crate::report::{counted, grouped, printable};

/// Where further lines of a row start.
const INDENT: &str = "        ";
/// How many members and witnesses are shown of each verdict.
const GROUNDS: usize = 4;

/// Writes a verdict of a scan beside one of now.
///
/// # Errors
/// When the writer fails.
pub fn write_compared(writer: &mut impl Write, row: &Compared) -> io::Result<()> {
    let (then, now) = (status(row.then.as_ref()), status(row.now.as_ref()));
    let change = if row.outcome == Outcome::Same { format!("{now:<24}") } else { format!("{then} -> {now}") };
    let severity = row.severity.as_str();
    let place = format!("{} {} {}", printable(&row.account), printable(&row.region), printable(&row.control));
    writeln!(writer, "{change:<24} {severity:<8} {place}")?;
    if !row.resource.is_empty() {
        writeln!(writer, "{INDENT}{}", printable(&row.resource))?;
    }
    if row.outcome != Outcome::Same {
        reason(writer, "then: ", row.then.as_ref())?;
    }
    reason(writer, "now: ", row.now.as_ref())?;
    if row.outcome == Outcome::Carried {
        writeln!(writer, "{INDENT}it rests on a value that is redacted: as it was said that night")?;
    }
    let Some(now) = &row.now else { return Ok(()) };
    for witness in now.grounds.witnesses.iter().take(GROUNDS) {
        writeln!(writer, "{INDENT}{}", printable(witness.sentence()))?;
    }
    for evidence in now.grounds.evidence.iter().take(GROUNDS) {
        writeln!(writer, "{INDENT}{} = {}", printable(&evidence.path), printable(&evidence.value))?;
    }
    Ok(())
}

fn status(verdict: Option<&Verdict>) -> &'static str {
    verdict.map_or("-", |verdict| verdict.status.as_str())
}

fn reason(writer: &mut impl Write, when: &str, verdict: Option<&Verdict>) -> io::Result<()> {
    match verdict.filter(|verdict| !verdict.reason.is_empty()) {
        Some(verdict) => writeln!(writer, "{INDENT}{when}{}", printable(&verdict.reason)),
        None => Ok(()),
    }
}

/// What a comparison came to, in one sentence.
pub fn summary(counts: &Counts) -> String {
    let Counts { verdicts, same, carried, different, not_collected, redacted, damaged } = *counts;
    let mut text = format!("{}: {} the same", counted(verdicts, "verdict"), grouped(same));
    if carried > 0 {
        text += &format!(" ({} of them as they were, since they rest on redacted values)", grouped(carried));
    }
    text += &format!(", {} different, {} not collected", grouped(different), grouped(not_collected));
    if redacted > 0 {
        text += &format!(", {} that rest on redacted values", grouped(redacted));
    }
    if damaged > 0 {
        text += &format!("; {} of the store damaged", counted(damaged, "part"));
    }
    text
}

/// Writes how a control stood on a resource, from night to night.
///
/// # Errors
/// When the writer fails.
pub fn write_history(writer: &mut impl Write, history: &History, line: &Line<'_>) -> io::Result<()> {
    let last = line.spells.last();
    let is_there = last.is_some_and(|spell| spell.to + 1 == history.nights.len());
    let now = last.filter(|_| is_there).map_or("-", |spell| spell.status.as_str());
    let place = format!("{} {} {}", printable(line.account), printable(line.region), printable(line.control));
    writeln!(writer, "{now:<8} {place}")?;
    if !line.resource.is_empty() {
        writeln!(writer, "{INDENT}{}", printable(line.resource))?;
    }
    for spell in line.spells {
        let (from, to) = (&history.nights[spell.from].started, &history.nights[spell.to].started);
        let until = if spell.from == spell.to { String::new() } else { format!(" to {}", printable(to)) };
        let why =
            if spell.status == Status::Unknown { format!("  {}", printable(&spell.reason)) } else { String::new() };
        writeln!(writer, "{INDENT}{:<8} {}{until}{why}", spell.status.as_str(), printable(from))?;
    }
    Ok(())
}

/// What the nights came to, in one sentence.
pub fn history_summary(history: &History) -> String {
    let failing = history.lines().filter(|line| line.spells.iter().any(|spell| spell.status == Status::Fail)).count();
    let still = history.lines().filter(|line| {
        line.spells.last().is_some_and(|spell| spell.status == Status::Fail && spell.to + 1 == history.nights.len())
    });
    format!(
        "{}: {} failed on some night, {} on the last one; {} of an account and Region, {} unchanged",
        counted(history.nights.len() as u64, "night"),
        counted(failing as u64, "resource"),
        grouped(still.count() as u64),
        counted(history.evaluated, "evaluation"),
        grouped(history.unchanged),
    )
}
