//! Which two scans are compared when nobody says: the last two that stand for the same thing.

use plumbline_baseline::ScanId;

use super::choice::{Shortcoming, shortcoming};
use super::record::ScanHead;
use super::{Error, Store};

/// Two scans that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The earlier one.
    pub older: ScanId,
    /// The later one.
    pub newer: ScanId,
    /// What both of them are not, where there are no two that are complete, full and real.
    pub shortcoming: Option<Shortcoming>,
}

/// Why there are no two scans to compare.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// There are none.
    #[error("nothing was scanned yet")]
    Nothing,
    /// No two stand for the same thing.
    #[error("no two complete scans of the same selection are stored")]
    Alone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// The last two scans that are complete, full and real; where there are no two, the last two that come closest to it
    /// and have the same selection.
    ///
    /// # Errors
    /// When there are no two, or the disk fails.
    pub fn last_two(&self) -> Result<Pair, PairError> {
        let heads: Vec<ScanHead> = self.scans()?.into_iter().filter_map(|scan| scan.head.ok()).collect();
        choose(heads)
    }
}

/// Of scans, in any order.
fn choose(mut heads: Vec<ScanHead>) -> Result<Pair, PairError> {
    if heads.is_empty() {
        return Err(PairError::Nothing);
    }
    heads.sort_by_key(|head| std::cmp::Reverse(head.night));
    let is_finished = |what: &Option<Shortcoming>| {
        !matches!(
            what,
            Some(Shortcoming::Failed | Shortcoming::Interrupted | Shortcoming::Running | Shortcoming::Damaged)
        )
    };
    let judged: Vec<(Option<Shortcoming>, &ScanHead)> =
        heads.iter().map(|head| (shortcoming(head), head)).filter(|(what, _)| is_finished(what)).collect();
    let pairs = judged.iter().enumerate().filter_map(|(index, (what, newer))| {
        let is_alike =
            |(other, head): &&(Option<Shortcoming>, &ScanHead)| other == what && head.selection == newer.selection;
        judged[index + 1..].iter().find(is_alike).map(|(_, older)| (*what, *older, *newer))
    });
    // The first of several that are equally good has the newest scan.
    let (shortcoming, older, newer) = pairs.min_by_key(|(what, _, _)| *what).ok_or(PairError::Alone)?;
    let id = |head: &ScanHead| head.id.parse().map_err(|_| PairError::Store(Error::Damaged { what: "scan" }));
    Ok(Pair { older: id(older)?, newer: id(newer)?, shortcoming })
}

#[cfg(test)]
mod tests {
    use super::super::record::{Limit, ScanKind, ScanState};
    use super::*;

    fn scan(night: u32, kind: ScanKind, state: ScanState, accounts: &str) -> ScanHead {
        let limit = Limit { option: "accounts".into(), values: vec![accounts.into()] };
        let selection = if accounts.is_empty() { Vec::new() } else { vec![limit] };
        let (kind, state) = (kind as i32, state as i32);
        ScanHead { id: format!("0{night}"), night, kind, state, selection, ..ScanHead::default() }
    }

    fn check(scans: Vec<ScanHead>, expected: Option<(&str, &str)>) {
        let pair = choose(scans).ok();
        assert_eq!(pair.as_ref().map(|pair| (pair.older.as_str(), pair.newer.as_str())), expected);
    }

    #[test]
    fn the_last_two_of_the_same_kind_are_compared() {
        use ScanKind::{Full, Limited};
        use ScanState::{Complete, Interrupted};
        let full = |night| scan(night, Full, Complete, "");
        let of_one = |night| scan(night, Limited, Complete, "1");
        check(vec![full(1), full(2), full(3)], Some(("02", "03")));
        check(vec![full(1), of_one(2), full(3), scan(4, Full, Interrupted, "")], Some(("01", "03")));
        check(vec![full(1), of_one(2), of_one(3)], Some(("02", "03")));
        check(vec![of_one(1), scan(2, Limited, Complete, "2"), of_one(3)], Some(("01", "03")));
        check(vec![of_one(1), scan(2, Limited, Complete, "2")], None);
        check(vec![full(1), scan(2, Full, Interrupted, "")], None);
        assert_eq!(choose(Vec::new()), Err(PairError::Nothing));
    }
}
