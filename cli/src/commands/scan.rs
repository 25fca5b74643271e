//! `plumbline scan`: discover, plan, scan, report, in one process; or go on with a scan that did not come to its end.

use std::path::PathBuf;

use plumbline_coordinator::Subject;

use crate::args::ScanArgs;
use crate::clock;
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::governed;
use crate::operator;
use crate::pack::Pack;
use crate::preflight;
use crate::prepare::{Purpose, prepare};
use crate::resume::resumable;
use crate::run::{Scan, Task};
use crate::signals::Signals;

/// Scans what the credentials lead to.
pub(crate) async fn run(args: ScanArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let mut settings = Settings::resolve(args.options, args.result, data_dir)?;
    settings.accept_fewer_accounts = args.accept_fewer_accounts;
    let pack = Pack::load(&settings.pack)?;
    // What no scan can carry is better known before the first call.
    governed::to_carry(&settings, &pack, &clock::now()?)?;
    let store = preflight::check(&settings.data_dir, settings.output.as_deref());
    let store = operator::or_who_runs(store, &settings.data_dir).await?;
    let left = args.resume.then(|| resumable(&store, &pack)).transpose()?;
    let cloud = Cloud::from_env(settings.endpoint_url.as_deref()).await?;
    let plan;
    let task = match left {
        Some(left) => Task::Resume(left),
        None => {
            plan = prepare(&cloud, &settings, &pack, Purpose::Scan).await?;
            Task::New(&plan, Subject::Real)
        }
    };
    let scan = Scan { cloud: &cloud, task, pack: &pack, settings: &settings, store };
    let (outcome, _) = scan.run(signals).await?;
    Ok(outcome)
}
