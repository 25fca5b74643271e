//! A faulty network between an agent and its coordinator: it holds, delays, stalls and cuts what goes through it, one way
//! or both. Bytes are never changed and never left out of a connection that lives on: that is TCP's promise.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::store_faults::chance::Chance;

/// What the network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// As it should be.
    Open,
    /// Connections are cut, and new ones are refused.
    Cut,
    /// Nothing goes through, either way; connections stand.
    Hold,
    /// Nothing reaches the coordinator.
    HoldUp,
    /// Nothing reaches the agent.
    HoldDown,
    /// Everything takes a while.
    Slow,
    /// Stalls, and connections that break.
    Lossy,
}

/// All that is not open.
pub(super) const FAULTS: [Mode; 6] = [Mode::Cut, Mode::Hold, Mode::HoldUp, Mode::HoldDown, Mode::Slow, Mode::Lossy];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A proxy of one agent.
pub(super) struct Proxy {
    /// Where the agent connects.
    pub(super) address: SocketAddr,
    mode: watch::Sender<Mode>,
    held: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to a coordinator; the network is as it should be.
    pub(super) async fn to(coordinator: SocketAddr, seed: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mode, seen) = watch::channel(Mode::Open);
        let held = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&held);
        let accepting = tokio::spawn(async move {
            let mut number = seed;
            while let Ok((agent, _)) = listener.accept().await {
                number = number.wrapping_add(1);
                if *seen.borrow() != Mode::Cut {
                    tokio::spawn(connection(agent, coordinator, seen.clone(), Arc::clone(&counted), number));
                }
            }
        });
        Ok(Self { address, mode, held, accepting })
    }

    /// Changes the network.
    pub(super) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Pieces that were held so far.
    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(
    agent: TcpStream,
    coordinator: SocketAddr,
    mut mode: watch::Receiver<Mode>,
    held: Arc<AtomicU64>,
    seed: u64,
) {
    // What cannot be reached is refused by closing.
    let Ok(server) = TcpStream::connect(coordinator).await else { return };
    // Without it everything is slow.
    let _ = (agent.set_nodelay(true), server.set_nodelay(true));
    let ((from_agent, to_agent), (from_server, to_server)) = (agent.into_split(), server.into_split());
    let pump =
        |way, from, to| Pump { way, mode: mode.clone(), held: Arc::clone(&held), chance: Chance::new(seed), from, to };
    let (up, down) = (pump(Way::Up, from_agent, to_server), pump(Way::Down, from_server, to_agent));
    // One direction that ends takes the other along.
    tokio::select! {
        () = up.run() => {}
        () = down.run() => {}
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

struct Pump {
    way: Way,
    mode: watch::Receiver<Mode>,
    held: Arc<AtomicU64>,
    chance: Chance,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
}

impl Pump {
    async fn run(mut self) {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(length @ 1..) = self.from.read(&mut buffer).await {
            if !self.passes().await || self.to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }

    /// Waits until a piece may go on; false when the connection breaks instead.
    async fn passes(&mut self) -> bool {
        let way = self.way;
        let is_held = move |mode: &Mode| match mode {
            Mode::Hold => true,
            Mode::HoldUp => way == Way::Up,
            Mode::HoldDown => way == Way::Down,
            Mode::Open | Mode::Cut | Mode::Slow | Mode::Lossy => false,
        };
        if is_held(&self.mode.borrow()) {
            self.held.fetch_add(1, Ordering::Relaxed);
            if self.mode.wait_for(|mode| !is_held(mode)).await.is_err() {
                return false;
            }
        }
        let mode = *self.mode.borrow();
        let wait = match mode {
            Mode::Slow => 50 + self.chance.below(250),
            Mode::Lossy if self.chance.one_in(30) => return false,
            Mode::Lossy if self.chance.one_in(5) => 200 + self.chance.below(600),
            _ => return true,
        };
        tokio::time::sleep(Duration::from_millis(wait as u64)).await;
        true
    }
}
