//! The addresses of the internet, as ranges: what rules cover of them, and whether that is much. Knows no rules.

use std::net::IpAddr;

/// The addresses of a family that are the internet.
pub(super) struct Family {
    bits: u32,
    first: u128,
    last: u128,
}

/// IPv4.
pub(super) const IPV4: Family = Family { bits: 32, first: 0, last: u32::MAX as u128 };

/// Only `2000::/3` is given out to the internet (RFC 4291, IANA): who opens that opens everything there is.
pub(super) const IPV6: Family = Family { bits: 128, first: 1 << 125, last: (1 << 126) - 1 };

impl Family {
    /// All of them.
    pub(super) fn addresses(&self) -> Addresses {
        Addresses(vec![(self.first, self.last)])
    }

    /// Whether so many are half of them, or more.
    pub(super) fn is_half(&self, count: u128) -> bool {
        count > (self.last - self.first) / 2
    }

    /// First and last address of a range; `None` for the other family, and for what is no range.
    pub(super) fn range(&self, cidr: &str) -> Option<(u128, u128)> {
        let (address, prefix) = cidr.trim().split_once('/')?;
        let address = match address.parse().ok()? {
            IpAddr::V4(address) if self.bits == 32 => u128::from(address.to_bits()),
            IpAddr::V6(address) if self.bits == 128 => address.to_bits(),
            _ => return None,
        };
        let host_bits = self.bits.checked_sub(prefix.parse().ok()?)?;
        let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
        let first = address & !hosts;
        Some((first, first | (hosts & if self.bits == 32 { u128::from(u32::MAX) } else { u128::MAX })))
    }
}

/// Some of a family's addresses: ranges that do not overlap.
pub(super) struct Addresses(Vec<(u128, u128)>);

impl Addresses {
    /// Takes a range out, and says how many of its addresses there were.
    pub(super) fn take(&mut self, (first, last): (u128, u128)) -> u128 {
        let (mut taken, mut rest) = (0, Vec::with_capacity(self.0.len() + 1));
        for &(from, to) in &self.0 {
            let (start, end) = (from.max(first), to.min(last));
            if start > end {
                rest.push((from, to));
                continue;
            }
            taken += end - start + 1;
            if from < start {
                rest.push((from, start - 1));
            }
            if end < to {
                rest.push((end + 1, to));
            }
        }
        self.0 = rest;
        taken
    }

    /// How many there are.
    pub(super) fn count(&self) -> u128 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
}
