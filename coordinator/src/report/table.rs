//! The terminal report: accounts expected and scanned, coverage beside compliance, what to fix first.
//!
//! Colour and width are the caller's decision ([`Style`]); every text from the outside is made printable first.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use plumbline_baseline::{Severity, Status};

use super::digest::{Digest, ScopeDigest};
use super::next_step::next_step;
use super::row::{AccountSummary, ScanState, ScanSummary};
use super::text::{counted, fitted, grouped, percent, printable};

/// How many controls and accounts the terminal shows; the rest is a command away.
const ROWS: usize = 12;
/// Notes on the scan that are shown.
const NOTES: usize = 6;

/// How the terminal report looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Columns available.
    pub width: u16,
}

/// Writes the terminal report.
///
/// # Errors
/// When the writer fails.
pub fn write(writer: &mut impl Write, summary: &ScanSummary, digest: &Digest, style: Style) -> io::Result<()> {
    let mut page = Page { writer, style };
    page.headline(summary, digest)?;
    page.fix_first(digest)?;
    page.accounts(summary, digest)?;
    page.unknowns(digest)?;
    page.manual(digest)
}

struct Page<'w, W: Write> {
    writer: &'w mut W,
    style: Style,
}

impl<W: Write> Page<'_, W> {
    fn headline(&mut self, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
        let state = match summary.state {
            ScanState::Running => " · still running",
            ScanState::Complete => "",
            ScanState::Interrupted => " · interrupted",
        };
        let organization = summary.organization.as_deref().unwrap_or("no organization");
        let title = format!("Scan {}", printable(&summary.scan));
        writeln!(self.writer, "\n{} · {} · {}{state}\n", self.bold(&title), organization, summary.started)?;

        let checks = digest.total.checks;
        writeln!(self.writer, "  {}  {}", self.bold("Accounts  "), accounts_line(&summary.accounts))?;
        writeln!(
            self.writer,
            "  {}  {:>6}  of {} were read completely",
            self.bold("Coverage  "),
            percent(checks.coverage()),
            counted(checks.automated, "check"),
        )?;
        writeln!(
            self.writer,
            "  {}  {:>6}  of {} hold; {} on {} to fix",
            self.bold("Compliance"),
            percent(checks.compliance()),
            counted(checks.passed + checks.failed, "decided check"),
            counted(digest.rows_with(Status::Fail), "finding"),
            counted(digest.fix_first().len() as u64, "control"),
        )?;
        let width = usize::from(self.style.width).saturating_sub(16).max(60);
        for (index, note) in summary.notes.iter().take(NOTES).enumerate() {
            let label = if index == 0 { self.bold("Note      ") } else { " ".repeat(10) };
            writeln!(self.writer, "  {label}  {}", fitted(note, width))?;
        }
        Ok(())
    }

    fn fix_first(&mut self, digest: &Digest) -> io::Result<()> {
        let failing = digest.fix_first();
        if failing.is_empty() {
            return Ok(());
        }
        self.heading("What to fix first")?;
        let mut table = self.table(&["severity", "accounts", "findings", "control", "what should hold"]);
        right(&mut table, &[1, 2]);
        for (id, control) in failing.iter().take(ROWS) {
            table.add_row([
                control.severity.to_string(),
                grouped(control.failing_accounts()),
                grouped(control.failing),
                fitted(id, 44),
                fitted(&control.title, 160),
            ]);
        }
        self.print(&table)?;
        let more = failing.len().saturating_sub(ROWS);
        if more > 0 {
            writeln!(self.writer, "   and {more} more: plumbline findings --status fail")?;
        }
        Ok(())
    }

    fn accounts(&mut self, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
        let mut accounts: Vec<(&AccountSummary, ScopeDigest)> = summary
            .accounts
            .iter()
            .map(|account| (account, digest.accounts.get(&account.id).cloned().unwrap_or_default()))
            .collect();
        // The accounts that need attention come first: not readable, then the most and worst failures.
        accounts.sort_by_key(|(account, scope)| {
            (account.is_scanned(), account.skipped.is_some(), scope.failed_by_severity.map(std::cmp::Reverse))
        });
        self.heading("Accounts")?;
        let mut table = self.table(&[
            "account",
            "name",
            "unit",
            "jobs",
            "coverage",
            "compliance",
            "critical",
            "high",
            "medium",
            "low",
        ]);
        right(&mut table, &[3, 4, 5, 6, 7, 8, 9]);
        for (account, scope) in accounts.iter().take(ROWS) {
            let mut cells = vec![fitted(&account.id, 14), fitted(&account.name, 24), fitted(&account.ou, 28)];
            cells.push(format!("{}/{}", account.jobs_done, account.jobs_planned));
            cells.push(percent(scope.checks.coverage()));
            cells.push(percent(scope.checks.compliance()));
            cells.extend(scope.failed_by_severity.map(|count| if count == 0 { "·".into() } else { grouped(count) }));
            table.add_row(cells);
        }
        self.print(&table)?;
        let more = accounts.len().saturating_sub(ROWS);
        if more > 0 {
            writeln!(self.writer, "   and {more} more: plumbline report --format html")?;
        }
        for (account, _) in accounts.iter().filter(|(account, _)| !account.is_scanned()).take(ROWS) {
            if let Some(reason) = account.skipped.as_deref().or(account.problem.as_deref()) {
                let width = usize::from(self.style.width).saturating_sub(18).max(40);
                writeln!(self.writer, "   {}: {}", printable(&account.id), fitted(reason, width))?;
            }
        }
        Ok(())
    }

    fn unknowns(&mut self, digest: &Digest) -> io::Result<()> {
        if digest.unknowns.is_empty() {
            return Ok(());
        }
        self.heading("Not decided")?;
        let width = usize::from(self.style.width).saturating_sub(6).max(40);
        for (code, unknown) in &digest.unknowns {
            let step = next_step(code);
            let line = format!(
                "{} ({}): {} in {}",
                step.title,
                printable(code),
                counted(unknown.rows, "row"),
                counted(unknown.accounts(), "account")
            );
            writeln!(self.writer, "   {}", self.bold(&line))?;
            for (detail, count) in unknown.details.iter().filter(|(detail, _)| !detail.is_empty()).take(3) {
                writeln!(self.writer, "     {} × {}", grouped(*count), fitted(detail, width.saturating_sub(8)))?;
            }
            writeln!(self.writer, "     → {}", step.step)?;
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
            writeln!(self.writer, "   {id}: plumbline controls show {id}")?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "\n{}", self.bold(text))
    }

    fn bold(&self, text: &str) -> String {
        if self.style.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
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
