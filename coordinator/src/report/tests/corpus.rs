//! The rows and the scan that the report tests render.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::control::{Control, Finding, FixBy, Remediation, Subject};
use plumbline_baseline::{Doc, Evidence, Severity, Status, Witness};
use plumbline_governance::{Accepted, Attested, Day, OwnedBy, Owner};

use crate::report::origin::Origin;
use crate::report::past::{Became, Changes, Example, Night, Past, Rows};
use crate::report::row::{
    AccountSummary, Change, Governed, Limit, Problem, ReportRow, ScanKind, ScanState, ScanSummary,
};

const MARKUP: &str = "</td><script>alert(1)</script><img src=x onerror=\"alert(2)\">&amp;";
const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31mred\u{202e}txt.exe\u{2066}\u{200b}\r\nFAIL";

pub(crate) fn row(account: &str, region: &str, control: &str, status: Status) -> ReportRow {
    ReportRow {
        scan: "01JDEMO0000000000000000000".into(),
        account: account.into(),
        account_name: "payments".into(),
        ou: "Root/Workloads/Prod".into(),
        region: region.into(),
        control: control.into(),
        title: "S3 buckets refuse requests that are not encrypted in transit".into(),
        finding: Arc::new(Finding {
            one: "The bucket answers requests that are not encrypted".into(),
            other: "{count} buckets answer requests that are not encrypted".into(),
        }),
        severity: Severity::High,
        level: 1,
        status,
        reason: "".into(),
        resource: "arn:aws:s3:::payments-logs".into(),
        resource_type: "AWS::S3::Bucket".into(),
        witnesses: Vec::new(),
        evidence: vec![Evidence { path: "resource.Policy".into(), value: "null".into() }],
        frameworks: Arc::new(BTreeMap::from([
            ("aws-fsbp".into(), BTreeMap::from([(String::new(), vec!["S3.5".into()])])),
            ("cis-aws-foundations".into(), BTreeMap::from([("3.0.0".into(), vec!["2.1.1".into(), "2.1.2".into()])])),
        ])),
        decided_in: Vec::new(),
        holds_elsewhere: false,
        first_seen: "2026-01-14T00:00:00Z".into(),
        since: "2026-01-15T00:00:00Z".into(),
        change: Some(Change::New),
        accepted: None,
        attested: None,
        owner: None,
        origin: None,
    }
}

/// What decided, with a name that somebody outside chose.
pub(super) fn witness(name: &str) -> Witness {
    let context = Doc::map([("aws:SourceIp", "203.0.113.7".into())]);
    Witness::new(format!("anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*`, by statement `{name}`"))
        .with("caller", "anybody, unsigned")
        .with("action", "s3:GetObject")
        .with("context", context)
        .with("statements", vec![name.into()])
}

fn day() -> Day {
    "2026-12-24".parse().unwrap()
}

pub(super) fn accepted(id: &str, expired: bool) -> Arc<Accepted> {
    let text = || -> Arc<str> { id.into() };
    Arc::new(Accepted {
        id: text(),
        until: day(),
        expired,
        reason: text(),
        owner: text(),
        approver: text(),
        ticket: text(),
        compensating_control: text(),
    })
}

pub(super) fn owner(name: &str) -> Arc<Owner> {
    Arc::new(Owner { name: name.into(), from: OwnedBy::ResourceTag(name.into()) })
}

fn origin(name: &str) -> Arc<Origin> {
    Arc::new(Origin { kind: "stack".into(), name: name.into() })
}

/// Rows that try to break out of every format.
pub(super) fn hostile() -> Vec<ReportRow> {
    let first = |control: &str, status| row("111111111111", "us-east-1", control, status);
    let mut markup = first("s3-bucket-tls-only", Status::Fail);
    markup.account_name = MARKUP.into();
    markup.resource = format!("arn:aws:s3:::{MARKUP}");
    markup.evidence[0].value = format!("{{\"Name\":\"{MARKUP}\"}}");
    markup.witnesses = vec![witness(MARKUP)];
    markup.accepted = Some(accepted(MARKUP, false));
    markup.owner = Some(owner(MARKUP));
    markup.origin = Some(origin(MARKUP));
    let mut formula = first("s3-bucket-tls-only", Status::Fail);
    formula.account_name = "=HYPERLINK(\"https://evil.example\",\"ok\")".into();
    formula.resource = "@SUM(1+1)*cmd|' /C calc'!A0".into();
    formula.evidence[0].path = "＝1+1".into();
    formula.witnesses = vec![Witness::new("=1+1").with("=1+1", "=1+1")];
    formula.accepted = Some(accepted("=1+1", true));
    formula.owner = Some(owner("@SUM(1+1)"));
    formula.origin = Some(Arc::new(Origin { kind: "=1+1".into(), name: "+1".into() }));
    let mut escapes = first("s3-bucket-tls-only", Status::Fail);
    escapes.account_name = ESCAPES.into();
    escapes.resource = format!("arn:aws:s3:::{ESCAPES}");
    escapes.witnesses = vec![witness(ESCAPES)];
    escapes.accepted = Some(accepted(ESCAPES, true));
    escapes.owner = Some(owner(ESCAPES));
    escapes.origin = Some(origin(ESCAPES));
    let mut critical = first("iam-root-mfa", Status::Fail);
    critical.severity = Severity::Critical;
    critical.title = "The root user has MFA".into();
    // Of a scan that was stored without.
    critical.finding = Arc::default();
    critical.resource = String::new();
    let mut unknown = first("-kms|calc", Status::Unknown);
    unknown.reason = format!("access_denied: kms:GetKeyRotationStatus: {MARKUP}{ESCAPES}").into();
    let mut not_run = row("222222222222", "eu-central-1", "s3-bucket-tls-only", Status::Unknown);
    not_run.reason = "not_run".into();
    not_run.ou = format!("Root/{}", "very-long-unit-name/".repeat(30)).into();
    let mut long = row("333333333333", "aws-global", "s3-bucket-tls-only", Status::Pass);
    long.account_name = "東京".repeat(80).into();
    let mut none = row("333333333333", "aws-global", "lambda-function-not-public", Status::NotApplicable);
    none.reason = "no_resources".into();
    let mut manual = row("333333333333", "aws-global", "account-root-email-managed", Status::Manual);
    manual.title = "Someone reads the mail of the root user".into();
    let mut attested = first("account-contacts-named", Status::Pass);
    attested.attested = Some(Arc::new(Attested {
        by: format!("=1+1{MARKUP}{ESCAPES}").into(),
        on: "2026-06-24".parse().unwrap(),
        until: day(),
        evidence: format!("javascript:alert(1){MARKUP}{ESCAPES}").into(),
        step: "account-contacts/name-them".into(),
    }));
    attested.reason = attested.attested.as_ref().map(|attested| attested.reason()).unwrap_or_default().into();
    vec![markup, formula, escapes, critical, unknown, not_run, long, none, manual, attested]
}

pub(crate) fn summary(state: ScanState) -> ScanSummary {
    let account = |id: &str, name: &str, jobs_done| AccountSummary {
        id: id.into(),
        name: name.into(),
        ou: "Root/Workloads/Prod".into(),
        jobs_planned: 4,
        jobs_done,
        skipped: None,
        problem: None,
    };
    let suspended = AccountSummary { skipped: Some("suspended".into()), ..account("444444444444", "old", 0) };
    let closed = AccountSummary {
        problem: Some(Problem::Unreadable(format!("role_unassumable: sts:AssumeRole: {ESCAPES}{MARKUP}"))),
        ..account("222222222222", ESCAPES, 0)
    };
    ScanSummary {
        scan: "01JDEMO0000000000000000000".into(),
        started: "2026-11-23T14:00:00Z".into(),
        finished: Some("2026-11-23T14:00:47Z".into()),
        state,
        problem: None,
        kind: ScanKind::Limited,
        limits: vec![Limit { option: "regions".into(), values: vec![format!("eu-west-1{MARKUP}{ESCAPES}")] }],
        organization: Some(format!("o-demo1234567{ESCAPES}")),
        version: "0.1.0".into(),
        pack_digest: "8f3a0c77d2".into(),
        accounts: vec![
            account("111111111111", MARKUP, 4),
            closed,
            account("333333333333", &"東京".repeat(80), 4),
            suspended,
        ],
        gaps: vec![format!("organizational units could not be listed: access_denied: {MARKUP}{ESCAPES}")],
        notes: vec![format!("limited to the Regions eu-west-1 {MARKUP}{ESCAPES}")],
        calls: 12_345,
        throttles: 3,
        failures: 1,
        filter: Vec::new(),
        governed: Some(governed()),
        past: Some(past()),
        options: " --scan 01JDEMO0000000000000000000".into(),
    }
}

/// That the scan is read thirty days before something ends.
fn governed() -> Governed {
    let ended = Attested {
        by: format!("{MARKUP}{ESCAPES}").into(),
        on: "2025-11-24".parse().unwrap(),
        until: "2026-11-23".parse().unwrap(),
        evidence: format!("javascript:alert(1){MARKUP}{ESCAPES}").into(),
        step: "root-user/look-at-it".into(),
    };
    Governed { today: "2026-11-24".parse().unwrap(), ended: vec![Arc::new(ended)], broken: 2 }
}

/// What became of findings since a scan before, with names and reasons that somebody outside chose.
pub(super) fn past() -> Past {
    let mut changes = Changes::new("01JDEMO000000000000000000A", "2026-11-22T14:00:00Z");
    let example = |severity, title: &str| Example {
        control: "s3-bucket-tls-only".into(),
        title: title.into(),
        severity,
        account: "111111111111".into(),
        account_name: MARKUP.into(),
        region: "us-east-1".into(),
        resource: format!("arn:aws:s3:::{MARKUP}{ESCAPES}"),
        failing_since: "2026-01-15T00:00:00Z".into(),
        reason: format!("access_denied: {MARKUP}{ESCAPES}"),
    };
    for became in Became::ALL {
        changes.add(became, || example(Severity::High, ""), Severity::High);
    }
    changes.add(Became::New, || example(Severity::Critical, MARKUP), Severity::Critical);
    changes.rows = BTreeMap::from([("new", 7), ("closed", 1)]);
    changes.closed_because = BTreeMap::from([("resource_gone", 1)]);
    changes.note(format!("1 of the accounts and Regions is not compared: {MARKUP}{ESCAPES}"));
    let night = |scan: &str, started: &str, pass, unknown| Night {
        scan: scan.into(),
        started: started.into(),
        rows: Rows { pass, fail: 3, unknown, not_applicable: 1, manual: 1 },
    };
    let trend = vec![
        night("01JDEMO0000000000000000009", "2026-11-20T14:00:00Z", 0, 6),
        night("01JDEMO000000000000000000A", "2026-11-22T14:00:00Z", 5, 0),
        night("01JDEMO0000000000000000000", "2026-11-23T14:00:00Z", 1, 2),
    ];
    Past { changes: Ok(changes), trend }
}

/// A control whose documentation tries to bring markup along.
pub(super) fn control() -> Control {
    Control {
        id: "s3-bucket-tls-only".into(),
        title: "S3 buckets refuse requests that are not encrypted in transit".into(),
        severity: Severity::High,
        level: 1,
        fix_by: FixBy::Iac,
        subject: Subject::Types(vec!["AWS::S3::Bucket".into()]),
        partitions: Vec::new(),
        finding: None,
        variant: None,
        lets: Vec::new(),
        applies_when: None,
        pass_when: Some("policy(resource.Policy).denies_insecure_transport()".into()),
        settings: BTreeMap::new(),
        setting_rules: BTreeMap::new(),
        why: "Plain HTTP can be read and **changed** on the way.\nSee `aws:SecureTransport`.\n\n\u{202e}<b>not bold</b> [a](javascript:alert(1))".into(),
        remediation: Remediation {
            steps: "1. Add a statement to the bucket's policy\n   that denies plain HTTP.\n2. Wait.\n\n- one\n- two\n\n```\ncode & <more>\n\u{1b}[2J and more\n```\n".into(),
            cli: "aws s3api put-bucket-policy --bucket NAME --policy file://policy.json".into(),
            terraform: "resource \"aws_s3_bucket_policy\" \"tls_only\" {\n  bucket = \"NAME\"\n}".into(),
            cloudformation: String::new(),
            choose: std::collections::BTreeMap::new(),
        },
        references: Vec::new(),
        cases: Vec::new(),
    }
}
