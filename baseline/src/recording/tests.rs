//! Recorders as AWS Config describes them, and what may be taken from their record.

use super::*;

const NOW: &str = "2026-11-26T12:00:00Z";
const STREAM: &str = "AWS::Kinesis::Stream";
const RUNNING: &str =
    r#"{"name": "default", "recording": true, "lastStatus": "SUCCESS", "lastStartTime": "2026-01-01T00:00:00Z"}"#;
const EVERYTHING: &str = r#"{"allSupported": true, "includeGlobalResourceTypes": false,
    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}"#;

fn wanted(type_name: &str) -> Wanted<'_> {
    Wanted { type_name, max_age_hours: None, now: NOW }
}

fn answer(member: &str, items: &[&str]) -> Doc {
    Doc::from_json(&format!(r#"{{"{member}": [{}]}}"#, items.join(","))).unwrap()
}

#[track_caller]
fn check_all(wanted: Wanted<'_>, recorders: &[&str], status: &[&str], expected: &str) {
    let recorders = answer("ConfigurationRecorders", recorders);
    let status = answer("ConfigurationRecordersStatus", status);
    let found = covers(&wanted, &recorders, &status).map_or_else(|unread| unread.reason.code(), |()| "covered");
    assert_eq!(found, expected, "{}", recorders.to_json());
}

#[track_caller]
fn check_group(type_name: &str, group: &str, expected: &str) {
    let recorder = format!(r#"{{"name": "default", "recordingGroup": {group}}}"#);
    check_all(wanted(type_name), &[&recorder], &[RUNNING], expected);
}

#[track_caller]
fn check_status(status: &str, expected: &str) {
    let recorder = format!(r#"{{"name": "default", "recordingGroup": {EVERYTHING}}}"#);
    check_all(wanted(STREAM), &[&recorder], &[status], expected);
}

#[test]
fn a_recorder_records_what_its_group_says() {
    check_group(STREAM, EVERYTHING, "covered");
    check_group(STREAM, r#"{"allSupported": true}"#, "covered");
    check_group(STREAM, "{}", "not_recorded");
    let some = r#"{"recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}, "resourceTypes": ["AWS::Kinesis::Stream"]}"#;
    check_group(STREAM, some, "covered");
    check_group("AWS::SQS::Queue", some, "not_recorded");
    let others = r#"{"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}, "exclusionByResourceTypes": {"resourceTypes": ["AWS::Kinesis::Stream"]}}"#;
    check_group(STREAM, others, "not_recorded");
    check_group("AWS::SQS::Queue", others, "covered");
    check_group(STREAM, r#"{"allSupported": true, "recordingStrategy": {"useOnly": "A_NEW_ONE"}}"#, "not_recorded");
}

#[test]
fn a_recorder_of_everything_leaves_iam_out_unless_told_otherwise() {
    check_group("AWS::IAM::Role", EVERYTHING, "not_recorded");
    check_group("AWS::IAM::Role", &EVERYTHING.replace("Types\": false", "Types\": true"), "covered");
    check_group("AWS::IAM::Role", r#"{"allSupported": true}"#, "not_recorded");
}

#[test]
fn a_recorder_that_does_not_work_covers_nothing() {
    check_status(RUNNING, "covered");
    check_status(&RUNNING.replace("\"recording\": true", "\"recording\": false"), "not_recorded");
    check_status(&RUNNING.replace("SUCCESS", "Failure"), "not_recorded");
    check_status(&RUNNING.replace("SUCCESS", "Pending"), "not_yet");
    check_status(&RUNNING.replace("default", "another"), "not_recorded");
    check_status(r#"{"name": "default"}"#, "not_recorded");
    check_status(&RUNNING.replace("2026-01-01T00:00:00Z", "2026-11-26T11:30:00Z"), "not_yet");
    check_status(&RUNNING.replace("2026-01-01T00:00:00Z", "2026-11-26T11:00:00Z"), "covered");
}

#[test]
fn recorders_of_services_and_other_clouds_do_not_count() {
    check_all(wanted(STREAM), &[], &[], "not_recorded");
    let linked =
        format!(r#"{{"name": "linked", "servicePrincipal": "x.amazonaws.com", "recordingGroup": {EVERYTHING}}}"#);
    let cloud = format!(r#"{{"name": "cloud", "connectorArn": "arn:x", "recordingGroup": {EVERYTHING}}}"#);
    check_all(wanted(STREAM), &[&linked, &cloud], &[RUNNING], "not_recorded");
    let own = format!(r#"{{"name": "default", "recordingGroup": {EVERYTHING}}}"#);
    check_all(wanted(STREAM), &[&linked, &cloud, &own], &[RUNNING], "covered");
}

#[test]
fn what_was_not_read_of_a_recorder_is_the_reason() {
    let denied = Doc::from_json(r#"{"ConfigurationRecorders": {"$unread": {"reason": "access_denied"}}}"#).unwrap();
    let status = answer("ConfigurationRecordersStatus", &[RUNNING]);
    assert_eq!(covers(&wanted(STREAM), &denied, &status).unwrap_err().reason, UnreadReason::AccessDenied);
    let recorder = format!(r#"{{"name": "default", "recordingGroup": {EVERYTHING}}}"#);
    let denied = Doc::from_json(r#"{"ConfigurationRecordersStatus": {"$unread": {"reason": "throttled"}}}"#).unwrap();
    let recorders = answer("ConfigurationRecorders", &[&recorder]);
    assert_eq!(covers(&wanted(STREAM), &recorders, &denied).unwrap_err().reason, UnreadReason::Throttled);
}

#[test]
fn daily_recording_is_a_day_late() {
    let daily = |overridden: &str| {
        format!(
            r#"{{"name": "default", "recordingGroup": {EVERYTHING}, "recordingMode": {{"recordingFrequency": "DAILY",
                "recordingModeOverrides": [{{"resourceTypes": ["{overridden}"], "recordingFrequency": "CONTINUOUS"}}]}}}}"#
        )
    };
    let within = |hours| Wanted { max_age_hours: hours, ..wanted(STREAM) };
    check_all(within(None), &[&daily("AWS::SQS::Queue")], &[RUNNING], "covered");
    check_all(within(Some(24)), &[&daily("AWS::SQS::Queue")], &[RUNNING], "covered");
    check_all(within(Some(6)), &[&daily("AWS::SQS::Queue")], &[RUNNING], "not_yet");
    check_all(within(Some(6)), &[&daily(STREAM)], &[RUNNING], "covered");
    let new = RUNNING.replace("2026-01-01T00:00:00Z", "2026-11-26T00:00:00Z");
    check_all(within(None), &[&daily("AWS::SQS::Queue")], &[&new], "not_yet");
    check_all(within(None), &[&daily(STREAM)], &[&new], "covered");
}

#[test]
fn items_are_current_deleted_or_not_to_be_relied_on() {
    let check = |max_age_hours, text: &str, expected: &str| {
        let found = match item(&Wanted { max_age_hours, ..wanted(STREAM) }, &Doc::from_json(text).unwrap()) {
            Item::Current => "current",
            Item::Deleted => "deleted",
            Item::Unread(unread) => unread.reason.code(),
        };
        assert_eq!(found, expected, "{text}");
    };
    let old = r#"{"configurationItemStatus": "OK", "configurationItemCaptureTime": "2024-01-01T00:00:00.000Z"}"#;
    check(None, old, "current");
    check(Some(24), old, "not_yet");
    check(Some(24), r#"{"configurationItemCaptureTime": "2026-11-26T00:00:00.000Z"}"#, "current");
    check(Some(24), "{}", "not_yet");
    check(None, "{}", "current");
    check(None, r#"{"configurationItemStatus": "ResourceDeleted"}"#, "deleted");
    check(None, r#"{"configurationItemStatus": "ResourceNotRecorded"}"#, "not_recorded");
}
