//! A deployment on 127.0.0.1: an authority, a coordinator over mutual TLS, and machines that join it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper_util::rt::TokioIo;
use plumbline_agent as agent;
use plumbline_agent::member::{self, Member};
use plumbline_aws::proof::Verifier;
use plumbline_aws::{Caller, Client};
use plumbline_baseline::Severity;
use plumbline_coordinator as coordinator;
use plumbline_coordinator::joining::{AwsRole, ByRole};
use plumbline_coordinator::operator::{Command, Operators};
use plumbline_coordinator::organization::{Discovery, Memory};
use plumbline_coordinator::plan::{Baselines, Plan, PlannedControl, Scopes, Selection, needs, plan};
use plumbline_coordinator::store::Store;
use plumbline_coordinator::{Certificates, enrolment};
use plumbline_identity::token::Scope;
use plumbline_identity::{
    Address, Bounds, Credential, Identity, OperatorName, Role, Token, Trust, credential, lifetimes, tls,
};
use plumbline_sim::{AccessKey, Server, World};
use plumbline_tests::{clock, simulated};
use rustls::ClientConfig;
use rustls::time_provider::DefaultTimeProvider;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint, Uri};

pub(crate) const TIME: &str = "2026-11-26T00:00:00Z";

pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) store: Store,
    pub(crate) handle: coordinator::Handle,
    pub(crate) agents: SocketAddr,
    pub(crate) joining: SocketAddr,
    pub(crate) trust: Trust,
    pub(crate) plan: Plan,
    pub(crate) start: coordinator::ScanStart,
    pub(crate) data: tempfile::TempDir,
    /// What operators want, which nobody does here.
    pub(crate) wanted: mpsc::Receiver<Command>,
    shutdown: CancellationToken,
}

/// What differs between benches.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// How long certificates of agents live.
    pub(crate) life: Duration,
    /// How long challenges do.
    pub(crate) challenge_life: Duration,
    /// Where the coordinator calls STS, if it is not where agents do.
    pub(crate) sts: Option<String>,
    /// Where agents are served, with the next port for machines that join; anywhere without one.
    pub(crate) port: u16,
    /// Whether anybody joins by AWS identity.
    pub(crate) lists_roles: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self { life: lifetimes::AGENT, challenge_life: Duration::from_secs(60), sts: None, port: 0, lists_roles: true }
    }
}

/// An agent that runs.
pub(crate) struct Working {
    pub(crate) handle: agent::Handle,
    pub(crate) stop: CancellationToken,
    pub(crate) running: JoinHandle<Result<(), agent::Error>>,
}

fn control(id: &str, scopes: Scopes) -> PlannedControl {
    PlannedControl {
        id: id.into(),
        title: id.into(),
        finding: Default::default(),
        severity: Severity::Low,
        level: 1,
        frameworks: Arc::default(),
        scopes,
        exceptions: BTreeMap::new(),
        reads_account_tags: false,
        reads_delegated_administrators: false,
        reads_resource_control_policies: false,
        settings: BTreeMap::new(),
    }
}

pub(crate) fn caller(server: &Server) -> (Caller, Client) {
    let client = Client::new(simulated::client_options(server.endpoint()));
    let key = server.caller();
    (Caller::with_credentials(&client, simulated::key_credentials(&key), "us-east-1"), client)
}

/// Lets in who runs under one role of the management account, and asks the simulator's STS about it.
fn by_role(server: &Server, setting: &Setting) -> Arc<ByRole> {
    let sts = setting.sts.as_deref().unwrap_or(server.endpoint());
    let verifier = Verifier::new(&Client::new(simulated::client_options(sts)), "us-east-1").unwrap();
    let role = AwsRole {
        account: server.world().management_account().parse().unwrap(),
        role: "PlumblineAgent".to_owned(),
        bounds: "regions=eu-central-1".parse().unwrap(),
    };
    Arc::new(ByRole::new(vec![role], verifier).with_challenge_life(setting.challenge_life))
}

async fn small_plan(server: &Server) -> Plan {
    let (caller, client) = caller(server);
    let discovery = Discovery::new(caller, client);
    let mut organization = discovery.accounts(&[]).await.unwrap();
    let controls = vec![
        control("no-such-regional-control", Scopes { regional: true, ..Scopes::default() }),
        control("no-such-global-control", Scopes { global: true, ..Scopes::default() }),
    ];
    let selection = Selection { role: "PlumblineAudit".into(), ..Selection::default() };
    let needs = needs(&organization, &selection, &controls, &Baselines::default()).unwrap();
    let mut memory = Memory::none(time::OffsetDateTime::UNIX_EPOCH);
    discovery.details(&mut organization, &needs, &mut memory).await.unwrap();
    plan(&organization, &selection, controls, &Baselines::default()).unwrap()
}

impl Bench {
    /// With agents' certificates of a day.
    pub(crate) async fn start() -> Self {
        Self::with_life(lifetimes::AGENT).await
    }

    pub(crate) async fn with_life(life: Duration) -> Self {
        Self::with(Setting { life, ..Setting::default() }).await
    }

    pub(crate) async fn with(setting: Setting) -> Self {
        let server = simulated::serve(World::demo()).await;
        let plan = small_plan(&server).await;
        let data = tempfile::tempdir().unwrap();
        let store = Store::create(data.path()).unwrap();
        let authority = Certificates::path_in(data.path());
        let address = "127.0.0.1:7443".parse().unwrap();
        let trust = enrolment::begin(&store, &authority, &address, "the test").await.unwrap();
        let certificates =
            Certificates::load(&authority, Some(trust.deployment())).unwrap().with_agent_life(setting.life);
        let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let joining = enrolment::joining_port(setting.port).unwrap();
        let listener = coordinator::Listener::tls(at(setting.port), at(joining), Arc::new(certificates)).await.unwrap();
        let (agents, joining) = (listener.address().unwrap().unwrap(), listener.joining_address().unwrap().unwrap());
        let options = coordinator::Options {
            by_role: setting.lists_roles.then(|| by_role(&server, &setting)),
            ..coordinator::Options::new(store.clone())
        };
        let (service, handle) = coordinator::Service::new(options);
        let shutdown = CancellationToken::new();
        let (commands, wanted) = mpsc::channel(4);
        let operators = Operators::new(
            handle.clone(),
            commands,
            TIME.to_owned(),
            Some(trust.clone()),
            data.path(),
            shutdown.clone(),
        );
        let service = service.with_beside(operators.over_tls());
        tokio::spawn(service.run(listener, shutdown.clone()));
        let start = coordinator::ScanStart {
            scan: "01JTEST".parse().unwrap(),
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: "2026-01-15T00:00:00Z".into(),
            version: "0".into(),
            pack_digest: String::new(),
            without_documents: false,
            governance: None,
        };
        Self { server, store, handle, agents, joining, trust, plan, start, data, wanted, shutdown }
    }

    pub(crate) async fn scan(&self) {
        self.handle.start_scan(&self.plan, &self.start).await.unwrap();
    }

    pub(crate) async fn wait(&self) {
        let waiting = self.handle.wait(&self.start.scan);
        tokio::time::timeout(Duration::from_secs(90), waiting).await.expect("the scan ends").unwrap();
    }

    /// A token for these bounds.
    pub(crate) async fn token(&self, bounds: &str) -> Token {
        let scope: Bounds = bounds.parse().unwrap();
        let address: Address = self.joining.to_string().parse().unwrap();
        let token = Token::new(&self.trust, address, scope).unwrap();
        self.store.add_token(&token.stored(now(), lifetimes::TOKEN), "the test", TIME).await.unwrap();
        token
    }

    /// An operator that joined.
    pub(crate) async fn operator(&self, name: &str, role: Role) -> (Member, Address) {
        let address: Address = self.joining.to_string().parse().unwrap();
        let name_there: OperatorName = name.parse().unwrap();
        let token = Token::new(&self.trust, address, Scope::Operator { name: name_there.clone(), role }).unwrap();
        let stored = token.stored(now(), lifetimes::TOKEN);
        self.store.add_operator(&stored, (&name_there, role), "the test", TIME).await.unwrap().unwrap();
        member::join(&token, &self.directory(name)).await.unwrap()
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// A machine that joined.
    pub(crate) async fn join(&self, name: &str, bounds: &str) -> (Member, Address) {
        member::join(&self.token(bounds).await, &self.directory(name)).await.unwrap()
    }

    /// A machine that runs under a role of the management account, and tries to join by it.
    pub(crate) async fn join_by_role(&self, name: &str, role: &str) -> Result<(Member, Address), member::Error> {
        let joining = self.joining.to_string().parse().unwrap();
        member::join_by_role(&joining, self.trust.pin(), &self.caller_as(role), &self.directory(name)).await
    }

    /// Who calls under a role of the management account.
    pub(crate) fn caller_as(&self, role: &str) -> Caller {
        let key = AccessKey::of_role(self.server.world().management_account(), role);
        let client = Client::new(simulated::client_options(self.server.endpoint()));
        Caller::with_credentials(&client, simulated::role_credentials(&key), "eu-central-1")
    }

    /// An agent that joined, and works.
    pub(crate) async fn agent(&self, name: &str, bounds: &str) -> (String, Working) {
        let (member, address) = self.join(name, bounds).await;
        let id = member.agent().unwrap();
        let working = self.work(member, address, &id);
        (id, working)
    }

    /// An agent that says that it is called so.
    pub(crate) fn work(&self, member: Member, address: Address, id: &str) -> Working {
        let (caller, client) = caller(&self.server);
        let mut options = agent::Options::new(caller, client);
        options.agent_id = id.to_owned();
        let coordinator = agent::Coordinator::Secure { address, member: Arc::new(member) };
        let (service, handle) = agent::Service::new(options, coordinator);
        let stop = CancellationToken::new();
        let running = tokio::spawn(service.run(stop.clone()));
        Working { handle, stop, running }
    }

    /// The TLS of a machine that joined, for calls that no agent makes.
    pub(crate) fn tls_of(&self, name: &str) -> ClientConfig {
        let identity = Identity::load(&self.directory(name), None).unwrap().unwrap();
        client(&self.trust, identity.credential().clone())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Working {
    pub(crate) async fn until_connected(&mut self) {
        while !self.handle.activity().connected {
            self.handle.changed().await.unwrap();
        }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

pub(crate) fn now() -> SystemTime {
    clock::now().into()
}

fn client(trust: &Trust, credential: Credential) -> ClientConfig {
    tls::client(trust, &credential::Shown::new(credential), Arc::new(DefaultTimeProvider)).unwrap()
}

/// The TLS of who has a token, and no certificate.
pub(crate) fn without_a_certificate(trust: &Trust) -> ClientConfig {
    tls::joining_client(trust.deployment(), trust.pin(), Arc::new(DefaultTimeProvider)).unwrap()
}

/// A connection; it is made at the first call.
pub(crate) fn channel(address: SocketAddr, config: ClientConfig) -> Channel {
    let connector = TlsConnector::from(Arc::new(config));
    Endpoint::from_static("http://coordinator").connect_with_connector_lazy(tower::service_fn(move |_: Uri| {
        let connector = connector.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            Ok::<_, std::io::Error>(TokioIo::new(connector.connect("coordinator".try_into().unwrap(), stream).await?))
        }
    }))
}
