//! What an earlier process left: its scans go on where they were, and one that cannot is ended with the reason.

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::ScanId;
use plumbline_coordinator::Error;
use plumbline_coordinator::store::{self, GivenUp, ScanEnd};
use plumbline_schedule::spec::Planned;
use tokio::task::JoinSet;

use super::{Shared, one_scan};
use crate::agent_id;
use crate::clock;
use crate::config::Settings;
use crate::failure::Result;
use crate::results::store_failure;
use crate::resume::obstacle;
use crate::run::coordinator_failure;
use crate::terminal::say;

/// Goes on with every scan that was running when the earlier process ended.
///
/// # Errors
/// When the store fails.
pub(super) async fn go_on(shared: &Arc<Shared>, scans: &mut JoinSet<()>) -> Result<()> {
    for scan in shared.store.running_scans().map_err(|error| store_failure(&error))? {
        let record = shared.store.scan(&scan).map_err(|error| store_failure(&error))?.unwrap_or_default();
        if let Some(why) = obstacle(&record, shared.pack.digest(), clock::start()) {
            end(shared, &scan, &why).await?;
            continue;
        }
        let external_id = shared.settings.external_id.as_deref().unwrap_or_default();
        let resumed = shared.handle.resume_scan(&scan, external_id, GivenUp::StaysSo, agent_id::was_of_coordinator);
        match resumed.await {
            Ok(()) => {}
            Err(Error::Store(error @ (store::Error::NotToResume { .. } | store::Error::Damaged { .. }))) => {
                end(shared, &scan, &error.to_string()).await?;
                continue;
            }
            Err(error) => return Err(coordinator_failure(&error)),
        }
        say(format_args!("plumbline: going on with the scan {scan} of {}", record.started));
        let (settings, deadline) = terms(shared, &scan)?;
        let shared = Arc::clone(shared);
        scans.spawn(async move { one_scan::follow(&shared, &scan, &settings, deadline).await });
    }
    Ok(())
}

async fn end(shared: &Shared, scan: &ScanId, why: &str) -> Result<()> {
    say(format_args!("plumbline: not going on with a scan of an earlier process: {why}"));
    let end = ScanEnd::Stopped(format!("its process ended, and nobody could go on with it: {why}"));
    shared.store.finish_scan(scan, &clock::now()?, end).await.map_err(|error| store_failure(&error))
}

/// How a scan is reported, and its deadline: as its schedule says, if it is one's.
fn terms(shared: &Shared, scan: &ScanId) -> Result<(Settings, Option<Duration>)> {
    let schedules = shared.store.schedules().map_err(|error| store_failure(&error))?;
    let of = schedules.into_iter().find(|schedule| schedule.state.scan == scan.as_str()).map(|schedule| schedule.name);
    let is_of = |planned: &&Planned| Some(&planned.rule.name) == of.as_ref();
    match shared.settings.service.schedules.iter().find(is_of) {
        Some(planned) => Ok((shared.settings.of_schedule(planned)?, planned.deadline)),
        None => Ok((shared.settings.clone(), None)),
    }
}
