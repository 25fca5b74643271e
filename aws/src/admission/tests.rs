//! The admission on a paused clock: gates that close at any moment, calls that are dropped, and neighbours of every
//! kind.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;
use crate::budgets::Budget;
use crate::scope::AlwaysOpen;

const PLENTY: Budget = Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 100 };

#[derive(Clone)]
struct Door(watch::Receiver<bool>);

impl Gate for Door {
    fn is_open(&self) -> bool {
        *self.0.borrow()
    }

    fn opened(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut open = self.0.clone();
        Box::pin(async move {
            let _ = open.wait_for(|open| *open).await;
        })
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_while_the_gate_is_closed_and_nothing_is_held() {
    let admission =
        Admission::new(2, Budgets::Uniform(Budget { requests_per_second: 10.0, burst: 2.0, concurrency: 8 }));
    let (keeper, open) = watch::channel(true);
    let share = Arc::new(admission.share(2));
    let sent = Arc::new(AtomicUsize::new(0));
    let mut calls = JoinSet::new();
    for _ in 0..40 {
        let (admission, share, door, sent) =
            (admission.clone(), Arc::clone(&share), Door(open.clone()), Arc::clone(&sent));
        calls.spawn(async move {
            let lane = Arc::new(admission.lane("1", "r", "s", "o"));
            let admitted = admission.enter(&lane, &share, &door).await.unwrap();
            assert!(door.is_open());
            sent.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(30)).await;
            admitted.answered();
        });
    }
    sleep(Duration::from_millis(950)).await;
    let before = sent.load(Ordering::Relaxed);
    keeper.send_replace(false);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(sent.load(Ordering::Relaxed), before, "those that queued already wait, too");
    // Another job is not kept waiting by the one whose gate is closed.
    let other = Arc::new(admission.share(1));
    let lane = Arc::new(admission.lane("2", "r", "s", "o"));
    let neighbour = admission.enter(&lane, &other, &AlwaysOpen);
    drop(tokio::time::timeout(Duration::from_millis(1), neighbour).await.unwrap().unwrap());
    keeper.send_replace(true);
    while let Some(ended) = calls.join_next().await {
        ended.unwrap();
    }
    assert_eq!(sent.load(Ordering::Relaxed), 40);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_leave_nothing_behind() {
    let admission = Admission::new(1, Budgets::Uniform(PLENTY));
    let share = Arc::new(admission.share(1));
    let lane = Arc::new(admission.lane("1", "r", "s", "o"));
    let held = admission.enter(&lane, &share, &AlwaysOpen).await.unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(admission.enter(&lane, &share, &AlwaysOpen))).collect();
    for call in &mut waiting {
        assert!(tokio::time::timeout(Duration::from_millis(1), call).await.is_err());
    }
    // The first of those that wait is granted the slot, and dropped before it notices.
    drop(held);
    drop(waiting.remove(0));
    drop(waiting.remove(1));
    drop(waiting.remove(0).await.unwrap());
    drop(admission.enter(&lane, &share, &AlwaysOpen).await.unwrap());
}

/// How long an account needs for so many calls of KMS, beside so many accounts whose S3 is throttled.
async fn healthy_beside(throttled_accounts: usize) -> Duration {
    let admission = Admission::new(128, Budgets::Published);
    let mut neighbours = JoinSet::new();
    for account in 0..throttled_accounts {
        let share = Arc::new(admission.share(32));
        let lane = Arc::new(admission.lane(&account.to_string(), "eu-west-1", "s3", "GetBucketPolicy"));
        for _ in 0..200 {
            let (admission, share, lane) = (admission.clone(), Arc::clone(&share), Arc::clone(&lane));
            neighbours.spawn(async move {
                for _ in 0..5 {
                    let admitted = admission.enter(&lane, &share, &AlwaysOpen).await.unwrap();
                    sleep(Duration::from_millis(80)).await;
                    lane.throttled();
                    admitted.answered();
                    sleep(Duration::from_secs(20)).await;
                }
            });
        }
    }
    sleep(Duration::from_secs(5)).await;
    let started = Instant::now();
    let share = Arc::new(admission.share(32));
    let lane = Arc::new(admission.lane("healthy", "eu-west-1", "kms", "DescribeKey"));
    let mut calls = JoinSet::new();
    for _ in 0..300 {
        let (admission, share, lane) = (admission.clone(), Arc::clone(&share), Arc::clone(&lane));
        calls.spawn(async move {
            let admitted = admission.enter(&lane, &share, &AlwaysOpen).await.unwrap();
            sleep(Duration::from_millis(80)).await;
            admitted.answered();
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.unwrap();
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_throttled_service_in_24_accounts_does_not_delay_a_healthy_account() {
    let (alone, beside) = (healthy_beside(0).await, healthy_beside(24).await);
    assert!(beside <= alone.mul_f64(1.2), "{alone:?} alone, {beside:?} beside 24 throttled accounts");
}
