//! Reads the tables of the pack's `policy` folder: comma-separated, `#` for remarks, a header that has to be as expected.

use csv::{ReaderBuilder, StringRecord};

/// The rows of a table.
///
/// # Errors
/// What is wrong with it, and in which line.
pub(crate) fn rows(text: &str, columns: &[&str]) -> Result<Vec<StringRecord>, String> {
    let mut reader = ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    if header.iter().ne(columns.iter().copied()) {
        return Err(format!("the columns are {header:?} and not {columns:?}"));
    }
    reader.records().map(|row| row.map_err(|error| error.to_string())).collect()
}

/// Where a row stands, for messages.
pub(crate) fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}
