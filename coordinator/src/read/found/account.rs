//! What a scan found in one account: whether it was entered, and what controls found there. From rows to a document. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::{Doc, Key, Unread, UnreadReason};
use plumbline_proto::agent_v1::{Row, Status};
use plumbline_proto::facts;

use super::{not_run, unread_of};
use crate::store::record::{self, Job};

/// The call that enters an account.
const ENTERING: &str = "sts:AssumeRole";

/// What is known of one account.
#[derive(Debug, Default)]
pub(super) struct OfAccount {
    /// Whether it was entered.
    pub(super) entered: Entered,
    controls: BTreeMap<String, OfControl>,
    regions: BTreeSet<String>,
}

/// What one control found in an account. By default it found nothing that it is about.
#[derive(Clone, Debug, Default)]
pub(super) struct OfControl {
    /// It found something that holds.
    holds: bool,
    /// The Regions in which it found something that does not.
    failing_in: BTreeSet<String>,
    /// Why there may be more that does not hold.
    unread: Option<Arc<Unread>>,
    /// The account's baseline leaves it out: it is not asked there.
    is_left_out: bool,
}

/// Whether an account was entered, as far as rows say.
#[derive(Debug, Default)]
pub(super) struct Entered {
    was_refused: bool,
    was_entered: bool,
    unread: Option<Arc<Unread>>,
}

impl OfAccount {
    /// The account has a job with these of the controls.
    pub(super) fn planned(&mut self, job: &Job, ids: &BTreeSet<&str>) {
        self.regions.insert(job.region.clone());
        for id in ids {
            self.controls.entry((*id).to_owned()).or_default();
        }
    }

    /// Whether a job of a Region was planned.
    pub(super) fn has_job_in(&self, region: &str) -> bool {
        self.regions.contains(region)
    }

    /// What a job found cannot be read.
    pub(super) fn missed(&mut self, ids: &BTreeSet<&str>, why: &Arc<Unread>) {
        self.entered.unread.get_or_insert_with(|| Arc::clone(why));
        ids.iter().for_each(|id| self.missed_control(id, why));
    }

    /// What a control found in a job cannot be read.
    pub(super) fn missed_control(&mut self, id: &str, why: &Arc<Unread>) {
        self.controls.entry(id.to_owned()).or_default().miss(why);
    }

    /// A row of a control. What another account decides, and what holds there, holds.
    pub(super) fn add(&mut self, row: &Row, region: &str, holds_elsewhere: bool) {
        let control = self.controls.entry(row.control.clone()).or_default();
        let place = || format!("{} in {region}", row.control);
        match row.status() {
            Status::Pass => control.holds = true,
            Status::Fail => drop(control.failing_in.insert(region.to_owned())),
            Status::Unknown if holds_elsewhere => control.holds = true,
            Status::Unknown => control.miss(&unread_of(&row.reason, &place())),
            Status::NotApplicable => {}
            // A person's decision is none of the scan's, and a status that this version does not know is not a good one.
            Status::Manual | Status::Unspecified => control.miss(&unread_of("not_asked", &place())),
        }
    }

    /// What a control found, if it ran in a job of the account.
    pub(super) fn control(&self, id: &str) -> Option<&OfControl> {
        self.controls.get(id)
    }

    /// The document of the account.
    pub(super) fn doc<'a>(
        &self,
        account: &record::Account,
        management_account: &str,
        controls: impl Iterator<Item = (&'a str, OfControl)>,
    ) -> Doc {
        let text = |text: &str| if text.is_empty() { Doc::Null } else { Doc::from(text) };
        let known = |name: &str, value: Doc| account.unread.get(name).map_or(value, |why| facts::unread(why));
        let is_management = !management_account.is_empty() && account.id == management_account;
        let controls = controls.map(|(id, found)| (Key::new(id), found.doc()));
        Doc::map([
            ("Id", Doc::from(account.id.as_str())),
            ("Name", known("name", text(&account.name))),
            ("OuPath", known("ou_path", text(&account.ou))),
            ("IsManagement", known("is_management", Doc::from(is_management))),
            ("Skipped", text(&account.skipped)),
            ("Entered", self.entered.doc(&account.skipped)),
            ("Controls", Doc::Map(controls.collect())),
        ])
    }
}

impl OfControl {
    /// A control of which nothing is known.
    pub(super) fn not_read(why: Arc<Unread>) -> Self {
        Self { unread: Some(why), ..Self::default() }
    }

    /// A control that the account's baseline leaves out: the account does not owe it, and nobody may take it for held.
    pub(super) fn left_out(why: Arc<Unread>) -> Self {
        Self { is_left_out: true, ..Self::not_read(why) }
    }

    /// What was found, and that there may be more.
    pub(super) fn and_not_read(mut self, why: Arc<Unread>) -> Self {
        self.miss(&why);
        self
    }

    fn miss(&mut self, why: &Arc<Unread>) {
        self.unread.get_or_insert_with(|| Arc::clone(why));
    }

    fn doc(&self) -> Doc {
        let unread = self.unread.clone().map(Doc::Unread);
        let holds = match (self.failing_in.is_empty(), &unread) {
            (false, _) => Doc::from(false),
            (true, Some(unread)) => unread.clone(),
            (true, None) if self.holds => Doc::from(true),
            (true, None) => Doc::Null,
        };
        let failing_in = self.failing_in.iter().map(|region| Doc::from(region.as_str())).chain(unread);
        let left_out = Doc::from(self.is_left_out);
        Doc::map([("Holds", holds), ("FailingIn", Doc::List(failing_in.collect())), ("LeftOut", left_out)])
    }
}

impl Entered {
    /// What a row says of it: that somebody decided something about the account, or asked a service there.
    pub(super) fn add(&mut self, row: &Row, region: &str) {
        let mut parts = row.reason.split(": ");
        let (code, operation) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match row.status() {
            Status::Manual | Status::Unspecified => {}
            Status::Unknown if code == UnreadReason::RoleUnassumable.code() => self.was_refused = true,
            Status::Unknown if is_operation(operation) && operation != ENTERING => self.was_entered = true,
            Status::Unknown => drop(self.unread.get_or_insert_with(|| unread_of(&row.reason, region))),
            Status::Pass | Status::Fail | Status::NotApplicable => self.was_entered = true,
        }
    }

    /// With what one job says. A row that was not decided says nothing against a job that was in the account.
    pub(super) fn and(&mut self, job: Self, region: &str) {
        self.was_refused |= job.was_refused;
        self.was_entered |= job.was_entered;
        if !job.was_entered && !job.was_refused {
            let nothing = || unread_of("not_run: no row says that the account was entered", region);
            self.unread.get_or_insert_with(|| job.unread.unwrap_or_else(nothing));
        }
    }

    fn doc(&self, skipped: &str) -> Doc {
        match &self.unread {
            _ if !skipped.is_empty() => Doc::Unread(not_run(format!("the account is not scanned ({skipped})"))),
            _ if self.was_refused => Doc::from(false),
            Some(unread) => Doc::Unread(Arc::clone(unread)),
            None if self.was_entered => Doc::from(true),
            None => Doc::Unread(not_run("no job of the account was planned".to_owned())),
        }
    }
}

/// Whether a part of a reason names an operation: `s3:GetBucketPolicy`.
fn is_operation(part: &str) -> bool {
    part.split_once(':').is_some_and(|(service, name)| !service.is_empty() && name.starts_with(char::is_uppercase))
        && !part.contains(char::is_whitespace)
}
