//! `plumbline governance`, `exceptions` and `attest` on a demonstration: what is said of a folder, of the one that is handed
//! out, and of a hostile one.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::path::{Path, PathBuf};

use plumbline_tests::binary::{self, Said, command};
use plumbline_tests::clock;
use plumbline_tests::demonstration;
use plumbline_tests::python::workspace_root;
use serde_json::Value;
use tempfile::TempDir;
use time::Duration;
use time::macros::format_description;

/// A folder of governance, and a data directory that is empty.
struct Place {
    root: TempDir,
}

impl Place {
    fn new(text: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("governance")).unwrap();
        fs::write(root.path().join("governance/all.yaml"), text).unwrap();
        Self { root }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("governance")
    }

    /// Without a store.
    fn run(&self, arguments: &[&str]) -> Said {
        self.on(&self.root.path().join("data"), arguments)
    }

    fn on(&self, data: &Path, arguments: &[&str]) -> Said {
        let mut run = command(arguments);
        run.env("PLUMBLINE_DATA_DIR", data).arg("--governance").arg(self.folder());
        binary::run(&mut run)
    }

    fn path(&self, name: &str) -> String {
        self.folder().join(name).display().to_string()
    }
}

/// So many days from today.
fn day(days: i64) -> String {
    (clock::now() + Duration::days(days)).date().format(format_description!("[year]-[month]-[day]")).unwrap()
}

fn exception(id: &str, scope: &str, expires: i64, reason: &str) -> String {
    let (approved, expires, reason) = (day(-20), day(expires), Value::from(reason));
    format!(
        "  - {{ id: {id}, controls: [s3-bucket-tls-only], {scope}, reason: {reason}, owner: {reason}, approver: ciso, approved: {approved}, expires: {expires} }}\n"
    )
}

fn lines(said: &Said) -> Vec<Value> {
    assert_eq!(said.code, 0, "{said:?}");
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn has(text: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| text.contains(part)), "{parts:?}\n{text}");
}

#[test]
fn a_folder_is_checked_with_place_and_way_out() {
    let text = format!("exceptions:\n{}", exception("EX-1", "units: [Root]", 60, "r").replace("tls-only", "tsl-only"));
    let place = Place::new(&text);
    let said = place.run(&["governance", "check"]);
    assert_eq!(said.code, 1, "{said:?}");
    let at = format!(
        "{}:2:28: error: there is no control `s3-bucket-tsl-only`; did you mean `s3-bucket-tls-only`?",
        place.path("all.yaml")
    );
    has(&said.out, &[&at, "0 baselines, 0 exceptions, 0 attestations in 1 file: 1 error, 0 warnings"]);
    has(&said.err, &["held against no scan"]);
    let expired = Place::new(&format!("exceptions:\n{}", exception("EX-1", "units: [Root]", -1, "r")));
    let said = expired.run(&["governance", "check", "--without-scan"]);
    assert_eq!(said.code, 0, "{said:?}");
    has(&said.out, &["warning: `EX-1` expired on", "0 errors, 1 warning"]);
}

#[test]
fn a_folder_that_is_not_named_or_not_there_is_said() {
    let nowhere = tempfile::tempdir().unwrap();
    let said = binary::run(command(&["governance", "check"]).env("PLUMBLINE_DATA_DIR", nowhere.path()));
    assert_eq!(said.code, 2, "{said:?}");
    has(&said.err, &["failed to read the folder of governance", "name it with --governance DIR"]);
    let said = binary::run(
        command(&["governance", "check", "--governance", "/no/such/folder"]).env("PLUMBLINE_DATA_DIR", nowhere.path()),
    );
    assert_eq!(said.code, 2, "{said:?}");
    has(&said.err, &["/no/such/folder", "check the path given with --governance"]);
    let place = Place::new("");
    fs::write(nowhere.path().join("plumbline.yaml"), format!("governance: {}\n", place.folder().display())).unwrap();
    let config = nowhere.path().join("plumbline.yaml");
    let said =
        binary::run(command(&["governance", "check", "--data-dir"]).arg(nowhere.path()).arg("--config").arg(&config));
    assert_eq!(said.code, 0, "{said:?}");
    fs::write(place.folder().join("binary.yaml"), [0xff, 0xfe, 0]).unwrap();
    let said = place.run(&["governance", "check"]);
    assert_eq!(said.code, 1, "{said:?}");
    has(&said.out, &["binary.yaml:1:1: error: the file cannot be read"]);
}

#[test]
fn the_folder_that_is_handed_out_is_held_against_the_organization() {
    let data = demonstration::copy();
    let folder = workspace_root().join("deploy/governance");
    let run =
        |arguments: &[&str]| binary::run(demonstration::command(&data, arguments).arg("--governance").arg(&folder));
    let said = run(&["governance", "check", "--without-scan"]);
    assert_eq!(said.code, 0, "{said:?}");
    // The demonstration of the tests has four accounts, and no workloads.
    let said = run(&["governance", "check"]);
    assert_eq!(said.code, 1, "{said:?}");
    has(
        &said.out,
        &[
            "organization.yaml:",
            "error: no account is in a unit `Root/Workloads/Prod`",
            "error: the organization has no account `210000000006`",
            "warning: `EX-2026-017` is about no finding of the scan",
        ],
    );
    has(&said.err, &["held against scan "]);
    let said = run(&["governance", "show", "--account", "management"]);
    assert_eq!(said.code, 0, "{said:?}");
    has(&said.out, &["210000000001 management, in Root\n", "owner: ", "attestations: 1"]);
    let said = run(&["governance", "show", "--account", "managment"]);
    assert_eq!(said.code, 2, "{said:?}");
    has(&said.err, &["did you mean `management`?"]);
}

#[test]
fn what_holds_in_an_account_says_where_it_comes_from() {
    let data = demonstration::copy();
    let place = Place::new(
        "baselines:\n  - { id: root, units: [Root], level: 2, severities: { s3-bucket-tls-only: critical }, settings: { iam-access-key-rotated: { max_age_days: 120 } }, reason: r, owner: o }\n",
    );
    let said = place.on(data.path(), &["governance", "show", "--account", "210000000002", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let shown: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&shown["ou"], &shown["baselines"]), (&Value::from("Root/Security"), &serde_json::json!(["root"])));
    let control =
        |id: &str| shown["controls"].as_array().unwrap().iter().find(|each| each["control"] == id).unwrap().clone();
    let by = format!("root ({}:2)", place.path("all.yaml"));
    assert_eq!(control("s3-bucket-tls-only")["severity"], "critical");
    assert_eq!(control("s3-bucket-tls-only")["severity_by"], by.as_str());
    assert_eq!(
        (&control("s3-log-bucket-object-lock")["on"], &control("s3-bucket-tls-only")["on_by"]),
        (&Value::from(false), &Value::from(by.as_str()))
    );
    assert_eq!(control("iam-access-key-rotated")["settings"]["max_age_days"]["value"], 120);
    // Without a scan nobody knows the unit: it strengthens, and no more.
    let said = place.run(&["governance", "show", "--account", "210000000002"]);
    has(&said.err, &["unit and tags of the account are not known"]);
    has(
        &said.out,
        &[
            "not known whether they hold, so they only strengthen: root",
            "severity critical by root",
            "controls in force, 0 not",
        ],
    );
}

#[test]
fn exceptions_are_listed_with_what_they_accept() {
    let data = demonstration::copy();
    let text = format!(
        "exceptions:\n{}{}{}",
        exception("EX-later", "units: [Root]", 100, "r"),
        exception("EX-soon", "accounts: ['210000000001']", 10, "r"),
        exception("EX-past", "accounts: ['210000000001']", -1, "r"),
    );
    let place = Place::new(&text);
    let listed = |arguments: &[&str]| {
        lines(&place.on(data.path(), &[&["exceptions", "list", "--format", "ndjson"], arguments].concat()))
    };
    let all = listed(&[]);
    let ids: Vec<&str> = all.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["EX-past", "EX-soon", "EX-later"]);
    let findings = |index: usize| all[index]["findings"].as_u64().unwrap();
    assert!(findings(2) > findings(1) && findings(1) > 0, "{all:?}");
    assert_eq!((&all[0]["expired"], &all[1]["days_left"]), (&Value::from(true), &Value::from(10)));
    assert_eq!(listed(&["--expiring", "30d"]).len(), 1);
    assert_eq!(listed(&["--expiring", "9"]).len(), 0);
    let said = place.on(data.path(), &["governance", "check"]);
    has(&said.out, &["`EX-soon` and `EX-later`", "accept the same"]);
    let table = place.run(&["exceptions", "list"]);
    has(&table.out, &["EX-past  until ", "  expired\n", "10 days left", "3 exceptions"]);
    assert!(
        lines(&place.run(&["exceptions", "list", "--format", "ndjson"])).iter().all(|line| line["findings"].is_null())
    );
}

#[test]
fn what_is_attested_is_a_file_to_be_committed() {
    let place = Place::new("");
    let evidence = place.root.path().join("drill.pdf");
    fs::write(&evidence, "we did it").unwrap();
    let attest = |arguments: &[&str]| {
        let common = ["attest", "identity-break-glass/drill", "--by", "Kim: \"the\" first", "--evidence"];
        place.run(&[&common, &[evidence.to_str().unwrap()][..], arguments].concat())
    };
    for name in ["", "-2"] {
        let said = attest(&["--organization"]);
        assert_eq!(said.code, 0, "{said:?}");
        let path = place.path(&format!("attestations/identity-break-glass-drill-{}{name}.yaml", day(0)));
        assert_eq!(said.out, format!("{path}\n"));
        has(&said.err, &["git add", &format!("good until {}", day(90))]);
        has(
            &fs::read_to_string(path).unwrap(),
            &["by: \"Kim: \\\"the\\\" first\"", "\"file\":\"drill.pdf\"", "\"sha256\":\""],
        );
    }
    let said = place.run(&["governance", "check"]);
    assert_eq!(said.code, 0, "{said:?}");
    has(&said.out, &["2 attestations in 3 files: 0 errors"]);
    let refused = |said: Said, parts: &[&str]| {
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        has(&said.err, parts);
    };
    refused(attest(&[]), &["nobody said where", "--account ID, --units PATH, or --organization"]);
    refused(attest(&["--account", "111111111111"]), &["is done once for the organization"]);
    refused(attest(&["--organization", "--until", &day(-1)]), &["is past", "name a day to come"]);
    refused(attest(&["--organization", "--until", &day(91)]), &["good for 90 days at most"]);
    refused(attest(&["--organization", "--until", "soon"]), &["--until soon: a day is written as 2031-06-30"]);
    let other = |step: &str, evidence: &str| {
        place.run(&["attest", step, "--organization", "--by", "Kim", "--evidence", evidence])
    };
    refused(other("identity-break-glass/dril", "https://x.example"), &["did you mean `identity-break-glass/drill`?"]);
    refused(other("identity-break-glass/drill", "http://x.example"), &["`evidence` is an https address"]);
    let said = other("identity-break-glass/drill", "/no/such/file");
    assert_eq!(said.code, 1, "{said:?}");
    has(&said.err, &["/no/such/file", "check the path given with --evidence"]);
    assert_eq!(fs::read_dir(place.folder().join("attestations")).unwrap().count(), 2, "nothing else was written");
}

/// Names, reasons and paths are strangers' text.
#[test]
fn hostile_text_is_defused_everywhere() {
    let hostile = "=cmd|' /C calc'!A0\u{1b}[2J\u{202e}\nnext";
    let text = format!(
        "exceptions:\n{}owners: {{ units: {{ Root: {} }} }}\n",
        exception("EX-1", "units: [Root]", 60, hostile),
        Value::from(hostile)
    );
    let (place, data) = (Place::new(&text), demonstration::copy());
    for arguments in [
        &["governance", "check"][..],
        &["governance", "show", "--account", "210000000001"],
        &["exceptions", "list"],
        &["exceptions", "list", "--format", "csv"],
    ] {
        let said = place.on(data.path(), arguments);
        assert_eq!(said.code, 0, "{said:?}");
        let is_csv = arguments.contains(&"csv");
        for each in [&said.out, &said.err] {
            assert!(is_csv || !each.contains(['\u{1b}', '\u{202e}']), "{arguments:?}: {each:?}");
        }
    }
    let csv = place.on(data.path(), &["exceptions", "list", "--format", "csv"]).out;
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd") && !csv.contains(",\"=cmd"), "{csv}");
    let broken = Place::new("exceptions:\n  - { id: \"\\e[31m\", \"\\e[2Jkey\": 1, controls: [\"\\e[1m\"] }\n");
    let said = broken.run(&["governance", "check"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{said:?}");
}
