//! Keeps a control stream to the coordinator open: connects, pumps messages, and connects again after a wait. It knows
//! neither what the messages mean nor when a session is good; the session tells it.

use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::{AgentMessage, CoordinatorMessage};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::backoff::Backoff;
use super::channel::Route;
use super::identity::Identity;
use crate::activity::Error;

/// Messages that may wait for the wire.
const OUTGOING: usize = 64;

/// What happens to the control stream.
#[derive(Debug)]
pub(crate) enum Event {
    /// A connection is there: say hello through it. Cancelling the token ends it, and another one is made.
    Opening(mpsc::Sender<AgentMessage>, CancellationToken),
    /// A message came.
    Message(Box<CoordinatorMessage>),
    /// The agent has another certificate: the stream is given up for one that shows it, at once.
    Renewed,
    /// The stream is gone, or could not be opened; another attempt follows.
    Lost(String),
    /// The coordinator does not want this agent; asking again does not help.
    Refused(Error),
}

/// Runs until it is dropped, until nobody listens to its events, or until the coordinator does not want this agent.
///
/// `renewed` changes when the agent has another certificate: the connection is made anew, and shows it.
pub(crate) async fn run(
    route: Route,
    identity: Identity,
    events: mpsc::Sender<Event>,
    mut renewed: watch::Receiver<u64>,
) {
    let mut backoff = Backoff::first_connect();
    loop {
        renewed.mark_unchanged();
        let ended = tokio::select! {
            ended = attempt(&route, &identity, &events) => ended,
            Ok(()) = renewed.changed() => Ended::Renewed,
        };
        let event = match ended {
            Ended::Renewed => {
                if events.send(Event::Renewed).await.is_err() {
                    return;
                }
                continue;
            }
            Ended::AfterMessages(reason) => {
                backoff = Backoff::reconnect();
                Event::Lost(reason)
            }
            Ended::WithoutAMessage(reason) => Event::Lost(reason),
            Ended::Refused(error) => {
                // The last thing that there is to say.
                let _ = events.send(Event::Refused(error)).await;
                return;
            }
            Ended::NobodyListens => return,
        };
        if events.send(event).await.is_err() {
            return;
        }
        backoff.wait().await;
    }
}

enum Ended {
    Renewed,
    AfterMessages(String),
    WithoutAMessage(String),
    Refused(Error),
    NobodyListens,
}

impl Ended {
    fn with(status: &Status, has_messages: bool) -> Self {
        let message = status.message().to_owned();
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied => Self::Refused(Error::Refused(message)),
            Code::FailedPrecondition => Self::Refused(Error::Incompatible(message)),
            Code::AlreadyExists => Self::Refused(Error::Replaced(message)),
            code => Self::of(format!("{code:?}: {message}"), has_messages),
        }
    }

    fn of(reason: String, has_messages: bool) -> Self {
        if has_messages { Self::AfterMessages(reason) } else { Self::WithoutAMessage(reason) }
    }
}

async fn attempt(route: &Route, identity: &Identity, events: &mpsc::Sender<Event>) -> Ended {
    let channel = match route.connect().await {
        Ok(channel) => channel,
        Err(error) => return Ended::WithoutAMessage(innermost(&error)),
    };
    let mut client = SessionClient::with_interceptor(channel, identity.clone())
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let (sender, outgoing) = mpsc::channel(OUTGOING);
    let reset = CancellationToken::new();
    // The hello goes out before the answer's headers come in: the coordinator waits for it.
    if events.send(Event::Opening(sender, reset.clone())).await.is_err() {
        return Ended::NobodyListens;
    }
    let opened = tokio::select! {
        opened = client.connect(ReceiverStream::new(outgoing)) => opened,
        () = reset.cancelled() => return Ended::WithoutAMessage("given up".to_owned()),
    };
    let mut incoming = match opened {
        Ok(response) => response.into_inner(),
        Err(status) => return Ended::with(&status, false),
    };
    let mut any = false;
    loop {
        let message = tokio::select! {
            message = incoming.message() => message,
            () = reset.cancelled() => return Ended::of("given up".to_owned(), any),
        };
        match message {
            Ok(Some(message)) => {
                any = true;
                if events.send(Event::Message(Box::new(message))).await.is_err() {
                    return Ended::NobodyListens;
                }
            }
            Ok(None) => return Ended::of("the coordinator ended the session".to_owned(), any),
            Err(status) => return Ended::with(&status, any),
        }
    }
}

/// The cause under all that wraps it: "connection refused" and not "transport error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
