//! From a prepared request to a document: signature, connection, answer. One attempt at a time: whether there is another
//! one is decided by whoever holds the retries.
//!
//! The AWS SDK's parts do the work (its signer, its connector interface, its errors), but not its orchestrator: what
//! that sets up for every call took a quarter of a scan's CPU. A [`Wire`] is one service in one account and Region.

mod exchange;
mod signer;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use http::header::USER_AGENT;
use http_body_util::BodyExt;
use hyper::body::Bytes;
use plumbline_baseline::Doc;
use plumbline_baseline::api::Service;

use crate::endpoint::Resolved;
use crate::error::{Answer, ErrorClass, classify};
use crate::failure::{Failure, Retry, not_in_region, without_answer};
use crate::http::host;
use crate::protocol::{self, Addressing, Request};
use crate::skew;
use crate::target::Target;

pub(crate) use exchange::Exchange;
pub(crate) use signer::Signer;

/// Who calls, as CloudTrail shows it.
pub(crate) const PRODUCT: &str = concat!("plumbline/", env!("CARGO_PKG_VERSION"));

/// Failures of the host, after which its connection is not used again.
const HOST_FAILED: [u16; 4] = [500, 502, 503, 504];

/// One service in one account and Region, ready to be called.
#[derive(Debug)]
pub(crate) struct Wire {
    connector: SharedHttpConnector,
    credentials: SharedCredentialsProvider,
    signer: Signer,
    /// `https://`, and what comes after it, without a slash at the end.
    scheme: String,
    authority: String,
    pub(crate) addressing: Addressing,
    /// Whether AWS's endpoint data does not list the service in the Region.
    is_unlisted: bool,
}

/// An attempt without an answer, in the AWS runtime's words.
type Unanswered = SdkError<Infallible, HttpResponse>;

impl Wire {
    /// Prepares a service.
    pub(crate) fn new(connector: SharedHttpConnector, service: &Service, endpoint: &Resolved, target: &Target) -> Self {
        let is_aws = !endpoint.is_override;
        let url = endpoint.url.trim_end_matches('/');
        let (scheme, authority) = url.split_once("://").unwrap_or(("https", url));
        Self {
            connector,
            credentials: target.credentials().clone(),
            signer: Signer::new(service, &endpoint.signing_region),
            scheme: format!("{scheme}://"),
            authority: authority.to_owned(),
            addressing: Addressing { host_prefix: is_aws || !is_local(&endpoint.url) },
            is_unlisted: is_aws && service.unlisted_regions.iter().any(|region| region == target.region()),
        }
    }

    /// Sends a request once, and reads the answer.
    pub(crate) async fn send(&self, request: Request, exchange: &Arc<Exchange>) -> Result<Doc, Failure> {
        let captured = CaptureSmithyConnection::new();
        let (response, body) = match self.exchange(request, &captured).await {
            Ok(answered) => answered,
            Err(error) => {
                return Err(not_in_region(self.is_unlisted, without_answer(exchange.name(), &error)));
            }
        };
        exchange.came(body.len());
        if HOST_FAILED.contains(&response.status().as_u16())
            && let Some(connection) = captured.get()
        {
            connection.poison();
        }
        read(exchange, &response, &body).map_err(|(answer, class)| {
            let failure = Failure::answered(exchange.name(), answer, class, &response);
            if failure.retry == Retry::AtOnce {
                self.signer.correct(skew::ahead(&response));
            }
            failure
        })
    }

    /// The answer and its whole body.
    async fn exchange(
        &self,
        request: Request,
        captured: &CaptureSmithyConnection,
    ) -> Result<(HttpResponse, Bytes), Unanswered> {
        let credentials = self.credentials.provide_credentials().await.map_err(SdkError::construction_failure)?;
        let mut request = self.http(request).map_err(SdkError::construction_failure)?;
        self.signer.sign(&mut request, credentials).map_err(SdkError::construction_failure)?;
        let mut request = request.map(SdkBody::from);
        request.extensions_mut().insert(captured.clone());
        let request = HttpRequest::try_from(request).map_err(SdkError::construction_failure)?;
        let mut response = self.connector.call(request).await.map_err(SdkError::dispatch_failure)?;
        match response.take_body().collect().await {
            Ok(body) => Ok((response, body.to_bytes())),
            Err(error) => Err(SdkError::response_error(error, response)),
        }
    }

    fn http(&self, request: Request) -> Result<http::Request<Vec<u8>>, http::Error> {
        let prefix = request.host_prefix.as_deref().unwrap_or_default();
        let url = [&self.scheme, prefix, &self.authority, &request.path_and_query].concat();
        let mut http = http::Request::builder().method(request.method.as_str()).uri(url).header(USER_AGENT, PRODUCT);
        for (name, value) in request.headers {
            http = http.header(name, value);
        }
        http.body(request.body)
    }
}

fn read(exchange: &Exchange, response: &HttpResponse, body: &[u8]) -> Result<Doc, (Answer, ErrorClass)> {
    let (service, status) = (&exchange.service, response.status());
    if !status.is_success() {
        let answer = protocol::read_failure(service, status.as_u16(), response.headers(), body);
        let class = classify(Some(service), &exchange.operation, &answer);
        return Err((answer, class));
    }
    let operation = service.operations.get(&exchange.operation).expect("a call is made of a known operation");
    protocol::read(service, &exchange.operation, operation, status.as_u16(), response.headers(), body).map_err(
        |error| {
            let answer = Answer { code: String::new(), message: error.to_string(), http_status: status.as_u16() };
            (answer, ErrorClass::Bug)
        },
    )
}

/// Whether a URL's host is an address or `localhost`, in front of which no label can stand.
fn is_local(url: &str) -> bool {
    host(url) == "localhost" || host(url).parse::<IpAddr>().is_ok()
}
