//! Jobs of scans that have ended: few bytes each, and nothing changes them.

use std::collections::HashSet;

use super::*;

const JOBS_OF_A_NIGHT: usize = 500;

/// A night of so many accounts, whose jobs commit alike but for what the clock says.
async fn night(store: &Store, id: &str) {
    let job = |number: usize| Job {
        id: format!("01JCC4XK9QWERTYUIOPASDFGH{id}-{number:06}"),
        scan: format!("01JCC4XK9QWERTYUIOPASDFGH{id}"),
        region: if number.is_multiple_of(2) { "eu-west-1" } else { "us-east-1" }.into(),
        account: u32::try_from(number / 2).unwrap(),
        controls: (0..25).collect(),
        state: JobState::Ready as i32,
        ..Job::default()
    };
    let account = |number: usize| record::Account { id: format!("{number:012}"), ..record::Account::default() };
    let accounts = (0..JOBS_OF_A_NIGHT).map(account).collect();
    let scan = Scan { id: format!("01JCC4XK9QWERTYUIOPASDFGH{id}"), accounts, ..scan() };
    let scan_id: ScanId = scan.id.parse().unwrap();
    let jobs: Vec<Job> = (0..JOBS_OF_A_NIGHT).map(job).collect();
    store.create_scan(scan, jobs.clone()).await.unwrap();
    for (number, job) in jobs.into_iter().enumerate() {
        let job = StoredJob { scan: scan_id.clone(), job: job.id.parse().unwrap() };
        let fence = store.grant(&job, grant()).await.unwrap().unwrap().fence;
        let usage = Usage { duration_ms: 900 + (number as u64 * 7_919) % 5_000, calls: 57, ..Usage::default() };
        let now = format!("2026-01-15T00:{:02}:{:02}Z", number / 60, number % 60);
        let none = blake3::hash(b"").as_bytes().to_vec();
        store.commit(&job, &agent(fence), Commit { usage, now, ..commit(0, none) }).await.unwrap();
    }
    let before = store.jobs(&scan_id).unwrap();
    store.finish_scan(&scan_id, "2026-01-15T01:00:00Z", ScanEnd::Complete).await.unwrap();
    assert_eq!(store.jobs(&scan_id).unwrap(), before, "nothing is lost");
}

#[tokio::test]
async fn jobs_that_ended_take_few_bytes_and_stay_as_they_are() {
    let store = Store::in_memory();
    night(&store, "A").await;
    let bytes = |store: &Store| {
        use redb::ReadableTableMetadata;
        let stored = |table: Bytes| {
            store.read(|transaction| Ok(transaction.open_table(table)?.stats()?.stored_bytes())).unwrap()
        };
        [SCANS, PLANS, JOBS, DONE].map(stored).iter().sum::<u64>()
    };
    let first = bytes(&store);
    night(&store, "B").await;
    let of_a_job = (bytes(&store) - first) / JOBS_OF_A_NIGHT as u64;
    assert!(of_a_job < 64, "{of_a_job} bytes a job");
    let scan: ScanId = "01JCC4XK9QWERTYUIOPASDFGHA".parse().unwrap();
    for number in [0, 63, 64, 499] {
        let job = StoredJob { scan: scan.clone(), job: format!("{scan}-{number:06}").parse().unwrap() };
        let record = store.job(&job).unwrap().unwrap();
        assert_eq!((record.id.as_str(), record.state()), (job.job.as_str(), JobState::Committed));
        // A lost reply is asked for again; anybody else comes too late.
        let again = store.commit(&job, &agent(record.fence), commit(0, Vec::new())).await.unwrap();
        assert_eq!(again, CommitOutcome::Committed(record.commit_seq));
        assert_eq!(store.commit(&job, &agent(7_777), commit(0, Vec::new())).await, Ok(CommitOutcome::StaleFence));
        assert_eq!(store.grant(&job, grant()).await, Ok(None));
        store.abandon(&job, "too late", 0).await.unwrap();
        assert_eq!(store.job(&job).unwrap().unwrap(), record);
    }
    let none = StoredJob { scan: scan.clone(), job: format!("{scan}-999999").parse().unwrap() };
    assert_eq!(store.job(&none).unwrap(), None);
}

#[tokio::test]
async fn what_jobs_took_is_known_until_all_that_was_asked_about_is() {
    let store = Store::in_memory();
    assert_eq!(store.took(HashSet::new()).unwrap(), Vec::<Night>::new());
    night(&store, "A").await;
    night(&store, "B").await;
    let place = |account: usize, region: &str| (format!("{account:012}"), region.to_owned());
    let known = [place(0, "eu-west-1"), place(249, "us-east-1")];
    let nights = store.took(known.into()).unwrap();
    assert_eq!(nights.iter().map(Vec::len).collect::<Vec<_>>(), [JOBS_OF_A_NIGHT], "the newest says it all");
    let (account, region) = place(0, "eu-west-1");
    let first = Took { account, region, duration_ms: 900, calls: 57, ran_over_ms: 0 };
    assert_eq!(nights[0][0], first);
    assert_eq!(store.took([place(777, "eu-west-1")].into()).unwrap().len(), 2, "looked for in both");
}

#[tokio::test]
async fn what_a_large_scan_took_is_read_as_a_whole() {
    const JOBS: usize = 20_000;
    let store = Store::in_memory();
    let job = |number: usize| Job {
        id: format!("01SCAN-{number:06}"),
        scan: "01SCAN".into(),
        region: format!("region-{}", number % 20),
        account: u32::try_from(number / 20).unwrap(),
        controls: (0..200).collect(),
        state: JobState::Committed as i32,
        duration_ms: number as u64,
        calls_total: 57,
        ..Job::default()
    };
    let account = |number: usize| record::Account { id: format!("{number:012}"), ..record::Account::default() };
    let scan = Scan { accounts: (0..JOBS / 20).map(account).collect(), ..scan() };
    store.create_scan(scan, (0..JOBS).map(job).collect()).await.unwrap();
    store.finish_scan(&scan_id(), "2026-01-15T01:00:00Z", ScanEnd::Complete).await.unwrap();
    let places = (0..JOBS).map(|number| (format!("{:012}", number / 20), format!("region-{}", number % 20)));
    let places: HashSet<_> = places.collect();
    let nights = store.took(places).unwrap();
    let forecast = crate::forecast::Forecast::of(&nights);
    assert_eq!(nights[0].len(), JOBS);
    assert_eq!(forecast.needed("000000000999", "region-19"), std::time::Duration::from_millis(19_999));
}

#[tokio::test]
async fn damage_among_them_costs_few_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    night(&store, "A").await;
    drop(store);
    damage::tamper(directory.path(), DONE, |mut value| {
        value[40] ^= 1;
        value
    });
    let jobs = Store::open(directory.path()).unwrap().jobs(&"01JCC4XK9QWERTYUIOPASDFGHA".parse().unwrap()).unwrap();
    let lost = jobs.iter().filter(|job| job.problem == scans::LOST).count();
    assert_eq!((jobs.len(), lost), (JOBS_OF_A_NIGHT, 64));
}
