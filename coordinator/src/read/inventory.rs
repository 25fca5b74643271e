//! The read model of resources: what there was in each account and Region on a night, place by place and type by type.
//!
//! A place of which no documents were kept says why, a type that was not listed to its end does too, and so nothing that
//! was not read looks as if it did not exist. Memory holds one type of one place at a time.

mod moment;

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_baseline::{Doc, Region, ScanId, Unread, UnreadReason};
use plumbline_proto::agent_v1::Account;
use plumbline_proto::facts;

pub use moment::Moment;

use crate::report::filter::Known;
use crate::store::record::{self, Job, JobState, Scan};
use crate::store::{Documents, Error, LOST, ScopeNight, Store, StoredDocument, TypeNames};

/// Resources of an organization, as a scan found them or as they were at a moment.
pub struct Inventory {
    store: Store,
    names: TypeNames,
    places: Vec<Place>,
    left_out: Vec<(String, String)>,
}

/// An account and Region.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where: `aws-global` for what belongs to the account as a whole.
    pub region: Arc<str>,
    /// The scan that read it last, or that was to read it.
    pub scan: Arc<ScanFacts>,
    account: u32,
    state: State,
}

/// Whether documents of a place are kept.
#[derive(Clone, Debug)]
enum State {
    /// They are. Since when; and whether the job's record proves that they were delivered.
    Kept { read: String, is_proven: bool },
    /// They are not, for this reason.
    Missing(Arc<Unread>),
}

/// What places have in common that one scan read.
#[derive(Clone, Debug)]
pub struct ScanFacts(Scan);

/// What was found of one type in one place.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The type.
    pub type_name: Arc<str>,
    /// In the order of their ARNs.
    pub documents: Vec<StoredDocument>,
    /// Why there may be more; none when that is all that there was.
    pub unread: Option<Arc<Unread>>,
    /// Whether members that change by themselves are in the documents, as far as there were any.
    pub has_changing: bool,
}

impl ScanFacts {
    /// The scan's id.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The partition.
    pub fn partition(&self) -> &str {
        &self.0.partition
    }

    /// The digest of the pack that it ran with.
    pub fn pack_digest(&self) -> &str {
        &self.0.pack_digest
    }
}

impl Place {
    fn account(&self) -> &record::Account {
        &self.scan.0.accounts[self.account as usize]
    }

    /// The account's id.
    pub fn account_id(&self) -> &str {
        &self.account().id
    }

    /// Whether it is the management account's.
    pub fn is_management(&self) -> bool {
        !self.scan.0.management_account.is_empty() && self.scan.0.management_account == self.account_id()
    }

    /// What the scan knew of the account, as expressions see it.
    pub fn about(&self) -> Doc {
        let known = self.account();
        let account = Account {
            id: known.id.clone(),
            name: known.name.clone(),
            ou_path: known.ou.clone(),
            tags: known.tags.clone(),
            is_management: self.is_management(),
            organization_id: self.scan.0.organization.clone(),
            management_account_id: self.scan.0.management_account.clone(),
            tags_unread: known.tags_unread.clone(),
            unread: known.unread.clone(),
        };
        facts::account(&account, &self.scan.0.partition)
    }

    /// When its documents were stored, ISO-8601 UTC; `None` where there are none.
    pub fn read(&self) -> Option<&str> {
        match &self.state {
            State::Kept { read, .. } => Some(read),
            State::Missing(_) => None,
        }
    }
}

impl Inventory {
    /// What one scan found; `None` when there is none of that id.
    ///
    /// # Errors
    /// When the store fails or is damaged.
    pub fn of_scan(store: &Store, id: &ScanId) -> Result<Option<Self>, Error> {
        let Some(scan) = store.scan(id)? else { return Ok(None) };
        let (scan, jobs) = (Arc::new(ScanFacts(scan)), store.jobs(id)?);
        let places = jobs.iter().filter(|job| job.region != Region::ORGANIZATION).map(|job| Place::of(job, &scan));
        let places = places.collect::<Result<_, _>>()?;
        Self::new(store, places, Some(&scan)).map(Some)
    }

    /// The places in report order: accounts by id, what belongs to an account as a whole first.
    fn new(store: &Store, mut places: Vec<Place>, scan: Option<&Arc<ScanFacts>>) -> Result<Self, Error> {
        let rank = |place: &Place| &*place.region != Region::GLOBAL;
        places.sort_by_cached_key(|place| (place.account_id().to_owned(), rank(place), Arc::clone(&place.region)));
        let with_places: BTreeSet<&str> = places.iter().map(Place::account_id).collect();
        let expected = scan.map(|scan| scan.0.accounts.as_slice()).unwrap_or_default();
        let is_left_out = |account: &&record::Account| !with_places.contains(account.id.as_str());
        let left_out = expected.iter().filter(is_left_out).map(|account| (account.id.clone(), account.skipped.clone()));
        let left_out = left_out.collect();
        Ok(Self { store: store.clone(), names: store.type_names()?, places, left_out })
    }

    /// The accounts and Regions that were to be read.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The accounts that the scan knew of and did not mean to read, and why.
    pub fn left_out(&self) -> &[(String, String)] {
        &self.left_out
    }

    /// The types that the store has ever seen.
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter()
    }

    /// What there are names for, also where nothing was found.
    pub fn known(&self) -> Known {
        Known {
            accounts: self.places.iter().map(|place| place.account_id().to_owned()).collect(),
            regions: self.places.iter().map(|place| place.region.to_string()).collect(),
            ..Known::default()
        }
    }

    /// Calls a function with every type of a place that is wanted. Where no documents of the place are kept, says why.
    ///
    /// # Errors
    /// When the store fails, or the function does. What is damaged in it is unread.
    pub fn visit<E: From<Error>>(
        &self,
        place: &Place,
        wants: impl Fn(&str) -> bool,
        mut visit: impl FnMut(Listing) -> Result<(), E>,
    ) -> Result<Option<Arc<Unread>>, E> {
        let is_proven = match &place.state {
            State::Missing(why) => return Ok(Some(Arc::clone(why))),
            State::Kept { is_proven, .. } => *is_proven,
        };
        let scope = format!("{}/{}", place.account_id(), place.region);
        let Some(night) = self.store.scope_night(&self.names, &scope, place.scan.0.night)? else {
            return Ok(Some(scanner_error("its documents are not in the store any more")));
        };
        if !is_proven && !self.says_something(&night)? {
            return Ok(Some(not_run("the scan kept no documents of it")));
        }
        for (index, type_name) in night.types().enumerate() {
            if !type_name.is_empty()
                && wants(type_name)
                && let Some(listing) = self.listing(&night, index)?
            {
                visit(listing)?;
            }
        }
        Ok(None)
    }

    /// What was found of a type; `None` where nobody looked at it.
    fn listing(&self, night: &ScopeNight, index: usize) -> Result<Option<Listing>, Error> {
        let listed = match night.listed(index) {
            Err(Error::Damaged { what }) => {
                let unread = Some(scanner_error(&format!("the {what} is damaged in the store")));
                Some(Documents { unread, documents: Vec::new() })
            }
            listed => listed?,
        };
        let type_name = night.types().nth(index).cloned().unwrap_or_default();
        Ok(listed.map(|Documents { unread, documents }| Listing {
            type_name,
            documents,
            unread,
            has_changing: night.has_changing(),
        }))
    }

    /// Whether anything of a place could only come from a delivery of documents.
    fn says_something(&self, night: &ScopeNight) -> Result<bool, Error> {
        for index in 0..night.types().len() {
            if self.listing(night, index)?.is_some_and(|each| !each.documents.is_empty() || each.unread.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Place {
    /// The place of a job.
    fn of(job: &Job, scan: &Arc<ScanFacts>) -> Result<Self, Error> {
        if job.account as usize >= scan.0.accounts.len() {
            return Err(Error::Damaged { what: "plan" });
        }
        let (region, scan, account) = (job.region.as_str().into(), Arc::clone(scan), job.account);
        let state = match missing(job, &scan.0) {
            Some(why) => State::Missing(why),
            None => State::Kept { read: job.committed.clone(), is_proven: job.calls_total > 0 },
        };
        Ok(Self { region, scan, account, state })
    }
}

/// Why a job left no documents; `None` when it did, or may have.
fn missing(job: &Job, scan: &Scan) -> Option<Arc<Unread>> {
    if job.state() != JobState::Committed {
        return Some(match job.problem.as_str() {
            "" => not_run("the job did not run"),
            LOST => scanner_error(LOST),
            problem => not_run(problem.strip_prefix("not_run: ").unwrap_or(problem)),
        });
    }
    if !scan.runs_all_controls() {
        return Some(not_run("the scan was limited to some controls, and kept no documents"));
    }
    scan.without_documents.then(|| not_run("the scan kept no documents: they stayed in the accounts"))
}

fn not_run(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::NotRun, "", detail))
}

fn scanner_error(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ScannerError, "", detail))
}

#[cfg(test)]
mod tests;
