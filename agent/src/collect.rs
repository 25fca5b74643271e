//! Collecting: executes a call plan for one account and Region, and says of everything whether it was read.
//!
//! Nothing here is an error to the caller. A listing that failed, a member that was denied, an answer that does not
//! decode: each is a value in the snapshot, with its reason. It must not decide what to collect, and must not evaluate.
//!
//! In reading order: `work` (what to do), `listing` (a type), `item` (a resource), `gather` (a member), `anywhere` (in
//! which Region), `calls` (AWS).
mod answering;
mod anywhere;
mod arguments;
mod arn;
mod calls;
mod collector;
mod decode;
mod gather;
mod generic;
mod item;
mod joined;
mod listing;
mod place;
mod weight;
pub(crate) mod work;

use std::sync::Arc;

use plumbline_baseline::resource::{Listing, Snapshot};
use tokio::task::JoinSet;

pub(crate) use answering::Answering;
pub(crate) use calls::Calls;
pub(crate) use collector::Collector;
pub(crate) use item::defect;
pub(crate) use place::{GLOBAL, Place};
use work::TypeWork;

/// Collects all types at the same time.
pub(crate) async fn collect(collector: Arc<Collector>, work: &[Arc<TypeWork>]) -> Snapshot {
    let mut running = JoinSet::new();
    for work in work {
        let (collector, work) = (Arc::clone(&collector), Arc::clone(work));
        running.spawn(async move { (Arc::clone(&work.declared.name), listing::collect(collector, work).await) });
    }
    let mut snapshot = Snapshot::default();
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok((name, listing)) => {
                snapshot.listings.insert(name, listing);
            }
            Err(error) => tracing::error!(%error, "collecting a type failed"),
        }
    }
    for work in work {
        let broken = || Listing::not_read(item::defect("collecting the type failed"));
        snapshot.listings.entry(Arc::clone(&work.declared.name)).or_insert_with(broken);
    }
    snapshot
}

/// Collects one type.
pub(crate) async fn collect_type(collector: Arc<Collector>, work: Arc<TypeWork>) -> Listing {
    listing::collect(collector, work).await
}

#[cfg(test)]
mod tests;
