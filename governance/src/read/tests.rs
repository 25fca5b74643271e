//! Every rule of reading: what is right is read whole, and each mistake has its place, its words, and no effect.

use std::collections::BTreeSet;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::reading::Level;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{Doc, Severity};

use crate::day::Day;
use crate::entry::Attesting;
use crate::folder::Governance;
use crate::scope::Reach;

const EXCEPTION: &str = "id: EX-1, controls: [s3-bucket-tls-only], accounts: ['111111111111'], reason: r, owner: o, \
                         approver: a, approved: 2026-11-01, expires: 2027-01-31";
const ATTESTATION: &str = "step: identity-federation/provider, accounts: ['111111111111'], by: Kim, \
                           evidence: 'https://wiki.example.com/1', on: 2026-11-01, until: 2027-01-31";

fn today() -> Day {
    "2026-11-27".parse().unwrap()
}

/// What is read of one file, and what is said of it.
fn loaded(text: &str) -> (Governance, Vec<String>) {
    folder(&[("a.yaml", text)])
}

fn folder(files: &[(&str, &str)]) -> (Governance, Vec<String>) {
    let sources = files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() });
    let (governance, problems) = Governance::load(sources, Pack::embedded(), Handbook::embedded(), today());
    let errors: Vec<&_> = problems.iter().filter(|problem| problem.level == Level::Error).collect();
    assert!(errors.iter().all(|problem| problem.line > 0 && problem.column > 0), "{errors:?}");
    (governance, problems.iter().map(ToString::to_string).collect())
}

/// One problem, with these parts, and nothing of the entry is left.
fn refused(text: &str, parts: &[&str]) {
    let (governance, problems) = loaded(text);
    assert!(parts.iter().all(|part| problems.iter().any(|problem| problem.contains(part))), "{text}\n{problems:#?}");
    assert!(problems.iter().any(|problem| problem.contains(": error: ")), "{problems:#?}");
    assert!(governance.exceptions().is_empty() && governance.attestations().is_empty(), "{text}");
    assert!(governance.baselines().iter().all(|baseline| !baseline.may_weaken()), "{text}");
}

fn exception(change: (&str, &str)) -> String {
    format!("exceptions:\n  - {{ {} }}\n", EXCEPTION.replace(change.0, change.1))
}

fn attestation(change: (&str, &str)) -> String {
    format!("attestations:\n  - {{ {} }}\n", ATTESTATION.replace(change.0, change.1))
}

#[test]
fn what_is_right_is_read_whole() {
    let text = r#"
settings:
  longest_exception: { critical: 14 }
  module_tags: [module]
baselines:
  - id: workloads
    units: [Root/Workloads, ou-abcd-12345678]
    level: 2
    controls: s3-log-bucket-*
    exclude_controls: [account-unused-regions-disabled]
    settings: { iam-access-key-rotated: { max_age_days: 120 } }
    severities: { s3-bucket-versioned: high }
    reason: Level 3 is for the platform's accounts.
    owner: platform
  - { id: prod, tags: { Environment: [prod, production] }, severities: { s3-bucket-tls-only: critical } }
exceptions:
  - id: EX-2026-014
    controls: [s3-bucket-public-access-blocked, s3-bucket-policy-not-public]
    accounts: [111111111111]
    regions: [eu-central-1]
    resources: ["arn:aws:s3:::www-*"]
    tags: { purpose: website }
    reason: The website is public on purpose.
    owner: web
    approver: ciso
    ticket: SEC-1
    compensating_control: CloudFront in front
    approved: 2026-11-20
    expires: 2026-12-04
attestations:
  - step: identity-break-glass/drill
    organization: true
    by: Kim
    evidence: { file: drill.pdf, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }
    on: 2026-11-01
    until: 2027-01-30
    note: with two people
owners:
  resource_tags: [Owner, Team]
  account_tags: [Owner]
  accounts: { "111111111111": web }
  units: { Root/Workloads: platform }
"#;
    let (governance, problems) = loaded(text);
    assert_eq!(problems, Vec::<String>::new());
    let baseline = &governance.baselines()[0];
    assert!(matches!(&baseline.reach, Reach::Units(units) if units.len() == 2) && baseline.may_weaken());
    assert_eq!(baseline.level.as_ref().map(|level| level.value), Some(2));
    assert!(baseline.on.len() > 1 && baseline.off.len() == 1);
    assert_eq!(baseline.settings["iam-access-key-rotated"]["max_age_days"].value, Doc::Int(120));
    assert_eq!(baseline.severities["s3-bucket-versioned"].value, Severity::High);
    let exception = &governance.exceptions()[0];
    assert_eq!((exception.controls.len(), &*exception.accounts[0].text), (2, "111111111111"));
    assert_eq!(exception.accepted.until.to_string(), "2026-12-04");
    assert_eq!(exception.place.line, 17);
    let attestation = &governance.attestations()[0];
    assert_eq!(attestation.reach, Attesting::Organization);
    assert!(attestation.attested.evidence.starts_with("drill.pdf (sha256 e3b0"));
    assert_eq!(attestation.attested.reason(), "attested: by Kim until 2027-01-30");
    assert_eq!(governance.settings().longest(Severity::Critical), 14);
    assert_eq!(governance.settings().longest(Severity::High), 90);
    assert_eq!(governance.owners().resource_tags.len(), 2);
}

#[test]
fn nothing_is_something_that_can_be_said() {
    for text in ["", "# later\n", "\u{feff}exceptions: []\n", "exceptions:\nowners:\n", "{}"] {
        let (governance, problems) = loaded(text);
        assert!(governance.is_empty() && problems.is_empty(), "{text}: {problems:?}");
    }
    assert_eq!(loaded(&exception(("", ""))).0.exceptions().len(), 1);
    assert_eq!(loaded(&attestation(("", ""))).0.attestations().len(), 1);
}

#[test]
fn files_that_are_none_say_where() {
    refused("- a\n", &["a.yaml:1:1: error: a file of governance is a map of settings, baselines"]);
    refused("exceptions: [\n", &["a.yaml:"]);
    refused("exceptions: &a []\n", &["anchors and aliases are not used here"]);
    refused("exceptions: 7\n", &["a.yaml:1:13: error: `exceptions` is a list"]);
    refused(
        "exeptions: []\n",
        &["a.yaml:1:1: error: a file of governance has no key `exeptions`; did you mean `exceptions`?"],
    );
    refused("exceptions: [text]\n", &["an exception is a map"]);
}

#[test]
fn exceptions_name_what_there_is() {
    refused(
        &exception(("s3-bucket-tls-only", "s3-bucket-tsl-only")),
        &["a.yaml:2:28: error: there is no control `s3-bucket-tsl-only`; did you mean `s3-bucket-tls-only`?"],
    );
    refused(&exception(("s3-bucket-tls-only", "s4-*")), &["there is no control `s4-*`"]);
    refused(&exception(("'111111111111'", "'1111'")), &["`1111` is no account id: twelve digits"]);
    refused(&exception(("accounts: ['111111111111']", "units: ['/Root']")), &["`/Root` is no unit"]);
    refused(&exception(("accounts: ['111111111111']", "regions: [Europe]")), &["`Europe` is no Region"]);
    refused(&exception(("reason: r", "reson: r")), &["no key `reson`; did you mean `reason`?"]);
    refused(&exception(("id: EX-1", "id: '=1+1'")), &["`=1+1` is no id"]);
}

#[test]
fn exceptions_say_where_they_hold() {
    let scope = "accounts: ['111111111111'], ";
    refused(&exception((scope, "")), &["says nowhere where it holds", "`units: [Root]` is the whole organization"]);
    for empty in ["accounts: [], units: [Root], ", "accounts: , units: [Root], ", "tags: {}, units: [Root], "] {
        refused(&exception((scope, empty)), &["has no value: give it one, or leave the key out"]);
    }
    refused(&exception((scope, "tags: { purpose: }, ")), &["the tag `purpose` is a text"]);
    refused(&exception((scope, "resources: ['*'], ")), &["`*` is every resource"]);
}

#[test]
fn exceptions_end_and_somebody_answers_for_them() {
    for key in ["reason", "owner", "approver"] {
        let line = format!("{key}: {}, ", &key[..1]);
        refused(&exception((&line, "")), &[&format!("an exception needs `{key}`")]);
        refused(&exception((&line, &format!("{key}: ' ', "))), &[&format!("`{key}` is empty")]);
    }
    refused(&exception((", expires: 2027-01-31", "")), &["an exception needs `expires`"]);
    refused(&exception(("approved: 2026-11-01, ", "")), &["an exception needs `approved`"]);
    for wrong in ["never", "2027-02-30", "31.01.2027", "2027"] {
        let words = format!("`expires` is a day such as 2031-06-30, not `{wrong}`");
        refused(&exception(("2027-01-31", wrong)), &[&words]);
    }
    refused(&exception(("2026-11-01", "2026-12-01")), &["`approved` 2026-12-01 is still to come: it is 2026-11-27"]);
    refused(&exception(("2027-01-31", "2026-10-31")), &["`expires` 2026-10-31 is before `approved` 2026-11-01"]);
    refused(
        &exception(("2027-01-31", "2027-05-01")),
        &["`s3-bucket-tls-only` is medium, and that is accepted for 180 days", "until 2027-04-30"],
    );
    // The worst of what a glob means counts.
    refused(&exception(("s3-bucket-tls-only", "s3-*")), &["is critical, and that is accepted for 30 days"]);
    let tighter = format!("settings: {{ longest_exception: {{ medium: 30 }} }}\n{}", exception(("", "")));
    refused(&tighter, &["accepted for 30 days"]);
}

#[test]
fn what_has_expired_is_said_and_kept_to_be_shown() {
    let text = exception(("2027-01-31", "2026-11-26"));
    let (governance, problems) = loaded(&text);
    assert!(problems[0].contains("warning: `EX-1` expired on 2026-11-26: its findings are back"), "{problems:?}");
    assert!(governance.exceptions()[0].says(Severity::Medium, today()).expired);
    let (governance, problems) = loaded(&attestation(("2027-01-31", "2026-11-26")));
    assert!(problems[0].contains("warning: the attestation ended on 2026-11-26"), "{problems:?}");
    assert_eq!(governance.attestations().len(), 1);
}

#[test]
fn two_entries_of_one_name_are_one() {
    let twice = format!("exceptions:\n  - {{ {EXCEPTION} }}\n  - {{ {EXCEPTION} }}\n");
    let (governance, problems) = loaded(&twice);
    assert_eq!(problems, ["a.yaml:3:5: error: there is already an exception `EX-1`, in a.yaml:2"]);
    assert_eq!(governance.exceptions().len(), 1);
    let one = exception(("", ""));
    let (governance, problems) = folder(&[("a.yaml", &one), ("b/c.yaml", &one)]);
    assert_eq!(problems, ["b/c.yaml:2:5: error: there is already an exception `EX-1`, in a.yaml:2"]);
    assert_eq!(governance.exceptions().len(), 1);
}

#[test]
fn a_mistake_in_one_entry_takes_no_other_one_with_it() {
    let other = EXCEPTION.replace("EX-1", "EX-2");
    let text = format!("exceptions: [{{ {} }}, {{ {other} }}]\n", EXCEPTION.replace("owner: o, ", ""));
    let (governance, problems) = loaded(&text);
    assert_eq!((problems.len(), governance.exceptions().len()), (1, 1), "{problems:?}");
    assert_eq!(&**governance.exceptions()[0].id(), "EX-2");
}

#[test]
fn attestations_name_a_step_that_somebody_confirms() {
    let step = "identity-federation/provider";
    refused(
        &attestation((step, "identity-federatoin/provider")),
        &["there is no process", "did you mean `identity-federation/provider`?"],
    );
    refused(&attestation((step, "identity-federation/provder")), &["has no step `provder`", "did you mean"]);
    refused(&attestation((step, "identity-federation")), &["has no step ``"]);
    let measured = Handbook::embedded().processes().find_map(|process| {
        let step = process.steps.iter().find(|step| step.attest.is_none())?;
        Some(format!("{}/{}", process.id, step.id))
    });
    refused(&attestation((step, &measured.unwrap())), &["nobody confirms"]);
    refused(&attestation(("by: Kim, ", "")), &["an attestation needs `by`"]);
    refused(&attestation(("'https://wiki.example.com/1'", "trust-me")), &["`evidence` is an https address"]);
    refused(&attestation(("'https://wiki.example.com/1'", "{ file: a, sha256: abc }")), &["64 digits in hexadecimal"]);
}

#[test]
fn attestations_hold_for_as_long_as_their_step_allows_where_it_is_done() {
    refused(&attestation(("2027-01-31", "2027-05-01")), &["good for 180 days at most, until 2027-04-30"]);
    refused(&attestation(("on: 2026-11-01", "on: 2026-11-28")), &["`on` 2026-11-28 is still to come"]);
    refused(&attestation(("2027-01-31", "2026-10-01")), &["`until` 2026-10-01 is before `on`"]);
    let accounts = "accounts: ['111111111111']";
    refused(&attestation((accounts, "organization: true")), &["is done once for each account: name `accounts`"]);
    refused(&attestation((accounts, "organization: false")), &["`organization` is true, or left out"]);
    refused(&attestation(("accounts: ['111111111111'], ", "")), &["or `organization: true`: one of them"]);
    refused(&attestation((accounts, "accounts: ['111111111111'], units: [Root]")), &["one of them"]);
    refused(
        &attestation(("identity-federation/provider", "identity-break-glass/alarm")),
        &["is done once for the organization: write `organization: true`"],
    );
}

#[test]
fn a_baseline_says_for_whom_and_what() {
    refused("baselines:\n  - { id: a, level: 2 }\n", &["holds for `units`, `accounts` or `tags`: one of them"]);
    refused("baselines:\n  - { id: a, units: [Root], accounts: ['111111111111'], level: 2 }\n", &["one of them"]);
    refused("baselines:\n  - { id: a, units: [Root], level: 4, reason: r, owner: o }\n", &["`level` is 1"]);
    refused("baselines:\n  - { id: a, units: [Root], reason: r, owner: o }\n", &["the baseline says nothing"]);
    let text = "baselines:\n  - { id: a, units: [Root], controls: [s3-bucket-tls-only], exclude_controls: ['s3-*'], reason: r, owner: o }\n";
    refused(text, &["is in `controls` and in `exclude_controls` of the same baseline"]);
    let setting =
        |value: &str| format!("baselines:\n  - {{ id: a, units: [Root], settings: {value}, reason: r, owner: o }}\n");
    refused(
        &setting("{ iam-access-key-rotated: { max_age_day: 90 } }"),
        &["a.yaml:2:67: error: `iam-access-key-rotated` has no setting `max_age_day`; did you mean `max_age_days`?"],
    );
    refused(&setting("{ iam-access-key-rotated: { max_age_days: old } }"), &["is a number; its default is"]);
    refused(&setting("{ iam-acces-key-rotated: { max_age_days: 9 } }"), &["did you mean `iam-access-key-rotated`?"]);
    refused(&setting("{ 'iam-*': { max_age_days: 9 } }"), &["settings are of one control, and `iam-*` is a pattern"]);
    refused(
        "baselines:\n  - { id: a, units: [Root], severities: { 's3-*': hgh }, reason: r, owner: o }\n",
        &["unknown severity `hgh`"],
    );
}

#[test]
fn weakening_needs_a_reason_and_an_owner() {
    let words = "needs `reason` and `owner`";
    refused(
        "baselines:\n  - { id: a, units: [Root], exclude_controls: ['s3-*'], reason: r }\n",
        &["switches `s3-", words],
    );
    refused(
        "baselines:\n  - { id: a, units: [Root], level: 2, owner: o }\n",
        &["a.yaml:2:36: error: level 2 is lower than 3", words],
    );
    refused(
        "baselines:\n  - { id: a, accounts: ['111111111111'], severities: { s3-bucket-tls-only: low } }\n",
        &["`s3-bucket-tls-only` is medium, and low is lower", words],
    );
    refused(
        "baselines:\n  - { id: a, tags: { a: b }, settings: { iam-access-key-rotated: { max_age_days: 120 } } }\n",
        &["`max_age_days` of `iam-access-key-rotated` is 90, and this is less strict", words],
    );
    refused(
        "baselines:\n  - { id: a, tags: { a: b }, settings: { tags-required: { keys: [owner] } } }\n",
        &["in which direction nobody can say", words],
    );
    let stricter =
        "baselines:\n  - { id: a, units: [Root], settings: { iam-access-key-rotated: { max_age_days: 60 } } }\n";
    assert_eq!(loaded(stricter).1, Vec::<String>::new());
    let free =
        "baselines:\n  - { id: a, units: [Root], level: 3, controls: ['s3-*'], severities: { 's3-*': critical } }\n";
    assert_eq!(loaded(free).1, Vec::<String>::new());
    // Level 2 is more than what is inherited.
    let inherited = "baselines:\n  - { id: a, units: [Root], level: 1, reason: r, owner: o }\n  - { id: b, units: [Root/Prod], level: 2 }\n";
    assert_eq!(loaded(inherited).1, Vec::<String>::new());
}

#[test]
fn baselines_of_the_same_accounts_say_the_same() {
    let both = |one: &str, other: &str| {
        let text = format!(
            "baselines:\n  - {{ id: a, {one}, reason: r, owner: o }}\n  - {{ id: b, {other}, reason: r, owner: o }}\n"
        );
        loaded(&text).1
    };
    let problems = both("units: [Root/Prod], level: 1", "units: [Root, Root/Prod], level: 2");
    assert_eq!(problems.len(), 1, "{problems:?}");
    let parts = ["a.yaml:3:47: error: the level is 2 here and 1 in `a` (a.yaml:2)", "take one of them away"];
    assert!(parts.iter().all(|part| problems[0].contains(part)), "{problems:?}");
    let problems = both(
        "accounts: ['111111111111'], controls: [s3-bucket-tls-only]",
        "accounts: ['111111111111'], exclude_controls: ['s3-bucket-t*']",
    );
    assert!(problems[0].contains("`s3-bucket-tls-only` is off here and on in `a`"), "{problems:?}");
    assert!(both("units: [Root], level: 1", "units: [Root/Prod], level: 2").is_empty());
    assert!(both("units: [Root], level: 2", "tags: { a: b }, level: 1").is_empty());
}

#[test]
fn owners_and_settings_of_several_files_are_one() {
    let one =
        "owners: { units: { Root: platform }, resource_tags: Owner }\nsettings: { longest_exception: { high: 60 } }\n";
    let other = "owners: { units: { Root: web, Root/Web: web }, resource_tags: [Owner, Team] }\nsettings: { longest_exception: { high: 10, low: 0 } }\n";
    let (governance, problems) = folder(&[("a.yaml", one), ("b.yaml", other)]);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    let parts = [
        "`Root` is owned by platform in a.yaml:1",
        "`high` is 60 days in a.yaml:2; the shorter one holds",
        "`low` is a number of days",
    ];
    assert!(parts.iter().all(|part| problems.iter().any(|problem| problem.contains(part))), "{problems:#?}");
    assert_eq!(governance.settings().longest(Severity::High), 10);
    assert_eq!(governance.settings().longest(Severity::Low), 365);
    let units: BTreeSet<(&str, &str)> =
        governance.owners().units.iter().map(|(unit, owner)| (&**unit, &*owner.value)).collect();
    assert_eq!(units, BTreeSet::from([("Root", "platform"), ("Root/Web", "web")]));
    let (_, problems) = loaded("owners: { accounts: { 12: x }, units: { '*': y, Root: { a: b } } }\n");
    assert_eq!(problems.len(), 3, "{problems:#?}");
}

#[test]
fn a_broken_baseline_strengthens_and_does_no_more() {
    let text = "baselines:\n  - { id: a, units: [Root], severities: { s3-bucket-tls-only: critical, s3-bucket-encrypted: low }, exclude_controls: [s3-bucket-tls-only, s3-bucket-x], reason: r, owner: o }\n";
    let (governance, problems) = loaded(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let baseline = &governance.baselines()[0];
    assert!(baseline.is_broken && !baseline.may_weaken());
    assert_eq!(baseline.severities["s3-bucket-tls-only"].value, Severity::Critical);
}
