//! Places that do not answer, on a paused clock: found out once, by whoever asks first, and known to all.

use tokio::task::JoinSet;

use super::*;

/// Ten services of an account in a Region, ten calls each; whether all succeeded.
async fn job(process: &Process, account: usize, region: &'static str) -> bool {
    let account = account.to_string();
    let patience = patience();
    let send = || async {
        match region {
            "dead" => std::future::pending().await,
            _ => tokio::time::sleep(Duration::from_millis(80)).await,
        }
        Ok(())
    };
    let mut calls = Vec::new();
    for service in ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10"] {
        for _ in 0..10 {
            calls.push(process.call_in(&account, region, service, &patience, send));
        }
    }
    let ended = at_once(calls).await;
    ended.iter().all(|(result, _)| result.is_ok())
}

/// All of them at the same time.
async fn at_once<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, ended) in pinned.iter_mut().filter(|(_, ended)| ended.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *ended = Some(value);
            }
        }
        if pinned.iter().any(|(_, ended)| ended.is_none()) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(pinned.iter_mut().filter_map(|(_, ended)| ended.take()).collect())
    })
    .await
}

/// How long 400 accounts take in these two Regions, eight jobs at a time, and how many jobs were read.
async fn night(regions: [&'static str; 2]) -> (Duration, usize) {
    let process = Arc::new(Process::new(256, usize::MAX, PLENTY));
    let started = Instant::now();
    let (mut jobs, mut read) = (JoinSet::new(), 0);
    for number in 0..800 {
        if jobs.len() == 8 {
            read += usize::from(jobs.join_next().await.unwrap().unwrap());
        }
        let process = Arc::clone(&process);
        jobs.spawn(async move { job(&process, number / 2, regions[number % 2]).await });
    }
    while let Some(ended) = jobs.join_next().await {
        read += usize::from(ended.unwrap());
    }
    (started.elapsed(), read)
}

#[tokio::test(start_paused = true)]
async fn a_dead_region_of_two_costs_400_accounts_less_than_five_minutes() {
    let (well, all) = night(["alive", "well"]).await;
    let (ill, half) = night(["alive", "dead"]).await;
    assert_eq!((all, half), (800, 400), "the rows of the Region that answers are there");
    assert!(ill < well + Duration::from_secs(300), "{well:?} without, {ill:?} with the dead Region");
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_or_pause_for_a_place_that_is_given_up_end_at_once() {
    let process = Process::new(256, 256, PLENTY);
    let started = Instant::now();
    let patience = patience();
    let dead = || async { std::future::pending::<Result<(), Failure>>().await };
    let throttled = || async { Err::<(), _>(failure(ErrorClass::Throttled, Retry::Throttled(None))) };
    let hanging = (0..200).map(|_| process.call_in("1", "r", "s", &patience, dead)).collect();
    let pausing = async {
        tokio::time::sleep(Duration::from_secs(59)).await;
        let patience = Patience { attempts: 2, longest_pause: Duration::from_secs(20), ..patience.clone() };
        (process.call_in("2", "r", "s", &patience, throttled).await, started.elapsed())
    };
    let (hanging, (_, paused)) = tokio::join!(at_once(hanging), pausing);
    assert!(hanging.iter().all(|(result, _)| result.is_err()));
    assert!(paused < Duration::from_secs(125), "{paused:?}");
    assert!(started.elapsed() < Duration::from_secs(125), "{:?}", started.elapsed());
}
