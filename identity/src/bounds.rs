//! What an agent may work for. The same bounds stand in its token, in its certificate and in the coordinator's record of
//! it, in one text form.

use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

use plumbline_baseline::{AccountId, Region};

/// Bytes of the text form: it travels in a certificate, and a handshake has limits.
pub const LONGEST: usize = 8 * 1024;

/// The bounds. An empty set bounds nothing, as with the options of a scan; of those that are not empty, all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The only accounts.
    pub accounts: BTreeSet<AccountId>,
    /// The only Regions. What belongs to no Region counts as the Region `aws-global`.
    pub regions: BTreeSet<Region>,
    /// The only organizational units, with all that is below them.
    pub units: BTreeSet<UnitId>,
}

impl Bounds {
    /// Whether an agent may work for an account in a Region. `units` are the ids of the root and the organizational units
    /// that the account is below; none where they are not known, which no bound by unit lets through.
    pub fn allows(&self, account: &AccountId, region: &Region, units: &[&str]) -> bool {
        let is_below = units.iter().any(|unit| self.units.contains(*unit));
        (self.accounts.is_empty() || self.accounts.contains(account))
            && (self.regions.is_empty() || self.regions.contains(region))
            && (self.units.is_empty() || is_below)
    }
}

impl Bounds {
    /// The text form, for tokens and certificates.
    ///
    /// # Errors
    /// When it is longer than those can carry.
    pub fn text(&self) -> Result<String, Invalid> {
        let text = self.to_string();
        if text.len() > LONGEST { Err(Invalid::TooLong) } else { Ok(text) }
    }
}

/// The id of an organizational unit, or of an organization's root: a path would mean another unit after a move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(String);

impl UnitId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for UnitId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Display for UnitId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Text that is not what bounds an agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No id of a unit.
    #[error("`{0}` is not the id of an organizational unit (ou-…) or root (r-…)")]
    Unit(String),
    /// No account or Region.
    #[error(transparent)]
    Id(#[from] plumbline_baseline::id::Invalid),
    /// Not `any`, and not `accounts=… regions=… units=…`.
    #[error(
        "bounds are `any`, or some of `accounts=…`, `regions=…` and `units=…`, each once, in this order and sorted"
    )]
    Form,
    /// More than a certificate can carry.
    #[error("bounds have more than {LONGEST} characters: name units instead of accounts, or use several agents")]
    TooLong,
}

impl FromStr for UnitId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
        let is_part = |part: &str, shortest: usize| {
            (shortest..=32).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let is_valid = match (text.strip_prefix("r-"), text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'))) {
            (Some(root), None) => is_part(root, 4),
            (None, Some((root, unit))) => is_part(root, 4) && is_part(unit, 8),
            _ => false,
        };
        if is_valid { Ok(Self(text.to_owned())) } else { Err(Invalid::Unit(text.chars().take(80).collect())) }
    }
}

const NONE: &str = "any";

impl Display for Bounds {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = [
            part("accounts", self.accounts.iter().map(AccountId::as_str)),
            part("regions", self.regions.iter().map(Region::as_str)),
            part("units", self.units.iter().map(UnitId::as_str)),
        ]
        .into_iter()
        .flatten()
        .collect();
        f.pad(if parts.is_empty() { NONE.to_owned() } else { parts.join(" ") }.as_str())
    }
}

fn part<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Option<String> {
    let values: Vec<&str> = values.collect();
    (!values.is_empty()).then(|| format!("{name}={}", values.join(",")))
}

impl FromStr for Bounds {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(Invalid::TooLong);
        }
        let mut bounds = Self::default();
        if text == NONE {
            return Ok(bounds);
        }
        for part in text.split(' ') {
            match part.split_once('=').ok_or(Invalid::Form)? {
                ("accounts", values) => bounds.accounts = each(values)?,
                ("regions", values) => bounds.regions = each(values)?,
                ("units", values) => bounds.units = each(values)?,
                _ => return Err(Invalid::Form),
            }
        }
        // One text for one meaning: what is named twice, or out of order, was not written by us.
        if bounds.to_string() == text { Ok(bounds) } else { Err(Invalid::Form) }
    }
}

fn each<T: FromStr + Ord>(values: &str) -> Result<BTreeSet<T>, Invalid>
where
    Invalid: From<T::Err>,
{
    values.split(',').map(|value| value.parse().map_err(Invalid::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(bounds: &str, account: &str, region: &str, units: &[&str]) -> bool {
        let bounds: Bounds = bounds.parse().unwrap();
        bounds.allows(&account.parse().unwrap(), &region.parse().unwrap(), units)
    }

    #[test]
    fn all_bounds_that_are_given_hold() {
        const UNITS: [&str; 2] = ["r-abcd", "ou-abcd-11111111"];
        assert!(allows("any", "111111111111", "eu-central-1", &[]));
        assert!(allows("accounts=111111111111", "111111111111", "eu-central-1", &[]));
        assert!(!allows("accounts=111111111111", "222222222222", "eu-central-1", &[]));
        assert!(!allows("regions=eu-central-1", "111111111111", "aws-global", &[]));
        assert!(allows("regions=aws-global,eu-central-1", "111111111111", "aws-global", &[]));
        assert!(allows("units=ou-abcd-11111111", "111111111111", "eu-central-1", &UNITS));
        assert!(allows("units=r-abcd", "111111111111", "eu-central-1", &UNITS));
        assert!(!allows("units=ou-abcd-22222222", "111111111111", "eu-central-1", &UNITS));
        assert!(!allows("units=r-abcd", "111111111111", "eu-central-1", &[]), "where it is, nobody knows");
        let all = "accounts=111111111111 regions=eu-central-1 units=ou-abcd-11111111";
        assert!(allows(all, "111111111111", "eu-central-1", &UNITS));
        assert!(!allows(all, "111111111111", "eu-west-1", &UNITS));
        assert!(!allows(all, "222222222222", "eu-central-1", &UNITS));
        assert!(!allows(all, "111111111111", "eu-central-1", &["r-abcd"]));
    }

    #[test]
    fn one_text_has_one_meaning() {
        for wrong in [
            "",
            "all",
            "accounts=",
            "accounts=1",
            "accounts=111111111111,111111111111",
            "accounts=222222222222,111111111111",
            "accounts=111111111111, regions=eu-central-1",
            "regions=eu-central-1 accounts=111111111111",
            "accounts=111111111111  regions=eu-central-1",
            "accounts=111111111111 accounts=222222222222",
            "any accounts=111111111111",
            "pools=a",
            "units=Root/Workloads",
            "units=ou-abcd",
            "units=r-abcd-11111111",
        ] {
            assert!(wrong.parse::<Bounds>().is_err(), "{wrong}");
        }
        let accounts = (0..1000).map(|n| format!("{n:012}")).collect::<Vec<_>>().join(",");
        assert_eq!(format!("accounts={accounts}").parse::<Bounds>(), Err(Invalid::TooLong));
    }
}
