//! Types that Cloud Control or AWS Config read: what is read, what is not there, and what nobody may rely on.

use plumbline_baseline::pack::collector::{Aggregator, CloudControl, Recorded};

use super::*;

const TYPE: &str = "AWS::Kinesis::Stream";
const RECORDER: &str = r#"{"ConfigurationRecorders":[{"name":"default","recordingGroup":{"allSupported":true}}]}"#;
const STATUS: &str = r#"{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS"}]}"#;

fn generic(source: Source, list: Call, items: &str, arn: &str) -> Arc<TypeWork> {
    let list = List { call: list, items: items.to_owned(), item_member: None, absent: Vec::new(), each: None };
    let declared = ResourceType {
        partitions: Vec::new(),
        name: TYPE.into(),
        scope: Scope::Regional,
        source,
        list: Some(list),
        arn: arn.to_owned(),
        judged_when: None,
        tags: None,
        gather: Vec::new(),
        derive: Vec::new(),
        decode: Vec::new(),
        redact: vec!["Secret".to_owned()],
        volatile: Vec::new(),
        words: Words::default(),
    };
    Arc::new(TypeWork::new(Arc::new(declared), |_| true, |_| work::Conditions::default()).at("2026-11-26T12:00:00Z"))
}

fn controlled() -> Arc<TypeWork> {
    let list = call("cloudcontrol", "ListResources", &[("TypeName", TYPE)]);
    generic(Source::CloudControl(CloudControl::default()), list, "ResourceDescriptions", "stream/{Name}")
}

fn recorded(max_age_hours: Option<u32>) -> Arc<TypeWork> {
    let list = call("config", "SelectResourceConfig", &[("Expression", "SELECT")]);
    generic(Source::Config(Recorded { max_age_hours, aggregator: None }), list, "Results", "{arn}")
}

/// Two streams in two pages; what Cloud Control answers about each.
async fn control(about: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> (Listing, Fake) {
    let fake = Fake::start(move |operation, input| match operation {
        "ListResources" if input.get("NextToken").is_null() => {
            let listed =
                r#"{"NextToken":"2","ResourceDescriptions":[{"Identifier":"a","Properties":"{\"Name\":\"a\"}"}]}"#;
            (200, listed.to_owned())
        }
        "ListResources" => {
            (200, r#"{"ResourceDescriptions":[{"Identifier":"b","Properties":"{\"Name\":\"b\"}"}]}"#.to_owned())
        }
        _ => about(input.get("Identifier").as_str().unwrap_or_default()),
    })
    .await;
    let (snapshot, _) = run(&fake, &[controlled()]).await;
    (listing(&snapshot, TYPE).clone(), fake)
}

fn described(properties: &str) -> (u16, String) {
    let answer = Doc::map([("ResourceDescription", Doc::map([("Properties", Doc::from(properties))]))]);
    (200, answer.to_json())
}

#[tokio::test]
async fn cloud_control_reads_each_resource_that_it_lists() {
    let (found, fake) = control(|name| described(&format!(r#"{{"Name":"{name}","Mode":"ON","Secret":"s"}}"#))).await;
    assert!(found.unread.is_none());
    let names: Vec<&str> = found.items.iter().map(|item| item.arn.as_str()).collect();
    assert_eq!(names, ["stream/a", "stream/b"]);
    assert_eq!(found.items[0].doc.get("Mode").as_str(), Some("ON"));
    assert_eq!(found.items[0].doc.get("Secret").as_str(), Some("s"), "controls see it");
    let expected = r#"{"Identifier":"a","TypeName":"AWS::Kinesis::Stream"}"#;
    assert!(fake.inputs("GetResource").contains(&expected.to_owned()), "{:?}", fake.inputs("GetResource"));
}

#[tokio::test]
async fn a_resource_that_cannot_be_read_is_unread_as_a_whole_and_keeps_its_name() {
    let check = async |status, code: &'static str, message: &'static str, expected: &str| {
        let (found, _) = control(move |name| match name {
            "a" => (status, error(code, message)),
            _ => described(r#"{"Name":"b"}"#),
        })
        .await;
        assert!(found.unread.is_none());
        let item = found.items.iter().find(|item| item.arn == "stream/a").expect("it keeps its name");
        let reason = item.doc.get("Mode").unread().map(|unread| unread.reason.code());
        assert_eq!(reason, Some(expected), "{code}: {message}");
        assert!(found.items.iter().any(|item| item.doc.get("Name").as_str() == Some("b")), "the other one is read");
    };
    let denied = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kinesis:DescribeStreamSummary";
    check(400, "GeneralServiceException", denied, "access_denied").await;
    check(400, "HandlerFailureException", "Rate exceeded for DescribeStreamSummary (Service: Kinesis)", "throttled")
        .await;
    check(400, "HandlerInternalFailureException", "Internal error", "transient").await;
    check(400, "AccessDeniedException", denied, "access_denied").await;
    check(400, "UnsupportedActionException", "Resource type does not support READ action", "not_supported").await;
    check(400, "InvalidRequestException", "Missing or invalid", "scanner_error").await;
}

#[tokio::test]
async fn what_cloud_control_does_not_find_any_more_is_gone() {
    let (found, _) = control(|_| (400, error("ResourceNotFoundException", "gone"))).await;
    assert_eq!((found.items.len(), found.gone.len()), (0, 2));
    assert_eq!(found.gone[0].arn, "stream/a");
}

#[tokio::test]
async fn properties_that_are_no_document_are_unread() {
    for properties in ["nonsense", "[]", "\"text\"", ""] {
        let (found, _) = control(move |_| described(properties)).await;
        let reason = found.items[0].doc.get("Mode").unread().map(|unread| unread.reason);
        assert_eq!(reason, Some(UnreadReason::ScannerError), "{properties}");
    }
}

#[tokio::test]
async fn a_type_that_cloud_control_does_not_have_proves_nothing() {
    for (code, expected) in [
        ("TypeNotFoundException", UnreadReason::NotSupported),
        ("UnsupportedActionException", UnreadReason::NotSupported),
        ("InvalidCredentialsException", UnreadReason::AccessDenied),
        ("ResourceNotFoundException", UnreadReason::Vanished),
        ("InvalidRequestException", UnreadReason::ScannerError),
    ] {
        let fake = Fake::start(move |_, _| (400, error(code, "no"))).await;
        let (snapshot, _) = run(&fake, &[controlled()]).await;
        let listing = listing(&snapshot, TYPE);
        assert_eq!(listing.unread.as_ref().map(|unread| unread.reason), Some(expected), "{code}");
    }
}

async fn record(work: Arc<TypeWork>, recorder: &'static str, status: &'static str, items: &[&str]) -> Listing {
    let results = Doc::map([("Results", Doc::List(items.iter().map(|item| Doc::from(*item)).collect()))]).to_json();
    let fake = Fake::start(move |operation, _| match operation {
        "DescribeConfigurationRecorders" => (200, recorder.to_owned()),
        "DescribeConfigurationRecorderStatus" => (200, status.to_owned()),
        _ => (200, results.clone()),
    })
    .await;
    let (snapshot, _) = run(&fake, &[work]).await;
    listing(&snapshot, TYPE).clone()
}

const ITEM: &str = r#"{"arn":"arn:a","awsRegion":"eu-west-1","configuration":{"Mode":"ON"},
    "configurationItemCaptureTime":"2026-11-26T00:00:00.000Z","configurationItemStatus":"OK"}"#;

#[tokio::test]
async fn items_of_the_record_are_documents() {
    let elsewhere = ITEM.replace("eu-west-1", "us-east-1");
    let deleted = ITEM.replace("\"OK\"", "\"ResourceDeleted\"");
    let nameless = ITEM.replace(r#""arn":"arn:a""#, r#""resourceId":"r-1""#);
    let found = record(recorded(Some(24)), RECORDER, STATUS, &[ITEM, &elsewhere, &deleted, &nameless]).await;
    assert!(found.unread.is_none(), "{:?}", found.unread);
    let names: Vec<&str> = found.items.iter().map(|item| item.arn.as_str()).collect();
    assert_eq!(names, ["AWS::Kinesis::Stream:r-1", "arn:a"]);
    assert_eq!(found.items[1].doc.at("configuration.Mode").as_str(), Some("ON"));
}

#[tokio::test]
async fn an_item_that_cannot_be_relied_on_is_unread() {
    let check = async |hours, item: &str, expected| {
        let found = record(recorded(hours), RECORDER, STATUS, &[item]).await;
        let reason = found.items[0].doc.at("configuration.Mode").unread().map(|unread| unread.reason);
        assert_eq!((found.items[0].arn.as_str(), reason), ("arn:a", expected));
    };
    check(Some(12), ITEM, None).await;
    check(Some(11), ITEM, Some(UnreadReason::NotYet)).await;
    check(None, &ITEM.replace("OK", "ResourceNotRecorded"), Some(UnreadReason::NotRecorded)).await;
}

#[tokio::test]
async fn a_record_that_is_not_kept_is_no_proof_of_absence() {
    let none = r#"{"ConfigurationRecorders":[]}"#;
    let stopped = r#"{"ConfigurationRecordersStatus":[{"name":"default","recording":false}]}"#;
    for (recorder, status, expected) in [
        (none, STATUS, Some(UnreadReason::NotRecorded)),
        (RECORDER, stopped, Some(UnreadReason::NotRecorded)),
        (RECORDER, STATUS, None),
    ] {
        let found = record(recorded(None), recorder, status, &[]).await;
        assert_eq!(found.unread.as_ref().map(|unread| unread.reason), expected);
        assert!(found.items.is_empty());
    }
    let broken = record(recorded(None), RECORDER, STATUS, &["nonsense", ITEM]).await;
    assert_eq!(broken.unread.map(|unread| unread.reason), Some(UnreadReason::PartialListing));
}

#[tokio::test]
async fn a_recorder_that_may_not_be_looked_at_leaves_the_type_unread() {
    let fake = Fake::start(|operation, _| match operation {
        "DescribeConfigurationRecorders" => (400, error("AccessDeniedException", "no")),
        _ => (200, r#"{"Results":[]}"#.to_owned()),
    })
    .await;
    let (snapshot, _) = run(&fake, &[recorded(None)]).await;
    let unread = listing(&snapshot, TYPE).unread.clone().expect("it is not known what is recorded");
    assert_eq!(unread.reason, UnreadReason::AccessDenied);
    assert_eq!(fake.count("SelectResourceConfig"), 0);
}

/// An aggregator in eu-central-1, which has two accounts and knows the recorder of the first.
const RUNNING: &str = r#"{"accountId":"111","awsRegion":"eu-west-1","configuration":{"Name":"default","Recording":true,
    "RecordingGroup":{"AllSupported":true}},"configurationItemCaptureTime":"2026-01-01T00:00:00Z"}"#;

fn aggregated() -> Arc<TypeWork> {
    let mut list = call(
        "config",
        "SelectAggregateResourceConfig",
        &[("ConfigurationAggregatorName", "all"), ("Expression", "SELECT")],
    );
    list.region = CallRegion::Named("eu-central-1".to_owned());
    let aggregator = Some(Aggregator { name: "all".to_owned(), region: "eu-central-1".to_owned() });
    let source = Source::Config(Recorded { max_age_hours: None, aggregator });
    let work = generic(source, list, "Results", "{accountId}/{awsRegion}/{resourceId}");
    let members = Doc::from_json(r#"{"111":"o-1/r-1/","222":"o-1/r-1/"}"#).unwrap();
    Arc::new(Arc::into_inner(work).expect("nobody else has it").among(&members))
}

/// What an aggregator of this name has, with the answer about its sources.
async fn aggregate(name: &'static str, sources: (u16, String)) -> (Listing, Fake) {
    let item = |account: &str, id: &str| {
        format!(
            r#"{{"accountId":"{account}","awsRegion":"eu-west-1","resourceId":"{id}","configuration":{{"Mode":"ON"}}}}"#
        )
    };
    let results = |items: &[String]| {
        Doc::map([("Results", Doc::List(items.iter().map(|item| Doc::from(item.as_str())).collect()))]).to_json()
    };
    let (recorders, items) = (results(&[RUNNING.to_owned()]), results(&[item("111", "a"), item("222", "b")]));
    let fake = Fake::start(move |operation, input| match operation {
        "DescribeConfigurationAggregators" => {
            let all = r#"{"AllAwsRegions":true}"#;
            let described =
                format!(r#"{{"ConfigurationAggregatorName":"{name}","OrganizationAggregationSource":{all}}}"#);
            (200, format!(r#"{{"ConfigurationAggregators":[{described}]}}"#))
        }
        "DescribeConfigurationAggregatorSourcesStatus" => sources.clone(),
        _ if input.get("Expression").as_str() == Some("SELECT") => (200, items.clone()),
        _ => (200, recorders.clone()),
    })
    .await;
    let (snapshot, _) = run(&fake, &[aggregated()]).await;
    (listing(&snapshot, TYPE).clone(), fake)
}

fn sources(of: &[(&str, &str)]) -> (u16, String) {
    let each = of.iter().map(|(account, status)| {
        format!(
            r#"{{"SourceId":"{account}","SourceType":"ACCOUNT","AwsRegion":"eu-west-1","LastUpdateStatus":"{status}"}}"#
        )
    });
    (200, format!(r#"{{"AggregatedSourceStatusList":[{}]}}"#, each.collect::<Vec<_>>().join(",")))
}

#[tokio::test]
async fn an_aggregator_has_what_is_covered_and_says_what_is_not() {
    let (found, fake) = aggregate("all", sources(&[("111", "SUCCEEDED"), ("222", "SUCCEEDED")])).await;
    assert!(found.unread.is_none(), "{:?}", found.unread);
    let said: Vec<_> = found
        .items
        .iter()
        .map(|item| (item.arn.as_str(), item.doc.at("configuration.Mode").unread().map(|unread| unread.reason)))
        .collect();
    let not_recorded = Some(UnreadReason::NotRecorded);
    // Of the second account there is no recorder: neither it nor what the record has of it can be relied on.
    let expected = [("111/eu-west-1/a", None), ("222/eu-west-1", not_recorded), ("222/eu-west-1/b", not_recorded)];
    assert_eq!(said, expected);
    assert_eq!(fake.count("DescribeConfigurationRecorders"), 0);
}

#[tokio::test]
async fn an_account_that_is_no_source_and_one_that_was_not_fetched_are_unread() {
    let (found, _) = aggregate("all", sources(&[("111", "OUTDATED")])).await;
    let names: Vec<&str> = found.items.iter().map(|item| item.arn.as_str()).collect();
    assert_eq!(names, ["111/eu-west-1", "111/eu-west-1/a", "222", "222/eu-west-1/b"]);
    assert!(found.items.iter().all(|item| item.doc.unread().is_some()), "{:?}", found.items);
}

#[tokio::test]
async fn an_aggregator_that_is_not_there_or_not_to_be_asked_proves_nothing() {
    let (found, fake) = aggregate("other", sources(&[])).await;
    assert_eq!(found.unread.map(|unread| unread.reason), Some(UnreadReason::NotRecorded));
    assert_eq!((found.items.len(), fake.count("SelectAggregateResourceConfig")), (0, 0));
    let (found, _) = aggregate("all", (400, error("AccessDeniedException", "no"))).await;
    assert_eq!(found.unread.map(|unread| unread.reason), Some(UnreadReason::AccessDenied));
}
