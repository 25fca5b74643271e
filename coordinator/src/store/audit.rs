//! The log of who did what: written in one transaction with what was done, and never changed. Every entry has the hash of
//! the one before, so that what was changed or taken out shows, unless all that follows was written anew.

use prost::Message;
use redb::{ReadableTable, WriteTransaction};

use super::record::AuditEntry;
use super::tables::opened;
use super::{Bytes, Error, Store, sealed};

/// Entries by their number.
pub(super) const AUDIT: Bytes = Bytes::new("audit");

const WHAT: &str = "entry of the audit log";
/// What separates these hashes from every other use of BLAKE3.
const CONTEXT: &str = "plumbline 2026-11-26 audit chain v1";

/// What was done, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// When, ISO-8601 UTC.
    pub time: String,
    /// Who did it.
    pub actor: String,
    /// What they did: `agent.enrolled`.
    pub action: &'static str,
    /// To whom or what.
    pub subject: String,
    /// More of it.
    pub detail: String,
}

/// Appends an entry.
///
/// # Errors
/// When the disk fails, or the last entry is damaged.
pub(super) fn append(transaction: &WriteTransaction, act: Act) -> Result<(), Error> {
    let mut table = transaction.open_table(AUDIT)?;
    let last = match table.last()? {
        Some((key, value)) => Some(sealed::open_record::<AuditEntry>(&table, key.value(), value.value(), WHAT)?),
        None => None,
    };
    let sequence = last.as_ref().map_or(0, |last| last.sequence) + 1;
    let entry = AuditEntry {
        sequence,
        time: act.time,
        actor: act.actor,
        action: act.action.to_owned(),
        subject: act.subject,
        detail: act.detail,
        previous: last.as_ref().map(hash).unwrap_or_default(),
    };
    sealed::put_record(&mut table, &key(sequence), &entry)
}

/// Whether this is an entry that belongs under its key, and follows the one before it.
pub(super) fn follows(before: Option<&AuditEntry>, entry: &AuditEntry, at: &[u8]) -> bool {
    let (sequence, previous) = before.map_or((1, Vec::new()), |before| (before.sequence + 1, hash(before)));
    entry.sequence == sequence && entry.previous == previous && key(sequence).as_bytes() == at
}

fn key(sequence: u64) -> String {
    format!("{sequence:016x}")
}

fn hash(entry: &AuditEntry) -> Vec<u8> {
    blake3::derive_key(CONTEXT, &entry.encode_to_vec()).to_vec()
}

impl Store {
    /// Writes down what was done, where nothing else is written with it.
    ///
    /// # Errors
    /// When the disk fails, or the last entry is damaged.
    pub async fn record_act(&self, act: Act) -> Result<(), Error> {
        self.write(0, move |transaction| append(transaction, act)).await
    }

    /// All entries, the oldest first.
    ///
    /// # Errors
    /// When the disk fails, or an entry is damaged or does not follow the one before it.
    pub fn audit(&self) -> Result<Vec<AuditEntry>, Error> {
        self.read(|transaction| {
            let Some(table) = opened(transaction, AUDIT)? else { return Ok(Vec::new()) };
            let mut entries: Vec<AuditEntry> = Vec::new();
            for entry in table.iter()? {
                let (key, value) = entry?;
                let next: AuditEntry = sealed::open_record(&table, key.value(), value.value(), WHAT)?;
                if !follows(entries.last(), &next, key.value()) {
                    return Err(Error::Damaged { what: "chain of the audit log" });
                }
                entries.push(next);
            }
            Ok(entries)
        })
    }
}
