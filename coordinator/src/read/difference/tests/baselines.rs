//! Accounts whose baseline is another one in the later scan.

use super::*;

fn both(status: Status) -> Resource {
    resource("a", "{}", &[("c", status), ("d", status)])
}

fn two(id: &str, found: &Resource) -> Night {
    let found = || queues(vec![found.clone()]);
    Night::full(id, &["c", "d"]).job(ONE, HOME, found()).job(TWO, HOME, found())
}

#[tokio::test]
async fn what_a_baseline_leaves_out_is_closed_in_its_account_alone() {
    use Status::Fail;
    let store = Store::in_memory();
    two("N1", &both(Fail)).store(&store).await;
    let left = Night::full("N2", &["c", "d"]).baseline(TWO, &["d"], "").job(ONE, HOME, queues(vec![both(Fail)]));
    left.job(TWO, HOME, queues(vec![queue("a", 1, Fail)])).store(&store).await;
    let findings = Sought { findings_only: true, ..Sought::default() };
    let closed = ["note baseline_changed", "d a closed not_in_baseline"];
    assert_eq!(told(&store, "N1", "N2", &findings), closed);
    two("N3", &both(Fail)).store(&store).await;
    assert_eq!(told(&store, "N2", "N3", &findings), ["note baseline_changed", "d a new control_new"]);
    // As with any control that was not enabled in between: it was closed, and fails again.
    assert_eq!(told(&store, "N1", "N3", &findings), ["d a new -"]);
}

#[tokio::test]
async fn a_place_that_a_baseline_leaves_nothing_in_is_closed_and_one_that_was_lost_is_not() {
    use Status::Fail;
    let store = Store::in_memory();
    two("N1", &both(Fail)).store(&store).await;
    let nothing =
        |id| Night::full(id, &["c", "d"]).baseline(TWO, &["c", "d"], "").job(ONE, HOME, queues(vec![both(Fail)]));
    nothing("N2").store(&store).await;
    let closed = ["note baseline_changed", "c a closed not_in_baseline", "d a closed not_in_baseline"];
    check(&store, "N1", "N2", &closed);
    let elsewhere = Sought { accounts: vec![ONE.into()], ..Sought::default() };
    assert_eq!(told(&store, "N1", "N2", &elsewhere), [""; 0]);
    nothing("N3").lost(TWO, HOME).store(&store).await;
    check(&store, "N1", "N3", &["note baseline_changed", "note only_in_old"]);
}

#[tokio::test]
async fn who_asks_with_other_settings_fixes_nothing_and_breaks_nothing() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    let of = |id: &str, settings: &str, status| {
        let night = Night::full(id, &["c", "d"]);
        let night = if settings.is_empty() { night } else { night.baseline(ONE, &[], settings) };
        night.job(ONE, HOME, queues(vec![both(status)]))
    };
    of("N1", "", Fail).store(&store).await;
    of("N2", r#"{"days":1}"#, Pass).store(&store).await;
    of("N3", r#"{"days":9}"#, Fail).store(&store).await;
    of("N4", r#"{"days":9}"#, Pass).store(&store).await;
    let other = |turn: &str| {
        let line = |control: &str| format!("{control} a {turn} settings_changed");
        ["note baseline_changed".to_owned(), line("c"), line("d")]
    };
    assert_eq!(told(&store, "N1", "N2", &Sought::default()), other("changed"));
    assert_eq!(told(&store, "N2", "N3", &Sought::default()), other("reopened"));
    check(&store, "N3", "N4", &["c a fixed -", "d a fixed -"]);
}

#[tokio::test]
async fn a_finding_has_the_severity_that_it_has_in_its_account() {
    let store = Store::in_memory();
    two("N1", &both(Status::Pass)).store(&store).await;
    let low = Night::full("N2", &["c", "d"]).baseline(TWO, &[], r#"{"days":1}"#);
    let failing = || queues(vec![both(Status::Fail)]);
    low.job(ONE, HOME, failing()).job(TWO, HOME, failing()).store(&store).await;
    let comparison = Comparison::open(&store, &"N1".parse().unwrap(), &"N2".parse().unwrap()).unwrap().unwrap();
    let mut severities = Vec::new();
    let visit = |difference| {
        if let Difference::Finding(finding) = difference {
            severities.push((finding.at.account.clone(), finding.severity));
        }
        Ok::<_, Error>(())
    };
    comparison.for_each(&Sought::default(), visit).unwrap();
    severities.dedup();
    assert_eq!(severities, [(ONE.to_owned(), Severity::High), (TWO.to_owned(), Severity::Low)]);
}
