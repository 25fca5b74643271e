//! `plumbline plan`: what a scan would do, before anything is called in member accounts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use plumbline_coordinator::report::counted;

use crate::args::{ResultOptions, ScanOptions};
use crate::cloud::Cloud;
use crate::commands::scan::plan_scan;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::terminal;

/// Prints the plan.
pub(crate) async fn run(options: ScanOptions, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let settings = Settings::resolve(options, ResultOptions::default(), data_dir)?;
    let pack = Pack::load(&settings.pack)?;
    let cloud = Cloud::from_env(settings.endpoint_url.as_deref()).await?;
    let organization = cloud.organization().await?;
    let plan = plan_scan(&organization, &settings, &pack)?;
    let mut regions: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for job in &plan.jobs {
        regions.entry(job.account).or_default().push(&job.region);
    }
    let (calls, operations) = pack.calls(&plan);
    terminal::print(|out| {
        for (index, planned) in plan.accounts.iter().enumerate() {
            let account = &planned.account;
            let what = match (&planned.skipped, regions.get(&index)) {
                (Some(reason), _) => format!("left out: {reason}"),
                (None, None) => "nothing to do in the selected Regions".to_owned(),
                (None, Some(regions)) => regions.join(" "),
            };
            let role = if planned.role_arn.is_empty() { "own credentials" } else { &planned.role_arn };
            let line = format!("{} {} ({}) as {role}: {what}", account.id, account.name, account.ou_path);
            writeln!(out, "{}", terminal::safe(line))?;
        }
        let (jobs, controls) = (plan.jobs.len() as u64, plan.controls.len() as u64);
        writeln!(out, "\n{}, {}", counted(jobs, "job"), counted(controls, "control"))?;
        writeln!(out, "at least {calls} API calls of {operations} operations, and more for each resource found")
    })?;
    Ok(Outcome::Done)
}
