//! Several scans of one account and Region: what each reads as, since when it is so, and what it takes on disk.

use plumbline_proto::agent_v1::{Listing, Status};
use plumbline_proto::chunk::{Chunker, Item, MAX_BYTES, Piece};

use super::*;

const REGION: &str = "eu-west-1";

/// Stores a scan with one job that found these resources, each with what the control `c` says of it.
async fn night(store: &Store, id: &str, found: &[(&str, Status)]) -> Result<CommitOutcome, Error> {
    let scan = Scan { id: id.into(), started: format!("{id} began"), ..scan() };
    store.create_scan(scan, vec![planned(id)]).await.unwrap();
    deliver(store, id, found).await
}

fn planned(id: &str) -> Job {
    Job { id: format!("{id}-0"), scan: id.into(), region: REGION.into(), controls: vec![0], ..Job::default() }
}

async fn deliver(store: &Store, id: &str, found: &[(&str, Status)]) -> Result<CommitOutcome, Error> {
    let job = StoredJob { scan: id.parse().unwrap(), job: format!("{id}-0").parse().unwrap() };
    let Granted { fence, .. } = store.grant(&job, grant()).await?.unwrap();
    let row = |(resource, status): &(&str, Status)| Row {
        control: "c".into(),
        status: *status as i32,
        resource: (*resource).to_owned(),
        resource_type: "AWS::SQS::Queue".into(),
        ..Row::default()
    };
    let mut chunker = Chunker::new(MAX_BYTES);
    let listing = Listing { r#type: "AWS::SQS::Queue".into(), unread: String::new() };
    let items = found.iter().map(row).map(Item::Row).chain([Item::Listing(listing)]);
    let mut pieces: Vec<Piece> = items.filter_map(|item| chunker.push(item)).collect();
    pieces.extend(chunker.finish_chunk());
    for piece in pieces {
        store.put_chunk(&job, &agent(fence), piece.seq, piece.rows().to_vec()).await?;
    }
    let total = chunker.total();
    store.commit(&job, &agent(fence), Commit { rows: total.rows, ..commit(total.chunks, total.root_hash) }).await
}

/// What a scan says: resource, status, since when, and what it changed.
fn told(store: &Store, id: &str) -> Vec<String> {
    let view = crate::read::ScanView::open(store, &id.parse().unwrap()).unwrap().unwrap();
    let mut told = Vec::new();
    view.for_each(|row| {
        let change = row.change.map_or("", |change| change.as_str());
        let since = row.since.split(' ').next().unwrap_or_default();
        told.push(format!("{} {} {since} {change}", row.resource, row.status.as_str()));
        Ok::<_, Error>(())
    })
    .unwrap();
    told
}

#[tokio::test]
async fn each_night_reads_as_it_was_and_says_what_it_changed() {
    use Status::{Fail, Pass, Unknown};
    let store = Store::in_memory();
    type Night<'a> = (&'a str, &'a [(&'a str, Status)], &'a [&'a str]);
    let nights: [Night<'_>; 6] = [
        ("N1", &[("a", Fail), ("b", Pass)], &["a FAIL N1 new", "b PASS N1 new"]),
        ("N2", &[("a", Fail), ("b", Pass)], &["a FAIL N1 unchanged", "b PASS N1 unchanged"]),
        ("N3", &[("a", Pass), ("b", Fail)], &["a PASS N3 fixed", "b FAIL N3 new"]),
        ("N4", &[("a", Unknown), ("b", Fail)], &["a UNKNOWN N3 lost", "b FAIL N3 unchanged"]),
        ("N5", &[("a", Fail)], &["a FAIL N5 reopened"]),
        ("N6", &[("a", Fail), ("b", Fail)], &["a FAIL N5 unchanged", "b FAIL N6 new"]),
    ];
    for (id, found, _) in nights {
        assert!(matches!(night(&store, id, found).await, Ok(CommitOutcome::Committed(_))), "{id}");
    }
    for (id, _, expected) in nights {
        assert_eq!(told(&store, id), expected, "{id}");
    }
}

#[tokio::test]
async fn what_is_older_than_what_is_stored_is_refused_and_says_so() {
    let store = Store::in_memory();
    store.create_scan(Scan { id: "N1".into(), ..scan() }, vec![planned("N1")]).await.unwrap();
    night(&store, "N2", &[("a", Status::Pass)]).await.unwrap();
    assert_eq!(deliver(&store, "N1", &[("a", Status::Fail)]).await, Ok(CommitOutcome::Superseded));
    assert_eq!(told(&store, "N2"), ["a PASS N2 new"]);
    let job = store.jobs(&"N1".parse().unwrap()).unwrap().remove(0);
    assert_eq!((job.state(), job.rows), (JobState::Abandoned, 0));
    assert!(job.problem.contains("a later scan"), "{}", job.problem);
    assert_eq!(store.count_chunks().unwrap(), 0);
}

/// What a damaged value costs: what it held, on the nights that it held it for; never the nights that come.
#[tokio::test]
async fn a_night_after_the_damage_is_whole() {
    use Status::{Fail, Pass};
    for table in [remember::PRESENT, remember::HEADS, remember::SCOPES] {
        let directory = tempfile::tempdir().unwrap();
        night(&Store::create(directory.path()).unwrap(), "N1", &[("a", Fail)]).await.unwrap();
        damage::tamper(directory.path(), table, |mut value| {
            value[20] ^= 1;
            value
        });
        let store = Store::create(directory.path()).unwrap();
        for id in ["N2", "N3"] {
            let outcome = night(&store, id, &[("a", Fail), ("b", Pass)]).await;
            assert!(matches!(outcome, Ok(CommitOutcome::Committed(_))), "{table} {id} {outcome:?}");
        }
        let third = told(&store, "N3");
        assert_eq!(third.len(), 2, "{table} {third:?}");
        let first = told(&store, "N1");
        let is_honest = first == ["a FAIL N1 new"] || first == [" UNKNOWN  "];
        assert!(is_honest, "{table} {first:?}");
    }
}

#[tokio::test]
async fn an_unchanged_night_costs_its_records_alone() {
    let directory = tempfile::tempdir().unwrap();
    let names: Vec<String> =
        (0..2_000).map(|number| format!("arn:aws:sqs:eu-west-1:111122223333:queue-{number}")).collect();
    let found: Vec<(&str, Status)> = names.iter().map(|name| (name.as_str(), Status::Fail)).collect();
    let store = Store::create(directory.path()).unwrap();
    let mut bytes = Vec::new();
    for id in ["N1", "N2", "N3"] {
        night(&store, id, &found).await.unwrap();
        bytes.push(store.memory_bytes().unwrap());
    }
    assert!(bytes[0] > 10_000, "{bytes:?}");
    assert!(bytes[2] == bytes[1] && bytes[1] == bytes[0], "{bytes:?}");
    let mut changed = found.clone();
    changed[7].1 = Status::Pass;
    night(&store, "N4", &changed).await.unwrap();
    let more = store.memory_bytes().unwrap() - bytes[2];
    assert!(more < bytes[0] / 50, "{more} of {bytes:?}");
}
