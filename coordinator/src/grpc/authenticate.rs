//! Who may call at all, in one place for all services: whoever shows the token. Certificates come here, too.

use plumbline_proto::{AGENT_KEY, SESSION_KEY};
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::dispatch::Identity;
use crate::token::Token;

/// Lets calls in, or refuses them.
#[derive(Clone)]
pub(super) struct Authenticate {
    /// What has to be shown; nothing on a transport that only this process can use.
    token: Option<Token>,
}

impl Authenticate {
    /// Whoever shows this token.
    pub(super) fn by(token: Token) -> Self {
        Self { token: Some(token) }
    }

    /// Everybody: the transport is private to this process.
    pub(super) fn nobody_else_can() -> Self {
        Self { token: None }
    }
}

impl Interceptor for Authenticate {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Some(token) = &self.token else { return Ok(request) };
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
