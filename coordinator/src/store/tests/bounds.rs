//! What an attempt may deliver is bounded by its job's plan: more is refused, and nothing of it is kept.

use plumbline_proto::chunk::MAX_BYTES;

use super::*;
use crate::store::chunks::Room;

async fn granted(store: &Store) -> Holder {
    agent(store.grant(&id(), grant()).await.unwrap().unwrap().fence)
}

#[tokio::test]
async fn an_attempt_with_more_chunks_than_its_plan_has_room_for_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let (holder, bytes) = (granted(&store).await, chunk().0);
    let most = Room::of(&store.job(&id()).unwrap().unwrap()).chunks;
    assert_eq!(most, 1_024 + 25 * 64);
    for seq in [0, most - 1] {
        assert_eq!(store.put_chunk(&id(), &holder, seq, bytes.clone()).await, Ok(PutOutcome::Stored));
    }
    for seq in [most, u64::MAX] {
        let refused = store.put_chunk(&id(), &holder, seq, bytes.clone()).await;
        assert_eq!((refused, store.count_chunks()), (Ok(PutOutcome::TooMany(most)), Ok(0)), "{seq}");
    }
    // The lease goes on: whoever holds it can deliver what has room.
    assert_eq!(store.put_chunk(&id(), &holder, 0, bytes).await, Ok(PutOutcome::Stored));
    let committed = store.commit(&id(), &holder, commit(1, chunk().1)).await;
    assert!(matches!(committed, Ok(CommitOutcome::Committed(_))), "{committed:?}");
}

#[tokio::test]
async fn an_attempt_that_becomes_too_large_is_refused_before_it_is_unpacked() {
    let store = Store::in_memory();
    let job = Job { id: "01JOB".into(), scan: "01SCAN".into(), controls: vec![0], ..Job::default() };
    store.create_scan(scan(), vec![Job { state: JobState::Ready as i32, ..job.clone() }]).await.unwrap();
    let holder = granted(&store).await;
    // Two hundred bytes each, and a megabyte unpacked.
    let row = Row { control: "c".into(), status: 1, reason: "x".repeat(MAX_BYTES - 100), ..Row::default() };
    let bytes = chunk::write(&RowBatch { rows: vec![row], ..RowBatch::default() });
    assert!(bytes.len() < 300, "{}", bytes.len());
    let most = Room::of(&job).bytes;
    let chunks = most / (MAX_BYTES as u64 - 200) + 1;
    for seq in 0..chunks {
        assert_eq!(store.put_chunk(&id(), &holder, seq, bytes.clone()).await, Ok(PutOutcome::Stored));
    }
    let refused = store.commit(&id(), &holder, commit(chunks, Vec::new())).await;
    assert_eq!((refused, store.count_chunks()), (Ok(CommitOutcome::TooMuch(most)), Ok(0)));
    assert_eq!(store.job(&id()).unwrap().unwrap().state(), JobState::Leased);
}
