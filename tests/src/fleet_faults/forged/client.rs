//! A coordinator, two agents that hold jobs of it, and what they send: whatever the one that is watched wants.

use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::plan::{ControlScope, Plan};
use plumbline_coordinator::store::Store;
use plumbline_faults::Disk;
use plumbline_proto::agent_v1::agent_message::Message as FromAgent;
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::session_client::SessionClient;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::agent_v1::{
    AgentMessage, Chunk, CommitRequest, CoordinatorMessage, Hello, JobRef, LeaseAccept, LeaseOffer, RunningJob,
};
use plumbline_proto::{AGENT_KEY, PROTOCOL_VERSIONS, SESSION_KEY, reference};
use plumbline_sim::World;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use crate::killed_agents::small_plan;
use crate::simulated;

const SCAN: &str = "01FORGED";
/// Longer than any run takes: nobody sends heartbeats.
const LONG: Duration = Duration::from_secs(6 * 3_600);
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose an upload is, as it says.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) agent: String,
    pub(super) session: String,
}

/// Both directions of a session.
type Talk = (mpsc::Sender<AgentMessage>, Streaming<CoordinatorMessage>);

/// All of it.
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) own: Sender,
    /// The same agent in a session that it opened before.
    pub(super) earlier: Sender,
    pub(super) other: Sender,
    /// The job that is uploaded for.
    pub(super) job: JobRef,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) control: String,
    /// Another account of the organization.
    pub(super) foreign: String,
    /// Jobs of other Regions, with their fences.
    pub(super) other_regions: Vec<JobRef>,
    /// A job that the other agent holds.
    pub(super) others: JobRef,
    upload: UploadClient<Channel>,
    token: String,
    shutdown: CancellationToken,
    _talks: Vec<Talk>,
    _data: tempfile::TempDir,
}

impl Bench {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let server = simulated::serve(World::demo()).await;
        let mut plan = small_plan(&server).await?;
        plan.jobs.retain(|job| job.scope == ControlScope::Regional);
        let account = plan.jobs.last().context("a job")?.account;
        plan.jobs.retain(|job| job.account == account);
        plan.jobs.truncate(3);
        ensure!(plan.jobs.len() == 3, "the account has jobs in three Regions");
        let own = plan.accounts[account].account.id.to_string();
        let is_foreign =
            |id: &str| id != own && plan.management_account.as_ref().is_none_or(|management| *management != *id);
        let foreign = plan.accounts.iter().map(|planned| planned.account.id.to_string()).find(|id| is_foreign(id));
        let control = plan.controls.iter().find(|control| control.scopes.regional).context("a control")?.id.to_string();
        let data = tempfile::tempdir()?;
        // In memory: what is refused is a write, too.
        let store = Store::on(Disk::default().backend())?;
        let mut options = coordinator::Options::new(store.clone());
        (options.heartbeat, options.lease_ttl, options.job_deadline) = (LONG, LONG, LONG);
        let (service, handle) = coordinator::Service::new(options);
        let token = coordinator::Token::keep_in(data.path())?;
        let listener = coordinator::Listener::bind("127.0.0.1:0".parse()?, token.clone()).await?;
        let address = format!("http://{}", listener.address()?.context("a port")?);
        let shutdown = CancellationToken::new();
        tokio::spawn(service.run(listener, shutdown.clone()));
        start_scan(&handle, &plan).await?;
        let token = token.secret().to_owned();
        let (earlier, first, talk_one) = open(&address, &token, "liar", 2, &[], 2).await?;
        let (own_session, _, talk_two) = open(&address, &token, "liar", 2, &first, 0).await?;
        let (other, theirs, talk_three) = open(&address, &token, "other", 1, &[], 1).await?;
        let channel = Endpoint::from_shared(address)?.connect().await?;
        let jobs = store.jobs(&SCAN.parse()?)?;
        let job = first.first().context("a lease")?.clone();
        // An offer calls a job by less than its id.
        let whole = reference::whole(SCAN, &job.job_id);
        let region = jobs.iter().find(|stored| stored.id == whole).context("a stored job")?.region.clone();
        let with_fence = |stored: &plumbline_coordinator::store::record::Job| JobRef {
            job_id: stored.id.clone(),
            attempt: stored.attempt,
            fence: stored.fence,
        };
        Ok(Self {
            own: own_session,
            earlier,
            other,
            account: own,
            control,
            foreign: foreign.context("the organization has other accounts")?,
            other_regions: jobs.iter().filter(|stored| stored.id != whole).map(with_fence).collect(),
            others: theirs.first().context("a lease of the other agent")?.clone(),
            job,
            region,
            upload: UploadClient::new(channel),
            store,
            token,
            shutdown,
            _talks: vec![talk_one, talk_two, talk_three],
            _data: data,
        })
    }

    /// Whether the coordinator listens to this sender.
    pub(super) async fn is_open(&self, sender: &Sender) -> bool {
        let Ok(request) = self.request(sender, self.job.clone()) else { return false };
        self.upload.clone().status(request).await.is_ok()
    }

    /// Pushes a chunk; whether it was acknowledged.
    pub(super) async fn push(&self, sender: &Sender, chunk: Chunk) -> anyhow::Result<bool> {
        // What cannot be said is not accepted either.
        let Ok(request) = self.request(sender, tokio_stream::iter([chunk])) else { return Ok(false) };
        let pushed = tokio::time::timeout(PATIENCE, async {
            let Ok(answer) = self.upload.clone().push(request).await else { return false };
            matches!(answer.into_inner().message().await, Ok(Some(_)))
        });
        pushed.await.context("chunks are answered")
    }

    /// Commits; whether that was accepted.
    pub(super) async fn commit(&self, sender: &Sender, request: CommitRequest) -> anyhow::Result<bool> {
        let Ok(request) = self.request(sender, request) else { return Ok(false) };
        let mut upload = self.upload.clone();
        let committed = tokio::time::timeout(PATIENCE, upload.commit(request)).await;
        Ok(committed.context("a commit is answered")?.is_ok())
    }

    /// Rows that are stored.
    pub(super) fn rows(&self) -> anyhow::Result<u64> {
        Ok(self.store.jobs(&SCAN.parse()?)?.iter().map(|job| job.rows).sum())
    }

    /// Ends the coordinator.
    pub(super) fn stop(&self) {
        self.shutdown.cancel();
    }

    fn request<T>(&self, sender: &Sender, message: T) -> anyhow::Result<Request<T>> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", format!("Bearer {}", self.token).parse()?);
        metadata.insert(AGENT_KEY, sender.agent.parse()?);
        metadata.insert(SESSION_KEY, sender.session.parse()?);
        Ok(request)
    }
}

async fn start_scan(handle: &coordinator::Handle, plan: &Plan) -> anyhow::Result<()> {
    let start = coordinator::ScanStart {
        scan: SCAN.parse()?,
        subject: coordinator::Subject::Real,
        limits: Vec::new(),
        started: "2026-01-02T02:00:00Z".into(),
        version: "0".into(),
        pack_digest: String::new(),
        without_documents: false,
        governance: None,
    };
    handle.start_scan(plan, &start).await.map_err(|error| anyhow!("{error}"))
}

/// A session, and so many leases.
async fn open(
    address: &str,
    token: &str,
    agent: &str,
    capacity: u32,
    running: &[JobRef],
    wanted: usize,
) -> anyhow::Result<(Sender, Vec<JobRef>, Talk)> {
    let (sender, outgoing) = mpsc::channel(16);
    let say = |message| AgentMessage { message: Some(message) };
    let named = |job: &JobRef| RunningJob { job: Some(job.clone()), acked_chunks: 0, spooled: None };
    let hello = Hello {
        agent_id: agent.into(),
        build: "0".into(),
        proto_min: PROTOCOL_VERSIONS.0,
        proto_max: PROTOCOL_VERSIONS.1,
        capacity,
        running: running.iter().map(named).collect(),
        ..Hello::default()
    };
    sender.send(say(FromAgent::Hello(hello))).await?;
    let channel = Endpoint::from_shared(address.to_owned())?.connect().await?;
    let mut request = Request::new(ReceiverStream::new(outgoing));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let mut incoming = SessionClient::new(channel).connect(request).await?.into_inner();
    let (mut session, mut jobs) = (String::new(), Vec::new());
    while session.is_empty() || jobs.len() < wanted {
        let message = tokio::time::timeout(PATIENCE, incoming.message()).await.context("the coordinator answers")??;
        match message.context("the session goes on")?.message {
            Some(ToAgent::Welcome(welcome)) => session = welcome.session_id,
            Some(ToAgent::Offer(LeaseOffer { job: Some(job), .. })) => {
                sender.send(say(FromAgent::Accept(LeaseAccept { job: Some(job.clone()) }))).await?;
                jobs.push(job);
            }
            _ => {}
        }
    }
    Ok((Sender { agent: agent.to_owned(), session }, jobs, (sender, incoming)))
}
