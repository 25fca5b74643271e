//! What an agent is started with. Validated by whoever builds it; nothing here reads files or the environment.

use std::sync::Arc;
use std::time::Duration;

use plumbline_aws::{Caller, Client};
use plumbline_baseline::pack::Pack;
use plumbline_identity::Address;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use crate::member::Member;
use crate::redact::RedactionKey;
use crate::spool::Spool;

/// What the name of a deployment is made of where a token is all that is known of it.
const OF_TOKEN: &str = "plumbline spool: the deployment of a token";

/// The coordinator that an agent works for.
#[derive(Clone)]
pub enum Coordinator {
    /// In another process on this machine.
    At {
        /// Where it listens: `http://127.0.0.1:7443`.
        address: String,
        /// What it lets agents in by.
        token: String,
    },
    /// On any machine, over mutual TLS.
    Secure {
        /// Where it listens: `coordinator.example:7443`.
        address: Address,
        /// Who this machine is.
        member: Arc<Member>,
    },
    /// In this process: where it takes connections.
    InProcess(mpsc::Sender<DuplexStream>),
}

impl Coordinator {
    /// What identifies the deployment, without a question.
    pub(crate) fn deployment(&self) -> String {
        match self {
            Self::At { token, .. } => blake3::Hash::from(blake3::derive_key(OF_TOKEN, token.as_bytes())).to_string(),
            Self::Secure { member, .. } => member.deployment(),
            Self::InProcess(_) => String::new(),
        }
    }
}

impl std::fmt::Debug for Coordinator {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::At { address, .. } => address,
            Self::Secure { address, .. } => address.as_str(),
            Self::InProcess(_) => "in process",
        })
    }
}

/// The settings of an agent.
#[derive(Clone, Debug)]
pub struct Options {
    /// What this agent is called. It must be its own: another agent that comes with the same id takes its place.
    pub agent_id: String,
    /// Version of the binary, for the coordinator's records.
    pub build: String,
    /// Jobs at a time.
    pub capacity: usize,
    /// Calls in flight at a time in one job; the client bounds those of all jobs.
    pub concurrent_calls_per_job: usize,
    /// About how much memory the documents of all jobs may take; who wants more waits for others to end.
    pub memory_bytes: usize,
    /// About how much of it one job may take; what does not fit is `UNKNOWN(too_large)`.
    pub job_bytes: usize,
    /// The agent's own Region, if it has one; the coordinator prefers to give it jobs there.
    pub home_region: Option<String>,
    /// The account of its own credentials, if it is known; the coordinator prefers to give it jobs there.
    pub own_account: Option<String>,
    /// Who the agent is to AWS: roles are assumed from here.
    pub caller: Caller,
    /// Whether the account of those credentials is read with them, whatever role the coordinator names for it.
    pub reads_own_account: bool,
    /// The AWS client.
    pub client: Client,
    /// The baseline.
    pub pack: Arc<Pack>,
    /// The deployment's key for hashes of redacted values.
    pub redaction_key: RedactionKey,
    /// How long running jobs may go on after a shutdown was asked for; zero stops them at once.
    pub drain_timeout: Duration,
    /// Where what was found is kept until it is committed; without it, an agent that is killed collects it again.
    pub spool: Option<Arc<Spool>>,
}

impl Options {
    /// The defaults around an identity and a client; the embedded pack.
    pub fn new(caller: Caller, client: Client) -> Self {
        Self::with_pack(caller, client, Arc::clone(Pack::embedded()))
    }

    /// The same with another pack; the built-in one is then not loaded.
    pub fn with_pack(caller: Caller, client: Client, pack: Arc<Pack>) -> Self {
        Self {
            agent_id: "agent".to_owned(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            capacity: 96,
            concurrent_calls_per_job: 32,
            memory_bytes: 1 << 30,
            job_bytes: 256 << 20,
            home_region: None,
            own_account: None,
            caller,
            reads_own_account: false,
            client,
            pack,
            redaction_key: RedactionKey::from([0; 32]),
            drain_timeout: Duration::ZERO,
            spool: None,
        }
    }
}
