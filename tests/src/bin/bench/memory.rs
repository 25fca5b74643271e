//! How much memory a scan takes: many Regions and jobs at a time, and one account that is very large.

use plumbline_sim::world::Size;

use crate::run::{Cost, Stage};
use crate::table;

/// What the large account has, in its one Region.
const LARGE: [(&str, usize); 5] = [
    ("AWS::EC2::Instance", 10_000),
    ("AWS::Lambda::Function", 10_000),
    ("AWS::S3::Bucket", 5_000),
    ("AWS::IAM::Role", 5_000),
    ("AWS::Logs::LogGroup", 100_000),
];

/// Prints the table.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut rows = vec![["", "peak", "wall", "CPU", "calls", "rows"].map(str::to_owned).to_vec()];
    let wide = Size { accounts: 64, regions: 17, resources: 10 };
    let cost = Stage::new(wide, &["--repeat", "--latency", "80,30"])?.run(&["scan"])?;
    rows.push(row("64 accounts × 17 Regions, 10 of each", &cost));
    let counts = LARGE.map(|(name, count)| format!("{name}={count}"));
    let mut arguments = vec!["--repeat"];
    arguments.extend(counts.iter().flat_map(|count| ["--count", count]));
    let cost = Stage::new(Size { accounts: 1, regions: 1, resources: 3 }, &arguments)?.run(&["scan"])?;
    rows.push(row("10,000 instances and functions, 5,000 buckets and roles, 100,000 log groups", &cost));
    table::print("Memory", &rows);
    println!("  {:?}", cost.rows);
    Ok(())
}

fn row(name: &str, cost: &Cost) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("{:.0} MB", cost.peak as f64 / 1e6),
        format!("{:.1} s", cost.wall.as_secs_f64()),
        format!("{:.1} s", cost.cpu.as_secs_f64()),
        cost.counts.requests.to_string(),
        cost.all_rows().to_string(),
    ]
}
