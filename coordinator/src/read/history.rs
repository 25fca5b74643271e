//! What became of one resource, or of one control, from night to night: found where it may be, told from the records of
//! the nights that changed it.

mod control;
mod resource;

use std::sync::Arc;

use plumbline_baseline::arn::Arn;
use plumbline_baseline::{Region, Severity};

use super::nights::Nights;
use super::owed::Owed;
use crate::store::record::ScanHead;
use crate::store::{Departure, Error, Spot, Store};

/// How settings of an account are named, in front of its id.
const ACCOUNT: &str = "AWS::::Account:";

/// The histories of a store.
pub struct History {
    store: Store,
    nights: Nights,
    departures: Vec<Departure>,
    /// What the latest scan says of controls.
    owed: Owed,
}

/// Where to look. What is not given asks nothing.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// Only these accounts.
    pub accounts: Vec<String>,
    /// Only these Regions.
    pub regions: Vec<String>,
}

impl Searched {
    fn place(&self, account: &str, region: &str) -> bool {
        let has = |list: &[String], one: &str| list.is_empty() || list.iter().any(|each| each == one);
        has(&self.accounts, account) && has(&self.regions, region)
    }
}

impl History {
    /// Of a store.
    ///
    /// # Errors
    /// When the disk fails, or what names its scans is damaged.
    pub fn open(store: &Store) -> Result<Self, Error> {
        let mut known: Vec<ScanHead> = store.scans()?.into_iter().filter_map(|scan| scan.head.ok()).collect();
        known.sort_by_key(|head| head.night);
        let mut owed = Owed::default();
        if let Some(last) = known.last()
            && let Ok(id) = last.id.parse()
            && let Some(scan) = store.scan(&id)?
        {
            owed = Owed::of(&scan);
        }
        Ok(Self { store: store.clone(), nights: Nights::of(store)?, departures: store.departures()?, owed })
    }

    /// The controls of the latest scan.
    pub fn controls(&self) -> impl Iterator<Item = &str> {
        self.owed.ids()
    }

    /// Whether some kept scan had a control.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn knows(&self, control: &str) -> Result<bool, Error> {
        if self.controls().any(|id| id == control) {
            return Ok(true);
        }
        for night in self.nights.back_from(u32::MAX) {
            let Some(id) = self.nights.scan(night) else { continue };
            let scan = self.store.scan(id)?.unwrap_or_default();
            if scan.controls.iter().any(|known| known.id == control) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The departure of an account that has not come back.
    fn departed(&self, account: &str) -> Option<&Departure> {
        self.departures.iter().find(|departure| departure.account == account && departure.back == 0)
    }

    /// What a control is called, and how severe it is in an account.
    fn title(&self, account: &str, control: &str) -> (Arc<str>, Severity) {
        let known = self.owed.text(account, control);
        known.map_or_else(|| ("".into(), Severity::Critical), |text| (text.title.clone(), text.severity))
    }

    /// The scan of a night, by its id; empty when it is not kept.
    fn scan_id(&self, night: u32) -> String {
        self.nights.scan(night).map(|id| id.as_str().to_owned()).unwrap_or_default()
    }

    /// Where a resource may be: in the account and Region that its name has, and in the types of its service where the
    /// name has no account.
    fn candidates(&self, resource: &str, searched: &Searched) -> Result<Vec<Spot>, Error> {
        let arn = Arn::parse(resource);
        let account = match arn {
            Some(arn) if arn.account.len() == 12 => arn.account,
            Some(_) => "",
            None => resource.strip_prefix(ACCOUNT).unwrap_or_default(),
        };
        let region = arn.map_or("", |arn| arn.region);
        let picks = |known: &str, place: &str| {
            let is_there = place == region || [Region::GLOBAL, Region::ORGANIZATION].contains(&place);
            searched.place(known, place) && (account.is_empty() || known == account) && (region.is_empty() || is_there)
        };
        let service = arn.filter(|_| account.is_empty()).map(|arn| arn.service.to_ascii_lowercase());
        let is_of_service = |type_name: &str| {
            let of = type_name.split("::").nth(1).map(str::to_ascii_lowercase);
            service.is_none() || of == service
        };
        let spots = self.store.places(picks, is_of_service)?;
        // Not every service has the same name in both.
        if spots.is_empty() && service.is_some() { self.store.places(picks, |_| true) } else { Ok(spots) }
    }
}

#[cfg(test)]
mod tests;
