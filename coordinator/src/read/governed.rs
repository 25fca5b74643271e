//! What governance says of the rows of a scan, said while they are read: which failures are accepted, what a person vouches
//! for, and whose a finding is. As of the day of the reading, whichever night is read.
//!
//! A FAIL stays a FAIL and an UNKNOWN an UNKNOWN; only what is left to a person can be attested, and says so. What is not
//! known of a resource or an account (its tags, its unit) accepts and owns nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_governance::{Account, Attestation, Day, Finding, Governance, InAccount, Owner, Tags};

use super::failing::Failing;
use super::search::tags_of;
use crate::report::ReportRow;
use crate::report::row::Governed as Told;
use crate::store::record::{self, Scan};

/// Problems that a report names.
const NAMED: usize = 10;

/// What rows are read under.
#[derive(Clone, Debug)]
pub struct Governed {
    /// What holds.
    pub governance: Arc<Governance>,
    /// The day of the reading.
    pub today: Day,
    /// What is broken in it, and left out: one sentence each.
    pub problems: Vec<String>,
}

/// What an account is known by, to be asked of its rows.
struct Known {
    id: String,
    name: String,
    path: Option<String>,
    units: Option<Vec<String>>,
    tags: Option<Tags>,
}

/// What governance says of one account.
pub(super) struct OfAccount<'g> {
    said: InAccount<'g>,
    known: Known,
    /// Who owns what has no owner of its own.
    owner: Option<Arc<Owner>>,
    reads_tags: bool,
}

impl Governed {
    /// What it says of an account of the scan.
    pub(super) fn of(&self, account: &record::Account) -> OfAccount<'_> {
        let known = Known::of(account);
        let said = self.governance.in_account(&known.account(), self.today);
        let owner = self.governance.owner(&known.account(), None).map(Arc::new);
        OfAccount { said, owner, known, reads_tags: self.reads_tags() }
    }

    /// Whether something in it depends on the tags of resources.
    fn reads_tags(&self) -> bool {
        let asks = self.governance.exceptions().iter().any(|exception| !exception.tags.is_empty());
        asks || !self.governance.owners().resource_tags.is_empty()
    }

    /// What a report says of it as a whole.
    pub(super) fn told(&self) -> Told {
        let attestations = self.governance.attestations();
        // One that was renewed is no loss.
        let is_renewed = |ended: &Attestation| {
            let renews = |other: &Attestation| {
                other.attested.until >= self.today
                    && other.attested.step == ended.attested.step
                    && other.reach.is_same(&ended.reach)
            };
            attestations.iter().any(renews)
        };
        let ended = attestations.iter().filter(|each| each.attested.until < self.today && !is_renewed(each));
        Told {
            today: self.today,
            ended: ended.map(|each| Arc::clone(&each.attested)).collect(),
            broken: self.problems.len(),
        }
    }

    /// What the reader has to know of it.
    pub(super) fn notes(&self, scan: &Scan) -> Vec<String> {
        let broken = |problem: &String| format!("governance: {problem}: it is left out");
        let mut notes: Vec<String> = self.problems.iter().take(NAMED).map(broken).collect();
        if self.problems.len() > NAMED {
            let more = self.problems.len() - NAMED;
            notes
                .push(format!("governance: {more} more entries are broken and left out: `plumbline governance check`"));
        }
        if self.reads_tags() && !scan.keeps_documents() {
            notes.push(
                "the scan kept no documents, so the tags of resources are not known: no exception and no owner by tag of \
                 a resource applies"
                    .to_owned(),
            );
        }
        notes
    }
}

impl Known {
    fn of(account: &record::Account) -> Self {
        let tags = || account.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        // Scans of versions that did not keep them know none.
        let has_units = !account.units.is_empty() || account.ou.is_empty();
        Self {
            units: (has_units && !account.unread.contains_key("ou_path")).then(|| account.units.clone()),
            id: account.id.clone(),
            name: account.name.clone(),
            path: (!account.unread.contains_key("ou_path")).then(|| account.ou.clone()),
            tags: account.tags_unread.is_empty().then(tags),
        }
    }

    fn account(&self) -> Account<'_> {
        let Self { id, name, path, units, tags } = self;
        Account { id, name, path: path.as_deref(), units: units.as_deref(), tags: tags.as_ref() }
    }
}

impl OfAccount<'_> {
    /// Says it of a row that was found.
    pub(super) fn say(&self, row: &mut ReportRow, failing: &mut Failing) {
        match row.status {
            Status::Fail => {
                let document = self.reads_tags.then(|| failing.document(&row.resource)).flatten();
                self.say_of_failure(row, document.and_then(tags_of).as_ref());
            }
            Status::Manual => self.say_of_manual(row),
            Status::Unknown => self.say_of_unknown(row),
            Status::Pass | Status::NotApplicable => {}
        }
    }

    /// Says it of a row of which nothing was found.
    pub(super) fn say_of_unknown(&self, row: &mut ReportRow) {
        row.owner.clone_from(&self.owner);
    }

    fn say_of_failure(&self, row: &mut ReportRow, tags: Option<&BTreeMap<String, String>>) {
        let finding = Finding {
            control: &row.control,
            severity: row.severity,
            region: &row.region,
            resource: &row.resource,
            tags,
        };
        row.accepted = self.said.accepted(&finding).map(Arc::clone);
        row.owner = match tags {
            Some(tags) => self.said.governance().owner(&self.known.account(), Some(tags)).map(Arc::new),
            None => self.owner.clone(),
        };
    }

    /// What a person vouches for reads PASS, and says by whom: it was not measured.
    fn say_of_manual(&self, row: &mut ReportRow) {
        row.owner.clone_from(&self.owner);
        if let Some(attested) = self.said.attested(&row.control) {
            row.status = Status::Pass;
            row.reason = attested.reason().into();
            row.attested = Some(Arc::clone(attested));
        }
    }
}

#[cfg(test)]
mod tests;
