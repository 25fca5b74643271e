//! What the agent asks of the baseline: what a job has to collect, and what its controls say of what was collected. It
//! adds no judgement of its own.

mod decided;
mod documents;
mod facts;
mod organization;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumbline_baseline::expr::Program;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::pack::{CompiledType, Pack};
use plumbline_baseline::plan::{CallPlan, TypePlan};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, evaluate};
use plumbline_judge::{Facts, home_of, in_order, is_collected, is_read, judged, reads_hidden, wire};
use plumbline_proto::agent_v1::{JobSpec, Row};
use plumbline_proto::chunk::Item;

use crate::collect::work::{Condition, Conditions, TypeWork};
use crate::redact::Redactor;
use crate::request::{self, Request};
pub(crate) use organization::Known;

/// Plans that are kept: jobs differ in their controls by scope only.
const PLANS: usize = 8;

/// The pack as the agent uses it.
pub(crate) struct Judge {
    pack: Arc<Pack>,
    plans: Mutex<Vec<(Vec<String>, Arc<CallPlan>)>>,
}

impl Judge {
    /// Judges by this pack.
    pub(crate) fn new(pack: Arc<Pack>) -> Self {
        Self { pack, plans: Mutex::default() }
    }

    /// What identifies the pack.
    pub(crate) fn digest(&self) -> &str {
        self.pack.digest()
    }

    /// What a job has to collect.
    pub(crate) fn work(&self, spec: &JobSpec, organization: &Arc<Doc>) -> Vec<Arc<TypeWork>> {
        let facts = Arc::new(Facts::of_job(spec, organization));
        let plan = self.plan(&spec.controls);
        plan.types().filter(|plan| is_read(plan, spec)).map(|plan| type_work(plan, &facts)).collect()
    }

    /// What a snapshot has to collect: whole documents.
    ///
    /// # Errors
    /// When a type is not known, or lives elsewhere.
    pub(crate) fn work_of_types(&self, request: &Request) -> Result<Vec<Arc<TypeWork>>, request::Error> {
        // What a scan found is in its store, and in no account.
        let here = |scope| scope != Scope::Findings && is_collected(scope, &request.region, request.is_management);
        let mut types = Vec::new();
        for name in &request.types {
            let known = self
                .pack
                .resource_type(name)
                .ok_or_else(|| request::Error::UnknownType { name: name.clone(), suggestion: self.similar(name) })?;
            if !here(known.declared.scope) {
                return Err(request::Error::WrongRegion {
                    name: name.clone(),
                    region: request.region.clone(),
                    instead: home_of(known.declared.scope).to_owned(),
                });
            }
            if !known.declared.is_in(&request.partition) {
                return Err(request::Error::WrongPartition {
                    name: name.clone(),
                    partition: request.partition.clone(),
                });
            }
            types.push(known);
        }
        if request.types.is_empty() {
            let is_there = |known: &&CompiledType| known.declared.is_in(&request.partition);
            types.extend(self.pack.resource_types().filter(is_there).filter(|known| here(known.declared.scope)));
        }
        let facts = Arc::new(facts::of_snapshot(request));
        Ok(CallPlan::whole(&self.pack, types).types().map(|plan| type_work(plan, &facts)).collect())
    }

    /// What the job's controls say, one batch a control, without secrets. Ends early when nobody wants the rows any more.
    ///
    /// Verdicts do not depend on what is redacted: controls that read it are asked first. Afterwards the snapshot is
    /// without secrets, and evidence is what was read of it then.
    pub(crate) fn evaluate(
        &self,
        spec: &JobSpec,
        organization: &Arc<Doc>,
        snapshot: &mut Snapshot,
        redactor: &Redactor,
        mut deliver: impl FnMut(Vec<Row>) -> bool,
    ) {
        let facts = Facts::of_job(spec, organization);
        let paths = |name: &str| self.pack.resource_type(name).map_or(&[][..], |known| &known.declared.redact);
        in_order(snapshot);
        let hidden = redactor.hidden(snapshot, paths);
        let mut decided = BTreeMap::new();
        for control in spec.controls.iter().filter_map(|id| self.pack.control(id)) {
            if reads_hidden(&self.pack, control, &hidden)
                && let Ok(rows) = judged(&self.pack, control, spec, &facts, snapshot)
            {
                decided.insert(control.id().to_string(), decided::only(rows));
            }
        }
        redactor.snapshot(snapshot, paths);
        for id in &spec.controls {
            let control = self.pack.control(id);
            let rows = match control.map(|control| judged(&self.pack, control, spec, &facts, snapshot)) {
                Some(Ok(rows)) => match decided.remove(id.as_str()) {
                    Some(decided) => told(decided::shown(decided, rows), redactor),
                    None => told(rows, redactor),
                },
                Some(Err(detail)) => vec![Row::not_judged(id, &detail)],
                // Never "no findings": the control was planned, and this agent cannot say anything about it.
                None => vec![Row::not_judged(id, "the agent's pack has no such control")],
            };
            if !deliver(rows) {
                return;
            }
        }
    }

    /// What was listed, and what was read as documents that may leave the account, where they are wanted: of a snapshot that
    /// [`Self::evaluate`] took the secrets out of.
    pub(crate) fn documents(&self, spec: &JobSpec, snapshot: Snapshot, deliver: impl FnMut(Item) -> bool) {
        documents::deliver(&self.pack, spec, snapshot, deliver);
    }

    fn plan(&self, controls: &[String]) -> Arc<CallPlan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = plans.iter().find(|(known, _)| known == controls) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(CallPlan::new(&self.pack, controls.iter().map(String::as_str)));
        if plans.len() == PLANS {
            plans.remove(0);
        }
        plans.push((controls.to_vec(), Arc::clone(&plan)));
        plan
    }

    fn similar(&self, name: &str) -> Option<String> {
        let names = self.pack.resource_types().map(|known| &*known.declared.name);
        plumbline_baseline::suggest::closest(name, names).map(str::to_owned)
    }
}

/// Rows as they leave the agent: what functions and AWS's answers put together may have a secret, too.
fn told(rows: Vec<evaluate::Row>, redactor: &Redactor) -> Vec<Row> {
    let told = |mut row: evaluate::Row| {
        row.verdict.grounds.witnesses.iter_mut().for_each(|each| *each = redactor.witness(each));
        row.verdict.reason = redactor.text(row.verdict.reason);
        wire(row)
    };
    rows.into_iter().map(told).collect()
}

fn type_work(plan: &TypePlan, facts: &Arc<Facts>) -> Arc<TypeWork> {
    let condition = |program: &Arc<Program>| -> Condition {
        let (program, facts) = (Arc::clone(program), Arc::clone(facts));
        Arc::new(move |about| facts::decide(&facts, &program, about.item, about.parent))
    };
    let conditions = |member: &str| {
        let (when, foreign) = (plan.compiled.conditions.get(member), plan.compiled.foreign.get(member));
        let reads = when.into_iter().chain(foreign).map(|program| program.reads().clone());
        Conditions { reads: reads.collect(), when: when.map(condition), foreign: foreign.map(condition) }
    };
    let work = TypeWork::new(Arc::clone(plan.declared()), |member| plan.needs(member), conditions);
    Arc::new(work.at(&facts.now).among(facts.organization.get("accounts")))
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("pack", &self.pack.digest()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
