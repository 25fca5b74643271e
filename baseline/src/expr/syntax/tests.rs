//! The parser against CEL's own, and what its messages say.

mod against_cel;
mod corners;
mod messages;
