//! The ceilings of the pool, without sockets and on virtual time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

struct Fake {
    name: u32,
    is_open: Arc<AtomicBool>,
    _room: Room,
}

impl Pooled for Fake {
    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }
}

fn pool(connections: usize, per_host: usize) -> Pool<Fake> {
    Pool::new(Limits { connections, per_host, idle: Duration::from_secs(4) })
}

fn origin(host: &str) -> Origin {
    Origin { scheme: "https".into(), authority: host.into() }
}

async fn opened(place: &Place<Fake>, name: u32) -> Fake {
    Fake { name, is_open: Arc::new(true.into()), _room: place.room().await }
}

/// Opens a connection to a host and leaves it to the pool.
async fn leave(pool: &Pool<Fake>, host: &str, name: u32) {
    let place = pool.place(origin(host)).await;
    let connection = opened(&place, name).await;
    place.keep(connection);
}

fn is_waiting<F: Future>(future: &mut std::pin::Pin<&mut F>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.as_mut().poll(&mut context).is_pending()
}

#[tokio::test(start_paused = true)]
async fn a_connection_serves_its_own_host_again() {
    let pool = pool(8, 8);
    leave(&pool, "a", 1).await;
    assert!(pool.place(origin("b")).await.kept().is_none());
    assert_eq!(pool.place(origin("a")).await.kept().map(|kept| kept.name), Some(1));
    assert!(pool.place(origin("a")).await.kept().is_none(), "one at a time");
}

#[tokio::test(start_paused = true)]
async fn what_the_other_side_closed_is_not_used() {
    let pool = pool(8, 8);
    let place = pool.place(origin("a")).await;
    let connection = opened(&place, 1).await;
    let is_open = Arc::clone(&connection.is_open);
    place.keep(connection);
    is_open.store(false, Ordering::SeqCst);
    assert!(pool.place(origin("a")).await.kept().is_none());
    assert_eq!(pool.inner.rooms.available_permits(), 8);
}

#[tokio::test(start_paused = true)]
async fn no_host_has_more_than_its_share() {
    let pool = pool(8, 2);
    let (first, _second) = (pool.place(origin("a")).await, pool.place(origin("a")).await);
    let mut third = std::pin::pin!(pool.place(origin("a")));
    assert!(is_waiting(&mut third));
    let _other = pool.place(origin("b")).await;
    drop(first);
    third.await;
}

#[tokio::test(start_paused = true)]
async fn the_longest_idle_makes_room_when_all_are_taken() {
    let pool = pool(3, 8);
    for (name, host) in ["a", "b", "c"].into_iter().enumerate() {
        leave(&pool, host, name as u32).await;
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    let place = pool.place(origin("d")).await;
    let _fourth = opened(&place, 4).await;
    assert!(pool.place(origin("a")).await.kept().is_none(), "the oldest went");
    assert!(pool.place(origin("b")).await.kept().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_others_wait_for_is_not_kept() {
    let pool = pool(1, 8);
    let place = pool.place(origin("a")).await;
    let connection = opened(&place, 1).await;
    let other = pool.place(origin("b")).await;
    let mut room = std::pin::pin!(other.room());
    assert!(is_waiting(&mut room), "there is one connection at most");
    place.keep(connection);
    assert!(!is_waiting(&mut room), "it was closed for the other one");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_gave_up_waiting_is_not_waited_for() {
    let pool = pool(1, 8);
    let place = pool.place(origin("a")).await;
    let connection = opened(&place, 1).await;
    let other = pool.place(origin("b")).await;
    {
        let mut room = std::pin::pin!(other.room());
        assert!(is_waiting(&mut room));
    }
    place.keep(connection);
    assert!(pool.place(origin("a")).await.kept().is_some());
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_and_their_hosts_forgotten() {
    let pool = pool(8, 8);
    leave(&pool, "a", 1).await;
    leave(&pool, "b", 2).await;
    let held = pool.place(origin("b")).await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(pool.inner.rooms.available_permits(), 8);
    let hosts: Vec<String> = pool.inner.state().hosts.keys().map(|origin| origin.authority.clone()).collect();
    assert_eq!(hosts, ["b"], "only a host in use is remembered");
    assert!(!pool.inner.state().is_swept, "nothing is swept when nothing is idle");
    drop(held);
    // And it starts again.
    leave(&pool, "c", 3).await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(pool.inner.rooms.available_permits(), 8);
}

#[test]
fn a_runtime_that_ended_leaves_nothing_unswept() {
    let pool = pool(8, 8);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime().block_on(leave(&pool, "a", 1));
    runtime().block_on(async {
        leave(&pool, "a", 2).await;
        tokio::time::sleep(Duration::from_secs(7)).await;
        assert_eq!(pool.inner.rooms.available_permits(), 8);
    });
}
