//! One night of two accounts under governance of many kinds: what rows say, what they go on to say whatever is governed, and
//! what is not known and therefore accepts nothing.

use std::collections::BTreeMap;

use plumbline_baseline::ScanId;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Level, Pack, Source};
use plumbline_proto::agent_v1::Status as Wire;
use proptest::prelude::*;

use super::*;
use crate::read::ScanView;
use crate::report::Digest;
use crate::report::digest::DigestBuilder;
use crate::store::rehearsal::{Night, OfType, of, queues, resource};
use crate::store::{Error, Store};

const NIGHT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const PAYMENTS: &str = "111111111111";
const SANDBOX: &str = "222222222222";
const ENCRYPTED: &str = "sqs-queue-encrypted";
const PUBLIC: &str = "sqs-queue-not-public";
const EMAIL: &str = "account-root-email-managed";
const STEP: &str = "organization-root-email/list-addresses";
const TODAY: &str = "2026-11-27";

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:eu-west-1:{PAYMENTS}:{name}")
}

/// What is found in an account: queues of several owners, one whose tags were not read, and what no API says.
fn found() -> Vec<OfType> {
    let fails = [(ENCRYPTED, Wire::Fail), (PUBLIC, Wire::Pass)];
    let tagged =
        |name: &str, tags: &str, rows: &[(&str, Wire)]| resource(&arn(name), &format!(r#"{{"Tags":{tags}}}"#), rows);
    let denied = r#"{"$unread":{"reason":"access_denied","operation":"sqs:ListQueueTags","detail":""}}"#;
    let mut all = queues(vec![
        tagged("dev-jobs", r#"[{"Key":"Environment","Value":"dev"},{"Key":"Owner","Value":"ann"}]"#, &fails),
        tagged("hidden", denied, &fails),
        tagged("orders", "[]", &[(ENCRYPTED, Wire::Fail), (PUBLIC, Wire::Fail)]),
        tagged("unread", "[]", &[(ENCRYPTED, Wire::Unknown), (PUBLIC, Wire::NotApplicable)]),
    ]);
    all.push(of("AWS::Account::Account", vec![resource("me", "{}", &[(EMAIL, Wire::Manual)])]));
    all
}

/// The ids of the second account's units are not known.
fn night() -> Night {
    Night::full(NIGHT, &[ENCRYPTED, PUBLIC, EMAIL])
        .member(PAYMENTS, "Root/Workloads/Payments", &[("CostCentre", "cc-7")])
        .in_units(&["r-ab12", "ou-ab12-work", "ou-ab12-pay"])
        .member(SANDBOX, "Root/Sandbox", &[])
        .job(PAYMENTS, "eu-west-1", found())
        .job(SANDBOX, "eu-west-1", found())
        .lost(SANDBOX, "us-east-1")
}

/// What holds; nothing of it may be broken.
fn governed(yaml: &str) -> Governed {
    let (governed, problems) = loaded(yaml);
    assert!(problems.is_empty(), "{problems:?}");
    governed
}

fn loaded(yaml: &str) -> (Governed, Vec<String>) {
    let source = Source { path: "governance.yaml".into(), text: yaml.into() };
    let today = TODAY.parse().unwrap();
    let (governance, problems) = Governance::load([source], Pack::embedded(), Handbook::embedded(), today);
    let broken = problems.iter().filter(|problem| problem.level == Level::Error);
    let problems: Vec<String> = broken.map(ToString::to_string).collect();
    (Governed { governance: Arc::new(governance), today, problems: problems.clone() }, problems)
}

fn open(store: &Store) -> ScanView {
    let id: ScanId = NIGHT.parse().unwrap();
    ScanView::open(store, &id).unwrap().unwrap()
}

fn rows(view: &ScanView) -> Vec<ReportRow> {
    let mut rows = Vec::new();
    view.for_each(|row| {
        rows.push(row.clone());
        Ok::<_, Error>(())
    })
    .unwrap();
    rows
}

fn digest(rows: &[ReportRow]) -> Digest {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    builder.finish()
}

/// An exception of the first control with one more line.
fn exception(id: &str, scope: &str, expires: &str) -> String {
    format!(
        "
  - id: {id}
    controls: [{ENCRYPTED}]
    {scope}
    reason: It is replaced by spring
    owner: team-jobs
    approver: ciso
    ticket: RISK-7
    approved: 2026-11-01
    expires: {expires}"
    )
}

/// The failures that are accepted in an account: name of the queue, and how.
fn accepted(rows: &[ReportRow], account: &str) -> BTreeMap<String, String> {
    let of_account = rows.iter().filter(|row| &*row.account == account);
    let said = of_account.filter_map(|row| {
        assert!(row.accepted.is_none() || row.status == Status::Fail, "{row:?}");
        let accepted = row.accepted.as_ref()?;
        let name = row.resource.rsplit(':').next().unwrap().to_owned();
        Some((name, format!("{} {}{}", accepted.id, accepted.until, if accepted.expired { " over" } else { "" })))
    });
    said.collect()
}

/// Holds what an exception accepts in the first account, and in the other.
async fn check(scope: &str, expires: &str, here: &[&str], there: &[&str], how: &str) {
    let store = Store::in_memory();
    night().store(&store).await;
    let governed = governed(&format!("exceptions:{}", exception("x", scope, expires)));
    let rows = rows(&open(&store).under(governed));
    for (account, expected) in [(PAYMENTS, here), (SANDBOX, there)] {
        let found = accepted(&rows, account);
        let expected: BTreeMap<String, String> = expected.iter().map(|name| ((*name).into(), how.into())).collect();
        assert_eq!(found, expected, "{scope} in {account}");
    }
}

#[tokio::test]
async fn exceptions_accept_what_all_of_their_conditions_name() {
    let all = ["dev-jobs", "hidden", "orders"];
    let (day, how) = ("2027-01-20", "x 2027-01-20");
    check("units: [Root]", day, &all, &all, how).await;
    check("units: [Root/Workloads]", day, &all, &[], how).await;
    check("units: [Root/Work]", day, &[], &[], how).await;
    check(&format!("accounts: ['{SANDBOX}']"), day, &[], &all, how).await;
    check("resources: ['arn:aws:sqs:*:dev-*']", day, &["dev-jobs"], &["dev-jobs"], how).await;
    check("units: [ou-ab12-pay]", day, &all, &[], how).await;
    check("units: [r-ab12]", day, &all, &[], how).await;
    check("regions: [us-east-1]", day, &[], &[], how).await;
    check("tags: { Environment: dev }\n    units: [Root/Sandbox]", day, &[], &["dev-jobs"], how).await;
}

#[tokio::test]
async fn tags_that_were_not_read_match_nothing() {
    let (day, how) = ("2027-01-20", "x 2027-01-20");
    check("tags: { Environment: dev }", day, &["dev-jobs"], &["dev-jobs"], how).await;
    check("tags: { Environment: '*' }", day, &["dev-jobs"], &["dev-jobs"], how).await;
}

#[tokio::test]
async fn the_last_day_counts_and_the_day_after_it_does_not() {
    let all = ["dev-jobs", "hidden", "orders"];
    check("units: [Root]", "2026-11-28", &all, &all, "x 2026-11-28").await;
    check("units: [Root]", TODAY, &all, &all, "x 2026-11-27").await;
    check("units: [Root]", "2026-11-26", &all, &all, "x 2026-11-26 over").await;
}

#[tokio::test]
async fn the_nearest_owner_counts() {
    let store = Store::in_memory();
    night().store(&store).await;
    let owners = format!(
        "
owners:
  resource_tags: [Owner]
  account_tags: [CostCentre]
  accounts: {{ '{PAYMENTS}': payments-list }}
  units: {{ Root: everybody, Root/Sandbox: sandbox-team }}"
    );
    let rows = rows(&open(&store).under(governed(&owners)));
    let owners = |account: &str| -> BTreeMap<(String, &'static str), String> {
        let own = rows.iter().filter(|row| &*row.account == account);
        let named = own.filter_map(|row| {
            let name = row.resource.rsplit(':').next().unwrap().to_owned();
            let owner = row.owner.as_ref()?;
            Some(((name, row.status.as_str()), format!("{} ({})", owner.name, owner.from)))
        });
        named.collect()
    };
    let expected = |all: &[(&str, &'static str, &str)]| -> BTreeMap<(String, &'static str), String> {
        all.iter().map(|(name, status, owner)| (((*name).into(), *status), (*owner).into())).collect()
    };
    let of_account = "cc-7 (account-tag:CostCentre)";
    assert_eq!(
        owners(PAYMENTS),
        expected(&[
            ("dev-jobs", "FAIL", "ann (resource-tag:Owner)"),
            ("hidden", "FAIL", of_account),
            ("orders", "FAIL", of_account),
            ("unread", "UNKNOWN", of_account),
            ("me", "MANUAL", of_account),
        ])
    );
    let of_unit = "sandbox-team (unit:Root/Sandbox)";
    assert_eq!(
        owners(SANDBOX),
        expected(&[
            ("dev-jobs", "FAIL", "ann (resource-tag:Owner)"),
            ("hidden", "FAIL", of_unit),
            ("orders", "FAIL", of_unit),
            ("unread", "UNKNOWN", of_unit),
            // Of the job that came to nothing.
            ("", "UNKNOWN", of_unit),
            ("me", "MANUAL", of_unit),
        ])
    );
}

fn attestation(reach: &str, until: &str) -> String {
    format!(
        "
  - step: {STEP}
    {reach}
    by: Ann
    evidence: https://wiki.example.com/mail
    on: 2026-11-01
    until: {until}"
    )
}

#[tokio::test]
async fn what_is_left_to_a_person_is_attested_and_nothing_else_is() {
    let store = Store::in_memory();
    night().store(&store).await;
    let before = digest(&rows(&open(&store)));
    let read = |yaml: String| rows(&open(&store).under(governed(&yaml)));
    let told = |rows: &[ReportRow]| -> Vec<(String, String)> {
        let own = rows.iter().filter(|row| &*row.control == EMAIL && &*row.region == "eu-west-1");
        own.map(|row| (row.status.as_str().to_owned(), row.reason.to_string())).collect()
    };
    let by_ann = ("PASS".to_owned(), "attested: by Ann until 2027-01-31".to_owned());
    let manual = ("MANUAL".to_owned(), String::new());

    let all = read(format!("attestations:{}", attestation("organization: true", "2027-01-31")));
    assert_eq!(told(&all), [by_ann.clone(), by_ann]);
    let attested = all.iter().filter(|row| row.attested.is_some()).count();
    assert_eq!(attested, 2, "rows of other controls are not");
    let after = digest(&all);
    let (checks, was) = (after.total.checks, before.total.checks);
    assert_eq!((checks.attested, checks.manual, was.manual), (2, 0, 2));
    assert_eq!((checks.passed, checks.automated), (was.passed, was.automated));
    assert_eq!((checks.compliance(), checks.coverage()), (was.compliance(), was.coverage()));
    assert_eq!(after.rows_with(Status::Pass), before.rows_with(Status::Pass));

    let ended =
        open(&store).under(governed(&format!("attestations:{}", attestation("organization: true", "2026-11-26"))));
    assert_eq!(told(&rows(&ended)), [manual.clone(), manual]);
    let named = ended.summary().governed.unwrap().ended;
    assert_eq!(named.iter().map(|each| &*each.step).collect::<Vec<_>>(), [STEP]);
    let renewed = format!(
        "attestations:{}{}",
        attestation("organization: true", "2026-11-26"),
        attestation("organization: true", "2027-01-31")
    );
    assert!(open(&store).under(governed(&renewed)).summary().governed.unwrap().ended.is_empty(), "it was renewed");
}

#[tokio::test]
async fn accepted_findings_count_as_failed_and_stand_apart() {
    let store = Store::in_memory();
    night().store(&store).await;
    let before = digest(&rows(&open(&store)));
    let yaml = format!("exceptions:{}", exception("x", "accounts: ['111111111111']", "2027-01-20"));
    let after = digest(&rows(&open(&store).under(governed(&yaml))));
    let (was, is) = (before.total.checks, after.total.checks);
    // Of the first account: one check of encryption, whose failures are all accepted.
    assert_eq!((is.failed, is.accepted), (was.failed, 1));
    assert_eq!((is.passed, is.undecided, is.compliance()), (was.passed, was.undecided, was.compliance()));
    assert_eq!((after.governed.accepted(), after.open()), (3, before.open() - 3));
    assert_eq!(after.accounts[PAYMENTS].checks.accepted, 1);
    assert_eq!(after.ous["Root/Sandbox"].checks.accepted, 0);
    assert_eq!(after.failures_at(plumbline_baseline::Severity::High), before.open() - 3);

    let expired = format!("exceptions:{}", exception("x", "accounts: ['111111111111']", "2026-11-26"));
    let after = digest(&rows(&open(&store).under(governed(&expired))));
    assert_eq!((after.total.checks.accepted, after.governed.accepted(), after.open()), (0, 0, before.open()));
    assert_eq!(after.governed.expired().len(), 1);
}

#[tokio::test]
async fn a_scan_that_kept_no_documents_knows_no_tags_and_says_so() {
    let store = Store::in_memory();
    night().limited("controls", "sqs-*").store(&store).await;
    let yaml = format!("exceptions:{}", exception("x", "tags: { Environment: dev }", "2027-01-20"));
    let view = open(&store).under(governed(&yaml));
    assert!(accepted(&rows(&view), PAYMENTS).is_empty());
    assert_eq!(view.summary().notes.iter().filter(|note| note.contains("kept no documents")).count(), 1);
    let yaml = format!("exceptions:{}", exception("x", "units: [Root]", "2027-01-20"));
    assert!(open(&store).under(governed(&yaml)).summary().notes.is_empty());
}

#[tokio::test]
async fn what_is_broken_is_said_and_accepts_nothing() {
    let store = Store::in_memory();
    night().store(&store).await;
    let yaml =
        format!("exceptions:{}", exception("x", "units: [Root]", "2027-01-20").replace(ENCRYPTED, "sqs-queue-encrypt"));
    let (governed, problems) = loaded(&yaml);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let view = open(&store).under(governed);
    assert!(accepted(&rows(&view), PAYMENTS).is_empty());
    let notes = view.summary().notes;
    assert!(notes[0].starts_with("governance: governance.yaml:") && notes[0].ends_with("it is left out"), "{notes:?}");
}

/// One of the texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(texts)
}

/// Governance at random, as broken as it may be.
fn anything() -> impl Strategy<Value = String> {
    let scope = one_of(&[
        "units: [Root]",
        "units: [Root/Sandbox]",
        "accounts: ['111111111111']",
        "resources: ['arn:*orders']",
        "tags: { Environment: dev }",
        "tags: { Owner: '*' }",
        "regions: [eu-west-1]",
        "",
    ]);
    let controls =
        one_of(&["['*']", "[sqs-queue-encrypted]", "['sqs-*']", "[account-root-email-managed]", "[none-such]"]);
    let day = || one_of(&["2026-11-01", "2026-11-27", "2026-12-01", "2031-01-01"]);
    let exception = (scope, controls, day(), day()).prop_map(|(scope, controls, approved, expires)| {
        format!(
            "\n  - id: ID\n    controls: {controls}\n    {scope}\n    reason: r\n    owner: o\n    approver: a\n    \
             approved: {approved}\n    expires: {expires}"
        )
    });
    let reach = one_of(&["organization: true", "accounts: ['111111111111']", "units: [Root]", ""]);
    let attestation = (reach, day(), day()).prop_map(|(reach, on, until)| {
        format!("\n  - step: {STEP}\n    {reach}\n    by: Ann\n    evidence: https://e.example\n    on: {on}\n    until: {until}")
    });
    let numbered = |all: Vec<String>| -> String {
        all.iter().enumerate().map(|(number, text)| text.replace("ID", &format!("x-{number}"))).collect()
    };
    let list = move |key: &'static str, all: Vec<String>| {
        if all.is_empty() { String::new() } else { format!("{key}:{}\n", numbered(all)) }
    };
    let exceptions = proptest::collection::vec(exception, 0..5);
    let attestations = proptest::collection::vec(attestation, 0..3);
    (exceptions, attestations).prop_map(move |(exceptions, attestations)| {
        list("exceptions", exceptions) + &list("attestations", attestations)
    })
}

/// Whatever is governed, no FAIL and no UNKNOWN becomes anything else, only what is left to a person is attested, and
/// nothing that is counted as passed, covered or compliant grows.
#[test]
fn governance_makes_nothing_better_than_it_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Store::in_memory();
    runtime.block_on(night().store(&store));
    let before = rows(&open(&store));
    let was = digest(&before);
    proptest!(ProptestConfig::with_cases(200), |(yaml in anything())| {
        let after = rows(&open(&store).under(loaded(&yaml).0));
        prop_assert_eq!(before.len(), after.len());
        for (old, new) in before.iter().zip(&after) {
            let is_attested = old.status == Status::Manual && new.status == Status::Pass && new.attested.is_some();
            prop_assert!(is_attested || (new.status == old.status && new.reason == old.reason), "{:?} {:?}", old, new);
            prop_assert!(new.accepted.is_none() || old.status == Status::Fail);
            prop_assert!(new.attested.is_none() || is_attested);
        }
        let is = digest(&after);
        let (old, new) = (was.total.checks, is.total.checks);
        prop_assert_eq!((new.passed, new.failed, new.undecided, new.automated), (old.passed, old.failed, old.undecided, old.automated));
        prop_assert_eq!(new.manual + new.attested, old.manual);
        prop_assert_eq!(is.rows_with(Status::Pass), was.rows_with(Status::Pass));
        prop_assert_eq!(is.failing_by_severity, was.failing_by_severity);
        prop_assert!(new.accepted <= new.failed && is.open() + is.governed.accepted() == was.open());
    });
}
