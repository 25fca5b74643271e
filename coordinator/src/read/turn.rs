//! What happens to a row between two nights. Pure.
//!
//! What was decided stands until it is decided otherwise: an unknown in between closes nothing. A resource that was not
//! found is unknown to all of its controls.

use std::collections::BTreeMap;

use plumbline_baseline::{Doc, Status};
use plumbline_proto::agent_v1 as wire;
use plumbline_tree as tree;

use crate::report::difference::{Because, ResourceTurn, Turn};
use crate::store::record::{Entry, StandingRow};

/// A row and the resource that it is about, as a night left them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// How the control stands.
    pub(super) row: &'a StandingRow,
    /// The first night on which the resource was not found; 0 when it was.
    pub(super) missing_since: u32,
}

impl<'a> Seen<'a> {
    /// Of a row on an entry.
    pub(super) fn of(entry: &Entry, row: &'a StandingRow) -> Self {
        Self { row, missing_since: entry.missing_since }
    }

    /// What can be said now.
    pub(super) fn status(&self) -> Status {
        if self.missing_since > 0 { Status::Unknown } else { status(self.row.status).unwrap_or(Status::Unknown) }
    }

    /// What was decided last; none while nothing was.
    pub(super) fn decided(&self) -> Option<Status> {
        status(self.row.decided).filter(|status| *status != Status::Unknown)
    }

    /// Why it is neither PASS nor FAIL.
    pub(super) fn reason(&self) -> &'a str {
        if self.missing_since > 0 { "resource_missing" } else { &self.row.reason }
    }

    /// The first night since which nothing can be said; 0 when something can.
    pub(super) fn stale_since(&self) -> u32 {
        match (self.row.stale_since, self.missing_since) {
            (0, night) | (night, 0) => night,
            (row, resource) => row.min(resource),
        }
    }

    fn is_failing(&self) -> bool {
        self.decided() == Some(Status::Fail)
    }

    fn code(&self) -> &'a str {
        self.reason().split(':').next().unwrap_or_default()
    }
}

/// What happened to a row after a night; `None` when it is as it was.
pub(super) fn turn(old: Option<Seen<'_>>, new: Option<Seen<'_>>, after: u32) -> Option<Turn> {
    let (old, new) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Turn::New),
        (Some(_), None) => return Some(Turn::Closed),
        (Some(old), Some(new)) => (old, new),
    };
    let was_unknown = old.status() == Status::Unknown;
    let says_the_same = old.status() == new.status() && old.code() == new.code() && old.decided() == new.decided();
    match new.status() {
        Status::Unknown if !was_unknown => Some(Turn::Lost),
        Status::Unknown => (!says_the_same).then_some(Turn::Changed),
        // It may have been closed and have opened again since.
        Status::Fail if new.row.since > after && new.row.fails <= 1 => Some(Turn::New),
        Status::Fail if new.row.since > after => Some(Turn::Reopened),
        Status::Fail => was_unknown.then_some(Turn::Decided),
        _ if old.is_failing() => Some(Turn::Fixed),
        _ if was_unknown && old.decided().is_none_or(|decided| decided == new.status()) => Some(Turn::Decided),
        _ => (!says_the_same).then_some(Turn::Changed),
    }
}

/// What a turn means where the control was asked with other settings: nobody put right what fails no more, and what fails
/// now may have been there all along.
pub(super) fn with_other_settings(turn: Turn) -> (Turn, Option<Because>) {
    match turn {
        Turn::Fixed => (Turn::Changed, Some(Because::SettingsChanged)),
        Turn::New | Turn::Reopened | Turn::Changed => (turn, Some(Because::SettingsChanged)),
        Turn::Closed | Turn::Lost | Turn::Decided => (turn, None),
    }
}

/// A stored status; none for one that this version does not know.
pub(super) fn status(stored: i32) -> Option<Status> {
    match wire::Status::try_from(stored).ok()? {
        wire::Status::Pass => Some(Status::Pass),
        wire::Status::Fail => Some(Status::Fail),
        wire::Status::Unknown => Some(Status::Unknown),
        wire::Status::NotApplicable => Some(Status::NotApplicable),
        wire::Status::Manual => Some(Status::Manual),
        wire::Status::Unspecified => None,
    }
}

/// The rows of an entry that are wanted, by control; of several of one control, by their order. What was said of a type, or
/// of an account and Region, as a whole is not true any more once it was left out.
pub(super) fn rows<'a>(
    entry: Option<&'a Entry>,
    wanted: impl Fn(&str) -> bool,
) -> BTreeMap<(&'a str, usize), Seen<'a>> {
    let mut rows = BTreeMap::new();
    let (mut last, mut number) = ("", 0);
    let entry = entry.filter(|entry| !entry.id.is_empty() || entry.missing_since == 0);
    for (entry, row) in entry.into_iter().flat_map(|entry| entry.rows.iter().map(move |row| (entry, row))) {
        number = if row.control == last { number + 1 } else { 0 };
        last = &row.control;
        if wanted(&row.control) {
            rows.insert((row.control.as_str(), number), Seen::of(entry, row));
        }
    }
    rows
}

/// What happened to a resource between two nights. A document that was not kept says nothing.
pub(super) fn resource_turn(old: Option<&Entry>, new: Option<&Entry>) -> Option<ResourceTurn> {
    let is_missing = |entry: &Entry| entry.missing_since > 0;
    match (old, new) {
        (None, None) => None,
        (Some(_), None) => Some(ResourceTurn::Gone),
        (None, Some(new)) if is_missing(new) => Some(ResourceTurn::Missing),
        (None, Some(_)) => Some(ResourceTurn::Appeared),
        (Some(old), Some(new)) if is_missing(new) => (!is_missing(old)).then_some(ResourceTurn::Missing),
        (Some(old), Some(_)) if is_missing(old) => Some(ResourceTurn::Found),
        (Some(old), Some(new)) => {
            let has_both = !old.document.is_empty() && !new.document.is_empty();
            (has_both && old.document != new.document).then_some(ResourceTurn::Changed)
        }
    }
}

/// Why a listing was not complete, in one line; empty when it was.
pub(super) fn unread(stored: &str) -> String {
    match tree::parse(stored.as_bytes()).as_ref().and_then(Doc::unread) {
        Some(unread) => unread.to_string(),
        None => stored.to_owned(),
    }
}

#[cfg(test)]
mod tests;
