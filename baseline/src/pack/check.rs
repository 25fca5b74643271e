//! What must be true of collectors, controls and frameworks, beyond their form. Says so with a position each.

mod collector;
mod control;
mod document;

pub(super) use collector::{check as collector, type_node};
pub(super) use control::{compiled, control, framework, subject};
