//! What is kept of earlier scans: after a scan, those leave that `retention` of the configuration does not keep.

use plumbline_coordinator::report::counted;
use plumbline_coordinator::store::{Retention, Store};

use crate::clock::now;
use crate::failure::Result;
use crate::results::store_failure;
use crate::terminal::{say, say_failure};

/// Prunes after a scan. That this fails does not undo the scan.
pub(crate) async fn prune_after_scan(store: &Store, retention: Option<Retention>) {
    let Some(retention) = retention else { return };
    if let Err(failure) = prune(store, &retention).await {
        say_failure(&failure);
    }
}

async fn prune(store: &Store, retention: &Retention) -> Result<()> {
    let plan = store.plan_prune(retention).map_err(|error| store_failure(&error))?;
    let done = store.prune(&plan, &now()?).await.map_err(|error| store_failure(&error))?;
    if done.nights > 0 {
        let (gone, kept) = (counted(done.nights, "scan"), counted(plan.kept as u64, "scan"));
        say(format_args!("Pruned {gone}, as `retention` says; {kept} kept"));
    }
    Ok(())
}
