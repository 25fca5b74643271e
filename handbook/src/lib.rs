//! The handbook as people read it: a static site, pages for the terminal, a search over all of it, and where each account
//! stands along its processes. Pure: files, stores and the clock are the caller's part.
//!
//! In reading order: `state` (how far a step and a process are), `standing` (of a scan's rows), `search` (what there is to
//! find), `markdown` (prose as HTML), `site` (all pages), `terminal` (the same for terminals).

mod markdown;
mod search;
mod site;
mod standing;
mod state;
mod terminal;

pub use search::{Hit, Kind, Searched, find};
pub use site::{Page, Site};
pub use standing::{Row, Standing};
pub use state::{Places, State};
pub use terminal::{guide as guide_text, process as process_text};
