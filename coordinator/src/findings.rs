//! The job of the organization: judges, by the controls on them, what all other jobs of a scan found. Asks nobody but the
//! store; must not know who holds the job.

use std::sync::Arc;

use plumbline_baseline::ScanId;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::resource::Snapshot;
use plumbline_judge::{Facts, judged, lives_here, wire};
use plumbline_proto::agent_v1::{JobSpec, Listing, Organization, Row};
use plumbline_proto::chunk::{Chunker, Item, MAX_BYTES, Piece, Total};
use plumbline_proto::facts;

use crate::read::{Found, ScanView};
use crate::store::{Error, Store};

/// What the job's controls say of what the scan found, in chunks.
///
/// # Errors
/// When the store fails, or does not have the scan.
pub(crate) fn judge(
    store: &Store,
    scan: &ScanId,
    spec: &JobSpec,
    organization: Option<&Organization>,
    pack: &Pack,
) -> Result<(Vec<Piece>, Total), Error> {
    let view = ScanView::open(store, scan)?.ok_or(Error::Damaged { what: "scan" })?;
    let snapshot = found(&view, spec, organization, pack)?;
    let facts = Facts::of_job(spec, &Arc::new(organization.map(facts::organization).unwrap_or_default()));
    let mut chunker = Chunker::new(MAX_BYTES);
    let mut pieces = Vec::new();
    for id in &spec.controls {
        let rows = match pack.control(id).map(|control| judged(pack, control, spec, &facts, &snapshot)) {
            Some(Ok(rows)) => rows.into_iter().map(wire).collect(),
            Some(Err(detail)) => vec![Row::not_judged(id, &detail)],
            None => vec![Row::not_judged(id, "the coordinator's pack has no such control")],
        };
        pieces.extend(rows.into_iter().filter_map(|row| chunker.push(Item::Row(row))));
    }
    for (name, listing) in &snapshot.listings {
        let unread = listing.unread.as_ref().map(|unread| plumbline_tree::why(unread)).unwrap_or_default();
        pieces.extend(chunker.push(Item::Listing(Listing { r#type: name.to_string(), unread })));
    }
    pieces.extend(chunker.finish_chunk());
    Ok((pieces, chunker.total()))
}

/// What a scan found, as the controls on it see it.
///
/// # Errors
/// When the store fails.
pub(crate) fn found(
    view: &ScanView,
    spec: &JobSpec,
    organization: Option<&Organization>,
    pack: &Pack,
) -> Result<Snapshot, Error> {
    let is_found = |each: &&Arc<ResourceType>| each.scope == Scope::Findings && lives_here(each, spec);
    let types: Vec<Arc<ResourceType>> =
        pack.resource_types().map(|each| &each.declared).filter(is_found).cloned().collect();
    let found = Found::of(view, pack, &types)?;
    let more_accounts = organization.filter(|known| !known.unread.is_empty()).map(|known| &known.unread);
    let more_accounts = more_accounts.and_then(|why| facts::unread(why).unread().cloned());
    let listings = types.iter().map(|each| (Arc::clone(&each.name), found.listing(each, more_accounts.clone())));
    Ok(Snapshot { listings: listings.collect() })
}

#[cfg(test)]
mod tests;
