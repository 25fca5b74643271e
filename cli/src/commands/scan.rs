//! `plumbline scan`: discover, plan, scan, report, in one process.

use std::path::PathBuf;

use plumbline_coordinator::Subject;
use plumbline_coordinator::organization::Organization;
use plumbline_coordinator::plan::{self, Plan};
use plumbline_coordinator::report::counted;

use crate::args::ScanArgs;
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean};
use crate::pack::Pack;
use crate::preflight;
use crate::run::{Scan, selection};
use crate::signals::Signals;
use crate::terminal::say;

/// Scans what the credentials lead to.
pub(crate) async fn run(args: ScanArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let settings = Settings::resolve(args.options, args.result, data_dir)?;
    let pack = Pack::load(&settings.pack)?;
    let store = preflight::check(&settings.data_dir, settings.output.as_deref())?;
    let cloud = Cloud::from_env(settings.endpoint_url.as_deref()).await?;
    let organization = cloud.organization().await?;
    let plan = plan_scan(&organization, &settings, &pack)?;
    let scan = Scan { cloud: &cloud, plan: &plan, pack: &pack, settings: &settings, subject: Subject::Real, store };
    let (outcome, _) = scan.run(signals).await?;
    Ok(outcome)
}

/// Plans, and says what is going to happen.
///
/// # Errors
/// When the selection names something that does not exist, or leaves nothing to do.
pub(crate) fn plan_scan(organization: &Organization, settings: &Settings, pack: &Pack) -> Result<Plan> {
    let mut plan =
        plan::plan(organization, &selection(settings), pack.planned(settings)?).map_err(|error| refused(&error))?;
    if plan.controls.len() < pack.len() {
        plan.notes.push(format!("limited to {} of {} controls", plan.controls.len(), pack.len()));
    }
    for note in &plan.notes {
        say(format_args!("note: {note}"));
    }
    if plan.jobs.is_empty() {
        return Err(Failure::usage(
            "plan the scan",
            "nothing is left to scan",
            "widen --accounts, --ou, --regions or --controls; `plumbline plan` shows what each leaves",
        ));
    }
    let accounts = plan.accounts.iter().filter(|account| account.skipped.is_none()).count();
    say(format_args!(
        "plumbline: {}, {} (one for each Region of each account), {}",
        counted(accounts as u64, "account"),
        counted(plan.jobs.len() as u64, "job"),
        counted(plan.controls.len() as u64, "control")
    ));
    Ok(plan)
}

/// A name that leads nowhere, with what there is.
fn refused(error: &plan::Error) -> Failure {
    let (word, known, option) = match error {
        plan::Error::UnknownAccount { id, known } => (id, known, "--accounts"),
        plan::Error::UnknownUnit { name, known } => (name, known, "--ou"),
        plan::Error::UnknownRegion { name, known, .. } => (name, known, "--regions"),
    };
    let suggestion = did_you_mean(word, known.iter().map(String::as_str));
    let shown: Vec<&str> = known.iter().take(12).map(String::as_str).collect();
    let more = if known.len() > shown.len() { ", …" } else { "" };
    let next_step = format!("correct {option}; there are: {}{more}", shown.join(", "));
    Failure::usage("plan the scan", format!("{error}{suggestion}"), next_step)
}
