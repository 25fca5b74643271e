//! Tokens that are replayed, raced, wrong or late, and machines that cannot be let in.

use std::time::Duration;

use plumbline_agent::member;
use plumbline_identity::{Pending, Token, lifetimes};
use plumbline_proto::enrol_v1::enrol_client::EnrolClient;
use plumbline_proto::enrol_v1::{JoinRequest, RenewRequest};

use super::bench::{Bench, TIME, channel, now, without_a_certificate};

fn why<T>(joined: Result<T, member::Error>) -> String {
    joined.err().expect("it is refused").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_machines_that_race_with_one_token_one_joins() {
    let bench = Bench::start().await;
    let token = bench.token("any").await;
    let mut racing = tokio::task::JoinSet::new();
    // No more than may fail from one address.
    for name in 0..4 {
        let (token, directory) = (token.clone(), bench.directory(&name.to_string()));
        racing.spawn(async move { member::join(&token, &directory).await.map(drop) });
    }
    let ended = racing.join_all().await;
    assert_eq!(ended.iter().filter(|joined| joined.is_ok()).count(), 1, "{ended:?}");
    assert_eq!(bench.store.agents().unwrap().len(), 1);
    let replayed = why(member::join(&token, &bench.directory("late")).await);
    assert!(replayed.contains("was used by another machine"), "{replayed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_worth_nothing_says_why() {
    let bench = Bench::start().await;
    let good = bench.token("any").await;
    let mut unknown = Token::new(&bench.trust, good.address.clone(), good.scope.clone()).unwrap();
    let refused = why(member::join(&unknown, &bench.directory("unknown")).await);
    assert!(refused.contains("not known here"), "{refused}");
    unknown.id = good.id;
    let refused = why(member::join(&unknown, &bench.directory("guess")).await);
    assert!(refused.contains("not known here"), "{refused}");
    let late = unknown.stored(now() - Duration::from_secs(3600), lifetimes::TOKEN);
    bench.store.add_token(&late, "the test", TIME).await.unwrap();
    let refused = why(member::join(&unknown, &bench.directory("expired")).await);
    assert!(refused.contains("has expired"), "{refused}");
    let other = Bench::start().await;
    let mut elsewhere = other.token("any").await;
    elsewhere.address = good.address.clone();
    let refused = why(member::join(&elsewhere, &bench.directory("elsewhere")).await);
    assert!(refused.contains("deployment") || refused.contains("authority"), "{refused}");
    assert!(bench.store.agents().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_and_versions_that_are_too_far_apart_are_said() {
    let bench = Bench::start().await;
    let token = bench.token("any").await;
    let pending = Pending::open(&bench.directory("machine"), token.deployment).unwrap();
    let good = JoinRequest {
        token_id: token.id.bytes().to_vec(),
        secret: token.secret.bytes().to_vec(),
        signing_request: pending.request().unwrap(),
        proto_min: 1,
        proto_max: 1,
        build: "0".into(),
        time: time::OffsetDateTime::from(now()).unix_timestamp(),
    };
    let mut client = EnrolClient::new(channel(bench.joining, without_a_certificate(&bench.trust)));
    let off = JoinRequest { time: good.time - 3600, ..good.clone() };
    let refused = client.join(off).await.unwrap_err();
    assert_eq!(refused.message().matches('Z').count(), 2, "both clocks: {}", refused.message());
    let new = JoinRequest { proto_min: 98, proto_max: 99, ..good.clone() };
    let refused = client.join(new).await.unwrap_err();
    assert!(refused.message().contains("protocol") && refused.message().contains("98 to 99"), "{}", refused.message());
    for wrong in [
        JoinRequest { signing_request: b"key".to_vec(), ..good.clone() },
        JoinRequest { secret: vec![1; 31], ..good.clone() },
        JoinRequest { token_id: Vec::new(), ..good.clone() },
    ] {
        assert_eq!(client.join(wrong).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    }
    let renewing = RenewRequest { signing_request: good.signing_request.clone() };
    assert_eq!(client.renew(renewing).await.unwrap_err().code(), tonic::Code::Unimplemented);
    assert!(client.join(good).await.is_ok(), "nothing of that cost the token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_is_not_there_is_said_with_its_address() {
    let bench = Bench::start().await;
    let mut token = bench.token("any").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    token.address = nobody.to_string().parse().unwrap();
    let unreachable = why(member::join(&token, &bench.directory("machine")).await);
    assert!(unreachable.contains(&nobody.to_string()) && unreachable.contains("refused"), "{unreachable}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_too_often_is_not_heard_and_costs_nobody_their_token() {
    let bench = Bench::start().await;
    let good = bench.token("any").await;
    let unknown = Token::new(&bench.trust, good.address.clone(), good.scope.clone()).unwrap();
    for number in 0..5 {
        let refused = why(member::join(&unknown, &bench.directory(&format!("guess-{number}"))).await);
        assert!(refused.contains("not known here"), "{number}: {refused}");
    }
    let waits = member::join(&good, &bench.directory("machine")).await.err().unwrap();
    assert!(matches!(waits, member::Error::NotNow(_)) && waits.to_string().contains("wait for 60 seconds"), "{waits}");
    // By AWS identity nobody is heard from there either.
    let waits = bench.join_by_role("role", "PlumblineAgent").await.err().unwrap();
    assert!(waits.to_string().contains("too many failures"), "{waits}");
    assert!(bench.store.agents().unwrap().is_empty());
}
