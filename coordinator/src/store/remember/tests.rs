//! The memory on a disk: random nights of several places, against copies; and what one night of 1 % changed writes.

use std::collections::BTreeSet;

use plumbline_proto::agent_v1::{Row, Status};
use plumbline_tree::{Entry, Node};
use proptest::collection::vec;
use proptest::prelude::*;
use redb::{Database, ReadableDatabase, backends::InMemoryBackend};

use super::merge::{Covered, Remembered, merge};
use super::place::{Place, Tables};

struct Bench {
    database: Database,
}

impl Bench {
    fn new() -> Self {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).expect("memory");
        Self { database }
    }

    fn night(&self, place: Place, night: u32, node: &Node) {
        let transaction = self.database.begin_write().expect("memory");
        {
            let mut tables = Tables::to_write(&transaction).expect("tables");
            let controls: BTreeSet<String> = ["c".to_owned()].into();
            let covered = Covered { night, controls: &controls, is_full: true, documents: true };
            let change = |known: &Remembered| {
                let (next, before) = merge(known, node, &covered);
                before.map(|before| (next, before))
            };
            tables.change(place, night, change).expect("memory");
        }
        transaction.commit().expect("memory");
    }

    fn as_of(&self, place: Place, night: u32) -> Option<Remembered> {
        let transaction = self.database.begin_read().expect("memory");
        Tables::open(|table| transaction.open_table(table)).expect("tables").as_of(place, night).expect("whole")
    }
}

fn node(resources: &[(u16, u8)]) -> Node {
    let resources: std::collections::BTreeMap<String, u8> = resources
        .iter()
        .map(|(id, version)| (format!("arn:aws:sqs:eu-west-1:111111111111:queue-{id}"), *version))
        .collect();
    let entries = resources.into_iter().map(|(id, version)| Entry {
        document: format!(r#"{{"Name":"{id}","Version":{version},"Policy":"{}"}}"#, "x".repeat(600)).into_bytes(),
        rows: vec![Row {
            control: "c".into(),
            status: if version == 0 { Status::Pass } else { Status::Fail } as i32,
            ..Row::default()
        }],
        id,
        ..Entry::default()
    });
    Node { entries: entries.collect(), ..Node::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_night_of_every_place_can_be_read(nights in vec((0..3u32, vec((0..200u16, 0..3u8), 0..120)), 1..12)) {
        let bench = Bench::new();
        let place = |of: u32| Place { scope: 7, of };
        let mut copies = Vec::new();
        for (night, (of, resources)) in (1..).zip(&nights) {
            bench.night(place(*of), night, &node(resources));
            copies.push((0..3).map(|of| bench.as_of(place(of), night)).collect::<Vec<_>>());
        }
        for (night, copy) in (1..).zip(copies) {
            for (of, copy) in (0..).zip(copy) {
                prop_assert_eq!(bench.as_of(place(of), night), copy, "night {} of {}", night, of);
            }
        }
        let first = |of: u32| (1..).zip(&nights).find(|(_, (each, _))| *each == of).map(|(night, _)| night);
        for of in 0..3 {
            for night in 1..=nights.len() as u32 {
                let is_known = first(of).is_some_and(|first: u32| first <= night);
                prop_assert_eq!(bench.as_of(place(of), night).is_some(), is_known);
            }
        }
    }
}
