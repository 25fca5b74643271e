//! CSV (RFC 4180) for spreadsheets. A cell that a spreadsheet would run as a formula is defused with an apostrophe.

use std::borrow::Cow;
use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};
use plumbline_baseline::Witness;

use super::governed::{accepted, attested};
use super::row::{Change, Frameworks, ReportRow};

/// The header line, in column order.
const COLUMNS: [&str; 25] = [
    "scan",
    "account",
    "account_name",
    "ou",
    "region",
    "control",
    "title",
    "severity",
    "level",
    "status",
    "reason",
    "resource",
    "resource_type",
    "evidence",
    "frameworks",
    "witness",
    "decided_in",
    "finding",
    "first_seen",
    "since",
    "change",
    "accepted",
    "attested",
    "owner",
    "origin",
];

/// Writes rows as CSV.
pub struct CsvWriter<W: Write>(TableWriter<W>);

impl<W: Write> CsvWriter<W> {
    /// Starts with the header line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(writer: W) -> io::Result<Self> {
        TableWriter::new(writer, &COLUMNS).map(Self)
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_row(&mut self, row: &ReportRow) -> io::Result<()> {
        let evidence: Vec<String> = row.evidence.iter().map(|item| format!("{} = {}", item.path, item.value)).collect();
        let witnesses: Vec<&str> = row.witnesses.iter().map(Witness::sentence).collect();
        let cells: [&str; COLUMNS.len()] = [
            &row.scan,
            &row.account,
            &row.account_name,
            &row.ou,
            &row.region,
            &row.control,
            &row.title,
            row.severity.as_str(),
            &row.level.to_string(),
            row.status.as_str(),
            &row.reason,
            &row.resource,
            &row.resource_type,
            &evidence.join("\n"),
            &frameworks_text(&row.frameworks),
            &witnesses.join("\n"),
            &row.decided_in.join(" "),
            row.says(),
            &row.first_seen,
            &row.since,
            row.change.map_or("", Change::as_str),
            &row.accepted.as_deref().map(accepted).unwrap_or_default(),
            &row.attested.as_deref().map(attested).unwrap_or_default(),
            row.owner.as_ref().map_or("", |owner| &owner.name),
            &row.origin.as_ref().map(|origin| origin.text()).unwrap_or_default(),
        ];
        self.0.write(&cells)
    }

    /// Flushes what is buffered.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}

/// Writes any table as CSV.
pub struct TableWriter<W: Write> {
    writer: ::csv::Writer<W>,
}

impl<W: Write> TableWriter<W> {
    /// Starts with the header line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(writer: W, columns: &[&str]) -> io::Result<Self> {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(writer);
        writer.write_record(columns).map_err(output_error)?;
        Ok(Self { writer })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&mut self, cells: &[&str]) -> io::Result<()> {
        self.writer.write_record(cells.iter().map(|cell| defused(cell).into_owned())).map_err(output_error)
    }

    /// Flushes what is buffered.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The output's own error, whose kind says whether a reader went away or a disk is full.
fn output_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// `cis-aws-foundations 3.0.0: 2.1.1; aws-fsbp: S3.5`.
fn frameworks_text(frameworks: &Frameworks) -> String {
    let mut parts = Vec::new();
    for (framework, versions) in frameworks {
        for (version, requirements) in versions {
            let space = if version.is_empty() { "" } else { " " };
            parts.push(format!("{framework}{space}{version}: {}", requirements.join(", ")));
        }
    }
    parts.join("; ")
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"; full-width signs count in some locales).
fn defused(cell: &str) -> Cow<'_, str> {
    let is_formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if is_formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
