//! What was said that night beside what is said now.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbline_baseline::{Severity, Status, UnreadReason, Verdict};

/// A verdict of that night beside one of now.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Account id.
    pub account: Arc<str>,
    /// Name of the account.
    pub account_name: Arc<str>,
    /// The Region, `aws-global`, or `organization`.
    pub region: Arc<str>,
    /// Control id.
    pub control: Arc<str>,
    /// How much a failure matters.
    pub severity: Severity,
    /// ARN; empty for what is about the whole account and Region.
    pub resource: String,
    /// Its type.
    pub resource_type: String,
    /// What was said; none where nothing was. What a PASS rests on is not stored.
    pub then: Option<Verdict>,
    /// What is said now; none where nothing is.
    pub now: Option<Verdict>,
    /// Both together.
    pub outcome: Outcome,
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The same is said.
    Same,
    /// It rests on something that is redacted, and is what the same control said on the value.
    Carried,
    /// Something else is said.
    Different,
    /// It cannot be said: not all of it was collected that night.
    NotCollected,
    /// It cannot be said: it rests on something that is redacted, and the control was another one.
    Redacted,
}

impl Outcome {
    /// The word for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Carried => "carried",
            Self::Different => "different",
            Self::NotCollected => "not_collected",
            Self::Redacted => "redacted",
        }
    }
}

/// Verdicts by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub verdicts: u64,
    /// The same is said.
    pub same: u64,
    /// Of these, as they were, since they rest on something redacted.
    pub carried: u64,
    /// Something else is said.
    pub different: u64,
    /// Not collected that night.
    pub not_collected: u64,
    /// Redacted, and asked by another control.
    pub redacted: u64,
    /// Parts of the store that could not be read.
    pub damaged: u64,
}

impl Counts {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.verdicts += 1;
        match outcome {
            Outcome::Same => self.same += 1,
            Outcome::Carried => {
                self.same += 1;
                self.carried += 1;
            }
            Outcome::Different => self.different += 1,
            Outcome::NotCollected => self.not_collected += 1,
            Outcome::Redacted => self.redacted += 1,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            verdicts: self.verdicts + other.verdicts,
            same: self.same + other.same,
            carried: self.carried + other.carried,
            different: self.different + other.different,
            not_collected: self.not_collected + other.not_collected,
            redacted: self.redacted + other.redacted,
            damaged: self.damaged + other.damaged,
        }
    }
}

/// What is said of one thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) verdict: Verdict,
    /// What it rests on.
    pub(super) rests: Rests,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rests {
    /// Documents as they were.
    #[default]
    Documents,
    /// What the same control said of values that are redacted now.
    TheNight,
    /// Documents in which something is redacted that the control reads.
    Redacted,
}

/// Control, type and resource.
pub(super) type Name = (Arc<str>, String, String);

/// What controls say. A name is one thing's, and where it is not, all of them are compared.
pub(super) type Rows<T> = BTreeMap<Name, Vec<T>>;

/// Both sides, pair by pair. Where nothing is said any more of a resource since its type could not be read, that is what is
/// said of it.
pub(super) fn pairs(
    mut then: Rows<Verdict>,
    now: Rows<Said>,
    mut visit: impl FnMut(&Name, Option<Verdict>, Option<Said>),
) {
    let is_unread = |(name, said): &(&Name, &Vec<Said>)| {
        name.2.is_empty() && said.iter().any(|said| said.verdict.status == Status::Unknown)
    };
    let unread =
        now.iter().filter(is_unread).filter_map(|((control, of, _), said)| Some(((control, of), said.first()?)));
    let unread: HashMap<(Arc<str>, String), Said> =
        unread.map(|((control, of), said)| ((Arc::clone(control), of.clone()), said.clone())).collect();
    for (name, mut said) in now {
        let mut known = then.remove(&name).unwrap_or_default();
        if known.len() > 1 || said.len() > 1 {
            let order = |verdict: &Verdict| (verdict.status, verdict.reason.clone());
            known.sort_by_cached_key(order);
            said.sort_by_cached_key(|said| order(&said.verdict));
        }
        let mut known = known.into_iter();
        for said in said {
            visit(&name, known.next(), Some(said));
        }
        known.for_each(|verdict| visit(&name, Some(verdict), None));
    }
    for (name, known) in then {
        let unread = unread.get(&(Arc::clone(&name.0), name.1.clone()));
        known.into_iter().for_each(|verdict| visit(&name, Some(verdict), unread.cloned()));
    }
}

/// What comes of a pair.
pub(super) fn outcome(then: Option<&Verdict>, now: Option<&Said>) -> Outcome {
    let Some(Said { verdict, rests }) = now else { return Outcome::Different };
    let is_unknown_for = |why: UnreadReason| verdict.status == Status::Unknown && begins(&verdict.reason, why.code());
    match then {
        _ if *rests == Rests::TheNight => Outcome::Carried,
        Some(then) if is_same(then, verdict) => Outcome::Same,
        _ if is_unknown_for(UnreadReason::NotCollected) => Outcome::NotCollected,
        _ if is_unknown_for(UnreadReason::ControlError) && *rests == Rests::Redacted => Outcome::Redacted,
        // Where a control said nothing and has nothing to say, nothing is different.
        None if verdict.status == Status::NotApplicable => Outcome::Same,
        _ => Outcome::Different,
    }
}

/// Whether the same is said. What AWS said in words is not kept with documents: the reason is the same without it.
pub(super) fn is_same(then: &Verdict, now: &Verdict) -> bool {
    let is_hidden = || then.reason.starts_with(plumbline_baseline::doc::REDACTED);
    then.status == now.status && (begins(&then.reason, &now.reason) || is_hidden())
}

fn begins(reason: &str, with: &str) -> bool {
    reason.strip_prefix(with).is_some_and(|rest| rest.is_empty() || (!with.is_empty() && rest.starts_with(": ")))
}
