//! The operators' side of the wire: translates, finds what is named, and hands on. Every change passes [`Operators::noted`],
//! which says who did what.

use std::pin::Pin;
use std::time::Duration;

use plumbline_baseline::ScanId;
use plumbline_proto::operator_v1::operator_server::{Operator, OperatorServer};
use plumbline_proto::operator_v1::watch_event::Event;
use plumbline_proto::operator_v1::{
    CancelReply, CancelRequest, Ended, Figures, InfoReply, InfoRequest, RunningScan, ScanStarted, ScheduleReply,
    ScheduleRequest, StartScanRequest, WatchEvent, WatchRequest,
};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::UdsConnectInfo;
use tonic::{Request, Response, Status};

use super::{Command, Pause, Refusal, Reply, Socket};
use crate::progress::ScanProgress;
use crate::service::Handle;
use crate::store::FindError;
use crate::store::record::ScanState;

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
struct Operators {
    handle: Handle,
    commands: mpsc::Sender<Command>,
    since: String,
    stop: CancellationToken,
}

/// Serves operators until `stop`.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    socket: Socket,
    handle: Handle,
    commands: mpsc::Sender<Command>,
    since: String,
    stop: CancellationToken,
) -> Result<(), String> {
    let operators = OperatorServer::new(Operators { handle, commands, since, stop: stop.clone() })
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
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
    let serving = Server::builder().add_service(operators).serve_with_incoming(ReceiverStream::new(incoming));
    tokio::select! {
        served = serving => served.map_err(|error| error.to_string()),
        accepted = accepting => accepted,
        // Whoever watches is told by the end of the connection.
        () = stop.cancelled() => Ok(()),
    }
}

#[tonic::async_trait]
impl Operator for Operators {
    async fn info(&self, _: Request<InfoRequest>) -> Result<Response<InfoReply>, Status> {
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
        let who = who(&request);
        let options = Box::new(request.into_inner());
        let detail = format!("{options:?}");
        let started = self.command(|reply| Command::StartScan { options, reply }).await?;
        self.noted(&who, "start", started.as_str(), &detail);
        Ok(Response::new(ScanStarted { scan: started.to_string() }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchEvent, Status>> + Send>>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let scan = self.find(&request.get_ref().scan)?;
        let (events, queue) = mpsc::channel(EVENTS);
        let (handle, stop) = (self.handle.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = tell(&handle, &scan, &events) => {}
                () = stop.cancelled() => {
                    let _ = events.send(Err(Status::unavailable("the coordinator stops; it goes on with the scan when it starts again"))).await;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(queue))))
    }

    async fn cancel(&self, request: Request<CancelRequest>) -> Result<Response<CancelReply>, Status> {
        let who = who(&request);
        let scan = self.find(&request.get_ref().scan)?;
        if self.handle.progress(&scan).is_none() {
            return Err(refused(&Refusal {
                cause: format!("the scan {scan} does not run"),
                next_step: "`plumbline scans` shows what became of it".to_owned(),
                is_mistake: true,
            }));
        }
        self.noted(&who, "cancel", scan.as_str(), "");
        self.handle.cancel_scan(&scan, &format!("it was cancelled by {who}")).await;
        Ok(Response::new(CancelReply { scan: scan.to_string() }))
    }

    async fn run_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScanStarted>, Status> {
        let (who, schedule) = (who(&request), request.into_inner().schedule);
        let asked = (schedule.clone(), who.clone());
        let started = self.command(|reply| Command::RunSchedule { schedule: asked.0, who: asked.1, reply }).await?;
        self.noted(&who, "run", &schedule, started.as_str());
        Ok(Response::new(ScanStarted { scan: started.to_string() }))
    }

    async fn pause_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScheduleReply>, Status> {
        self.pause(request, Pause::Begins).await
    }

    async fn resume_schedule(&self, request: Request<ScheduleRequest>) -> Result<Response<ScheduleReply>, Status> {
        self.pause(request, Pause::Ends).await
    }
}

impl Operators {
    async fn pause(&self, request: Request<ScheduleRequest>, pause: Pause) -> Result<Response<ScheduleReply>, Status> {
        let (who, schedule) = (who(&request), request.into_inner().schedule);
        let named = schedule.clone();
        self.command(|reply| Command::Pause { schedule: named, pause, reply }).await?;
        self.noted(&who, if pause == Pause::Begins { "pause" } else { "resume" }, &schedule, "");
        Ok(Response::new(ScheduleReply {}))
    }

    /// Hands a command on and waits for its answer.
    async fn command<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Status> {
        let stopped = || Status::unavailable("the coordinator stops");
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(|refusal| refused(&refusal))
    }

    /// Says who did what to what. Every change that an operator makes passes here, and nowhere else: whoever keeps a
    /// record of such things writes it here.
    fn noted(&self, who: &str, what: &str, subject: &str, detail: &str) {
        tracing::info!(who, what, subject, detail, "an operator changed something");
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

/// Who asks, as the system says.
fn who<T>(request: &Request<T>) -> String {
    let peer = request.extensions().get::<UdsConnectInfo>().and_then(|info| info.peer_cred);
    peer.map_or_else(|| "somebody".to_owned(), |peer| format!("the user with the number {}", peer.uid()))
}

fn refused(refusal: &Refusal) -> Status {
    let text = format!("{}\n{}", refusal.cause, refusal.next_step);
    if refusal.is_mistake { Status::invalid_argument(text) } else { Status::failed_precondition(text) }
}
