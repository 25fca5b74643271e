//! `plumbline frameworks`, and frameworks in reports: what is said of a requirement is what the rows of its controls say.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use plumbline_tests::binary::{self, Said, command};
use plumbline_tests::demonstration;
use serde_json::Value;

fn run(arguments: &[&str]) -> Said {
    binary::run(&mut command(arguments))
}

fn json(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

fn refused(arguments: &[&str], parts: &[&str]) {
    let said = run(arguments);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    for part in parts.iter().chain(&["next step: "]) {
        assert!(said.err.contains(part), "`{part}` is missing: {said:?}");
    }
}

#[test]
fn the_list_has_every_version_and_its_counts_add_up() {
    let said = run(&["frameworks", "list", "--format", "ndjson"]);
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| lines.iter().filter(|line| line["framework"] == id).count();
    assert_eq!((of("cis-aws-foundations"), of("aws-fsbp")), (8, 1));
    for line in &lines {
        let sum: u64 = ["whole", "part", "person", "no"].iter().map(|key| line[key].as_u64().unwrap()).sum();
        assert_eq!(sum, line["requirements"].as_u64().unwrap(), "{line}");
        let version = line["version"].as_str().map(|version| vec!["--version", version]).unwrap_or_default();
        let show = ["frameworks", "show", line["framework"].as_str().unwrap(), "--format", "json"];
        let shown = json(&run(&[&show, &version[..]].concat()));
        let shown = shown["requirements"].as_array().unwrap();
        assert_eq!(shown.len() as u64, line["requirements"].as_u64().unwrap());
        let part = shown.iter().filter(|each| each["answered"] == "part").count() as u64;
        assert_eq!(part, line["part"].as_u64().unwrap());
    }
    let table = run(&["frameworks", "list"]).out;
    let csv = run(&["frameworks", "list", "--format", "csv"]).out;
    assert_eq!((table.lines().count(), csv.lines().count()), (lines.len() + 1, lines.len() + 1));
}

#[test]
fn show_has_the_newest_version_unless_told_otherwise() {
    let show = |more: &[&str]| {
        json(&run(&[&["frameworks", "show", "cis-aws-foundations", "--format", "json"], more].concat()))
    };
    assert_eq!(show(&[])["version"], "7.0.0");
    let old = show(&["--version", "1.4.0"]);
    assert_eq!((old["version"].as_str(), old["requirements"].as_array().unwrap().len()), (Some("1.4.0"), 58));
    let unanswered = show(&["--unanswered"]);
    let unanswered = unanswered["requirements"].as_array().unwrap();
    assert!(!unanswered.is_empty() && unanswered.iter().all(|each| each["controls"] == serde_json::json!([])));
    let text = run(&["frameworks", "show", "cis-aws-foundations", "--unanswered"]).out;
    assert!(text.ends_with(" not answered\n") && !text.contains('\u{1b}'), "{text}");
    let csv = run(&["frameworks", "show", "aws-fsbp", "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), 376);
    let whole = run(&["frameworks", "show", "cis-aws-foundations"]).out;
    let entry = "2.14   No policy that allows everything is attached\n       answered in part, level 1, automated\n       \
                 by iam-policy-no-full-admin\n       Looks at policies of the account's own";
    assert!(whole.contains(entry), "{whole}");
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    let show = |more: &[&'static str]| [&["frameworks", "show"], more].concat();
    refused(&show(&["cis-aws-foundation"]), &["did you mean `cis-aws-foundations`?", "plumbline frameworks list"]);
    refused(&show(&["cis-aws-foundations", "--version", "7.0"]), &["did you mean `7.0.0`?", "1.4.0, 1.5.0"]);
    refused(&show(&["aws-fsbp", "--version", "1"]), &["the framework has no versions"]);
    refused(&["controls", "show", "iam-root-mf"], &["did you mean `iam-root-mfa`?"]);
    let said = run(&["controls", "show", "iam-policy-no-full-admin"]);
    assert!(said.out.contains("answers   cis-aws-foundations 7.0.0 2.14 (in part)"), "{said:?}");
}

#[test]
fn a_pack_brings_a_framework_and_adds_to_another() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("frameworks");
    fs::create_dir_all(&directory).unwrap();
    let own = "id: acme\nname: ACME\nurl: https://example.com\nrequirements:\n  - { id: A1, says: Root is safe, controls: \
               [iam-root-mfa], covers: all }\n";
    let more = "extends: cis-aws-foundations\nanswers: { \"7.0.0\": { \"2.16\": [iam-root-mfa] } }\n";
    fs::write(directory.join("acme.yaml"), own).unwrap();
    fs::write(directory.join("more.yaml"), more).unwrap();
    let with = |arguments: &[&str]| binary::run(command(arguments).arg("--pack").arg(place.path()));
    assert!(
        with(&["frameworks", "list"]).out.contains("\nacme ") || with(&["frameworks", "list"]).out.starts_with("acme ")
    );
    let shown = json(&with(&["frameworks", "show", "cis-aws-foundations", "--format", "json"]));
    let of = |id: &str| shown["requirements"].as_array().unwrap().iter().find(|each| each["id"] == id).unwrap().clone();
    assert_eq!((of("2.16")["answered"].as_str(), of("2.17")["answered"].as_str()), (Some("whole"), Some("no")));
    assert!(with(&["controls", "show", "iam-root-mfa"]).out.contains("answers   acme A1\n"));
    fs::write(directory.join("more.yaml"), more.replace("2.16", "2.61")).unwrap();
    let said = with(&["controls", "lint"]);
    assert!(said.code != 0 && format!("{}{}", said.out, said.err).contains("more.yaml:2:"), "{said:?}");
}

/// What a report says of requirements, worked out again from its rows.
#[test]
fn requirements_stand_as_the_rows_of_a_scan_say() {
    let data = demonstration::copy();
    let report = |arguments: &[&str]| {
        let said = binary::run(&mut demonstration::command(&data, &[&["report"], arguments].concat()));
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in report(&["--format", "ndjson"]).lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let statuses = seen.entry(row["control"].as_str().unwrap().to_owned()).or_default();
        statuses.insert(row["status"].as_str().unwrap().to_owned());
    }
    let summary: Value = serde_json::from_str(&report(&["--format", "summary"])).unwrap();
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    let frameworks = summary["frameworks"].as_array().unwrap();
    assert_eq!(frameworks.len(), 2);
    for requirement in frameworks.iter().flat_map(|framework| framework["requirement_list"].as_array().unwrap()) {
        let controls: Vec<&str> =
            requirement["controls"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let standing = requirement["standing"].as_str().unwrap();
        *counted.entry(standing).or_default() += 1;
        if controls.is_empty() {
            assert!(["person", "not_answered"].contains(&standing), "{requirement}");
            continue;
        }
        let any = |status: &str| controls.iter().any(|id| seen[*id].contains(status));
        let expected = match (any("FAIL"), any("UNKNOWN"), requirement["stricter"] == true) {
            (true, _, false) => "fails",
            (true, _, true) | (false, true, _) => "not_decided",
            (false, false, _) if requirement["covers"] == "all" => "holds",
            (false, false, _) => "part_holds",
        };
        assert_eq!(standing, expected, "{requirement}");
    }
    assert!(["fails", "holds", "part_holds"].iter().all(|each| counted.contains_key(each)), "{counted:?}");
    let older = report(&["--framework", "cis-aws-foundations:3.0.0"]);
    assert!(older.contains("   cis-aws-foundations 3.0.0: of 62, ") && !older.contains("aws-fsbp: of"), "{older}");
}
