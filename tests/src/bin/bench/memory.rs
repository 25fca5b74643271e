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

/// Prints a table for each of the two, as soon as it is known: the second one takes half an hour.
pub(crate) fn run() -> anyhow::Result<()> {
    let wide = Size { accounts: 64, regions: 17, resources: 10 };
    let cost = Stage::new(wide, &["--repeat", "--latency", "80,30"])?.run(&["scan"])?;
    print("64 accounts × 17 Regions, 10 of each", &cost);
    let counts = LARGE.map(|(name, count)| format!("{name}={count}"));
    let mut arguments = vec!["--repeat"];
    arguments.extend(counts.iter().flat_map(|count| ["--count", count]));
    let cost = Stage::new(Size { accounts: 1, regions: 1, resources: 3 }, &arguments)?.run(&["scan"])?;
    print("10,000 instances and functions, 5,000 buckets and roles, 100,000 log groups", &cost);
    Ok(())
}

fn print(name: &str, cost: &Cost) {
    let head = ["peak", "descriptors", "wall", "CPU", "calls", "rows"].map(str::to_owned).to_vec();
    table::print(&format!("Memory: {name}"), &[head, row(cost)]);
    println!("  {:?}", cost.rows);
}

fn row(cost: &Cost) -> Vec<String> {
    vec![
        format!("{:.0} MB", cost.peak as f64 / 1e6),
        cost.descriptors.to_string(),
        format!("{:.1} s", cost.wall.as_secs_f64()),
        format!("{:.1} s", cost.cpu.as_secs_f64()),
        cost.counts.requests.to_string(),
        cost.all_rows().to_string(),
    ]
}
