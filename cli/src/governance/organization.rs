//! The organization as a stored scan knows it: what a folder of governance is held against.

use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_coordinator::read::{Governed, ScanView};
use plumbline_coordinator::store::record::{self, ScanKind};
use plumbline_coordinator::store::{self, Store};
use plumbline_governance::{Account, Day, Extent, Finding, ScanBase, Survey, Surveyed, Tags};

use super::Folder;
use crate::args::LATEST;
use crate::config::Basics;
use crate::elsewhere;
use crate::failure::Result;
use crate::results::{find_scan, open_store, store_failure, stored_scan};

/// What a scan knew.
pub(crate) struct Organization {
    /// The scan's id.
    pub(crate) scan: String,
    view: ScanView,
    extent: Extent,
    accounts: Vec<Known>,
}

/// What a scan knew of an account.
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) name: String,
    path: Option<String>,
    tags: Option<Tags>,
}

impl Known {
    fn of(account: &record::Account) -> Self {
        let tags = || account.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Self {
            id: account.id.clone(),
            name: account.name.clone(),
            path: (!account.unread.contains_key("ou_path")).then(|| account.ou.clone()),
            tags: account.tags_unread.is_empty().then(tags),
        }
    }

    /// As governance is asked of it.
    pub(crate) fn account(&self) -> Account<'_> {
        Account { name: &self.name, path: self.path.as_deref(), tags: self.tags.as_ref(), ..Account::new(&self.id) }
    }
}

impl Organization {
    /// What the scan that is wanted knew; without one, the latest, where there is any.
    ///
    /// # Errors
    /// When a scan is wanted and is not there, or the store fails.
    pub(crate) fn of(place: &Basics, wanted: Option<&str>) -> Result<Option<Self>> {
        let store = match wanted {
            Some(_) => open_store(&place.data_dir)?,
            None => match any_store(place)? {
                Some(store) => store,
                None => return Ok(None),
            },
        };
        let id = find_scan(&store, wanted.unwrap_or(LATEST))?;
        let record = store.scan(&id).map_err(|error| store_failure(&error))?;
        let record = record.ok_or_else(|| store_failure(&store::Error::Damaged { what: "scan" }))?;
        let extent = match record.kind() {
            ScanKind::Full | ScanKind::Demonstration => Extent::Whole,
            ScanKind::Limited | ScanKind::Partial | ScanKind::Unspecified => Extent::Part,
        };
        let accounts = record.accounts.iter().map(Known::of).collect();
        Ok(Some(Self { scan: record.id, view: stored_scan(&store, &id)?, extent, accounts }))
    }

    /// Its accounts, also those that the scan left out.
    pub(crate) fn accounts(&self) -> &[Known] {
        &self.accounts
    }

    /// Holds a folder against its accounts and findings.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn survey(self, folder: &Folder, today: Day, base: ScanBase<'_>) -> Result<Surveyed> {
        let accounts: Vec<Account<'_>> = self.accounts.iter().map(Known::account).collect();
        let mut survey = Survey::new(&folder.governance, &accounts, self.extent, today);
        let governance = Arc::clone(&folder.governance);
        // Who reads the rows so looks up the tags of what fails.
        let view = self.view.under(Governed { governance, today, problems: Vec::new() });
        view.for_each(|row| {
            if row.status == Status::Fail {
                let finding = Finding {
                    control: &row.control,
                    severity: row.severity,
                    region: &row.region,
                    resource: &row.resource,
                    tags: None,
                };
                survey.see(&row.account, &finding, row.accepted.as_ref().map(|accepted| &*accepted.id));
            }
            Ok::<(), store::Error>(())
        })
        .map_err(|error| store_failure(&error))?;
        Ok(survey.finish(base))
    }
}

/// The store, where there is one with a scan.
fn any_store(place: &Basics) -> Result<Option<Store>> {
    if elsewhere::is_in(&place.data_dir) {
        return open_store(&place.data_dir).map(Some);
    }
    let store = match Store::open(&place.data_dir) {
        Ok(store) => store,
        Err(store::Error::Missing { .. }) => return Ok(None),
        Err(error) => return Err(store_failure(&error)),
    };
    let has_scan = store.latest().map_err(|error| store_failure(&error))?.is_some();
    Ok(has_scan.then_some(store))
}
