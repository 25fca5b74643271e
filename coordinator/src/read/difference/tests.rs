//! Two scans side by side: every transition, and what only one of them covered.

mod baselines;

use plumbline_proto::agent_v1::Status;

use super::*;
use crate::report::difference::{ResourceTurn, ndjson};
use crate::store::rehearsal::{Night, QUEUE, Resource, denied, of, queues, resource};

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";
const HOME: &str = "eu-west-1";

fn queue(name: &str, version: u8, status: Status) -> Resource {
    resource(name, &format!(r#"{{"Version":{version}}}"#), &[("c", status)])
}

fn night(id: &str, found: Vec<Resource>) -> Night {
    Night::full(id, &["c"]).job(ONE, HOME, queues(found))
}

/// What differs, in short lines: findings as `control resource turn because`, resources as `resource turn members`, notes as
/// their code.
fn told(store: &Store, from: &str, to: &str, sought: &Sought) -> Vec<String> {
    let comparison = Comparison::open(store, &from.parse().unwrap(), &to.parse().unwrap()).unwrap().unwrap();
    let mut told = Vec::new();
    let compared = comparison
        .for_each(sought, |difference| {
            let mut line = Vec::new();
            ndjson::write(&mut line, &difference, &ndjson::Compared { from, to }).unwrap();
            let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
            assert!(line["kind"].is_string() && line["from"] == from, "{line}");
            told.push(match difference {
                Difference::Account(account) => format!("{} {} {}", account.account, account.turn.as_str(), account.on),
                Difference::Finding(finding) => {
                    let because = finding.because.map_or("-", Because::as_str);
                    format!("{} {} {} {because}", finding.control, finding.at.resource, finding.turn.as_str())
                }
                Difference::Resource(resource) => {
                    let members: Vec<&str> = resource.members.iter().map(|member| &*member.path).collect();
                    format!("{} {} {}", resource.at.resource, resource.turn.as_str(), members.join(","))
                }
                Difference::Note(note) => format!("note {}", note.code),
            });
            Ok::<_, Error>(())
        })
        .unwrap();
    let differences = told.iter().filter(|line| !line.starts_with("note ")).count();
    assert_eq!(compared.differences, differences as u64);
    told
}

fn check(store: &Store, from: &str, to: &str, expected: &[&str]) {
    assert_eq!(told(store, from, to, &Sought::default()), expected, "from {from} to {to}");
}

#[tokio::test]
async fn a_failure_ends_by_a_decision_or_a_proof_and_never_by_an_unknown() {
    use Status::{Fail, NotApplicable, Pass, Unknown};
    let store = Store::in_memory();
    let all = |status| ["a", "b", "d", "e"].map(|name| queue(name, 1, status)).to_vec();
    night("N1", all(Fail)).store(&store).await;
    night("N2", all(Unknown)).store(&store).await;
    let third = vec![queue("a", 1, Pass), queue("b", 1, NotApplicable), queue("d", 1, Fail)];
    night("N3", third).store(&store).await;
    check(&store, "N1", "N1", &[]);
    check(&store, "N1", "N2", &["c a lost -", "c b lost -", "c d lost -", "c e lost -"]);
    let closed = ["c a fixed -", "c b fixed -", "c e closed resource_gone", "e gone "];
    check(&store, "N1", "N3", &closed);
    let since_lost = ["c a fixed -", "c b fixed -", "c d decided -", "c e closed resource_gone", "e gone "];
    check(&store, "N2", "N3", &since_lost);
    check(&store, "N3", "N1", &closed);
}

#[tokio::test]
async fn what_comes_again_is_reopened() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    for (id, status) in [("N1", Pass), ("N2", Fail), ("N3", Pass), ("N4", Fail)] {
        night(id, vec![queue("a", 1, status)]).store(&store).await;
    }
    check(&store, "N1", "N2", &["c a new -"]);
    check(&store, "N2", "N4", &["c a reopened -"]);
    check(&store, "N1", "N4", &["c a reopened -"]);
    check(&store, "N1", "N3", &[]);
}

#[tokio::test]
async fn resources_appear_change_go_and_are_missing() {
    use Status::{Fail, Pass};
    let store = Store::in_memory();
    night("N1", vec![queue("a", 1, Pass), queue("b", 1, Fail)]).store(&store).await;
    night("N2", vec![queue("a", 2, Pass), queue("b", 1, Fail), queue("new", 1, Pass)]).store(&store).await;
    Night::full("N3", &["c"]).job(ONE, HOME, denied(vec![queue("a", 2, Pass)])).store(&store).await;
    night("N4", vec![queue("a", 2, Pass), queue("b", 3, Fail)]).store(&store).await;
    check(&store, "N1", "N2", &["a changed Version", "new appeared "]);
    let all = Sought { quiet_too: true, ..Sought::default() };
    assert_eq!(told(&store, "N1", "N2", &all)[1], "c new new resource_new");
    let missing = ["c b lost resource_missing", "b missing ", "c new lost resource_missing", "new missing "];
    check(&store, "N2", "N3", &missing);
    let back = ["c b decided -", "b found Version", "c new closed resource_gone", "new gone "];
    check(&store, "N3", "N4", &back);
    check(&store, "N2", "N4", &["b changed Version", "new gone "]);
    let only = |sought: Sought| told(&store, "N3", "N4", &sought);
    assert_eq!(
        only(Sought { findings_only: true, ..Sought::default() }),
        ["c b decided -", "c new closed resource_gone"]
    );
    assert_eq!(only(Sought { resources_only: true, ..Sought::default() }), ["b found Version", "new gone "]);
    assert_eq!(only(Sought { controls: vec!["c*".into()], ..Sought::default() }), [back[0], back[2]]);
    assert_eq!(only(Sought { controls: vec!["d".into()], ..Sought::default() }), [""; 0]);
    assert_eq!(only(Sought { regions: vec!["us-east-1".into()], ..Sought::default() }), [""; 0]);
}

#[tokio::test]
async fn a_missing_resource_says_why_it_could_not_be_listed() {
    let store = Store::in_memory();
    night("N1", vec![queue("a", 1, Status::Fail)]).store(&store).await;
    Night::full("N2", &["c"]).job(ONE, HOME, denied(Vec::new())).store(&store).await;
    let comparison = Comparison::open(&store, &"N1".parse().unwrap(), &"N2".parse().unwrap()).unwrap().unwrap();
    let mut reasons = Vec::new();
    let visit = |difference| {
        match difference {
            Difference::Resource(resource) => reasons.push((resource.turn, resource.reason)),
            Difference::Finding(finding) => {
                let (old, new) = (finding.old.unwrap(), finding.new.unwrap());
                assert_eq!(
                    (old.status, new.status),
                    (plumbline_baseline::Status::Fail, plumbline_baseline::Status::Unknown)
                );
                assert_eq!((&*new.since, &*new.stale_since), ("N1 began", "N2 began"));
                assert!(new.is_failing() && finding.severity == Severity::High && &*finding.title == "The title of c");
            }
            other => panic!("{other:?}"),
        }
        Ok::<_, Error>(())
    };
    comparison.for_each(&Sought::default(), visit).unwrap();
    assert_eq!(reasons, [(ResourceTurn::Missing, "access_denied: ListQueues".to_owned())]);
}

#[tokio::test]
async fn a_control_that_is_switched_off_closes_what_it_said() {
    let store = Store::in_memory();
    let both = resource("a", "{}", &[("c", Status::Fail), ("d", Status::Fail)]);
    let rest = |id| Night::full(id, &["c"]).job(ONE, HOME, queues(vec![queue("a", 1, Status::Fail)]));
    Night::full("N1", &["c", "d"]).job(ONE, HOME, queues(vec![both.clone()])).store(&store).await;
    rest("N2").store(&store).await;
    Night::full("N3", &["c", "d"]).job(ONE, HOME, queues(vec![both])).store(&store).await;
    assert_eq!(told(&store, "N1", "N2", &Sought::default())[0], "d a closed control_not_enabled");
    assert_eq!(told(&store, "N2", "N3", &Sought::default())[0], "d a new control_new");
}

#[tokio::test]
async fn only_what_both_scans_covered_is_compared() {
    let store = Store::in_memory();
    let found = |status| resource("a", "{}", &[("c", status), ("d", status)]);
    let full = |id: &str, status| {
        let there = queues(vec![found(status)]);
        Night::full(id, &["c", "d"]).job(ONE, HOME, there.clone()).job(TWO, HOME, there.clone()).job(
            ONE,
            "us-east-1",
            there,
        )
    };
    full("N1", Status::Pass).store(&store).await;
    let of_one = resource("a", "", &[("d", Status::Fail)]);
    let second = Night::full("N2", &["d"]).limited("controls", "d").account(TWO);
    second.job(ONE, HOME, queues(vec![of_one])).store(&store).await;
    check(&store, "N1", "N2", &["note limited", "note only_in_old", "d a new -"]);
    // What an earlier scan of another part changed is in no difference of a later part.
    let other = Night::full("N3", &["c", "d"]).limited("accounts", TWO);
    other.job(TWO, HOME, queues(vec![found(Status::Fail)])).store(&store).await;
    check(&store, "N2", "N3", &["note limited", "note limited", "note only_in_old", "note only_in_new"]);
    let expected = ["note limited", "note only_in_old", "c a new -", "d a new -"];
    check(&store, "N1", "N3", &expected);
    full("N4", Status::Fail).store(&store).await;
    let last = told(&store, "N2", "N4", &Sought::default());
    assert_eq!(last, ["note limited", "note only_in_new"], "control d failed in both, and c was asked in one");
}

#[tokio::test]
async fn what_came_to_nothing_is_not_compared_and_said() {
    let store = Store::in_memory();
    night("N1", vec![queue("a", 1, Status::Fail)]).store(&store).await;
    Night::full("N2", &["c"]).lost(ONE, HOME).store(&store).await;
    night("N3", vec![queue("a", 1, Status::Pass)]).store(&store).await;
    check(&store, "N1", "N2", &["note only_in_old"]);
    check(&store, "N2", "N3", &["note only_in_new"]);
    check(&store, "N1", "N3", &["c a fixed -"]);
}

#[tokio::test]
async fn a_type_that_only_one_scan_collected_has_neither_appeared_nor_gone() {
    let store = Store::in_memory();
    let topic = |controls: &[&str]| {
        let rows: Vec<(&str, Status)> = controls.iter().map(|control| (*control, Status::Fail)).collect();
        vec![of(QUEUE, vec![queue("a", 1, Status::Pass)]), of("AWS::SNS::Topic", vec![resource("t", "{}", &rows)])]
    };
    night("N1", vec![queue("a", 1, Status::Pass)]).store(&store).await;
    Night::full("N2", &["c", "t"]).job(ONE, HOME, topic(&["t"])).store(&store).await;
    night("N3", vec![queue("a", 1, Status::Pass)]).store(&store).await;
    check(&store, "N1", "N2", &["t t new control_new", "note type_of_one_scan"]);
    check(&store, "N2", "N3", &["t t closed control_not_enabled", "note type_of_one_scan"]);
    check(&store, "N1", "N3", &[]);
}

#[tokio::test]
async fn an_account_that_left_closes_what_was_open_in_it() {
    let store = Store::in_memory();
    let two = |id, found: Vec<Resource>| night(id, vec![queue("a", 1, Status::Fail)]).job(TWO, HOME, queues(found));
    two("N1", vec![queue("b", 1, Status::Fail), queue("d", 1, Status::Pass)]).store(&store).await;
    night("N2", vec![queue("a", 1, Status::Fail)]).store(&store).await;
    night("N3", vec![queue("a", 1, Status::Fail)]).store(&store).await;
    two("N4", vec![queue("b", 1, Status::Fail)]).store(&store).await;
    two("N5", vec![queue("b", 1, Status::Fail)]).job("333333333333", HOME, queues(Vec::new())).store(&store).await;
    let left = [format!("{TWO} left N2 began"), "c b closed account_left".to_owned()];
    assert_eq!(told(&store, "N1", "N2", &Sought::default()), left);
    assert_eq!(told(&store, "N1", "N3", &Sought::default()), left);
    check(&store, "N2", "N3", &[]);
    let returned = [format!("{TWO} returned N4 began")];
    assert_eq!(told(&store, "N3", "N4", &Sought::default()), returned);
    assert_eq!(told(&store, "N4", "N5", &Sought::default())[1], "333333333333 joined N5 began");
    assert_eq!(told(&store, "N1", "N4", &Sought::default()), ["d gone "]);
    let of_one = Sought { accounts: vec![ONE.into()], ..Sought::default() };
    assert_eq!(told(&store, "N1", "N2", &of_one), [""; 0]);
}

#[tokio::test]
async fn what_came_to_nothing_twice_is_said() {
    let store = Store::in_memory();
    for id in ["N1", "N2"] {
        Night::full(id, &["c"]).job(ONE, HOME, queues(Vec::new())).lost(TWO, HOME).store(&store).await;
    }
    check(&store, "N1", "N2", &["note in_neither"]);
}

#[tokio::test]
async fn what_was_said_as_a_whole_ends_when_it_is_not_said_any_more() {
    let store = Store::in_memory();
    let whole = || of("", vec![resource("", "", &[("c", Status::Fail)])]);
    let queue = || of(QUEUE, vec![queue("a", 1, Status::Fail)]);
    Night::full("N1", &["c"]).job(ONE, HOME, vec![whole(), queue()]).store(&store).await;
    Night::full("N2", &["c"]).job(ONE, HOME, vec![queue()]).store(&store).await;
    Night::full("N3", &["c"]).job(ONE, HOME, vec![whole(), queue()]).store(&store).await;
    check(&store, "N1", "N2", &["c  closed no_verdict"]);
    check(&store, "N2", "N3", &["c  new -"]);
}
