//! The roadmap for a person at a terminal: the level, what comes next and why, who is how far, and what is left.

use std::fmt::Write as _;

use plumbline_baseline::printable::printable;

use super::next::NextStep;
use super::place::Place;
use super::progress::{Placed, Progress};
use super::scope::Scope;
use super::{LEVELS, Roadmap};

/// How many units and how many accounts are listed.
const LISTED: usize = 20;
/// Names that are longer are cut.
const NAME: usize = 40;

/// How it looks.
#[derive(Clone, Debug)]
pub struct TextStyle {
    /// Whether headings are set off.
    pub is_coloured: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Options with which a command finds the same scan, with a blank in front.
    pub options: String,
}

/// What a level is called.
pub fn level_name(level: u8) -> &'static str {
    match level {
        0 => "none",
        1 => "essential",
        2 => "standard",
        _ => "advanced",
    }
}

impl Roadmap<'_> {
    /// One of them, and what it consists of.
    pub fn text(&self, scope: &Scope<'_>, style: &TextStyle) -> String {
        let mut text = Text { out: String::new(), style };
        self.head(&mut text, scope);
        table(&mut text, scope);
        next(&mut text, scope);
        self.parts(&mut text, scope);
        processes(&mut text, scope);
        text.out
    }

    fn head(&self, text: &mut Text<'_>, scope: &Scope<'_>) {
        let name = match &scope.place {
            Place::Organization => "The organization".to_owned(),
            Place::Unit(path) => format!("Unit {}", cut(path, NAME * 2)),
            Place::Account(id) => named("Account ", id, self.standing.name(id)),
        };
        text.heading(&format!("{name}: level {} of {}", scope.level, LEVELS.len()));
        let taken = printable(self.standing.taken.get(..16).unwrap_or(&self.standing.taken)).replace('T', " ");
        text.line(&format!("As the scan {} of {taken} UTC found it.", printable(&self.standing.scan)));
        for sentence in self.sentences(scope) {
            text.line(&sentence);
        }
    }

    /// What a person has to know of the level.
    pub fn sentences(&self, scope: &Scope<'_>) -> Vec<String> {
        let mut all = Vec::new();
        let is_organization = scope.place == Place::Organization;
        if is_organization && !self.standing.is_whole {
            all.push(
                "Not all of the organization could be listed: what is not known may lack anything, so no level is reached."
                    .to_owned(),
            );
        } else if let Some(level) = LEVELS.into_iter().find(|level| *level > scope.level) {
            let left = scope.count_of(|placed| placed.process.level == level && placed.progress != Progress::Done);
            let of = scope.count_of(|placed| placed.process.level == level);
            all.push(format!("For level {level} ({}), {left} of {of} processes are left.", level_name(level)));
        }
        if scope.level_once_confirmed > scope.level {
            all.push(format!(
                "It is level {} once a person has confirmed what nobody can measure.",
                scope.level_once_confirmed
            ));
        }
        match scope.attested() {
            0 => {}
            1 => all.push("One process is done because a person has put their name to a part of it.".to_owned()),
            many => {
                all.push(format!("{many} processes are done because a person has put their name to a part of them."))
            }
        }
        if is_organization && self.standing.left_out > 0 {
            let them = if self.standing.left_out == 1 { "it" } else { "them" };
            all.push(format!("{} left out on purpose; nothing is said of {them}.", accounts(self.standing.left_out)));
        }
        if !scope.of_organization.is_empty() {
            all.push(format!(
                "Besides, {} of the organization have something open here: {}.",
                counted(scope.of_organization.len() as u64, "process", "processes"),
                list(scope.of_organization.iter().map(|process| process.id.as_str()), 6),
            ));
        }
        all
    }

    /// Units and accounts of it, the least first.
    fn parts(&self, text: &mut Text<'_>, scope: &Scope<'_>) {
        let path = match &scope.place {
            Place::Account(_) => return,
            Place::Organization => "",
            Place::Unit(path) => path,
        };
        let is_below = |unit: &str| {
            path.is_empty() || unit.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let units = self.units().into_iter().filter(|unit| unit != path && is_below(unit)).map(|unit| self.unit(&unit));
        let units: Vec<(String, Scope<'_>)> = units.map(|unit| (self.called(&unit.place), unit)).collect();
        listed(text, "Units", units, &format!("roadmap --format ndjson{}", text.style.options));
        let accounts = self.standing.accounts().filter(|(_, account)| is_below(&account.unit));
        let mut accounts: Vec<_> = accounts.map(|(id, _)| self.account(id)).collect();
        accounts.sort_by_key(|account| (account.level, account.places_done));
        let accounts = accounts.into_iter().map(|account| (self.called(&account.place), account)).collect();
        listed(text, "Accounts, the least first", accounts, &format!("roadmap --format ndjson{}", text.style.options));
    }

    fn called(&self, place: &Place) -> String {
        match place {
            Place::Organization => String::new(),
            Place::Unit(path) => cut(path, NAME + 14),
            Place::Account(id) => named("", id, self.standing.name(id)),
        }
    }
}

/// Lines that fit.
struct Text<'t> {
    out: String,
    style: &'t TextStyle,
}

impl Text<'_> {
    fn heading(&mut self, heading: &str) {
        let gap = if self.out.is_empty() { "" } else { "\n" };
        let (on, off) = if self.style.is_coloured { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(self.out, "{gap}{on}{}{off}", cut(heading, self.style.width));
    }

    fn line(&mut self, line: &str) {
        self.wrapped(line, 0);
    }

    /// A sentence over as many lines as it needs, all of them so far in.
    fn wrapped(&mut self, sentence: &str, indent: usize) {
        let mut length = 0;
        for word in sentence.split(' ') {
            let width = word.chars().count();
            if length == 0 {
                let _ = write!(self.out, "{}{word}", " ".repeat(indent));
                length = indent + width;
            } else if length + 1 + width > self.style.width {
                let _ = write!(self.out, "\n{}{word}", " ".repeat(indent));
                length = indent + width;
            } else {
                let _ = write!(self.out, " {word}");
                length += 1 + width;
            }
        }
        self.out.push('\n');
    }
}

fn table(text: &mut Text<'_>, scope: &Scope<'_>) {
    let heads = ["done", "under way", "open", "blocked", "not known", "to confirm"];
    let head: String = heads.iter().map(|head| format!("  {head}")).collect();
    let _ = writeln!(text.out, "\n{:<13}{head}   of", "Processes");
    for level in LEVELS {
        let of = scope.count_of(|placed| placed.process.level == level);
        let mut line = format!("{level} {:<11}", level_name(level));
        for (progress, head) in Progress::ALL.into_iter().zip(heads) {
            let count = match scope.count_of_level(level, progress) {
                0 => "–".to_owned(),
                count => count.to_string(),
            };
            let _ = write!(line, "  {count:>width$}", width = head.len());
        }
        let _ = writeln!(text.out, "{line}  {of:>3}");
    }
    if scope.accounts > 1 {
        let by_level = scope.accounts_by_level.iter().zip(0u8..).map(|(count, level)| {
            if level == 0 { format!("{count} at none") } else { format!("{count} at level {level}") }
        });
        let by_level: Vec<String> = by_level.collect();
        text.line(&format!("{}: {}.", accounts(scope.accounts), by_level.join(", ")));
    }
}

fn next(text: &mut Text<'_>, scope: &Scope<'_>) {
    text.heading("What comes next");
    if scope.next.is_empty() {
        text.line("Nothing is left.");
        return;
    }
    text.line("By value: the severities of what it closes × accounts ÷ effort; nothing before what it needs.");
    for (index, next) in scope.next.iter().enumerate() {
        next_step(text, index + 1, next);
    }
}

fn next_step(text: &mut Text<'_>, number: usize, next: &NextStep<'_>) {
    let NextStep { process, step, .. } = next;
    text.out.push('\n');
    text.wrapped(&format!("{number}. {}: {}", printable(&process.title), printable(&step.title)), 1);
    text.wrapped(&next.who(), 4);
    text.wrapped(&next.sum(), 4);
    if !next.parts.is_empty() {
        text.wrapped(&format!("closes {}", list(next.parts.iter().map(|part| &*part.control), 8)), 4);
    }
    if !next.after.is_empty() {
        text.wrapped(&format!("after {}", list(next.after.iter().copied(), 6)), 4);
    }
    let _ = writeln!(text.out, "    step {}: plumbline handbook show {}", printable(&step.id), printable(&process.id));
}

/// Units or accounts with their levels.
fn listed(text: &mut Text<'_>, heading: &str, all: Vec<(String, Scope<'_>)>, rest: &str) {
    if all.is_empty() {
        return;
    }
    text.heading(heading);
    let longest = all.iter().take(LISTED).map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, scope) in all.iter().take(LISTED) {
        let width = longest + name.len() - name.chars().count();
        let open = scope.count_of(|placed| placed.places.open > 0);
        let line = format!(
            "  {name:<width$}  level {}  {:>3} of {} done, {open} with something open",
            scope.level, scope.places_done, scope.places
        );
        let _ = writeln!(text.out, "{}", cut(&line, text.style.width));
    }
    if all.len() > LISTED {
        text.line(&format!("  and {} more: plumbline {rest}", all.len() - LISTED));
    }
}

fn processes(text: &mut Text<'_>, scope: &Scope<'_>) {
    for progress in Progress::ALL.into_iter().filter(|progress| *progress != Progress::Done) {
        let all: Vec<&Placed<'_>> = scope.processes.iter().filter(|placed| placed.progress == progress).collect();
        if all.is_empty() {
            continue;
        }
        text.heading(&format!("{} ({})", heading(progress), all.len()));
        for placed in all {
            let done = placed.places.done_or_attested();
            let mut line = format!("{}  {:<40}", placed.process.level, printable(&placed.process.id));
            let _ = write!(line, "  {done:>4} of {:<4}", placed.places.total());
            if progress == Progress::Blocked {
                let _ = write!(line, "  waits for {}", list(placed.waits_for.iter().copied(), 3));
            }
            let _ = writeln!(text.out, "  {}", cut(line.trim_end(), text.style.width.saturating_sub(2)));
        }
    }
    text.out.push('\n');
    text.line(
        "Figures of processes are steps × accounts that are done. What a process is: plumbline handbook show PROCESS",
    );
}

fn heading(progress: Progress) -> &'static str {
    match progress {
        Progress::Done => "Done",
        Progress::UnderWay => "Under way",
        Progress::Open => "Open",
        Progress::Blocked => "Blocked by what they need",
        Progress::Unknown => "Not known",
        Progress::Unconfirmed => "For a person to confirm",
    }
}

fn named(before: &str, id: &str, name: &str) -> String {
    let name = cut(name, NAME);
    if name.is_empty() { format!("{before}{}", printable(id)) } else { format!("{before}{} {name}", printable(id)) }
}

fn accounts(count: u64) -> String {
    counted(count, "account", "accounts")
}

fn counted(count: u64, one: &str, other: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { other })
}

/// The first of some names.
fn list<'n>(names: impl ExactSizeIterator<Item = &'n str>, most: usize) -> String {
    let hidden = names.len().saturating_sub(most);
    let shown: Vec<String> = names.take(most).map(|name| printable(name).into_owned()).collect();
    let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// A stranger's text on one line, and no longer than this.
fn cut(text: &str, most: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= most {
        return text.into_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
