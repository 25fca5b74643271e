//! Collecting: executes a call plan for one account and Region, and says of everything whether it was read.
//!
//! Nothing here is an error to the caller. A listing that failed, a member that was denied, an answer that does not
//! decode: each is a value in the snapshot, with its reason. It must not decide what to collect, and must not evaluate.
//!
//! In reading order: `work` (what to do), `listing` (a type), `item` (a resource), `gather` (a member), `calls` (AWS).
mod arguments;
mod arn;
mod calls;
mod decode;
mod gather;
mod item;
mod joined;
mod listing;
pub(crate) mod path;
mod place;
mod weight;
pub(crate) mod work;

use std::collections::HashSet;
use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::resource::{Listing, Snapshot};
use tokio::task::JoinSet;

use crate::progress::Progress;
use crate::redact::Redactor;
use arguments::Input;
use calls::CallKey;
pub(crate) use calls::Calls;
pub(crate) use item::defect;
pub(crate) use listing::Memory;
pub(crate) use place::Place;
use work::TypeWork;

/// Collects for one job.
pub(crate) struct Collector {
    calls: Calls,
    place: Place,
    redactor: Redactor,
    progress: Arc<Progress>,
    memory: Memory,
    /// Listings that several types, or a type and a member, have in common: fetched once, then kept.
    shared_lists: HashSet<CallKey>,
}

impl Collector {
    /// A collector for this work.
    pub(crate) fn new(
        calls: Calls,
        place: Place,
        redactor: Redactor,
        progress: Arc<Progress>,
        memory: Memory,
        work: &[Arc<TypeWork>],
    ) -> Self {
        let shared_lists = shared_lists(&place, work);
        Self { calls, place, redactor, progress, memory, shared_lists }
    }
}

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
        let broken = || Listing { items: Vec::new(), unread: Some(item::defect("collecting the type failed")) };
        snapshot.listings.entry(Arc::clone(&work.declared.name)).or_insert_with(broken);
    }
    snapshot
}

/// Collects one type.
pub(crate) async fn collect_type(collector: Arc<Collector>, work: Arc<TypeWork>) -> Listing {
    listing::collect(collector, work).await
}

fn shared_lists(place: &Place, work: &[Arc<TypeWork>]) -> HashSet<CallKey> {
    let lists = work.iter().filter_map(|work| work.list()).map(|list| &list.call);
    let members = work.iter().flat_map(|work| &work.gather).filter(|gather| gather.call.region.is_none());
    let mut seen = HashSet::new();
    let mut shared = HashSet::new();
    for call in lists.chain(members.map(|gather| &gather.call.call)) {
        if let Input::Ready(input) = arguments::resolve(&call.with, &Doc::Null, place) {
            let key = CallKey::new(&place.region, &call.service, &call.operation, &input);
            if !seen.insert(key.clone()) {
                shared.insert(key);
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests;
