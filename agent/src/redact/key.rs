//! The key of the hashes that stand for secrets. It is the deployment's: agents are given it, so that equal secrets are
//! equal from every agent, and none makes its own.

use std::fmt;

use plumbline_baseline::Doc;

/// The size of a key in bytes.
pub(crate) const LENGTH: usize = 32;
/// Digits of a hash that are kept.
pub(super) const DIGITS: usize = 16;

/// A deployment's key for hashes of secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RedactionKey([u8; LENGTH]);

impl RedactionKey {
    /// The hash of a value, as it is told.
    pub(super) fn hash(&self, value: &Doc) -> String {
        blake3::keyed_hash(&self.0, value.to_json().as_bytes()).to_hex().as_str()[..DIGITS].to_owned()
    }
}

impl From<[u8; LENGTH]> for RedactionKey {
    fn from(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for RedactionKey {
    /// Without the key: who knows it can tell by a hash whether a guess is right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactionKey(…)")
    }
}
