//! The body of an answer: whole, or broken off in the middle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body in one piece. A broken one promises all bytes, sends half of them and ends the connection.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    bytes: Bytes,
    state: State,
    is_broken: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Unsent,
    Sent,
    Ended,
}

impl AnswerBody {
    pub(crate) fn full(bytes: Bytes) -> Self {
        let state = if bytes.is_empty() { State::Ended } else { State::Unsent };
        Self { bytes, state, is_broken: false }
    }

    /// All that was promised.
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    pub(crate) fn broken(mut bytes: Vec<u8>) -> Self {
        // An empty answer cannot break off in the middle.
        if bytes.is_empty() {
            bytes.extend_from_slice(b"<?xml version=\"1.0\"?>");
        }
        Self { is_broken: true, ..Self::full(bytes.into()) }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let (next, frame) = match (&self.state, self.is_broken) {
            (State::Unsent, false) => (State::Ended, Some(Ok(Frame::data(self.bytes.clone())))),
            (State::Unsent, true) => {
                (State::Sent, Some(Ok(Frame::data(self.bytes.slice(..self.bytes.len().div_ceil(2))))))
            }
            (State::Sent, _) => (State::Ended, Some(Err(io::Error::other("broken off on purpose")))),
            (State::Ended, _) => (State::Ended, None),
        };
        self.state = next;
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.state == State::Ended
    }

    fn size_hint(&self) -> SizeHint {
        match self.state {
            State::Ended => SizeHint::with_exact(0),
            _ => SizeHint::with_exact(self.bytes.len() as u64),
        }
    }
}
