//! What other accounts' rows say of what an account cannot see: whether the places that rows point to are in the scan, and
//! whether they are decided there. Reads the jobs that may have them, and no others.

use std::collections::HashMap;
use std::sync::Arc;

use plumbline_proto::agent_v1::{Elsewhere, Row, Status};

use super::ScanView;
use crate::store::record::{Job, JobState};
use crate::store::{Error, StoredRow};

/// What became of the places that rows point to.
#[derive(Debug, Default)]
pub(super) struct Answers(HashMap<Elsewhere, Answer>);

/// What the scan says of one place.
#[derive(Clone, Debug, Default)]
struct Answer {
    /// The account that has it; none when no account of the scan does.
    account: Option<Arc<str>>,
    /// A row says PASS or FAIL.
    is_decided: bool,
    /// A row says FAIL.
    is_failing: bool,
    /// A row says UNKNOWN, or its job came to nothing.
    is_undecided: bool,
}

impl Answers {
    /// Looks up every place that a row of the scan points to.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn of(view: &ScanView) -> Result<Self, Error> {
        let committed = view.jobs.iter().filter(|job| job.state() == JobState::Committed);
        let places = committed.flat_map(|job| &job.elsewhere);
        let mut answers = Self(places.map(|place| (place.clone(), Answer::default())).collect());
        if !answers.0.is_empty() {
            view.jobs.iter().try_for_each(|job| answers.look_into(view, job))?;
        }
        Ok(answers)
    }

    fn look_into(&mut self, view: &ScanView, job: &Job) -> Result<(), Error> {
        let Some(account) = view.scan.accounts.get(job.account as usize) else { return Ok(()) };
        let account: Arc<str> = account.id.as_str().into();
        let may_be_here = |place: &Elsewhere| {
            (place.account.is_empty() || *place.account == *account)
                && (place.region.is_empty() || place.region == job.region)
                && view.control(job, &place.control).is_some()
        };
        let mut here: Vec<(&Elsewhere, &mut Answer)> =
            self.0.iter_mut().filter(|(place, _)| may_be_here(place)).collect();
        if here.is_empty() {
            return Ok(());
        }
        for (_, answer) in here.iter_mut().filter(|(place, _)| !place.account.is_empty()) {
            answer.account = Some(Arc::clone(&account));
            answer.is_undecided |= job.state() != JobState::Committed;
        }
        if job.state() != JobState::Committed {
            return Ok(());
        }
        for part in view.store.parts(job)? {
            let rows = match part.rows() {
                Ok(rows) => rows,
                Err(Error::Damaged { .. }) => {
                    here.iter_mut().for_each(|(_, answer)| answer.is_undecided = true);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for StoredRow { row, .. } in &rows {
                let about = here.iter_mut().filter(|(place, _)| is_about(row, place));
                about.for_each(|(_, answer)| answer.add(row, &account));
            }
        }
        Ok(())
    }

    /// The accounts in which a row's question is decided; none unless every place that it points to is.
    pub(super) fn decided_in(&self, row: &Row) -> Vec<Arc<str>> {
        let answers = || row.elsewhere.iter().map(|place| self.0.get(place));
        if !answers().all(|answer| answer.is_some_and(Answer::settles)) {
            return Vec::new();
        }
        let mut accounts: Vec<Arc<str>> = answers().flatten().filter_map(|answer| answer.account.clone()).collect();
        accounts.sort();
        accounts.dedup();
        accounts
    }

    /// Whether every place that a row points to is decided, and nothing fails there.
    pub(super) fn hold(&self, row: &Row) -> bool {
        let holds = |place| self.0.get(place).is_some_and(|answer| answer.settles() && !answer.is_failing);
        !row.elsewhere.is_empty() && row.elsewhere.iter().all(holds)
    }

    /// What the scan says of the places that a row points to, in words; nothing when it points to none.
    pub(super) fn told(&self, row: &Row) -> String {
        let mut parts: Vec<String> = row.elsewhere.iter().map(|place| self.told_of(place)).collect();
        parts.dedup();
        parts.join("; ")
    }

    fn told_of(&self, place: &Elsewhere) -> String {
        let Elsewhere { account, region, control, resource } = place;
        let known = self.0.get(place);
        let owner = known.and_then(|answer| answer.account.as_deref()).unwrap_or(account);
        let region = if region.is_empty() { String::new() } else { format!(", {region}") };
        match known {
            Some(answer) if answer.settles() => format!("decided in {owner}{region} by {control}"),
            Some(answer) if answer.account.is_some() => format!("{control} does not decide it in {owner}{region}"),
            _ if account.is_empty() => format!("{control} was asked of {resource} in no account of the scan"),
            _ => format!("{account}{region} was not scanned for {control}"),
        }
    }
}

impl Answer {
    fn settles(&self) -> bool {
        self.is_decided && !self.is_undecided
    }

    fn add(&mut self, row: &Row, account: &Arc<str>) {
        match row.status() {
            Status::Pass => self.is_decided = true,
            Status::Fail => (self.is_decided, self.is_failing) = (true, true),
            Status::Unknown | Status::Unspecified => self.is_undecided = true,
            Status::NotApplicable | Status::Manual => {}
        }
        self.account = Some(Arc::clone(account));
    }
}

fn is_about(row: &Row, place: &Elsewhere) -> bool {
    row.control == place.control && (place.resource.is_empty() || row.resource == place.resource)
}

#[cfg(test)]
mod tests;
