//! Which exceptions are about a finding. By control first, then by account, then by ARN where it is written out: five
//! thousand exceptions cost a row no more than those of its own control in its own account.

use std::sync::Arc;

use plumbline_baseline::glob::glob;
use rustc_hash::FxHashMap;

use crate::account::{Account, Finding};
use crate::entry::Exception;
use crate::scope::{Holds, has_tags, in_unit};

/// The numbers of exceptions, by control and account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    by_control: FxHashMap<Arc<str>, Candidates>,
}

#[derive(Clone, Debug, Default)]
struct Candidates {
    by_account: FxHashMap<Arc<str>, Vec<usize>>,
    /// Those that name no account.
    anywhere: Vec<usize>,
}

/// The exceptions of an account, by control.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here<'g> {
    by_control: FxHashMap<&'g str, OfControl<'g>>,
}

/// The exceptions of a control in an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfControl<'g> {
    /// By ARN, those that write all of theirs out.
    exact: FxHashMap<&'g str, Vec<&'g Exception>>,
    others: Vec<&'g Exception>,
}

impl Index {
    /// Of these exceptions.
    pub(crate) fn of(exceptions: &[Exception]) -> Self {
        let mut by_control: FxHashMap<Arc<str>, Candidates> = FxHashMap::default();
        for (number, exception) in exceptions.iter().enumerate() {
            for control in &exception.controls {
                let candidates = by_control.entry(Arc::clone(control)).or_default();
                if exception.accounts.is_empty() {
                    candidates.anywhere.push(number);
                }
                for account in &exception.accounts {
                    let numbers = candidates.by_account.entry(Arc::clone(&account.text)).or_default();
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
            }
        }
        Self { by_control }
    }

    /// Those of one control that may hold in an account.
    pub(crate) fn of_control<'g>(
        &self,
        exceptions: &'g [Exception],
        account: &Account<'_>,
        control: &str,
    ) -> OfControl<'g> {
        let candidates = self.by_control.get(control);
        candidates.map(|candidates| candidates.here(exceptions, account)).unwrap_or_default()
    }

    /// All that may hold in an account.
    pub(crate) fn of_account<'g>(&'g self, exceptions: &'g [Exception], account: &Account<'_>) -> Here<'g> {
        let mut here = Here::default();
        for (control, candidates) in &self.by_control {
            let found = candidates.here(exceptions, account);
            if !found.exact.is_empty() || !found.others.is_empty() {
                here.by_control.insert(control, found);
            }
        }
        here
    }
}

impl Candidates {
    fn here<'g>(&self, exceptions: &'g [Exception], account: &Account<'_>) -> OfControl<'g> {
        let mut found = OfControl::default();
        let named = self.by_account.get(account.id).into_iter().flatten();
        for number in named.chain(&self.anywhere) {
            let exception = &exceptions[*number];
            let is_here = exception.units.is_empty()
                || Holds::any(exception.units.iter().map(|unit| in_unit(&unit.text, account).0)) == Holds::Yes;
            if !is_here {
                continue;
            }
            let is_pattern = |resource: &Arc<str>| resource.contains(['*', '?']);
            if exception.resources.is_empty() || exception.resources.iter().any(is_pattern) {
                found.others.push(exception);
                continue;
            }
            for resource in &exception.resources {
                found.exact.entry(resource).or_default().push(exception);
            }
        }
        found
    }
}

impl<'g> OfControl<'g> {
    fn matching(&self, finding: &Finding<'_>) -> impl Iterator<Item = &'g Exception> {
        let exact = self.exact.get(finding.resource).into_iter().flatten();
        exact.chain(&self.others).copied().filter(|exception| is_about(exception, finding))
    }

    /// The one that holds longest.
    pub(crate) fn best(&self, finding: &Finding<'_>) -> Option<&'g Exception> {
        let days = |exception: &Exception| exception.last_day(finding.severity);
        self.matching(finding).max_by(|a, b| days(a).cmp(&days(b)).then_with(|| b.id().cmp(a.id())))
    }
}

impl<'g> Here<'g> {
    /// The one that holds longest of those that are about a finding.
    pub(crate) fn best(&self, finding: &Finding<'_>) -> Option<&'g Exception> {
        self.by_control.get(finding.control)?.best(finding)
    }

    /// All that are about a finding, each once.
    pub(crate) fn all(&self, finding: &Finding<'_>) -> Vec<&'g Exception> {
        let of_control = self.by_control.get(finding.control);
        let mut found: Vec<&Exception> = of_control.into_iter().flat_map(|each| each.matching(finding)).collect();
        found.sort_by(|a, b| a.id().cmp(b.id()));
        found.dedup_by(|a, b| a.id() == b.id());
        found
    }

    /// All of the account, each once.
    pub(crate) fn every(&self) -> Vec<&'g Exception> {
        let all = self.by_control.values().flat_map(|each| each.exact.values().flatten().chain(&each.others));
        let mut found: Vec<&Exception> = all.copied().collect();
        let place =
            |exception: &Exception| (Arc::clone(&exception.place.file), exception.place.line, exception.place.column);
        found.sort_by_key(|exception| place(exception));
        found.dedup_by(|a, b| a.id() == b.id());
        found
    }
}

/// Whether what is left to ask of an exception of the finding's control and account holds: Region, resource and its tags.
fn is_about(exception: &Exception, finding: &Finding<'_>) -> bool {
    let is_in = exception.regions.is_empty() || exception.regions.iter().any(|region| **region == *finding.region);
    let is_it = exception.resources.is_empty()
        || exception.resources.iter().any(|resource| is_resource(resource, finding.resource));
    is_in && is_it && (exception.tags.is_empty() || has_tags(&exception.tags, finding.tags) == Holds::Yes)
}

/// A row about no resource is about none that an exception names.
fn is_resource(pattern: &str, resource: &str) -> bool {
    !resource.is_empty() && (pattern == resource || glob(resource, pattern))
}
