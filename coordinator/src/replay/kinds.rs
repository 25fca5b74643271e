//! What the controls read in a kind of job, and what of it was not collected that night. The same for all jobs of a kind in
//! the accounts of a baseline.

use std::sync::Arc;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::collected::{CollectedType, Doubles, Lacking, lost};
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::ResourceType;
use plumbline_baseline::plan::{CallPlan, TypePlan};

use crate::plan::{ControlScope, PlannedControl};
use crate::spec::{is_collected_by, scope_of};
use crate::store::record::{self, JobKind, Premises};

/// What is asked in a kind of job.
#[derive(Default)]
pub(super) struct Kind {
    /// The controls.
    pub(super) controls: Vec<Arc<str>>,
    /// What they read.
    pub(super) types: Vec<Wanted>,
}

/// A type that they read.
pub(super) struct Wanted {
    /// The type.
    pub(super) declared: Arc<ResourceType>,
    /// Whether it was collected in the job about the account as a whole.
    pub(super) is_joined: bool,
    /// What was not collected of it.
    pub(super) lacking: Lacking,
    /// What is missing where what changes by itself is not kept any more.
    pub(super) lost: Lacking,
    /// Where it has numbers with a fraction.
    pub(super) doubles: Doubles,
}

impl Kind {
    /// What these controls ask in jobs of a kind, in the accounts of a baseline.
    pub(super) fn of(
        kind: JobKind,
        pack: &Pack,
        premises: Option<&Premises>,
        controls: &[PlannedControl],
        partition: &str,
        baseline: u32,
    ) -> Self {
        let enabled = scope_of(kind).map(|scope| enabled(controls, scope, partition)).unwrap_or_default();
        let plan = CallPlan::new(pack, enabled.iter().map(|id| &**id)).in_partition(partition);
        let collected = |kind| premises.map(|premises| premises.collected(kind, baseline)).unwrap_or_default();
        let (here, global) = (collected(kind), collected(JobKind::Global));
        let is_here = |of: &TypePlan| is_collected_by(kind, of.declared().scope);
        let is_joined = |of: &TypePlan| kind == JobKind::Regional && of.is_joined_in_regions;
        let read = plan.types().filter(|of| is_here(of) || is_joined(of));
        let types = read.map(|of| {
            let is_joined = !is_here(of);
            let night = if is_joined { &global } else { &here };
            Wanted::of(pack, &plan, of, night.get(&*of.declared().name).copied(), is_joined)
        });
        Self { types: types.collect(), controls: enabled }
    }

    /// What these controls ask about what the scan found.
    pub(super) fn of_findings(controls: &[PlannedControl], partition: &str) -> Self {
        Self { controls: enabled(controls, ControlScope::Findings, partition), types: Vec::new() }
    }
}

impl Wanted {
    fn of(pack: &Pack, plan: &CallPlan, of: &TypePlan, night: Option<&record::CollectedType>, is_joined: bool) -> Self {
        let declared = Arc::clone(of.declared());
        let wanted = CollectedType::of(pack, Catalog::embedded(), plan, of);
        let night = night.map(|night| CollectedType {
            listing: night.listing,
            members: night.members.clone(),
            shapes: night.shapes.clone(),
            volatile: night.volatile.clone(),
        });
        let lost = lost(night.as_ref().map(|night| night.volatile.as_slice()).unwrap_or_default());
        let kind = pack.type_of(&declared.name, Catalog::embedded());
        let doubles = kind.map(|kind| Doubles::of(&kind)).unwrap_or_default();
        Self { lacking: wanted.lacking(night.as_ref(), &declared), lost, doubles, declared, is_joined }
    }
}

/// The controls that run in such jobs.
fn enabled(controls: &[PlannedControl], scope: ControlScope, partition: &str) -> Vec<Arc<str>> {
    let runs = |control: &&PlannedControl| control.scopes_in(partition).contain(scope);
    controls.iter().filter(runs).map(|control| Arc::clone(&control.id)).collect()
}
