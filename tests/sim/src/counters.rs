//! What the server counts while it runs: calls, throttled and failed ones for each account, Region and service, and
//! connections. A few bytes for each place, so that a scan of thousands of accounts can be counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

/// An account, a Region and a service, as small as they can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    account: u64,
    region: u16,
    service: u16,
}

impl Place {
    #[cfg(test)]
    pub(crate) fn of(account: u64, region: u16, service: u16) -> Self {
        Self { account, region, service }
    }
}

/// What was counted in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests.
    pub requests: u32,
    /// Of these, answered with the service's throttling error because the quota was used up.
    pub throttled: u32,
    /// Of these, hit by a fault.
    pub failed: u32,
    /// When the first one came, in milliseconds from the server's start.
    pub first: u32,
    /// When the last one came.
    pub last: u32,
}

/// Connections to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Open now.
    pub open: usize,
    /// The most that were open at once.
    pub most: usize,
    /// Accepted in all.
    pub accepted: u64,
}

/// The counters of a running server. Clones share them.
#[derive(Clone, Debug)]
pub struct Counters {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    started: Instant,
    places: Mutex<Places>,
    open: AtomicUsize,
    most: AtomicUsize,
    accepted: AtomicU64,
}

#[derive(Debug, Default)]
struct Places {
    names: Vec<String>,
    ids: HashMap<String, u16>,
    counts: HashMap<Place, Count>,
}

impl Places {
    fn id(&mut self, name: &str) -> u16 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }

    fn place(&mut self, account: &str, region: &str, service: &str) -> Place {
        Place { account: account.parse().unwrap_or(u64::MAX), region: self.id(region), service: self.id(service) }
    }
}

impl Counters {
    /// Nothing was asked yet.
    pub(crate) fn new(started: Instant) -> Self {
        let inner = Inner {
            started,
            places: Mutex::default(),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Counts a request: where it came to, and how many came there before it.
    pub(crate) fn request(&self, account: &str, region: &str, service: &str) -> (Place, u32) {
        let mut places = self.lock();
        let place = places.place(account, region, service);
        let now = u32::try_from(self.inner.started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let count = places.counts.entry(place).or_insert(Count { first: now, ..Count::default() });
        count.requests += 1;
        count.last = now;
        (place, count.requests - 1)
    }

    /// A request there was throttled.
    pub(crate) fn throttled(&self, place: Place) {
        self.lock().counts.entry(place).or_default().throttled += 1;
    }

    /// A request there was hit by a fault.
    pub(crate) fn failed(&self, place: Place) {
        self.lock().counts.entry(place).or_default().failed += 1;
    }

    /// What was counted of a service in an account and Region.
    pub fn of(&self, account: &str, region: &str, service: &str) -> Count {
        let mut places = self.lock();
        let place = places.place(account, region, service);
        places.counts.get(&place).copied().unwrap_or_default()
    }

    /// All places with their counts: account, Region, service.
    pub fn all(&self) -> Vec<((String, String, String), Count)> {
        let places = self.lock();
        let name = |id: u16| places.names[usize::from(id)].clone();
        let named = |place: &Place| (format!("{:012}", place.account), name(place.region), name(place.service));
        places.counts.iter().map(|(place, count)| (named(place), *count)).collect()
    }

    /// The connections.
    pub fn connections(&self) -> Connections {
        Connections {
            open: self.inner.open.load(Ordering::Relaxed),
            most: self.inner.most.load(Ordering::Relaxed),
            accepted: self.inner.accepted.load(Ordering::Relaxed),
        }
    }

    /// A connection was made; it counts as open until what this gives is dropped.
    pub(crate) fn connected(&self) -> Connected {
        self.inner.accepted.fetch_add(1, Ordering::Relaxed);
        let open = self.inner.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.inner.most.fetch_max(open, Ordering::Relaxed);
        Connected { inner: Arc::clone(&self.inner) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        self.inner.places.lock().expect("no code panics while it holds the counts")
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connected {
    inner: Arc<Inner>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.inner.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_where_they_came_to() {
        let counters = Counters::new(Instant::now());
        let (place, before) = counters.request("000000000042", "eu-west-1", "s3");
        assert_eq!(before, 0);
        assert_eq!(counters.request("000000000042", "eu-west-1", "s3").1, 1);
        counters.request("000000000042", "eu-west-1", "kms");
        counters.throttled(place);
        let count = counters.of("000000000042", "eu-west-1", "s3");
        assert_eq!((count.requests, count.throttled, count.failed), (2, 1, 0));
        assert_eq!(counters.of("000000000043", "eu-west-1", "s3"), Count::default());
        let all = counters.all();
        assert_eq!(all.len(), 2);
        assert!(all.contains(&(("000000000042".into(), "eu-west-1".into(), "s3".into()), count)), "{all:?}");
    }

    #[test]
    fn connections_are_open_until_they_end() {
        let counters = Counters::new(Instant::now());
        let (first, second) = (counters.connected(), counters.connected());
        drop(first);
        let third = counters.connected();
        assert_eq!(counters.connections(), Connections { open: 2, most: 2, accepted: 3 });
        drop((second, third));
        assert_eq!(counters.connections().open, 0);
    }
}
