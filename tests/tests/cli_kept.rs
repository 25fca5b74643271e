//! What somebody reads of kept nights: scans as a list and one by one, resources as they were, and what is said of that
//! which was not read. Nothing is called.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plumbline_sim::World;
use plumbline_tests::binary::{self, Said, command};
use plumbline_tests::{demonstration, simulated};
use serde_json::Value;

const BUCKET: &str = "AWS::S3::Bucket";

/// A command on a data directory, without anything that could reach AWS.
fn read(data: &Path, arguments: &[&str]) -> Said {
    binary::run(command(arguments).env("PLUMBLINE_DATA_DIR", data))
}

fn lines(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The resources of a snapshot, by ARN.
fn resources(lines: &[Value]) -> BTreeMap<String, Value> {
    let resource = |line: &Value| Some((line["arn"].as_str()?.to_owned(), line.get("resource")?.clone()));
    lines.iter().filter_map(resource).collect()
}

/// The names of two scans of an organization whose buckets became more, the older first.
async fn two_scans(data: &Path) -> [Value; 2] {
    for buckets in [2, 3] {
        let world = World::demo_of(3, 7).with_counts(BTreeMap::from([(BUCKET.to_owned(), buckets)]));
        let server = simulated::serve(world).await;
        let mut scan = simulated::command(&server, data, &["scan", "--regions", "us-east-1"]);
        scan.arg("--output").arg(data.join("report"));
        let said = tokio::task::spawn_blocking(move || binary::run(&mut scan)).await.unwrap();
        assert!([0, 3].contains(&said.code), "{said:?}");
    }
    let listed = read(data, &["scans", "list", "--format", "ndjson"]);
    let mut scans = lines(&listed);
    assert_eq!(
        (scans.len(), &scans[0]["night"], &scans[1]["night"]),
        (2, &Value::from(2), &Value::from(1)),
        "{listed:?}"
    );
    assert!(scans.iter().all(|scan| scan["seconds"].is_u64() && scan["rows"]["PASS"].is_u64()), "{listed:?}");
    assert_eq!(read(data, &["scans", "--format", "ndjson"]).out, listed.out, "without a command, scans are listed");
    scans.reverse();
    scans.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_night_is_read_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path();
    let scans = two_scans(data).await;
    let ids = scans.each_ref().map(|scan| scan["scan"].as_str().unwrap());
    let buckets = |arguments: &[&str]| {
        let said = read(data, &[&["snapshot", "--type", BUCKET], arguments].concat());
        assert!([0, 3].contains(&said.code), "{said:?}");
        resources(&lines(&said))
    };
    let [older, newer] = ids.map(|id| buckets(&["--scan", id]));
    assert!(!older.is_empty() && older.len() < newer.len(), "{} {}", older.len(), newer.len());
    assert_eq!(buckets(&["--at", "2999-01-01"]), newer);
    assert_eq!(buckets(&["--at", scans[1]["finished"].as_str().unwrap()]), newer);
    let too_early = read(data, &["snapshot", "--at", "2020-01-01"]);
    assert!(too_early.code == 2 && too_early.err.contains("nothing that is kept was scanned by then"), "{too_early:?}");

    let found = |arguments: &[&str]| {
        let said = read(data, &[&["resources", "--format", "ndjson", "--type", BUCKET], arguments].concat());
        assert!([0, 3].contains(&said.code), "{said:?}");
        let arns = lines(&said).into_iter().filter_map(|line| Some(line["arn"].as_str()?.to_owned()));
        arns.collect::<BTreeSet<String>>()
    };
    let all = |documents: &BTreeMap<String, Value>| documents.keys().cloned().collect::<BTreeSet<String>>();
    assert_eq!(found(&["--scan", ids[0]]), all(&older));
    assert_eq!(found(&[]), all(&newer));
    let path = "PublicAccessBlock.BlockPublicAcls";
    let blocks = |value: &str| found(&["--where", &format!("{path}{value}")]);
    let (on, off) = (blocks("=true"), blocks("!=true"));
    let expected = newer.iter().filter(|(_, bucket)| bucket["PublicAccessBlock"]["BlockPublicAcls"] == true);
    assert_eq!(on, expected.map(|(arn, _)| arn.clone()).collect());
    assert!(on.is_disjoint(&off) && !on.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_snapshot_has_what_the_live_one_has() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().to_owned();
    let world = World::demo_of(3, 7);
    let account = world.management_account().to_owned();
    let server = simulated::serve(world).await;
    let run = |arguments: &[&str]| {
        let mut command = simulated::command(&server, &data, arguments);
        tokio::task::spawn_blocking(move || binary::run(&mut command))
    };
    run(&["scan", "--regions", "us-east-1"]).await.unwrap();
    let where_ = ["--accounts", &account, "--regions", "us-east-1", "--type", BUCKET];
    let live = run(&[&["snapshot"], &where_[..]].concat()).await.unwrap();
    let stored = read(&data, &[&["snapshot", "--scan", "latest"], &where_[..]].concat());
    assert_eq!((live.code, stored.code), (0, 0), "{live:?} {stored:?}");
    let (live_lines, lines) = (lines(&live), lines(&stored));
    let (live, stored) = (resources(&live_lines), resources(&lines));
    assert!(!live.is_empty() && live.keys().eq(stored.keys()), "{live:?} {stored:?}");
    for (arn, document) in &stored {
        for (member, value) in document.as_object().unwrap() {
            assert_eq!(&live[arn][member], value, "{arn} {member}");
        }
    }
    assert_eq!(lines[0]["about"]["id"], account.as_str());
    assert!(lines[0]["scan"].is_string() && lines[0]["read"].is_string(), "{}", lines[0]);
    let complete = |lines: &[Value]| lines.iter().filter(|line| line["complete"] == true).count();
    assert_eq!((complete(&live_lines), complete(&lines)), (1, 1));
    let file = data.join("buckets.ndjson");
    let rule = data.join("my-buckets.yaml");
    std::fs::write(&rule, "id: my-buckets\n").unwrap();
    let several = read(&data, &["snapshot", "--scan", "latest", "--type", BUCKET]);
    std::fs::write(&file, &several.out).unwrap();
    let tried = read(&data, &["controls", "try", rule.to_str().unwrap(), "--snapshot", file.to_str().unwrap()]);
    assert!(tried.code == 2 && tried.err.contains("of another place"), "{tried:?}");
}

/// A demonstration has an account that cannot be entered, and an operation that a policy denies.
#[test]
fn what_was_not_read_is_said_and_is_never_nothing() {
    let data = tempfile::tempdir().unwrap();
    let scanned = read(data.path(), &["demo", "--accounts", "12", "--output", data.path().to_str().unwrap()]);
    assert_eq!(scanned.code, 0, "{scanned:?}");
    let said = |arguments: &[&str]| read(data.path(), arguments);
    let all = said(&["snapshot", "--scan", "latest"]);
    assert_eq!(all.code, 3, "something could not be read: {}", all.err);
    let lines = lines(&all);
    let unread: Vec<&Value> = lines.iter().filter(|line| line.get("unread").is_some()).collect();
    assert!(!unread.is_empty() && all.err.contains("warning: ") && all.err.contains(" not complete:"), "{}", all.err);
    let (account, type_name) = (unread[0]["account"].as_str().unwrap(), unread[0]["type"].as_str().unwrap());
    let region = unread[0]["region"].as_str().unwrap();
    let is_complete = |line: &&Value| line["complete"] == true && line["type"] == type_name && line["region"] == region;
    assert!(!lines.iter().filter(is_complete).any(|line| line["account"] == account), "{type_name}");

    let place = ["--accounts", account, "--regions", region, "--type", type_name];
    let found = said(&[&["resources"], &place[..]].concat());
    assert_eq!(found.code, 3, "{found:?}");
    assert!(found.err.contains(&format!("{type_name} in {account}/{region}: ")), "{found:?}");
    let found = said(&[&["resources", "--format", "ndjson"], &place[..]].concat());
    let last: Value = serde_json::from_str(found.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], last["unread"]["reason"].is_string()), (&Value::from(type_name), true), "{found:?}");
}

#[test]
fn names_that_lead_nowhere_are_refused_with_what_was_meant() {
    let data = demonstration::copy();
    let check = |arguments: &[&str], parts: &[&str]| {
        let said = read(data.path(), arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}: {said:?}");
        for part in parts.iter().chain(&["next step: "]) {
            assert!(said.err.contains(part), "`{part}` is missing: {said:?}");
        }
    };
    check(&["resources", "--type", "AWS::S3::Bukcet"], &["did you mean `AWS::S3::Bucket`?"]);
    check(&["resources", "--type", "AWS::S4::*"], &["--type AWS::S4::*: there is no such resource type"]);
    check(&["resources", "--accounts", "999999999999"], &["the scan has no such account"]);
    check(&["resources", "--regions", "us-est-1"], &["did you mean `us-east-1`?"]);
    check(&["resources", "--where", "Name"], &["`Name` compares nothing"]);
    check(&["resources", "--tag", "=x"], &["has no key"]);
    check(&["resources", "--at", "yesterday"], &["neither a day nor a moment"]);
    check(&["resources", "--scan", "01ZZZ"], &["no scan's id begins with `01ZZZ`"]);
    let bucket = ["resources", "--type", BUCKET, "--where"];
    let slip = "PublicAccessBlock.BlockPublicAcl=false";
    check(&[&bucket[..], &[slip]].concat(), &["did you mean `PublicAccessBlock.BlockPublicAcls`?"]);
    check(&["resources", "--type", BUCKET, "--member", "Nmae"], &["has a member `Nmae`"]);
    check(&["snapshot", "--scan", "latest", "--role", "Audit"], &["--role says how to reach AWS"]);
    check(&["snapshot", "--at", "2999-01-01", "--endpoint-url", "http://localhost:1"], &["--endpoint-url says how"]);
    check(&["snapshot", "--accounts", "1,2"], &["--accounts names 2 of them"]);
    let both = read(data.path(), &["resources", "--scan", "latest", "--at", "2999-01-01"]);
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{both:?}");
}

#[test]
fn a_scan_is_shown_as_a_whole_with_its_jobs() {
    let data = demonstration::copy();
    let summary: Value = serde_json::from_str(&read(data.path(), &["scans", "show"]).out).unwrap();
    let jobs = &summary["jobs"];
    assert!(jobs["planned"].as_u64().unwrap() > 3, "{jobs}");
    assert_eq!(jobs["states"]["stored"], jobs["planned"], "{jobs}");
    assert!(
        !jobs["slowest"].as_array().unwrap().is_empty() && !jobs["agents"].as_array().unwrap().is_empty(),
        "{jobs}"
    );
    assert!(jobs["slowest"].as_array().unwrap().iter().all(|job| job["why"] == "most room"), "{jobs}");
    assert!(jobs["stored_bytes"]["records"].as_u64().unwrap() > 1000, "{jobs}");
    let said = read(data.path(), &["scans", "show", "--format", "table"]);
    for part in ["scan  ", "version", "pack ", "jobs  ", "slow ", "agent ", "findings", "API calls", "simulated"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
}
