//! What holds in an account: the order of baselines, what may weaken, and what is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{Doc, Severity};

use super::*;
use crate::account::Tags;
use crate::folder::Governance;

const TLS: &str = "s3-bucket-tls-only"; // medium, level 1
const LOCK: &str = "s3-log-bucket-object-lock"; // medium, level 3

fn governance(text: &str) -> Governance {
    let sources = [Source { path: "a.yaml".to_owned(), text: text.to_owned() }];
    Governance::load(sources, Pack::embedded(), Handbook::embedded(), "2026-11-27".parse().unwrap()).0
}

fn all() -> BTreeSet<Arc<str>> {
    Pack::embedded().controls().map(|control| Arc::clone(control.id())).collect()
}

fn holds(text: &str, account: &Account<'_>) -> Effective {
    let on = all();
    governance(text).effective(account, ScanBase { pack: Pack::embedded(), on: &on, within: None })
}

fn prod() -> Tags {
    BTreeMap::from([("Environment".to_owned(), "prod".to_owned())])
}

/// An account in a unit, with tags.
fn account<'a>(path: &'a str, tags: &'a Tags) -> Account<'a> {
    Account { path: Some(path), tags: Some(tags), ..Account::new("111111111111") }
}

fn by_id(said: &SaidBy) -> &str {
    match said {
        SaidBy::Scan => "scan",
        SaidBy::Baseline { id, .. } => id,
    }
}

#[test]
fn without_baselines_the_scan_decides() {
    let effective = holds("", &account("Root", &Tags::new()));
    assert_eq!(effective.controls.len(), Pack::embedded().controls().len());
    let all = effective.controls.values();
    assert!(all.clone().all(|control| control.is_on && control.on_by == SaidBy::Scan && control.settings.is_empty()));
    assert_eq!(effective.controls[TLS].severity, Severity::Medium);
}

#[test]
fn the_nearest_says_it_from_the_root_to_the_account() {
    let text = "\
baselines:
  - { id: account, accounts: ['111111111111'], severities: { s3-bucket-tls-only: low }, reason: r, owner: o }
  - { id: tag, tags: { Environment: [prod] }, severities: { s3-bucket-tls-only: critical } }
  - { id: leaf, units: [Root/Workloads/Web], severities: { s3-bucket-tls-only: medium }, reason: r, owner: o }
  - { id: root, units: [Root], severities: { s3-bucket-tls-only: high } }
";
    let severity = |id: &str, path: &str, tags: &Tags| {
        let account = Account { id, ..account(path, tags) };
        let control = holds(text, &account).controls.remove(TLS).unwrap();
        (control.severity, by_id(&control.severity_by).to_owned())
    };
    let is = |severity, by: &str| (severity, by.to_owned());
    let none = Tags::new();
    assert_eq!(severity("222222222222", "Root", &none), is(Severity::High, "root"));
    assert_eq!(severity("222222222222", "Root/Workloads/Webshop", &none), is(Severity::High, "root"));
    assert_eq!(severity("222222222222", "Root/Workloads/Web/A", &none), is(Severity::Medium, "leaf"));
    assert_eq!(severity("222222222222", "Root/Workloads/Web/A", &prod()), is(Severity::Critical, "tag"));
    assert_eq!(severity("111111111111", "Root/Workloads/Web/A", &prod()), is(Severity::Low, "account"));
    assert_eq!(severity("222222222222", "Other", &none), is(Severity::Medium, "scan"));
}

#[test]
fn levels_controls_and_settings_say_where_they_come_from() {
    let text = "\
baselines:
  - id: root
    units: [Root]
    level: 2
    controls: [s3-log-bucket-object-lock]
    exclude_controls: [s3-bucket-tls-only]
    settings: { iam-access-key-rotated: { max_age_days: 120 } }
    reason: r
    owner: o
";
    let effective = holds(text, &account("Root/Workloads", &Tags::new()));
    let is_on = |id: &str| effective.controls[id].is_on;
    assert!(is_on(LOCK) && !is_on(TLS) && !is_on("s3-log-bucket-replicated") && is_on("s3-bucket-versioned"));
    assert!(matches!(&effective.controls[TLS].on_by, SaidBy::Baseline { place, .. } if place.line == 6));
    assert_eq!(effective.controls["s3-log-bucket-replicated"].on_by.to_string(), "root (a.yaml:4)");
    let (value, by) = &effective.controls["iam-access-key-rotated"].settings["max_age_days"];
    assert_eq!((value, by_id(by)), (&Doc::Int(120), "root"));
    assert_eq!(effective.baselines, [Arc::from("root")]);
}

#[test]
fn what_weakens_without_a_reason_does_not_hold_and_is_said() {
    // Whether level 2 is less depends on the account: the root's own baseline has level 1.
    let text = "\
baselines:
  - { id: sandbox, units: [Root/Sandbox], level: 1, severities: { s3-bucket-tls-only: low }, reason: r, owner: o }
  - { id: tagged, tags: { Environment: prod }, level: 2, severities: { s3-bucket-tls-only: low } }
";
    let sandbox = holds(text, &account("Root/Sandbox", &prod()));
    assert!(sandbox.controls["s3-bucket-versioned"].is_on && !sandbox.controls[LOCK].is_on);
    assert_eq!(sandbox.problems, []);
    let other = holds(text, &account("Root/Prod", &prod()));
    assert!(other.controls[LOCK].is_on && other.controls[TLS].severity == Severity::Medium);
    let said: Vec<String> = other.problems.iter().map(ToString::to_string).collect();
    assert!(
        said.len() == 2 && said[0].contains("a.yaml:3:") && said[0].contains("no `reason` and `owner`"),
        "{said:?}"
    );
}

#[test]
fn of_two_that_differ_the_stricter_one_holds_and_neither_weakens() {
    let both = |one: &str, other: &str, account: &Account<'_>| {
        let text = format!(
            "baselines:\n  - {{ id: a, {one}, reason: r, owner: o }}\n  - {{ id: b, {other}, reason: r, owner: o }}\n"
        );
        holds(&text, account)
    };
    let tags = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "1".to_owned())]);
    let account = account("Root", &tags);
    let levels = both("tags: { a: '1' }, level: 1", "tags: { b: '1' }, level: 2", &account);
    assert!(levels.controls[LOCK].is_on, "nothing is weakened");
    assert!(levels.problems[0].message.contains("the level is 2 here and 1 in `a`"), "{:?}", levels.problems);
    let switched = both(
        "tags: { a: '1' }, controls: [s3-bucket-tls-only]",
        "tags: { b: '1' }, exclude_controls: [s3-bucket-tls-only]",
        &account,
    );
    assert!(switched.controls[TLS].is_on && switched.problems.len() == 1);
    let severities = both(
        "tags: { a: '1' }, severities: { s3-bucket-tls-only: low }",
        "tags: { b: '1' }, severities: { s3-bucket-tls-only: high }",
        &account,
    );
    assert_eq!(severities.controls[TLS].severity, Severity::High);
    let settings = |days: u8| format!("settings: {{ iam-access-key-rotated: {{ max_age_days: {days} }} }}");
    let differ = both(
        &format!("tags: {{ a: '1' }}, {}", settings(60)),
        &format!("tags: {{ b: '1' }}, {}", settings(70)),
        &account,
    );
    assert_eq!(differ.controls["iam-access-key-rotated"].settings["max_age_days"].0, Doc::Int(60), "the stricter one");
    assert_eq!(differ.problems.len(), 1);
    let same = both("tags: { a: '1' }, level: 2", "tags: { b: '1' }, level: 2", &account);
    assert!(!same.controls[LOCK].is_on && same.problems.is_empty());
}

#[test]
fn where_unit_or_tags_are_not_known_baselines_strengthen_only() {
    let text = "\
baselines:
  - { id: unit, units: [Root/Prod], severities: { s3-bucket-tls-only: critical }, exclude_controls: [s3-bucket-versioned], reason: r, owner: o }
  - { id: by-id, units: [ou-abcd-11111111], severities: { s3-bucket-encrypted: high }, level: 1, reason: r, owner: o }
  - { id: tag, tags: { Environment: prod }, severities: { s3-bucket-versioned: critical, s3-bucket-encrypted: low }, settings: { iam-access-key-rotated: { max_age_days: 400 } }, reason: r, owner: o }
";
    let effective = holds(text, &Account::new("111111111111"));
    let severity = |id: &str| effective.controls[id].severity;
    assert_eq!(severity(TLS), Severity::Critical);
    assert_eq!(severity("s3-bucket-versioned"), Severity::Critical);
    assert_eq!(severity("s3-bucket-encrypted"), Severity::High);
    assert!(effective.controls.values().all(|control| control.is_on && control.settings.is_empty()));
    assert_eq!((effective.baselines.len(), effective.undecided.len()), (0, 3));
    assert_eq!(effective.problems, [], "nobody can do anything about it in the folder");
    let none = Tags::new();
    let known =
        Account { units: Some(&["r-abcd".to_owned(), "ou-abcd-11111111".to_owned()]), ..account("Root/X", &none) };
    let effective = holds(text, &known);
    assert!(!effective.controls["s3-bucket-versioned"].is_on, "level 1");
    assert_eq!(effective.baselines, [Arc::from("by-id")]);
}

#[test]
fn a_limited_scan_is_not_widened() {
    let text = "baselines:\n  - { id: a, units: [Root], controls: [s3-bucket-tls-only, s3-bucket-versioned] }\n";
    let (on, tags) = (BTreeSet::from([Arc::from(LOCK)]), Tags::new());
    let within = BTreeSet::from([Arc::from(LOCK), Arc::from(TLS)]);
    let governance = governance(text);
    let base = ScanBase { pack: Pack::embedded(), on: &on, within: Some(&within) };
    let effective = governance.effective(&account("Root", &tags), base);
    let is_on: Vec<&str> =
        effective.controls.iter().filter(|(_, control)| control.is_on).map(|(id, _)| &**id).collect();
    assert_eq!(is_on, [TLS, LOCK]);
    assert_eq!(effective.controls.len(), 2);
}

#[test]
fn a_stricter_setting_is_free_also_where_nobody_knows_the_unit() {
    let text = "\
baselines:
  - { id: strict, units: [Root], settings: { iam-access-key-rotated: { max_age_days: 60 }, kms-key-rotation: { max_days: 365 } } }
  - { id: lax, units: [Root/Lab], settings: { iam-access-key-rotated: { max_age_days: 80 } } }
  - { id: founded, units: [Root/Lab/X], settings: { iam-access-key-rotated: { max_age_days: 200 } }, reason: r, owner: o }
";
    let days = |account: &Account<'_>| {
        holds(text, account).controls["iam-access-key-rotated"].settings["max_age_days"].0.clone()
    };
    let none = Tags::new();
    assert_eq!(days(&account("Root/Prod", &none)), Doc::Int(60));
    assert_eq!(days(&account("Root/Lab", &none)), Doc::Int(60), "80 would be weaker than what is inherited");
    assert_eq!(days(&account("Root/Lab/X", &none)), Doc::Int(200));
    assert_eq!(days(&Account::new("111111111111")), Doc::Int(60));
    assert_eq!(holds(text, &account("Root/Lab", &none)).problems.len(), 1);
}
