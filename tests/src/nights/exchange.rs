//! One job between an agent and the store: the offer, what is asked and sent, the commit. Everything is as between real
//! processes but for the connection: each message is counted as it would be encoded.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use plumbline_baseline::AgentId;
use plumbline_coordinator::store::record::Job;
use plumbline_coordinator::store::{
    Attempt, Claim, Commit, CommitOutcome, Grant, Granted, Holder, PutOutcome, Store, StoredJob,
};
use plumbline_proto::agent_v1::agent_message::Message as FromAgent;
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::{
    AgentMessage, ChunkAck, CommitReply, CommitRequest, CoordinatorMessage, HeldReply, HeldRequest, HeldType, JobRef,
    JobSpec, LeaseAccept, LeaseOffer, Scan, Usage,
};
use plumbline_proto::chunk::{Chunker, Item, MAX_BYTES, Piece, Total};
use plumbline_proto::reference;
use plumbline_proto::spec::{about_account, shorten, without_account};
use plumbline_tree::{self as tree, Found, Sent};
use prost::Message;

/// What gRPC puts before a message, and HTTP/2 before a frame of data. Headers of calls are not counted.
const FRAMES: u64 = 5 + 9;
const DEADLINE_SECONDS: u32 = 45 * 60;
pub(super) const NOW: &str = "2026-11-26T02:00:00Z";

/// What went over the wire, and what it was.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// Messages and their bytes, by what they are.
    pub kinds: BTreeMap<&'static str, (u64, u64)>,
    /// Rows that were sent.
    pub rows: u64,
    /// Documents that were sent.
    pub documents: u64,
    /// Resources of which only what changes by itself was sent.
    pub changing: u64,
}

impl Wire {
    /// Bytes both ways.
    pub fn bytes(&self) -> u64 {
        self.kinds.values().map(|(_, bytes)| bytes).sum()
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (&kind, &(messages, bytes)) in &other.kinds {
            self.count(kind, messages, bytes);
        }
        self.rows += other.rows;
        self.documents += other.documents;
        self.changing += other.changing;
    }

    fn count(&mut self, kind: &'static str, messages: u64, bytes: u64) {
        let known = self.kinds.entry(kind).or_default();
        *known = (known.0 + messages, known.1 + bytes);
    }

    fn message(&mut self, kind: &'static str, message: &impl Message) {
        self.count(kind, 1, message.encoded_len() as u64 + FRAMES);
    }

    pub(super) fn told(&mut self, kind: &'static str, message: ToAgent) {
        self.message(kind, &CoordinatorMessage { message: Some(message) });
    }

    fn said(&mut self, kind: &'static str, message: FromAgent) {
        self.message(kind, &AgentMessage { message: Some(message) });
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Row(_) => self.rows += 1,
            Item::Document(_) => self.documents += 1,
            Item::Changing(_) => self.changing += 1,
            Item::Listing(_) | Item::Base(_) => {}
        }
    }
}

/// A job on its way.
pub(super) struct Exchange {
    pub(super) store: Store,
    pub(super) scan: Arc<Scan>,
    pub(super) spec: JobSpec,
    pub(super) job: StoredJob,
    /// Which of the accounts it is that the agent was told of, and whether it is told now.
    pub(super) account: (u32, bool),
}

/// A job that an agent has.
struct Leased {
    exchange: Exchange,
    record: Job,
    reference: JobRef,
    holder: Holder,
    wire: Wire,
}

impl Exchange {
    /// From the offer to the commit.
    pub(super) async fn run(self, found: Found, resources: u64) -> anyhow::Result<Wire> {
        let (mut leased, held) = self.lease().await?;
        let sent = leased.compare(&found, &held).await?;
        let is_on_held = sent.is_some();
        let sent = sent.unwrap_or_else(Sent::everything);
        let total = leased.deliver(&found, &sent).await?;
        leased.commit(&total, Claim { root: *found.root(), is_on_held, dropped: sent.dropped }, resources).await?;
        Ok(leased.wire)
    }

    async fn lease(self) -> anyhow::Result<(Leased, Vec<u8>)> {
        let agent: AgentId = "agent-1".parse()?;
        let grant = Grant {
            attempt: Attempt::New,
            agent: agent.clone(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            failed_attempts: 0,
            now: NOW.to_owned(),
        };
        let granted = self.store.grant(&self.job, grant).await?;
        let Granted { attempt, fence } = granted.context("a job that was planned can be granted")?;
        let record = self.store.job(&self.job)?.context("a job that was granted has a record")?;
        let held = self.store.held_root(&record)?.map(Vec::from).unwrap_or_default();
        let job_id = reference::short(self.job.scan.as_str(), self.job.job.as_str());
        let mut wire = Wire::default();
        let short = shorten(&self.spec, &self.scan);
        let about = about_account(&short, &job_id).context("a job is called after its scan")?;
        if self.account.1 {
            wire.told("ScanAccount", ToAgent::Account(about));
        }
        let reference = JobRef { job_id, attempt, fence };
        wire.told(
            "LeaseOffer",
            ToAgent::Offer(LeaseOffer {
                job: Some(reference.clone()),
                spec: Some(without_account(short, self.account.0)),
                deadline_s: DEADLINE_SECONDS,
                held: held.clone(),
                ..LeaseOffer::default()
            }),
        );
        wire.said("LeaseAccept", FromAgent::Accept(LeaseAccept { job: Some(reference.clone()) }));
        let holder = Holder { agent, fence };
        Ok((Leased { exchange: self, record, reference, holder, wire }, held))
    }
}

impl Leased {
    /// What is sent where something is held, as the agent finds it out.
    async fn compare(&mut self, found: &Found, held: &[u8]) -> anyhow::Result<Option<Sent>> {
        if held.is_empty() {
            return Ok(None);
        }
        if held == tree::short(found.root()) {
            return Ok(Some(found.kept()));
        }
        let reply = self.held(Vec::new()).await?;
        let mut sent = found.against(&tree::shorts(&reply.types).context("names begin with five bytes")?);
        let large = found.to_ask(&sent);
        if !large.is_empty() {
            for known in self.held(large).await?.entries {
                let entries = tree::shorts(&known.entries).context("names begin with five bytes")?;
                found.narrow(&mut sent, &known.r#type, &entries);
            }
        }
        Ok(Some(sent))
    }

    async fn held(&mut self, types: Vec<String>) -> anyhow::Result<HeldReply> {
        self.wire.message("HeldRequest", &HeldRequest { job: Some(self.reference.clone()), types: types.clone() });
        let (store, record) = (self.exchange.store.clone(), self.record.clone());
        let held = tokio::task::spawn_blocking(move || store.held(&record, &types)).await??;
        let entries = held.entries.into_iter().map(|(r#type, entries)| HeldType { r#type, entries: entries.concat() });
        let reply = HeldReply { types: held.types.concat(), entries: entries.collect() };
        self.wire.message("HeldReply", &reply);
        Ok(reply)
    }

    async fn deliver(&mut self, found: &Found, sent: &Sent) -> anyhow::Result<Total> {
        let mut chunker = Chunker::new(MAX_BYTES);
        for item in found.items(sent) {
            self.wire.item(&item);
            if let Some(piece) = chunker.push(item) {
                self.put(piece).await?;
            }
        }
        if let Some(piece) = chunker.finish_chunk() {
            self.put(piece).await?;
        }
        Ok(chunker.total())
    }

    async fn put(&mut self, piece: Piece) -> anyhow::Result<()> {
        self.wire.message("Chunk", &piece.message(self.reference.clone()));
        let Exchange { store, job, .. } = &self.exchange;
        match store.put_chunk(job, &self.holder, piece.seq, piece.rows().to_vec()).await? {
            PutOutcome::Stored => {}
            other => bail!("a chunk was not stored: {other:?}"),
        }
        self.wire.message("ChunkAck", &ChunkAck { job: Some(self.reference.clone()), seq: piece.seq });
        Ok(())
    }

    async fn commit(&mut self, total: &Total, claim: Claim, resources: u64) -> anyhow::Result<()> {
        let usage = Usage { duration_ms: 20_000, throttles: 0, failures: 0, resources, calls: 40 + resources };
        self.wire.message(
            "CommitRequest",
            &CommitRequest {
                job: Some(self.reference.clone()),
                chunk_count: total.chunks,
                row_count: total.rows,
                root_hash: if total.chunks == 0 { Vec::new() } else { total.root_hash.clone() },
                usage: Some(usage),
                tree_root: claim.root.to_vec(),
                on_held: claim.is_on_held,
                dropped: claim.dropped.concat(),
            },
        );
        let commit = Commit {
            chunks: total.chunks,
            rows: total.rows,
            root_hash: total.root_hash.clone(),
            claim: Some(claim),
            usage,
            now: NOW.to_owned(),
        };
        let Exchange { store, job, .. } = &self.exchange;
        match store.commit(job, &self.holder, commit).await? {
            CommitOutcome::Committed(commit_seq) => {
                self.wire.message("CommitReply", &CommitReply { commit_seq, wants_all: false })
            }
            other => bail!("a job was not committed: {other:?}"),
        }
        Ok(())
    }
}
