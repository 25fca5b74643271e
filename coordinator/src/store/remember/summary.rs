//! Rows in numbers: kept for every type, so that nobody reads rows again of which nothing changed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_proto::agent_v1::{Row, Status};
use plumbline_tree::Node;

use crate::store::record::{Counts, Summary};

/// The rows of a node.
pub(super) fn of_node(node: &Node, numbers: &BTreeMap<String, u32>) -> Summary {
    let (mut counts, mut rows) = (Counts::default(), 0);
    let (mut controls, mut elsewhere) = (BTreeSet::new(), Vec::new());
    for row in node.entries.iter().flat_map(|entry| &entry.rows) {
        counts = counts.plus(counted(row));
        rows += 1;
        controls.extend(numbers.get(&row.control));
        row.elsewhere.iter().for_each(|place| elsewhere.push(place.clone()));
    }
    let mut summary = Summary {
        counts: Some(counts),
        rows,
        controls: controls.into_iter().collect(),
        elsewhere: Vec::new(),
        found: u32::try_from(node.entries.len()).unwrap_or(u32::MAX),
    };
    add_places(&mut summary, elsewhere);
    summary
}

/// Two together.
pub(super) fn plus(one: Summary, other: Summary) -> Summary {
    let controls: BTreeSet<u32> = one.controls.iter().chain(&other.controls).copied().collect();
    let counts = one.counts.unwrap_or_default().plus(other.counts.unwrap_or_default());
    let mut summary = Summary {
        counts: Some(counts),
        rows: one.rows.saturating_add(other.rows),
        controls: controls.into_iter().collect(),
        elsewhere: one.elsewhere,
        found: one.found.saturating_add(other.found),
    };
    add_places(&mut summary, other.elsewhere);
    summary
}

fn add_places(summary: &mut Summary, more: Vec<plumbline_proto::agent_v1::Elsewhere>) {
    let mut known: std::collections::HashSet<_> = summary.elsewhere.iter().cloned().collect();
    summary.elsewhere.extend(more.into_iter().filter(|place| known.insert(place.clone())));
}

/// One row. A status that this version does not know is not a good one.
fn counted(row: &Row) -> Counts {
    let one = Counts::default();
    match row.status() {
        Status::Pass => Counts { pass: 1, ..one },
        Status::Fail => Counts { fail: 1, ..one },
        Status::Unknown | Status::Unspecified => Counts { unknown: 1, ..one },
        Status::NotApplicable => Counts { not_applicable: 1, ..one },
        Status::Manual => Counts { manual: 1, ..one },
    }
}
