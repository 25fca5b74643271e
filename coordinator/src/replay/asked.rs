//! What is asked of the accounts of each baseline of a night: the question's controls, with what the baseline had of its
//! own. What it left out is not asked there, and what it had with other settings is asked with those.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use plumbline_baseline::Doc;

use super::Question;
use super::kinds::Kind;
use crate::plan::PlannedControl;
use crate::spec::settings_json;
use crate::store::record::{self, JobKind, Premises};

const KINDS: [JobKind; 3] = [JobKind::Regional, JobKind::Global, JobKind::Management];

/// What is asked of the accounts of one baseline.
pub(super) struct Asked {
    /// What is asked in each kind of job.
    pub(super) kinds: BTreeMap<JobKind, Kind>,
    /// The controls that are asked about what the scan found.
    of_findings: Kind,
    /// The controls by id.
    pub(super) controls: HashMap<Arc<str>, PlannedControl>,
    /// The controls that are what they were that night: what rests on something redacted then holds as it was.
    pub(super) same: HashSet<Arc<str>>,
}

impl Asked {
    /// What a question asks of each baseline of a scan, the scan's own first.
    pub(super) fn of_all(scan: &record::Scan, question: &Question, premises: Option<&Premises>) -> Vec<Self> {
        let count = u32::try_from(scan.baselines.len()).unwrap_or(u32::MAX).max(1);
        (0..count).map(|baseline| Self::of(scan, question, premises, baseline)).collect()
    }

    fn of(scan: &record::Scan, question: &Question, premises: Option<&Premises>, baseline: u32) -> Self {
        let controls = controls(scan, question, baseline);
        let (pack, partition) = (&question.pack, &scan.partition);
        let kind = |kind| (kind, Kind::of(kind, pack, premises, &controls, partition, baseline));
        Self {
            kinds: KINDS.map(kind).into(),
            of_findings: Kind::of_findings(&controls, partition),
            same: same(scan, question, &controls, baseline),
            controls: controls.into_iter().map(|control| (Arc::clone(&control.id), control)).collect(),
        }
    }

    /// What is asked in a kind of job.
    pub(super) fn kind(&self, kind: JobKind) -> &Kind {
        self.kinds.get(&kind).unwrap_or(&self.of_findings)
    }
}

/// The controls that are asked of the accounts of a baseline.
fn controls(scan: &record::Scan, question: &Question, baseline: u32) -> Vec<PlannedControl> {
    let Some(then) = scan.baselines.get(baseline as usize).filter(|_| baseline > 0) else {
        return question.controls.clone();
    };
    let left_out: HashSet<&str> = then.left_out.iter().map(String::as_str).collect();
    let by_id = |baseline| scan.controls_in(baseline).map(|control| (control.id.as_str(), control)).collect();
    let (own, had): (HashMap<&str, &record::Control>, HashMap<&str, &record::Control>) = (by_id(0), by_id(baseline));
    let asked = question.controls.iter().filter(|control| !left_out.contains(&*control.id));
    let mut controls: Vec<PlannedControl> = asked
        .map(|control| match had.get(&*control.id) {
            Some(had) if own.get(&*control.id) != Some(had) => as_it_was(control, had),
            _ => control.clone(),
        })
        .collect();
    let besides = question.besides.iter().filter(|control| !own.contains_key(&*control.id));
    for control in besides {
        let is_asked = question.controls.iter().any(|known| known.id == control.id);
        if let Some(had) = had.get(&*control.id).filter(|_| !is_asked) {
            controls.push(as_it_was(control, had));
        }
    }
    controls
}

/// A control with the severity and the settings that it had.
fn as_it_was(control: &PlannedControl, then: &record::Control) -> PlannedControl {
    let settings = match then.settings.as_str() {
        "" => Ok(BTreeMap::<String, Doc>::new()),
        settings => serde_json::from_str(settings),
    };
    PlannedControl {
        severity: then.severity.parse().unwrap_or(control.severity),
        // Settings that cannot be read any more are those that are asked with now.
        settings: settings.unwrap_or_else(|_| control.settings.clone()),
        ..control.clone()
    }
}

/// The controls that are what they were when the scan ran: in the same pack, with the same settings.
fn same(scan: &record::Scan, question: &Question, controls: &[PlannedControl], baseline: u32) -> HashSet<Arc<str>> {
    let then: HashMap<&str, &str> =
        scan.controls_in(baseline).map(|control| (control.id.as_str(), control.settings.as_str())).collect();
    let is_same = |control: &&PlannedControl| then.get(&*control.id) == Some(&&*settings_json(&control.settings));
    let is_same_pack = scan.pack_digest == question.pack.digest();
    let controls = controls.iter().filter(|_| is_same_pack);
    controls.filter(is_same).map(|control| Arc::clone(&control.id)).collect()
}
