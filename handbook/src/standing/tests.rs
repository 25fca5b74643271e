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
        ["1", "2"].map(|id| (id.to_owned(), Account { name: format!("account {id}"), unit: String::new() })),
    );
    standing.of_organization = [Arc::from("once")].into();
    for (account, control, status, since) in rows {
        let severity = Severity::High;
        standing.add(Row { account, control, severity, status: *status, is_accepted: false, since });
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
        (&[("2", "a", Status::Pass, "")], &["a"], false, Some(State::Unknown)),
        (&[("2", "once", Status::Pass, "")], &["once"], false, None),
        (&[("2", "once", Status::Pass, ""), ("1", "a", Status::Pass, "")], &["once", "a"], false, Some(State::Done)),
        (&[("2", "once", Status::Fail, "")], &["once"], true, Some(State::Unconfirmed)),
        (&[], &["a"], false, Some(State::Unknown)),
    ] {
        assert_eq!(standing(rows).of_step("p", &step(controls, attested), "1"), expected, "{rows:?} {controls:?}");
    }
}

#[test]
fn places_count_accounts_and_say_since_when() {
    let standing = standing(&[
        ("1", "a", Status::Fail, "2026-11-20T00:00:00Z"),
        ("1", "a", Status::Fail, "2026-11-02T00:00:00Z"),
        ("2", "a", Status::Pass, "2026-10-01T00:00:00Z"),
    ]);
    let places = standing.places("p", &step(&["a"], false));
    assert_eq!((places.done, places.open.len(), places.failures), (1, 1, 2));
    assert_eq!((&*places.since, places.state()), ("2026-11-02T00:00:00Z", State::Open));
    assert_eq!(Places::default().state(), State::Unknown);
}

fn attestation(accounts: Option<&[&str]>, until: &str) -> Attestation {
    Attestation {
        process: "p".into(),
        step: "s".into(),
        accounts: accounts.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        by: format!("somebody until {until}"),
        until: until.into(),
    }
}

#[test]
fn what_is_attested_is_good_until_its_day_is_over_and_only_where_it_was_said() {
    let rows = |status| [("1", "a", status, ""), ("2", "a", status, "")];
    let whole = [attestation(None, "2026-11-27")];
    let over = [attestation(None, "2026-11-26")];
    let one = [attestation(Some(&["1"]), "2026-11-27")];
    let again = [attestation(None, "2026-11-26"), attestation(Some(&["1"]), "2026-12-01")];
    for (status, attested, all, expected) in [
        (Status::Pass, true, &whole[..], [State::Attested, State::Attested]),
        (Status::Manual, false, &whole, [State::Attested, State::Attested]),
        (Status::Manual, true, &one, [State::Attested, State::Unconfirmed]),
        (Status::Pass, true, &over, [State::Unconfirmed, State::Unconfirmed]),
        (Status::Pass, true, &again, [State::Attested, State::Unconfirmed]),
        // A person's word is nothing against what was measured, and nothing for what was not.
        (Status::Fail, true, &whole, [State::Open, State::Open]),
        (Status::Unknown, true, &whole, [State::Unknown, State::Unknown]),
        // What was measured needs no word.
        (Status::Pass, false, &over, [State::Done, State::Done]),
    ] {
        let step = step(&["a"], attested);
        let standing = standing(&rows(status)).with_attestations("2026-11-27", all.to_vec());
        let states = ["1", "2"].map(|account| standing.of_step("p", &step, account).unwrap());
        assert_eq!(states, expected, "{status:?} {all:?}");
        assert_ne!(standing.of_step("another", &step, "1"), Some(State::Attested), "it is of one process");
    }
    let nobody_says_when = standing(&rows(Status::Pass)).with_attestations("", whole.to_vec());
    assert_eq!(nobody_says_when.of_step("p", &step(&["a"], true), "1"), Some(State::Unconfirmed));
}

#[test]
fn attested_is_counted_apart_from_measured() {
    let all = [attestation(Some(&["1"]), "2026-11-28")];
    let standing = standing(&[("1", "a", Status::Manual, ""), ("2", "a", Status::Pass, "")]);
    let standing = standing.with_attestations("2026-11-27", all);
    let step = step(&["a"], false);
    let places = standing.places("p", &step);
    assert_eq!((places.done, places.attested, places.total(), places.state()), (1, 1, 2, State::Attested));
    let said: Vec<_> = standing.confirmations("p", &step).into_iter().collect();
    assert!(matches!(&said[..], [(confirmed, 1)] if confirmed.is_valid && &*confirmed.until == "2026-11-28"));
}

#[test]
fn the_pack_says_what_is_asked_once() {
    let standing = Standing::new("s", "", []).with_pack(Pack::embedded());
    let once = |id: &str| standing.of_organization.contains(id);
    assert!(once("org-scp-attached") && once("org-accounts-scanned") && once("org-all-features"));
    assert!(!once("iam-root-mfa") && !once("s3-bucket-tls-only") && !once("tags-required"));
    assert!(!once("account-root-email-managed"), "a person looks at each account");
}
