//! Numbers for names: an account and Region, and a type, are four bytes in every key, and a control in a list. A number is
//! never used again.

use crate::store::sealed::{self, Sealed, Writable};
use crate::store::{Bytes, Error};

/// Numbers by kind and name.
pub(in crate::store) const NAMES: Bytes = Bytes::new("names");

const NAME: &str = "number of a name";

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// `account/Region`.
    Scope,
    /// A type, as CloudFormation calls it.
    Type,
    /// A control's id.
    Control,
}

impl Kind {
    fn beginning(self) -> &'static str {
        match self {
            Self::Scope => "scope/",
            Self::Type => "type/",
            Self::Control => "control/",
        }
    }

    fn key(self, name: &str) -> String {
        format!("{}{name}", self.beginning())
    }

    /// Where the number is that was given last.
    fn last(self) -> &'static str {
        match self {
            Self::Scope => "last scope",
            Self::Type => "last type",
            Self::Control => "last control",
        }
    }
}

/// The number of a name; `None` when it has none.
pub(in crate::store) fn find(table: &impl Sealed, kind: Kind, name: &str) -> Result<Option<u32>, Error> {
    let found = sealed::get(table, &kind.key(name), NAME)?;
    found.map(|bytes| number(&bytes)).transpose()
}

/// The number of a name, a new one when it has none.
pub(in crate::store) fn number_of(table: &mut Writable<'_>, kind: Kind, name: &str) -> Result<u32, Error> {
    if let Some(number) = find(table, kind, name)? {
        return Ok(number);
    }
    let next = last(table, kind)? + 1;
    sealed::put(table, kind.last(), &next.to_be_bytes())?;
    sealed::put(table, &kind.key(name), &next.to_be_bytes())?;
    Ok(next)
}

/// The number that was given last; 0 when none was.
pub(in crate::store) fn last(table: &impl Sealed, kind: Kind) -> Result<u32, Error> {
    sealed::get(table, kind.last(), NAME)?.map_or(Ok(0), |bytes| number(&bytes))
}

/// All names of a kind, with their numbers.
pub(in crate::store) fn all(table: &impl Sealed, kind: Kind) -> Result<Vec<(u32, String)>, Error> {
    let (from, to) = (kind.beginning(), kind.beginning().replace('/', "0"));
    let mut names = Vec::new();
    for entry in table.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        let name = std::str::from_utf8(&key.value()[from.len()..]).map_err(|_| Error::Damaged { what: NAME })?;
        let bytes = sealed::open(table.name(), key.value(), value.value(), NAME)?;
        names.push((number(bytes)?, name.to_owned()));
    }
    Ok(names)
}

/// Whether a name of a kind begins like this.
pub(super) fn has_beginning(table: &impl Sealed, kind: Kind, beginning: &str) -> Result<bool, Error> {
    let from = kind.key(beginning);
    let first = table.range(from.as_bytes()..)?.next().transpose()?;
    Ok(first.is_some_and(|(key, _)| key.value().starts_with(from.as_bytes())))
}

fn number(bytes: &[u8]) -> Result<u32, Error> {
    bytes.try_into().map(u32::from_be_bytes).map_err(|_| Error::Damaged { what: NAME })
}
