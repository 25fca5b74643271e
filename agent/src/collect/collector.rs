//! What the steps of one job's collecting have in common: its calls, its place, its memory. It must not know the
//! steps.

use std::collections::HashSet;
use std::sync::Arc;

use plumbline_baseline::pack::collector::CallRegion;

use super::answering::Answering;
use super::arguments::{self, Input, Subject};
use super::calls::{CallKey, Calls};
use super::index::Indexes;
use super::place::Place;
use super::work::TypeWork;
use crate::memory::Part;
use crate::progress::Progress;

/// Collects for one job.
pub(crate) struct Collector {
    pub(super) calls: Calls,
    pub(super) place: Place,
    pub(super) progress: Arc<Progress>,
    pub(super) memory: Arc<Part>,
    pub(super) answering: Arc<Answering>,
    /// Listings that several types, or a type and a member, have in common: fetched once, then kept.
    pub(super) shared_lists: HashSet<CallKey>,
    /// Answers about many resources, taken apart: fetched once, then kept.
    pub(super) indexes: Indexes,
}

impl Collector {
    /// A collector for this work.
    pub(crate) fn new(
        calls: Calls,
        place: Place,
        progress: Arc<Progress>,
        memory: Arc<Part>,
        answering: Arc<Answering>,
        work: &[Arc<TypeWork>],
    ) -> Self {
        let shared_lists = shared_lists(&place, work);
        Self { calls, place, progress, memory, answering, shared_lists, indexes: Indexes::default() }
    }
}

fn shared_lists(place: &Place, work: &[Arc<TypeWork>]) -> HashSet<CallKey> {
    let lists = work.iter().filter_map(|work| work.list()).map(|list| &list.call);
    let members = work.iter().flat_map(|work| &work.gather).filter(|gather| gather.call.joined.is_none());
    let members = members.map(|gather| &gather.call.call);
    let mut seen = HashSet::new();
    let mut shared = HashSet::new();
    for call in lists.chain(members).filter(|call| call.region == CallRegion::Job) {
        if let Input::Ready(input) = arguments::resolve(&call.with, &Subject::place(place)) {
            let key = CallKey::new(&place.region, &call.service, &call.operation, &input);
            if !seen.insert(key.clone()) {
                shared.insert(key);
            }
        }
    }
    shared
}
