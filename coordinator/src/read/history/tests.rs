//! What became of resources and of controls, over nights with everything that can happen.

use plumbline_proto::agent_v1::Status;

use super::*;
use crate::report::difference::{Because, Difference};
use crate::report::history::{Presence, ResourceHistory, list, ndjson};
use crate::report::table::Style;
use crate::store::rehearsal::{Night, Resource, denied, of, queues, resource};

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";
const HOME: &str = "eu-west-1";
const ARN: &str = "arn:aws:sqs:eu-west-1:111111111111:a";

fn queue(version: u8, status: Status) -> Resource {
    resource(ARN, &format!(r#"{{"Version":{version}}}"#), &[("c", status)])
}

fn night(id: &str, found: Vec<Resource>) -> Night {
    Night::full(id, &["c"]).job(ONE, HOME, queues(found))
}

fn one(store: &Store, resource: &str) -> ResourceHistory {
    let mut found = History::open(store).unwrap().of_resource(resource, &Searched::default()).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// What happened, in short lines.
fn events(history: &ResourceHistory) -> Vec<String> {
    let words = |event: &crate::report::history::Event| {
        let what = match &event.difference {
            Difference::Account(account) => account.turn.as_str().to_owned(),
            Difference::Resource(resource) => {
                let members: Vec<&str> = resource.members.iter().map(|member| &*member.path).collect();
                format!("{} {}", resource.turn.as_str(), members.join(","))
            }
            Difference::Finding(finding) => {
                format!(
                    "{} {} {}",
                    finding.control,
                    finding.turn.as_str(),
                    finding.because.map_or("-", Because::as_str)
                )
            }
            Difference::Note(note) => note.code.to_owned(),
        };
        assert_eq!(&*event.on, format!("{} began", event.scan));
        format!("{} {}", event.scan, what.trim_end())
    };
    history.events.iter().map(words).collect()
}

fn rendered(history: &ResourceHistory) -> (String, Vec<serde_json::Value>) {
    let (mut lines, mut page) = (Vec::new(), Vec::new());
    ndjson::write_resource(&mut lines, history).unwrap();
    list::write_resource(&mut page, Style { colour: false, width: 100 }, history).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    (String::from_utf8(page).unwrap(), lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[tokio::test]
async fn a_resource_is_told_from_its_first_night_to_its_proven_end() {
    use Status::{Fail, Pass, Unknown};
    let store = Store::in_memory();
    night("N1", Vec::new()).store(&store).await;
    night("N2", vec![queue(1, Fail)]).store(&store).await;
    night("N3", vec![queue(1, Unknown)]).store(&store).await;
    Night::full("N4", &["c"]).job(ONE, HOME, denied(Vec::new())).store(&store).await;
    // Another account only.
    Night::full("N5", &["c"]).limited("accounts", TWO).job(TWO, HOME, queues(Vec::new())).store(&store).await;
    let missing = one(&store, ARN);
    assert_eq!((missing.presence.as_str(), missing.presence.since()), ("missing", "N4 began"));
    assert_eq!((&*missing.first_seen, &*missing.last_seen), ("N2 began", "N3 began"));
    assert!(missing.standings[0].stand.is_failing(), "an unknown closes nothing");
    assert!(rendered(&missing).0.contains("nothing proves that it is gone: access_denied: ListQueues"));
    night("N6", vec![queue(2, Pass)]).store(&store).await;
    night("N7", vec![queue(2, Fail)]).store(&store).await;
    night("N8", vec![queue(2, Fail)]).store(&store).await;
    let there = one(&store, ARN);
    assert_eq!((there.presence.as_str(), &*there.last_seen), ("present", "N8 began"));
    assert_eq!((&*there.standings[0].stand.since, there.standings[0].fails), ("N7 began", 2));
    night("N9", Vec::new()).store(&store).await;
    let gone = one(&store, ARN);
    assert_eq!((gone.presence.as_str(), gone.presence.since(), &*gone.last_seen), ("gone", "N9 began", "N8 began"));
    let expected = [
        "N2 appeared",
        "N2 c new resource_new",
        "N3 c lost -",
        "N4 missing",
        "N4 c changed resource_missing",
        "N6 found Version",
        "N6 c fixed -",
        "N7 c reopened -",
        "N9 gone",
        "N9 c closed resource_gone",
    ];
    assert_eq!(events(&gone), expected);
    let (page, lines) = rendered(&gone);
    assert!(page.contains("gone on N9 began: the complete listing of AWS::SQS::Queue by scan N9"), "{page}");
    assert!(page.contains("Version: 1 -> 2"), "{page}");
    assert_eq!((&lines[0]["kind"], &lines[0]["presence"]), (&"resource_history".into(), &"gone".into()));
    assert_eq!((&lines[1]["kind"], &lines[1]["status"]), (&"standing".into(), &"FAIL".into()));
    assert_eq!((&lines[2]["kind"], &lines[2]["on"]), (&"resource".into(), &"N2 began".into()));
}

#[tokio::test]
async fn a_resource_whose_account_left_or_whose_type_is_left_out_says_so() {
    let store = Store::in_memory();
    let other = |night: Night| night.job(TWO, HOME, queues(Vec::new()));
    other(night("N1", vec![queue(1, Status::Fail)])).store(&store).await;
    other(Night::full("N2", &["t"]).job(ONE, HOME, vec![of("AWS::SNS::Topic", Vec::new())])).store(&store).await;
    let left_out = one(&store, ARN);
    assert_eq!((left_out.presence.as_str(), left_out.presence.since()), ("not_collected", "N2 began"));
    other(night("N3", vec![queue(1, Status::Fail)])).store(&store).await;
    other(Night::full("N4", &["c"])).store(&store).await;
    let left = one(&store, ARN);
    assert_eq!((left.presence.as_str(), left.presence.since()), ("account_left", "N4 began"));
    let told = events(&left);
    assert_eq!(told[told.len() - 2..], ["N4 left", "N4 c closed account_left"]);
    assert!(rendered(&left).0.contains("account left on N4 began"));
}

#[tokio::test]
async fn a_name_without_an_account_is_found_where_it_is_and_where_it_was() {
    let store = Store::in_memory();
    let bucket = || of("AWS::S3::Bucket", vec![resource("arn:aws:s3:::b", "{}", &[("c", Status::Pass)])]);
    let none = || of("AWS::S3::Bucket", Vec::new());
    let job = |id, one, two| Night::full(id, &["c"]).job(ONE, HOME, vec![one]).job(TWO, "us-east-1", vec![two]);
    job("N1", bucket(), none()).store(&store).await;
    job("N2", none(), bucket()).store(&store).await;
    let history = History::open(&store).unwrap();
    let found = history.of_resource("arn:aws:s3:::b", &Searched::default()).unwrap();
    let places: Vec<_> = found.iter().map(|each| (each.at.account.as_str(), each.presence.as_str())).collect();
    assert_eq!(places, [(ONE, "gone"), (TWO, "present")]);
    let searched = Searched { accounts: vec![ONE.into()], ..Searched::default() };
    assert_eq!(history.of_resource("arn:aws:s3:::b", &searched).unwrap().len(), 1);
    assert!(history.of_resource("arn:aws:s3:::c", &Searched::default()).unwrap().is_empty());
    assert!(history.of_resource("arn:aws:sqs:eu-west-1:333333333333:a", &Searched::default()).unwrap().is_empty());
}

#[tokio::test]
async fn a_control_fails_where_and_since_when() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    let at = |id, one: Status, two: Status| {
        let found = |status| queues(vec![resource("q", "{}", &[("c", status), ("d", Fail)])]);
        Night::full(id, &["c", "d"]).job(ONE, HOME, found(one)).job(TWO, HOME, found(two))
    };
    at("N1", Fail, Fail).store(&store).await;
    at("N2", Fail, Pass).store(&store).await;
    at("N3", Fail, Fail).store(&store).await;
    let told = |store: &Store, searched: &Searched| {
        let mut failing = Vec::new();
        let history = History::open(store).unwrap();
        let visit = |each: crate::report::history::Failing| {
            failing.push(format!("{} {} {}", each.at.account, each.stand.since, each.fails));
            Ok::<_, Error>(())
        };
        let (nights, damaged) = history.of_control("c", searched, None, visit).unwrap();
        assert_eq!(damaged, 0);
        let words = |night: &crate::report::history::NightTally| {
            let turns: Vec<String> =
                night.turns.iter().map(|(turn, count)| format!("{count} {}", turn.as_str())).collect();
            format!("{} {} in {}", night.scan, turns.join(" "), night.accounts)
        };
        (failing, nights.iter().map(words).collect::<Vec<_>>())
    };
    let (failing, nights) = told(&store, &Searched::default());
    assert_eq!(failing, [format!("{ONE} N1 began 1"), format!("{TWO} N3 began 2")]);
    assert_eq!(nights, ["N1 2 new in 2", "N2 1 fixed in 1", "N3 1 reopened in 1"]);
    let of_one = Searched { accounts: vec![ONE.into()], ..Searched::default() };
    assert_eq!(told(&store, &of_one).1, ["N1 1 new in 1"]);
    let rest = queues(vec![resource("q", "{}", &[("c", Fail), ("d", Fail)])]);
    Night::full("N4", &["c", "d"]).job(ONE, HOME, rest).store(&store).await;
    let (failing, nights) = told(&store, &Searched::default());
    assert_eq!((failing.len(), &*nights[3]), (1, "N4 1 closed in 1"), "the account left");
    let history = History::open(&store).unwrap();
    assert!(history.knows("c").unwrap() && !history.knows("x").unwrap());
}

#[tokio::test]
async fn what_an_accounts_baseline_leaves_out_is_closed_and_fails_no_more() {
    let store = Store::in_memory();
    let topic = |status| of("AWS::SNS::Topic", vec![resource(ARN, "{}", &[("t", status)])]);
    let found = |id| {
        Night::full(id, &["c", "t"]).job(
            ONE,
            HOME,
            vec![queues(vec![queue(1, Status::Fail)]).remove(0), topic(Status::Fail)],
        )
    };
    found("N1").store(&store).await;
    Night::full("N2", &["c", "t"])
        .baseline(ONE, &["t"], "")
        .job(ONE, HOME, queues(vec![queue(1, Status::Fail)]))
        .store(&store)
        .await;
    let history = History::open(&store).unwrap();
    let of_topic = history.of_resource(ARN, &Searched::default()).unwrap();
    let of_topic = of_topic.iter().find(|each| each.at.resource_type == "AWS::SNS::Topic").unwrap();
    assert!(matches!(of_topic.presence, Presence::NotCollected { .. }), "{of_topic:?}");
    let failing = |control: &str| {
        let mut count = 0;
        let visit = |_| {
            count += 1;
            Ok::<_, Error>(())
        };
        history.of_control(control, &Searched::default(), None, visit).unwrap();
        count
    };
    assert_eq!((failing("c"), failing("t")), (1, 0));
}

#[tokio::test]
async fn a_control_that_a_baseline_asks_with_other_settings_fixes_nothing() {
    let store = Store::in_memory();
    night("N1", vec![queue(1, Status::Fail)]).store(&store).await;
    let lenient = Night::full("N2", &["c", "d"]).baseline(ONE, &["d"], r#"{"days":1}"#);
    lenient.job(ONE, HOME, queues(vec![queue(1, Status::Pass)])).store(&store).await;
    let gone = Night::full("N3", &["c", "d"]).baseline(ONE, &["c"], "");
    gone.job(ONE, HOME, queues(vec![resource(ARN, r#"{"Version":1}"#, &[("d", Status::Pass)])])).store(&store).await;
    let history = one(&store, ARN);
    let expected = [
        "N1 appeared",
        "N1 c new resource_new",
        "N2 c changed settings_changed",
        "N3 c closed not_in_baseline",
        "N3 d new -",
    ];
    assert_eq!(events(&history), expected);
}
