//! Operators over TLS, by hand: each role may what it may, certificates of one kind open nothing of the other, and a
//! revocation holds in the middle of a stream.

use std::time::Duration;

use plumbline_coordinator::store::Store;
use plumbline_identity::{Address, Role};
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::agent_v1::{AgentMessage, Hello, JobRef, agent_message};
use plumbline_proto::operator_v1::operator_client::OperatorClient;
use plumbline_proto::operator_v1::read_reply::Reply;
use plumbline_proto::operator_v1::read_request::Request as Asked;
use plumbline_proto::operator_v1::{
    AddOperatorRequest, BanAgentRequest, CancelRequest, InfoRequest, MakeTokenRequest, Range, ReadReply, ReadRequest,
    RevokeOperatorRequest, ScheduleRequest, StartScanRequest, WatchRequest,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use super::bench::{Bench, channel};

fn client(bench: &Bench, name: &str) -> OperatorClient<Channel> {
    OperatorClient::new(channel(bench.agents, bench.tls_of(name)))
}

/// Reads the store: where questions go, and where answers come from.
async fn reading(
    client: &mut OperatorClient<Channel>,
) -> Result<(mpsc::Sender<ReadRequest>, Streaming<ReadReply>), Status> {
    let (asks, asked) = mpsc::channel(4);
    let replies = client.read(ReceiverStream::new(asked)).await?;
    Ok((asks, replies.into_inner()))
}

/// What comes of every call that changes something.
async fn changes(client: &mut OperatorClient<Channel>) -> Vec<Result<(), Status>> {
    let schedule = || ScheduleRequest { schedule: "nightly".into() };
    let none = "no-such".to_owned();
    vec![
        client.start_scan(StartScanRequest::default()).await.map(drop),
        client.cancel(CancelRequest { scan: none.clone() }).await.map(drop),
        client.run_schedule(schedule()).await.map(drop),
        client.pause_schedule(schedule()).await.map(drop),
        client.resume_schedule(schedule()).await.map(drop),
        client.make_token(MakeTokenRequest { bounds: "any".into() }).await.map(drop),
        client.ban_agent(BanAgentRequest { agent: none.clone(), reason: String::new() }).await.map(drop),
        client.add_operator(AddOperatorRequest { name: "eve".into(), role: "operator".into() }).await.map(drop),
        client.revoke_operator(RevokeOperatorRequest { name: "eve".into(), reason: none }).await.map(drop),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_changes_nothing() {
    let bench = Bench::start().await;
    bench.operator("anna", Role::Viewer).await;
    bench.scan().await;
    let mut anna = client(&bench, "anna");
    let info = anna.info(InfoRequest {}).await.unwrap().into_inner();
    assert_eq!(info.running.len(), 1);
    let mut watched = anna.watch(WatchRequest { scan: bench.start.scan.to_string() }).await.unwrap().into_inner();
    assert!(watched.message().await.unwrap().is_some());
    let before = bench.store.audit().unwrap();
    for refused in changes(&mut anna).await {
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }
    assert_eq!(bench.store.audit().unwrap(), before, "nothing was done");
    assert_eq!(bench.store.operators().unwrap().len(), 1);
    assert!(bench.wanted.is_empty(), "nobody was asked to do it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_changes_all_but_who_is_one() {
    let bench = Bench::start().await;
    bench.operator("otto", Role::Operator).await;
    let (agent, mut working) = bench.agent("agent", "any").await;
    working.until_connected().await;
    let mut otto = client(&bench, "otto");
    let token = otto.make_token(MakeTokenRequest { bounds: "regions=eu-central-1".into() }).await.unwrap().into_inner();
    assert!(token.token.starts_with("plumbline1."), "{token:?}");
    let wrong = otto.make_token(MakeTokenRequest { bounds: "pools=a".into() }).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let banned = BanAgentRequest { agent: agent[..8].to_owned(), reason: "lost".into() };
    let reply = otto.ban_agent(banned.clone()).await.unwrap().into_inner();
    assert!(reply.is_new && reply.agent == agent, "{reply:?}");
    let ended = tokio::time::timeout(Duration::from_secs(1), working.running).await;
    assert!(ended.expect("a ban holds within a second").unwrap().is_err());
    assert!(!otto.ban_agent(banned).await.unwrap().into_inner().is_new);
    let add = otto.add_operator(AddOperatorRequest { name: "eve".into(), role: "operator".into() }).await;
    assert_eq!(add.unwrap_err().code(), Code::PermissionDenied, "or a revoked operator would have left a friend");
    let revoke = otto.revoke_operator(RevokeOperatorRequest { name: "otto".into(), reason: String::new() }).await;
    assert_eq!(revoke.unwrap_err().code(), Code::PermissionDenied);
    let acts = bench.store.audit().unwrap();
    let of_otto: Vec<_> =
        acts.iter().filter(|act| act.actor == "operator otto").map(|act| act.action.as_str()).collect();
    assert_eq!(of_otto, ["token.made", "agent.banned"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_one_kind_open_nothing_of_the_other() {
    let bench = Bench::start().await;
    bench.operator("otto", Role::Operator).await;
    let (agent, _) = bench.join("agent", "any").await;
    let agent = agent.agent().unwrap();
    // An agent asks as an operator.
    let mut as_operator = client(&bench, "agent");
    for refused in changes(&mut as_operator).await {
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }
    assert_eq!(as_operator.info(InfoRequest {}).await.unwrap_err().code(), Code::PermissionDenied);
    let watched = as_operator.watch(WatchRequest { scan: String::new() }).await;
    assert_eq!(watched.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reading(&mut as_operator).await.unwrap_err().code(), Code::PermissionDenied);
    // An operator works as an agent: under its own name, and under that of an agent.
    for name in ["otto", &agent] {
        let (sender, outgoing) = mpsc::channel(4);
        let hello = Hello { agent_id: name.into(), proto_min: 1, proto_max: 1, ..Hello::default() };
        sender.send(AgentMessage { message: Some(agent_message::Message::Hello(hello)) }).await.unwrap();
        let otto = channel(bench.agents, bench.tls_of("otto"));
        let opened = SessionClient::new(otto.clone()).connect(ReceiverStream::new(outgoing)).await;
        assert_eq!(opened.unwrap_err().code(), Code::PermissionDenied);
        let job = JobRef { job_id: "01JTEST-000000".into(), attempt: 1, fence: 1 };
        let status = UploadClient::new(otto).status(job).await;
        assert_eq!(status.unwrap_err().code(), Code::PermissionDenied);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_operator_is_refused_in_the_middle_of_what_it_watches() {
    let bench = Bench::start().await;
    let (member, address): (_, Address) = bench.operator("anna", Role::Viewer).await;
    bench.scan().await;
    let mut anna = client(&bench, "anna");
    let mut watched = anna.watch(WatchRequest { scan: String::new() }).await.unwrap().into_inner();
    assert!(watched.message().await.unwrap().is_some());
    let (_asks, mut read) = reading(&mut anna).await.unwrap();
    assert!(read.message().await.unwrap().is_some());
    bench.handle.revoke_operator(&"anna".parse().unwrap(), "the test", "left").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(1), async {
        loop {
            if let Err(status) = watched.message().await {
                return status;
            }
        }
    });
    let status = ended.await.expect("it holds within a second");
    assert!(status.code() == Code::PermissionDenied && status.message().contains("revoked"), "{status:?}");
    let ended = tokio::time::timeout(Duration::from_secs(1), read.message()).await.expect("it holds within a second");
    assert_eq!(ended.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(anna.info(InfoRequest {}).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reading(&mut anna).await.unwrap_err().code(), Code::PermissionDenied);
    // The connection that it has is worth nothing, and neither is another one; nor does it get another certificate.
    assert_eq!(client(&bench, "anna").info(InfoRequest {}).await.unwrap_err().code(), Code::PermissionDenied);
    assert!(member.renew_now(&address).await.unwrap_err().to_string().contains("revoked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_gets_pieces_of_the_store_and_can_hold_up_nothing() {
    let bench = Bench::start().await;
    bench.operator("anna", Role::Viewer).await;
    let mut anna = client(&bench, "anna");
    let (asks, mut read) = reading(&mut anna).await.unwrap();
    let mut next = async || read.message().await.map(|reply| reply.unwrap().reply.unwrap());
    let Reply::Opened(opened) = next().await.unwrap() else { panic!("the first answer comes by itself") };
    let file = std::fs::read(Store::path_in(bench.data.path())).unwrap();
    assert_eq!(opened.length, file.len() as u64);
    let ask = async |asked| asks.send(ReadRequest { request: Some(asked) }).await.unwrap();
    ask(Asked::Bytes(Range { offset: 8192, length: 4096 })).await;
    assert_eq!(next().await.unwrap(), Reply::Bytes(file[8192..12288].to_vec()));
    ask(Asked::Bytes(Range { offset: opened.length - 10, length: 4096 })).await;
    assert!(matches!(next().await.unwrap(), Reply::Bytes(bytes) if bytes.len() == 10));
    ask(Asked::Bytes(Range { offset: u64::MAX - 1, length: 4096 })).await;
    assert_eq!(next().await.unwrap(), Reply::Bytes(Vec::new()), "there is nothing there");
    // Whoever reads, and does not go on, is in nobody's way.
    let written = tokio::time::timeout(Duration::from_secs(5), bench.token("any")).await;
    assert!(written.is_ok(), "a commit waits for no reader");
    let (asks, mut read) = reading(&mut anna).await.unwrap();
    read.message().await.unwrap();
    let much = Asked::Bytes(Range { offset: 0, length: 1 << 30 });
    asks.send(ReadRequest { request: Some(much) }).await.unwrap();
    assert_eq!(read.message().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_renews_its_certificate_and_keeps_its_role() {
    let bench = Bench::start().await;
    let (member, address) = bench.operator("anna", Role::Viewer).await;
    member.renew_when_due(&address).await.unwrap();
    let of_anna = || bench.store.operators().unwrap()[0].operator.certificates.len();
    assert_eq!(of_anna(), 1, "it is not due");
    member.renew_now(&address).await.unwrap();
    assert_eq!(of_anna(), 2);
    let mut anna = client(&bench, "anna");
    anna.info(InfoRequest {}).await.unwrap();
    assert_eq!(anna.start_scan(StartScanRequest::default()).await.unwrap_err().code(), Code::PermissionDenied);
}
