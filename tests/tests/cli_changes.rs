//! `plumbline diff` and `plumbline history` on scans of organizations that change from night to night.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::Path;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::simulated;
use serde_json::Value;

async fn run(world: World, data: &Path, arguments: &[&str]) -> Said {
    run_on(&simulated::serve(world).await, data, arguments).await
}

async fn run_on(server: &Server, data: &Path, arguments: &[&str]) -> Said {
    let mut command = simulated::command(server, data, arguments);
    tokio::task::spawn_blocking(move || binary::run(&mut command)).await.unwrap()
}

fn read(data: &Path, arguments: &[&str]) -> Said {
    binary::run(binary::command(arguments).env("PLUMBLINE_DATA_DIR", data))
}

fn lines(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_that_changed_nothing_differs_in_nothing_and_one_that_broke_everything_says_so() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    // Its dates count from its start: one server is one world.
    let server = simulated::serve(World::compliant()).await;
    let said = run_on(&server, &data, &["scan"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    let said = read(&data, &["diff"]);
    assert!(said.code == 2 && said.err.contains("scan once more"), "{said:?}");

    run_on(&server, &data, &["scan"]).await;
    let said = read(&data, &["diff"]);
    assert_eq!((said.code, said.out.contains("No difference.")), (0, true), "{said:?}");

    run(World::broken(), &data, &["scan"]).await;
    let said = read(&data, &["diff", "--format", "ndjson"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let told = lines(&said);
    let new: Vec<&Value> = told.iter().filter(|line| line["kind"] == "finding" && line["change"] == "new").collect();
    assert!(new.len() > 50, "{}", new.len());
    assert!(new.iter().all(|line| line["new"]["status"] != "PASS"), "{new:?}");
    let changed = told.iter().filter(|line| line["kind"] == "resource" && line["change"] == "changed");
    let mut members = changed.flat_map(|line| line["members"].as_array().unwrap());
    assert!(members.all(|member| member["old"] != member["new"]), "{told:?}");
    assert!(told.iter().all(|line| line["from"].is_string() && line["to"].is_string()));
    let said = read(&data, &["diff", "--only", "findings"]);
    assert!(said.code == 1 && said.out.contains("\nFindings\n") && !said.out.contains("\nResources\n"), "{said:?}");

    let with_arn =
        new.iter().find(|line| line["resource"].as_str().unwrap().starts_with("arn:") && line["old"].is_object());
    let finding = with_arn.unwrap_or_else(|| panic!("{new:?}"));
    let (arn, control) = (finding["resource"].as_str().unwrap(), finding["control"].as_str().unwrap());
    let said = read(&data, &["history", arn, "--format", "ndjson"]);
    let told = lines(&said);
    let is_it = |line: &&Value| line["kind"] == "finding" && line["control"] == control && line["change"] == "new";
    assert_eq!(told.iter().filter(is_it).count(), 2, "it was new, and then it failed: {}", said.out);
    let said = read(&data, &["history", control]);
    assert!(said.code == 0 && said.out.contains(arn) && said.out.contains("By scan"), "{said:?}");
    let said = read(&data, &["history", &format!("{control}x")]);
    assert!(said.code == 2 && said.err.contains(&format!("did you mean `{control}`")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_left_is_told_with_its_date() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    run(World::demo_of(3, 7), &data, &["scan"]).await;
    let said = run(World::demo_of(2, 7), &data, &["scan", "--accept-fewer-accounts"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    let said = read(&data, &["diff", "--format", "ndjson"]);
    let told = lines(&said);
    let left: Vec<&Value> = told.iter().filter(|line| line["kind"] == "account").collect();
    assert_eq!((left.len(), &left[0]["change"]), (1, &"left".into()), "{}", said.err);
    let account = left[0]["account"].as_str().unwrap();
    let closed = told.iter().filter(|line| line["because"] == "account_left");
    assert!(closed.clone().count() > 0 && closed.clone().all(|line| line["account"] == account), "{}", said.out);
    let of_arn = closed.clone().find(|line| line["resource"].as_str().unwrap().starts_with("arn:")).unwrap();
    let said = read(&data, &["history", of_arn["resource"].as_str().unwrap()]);
    assert!(said.out.contains("account left on 20"), "{said:?}");
}
