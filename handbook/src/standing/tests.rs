//! What rows say of steps and processes.

use plumbline_baseline::Status;
use plumbline_baseline::pack::handbook::process::{Attest, Means, Step, Who};

use super::*;

fn step(controls: &[&str], attested: bool) -> Step {
    Step {
        id: "s".into(),
        title: String::new(),
        who: Who::Security,
        by: Means::Console,
        action: String::new(),
        cli: String::new(),
        terraform: String::new(),
        cloudformation: String::new(),
        look: String::new(),
        controls: controls.iter().map(|id| Arc::from(*id)).collect(),
        attest: attested.then(|| Attest { confirm: "x".into(), days: 1 }),
    }
}

fn standing(rows: &[(&str, &str, Status, &str)]) -> Standing {
    let mut standing = Standing::new(
        "scan",
        "2026-11-27T00:00:00Z",
        [("1".to_owned(), "one".to_owned()), ("2".to_owned(), "two".to_owned())],
    );
    for (account, control, status, since) in rows {
        standing.add(Row { account, control, status: *status, since });
    }
    standing
}

#[test]
fn what_was_not_measured_is_never_done() {
    for (rows, controls, attested, expected) in [
        (&[("1", "a", Status::Pass, "")][..], &["a"][..], false, Some(State::Done)),
        (&[("1", "a", Status::NotApplicable, "")], &["a"], false, Some(State::Done)),
        (&[("1", "a", Status::Pass, ""), ("1", "a", Status::Fail, "")], &["a"], false, Some(State::Open)),
        (&[("1", "a", Status::Fail, ""), ("1", "a", Status::Unknown, "")], &["a"], false, Some(State::Open)),
        (&[("1", "a", Status::Pass, ""), ("1", "a", Status::Unknown, "")], &["a"], false, Some(State::Unknown)),
        (&[("1", "a", Status::Manual, "")], &["a"], false, Some(State::Unconfirmed)),
        (&[("1", "a", Status::Pass, "")], &["a", "b"], false, Some(State::Unknown)),
        (&[("1", "a", Status::Pass, "")], &["a"], true, Some(State::Unconfirmed)),
        (&[("1", "a", Status::Fail, "")], &["a"], true, Some(State::Open)),
        (&[], &[], true, Some(State::Unconfirmed)),
        (&[("2", "a", Status::Pass, "")], &["a"], false, None),
        (&[], &["a"], false, Some(State::Unknown)),
    ] {
        assert_eq!(standing(rows).of_step(&step(controls, attested), "1"), expected, "{rows:?} {controls:?}");
    }
}

#[test]
fn places_count_accounts_and_say_since_when() {
    let standing = standing(&[
        ("1", "a", Status::Fail, "2026-11-20T00:00:00Z"),
        ("1", "a", Status::Fail, "2026-11-02T00:00:00Z"),
        ("2", "a", Status::Pass, "2026-10-01T00:00:00Z"),
    ]);
    let places = standing.places(&step(&["a"], false));
    assert_eq!((places.done, places.open.len(), places.failures), (1, 1, 2));
    assert_eq!((&*places.since, places.state()), ("2026-11-02T00:00:00Z", State::Open));
    assert_eq!(Places::default().state(), State::Unknown);
}
