//! Accounts that left the organization: noted when a scan ends that listed all of its accounts, from what earlier scans
//! of the same organization had. An account that is scanned again is taken back.
//!
//! An account that only a scan of another organization, or of accounts by name, ever had is no business of this one.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableTable, WriteTransaction};

use super::record::{Absence, Departures, Scan, ScanKind, Settled};
use super::tables::opened;
use super::{Bytes, Error, SCANS, Store, packed, remember, sealed};

/// By `account/ID` when it left and came back; by `organization/ID` up to which scan that was looked into.
pub(super) const DEPARTURES: Bytes = Bytes::new("departures");

const DEPARTURE: &str = "record of an account that left";
const ACCOUNT: &str = "account/";
const ORGANIZATION: &str = "organization/";

/// Gaps with which the flat list of accounts was read to its end all the same.
const HARMLESS: [&str; 3] = ["units_not_listed", "accounts_of_units_not_listed", "management_account_unknown"];
/// Options that leave no account out.
const WITHIN_ACCOUNTS: [&str; 5] = ["regions", "exclude-regions", "no-global", "controls", "exclude-controls"];

/// An account that left the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The account.
    pub account: String,
    /// The first scan of the whole organization without it, by its number.
    pub left: u32,
    /// When that scan began.
    pub left_on: String,
    /// The scan that had it again; 0 for none.
    pub back: u32,
    /// When that scan began; empty for none.
    pub back_on: String,
}

impl Departure {
    /// Whether it had left after a night.
    pub fn holds(&self, night: u32) -> bool {
        self.left <= night && (self.back == 0 || self.back > night)
    }
}

/// Whether this is a record that belongs under its key.
pub(super) fn is_note(key: &[u8], payload: &[u8]) -> bool {
    match std::str::from_utf8(key) {
        Ok(key) if key.starts_with(ACCOUNT) => <Departures as prost::Message>::decode(payload).is_ok(),
        Ok(key) if key.starts_with(ORGANIZATION) => <Settled as prost::Message>::decode(payload).is_ok(),
        _ => false,
    }
}

impl Store {
    /// Every time that an account left, by account.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn departures(&self) -> Result<Vec<Departure>, Error> {
        self.read(|transaction| match opened(transaction, DEPARTURES)? {
            Some(table) => Ok(known(&table)?.into_iter().flat_map(|(account, known)| told(account, known)).collect()),
            None => Ok(Vec::new()),
        })
    }
}

fn told(account: String, known: Departures) -> impl Iterator<Item = Departure> {
    known.absences.into_iter().map(move |absence| Departure {
        account: account.clone(),
        left: absence.left,
        left_on: absence.left_on,
        back: absence.back,
        back_on: absence.back_on,
    })
}

/// Notes which accounts are not in the organization any more, and which are again, by a scan that ended. Damage that this
/// meets leaves things as they are; a later scan looks again.
///
/// # Errors
/// When the disk fails.
pub(super) fn note(transaction: &WriteTransaction, scan: &Scan) -> Result<(), Error> {
    match look(transaction, scan) {
        Ok(notes) => write(transaction, notes),
        Err(Error::Damaged { what }) => {
            tracing::error!(what, "damaged in the store: nobody can tell which accounts left");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Records by key.
type Notes = BTreeMap<String, Vec<u8>>;

/// What there is to write down; nothing is written while something may still turn out to be damaged.
fn look(transaction: &WriteTransaction, scan: &Scan) -> Result<Notes, Error> {
    let mut notes = Notes::new();
    if scan.kind() == ScanKind::Demonstration {
        return Ok(notes);
    }
    let table = transaction.open_table(DEPARTURES)?;
    let mut known = known(&table)?;
    let present: BTreeSet<&str> = scan.accounts.iter().map(|account| account.id.as_str()).collect();
    for (account, departures) in known.iter_mut().filter(|(account, _)| present.contains(account.as_str())) {
        if let Some(absence) = open(departures) {
            (absence.back, absence.back_on) = (scan.night, scan.started.clone());
            notes.insert(format!("{ACCOUNT}{account}"), prost::Message::encode_to_vec(departures));
        }
    }
    if !lists_all_accounts(scan) {
        return Ok(notes);
    }
    let settled_key = format!("{ORGANIZATION}{}", scan.organization);
    let settled = sealed::get_record::<Settled>(&table, &settled_key, DEPARTURE)?.unwrap_or_default().night;
    if settled > scan.night {
        // A scan that was planned later ended before this one, and knows better.
        return Ok(Notes::new());
    }
    for account in earlier_accounts(transaction, scan, settled)? {
        let departures = known.entry(account.clone()).or_default();
        let is_new = !present.contains(account.as_str()) && open(departures).is_none();
        if is_new && remember::has_account(transaction, &account)? {
            let absence = Absence { left: scan.night, left_on: scan.started.clone(), ..Absence::default() };
            departures.absences.push(absence);
            notes.insert(format!("{ACCOUNT}{account}"), prost::Message::encode_to_vec(departures));
        }
    }
    notes.insert(settled_key, prost::Message::encode_to_vec(&Settled { night: scan.night }));
    Ok(notes)
}

fn write(transaction: &WriteTransaction, notes: Notes) -> Result<(), Error> {
    let mut table = transaction.open_table(DEPARTURES)?;
    notes.into_iter().try_for_each(|(key, record)| sealed::put(&mut table, &key, &record))
}

/// Whether an account that is not among a scan's is none of the organization's.
fn lists_all_accounts(scan: &Scan) -> bool {
    let is_of_all = match scan.kind() {
        ScanKind::Full => true,
        ScanKind::Limited => scan.selection.iter().all(|limit| WITHIN_ACCOUNTS.contains(&&*limit.option)),
        ScanKind::Unspecified | ScanKind::Demonstration | ScanKind::Partial => false,
    };
    is_of_all && !scan.organization.is_empty() && scan.gaps.iter().all(|gap| HARMLESS.contains(&&*gap.code))
}

/// The accounts that earlier scans of the same organization had, back to the last one that settled who left, itself
/// included.
fn earlier_accounts(transaction: &WriteTransaction, scan: &Scan, settled: u32) -> Result<BTreeSet<String>, Error> {
    let table = transaction.open_table(SCANS)?;
    let mut accounts = BTreeSet::new();
    for entry in table.iter()?.rev() {
        let (key, value) = entry?;
        // One that cannot be read says nothing; those before it do.
        let earlier = packed::open::<Scan>(&table, key.value(), value.value(), "scan");
        let Ok(earlier) = earlier.inspect_err(|error| tracing::error!(%error, "a scan is passed over")) else {
            continue;
        };
        if earlier.night < settled {
            break;
        }
        let is_of_it = earlier.organization == scan.organization && earlier.kind() != ScanKind::Demonstration;
        if is_of_it && earlier.night < scan.night {
            accounts.extend(earlier.accounts.into_iter().map(|account| account.id));
        }
    }
    Ok(accounts)
}

/// The absence that has not ended.
fn open(departures: &mut Departures) -> Option<&mut Absence> {
    departures.absences.last_mut().filter(|absence| absence.back == 0)
}

/// What is known of accounts, by account.
fn known(table: &impl sealed::Sealed) -> Result<BTreeMap<String, Departures>, Error> {
    let mut known = BTreeMap::new();
    let end = ACCOUNT.replace('/', "0");
    for entry in table.range(ACCOUNT.as_bytes()..end.as_bytes())? {
        let (key, value) = entry?;
        let account = std::str::from_utf8(&key.value()[ACCOUNT.len()..]);
        let account = account.map_err(|_| Error::Damaged { what: DEPARTURE })?.to_owned();
        known.insert(account, sealed::open_record(table, key.value(), value.value(), DEPARTURE)?);
    }
    Ok(known)
}

/// Creates the table.
pub(super) fn create_table(transaction: &WriteTransaction) -> Result<(), Error> {
    Ok(transaction.open_table(DEPARTURES).map(drop)?)
}

#[cfg(test)]
mod tests;
