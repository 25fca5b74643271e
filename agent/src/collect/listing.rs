//! All resources of one type: pages as they come, items completed at the same time, and whether that was everything.
//!
//! A type that is listed for each resource of another one is complete when that one is, and each of its listings.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use plumbline_baseline::pack::collector::List;
use plumbline_baseline::recording::Coverage;
use plumbline_baseline::resource::{Gone, Listing, Resource};
use plumbline_baseline::{Doc, Map, Unread};
use tokio::task::JoinSet;

use super::collector::Collector;
use super::defect::defect;
use super::item::{self, Item};
use super::lister::{Lister, Next};
use super::parents::{Awaited, Parent};
use super::work::TypeWork;
use super::{aggregated, batch, generic, joined, weight};

/// Items in completion at a time; the next page waits while there are more. Calls have a bound of their own.
const ITEMS_IN_FLIGHT: usize = 128;

/// Parents whose listings are asked for at a time.
const PARENTS_AT_A_TIME: usize = 32;

/// Collects a type.
pub(crate) async fn collect(collector: Arc<Collector>, work: Arc<TypeWork>, awaited: Awaited) -> Listing {
    let mut assembly = Assembly::new(collector, work);
    match assembly.work.list().cloned().map(Arc::new) {
        None => assembly.add(Doc::Map(Map::new()), None).await,
        Some(list) if list.each.is_none() => {
            match aggregated::coverage(&assembly.collector, &assembly.work).await {
                Ok(coverage) => assembly.cover(coverage),
                Err(unread) => assembly.unread = Some(unread),
            }
            let lister = Lister::new(&assembly.collector, &list, None);
            assembly.run([lister.map_err(|unread| (0, unread))]).await;
        }
        Some(list) => assembly.families(&list, &awaited.listing().await).await,
    }
    assembly.finish().await
}

/// A listing in the making.
struct Assembly {
    collector: Arc<Collector>,
    work: Arc<TypeWork>,
    /// How many items are gathered together.
    group_size: usize,
    /// Items that wait for others to be gathered with, by parent.
    waiting: BTreeMap<usize, Vec<Item>>,
    running: JoinSet<Vec<Result<Resource, Gone>>>,
    items: Vec<Resource>,
    gone: Vec<Gone>,
    /// Why it is not complete; nothing more is asked then.
    unread: Option<Arc<Unread>>,
    /// Why the part of a parent is not complete, by its place; the parts of others are.
    of_parents: BTreeMap<usize, Arc<Unread>>,
    /// Of an aggregator's record: which accounts and Regions it covers.
    coverage: Option<Coverage>,
}

impl Assembly {
    fn new(collector: Arc<Collector>, work: Arc<TypeWork>) -> Self {
        Self {
            group_size: batch::size(&work),
            collector,
            work,
            waiting: BTreeMap::new(),
            running: JoinSet::new(),
            items: Vec::new(),
            gone: Vec::new(),
            unread: None,
            of_parents: BTreeMap::new(),
            coverage: None,
        }
    }

    /// Says of each account and Region that a record does not cover that nothing is known.
    fn cover(&mut self, coverage: Option<Coverage>) {
        let unknown = |(name, unread)| generic::unknown(&self.work, name, unread);
        let unread: Vec<Resource> = coverage.iter().flat_map(Coverage::unread).map(unknown).collect();
        unread.into_iter().for_each(|resource| self.keep(Ok(resource)));
        self.coverage = coverage;
    }

    /// Takes an item of the listing, unless it is of a record that cannot be relied on.
    async fn take(&mut self, item: Doc, parent: Option<Parent>) {
        match self.coverage.as_ref().map_or(Ok(()), |coverage| coverage.has(&item)) {
            Ok(()) => self.add(item, parent).await,
            Err(unread) => {
                let name = generic::name(&self.collector, &self.work, &item);
                self.keep(Ok(generic::unknown(&self.work, name, &unread)));
            }
        }
    }

    /// Lists for each resource of a listing. One that is not complete leaves it open what else there is.
    async fn families(&mut self, list: &Arc<List>, parents: &Arc<Listing>) {
        let collector = Arc::clone(&self.collector);
        let lister = |parent: Parent| {
            let (index, arn) = (parent.index(), parent.arn().to_owned());
            Lister::new(&collector, list, Some(parent)).map_err(|unread| (index, of_parent(&unread, &arn)))
        };
        self.run(Parent::all(parents).map(lister)).await;
        if self.unread.is_none() {
            self.unread.clone_from(&parents.unread);
        }
    }

    /// Makes some listings, a few at a time.
    async fn run(&mut self, listers: impl IntoIterator<Item = Result<Lister, (usize, Arc<Unread>)>>) {
        let mut left: VecDeque<_> = listers.into_iter().collect();
        let mut asking = JoinSet::new();
        while self.unread.is_none() {
            while asking.len() < PARENTS_AT_A_TIME
                && let Some(next) = left.pop_front()
            {
                match next {
                    Ok(lister) => drop(asking.spawn(lister.next())),
                    Err((index, unread)) => drop(self.of_parents.insert(index, unread)),
                }
            }
            match asking.join_next().await {
                None => return,
                Some(Ok((lister, next))) => {
                    if self.handle(&lister, next).await {
                        asking.spawn(lister.next());
                    }
                }
                Some(Err(error)) => {
                    tracing::error!(%error, r#type = %self.work.declared.name, "listing failed");
                    self.unread = Some(defect("listing failed"));
                }
            }
        }
    }

    /// Takes what a listing gave; whether there may be more.
    async fn handle(&mut self, lister: &Lister, next: Next) -> bool {
        match next {
            Next::Items(items) => {
                for item in items {
                    match item {
                        Doc::Unread(unread) => self.failed(lister.parent.as_ref(), unread),
                        item => match generic::listed(&self.collector, &self.work, item) {
                            Ok(Some(item)) => self.take(item, lister.parent.clone()).await,
                            Ok(None) => {}
                            Err(unread) => self.failed(lister.parent.as_ref(), joined::partial(&unread)),
                        },
                    }
                }
                true
            }
            Next::Failed(unread) => {
                self.failed(lister.parent.as_ref(), unread);
                false
            }
            Next::End => {
                self.complete_waiting(place(lister.parent.as_ref())).await;
                false
            }
        }
    }

    fn failed(&mut self, parent: Option<&Parent>, unread: Arc<Unread>) {
        match parent {
            None => self.unread = Some(unread),
            Some(parent) => drop(self.of_parents.insert(parent.index(), of_parent(&unread, parent.arn()))),
        }
    }

    async fn add(&mut self, doc: Doc, parent: Option<Parent>) {
        if let Err(unread) = self.collector.memory.room().await {
            self.unread.get_or_insert(unread);
            return;
        }
        let place = place(parent.as_ref());
        let item = Item::new(&self.work, doc, parent);
        if self.work.is_complete_as_listed() {
            let completed = item::complete(&self.collector, &self.work, item).await;
            self.keep(completed);
            return;
        }
        let waiting = self.waiting.entry(place).or_default();
        waiting.push(item);
        if waiting.len() >= self.group_size {
            self.complete_waiting(place).await;
        }
    }

    /// Completes the items that wait.
    async fn complete_waiting(&mut self, place: usize) {
        let Some(group) = self.waiting.remove(&place) else { return };
        let (collector, work) = (Arc::clone(&self.collector), Arc::clone(&self.work));
        self.running.spawn(async move { complete(&collector, &work, group).await });
        while self.running.len() * self.group_size > ITEMS_IN_FLIGHT {
            self.join_one().await;
        }
    }

    async fn join_one(&mut self) -> bool {
        match self.running.join_next().await {
            None => false,
            Some(Ok(completed)) => {
                completed.into_iter().for_each(|completed| self.keep(completed));
                true
            }
            Some(Err(error)) => {
                tracing::error!(%error, r#type = %self.work.declared.name, "completing an item failed");
                self.unread = Some(defect("completing an item failed"));
                true
            }
        }
    }

    fn keep(&mut self, completed: Result<Resource, Gone>) {
        let resource = match completed {
            Ok(resource) => resource,
            Err(gone) => return self.gone.push(gone),
        };
        self.collector.memory.take(weight::weight(&resource.doc) + resource.arn.len());
        self.collector.progress.resource();
        self.items.push(resource);
    }

    async fn finish(mut self) -> Listing {
        for place in self.waiting.keys().copied().collect::<Vec<_>>() {
            self.complete_waiting(place).await;
        }
        while self.join_one().await {}
        // Completion order is chance; reports and hashes want one order. A page that AWS repeats is one item.
        self.items.sort_by(|a, b| a.arn.cmp(&b.arn));
        self.items.dedup_by(|a, b| a.arn == b.arn && a.doc == b.doc);
        self.gone.sort_by(|a, b| a.arn.cmp(&b.arn));
        self.gone.dedup_by(|a, b| a.arn == b.arn);
        let of_parts = || self.of_parents.into_values().next();
        let unread = self.unread.or_else(of_parts).or_else(|| self.coverage.and_then(|coverage| coverage.rest));
        Listing { items: self.items, gone: self.gone, unread }
    }
}

/// Completes items that are gathered together.
async fn complete(
    collector: &Arc<Collector>,
    work: &Arc<TypeWork>,
    mut group: Vec<Item>,
) -> Vec<Result<Resource, Gone>> {
    if group.len() == 1 && work.batched().next().is_none() {
        let item = group.remove(0);
        return vec![item::complete(collector, work, item).await];
    }
    let gone = batch::gather(collector, work, &mut group).await;
    let mut completed = Vec::with_capacity(group.len());
    let mut running = JoinSet::new();
    for (item, gone) in group.into_iter().zip(gone) {
        match gone {
            Some(unread) => completed.push(Err(item.gone(work, &collector.place, unread))),
            None => {
                let (collector, work) = (Arc::clone(collector), Arc::clone(work));
                running.spawn(async move { item::complete(&collector, &work, item).await });
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        // A panic goes on to the one who waits for all of them.
        completed.push(ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    completed
}

fn place(parent: Option<&Parent>) -> usize {
    parent.map_or(0, Parent::index)
}

/// Why the part of one parent is not complete.
fn of_parent(unread: &Unread, arn: &str) -> Arc<Unread> {
    let detail = if unread.detail.is_empty() { format!("of {arn}") } else { format!("of {arn}: {}", unread.detail) };
    Arc::new(Unread { detail, ..unread.clone() })
}
