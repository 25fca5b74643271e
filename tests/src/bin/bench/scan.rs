//! What a scan costs: the released binary against generated organizations, without latency and without quotas.

use plumbline_sim::world::Size;

use crate::run::Stage;
use crate::table;

/// Regions of every account.
const REGIONS: usize = 2;
/// Resources of each type in each account and Region.
const RESOURCES: usize = 3;

/// Prints the table for organizations of these sizes.
pub(crate) fn run(accounts: &[usize]) -> anyhow::Result<()> {
    let head =
        ["accounts", "wall", "CPU", "CPU/account", "CPU/call", "calls", "calls/s", "peak", "rows", "(simulator)"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for &accounts in accounts {
        let size = Size { accounts, regions: REGIONS, resources: RESOURCES };
        let cost = Stage::new(size, &["--repeat"])?.run(&["scan"])?;
        let (wall, cpu, calls) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64(), cost.counts.requests);
        rows.push(vec![
            accounts.to_string(),
            format!("{wall:.2} s"),
            format!("{cpu:.2} s"),
            format!("{:.1} ms", cpu * 1e3 / accounts as f64),
            format!("{:.3} ms", cost.cpu_a_call()),
            calls.to_string(),
            format!("{:.0}", calls as f64 / wall),
            format!("{:.1} MB", cost.peak as f64 / 1e6),
            cost.all_rows().to_string(),
            format!("{:.2} s", cost.simulator_cpu.as_secs_f64()),
        ]);
    }
    let title = format!("`plumbline scan`, {REGIONS} Regions an account, {RESOURCES} resources of each type in each");
    table::print(&title, &rows);
    Ok(())
}
