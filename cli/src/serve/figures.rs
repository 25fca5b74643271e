//! What the coordinator counts of itself: levels are looked at again and again, and what ended is noted when it ends.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::Duration;

use plumbline_coordinator::plan::Plan;
use plumbline_coordinator::report::{Digest, Problem, ScanState, ScanSummary};
use plumbline_coordinator::store::{Store, room};
use plumbline_telemetry::catalogue::{
    ACCOUNTS, AGENTS, BUILD, COVERAGE, FREE_BYTES, JOBS, LAST_COMPLETE_SCAN, LAST_SCAN, LAST_SCAN_SECONDS, SCANS,
    SCANS_RUNNING, STORE_BYTES, UNREACHABLE,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Shared;
use crate::clock;
use crate::exit::Outcome;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(10);

/// Looks at everything again and again.
///
/// # Errors
/// Never.
pub(super) async fn keep(shared: Arc<Shared>) -> Result<(), String> {
    shared.registry.set_count(&BUILD, [env!("CARGO_PKG_VERSION")], 1);
    remember(&shared);
    loop {
        look(&shared);
        tokio::time::sleep(EVERY).await;
    }
}

/// Looks at everything once.
pub(super) fn look(shared: &Shared) {
    let registry = &shared.registry;
    let census = shared.handle.census();
    let jobs = [
        ("waiting", census.waiting),
        ("leased", census.leased),
        ("committed", census.committed),
        ("given_up", census.given_up),
    ];
    for (state, count) in jobs {
        registry.set_count(&JOBS, [state], count);
    }
    for (state, count) in [("connected", census.connected), ("draining", census.draining), ("lost", census.lost)] {
        registry.set_count(&AGENTS, [state], count);
    }
    registry.set_count(&SCANS_RUNNING, [], census.scans);
    // What cannot be looked at keeps its last figure; that the store fails is told where it is written to.
    if let Ok(file) = std::fs::metadata(Store::path_in(&shared.settings.data_dir)) {
        registry.set_count(&STORE_BYTES, [], file.size());
    }
    if let Ok(disk) = room(&shared.settings.data_dir) {
        registry.set_count(&FREE_BYTES, [], disk.free);
    }
}

/// When the last scans of earlier processes ended.
fn remember(shared: &Shared) {
    use plumbline_coordinator::store::record::ScanState;
    let Ok(scans) = shared.store.scans() else { return };
    let heads = || scans.iter().filter_map(|scan| scan.head.as_ref().ok());
    if let Some(last) = heads().filter_map(|head| seconds(&head.finished)).max() {
        shared.registry.set_count(&LAST_SCAN, [], last);
    }
    let complete = heads().filter(|head| head.state() == ScanState::Complete);
    let complete = complete.filter(|head| head.counts.is_some_and(|counts| counts.unknown == 0));
    if let Some(last) = complete.filter_map(|head| seconds(&head.finished)).max() {
        shared.registry.set_count(&LAST_COMPLETE_SCAN, [], last);
    }
}

/// A scan was planned.
pub(super) fn planned(shared: &Shared, plan: &Plan) {
    let accounts = plan.accounts.iter().filter(|account| account.skipped.is_none()).count();
    shared.registry.set_count(&ACCOUNTS, [], accounts as u64);
}

/// A scan ended, and was reported.
pub(super) fn ended(shared: &Shared, summary: &ScanSummary, digest: &Digest, outcome: Outcome) {
    let registry = &shared.registry;
    let word = match (summary.state, outcome) {
        (ScanState::Complete, Outcome::Incomplete) => "incomplete",
        (ScanState::Complete, _) => "complete",
        (ScanState::Interrupted | ScanState::Running, _) => "stopped",
    };
    registry.add(&SCANS, [word], 1);
    let unreadable = summary.accounts.iter().filter(|account| matches!(account.problem, Some(Problem::Unreadable(_))));
    registry.set_count(&UNREACHABLE, [], unreadable.count() as u64);
    let Some(now) = u64::try_from(clock::start().unix_timestamp()).ok() else { return };
    registry.set_count(&LAST_SCAN, [], now);
    if word == "complete" && digest.total.checks.undecided == 0 {
        registry.set_count(&LAST_COMPLETE_SCAN, [], now);
    }
    if let Some(started) = seconds(&summary.started) {
        registry.set_count(&LAST_SCAN_SECONDS, [], now.saturating_sub(started));
    }
    if let Some(share) = digest.total.checks.coverage() {
        registry.set(&COVERAGE, [], share);
    }
}

fn seconds(text: &str) -> Option<u64> {
    u64::try_from(OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp()).ok()
}
