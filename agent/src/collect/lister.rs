//! One call of a listing: its pages, as they come. A type without a parent has one, any other one for each resource that
//! it is listed for. It must not know what becomes of the items.

use std::sync::Arc;

use plumbline_aws::partition::partition_of;
use plumbline_aws::{CallError, Pages};
use plumbline_baseline::pack::collector::{CallRegion, List};
use plumbline_baseline::{Doc, Unread, UnreadReason};

use super::arguments::{self, Input, Subject};
use super::calls::CallKey;
use super::collector::Collector;
use super::defect::defect;
use super::parents::Parent;
use super::{anywhere, joined};
use crate::path;

/// One call of a listing.
pub(super) struct Lister {
    collector: Arc<Collector>,
    list: Arc<List>,
    /// What it lists for.
    pub(super) parent: Option<Parent>,
    source: Source,
    is_first: bool,
}

enum Source {
    /// One page after the other.
    Pages(Box<Pages>),
    /// The whole answer, which others may want as well.
    Shared(Doc),
    /// The whole answer, from any Region.
    Anywhere(Doc),
    Ended,
}

/// What comes next.
pub(super) enum Next {
    /// Items; one that is unread stands for those that were not read.
    Items(Vec<Doc>),
    /// The rest was not read.
    Failed(Arc<Unread>),
    /// That was all.
    End,
}

impl Lister {
    /// A listing for one parent, or for none.
    ///
    /// # Errors
    /// When there is nothing to ask with.
    pub(super) fn new(
        collector: &Arc<Collector>,
        list: &Arc<List>,
        parent: Option<Parent>,
    ) -> Result<Self, Arc<Unread>> {
        let about = Subject { parent: parent.as_ref().map(Parent::doc), ..Subject::place(&collector.place) };
        let call = &list.call;
        let input = ready(list, arguments::resolve(&call.with, &about))?;
        let region = match &call.region {
            CallRegion::Of(path) => match ready(list, arguments::member(path, &about))? {
                Doc::String(region) => region.to_string(),
                _ => return Err(defect("the listing's Region is no text")),
            },
            CallRegion::Named(region) => region.clone(),
            CallRegion::Job | CallRegion::Any => collector.place.region.clone(),
        };
        let key = CallKey::new(&region, &call.service, &call.operation, &input);
        // What a Region answers for alone, other partitions do not have.
        let is_of_another_partition = matches!(call.region, CallRegion::Named(_))
            && partition_of(&region).is_some_and(|partition| partition.name != collector.place.partition);
        let source = if is_of_another_partition {
            Source::Ended
        } else if call.region == CallRegion::Any {
            Source::Anywhere(input)
        } else if collector.shared_lists.contains(&key) {
            Source::Shared(input)
        } else {
            Source::Pages(Box::new(collector.calls.pages(&region, &call.service, &call.operation, input)))
        };
        Ok(Self { collector: Arc::clone(collector), list: Arc::clone(list), parent, source, is_first: true })
    }

    /// The next page; hands itself back, so that many can be asked at a time.
    pub(super) async fn next(mut self) -> (Self, Next) {
        let (collector, call) = (Arc::clone(&self.collector), Arc::clone(&self.list));
        let call = &call.call;
        let answer = match &mut self.source {
            Source::Ended => return (self, Next::End),
            Source::Pages(pages) => pages.next().await,
            Source::Shared(input) => {
                let input = std::mem::take(input);
                self.source = Source::Ended;
                whole(collector.calls.fetch(&collector.place.region, &call.service, &call.operation, input).await)
            }
            Source::Anywhere(input) => {
                let input = std::mem::take(input);
                self.source = Source::Ended;
                whole(anywhere::fetch(&collector, &call.service, &call.operation, &input).await)
            }
        };
        let next = match answer {
            None => Next::End,
            Some(Ok(page)) => Next::Items(path::take_items(page, &self.list.items)),
            Some(Err(error)) => self.failed(&error),
        };
        self.is_first = false;
        if !matches!(next, Next::Items(_)) {
            self.source = Source::Ended;
        }
        (self, next)
    }

    fn failed(&self, error: &CallError) -> Next {
        if self.is_first && error.is_one_of(&self.list.absent) {
            return Next::End;
        }
        let unread = error.unread();
        Next::Failed(if self.is_first { Arc::new(unread) } else { joined::partial(&unread) })
    }
}

fn whole(answer: Result<Arc<Doc>, Arc<CallError>>) -> Option<Result<Doc, CallError>> {
    Some(match answer {
        Ok(answer) => Ok(Doc::clone(&answer)),
        Err(error) => Err(CallError::clone(&error)),
    })
}

fn ready(list: &List, input: Input) -> Result<Doc, Arc<Unread>> {
    match input {
        Input::Ready(doc) => Ok(doc),
        Input::Unread(unread) => Err(unread),
        Input::Nothing(path) => {
            let detail = format!("there is no {path} to ask with");
            Err(Arc::new(Unread::new(UnreadReason::NotAsked, list.call.name(), detail)))
        }
    }
}
