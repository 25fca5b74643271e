//! What earlier starts learned of the accounts, with the time they learned it: a file in the data directory, so that a
//! second scan, or a `plan`, on the same day asks AWS little. Which accounts there are is always asked anew.
//!
//! A file that cannot be read is no memory, and a note says so. Must not decide what is asked.

mod file;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plumbline_baseline::AccountId;
use time::OffsetDateTime;

use super::{Organization, RegionSource, Regions};

/// What is older is asked anew. A nightly scan always asks, and everything after it on the same day does not.
const KEPT: Duration = Duration::from_secs(20 * 3600);

/// Whose memory it is: what one caller may see of one organization is not what another one may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The caller, without the name of the session.
    pub caller: String,
    /// Organization id; empty without one.
    pub organization: String,
    /// The partition.
    pub partition: String,
    /// The endpoints that replace AWS's own; empty for none.
    pub endpoints: String,
}

/// What is remembered.
#[derive(Clone, Debug)]
pub struct Memory {
    path: Option<PathBuf>,
    key: Option<Key>,
    now: OffsetDateTime,
    is_used: bool,
    accounts: HashMap<AccountId, Remembered>,
    last: Option<Accounts>,
    /// Why there is none, where there should have been one.
    problem: Option<String>,
}

/// What is remembered of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Remembered {
    regions: Option<Regions>,
    tags: Option<(OffsetDateTime, BTreeMap<String, String>)>,
}

/// The active accounts of the last scan.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Accounts {
    at: OffsetDateTime,
    active: Vec<AccountId>,
}

/// Accounts that the last scan had and this one does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrink {
    /// When the last scan started.
    pub since: OffsetDateTime,
    /// How many active accounts it had.
    pub before: usize,
    /// Those that are no more.
    pub gone: Vec<AccountId>,
}

impl Key {
    /// The key of an organization as a caller sees it.
    pub fn of(organization: &Organization, endpoints: &plumbline_aws::EndpointOverrides) -> Self {
        let arn = &organization.caller_arn;
        // The session's name is another one every time.
        let caller = match arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
            Some((_, session)) => &arn[..arn.len() - session.len() - 1],
            None => arn,
        };
        let services = ["Organizations", "Account"].map(|id| endpoints.for_service_id(id).unwrap_or_default());
        Self {
            caller: caller.to_owned(),
            organization: organization.id.as_deref().unwrap_or_default().to_owned(),
            partition: organization.partition.clone(),
            endpoints: services.join(" ").trim().to_owned(),
        }
    }
}

impl Memory {
    /// No memory, and nothing to keep: a demonstration.
    pub fn none(now: OffsetDateTime) -> Self {
        Self { path: None, key: None, now, is_used: true, accounts: HashMap::new(), last: None, problem: None }
    }

    /// What is remembered in a data directory. `is_used` is false for a start that asks everything anew.
    pub fn open(directory: &Path, key: Key, now: OffsetDateTime, is_used: bool) -> Self {
        let path = directory.join(file::name(&key));
        let (content, problem) = match file::read(&path, &key) {
            Ok(content) => (content.unwrap_or_default(), None),
            Err(problem) => (file::Content::default(), Some(format!("{}: {problem}", path.display()))),
        };
        let file::Content { accounts, last } = content;
        Self { path: Some(path), key: Some(key), now, is_used, accounts, last, problem }
    }

    /// Why an earlier start's memory could not be used.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When the data directory cannot be written: the next start asks again.
    pub fn save(&self) -> io::Result<()> {
        match (&self.path, &self.key) {
            (Some(path), Some(key)) => file::write(path, key, &self.accounts, self.last.as_ref()),
            _ => Ok(()),
        }
    }

    /// The time of this start.
    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// An account's Regions, if they are not too old.
    pub(super) fn regions(&self, account: &AccountId) -> Option<&Regions> {
        self.old_regions(account).filter(|regions| match regions.source {
            RegionSource::Learned(at) => self.is_used && self.is_fresh(at),
            _ => false,
        })
    }

    /// An account's Regions, however old they are: better than a guess.
    pub(super) fn old_regions(&self, account: &AccountId) -> Option<&Regions> {
        self.accounts.get(account)?.regions.as_ref()
    }

    /// An account's tags and when they were learned, if they are not too old.
    pub(super) fn tags(&self, account: &AccountId) -> Option<(OffsetDateTime, &BTreeMap<String, String>)> {
        let (at, tags) = self.accounts.get(account)?.tags.as_ref()?;
        (self.is_used && self.is_fresh(*at)).then_some((*at, tags))
    }

    pub(super) fn learn_regions(&mut self, account: &AccountId, regions: &Regions) {
        self.accounts.entry(account.clone()).or_default().regions = Some(regions.clone());
    }

    pub(super) fn learn_tags(&mut self, account: &AccountId, tags: &BTreeMap<String, String>) {
        self.accounts.entry(account.clone()).or_default().tags = Some((self.now, tags.clone()));
    }

    /// Whether more than a tenth of the accounts that the last scan had are not there any more. An account that is
    /// closed goes through other states first, so that it is not missed here.
    pub fn shrink(&self, organization: &Organization) -> Option<Shrink> {
        let last = self.last.as_ref()?;
        let here: std::collections::HashSet<&AccountId> = organization.accounts.iter().map(|each| &each.id).collect();
        let gone: Vec<AccountId> = last.active.iter().filter(|id| !here.contains(id)).cloned().collect();
        let before = last.active.len();
        (gone.len() * 10 > before).then_some(Shrink { since: last.at, before, gone })
    }

    /// From now on these are the accounts of the last scan. Forgets what is known of accounts that are no more.
    pub fn accept(&mut self, organization: &Organization) {
        let active = organization.accounts.iter().filter(|account| account.is_active());
        self.last = Some(Accounts { at: self.now, active: active.map(|account| account.id.clone()).collect() });
        let here: std::collections::HashSet<&AccountId> = organization.accounts.iter().map(|each| &each.id).collect();
        self.accounts.retain(|id, _| here.contains(id));
    }

    fn is_fresh(&self, at: OffsetDateTime) -> bool {
        // What was learned after now was learned under another clock.
        at <= self.now && self.now - at < KEPT
    }
}

#[cfg(test)]
mod tests;
