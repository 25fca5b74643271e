//! The form of the memory on disk: JSON with a version, readable by its owner only, replaced as a whole.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

use plumbline_baseline::{AccountId, Region};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Accounts, Key, Remembered};
use crate::organization::regions::Shared;
use crate::organization::{RegionSource, Regions};
use crate::store::Store;

/// Raised when a reader of today would misread the file.
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct File {
    version: u32,
    caller: String,
    organization: String,
    partition: String,
    endpoints: String,
    /// The active accounts of the last scan.
    last: Option<FileAccounts>,
    accounts: BTreeMap<String, FileAccount>,
}

#[derive(Deserialize, Serialize)]
struct FileAccounts {
    at: String,
    active: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct FileAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<FileRegions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<FileTags>,
}

#[derive(Deserialize, Serialize)]
struct FileRegions {
    learned: String,
    enabled: Vec<String>,
    disabled: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct FileTags {
    learned: String,
    tags: BTreeMap<String, String>,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) accounts: HashMap<AccountId, Remembered>,
    pub(super) last: Option<Accounts>,
}

/// The name of a key's file.
pub(super) fn name(key: &Key) -> String {
    let Key { caller, organization, partition, endpoints } = key;
    let hash = blake3::hash(format!("{caller}\n{organization}\n{partition}\n{endpoints}").as_bytes());
    format!("organization-{}.json", &hash.to_hex()[..16])
}

/// Reads a file; `None` when there is none, or when it is of another version.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(path: &Path, key: &Key) -> Result<Option<Content>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let version: Version = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if version.version != VERSION {
        return Ok(None);
    }
    let file: File = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let found = Key {
        caller: file.caller,
        organization: file.organization,
        partition: file.partition,
        endpoints: file.endpoints,
    };
    if found != *key {
        return Err("it is about another caller or organization".to_owned());
    }
    let mut shared = Shared::default();
    let mut content = Content::default();
    for (id, account) in file.accounts {
        content.accounts.insert(parsed(&id)?, remembered(account, &mut shared)?);
    }
    content.last = file.last.map(accounts).transpose()?;
    Ok(Some(content))
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

fn remembered(account: FileAccount, shared: &mut Shared) -> Result<Remembered, String> {
    let regions = account.regions.map(|regions| {
        let names = |names: &[String]| names.iter().map(|name| parsed::<Region>(name)).collect::<Result<Vec<_>, _>>();
        Ok::<_, String>(Regions {
            enabled: shared.of(names(&regions.enabled)?),
            disabled: shared.of(names(&regions.disabled)?),
            source: RegionSource::Learned(time(&regions.learned)?),
        })
    });
    let tags = account.tags.map(|tags| Ok::<_, String>((time(&tags.learned)?, tags.tags)));
    Ok(Remembered { regions: regions.transpose()?, tags: tags.transpose()? })
}

fn accounts(file: FileAccounts) -> Result<Accounts, String> {
    let active = file.active.iter().map(|id| parsed(id)).collect::<Result<_, _>>()?;
    Ok(Accounts { at: time(&file.at)?, active })
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|error| format!("`{text}` is no time: {error}"))
}

/// Puts a file in the place of the one before.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(
    path: &Path,
    key: &Key,
    accounts: &HashMap<AccountId, Remembered>,
    last: Option<&Accounts>,
) -> io::Result<()> {
    let text = |at: OffsetDateTime| at.format(&Rfc3339).map_err(io::Error::other);
    let mut entries = BTreeMap::new();
    for (id, account) in accounts {
        entries.insert(id.to_string(), file_account(account, &text)?);
    }
    let last = last.map(|last| {
        Ok::<_, io::Error>(FileAccounts { at: text(last.at)?, active: last.active.iter().map(String::from).collect() })
    });
    let Key { caller, organization, partition, endpoints } = key.clone();
    let file = File {
        version: VERSION,
        caller,
        organization,
        partition,
        endpoints,
        last: last.transpose()?,
        accounts: entries,
    };
    let directory = path.parent().unwrap_or(Path::new("."));
    Store::create_directory(directory)?;
    // Temporary files are readable by their owner only.
    let mut new = tempfile::NamedTempFile::with_prefix_in(".plumbline-organization-", directory)?;
    new.write_all(&serde_json::to_vec(&file)?)?;
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn file_account(account: &Remembered, text: &impl Fn(OffsetDateTime) -> io::Result<String>) -> io::Result<FileAccount> {
    let names = |regions: &[Region]| regions.iter().map(String::from).collect();
    let regions = match &account.regions {
        Some(Regions { enabled, disabled, source: RegionSource::Learned(at) }) => {
            Some(FileRegions { learned: text(*at)?, enabled: names(enabled), disabled: names(disabled) })
        }
        _ => None,
    };
    let tags = match &account.tags {
        Some((at, tags)) => Some(FileTags { learned: text(*at)?, tags: tags.clone() }),
        None => None,
    };
    Ok(FileAccount { regions, tags })
}
