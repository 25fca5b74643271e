//! Findings as lines for the terminal: one row, and below it why, written as they come.

use std::io::{self, Write};

use plumbline_baseline::{Severity, Status};
use unicode_width::UnicodeWidthStr;

use super::evidence::telling;
use super::row::ReportRow;
use super::table::{Style, severity_colour};
use super::text::{counted, printable, wrapped};

/// Where the further lines of a row start: below the severity.
const INDENT: usize = 8;
/// How many members and witnesses are shown of each finding.
const EVIDENCE: usize = 3;
/// How many of them are witnesses at most: what was read is always shown as well.
const WITNESSES: usize = 2;

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
        self.head(row)?;
        // Whole and on a line of its own, however long: an ARN that is cut or broken cannot be copied.
        if !row.resource.is_empty() {
            writeln!(self.writer, "{:INDENT$}{}", "", printable(&row.resource))?;
        }
        if !row.says().is_empty() {
            self.below(row.says(), 2)?;
        }
        if !row.reason.is_empty() {
            self.below(&row.reason, 3)?;
        }
        self.governed(row)?;
        if matches!(row.status, Status::Fail | Status::Unknown) {
            // The last ones are the nearest to the decision.
            let witnesses = &row.witnesses[row.witnesses.len().saturating_sub(WITNESSES)..];
            for witness in witnesses {
                self.below(witness.sentence(), 3)?;
            }
            let room = if row.status == Status::Fail { EVIDENCE - witnesses.len() } else { 0 };
            for evidence in telling(&row.evidence, &row.resource, room) {
                self.below(&format!("{} = {}", evidence.path, evidence.value), 2)?;
            }
        }
        Ok(())
    }

    /// Writes what places a row, on as many lines as that takes: no id is cut or broken.
    fn head(&mut self, row: &ReportRow) -> io::Result<()> {
        let severity = row.severity.as_str();
        let fields = [
            (format!("{:<7}", row.status), status_colour(row.status)),
            (format!("{severity:<8}"), severity_colour(row.severity)),
            (printable(&row.account).into_owned(), "0"),
            (format!("{:<14}", printable(&row.region)), "0"),
            (printable(&row.control).into_owned(), "0"),
        ];
        let mut column = 0;
        for (index, (field, colour)) in fields.iter().enumerate() {
            let word = field.trim_end();
            if index > 0 && column + 1 + word.width() > usize::from(self.style.width) {
                write!(self.writer, "\n{:INDENT$}", "")?;
                column = INDENT;
            } else if index > 0 {
                write!(self.writer, " ")?;
                column += 1;
            }
            // The blanks that make columns of them, where the next one stands beside it.
            let next = fields
                .get(index + 1)
                .map_or(usize::MAX, |(next, _)| column + field.width() + 1 + next.trim_end().width());
            let shown = if next > usize::from(self.style.width) { word } else { field };
            match *colour {
                "0" => write!(self.writer, "{shown}")?,
                colour => write!(self.writer, "{}", self.paint(colour, shown))?,
            }
            column += field.width();
        }
        writeln!(self.writer)
    }

    /// Says who owns a row, and that it is accepted or attested.
    fn governed(&mut self, row: &ReportRow) -> io::Result<()> {
        if let Some(attested) = &row.attested {
            self.below(&format!("for {}: {}", attested.step, attested.evidence), 2)?;
        }
        if let Some(accepted) = &row.accepted {
            let word = if accepted.expired { "was accepted until" } else { "accepted until" };
            self.below(&format!("{word} {} by {}: {}", accepted.until, accepted.id, accepted.reason), 2)?;
        }
        match &row.owner {
            Some(owner) => self.below(&format!("owner: {} ({})", owner.name, owner.from), 1),
            None => Ok(()),
        }
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

    /// Writes text below the severity, on at most that many lines.
    fn below(&mut self, text: &str, lines: usize) -> io::Result<()> {
        let width = usize::from(self.style.width).saturating_sub(INDENT).max(20);
        for line in wrapped(text, width, lines) {
            writeln!(self.writer, "{:INDENT$}{line}", "")?;
        }
        Ok(())
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        self.style.paint(colour, text)
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
