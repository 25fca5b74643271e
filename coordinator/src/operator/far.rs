//! The other end of reading from elsewhere: what asks for bytes waits for them, as it would for a disk; a thread of its own
//! talks to the coordinator meanwhile.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use plumbline_proto::operator_v1::read_reply::Reply;
use plumbline_proto::operator_v1::read_request::Request as Asked;
use plumbline_proto::operator_v1::{Opened, Range};
use tokio::sync::mpsc;

use super::call::Error;
use super::client::Client;
use crate::store::{self, Remote, Store};

/// Why a store elsewhere cannot be read; `E` is why nobody could be connected to.
#[derive(Debug)]
pub enum NotOpened<E> {
    /// There is no connection.
    Connect(E),
    /// The coordinator does not let it be read.
    Refused(Error),
    /// What came is no store that can be read.
    Store(store::Error),
}

/// One question, and where its answer goes.
struct Ask {
    asked: Asked,
    answer: SyncSender<io::Result<Reply>>,
}

/// The store of a coordinator.
struct Far {
    opened: Opened,
    asks: mpsc::UnboundedSender<Ask>,
}

/// Opens the store of a coordinator to read it; `connect` finds that.
///
/// # Errors
/// When there is no connection, or what is there cannot be read.
pub fn open_store<C, E>(connect: impl FnOnce() -> C + Send + 'static) -> Result<Store, NotOpened<E>>
where
    C: Future<Output = Result<Client, E>>,
    E: Send + 'static,
{
    let gone = |why: &str| NotOpened::Refused(Error::Gone(why.to_owned()));
    let (asks, asked) = mpsc::unbounded_channel();
    let (sender, opened) = sync_channel(1);
    let thread = std::thread::Builder::new().name("store-reader".to_owned()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(sender.send(Err(NotOpened::Refused(Error::Gone(error.to_string()))))),
        };
        runtime.block_on(talk(connect, &sender, asked));
    });
    thread.map_err(|error| gone(&error.to_string()))?;
    let opened = opened.recv().map_err(|_| gone("its reader ended"))??;
    Store::open_elsewhere(Far { opened, asks }).map_err(NotOpened::Store)
}

async fn talk<C, E>(
    connect: impl FnOnce() -> C,
    opened: &SyncSender<Result<Opened, NotOpened<E>>>,
    mut asks: mpsc::UnboundedReceiver<Ask>,
) where
    C: Future<Output = Result<Client, E>>,
{
    let open = async {
        let client = connect().await.map_err(NotOpened::Connect)?;
        client.read().await.map_err(NotOpened::Refused)
    };
    let mut reading = match open.await {
        Ok((found, reading)) => {
            let _ = opened.send(Ok(found));
            reading
        }
        Err(error) => return drop(opened.send(Err(error))),
    };
    while let Some(Ask { asked, answer }) = asks.recv().await {
        let _ = answer.send(reading.ask(asked).await.map_err(io::Error::other));
    }
}

impl Far {
    fn ask(&self, asked: Asked) -> io::Result<Reply> {
        let gone = || io::Error::other("the connection to the coordinator ended");
        let (answer, waiting): (_, Receiver<io::Result<Reply>>) = sync_channel(1);
        self.asks.send(Ask { asked, answer }).map_err(|_| gone())?;
        waiting.recv().map_err(|_| gone())?
    }
}

impl Remote for Far {
    fn length(&self) -> u64 {
        self.opened.length
    }

    fn blocks(&self) -> u64 {
        self.opened.blocks
    }

    fn first(&self) -> &[u8] {
        &self.opened.first
    }

    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        match self.ask(Asked::Bytes(Range { offset, length }))? {
            Reply::Bytes(bytes) => Ok(bytes),
            _ => Err(io::Error::other("the coordinator answered something else")),
        }
    }

    fn is_locked(&self, offset: u64, length: u64) -> io::Result<bool> {
        match self.ask(Asked::Lock(Range { offset, length }))? {
            Reply::IsLocked(is_locked) => Ok(is_locked),
            _ => Err(io::Error::other("the coordinator answered something else")),
        }
    }
}
