//! What the agent asks of the baseline: what a job has to collect, and what its controls say of what was collected. It
//! adds no judgement of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Status, Unread, UnreadReason, Verdict};
use plumbline_proto::agent_v1::{JobSpec, Row};

use crate::collect::work::TypeWork;
use crate::job::GLOBAL;
use crate::snapshot;

/// The pack as the agent uses it.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    digest: String,
    types: BTreeMap<Arc<str>, Arc<ResourceType>>,
}

impl Judge {
    /// What identifies the pack.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// What a job has to collect.
    pub(crate) fn work(&self, spec: &JobSpec) -> Vec<Arc<TypeWork>> {
        let is_management = spec.account.as_ref().is_some_and(|account| account.is_management);
        self.types
            .values()
            .filter(|declared| is_collected(declared.scope, &spec.region, is_management))
            .map(whole)
            .collect()
    }

    /// What a snapshot has to collect: whole documents.
    ///
    /// # Errors
    /// When a type is not known, or lives elsewhere.
    pub(crate) fn work_of_types(&self, request: &snapshot::Request) -> Result<Vec<Arc<TypeWork>>, snapshot::Error> {
        let is_here = |declared: &ResourceType| is_collected(declared.scope, &request.region, request.is_management);
        if request.types.is_empty() {
            return Ok(self.types.values().filter(|declared| is_here(declared)).map(whole).collect());
        }
        let mut work = Vec::with_capacity(request.types.len());
        for name in &request.types {
            let declared = self
                .types
                .get(name.as_str())
                .ok_or_else(|| snapshot::Error::UnknownType { name: name.clone(), suggestion: self.similar(name) })?;
            if !is_here(declared) {
                return Err(snapshot::Error::WrongRegion {
                    name: name.clone(),
                    region: request.region.clone(),
                    instead: home_of(declared.scope).to_owned(),
                });
            }
            work.push(whole(declared));
        }
        Ok(work)
    }

    /// What the job's controls say, one batch a control. Ends early when nobody wants the rows any more.
    pub(crate) fn evaluate(&self, spec: &JobSpec, _snapshot: &Snapshot, mut deliver: impl FnMut(Vec<Row>) -> bool) {
        for control in &spec.controls {
            if !deliver(vec![unknown_control(control)]) {
                return;
            }
        }
    }

    /// The type that was probably meant: the same name in another case, or without its service.
    fn similar(&self, name: &str) -> Option<String> {
        let wanted = name.to_ascii_lowercase();
        let last = |text: &str| text.rsplit("::").next().unwrap_or_default().to_ascii_lowercase();
        let matches = |known: &str| known.eq_ignore_ascii_case(&wanted) || last(known) == last(&wanted);
        self.types.keys().find(|known| matches(known)).map(|known| known.to_string())
    }
}

/// Whether things of this scope are collected in such a job.
fn is_collected(scope: Scope, region: &str, is_management: bool) -> bool {
    match scope {
        Scope::Regional => region != GLOBAL,
        Scope::Global => region == GLOBAL,
        Scope::Organization => region == GLOBAL && is_management,
    }
}

fn home_of(scope: Scope) -> &'static str {
    match scope {
        Scope::Regional => "a Region",
        Scope::Global => GLOBAL,
        Scope::Organization => "aws-global of the management account",
    }
}

fn whole(declared: &Arc<ResourceType>) -> Arc<TypeWork> {
    Arc::new(TypeWork::new(Arc::clone(declared), |_| true, |_, _| (None, Vec::new())))
}

/// A control that this agent's pack does not have is never "no findings".
fn unknown_control(control: &str) -> Row {
    let unread = Unread {
        reason: UnreadReason::ScannerError,
        operation: String::new(),
        detail: "the agent's pack has no such control".to_owned(),
    };
    let verdict = Verdict { status: Status::Unknown, reason: unread.to_string(), evidence: Vec::new() };
    Row::new(control, String::new(), String::new(), verdict)
}
