//! An AWS for tests on a paused clock: it answers as the test says, without a socket, and remembers what it was sent.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::{Jitter, Options};

/// What STS answers to `AssumeRole`.
pub(crate) const SESSION: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
    <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// What a request of this number (from 0) is answered; nothing for silence.
type Script = dyn Fn(usize, &Sent) -> Option<HttpResponse> + Send + Sync;

/// A request as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) url: String,
    pub(crate) authorization: String,
    /// The time in the signature: `20261126T025100Z`.
    pub(crate) signed_at: String,
}

/// The scripted AWS. Clones are one.
#[derive(Clone)]
pub(crate) struct Scripted {
    script: Arc<Script>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Scripted {
    pub(crate) fn new(script: impl Fn(usize, &Sent) -> Option<HttpResponse> + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(script), sent: Arc::default() }
    }

    /// The default options, with this AWS and pauses that are all of their ceiling.
    pub(crate) fn options(&self) -> Options {
        Options { http_client: self.client(), jitter: Jitter::fixed(1.0), ..Options::default() }
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        let sent = Sent {
            url: request.uri().to_owned(),
            authorization: header("authorization"),
            signed_at: header("x-amz-date"),
        };
        let number = {
            let mut all = self.sent.lock().unwrap();
            all.push(sent.clone());
            all.len() - 1
        };
        match (self.script)(number, &sent) {
            Some(response) => HttpConnectorFuture::ready(Ok(response)),
            None => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").finish_non_exhaustive()
    }
}

/// An answer.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.into()))
}

/// What a service of the `query` protocol answers when it refuses.
pub(crate) fn refusal(status: u16, code: &str) -> HttpResponse {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error>");
    answer(status, format!("<ErrorResponse>{error}</ErrorResponse>"))
}
