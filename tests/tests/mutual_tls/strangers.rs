//! Whoever has no business here, on both ports; and members that are not who they say.

use std::time::Duration;

use plumbline_agent as agent;
use plumbline_coordinator::Certificates;
use plumbline_identity::authority::Authority;
use plumbline_identity::{Bounds, Pending, SigningRequest, deployment};
use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::agent_v1::{
    AgentMessage, Chunk, CommitRequest, Hello, JobRef, agent_message, coordinator_message,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Request};

use super::bench::{Bench, channel, now, without_a_certificate};

fn status_of(agent: &str, session: &str) -> Request<JobRef> {
    let mut request = Request::new(JobRef { job_id: "01JTEST-000000".into(), attempt: 1, fence: 1 });
    sign(&mut request, agent, session);
    request
}

fn sign<T>(request: &mut Request<T>, agent: &str, session: &str) {
    request.metadata_mut().insert("plumbline-agent", agent.parse().unwrap());
    request.metadata_mut().insert("plumbline-session", session.parse().unwrap());
}

/// Opens a session by hand, and returns what uploads of it are known by.
async fn open(channel: Channel, agent: &str) -> Result<(String, mpsc::Sender<AgentMessage>), tonic::Status> {
    let (sender, outgoing) = mpsc::channel(4);
    let hello = Hello { agent_id: agent.into(), proto_min: 1, proto_max: 1, ..Hello::default() };
    sender.send(AgentMessage { message: Some(agent_message::Message::Hello(hello)) }).await.unwrap();
    let mut incoming = SessionClient::new(channel).connect(ReceiverStream::new(outgoing)).await?.into_inner();
    match incoming.message().await?.unwrap().message {
        Some(coordinator_message::Message::Welcome(welcome)) => {
            tokio::spawn(async move { while let Ok(Some(_)) = incoming.message().await {} });
            Ok((welcome.session_id, sender))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_who_its_certificate_says() {
    let bench = Bench::start().await;
    let (other, mut working) = bench.agent("one", "any").await;
    working.until_connected().await;
    let (member, address) = bench.join("two", "any").await;
    let pretender = bench.work(member, address, &other);
    match pretender.running.await.unwrap() {
        Err(agent::Error::Refused(why)) => assert!(why.contains(&other), "{why}"),
        ended => panic!("{ended:?}"),
    }
    assert!(working.handle.activity().connected && !working.running.is_finished());
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_bound_to_the_certificate_beside_the_session() {
    let bench = Bench::start().await;
    let (one, _) = bench.join("one", "any").await;
    bench.join("two", "any").await;
    let one = one.agent().unwrap();
    let own = channel(bench.agents, bench.tls_of("one"));
    let (session, _open) = open(own.clone(), &one).await.unwrap();
    let of_own = UploadClient::new(own).status(status_of(&one, &session)).await.unwrap_err();
    assert_eq!(of_own.code(), Code::NotFound, "it is let in, and there is no such job");
    let stolen = UploadClient::new(channel(bench.agents, bench.tls_of("two"))).status(status_of(&one, &session)).await;
    assert_eq!(stolen.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_and_a_commit_for_another_account_are_refused() {
    let bench = Bench::start().await;
    let account = bench.plan.accounts[1].account.id.to_string();
    let (narrow, _) = bench.join("narrow", &format!("accounts={account}")).await;
    let narrow = narrow.agent().unwrap();
    bench.scan().await;
    let channel = channel(bench.agents, bench.tls_of("narrow"));
    let (session, _open) = open(channel.clone(), &narrow).await.unwrap();
    let mut upload = UploadClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    for (index, planned) in bench.plan.jobs.iter().enumerate() {
        let is_own = bench.plan.accounts[planned.account].account.id.to_string() == account;
        let job = JobRef { job_id: format!("01JTEST-{index:06}"), attempt: 1, fence: 1 };
        let chunk = Chunk { job: Some(job.clone()), seq: 0, hash: Vec::new(), rows: Vec::new() };
        let mut pushing = Request::new(tokio_stream::iter([chunk]));
        sign(&mut pushing, &narrow, &session);
        let refused = upload.push(pushing).await.unwrap().into_inner().message().await.unwrap_err();
        assert_eq!(refused.code() == Code::PermissionDenied, !is_own, "{}: {refused}", job.job_id);
        let mut committing =
            Request::new(CommitRequest { job: Some(job), tree_root: vec![0; 32], ..Default::default() });
        sign(&mut committing, &narrow, &session);
        let refused = upload.commit(committing).await.unwrap_err();
        assert_eq!(refused.code() == Code::PermissionDenied, !is_own, "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_a_good_certificate() {
    let bench = Bench::start().await;
    let is_refused = async |config: rustls::ClientConfig| {
        let mut upload = UploadClient::new(channel(bench.agents, config));
        let asked = tokio::time::timeout(Duration::from_secs(5), upload.status(status_of("agent", "session"))).await;
        let status = asked.expect("it is refused at once").unwrap_err();
        let is_answer = matches!(status.code(), Code::NotFound | Code::PermissionDenied | Code::Unauthenticated);
        assert!(!is_answer, "a call came through: {status:?}");
    };
    is_refused(without_a_certificate(&bench.trust)).await;

    // One that was good for a second.
    let authority = Authority::load(&Certificates::path_in(bench.data.path()), None).unwrap();
    let pending = Pending::open(&bench.directory("expired"), bench.trust.deployment()).unwrap();
    let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
    let (id, second) = (deployment::new_agent(), Duration::from_secs(1));
    let issued = authority.issue_agent_for(&request, &id, &Bounds::default(), second, now()).unwrap();
    pending.keep(&bench.trust, issued.chain, now()).unwrap();
    tokio::time::sleep(3 * second).await;
    is_refused(bench.tls_of("expired")).await;

    // One of another deployment.
    let other = Bench::start().await;
    other.join("stranger", "any").await;
    is_refused(other.tls_of("stranger")).await;

    let (banned, _) = bench.join("banned", "any").await;
    let banned = banned.agent().unwrap();
    bench.handle.ban(&banned.parse().unwrap(), "the test", "").await.unwrap();
    let mut upload = UploadClient::new(channel(bench.agents, bench.tls_of("banned")));
    let refused = upload.status(status_of(&banned, "")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(refused.message().contains("banned"));
    assert!(open(channel(bench.agents, bench.tls_of("banned")), &banned).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_keeps_nobody_waiting_on_either_port() {
    let bench = Bench::start().await;
    let mut silent = Vec::new();
    for address in [bench.agents, bench.joining] {
        for _ in 0..20 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        for noise in
            [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![0xff; 4096]]
        {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&noise).await.unwrap();
            let mut answer = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
            // An alert of TLS, or nothing; and then it is over.
            let _ = read.expect("it is hung up on");
            assert!(answer.len() < 64 && !answer.starts_with(b"HTTP"), "{answer:?}");
        }
    }
    // The silent ones are still there, and somebody with business is served at once.
    let joined = tokio::time::timeout(Duration::from_secs(5), bench.agent("machine", "any")).await;
    let (_, mut working) = joined.expect("the handshakes of others wait for nobody");
    tokio::time::timeout(Duration::from_secs(5), working.until_connected()).await.unwrap();
    working.end().await;
    drop(silent);
}
