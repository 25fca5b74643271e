//! What must be true of collectors and controls, beyond their form. Says so with a position each.

mod case;
mod collector;
mod control;
mod document;
mod family;
mod finding;
mod generic;
mod name;
mod reference;
mod words;

pub(super) use collector::{check as collector, type_node};
pub(super) use control::{compiled, control, subject};
pub(super) use family::{Known, by_generation, in_circles};
