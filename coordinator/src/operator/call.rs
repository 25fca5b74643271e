//! One call to a coordinator: why nothing came of it, and the one by which the store is read.

use plumbline_proto::operator_v1::read_reply::Reply;
use plumbline_proto::operator_v1::read_request::Request as Asked;
use plumbline_proto::operator_v1::{Opened, ReadReply, ReadRequest};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::Refusal;

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody listens there.
    #[error("no coordinator runs on {0}")]
    NotThere(String),
    /// It answers, and not to this user.
    #[error("the coordinator's socket is another user's: {0}")]
    NotAllowed(String),
    /// Nobody answers at the address, or somebody else.
    #[error("{there}: {why}")]
    Unreachable {
        /// The address.
        there: String,
        /// Why not.
        why: String,
    },
    /// It will not.
    #[error("{}", .0.cause)]
    Refused(Refusal),
    /// It went away.
    #[error("the coordinator went away: {0}")]
    Gone(String),
}

impl Error {
    /// What a status says.
    pub(super) fn of(status: &Status) -> Self {
        let (cause, next_step) = status.message().split_once('\n').unwrap_or((status.message(), "try again"));
        let refusal = |is_mistake| Refusal { cause: cause.to_owned(), next_step: next_step.to_owned(), is_mistake };
        match status.code() {
            Code::InvalidArgument => Error::Refused(refusal(true)),
            Code::FailedPrecondition | Code::PermissionDenied | Code::Unauthenticated => Error::Refused(refusal(false)),
            Code::Unimplemented => Error::Refused(Refusal {
                cause: "the coordinator is of another version, or makes one scan only (`--once`), and cannot do this"
                    .to_owned(),
                next_step: "use one version for both".to_owned(),
                is_mistake: true,
            }),
            _ => Error::Gone(cause.to_owned()),
        }
    }
}

/// A call by which the store is read.
pub(super) struct Reading {
    requests: mpsc::Sender<ReadRequest>,
    replies: Streaming<ReadReply>,
}

impl Reading {
    /// The call's two ends, and what is to be sent on it.
    pub(super) fn requests() -> (mpsc::Sender<ReadRequest>, ReceiverStream<ReadRequest>) {
        let (requests, outgoing) = mpsc::channel(1);
        (requests, ReceiverStream::new(outgoing))
    }

    /// The call, once it was answered first.
    pub(super) async fn begin(
        requests: mpsc::Sender<ReadRequest>,
        replies: Streaming<ReadReply>,
    ) -> Result<(Opened, Self), Error> {
        let mut reading = Self { requests, replies };
        match reading.next().await? {
            Reply::Opened(opened) => Ok((opened, reading)),
            _ => Err(Error::Gone("it answered something else".to_owned())),
        }
    }

    /// The answer to one question.
    pub(super) async fn ask(&mut self, asked: Asked) -> Result<Reply, Error> {
        let request = ReadRequest { request: Some(asked) };
        // Where it cannot be sent, the answer says why.
        let _ = self.requests.send(request).await;
        self.next().await
    }

    async fn next(&mut self) -> Result<Reply, Error> {
        let reply = self.replies.message().await.map_err(|status| Error::of(&status))?;
        reply.and_then(|reply| reply.reply).ok_or_else(|| Error::Gone("it answers no more".to_owned()))
    }
}
