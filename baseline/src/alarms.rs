//! Whether an event that a trail records raises an alarm, and whether anybody hears of it: the whole chain from the
//! trail's log group over metric filters, alarms and topics to confirmed subscriptions. Pure.
//!
//! In reading order: `watch` (the chain), `metric` (what a filter emits), `evaluation` (whether that raises an alarm),
//! `composite` (alarms on alarms), `notice` (who hears of an alarm), `access` (what CloudWatch needs of topics and keys).

mod access;
mod composite;
mod evaluation;
mod metric;
mod notice;
mod series;
mod watch;

pub use watch::{Question, watches};

#[cfg(test)]
mod tests;
