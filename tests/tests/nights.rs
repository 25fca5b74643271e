//! Nights of one account, a short version of `bench -- nights`: what must not be sent and not be stored again is not.

use plumbline_tests::nights::{Measured, NightCost, Reading, run};

fn stored(night: &NightCost, table: &str) -> (u64, u64) {
    let table = night.stats.tables.iter().find(|size| size.name == table).expect("a table of the store");
    (table.entries, table.stored)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_is_neither_sent_nor_stored_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut nights, mut readings) = (Vec::new(), Vec::new());
    let tell = |measured| match measured {
        Measured::Night(night) => nights.push(*night),
        Measured::Reading(reading) => readings.push(reading),
    };
    run((1_000, 65), directory.path(), tell).await.expect("every job is stored");
    let [first, unchanged, changed, again] = nights.as_slice() else { panic!("four nights") };

    assert_eq!((first.wire.rows, first.wire.documents), (first.rows, first.resources));
    for (night, before) in [(unchanged, first), (again, changed)] {
        assert_eq!((night.wire.rows, night.wire.documents, night.changed), (0, 0, 0), "{}", night.name);
        // In one account, most of it is what the scan's jobs have in common, and the messages of a job.
        assert!(night.wire.changing > 0 && night.wire.bytes() * 5 < first.wire.bytes(), "{:?}", night.wire);
        for table in ["present", "past", "heads"] {
            assert_eq!(stored(night, table), stored(before, table), "{table}, {}", night.name);
        }
    }
    // Where nothing was known before, that is all that is said.
    let (records, bytes) = stored(first, "past");
    assert!(records > 0 && bytes < records * 40, "{bytes} bytes of {records} records");
    assert!(changed.changed > 0 && changed.wire.documents >= changed.changed);
    assert!(changed.wire.documents * 10 < first.resources, "{:?}", changed.wire);
    let records = stored(changed, "past").0 - stored(unchanged, "past").0;
    assert!(records > 0 && records <= changed.changed, "{records} places changed by {}", changed.changed);

    let count = |what: &str| {
        let reading: &Reading = readings.iter().find(|reading| reading.what == what).expect("it was done");
        reading.count
    };
    assert_eq!(count("all rows, as a report"), first.rows);
    assert_eq!(count("diff, unchanged"), 0);
    assert!(count("diff, 1 % changed") >= changed.changed);
    assert_eq!(count("history of one resource"), 1);
    let replayed = readings.iter().find(|reading| reading.what.starts_with("replay")).expect("it was done");
    assert!(replayed.count > 0 && !replayed.unit.contains("(0 pass, 0 fail)"), "{replayed:?}");
    assert_eq!((count("store verify"), count("open, killed in the third night")), (4 * first.jobs, 3));
}
