//! What a scan says of those before: which one it is held against, what became of findings, and the trend.

use plumbline_proto::agent_v1::Status;

use super::*;
use crate::report::filter::Names;
use crate::store::Store;
use crate::store::record::ScanKind;
use crate::store::rehearsal::{Night as Stored, Resource, denied, queues, resource};

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";
const HOME: &str = "eu-west-1";

fn queue(name: &str, status: Status) -> Resource {
    resource(name, "{}", &[("c", status)])
}

fn night(id: &str, found: &[(&str, Status)]) -> Stored {
    Stored::full(id, &["c"]).job(ONE, HOME, queues(found.iter().map(|(name, status)| queue(name, *status)).collect()))
}

fn past(store: &Store, id: &str, filter: &Filter) -> Past {
    ScanView::open(store, &id.parse().unwrap()).unwrap().unwrap().past(filter).unwrap()
}

/// The scan before, and what became of findings; why there is none.
fn told(store: &Store, id: &str) -> String {
    match past(store, id, &Filter::default()).changes {
        Ok(changes) => format!("{}: {}", changes.scan, changes.counts()),
        Err(why) => format!("{why:?}"),
    }
}

fn nights(store: &Store, id: &str) -> Vec<String> {
    past(store, id, &Filter::default()).trend.into_iter().map(|night| night.scan).collect()
}

#[tokio::test]
async fn a_failure_that_is_unknown_or_gone_is_not_fixed() {
    use Status::{Fail, Pass, Unknown};
    let store = Store::in_memory();
    night("N1", &[("a", Fail), ("b", Fail), ("d", Fail), ("e", Pass)]).store(&store).await;
    night("N2", &[("a", Pass), ("b", Unknown), ("e", Fail), ("f", Fail), ("g", Pass)]).store(&store).await;
    night("N3", &[("a", Fail), ("b", Fail), ("e", Fail), ("f", Fail), ("g", Pass)]).store(&store).await;
    night("N4", &[("a", Fail), ("b", Fail), ("e", Fail), ("f", Fail), ("g", Pass)]).store(&store).await;
    assert_eq!(told(&store, "N1"), "Alone");
    assert_eq!(told(&store, "N2"), "N1: 2 new, 1 fixed, 1 closed, 1 lost");
    assert_eq!(told(&store, "N3"), "N2: 1 reopened, 1 decided");
    assert_eq!(told(&store, "N4"), "N3: no finding changed");
    let Ok(changes) = past(&store, "N2", &Filter::default()).changes else { panic!("N1 is there") };
    assert_eq!(changes.closed_because.get("resource_gone"), Some(&1));
    assert_eq!(changes.rows.get("new"), Some(&3), "g is new as well, and no finding: {:?}", changes.rows);
    let fixed = &changes.examples(Became::Fixed)[0];
    assert_eq!((fixed.resource.as_str(), &*fixed.failing_since), ("a", "N1 began"));
    assert_eq!(&*changes.examples(Became::New)[0].failing_since, "N2 began");
}

#[tokio::test]
async fn what_ended_by_an_accounts_baseline_is_closed_and_not_fixed_and_the_report_names_the_account() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    let both = |status| resource("a", "{}", &[("c", status), ("d", status)]);
    let night = |id| Stored::full(id, &["c", "d"]);
    night("N1").job(ONE, HOME, queues(vec![both(Fail)])).store(&store).await;
    let lax = night("N2").baseline(ONE, &["d"], r#"{"days":1}"#);
    lax.job(ONE, HOME, queues(vec![queue("a", Pass)])).store(&store).await;
    assert_eq!(told(&store, "N2"), "N1: 2 closed");
    let Ok(changes) = past(&store, "N2", &Filter::default()).changes else { panic!("N1 is there") };
    let why: Vec<_> = changes.closed_because.iter().map(|(why, count)| (*why, *count)).collect();
    assert_eq!(why, [("not_in_baseline", 1), ("settings_changed", 1)]);
    let noted = changes.notes.iter().any(|note| note.contains(ONE) && note.contains("another baseline"));
    assert!(noted, "{:?}", changes.notes);
}

#[tokio::test]
async fn only_what_stands_for_the_same_thing_is_compared() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    night("N1", &[("a", Fail)]).store(&store).await;
    night("N2", &[("a", Pass)]).limited("accounts", ONE).store(&store).await;
    night("N3", &[("a", Pass)]).of("o-2").store(&store).await;
    night("N4", &[("a", Pass)]).kind(ScanKind::Demonstration).store(&store).await;
    night("N5", &[("a", Pass)]).store(&store).await;
    assert_eq!(told(&store, "N5"), "N1: 1 fixed");
    assert_eq!(nights(&store, "N5"), ["N1", "N5"]);
    for (alone, trend) in [("N2", ["N2"]), ("N3", ["N3"]), ("N4", ["N4"]), ("N1", ["N1"])] {
        assert_eq!((told(&store, alone), nights(&store, alone)), ("Alone".into(), trend.map(String::from).to_vec()));
    }
    night("N6", &[("a", Fail)]).limited("accounts", ONE).store(&store).await;
    assert_eq!(told(&store, "N6"), "N2: 1 reopened");
}

#[tokio::test]
async fn without_an_organization_the_same_accounts_are_compared() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    let of = |id: &str, account: &str, status| {
        Stored::full(id, &["c"]).of("").job(account, HOME, queues(vec![queue("a", status)]))
    };
    of("N1", ONE, Fail).store(&store).await;
    of("N2", TWO, Fail).store(&store).await;
    of("N3", ONE, Pass).store(&store).await;
    assert_eq!((told(&store, "N2"), told(&store, "N3")), ("Alone".into(), "N1: 1 fixed".into()));
}

#[tokio::test]
async fn the_trend_has_the_shares_of_each_scan_up_to_this_one() {
    use Status::{Fail, NotApplicable, Pass, Unknown};
    let store = Store::in_memory();
    night("N1", &[("a", Fail), ("b", Unknown), ("d", NotApplicable), ("e", Pass)]).store(&store).await;
    night("N2", &[("a", Pass), ("b", Pass), ("d", Pass), ("e", Pass)]).store(&store).await;
    night("N3", &[("a", Fail)]).store(&store).await;
    let trend = past(&store, "N2", &Filter::default()).trend;
    let shares: Vec<_> = trend.iter().map(|night| (night.rows.coverage(), night.rows.compliance())).collect();
    assert_eq!(shares, [(Some(0.75), Some(0.5)), (Some(1.0), Some(1.0))]);
    assert_eq!(trend[0].started, "N1 began");
}

#[tokio::test]
async fn a_filtered_report_counts_what_it_is_about_and_has_no_trend() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    let two = |id: &str, status| {
        let all = |name| vec![resource(name, "{}", &[("c", status), ("d", status)])];
        Stored::full(id, &["c", "d"]).job(ONE, HOME, queues(all("a"))).job(TWO, HOME, queues(all("b")))
    };
    two("N1", Pass).store(&store).await;
    two("N2", Fail).store(&store).await;
    let count = |filter: Filter| {
        let past = past(&store, "N2", &filter);
        (past.changes.map(|changes| changes.count(Became::New)), past.trend.len())
    };
    let only = |name: &str| Names { only: vec![name.to_owned()], except: Vec::new() };
    assert_eq!(count(Filter::default()), (Ok(4), 2));
    assert_eq!(count(Filter { accounts: only(ONE), ..Filter::default() }), (Ok(2), 0));
    assert_eq!(count(Filter { controls: only("d"), ..Filter::default() }), (Ok(2), 0));
    let without = Names { only: Vec::new(), except: vec![TWO.to_owned()] };
    assert_eq!(count(Filter { accounts: without, controls: only("c"), ..Filter::default() }), (Ok(1), 0));
    assert_eq!(
        count(Filter { severity: Some(plumbline_baseline::Severity::Critical), ..Filter::default() }),
        (Ok(0), 0)
    );
    assert_eq!(count(Filter { resources: vec!["b".into()], ..Filter::default() }), (Ok(2), 0));
}

#[tokio::test]
async fn what_one_of_the_scans_did_not_cover_is_said_and_not_counted() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    night("N1", &[("a", Pass)]).store(&store).await;
    let found = |status| queues(vec![queue("a", status)]);
    Stored::full("N2", &["c"]).job(ONE, HOME, found(Pass)).job(TWO, HOME, found(Fail)).store(&store).await;
    let Ok(changes) = past(&store, "N2", &Filter::default()).changes else { panic!("N1 is there") };
    assert_eq!((changes.count(Became::New), changes.notes.len()), (0, 1), "{:?}", changes.notes);
    Stored::full("N3", &["c"])
        .job(ONE, HOME, denied(Vec::new()))
        .job(TWO, HOME, denied(Vec::new()))
        .store(&store)
        .await;
    assert_eq!(told(&store, "N3"), "N2: 1 lost");
}

#[tokio::test]
async fn how_far_the_organization_was_stands_where_somebody_wrote_it_down() {
    let store = Store::in_memory();
    night("N1", &[("a", Status::Fail)]).store(&store).await;
    night("N2", &[("a", Status::Pass)]).store(&store).await;
    let figures =
        Figures { level: 1, processes_done: 2, processes: 3, places_done: 4, places: 5, steps_done: 6, steps: 8 };
    store.note_roadmap(&"N2".parse().unwrap(), figures.into()).await.unwrap();
    store.note_roadmap(&"N9".parse().unwrap(), figures.into()).await.unwrap();
    let view = ScanView::open(&store, &"N2".parse().unwrap()).unwrap().unwrap();
    let kept: Vec<_> = view.trend().unwrap().into_iter().map(|night| (night.scan, night.roadmap)).collect();
    assert_eq!(kept, [("N1".to_owned(), None), ("N2".to_owned(), Some(figures))]);
    assert_eq!((figures.share(), figures.share_of_steps()), (Some(0.8), Some(0.75)));
    // Nothing else of the scan is another.
    assert_eq!(told(&store, "N2"), "N1: 1 fixed");
}
