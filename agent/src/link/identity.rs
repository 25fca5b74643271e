//! What every call says of its caller: the token, the agent, and the session that it has open.

use plumbline_proto::{AGENT_KEY, SESSION_KEY};
use tokio::sync::watch;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::activity::Error;
use crate::options::Coordinator;

/// Who calls.
#[derive(Clone)]
pub(crate) struct Identity {
    authorization: Option<AsciiMetadataValue>,
    agent: AsciiMetadataValue,
    session: watch::Receiver<Option<AsciiMetadataValue>>,
}

/// Tells an [`Identity`] which session is open.
pub(crate) struct SessionKey(watch::Sender<Option<AsciiMetadataValue>>);

impl SessionKey {
    /// The coordinator gave this session a key.
    pub(crate) fn set(&self, key: &str) {
        // A key that cannot be sent is no key: uploads are refused then, and say so.
        self.0.send_replace(AsciiMetadataValue::try_from(key).ok());
    }
}

impl Identity {
    /// The agent, towards a coordinator.
    ///
    /// # Errors
    /// When the token or the agent's id cannot be sent.
    pub(crate) fn new(coordinator: &Coordinator, agent: &str) -> Result<(SessionKey, Self), Error> {
        let authorization = match coordinator {
            Coordinator::At { token, .. } => {
                let mut value = AsciiMetadataValue::try_from(format!("Bearer {token}"))
                    .map_err(|_| Error::Identity("the token is not plain text".to_owned()))?;
                value.set_sensitive(true);
                Some(value)
            }
            Coordinator::Secure { .. } | Coordinator::InProcess(_) => None,
        };
        let agent = AsciiMetadataValue::try_from(agent)
            .map_err(|_| Error::Identity("the agent's id is not plain text".to_owned()))?;
        let (key, session) = watch::channel(None);
        Ok((SessionKey(key), Self { authorization, agent, session }))
    }
}

impl Interceptor for Identity {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        if let Some(authorization) = &self.authorization {
            metadata.insert("authorization", authorization.clone());
        }
        metadata.insert(AGENT_KEY, self.agent.clone());
        if let Some(session) = &*self.session.borrow() {
            metadata.insert(SESSION_KEY, session.clone());
        }
        Ok(request)
    }
}
