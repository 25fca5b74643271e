//! What a night changes: the state that is remembered and what was delivered come together to the new state and to what
//! was before. Pure.
//!
//! Only what a scan covered is touched. Only a complete listing proves that something is gone. What is unknown leaves
//! the last decided status in place.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_proto::agent_v1::{Row, Status};
use plumbline_tree::{self as tree, Node};

use crate::planted::{self, Bug};
use crate::store::record::{Before, Entry, EntryBefore, Head, StandingRow};

/// What a job covered.
pub(super) struct Covered<'a> {
    /// The scan's night.
    pub(super) night: u32,
    /// Its controls.
    pub(super) controls: &'a BTreeSet<String>,
    /// Whether these are all controls that are enabled: what another one said before is closed then.
    pub(super) is_full: bool,
    /// Whether documents were delivered.
    pub(super) documents: bool,
}

impl Covered<'_> {
    /// Whether the scan says all that there is to say of a control.
    fn closes(&self, control: &str) -> bool {
        self.is_full || self.controls.contains(control)
    }
}

/// A type in one account and Region, as it is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::store) struct Remembered {
    /// None until something of it was stored.
    pub(in crate::store) head: Option<Head>,
    /// In the order of the ids.
    pub(in crate::store) entries: Vec<Entry>,
}

/// The new state, and what to store of the old one; `None` when nothing changed but the last night.
pub(super) fn merge(known: &Remembered, delivered: &Node, covered: &Covered<'_>) -> (Remembered, Option<Before>) {
    let mut before = Vec::new();
    let mut entries = Vec::with_capacity(delivered.entries.len());
    let is_complete = delivered.unread.is_empty();
    for (old, new) in pairs(&known.entries, &delivered.entries) {
        let next = match (old, new) {
            (old, Some(new)) => Some(seen(old, new, covered)),
            (Some(old), None) => missed(old, is_complete, covered),
            (None, None) => None,
        };
        if old != next.as_ref()
            && let Some(id) = old.or(next.as_ref()).map(|entry| entry.id.clone())
        {
            before.push(EntryBefore { id, entry: old.cloned() });
        }
        entries.extend(next);
    }
    let was_unread = known.head.as_ref().filter(|head| !head.is_left_out).map(|head| head.unread.as_str());
    if before.is_empty() && was_unread == Some(delivered.unread.as_str()) {
        return (known.clone(), None);
    }
    let mut head = known.head.clone().unwrap_or_default();
    head.unread.clone_from(&delivered.unread);
    head.is_left_out = false;
    head.nights.push(covered.night);
    // Before what was not known there was nothing, and none of it needs a name.
    let before = if *known == Remembered::default() { Vec::new() } else { before };
    (
        Remembered { head: Some(head), entries },
        Some(Before { head: known.head.clone(), entries: before, is_damaged: false }),
    )
}

/// The state of a type that a full scan did not deliver: nobody looks at it any more, and nothing of it is gone.
pub(super) fn leave_out(known: &Remembered, covered: &Covered<'_>) -> (Remembered, Option<Before>) {
    let Some(head) = known.head.as_ref().filter(|head| !head.is_left_out) else { return (known.clone(), None) };
    let mut before = Vec::new();
    let mut entries = known.entries.clone();
    for entry in entries.iter_mut().filter(|entry| entry.missing_since == 0) {
        before.push(EntryBefore { id: entry.id.clone(), entry: Some(entry.clone()) });
        entry.missing_since = covered.night;
    }
    let mut head = head.clone();
    head.is_left_out = true;
    head.nights.push(covered.night);
    let before = Before { head: known.head.clone(), entries: before, is_damaged: false };
    (Remembered { head: Some(head), entries }, Some(before))
}

/// The state before a night.
pub(super) fn undo(state: Remembered, before: Before) -> Remembered {
    if before.head.is_none() {
        return Remembered::default();
    }
    let mut entries: BTreeMap<String, Entry> =
        state.entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
    for EntryBefore { id, entry } in before.entries {
        match entry {
            Some(entry) => entries.insert(id, entry),
            None => entries.remove(&id),
        };
    }
    Remembered { head: before.head, entries: entries.into_values().collect() }
}

/// What an agent would have delivered of this state: the entries that were found, and their rows.
pub(super) fn delivered(state: &Remembered) -> Node {
    let entry = |entry: &Entry| tree::Entry {
        id: entry.id.clone(),
        document: entry.document.clone(),
        volatile: Vec::new(),
        rows: entry.rows.iter().cloned().map(row).collect(),
    };
    Node {
        unread: state.head.as_ref().map(|head| head.unread.clone()).unwrap_or_default(),
        entries: state.entries.iter().filter(|entry| entry.missing_since == 0).map(entry).collect(),
    }
}

/// Both lists side by side, in the order of the ids.
fn pairs<'a>(
    old: &'a [Entry],
    new: &'a [tree::Entry],
) -> impl Iterator<Item = (Option<&'a Entry>, Option<&'a tree::Entry>)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => one.id.cmp(&other.id),
        };
        Some((old.next_if(|_| order.is_le()), new.next_if(|_| order.is_ge())))
    })
}

/// An entry that was delivered.
fn seen(old: Option<&Entry>, new: &tree::Entry, covered: &Covered<'_>) -> Entry {
    let night = covered.night;
    let mut entry = old.cloned().unwrap_or_else(|| Entry {
        id: new.id.clone(),
        first_seen: night,
        changed: night,
        ..Entry::default()
    });
    entry.missing_since = 0;
    // A part of the controls reads a part of the resource; a full scan without its document says that none is kept.
    if (covered.documents || covered.is_full) && entry.document != new.document {
        if !entry.document.is_empty() && !new.document.is_empty() {
            entry.changed = night;
        }
        entry.document.clone_from(&new.document);
    }
    entry.rows = rows(std::mem::take(&mut entry.rows), &new.rows, covered);
    entry
}

/// The rows after a night, by control: those that were delivered, and of the others those that nobody asked about.
fn rows(mut old: Vec<StandingRow>, new: &[Row], covered: &Covered<'_>) -> Vec<StandingRow> {
    if !new.is_sorted_by(|one, other| one.control <= other.control) {
        let mut sorted = new.to_vec();
        sorted.sort_by(|one, other| one.control.cmp(&other.control));
        return rows(old, &sorted, covered);
    }
    old.sort_by(|one, other| one.control.cmp(&other.control));
    let mut rows = Vec::with_capacity(new.len());
    let mut old = old.into_iter().peekable();
    let stays = |row: &StandingRow| !covered.closes(&row.control);
    for row in new {
        while let Some(other) = old.next_if(|known| known.control < row.control) {
            rows.extend(Some(other).filter(stays));
        }
        let earlier = old.next_if(|known| known.control == row.control);
        rows.push(standing(earlier, row, covered.night));
    }
    rows.extend(old.filter(stays));
    rows
}

/// An entry that was not delivered; `None` when that says that it is gone.
fn missed(old: &Entry, is_complete: bool, covered: &Covered<'_>) -> Option<Entry> {
    let mut entry = old.clone();
    // What is said of a type as a whole was said, or is not true any more.
    if is_complete || entry.id.is_empty() || planted::is(Bug::PartProvesGone) {
        entry.rows.retain(|row| !covered.closes(&row.control));
        let stays = !entry.rows.is_empty() || (!covered.is_full && !entry.document.is_empty());
        return stays.then_some(entry);
    }
    let is_about = covered.is_full || entry.rows.iter().any(|row| covered.controls.contains(&row.control));
    if is_about && entry.missing_since == 0 {
        entry.missing_since = covered.night;
    }
    Some(entry)
}

/// How a control stands after a night.
fn standing(earlier: Option<StandingRow>, row: &Row, night: u32) -> StandingRow {
    let earlier = earlier.unwrap_or_else(|| StandingRow { first_seen: night, since: night, ..StandingRow::default() });
    let is_decided = !matches!(row.status(), Status::Unknown | Status::Unspecified) || planted::is(Bug::UnknownDecides);
    let decided = if is_decided { row.status } else { earlier.decided };
    let changes = decided != earlier.decided;
    StandingRow {
        control: row.control.clone(),
        status: row.status,
        reason: row.reason.clone(),
        evidence: row.evidence.clone(),
        witnesses: row.witnesses.clone(),
        elsewhere: row.elsewhere.clone(),
        first_seen: earlier.first_seen,
        since: if changes { night } else { earlier.since },
        was: if changes { earlier.decided } else { earlier.was },
        decided,
        stale_since: match (is_decided, earlier.stale_since) {
            (true, _) => 0,
            (false, 0) => night,
            (false, since) => since,
        },
        fails: earlier.fails + u32::from(changes && row.status() == Status::Fail),
    }
}

/// A row as it was delivered.
pub(super) fn row(standing: StandingRow) -> Row {
    let StandingRow { control, status, reason, evidence, witnesses, elsewhere, .. } = standing;
    Row { control, status, reason, evidence, witnesses, elsewhere, ..Row::default() }
}

#[cfg(test)]
mod tests;
