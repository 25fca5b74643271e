//! Who may call at all, in one place for all services: agents by their certificates, or whoever shows the token. What
//! operators may, the operators' own service says.

use std::sync::Arc;

use plumbline_baseline::AgentId;
use plumbline_identity::Peer;
use plumbline_proto::{AGENT_KEY, SESSION_KEY};
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use super::tls::Caller;
use crate::admission::Refusal;
use crate::dispatch::{Dispatch, Identity};
use crate::token::Token;

/// Lets calls in, or refuses them.
#[derive(Clone)]
pub(super) struct Authenticate(By);

/// Whom a service is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Served {
    Agents,
    /// And operators.
    Everybody,
}

#[derive(Clone)]
enum By {
    Certificate(Arc<Dispatch>, Served),
    Token(Token),
    /// The transport is private to this process.
    Transport,
}

impl Authenticate {
    /// Agents whose certificates the connection was made with.
    pub(super) fn by_certificate(dispatch: Arc<Dispatch>) -> Self {
        Self(By::Certificate(dispatch, Served::Agents))
    }

    /// Agents and operators whose certificates the connection was made with.
    pub(super) fn by_any_certificate(dispatch: Arc<Dispatch>) -> Self {
        Self(By::Certificate(dispatch, Served::Everybody))
    }

    /// Whoever shows this token.
    pub(super) fn by(token: Token) -> Self {
        Self(By::Token(token))
    }

    /// Everybody: the transport is private to this process.
    pub(super) fn nobody_else_can() -> Self {
        Self(By::Transport)
    }
}

/// Who calls by certificate; nobody in particular where there are none.
pub(crate) fn peer<T>(request: &Request<T>) -> Option<Arc<Peer>> {
    request.extensions().get::<Caller>().and_then(|caller| caller.peer.clone())
}

/// Whether somebody with a certificate is still let in.
///
/// # Errors
/// When not.
pub(crate) fn still_admitted(dispatch: &Dispatch, peer: Option<&Peer>) -> Result<(), Status> {
    match peer.and_then(|peer| dispatch.admission().refusal(peer)) {
        None => Ok(()),
        Some(refused @ (Refusal::Banned | Refusal::Revoked)) => Err(Status::permission_denied(refused.to_string())),
        Some(refused @ Refusal::Expired) => Err(Status::unauthenticated(refused.to_string())),
    }
}

/// Whether an agent is who its certificate says.
///
/// # Errors
/// When it says somebody else.
pub(super) fn is_itself(agent: &AgentId, peer: Option<&Peer>) -> Result<(), Status> {
    match peer {
        Some(Peer::Agent { id, .. }) if id != agent => {
            tracing::warn!(%id, claimed = %agent, "an agent claimed to be another one");
            Err(Status::permission_denied(format!("the certificate is that of agent {id}, and not of {agent}")))
        }
        _ => Ok(()),
    }
}

impl Interceptor for Authenticate {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let token = match &self.0 {
            By::Transport => return Ok(request),
            By::Certificate(dispatch, served) => {
                let peer = peer(&request);
                match (peer.as_deref(), served) {
                    (Some(Peer::Agent { .. }), _) | (Some(Peer::Operator { .. }), Served::Everybody) => {}
                    _ => return Err(Status::permission_denied("only agents are served here")),
                }
                still_admitted(dispatch, peer.as_deref())?;
                return Ok(request);
            }
            By::Token(token) => token,
        };
        let shown = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if token.is_shown_by(shown) {
            return Ok(request);
        }
        tracing::warn!("a call without the token was refused");
        Err(Status::unauthenticated(
            "the token is not the coordinator's: use the --data-dir or --token-file of its user",
        ))
    }
}

/// Who uploads, as the call says.
///
/// # Errors
/// When it does not say.
pub(super) fn identity(metadata: &MetadataMap) -> Result<Identity, Status> {
    let text = |key| metadata.get(key).and_then(|value| value.to_str().ok());
    let agent = text(AGENT_KEY).and_then(|agent| agent.parse().ok());
    let agent = agent.ok_or_else(|| Status::invalid_argument(format!("an upload names its agent ({AGENT_KEY})")))?;
    Ok(Identity { agent, session: text(SESSION_KEY).unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_shows_the_token_is_let_in() {
        let directory = tempfile::tempdir().unwrap();
        let token = Token::keep_in(directory.path()).unwrap();
        let mut authenticate = Authenticate::by(token.clone());
        let mut call = |shown: Option<String>| {
            let mut request = Request::new(());
            if let Some(shown) = shown {
                request.metadata_mut().insert("authorization", shown.parse().unwrap());
            }
            authenticate.call(request).is_ok()
        };
        assert!(call(Some(format!("Bearer {}", token.secret()))));
        for wrong in [None, Some(token.secret().to_owned()), Some("Bearer ".into()), Some("Bearer x".into())] {
            assert!(!call(wrong.clone()), "{wrong:?}");
        }
        assert!(Authenticate::nobody_else_can().call(Request::new(())).is_ok());
    }
}
