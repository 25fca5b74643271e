//! A deployment in a directory of its own, certificates that nobody should have made, and connections in memory.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pem::Pem;
use plumbline_identity::credential::Shown;
use plumbline_identity::lifetimes::OPERATOR;
use plumbline_identity::{Authority, Deployment, Identity, Pending, Refused, Role, SigningRequest, tls};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, ConnectionCommon, HandshakeKind, ServerConfig, ServerConnection};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The agent that most tests have.
pub(crate) const AGENT: &str = "6f0c2a4e-0000-4000-8000-000000000001";

/// A clock that a test sets.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Mutex<SystemTime>>);

impl Clock {
    fn new() -> Self {
        Self::at(UNIX_EPOCH + Duration::from_secs(1_790_000_000))
    }

    pub(crate) fn at(now: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub(crate) fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }

    pub(crate) fn tls(&self) -> tls::Clock {
        Arc::new(self.clone())
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(self.now().duration_since(UNIX_EPOCH).unwrap()))
    }
}

/// A deployment.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let clock = Clock::new();
        let authority = Authority::init(&home.path().join("authority"), clock.now()).unwrap();
        Self { home, clock, authority }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.home.path().join("authority")
    }

    pub(crate) fn deployment(&self) -> Deployment {
        self.authority.trust().deployment()
    }

    /// An agent that has joined, in a directory with this name.
    pub(crate) fn agent(&self, name: &str) -> Identity {
        let pending = Pending::open(&self.home.path().join(name), self.deployment()).unwrap();
        let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
        let bounds = "regions=eu-central-1".parse().unwrap();
        let issued = self.authority.issue_agent(&request, &AGENT.parse().unwrap(), &bounds, self.clock.now()).unwrap();
        pending.keep(self.authority.trust(), issued.chain, self.clock.now()).unwrap()
    }

    pub(crate) fn operator(&self, name: &str, role: Role) -> Identity {
        let pending = Pending::open(&self.home.path().join(name), self.deployment()).unwrap();
        let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
        let name = name.parse().unwrap();
        let issued = self.authority.issue_operator(&request, &name, role, OPERATOR, self.clock.now()).unwrap();
        pending.keep(self.authority.trust(), issued.chain, self.clock.now()).unwrap()
    }

    /// The listener of agents and operators.
    pub(crate) fn server(&self) -> ServerConfig {
        let shown = Shown::new(self.authority.coordinator(&["coordinator.example"], self.clock.now()).unwrap());
        tls::server(self.authority.trust(), &shown, self.clock.tls()).unwrap()
    }

    /// The listener where machines join.
    pub(crate) fn joining_server(&self) -> ServerConfig {
        let shown = Shown::new(self.authority.coordinator(&[], self.clock.now()).unwrap());
        tls::joining_server(&shown, self.clock.tls()).unwrap()
    }

    pub(crate) fn client(&self, identity: &Identity) -> ClientConfig {
        tls::client(identity.trust(), &Shown::new(identity.credential().clone()), self.clock.tls()).unwrap()
    }

    /// A client that shows something of its own making, and accepts the coordinator.
    pub(crate) fn client_with(&self, made: &Made) -> ClientConfig {
        let mut config = self.client(&self.agent("forger"));
        config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(made.certified()));
        config
    }

    /// A listener that shows something of its own making, and lets everybody in.
    pub(crate) fn server_with(&self, made: &Made) -> ServerConfig {
        let mut config = self.joining_server();
        config.cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(made.certified()));
        config
    }

    /// The issuer's certificate and key, as somebody has them who stole the coordinator's disk. Nobody but the tests.
    pub(crate) fn stolen_issuer(&self) -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
        let blocks = pem::parse_many(std::fs::read(self.directory().join("issuer.pem")).unwrap()).unwrap();
        let certificate = CertificateDer::from(blocks[1].contents().to_vec());
        let key = KeyPair::try_from(blocks[0].contents()).unwrap();
        (certificate.clone(), Issuer::from_ca_cert_der(&certificate, key).unwrap())
    }

    /// What the deployment's issuer would never sign, signed by it.
    pub(crate) fn signed(&self, change: impl FnOnce(&mut CertificateParams)) -> Made {
        let (certificate, issuer) = self.stolen_issuer();
        let (params, key) = self.params(change);
        let leaf = params.signed_by(&key, &issuer).unwrap();
        Made { chain: vec![leaf.into(), certificate, self.authority.trust().root().clone()], key }
    }

    /// The same, signed by itself.
    pub(crate) fn self_signed(&self, change: impl FnOnce(&mut CertificateParams)) -> Made {
        let (params, key) = self.params(change);
        Made { chain: vec![params.self_signed(&key).unwrap().into()], key }
    }

    /// A certificate as an agent has it, but for its grant.
    pub(crate) fn params(&self, change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![self.uri("/agent/mallory")];
        params.serial_number = Some(vec![0x42; 16].into());
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = (self.clock.now() - DAY).into();
        params.not_after = (self.clock.now() + DAY).into();
        change(&mut params);
        (params, KeyPair::generate().unwrap())
    }

    pub(crate) fn uri(&self, path: &str) -> SanType {
        SanType::URI(format!("spiffe://plumbline-{}{path}", self.deployment()).try_into().unwrap())
    }
}

/// A key and a chain.
pub(crate) struct Made {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
}

impl Made {
    /// Without asking whether the key is that of the certificate.
    fn certified(&self) -> CertifiedKey {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        CertifiedKey::new(self.chain.clone(), rustls::crypto::ring::sign::any_ecdsa_type(&key).unwrap())
    }
}

/// How a connection ended at each end.
pub(crate) struct Met {
    pub(crate) server: Result<Accepted, rustls::Error>,
    pub(crate) client: Result<Option<HandshakeKind>, rustls::Error>,
}

/// What the server knows of a connection that stands.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) protocol: Option<Vec<u8>>,
    pub(crate) version: Option<rustls::ProtocolVersion>,
}

impl Met {
    /// Why the server refused.
    pub(crate) fn refused(&self) -> Refused {
        let error = self.server.as_ref().expect_err("the server let it in");
        Refused::of(error).unwrap_or_else(|| panic!("{error:?} is of no kind"))
    }

    /// Why the client refused.
    pub(crate) fn refused_by_client(&self) -> Refused {
        let error = self.client.as_ref().expect_err("the client accepted it");
        assert!(self.server.is_err(), "the server believes in a connection that the client refused");
        Refused::of(error).unwrap_or_else(|| panic!("{error:?} is of no kind"))
    }
}

/// Connects, under a host name that no certificate has: a balancer's.
pub(crate) fn connect(server: ServerConfig, client: ClientConfig) -> Met {
    connect_again(&Arc::new(server), &Arc::new(client))
}

pub(crate) fn connect_again(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> Met {
    let mut client = ClientConnection::new(Arc::clone(client), "balancer.test".try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
    let (mut at_server, mut at_client) = (Ok(()), Ok(()));
    loop {
        let sent = drain(|buffer| client.write_tls(buffer));
        if at_server.is_ok() {
            at_server = feed(&sent, &mut server);
        }
        let answered = drain(|buffer| server.write_tls(buffer));
        if at_client.is_ok() {
            at_client = feed(&answered, &mut client);
        }
        if sent.is_empty() && answered.is_empty() {
            break;
        }
    }
    assert!(at_server.is_err() || at_client.is_err() || !(server.is_handshaking() || client.is_handshaking()));
    let accepted = at_server.map(|()| Accepted {
        chain: server.peer_certificates().unwrap_or_default().iter().map(|der| der.clone().into_owned()).collect(),
        protocol: server.alpn_protocol().map(<[u8]>::to_vec),
        version: server.protocol_version(),
    });
    Met { server: accepted, client: at_client.map(|()| client.handshake_kind()) }
}

/// What a server makes of bytes that no TLS library wrote.
pub(crate) fn noise(server: ServerConfig, bytes: &[u8]) -> Result<(), rustls::Error> {
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    feed(bytes, &mut server)?;
    assert!(server.is_handshaking(), "nothing was agreed on");
    Ok(())
}

fn drain(mut write: impl FnMut(&mut Vec<u8>) -> std::io::Result<usize>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while write(&mut bytes).unwrap() > 0 {}
    bytes
}

fn feed<D>(bytes: &[u8], connection: &mut ConnectionCommon<D>) -> Result<(), rustls::Error> {
    let mut cursor = Cursor::new(bytes);
    while cursor.position() < bytes.len() as u64 {
        connection.read_tls(&mut cursor).unwrap();
        connection.process_new_packets()?;
    }
    Ok(())
}

/// Rewrites a file with its mode.
pub(crate) fn rewrite(path: &std::path::Path, blocks: &[Pem]) {
    std::fs::write(path, pem::encode_many(blocks)).unwrap();
}
