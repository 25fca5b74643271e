//! The names of things as types: an account cannot be handed over as a Region, or a job as a scan.
//!
//! Ids are text that was checked once, where it came in; they are cheap to clone. Must not know where ids come from.

use std::borrow::Borrow;
use std::fmt::{Debug, Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

/// Text that is not the id that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct Invalid {
    /// The text, shortened.
    value: String,
    /// What it should have been.
    expected: &'static str,
}

/// Characters of a wrong id that an error repeats.
const SHOWN: usize = 80;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $expected:literal, $is_valid:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(text) {
                    return Ok(Self(text.into()));
                }
                Err(Invalid { value: text.chars().take(SHOWN).collect(), expected: $expected })
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Debug for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
                Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }

        impl From<&$name> for String {
            fn from(id: &$name) -> Self {
                id.0.to_string()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )* };
}

ids! {
    /// An AWS account: twelve digits.
    AccountId: "an account id: twelve digits", |text| {
        text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    };

    /// An AWS Region (`eu-central-1`), or a pseudo-Region: of what belongs to no Region ([`Region::GLOBAL`]), of what is
    /// said of all accounts together ([`Region::ORGANIZATION`]).
    Region: "a Region such as eu-central-1", |text| {
        (3..=32).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };

    /// One scan: a ULID, so that later scans sort after earlier ones.
    ScanId: "a scan id: letters and digits", |text| is_word(text, 64, b"");

    /// One job of a scan: an account in a Region.
    JobId: "a job id: letters, digits and hyphens", |text| is_word(text, 96, b"-");

    /// One agent, the same at every start.
    AgentId: "an agent id: letters, digits and `-._`", |text| is_word(text, 128, b"-._");
}

impl Region {
    /// The pseudo-Region of what belongs to no Region, or to all.
    pub const GLOBAL: &str = "aws-global";

    /// The pseudo-Region of what is said of the accounts' findings, when all of them are there.
    pub const ORGANIZATION: &str = "organization";

    /// Whether this is what belongs to no Region.
    pub fn is_global(&self) -> bool {
        &*self.0 == Self::GLOBAL
    }

    /// Whether this is where the accounts' findings are judged.
    pub fn is_organization(&self) -> bool {
        &*self.0 == Self::ORGANIZATION
    }
}

/// ASCII letters and digits, and some more characters.
fn is_word(text: &str, longest: usize, more: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= longest
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_twelve_digits() {
        assert_eq!("111122223333".parse::<AccountId>().unwrap(), "111122223333");
        for wrong in ["", "11112222333", "1111222233334", "11112222333x", "１１１１２２２２３３３３"] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
        let error = "acme".parse::<AccountId>().unwrap_err().to_string();
        assert_eq!(error, "`acme` is not an account id: twelve digits");
    }

    #[test]
    fn a_region_is_lower_case_words() {
        for good in ["us-east-1", "us-iso-east-1", "eusc-de-east-1", Region::GLOBAL, Region::ORGANIZATION] {
            assert_eq!(good.parse::<Region>().unwrap(), good);
        }
        assert!(Region::GLOBAL.parse::<Region>().unwrap().is_global());
        assert!(Region::ORGANIZATION.parse::<Region>().unwrap().is_organization());
        for wrong in ["", "US-EAST-1", "us east 1", "1-us", "eu-central-1/../x", &"a".repeat(33)] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_id_can_be_taken_for_a_part_of_a_key_or_of_a_path() {
        for wrong in ["", "a/b", "a b", "..\n", "ä"] {
            assert!(wrong.parse::<ScanId>().is_err() && wrong.parse::<JobId>().is_err(), "{wrong}");
            assert!(wrong.parse::<AgentId>().is_err(), "{wrong}");
        }
        assert!("01J-000001".parse::<JobId>().is_ok() && "host.example-1".parse::<AgentId>().is_ok());
        assert!("01J-1".parse::<ScanId>().is_err(), "a job is not a scan");
    }

    #[test]
    fn an_error_does_not_repeat_a_whole_book() {
        assert!("x".repeat(10_000).parse::<AccountId>().unwrap_err().to_string().len() < 200);
    }
}
