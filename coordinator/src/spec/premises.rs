//! What the verdicts of a planned scan rest on besides documents, as it is kept: what its jobs are going to collect, and
//! what they are told of the organization. Pure.

use std::collections::BTreeMap;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::collected::CollectedType;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::plan::CallPlan;
use plumbline_judge::is_collected;
use plumbline_proto::agent_v1::Organization;

use crate::plan::{ControlScope, GLOBAL, Plan, PlannedControl};
use crate::store::record::{self, CollectedIn, JobKind, Premises};

/// What a scan rests on. `keeps_documents` says whether its jobs deliver what they collect.
pub(crate) fn premises(
    pack: &Pack,
    plan: &Plan,
    organization: Option<&Organization>,
    keeps_documents: bool,
) -> Premises {
    let asks = |reads: fn(&PlannedControl) -> bool| plan.controls.iter().any(reads);
    let kinds = KINDS.into_iter().filter(|_| keeps_documents);
    Premises {
        jobs: kinds.flat_map(|kind| collected_in(pack, plan, kind)).collect(),
        organization: organization.map(|known| Organization { scan_id: String::new(), ..known.clone() }),
        asked_account_tags: asks(|control| control.reads_account_tags),
        asked_delegated: asks(|control| control.reads_delegated_administrators),
        asked_control_policies: asks(|control| control.reads_resource_control_policies),
    }
}

const KINDS: [JobKind; 3] = [JobKind::Regional, JobKind::Global, JobKind::Management];

/// What jobs of a kind collect where they are: once for all baselines that have the same controls, whatever their settings.
fn collected_in(pack: &Pack, plan: &Plan, kind: JobKind) -> Vec<CollectedIn> {
    let mut baselines: BTreeMap<Vec<&str>, Vec<u32>> = BTreeMap::new();
    for (number, baseline) in (0..).zip(0..plan.baselines.len()) {
        let enabled = scope_of(kind).map(|scope| plan.in_baseline(baseline, scope)).unwrap_or_default();
        let ids = enabled.into_iter().map(|index| &*plan.controls[index as usize].id).collect();
        baselines.entry(ids).or_default().push(number);
    }
    let mut collected: Vec<CollectedIn> = baselines
        .into_iter()
        .map(|(ids, baselines)| {
            let baselines = if baselines == [0] { Vec::new() } else { baselines };
            CollectedIn { kind: kind as i32, types: types(pack, plan, kind, ids), baselines }
        })
        .collect();
    collected.sort_by(|one, other| one.baselines.cmp(&other.baselines));
    collected
}

/// What controls collect in a job of a kind.
fn types(pack: &Pack, plan: &Plan, kind: JobKind, enabled: Vec<&str>) -> Vec<record::CollectedType> {
    let calls = CallPlan::new(pack, enabled).in_partition(&plan.partition);
    let types = calls.types().filter(|of| is_collected_by(kind, of.declared().scope));
    let collected = types.map(|of| {
        let CollectedType { listing, members, shapes, volatile } =
            CollectedType::of(pack, Catalog::embedded(), &calls, of);
        record::CollectedType { name: of.declared().name.to_string(), listing, members, shapes, volatile }
    });
    collected.collect()
}

/// The controls that run in jobs of a kind.
pub(crate) fn scope_of(kind: JobKind) -> Option<ControlScope> {
    match kind {
        JobKind::Regional => Some(ControlScope::Regional),
        JobKind::Global => Some(ControlScope::Global),
        JobKind::Management => Some(ControlScope::Management),
        JobKind::Unspecified => None,
    }
}

/// Whether jobs of a kind collect things of a scope.
pub(crate) fn is_collected_by(kind: JobKind, scope: Scope) -> bool {
    let region = if kind == JobKind::Regional { "" } else { GLOBAL };
    is_collected(scope, region, kind == JobKind::Management)
}
