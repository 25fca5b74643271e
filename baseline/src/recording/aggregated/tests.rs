//! Aggregators as AWS Config describes them, and which accounts and Regions their record covers.

use super::*;

const NOW: &str = "2026-11-26T12:00:00Z";
const STREAM: &str = "AWS::Kinesis::Stream";
const ROLE: &str = "AWS::IAM::Role";
const ALL: &str = r#"{"OrganizationAggregationSource": {"AllAwsRegions": true}}"#;
const MEMBERS: &str = r#"{"111": "o-1/r-1/", "222": "o-1/r-1/"}"#;
const RUNS: &str = r#"{"Name": "default", "Recording": true, "RecordingGroup": {"AllSupported": true, "IncludeGlobalResourceTypes": false,
    "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}, "RecordingMode": {"RecordingFrequency": "CONTINUOUS"}}"#;

fn doc(text: &str) -> Doc {
    Doc::from_json(text).unwrap()
}

fn source(account: &str, region: &str, status: &str) -> String {
    format!(
        r#"{{"SourceId": "{account}", "SourceType": "ACCOUNT", "AwsRegion": "{region}", "LastUpdateStatus": "{status}"}}"#
    )
}

fn recorder(account: &str, region: &str, configuration: &str) -> Doc {
    doc(&format!(
        r#"{{"accountId": "{account}", "awsRegion": "{region}", "configuration": {configuration},
            "configurationItemCaptureTime": "2026-01-01T00:00:00Z", "configurationItemStatus": "OK"}}"#
    ))
}

/// Two accounts in one Region, with what the second one has for a source and a recorder.
struct World {
    type_name: &'static str,
    max_age_hours: Option<u32>,
    aggregator: String,
    sources: Vec<String>,
    recorders: Vec<Doc>,
    members: Doc,
}

impl World {
    fn new() -> Self {
        Self {
            type_name: STREAM,
            max_age_hours: None,
            aggregator: ALL.to_owned(),
            sources: vec![source("111", "us-east-1", "SUCCEEDED"), source("222", "us-east-1", "SUCCEEDED")],
            recorders: vec![recorder("111", "us-east-1", RUNS), recorder("222", "us-east-1", RUNS)],
            members: doc(MEMBERS),
        }
    }

    fn coverage(&self) -> Result<Coverage, Arc<Unread>> {
        let wanted = Wanted { type_name: self.type_name, max_age_hours: self.max_age_hours, now: NOW };
        let aggregator = doc(&self.aggregator);
        let sources = doc(&format!(r#"{{"AggregatedSourceStatusList": [{}]}}"#, self.sources.join(",")));
        let answers =
            Answers { aggregator: &aggregator, sources: &sources, recorders: &self.recorders, members: &self.members };
        Coverage::of(&wanted, &answers)
    }

    /// What is not covered, and why; what there may be besides is `*`.
    #[track_caller]
    fn check(&self, expected: &[(&str, &str)]) {
        let coverage = self.coverage().expect("the aggregator is there");
        let code = |unread: &Arc<Unread>| unread.reason.code().to_owned();
        let mut found: Vec<(String, String)> = coverage.unread().map(|(name, why)| (name, code(why))).collect();
        found.extend(coverage.rest.iter().map(|why| ("*".to_owned(), code(why))));
        let found: Vec<(&str, &str)> = found.iter().map(|(name, code)| (&**name, &**code)).collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check_second(&self, expected: &str) {
        self.check(&[("222/us-east-1", expected)]);
        let item = |account: &str| doc(&format!(r#"{{"accountId": "{account}", "awsRegion": "us-east-1"}}"#));
        let coverage = self.coverage().expect("the aggregator is there");
        assert_eq!(coverage.has(&item("111")), Ok(()));
        assert_eq!(coverage.has(&item("222")).unwrap_err().reason.code(), expected);
    }

    #[track_caller]
    fn check_recorder(configuration: &str, expected: &str) {
        let mut world = Self::new();
        world.recorders[1] = recorder("222", "us-east-1", configuration);
        world.check_second(expected);
    }
}

#[test]
fn what_runs_and_was_fetched_is_covered() {
    World::new().check(&[]);
}

#[test]
fn a_source_that_was_not_fetched_is_unread_and_the_others_are_read() {
    for status in ["FAILED", "OUTDATED", "A_NEW_ONE", ""] {
        let mut world = World::new();
        world.sources[1] = source("222", "us-east-1", status);
        world.check_second("not_recorded");
    }
}

#[test]
fn an_account_or_a_region_that_is_no_source_is_unread() {
    let mut world = World::new();
    world.sources.truncate(1);
    world.check(&[("222", "not_recorded")]);
    world.sources.push(source("222", "eu-west-1", "SUCCEEDED"));
    world.recorders.push(recorder("222", "eu-west-1", RUNS));
    world.check(&[("111/eu-west-1", "not_recorded"), ("222/us-east-1", "not_recorded")]);
    let stranger = doc(r#"{"accountId": "333", "awsRegion": "us-east-1"}"#);
    assert!(world.coverage().unwrap().has(&stranger).is_err(), "an item from nowhere");
}

#[test]
fn a_recorder_that_stands_still_or_leaves_the_type_out_covers_nothing() {
    World::check_recorder(&RUNS.replace("\"Recording\": true", "\"Recording\": false"), "not_recorded");
    World::check_recorder(&RUNS.replace("\"Recording\": true, ", ""), "not_recorded");
    World::check_recorder(&RUNS.replace("default", "AWSConfigurationRecorderForObservability"), "not_recorded");
    World::check_recorder(r#"{"$unread": {"reason": "access_denied"}}"#, "not_recorded");
    let some = r#"{"Name": "default", "Recording": true, "RecordingGroup": {"RecordingStrategy": {"UseOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        "ResourceTypes": ["AWS::SQS::Queue"]}}"#;
    World::check_recorder(some, "not_recorded");
    let mut world = World::new();
    world.recorders.truncate(1);
    world.check_second("not_recorded");
    world.recorders.push(doc(&recorder("222", "us-east-1", RUNS).to_json().replace("\"OK\"", "\"ResourceDeleted\"")));
    world.check_second("not_recorded");
}

#[test]
fn a_recorder_that_was_just_started_has_not_written_everything_down() {
    let mut world = World::new();
    let started = |time: &str| doc(&recorder("222", "us-east-1", RUNS).to_json().replace("2026-01-01T00:00:00Z", time));
    world.recorders[1] = started("2026-11-26T11:30:00Z");
    world.check_second("not_yet");
    world.recorders[1] = started("2026-11-26T10:30:00Z");
    world.check(&[]);
    let daily = |time: &str| doc(&started(time).to_json().replace("CONTINUOUS", "DAILY"));
    world.recorders[1] = daily("2026-11-26T10:30:00Z");
    world.check_second("not_yet");
    world.recorders[1] = daily("2026-11-01T00:00:00Z");
    world.check(&[]);
    world.max_age_hours = Some(12);
    world.check_second("not_yet");
}

#[test]
fn what_belongs_to_no_region_is_recorded_once_an_account() {
    let mut world = World { type_name: ROLE, ..World::new() };
    let with_iam = RUNS.replace("Types\": false", "Types\": true");
    world.check(&[("111/global", "not_recorded"), ("222/global", "not_recorded")]);
    world.recorders[1] = recorder("222", "us-east-1", &with_iam);
    world.sources.push(source("222", "eu-west-1", "FAILED"));
    world.check(&[("111/global", "not_recorded")]);
    let role = |account: &str| doc(&format!(r#"{{"accountId": "{account}", "awsRegion": "global"}}"#));
    let coverage = world.coverage().unwrap();
    assert_eq!(coverage.has(&role("222")), Ok(()));
    assert!(coverage.has(&role("111")).is_err());
}

#[test]
fn an_aggregator_is_found_by_its_name() {
    let answer = doc(r#"{"ConfigurationAggregators": [{"ConfigurationAggregatorName": "all"}]}"#);
    assert!(aggregator(&answer, "all").is_ok());
    assert!(aggregator(&answer, "al").unwrap_err().detail.contains("no aggregator al"));
    let denied = doc(r#"{"ConfigurationAggregators": {"$unread": {"reason": "access_denied"}}}"#);
    assert_eq!(aggregator(&denied, "all").unwrap_err().reason, UnreadReason::AccessDenied);
}

#[test]
fn an_aggregator_that_leaves_the_type_out_says_nothing() {
    let check = |aggregator: &str, says: &str| {
        let world = World { aggregator: aggregator.to_owned(), ..World::new() };
        let unread = world.coverage().unwrap_err();
        assert_eq!(unread.reason, UnreadReason::NotRecorded, "{aggregator}");
        assert!(unread.detail.contains(says), "{}", unread.detail);
    };
    let filtered = |filter: &str| ALL.replacen('{', &format!(r#"{{"AggregatorFilters": {filter}, "#), 1);
    check(&filtered(r#"{"ResourceType": {"Type": "INCLUDE", "Value": ["AWS::SQS::Queue"]}}"#), "leaves out");
    check(&filtered(r#"{"ResourceType": {"Type": "A_NEW_ONE", "Value": ["AWS::Kinesis::Stream"]}}"#), "leaves out");
    check(&filtered(r#"{"ServicePrincipal": {"Type": "INCLUDE", "Value": ["a"]}}"#), "some services");
    let taken = filtered(r#"{"ResourceType": {"Type": "INCLUDE", "Value": ["AWS::Kinesis::Stream"]}}"#);
    World { aggregator: taken, ..World::new() }.check(&[]);
}

#[test]
fn there_may_be_more_where_regions_or_members_are_left_out() {
    let some = r#"{"OrganizationAggregationSource": {"AwsRegions": ["us-east-1"]}}"#;
    World { aggregator: some.to_owned(), ..World::new() }.check(&[("*", "not_recorded")]);
    let listed = r#"{"AccountAggregationSources": [{"AccountIds": ["111"], "AwsRegions": ["us-east-1"]}]}"#;
    World { aggregator: listed.to_owned(), ..World::new() }.check(&[("*", "not_recorded")]);
    let denied = r#"["111", {"$unread": {"reason": "access_denied"}}]"#;
    World { members: doc(denied), ..World::new() }.check(&[("*", "access_denied")]);
    World { members: Doc::Null, ..World::new() }.check(&[("*", "not_recorded")]);
    let mut world = World::new();
    world.sources.push(r#"{"SourceId": "o-1", "SourceType": "ORGANIZATION", "LastUpdateStatus": "FAILED"}"#.to_owned());
    world.check(&[("*", "not_recorded")]);
}
