//! Bad neighbours: accounts whose S3 throttles everything beside a healthy one, and a Region that never answers.

use std::time::Duration;

use plumbline_sim::world::Size;

use crate::run::Stage;
use crate::table;

/// Accounts whose S3 throttles.
const THROTTLED: usize = 24;
/// The one that is well, after the management account and the throttled ones.
const HEALTHY: usize = THROTTLED + 1;

fn account(number: usize) -> String {
    format!("2{number:011}")
}

/// How long the healthy account takes alone, beside others that are well, and beside those whose S3 throttles.
pub(crate) fn throttled() -> anyhow::Result<()> {
    let size = Size { accounts: HEALTHY + 1, regions: 2, resources: 20 };
    let faults: Vec<String> =
        (1..=THROTTLED).map(|number| format!("throttle=20,service=s3,account={}", account(number))).collect();
    let calm = vec!["--repeat", "--latency", "80,30"];
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let throttling: Vec<&str> = calm.iter().copied().chain(faults).collect();
    let healthy = account(HEALTHY);
    let all = (1..=HEALTHY).map(account).collect::<Vec<_>>().join(",");
    let mut rows = vec![["", "healthy account", "ends with", "all", "calls", "throttled"].map(str::to_owned).to_vec()];
    let mut times = Vec::new();
    for (name, simulator, accounts) in [
        ("alone", &throttling, &healthy),
        ("beside 24 that are well", &calm, &all),
        ("beside 24 with a throttled S3", &throttling, &all),
    ] {
        let mut stage = Stage::new(size, simulator)?;
        let cost = stage.run(&["scan", "--accounts", accounts])?;
        let (time, last) = time_of(&mut stage, &healthy)?;
        let (calls, throttled) = (cost.counts.requests.to_string(), cost.counts.failed.to_string());
        rows.push(vec![name.to_owned(), seconds(time), last, seconds(cost.wall), calls, throttled]);
        times.push(time.as_secs_f64());
    }
    table::print("A healthy account, from its first call to its last", &rows);
    println!(
        "  beside 24 that are well {:.2}, beside 24 with a throttled S3 {:.2}",
        times[1] / times[0],
        times[2] / times[0]
    );
    Ok(())
}

/// From the first call of an account to its last, and where that one went.
fn time_of(stage: &mut Stage, account: &str) -> anyhow::Result<(Duration, String)> {
    let counts = stage.simulator.counts(account)?;
    let last = counts.spans.iter().max_by_key(|(_, (_, end))| *end).map(|(place, _)| place.clone());
    let time = Duration::from_millis(u64::from(counts.last.saturating_sub(counts.scanning)));
    Ok((time, last.unwrap_or_default()))
}

/// What one dead Region of two costs a whole organization.
pub(crate) fn dead_region(accounts: usize) -> anyhow::Result<()> {
    let size = Size { accounts, regions: 2, resources: 1 };
    let mut rows = vec![["", "wall", "calls", "hung", "rows"].map(str::to_owned).to_vec()];
    let mut walls = Vec::new();
    for (name, fault) in [("both Regions answer", None), ("one never does", Some("hang,region=eu-west-1"))] {
        let mut arguments = vec!["--repeat", "--latency", "80,30", "--quotas"];
        arguments.extend(fault.iter().flat_map(|fault| ["--fault", fault]));
        let cost = Stage::new(size, &arguments)?.run(&["scan"])?;
        walls.push(cost.wall);
        let kinds = format!("{:?}", cost.rows);
        let counts = &cost.counts;
        rows.push(vec![name.into(), seconds(cost.wall), counts.requests.to_string(), counts.failed.to_string(), kinds]);
    }
    table::print(&format!("{accounts} accounts, 2 Regions, 80 ± 30 ms, quotas held"), &rows);
    println!("  the dead Region costs {} more", seconds(walls[1].saturating_sub(walls[0])));
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
