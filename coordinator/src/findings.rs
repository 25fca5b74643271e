//! The job of the organization: judges, by the controls on them, what all other jobs of a scan found. Asks nobody but the
//! store; must not know who holds the job.

use std::sync::Arc;

use plumbline_baseline::evaluate::{Context, evaluate};
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, ScanId};
use plumbline_proto::agent_v1::{JobSpec, Organization, Row};
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
    let types: Vec<Arc<ResourceType>> =
        pack.resource_types().map(|each| &each.declared).filter(|each| is_here(each, spec)).cloned().collect();
    let found = Found::of(&view, pack, &types)?;
    let more_accounts = organization.filter(|known| !known.unread.is_empty()).map(|known| &known.unread);
    let more_accounts = more_accounts.and_then(|why| facts::unread(why).unread().cloned());
    let listings =
        types.iter().map(|each| (Arc::clone(&each.name), found.listing(each, more_accounts.clone()))).collect();
    let snapshot = Snapshot { listings };
    let mut chunker = Chunker::new(MAX_BYTES);
    let mut pieces = Vec::new();
    for id in &spec.controls {
        let rows = match pack.control(id) {
            Some(control) => rows(control, spec, organization, &snapshot, pack),
            None => vec![Row::not_judged(id, "the coordinator's pack has no such control")],
        };
        pieces.extend(rows.into_iter().filter_map(|row| chunker.push(Item::Row(row))));
    }
    pieces.extend(chunker.finish_chunk());
    Ok((pieces, chunker.total()))
}

fn is_here(declared: &ResourceType, spec: &JobSpec) -> bool {
    declared.scope == Scope::Findings && declared.is_in(&spec.partition)
}

/// The rows of one control.
fn rows(
    control: &CompiledControl,
    spec: &JobSpec,
    organization: Option<&Organization>,
    snapshot: &Snapshot,
    pack: &Pack,
) -> Vec<Row> {
    let settings = match control.settings_with(spec.settings.get(&**control.id()).map_or("", String::as_str)) {
        Ok(settings) => settings,
        Err(detail) => return vec![Row::not_judged(control.id(), &detail)],
    };
    // A control about several types says here what it has to say of the findings, and of the others in their jobs.
    let here = |name: &&Arc<str>| pack.resource_type(name).is_some_and(|known| is_here(&known.declared, spec));
    let types: Vec<Arc<str>> = control.types.iter().filter(here).cloned().collect();
    if types.is_empty() {
        return vec![Row::not_judged(control.id(), "none of the control's types live here")];
    }
    let control = CompiledControl { types, ..control.clone() };
    let account = facts::account(&spec.account.clone().unwrap_or_default(), &spec.partition);
    let organization = organization.map_or(Doc::Null, facts::organization);
    let context = Context {
        account: &account,
        organization: &organization,
        region: &spec.region,
        settings: &settings,
        now: &spec.now,
    };
    let row =
        |row: plumbline_baseline::evaluate::Row| Row::new(&row.control, row.resource, row.resource_type, row.verdict);
    evaluate(&control, snapshot, &context).into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
