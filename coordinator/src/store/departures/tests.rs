//! Accounts that leave: who is noted, when, and who is not.

use super::super::rehearsal::{Night, queues};
use super::*;

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

/// What makes another scan of one.
type Change = fn(Night) -> Night;

fn night(id: &str, accounts: &[&str]) -> Night {
    let found = |night: Night, account: &&str| night.job(account, "eu-west-1", queues(Vec::new()));
    accounts.iter().fold(Night::full(id, &["c"]), found)
}

fn told(store: &Store) -> Vec<String> {
    let words = |each: Departure| format!("{} {} ({}) {}", each.account, each.left, each.left_on, each.back);
    store.departures().unwrap().into_iter().map(words).collect()
}

#[tokio::test]
async fn an_account_leaves_with_the_first_whole_scan_without_it_and_comes_back() {
    let store = Store::in_memory();
    night("N1", &[ONE, TWO]).store(&store).await;
    assert_eq!(told(&store), [""; 0]);
    night("N2", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [format!("{TWO} 2 (N2 began) 0")]);
    night("N3", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [format!("{TWO} 2 (N2 began) 0")], "once");
    night("N4", &[ONE, TWO]).store(&store).await;
    night("N5", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [format!("{TWO} 2 (N2 began) 4"), format!("{TWO} 5 (N5 began) 0")]);
    let held = |night: u32| store.departures().unwrap().iter().any(|departure| departure.holds(night));
    assert_eq!([1, 2, 3, 4, 5, 6].map(held), [false, true, true, false, true, true]);
}

#[tokio::test]
async fn only_a_scan_that_listed_all_accounts_says_that_one_left() {
    let cases: [(&str, Change); 8] = [
        ("accounts", |night| night.limited("accounts", ONE)),
        ("units", |night| night.limited("ou", "Root/A")),
        ("gap", |night| night.gap("accounts_may_be_missing")),
        ("flat list", |night| night.gap("accounts_not_listed")),
        ("partial", |night| night.kind(ScanKind::Partial)),
        ("demonstration", |night| night.kind(ScanKind::Demonstration)),
        ("no organization", |night| night.of("")),
        ("another organization", |night| night.of("o-2")),
    ];
    for (name, change) in cases {
        let store = Store::in_memory();
        night("N1", &[ONE, TWO]).store(&store).await;
        change(night("N2", &[ONE])).store(&store).await;
        assert_eq!(told(&store), [""; 0], "{name}");
        night("N3", &[ONE]).store(&store).await;
        assert_eq!(told(&store), [format!("{TWO} 3 (N3 began) 0")], "{name}");
    }
}

#[tokio::test]
async fn a_scan_of_some_regions_or_controls_has_all_accounts() {
    for option in ["regions", "exclude-controls"] {
        let store = Store::in_memory();
        night("N1", &[ONE, TWO]).store(&store).await;
        night("N2", &[ONE]).limited(option, "x").store(&store).await;
        assert_eq!(told(&store), [format!("{TWO} 2 (N2 began) 0")], "{option}");
    }
}

#[tokio::test]
async fn an_account_that_only_a_limited_scan_had_leaves_as_well() {
    let store = Store::in_memory();
    night("N1", &[ONE]).store(&store).await;
    night("N2", &[TWO]).limited("ou", "Root/New").store(&store).await;
    night("N3", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [format!("{TWO} 3 (N3 began) 0")]);
}

#[tokio::test]
async fn an_account_of_which_nothing_is_remembered_does_not_leave() {
    let store = Store::in_memory();
    night("N1", &[ONE]).account(TWO).store(&store).await;
    night("N2", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [""; 0]);
}

/// Scans that were stored before departures were kept settle nothing: the first whole scan looks at all of them.
#[tokio::test]
async fn what_earlier_releases_stored_is_looked_at_once() {
    let store = Store::in_memory();
    night("N1", &[ONE, TWO]).store(&store).await;
    night("N2", &[ONE]).store(&store).await;
    let forget = |transaction: &WriteTransaction| {
        transaction.open_table(DEPARTURES)?.retain(|_, _| false)?;
        Ok(())
    };
    store.write(0, forget).await.unwrap();
    night("N3", &[ONE]).store(&store).await;
    assert_eq!(told(&store), [format!("{TWO} 3 (N3 began) 0")]);
}
