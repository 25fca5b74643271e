//! What belongs to no Region is read wherever somebody answers: in the home Region (us-east-1), in the job's own
//! (eu-west-1), or in another one of the account's (eu-central-1).

use std::sync::Mutex;

use super::*;

/// Keys that any Region can list.
fn anywhere() -> Vec<Arc<TypeWork>> {
    let mut declared = keys(vec![]);
    if let Some(list) = &mut declared.list {
        list.call.region = CallRegion::Any;
    }
    vec![work(declared)]
}

/// An AWS in which only one Region answers; the others say `refusal`. The second value is what was asked, by Region.
async fn answering_in(region: &'static str, refusal: (u16, String)) -> (Fake, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let fake = Fake::start_in_regions(move |found, _, _| {
        log.lock().unwrap().push(found.to_owned());
        if found == region { two_keys() } else { refusal.clone() }
    })
    .await;
    (fake, asked)
}

fn guardrail() -> (u16, String) {
    (400, error("AccessDeniedException", "no: with an explicit deny in a service control policy"))
}

fn regions(asked: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *asked.lock().unwrap())
}

#[tokio::test]
async fn a_region_that_a_policy_allows_answers_for_the_home_region_and_the_next_job_knows_it() {
    let (fake, asked) = answering_in("eu-central-1", guardrail()).await;
    let answering = Arc::new(Answering::default());
    let (snapshot, _) = run_knowing(&fake, &anywhere(), memory(1 << 20), None, Arc::clone(&answering)).await;
    let found = listing(&snapshot, "AWS::KMS::Key");
    assert!(found.items.len() == 2 && found.unread.is_none(), "{found:?}");
    assert_eq!(regions(&asked), ["us-east-1", "eu-west-1", "eu-central-1"]);
    run_knowing(&fake, &anywhere(), memory(1 << 20), None, answering).await;
    assert_eq!(regions(&asked), ["eu-central-1"]);
}

#[tokio::test]
async fn the_home_region_is_enough_where_it_answers() {
    let (fake, asked) = answering_in("us-east-1", guardrail()).await;
    run(&fake, &anywhere()).await;
    assert_eq!(regions(&asked), ["us-east-1"]);
}

#[tokio::test]
async fn a_dead_home_region_hides_nothing() {
    let (fake, _) = answering_in("eu-west-1", (503, error("ServiceUnavailable", "down"))).await;
    let (snapshot, _) = run(&fake, &anywhere()).await;
    assert_eq!(listing(&snapshot, "AWS::KMS::Key").items.len(), 2);
}

#[tokio::test]
async fn when_all_refuse_the_home_regions_reason_counts() {
    let fake = Fake::start_in_regions(|region, _, _| match region {
        "us-east-1" => guardrail(),
        _ => (503, error("ServiceUnavailable", "down")),
    })
    .await;
    let (snapshot, _) = run(&fake, &anywhere()).await;
    let unread = listing(&snapshot, "AWS::KMS::Key").unread.as_ref().unwrap();
    assert!(
        unread.reason == UnreadReason::AccessDenied && unread.detail.contains("service control policy"),
        "{unread}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_the_question_is_asked_once() {
    let (fake, asked) = answering_in("nowhere", (400, error("ValidationException", "no"))).await;
    let (snapshot, _) = run(&fake, &anywhere()).await;
    assert_eq!(listing(&snapshot, "AWS::KMS::Key").unread.as_ref().unwrap().reason, UnreadReason::ScannerError);
    assert_eq!(regions(&asked), ["us-east-1"]);
}
