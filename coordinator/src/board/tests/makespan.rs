//! How long a scan takes in which few jobs take most of the time: in planned order, and the longest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::forecast::{Forecast, class};
use crate::store::Took;

const ACCOUNTS: u32 = 60;
const REGIONS: [&str; 9] = ["aws-global", "r-1", "r-2", "r-3", "r-4", "r-5", "r-6", "r-7", "r-8"];
const AGENTS: usize = 2;
const CAPACITY: usize = 16;

/// A job as it is planned: its account and Region, and how many seconds it takes.
#[derive(Clone)]
struct Planned {
    account: u32,
    region: &'static str,
    seconds: u64,
}

/// One Region of each account in turn. Most jobs take seconds; some accounts do all their work in one Region.
fn plan() -> Vec<Planned> {
    let mut jobs = Vec::new();
    for region in REGIONS {
        for account in 0..ACCOUNTS {
            let seconds = match (account, region) {
                (7, "r-8") => 400,
                (31, "r-7" | "r-8") => 350,
                (50, _) => 60,
                (account, "r-3") => 10 + u64::from(account),
                _ => 3 + u64::from(account) % 4,
            };
            jobs.push(Planned { account, region, seconds });
        }
    }
    jobs
}

/// When the last one ends, on a clock of its own.
fn makespan(jobs: &[Planned]) -> u64 {
    let start = tokio::time::Instant::now().into_std();
    let mut board = super::board(&[]);
    for (number, job) in jobs.iter().enumerate() {
        board.add(id(&number.to_string()), job.account, 1, 0);
    }
    (0..AGENTS).for_each(|agent| drop(board.connect(&id(&format!("a{agent}")), 1, CAPACITY, &[])));
    let (mut running, mut now) = (BinaryHeap::new(), 0);
    loop {
        for Assignment { job, .. } in board.assign(start + Duration::from_secs(now)) {
            let seconds = jobs[job.as_str().parse::<usize>().unwrap()].seconds;
            running.push(Reverse((now + seconds, job)));
        }
        let Some(Reverse((ends, job))) = running.pop() else { return now };
        now = ends;
        board.commit(&job);
    }
}

/// As they begin when the night before took as long.
fn longest_first(mut jobs: Vec<Planned>) -> Vec<Planned> {
    let took = |job: &Planned| Took {
        account: job.account.to_string(),
        region: job.region.into(),
        duration_ms: job.seconds * 1000,
        calls: 0,
        ran_over_ms: 0,
    };
    let forecast = Forecast::of(&[jobs.iter().map(took).collect()]);
    jobs.sort_by_key(|job| Reverse(class(forecast.job(&job.account.to_string(), job.region))));
    jobs
}

#[test]
fn the_longest_first_ends_a_scan_as_early_as_it_can_end() {
    let jobs = plan();
    let work: u64 = jobs.iter().map(|job| job.seconds).sum();
    let longest = jobs.iter().map(|job| job.seconds).max().unwrap();
    let least = longest.max(work.div_ceil((AGENTS * CAPACITY) as u64));
    let (as_planned, ordered) = (makespan(&jobs), makespan(&longest_first(jobs.clone())));
    assert_eq!(ordered, least, "the longest job begins at once, and all others fit beside it");
    assert!(as_planned * 10 > ordered * 12, "{as_planned} and {ordered}");
}

#[test]
fn jobs_that_take_about_as_long_stay_in_planned_order() {
    let of_class = |jobs: &[Planned]| -> Vec<(u32, &str)> {
        let short = jobs.iter().filter(|job| (4..8).contains(&job.seconds));
        short.map(|job| (job.account, job.region)).collect()
    };
    let jobs = plan();
    let ordered = longest_first(jobs.clone());
    assert_eq!(of_class(&ordered), of_class(&jobs));
    let first: Vec<_> = ordered[..3].iter().map(|job| (job.account, job.region)).collect();
    assert_eq!(first, [(31, "r-7"), (7, "r-8"), (31, "r-8")], "400 s and 350 s are alike");
}
