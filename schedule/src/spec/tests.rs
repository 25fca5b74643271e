//! What is understood, and which mistakes are told how.

use serde_json::json;

use super::*;

fn spec(changes: &serde_json::Value) -> ScheduleSpec {
    let mut spec = json!({ "name": "nightly", "cron": "15 2 * * *" });
    for (key, value) in changes.as_object().unwrap() {
        spec[key] = value.clone();
    }
    serde_json::from_value(spec).unwrap()
}

fn check(changes: &serde_json::Value, expected: &str) {
    let problems = checked(&[spec(changes)]).expect_err(expected);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts, [expected]);
}

#[test]
fn what_is_not_said_has_a_default() {
    let [planned] = checked(&[spec(&json!({}))]).unwrap().try_into().unwrap();
    assert_eq!(planned.rule.schedule.to_string(), "15 2 * * * UTC");
    assert_eq!((planned.rule.window, planned.deadline), (WINDOW, None));
    assert_eq!((planned.reports.as_slice(), planned.scope), (Report::ALL.as_slice(), Scope::default()));
    assert_eq!(planned.on_vanished_accounts, OnVanishedAccounts::Stop);
}

#[test]
fn everything_can_be_said() {
    let all = json!({
        "time_zone": "europe/zurich", "deadline": "5h", "window": "90m", "reports": ["summary", "html", "html"],
        "on_vanished_accounts": "go_on",
        "scope": { "accounts": ["111111111111"], "exclude_accounts": ["@a.txt"], "ou": ["Root/A"], "exclude_ou": ["Root/A/B"],
            "regions": ["eu-central-1"], "exclude_regions": ["us-east-1"], "no_global": true,
            "controls": ["s3-*"], "exclude_controls": ["s3-x"] }
    });
    let spec = spec(&all);
    let [planned] = checked(std::slice::from_ref(&spec)).unwrap().try_into().unwrap();
    assert_eq!(planned.rule.schedule.to_string(), "15 2 * * * Europe/Zurich");
    assert_eq!(
        (planned.deadline, planned.rule.window),
        (Some(Duration::from_secs(18_000)), Duration::from_secs(5_400))
    );
    assert_eq!(planned.reports, [Report::Html, Report::Summary]);
    assert_eq!(planned.on_vanished_accounts, OnVanishedAccounts::GoOn);
    let written = serde_json::to_value(&spec).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    let (mut keys, mut scope) = (names(&written), names(&written["scope"]));
    keys.sort();
    scope.sort();
    assert_eq!((keys, scope), (sorted(&KEYS), sorted(&SCOPE_KEYS)));
    assert_eq!(serde_json::from_value::<ScheduleSpec>(written).unwrap(), spec);
}

#[test]
fn each_mistake_has_its_key_and_a_way_out() {
    check(
        &json!({ "time_zone": "Zurich" }),
        "schedule `nightly`, `time_zone`: `Zurich` is not a time zone of the IANA database, such as Europe/Zurich or UTC; did you mean `Europe/Zurich`?",
    );
    check(
        &json!({ "cron": "0 0 30 2 *" }),
        "schedule `nightly`, `cron`, column 5: it never fires: there is no day 30, February has at most 29 days; did you mean `28`?",
    );
    check(
        &json!({ "window": "10s" }),
        "schedule `nightly`, `window`: `window` wants a length of time from 1m to 7d, such as 6h or 1h30m, not `10s`",
    );
    check(
        &json!({ "deadline": "6 hours" }),
        "schedule `nightly`, `deadline`: `deadline` wants a length of time from 1m to 7d, such as 6h or 1h30m, not `6 hours`",
    );
    check(
        &json!({ "reports": ["htlm"] }),
        "schedule `nightly`, `reports`: there is no report `htlm`: html, csv, ndjson, roadmap or summary are known; did you mean `html`?",
    );
    check(
        &json!({ "on_vanished_accounts": "goon" }),
        "schedule `nightly`, `on_vanished_accounts`: `on_vanished_accounts` wants stop or go_on; there is no choice `goon`: stop or go_on are known; did you mean `go_on`?",
    );
    check(
        &json!({ "name": "Every night" }),
        "schedule `Every night`, `name`: `Every night` is no name for a schedule: 1 to 48 small letters, digits, `-` and `_` are expected",
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let wrong = json!({ "cron": "x", "time_zone": "x", "window": "x", "deadline": "x", "reports": ["x"], "on_vanished_accounts": "x", "name": "" });
    let keys: Vec<&str> = checked(&[spec(&wrong)]).unwrap_err().iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["name", "cron", "time_zone", "deadline", "window", "reports", "on_vanished_accounts"]);
}

#[test]
fn names_are_there_once_and_schedules_are_few() {
    let twice = [spec(&json!({})), spec(&json!({ "cron": "@daily" }))];
    let problems = checked(&twice).unwrap_err();
    assert_eq!((problems.len(), problems[0].index, problems[0].key), (1, 1, "name"));
    let many: Vec<_> = (0..=MOST_SCHEDULES).map(|n| spec(&json!({ "name": format!("s{n}") }))).collect();
    assert_eq!(checked(&many).unwrap_err()[0].index, MOST_SCHEDULES);
    assert_eq!(checked(&many[1..]).unwrap().len(), MOST_SCHEDULES);
}

#[test]
fn unknown_keys_are_refused() {
    for wrong in [json!({ "name": "a", "cron": "@daily", "zone": "UTC" }), json!({ "cron": "@daily" })] {
        assert!(serde_json::from_value::<ScheduleSpec>(wrong).is_err());
    }
    let scope = json!({ "name": "a", "cron": "@daily", "scope": { "account": [] } });
    assert!(serde_json::from_value::<ScheduleSpec>(scope).is_err());
}
