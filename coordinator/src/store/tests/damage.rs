//! Damage is noticed and never served: flipped bits, swapped values, a record that takes no neighbour along.

use redb::{ReadableDatabase, ReadableTable};

use super::*;

/// Opens the file beneath the store.
fn raw(directory: &Path) -> Database {
    Database::open(Store::path_in(directory)).unwrap()
}

/// Stores under the first key of a table what a function makes of the value that is there.
pub(super) fn tamper(directory: &Path, table: Bytes, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let database = raw(directory);
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(table).unwrap();
        let (key, value) = {
            let (key, value) = table.iter().unwrap().next().unwrap().unwrap();
            (key.value().to_vec(), value.value().to_vec())
        };
        table.insert(key.as_slice(), change(value).as_slice()).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn a_value_is_whole_and_in_its_place_or_refused() {
    let mut value = sealed::seal("chunks", b"key", b"rows");
    assert_eq!(sealed::open("chunks", b"key", &value, "chunk"), Ok(&b"rows"[..]));
    assert!(sealed::open("jobs", b"key", &value, "chunk").is_err(), "another table");
    assert!(sealed::open("chunks", b"yek", &value, "chunk").is_err(), "another key");
    assert!(sealed::open("chunksk", b"ey", &value, "chunk").is_err(), "the same bytes, split elsewhere");
    for index in 0..value.len() {
        value[index] ^= 1;
        assert!(sealed::open("chunks", b"key", &value, "chunk").is_err(), "byte {index}");
        value[index] ^= 1;
    }
    assert!(sealed::open("chunks", b"key", b"short", "chunk").is_err());
}

#[tokio::test]
async fn what_lies_in_the_place_of_something_else_is_refused_and_the_rest_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let types = ["AWS::S3::Bucket", "AWS::SQS::Queue"];
    {
        let store = with_job(directory.path()).await;
        let Granted { fence, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
        let row = |of: &str| Row {
            control: "c".into(),
            status: 1,
            resource: format!("arn:of:{of}"),
            resource_type: of.into(),
            ..Row::default()
        };
        let bytes = chunk::write(&RowBatch { rows: types.map(row).into(), ..RowBatch::default() });
        let root = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
        store.put_chunk(&id(), &agent(fence), 0, bytes).await.unwrap();
        store.commit(&id(), &agent(fence), Commit { rows: 2, ..commit(1, root) }).await.unwrap();
    }
    let other = {
        let database = raw(directory.path());
        let table = database.begin_read().unwrap().open_table(remember::PRESENT).unwrap();
        table.iter().unwrap().last().unwrap().unwrap().1.value().to_vec()
    };
    tamper(directory.path(), remember::PRESENT, |_| other);
    let store = Store::open(directory.path()).unwrap();
    let job = store.job(&id()).unwrap().unwrap();
    let parts = store.parts(&job).unwrap();
    assert_eq!(parts.iter().map(|part| part.type_name.as_str()).collect::<Vec<_>>(), types);
    assert_eq!(parts[0].rows(), Err(Error::Damaged { what: "chunk of resources" }));
    assert_eq!(parts[1].rows().unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_record_fails_its_own_writes_only() {
    let directory = tempfile::tempdir().unwrap();
    {
        let job = Job { id: "02JOB".into(), scan: "01SCAN".into(), state: JobState::Ready as i32, ..Job::default() };
        with_jobs(directory.path(), vec![job]).await;
    }
    tamper(directory.path(), JOBS, |mut value| {
        value[20] ^= 1;
        value
    });
    let store = Store::create(directory.path()).unwrap();
    let healthy = StoredJob { scan: scan_id(), job: "02JOB".parse().unwrap() };
    let damaged = id();
    let (bad, good) = tokio::join!(store.grant(&damaged, grant()), store.grant(&healthy, grant()));
    assert_eq!(bad, Err(Error::Damaged { what: "job" }));
    assert!(good.unwrap().is_some());
    drop(store);
    assert_eq!(Store::open(directory.path()).unwrap().job(&healthy).unwrap().unwrap().attempt, 1);
}

#[tokio::test]
async fn a_damaged_job_record_costs_its_own_rows_only() {
    let directory = tempfile::tempdir().unwrap();
    {
        let store = Store::create(directory.path()).unwrap();
        let account = record::Account { id: "111122223333".into(), ..record::Account::default() };
        let control = |id: &str| record::Control { id: id.into(), ..record::Control::default() };
        let controls = vec![control("a"), control("b")];
        let scan = Scan { id: "01SCAN".into(), accounts: vec![account], controls, ..Scan::default() };
        let job = |id: &str, region: &str| Job {
            id: id.into(),
            scan: "01SCAN".into(),
            region: region.into(),
            controls: vec![0, 1],
            ..Job::default()
        };
        store.create_scan(scan, vec![job("01JOB", "eu-west-1"), job("02JOB", "eu-west-2")]).await.unwrap();
    }
    tamper(directory.path(), JOBS, |mut value| {
        value[20] ^= 1;
        value
    });
    let store = Store::open(directory.path()).unwrap();
    let view = crate::read::ScanView::open(&store, &scan_id()).unwrap().unwrap();
    let mut rows = Vec::new();
    view.for_each(|row| {
        rows.push(format!("{} {} {:?} {}", row.region, row.control, row.status, row.reason));
        Ok::<_, Error>(())
    })
    .unwrap();
    let lost = "Unknown scanner_error: the job's record is damaged in the store";
    let expected = [
        format!("eu-west-1 a {lost}"),
        format!("eu-west-1 b {lost}"),
        "eu-west-2 a Unknown not_run".to_owned(),
        "eu-west-2 b Unknown not_run".to_owned(),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn a_store_is_read_without_a_write_to_it_and_by_many() {
    let directory = tempfile::tempdir().unwrap();
    drop(committed(directory.path(), 3).await);
    let path = Store::path_in(directory.path());
    let before = std::fs::read(&path).unwrap();
    let (one, other) = (Store::open(directory.path()).unwrap(), Store::open(directory.path()).unwrap());
    assert_eq!(one.scans().unwrap(), other.scans().unwrap());
    assert!(one.next_epoch().await.is_err(), "it is open to be read only");
    drop((one, other));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_store_that_was_not_closed_is_repaired_and_read() {
    let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = committed(directory.path(), 3).await;
    // As a machine that goes down leaves it.
    std::fs::copy(Store::path_in(directory.path()), Store::path_in(copy.path())).unwrap();
    let read = |store: &Store| store.jobs(&scan_id()).unwrap();
    assert_eq!(read(&Store::open(copy.path()).unwrap()), read(&store));
}

#[tokio::test]
async fn damaged_pages_never_panic_where_nobody_verified_the_file() {
    let directory = tempfile::tempdir().unwrap();
    drop(committed(directory.path(), 24).await);
    let path = Store::path_in(directory.path());
    let intact = std::fs::read(&path).unwrap();
    let expected = everything(directory.path()).unwrap();
    let mut noticed = 0;
    for page in 0..intact.len() / 4096 {
        for (offset, pattern) in [(0, 0xff), (1, 0x55), (8, 0x01), (700, 0xaa)] {
            let mut bytes = intact.clone();
            bytes[page * 4096 + offset..].iter_mut().take(64).for_each(|byte| *byte ^= pattern);
            std::fs::write(&path, &bytes).unwrap();
            match everything(directory.path()) {
                Err(_) => noticed += 1,
                Ok(found) => assert_eq!(found, expected, "page {page}, {offset}"),
            }
        }
    }
    assert!(noticed > 20, "{noticed}");
}

#[tokio::test]
async fn a_damaged_fence_counter_grants_nothing() {
    let directory = tempfile::tempdir().unwrap();
    {
        let store = with_job(directory.path()).await;
        store.grant(&id(), grant()).await.unwrap();
    }
    // "fence" is the first name in the table.
    tamper(directory.path(), META, |value| sealed::seal("meta", b"other", &value[17..]));
    let store = Store::create(directory.path()).unwrap();
    assert_eq!(store.grant(&id(), grant()).await, Err(Error::Damaged { what: "counter" }));
}

#[tokio::test]
async fn a_flipped_bit_never_becomes_wrong_rows() {
    let directory = tempfile::tempdir().unwrap();
    drop(committed(directory.path(), 8).await);
    let path = Store::path_in(directory.path());
    let intact = std::fs::read(&path).unwrap();
    let expected = everything(directory.path()).unwrap();
    let (mut noticed, mut unused) = (0, 0);
    // A walk over the whole file with a stride that shares no factor with its page size.
    for trial in 0..300 {
        let bit = trial * 1_000_003 % (intact.len() * 8);
        let mut bytes = intact.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &bytes).unwrap();
        match everything(directory.path()) {
            Err(_) => noticed += 1,
            Ok(found) => {
                assert_eq!(found, expected, "bit {bit}");
                unused += 1;
            }
        }
    }
    assert!(noticed > 0 && unused > 0, "{noticed} noticed, {unused} in unused space");
}

type Everything = (Vec<Scan>, Vec<Job>, Vec<Row>);

/// All that can be read of the store.
fn everything(directory: &Path) -> Result<Everything, Error> {
    let store = Store::open(directory)?;
    let mut scans = Vec::new();
    for scan in store.scans()? {
        scans.extend(store.scan(&scan.id)?);
    }
    let jobs = store.jobs(&scan_id())?;
    if jobs.iter().any(|job| job.problem == LOST) {
        return Err(Error::Damaged { what: "job" });
    }
    let mut found = Vec::new();
    for job in &jobs {
        found.extend(rows(&store, job)?);
    }
    Ok((scans, jobs, found))
}
