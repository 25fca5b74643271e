//! `plumbline plan`: what a scan would do, before anything is called in member accounts.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_aws::Budgets;
use plumbline_coordinator::organization::Gap;
use plumbline_coordinator::plan::{Estimate, Plan, PlannedAccount};
use plumbline_coordinator::report::counted;
use serde::Serialize;

use crate::args::{PlanArgs, PlanFormat, ResultOptions};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::prepare::{Purpose, prepare};
use crate::terminal;

/// Prints the plan.
pub(crate) async fn run(args: PlanArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let settings = Settings::resolve(args.options, ResultOptions::default(), data_dir)?;
    let pack = Pack::load(&settings.pack)?;
    let cloud = Cloud::from_env(settings.endpoint_url.as_deref()).await?;
    let plan = prepare(&cloud, &settings, &pack, Purpose::Look).await?;
    let shown = Shown::of(&plan, &pack);
    terminal::print(|out| match args.format {
        PlanFormat::Text => shown.write_text(out),
        PlanFormat::Json => shown.write_json(out),
    })?;
    Ok(if plan.gaps.iter().any(Gap::leaves_out) { Outcome::Incomplete } else { Outcome::Done })
}

/// A plan as it is printed.
#[derive(Serialize)]
struct Shown<'a> {
    organization: Option<&'a str>,
    accounts: Vec<ShownAccount<'a>>,
    controls: Vec<&'a str>,
    jobs: u64,
    /// What the scan takes and costs, whatever there is in the accounts.
    at_least: ShownEstimate,
    /// What could not be read of the organization.
    gaps: Vec<ShownGap>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct ShownAccount<'a> {
    id: &'a str,
    name: &'a str,
    ou: &'a str,
    /// Empty for the caller's own credentials.
    role: &'a str,
    /// Why it is left out; null when it is scanned.
    left_out: Option<&'a str>,
    /// One job each; `aws-global` is one of them.
    regions: Vec<&'a str>,
    /// The name of its own baseline; null where it has what the scan has.
    baseline: Option<&'a str>,
    /// Controls of it.
    controls: u64,
    /// Calls that are made in it whatever there is.
    calls: u64,
}

#[derive(Serialize)]
struct ShownEstimate {
    calls: u64,
    operations: usize,
    /// With as many jobs at a time as `scan` runs, at an assumed time a call.
    seconds: u64,
    /// For requests that AWS bills, by its list prices.
    dollars: f64,
}

#[derive(Serialize)]
struct ShownGap {
    code: &'static str,
    text: String,
}

impl<'a> Shown<'a> {
    fn of(plan: &'a Plan, pack: &Pack) -> Self {
        let mut regions: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for job in &plan.jobs {
            regions.entry(job.account).or_default().push(job.region.as_str());
        }
        let calls = Estimate::calls_by_account(plan, pack.inner());
        let account = |(index, planned): (usize, &'a PlannedAccount)| ShownAccount {
            id: planned.account.id.as_str(),
            name: &planned.account.name,
            ou: planned.account.ou_path(),
            role: &planned.role_arn,
            left_out: planned.skipped.as_deref(),
            regions: regions.remove(&index).unwrap_or_default(),
            baseline: Some(&*plan.baselines[planned.baseline].name).filter(|_| planned.baseline > 0),
            controls: plan.baselines[planned.baseline].controls.len() as u64,
            calls: calls[index],
        };
        let accounts = plan.accounts.iter().enumerate().map(account).collect();
        let Estimate { calls, operations, time, dollars } = Estimate::of(plan, pack.inner(), Budgets::Published);
        let at_least = ShownEstimate { calls, operations, seconds: time.as_secs(), dollars };
        Self {
            organization: plan.organization.as_deref(),
            accounts,
            controls: plan.control_ids().into_iter().collect(),
            jobs: plan.jobs.len() as u64,
            at_least,
            gaps: plan.gaps.iter().map(|gap| ShownGap { code: gap.code(), text: gap.to_string() }).collect(),
            notes: &plan.notes,
        }
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        for gap in &self.gaps {
            writeln!(out, "INCOMPLETE: {}", terminal::safe(&gap.text))?;
        }
        for account in &self.accounts {
            let what = match (account.left_out, account.regions.is_empty()) {
                (Some(reason), _) => format!("left out: {reason}"),
                (None, true) => "nothing to do in the selected Regions".to_owned(),
                (None, false) => account.regions.join(" "),
            };
            let own = match account.baseline {
                Some(name) => {
                    let controls = counted(account.controls, "control");
                    format!(" (baseline {name}: {controls}, at least {} calls)", account.calls)
                }
                None => String::new(),
            };
            let role = if account.role.is_empty() { "own credentials" } else { account.role };
            let ShownAccount { id, name, ou, .. } = account;
            writeln!(out, "{}", terminal::safe(format!("{id} {name} ({ou}) as {role}: {what}{own}")))?;
        }
        let ShownEstimate { calls, operations, seconds, dollars } = self.at_least;
        let jobs = counted(self.jobs, "job");
        writeln!(out, "\n{jobs}, {}", counted(self.controls.len() as u64, "control"))?;
        writeln!(out, "at least {calls} API calls of {operations} operations, and more for each resource found")?;
        writeln!(out, "estimate: at least {}, and ${dollars:.2} of AWS's list prices", duration(seconds))
    }
}

/// In the unit that a person would use.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_unit_that_a_person_would_use() {
        assert_eq!([0, 119, 120, 7_199, 7_260].map(duration), ["0 s", "119 s", "2 min", "119 min", "2 h 1 min"]);
    }
}
