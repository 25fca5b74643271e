//! Which scan can be gone on with: the newest, if it did not come to its end, is not a day old, and was planned with the
//! controls of now.

use plumbline_baseline::ScanId;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record::{Scan, ScanKind, ScanState};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::clock;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::results::store_failure;
use crate::terminal::say;

/// What accounts were like longer ago belongs to another night.
const OLDEST: Duration = Duration::DAY;

/// The scan to go on with.
///
/// # Errors
/// When there is none, or going on would mix what does not belong together.
pub(crate) fn resumable(store: &Store, pack: &Pack) -> Result<ScanId> {
    let scans = store.scans().map_err(|error| store_failure(&error))?;
    let Some(newest) = scans.into_iter().next() else {
        return Err(refused("nothing was scanned yet"));
    };
    let scan = store.scan(&newest.id).map_err(|error| store_failure(&error))?.unwrap_or_default();
    if let Some(why) = obstacle(&scan, pack.digest(), clock::start()) {
        return Err(refused(why));
    }
    say(format_args!("plumbline: going on with the scan {} of {}", scan.id, scan.started));
    Ok(newest.id)
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::usage("go on with a scan", why, "start a new one: plumbline scan")
}

/// Why a scan cannot be gone on with.
pub(crate) fn obstacle(scan: &Scan, pack: &str, now: OffsetDateTime) -> Option<String> {
    let id = &scan.id;
    match (scan.state(), scan.kind()) {
        (ScanState::Complete | ScanState::Unspecified, _) => {
            return Some(format!("the scan {id} came to its end"));
        }
        (_, ScanKind::Demonstration) => return Some(format!("the scan {id} is a demonstration")),
        _ => {}
    }
    if scan.pack_digest != pack {
        return Some(format!("the scan {id} was planned with other controls or settings than those of now"));
    }
    let started = OffsetDateTime::parse(&scan.started, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (now - started > OLDEST).then(|| format!("the scan {id} began on {}, more than a day ago", scan.started))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Scan), expected: Option<&str>) {
        let mut scan = Scan {
            id: "01A".into(),
            started: "2026-01-15T02:00:00Z".into(),
            pack_digest: "p".into(),
            state: ScanState::Interrupted as i32,
            kind: ScanKind::Full as i32,
            ..Scan::default()
        };
        change(&mut scan);
        let now = OffsetDateTime::parse("2026-01-15T20:00:00Z", &Rfc3339).unwrap();
        let said = obstacle(&scan, "p", now);
        assert_eq!(said.is_some(), expected.is_some(), "{said:?}");
        assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()));
    }

    #[test]
    fn only_what_belongs_together_goes_on() {
        check(|_| {}, None);
        check(|scan| scan.set_state(ScanState::Failed), None);
        check(|scan| scan.set_kind(ScanKind::Limited), None);
        check(|scan| scan.set_state(ScanState::Complete), Some("came to its end"));
        check(|scan| scan.set_kind(ScanKind::Demonstration), Some("demonstration"));
        check(|scan| scan.pack_digest = "q".into(), Some("other controls"));
        check(|scan| scan.started = "2026-01-14T02:00:00Z".into(), Some("more than a day"));
        check(|scan| scan.started.clear(), Some("more than a day"));
    }
}
