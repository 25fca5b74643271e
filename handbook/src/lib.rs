//! The handbook as people read it: a static site, pages for the terminal, a search over all of it, and where each account
//! stands along its processes. Pure: files, stores and the clock are the caller's part.
//!
//! In reading order: `state` (how far a step is), `standing` (of a scan's rows and of what people confirmed), `roadmap` (how
//! far accounts, units and the organization are, and what comes next), `search` (what there is to find), `markdown` (prose as
//! HTML), `site` (all pages), `terminal` (the same for terminals).

mod markdown;
pub mod roadmap;
mod search;
mod site;
mod standing;
mod state;
mod terminal;

pub use roadmap::Roadmap;
pub use search::{Hit, Kind, Searched, find};
pub use site::{Page, Site};
pub use standing::{Account, Attestation, Confirmed, Row, Standing};
pub use state::{Places, State};
pub use terminal::{guide as guide_text, process as process_text};
