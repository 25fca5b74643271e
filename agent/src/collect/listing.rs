//! All resources of one type: pages as they come, items completed at the same time, and whether that was everything.

use std::sync::Arc;

use plumbline_aws::CallError;
use plumbline_baseline::pack::collector::{CallRegion, List};
use plumbline_baseline::resource::{Gone, Listing, Resource};
use plumbline_baseline::{Doc, Map, Unread};
use tokio::task::JoinSet;

use super::arguments::{self, Input, Subject};
use super::calls::CallKey;
use super::collector::Collector;
use super::work::TypeWork;
use super::{anywhere, generic, item, joined, weight};
use crate::path;

/// Items in completion at a time; the next page waits while there are more. Calls have a bound of their own.
const ITEMS_IN_FLIGHT: usize = 128;

/// Collects a type.
pub(crate) async fn collect(collector: Arc<Collector>, work: Arc<TypeWork>) -> Listing {
    let mut assembly = Assembly::new(collector, work);
    match assembly.work.list().cloned() {
        None => assembly.add(Doc::Map(Map::new())).await,
        Some(list) => assembly.list(&list).await,
    }
    assembly.finish().await
}

/// A listing in the making.
struct Assembly {
    collector: Arc<Collector>,
    work: Arc<TypeWork>,
    running: JoinSet<Result<Resource, Gone>>,
    items: Vec<Resource>,
    gone: Vec<Gone>,
    unread: Option<Arc<Unread>>,
}

impl Assembly {
    fn new(collector: Arc<Collector>, work: Arc<TypeWork>) -> Self {
        Self { collector, work, running: JoinSet::new(), items: Vec::new(), gone: Vec::new(), unread: None }
    }

    async fn list(&mut self, list: &List) {
        let input = match arguments::resolve(&list.call.with, Subject::whole(&Doc::Null), &self.collector.place) {
            Input::Ready(input) => input,
            Input::Nothing(_) | Input::Unread(_) => {
                self.unread = Some(item::defect("the listing's arguments cannot be resolved"));
                return;
            }
        };
        if let Err(unread) = generic::is_everything(&self.collector, &self.work).await {
            self.unread = Some(unread);
            return;
        }
        let (service, operation) = (list.call.service.as_str(), list.call.operation.as_str());
        let collector = Arc::clone(&self.collector);
        if list.call.region == CallRegion::Any {
            match anywhere::fetch(&collector, service, operation, &input).await {
                Ok(answer) => self.add_page(Doc::clone(&answer), &list.items).await,
                Err(error) => self.failed(list, &error, true),
            }
            return;
        }
        let key = CallKey::new(collector.calls.region(), service, operation, &input);
        if collector.shared_lists.contains(&key) {
            match collector.calls.fetch(collector.calls.region(), service, operation, input).await {
                Ok(answer) => self.add_page(Doc::clone(&answer), &list.items).await,
                Err(error) => self.failed(list, &error, true),
            }
            return;
        }
        let mut pages = collector.calls.pages(service, operation, input);
        let mut is_first = true;
        while self.unread.is_none()
            && let Some(page) = pages.next().await
        {
            match page {
                Ok(page) => self.add_page(page, &list.items).await,
                Err(error) => self.failed(list, &error, is_first),
            }
            is_first = false;
        }
    }

    async fn add_page(&mut self, page: Doc, items: &str) {
        for item in path::take_items(page, items) {
            match item {
                Doc::Unread(unread) => self.unread = Some(unread),
                item => match generic::listed(&self.collector, &self.work, item) {
                    Ok(Some(item)) => self.add(item).await,
                    Ok(None) => {}
                    Err(unread) => self.unread = Some(joined::partial(&unread)),
                },
            }
        }
    }

    async fn add(&mut self, item: Doc) {
        if let Err(unread) = self.collector.memory.room().await {
            self.unread.get_or_insert(unread);
            return;
        }
        if self.work.is_complete_as_listed() {
            let completed = item::complete(&self.collector, &self.work, item).await;
            self.keep(completed);
            return;
        }
        let (collector, work) = (Arc::clone(&self.collector), Arc::clone(&self.work));
        self.running.spawn(async move { item::complete(&collector, &work, item).await });
        while self.running.len() > ITEMS_IN_FLIGHT {
            self.join_one().await;
        }
    }

    async fn join_one(&mut self) -> bool {
        match self.running.join_next().await {
            None => false,
            Some(Ok(completed)) => {
                self.keep(completed);
                true
            }
            Some(Err(error)) => {
                tracing::error!(%error, r#type = %self.work.declared.name, "completing an item failed");
                self.unread = Some(item::defect("completing an item failed"));
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

    fn failed(&mut self, list: &List, error: &CallError, is_first: bool) {
        if is_first && error.is_one_of(&list.absent) {
            return;
        }
        let unread = error.unread();
        self.unread = Some(if is_first { Arc::new(unread) } else { joined::partial(&unread) });
    }

    async fn finish(mut self) -> Listing {
        while self.join_one().await {}
        // Completion order is chance; reports and hashes want one order. A page that AWS repeats is one item.
        self.items.sort_by(|a, b| a.arn.cmp(&b.arn));
        self.items.dedup_by(|a, b| a.arn == b.arn && a.doc == b.doc);
        self.gone.sort_by(|a, b| a.arn.cmp(&b.arn));
        self.gone.dedup_by(|a, b| a.arn == b.arn);
        Listing { items: self.items, gone: self.gone, unread: self.unread }
    }
}
