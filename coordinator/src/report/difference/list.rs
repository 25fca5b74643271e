//! Differences as lines for the terminal: what happened, below it of what, and how it was and is. Written as they come.
//! Many resources of one place that were not found are one line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use plumbline_baseline::Status;
use plumbline_governance::Accepted;

use super::super::table::{Style, severity_colour};
use super::super::text::{counted, grouped, printable, wrapped};
use super::{
    AccountDifference, Because, Difference, FindingDifference, MemberDifference, ResourceDifference, ResourceTurn,
    Stand, Turn,
};

/// Where the further lines of a difference start.
const INDENT: usize = 10;
/// How many members are shown of a resource.
const MEMBERS: usize = 8;

/// Writes differences for people.
pub struct ListWriter<W: Write> {
    writer: W,
    style: Style,
    findings: BTreeMap<Turn, u64>,
    resources: BTreeMap<ResourceTurn, u64>,
    accounts: u64,
    notes: BTreeSet<String>,
    /// What was not found in one place, and has no line yet.
    pending: Option<Pending>,
    section: &'static str,
}

#[derive(PartialEq)]
struct Pending {
    head: String,
    why: String,
    noun: &'static str,
    count: u64,
    first: String,
}

impl<W: Write> ListWriter<W> {
    /// Says which scans are compared.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(mut writer: W, style: Style, (from, on): (&str, &str), (to, until): (&str, &str)) -> io::Result<Self> {
        writeln!(writer, "From {from} ({}) to {to} ({})", printable(on), printable(until))?;
        Ok(Self {
            writer,
            style,
            findings: BTreeMap::new(),
            resources: BTreeMap::new(),
            accounts: 0,
            notes: BTreeSet::new(),
            pending: None,
            section: "",
        })
    }

    /// Writes one difference.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&mut self, difference: &Difference) -> io::Result<()> {
        match difference {
            Difference::Note(note) => {
                if self.notes.insert(note.text.clone()) {
                    self.flush()?;
                    self.lines(&format!("note: {}", note.text), 0, 4)?;
                }
                Ok(())
            }
            Difference::Account(account) => {
                self.accounts += 1;
                self.section("Accounts")?;
                let line = words_of_account(account);
                self.lines(&line, 2, 2)
            }
            Difference::Finding(finding) => {
                *self.findings.entry(finding.turn).or_default() += 1;
                self.section("Findings")?;
                self.finding(finding)
            }
            Difference::Resource(resource) => {
                *self.resources.entry(resource.turn).or_default() += 1;
                self.section("Resources")?;
                self.resource(resource)
            }
        }
    }

    /// Says how many there were of each kind.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        if self.accounts == 0 && self.findings.is_empty() && self.resources.is_empty() {
            return writeln!(self.writer, "\nNo difference.");
        }
        writeln!(self.writer)?;
        if self.accounts > 0 {
            writeln!(self.writer, "Accounts: {}", grouped(self.accounts))?;
        }
        let of = |turns: Vec<(&'static str, u64)>| {
            turns.iter().map(|(word, count)| format!("{} {word}", grouped(*count))).collect::<Vec<_>>().join(", ")
        };
        if !self.findings.is_empty() {
            let turns = Turn::ALL.iter().filter_map(|turn| Some((turn.as_str(), *self.findings.get(turn)?)));
            writeln!(self.writer, "Findings: {}", of(turns.collect()))?;
        }
        if !self.resources.is_empty() {
            let turns = ResourceTurn::ALL.iter().filter_map(|turn| Some((turn.as_str(), *self.resources.get(turn)?)));
            writeln!(self.writer, "Resources: {}", of(turns.collect()))?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &FindingDifference) -> io::Result<()> {
        let at = &finding.at;
        if finding.because == Some(Because::ResourceMissing) {
            let head = format!("{:<9} {} {}", finding.turn.as_str(), at.account, at.region);
            let why = format!("{} of {}", Because::ResourceMissing.words(), at.resource_type);
            return self.gather(head, why, "check", &at.resource);
        }
        self.flush()?;
        let word = format!("{:<9}", finding.turn.as_str());
        let severity = format!("{:<8}", finding.severity.as_str());
        write!(self.writer, "{} ", self.style.paint(turn_colour(finding.turn), &word))?;
        write!(self.writer, "{} ", self.style.paint(severity_colour(finding.severity), &severity))?;
        let rest = [at.account.as_str(), &at.region, &finding.control];
        writeln!(self.writer, "{}", rest.map(printable).join(" "))?;
        self.whole(&at.resource)?;
        let told = match (&finding.old, &finding.new) {
            (Some(old), Some(new)) => format!("{} -> {}", words(old), words(new)),
            (None, Some(new)) => words(new),
            (Some(old), None) => format!("was {}", words(old)),
            (None, None) => String::new(),
        };
        self.lines(&told, INDENT, 4)?;
        finding.because.map_or(Ok(()), |because| self.lines(because.words(), INDENT, 2))?;
        if let Some(owner) = &finding.owner {
            self.lines(&format!("owner: {}", owner.name), INDENT, 2)?;
        }
        match &finding.accepted {
            Some(accepted) => self.lines(&words_of_accepted(accepted), INDENT, 2),
            None => Ok(()),
        }
    }

    fn resource(&mut self, resource: &ResourceDifference) -> io::Result<()> {
        let at = &resource.at;
        let head = format!("{:<9} {} {} {}", resource.turn.as_str(), at.account, at.region, at.resource_type);
        if resource.turn == ResourceTurn::Missing {
            let why = match resource.reason.as_str() {
                "" => Because::ResourceMissing.words().to_owned(),
                reason => format!("{}: {reason}", Because::ResourceMissing.words()),
            };
            return self.gather(head, why, "resource", &at.resource);
        }
        self.flush()?;
        writeln!(self.writer, "{}", printable(&head))?;
        self.whole(&at.resource)?;
        for member in resource.members.iter().take(MEMBERS) {
            self.lines(&words_of_member(member), INDENT, 3)?;
        }
        let more = resource.members.len().saturating_sub(MEMBERS) + resource.more;
        if more > 0 { self.lines(&format!("and {}", counted(more as u64, "more member")), INDENT, 1) } else { Ok(()) }
    }

    /// Adds one to what has one line for all of a place.
    fn gather(&mut self, head: String, why: String, noun: &'static str, first: &str) -> io::Result<()> {
        match &mut self.pending {
            Some(known) if known.head == head && known.why == why => {
                known.count += 1;
                return Ok(());
            }
            _ => self.flush()?,
        }
        self.pending = Some(Pending { head, why, noun, count: 1, first: first.to_owned() });
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(Pending { head, why, noun, count, first }) = self.pending.take() else { return Ok(()) };
        writeln!(self.writer, "{}: {}", printable(&head), counted(count, noun))?;
        if count == 1 {
            self.whole(&first)?;
        }
        self.lines(&why, INDENT, 3)
    }

    fn section(&mut self, name: &'static str) -> io::Result<()> {
        if self.section == name {
            return Ok(());
        }
        self.flush()?;
        self.section = name;
        writeln!(self.writer, "\n{}", self.style.paint("1", name))
    }

    /// An ARN, whole and on a line of its own: one that is cut or broken cannot be copied.
    fn whole(&mut self, arn: &str) -> io::Result<()> {
        if arn.is_empty() { Ok(()) } else { writeln!(self.writer, "{:INDENT$}{}", "", printable(arn)) }
    }

    fn lines(&mut self, text: &str, indent: usize, lines: usize) -> io::Result<()> {
        let width = usize::from(self.style.width).saturating_sub(indent).max(20);
        let wrapped = wrapped(text, width, lines).into_iter().filter(|line| !line.is_empty());
        wrapped.into_iter().try_for_each(|line| writeln!(self.writer, "{:indent$}{line}", ""))
    }
}

fn words_of_accepted(accepted: &Accepted) -> String {
    let Accepted { id, until, expired, .. } = accepted;
    format!("{} until {until} ({id})", if *expired { "was accepted" } else { "accepted" })
}

/// What became of an account.
pub(in crate::report) fn words_of_account(account: &AccountDifference) -> String {
    let name = if account.name.is_empty() { String::new() } else { format!(" ({})", account.name) };
    format!("account {} on {}: {}{name}", account.turn.as_str(), account.on, account.account)
}

/// How a control stands, in words.
pub(in crate::report) fn words(stand: &Stand) -> String {
    let reason = if stand.reason.is_empty() { String::new() } else { format!(" ({})", stand.reason) };
    match (stand.status, stand.decided) {
        (Status::Unknown, Some(decided)) => {
            format!("UNKNOWN since {}{reason}, {decided} before", stand.stale_since)
        }
        (Status::Unknown, None) => format!("UNKNOWN{reason}"),
        (status, _) => format!("{status} since {}{reason}", stand.since),
    }
}

/// What a member was and is.
pub(in crate::report) fn words_of_member(MemberDifference { path, old, new }: &MemberDifference) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".to_owned());
    format!("{path}: {} -> {}", value(old), value(new))
}

/// The colour of what happened.
pub(in crate::report) fn turn_colour(turn: Turn) -> &'static str {
    match turn {
        Turn::New | Turn::Reopened => "31",
        Turn::Fixed | Turn::Closed => "32",
        Turn::Lost => "33",
        Turn::Decided | Turn::Changed => "0",
    }
}
