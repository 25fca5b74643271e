//! `plumbline roadmap` on a demonstration: what it prints, that each figure can be checked, and that what people attest is
//! told apart from what was measured.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_tests::binary::{self, Said};
use plumbline_tests::python::workspace_root;
use plumbline_tests::{clock, demonstration};
use serde_json::Value;
use tempfile::TempDir;
use time::Duration;
use time::macros::format_description;

fn run(data: &TempDir, arguments: &[&str]) -> Said {
    binary::run(&mut demonstration::command(data, &[&["roadmap"], arguments].concat()))
}

fn lines(said: &Said) -> Vec<Value> {
    assert_eq!(said.code, 0, "{said:?}");
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Lines of all that there is, the organization's first.
fn all(data: &TempDir, arguments: &[&str]) -> Vec<Value> {
    lines(&run(data, &[&["--format", "ndjson"], arguments].concat()))
}

#[test]
fn every_line_can_be_checked() {
    let data = demonstration::copy();
    let lines = all(&data, &[]);
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(lines[0]["kind"], "organization");
    assert_eq!(number(&lines[0]["processes"]) as usize, Handbook::embedded().processes().len());
    assert_eq!(number(&lines[0]["accounts"]) as usize, of("account").len());
    assert!(of("unit").len() > 1 && of("account").len() > 2);
    for line in &lines {
        let states = ["done", "under_way", "open", "blocked", "unknown", "unconfirmed"];
        let sum: u64 = states.iter().map(|state| number(&line[*state])).sum();
        assert_eq!(sum, number(&line["processes"]), "{line}");
        let list = line["process_list"].as_array().unwrap();
        for state in states {
            let counted = list.iter().filter(|process| process["state"] == state).count() as u64;
            assert_eq!(counted, number(&line[state]), "{state} in {line}");
        }
        let places = |name: &str| list.iter().map(|process| number(&process[name])).sum::<u64>();
        assert_eq!((places("done_in"), places("of")), (number(&line["places_done"]), number(&line["places"])));
        let by_level: u64 = line["accounts_by_level"].as_array().unwrap().iter().map(number).sum();
        assert_eq!(by_level, number(&line["accounts"]));
        assert!(number(&line["level"]) <= number(&line["level_once_confirmed"]));
        assert!(list.iter().all(|process| process["state"] != "done" || process["steps"]["open"] == 0));
    }
    // The organization is no further than its least account.
    let least = of("account").iter().map(|line| number(&line["level"])).min().unwrap();
    assert!(number(&lines[0]["level"]) <= least);
    // What is done once counts once: the organization's places are its own processes, and those of all accounts.
    let own = Handbook::embedded().processes().filter(|process| process.how_often.says().contains("organization"));
    let of_accounts: u64 = of("account").iter().map(|line| number(&line["places"])).sum();
    assert_eq!(number(&lines[0]["places"]), own.count() as u64 + of_accounts);
}

#[test]
fn the_next_steps_are_worth_what_their_parts_are_and_fail_in_the_rows() {
    let data = demonstration::copy();
    let findings = binary::run(&mut demonstration::command(&data, &["findings", "--format", "ndjson"]));
    let failing: BTreeSet<(String, String)> = findings
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["control"].as_str().unwrap().to_owned(), row["account"].as_str().unwrap().to_owned()))
        .collect();
    let (severities, efforts) = (
        [("critical", 8), ("high", 4), ("medium", 2), ("low", 1)],
        [("minutes", 1), ("hours", 4), ("days", 16), ("weeks", 64)],
    );
    let counts = |words: &[(&str, u64)], word: &Value| words.iter().find(|(known, _)| *word == **known).unwrap().1;
    let lines = all(&data, &[]);
    assert_eq!(lines[0]["next"].as_array().unwrap().len(), 5);
    for line in &lines {
        let mut before: Option<f64> = None;
        for next in line["next"].as_array().unwrap().iter().filter(|next| next["action"] == "take") {
            let controls = next["controls"].as_array().unwrap();
            let sum: u64 =
                controls.iter().map(|each| counts(&severities, &each["severity"]) * number(&each["accounts"])).sum();
            let worth = sum as f64 / counts(&efforts, &next["effort"]) as f64;
            assert_eq!(next["value"].as_f64().unwrap(), worth, "{next}");
            assert!(sum > 0, "nobody is sent for nothing: {next}");
            before = before.map_or(Some(worth), |before| Some(before.min(worth)));
            if line["kind"] == "organization" {
                for each in controls {
                    let fails = failing.iter().filter(|(control, _)| each["control"] == **control).count() as u64;
                    assert_eq!(number(&each["accounts"]), fails, "{next}");
                }
            }
        }
        assert!(before.is_none_or(|least| least > 0.0));
    }
}

#[test]
fn a_person_sees_the_level_the_next_steps_and_how_to_read_on() {
    let data = demonstration::copy();
    for columns in ["60", "100", "160"] {
        let said = binary::run(demonstration::command(&data, &["roadmap"]).env("COLUMNS", columns));
        assert_eq!(said.code, 0, "{said:?}");
        for wanted in
            ["The organization: level ", "What comes next", "plumbline handbook show ", "Accounts, the least first"]
        {
            assert!(said.out.contains(wanted), "`{wanted}` is missing:\n{}", said.out);
        }
        assert!(said.out.starts_with("A demonstration"), "what it is of stands first:\n{}", said.out);
    }
    let ids: Vec<Value> = all(&data, &[]).into_iter().filter(|line| line["kind"] == "account").collect();
    let (id, name) = (ids[0]["id"].as_str().unwrap(), ids[0]["name"].as_str().unwrap());
    let (by_id, by_name) = (run(&data, &["--account", id]), run(&data, &["--account", name]));
    assert_eq!((by_id.code, &by_id.out), (0, &by_name.out));
    assert!(by_id.out.contains(&format!("Account {id} {name}: level ")), "{}", by_id.out);
    assert_eq!(all(&data, &["--account", name]), ids[..1]);
    let unit = ids[0]["ou"].as_str().unwrap();
    assert_eq!(all(&data, &["--ou", unit]).len(), 1);
    let document = run(&data, &["--format", "json"]);
    let document: Value = serde_json::from_str(&document.out).unwrap();
    assert_eq!(document["accounts"].as_array().unwrap(), &ids);
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    let data = demonstration::copy();
    let account = all(&data, &[]).into_iter().find(|line| line["kind"] == "account").unwrap();
    let id = account["id"].as_str().unwrap();
    for (arguments, part) in [
        (["--account", &id[..11]], "did you mean `2"),
        (["--account", "nobody"], "none of that id or name"),
        (["--ou", "Root/Nowhere"], "next step: correct --ou"),
        (["--ou", "Roo"], "did you mean `Root`?"),
    ] {
        let said = run(&data, &arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains(part), "`{part}` is missing: {said:?}");
    }
    assert_eq!(run(&data, &["--nights", "--account", id]).code, 2);
}

#[test]
fn each_night_keeps_what_was_done_and_the_page_draws_it() {
    let data = tempfile::tempdir().unwrap();
    let demo = |output: &Path| {
        let all = ["demo", "--accounts", "3", "--output", output.to_str().unwrap()];
        let said = binary::run(binary::command(&all).env("PLUMBLINE_DATA_DIR", data.path()));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("Handbook    level "), "{}", said.out);
    };
    let output = data.path().join("out");
    demo(&output);
    demo(&output);
    let store =
        ["demo", ""].iter().map(|folder| data.path().join(folder)).find(|at| at.join("plumbline.redb").exists());
    let command =
        |arguments: &[&str]| binary::run(binary::command(arguments).env("PLUMBLINE_DATA_DIR", store.as_ref().unwrap()));
    let nights = lines(&command(&["roadmap", "--nights", "--format", "ndjson"]));
    assert_eq!(nights.len(), 2);
    let now = &lines(&command(&["roadmap", "--format", "ndjson"]))[0];
    for (name, of_now) in [
        ("level", "level"),
        ("processes", "processes"),
        ("processes_done", "done"),
        ("places", "places"),
        ("places_done", "places_done"),
        ("steps", "steps"),
        ("steps_done", "steps_done"),
    ] {
        assert_eq!(nights[1][name], now[of_now], "{name}");
    }
    let text = command(&["roadmap", "--nights"]);
    assert_eq!(text.out.lines().count(), 3, "{}", text.out);
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    assert!(page.contains("id=\"roadmap\"") && page.contains("id=\"roadmap-line\""), "the page draws the nights");
    let summary: Value = serde_json::from_str(&fs::read_to_string(output.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["roadmap"]["places_done"], now["places_done"]);
    assert_eq!(summary["trend"][0]["roadmap"]["places_done"], nights[0]["places_done"]);
    let beside = fs::read_to_string(output.join("roadmap.ndjson")).unwrap();
    assert_eq!(beside.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).next().as_ref(), Some(now));
    // Of some rows only, nothing is said.
    let part = command(&["report", "--format", "summary", "--severity", "high"]);
    assert!(serde_json::from_str::<Value>(&part.out).unwrap().get("roadmap").is_none());
}

#[test]
fn what_a_person_attests_is_done_until_its_day_and_never_measured() {
    let data = demonstration::copy();
    let folder = tempfile::tempdir().unwrap();
    let day = |days: i64| {
        (clock::now() + Duration::days(days)).date().format(format_description!("[year]-[month]-[day]")).unwrap()
    };
    let attested = |step: &str, on: i64, until: i64| {
        let (on, until) = (day(on), day(until));
        let entry = format!(
            "attestations:\n  - {{ step: {step}, units: [Root], by: Ann Example, evidence: \"https://wiki.example.com/x\", on: {on}, until: {until} }}\n"
        );
        fs::write(folder.path().join("attestations.yaml"), entry).unwrap();
        let lines = all(&data, &["--governance", folder.path().to_str().unwrap()]);
        let account = lines.into_iter().find(|line| line["kind"] == "account" && line["ou"] != "Root").unwrap();
        let list = account["process_list"].as_array().unwrap().clone();
        let process = list.into_iter().find(|process| process["process"] == "budgets").unwrap();
        (
            number(&process["steps"]["attested"]),
            number(&process["steps"]["unconfirmed"]),
            number(&process["steps"]["done"]),
        )
    };
    let (none, unconfirmed, done) = attested("network-default-vpc/look-for-use", -1, 30);
    assert_eq!(none, 0);
    assert_eq!(attested("budgets/notices-arrive", -1, 30), (1, unconfirmed - 1, done));
    // Its day is over.
    assert_eq!(attested("budgets/notices-arrive", -30, -1), (0, unconfirmed, done));
    let site = tempfile::tempdir().unwrap();
    attested("budgets/notices-arrive", -1, 30);
    let arguments = ["handbook", "--scan", "latest", "--output", site.path().to_str().unwrap(), "--governance"];
    let said = binary::run(demonstration::command(&data, &arguments).arg(folder.path()));
    assert_eq!(said.code, 0, "{said:?}");
    let page = fs::read_to_string(site.path().join("processes/budgets.html")).unwrap();
    assert!(page.contains("Attested by Ann Example until"), "by whom and until when");
    assert!(fs::read_to_string(site.path().join("roadmap.html")).unwrap().contains("What comes next"));
}

#[test]
fn every_field_is_documented() {
    let data = demonstration::copy();
    let page = fs::read_to_string(workspace_root().join("docs/handbook.md")).unwrap();
    let section = page.split("## The roadmap").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut names = BTreeSet::new();
    let nights = lines(&run(&data, &["--nights", "--format", "ndjson"]));
    all(&data, &[]).iter().chain(&nights).for_each(|line| fields(line, &mut names));
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(section.contains(&format!("`{name}`")), "docs/handbook.md does not say what `{name}` is");
    }
}

fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            names.insert(name.clone());
            fields(value, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}
