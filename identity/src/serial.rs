//! The number of one certificate: random, so that knowing one says nothing of others.

use std::fmt::{Debug, Display, Formatter};
use std::str::FromStr;

use data_encoding::HEXLOWER;

use crate::provider::random;

/// 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; 16]);

impl Serial {
    /// A new one. Its first bit is 0 and its second 1, so that it is positive (RFC 5280, 4.1.2.2) and never shorter.
    pub(crate) fn random() -> Self {
        let mut bytes: [u8; 16] = random();
        bytes[0] = bytes[0] & 0x7f | 0x40;
        Self(bytes)
    }

    /// Reads the number of a certificate; of a longer one, which nobody here issued, nothing.
    pub(crate) fn from_certificate(integer: &[u8]) -> Option<Self> {
        let digits = integer.iter().position(|byte| *byte != 0).map_or(&[][..], |first| &integer[first..]);
        let mut bytes = [0; 16];
        let start = bytes.len().checked_sub(digits.len())?;
        bytes[start..].copy_from_slice(digits);
        Some(Self(bytes))
    }

    /// The number, most significant byte first.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Display for Serial {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl Debug for Serial {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}

/// Text that is no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate's serial number is 32 digits of 0-9 and a-f")]
pub struct Invalid;

impl FromStr for Serial {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| Invalid)?;
        bytes.try_into().map(Self).map_err(|_| Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_number_with_its_zeros() {
        let serial = Serial::from_certificate(&[0, 0, 1, 2]).unwrap();
        assert_eq!(serial.to_string(), "00000000000000000000000000000102");
        assert_eq!(serial.to_string().parse(), Ok(serial));
        assert_eq!(Serial::from_certificate(&[1; 17]), None);
        assert_eq!("102".parse::<Serial>(), Err(Invalid));
    }
}
