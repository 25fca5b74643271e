//! A coordinator over mutual TLS and one in plain text, in this process, and certificates of all kinds for them; and one
//! as a process of its own, with health, metrics and a socket for operators.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use hyper_util::rt::TokioIo;
use plumbline_coordinator as coordinator;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::{Certificates, enrolment, operator};
use plumbline_identity::{Authority, Bounds, Issued, Role, SigningRequest, Token, lifetimes, tls};
use plumbline_proto::agent_v1::JobRef;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::{AGENT_KEY, SESSION_KEY};
use plumbline_sim::World;
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::ClientConfig;
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::DefaultTimeProvider;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Request;
use tonic::transport::{Endpoint, Uri};

use crate::clock;
use crate::service::{self, Place, Running};
use crate::simulated;
use crate::store_faults::chance::Chance;

/// What only who is let in is told.
const NO_SESSION: &str = "no such session";

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was answered, if only that there is no such job.
    LetIn,
    /// It was not.
    Refused,
}

/// All of it; it ends with its owner.
pub(super) struct Deployment {
    pub(super) authority: Authority,
    /// Agents with certificates, machines that join, agents with the token, health and metrics.
    pub(super) ports: [SocketAddr; 4],
    /// Where operators connect.
    pub(super) socket: PathBuf,
    store: Store,
    _stop: DropGuard,
    _data: tempfile::TempDir,
    _process: Running,
    _place: Place,
    _aws: plumbline_sim::Server,
}

impl Deployment {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let store = Store::create(data.path())?;
        let folder = Certificates::path_in(data.path());
        let trust = enrolment::begin(&store, &folder, &"127.0.0.1:7443".parse()?, "the program").await?;
        let authority = Authority::load(&folder, Some(trust.deployment()))?;
        let certificates = Arc::new(Certificates::load(&folder, Some(trust.deployment()))?);
        let here: SocketAddr = "127.0.0.1:0".parse()?;
        let secure = coordinator::Listener::tls(here, here, certificates).await?;
        let plain = coordinator::Listener::bind(here, coordinator::Token::keep_in(data.path())?).await?;
        let port = |port: std::io::Result<Option<SocketAddr>>| port?.context("a port");
        let aws = simulated::serve(World::demo_of(1, 7)).await;
        let place = Place::new("role: PlumblineAudit\n");
        let mut process = Running::of(place.command(&aws).args(["--http", "127.0.0.1:0"]));
        let line = process.wait_for("health and metrics are at http://");
        let http = line.rsplit_once("http://").map_or("", |(_, address)| address.trim());
        let ports = [port(secure.address())?, port(secure.joining_address())?, port(plain.address())?, http.parse()?];
        let (service, handle) = coordinator::Service::new(coordinator::Options {
            // Thousands fail from one address here.
            failed_joins: u32::MAX,
            ..coordinator::Options::new(store.clone())
        });
        let stop = CancellationToken::new();
        tokio::spawn(service.run_on(vec![secure, plain], stop.clone()));
        let banned = handle.ban(&"banned".parse().map_err(|error| anyhow!("{error}"))?, "the program", "").await;
        banned.map_err(|error| anyhow!("{error}"))?;
        let (_stop, socket) = (stop.drop_guard(), operator::path_in(place.path()));
        Ok(Self { authority, ports, socket, store, _stop, _data: data, _process: process, _place: place, _aws: aws })
    }

    /// Whether the process answers for its health.
    pub(super) fn is_live(&self) -> bool {
        service::get(&self.ports[3].to_string(), "/livez").contains("200 OK")
    }

    /// A token that is good.
    pub(super) async fn token(&self) -> anyhow::Result<Token> {
        let token = Token::new(self.authority.trust(), self.ports[1].to_string().parse()?, Bounds::default())?;
        let now = clock::now();
        let stored = token.stored(now.into(), lifetimes::TOKEN);
        self.store.add_token(&stored, "the program", &now.format(&Rfc3339)?).await?;
        Ok(token)
    }

    /// Who shows no certificate.
    pub(super) fn nobody(&self) -> anyhow::Result<ClientConfig> {
        let trust = self.authority.trust();
        Ok(tls::joining_client(trust.deployment(), trust.pin(), Arc::new(DefaultTimeProvider))?)
    }

    /// An agent of this deployment.
    pub(super) fn member(&self, name: &str) -> anyhow::Result<ClientConfig> {
        self.agent(&self.authority, name, clock::now())
    }

    /// An agent that was let in by this authority at that time.
    pub(super) fn agent(&self, by: &Authority, name: &str, then: OffsetDateTime) -> anyhow::Result<ClientConfig> {
        let id = name.parse().map_err(|error| anyhow!("{error}"))?;
        self.with(|request| Ok(by.issue_agent(request, &id, &Bounds::default(), then.into())?.chain))
    }

    /// An operator.
    pub(super) fn operator(&self) -> anyhow::Result<ClientConfig> {
        let name = "somebody".parse().map_err(|error| anyhow!("{error}"))?;
        let now = clock::now().into();
        let issue = |request: &SigningRequest| -> anyhow::Result<Issued> {
            Ok(self.authority.issue_operator(request, &name, Role::Operator, Duration::from_secs(3_600), now)?)
        };
        self.with(|request| Ok(issue(request)?.chain))
    }

    /// An agent, with one bit of its certificate another one.
    pub(super) fn mutated(&self, name: &str, chance: &mut Chance) -> anyhow::Result<ClientConfig> {
        let id = name.parse().map_err(|error| anyhow!("{error}"))?;
        let now = clock::now().into();
        self.with(|request| {
            let mut chain = self.authority.issue_agent(request, &id, &Bounds::default(), now)?.chain;
            let which = chance.below(chain.len());
            let mut der = chain[which].to_vec();
            let at = chance.below(der.len());
            der[at] ^= 1 << chance.below(8);
            chain[which] = der.into();
            Ok(chain)
        })
    }

    fn with(
        &self,
        issue: impl FnOnce(&SigningRequest) -> anyhow::Result<Vec<CertificateDer<'static>>>,
    ) -> anyhow::Result<ClientConfig> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key)?;
        let chain = issue(&SigningRequest::parse(request.der())?)?;
        let key = any_ecdsa_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))?;
        let mut config = self.nobody()?;
        config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
        Ok(config)
    }

    /// Asks as this agent.
    pub(super) async fn asks(&self, config: ClientConfig, agent: &str) -> Answer {
        let (connector, address) = (TlsConnector::from(Arc::new(config)), self.ports[0]);
        let channel = Endpoint::from_static("http://coordinator").connect_with_connector_lazy(tower::service_fn(
            move |_: Uri| {
                let connector = connector.clone();
                async move {
                    let stream = TcpStream::connect(address).await?;
                    let name = "coordinator".try_into().map_err(std::io::Error::other)?;
                    Ok::<_, std::io::Error>(TokioIo::new(connector.connect(name, stream).await?))
                }
            },
        ));
        let mut request = Request::new(JobRef { job_id: "01STRANGER-000000".into(), attempt: 1, fence: 1 });
        let Ok(name) = agent.parse() else { return Answer::Refused };
        request.metadata_mut().insert(AGENT_KEY, name);
        request.metadata_mut().insert(SESSION_KEY, tonic::metadata::MetadataValue::from_static("x"));
        match UploadClient::new(channel).status(request).await {
            // Of its session it is asked only once it is let in.
            Err(status) if !status.message().contains(NO_SESSION) => Answer::Refused,
            Ok(_) | Err(_) => Answer::LetIn,
        }
    }
}
