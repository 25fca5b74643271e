//! Lies that come over gRPC, as those of an agent would: under a session and a lease that are good.

use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::plan::{ControlScope, Plan};
use plumbline_coordinator::store::record::{Account, Control, Job, JobState, Scan, ScanKind, ScanState};
use plumbline_coordinator::store::{CommitOutcome, ScanEnd, Store, StoredJob};
use plumbline_proto::agent_v1::agent_message::Message as FromAgent;
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::agent_v1::{
    AgentMessage, Chunk, CommitRequest, CoordinatorMessage, Document, Hello, JobRef, LeaseAccept, LeaseOffer, Row,
};
use plumbline_proto::chunk::Item;
use plumbline_proto::{AGENT_KEY, MAX_MESSAGE_BYTES, PROTOCOL_VERSIONS, SESSION_KEY, reference};
use plumbline_sim::World;
use redb::backends::InMemoryBackend;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use super::attack::{Attack, Honest, Sent};
use crate::killed_agents::small_plan;
use crate::simulated;
use crate::store_faults::crashes::is_clean;
use crate::store_faults::deliver::{difference, whole};
use crate::store_faults::estate::{self, ACCOUNTS, CONTROLS, Night};
use crate::store_faults::facts::Wrong;
use crate::store_faults::history::{grant, holder};

const AGENT: &str = "liar";
const FIRST: &str = "01NIGHT1";
const SECOND: &str = "01NIGHT2";
/// Longer than any run takes: nobody sends heartbeats.
const LONG: Duration = Duration::from_secs(6 * 3_600);
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A coordinator, and an agent with a session and a lease.
pub(super) struct Wire {
    store: Store,
    handle: coordinator::Handle,
    nights: Vec<Night>,
    account: String,
    foreign: String,
    upload: UploadClient<Channel>,
    token: String,
    session: String,
    job: JobRef,
    shutdown: CancellationToken,
    /// The session ends with these.
    _talk: Talk,
    _data: tempfile::TempDir,
}

impl Wire {
    pub(super) async fn start(seed: u64, resources: usize) -> anyhow::Result<Self> {
        let server = simulated::serve(World::demo()).await;
        let mut plan = small_plan(&server).await?;
        plan.jobs.retain(|job| job.scope == ControlScope::Regional);
        plan.jobs.truncate(1);
        plan.controls.retain(|control| control.scopes.regional);
        plan.controls.iter_mut().for_each(|control| control.id = CONTROLS[0].into());
        let controls = 0..u32::try_from(plan.controls.len())?;
        plan.baselines.iter_mut().for_each(|baseline| baseline.controls = controls.clone().collect());
        let (account, region) = planned(&plan)?;
        let is_foreign = |id: &str| id != account && plan.management_account.as_ref().is_none_or(|own| *own != *id);
        let foreign = plan.accounts.iter().map(|planned| planned.account.id.to_string()).find(|id| is_foreign(id));
        let foreign = foreign.context("the organization has other accounts")?;
        let nights = estate::nights(seed, resources);
        let store = Store::on(InMemoryBackend::new())?;
        first_night(&store, &account, &region, items(&nights, 0, &account)?).await?;
        let data = tempfile::tempdir()?;
        let mut options = coordinator::Options::new(store.clone());
        (options.heartbeat, options.lease_ttl, options.job_deadline) = (LONG, LONG, LONG);
        let (service, handle) = coordinator::Service::new(options);
        let token = coordinator::Token::keep_in(data.path())?;
        let listener = coordinator::Listener::bind("127.0.0.1:0".parse()?, token.clone()).await?;
        let address = format!("http://{}", listener.address()?.context("a port")?);
        let shutdown = CancellationToken::new();
        tokio::spawn(service.run(listener, shutdown.clone()));
        handle.start_scan(&plan, &scan_start()?).await.map_err(|error| anyhow!("{error}"))?;
        let token = token.secret().to_owned();
        let (session, job, talk) = lease(&address, &token).await?;
        let upload = UploadClient::new(Endpoint::from_shared(address)?.connect().await?)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let wire = Self {
            store,
            handle,
            nights,
            account,
            foreign,
            upload,
            token,
            session,
            job,
            shutdown,
            _talk: talk,
            _data: data,
        };
        Ok(wire)
    }

    /// What can be sent of the job.
    pub(super) fn honest(&self) -> anyhow::Result<Honest> {
        let found = items(&self.nights, 1, &self.account)?;
        let other = estate::items(self.nights[0].jobs[2].as_ref().context("a job")?, 2, &self.nights[0], 1);
        let id = StoredJob { scan: SECOND.parse()?, job: reference::whole(SECOND, &self.job.job_id).parse()? };
        Ok(Honest {
            difference: difference(&self.store, &id, found.clone())?,
            items: found,
            held: items(&self.nights, 0, &self.account)?,
            other_place: other,
            foreign: format!("arn:aws:sqs:eu-west-1:{}:queue", self.foreign),
        })
    }

    /// Sends something; whether it was accepted.
    pub(super) async fn send(&self, attack: Attack) -> anyhow::Result<bool> {
        let job = JobRef { fence: self.job.fence.wrapping_add(attack.fence), ..self.job.clone() };
        let agent = if attack.is_other_agent { "another" } else { AGENT };
        let message = |sent: Sent| Chunk { job: Some(job.clone()), seq: sent.seq, hash: sent.hash, rows: sent.rows };
        let chunks: Vec<Chunk> = attack.chunks.into_iter().map(message).collect();
        self.push(agent, chunks).await?;
        let claim = attack.commit.claim.context("an agent says what it found")?;
        let request = CommitRequest {
            job: Some(job.clone()),
            chunk_count: attack.commit.chunks,
            row_count: attack.commit.rows,
            root_hash: attack.commit.root_hash,
            usage: Some(attack.commit.usage),
            tree_root: attack.raw_root.unwrap_or_else(|| claim.root.to_vec()),
            on_held: claim.is_on_held,
            dropped: claim.dropped.concat(),
        };
        if self.commit(agent, request).await? {
            return Ok(true);
        }
        // Whatever was staged goes with a difference that comes to nothing.
        let nothing = CommitRequest {
            job: Some(self.job.clone()),
            chunk_count: u64::MAX,
            tree_root: vec![0; 32],
            on_held: true,
            ..CommitRequest::default()
        };
        self.commit(AGENT, nothing).await
    }

    /// Pushes chunks until one is refused.
    async fn push(&self, agent: &str, chunks: Vec<Chunk>) -> anyhow::Result<()> {
        let request = self.request(agent, tokio_stream::iter(chunks))?;
        let pushed = tokio::time::timeout(PATIENCE, async {
            let Ok(answer) = self.upload.clone().push(request).await else { return };
            let mut acks = answer.into_inner();
            while let Ok(Some(_)) = acks.message().await {}
        });
        pushed.await.context("chunks are answered")
    }

    async fn commit(&self, agent: &str, request: CommitRequest) -> anyhow::Result<bool> {
        let request = self.request(agent, request)?;
        let mut upload = self.upload.clone();
        let committed = tokio::time::timeout(PATIENCE, upload.commit(request)).await;
        let committed = committed.context("a commit is answered")?;
        Ok(committed.is_ok_and(|reply| !reply.into_inner().wants_all))
    }

    fn request<T>(&self, agent: &str, message: T) -> anyhow::Result<Request<T>> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", format!("Bearer {}", self.token).parse()?);
        metadata.insert(AGENT_KEY, agent.parse()?);
        metadata.insert(SESSION_KEY, self.session.parse()?);
        Ok(request)
    }

    /// The truth is accepted still, and it is all that is there.
    pub(super) async fn end(self, wrong: &mut Wrong) -> anyhow::Result<()> {
        is_clean(&self.store, "over gRPC, before the truth", wrong);
        if self.store.count_chunks()? != 0 {
            wrong.fail("chunks of lies are left".to_owned());
        }
        let honest = self.honest()?;
        if !self.send(Attack::honest(&honest.difference)).await? {
            wrong.fail("the truth was refused over gRPC".to_owned());
        }
        is_clean(&self.store, "over gRPC, after the truth", wrong);
        let jobs = self.store.jobs(&SECOND.parse()?)?;
        let expected = honest.items.iter().filter(|item| matches!(item, Item::Row(_))).count() as u64;
        let rows: u64 = jobs.iter().map(|job| job.rows).sum();
        if rows != expected {
            wrong.fail(format!("{rows} rows are stored of {expected} that are true"));
        }
        tokio::time::timeout(PATIENCE, self.handle.wait(&SECOND.parse()?))
            .await
            .context("the scan ends")?
            .map_err(|e| anyhow!("{e}"))?;
        self.shutdown.cancel();
        Ok(())
    }
}

/// Account and Region of the one job.
fn planned(plan: &Plan) -> anyhow::Result<(String, String)> {
    let job = plan.jobs.first().context("a job")?;
    Ok((plan.accounts[job.account].account.id.to_string(), job.region.as_str().to_owned()))
}

fn scan_start() -> anyhow::Result<coordinator::ScanStart> {
    Ok(coordinator::ScanStart {
        scan: SECOND.parse()?,
        subject: coordinator::Subject::Real,
        limits: Vec::new(),
        started: "2026-01-02T02:00:00Z".into(),
        version: "0".into(),
        pack_digest: String::new(),
        without_documents: false,
        governance: None,
    })
}

/// What a night finds in the account: one control's rows.
fn items(nights: &[Night], night: usize, account: &str) -> anyhow::Result<Vec<Item>> {
    let found = nights[night].jobs[1].as_ref().context("a job that finds something")?;
    let mut items = estate::items(found, 1, &nights[night], night + 1);
    items.retain(|item| !matches!(item, Item::Row(row) if row.control != CONTROLS[0]));
    for item in &mut items {
        if let Item::Row(Row { resource: id, .. }) | Item::Document(Document { id, .. }) = item {
            *id = id.replace(ACCOUNTS[0], account);
        }
    }
    Ok(items)
}

/// The night before, stored without a coordinator.
async fn first_night(store: &Store, account: &str, region: &str, items: Vec<Item>) -> anyhow::Result<()> {
    let id = format!("{FIRST}-0");
    let scan = Scan {
        id: FIRST.into(),
        started: "2026-01-01T02:00:00Z".into(),
        state: ScanState::Running as i32,
        kind: ScanKind::Full as i32,
        accounts: vec![Account { id: account.into(), ..Account::default() }],
        controls: vec![Control { id: CONTROLS[0].into(), ..Control::default() }],
        ..Scan::default()
    };
    let job = Job {
        id: id.clone(),
        scan: FIRST.into(),
        region: region.into(),
        controls: vec![0],
        state: JobState::Ready as i32,
        ..Job::default()
    };
    store.create_scan(scan, vec![job]).await?;
    let job = StoredJob { scan: FIRST.parse()?, job: id.parse()? };
    store.grant(&job, grant()?).await?.context("the job is granted")?;
    let (holder, (pieces, commit)) = (holder(store, &job)?, whole(items).cut());
    for piece in pieces {
        store.put_chunk(&job, &holder, piece.seq, piece.rows().to_vec()).await?;
    }
    let outcome = store.commit(&job, &holder, commit).await?;
    ensure!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
    Ok(store.finish_scan(&job.scan, "2026-01-01T03:00:00Z", ScanEnd::Complete).await?)
}

/// Both directions of a session.
type Talk = (mpsc::Sender<AgentMessage>, Streaming<CoordinatorMessage>);

/// A session and a lease of the one job.
async fn lease(address: &str, token: &str) -> anyhow::Result<(String, JobRef, Talk)> {
    let (sender, outgoing) = mpsc::channel(16);
    let say = |message| AgentMessage { message: Some(message) };
    let hello = Hello {
        agent_id: AGENT.into(),
        build: "0".into(),
        proto_min: PROTOCOL_VERSIONS.0,
        proto_max: PROTOCOL_VERSIONS.1,
        capacity: 1,
        ..Hello::default()
    };
    sender.send(say(FromAgent::Hello(hello))).await?;
    let channel = Endpoint::from_shared(address.to_owned())?.connect().await?;
    let mut client = SessionClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let mut request = Request::new(ReceiverStream::new(outgoing));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let mut incoming = client.connect(request).await?.into_inner();
    let mut session = String::new();
    loop {
        let message = tokio::time::timeout(PATIENCE, incoming.message()).await.context("the coordinator answers")??;
        match message.context("the session goes on")?.message {
            Some(ToAgent::Welcome(welcome)) => session = welcome.session_id,
            Some(ToAgent::Offer(LeaseOffer { job: Some(job), held, .. })) => {
                ensure!(!held.is_empty(), "the coordinator says nothing of what it holds");
                sender.send(say(FromAgent::Accept(LeaseAccept { job: Some(job.clone()) }))).await?;
                return Ok((session, job, (sender, incoming)));
            }
            _ => {}
        }
    }
}
