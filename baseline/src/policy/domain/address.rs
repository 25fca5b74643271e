//! Addresses that satisfy conditions: the first of each interval that the edges of all ranges make, for each version.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Literal, has_to_match};
use crate::policy::document::{Comparison, Operand};
use crate::policy::language::Found;

/// The first and the last address of a range.
pub(crate) type Range = (IpAddr, IpAddr);

/// Private addresses, which everybody has.
const PRIVATE: [Range; 4] = [
    v4([10, 0, 0, 0], [10, 255, 255, 255]),
    v4([172, 16, 0, 0], [172, 31, 255, 255]),
    v4([192, 168, 0, 0], [192, 168, 255, 255]),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), IpAddr::V6(Ipv6Addr::from_bits((0xfe << 120) - 1))),
];
/// Addresses with which nobody calls over the internet, besides the private ones.
const NOT_PUBLIC: [Range; 4] = [
    v4([0, 0, 0, 0], [0, 255, 255, 255]),
    v4([127, 0, 0, 0], [127, 255, 255, 255]),
    v4([169, 254, 0, 0], [169, 254, 255, 255]),
    v4([224, 0, 0, 0], [255, 255, 255, 255]),
];
/// All that the internet has of version 6.
const INTERNET_V6: Range =
    (IpAddr::V6(Ipv6Addr::from_bits(0x2 << 124)), IpAddr::V6(Ipv6Addr::from_bits((0x4 << 124) - 1)));

const fn v4(first: [u8; 4], last: [u8; 4]) -> Range {
    (
        IpAddr::V4(Ipv4Addr::new(first[0], first[1], first[2], first[3])),
        IpAddr::V4(Ipv4Addr::new(last[0], last[1], last[2], last[3])),
    )
}

/// Addresses that somebody can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Addresses {
    place: Place,
    /// Ranges that are somebody else's.
    taken: Vec<Range>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Anywhere,
    Internet,
    Private,
}

impl Addresses {
    /// All.
    pub(crate) fn any() -> Self {
        Self { place: Place::Anywhere, taken: Vec::new() }
    }

    /// Those of the internet, but for ranges that are somebody's.
    pub(crate) fn of_the_internet(taken: Vec<Range>) -> Self {
        Self { place: Place::Internet, taken }
    }

    /// Private ones.
    pub(crate) fn private() -> Self {
        Self { place: Place::Private, taken: Vec::new() }
    }

    /// Whether somebody can have an address.
    pub(crate) fn have(&self, address: IpAddr) -> bool {
        let is_in = |ranges: &[Range]| ranges.iter().any(|range| contains(range, address));
        let is_there = match self.place {
            Place::Anywhere => true,
            Place::Private => is_in(&PRIVATE),
            Place::Internet if address.is_ipv6() => contains(&INTERNET_V6, address),
            Place::Internet => !is_in(&PRIVATE) && !is_in(&NOT_PUBLIC),
        };
        is_there && !is_in(&self.taken)
    }

    /// An address that satisfies all wishes.
    pub(super) fn one(&self, literals: &[&Literal<'_>], fits: impl Fn(&String) -> bool) -> Found<String> {
        let operands = literals.iter().flat_map(|literal| &literal.condition.operands);
        let named = operands.filter_map(|operand| match operand {
            Operand::Range(first, last) => Some((*first, *last)),
            _ => None,
        });
        let ranges: Vec<Range> = named.chain(self.taken.iter().copied()).collect();
        let mut all = edges(&ranges);
        if literals.iter().all(|literal| literal.condition.comparison == Comparison::Address) {
            let mut operands = literals.iter().flat_map(|literal| &literal.condition.operands);
            let is_defined = !operands.any(|operand| matches!(operand, Operand::Undefined));
            let satisfies = |address: IpAddr| match is_defined {
                true => satisfies(literals, address),
                false => fits(&address.to_string()),
            };
            let found = all.into_iter().find(|address| self.have(*address) && satisfies(*address));
            return found.map_or(Found::None, |address| Found::One(address.to_string()));
        }
        // Values that are compared as text are addresses, or begin like them.
        let written = literals.iter().flat_map(|literal| &literal.condition.values);
        all.extend(written.clone().filter_map(|value| value.replace(['*', '?'], "1").parse::<IpAddr>().ok()));
        let found = all.into_iter().filter(|address| self.have(*address)).map(|address| address.to_string()).find(fits);
        found.map_or(Found::TooComplex, Found::One)
    }
}

/// Whether an address satisfies wishes that are all about ranges.
fn satisfies(literals: &[&Literal<'_>], address: IpAddr) -> bool {
    literals.iter().all(|literal| {
        let is_in = literal.condition.operands.iter().any(|operand| match operand {
            Operand::Range(first, last) => contains(&(*first, *last), address),
            _ => false,
        });
        is_in == has_to_match(literal)
    })
}

/// An address of every interval that the ranges make.
fn edges(ranges: &[Range]) -> Vec<IpAddr> {
    let after = |address: IpAddr| match address {
        IpAddr::V4(address) => u32::from(address).checked_add(1).map(|next| IpAddr::V4(next.into())),
        IpAddr::V6(address) => u128::from(address).checked_add(1).map(|next| IpAddr::V6(next.into())),
    };
    let fixed = PRIVATE.iter().chain(&NOT_PUBLIC).chain([&INTERNET_V6]);
    let all = ranges.iter().chain(fixed);
    // Addresses that are kept for examples come first: they read as such.
    let examples = [IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | 1))];
    let lowest = [IpAddr::V4(Ipv4Addr::from_bits(0)), IpAddr::V6(Ipv6Addr::from_bits(0))];
    let found = all.flat_map(|(first, last)| [Some(*first), after(*last)].into_iter().flatten());
    examples.into_iter().chain(found).chain(lowest).collect()
}

fn contains((first, last): &Range, address: IpAddr) -> bool {
    first.is_ipv4() == address.is_ipv4() && (*first..=*last).contains(&address)
}

/// Whether ranges are so small that they belong to somebody: each no wider than /8, or /32 of version 6, and together no
/// more than a sixteenth of all addresses of their version. The first line is S3's own.
pub(crate) fn narrow(ranges: &[Range]) -> Vec<Range> {
    let small: Vec<Range> = ranges.iter().filter(|range| size(range) <= widest(range)).copied().collect();
    let share = |is_v4: bool| -> f64 { small.iter().filter(|(first, _)| first.is_ipv4() == is_v4).map(size).sum() };
    let few = [share(true) <= 2_f64.powi(28), share(false) <= 2_f64.powi(124)];
    small.into_iter().filter(|(first, _)| few[usize::from(first.is_ipv6())]).collect()
}

fn widest((first, _): &Range) -> f64 {
    2_f64.powi(if first.is_ipv4() { 24 } else { 96 })
}

fn size((first, last): &Range) -> f64 {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => f64::from(u32::from(*last) - u32::from(*first)) + 1.0,
        (IpAddr::V6(first), IpAddr::V6(last)) => (u128::from(*last) - u128::from(*first)) as f64 + 1.0,
        _ => f64::INFINITY,
    }
}
