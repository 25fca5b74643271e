//! A whole organization with latency and AWS's quotas, on good and on bad days: the time against the longest chain that
//! the budgets allow, and what the process takes of the machine.

use std::time::Duration;

use anyhow::bail;
use plumbline_sim::world::Size;

use crate::chain::Chain;
use crate::run::{Cost, Stage};
use crate::table;

/// Milliseconds that an answer takes: 80 ± 30.
pub(crate) const LATENCY: &str = "80,30";
pub(crate) const MEAN: Duration = Duration::from_millis(80);
/// The second Region of generated organizations.
const DEAD: &str = "hang,region=eu-west-1";
/// One call in fifty: half with an error of the service, the others with a broken connection.
const FAILING: [&str; 4] = ["--fault", "500,share=0.01", "--fault", "reset,share=0.01"];
/// What the aim is about.
const WANTED: (usize, usize) = (5000, 17);

/// Prints the table for an organization of this size: on a good day, or on the days that are named.
pub(crate) fn run(size: Size, days: &[&str]) -> anyhow::Result<()> {
    let days = if days.is_empty() { &["good", "failing", "dead", "both"][..] } else { days };
    let head = [
        "day",
        "wall",
        "discovery",
        "chain",
        "ratio",
        "peak",
        "fds",
        "CPU/call",
        "calls",
        "throttled",
        "connections",
        "rows",
        "unknown",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut notes = Vec::new();
    for day in days {
        let cost = scan(size, day)?;
        let chain = Chain::of(&cost.counts, MEAN, plumbline_aws::Options::default().calls_in_flight);
        rows.push(row(day, &cost, &chain));
        notes.push(format!("{day}: chain {:?}; {}; {:?}", chain.parts(), machine(&cost), cost.rows));
        // What a dead Region costs does not grow with the organization: it is found out once.
        if !matches!(*day, "dead" | "both") {
            notes.push(extrapolation(size, &cost, &chain));
        }
    }
    let Size { accounts, regions, resources } = size;
    let title =
        format!("{accounts} accounts × {regions} Regions, {resources} of each resource, 80 ± 30 ms, quotas held");
    table::print(&title, &rows);
    notes.iter().for_each(|note| println!("  {note}"));
    Ok(())
}

fn scan(size: Size, day: &str) -> anyhow::Result<Cost> {
    let mut arguments = vec!["--repeat", "--latency", LATENCY, "--quotas"];
    match day {
        "good" => {}
        "failing" => arguments.extend(FAILING),
        "dead" => arguments.extend(["--fault", DEAD]),
        "both" => arguments.extend(["--fault", DEAD].iter().chain(&FAILING)),
        _ => bail!("`{day}` is none of: good, failing, dead, both"),
    }
    Stage::new(size, &arguments)?.run(&["scan"])
}

fn row(day: &str, cost: &Cost, chain: &Chain) -> Vec<String> {
    let counts = &cost.counts;
    let unknown: usize = cost.rows.iter().filter(|(kind, _)| kind.starts_with("UNKNOWN")).map(|(_, rows)| rows).sum();
    let discovery = Duration::from_millis(u64::from(counts.scanning.saturating_sub(counts.first)));
    vec![
        day.to_owned(),
        seconds(cost.wall),
        seconds(discovery),
        seconds(chain.whole()),
        format!("{:.2}", cost.wall.as_secs_f64() / chain.whole().as_secs_f64()),
        format!("{:.0} MB", cost.peak as f64 / 1e6),
        cost.descriptors.to_string(),
        format!("{:.3} ms", cost.cpu_a_call()),
        counts.requests.to_string(),
        counts.throttled.to_string(),
        format!("{} of {}", counts.most_connections, counts.accepted_connections),
        cost.all_rows().to_string(),
        unknown.to_string(),
    ]
}

/// How much of the machine the two processes had: near its cores, the time says something about the machine.
fn machine(cost: &Cost) -> String {
    let of = |cpu: Duration| cpu.as_secs_f64() / cost.wall.as_secs_f64();
    format!("scanner {:.2} cores, simulator {:.2} cores, exit {}", of(cost.cpu), of(cost.simulator_cpu), cost.exit)
}

/// What the full size would take, from what was measured.
fn extrapolation(size: Size, cost: &Cost, chain: &Chain) -> String {
    let (accounts, regions) = WANTED;
    let jobs = |accounts: usize, regions: usize| (accounts * (regions + 1)) as f64;
    let factor = jobs(accounts, regions) / jobs(size.accounts, size.regions);
    let calls = cost.counts.requests as f64 * factor;
    // The slowest is asked once for each account, at five a second.
    let discovery = accounts as f64 / 5.0;
    let slots = chain.slots.as_secs_f64() * factor;
    let cpu = calls * cost.cpu_a_call() / 1e3;
    let chain = discovery + slots.max(chain.place.0.as_secs_f64());
    let scanning = cost.wall.as_secs_f64() - f64::from(cost.counts.scanning - cost.counts.first) / 1e3;
    format!(
        "at {accounts} × {regions}: {factor:.0} × the jobs, so {calls:.0} calls; discovery {discovery:.0} s + calls in \
         flight {slots:.0} s: chain {chain:.0} s; time {:.0} s (discovery {discovery:.0} s + {factor:.0} × {scanning:.1} s); \
         CPU {cpu:.0} s",
        discovery + factor * scanning
    )
}

/// For a table.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
