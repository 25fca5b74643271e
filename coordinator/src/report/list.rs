//! Findings as lines for the terminal: one row, and below it why, written as they come.

use std::io::{self, Write};

use plumbline_baseline::{Severity, Status};

use super::evidence::telling;
use super::row::ReportRow;
use super::table::{Style, severity_colour};
use super::text::{counted, fitted, printable, wrapped};

/// Where the second line of a row starts: below the severity.
const INDENT: usize = 15;
/// How many members are shown of each finding.
const EVIDENCE: usize = 3;

/// Writes rows for people.
pub struct ListWriter<W: Write> {
    writer: W,
    style: Style,
    rows: u64,
}

impl<W: Write> ListWriter<W> {
    /// Nothing written yet.
    pub fn new(writer: W, style: Style) -> Self {
        Self { writer, style, rows: 0 }
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_row(&mut self, row: &ReportRow) -> io::Result<()> {
        self.rows += 1;
        let what = if row.resource.is_empty() { "(whole scope)" } else { &row.resource };
        let status = format!("{:<14}", row.status);
        let severity = format!("{:<8}", row.severity);
        writeln!(
            self.writer,
            "{} {} {:<12} {:<14} {}  {}",
            self.paint(status_colour(row.status), &status),
            self.paint(severity_colour(row.severity), &severity),
            printable(&row.account),
            fitted(&row.region, 24),
            fitted(&row.control, 60),
            fitted(what, 160),
        )?;
        if !row.reason.is_empty() {
            self.below(&row.reason, 3)?;
        } else if row.status == Status::Fail {
            for evidence in telling(&row.evidence, &row.resource, EVIDENCE) {
                self.below(&format!("{} = {}", evidence.path, evidence.value), 2)?;
            }
        }
        Ok(())
    }

    /// Says what the scan is not, before its first row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn caveats(&mut self, caveats: &[String]) -> io::Result<()> {
        for line in caveats.iter().flat_map(|caveat| wrapped(&format!("{caveat}."), self.style.width.into(), 4)) {
            writeln!(self.writer, "{}", self.paint("1", &line))?;
        }
        Ok(())
    }

    /// Says how many there were, and whether there are more of them.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self, has_more: bool) -> io::Result<()> {
        let more = if has_more { "; there are more" } else { "" };
        writeln!(self.writer, "{}{more}", counted(self.rows, "row"))
    }

    /// Writes text below the control, on at most that many lines.
    fn below(&mut self, text: &str, lines: usize) -> io::Result<()> {
        let width = usize::from(self.style.width).saturating_sub(INDENT).max(20);
        for line in wrapped(text, width, lines) {
            writeln!(self.writer, "{:INDENT$}{line}", "")?;
        }
        Ok(())
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.style.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn status_colour(status: Status) -> &'static str {
    match status {
        Status::Fail => severity_colour(Severity::Critical),
        Status::Unknown => severity_colour(Severity::Medium),
        Status::Pass => "32",
        Status::NotApplicable | Status::Manual => "0",
    }
}
