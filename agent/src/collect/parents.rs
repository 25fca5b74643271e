//! Types that others are listed for each of: whoever waits for a listing gets it whole, or the reason why there is none.
//! It must not collect.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::resource::{Listing, Resource};
use tokio::sync::watch;

use super::defect::defect;
use super::work::TypeWork;

type Announced = Option<Arc<Listing>>;

/// The listings of one job that others wait for.
#[derive(Debug)]
pub(crate) struct Parents {
    listings: HashMap<Arc<str>, watch::Receiver<Announced>>,
}

/// Who announces a listing.
#[derive(Debug)]
pub(crate) struct Herald(watch::Sender<Announced>);

impl Parents {
    /// The types that others of this work are listed for, and who announces each.
    pub(crate) fn of(work: &[Arc<TypeWork>]) -> (Self, HashMap<Arc<str>, Herald>) {
        let named: HashSet<&Arc<str>> =
            work.iter().filter_map(|work| work.declared.parent()).map(|each| &each.type_name).collect();
        let (mut listings, mut heralds) = (HashMap::new(), HashMap::new());
        for name in work.iter().map(|work| &work.declared.name).filter(|name| named.contains(name)) {
            let (sender, receiver) = watch::channel(None);
            listings.insert(Arc::clone(name), receiver);
            heralds.insert(Arc::clone(name), Herald(sender));
        }
        (Self { listings }, heralds)
    }

    /// Where the listing that a type waits for will be announced.
    pub(crate) fn awaited(&self, work: &TypeWork) -> Awaited {
        Awaited(work.declared.parent().and_then(|each| self.listings.get(&each.type_name).cloned()))
    }
}

impl Herald {
    /// Hands the listing to those that wait for it.
    pub(crate) fn announce(self, listing: &Arc<Listing>) {
        self.0.send_replace(Some(Arc::clone(listing)));
    }
}

/// A listing to wait for.
#[derive(Debug)]
pub(crate) struct Awaited(Option<watch::Receiver<Announced>>);

impl Awaited {
    /// The listing, when it is complete. One that broke, or that nobody makes, was not read.
    pub(crate) async fn listing(self) -> Arc<Listing> {
        let nothing = || Arc::new(Listing::not_read(defect("what it is listed for was not collected")));
        let Some(mut receiver) = self.0 else { return nothing() };
        match receiver.wait_for(Option::is_some).await {
            Ok(announced) => announced.clone().unwrap_or_else(nothing),
            Err(_) => nothing(),
        }
    }
}

/// One resource that another one is listed for.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    listing: Arc<Listing>,
    index: usize,
}

impl Parent {
    /// Each resource of a listing.
    pub(crate) fn all(listing: &Arc<Listing>) -> impl Iterator<Item = Self> {
        (0..listing.items.len()).map(|index| Self { listing: Arc::clone(listing), index })
    }

    /// Its place among the others.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Its document.
    pub(crate) fn doc(&self) -> &Doc {
        &self.resource().doc
    }

    /// Its name.
    pub(crate) fn arn(&self) -> &str {
        &self.resource().arn
    }

    fn resource(&self) -> &Resource {
        &self.listing.items[self.index]
    }
}
