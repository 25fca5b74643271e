//! A company's TLS-inspecting proxy: takes CONNECT for any host, shows a certificate for it from an authority of its own,
//! and hands what it reads to one server, which stands for all of AWS. So the client uses the host names that only real
//! AWS has, over real TLS; and the proxy counts, for each host, the connections that were made and are open.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Connections to one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Opened since the start.
    pub made: usize,
    /// Open now.
    pub open: usize,
    /// Open at the same time, at most.
    pub most: usize,
}

impl Connections {
    fn opened(&mut self) {
        self.made += 1;
        self.open += 1;
        self.most = self.most.max(self.open);
    }
}

/// What the proxy counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Connections in all.
    pub all: Connections,
    /// Connections by host and port (`s3.eu-west-1.amazonaws.com:443`).
    pub hosts: BTreeMap<String, Connections>,
}

/// The running proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct TlsProxy {
    address: SocketAddr,
    folder: TempDir,
    counted: watch::Sender<Counted>,
    task: JoinHandle<()>,
}

impl TlsProxy {
    /// Starts it before a server that speaks plain HTTP.
    ///
    /// # Errors
    /// When no port can be opened, or no certificate made.
    pub async fn start(server: SocketAddr) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let authority = Arc::new(Authority::new()?);
        std::fs::write(folder.path().join("ca.pem"), authority.issuer.pem())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(authority);
        let tls = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let counted = watch::Sender::new(Counted::default());
        let counts = counted.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tls.clone(), server, counts.clone()));
            }
        });
        Ok(Self { address, folder, counted, task })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file with its authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A folder that lives as long as the proxy.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The variables that send a process through it.
    pub fn variables(&self) -> [(String, String); 2] {
        let authority = self.authority().to_string_lossy().into_owned();
        [("HTTPS_PROXY".to_owned(), self.url()), ("AWS_CA_BUNDLE".to_owned(), authority)]
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        self.counted.borrow().clone()
    }

    /// Waits until no connection is open.
    ///
    /// # Errors
    /// When the proxy ended.
    pub async fn is_left_alone(&self) -> anyhow::Result<()> {
        self.counted.subscribe().wait_for(|counted| counted.all.open == 0).await.context("the proxy ended")?;
        Ok(())
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    tls: TlsAcceptor,
    server: SocketAddr,
    counted: watch::Sender<Counted>,
) -> anyhow::Result<()> {
    let host = connect_target(&mut stream).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let _open = Open::new(host, counted);
    let mut stream = tls.accept(stream).await?;
    let mut server = TcpStream::connect(server).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

/// Reads the head of a CONNECT request: what it is for.
async fn connect_target(stream: &mut TcpStream) -> anyhow::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    Ok(target.context("a proxy for TLS takes CONNECT only")?.to_owned())
}

/// One open connection, counted.
struct Open {
    host: String,
    counted: watch::Sender<Counted>,
}

impl Open {
    fn new(host: String, counted: watch::Sender<Counted>) -> Self {
        counted.send_modify(|counted| {
            counted.all.opened();
            counted.hosts.entry(host.clone()).or_default().opened();
        });
        Self { host, counted }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counted.send_modify(|counted| {
            counted.all.open -= 1;
            counted.hosts.entry(self.host.clone()).or_default().open -= 1;
        });
    }
}

/// Makes certificates for the hosts that are asked for.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Example Corp Inspection");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { issuer, made: Mutex::default() })
    }

    fn certificate(&self, host: &str) -> anyhow::Result<Arc<CertifiedKey>> {
        let mut made = self.made.lock().expect("nothing panics while it makes a certificate");
        if let Some(known) = made.get(host) {
            return Ok(Arc::clone(known));
        }
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![host.to_owned()])?.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = rustls::crypto::ring::default_provider();
        let chain = vec![CertificateDer::from(certificate)];
        let certified = Arc::new(CertifiedKey::from_der(chain, key, &provider)?);
        made.insert(host.to_owned(), Arc::clone(&certified));
        Ok(certified)
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate(hello.server_name()?).ok()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}
