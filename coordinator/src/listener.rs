//! Where agents connect: from anywhere over mutual TLS, in plain text on this machine, or within this process, where
//! nothing listens at all.

use std::net::SocketAddr;
use std::sync::Arc;

use plumbline_identity::Trust;
use plumbline_proto::is_loopback;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::certificates::Certificates;
use crate::token::Token;

/// Connections of one process that wait to be accepted.
const WAITING: usize = 8;

/// Why nothing can be listened on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Agents would talk to it in plain text over a network.
    #[error("{0} is not a loopback address, and plain text is for those only")]
    NotLoopback(SocketAddr),
    /// The address cannot be bound.
    #[error(transparent)]
    Bind(#[from] std::io::Error),
    /// The address where machines join cannot be bound.
    #[error("{address}, where machines join: {why}")]
    BindJoining {
        /// The address.
        address: SocketAddr,
        /// Why not.
        why: std::io::Error,
    },
}

/// Where agents connect.
pub struct Listener(pub(crate) Kind);

pub(crate) enum Kind {
    /// Agents of other processes; each call shows the token.
    Tcp(TcpListener, Token),
    /// Agents with certificates, and on a port of its own machines that join.
    Tls(Tls),
    /// Agents of this process.
    InProcess(mpsc::Receiver<DuplexStream>),
}

/// Two ports, and the certificates that are shown and issued there.
pub(crate) struct Tls {
    pub(crate) agents: TcpListener,
    pub(crate) joining: TcpListener,
    pub(crate) certificates: Arc<Certificates>,
}

impl Listener {
    /// Listens for agents that show a certificate of the deployment, and at `joining` for machines that have none yet.
    ///
    /// # Errors
    /// When one of them cannot be bound.
    pub async fn tls(address: SocketAddr, joining: SocketAddr, certificates: Arc<Certificates>) -> Result<Self, Error> {
        let agents = TcpListener::bind(address).await?;
        let why = |why| Error::BindJoining { address: joining, why };
        let joining = TcpListener::bind(joining).await.map_err(why)?;
        Ok(Self(Kind::Tls(Tls { agents, joining, certificates })))
    }

    /// Listens on a loopback address, for agents that show the token.
    ///
    /// # Errors
    /// When it is not a loopback address, or cannot be bound.
    pub async fn bind(address: SocketAddr, token: Token) -> Result<Self, Error> {
        if !is_loopback(&address.ip().to_string()) {
            return Err(Error::NotLoopback(address));
        }
        Ok(Self(Kind::Tcp(TcpListener::bind(address).await?, token)))
    }

    /// A listener without a port, and where agents of this process hand in their connections.
    pub fn in_process() -> (mpsc::Sender<DuplexStream>, Self) {
        let (connections, incoming) = mpsc::channel(WAITING);
        (connections, Self(Kind::InProcess(incoming)))
    }

    /// What agents and operators trust that connect over TLS; nothing where nobody does.
    pub fn trust(&self) -> Option<&Trust> {
        match &self.0 {
            Kind::Tls(tls) => Some(tls.certificates.trust()),
            Kind::Tcp(..) | Kind::InProcess(_) => None,
        }
    }

    /// The address, when there is one.
    ///
    /// # Errors
    /// When the machine does not say.
    pub fn address(&self) -> std::io::Result<Option<SocketAddr>> {
        match &self.0 {
            Kind::Tcp(listener, _) | Kind::Tls(Tls { agents: listener, .. }) => listener.local_addr().map(Some),
            Kind::InProcess(_) => Ok(None),
        }
    }

    /// The address where machines join, when there is one.
    ///
    /// # Errors
    /// When the machine does not say.
    pub fn joining_address(&self) -> std::io::Result<Option<SocketAddr>> {
        match &self.0 {
            Kind::Tls(tls) => tls.joining.local_addr().map(Some),
            Kind::Tcp(..) | Kind::InProcess(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_opened_on_loopback_only() {
        let directory = tempfile::tempdir().unwrap();
        let token = || Token::keep_in(directory.path()).unwrap();
        for wrong in ["0.0.0.0:0", "10.0.0.1:0", "[::]:0"] {
            let refused = Listener::bind(wrong.parse().unwrap(), token()).await;
            assert!(matches!(refused, Err(Error::NotLoopback(_))), "{wrong}");
        }
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), token()).await.unwrap();
        assert!(listener.address().unwrap().is_some());
        assert_eq!(Listener::in_process().1.address().unwrap(), None);
    }
}
