//! The pack that scans are planned with, for agents whose own is another one. Must not know what is in it.

use std::sync::{Arc, OnceLock};

use plumbline_baseline::pack::{Pack, Source};
use plumbline_proto::agent_v1::packs_server::Packs;
use plumbline_proto::agent_v1::{PackFile, PackReply, PackRequest};
use plumbline_proto::pack;
use tonic::{Request, Response, Status};

use super::authenticate::{identity, is_itself, peer, still_admitted};
use crate::dispatch::Dispatch;

/// The files of the pack, and what they are sent as: made once, when the first agent asks.
pub(crate) struct Files {
    sources: Option<Arc<[Source]>>,
    frame: OnceLock<Option<Vec<u8>>>,
}

impl Files {
    /// These, or without any the built-in ones.
    pub(crate) fn new(sources: Option<Arc<[Source]>>) -> Self {
        Self { sources, frame: OnceLock::new() }
    }

    /// The frame; `None` when it is too large to be sent.
    fn frame(&self) -> Option<&Vec<u8>> {
        let file = |source: &Source| PackFile { path: source.path.clone(), text: source.text.clone() };
        let made = || match &self.sources {
            Some(sources) => pack::pack(sources.iter().map(file).collect()),
            None => pack::pack(Pack::embedded_sources().iter().map(file).collect()),
        };
        self.frame.get_or_init(made).as_ref()
    }
}

pub(super) struct Service {
    dispatch: Arc<Dispatch>,
    files: Arc<Files>,
}

impl Service {
    pub(super) fn new(dispatch: Arc<Dispatch>, files: Arc<Files>) -> Self {
        Self { dispatch, files }
    }
}

#[tonic::async_trait]
impl Packs for Service {
    async fn fetch(&self, request: Request<PackRequest>) -> Result<Response<PackReply>, Status> {
        let (identity, peer) = (identity(request.metadata())?, peer(&request));
        is_itself(&identity.agent, peer.as_deref())?;
        still_admitted(&self.dispatch, peer.as_deref())?;
        if !self.dispatch.is_open(&identity) {
            // It may be on its way to a new one.
            return Err(Status::unavailable("the agent has no such session open"));
        }
        let (wanted, ours) = (request.into_inner().digest, self.dispatch.pack().digest());
        if wanted != ours {
            return Err(Status::not_found(format!("this coordinator has pack {ours}, and not {wanted}")));
        }
        let files = Arc::clone(&self.files);
        let frame = tokio::task::spawn_blocking(move || files.frame().cloned()).await;
        let frame = frame.map_err(|_| Status::internal("packing the pack failed"))?;
        let files = frame.ok_or_else(|| {
            Status::out_of_range(format!(
                "the pack is larger than {} MiB when packed: give it to agents with --pack",
                pack::MOST_COMPRESSED >> 20
            ))
        })?;
        tracing::info!(agent = %identity.agent, bytes = files.len(), "the agent fetches the pack");
        Ok(Response::new(PackReply { files }))
    }
}
