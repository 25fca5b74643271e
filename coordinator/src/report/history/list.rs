//! Histories as lines for the terminal.

use std::io::{self, Write};

use super::super::difference::list::{turn_colour, words, words_of_account, words_of_member};
use super::super::difference::{Because, Difference, FindingDifference, ResourceDifference, Turn};
use super::super::table::{Style, severity_colour};
use super::super::text::{counted, grouped, printable, wrapped};
use super::{Event, Failing, NightTally, ResourceHistory};

/// Where the further lines of something start.
const INDENT: usize = 10;

/// Writes a resource: whether it is there, how controls stand on it, and what happened.
///
/// # Errors
/// When the writer fails.
pub fn write_resource(writer: &mut impl Write, style: Style, history: &ResourceHistory) -> io::Result<()> {
    let at = &history.at;
    writeln!(writer, "{}", style.paint("1", &printable(&at.resource)))?;
    writeln!(writer, "{}", printable(&format!("{} in {}, {}", at.resource_type, at.account, at.region)))?;
    let seen = format!("first seen {}, last seen {}", dated(&history.first_seen), dated(&history.last_seen));
    lines(writer, style, &format!("{}; {seen}", history.presence.words(&at.resource_type)), 0)?;
    if !history.standings.is_empty() {
        writeln!(writer, "\n{}", style.paint("1", "Controls"))?;
    }
    for standing in &history.standings {
        let severity = format!("{:<8}", standing.severity.as_str());
        let severity = style.paint(severity_colour(standing.severity), &severity);
        writeln!(writer, "{severity}  {}", printable(&standing.control))?;
        lines(writer, style, &words(&standing.stand), INDENT)?;
    }
    writeln!(writer, "\n{}", style.paint("1", "What happened"))?;
    let mut last = "";
    for event in &history.events {
        if event.on.as_ref() != last {
            writeln!(writer, "{}  {}", dated(&event.on), printable(&event.scan))?;
            last = &event.on;
        }
        write_event(writer, style, event)?;
    }
    Ok(())
}

fn write_event(writer: &mut impl Write, style: Style, event: &Event) -> io::Result<()> {
    match &event.difference {
        Difference::Account(account) => lines(writer, style, &words_of_account(account), 2),
        Difference::Note(note) => lines(writer, style, &note.text, 2),
        Difference::Resource(ResourceDifference { turn, reason, members, more, .. }) => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            lines(writer, style, &format!("{:<8}the resource{why}", turn.as_str()), 2)?;
            for member in members {
                lines(writer, style, &words_of_member(member), INDENT)?;
            }
            if *more > 0 {
                lines(writer, style, &format!("and {}", counted(*more as u64, "more member")), INDENT)?;
            }
            Ok(())
        }
        Difference::Finding(finding) => {
            let FindingDifference { control, turn, because, old, new, .. } = &**finding;
            let word = style.paint(turn_colour(*turn), &format!("{:<8}", turn.as_str()));
            writeln!(writer, "  {word}{}", printable(control))?;
            let told = match (old, new) {
                (Some(old), Some(new)) => format!("{} -> {}", words(old), words(new)),
                (None, Some(new)) => words(new),
                (Some(old), None) => format!("was {}", words(old)),
                (None, None) => String::new(),
            };
            let because = because.map(|because: Because| format!("; {}", because.words())).unwrap_or_default();
            lines(writer, style, &format!("{told}{because}"), INDENT)
        }
    }
}

/// Writes something on which a control fails.
///
/// # Errors
/// When the writer fails.
pub fn write_failing(writer: &mut impl Write, style: Style, failing: &Failing) -> io::Result<()> {
    let at = &failing.at;
    writeln!(writer, "{} {}", printable(&at.account), printable(&at.region))?;
    if !at.resource.is_empty() {
        writeln!(writer, "{:INDENT$}{}", "", printable(&at.resource))?;
    }
    lines(writer, style, &words(&failing.stand), INDENT)
}

/// Writes what nights changed of a control.
///
/// # Errors
/// When the writer fails.
pub fn write_nights(writer: &mut impl Write, style: Style, nights: &[NightTally]) -> io::Result<()> {
    writeln!(writer, "\n{}", style.paint("1", "By scan"))?;
    for night in nights {
        let turns = Turn::ALL.iter().filter_map(|turn| Some((turn, night.turns.get(turn)?)));
        let turns: Vec<String> = turns.map(|(turn, count)| format!("{} {}", grouped(*count), turn.as_str())).collect();
        let accounts = counted(night.accounts, "account");
        writeln!(writer, "{}  {}  {}, in {accounts}", dated(&night.on), printable(&night.scan), turns.join(", "))?;
    }
    Ok(())
}

/// A date, or that it is not kept.
fn dated(on: &str) -> String {
    if on.is_empty() { "on a scan that is not kept".to_owned() } else { printable(on).into_owned() }
}

fn lines(writer: &mut impl Write, style: Style, text: &str, indent: usize) -> io::Result<()> {
    let width = usize::from(style.width).saturating_sub(indent).max(20);
    wrapped(text, width, 4).iter().try_for_each(|line| writeln!(writer, "{:indent$}{line}", ""))
}
