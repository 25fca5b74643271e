//! Joining by AWS identity: who is let in and as whom, and every way to use what was signed for something else.

use std::process::{Command, Stdio};
use std::time::Duration;

use plumbline_agent::member::{self, Member};
use plumbline_aws::endpoint::Variant;
use plumbline_aws::proof::{Binding, Proof};
use plumbline_identity::{Pending, SigningRequest};
use plumbline_proto::enrol_v1::enrol_client::EnrolClient;
use plumbline_proto::enrol_v1::{ChallengeRequest, JoinAwsRequest};
use plumbline_sim::AccessKey;
use plumbline_tests::machine::{Ending, ports};
use plumbline_tests::simulated;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::bench::{Bench, Setting, channel, now, without_a_certificate};

const LISTED: &str = "PlumblineAgent";

fn why<T>(joined: Result<T, member::Error>) -> String {
    joined.err().expect("it is refused").to_string()
}

fn client(bench: &Bench) -> EnrolClient<Channel> {
    EnrolClient::new(channel(bench.joining, without_a_certificate(&bench.trust)))
}

async fn challenge(bench: &Bench) -> [u8; 32] {
    let time = time::OffsetDateTime::from(now()).unix_timestamp();
    let asked = client(bench).challenge(ChallengeRequest { proto_min: 1, proto_max: 1, time }).await;
    asked.unwrap().into_inner().challenge.try_into().unwrap()
}

/// What a machine of a bench sends that signed this.
async fn signed(bench: &Bench, binding: &Binding, signing_request: Vec<u8>) -> JoinAwsRequest {
    let proof = Proof::of(&bench.caller_as(LISTED), binding, Variant::default()).await.unwrap();
    let Proof { region, date, security_token, authorization } = proof;
    JoinAwsRequest {
        challenge: binding.challenge.to_vec(),
        region,
        date,
        security_token,
        authorization,
        signing_request,
        proto_min: 1,
        proto_max: 1,
        build: "0".into(),
        time: time::OffsetDateTime::from(now()).unix_timestamp(),
    }
}

/// A request for a certificate.
fn request(bench: &Bench, name: &str) -> Vec<u8> {
    Pending::open(&bench.directory(name), bench.trust.deployment()).unwrap().request().unwrap()
}

fn binding(bench: &Bench, challenge: [u8; 32], request: &[u8]) -> Binding {
    Binding { challenge, coordinator: bench.trust.coordinator(), request: SigningRequest::digest(request) }
}

async fn refused(bench: &Bench, request: JoinAwsRequest) -> Status {
    client(bench).join_aws(request).await.expect_err("it is refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_under_a_listed_role_is_an_agent_like_any_other() {
    let bench = Bench::start().await;
    let (member, address) = bench.join_by_role("machine", LISTED).await.unwrap();
    let id = member.agent().unwrap();
    assert_eq!(address.to_string(), bench.agents.to_string());
    member.renew_now(&address).await.unwrap();
    let [known] = <[_; 1]>::try_from(bench.store.agents().unwrap()).unwrap();
    let account = bench.server.world().management_account();
    assert_eq!((known.agent.id.as_str(), known.agent.bounds.as_str()), (id.as_str(), "regions=eu-central-1"));
    assert_eq!(known.agent.role, format!("arn:aws:sts::{account}:assumed-role/{LISTED}"));
    assert_eq!(known.agent.certificates.len(), 2, "the first, and its renewal");
    let entries = bench.store.audit().unwrap();
    let entry = entries.iter().find(|entry| entry.action == "agent.enrolled").unwrap();
    assert_eq!((entry.subject.as_str(), entry.actor.clone()), (id.as_str(), format!("role {}", known.agent.role)));
    assert!(entry.detail.contains("regions=eu-central-1") && entry.detail.contains("plumbline"), "{}", entry.detail);
    let mut working = bench.work(member, address.clone(), &id);
    working.until_connected().await;
    bench.handle.ban(&id.parse().unwrap(), "the test", "").await.unwrap();
    assert!(working.running.await.unwrap().is_err(), "a ban ends it");
    let banned = Member::load(&bench.directory("machine")).unwrap().unwrap().0;
    assert!(why(banned.renew_now(&address).await).contains("banned"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_listed_or_not_known_to_aws_is_refused_and_told_why() {
    let bench = Bench::start().await;
    let refused = why(bench.join_by_role("other", "SomebodyElse").await);
    assert!(refused.contains("role: SomebodyElse }` to `agents.join.aws_roles`"), "{refused}");
    let joining = bench.joining.to_string().parse().unwrap();
    let as_key = async |key: AccessKey, has_token: bool, name: &str| {
        let client = plumbline_aws::Client::new(simulated::client_options(bench.server.endpoint()));
        let credentials = if has_token { simulated::role_credentials(&key) } else { simulated::key_credentials(&key) };
        let caller = plumbline_aws::Caller::with_credentials(&client, credentials, "eu-central-1");
        why(member::join_by_role(&joining, bench.trust.pin(), &caller, &bench.directory(name)).await)
    };
    // The same name in another account, a key that AWS does not know, one with another secret, one of a user.
    let member_account = bench.plan.accounts.iter().map(|planned| planned.account.id.to_string());
    let elsewhere = member_account.into_iter().find(|id| id != bench.server.world().management_account()).unwrap();
    let refused = as_key(AccessKey::of_role(&elsewhere, LISTED), true, "elsewhere").await;
    assert!(refused.contains("is not let in here") && refused.contains(&elsewhere), "{refused}");
    let refused = as_key(AccessKey::of_role("999999999999", LISTED), true, "unknown").await;
    assert!(refused.contains("InvalidClientTokenId"), "{refused}");
    let stolen =
        AccessKey { secret: "x".into(), ..AccessKey::of_role(bench.server.world().management_account(), LISTED) };
    let refused = as_key(stolen, true, "guessed").await;
    assert!(refused.contains("SignatureDoesNotMatch"), "{refused}");
    let refused = as_key(bench.server.caller(), false, "user").await;
    assert!(refused.contains("long-term key"), "{refused}");
    assert!(bench.store.agents().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_is_good_once_here_and_for_one_key() {
    let (bench, other) = (Bench::start().await, Bench::start().await);
    let own = request(&bench, "own");
    // Another key: STS is asked about the one that came.
    let bound = binding(&bench, challenge(&bench).await, &own);
    let swapped = signed(&bench, &bound, request(&bench, "swapped")).await;
    let status = refused(&bench, swapped).await;
    assert!(status.message().contains("SignatureDoesNotMatch"), "{status}");
    // Another challenge of the same coordinator.
    let (first, second) = (challenge(&bench).await, challenge(&bench).await);
    let crossed = signed(&bench, &binding(&bench, first, &own), own.clone()).await;
    let status = refused(&bench, JoinAwsRequest { challenge: second.to_vec(), ..crossed.clone() }).await;
    assert!(status.message().contains("SignatureDoesNotMatch"), "{status}");
    // What was not tried is good, and then never again.
    client(&bench).join_aws(crossed.clone()).await.unwrap();
    let status = refused(&bench, crossed).await;
    assert!(status.message().contains("the challenge is not open here"), "{status}");
    assert_eq!(bench.store.agents().unwrap().len(), 1);
    // Another coordinator's challenge, and a challenge of this one signed for another.
    let foreign = signed(&bench, &binding(&other, challenge(&other).await, &own), own.clone()).await;
    let status = refused(&bench, foreign).await;
    assert!(status.message().contains("the challenge is not open here"), "{status}");
    let relayed = challenge(&other).await;
    let relayed = signed(&bench, &binding(&bench, relayed, &own), own.clone()).await;
    let status = refused(&other, relayed).await;
    assert!(status.message().contains("SignatureDoesNotMatch"), "{status}");
    assert!(other.store.agents().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_that_does_not_sign_what_binds_it() {
    let bench = Bench::start().await;
    let own = request(&bench, "own");
    let mut calls = bench.server.journal().calls().len();
    for change in [
        |request: &mut JoinAwsRequest| {
            request.authorization = request.authorization.replace(";x-plumbline-challenge", "")
        },
        |request: &mut JoinAwsRequest| {
            request.authorization = request.authorization.replace(";x-plumbline-coordinator", "")
        },
        |request: &mut JoinAwsRequest| {
            request.authorization = request.authorization.replace(";x-plumbline-request", "")
        },
        |request: &mut JoinAwsRequest| request.region = "eu-central-1.evil.example".to_owned(),
    ] {
        let mut wrong = signed(&bench, &binding(&bench, challenge(&bench).await, &own), own.clone()).await;
        change(&mut wrong);
        let status = refused(&bench, wrong).await;
        assert_eq!(status.code(), Code::PermissionDenied, "{status}");
        assert_eq!(bench.server.journal().calls().len(), calls, "STS was not asked");
        calls = bench.server.journal().calls().len();
    }
    for wrong in [
        JoinAwsRequest {
            challenge: vec![1; 31],
            signing_request: own.clone(),
            proto_min: 1,
            proto_max: 1,
            ..Default::default()
        },
        JoinAwsRequest {
            challenge: vec![1; 32],
            signing_request: b"key".to_vec(),
            proto_min: 1,
            proto_max: 1,
            ..Default::default()
        },
    ] {
        let time = time::OffsetDateTime::from(now()).unix_timestamp();
        assert_eq!(refused(&bench, JoinAwsRequest { time, ..wrong }).await.code(), Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_with_the_same_key_is_the_same_agent() {
    let bench = Bench::start().await;
    let own = request(&bench, "own");
    for _ in 0..2 {
        let asked = signed(&bench, &binding(&bench, challenge(&bench).await, &own), own.clone()).await;
        client(&bench).join_aws(asked).await.unwrap();
    }
    let [known] = <[_; 1]>::try_from(bench.store.agents().unwrap()).unwrap();
    assert_eq!(known.agent.certificates.len(), 2);
    let actions: Vec<_> = bench.store.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    assert!(actions.iter().any(|action| action == "agent.enrolled_again"), "{actions:?}");
    bench.handle.ban(&known.agent.id.parse().unwrap(), "the test", "").await.unwrap();
    let asked = signed(&bench, &binding(&bench, challenge(&bench).await, &own), own.clone()).await;
    assert!(refused(&bench, asked).await.message().contains("banned"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_coordinator_an_old_challenge_and_no_sts_are_said() {
    let bench = Bench::with(Setting { challenge_life: Duration::ZERO, ..Setting::default() }).await;
    let expired = why(bench.join_by_role("late", LISTED).await);
    assert!(expired.contains("its minute is over"), "{expired}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cut = Bench::with(Setting { sts: Some(format!("http://{nobody}")), ..Setting::default() }).await;
    let error = cut.join_by_role("cut", LISTED).await.err().unwrap();
    assert!(matches!(error, member::Error::NotNow(_)) && error.to_string().contains("reach STS"), "{error}");

    let joining = bench.joining.to_string().parse().unwrap();
    let (pin, caller) = (cut.trust.pin(), bench.caller_as(LISTED));
    let calls = bench.server.journal().calls().len();
    let error = member::join_by_role(&joining, pin, &caller, &bench.directory("pin")).await.err().unwrap();
    assert!(matches!(error, member::Error::NotTheCoordinator(_)), "{error}");
    assert_eq!(bench.server.journal().calls().len(), calls, "nothing was signed, and nobody asked");

    let closed = Bench::with(Setting { lists_roles: false, ..Setting::default() }).await;
    let refused = why(closed.join_by_role("nobody", LISTED).await);
    assert!(refused.contains("lets nobody in by AWS identity") && refused.contains("aws_roles"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_away_for_too_long_joins_again_by_itself() {
    let port = ports();
    let bench = Bench::with(Setting { life: Duration::from_secs(6), port, ..Setting::default() }).await;
    let data = tempfile::tempdir().unwrap();
    let directory = Member::path_in(data.path());
    let joining = bench.joining.to_string().parse().unwrap();
    let (pin, caller) = (bench.trust.pin(), bench.caller_as(LISTED));
    let first = member::join_by_role(&joining, pin, &caller, &directory).await.unwrap().0.agent().unwrap();
    while !matches!(Member::load(&directory), Err(member::Error::Expired)) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let key = AccessKey::of_role(bench.server.world().management_account(), LISTED);
    let (address, pin) = (format!("127.0.0.1:{port}"), pin.to_string());
    let arguments = ["agent", "--join-aws", &address, "--ca-pin", &pin];
    let mut command: Command = simulated::command_as(&bench.server, &key, data.path(), &arguments);
    let _working = Ending(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let joined = async {
        while bench.store.agents().unwrap().iter().all(|known| known.agent.id == first || known.agent.seen.is_empty()) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), joined).await.expect("it joins again, and works");
}
