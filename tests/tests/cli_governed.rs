//! A scan of a simulated organization under governance: what its exit code, its reports and later readings make of
//! exceptions, attestations and owners, with the folder and without it.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::{clock, simulated};
use serde_json::Value;
use tempfile::TempDir;
use time::Duration;
use time::macros::format_description;

/// Who owns what the simulated organization has tagged.
const TAGGED: &str = "platform-team@example.com";
const CRITICAL: [&str; 2] = ["codebuild-project-no-plain-secrets", "ec2-snapshot-not-public"];

struct Night {
    server: Server,
    place: TempDir,
}

impl Night {
    async fn new() -> Self {
        let (server, place) = (simulated::serve(World::demo_of(3, 7)).await, tempfile::tempdir().unwrap());
        fs::create_dir(place.path().join("governance")).unwrap();
        Self { server, place }
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("governance")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = simulated::command(&self.server, &self.place.path().join("data"), arguments);
        tokio::task::spawn_blocking(move || binary::run(&mut command)).await.unwrap()
    }

    /// Runs a command with the folder of governance.
    async fn governed(&self, arguments: &[&str]) -> Said {
        let folder = self.folder();
        self.run(&[arguments, &["--governance", folder.to_str().unwrap()]].concat()).await
    }

    /// The scan's summary.
    async fn summary(&self, options: &[&str]) -> Value {
        let said = self.run(&[&["report", "--format", "summary"], options].concat()).await;
        serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
    }

    /// The rows that a command on them prints.
    async fn rows(&self, options: &[&str]) -> Vec<Value> {
        let said = self.run(&[&["findings", "--format", "ndjson"], options].concat()).await;
        assert_eq!(said.code, 0, "{said:?}");
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// So many days from today.
fn day(days: i64) -> String {
    (clock::now() + Duration::days(days)).date().format(format_description!("[year]-[month]-[day]")).unwrap()
}

fn exception(id: &str, controls: &str, scope: &str, expires: i64) -> String {
    let (approved, expires) = (day((-20).min(expires - 1)), day(expires));
    format!(
        "
  - id: {id}
    controls: [{controls}]
    {scope}
    reason: It is replaced
    owner: risk-owner
    approver: ciso
    approved: {approved}
    expires: {expires}"
    )
}

/// One exception of each kind, attestations, and owners.
fn governance() -> String {
    let exceptions = [
        exception("by-unit", "sqs-queue-encrypted", "units: [Root/Security]", 1),
        exception("by-arn", "lambda-runtime-supported", "resources: ['arn:aws:lambda:*:function:checkout']", 60),
        exception("by-tag", "ec2-instance-imdsv2", "tags: { Environment: shared }", 60),
        exception("over", "elbv2-waf", "accounts: ['210000000003']", -1),
        exception("critical", &CRITICAL.join(", "), "units: [Root]", 9),
        exception("elsewhere", "kms-key-grants-known", "units: [Root/Security]", 60),
    ];
    let (on, until) = (day(-10), day(20));
    format!(
        "exceptions:{}
attestations:
  - step: organization-root-email/list-addresses
    organization: true
    by: Ann
    evidence: https://wiki.example.com/mail
    on: {on}
    until: {until}
owners:
  resource_tags: [Owner]
  units: {{ Root: everybody }}
",
        exceptions.concat()
    )
}

fn texts<'a>(rows: &'a [Value], name: &str) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_findings_end_no_scan_with_4_and_stay_failures() {
    let night = Night::new().await;
    night.write("all.yaml", &governance());
    let said = night.run(&["scan", "--fail-on", "critical"]).await;
    assert_eq!(said.code, 4, "{said:?}");
    let before = night.summary(&[]).await;
    assert!(before.get("governance").is_none());

    let said = night.governed(&["scan", "--fail-on", "critical"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Ended, or about to end") && said.out.contains("over ended on"), "{said:?}");
    assert!(said.err.contains("0 findings at or above critical, 5 more accepted"), "{said:?}");
    // Nothing is given from here on: the scan carries it.
    let after = night.summary(&[]).await;
    for same in ["coverage", "compliance"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    for same in ["passed", "failed", "undecided", "automated"] {
        assert_eq!(after["checks"][same], before["checks"][same], "{same}");
    }
    assert_eq!((&after["rows"]["FAIL"], &after["rows"]["PASS"]), (&before["rows"]["FAIL"], &before["rows"]["PASS"]));
    assert_eq!((&after["checks"]["accepted"], &after["governance"]["accepted"]), (&5.into(), &5.into()));
    let of_severity = (&after["severities"]["critical"]["findings"], &after["severities"]["critical"]["accepted"]);
    assert_eq!(of_severity, (&2.into(), &2.into()));
    // Three accounts, each with one step that a person looks at.
    let attested = (&after["checks"]["attested"], &after["checks"]["manual"], &before["checks"]["manual"]);
    assert_eq!(attested, (&3.into(), &3.into(), &6.into()));

    let accepted = night.rows(&["--accepted"]).await;
    let expected = [CRITICAL[0], CRITICAL[1], "ec2-instance-imdsv2", "lambda-runtime-supported", "sqs-queue-encrypted"];
    assert_eq!(texts(&accepted, "control"), expected.into());
    assert!(accepted.iter().all(|row| row["status"] == "FAIL" && row["accepted"]["expired"] == false));
    let open = night.rows(&["--no-accepted"]).await;
    assert_eq!(open.len() + accepted.len(), before["rows"]["FAIL"].as_u64().unwrap() as usize);
    let back = open.iter().find(|row| row["control"] == "elbv2-waf").unwrap();
    assert_eq!((&back["accepted"]["id"], &back["accepted"]["expired"]), (&"over".into(), &true.into()));
    assert!(open.iter().any(|row| row["control"] == "kms-key-grants-known" && row["accepted"].is_null()));

    let owned = night.rows(&["--owner", "platform-*"]).await;
    assert!(!owned.is_empty() && owned.iter().all(|row| row["owner"]["name"] == TAGGED), "{owned:?}");
    assert!(owned.iter().all(|row| row["owner"]["from"] == "resource-tag:Owner"));
    let others = night.rows(&["--owner", "everybody"]).await;
    assert!(others.iter().all(|row| row["owner"]["from"] == "unit:Root"));
    assert_eq!(owned.len() + others.len(), open.len() + accepted.len(), "everything has an owner");

    let attested = night.rows(&["--status", "pass", "--controls", "account-root-email-managed"]).await;
    let reason = format!("attested: by Ann until {}", day(20));
    assert!(attested.len() == 3 && attested.iter().all(|row| row["reason"] == reason.as_str()), "{attested:?}");
    let page = night.run(&["report", "--format", "html"]).await.out;
    for part in
        ["id=\"accepted\"", "id=\"owners\"", "id=\"attested\"", "Attestation of organization-root-email/list-addresses"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_nights_are_read_under_what_the_newest_scan_carried_or_the_folder_that_is_given() {
    let night = Night::new().await;
    night.run(&["scan"]).await;
    let first = night.summary(&[]).await["scan"].as_str().unwrap().to_owned();
    let accepted = async |options: &[&str]| {
        texts(&night.rows(&[&["--accepted", "--scan", &first], options].concat()).await, "control").len()
    };
    assert_eq!(accepted(&[]).await, 0);
    night.write("all.yaml", &governance());
    let folder = night.folder();
    let given = ["--governance", folder.to_str().unwrap()];
    assert_eq!(accepted(&given).await, 5, "the folder says it of a night that carried nothing");
    night.governed(&["scan"]).await;
    assert_eq!(accepted(&[]).await, 5, "and so does a later scan");
    night.write("all.yaml", "exceptions: []\n");
    assert_eq!(accepted(&[]).await, 5, "a scan carries what the folder said when it began");
    assert_eq!(accepted(&given).await, 0, "who gives the folder is told what it says now");
    night.run(&["scan"]).await;
    assert_eq!(accepted(&[]).await, 0, "whoever scans without it has none");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_left_out_and_said_in_every_report() {
    let night = Night::new().await;
    night.write("all.yaml", &governance().replace("lambda-runtime-supported", "lambda-runtime-suported"));
    let said = night.governed(&["scan", "--controls", "lambda-*"]).await;
    let told = "1 entry of the governance is broken and left out";
    assert!(said.out.contains(told) && said.out.contains("all.yaml:"), "{said:?}");
    for format in ["table", "csv", "ndjson"] {
        let said = night.run(&["findings", "--format", format]).await;
        assert!(said.out.contains(told) || said.err.contains(told), "{format}: {said:?}");
    }
    assert!(night.run(&["report", "--format", "html"]).await.out.contains(told));
    assert!(night.rows(&["--accepted"]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_no_scan_can_carry_is_refused_before_anything_is_called() {
    let night = Night::new().await;
    let mut state = 1_u64;
    let mut noise = String::from("# ");
    while noise.len() < 12 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.push(char::from(b'0' + (state >> 58) as u8));
    }
    night.write("noise.yaml", &format!("{noise}\nexceptions: []\n"));
    let said = night.governed(&["scan"]).await;
    assert!(said.code == 2 && said.err.contains("a scan carries 8 MiB packed at most"), "{said:?}");
    assert!(!night.place.path().join("data/plumbline.redb").exists(), "nothing was begun");
}

#[test]
fn a_difference_says_whose_a_finding_is_that_fails_now_and_who_accepts_it() {
    let place = tempfile::tempdir().unwrap();
    let text = exception("EX-1", "vpc-flow-logs", "units: [Root]", 9);
    fs::write(
        place.path().join("it.yaml"),
        format!("owners: {{ units: {{ Root: cloud-security }} }}\nexceptions:{text}"),
    )
    .unwrap();
    let (folder, data) = (place.path().to_str().unwrap(), place.path().join("data"));
    let run = |arguments: &[&str]| binary::run(binary::command(arguments).arg("--data-dir").arg(&data));
    for seed in ["7", "8"] {
        let said = run(&["demo", "--seed", seed, "--governance", folder]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    let told = |options: &[&str]| {
        let said = run(&[&["diff", "--only", "findings", "--format", "ndjson"], options].concat());
        assert_eq!(said.code, 1, "{said:?}");
        let lines = said.out.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.filter(|line: &Value| line["kind"] == "finding").collect::<Vec<_>>()
    };
    // Without the folder, as the newest scan carried it.
    let found = told(&[]);
    assert_eq!(found, told(&["--governance", folder]));
    let fails = |line: &&Value| line["new"]["status"] == "FAIL";
    let is_accepted = |line: &&Value| line["accepted"]["id"] == "EX-1" && line["accepted"]["expired"] == false;
    let of_flow_logs = found.iter().filter(fails).filter(|line| line["control"] == "vpc-flow-logs").count();
    assert!(of_flow_logs > 0 && found.iter().filter(is_accepted).count() == of_flow_logs);
    assert!(found.iter().filter(fails).all(|line| line["owner"]["name"] == "cloud-security"));
    assert!(found.iter().filter(|line| !fails(line)).all(|line| line.get("owner").is_none()));
    let list = run(&["diff", "--only", "findings"]).out;
    assert!(list.contains("owner: cloud-security") && list.contains(&format!("accepted until {} (EX-1)", day(9))));
}
