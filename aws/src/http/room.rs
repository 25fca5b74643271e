//! How much memory the bodies of answers may take while they are read, over all calls. A body that says how long it is
//! waits until there is room for it. One that does not begins with a guess; when it grows past that, it goes on as the
//! only one of its kind, so that no two wait for what the other one holds.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aws_smithy_types::body::SdkBody;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a body that does not say how long it is may take at first.
const GUESS: usize = 256 << 10;
/// Room is counted in pieces of this size.
const PIECE: usize = 1 << 10;

/// The room for bodies. Clones share it.
#[derive(Clone)]
pub struct BodyRoom {
    pieces: usize,
    free: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl BodyRoom {
    /// Room for so many bytes, besides one large body at a time.
    pub fn new(bytes: usize) -> Self {
        let pieces = (bytes / PIECE).clamp(1, Semaphore::MAX_PERMITS);
        Self { pieces, free: Arc::new(Semaphore::new(pieces)), large: Arc::new(Semaphore::new(1)) }
    }

    /// Waits for the body's room, and holds it for as long as the body is there.
    pub(super) async fn hold(&self, body: SdkBody, announced: Option<usize>) -> SdkBody {
        // What is in memory already takes what it takes.
        if body.bytes().is_some() {
            return body;
        }
        let expected = announced.unwrap_or(GUESS);
        let pieces = expected.div_ceil(PIECE).clamp(1, self.pieces);
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.free).acquire_many_owned(pieces).await.expect("the semaphore is never closed");
        let large = Arc::clone(&self.large);
        SdkBody::from_body_1_x(Held { body, _room: room, expected, read: 0, large: Large::NotYet(large) })
    }
}

impl fmt::Debug for BodyRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyRoom").field("bytes", &(self.pieces * PIECE)).finish_non_exhaustive()
    }
}

/// A body, with its room.
struct Held {
    body: SdkBody,
    _room: OwnedSemaphorePermit,
    expected: usize,
    read: usize,
    large: Large,
}

/// Whether a body goes on as the only large one.
enum Large {
    NotYet(Arc<Semaphore>),
    Waiting(Pin<Box<dyn Future<Output = OwnedSemaphorePermit> + Send + Sync>>),
    Is { _permit: OwnedSemaphorePermit },
}

impl Held {
    fn poll_large(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.large = match &mut self.large {
                Large::NotYet(_) if self.read <= self.expected => return Poll::Ready(()),
                Large::NotYet(large) => {
                    let large = Arc::clone(large);
                    Large::Waiting(Box::pin(async move {
                        large.acquire_owned().await.expect("the semaphore is never closed")
                    }))
                }
                Large::Waiting(turn) => Large::Is { _permit: ready!(turn.as_mut().poll(context)) },
                Large::Is { .. } => return Poll::Ready(()),
            };
        }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = <SdkBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        ready!(self.poll_large(context));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.read += frame.data_ref().map_or(0, Bytes::len);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use http_body_util::BodyExt;
    use tokio::time::timeout;

    use super::*;

    /// A body of so many KiB that comes a KiB at a time.
    struct Kib(usize);

    impl Body for Kib {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let left = self.0.checked_sub(1);
            Poll::Ready(left.map(|left| {
                self.0 = left;
                Ok(Frame::data(Bytes::from(vec![0; 1024])))
            }))
        }
    }

    /// Holds the room for a body; `None` when there is none.
    async fn held(room: &BodyRoom, kib: usize, announced: Option<usize>) -> Option<SdkBody> {
        let body = SdkBody::from_body_1_x(Kib(kib));
        timeout(Duration::from_millis(1), room.hold(body, announced)).await.ok()
    }

    async fn read(body: SdkBody) -> Option<usize> {
        let read = timeout(Duration::from_millis(1), body.collect()).await.ok()?;
        Some(read.unwrap().to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_its_room_and_frees_it() {
        let room = BodyRoom::new(1 << 20);
        let first = held(&room, 700, Some(700 << 10)).await.unwrap();
        assert!(held(&room, 400, Some(400 << 10)).await.is_none());
        let small = held(&room, 300, Some(300 << 10)).await.unwrap();
        assert_eq!(read(first).await, Some(700 << 10));
        let second = held(&room, 400, Some(400 << 10)).await.unwrap();
        assert_eq!((read(small).await, read(second).await), (Some(300 << 10), Some(400 << 10)));
        // What is larger than all the room has it alone.
        assert_eq!(read(held(&room, 9000, Some(9000 << 10)).await.unwrap()).await, Some(9000 << 10));
    }

    #[tokio::test(start_paused = true)]
    async fn of_bodies_that_grow_past_the_guess_one_at_a_time_goes_on() {
        let room = BodyRoom::new(1 << 20);
        let large = Arc::clone(&room.large).acquire_owned().await.unwrap();
        let growing = held(&room, 1000, None).await.unwrap();
        assert_eq!(read(growing).await, None);
        assert_eq!(read(held(&room, 200, None).await.unwrap()).await, Some(200 << 10));
        drop(large);
        assert_eq!(read(held(&room, 1000, None).await.unwrap()).await, Some(1000 << 10));
    }
}
