//! The governance of a scan as it was when the scan began: the files of its folder. The same on many nights, and stored once
//! for all of them.

use prost::Message;

/// Bytes that it may have when it is packed: text of a person's hand is far shorter.
const LARGEST: usize = 8 << 20;
/// Bytes that it may have as text.
const LARGEST_TEXT: usize = 64 << 20;

/// All files of a folder.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Governance {
    /// In the order of their names.
    #[prost(message, repeated, tag = "1")]
    pub files: Vec<GovernanceFile>,
}

/// One file.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct GovernanceFile {
    /// Its name in the folder.
    #[prost(string, tag = "1")]
    pub path: String,
    /// What is in it.
    #[prost(string, tag = "2")]
    pub text: String,
}

/// The name of the governance in the record of a scan, without the rest of it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct GovernedScan {
    /// The scan's id.
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    /// The name; empty for none.
    #[prost(bytes = "vec", tag = "30")]
    pub(crate) governance: Vec<u8>,
}

/// It is larger than a scan can carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the governance has {} KiB of text, {} KiB packed; a scan carries {} MiB packed at most",
    text >> 10,
    packed >> 10,
    LARGEST >> 20
)]
pub struct TooLarge {
    text: usize,
    packed: usize,
}

impl Governance {
    /// Whether a scan can carry it.
    ///
    /// # Errors
    /// When it is too large.
    pub fn check(&self) -> Result<(), TooLarge> {
        let text = self.encoded_len();
        let packed = if text <= LARGEST { text } else { crate::store::packed::pack(self).len() };
        if packed > LARGEST || text > LARGEST_TEXT { Err(TooLarge { text, packed }) } else { Ok(()) }
    }
}
