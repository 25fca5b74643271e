//! Delivers a job's result: nothing that the coordinator holds from earlier nights already.
//!
//! An unchanged account and Region costs the name of its result. Otherwise the coordinator is asked what it holds. What
//! comes together there has to have the name that was said; if it has not, everything is sent.

use std::sync::Arc;

use plumbline_proto::agent_v1::Usage;
use plumbline_tree::{self as tree, Found, Sent, Short};

use crate::link::{Claim, Committed, Upload, UploadError as Error};

/// Delivers what was found, and makes it visible.
///
/// # Errors
/// When the lease is lost, or the coordinator refuses what was sent.
pub(crate) async fn deliver(upload: &mut Upload, found: &Arc<Found>, held: &[u8], usage: &Usage) -> Result<(), Error> {
    if let Some(sent) = compare(upload, found, held).await? {
        let total = upload.deliver(found.items(&sent)).await?;
        let claim = Claim { root: *found.root(), is_on_held: true, dropped: sent.dropped };
        if upload.commit(&total, &claim, usage).await? == Committed::Done {
            return Ok(());
        }
        tracing::warn!("the coordinator does not hold what this job builds on: everything is sent");
    }
    let everything = Sent::everything();
    let total = upload.deliver(found.items(&everything)).await?;
    let claim = Claim { root: *found.root(), is_on_held: false, dropped: Vec::new() };
    match upload.commit(&total, &claim, usage).await? {
        Committed::Done => Ok(()),
        Committed::WantsAll => {
            Err(Error::Refused("everything was sent, and the coordinator wants it again".to_owned()))
        }
    }
}

/// How each type is sent; `None` when nothing is held.
async fn compare(upload: &mut Upload, found: &Found, held: &[u8]) -> Result<Option<Sent>, Error> {
    let Ok(held) = Short::try_from(held) else { return Ok(None) };
    if held == tree::short(found.root()) {
        return Ok(Some(found.kept()));
    }
    let reply = upload.held(Vec::new()).await?;
    let Some(types) = tree::shorts(&reply.types) else { return Ok(None) };
    let mut sent = found.against(&types);
    let large = found.to_ask(&sent);
    if !large.is_empty() {
        for known in upload.held(large).await?.entries {
            if let Some(entries) = tree::shorts(&known.entries) {
                found.narrow(&mut sent, &known.r#type, &entries);
            }
        }
    }
    Ok(Some(sent))
}
