//! What a scan leaves: a stopped, limited or demonstration scan takes nobody's place, and says what it is.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::path::Path;

use plumbline_sim::world::Stock;
use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::{demonstration, simulated};
use serde_json::Value;
use tempfile::TempDir;

/// An organization, a data directory, and a directory for the report of every night.
struct Night {
    server: Server,
    place: TempDir,
}

impl Night {
    async fn new() -> Self {
        let (server, place) = (simulated::serve(World::demo_of(3, 7)).await, tempfile::tempdir().unwrap());
        Self { server, place }
    }

    fn output(&self) -> std::path::PathBuf {
        self.place.path().join("report")
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = simulated::command(&self.server, &self.place.path().join("data"), arguments);
        tokio::task::spawn_blocking(move || binary::run(&mut command)).await.unwrap()
    }

    async fn scan(&self, arguments: &[&str]) -> Said {
        let output = self.output();
        let options = ["--output", output.to_str().unwrap()];
        self.run(&[&["scan"], arguments, &options].concat()).await
    }
}

fn summary(directory: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(directory.join("summary.json")).unwrap()).unwrap()
}

fn directories(parent: &Path, prefix: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_scan_takes_no_full_reports_place_and_is_not_the_latest() {
    let night = Night::new().await;
    let said = night.scan(&[]).await;
    assert_eq!(said.code, 0, "{said:?}");
    let full = summary(&night.output());
    assert_eq!((&full["kind"], &full["state"]), (&Value::from("full"), &Value::from("complete")));
    assert_eq!(full["caveats"], Value::from(Vec::<String>::new()));
    assert_eq!(full["exit"]["code"], 0);

    let said = night.scan(&["--controls", "s3-*"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("keeps its report: this scan is not of the whole organization"), "{said:?}");
    assert!(said.out.contains("Limited by --controls s3-*: nothing else was looked at."), "{said:?}");
    assert_eq!(summary(&night.output()), full, "last night's report is as it was");
    let beside = directories(&night.output(), "limited-");
    let limited = summary(&beside[0]);
    assert_eq!(limited["kind"], "limited");
    assert_eq!(limited["selection"][0]["option"], "controls");

    let said = night.run(&["report"]).await;
    assert!(said.out.contains(full["scan"].as_str().unwrap()), "{said:?}");
    assert!(said.err.contains("the newer scan"), "{said:?}");
    let id = limited["scan"].as_str().unwrap();
    let said = night.run(&["findings", "--scan", &id.to_lowercase()[..24]]).await;
    assert!(said.out.starts_with("Limited by --controls s3-*"), "{said:?}");
    let said = night.run(&["findings", "--scan", id, "--format", "csv"]).await;
    assert!(said.err.contains("note: Limited by --controls s3-*") && said.out.starts_with("scan,"), "{said:?}");

    let said = night.run(&["scans", "list", "--format", "ndjson"]).await;
    let scans: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = scans.iter().map(|scan| (&scan["kind"], &scan["is_representative"])).collect();
    let expected = (Value::from("limited"), Value::from(false), Value::from("full"), Value::from(true));
    assert_eq!(kinds, [(&expected.0, &expected.1), (&expected.2, &expected.3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_limited_scan_every_night_replaces_its_own_report() {
    let night = Night::new().await;
    for _ in 0..2 {
        let said = night.scan(&["--regions", "us-east-1"]).await;
        assert_eq!(said.code, 0, "{said:?}");
    }
    let limited = summary(&night.output());
    assert_eq!((&limited["kind"], &limited["regions_left_out"]), (&Value::from("limited"), &Value::Array(Vec::new())));
    assert_eq!(limited["selection"][0]["values"], Value::from(vec!["us-east-1", "aws-global"]));
    let rows = fs::read_to_string(night.output().join("findings.csv")).unwrap();
    assert!(rows.contains("iam-root-mfa"), "IAM is read whatever Regions are named");
    assert!(directories(&night.output(), "limited-").is_empty());
    let said = night.run(&["findings"]).await;
    assert!(said.out.starts_with("Limited by --regions us-east-1, aws-global"), "there is no better one: {said:?}");
    let said = night.scan(&["--regions", "us-east-1", "--no-global"]).await;
    assert!(said.out.contains("Limited by --regions us-east-1; --no-global: nothing else"), "{said:?}");
    let limited = summary(&night.output());
    assert_eq!(limited["regions_left_out"], Value::from(vec!["aws-global"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_directory_keeps_the_newest_reports() {
    let night = Night::new().await;
    for _ in 0..4 {
        let said = night.run(&["scan", "--controls", "s3-bucket-tls-only", "--keep-reports", "2"]).await;
        assert_eq!(said.code, 0, "{said:?}");
    }
    let reports = night.place.path().join("data/reports");
    assert_eq!(fs::read_dir(reports).unwrap().count(), 2);
    let said = night.run(&["scans", "list"]).await;
    assert!(said.out.ends_with("4 scans\n"), "the store has them all: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_stays_away_from_real_scans() {
    let night = Night::new().await;
    night.run(&["scan", "--controls", "s3-*"]).await;
    let data = night.place.path().join("data");
    let mut demo = binary::command(&["demo", "--accounts", "2"]);
    demo.env("PLUMBLINE_DATA_DIR", &data).env("PLUMBLINE_OUTPUT", night.output());
    let said = tokio::task::spawn_blocking(move || binary::run(&mut demo)).await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("A demonstration: the organization is simulated."), "{said:?}");
    assert!(!night.output().exists() && data.join("demo/plumbline.redb").exists());
    let said = night.run(&["scans", "list"]).await;
    assert!(said.out.ends_with("1 scan\n") && !said.out.contains("demonstration"), "{said:?}");
}

#[test]
fn coverage_and_findings_are_told_apart() {
    let demo = |arguments: &[&str], code: i32, parts: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let all = [&["demo", "--accounts", "12", "--output"], &[data.path().to_str().unwrap()][..], arguments].concat();
        let said = binary::run(binary::command(&all).env("PLUMBLINE_DATA_DIR", data.path()));
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        let exit = summary(data.path())["exit"].clone();
        assert_eq!(exit["code"], code);
        let last = said.err.lines().find(|line| line.starts_with("Coverage ")).unwrap();
        for part in parts.iter().chain(&[" not read", &format!("exit code {code}: ")]) {
            assert!(last.contains(part), "{last}");
        }
    };
    demo(&[], 0, &["findings"]);
    demo(&["--fail-on", "critical"], 4, &["at or above critical"]);
    demo(&["--fail-on", "critical", "--min-coverage", "100%"], 3, &["at least 100% wanted", "at or above critical"]);
}

#[test]
fn the_summary_is_documented_field_by_field() {
    let data = demonstration::copy();
    let said = binary::run(&mut demonstration::command(&data, &["scans", "show"]));
    let summary: Value = serde_json::from_str(&said.out).unwrap();
    let page = fs::read_to_string(plumbline_tests::python::workspace_root().join("docs/operations.md")).unwrap();
    let table = page.split("\n| field |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut names = Vec::new();
    fields(&summary, &mut names);
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        // Values of maps by status, severity or reason are no fields.
        let is_map_key = name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
            || ["critical", "high", "medium", "low"].contains(&name.as_str());
        assert!(is_map_key || table.contains(&format!("`{name}`")), "`{name}` is not in the table");
    }
}

fn fields(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            names.push(name.clone());
            fields(value, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_external_id_is_used_and_neither_stored_nor_shown() {
    const SECRET: &str = "external-id-of-this-test";
    let mut organization = World::demo_of(3, 7).organization().clone();
    organization.external_id = Some(SECRET.to_owned());
    let world = World::custom(organization, Stock::default());
    let night = Night { server: simulated::serve(world).await, place: tempfile::tempdir().unwrap() };
    let output = night.output();
    let arguments = ["scan", "-vvv", "--controls", "s3-*", "--output", output.to_str().unwrap()];
    let mut scan = simulated::command(&night.server, &night.place.path().join("data"), &arguments);
    scan.env("PLUMBLINE_EXTERNAL_ID", SECRET);
    let said = tokio::task::spawn_blocking(move || binary::run(&mut scan)).await.unwrap();
    assert_eq!(said.code, 0, "every account could be entered: {}", said.out);
    assert!(!said.out.contains(SECRET) && !said.err.contains(SECRET), "it is shown");
    let mut files = 0;
    let mut folders = vec![night.place.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = fs::read(&path).unwrap();
            let is_there = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!is_there, "it is in {}", path.display());
        }
    }
    assert!(files > 5, "only {files} files");
}
