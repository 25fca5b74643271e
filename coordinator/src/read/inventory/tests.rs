//! Nights of two accounts: what each reads as, what a moment reads as, and what is said of that which was not delivered.

use plumbline_proto::agent_v1::{Document, Listing as Listed, RowBatch, Usage};
use plumbline_proto::chunk;

use super::*;
use crate::store::record::{Control, Limit, ScanKind, ScanState};
use crate::store::{Attempt, Commit, CommitOutcome, Grant, Holder, ScanEnd, StoredJob};

const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
const DENIED: &str = r#"{"$unread":{"reason":"access_denied","operation":"sns:ListTopics","detail":""}}"#;

/// A resource: its ARN, its document and what of it changes by itself.
type Resource<'a> = (&'a str, &'a str, &'a str);
/// One type as a job delivers it: its resources, and why there may be more.
type Delivered<'a> = (&'a str, &'a [Resource<'a>], &'a str);

fn scan(id: &str, started: &str) -> Scan {
    let account = |id: &str| record::Account { id: id.into(), ..record::Account::default() };
    Scan {
        id: id.into(),
        started: started.into(),
        kind: ScanKind::Full as i32,
        state: ScanState::Running as i32,
        accounts: ACCOUNTS.map(account).into(),
        controls: vec![Control { id: "c".into(), ..Control::default() }],
        ..Scan::default()
    }
}

fn job(scan: &str, account: u32) -> Job {
    let (id, scan, region) = (format!("{scan}-{account}"), scan.into(), "eu-west-1".into());
    Job { id, scan, account, region, controls: vec![0], ..Job::default() }
}

/// Plans a scan with one job in each account.
async fn begin(store: &Store, scan: Scan) {
    let jobs = vec![job(&scan.id, 0), job(&scan.id, 1)];
    store.create_scan(scan, jobs).await.unwrap();
}

async fn deliver(store: &Store, scan: &str, account: u32, now: &str, types: &[Delivered<'_>]) {
    let id = StoredJob { scan: scan.parse().unwrap(), job: format!("{scan}-{account}").parse().unwrap() };
    let agent: plumbline_baseline::AgentId = "a".parse().unwrap();
    let grant =
        Grant { attempt: Attempt::New, agent: agent.clone(), build: "1".into(), failed_attempts: 0, now: now.into() };
    let holder = Holder { agent, fence: store.grant(&id, grant).await.unwrap().unwrap().fence };
    let mut batch = RowBatch::default();
    for (name, documents, unread) in types {
        batch.listings.push(Listed { r#type: (*name).into(), unread: (*unread).into() });
        batch.documents.extend(documents.iter().map(|(id, content, volatile)| Document {
            r#type: (*name).into(),
            id: (*id).into(),
            content: (*content).into(),
            volatile: (*volatile).into(),
        }));
    }
    let bytes = chunk::write(&batch);
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    store.put_chunk(&id, &holder, 0, bytes).await.unwrap();
    let commit = Commit { chunks: 1, rows: 0, root_hash, claim: None, usage: Usage::default(), now: now.into() };
    let outcome = store.commit(&id, &holder, commit).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}

/// Gives the rest up, and ends the scan.
async fn end(store: &Store, scan: &str) {
    let id = scan.parse().unwrap();
    store.abandon_rest(&id, "nobody came").await.unwrap();
    store.finish_scan(&id, "2026-11-20T03:00:00Z", ScanEnd::Complete).await.unwrap();
}

/// What is read of a night, a line for everything, in order.
fn told(inventory: &Inventory) -> Vec<String> {
    let mut told = Vec::new();
    for place in inventory.places() {
        let at = format!("{}@{}", place.account_id(), place.scan.id());
        let visit = |Listing { type_name, documents, unread, .. }| {
            let documents: Vec<String> = documents
                .iter()
                .map(|each: &StoredDocument| format!("{}={} ", each.id, each.document.to_json()))
                .collect();
            let end = unread.map_or_else(|| "all".to_owned(), |why: Arc<Unread>| why.to_string());
            told.push(format!("{at} {type_name} {}{end}", documents.concat()));
            Ok::<_, Error>(())
        };
        let nothing = inventory.visit(place, |_| true, visit).unwrap();
        told.extend(nothing.map(|why| format!("{at} nothing: {why}")));
    }
    told.sort();
    told
}

fn of_scan(store: &Store, id: &str) -> Vec<String> {
    told(&Inventory::of_scan(store, &id.parse().unwrap()).unwrap().unwrap())
}

fn at(store: &Store, moment: &str) -> Option<Vec<String>> {
    Inventory::at(store, Moment::parse(moment).unwrap()).unwrap().map(|inventory| told(&inventory))
}

/// Two nights: a queue changes its name, topics cannot be listed on the second, an account comes to nothing on the first.
async fn two_nights() -> Store {
    let store = Store::in_memory();
    begin(&store, scan("N1", "2026-11-19T02:00:00Z")).await;
    let first: &[Delivered<'_>] = &[(QUEUE, &[("a", r#"{"A":1}"#, r#"{"Messages":5}"#)], ""), (TOPIC, &[], "")];
    deliver(&store, "N1", 0, "2026-11-19T02:10:00Z", first).await;
    end(&store, "N1").await;
    begin(&store, scan("N2", "2026-11-20T02:00:00Z")).await;
    let second: &[Delivered<'_>] = &[(QUEUE, &[("b", r#"{"A":{"$redacted":"00"}}"#, "")], ""), (TOPIC, &[], DENIED)];
    deliver(&store, "N2", 0, "2026-11-20T02:10:00Z", second).await;
    deliver(&store, "N2", 1, "2026-11-20T02:11:00Z", &[(QUEUE, &[("c", "{}", "")], "")]).await;
    end(&store, "N2").await;
    store
}

const SECOND: [&str; 3] = [
    "111111111111@N2 AWS::SNS::Topic access_denied: sns:ListTopics",
    "111111111111@N2 AWS::SQS::Queue b={\"A\":{\"$redacted\":\"00\"}} all",
    "222222222222@N2 AWS::SQS::Queue c={} all",
];

#[tokio::test]
async fn each_night_reads_as_it_was_and_says_what_was_not_delivered() {
    let store = two_nights().await;
    let first = [
        "111111111111@N1 AWS::SNS::Topic all",
        "111111111111@N1 AWS::SQS::Queue a={\"A\":1,\"Messages\":5} all",
        "222222222222@N1 nothing: not_run: nobody came",
    ];
    assert_eq!(of_scan(&store, "N1"), first);
    assert_eq!(of_scan(&store, "N2"), SECOND);
}

/// A scan of some controls delivers no documents: it says so, and a moment reads past it.
#[tokio::test]
async fn a_scan_of_some_controls_has_no_documents_and_hides_none() {
    let store = two_nights().await;
    let limit = Limit { option: "controls".into(), values: vec!["c".into()] };
    let limited = Scan { selection: vec![limit], kind: ScanKind::Limited as i32, ..scan("N3", "2026-11-20T12:00:00Z") };
    begin(&store, limited).await;
    deliver(&store, "N3", 0, "2026-11-20T12:10:00Z", &[]).await;
    end(&store, "N3").await;
    let told = of_scan(&store, "N3");
    assert!(told[0].starts_with("111111111111@N3 nothing: not_run: the scan was limited to some controls"), "{told:?}");
    assert_eq!(told[1], "222222222222@N3 nothing: not_run: nobody came");
    assert_eq!(at(&store, "2026-11-20").unwrap(), SECOND);
}

#[tokio::test]
async fn a_moment_reads_of_each_place_what_was_stored_last_by_then() {
    let store = Store::in_memory();
    for (id, day) in [("N1", 18), ("N2", 19), ("N3", 20)] {
        let found = [(id, "{}", "")];
        let queue: [Delivered<'_>; 1] = [(QUEUE, &found, "")];
        begin(&store, scan(id, &format!("2026-11-{day}T02:00:00Z"))).await;
        deliver(&store, id, 0, &format!("2026-11-{day}T02:10:00Z"), &queue).await;
        if id != "N2" {
            deliver(&store, id, 1, &format!("2026-11-{day}T02:20:00Z"), &queue).await;
        }
        end(&store, id).await;
    }
    let check = |moment: &str, expected: Option<[&str; 2]>| {
        let line = |(account, id): (&str, &str)| format!("{account}@{id} AWS::SQS::Queue {id}={{}} all");
        let expected = expected.map(|ids| ACCOUNTS.into_iter().zip(ids).map(line).collect());
        assert_eq!(at(&store, moment), expected, "{moment}");
    };
    check("2026-11-17", None);
    check("2026-11-18", Some(["N1", "N1"]));
    check("2026-11-19", Some(["N2", "N1"]));
    check("2026-11-20T02:15:00Z", Some(["N3", "N1"]));
    check("2026-11-20T02:20:00Z", Some(["N3", "N3"]));
    check("2026-11-20T03:20:00+01:00", Some(["N3", "N3"]));
    check("2027-01-01", Some(["N3", "N3"]));
    // The first scan had begun, and nothing of it was stored.
    let told = at(&store, "2026-11-18T02:05:00Z").unwrap();
    assert!(told.len() == 2 && told.iter().all(|line| line.contains("nothing of it was stored by then")), "{told:?}");
}

#[tokio::test]
async fn an_account_that_the_last_full_scan_did_not_plan_is_not_there() {
    let store = Store::in_memory();
    let queue: [Delivered<'_>; 1] = [(QUEUE, &[("a", "{}", "")], "")];
    begin(&store, scan("N1", "2026-11-18T02:00:00Z")).await;
    for account in [0, 1] {
        deliver(&store, "N1", account, "2026-11-18T02:10:00Z", &queue).await;
    }
    end(&store, "N1").await;
    let mut fewer = scan("N2", "2026-11-19T02:00:00Z");
    fewer.accounts[1].skipped = "suspended".into();
    store.create_scan(fewer, vec![job("N2", 0)]).await.unwrap();
    deliver(&store, "N2", 0, "2026-11-19T02:10:00Z", &queue).await;
    end(&store, "N2").await;
    assert_eq!(at(&store, "2026-11-19").unwrap(), ["111111111111@N2 AWS::SQS::Queue a={} all"]);
    let inventory = Inventory::at(&store, Moment::parse("2026-11-19").unwrap()).unwrap().unwrap();
    assert_eq!(inventory.left_out(), [(ACCOUNTS[1].to_owned(), "suspended".to_owned())]);
    assert_eq!(at(&store, "2026-11-18").unwrap().len(), 2);
}

/// Rows without a document or a listing are those of an earlier version: nothing says that there was nothing.
#[tokio::test]
async fn a_job_that_delivered_no_documents_is_not_empty() {
    let store = Store::in_memory();
    begin(&store, scan("N1", "2026-11-18T02:00:00Z")).await;
    deliver(&store, "N1", 0, "2026-11-18T02:10:00Z", &[(QUEUE, &[], "")]).await;
    deliver(&store, "N1", 1, "2026-11-18T02:10:00Z", &[(QUEUE, &[], ""), (TOPIC, &[], DENIED)]).await;
    end(&store, "N1").await;
    let told = of_scan(&store, "N1");
    assert_eq!(told[0], "111111111111@N1 nothing: not_run: the scan kept no documents of it");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn a_moment_is_a_day_or_a_time() {
    for wrong in ["", "yesterday", "2026-11", "2026-13-01", "2026-02-30", "2026-1-1", "2026-11-20T02:15", "20261120"] {
        assert_eq!(Moment::parse(wrong), None, "{wrong}");
    }
    let parsed = |text| Moment::parse(text).unwrap();
    let day = parsed("2026-11-20");
    assert!(day > parsed("2026-11-20T23:59:59Z") && day < parsed("2026-11-21T00:00:00Z"));
    assert!(day.includes("2026-11-20T23:59:59Z") && !day.includes("2026-11-21T00:00:00Z") && !day.includes(""));
}
