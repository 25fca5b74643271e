//! Which connections are kept, and how many there may be: in all, and to one host. Knows nothing of sockets, so that the
//! ceilings are tested without any. A connection carries its [`Room`] for as long as it is open; the socket's owner
//! must drop both together.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many connections there may be, and how long one may be idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Open connections in all.
    pub(crate) connections: usize,
    /// Open connections to one host.
    pub(crate) per_host: usize,
    /// An idle connection is closed after this.
    pub(crate) idle: Duration,
}

impl Limits {
    /// Under half of the 1,024 descriptors that a process is given by default, and twice the calls in flight at a time.
    /// AWS closes idle connections itself after a time that differs by service: kept for seconds, hardly one is used
    /// at the moment it is closed, and one that is not used again soon is not used again.
    pub(crate) const PROCESS: Self = Self { connections: 512, per_host: 256, idle: Duration::from_secs(4) };
}

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) scheme: String,
    pub(super) authority: String,
}

/// What the pool has to know of a connection.
pub(super) trait Pooled: Send + 'static {
    /// Whether the other side still holds it open.
    fn is_open(&self) -> bool;
}

/// The right to have one connection open.
#[derive(Debug)]
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

/// The connections of a process.
pub(super) struct Pool<C> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    limits: Limits,
    rooms: Arc<Semaphore>,
    state: Mutex<State<C>>,
}

struct State<C> {
    hosts: HashMap<Origin, Host<C>>,
    /// Requests that wait for a room: what becomes free is theirs, and not kept for later.
    waiting: usize,
    is_swept: bool,
}

struct Host<C> {
    slots: Arc<Semaphore>,
    /// The one that was used last is the last.
    idle: Vec<Idle<C>>,
}

struct Idle<C> {
    connection: C,
    since: Instant,
}

/// A request's place at a host. While it is held, the host's connections are one fewer for the others.
pub(super) struct Place<C> {
    pool: Pool<C>,
    origin: Origin,
    _slot: OwnedSemaphorePermit,
}

impl<C> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<C: Pooled> Pool<C> {
    pub(super) fn new(limits: Limits) -> Self {
        let state = State { hosts: HashMap::new(), waiting: 0, is_swept: false };
        let rooms = Arc::new(Semaphore::new(limits.connections));
        Self { inner: Arc::new(Inner { limits, rooms, state: Mutex::new(state) }) }
    }

    /// Waits until the host has a connection to spare.
    pub(super) async fn place(&self, origin: Origin) -> Place<C> {
        let slots = {
            let mut state = self.inner.state();
            let per_host = self.inner.limits.per_host;
            let host = state.hosts.entry(origin.clone()).or_insert_with(|| Host::new(per_host));
            Arc::clone(&host.slots)
        };
        let slot = slots.acquire_owned().await.expect("the semaphore is never closed");
        Place { pool: self.clone(), origin, _slot: slot }
    }
}

impl<C> Host<C> {
    fn new(per_host: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(per_host)), idle: Vec::new() }
    }
}

impl<C: Pooled> Inner<C> {
    fn state(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Pooled> State<C> {
    /// Takes the connection out that has been idle for longest.
    fn oldest(&mut self) -> Option<C> {
        let host =
            self.hosts.values_mut().filter(|host| !host.idle.is_empty()).min_by_key(|host| host.idle[0].since)?;
        Some(host.idle.remove(0).connection)
    }

    /// Takes out what has been idle for that long, or was closed, and forgets hosts that nobody uses.
    fn expired(&mut self, after: Duration) -> Vec<C> {
        let now = Instant::now();
        let mut expired = Vec::new();
        self.hosts.retain(|_, host| {
            let ended = host.idle.extract_if(.., |idle| idle.since + after <= now || !idle.connection.is_open());
            expired.extend(ended.map(|idle| idle.connection));
            !host.idle.is_empty() || Arc::strong_count(&host.slots) > 1
        });
        expired
    }
}

impl<C: Pooled> Place<C> {
    /// A connection that is open already.
    pub(super) fn kept(&self) -> Option<C> {
        let mut state = self.pool.inner.state();
        let host = state.hosts.get_mut(&self.origin)?;
        std::iter::from_fn(|| host.idle.pop()).map(|idle| idle.connection).find(Pooled::is_open)
    }

    /// The right to open one. Where all are taken, the one that was idle for longest makes room.
    pub(super) async fn room(&self) -> Room {
        let inner = &self.pool.inner;
        let waiting = {
            let mut state = inner.state();
            if let Ok(permit) = Arc::clone(&inner.rooms).try_acquire_owned() {
                return Room { _permit: permit };
            }
            state.waiting += 1;
            let oldest = state.oldest();
            drop(state);
            drop(oldest);
            Waiting(inner)
        };
        let permit = Arc::clone(&inner.rooms).acquire_owned().await.expect("the semaphore is never closed");
        drop(waiting);
        Room { _permit: permit }
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(self, connection: C) {
        let inner = &self.pool.inner;
        let mut state = inner.state();
        if state.waiting > 0 || !connection.is_open() {
            drop(state);
            return;
        }
        let per_host = inner.limits.per_host;
        let host = state.hosts.entry(self.origin.clone()).or_insert_with(|| Host::new(per_host));
        host.idle.push(Idle { connection, since: Instant::now() });
        if !std::mem::replace(&mut state.is_swept, true) {
            let sweep = Sweep { inner: Arc::downgrade(inner), is_done: false };
            tokio::spawn(sweep.run(inner.limits.idle));
        }
    }
}

/// One more request that waits for a room, as long as it does: a request may be dropped while it waits.
struct Waiting<'a, C: Pooled>(&'a Inner<C>);

impl<C: Pooled> Drop for Waiting<'_, C> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// Closes idle connections in time, and ends when there are none.
struct Sweep<C: Pooled> {
    inner: Weak<Inner<C>>,
    is_done: bool,
}

impl<C: Pooled> Sweep<C> {
    async fn run(mut self, idle: Duration) {
        while !self.is_done {
            tokio::time::sleep(idle / 2).await;
            let Some(inner) = self.inner.upgrade() else { return };
            let mut state = inner.state();
            let expired = state.expired(idle);
            self.is_done = state.hosts.values().all(|host| host.idle.is_empty());
            state.is_swept = !self.is_done;
            drop(state);
            drop(expired);
        }
    }
}

/// A runtime that ends takes its sweep with it: the next one needs another.
impl<C: Pooled> Drop for Sweep<C> {
    fn drop(&mut self) {
        if let (false, Some(inner)) = (self.is_done, self.inner.upgrade()) {
            inner.state().is_swept = false;
        }
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("limits", &self.inner.limits).finish_non_exhaustive()
    }
}
