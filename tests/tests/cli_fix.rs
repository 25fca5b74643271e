//! A scan of a simulated organization: what one change closes, in every output alike, and remediations with what is real.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::simulated;
use serde_json::Value;
use tempfile::TempDir;

struct Night {
    server: Server,
    place: TempDir,
}

impl Night {
    async fn scanned() -> Self {
        let night = Self { server: simulated::serve(World::demo_of(10, 7)).await, place: tempfile::tempdir().unwrap() };
        let said = night.run(&["scan"]).await;
        assert!(said.code < 5, "{said:?}");
        night
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = simulated::command(&self.server, &self.place.path().join("data"), arguments);
        tokio::task::spawn_blocking(move || binary::run(&mut command)).await.unwrap()
    }

    async fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let said = self.run(arguments).await;
        assert_eq!(said.code, 0, "{said:?}");
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn each_finding_is_in_one_change_and_every_output_counts_the_same() {
    let night = Night::scanned().await;
    let summary: Value = serde_json::from_str(&night.run(&["report", "--format", "summary"]).await.out).unwrap();
    let causes = &summary["causes"];
    let number = |name: &str| causes[name].as_u64().unwrap();
    let rows = night.lines(&["findings", "--format", "ndjson"]).await;
    assert_eq!(number("findings"), rows.len() as u64);
    assert_eq!(number("shared_findings") + number("own_changes"), number("findings"));

    let changes = night.lines(&["causes", "--format", "ndjson"]).await;
    assert_eq!(changes.len() as u64, number("shared_changes"));
    let kinds: BTreeSet<&str> = changes.iter().map(|change| change["origin"]["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains("stack_set") && kinds.contains("stack"), "{kinds:?}");
    let mut closed = BTreeSet::new();
    for change in &changes {
        let resources = change["resources"].as_array().unwrap();
        assert_eq!(resources.len() as u64, change["findings"].as_u64().unwrap());
        for resource in resources {
            assert!(closed.insert(format!("{}{resource}", change["control"])), "{resource} is in two changes");
        }
    }
    assert_eq!(closed.len() as u64, number("shared_findings"));

    let page = night.run(&["report", "--format", "html"]).await.out;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("the page has no {text}"));
    assert!(at("id=\"causes\"") < at("id=\"fix-first\""));
    let table = night.run(&["report"]).await.out;
    assert!(table.contains("What one change closes"), "{table}");
    assert!(night.run(&["causes"]).await.out.contains("stack set logging-baseline"));
}

#[tokio::test]
async fn remediations_have_what_is_real_and_are_what_a_shell_takes() {
    let night = Night::scanned().await;
    let rows = night.lines(&["findings", "--format", "ndjson", "--controls", "s3-bucket-versioned"]).await;
    assert!(!rows.is_empty());
    let said = night.run(&["fix", "s3-bucket-versioned"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    for row in &rows {
        let (arn, account) = (row["resource"].as_str().unwrap(), row["account"].as_str().unwrap());
        let name = arn.rsplit(':').next().unwrap();
        assert!(said.out.contains(&format!("--bucket {name} ")), "{name}: {}", said.out);
        assert!(said.out.contains(&format!("account {account}")), "{account}");
    }
    let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(said.out.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());

    let account = rows[0]["account"].as_str().unwrap();
    let of_one = night.run(&["fix", "s3-bucket-versioned", "--account", account]).await.out;
    assert_eq!(of_one.matches("# ==== account").count(), 1, "{of_one}");
    let terraform = night.run(&["fix", "s3-bucket-versioned", "--format", "terraform"]).await.out;
    assert_eq!(terraform.matches("resource \"aws_s3_bucket_versioning\"").count(), rows.len(), "{terraform}");
}

#[tokio::test]
async fn what_cannot_be_printed_is_said() {
    let night = Night::scanned().await;
    let misspelt = night.run(&["fix", "s3-bucket-versiond"]).await;
    assert_eq!(misspelt.code, 2, "{misspelt:?}");
    assert!(misspelt.err.contains("did you mean `s3-bucket-versioned`?"), "{misspelt:?}");
    let other = night.run(&["fix", "ec2-ebs-encryption-by-default", "--format", "cloudformation"]).await;
    assert!(other.code == 2 && other.err.contains("it has --format cli and --format terraform"), "{other:?}");
}
