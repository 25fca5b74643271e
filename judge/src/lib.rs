//! What a job has to read, and what its controls say of what was read: the same for an agent that just read it, for the
//! coordinator's job of the organization, and for whoever asks a night that is long over. Pure; must not know where
//! documents come from or where rows go.
//!
//! In reading order: `place` (which types live in a job), `facts` (what expressions know besides resources), `rows` (a
//! control on a snapshot), `order` (the one order of what was read), `hidden` (which controls read what is redacted).

mod facts;
mod hidden;
mod order;
mod place;
mod rows;

pub use facts::Facts;
pub use hidden::{Hidden, reads_hidden};
pub use order::in_order;
pub use place::{home_of, is_collected, is_read, lives_here};
pub use rows::{judged, wire};
