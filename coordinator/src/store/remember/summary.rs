//! Rows in numbers: kept for every type, so that nobody reads rows again of which nothing changed. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use plumbline_proto::agent_v1::{Elsewhere, Row, Status};
use plumbline_tree::Node;

use crate::store::record::{Counts, Summary};

/// The rows of a node.
pub(super) fn of_node(node: &Node, numbers: &BTreeMap<String, u32>) -> Summary {
    let mut sum = Sum::default();
    for row in node.entries.iter().flat_map(|entry| &entry.rows) {
        sum.counts = sum.counts.plus(counted(row));
        sum.rows += 1;
        sum.controls.extend(numbers.get(&row.control));
        row.elsewhere.iter().for_each(|place| sum.elsewhere.add(place));
    }
    sum.found = u32::try_from(node.entries.len()).unwrap_or(u32::MAX);
    sum.summary()
}

/// Several together.
#[derive(Default)]
pub(super) struct Sum {
    counts: Counts,
    rows: u64,
    controls: BTreeSet<u32>,
    elsewhere: Places,
    found: u32,
}

impl Sum {
    /// One more.
    pub(super) fn add(&mut self, summary: &Summary) {
        self.counts = self.counts.plus(summary.counts.unwrap_or_default());
        self.rows = self.rows.saturating_add(summary.rows);
        self.controls.extend(&summary.controls);
        self.found = self.found.saturating_add(summary.found);
        summary.elsewhere.iter().for_each(|place| self.elsewhere.add(place));
    }

    /// All of them.
    pub(super) fn summary(self) -> Summary {
        let Self { counts, rows, controls, elsewhere, found } = self;
        let controls = controls.into_iter().collect();
        Summary { counts: Some(counts), rows, controls, elsewhere: elsewhere.in_order, found }
    }
}

/// Places, each once.
#[derive(Default)]
struct Places {
    in_order: Vec<Elsewhere>,
    known: HashSet<Elsewhere>,
}

impl Places {
    fn add(&mut self, place: &Elsewhere) {
        if self.known.insert(place.clone()) {
            self.in_order.push(place.clone());
        }
    }
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
