//! What an operator does with the store, on one that two scans left: look, verify, back up, prune, restore.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::Path;

use plumbline_sim::World;
use plumbline_tests::binary::{self, Said};
use plumbline_tests::simulated;
use serde_json::Value;

fn say(data: &Path, arguments: &[&str]) -> Said {
    let data = data.to_str().unwrap();
    binary::run(&mut binary::command(&[arguments, &["--data-dir", data]].concat()))
}

/// The last line that a command printed for machines.
fn last(said: &Said) -> Value {
    serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_looked_at_verified_backed_up_pruned_and_restored() {
    let (server, place) = (simulated::serve(World::demo_of(2, 7)).await, tempfile::tempdir().unwrap());
    let data = place.path().join("data");
    for _ in 0..2 {
        let mut command = simulated::command(&server, &data, &["scan"]);
        let said = tokio::task::spawn_blocking(move || binary::run(&mut command)).await.unwrap();
        assert_eq!(said.code, 0, "{said:?}");
    }
    let ndjson = ["--format", "ndjson"];
    let stats = last(&say(&data, &[&["store", "stats"][..], &ndjson].concat()));
    assert_eq!((&stats["scans"], &stats["pruned"]), (&Value::from(2), &Value::from(0)), "{stats}");
    assert!(stats["rows"].as_u64().unwrap() > 100 && stats["live_bytes"].as_u64() < stats["file_bytes"].as_u64());

    let verified = say(&data, &[&["store", "verify"][..], &ndjson].concat());
    assert_eq!((verified.code, &last(&verified)["is_clean"]), (0, &Value::from(true)), "{verified:?}");

    let file = place.path().join("backup.redb");
    let file = file.to_str().unwrap();
    assert_eq!(say(&data, &["store", "backup", file]).code, 0);
    let again = say(&data, &["store", "backup", file]);
    assert!(again.code == 1 && again.err.contains("--force"), "{again:?}");
    assert_eq!(say(&data, &["store", "verify", "--file", file]).code, 0);

    let before = say(&data, &["findings", "--format", "ndjson"]);
    let old = last(&say(&data, &["scans", "list", "--format", "ndjson"]))["scan"].as_str().unwrap().to_owned();
    let nothing = say(&data, &["store", "prune"]);
    assert!(nothing.code == 2 && nothing.err.contains("--keep-nights"), "{nothing:?}");
    let dry = say(&data, &["store", "prune", "--keep-weeks", "1", "--dry-run"]);
    assert!(dry.code == 0 && dry.out.contains(&old) && dry.out.contains("would leave"), "{dry:?}");
    let pruned = say(&data, &["store", "prune", "--keep-weeks", "1"]);
    assert_eq!(pruned.code, 0, "{pruned:?}");
    let gone = say(&data, &["findings", "--scan", &old]);
    assert!(gone.code == 1 && gone.err.contains("was pruned"), "{gone:?}");
    assert_eq!(say(&data, &["findings", "--format", "ndjson"]).out, before.out);
    assert_eq!(say(&data, &["store", "compact"]).code, 0);
    assert_eq!(say(&data, &["store", "verify"]).code, 0);

    assert_eq!(say(&data, &["store", "restore", file]).code, 0);
    assert!(say(&data, &["scans", "list"]).out.contains(&old));
    assert_eq!(say(&data, &["findings", "--format", "ndjson"]).out, before.out);
}
