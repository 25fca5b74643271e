//! Keeps a control stream to the coordinator open: connects, pumps messages, and connects again after a wait. It knows
//! neither what the messages mean nor when a session is good; the session tells it.

use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::{AgentMessage, CoordinatorMessage};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Endpoint;

use super::backoff::Backoff;

/// Messages that may wait for the wire.
const OUTGOING: usize = 64;

/// What happens to the stream.
#[derive(Debug)]
pub(crate) enum Event {
    /// A connection is there: say hello through it. Cancelling the token ends it, and another one is made.
    Opening(mpsc::Sender<AgentMessage>, CancellationToken),
    /// A message came.
    Message(Box<CoordinatorMessage>),
    /// The stream is gone; another one follows.
    Lost(String),
}

/// Runs until it is dropped, or until nobody listens to its events.
pub(crate) async fn run(endpoint: Endpoint, events: mpsc::Sender<Event>) {
    let mut backoff = Backoff::first_connect();
    loop {
        match attempt(&endpoint, &events).await {
            Ok(Ended::AfterMessages(reason)) => {
                backoff = Backoff::reconnect();
                if events.send(Event::Lost(reason)).await.is_err() {
                    return;
                }
            }
            Ok(Ended::WithoutAMessage(reason)) => {
                if events.send(Event::Lost(reason)).await.is_err() {
                    return;
                }
            }
            Ok(Ended::NobodyListens) => return,
            Err(error) => tracing::debug!(%error, "coordinator not reached"),
        }
        backoff.wait().await;
    }
}

enum Ended {
    AfterMessages(String),
    WithoutAMessage(String),
    NobodyListens,
}

async fn attempt(endpoint: &Endpoint, events: &mpsc::Sender<Event>) -> Result<Ended, tonic::transport::Error> {
    let channel = endpoint.connect().await?;
    let mut client = SessionClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let (sender, outgoing) = mpsc::channel(OUTGOING);
    let reset = CancellationToken::new();
    // The hello goes out before the answer's headers come in: a coordinator may wait for it.
    if events.send(Event::Opening(sender, reset.clone())).await.is_err() {
        return Ok(Ended::NobodyListens);
    }
    let mut any = false;
    let ended =
        move |any, reason: String| if any { Ended::AfterMessages(reason) } else { Ended::WithoutAMessage(reason) };
    let opened = tokio::select! {
        opened = client.connect(ReceiverStream::new(outgoing)) => opened,
        () = reset.cancelled() => return Ok(ended(any, "given up".to_owned())),
    };
    let mut incoming = match opened {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(ended(any, format!("{:?}: {}", status.code(), status.message()))),
    };
    loop {
        let message = tokio::select! {
            message = incoming.message() => message,
            () = reset.cancelled() => return Ok(ended(any, "given up".to_owned())),
        };
        match message {
            Ok(Some(message)) => {
                any = true;
                if events.send(Event::Message(Box::new(message))).await.is_err() {
                    return Ok(Ended::NobodyListens);
                }
            }
            Ok(None) => return Ok(ended(any, "the coordinator ended the session".to_owned())),
            Err(status) => return Ok(ended(any, format!("{:?}: {}", status.code(), status.message()))),
        }
    }
}
