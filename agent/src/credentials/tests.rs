//! What a job's session may do, and what it means when there is none.

use std::sync::atomic::{AtomicUsize, Ordering};

use plumbline_aws::{CallError, Client, DeniedLayer};
use plumbline_baseline::pack::Pack;
use plumbline_baseline::plan::CallPlan;

use super::*;
use crate::fake_aws::{self, Fake};

const SESSION: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
    <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

fn refusal(code: &str) -> (u16, String) {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>Packed size is 112 %</Message></Error>");
    (400, format!("<ErrorResponse>{error}</ErrorResponse>"))
}

fn work(controls: &[&str]) -> Vec<Arc<TypeWork>> {
    let plan = CallPlan::new(Pack::embedded(), controls.iter().copied());
    plan.types()
        .map(|plan| {
            Arc::new(TypeWork::new(Arc::clone(plan.declared()), |member| plan.needs(member), |_| Default::default()))
        })
        .collect()
}

async fn credentials(fake: &Fake, work: &[Arc<TypeWork>]) -> Result<(), Arc<Unread>> {
    let client = Client::new(fake_aws::options(fake));
    let caller = Caller::with_credentials(&client, fake_aws::credentials(), "eu-west-1");
    let access = Access { role_arn: "arn:aws:iam::111122223333:role/Audit".to_owned(), ..Access::default() };
    let entered = Credentials::new(caller).of("111122223333", &access, "job", work).await;
    entered.map(|_| ()).map_err(|no_access| match no_access {
        NoAccess::Account(unread) | NoAccess::Agent(unread) => unread,
    })
}

/// The session policies that STS was asked for, in order.
fn policies(fake: &Fake) -> Vec<String> {
    let text = |form: String| percent_encoding::percent_decode_str(&form).decode_utf8().unwrap().replace("\\\"", "\"");
    let policy = |form: &str| Some(form.split("Policy=").nth(1)?.split(['&']).next()?.trim_end_matches('"').to_owned());
    fake.inputs("").into_iter().filter_map(|form| policy(&form)).map(text).collect()
}

#[tokio::test]
async fn a_session_may_do_what_its_job_calls() {
    let fake = Fake::start(|_, _| (200, SESSION.to_owned())).await;
    let work = work(&["sns-topic-not-public"]);
    credentials(&fake, &work).await.unwrap();
    let operations: BTreeSet<Operation> = work.iter().flat_map(|work| work.operations()).collect();
    assert!(operations.contains(&("sns".to_owned(), "ListTopics".to_owned())), "{operations:?}");
    let expected = session_policies(&permissions::actions(&operations, Catalog::embedded()));
    assert_eq!(policies(&fake), [expected[0].clone()]);
    assert!(expected[0].contains(r#""sns:GetTopicAttributes""#), "{}", expected[0]);
    assert!(!expected[0].contains("s3:"), "{}", expected[0]);
}

#[tokio::test]
async fn a_policy_that_is_too_large_when_packed_is_tried_with_wildcards() {
    let asked = AtomicUsize::new(0);
    let first = move || asked.fetch_add(1, Ordering::SeqCst) == 0;
    let fake =
        Fake::start(move |_, _| if first() { refusal(PACKED_TOO_LARGE) } else { (200, SESSION.to_owned()) }).await;
    credentials(&fake, &work(&["s3-bucket-policy-not-public", "s3-bucket-versioned", "s3-bucket-access-logged"]))
        .await
        .unwrap();
    let [exact, wide] = &policies(&fake)[..] else { panic!("{:?}", policies(&fake)) };
    assert!(exact.contains("\"s3:GetBucketVersioning\"") && wide.contains("\"s3:GetBucket*\""), "{exact} {wide}");
}

#[tokio::test]
async fn a_policy_that_never_fits_says_what_to_do() {
    let fake = Fake::start(|_, _| refusal(PACKED_TOO_LARGE)).await;
    let unread = credentials(&fake, &work(&["sns-topic-not-public"])).await.unwrap_err();
    assert_eq!(unread.reason, UnreadReason::ScannerError);
    assert!(unread.detail.ends_with("(Packed size is 112 %): scan fewer controls at a time"), "{unread}");
}

#[tokio::test]
async fn a_session_that_ends_before_its_time_is_had_again_and_the_call_repeated() {
    let asked = AtomicUsize::new(0);
    let fake = Fake::start(move |operation, _| match operation {
        "" => (200, SESSION.replace("ASIA", &format!("ASIA{}", asked.fetch_add(1, Ordering::SeqCst)))),
        _ if asked.load(Ordering::SeqCst) == 1 => {
            (400, r#"{"__type":"ExpiredTokenException","message":"over"}"#.into())
        }
        _ => (200, r#"{"Keys":[],"Truncated":false}"#.to_owned()),
    })
    .await;
    let client = Client::new(fake_aws::options(&fake));
    let caller = Caller::with_credentials(&client, fake_aws::credentials(), "eu-west-1");
    let access = Access { role_arn: "arn:aws:iam::111122223333:role/Audit".to_owned(), ..Access::default() };
    let work = work(&["kms-key-rotation"]);
    let session = Credentials::new(caller).of("111122223333", &access, "job", &work).await.unwrap();
    let target = plumbline_aws::Target::new("111122223333", "eu-west-1", session);
    for _ in 0..3 {
        client.call(&target, "kms", "ListKeys", &plumbline_baseline::Doc::Null).await.unwrap();
    }
    assert_eq!((fake.count(""), fake.count("ListKeys")), (2, 4));
}

fn refused(code: &str, class: ErrorClass) -> Error {
    let operation = "sts:AssumeRole".to_owned();
    Error::Refused(CallError { class, code: code.into(), message: "m".into(), operation, http_status: Some(400) })
}

#[test]
fn only_what_may_pass_is_transient() {
    assert_eq!(reason(&refused("AccessDenied", ErrorClass::Bug)), UnreadReason::RoleUnassumable);
    assert_eq!(reason(&refused("Throttling", ErrorClass::Throttled)), UnreadReason::Throttled);
    assert_eq!(reason(&refused("InternalFailure", ErrorClass::Transient)), UnreadReason::Transient);
    assert_eq!(reason(&Error::Unreachable("x".into())), UnreadReason::Transient);
    let text = unread("sts:AssumeRole", &refused("AccessDenied", ErrorClass::Bug)).to_string();
    assert_eq!(text, "role_unassumable: sts:AssumeRole: AccessDenied: m");
}

#[test]
fn the_agents_own_trouble_is_not_the_accounts() {
    let is_agents = |error: &Error| matches!(no_access("sts:AssumeRole", error), NoAccess::Agent(_));
    for error in [
        Error::Missing("no provider".into()),
        Error::Unreachable("connect".into()),
        refused("ExpiredToken", ErrorClass::Expired),
        refused("InvalidClientTokenId", ErrorClass::NotAuthenticated),
    ] {
        assert!(is_agents(&error), "{error}");
    }
    let denied = refused("AccessDenied", ErrorClass::Denied { layer: DeniedLayer::Unstated });
    let throttled = refused("Throttling", ErrorClass::Throttled);
    for error in [denied, throttled, Error::PolicyTooLong { length: 3000, limit: 2048 }] {
        assert!(!is_agents(&error), "{error}");
    }
}
