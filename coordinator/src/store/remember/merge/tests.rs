//! Histories of random nights, against copies of every night; and the rules one by one.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

const CONTROLS: [&str; 3] = ["a", "b", "c"];

/// One night: what was found, and what was asked.
#[derive(Clone, Debug)]
struct Night {
    node: Node,
    controls: BTreeSet<String>,
    is_full: bool,
}

impl Night {
    fn covered(&self, night: u32) -> Covered<'_> {
        Covered { night, controls: &self.controls, is_full: self.is_full, documents: self.is_full }
    }
}

fn row(control: &str, status: Status) -> Row {
    Row { control: control.to_owned(), status: status as i32, ..Row::default() }
}

fn night() -> impl Strategy<Value = Night> {
    let status =
        prop_oneof![Just(Status::Pass), Just(Status::Fail), Just(Status::Unknown), Just(Status::NotApplicable)];
    let entry = (0..5u8, 0..3u8, vec(proptest::option::of(status), CONTROLS.len()));
    let controls = prop_oneof![
        2 => Just(CONTROLS.map(str::to_owned).into()),
        1 => btree_set((0..CONTROLS.len()).prop_map(|index| CONTROLS[index].to_owned()), 1..3)
    ];
    (vec(entry, 0..5), controls, any::<bool>(), any::<bool>()).prop_map(|(entries, controls, is_complete, is_full)| {
        let controls: BTreeSet<String> = controls;
        let entries: BTreeMap<String, tree::Entry> = entries
            .into_iter()
            .map(|(id, document, statuses)| {
                let id = if id == 0 { String::new() } else { id.to_string() };
                let said = CONTROLS.iter().zip(statuses).filter(|(control, _)| controls.contains(**control));
                let rows = said.filter_map(|(control, status)| Some(row(control, status?))).collect();
                let document = if is_full && !id.is_empty() { vec![document] } else { Vec::new() };
                (id.clone(), tree::Entry { id, document, rows, ..tree::Entry::default() })
            })
            .collect();
        let unread = if is_complete { String::new() } else { "denied".to_owned() };
        let node = Node { unread, entries: entries.into_values().collect() };
        Night { node, controls, is_full }
    })
}

fn standing_of<'a>(state: &'a Remembered, id: &str, control: &str) -> Option<&'a StandingRow> {
    let entry = state.entries.iter().find(|entry| entry.id == id)?;
    entry.rows.iter().find(|row| row.control == control)
}

proptest! {
    #[test]
    fn every_night_can_be_had_again(nights in vec(night(), 1..8)) {
        let mut state = Remembered::default();
        let mut copies = vec![state.clone()];
        let mut past = Vec::new();
        for (number, night) in (1..).zip(&nights) {
            let (next, before) = merge(&state, &night.node, &night.covered(number));
            prop_assert_eq!(before.is_none(), next == state);
            past.push(before);
            state = next.clone();
            copies.push(next);
        }
        for (before, copy) in past.into_iter().rev().zip(copies.iter().rev().skip(1)) {
            if let Some(before) = before {
                state = undo(state, before);
            }
            prop_assert_eq!(&state, copy);
        }
    }

    #[test]
    fn a_full_night_reads_back_as_it_was_delivered(nights in vec(night(), 1..6), last in night()) {
        let last = Night { is_full: true, ..last };
        let mut state = Remembered::default();
        for (number, night) in (1..).zip(nights.iter().chain([&last])) {
            state = merge(&state, &night.node, &night.covered(number)).0;
        }
        prop_assert_eq!(delivered(&state), last.node.clone());
        prop_assert!(merge(&state, &last.node, &last.covered(99)).1.is_none(), "an unchanged night changes nothing");
    }

    #[test]
    fn a_fail_ends_by_a_decision_an_exclusion_or_a_proof_only(nights in vec(night(), 2..8)) {
        let mut state = Remembered::default();
        for (number, night) in (1..).zip(&nights) {
            let covered = night.covered(number);
            let next = merge(&state, &night.node, &covered).0;
            let failing = state.entries.iter().flat_map(|entry| entry.rows.iter().map(move |row| (entry, row)));
            for (entry, before) in failing.filter(|(_, row)| row.decided == Status::Fail as i32) {
                let after = standing_of(&next, &entry.id, &before.control);
                let told = night.node.entries.iter().find(|told| told.id == entry.id);
                let said = told.and_then(|told| told.rows.iter().find(|row| row.control == before.control));
                match (after, said) {
                    (Some(after), Some(said)) if said.status() == Status::Unknown => {
                        prop_assert_eq!((after.decided, after.since), (before.decided, before.since));
                        prop_assert!(after.stale_since > 0);
                    }
                    (Some(after), Some(said)) => prop_assert_eq!(after.decided, said.status),
                    (Some(after), None) => prop_assert_eq!(after, before),
                    (None, _) => {
                        let is_excluded = night.is_full && !night.controls.contains(&before.control);
                        let is_gone = told.is_none() && (night.node.unread.is_empty() || entry.id.is_empty());
                        prop_assert!(is_excluded || is_gone || (covered.closes(&before.control) && told.is_some()));
                    }
                }
            }
            state = next;
        }
    }

    #[test]
    fn a_limited_scan_touches_only_what_it_covered(nights in vec(night(), 1..6), last in night()) {
        let mut state = Remembered::default();
        for (number, night) in (1..).zip(&nights) {
            state = merge(&state, &night.node, &night.covered(number)).0;
        }
        let last = Night { is_full: false, ..last };
        let next = merge(&state, &last.node, &last.covered(99)).0;
        let others = |state: &Remembered| -> Vec<(String, Vec<u8>, StandingRow)> {
            let rows = |entry: &Entry| {
                let of = entry.rows.iter().filter(|row| !last.controls.contains(&row.control));
                of.map(|row| (entry.id.clone(), entry.document.clone(), row.clone())).collect::<Vec<_>>()
            };
            state.entries.iter().flat_map(rows).collect()
        };
        prop_assert_eq!(others(&next), others(&state));
    }
}

/// Status, first seen, since, stale since, and how often it became a FAIL.
type Told = (Status, u32, u32, u32, u32);

/// What a control says of one resource on a night each; `None`: a complete listing does not have the resource.
fn history(said: &[Option<Status>]) -> Vec<Option<Told>> {
    let controls = ["a".to_owned()].into();
    let mut state = Remembered::default();
    let told = (1..).zip(said).map(|(night, status)| {
        let entry = |status: Status| tree::Entry {
            id: "1".into(),
            document: vec![1],
            rows: vec![row("a", status)],
            ..tree::Entry::default()
        };
        let node = Node { entries: status.map(entry).into_iter().collect(), ..Node::default() };
        state = merge(&state, &node, &Covered { night, controls: &controls, is_full: true, documents: true }).0;
        standing_of(&state, "1", "a").map(|row| {
            let decided = Status::try_from(row.decided).expect("a status");
            (decided, row.first_seen, row.since, row.stale_since, row.fails)
        })
    });
    told.collect()
}

#[test]
fn a_standing_has_its_dates() {
    use Status::{Fail, Pass, Unknown, Unspecified};
    let told = history(&[
        Some(Unknown),
        Some(Fail),
        Some(Unknown),
        Some(Unknown),
        Some(Fail),
        Some(Pass),
        Some(Fail),
        None,
        Some(Fail),
    ]);
    let expected = [
        Some((Unspecified, 1, 1, 1, 0)),
        Some((Fail, 1, 2, 0, 1)),
        Some((Fail, 1, 2, 3, 1)),
        Some((Fail, 1, 2, 3, 1)),
        Some((Fail, 1, 2, 0, 1)),
        Some((Pass, 1, 6, 0, 1)),
        Some((Fail, 1, 7, 0, 2)),
        None,
        Some((Fail, 9, 9, 0, 1)),
    ];
    assert_eq!(told, expected);
}
