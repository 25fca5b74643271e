//! Replay of a stored night: the controls of the pack that can be decided on the types which the made-up organization has.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use plumbline_baseline::api::Catalog;
use plumbline_baseline::collected::CollectedType;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::plan::{CallPlan, reads_of};
use plumbline_baseline::{ScanId, Status};
use plumbline_coordinator::plan::{ControlScope, PlannedControl};
use plumbline_coordinator::replay::{Question, Replay};
use plumbline_coordinator::store::record::{self, CollectedIn, JobKind, Premises};
use plumbline_coordinator::store::{Error, Store};

use super::corpus::Corpus;
use super::planned::PARTITION;
use crate::scan::planned;

/// The kinds of jobs, the controls that run in them, and what they collect.
const KINDS: [(JobKind, ControlScope, &[Scope]); 3] = [
    (JobKind::Regional, ControlScope::Regional, &[Scope::Regional]),
    (JobKind::Global, ControlScope::Global, &[Scope::Global]),
    (JobKind::Management, ControlScope::Management, &[Scope::Global, Scope::Organization]),
];

/// Verdicts of a replay.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdicts {
    pub(super) all: u64,
    pub(super) passed: u64,
    pub(super) failed: u64,
}

/// What is asked of a night.
pub(super) struct Asked {
    pack: Arc<Pack>,
    controls: Vec<PlannedControl>,
}

impl Asked {
    /// The controls that read nothing but types which the organization has.
    pub(super) fn of(corpus: &Corpus) -> Self {
        let pack = Arc::clone(Pack::embedded());
        let types: BTreeSet<&str> = corpus.type_names().collect();
        let controls = pack.controls().filter(|control| {
            let reads = reads_of(&pack, control);
            let is_had = |name: &str| types.contains(name);
            !control.types.is_empty() && control.types.iter().chain(reads.keys()).all(|name| is_had(name))
        });
        let controls = controls.map(|control| planned(&pack, control)).collect();
        Self { controls, pack }
    }

    /// That a night collected all that they read, as a scan with them would have it.
    pub(super) fn premises(&self) -> Premises {
        Premises { jobs: KINDS.map(|kind| self.collected(kind)).into(), ..Premises::default() }
    }

    fn collected(&self, (kind, scope, scopes): (JobKind, ControlScope, &[Scope])) -> CollectedIn {
        let enabled = self.controls.iter().filter(|control| control.scopes.contain(scope));
        let calls = CallPlan::new(&self.pack, enabled.map(|control| &*control.id)).in_partition(PARTITION);
        let types = calls.types().filter(|of| scopes.contains(&of.declared().scope));
        let collected = types.map(|of| {
            let CollectedType { listing, members, shapes, volatile } =
                CollectedType::of(&self.pack, Catalog::embedded(), &calls, of);
            record::CollectedType { name: of.declared().name.to_string(), listing, members, shapes, volatile }
        });
        CollectedIn { kind: kind as i32, types: collected.collect(), baselines: Vec::new() }
    }

    /// How many.
    pub(super) fn controls(&self) -> usize {
        self.controls.len()
    }

    /// Asks them of a night.
    pub(super) fn replay(&self, store: &Store, scan: &ScanId) -> anyhow::Result<Verdicts> {
        let controls = self.controls.clone();
        let question = Question { pack: Arc::clone(&self.pack), controls, besides: Vec::new(), is_of_all: false };
        let replay = Replay::open(store, scan, &question)?.context("the scan is there")?;
        let mut verdicts = Verdicts::default();
        replay.for_each(true, |compared| {
            let status = compared.now.as_ref().map(|verdict| verdict.status);
            verdicts.all += u64::from(status.is_some());
            verdicts.passed += u64::from(status == Some(Status::Pass));
            verdicts.failed += u64::from(status == Some(Status::Fail));
            Ok::<_, Error>(())
        })?;
        Ok(verdicts)
    }
}
