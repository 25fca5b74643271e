//! Histories for tests: what several scans of two Regions found, stored as a coordinator stores it, and all that a store
//! says of a scan.

use std::fmt::Write as _;

use plumbline_baseline::ScanId;
use plumbline_proto::agent_v1::{Document, Listing, Row, RowBatch, Status, Usage};
use plumbline_proto::chunk;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::store::record::{Account, Control, Job, Limit, Scan, ScanKind, ScanState};
use crate::store::remember::place::Tables;
use crate::store::{
    Attempt, Commit, CommitOutcome, Error, Grant, Granted, Holder, ScanEnd, Store, StoredJob, StoredScan,
};

const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const TYPES: [&str; 2] = ["AWS::S3::Bucket", "AWS::SQS::Queue"];

/// What a scan found.
#[derive(Clone, Debug)]
pub(in crate::store) struct Night {
    /// Whether it asks one of the two controls only.
    pub(in crate::store) is_limited: bool,
    /// What each Region's job delivered; `None` when it was not done.
    pub(in crate::store) jobs: Vec<Option<Vec<Found>>>,
}

/// What a job found of a type.
#[derive(Clone, Debug)]
pub(in crate::store) struct Found {
    of: usize,
    is_complete: bool,
    /// Numbers and versions of resources.
    resources: Vec<(u8, u8)>,
}

/// Random histories.
pub(in crate::store) fn histories(most: usize) -> impl Strategy<Value = Vec<Night>> {
    let found = (0..TYPES.len(), prop::bool::weighted(0.8), vec((0..6u8, 0..4u8), 0..6))
        .prop_map(|(of, is_complete, resources)| Found { of, is_complete, resources });
    let job = prop::option::weighted(0.85, vec(found, 0..3));
    let night =
        (prop::bool::weighted(0.25), vec(job, REGIONS.len())).prop_map(|(is_limited, jobs)| Night { is_limited, jobs });
    vec(night, 2..most)
}

/// A history that has something of everything, as long as it is asked for.
pub(in crate::store) fn small(nights: u8) -> Vec<Night> {
    let found = |night: u8, of: usize| Found {
        of,
        is_complete: night % 4 != 3,
        resources: (0..4u8)
            .filter(|number| !(number + night).is_multiple_of(5))
            .map(|number| (number, (night / 2 + number) % 3))
            .collect(),
    };
    let job =
        |night: u8, region: usize| (night % 3 != 2 || region == 0).then(|| vec![found(night, 0), found(night + 1, 1)]);
    (0..nights).map(|night| Night { is_limited: night % 5 == 4, jobs: vec![job(night, 0), job(night, 1)] }).collect()
}

/// The id of a scan of a history, from 1.
pub(in crate::store) fn id(number: usize) -> ScanId {
    format!("SCAN{number:03}").parse().expect("letters and digits")
}

/// Stores a history; `first` is the number of its first scan.
pub(in crate::store) async fn store(store: &Store, history: &[Night], first: usize) -> Result<(), Error> {
    for (night, number) in history.iter().zip(first..) {
        let scan = id(number);
        let jobs = REGIONS.iter().zip(0..).map(|(region, index): (_, usize)| Job {
            id: format!("{scan}-{index}"),
            scan: String::from(&scan),
            region: (*region).to_owned(),
            controls: if night.is_limited { vec![0] } else { vec![0, 1] },
            ..Job::default()
        });
        store.create_scan(record(&scan, number, night), jobs.collect()).await?;
        for (found, index) in night.jobs.iter().zip(0..) {
            if let Some(found) = found {
                deliver(store, &scan, index, found, night.is_limited).await?;
            }
        }
        store.finish_scan(&scan, "2026-12-31T00:00:00Z", ScanEnd::Complete).await?;
    }
    Ok(())
}

fn record(scan: &ScanId, number: usize, night: &Night) -> Scan {
    let limit = Limit { option: "controls".to_owned(), values: vec!["a".to_owned()] };
    let control = |id: &str| Control { id: id.to_owned(), ..Control::default() };
    let controls = if night.is_limited { vec![control("a")] } else { vec![control("a"), control("b")] };
    Scan {
        id: String::from(scan),
        started: format!("2026-{:02}-{:02}T02:00:00Z", 1 + (number - 1) / 28, 1 + (number - 1) % 28),
        state: ScanState::Running as i32,
        kind: if night.is_limited { ScanKind::Limited } else { ScanKind::Full } as i32,
        selection: if night.is_limited { vec![limit] } else { Vec::new() },
        accounts: vec![Account { id: "111122223333".into(), ..Account::default() }],
        controls,
        ..Scan::default()
    }
}

async fn deliver(store: &Store, scan: &ScanId, index: usize, found: &[Found], is_limited: bool) -> Result<(), Error> {
    let job = StoredJob { scan: scan.clone(), job: format!("{scan}-{index}").parse().expect("an id") };
    let agent: plumbline_baseline::AgentId = "a".parse().expect("an id");
    let grant = Grant {
        attempt: Attempt::New,
        agent: agent.clone(),
        build: String::new(),
        failed_attempts: 0,
        now: String::new(),
    };
    let Some(Granted { fence, .. }) = store.grant(&job, grant).await? else { return Ok(()) };
    // A control reads its types whatever a scan is limited to.
    let mut found = found.to_vec();
    let listed = |of: usize| found.iter().any(|each| each.of == of);
    let others: Vec<usize> = (0..TYPES.len()).filter(|of| is_limited && !listed(*of)).collect();
    found.extend(others.into_iter().map(|of| Found { of, is_complete: true, resources: Vec::new() }));
    let batch = batch(&found, is_limited);
    let rows = batch.rows.len() as u64;
    let bytes = chunk::write(&batch);
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    let holder = Holder { agent, fence };
    store.put_chunk(&job, &holder, 0, bytes).await?;
    let commit = Commit { chunks: 1, rows, root_hash, claim: None, usage: Usage::default(), now: String::new() };
    let outcome = store.commit(&job, &holder, commit).await?;
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
    Ok(())
}

fn batch(found: &[Found], is_limited: bool) -> RowBatch {
    let mut batch = RowBatch::default();
    for Found { of, is_complete, resources } in found {
        let type_name = TYPES[*of].to_owned();
        let unread = if *is_complete { String::new() } else { r#"{"$unread":{"code":"access_denied"}}"#.to_owned() };
        batch.listings.push(Listing { r#type: type_name.clone(), unread });
        for (number, version) in resources {
            let resource = format!("arn:aws:x:::{of}-{number}");
            batch.documents.push(Document {
                r#type: type_name.clone(),
                id: resource.clone(),
                content: format!(r#"{{"Version":{version}}}"#).into_bytes(),
                volatile: format!(r#"{{"Used":{}}}"#, version + 1).into_bytes(),
            });
            let status = [Status::Pass, Status::Fail, Status::Unknown, Status::NotApplicable][usize::from(*version)];
            let controls: &[&str] = if is_limited { &["a"] } else { &["a", "b"] };
            batch.rows.extend(controls.iter().map(|control| Row {
                control: (*control).to_owned(),
                status: status as i32,
                reason: if status == Status::Pass { String::new() } else { format!("because {version}") },
                resource: resource.clone(),
                resource_type: type_name.clone(),
                ..Row::default()
            }));
        }
    }
    batch
}

/// All that a store says of a scan: rows, since when they stand so, documents, and the state of every place on that
/// night.
pub(in crate::store) fn told(store: &Store, scan: &ScanId) -> Result<String, Error> {
    let record = store.scan(scan)?.ok_or(Error::Damaged { what: "scan" })?;
    let mut told = String::new();
    for job in store.jobs(scan)? {
        let _ = writeln!(told, "{} {:?} {} rows {:?}", job.id, job.state(), job.rows, job.counts);
        for part in store.parts(&job)? {
            let _ = writeln!(told, "{part:?}\n{:?}\n{:?}", part.rows()?, store.documents(&job, &part));
            let state = store.read(|transaction| {
                Tables::open(|table| transaction.open_table(table))?.as_of(part.place(), record.night)
            })?;
            let state = state.map(|mut state| {
                // Which nights changed it is told by those that are kept.
                state.head.iter_mut().for_each(|head| head.nights.clear());
                state
            });
            let _ = writeln!(told, "{state:?}");
        }
    }
    Ok(told)
}

/// The scans of these numbers, the oldest first.
pub(in crate::store) fn chosen(store: &Store, is_chosen: impl Fn(usize) -> bool) -> Result<Vec<StoredScan>, Error> {
    let mut scans = store.scans()?;
    scans.reverse();
    let number = |scan: &StoredScan| scan.id.as_str()[4..].parse().unwrap_or(0);
    scans.retain(|scan| is_chosen(number(scan)));
    Ok(scans)
}

/// Several of the same, chosen.
pub(in crate::store) fn any_of(count: usize) -> impl Strategy<Value = Vec<bool>> {
    vec(select(vec![true, false]), count)
}
