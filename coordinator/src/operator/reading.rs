//! The store, read from elsewhere: a call is one moment of it, for as long as the call goes on. The coordinator holds the
//! reader's place in the file, so that whoever is far, slow or gone can hold up nothing.

use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::operator_v1::read_reply::Reply;
use plumbline_proto::operator_v1::read_request::Request as Asked;
use plumbline_proto::operator_v1::{Opened, ReadReply, ReadRequest};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tonic::{Status, Streaming};

use crate::store::{self, Image};

/// Most bytes of one answer.
pub(super) const MOST: u64 = 1 << 20;
/// A reader that asks for nothing for so long is gone, and what it sees need not be kept.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// Readers from elsewhere at a time.
pub(super) const READERS: usize = 64;

/// Answers one reader until it has enough.
pub(super) async fn answer(
    image: Image,
    mut requests: Streaming<ReadRequest>,
    replies: &mpsc::Sender<Result<ReadReply, Status>>,
    _place: OwnedSemaphorePermit,
) {
    let opened = opened(&image);
    if replies.send(opened).await.is_err() {
        return;
    }
    let image = Arc::new(image);
    loop {
        let asked = match tokio::time::timeout(PATIENCE, requests.message()).await {
            Ok(Ok(Some(ReadRequest { request: Some(asked) }))) => asked,
            Ok(Ok(Some(_))) => {
                let _ = replies.send(Err(Status::invalid_argument("nothing is asked\nuse one version for both"))).await;
                return;
            }
            Ok(Ok(None) | Err(_)) => return,
            Err(_) => {
                let _ = replies.send(Err(Status::deadline_exceeded("nothing was read for half an hour"))).await;
                return;
            }
        };
        let image = Arc::clone(&image);
        let read = tokio::task::spawn_blocking(move || read(&image, &asked)).await;
        let reply = read.unwrap_or_else(|error| Err(Status::internal(error.to_string())));
        if replies.send(reply).await.is_err() {
            return;
        }
    }
}

fn opened(image: &Image) -> Result<ReadReply, Status> {
    let (length, blocks) = image.taken().map_err(|error| failed(&error))?;
    let opened = Opened { length, blocks, first: image.first().to_vec() };
    Ok(ReadReply { reply: Some(Reply::Opened(opened)) })
}

fn read(image: &Image, asked: &Asked) -> Result<ReadReply, Status> {
    let reply = match asked {
        Asked::Bytes(range) if range.length <= MOST => {
            let length = usize::try_from(range.length).unwrap_or_default();
            Reply::Bytes(image.read(range.offset, length).map_err(|error| failed(&error))?)
        }
        Asked::Bytes(_) => {
            return Err(Status::invalid_argument("that is too much at a time\nuse one version for both"));
        }
        Asked::Lock(range) => {
            Reply::IsLocked(image.is_locked(range.offset, range.length).map_err(|error| failed(&error))?)
        }
    };
    Ok(ReadReply { reply: Some(reply) })
}

/// What a reader is told when the store fails.
pub(super) fn failed(error: &store::Error) -> Status {
    Status::unavailable(format!("the store failed: {error}"))
}
