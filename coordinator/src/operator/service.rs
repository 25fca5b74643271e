//! The operators' side of the wire: translates, finds what is named, and hands on. Who asks, and whether
//! they may, is asked first of every call.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::ScanId;
use plumbline_identity::Trust;
use plumbline_proto::operator_v1::operator_server::{Operator, OperatorServer};
use plumbline_proto::operator_v1::watch_event::Event;
use plumbline_proto::operator_v1::{
    AddOperatorRequest, BanAgentReply, BanAgentRequest, CancelReply, CancelRequest, Ended, Figures, InfoReply,
    InfoRequest, MakeTokenRequest, ReadReply, ReadRequest, RevokeOperatorReply, RevokeOperatorRequest, RunningScan,
    ScanStarted, ScheduleReply, ScheduleRequest, StartScanRequest, TokenReply, WatchEvent, WatchRequest,
};
use tokio::sync::{Semaphore, broadcast, mpsc, oneshot};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

use super::caller::Caller;
use super::reading::{self, READERS};
use super::{Command, Pause, Refusal, Reply, Socket, members};
use crate::grpc::Beside;
use crate::progress::ScanProgress;
use crate::service::Handle;
use crate::store::record::ScanState;
use crate::store::{FindError, Store};

/// Largest request: as many accounts as an organization has.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Events that wait for whoever watches.
const EVENTS: usize = 16;
/// After a connection could not be accepted: descriptors may come free.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two looks whether the end of a scan is on disk, and how many there are at most.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const LOOKS: usize = 200;
/// Connections that wait to be served.
const WAITING: usize = 8;

/// Answers operators.
#[derive(Clone)]
pub struct Operators {
    handle: Handle,
    commands: mpsc::Sender<Command>,
    since: String,
    /// What machines that join are to trust; none where there is no deployment.
    trust: Option<Trust>,
    stop: CancellationToken,
    /// Where the store is, and who may read it from elsewhere yet.
    data_dir: Arc<PathBuf>,
    readers: Arc<Semaphore>,
}

impl Operators {
    /// Answers until `stop`; what is wanted goes to `commands`, and the store is that of `data_dir`.
    #[must_use]
    pub fn new(
        handle: Handle,
        commands: mpsc::Sender<Command>,
        since: String,
        trust: Option<Trust>,
        data_dir: &Path,
        stop: CancellationToken,
    ) -> Self {
        let (data_dir, readers) = (Arc::new(data_dir.to_owned()), Arc::new(Semaphore::new(READERS)));
        Self { handle, commands, since, trust, stop, data_dir, readers }
    }

    fn server(self) -> OperatorServer<Self> {
        OperatorServer::new(self).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// For those who come over TLS.
    #[must_use]
    pub fn over_tls(&self) -> Beside {
        let operators = self.clone();
        Beside::new(move |routes| routes.add_service(operators.clone().server()))
    }

    /// Serves those who come over the socket.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(self, socket: Socket) -> Result<(), String> {
        let stop = self.stop.clone();
        let (accepted, incoming) = mpsc::channel::<std::io::Result<_>>(WAITING);
        let accepting = async {
            loop {
                match socket.accept().await {
                    Ok(connection) => {
                        if accepted.send(Ok(connection)).await.is_err() {
                            return Ok(());
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no connection for an operator");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        let serving = Server::builder().add_service(self.server()).serve_with_incoming(ReceiverStream::new(incoming));
        tokio::select! {
            served = serving => served.map_err(|error| error.to_string()),
            accepted = accepting => accepted,
            // Whoever watches is told by the end of the connection.
            () = stop.cancelled() => Ok(()),
        }
    }
}

#[tonic::async_trait]
impl Operator for Operators {
    async fn info(&self, request: Request<InfoRequest>) -> Result<Response<InfoReply>, Status> {
        Caller::of(&request, &self.handle)?;
        let running = self
            .handle
            .running()
            .into_iter()
            .map(|(scan, progress)| RunningScan { scan: scan.to_string(), figures: Some(figures(&progress)) });
        Ok(Response::new(InfoReply {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since: self.since.clone(),
            running: running.collect(),
        }))
    }

    async fn start_scan(&self, request: Request<StartScanRequest>) -> Result<Response<ScanStarted>, Status> {
        let who = self.who_may_change(&request)?;
        let options = Box::new(request.into_inner());
        let started = self.command(|reply| Command::StartScan { options, who, reply }).await?;
        Ok(Response::new(ScanStarted { scan: started.to_string() }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchEvent, Status>> + Send>>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let caller = Caller::of(&request, &self.handle)?;
        let scan = self.find(&request.get_ref().scan)?;
        let (events, queue) = mpsc::channel(EVENTS);
        let (handle, stop) = (self.handle.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = tell(&handle, &scan, &events) => {}
                refused = caller.no_more(&handle) => drop(events.send(Err(refused)).await),
                () = stop.cancelled() => {
                    let _ = events.send(Err(Status::unavailable("the coordinator stops; it goes on with the scan when it starts again"))).await;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(queue))))
    }

    async fn cancel(&self, request: Request<CancelRequest>) -> Result<Response<CancelReply>, Status> {
        let who = self.who_may_change(&request)?;
        let scan = self.find(&request.get_ref().scan)?;
        if self.handle.progress(&scan).is_none() {
            return Err(refused(&Refusal {
                cause: format!("the scan {scan} does not run"),
                next_step: "`plumbline scans` shows what became of it".to_owned(),
                is_mistake: true,
            }));
        }
        tracing::info!(who, %scan, "an operator cancelled a scan");
        let cancelled = self.handle.cancel_for(&scan, &who).await;
        cancelled.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(Response::new(CancelReply { scan: scan.to_string() }))
    }

    async fn run_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScanStarted>, Status> {
        let (who, schedule) = (self.who_may_change(&request)?, request.into_inner().schedule);
        let started = self.command(|reply| Command::RunSchedule { schedule, who, reply }).await?;
        Ok(Response::new(ScanStarted { scan: started.to_string() }))
    }

    async fn pause_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScheduleReply>, Status> {
        self.pause(request, Pause::Begins).await
    }

    async fn resume_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScheduleReply>, Status> {
        self.pause(request, Pause::Ends).await
    }

    type ReadStream = Pin<Box<dyn Stream<Item = Result<ReadReply, Status>> + Send>>;

    async fn read(&self, request: Request<Streaming<ReadRequest>>) -> Result<Response<Self::ReadStream>, Status> {
        let caller = Caller::of(&request, &self.handle)?;
        let place = Arc::clone(&self.readers).try_acquire_owned();
        let place = place.map_err(|_| Status::resource_exhausted("too many read at once; try again"))?;
        let data_dir = Arc::clone(&self.data_dir);
        let image = tokio::task::spawn_blocking(move || Store::image(&data_dir)).await;
        let image = image.map_err(|error| Status::internal(error.to_string()))?;
        let image = image.map_err(|error| reading::failed(&error))?;
        let (replies, queue) = mpsc::channel(1);
        let (handle, stop) = (self.handle.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = reading::answer(image, request.into_inner(), &replies, place) => {}
                refused = caller.no_more(&handle) => drop(replies.send(Err(refused)).await),
                () = stop.cancelled() => drop(replies.send(Err(Status::unavailable("the coordinator stops"))).await),
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(queue))))
    }

    async fn make_token(&self, request: Request<MakeTokenRequest>) -> Result<Response<TokenReply>, Status> {
        let (who, asked) = (self.who_may_change(&request)?, request.into_inner());
        let made = members::token(&self.handle, self.trust.as_ref(), &asked.bounds, &who).await;
        made.map(|token| Response::new(TokenReply { token: token.text() })).map_err(|refusal| refused(&refusal))
    }

    async fn ban_agent(&self, request: Request<BanAgentRequest>) -> Result<Response<BanAgentReply>, Status> {
        let (who, asked) = (self.who_may_change(&request)?, request.into_inner());
        let banned = members::ban(&self.handle, &asked.agent, &who, &asked.reason).await;
        let (agent, is_new) = banned.map_err(|refusal| refused(&refusal))?;
        Ok(Response::new(BanAgentReply { agent: agent.to_string(), is_new }))
    }

    async fn add_operator(&self, request: Request<AddOperatorRequest>) -> Result<Response<TokenReply>, Status> {
        let (who, asked) = (self.who_may_admit(&request)?, request.into_inner());
        let added = members::add(&self.handle, self.trust.as_ref(), (&asked.name, &asked.role), &who).await;
        added.map(|token| Response::new(TokenReply { token: token.text() })).map_err(|refusal| refused(&refusal))
    }

    async fn revoke_operator(
        &self,
        request: Request<RevokeOperatorRequest>,
    ) -> Result<Response<RevokeOperatorReply>, Status> {
        let (who, asked) = (self.who_may_admit(&request)?, request.into_inner());
        let revoked = members::revoke(&self.handle, &asked.name, &who, &asked.reason).await;
        revoked.map(|is_new| Response::new(RevokeOperatorReply { is_new })).map_err(|refusal| refused(&refusal))
    }
}

impl Operators {
    async fn pause(&self, request: Request<ScheduleRequest>, pause: Pause) -> Result<Response<ScheduleReply>, Status> {
        let (who, schedule) = (self.who_may_change(&request)?, request.into_inner().schedule);
        self.command(|reply| Command::Pause { schedule, pause, who, reply }).await?;
        Ok(Response::new(ScheduleReply {}))
    }

    /// Hands a command on and waits for its answer.
    async fn command<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Status> {
        let stopped = || Status::unavailable("the coordinator stops");
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(|refusal| refused(&refusal))
    }

    /// Who asks for a change, as the audit log calls them. Every change that an operator makes passes here or
    /// [`Self::who_may_admit`], and is written down in the commit that does it.
    fn who_may_change<T>(&self, request: &Request<T>) -> Result<String, Status> {
        Ok(Caller::of(request, &self.handle)?.may_change()?.name)
    }

    fn who_may_admit<T>(&self, request: &Request<T>) -> Result<String, Status> {
        Ok(Caller::of(request, &self.handle)?.may_admit()?.name)
    }

    /// The scan whose id begins like this; the one that was started last, of those that run, for an empty text.
    fn find(&self, wanted: &str) -> Result<ScanId, Status> {
        let next_step = "`plumbline scans` lists all scans".to_owned();
        if wanted.is_empty() {
            let newest = self.handle.running().into_iter().next_back();
            let cause = "no scan runs".to_owned();
            return newest
                .map(|(scan, _)| scan)
                .ok_or_else(|| refused(&Refusal { cause, next_step, is_mistake: true }));
        }
        self.handle.store().find(wanted).map_err(|error| match error {
            FindError::Store(error) => Status::unavailable(format!("the store failed: {error}\n{next_step}")),
            other => refused(&Refusal { cause: other.to_string(), next_step, is_mistake: true }),
        })
    }
}

/// Tells of a scan until it ends, or nobody listens.
async fn tell(handle: &Handle, scan: &ScanId, events: &mpsc::Sender<Result<WatchEvent, Status>>) {
    let send = async |event| events.send(Ok(WatchEvent { event: Some(event) })).await.is_ok();
    let mut notices = handle.notices();
    if let Some(mut progress) = handle.progress(scan) {
        loop {
            let now = figures(&progress.borrow_and_update());
            if !send(Event::Figures(now)).await {
                return;
            }
            tokio::select! {
                changed = progress.changed() => if changed.is_err() { break },
                notice = notices.recv() => match notice {
                    Ok(notice) => if !send(Event::Notice(notice)).await { return },
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                },
            }
        }
    }
    let event = ending(handle, scan).await.map(|ended| WatchEvent { event: Some(Event::Ended(ended)) });
    let _ = events.send(event).await;
}

/// How a scan that does not run any more ended. Its figures go a moment before that is on disk.
async fn ending(handle: &Handle, scan: &ScanId) -> Result<Ended, Status> {
    let mut looks = 0;
    loop {
        let record = handle.store().scan(scan);
        let record = record.map_err(|error| Status::unavailable(format!("the store failed: {error}")))?;
        let record = record.unwrap_or_default();
        if record.state() != ScanState::Running || looks == LOOKS {
            return Ok(Ended { is_complete: record.state() == ScanState::Complete, problem: record.problem });
        }
        looks += 1;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn figures(progress: &ScanProgress) -> Figures {
    Figures {
        accounts_done: progress.accounts_done,
        accounts_planned: progress.accounts_planned,
        jobs_ended: progress.jobs_committed + progress.jobs_abandoned,
        jobs_planned: progress.jobs_planned,
        calls: progress.calls,
        throttles: progress.throttles,
        failures: progress.failures,
    }
}

fn refused(refusal: &Refusal) -> Status {
    let text = format!("{}\n{}", refusal.cause, refusal.next_step);
    if refusal.is_mistake { Status::invalid_argument(text) } else { Status::failed_precondition(text) }
}
