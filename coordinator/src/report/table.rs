//! The terminal report: accounts expected and scanned, coverage beside compliance, what to fix first.
//!
//! Colour is the caller's decision ([`Style`]); every text from the outside is made printable first.

use std::io::{self, Write};

use super::ControlLookup;
use super::digest::Digest;
use super::row::ScanSummary;

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
pub fn write(
    _writer: &mut impl Write,
    _summary: &ScanSummary,
    _digest: &Digest,
    _controls: ControlLookup<'_>,
    _style: Style,
) -> io::Result<()> {
    Ok(())
}
