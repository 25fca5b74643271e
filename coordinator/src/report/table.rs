//! The terminal report: accounts expected and scanned, coverage beside compliance, what to fix first.
//!
//! Colour and width are the caller's decision ([`Style`]); every text from the outside is made printable first.

mod causes;
mod governed;
mod narrow;

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use plumbline_baseline::Severity;
use unicode_width::UnicodeWidthStr;

use super::caveat::caveats;
use super::digest::{Digest, ScopeDigest};
use super::next_step::next_step;
use super::past::Past;
use super::row::{AccountSummary, ScanSummary};
use super::standing::FrameworkStanding;
use super::text::{counted, fitted, grouped, percent, printable, wrapped};

/// How many controls and accounts the terminal shows; the rest is a command away.
const ROWS: usize = 12;
/// Notes on the scan that are shown.
const NOTES: usize = 6;
/// With fewer columns there are lists instead of tables, in which no id is cut.
const NARROW: usize = 78;
/// From how many columns on a control is shown with what is wrong.
const WITH_FINDINGS: u16 = 100;

/// How the terminal report looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Columns available.
    pub width: u16,
}

impl Style {
    /// The text in a colour of ANSI's, where colours are wanted; `0` is none.
    pub(super) fn paint(self, colour: &str, text: &str) -> String {
        if self.colour && colour != "0" { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Writes the terminal report.
///
/// # Errors
/// When the writer fails.
pub fn write(writer: &mut impl Write, summary: &ScanSummary, digest: &Digest, style: Style) -> io::Result<()> {
    let mut page = Page { writer, style };
    page.headline(summary, digest)?;
    causes::write(&mut page, summary, digest)?;
    page.fix_first(summary, digest)?;
    governed::write(&mut page, summary, digest)?;
    page.accounts(summary, digest)?;
    page.frameworks(digest)?;
    page.unknowns(digest)?;
    page.decided_elsewhere(digest)?;
    page.manual(digest)
}

struct Page<'w, W: Write> {
    writer: &'w mut W,
    style: Style,
}

impl<W: Write> Page<'_, W> {
    fn headline(&mut self, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
        let organization = summary.organization.as_deref().unwrap_or("no organization");
        writeln!(self.writer)?;
        self.hanging("Scan ", &format!("{} · {organization} · {}", summary.scan, summary.started), 3)?;
        self.caveats(summary)?;
        writeln!(self.writer)?;

        let checks = digest.total.checks;
        self.hanging("  Accounts    ", &accounts_line(&summary.accounts), 4)?;
        let unread = match checks.undecided {
            0 => String::new(),
            count => format!("; {} could not be", grouped(count)),
        };
        let elsewhere = match checks.decided_elsewhere {
            0 => String::new(),
            count => format!("; {} decided in other accounts", grouped(count)),
        };
        let read = format!("of {} were read completely{unread}{elsewhere}", counted(checks.automated, "check"));
        self.hanging(&format!("  Coverage    {:>6}  ", percent(checks.coverage())), &read, 4)?;
        let hold = format!("of {} hold", counted(checks.passed + checks.failed, "decided check"));
        self.hanging(&format!("  Compliance  {:>6}  ", percent(checks.compliance())), &hold, 4)?;
        let findings = grouped(digest.open());
        self.hanging(&format!("  Findings    {findings:>6}  "), &findings_line(digest), 4)?;
        governed::headline(self, digest)?;
        if let Some(roadmap) = &digest.roadmap {
            let command = summary.command("roadmap");
            self.hanging(
                &format!("  Handbook    level {}  ", roadmap.level),
                &format!("{}: {command}", roadmap.line()),
                3,
            )?;
        }
        let changes = summary.past.as_ref().map(Past::lines).unwrap_or_default();
        for (index, line) in changes.iter().enumerate() {
            self.hanging(if index == 0 { "  Changes     " } else { "              " }, line, 3)?;
        }
        for (index, note) in summary.notes.iter().take(NOTES).enumerate() {
            self.hanging(if index == 0 { "  Note        " } else { "              " }, note, 3)?;
        }
        Ok(())
    }

    /// What this scan is not, before any figure.
    fn caveats(&mut self, summary: &ScanSummary) -> io::Result<()> {
        for caveat in caveats(summary) {
            for line in wrapped(&format!("{caveat}."), self.columns(), 4) {
                writeln!(self.writer, "{}", self.bold(&line))?;
            }
        }
        Ok(())
    }

    fn fix_first(&mut self, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
        let failing = digest.fix_first();
        if failing.is_empty() {
            return Ok(());
        }
        self.heading("What to fix first")?;
        if self.columns() < NARROW {
            narrow::fix_first(self.writer, &failing[..failing.len().min(ROWS)], self.columns())?;
            return self.more(failing.len(), &summary.command("findings"));
        }
        let has_findings = self.style.width >= WITH_FINDINGS;
        let head = ["severity", "accounts", "findings", "control", "what is wrong"];
        let mut table = self.table(if has_findings { &head } else { &head[..4] });
        let id_width = if has_findings { 44 } else { self.columns().saturating_sub(36) };
        for (id, control) in failing.iter().take(ROWS) {
            let mut cells = vec![control.severity.to_string(), grouped(control.failing_accounts())];
            cells.extend([grouped(control.open()), fitted(id, id_width)]);
            cells.extend(has_findings.then(|| fitted(&control.says(), 160)));
            table.add_row(cells);
        }
        right(&mut table, &[1, 2]);
        self.print(&table)?;
        self.more(failing.len(), &summary.command("findings"))
    }

    fn accounts(&mut self, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
        let accounts = digest.accounts_by_need(summary);
        self.heading("Accounts")?;
        let shown = &accounts[..accounts.len().min(ROWS)];
        if self.columns() < NARROW {
            narrow::accounts(self.writer, shown)?;
        } else {
            let table = self.accounts_table(shown);
            self.print(&table)?;
        }
        self.more(accounts.len(), &summary.command("report --format html --output report.html"))?;
        for (account, _) in accounts.iter().filter(|(account, _)| !account.is_scanned()).take(ROWS) {
            if let Some(reason) = account.reason() {
                self.hanging(&format!("   {}: ", fitted(&account.id, 14)), reason, 4)?;
            }
        }
        Ok(())
    }

    /// A line for each framework.
    fn frameworks(&mut self, digest: &Digest) -> io::Result<()> {
        if digest.frameworks.is_empty() {
            return Ok(());
        }
        self.heading("Requirements of frameworks")?;
        for framework in &digest.frameworks {
            let FrameworkStanding { id, version, requirements, .. } = framework;
            let name = if version.is_empty() { id.clone() } else { format!("{id} {version}") };
            let label = format!("   {}: ", fitted(&name, 40));
            self.hanging(&label, &format!("of {}, {}", grouped(requirements.len() as u64), framework.counts()), 3)?;
        }
        Ok(())
    }

    /// What a list leaves out, and the command that shows it: whole and on a line of its own, so that it can be copied.
    fn more(&mut self, count: usize, command: &str) -> io::Result<()> {
        match count.saturating_sub(ROWS) {
            0 => Ok(()),
            more => writeln!(self.writer, "   and {more} more:\n   {}", printable(command)),
        }
    }

    /// As many columns as there is room for.
    fn accounts_table(&self, accounts: &[(&AccountSummary, ScopeDigest)]) -> Table {
        let width = self.columns();
        let is_wide = width >= 140;
        let name = (width >= 80).then(|| (width - 69).min(24));
        let unit = (width >= 112).then(|| (width - 97).min(28));
        let mut head = vec!["account"];
        head.extend(name.map(|_| "name"));
        head.extend(unit.map(|_| "unit"));
        let numbers = head.len();
        head.extend(is_wide.then_some("jobs"));
        head.extend(["coverage", "compliance"]);
        head.extend(if is_wide { ["critical", "high", "medium", "low"] } else { ["crit", "high", "med", "low"] });
        let mut table = self.table(&head);
        for (account, scope) in accounts {
            let mut cells = vec![printable(&account.id).into_owned()];
            cells.extend(name.map(|room| fitted(&account.name, room)));
            cells.extend(unit.map(|room| fitted(&account.ou, room)));
            cells.extend(is_wide.then(|| format!("{}/{}", account.jobs_done, account.jobs_planned)));
            cells.extend([percent(scope.checks.coverage()), percent(scope.checks.compliance())]);
            cells.extend(scope.failed_by_severity.map(|count| match count {
                0 if scope.is_decided() => "·".into(),
                0 => "–".into(),
                count => grouped(count),
            }));
            table.add_row(cells);
        }
        right(&mut table, &(numbers..head.len()).collect::<Vec<_>>());
        table
    }

    fn unknowns(&mut self, digest: &Digest) -> io::Result<()> {
        if digest.unknowns.is_empty() {
            return Ok(());
        }
        self.heading("Not decided")?;
        for (code, unknown) in digest.unknown_reasons() {
            let step = next_step(code);
            let line = format!(
                "{} ({}): {} in {}",
                step.title,
                fitted(code, 40),
                counted(unknown.rows, "row"),
                counted(unknown.accounts(), "account")
            );
            for line in wrapped(&line, self.columns().saturating_sub(3), 3) {
                writeln!(self.writer, "   {}", self.bold(&line))?;
            }
            for (detail, count) in unknown.details.iter().filter(|(detail, _)| !detail.is_empty()).take(3) {
                self.hanging(&format!("     {} × ", grouped(*count)), detail, 3)?;
            }
            self.hanging("     → ", step.step, 8)?;
        }
        Ok(())
    }

    fn decided_elsewhere(&mut self, digest: &Digest) -> io::Result<()> {
        let elsewhere = &digest.decided_elsewhere;
        if elsewhere.rows == 0 {
            return Ok(());
        }
        self.heading("Decided in other accounts")?;
        let (rows, accounts) = (counted(elsewhere.rows, "row"), counted(elsewhere.accounts(), "account"));
        self.hanging("   ", &format!("{rows} in {accounts}: only the account that owns a thing sees it"), 3)?;
        for (detail, count) in elsewhere.details.iter().take(3) {
            self.hanging(&format!("     {} × ", grouped(*count)), detail, 3)?;
        }
        Ok(())
    }

    fn manual(&mut self, digest: &Digest) -> io::Result<()> {
        let manual: Vec<String> = digest
            .controls
            .iter()
            .filter(|(_, control)| control.checks.manual > 0)
            .map(|(id, _)| printable(id).into_owned())
            .collect();
        if manual.is_empty() {
            return Ok(());
        }
        self.heading("Left to a person")?;
        for id in manual {
            writeln!(self.writer, "   {id}")?;
        }
        self.hanging("   what to look at: ", "plumbline controls show ID", 2)
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "\n{}", self.bold(text))
    }

    fn bold(&self, text: &str) -> String {
        if self.style.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Columns of a line.
    fn columns(&self) -> usize {
        usize::from(self.style.width)
    }

    /// A label, and beside it a text on at most that many lines.
    fn hanging(&mut self, label: &str, text: &str, lines: usize) -> io::Result<()> {
        let indent = label.width();
        for (index, line) in wrapped(text, self.columns().saturating_sub(indent).max(12), lines).iter().enumerate() {
            if index == 0 {
                let label = self.bold_word(label);
                writeln!(self.writer, "{label}{line}")?;
            } else {
                writeln!(self.writer, "{:indent$}{line}", "")?;
            }
        }
        Ok(())
    }

    /// A label with its word, if it has one, in bold.
    fn bold_word(&self, label: &str) -> String {
        let word = label.split_whitespace().next().filter(|word| word.starts_with(char::is_alphabetic));
        word.map_or_else(|| label.to_owned(), |word| label.replacen(word, &self.bold(word), 1))
    }

    fn table(&self, header: &[&str]) -> Table {
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.style.width.saturating_sub(2))
            .set_header(header);
        table
    }

    /// Prints a table, indented, with the severity that starts a line in its colour.
    fn print(&mut self, table: &Table) -> io::Result<()> {
        for line in table.lines() {
            let line = line.trim_end();
            let severity = Severity::ALL
                .into_iter()
                .find(|each| line.strip_prefix(' ').is_some_and(|line| line.starts_with(each.as_str())));
            match severity.filter(|_| self.style.colour) {
                Some(severity) => {
                    let word = severity.as_str();
                    let painted = format!("\u{1b}[{}m{word}\u{1b}[0m", severity_colour(severity));
                    writeln!(self.writer, "  {}", line.replacen(word, &painted, 1))?;
                }
                None => writeln!(self.writer, "  {line}")?,
            }
        }
        Ok(())
    }
}

/// `6 scanned of 8 expected · 1 left out · 1 incomplete`.
fn accounts_line(accounts: &[AccountSummary]) -> String {
    let scanned = accounts.iter().filter(|account| account.is_scanned()).count();
    let skipped = accounts.iter().filter(|account| account.skipped.is_some()).count();
    let incomplete = accounts.len() - scanned - skipped;
    let mut line = format!("{} scanned of {} expected", grouped(scanned as u64), grouped(accounts.len() as u64));
    if skipped > 0 {
        line.push_str(&format!(" · {} left out", grouped(skipped as u64)));
    }
    if incomplete > 0 {
        line.push_str(&format!(" · {} incomplete", grouped(incomplete as u64)));
    }
    line
}

/// `on 46 controls: 24 critical, 80 high`.
fn findings_line(digest: &Digest) -> String {
    let controls = counted(digest.fix_first().len() as u64, "control");
    let severities = Severity::ALL.into_iter().zip(digest.open_by_severity()).filter(|(_, count)| *count > 0);
    let severities: Vec<String> =
        severities.map(|(severity, count)| format!("{} {severity}", grouped(count))).collect();
    if severities.is_empty() { format!("on {controls}") } else { format!("on {controls}: {}", severities.join(", ")) }
}

/// The ANSI colour of a severity.
pub(super) fn severity_colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        Severity::Low => "36",
    }
}

fn right(table: &mut Table, columns: &[usize]) {
    for index in columns {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
