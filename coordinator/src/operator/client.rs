//! The operators' end: connects, asks, and says in words what was refused.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use plumbline_identity::{Bounds, OperatorName, Role};
use plumbline_proto::operator_v1::operator_client::OperatorClient;
use plumbline_proto::operator_v1::watch_event;
use plumbline_proto::operator_v1::{
    AddOperatorRequest, BanAgentRequest, CancelRequest, Figures, InfoReply, InfoRequest, MakeTokenRequest, Opened,
    RevokeOperatorRequest, ScheduleRequest, StartScanRequest, WatchEvent, WatchRequest,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::call::{Error, Reading};
use super::{Pause, path_in};

/// A silent connection to another machine is asked after this whether it still is one, and given up after that.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes in flight: as much of the store as is asked for at a time, and more.
const WINDOW: u32 = 2 << 20;

/// Bytes to and from a coordinator elsewhere.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that somebody made.
pub type Connection = Box<dyn Stream>;

/// What runs.
pub type Info = InfoReply;

/// Something that happened to a scan.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// How far it has come.
    Figures(Figures),
    /// What somebody should know.
    Notice(String),
    /// It ended: complete, or for this reason not.
    Ended(Result<(), String>),
}

/// A connection to a coordinator.
pub struct Client(OperatorClient<Channel>);

/// What is told of a scan.
pub struct Watching(Streaming<WatchEvent>);

impl Client {
    /// Connects to the coordinator that runs on a data directory.
    ///
    /// # Errors
    /// When none does, or it is another user's.
    pub async fn connect(data_dir: &Path) -> Result<Self, Error> {
        let path = path_in(data_dir);
        let there = data_dir.display().to_string();
        // Once by hand: the channel below does not say why it could not connect.
        if let Err(error) = UnixStream::connect(&path).await {
            return Err(match error.kind() {
                std::io::ErrorKind::PermissionDenied => Error::NotAllowed(path.display().to_string()),
                _ => Error::NotThere(there),
            });
        }
        let endpoint = Endpoint::from_static("http://coordinator");
        let connect = service_fn(move |_: Uri| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        });
        let channel = endpoint.connect_with_connector(connect).await.map_err(|_| Error::NotThere(there))?;
        Ok(Self(OperatorClient::new(channel)))
    }

    /// Connects to a coordinator elsewhere, over connections that somebody else makes; `there` is what it is called.
    ///
    /// # Errors
    /// When nobody answers there, or somebody else.
    pub async fn over<C>(there: &str, connect: impl Fn() -> C + Send + 'static) -> Result<Self, Error>
    where
        C: Future<Output = std::io::Result<Connection>> + Send + 'static,
    {
        // Why it failed: the channel says only that it did.
        let why = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&why);
        let connect = service_fn(move |_: Uri| {
            let (said, connection) = (Arc::clone(&said), connect());
            async move {
                let opened = connection.await.map(TokioIo::new);
                opened.inspect_err(|error| *said.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string())
            }
        });
        let endpoint = Endpoint::from_static("http://coordinator")
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .http2_keep_alive_interval(KEEPALIVE_EVERY)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        let channel = endpoint.connect_with_connector(connect).await.map_err(|error| {
            let why = std::mem::take(&mut *why.lock().unwrap_or_else(PoisonError::into_inner));
            let why = if why.is_empty() { error.to_string() } else { why };
            Error::Unreachable { there: there.to_owned(), why }
        })?;
        Ok(Self(OperatorClient::new(channel)))
    }

    /// What runs there.
    ///
    /// # Errors
    /// When the coordinator does not answer.
    pub async fn info(&mut self) -> Result<Info, Error> {
        Ok(self.0.info(InfoRequest {}).await.map_err(|status| Error::of(&status))?.into_inner())
    }

    /// Plans and starts a scan: its id.
    ///
    /// # Errors
    /// When it cannot be planned, or the coordinator does not answer.
    pub async fn start_scan(&mut self, options: StartScanRequest) -> Result<String, Error> {
        Ok(self.0.start_scan(options).await.map_err(|status| Error::of(&status))?.into_inner().scan)
    }

    /// Watches the scan whose id begins like this; the newest that runs for an empty text.
    ///
    /// # Errors
    /// When there is none, or the coordinator does not answer.
    pub async fn watch(&mut self, scan: &str) -> Result<Watching, Error> {
        let request = WatchRequest { scan: scan.to_owned() };
        Ok(Watching(self.0.watch(request).await.map_err(|status| Error::of(&status))?.into_inner()))
    }

    /// Gives up what has not ended of a scan: its id.
    ///
    /// # Errors
    /// When it does not run, or the coordinator does not answer.
    pub async fn cancel(&mut self, scan: &str) -> Result<String, Error> {
        let request = CancelRequest { scan: scan.to_owned() };
        Ok(self.0.cancel(request).await.map_err(|status| Error::of(&status))?.into_inner().scan)
    }

    /// Starts the scan of a schedule now: its id.
    ///
    /// # Errors
    /// When there is no such schedule, its last scan runs still, or the coordinator does not answer.
    pub async fn run_schedule(&mut self, schedule: &str) -> Result<String, Error> {
        let request = ScheduleRequest { schedule: schedule.to_owned() };
        Ok(self.0.run_schedule(request).await.map_err(|status| Error::of(&status))?.into_inner().scan)
    }

    /// Lets a schedule pause, or go on.
    ///
    /// # Errors
    /// When there is no such schedule, or the coordinator does not answer.
    pub async fn pause_schedule(&mut self, schedule: &str, pause: Pause) -> Result<(), Error> {
        let request = ScheduleRequest { schedule: schedule.to_owned() };
        let done = match pause {
            Pause::Begins => self.0.pause_schedule(request).await,
            Pause::Ends => self.0.resume_schedule(request).await,
        };
        done.map(drop).map_err(|status| Error::of(&status))
    }

    /// Reads the store, as it is now: what was found, and what it is read with.
    pub(super) async fn read(mut self) -> Result<(Opened, Reading), Error> {
        let (requests, outgoing) = Reading::requests();
        let replies = self.0.read(outgoing).await.map_err(|status| Error::of(&status))?.into_inner();
        Reading::begin(requests, replies).await
    }

    /// Makes a token with which one machine can become an agent: the line that is carried there.
    ///
    /// # Errors
    /// When that is not allowed, or the coordinator does not answer.
    pub async fn make_token(&mut self, bounds: &Bounds) -> Result<String, Error> {
        let request = MakeTokenRequest { bounds: bounds.to_string() };
        Ok(self.0.make_token(request).await.map_err(|status| Error::of(&status))?.into_inner().token)
    }

    /// Bans the agent whose id begins like this: its id, and whether it was not banned before.
    ///
    /// # Errors
    /// When there is none, that is not allowed, or the coordinator does not answer.
    pub async fn ban_agent(&mut self, agent: &str, reason: &str) -> Result<(String, bool), Error> {
        let request = BanAgentRequest { agent: agent.to_owned(), reason: reason.to_owned() };
        let reply = self.0.ban_agent(request).await.map_err(|status| Error::of(&status))?.into_inner();
        Ok((reply.agent, reply.is_new))
    }

    /// Adds an operator: the token with which it joins.
    ///
    /// # Errors
    /// When that is not allowed, or the coordinator does not answer.
    pub async fn add_operator(&mut self, name: &OperatorName, role: Role) -> Result<String, Error> {
        let request = AddOperatorRequest { name: name.to_string(), role: role.to_string() };
        Ok(self.0.add_operator(request).await.map_err(|status| Error::of(&status))?.into_inner().token)
    }

    /// Revokes an operator: whether it was not revoked before.
    ///
    /// # Errors
    /// When there is none, that is not allowed, or the coordinator does not answer.
    pub async fn revoke_operator(&mut self, name: &OperatorName, reason: &str) -> Result<bool, Error> {
        let request = RevokeOperatorRequest { name: name.to_string(), reason: reason.to_owned() };
        Ok(self.0.revoke_operator(request).await.map_err(|status| Error::of(&status))?.into_inner().is_new)
    }
}

impl Watching {
    /// The next thing that happens; nothing after the end.
    ///
    /// # Errors
    /// When the coordinator goes away.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let Some(event) = self.0.message().await.map_err(|status| Error::of(&status))? else { return Ok(None) };
            return Ok(Some(match event.event {
                Some(watch_event::Event::Figures(figures)) => Event::Figures(figures),
                Some(watch_event::Event::Notice(notice)) => Event::Notice(notice),
                Some(watch_event::Event::Ended(ended)) => {
                    Event::Ended(if ended.is_complete { Ok(()) } else { Err(ended.problem) })
                }
                // Said by a newer coordinator.
                None => continue,
            }));
        }
    }
}
