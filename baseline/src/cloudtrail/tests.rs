//! Selectors and statuses as AWS's pages show them, asked with events and with classes of events.

use super::*;
use proptest::prelude::*;

const READ: &str = r#"{"eventCategory":"Management","readOnly":true}"#;
const WRITE: &str = r#"{"eventCategory":"Management","readOnly":false}"#;
const SIGN_IN: &str = r#"{"eventCategory":"Management","managementEvent":true,"readOnly":false,
    "eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","eventType":"AwsConsoleSignIn"}"#;
const GET_OBJECT: &str = r#"{"eventCategory":"Data","readOnly":true,"eventName":"GetObject",
    "eventSource":"s3.amazonaws.com","eventType":"AwsApiCall","userIdentity":{"arn":"arn:aws:iam::111122223333:user/a"},
    "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::one/a/b"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::one"}]}"#;
const ANY_READ: &str = r#"{"eventCategory":"Data","readOnly":true,"resources":[{"type":"AWS::S3::Object"}]}"#;

fn doc(json: &str) -> Doc {
    Doc::from_json(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes(_) => "yes",
        Answer::No(_) => "no",
        Answer::Unknown(_) => "unknown",
    }
}

fn check(trail: &str, event: &str, expected: &str) {
    let answer = records(&doc(trail), &doc(event));
    assert_eq!(word(&answer), expected, "{trail}\n{event}\n{answer:?}");
}

fn basic(selectors: &str) -> String {
    format!(r#"{{"HasCustomEventSelectors":true,"EventSelectors":{{"EventSelectors":[{selectors}]}}}}"#)
}

/// Advanced selectors, each with its field selectors.
fn advanced(selectors: &[&str]) -> String {
    let selectors: Vec<String> = selectors.iter().map(|fields| format!(r#"{{"FieldSelectors":[{fields}]}}"#)).collect();
    format!(
        r#"{{"HasCustomEventSelectors":true,"EventSelectors":{{"AdvancedEventSelectors":[{}]}}}}"#,
        selectors.join(",")
    )
}

const MANAGEMENT: &str = r#"{"Field":"eventCategory","Equals":["Management"]}"#;
const OBJECTS: &str =
    r#"{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}"#;

#[test]
fn without_selectors_a_trail_records_management_events_and_nothing_else() {
    for trail in ["{}", r#"{"HasCustomEventSelectors":false,"EventSelectors":{"$unread":{"reason":"not_visible"}}}"#] {
        check(trail, READ, "yes");
        check(trail, WRITE, "yes");
        check(trail, ANY_READ, "no");
    }
    check(r#"{"HasCustomEventSelectors":true}"#, READ, "unknown");
    check(r#"{"EventSelectors":{"$unread":{"reason":"not_visible"}}}"#, READ, "unknown");
    check("{}", "{}", "unknown");
}

#[test]
fn basic_selectors_take_reads_or_writes() {
    check(&basic(r#"{"ReadWriteType":"All","IncludeManagementEvents":true}"#), READ, "yes");
    check(&basic(r#"{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}"#), READ, "no");
    check(&basic(r#"{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}"#), WRITE, "yes");
    check(&basic(r#"{"ReadWriteType":"WriteOnly"},{"ReadWriteType":"ReadOnly"}"#), READ, "yes");
    check(&basic(r#"{"ReadWriteType":"ReadOnly"}"#), r#"{"eventCategory":"Management"}"#, "no");
    check(&basic(r#"{"ReadWriteType":"All","IncludeManagementEvents":false}"#), READ, "no");
    check(&basic(r#"{"ReadWriteType":"Some"}"#), READ, "unknown");
    check(&basic(r#"{"ReadWriteType":{"$unread":{"reason":"throttled"}}}"#), READ, "unknown");
}

#[test]
fn basic_selectors_may_leave_out_sources() {
    let without_kms = basic(r#"{"ReadWriteType":"All","ExcludeManagementEventSources":["kms.amazonaws.com"]}"#);
    check(&without_kms, READ, "no");
    check(&without_kms, SIGN_IN, "yes");
    check(&without_kms, r#"{"eventCategory":"Management","eventSource":"kms.amazonaws.com"}"#, "no");
    // What it leaves out are management events.
    check(
        &basic(
            r#"{"ExcludeManagementEventSources":["s3.amazonaws.com"],
                "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}"#,
        ),
        GET_OBJECT,
        "yes",
    );
}

#[test]
fn basic_selectors_take_data_events_by_the_beginning_of_the_arn() {
    let of =
        |value: &str| basic(&format!(r#"{{"DataResources":[{{"Type":"AWS::S3::Object","Values":["{value}"]}}]}}"#));
    for (value, of_one, of_all) in [
        ("arn:aws:s3", "yes", "yes"),
        ("arn:aws:s3:::", "yes", "yes"),
        ("arn:aws:s3:::one/", "yes", "no"),
        ("arn:aws:s3:::one/a", "yes", "no"),
        ("arn:aws:s3:::one/b", "no", "no"),
        ("arn:aws:s3:::two/", "no", "no"),
        ("", "no", "no"),
    ] {
        check(&of(value), GET_OBJECT, of_one);
        check(&of(value), ANY_READ, of_all);
    }
    check(
        &basic(r#"{"DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}"#),
        ANY_READ,
        "no",
    );
    check(&basic(r#"{"DataResources":[]}"#), ANY_READ, "no");
    check(
        &basic(r#"{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}],"ReadWriteType":"WriteOnly"}"#),
        ANY_READ,
        "no",
    );
}

#[test]
fn samples_are_events_of_the_trails_partition() {
    let selectors =
        r#"{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws-us-gov:s3:::"]}]}]}"#;
    let arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/t";
    let trail =
        |arn: &str| format!(r#"{{"TrailARN":{arn},"HasCustomEventSelectors":true,"EventSelectors":{selectors}}}"#);
    check(&trail(&format!("{arn:?}")), ANY_READ, "yes");
    check(&trail(&format!("{arn:?}")), GET_OBJECT, "yes");
    check(&trail("null"), ANY_READ, "no");
    check(&trail(r#"{"$unread":{"reason":"throttled"}}"#), ANY_READ, "unknown");
}

#[test]
fn advanced_selectors_want_every_field() {
    check(&advanced(&[MANAGEMENT]), READ, "yes");
    check(&advanced(&[MANAGEMENT]), ANY_READ, "no");
    check(&advanced(&[OBJECTS]), ANY_READ, "yes");
    check(&advanced(&[OBJECTS]), GET_OBJECT, "yes");
    check(&advanced(&[OBJECTS]), READ, "no");
    let only_writes = format!(r#"{MANAGEMENT},{{"Field":"readOnly","Equals":["false"]}}"#);
    check(&advanced(&[&only_writes]), READ, "no");
    check(&advanced(&[&only_writes]), WRITE, "yes");
    let without = |field: &str, value: &str| format!(r#"{MANAGEMENT},{{"Field":"{field}","NotEquals":["{value}"]}}"#);
    check(&advanced(&[&without("eventSource", "kms.amazonaws.com")]), READ, "no");
    check(&advanced(&[&without("eventSource", "kms.amazonaws.com")]), SIGN_IN, "yes");
    check(&advanced(&[&without("sessionCredentialFromConsole", "true")]), READ, "no");
    check(&advanced(&[&without("eventColour", "red")]), READ, "unknown");
    check(&advanced(&[r#"{"Field":"readOnly","Equals":["true"]}"#]), READ, "unknown");
    check(&advanced(&[&format!(r#"{MANAGEMENT},{{"Field":"readOnly"}}"#)]), READ, "unknown");
    check(&advanced(&[&format!(r#"{MANAGEMENT},{{"Field":"eventName","Resembles":["x"]}}"#)]), SIGN_IN, "unknown");
}

/// The example of the User Guide, with its six objects.
#[test]
fn selecting_operators_are_ored_and_deselecting_ones_anded() {
    let trail = advanced(&[&format!(
        r#"{OBJECTS},{{"Field":"resources.ARN","Equals":["arn:aws:s3:::demo/object1"],"StartsWith":["arn:aws:s3:::demo/"],
            "EndsWith":["object3"],"NotStartsWith":["arn:aws:s3:::demo/deselect"],"NotEndsWith":["object5"],
            "NotEquals":["arn:aws:s3:::demo/object6"]}}"#
    )]);
    for (object, expected) in [
        ("demo/object1", "yes"),
        ("demo/object2", "yes"),
        ("demo1/object3", "yes"),
        ("demo/deselectObject4", "no"),
        ("demo/object5", "no"),
        ("demo/object6", "no"),
        ("other/object7", "no"),
    ] {
        check(&trail, &GET_OBJECT.replace("one/a/b", object), expected);
    }
    check(&trail, ANY_READ, "no");
}

#[test]
fn a_class_of_events_is_recorded_when_every_event_of_it_is() {
    let narrowed = |field: &str| format!("{OBJECTS},{field}");
    for (field, expected) in [
        (r#"{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::logs/"]}"#, "no"),
        (r#"{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::"]}"#, "yes"),
        (r#"{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::one/"]}"#, "no"),
        (r#"{"Field":"resources.ARN","NotEquals":["arn:aws:s3:::one/a"]}"#, "no"),
        (r#"{"Field":"resources.ARN","NotEquals":["arn:aws:lambda:x"]}"#, "yes"),
        (r#"{"Field":"resources.ARN","NotEndsWith":[".tmp"]}"#, "no"),
        (r#"{"Field":"eventName","NotEquals":["HeadObject"]}"#, "no"),
        (r#"{"Field":"userIdentity.arn","NotStartsWith":["arn:aws:sts::1:assumed-role/scanner"]}"#, "no"),
    ] {
        check(&advanced(&[&narrowed(field)]), ANY_READ, expected);
    }
    check(&advanced(&[&narrowed(r#"{"Field":"eventName","NotEquals":["HeadObject"]}"#)]), GET_OBJECT, "yes");
}

#[test]
fn what_was_not_read_matters_only_where_the_rest_does_not_decide() {
    let unread = r#"{"$unread":{"reason":"throttled"}}"#;
    check(&basic(&format!(r#"{unread},{{"ReadWriteType":"All"}}"#)), READ, "yes");
    check(&basic(&format!(r#"{unread},{{"ReadWriteType":"WriteOnly"}}"#)), READ, "unknown");
    check(&advanced(&[&format!("{MANAGEMENT},{unread}")]), READ, "unknown");
    check(&advanced(&[&format!("{OBJECTS},{unread}")]), READ, "no");
}

fn delivery(status: &str, expected: &str) {
    let trail = doc(&format!(r#"{{"Status":{status}}}"#));
    let answer = is_logging(&trail, "2026-01-15T00:00:00Z");
    assert_eq!(word(&answer), expected, "{status} {answer:?}");
}

#[test]
fn a_trail_whose_deliveries_fail_is_not_logging() {
    delivery(r#"{"IsLogging":true}"#, "yes");
    delivery(r#"{"IsLogging":false}"#, "no");
    delivery("{}", "no");
    delivery(r#"{"IsLogging":true,"LatestDeliveryError":""}"#, "yes");
    delivery(r#"{"IsLogging":true,"LatestDeliveryError":"NoSuchBucket"}"#, "no");
    delivery(r#"{"IsLogging":true,"LatestDeliveryTime":"2026-01-14T23:55:00Z"}"#, "yes");
    delivery(
        r#"{"IsLogging":true,"LatestDeliveryTime":"2026-01-14T23:55:00Z","LatestDeliveryError":"AccessDenied"}"#,
        "yes",
    );
    delivery(
        r#"{"IsLogging":true,"LatestDeliveryTime":"2026-01-14T20:55:00Z","LatestDeliveryError":"AccessDenied"}"#,
        "no",
    );
    delivery(r#"{"IsLogging":true,"LatestDeliveryTime":"2026-01-10T00:00:00Z"}"#, "yes");
    delivery(r#"{"IsLogging":true,"LatestDeliveryTime":"2025-06-01T00:00:00Z"}"#, "no");
    delivery(r#"{"IsLogging":true,"LatestDeliveryTime":"yesterday"}"#, "unknown");
    delivery(r#"{"IsLogging":true,"LatestDeliveryTime":{"$unread":{"reason":"throttled"}}}"#, "unknown");
    delivery(r#"{"$unread":{"reason":"access_denied"}}"#, "unknown");
    delivery(r#"{"IsLogging":false,"LatestDeliveryTime":{"$unread":{"reason":"throttled"}}}"#, "no");
}

/// A field of a class, and two events of it.
fn values() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["GetObject", "PutObject", "Get", "Object", "", "x"]).prop_map(str::to_owned)
}

proptest! {
    /// A class is recorded only if each event of it is.
    #[test]
    fn what_is_said_of_a_class_holds_for_its_events(operator in 0..6_usize, value in values(), name in values()) {
        let operator = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"][operator];
        let trail = doc(&advanced(&[&format!(r#"{OBJECTS},{{"Field":"eventName","{operator}":["{value}"]}}"#)]));
        if matches!(records(&trail, &doc(ANY_READ)), Answer::Yes(_)) {
            let event = ANY_READ.replacen('{', &format!(r#"{{"eventName":"{name}","#), 1);
            prop_assert!(matches!(records(&trail, &doc(&event)), Answer::Yes(_)), "{operator} {value} {name}");
        }
    }
}
