//! What a scan changed of a row, by the nights that the store remembers.

use crate::report::row::Change;
use crate::store::Standing;

/// What a night changed.
pub(super) fn change(standing: &Standing, night: u32) -> Change {
    match standing {
        _ if standing.first_seen == night => Change::New,
        _ if standing.stale_since == night && standing.is_decided => Change::Lost,
        _ if standing.since != night || standing.stale_since > 0 => Change::Unchanged,
        _ if standing.is_failing && standing.fails > 1 => Change::Reopened,
        _ if standing.is_failing => Change::New,
        _ if standing.was_failing => Change::Fixed,
        _ => Change::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Standing = Standing {
        first_seen: 1,
        since: 3,
        stale_since: 0,
        is_decided: true,
        is_failing: false,
        was_failing: false,
        fails: 0,
    };

    #[test]
    fn a_night_changes_what_it_decides_otherwise() {
        assert_eq!(change(&Standing { first_seen: 7, since: 7, ..BEFORE }, 7), Change::New);
        assert_eq!(change(&BEFORE, 7), Change::Unchanged);
        let failing = Standing { since: 7, is_failing: true, fails: 1, ..BEFORE };
        assert_eq!((change(&failing, 7), change(&failing, 8)), (Change::New, Change::Unchanged));
        assert_eq!(change(&Standing { fails: 2, ..failing }, 7), Change::Reopened);
        assert_eq!(change(&Standing { since: 7, was_failing: true, fails: 1, ..BEFORE }, 7), Change::Fixed);
        assert_eq!(change(&Standing { since: 7, fails: 1, ..BEFORE }, 7), Change::Changed);
    }

    #[test]
    fn what_is_unknown_is_lost_once_and_says_nothing_of_what_was_decided() {
        let stale = Standing { stale_since: 7, ..BEFORE };
        assert_eq!((change(&stale, 7), change(&stale, 8)), (Change::Lost, Change::Unchanged));
        let never = Standing { is_decided: false, since: 1, stale_since: 1, ..BEFORE };
        assert_eq!((change(&never, 1), change(&never, 7)), (Change::New, Change::Unchanged));
    }
}
