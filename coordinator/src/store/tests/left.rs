//! Scans that a killed process left: all that ran can go on, and whoever does not go on marks all of them.

use plumbline_baseline::ScanId;

use crate::store::record::{Job, Scan, ScanState};
use crate::store::{Error, GivenUp, ScanEnd, Store};

fn id(text: &str) -> ScanId {
    text.parse().unwrap()
}

async fn begin(store: &Store, scan: &str) {
    let record = Scan { id: scan.into(), state: ScanState::Running as i32, ..Scan::default() };
    let job = Job { id: format!("J{scan}"), scan: scan.into(), ..Job::default() };
    store.create_scan(record, vec![job]).await.unwrap();
}

#[tokio::test]
async fn all_that_ran_can_go_on_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    for scan in ["S1", "S2", "S3", "S4"] {
        begin(&store, scan).await;
    }
    store.finish_scan(&id("S1"), "2026-01-15T03:00:00Z", ScanEnd::Interrupted).await.unwrap();
    store.finish_scan(&id("S4"), "2026-01-15T03:00:00Z", ScanEnd::Complete).await.unwrap();
    drop(store);
    let store = Store::create_to_go_on(directory.path()).unwrap();
    assert_eq!(store.running_scans().unwrap(), [id("S2"), id("S3")]);
    for (scan, goes_on) in [("S1", false), ("S2", true), ("S3", true), ("S4", false), ("S5", false)] {
        let resumed = store.resume_scan(&id(scan), GivenUp::StaysSo).await;
        match goes_on {
            true => assert_eq!(resumed.unwrap().1.len(), 1, "{scan}"),
            false => assert_eq!(resumed.unwrap_err(), Error::NotToResume { scan: scan.into() }),
        }
    }
    // What was refused is no failure of the disk: the store goes on.
    begin(&store, "S6").await;
}

#[tokio::test]
async fn whoever_does_not_go_on_marks_them_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    begin(&store, "S1").await;
    begin(&store, "S2").await;
    drop(store);
    let store = Store::create(directory.path()).unwrap();
    assert!(store.running_scans().unwrap().is_empty());
    for scan in ["S1", "S2"] {
        assert_eq!(store.scan(&id(scan)).unwrap().unwrap().state(), ScanState::Interrupted, "{scan}");
    }
}

#[tokio::test]
async fn a_scan_is_not_planned_over_one_of_its_id() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    begin(&store, "S1").await;
    let record = Scan { id: "S1".into(), started: "later".into(), ..Scan::default() };
    assert_eq!(store.create_scan(record, Vec::new()).await.unwrap_err(), Error::Planned { scan: "S1".into() });
    assert_eq!(store.scan(&id("S1")).unwrap().unwrap().started, "");
    assert_eq!(store.jobs(&id("S1")).unwrap().len(), 1);
    // The store goes on.
    begin(&store, "S2").await;
}
