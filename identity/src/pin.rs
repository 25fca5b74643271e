//! The name of a public key: SHA-256 over its SubjectPublicKeyInfo, as RFC 7469 pins keys.

use std::fmt::{Debug, Display, Formatter};
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Names a public key, whatever certificate it is in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The name of the key that this SubjectPublicKeyInfo, in DER, holds.
    pub fn of(subject_public_key_info: &[u8]) -> Self {
        Self(Sha256::digest(subject_public_key_info).into())
    }

    /// A name that was kept.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Text that names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pin of an authority is 64 digits of 0-9 and a-f; `plumbline agents pin` at the coordinator prints it")]
pub struct Invalid;

impl FromStr for Pin {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bytes = HEXLOWER.decode(text.trim_ascii().as_bytes()).map_err(|_| Invalid)?;
        bytes.try_into().map(Self).map_err(|_| Invalid)
    }
}

impl Display for Pin {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl Debug for Pin {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_one_spelling() {
        let pin = Pin::of(b"a key");
        let text = pin.to_string();
        assert_eq!(format!(" {text}\n").parse(), Ok(pin));
        for wrong in ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &format!("sha256:{text}")] {
            assert_eq!(wrong.parse::<Pin>(), Err(Invalid), "{wrong}");
        }
    }
}
