//! What the start costs: finding out what the organization has, for the first time and again on the same day.

use plumbline_sim::world::Size;

use crate::run::Stage;
use crate::table;

/// Prints the table for an organization of this size, and what 5,000 accounts take at the same budgets.
pub(crate) fn run(accounts: usize) -> anyhow::Result<()> {
    let mut stage = Stage::new(Size { accounts, regions: 17, resources: 0 }, &["--latency", "80,30", "--quotas"])?;
    let mut rows = vec![["`plumbline plan`", "wall", "CPU", "peak", "calls", "throttled"].map(str::to_owned).to_vec()];
    let (mut calls, mut throttled) = (0, 0);
    for name in ["first", "second"] {
        let cost = stage.run(&["plan"])?;
        let counts = &cost.counts;
        rows.push(vec![
            name.to_owned(),
            format!("{:.1} s", cost.wall.as_secs_f64()),
            format!("{:.2} s", cost.cpu.as_secs_f64()),
            format!("{:.0} MB", cost.peak as f64 / 1e6),
            (counts.requests - calls).to_string(),
            (counts.throttled - throttled).to_string(),
        ]);
        (calls, throttled) = (counts.requests, counts.throttled);
        println!("  {name}: {:?}", counts.operations);
    }
    table::print(&format!("{accounts} accounts, ListRegions at 5 a second"), &rows);
    println!("  at 5,000 accounts, ListRegions alone takes 5,000 / 5 = 1,000 s the first time");
    Ok(())
}
