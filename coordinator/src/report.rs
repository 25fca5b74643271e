//! Reports: pure renderers over one read model, one file a format.
//!
//! Rows are pushed into a renderer one at a time, so that a report of any size is written in bounded memory:
//! `ndjson` and `csv` write each row as it comes; `table`, `html` and `summary` render a [`Digest`] of the rows.
//! Must not read the store, the clock or the environment.

pub mod causes;
mod caveat;
pub mod csv;
pub mod difference;
pub mod digest;
mod evidence;
pub mod filter;
mod fix;
mod governed;
pub mod history;
pub mod html;
pub mod jobs;
pub mod list;
pub mod ndjson;
pub mod next_step;
pub mod origin;
pub mod past;
pub mod roadmap;
pub mod row;
pub mod standing;
pub mod summary;
pub mod table;
mod text;

pub use caveat::caveats;
pub use digest::Digest;
pub use filter::Filter;
pub use fix::{FixWriter, Fixing};
pub use origin::Origin;
pub use row::{AccountSummary, Frameworks, Limit, NO_GLOBAL, Problem, ReportRow, ScanKind, ScanState, ScanSummary};
pub use text::{counted, fixed_by, grouped, percent, printable};

/// Finds a control's documentation by id; reports show titles and remediation from it.
pub type ControlLookup<'a> = &'a dyn Fn(&str) -> Option<&'a plumbline_baseline::pack::control::Control>;

#[cfg(test)]
pub(crate) mod tests;
