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

const NAMED: Named<'_> = Named { session: "01JTEST-4", scan: "01JTEST" };

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
    let entered = Credentials::new(caller, false).of("111122223333", &access, NAMED, work).await;
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
async fn a_policy_that_is_too_large_when_packed_is_tried_without_tags_and_then_with_wildcards() {
    let asked = AtomicUsize::new(0);
    let first = move || asked.fetch_add(1, Ordering::SeqCst) < 2;
    let fake =
        Fake::start(move |_, _| if first() { refusal(PACKED_TOO_LARGE) } else { (200, SESSION.to_owned()) }).await;
    credentials(&fake, &work(&["s3-bucket-policy-not-public", "s3-bucket-versioned", "s3-bucket-access-logged"]))
        .await
        .unwrap();
    let [exact, again, wide] = &policies(&fake)[..] else { panic!("{:?}", policies(&fake)) };
    assert_eq!(exact, again);
    assert!(exact.contains("\"s3:GetBucketVersioning\"") && wide.contains("\"s3:GetBucket*\""), "{exact} {wide}");
    let is_tagged: Vec<bool> = fake.inputs("").iter().map(|form| form.contains("plumbline-job")).collect();
    assert_eq!(is_tagged, [true, false, true]);
}

/// A role whose trust policy has these actions besides `sts:AssumeRole`, as AWS answers for it.
async fn role_that_allows(actions: &'static [&'static str]) -> Fake {
    Fake::start(move |_, form| {
        let wants = [("Tags.member", "sts:TagSession"), ("SourceIdentity=", "sts:SetSourceIdentity")];
        let form = form.as_str().unwrap_or_default();
        let missing = wants.iter().find(|(part, action)| form.contains(part) && !actions.contains(action));
        match missing {
            Some((_, action)) => {
                let message = format!("User: u is not authorized to perform: {action} on resource: r");
                let error = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
                (403, format!("<ErrorResponse>{error}</ErrorResponse>"))
            }
            None => (200, SESSION.to_owned()),
        }
    })
    .await
}

#[tokio::test]
async fn a_role_is_told_what_it_takes_and_what_it_refuses_is_found_out_once() {
    const TAG: &str = "sts:TagSession";
    const NAME: &str = "sts:SetSourceIdentity";
    let kinds: [(&'static [&'static str], usize, &[&str]); 4] = [
        (&[TAG, NAME], 1, &["plumbline-scan", "plumbline-job", "01JTEST-4", "SourceIdentity=plumbline-01JTEST"]),
        (&[NAME], 2, &["SourceIdentity=plumbline-01JTEST"]),
        (&[TAG], 2, &["plumbline-job"]),
        (&[], 3, &["RoleSessionName=01JTEST-4"]),
    ];
    for (allowed, asked, said) in kinds {
        let fake = role_that_allows(allowed).await;
        let client = Client::new(fake_aws::options(&fake));
        let caller = Caller::with_credentials(&client, fake_aws::credentials(), "eu-west-1");
        let access = Access {
            role_arn: "arn:aws:iam::111122223333:role/Audit".to_owned(),
            external_id: "ext".to_owned(),
            source_identity: "plumbline-01JTEST".to_owned(),
        };
        let credentials = Credentials::new(caller, false);
        let work = work(&["sns-topic-not-public"]);
        for already in 0..3 {
            credentials.of("111122223333", &access, NAMED, &work).await.unwrap();
            assert_eq!(fake.count(""), asked + already, "{allowed:?}");
        }
        let last = fake.inputs("").pop().unwrap();
        assert!(last.contains("ExternalId=ext") && last.contains("Policy="), "{last}");
        said.iter().for_each(|part| assert!(last.contains(part), "{part} in {last}"));
        assert_eq!(last.contains("Tags.member"), allowed.contains(&TAG));
        assert_eq!(last.contains("SourceIdentity="), allowed.contains(&NAME));
    }
}

#[tokio::test]
async fn a_policy_that_never_fits_says_what_to_do() {
    let fake = Fake::start(|_, _| refusal(PACKED_TOO_LARGE)).await;
    let unread = credentials(&fake, &work(&["sns-topic-not-public"])).await.unwrap_err();
    assert_eq!(unread.reason, UnreadReason::ScannerError);
    assert!(unread.detail.ends_with("(Packed size is 112 %): scan fewer controls at a time"), "{unread}");
}

#[tokio::test]
async fn an_agent_reads_its_own_account_as_it_is_and_enters_others_through_their_roles() {
    for (reads_own_account, account, assumes) in
        [(true, "111122223333", 0), (true, "444455556666", 1), (false, "111122223333", 1)]
    {
        let fake = Fake::start(|_, form| match form.as_str() {
            Some(form) if form.contains("Action=AssumeRole") => (200, SESSION.to_owned()),
            _ => (200, fake_aws::CALLER_IDENTITY.to_owned()),
        })
        .await;
        let client = Client::new(fake_aws::options(&fake));
        let caller = Caller::with_credentials(&client, fake_aws::credentials(), "eu-west-1");
        let access = Access { role_arn: format!("arn:aws:iam::{account}:role/Audit"), ..Access::default() };
        let credentials = Credentials::new(caller, reads_own_account);
        credentials.of(account, &access, NAMED, &work(&["sns-topic-not-public"])).await.unwrap();
        let assumed = fake.inputs("").iter().filter(|form| form.contains("Action=AssumeRole")).count();
        assert_eq!(assumed, assumes, "{reads_own_account} {account}");
    }
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
    let session = Credentials::new(caller, false).of("111122223333", &access, NAMED, &work).await.unwrap();
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
