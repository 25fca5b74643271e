//! Collecting: executes a call plan for one account and Region, and says of everything whether it was read.
//!
//! Nothing here is an error to the caller. A listing that failed, a member that was denied, an answer that does not
//! decode: each is a value in the snapshot, with its reason. It must not decide what to collect, and must not evaluate.
//!
//! In reading order: `work` (what to do), `parents` (who waits for whom), `listing` (a type), `lister` (one call of it),
//! `item` (a resource), `batch` (members of many), `gather` (a member), `index` (answers about many), `anywhere` (in which
//! Region), `calls` (AWS).
mod aggregated;
mod answering;
mod anywhere;
mod arguments;
mod arn;
mod batch;
mod calls;
mod collector;
mod decode;
mod defect;
mod gather;
mod generic;
mod index;
mod item;
mod joined;
mod lister;
mod listing;
mod parents;
mod place;
mod weight;
pub(crate) mod work;

use std::sync::Arc;

use plumbline_baseline::resource::{Listing, Snapshot};
use tokio::task::JoinSet;

pub(crate) use answering::Answering;
pub(crate) use calls::Calls;
pub(crate) use collector::Collector;
pub(crate) use defect::defect;
use parents::Parents;
pub(crate) use place::Place;
use work::TypeWork;

/// Types in the making; each ends with its listing.
pub(crate) type Collecting = JoinSet<(Arc<str>, Arc<Listing>)>;

/// Starts to collect all types at the same time; one that is listed for each resource of another waits for that one.
pub(crate) fn start(collector: &Arc<Collector>, work: &[Arc<TypeWork>]) -> Collecting {
    let (parents, mut heralds) = Parents::of(work);
    let mut running = JoinSet::new();
    for work in work {
        let (collector, work) = (Arc::clone(collector), Arc::clone(work));
        let (awaited, herald) = (parents.awaited(&work), heralds.remove(&work.declared.name));
        running.spawn(async move {
            let name = Arc::clone(&work.declared.name);
            let listing = Arc::new(listing::collect(collector, work, awaited).await);
            if let Some(herald) = herald {
                herald.announce(&listing);
            }
            (name, listing)
        });
    }
    running
}

/// Collects all types.
pub(crate) async fn collect(collector: Arc<Collector>, work: &[Arc<TypeWork>]) -> Snapshot {
    let mut running = start(&collector, work);
    let mut listings = Vec::with_capacity(work.len());
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(listing) => listings.push(listing),
            Err(error) => tracing::error!(%error, "collecting a type failed"),
        }
    }
    let mut snapshot = Snapshot::default();
    snapshot.listings.extend(listings.into_iter().map(|(name, listing)| (name, Arc::unwrap_or_clone(listing))));
    for work in work {
        let broken = || Listing::not_read(defect("collecting the type failed"));
        snapshot.listings.entry(Arc::clone(&work.declared.name)).or_insert_with(broken);
    }
    snapshot
}

#[cfg(test)]
mod tests;
