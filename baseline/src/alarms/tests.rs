//! Chains from a trail to somebody who hears, each with one thing changed.

use super::*;
use crate::answer::Answer;
use crate::doc::Doc;

const TRAIL: &str = r#"{
    "Name": "main", "HomeRegion": "eu-west-1",
    "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111111111111:log-group:trail:*",
    "MetricFilters": [{"filterName": "f", "logGroupName": "trail", "filterPattern": "{ $.userIdentity.type = \"Root\" }",
        "metricTransformations": [{"metricName": "M", "metricNamespace": "Security", "metricValue": "1"}]}],
    "Alarms": [{"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a", "ActionsEnabled": true,
        "MetricName": "M", "Namespace": "Security", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:t"]}],
    "Subscriptions": [{"TopicArn": "arn:aws:sns:eu-west-1:111111111111:t",
        "SubscriptionArn": "arn:aws:sns:eu-west-1:111111111111:t:1b2c", "Topic": {}}]
}"#;
const EVENT: &str = r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root","accountId":"111111111111"}}"#;
const ORDINARY: &str = r#"[{"eventName":"DescribeInstances","userIdentity":{"type":"AssumedRole"}}]"#;

fn doc(json: &str) -> Doc {
    Doc::from_json(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// The document with members of one of its parts replaced: `Alarms.0` and so on, and nothing where the part is the whole.
fn changed(doc: &Doc, path: &str, with: &Doc) -> Doc {
    let Some(with) = with.as_map() else { return with.clone() };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match doc {
        Doc::List(items) => Doc::List(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    if index.to_string() == first { changed(item, rest, &Doc::Map(with.clone())) } else { item.clone() }
                })
                .collect(),
        ),
        Doc::Map(members) => {
            let mut members = members.clone();
            if path.is_empty() {
                with.iter().for_each(|(name, value)| members.insert(name.clone(), value.clone()));
            } else if let Some(member) = members.get_mut(first) {
                *member = changed(member, rest, &Doc::Map(with.clone()));
            }
            Doc::Map(members)
        }
        other => other.clone(),
    }
}

#[track_caller]
fn ask(path: &str, with: &str, times: f64, expected: &str) -> String {
    let trail = changed(&doc(TRAIL), path, &doc(with));
    let (event, ordinary) = (doc(EVENT), doc(ORDINARY));
    let ordinary = ordinary.as_list().unwrap();
    let question = Question {
        trail: &trail,
        event: &event,
        ordinary,
        times,
        account: "111111111111",
        now: "2026-01-15T00:00:00Z",
    };
    let answer = watches(&question).answer;
    let (word, why) = match &answer {
        Answer::Yes(why) => ("yes", why.clone()),
        Answer::No(why) => ("no", why.clone()),
        Answer::Unknown(unread) => ("unknown", unread.to_string()),
    };
    assert_eq!(word, expected, "{path} with {with}: {why}");
    why
}

#[track_caller]
fn check(path: &str, with: &str, expected: &str) -> String {
    ask(path, with, 1.0, expected)
}

const FILTER: &str = "MetricFilters.0";
const METRIC: &str = "MetricFilters.0.metricTransformations.0";
const ALARM: &str = "Alarms.0";

#[test]
fn a_whole_chain_names_its_links() {
    let why = check("", "{}", "yes");
    assert_eq!(why, "the alarm `a` reaches the subscription arn:aws:sns:eu-west-1:111111111111:t:1b2c");
    let (trail, event) = (doc(TRAIL), doc(EVENT));
    let question = Question {
        trail: &trail,
        event: &event,
        ordinary: &[],
        times: 1.0,
        account: "111111111111",
        now: "2026-01-15T00:00:00Z",
    };
    assert_eq!(
        Doc::Map(watches(&question).links).to_json(),
        r#"{"topic":"arn:aws:sns:eu-west-1:111111111111:t","alarm":"a","filter":"f"}"#
    );
}

#[test]
fn the_log_group_is_the_accounts_and_events_arrive_there() {
    check("", r#"{"CloudWatchLogsLogGroupArn": null}"#, "no");
    check("", r#"{"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:999999999999:log-group:trail:*"}"#, "unknown");
    check("", r#"{"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111111111111:log-group:other:*"}"#, "no");
    check("", r#"{"CloudWatchLogsLogGroupArn": "nonsense"}"#, "unknown");
    check("", r#"{"Status": {"LatestCloudWatchLogsDeliveryError": "AccessDenied"}}"#, "no");
    check("", r#"{"Status": {"LatestCloudWatchLogsDeliveryTime": "2025-01-01T00:00:00Z"}}"#, "no");
    check("", r#"{"Status": {"LatestDeliveryError": "NoSuchBucket"}}"#, "yes");
}

#[test]
fn a_filter_matches_the_event_and_leaves_out_ordinary_ones() {
    check(FILTER, r#"{"filterPattern": "{ $.userIdentity.type = \"Root\" && $.eventName = \"DeleteTrail\" }"}"#, "no");
    check(
        FILTER,
        r#"{"filterPattern": "{ $.userIdentity.accountId = 111111111111 && $.userIdentity.type = Root }"}"#,
        "yes",
    );
    let why = check(FILTER, r#"{"filterPattern": ""}"#, "no");
    assert_eq!(why, "the metric filter `f` matches ordinary events, such as DescribeInstances, too");
    check(FILTER, r#"{"filterPattern": "{ $.eventName = \"*\" }"}"#, "no");
    let why = check(FILTER, r#"{"filterPattern": "{ $.eventName == 1 }"}"#, "unknown");
    assert!(why.contains("the metric filter `f`: the filter pattern cannot be parsed at `= 1 }` (byte 15)"), "{why}");
    check(FILTER, r#"{"applyOnTransformedLogs": true}"#, "unknown");
    check(FILTER, r#"{"fieldSelectionCriteria": "@aws.account = \"222222222222\""}"#, "no");
    check(FILTER, r#"{"fieldSelectionCriteria": "@aws.account = \"111111111111\""}"#, "yes");
    check(FILTER, r#"{"logGroupName": "other"}"#, "no");
    check("", r#"{"MetricFilters": []}"#, "no");
}

#[test]
fn the_metric_counts_the_event() {
    check(METRIC, r#"{"metricValue": "0"}"#, "no");
    check(METRIC, r#"{"metricValue": "5"}"#, "yes");
    check(METRIC, r#"{"metricValue": "$.eventVersion"}"#, "unknown");
    check(METRIC, r#"{"metricValue": "many"}"#, "unknown");
    check(METRIC, r#"{"metricName": "Other"}"#, "no");
    check(METRIC, r#"{"defaultValue": 0}"#, "yes");
    // Always in alarm: nothing changes when the event comes.
    check(METRIC, r#"{"defaultValue": 1}"#, "no");
    check(METRIC, r#"{"unit": "Count"}"#, "yes");
    check(ALARM, r#"{"Unit": "Count"}"#, "no");
}

#[test]
fn dimensions_are_part_of_a_metrics_name() {
    check(METRIC, r#"{"dimensions": {"user": "$.userIdentity.type"}}"#, "no");
    check(FILTER, r#"{"emitSystemFieldDimensions": ["@aws.account"]}"#, "no");
    check(ALARM, r#"{"Dimensions": [{"Name": "user", "Value": "Root"}]}"#, "no");
    let both = |value: &str| {
        let alarm = changed(
            &doc(TRAIL),
            ALARM,
            &doc(&format!(r#"{{"Dimensions": [{{"Name": "user", "Value": "{value}"}}]}}"#)),
        );
        let trail = changed(&alarm, METRIC, &doc(r#"{"dimensions": {"user": "$.userIdentity.type"}}"#));
        trail.to_json()
    };
    check("", &both("Root"), "yes");
    check("", &both("IAMUser"), "unknown");
}

#[test]
fn one_event_crosses_the_threshold() {
    for (alarm, expected) in [
        (r#"{"Threshold": 2}"#, "no"),
        (r#"{"Threshold": 0.5, "ComparisonOperator": "GreaterThanThreshold"}"#, "yes"),
        (r#"{"ComparisonOperator": "GreaterThanThreshold"}"#, "no"),
        (r#"{"ComparisonOperator": "LessThanThreshold"}"#, "no"),
        (r#"{"ComparisonOperator": "LessThanOrEqualToThreshold"}"#, "yes"),
        (r#"{"ComparisonOperator": "GreaterThanUpperThreshold", "Threshold": null}"#, "unknown"),
        (r#"{"Statistic": "Average"}"#, "yes"),
        (r#"{"Statistic": "Minimum"}"#, "yes"),
        (r#"{"Statistic": "Maximum"}"#, "yes"),
        (r#"{"Statistic": "SampleCount"}"#, "yes"),
        (r#"{"Statistic": null, "ExtendedStatistic": "p99"}"#, "unknown"),
    ] {
        check(ALARM, alarm, expected);
    }
    // Among other events, which count zero, an average and a minimum are less.
    for (statistic, expected) in [("Sum", "yes"), ("Maximum", "yes"), ("Average", "no"), ("Minimum", "no")] {
        let trail = changed(&doc(TRAIL), METRIC, &doc(r#"{"defaultValue": 0}"#));
        let trail = changed(&trail, ALARM, &doc(&format!(r#"{{"Statistic": "{statistic}"}}"#)));
        check("", &trail.to_json(), expected);
    }
    ask(ALARM, r#"{"Threshold": 10}"#, 1.0, "no");
    ask(ALARM, r#"{"Threshold": 10}"#, 1000.0, "yes");
    ask(METRIC, r#"{"metricValue": "0"}"#, 1000.0, "no");
}

#[test]
fn one_period_is_enough_or_missing_data_does_the_rest() {
    for (alarm, expected) in [
        (r#"{"EvaluationPeriods": 24, "DatapointsToAlarm": 24, "TreatMissingData": "notBreaching"}"#, "no"),
        (r#"{"EvaluationPeriods": 24, "DatapointsToAlarm": 1, "TreatMissingData": "notBreaching"}"#, "yes"),
        (r#"{"EvaluationPeriods": 3, "TreatMissingData": "notBreaching"}"#, "no"),
        (r#"{"EvaluationPeriods": 3, "TreatMissingData": "ignore"}"#, "no"),
        // One point that breaches and nothing after it: AWS goes into alarm, later.
        (r#"{"EvaluationPeriods": 3, "TreatMissingData": "missing"}"#, "yes"),
        (r#"{"EvaluationPeriods": 3}"#, "yes"),
        (r#"{"EvaluationPeriods": 24, "Period": 3600}"#, "no"),
        (r#"{"EvaluationPeriods": 3, "TreatMissingData": "perhaps"}"#, "unknown"),
        (r#"{"TreatMissingData": "breaching"}"#, "no"),
        (r#"{"TreatMissingData": "ignore"}"#, "yes"),
        (r#"{"TreatMissingData": "ignore", "StateValue": "ALARM"}"#, "no"),
        (r#"{"StateValue": "ALARM"}"#, "yes"),
    ] {
        check(ALARM, alarm, expected);
    }
}

#[test]
fn alarms_that_compute_something_are_decided_where_that_is_plain() {
    let stat = r#"{"Id": "m", "MetricStat": {"Metric": {"MetricName": "M", "Namespace": "Security"}, "Period": 300, "Stat": "Sum"}}"#;
    let bare = r#""MetricName": null, "Namespace": null, "Statistic": null, "Period": null"#;
    check(ALARM, &format!(r#"{{{bare}, "Metrics": [{stat}]}}"#), "yes");
    check(ALARM, &format!(r#"{{{bare}, "Metrics": [{stat}, {{"Id": "e", "Expression": "FILL(m, 0)"}}]}}"#), "unknown");
    check(
        ALARM,
        &format!(r#"{{{bare}, "Metrics": [{{"Id": "e", "Expression": "SELECT SUM(M) FROM Security"}}]}}"#),
        "unknown",
    );
    let other = stat.replace(r#""M""#, r#""Other""#);
    check(ALARM, &format!(r#"{{{bare}, "Metrics": [{other}]}}"#), "no");
}

#[test]
fn actions_reach_a_confirmed_subscription() {
    check(ALARM, r#"{"ActionsEnabled": false}"#, "no");
    check(ALARM, r#"{"AlarmActions": []}"#, "no");
    check(ALARM, r#"{"AlarmActions": ["arn:aws:automate:eu-west-1:ec2:stop"]}"#, "no");
    check(ALARM, r#"{"AlarmActions": ["arn:aws:lambda:eu-west-1:111111111111:function:tell"]}"#, "unknown");
    check(ALARM, r#"{"AlarmActions": ["arn:aws:sns:eu-west-1:222222222222:t"]}"#, "unknown");
    check(ALARM, r#"{"AlarmActions": ["arn:aws:sns:us-east-1:111111111111:t"]}"#, "unknown");
    check(ALARM, r#"{"AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:other"]}"#, "no");
    check("Subscriptions.0", r#"{"SubscriptionArn": "PendingConfirmation"}"#, "no");
    check("", r#"{"Subscriptions": [{"$unread": {"reason": "partial_listing"}}]}"#, "unknown");
    check("Subscriptions.0", r#"{"TopicArn": {"$unread": {"reason": "throttled"}}}"#, "unknown");
}

#[test]
fn composite_alarms_may_do_the_telling() {
    let chain = |rule: &str| {
        let trail = changed(&doc(TRAIL), ALARM, &doc(r#"{"AlarmActions": []}"#));
        let composite = Doc::map([
            ("AlarmName", Doc::from("all")),
            ("AlarmRule", Doc::from(rule)),
            ("ActionsEnabled", Doc::Bool(true)),
            ("AlarmActions", Doc::List(vec![Doc::from("arn:aws:sns:eu-west-1:111111111111:t")])),
        ]);
        changed(&trail, "", &Doc::map([("CompositeAlarms", Doc::List(vec![composite]))])).to_json()
    };
    check("", &chain(r#"ALARM("x") OR ALARM("a")"#), "yes");
    check("", &chain(r#"ALARM("x")"#), "no");
    check("", &chain(r#"ALARM("x") AND ALARM("a")"#), "unknown");
}

mod access;
