//! Asks STS whom a proof proves. One request, one attempt, to a host of a fixed list; nothing is followed and nothing long
//! is read.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::HeaderValue;
use http::header::{AUTHORIZATION, USER_AGENT};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;

use super::Proof;
use super::answer::{self, NotNamed};
use super::check::{Checked, Malformed, check};
use super::request::{Binding, endpoint, sts, unsigned};
use super::session::RoleSession;
use crate::client::Client;
use crate::endpoint::{EndpointOverrides, Error as NoEndpoint, Variant};
use crate::error::causes;
use crate::http::{self as wire, BodyRoom};
use crate::partition::{Partition, partition_of};
use crate::transport::PRODUCT;

/// The longest body that is read: those of STS have some 500 bytes.
const BODY_CAP: usize = 64 << 10;
/// Requests at a time: whoever proves something makes the process ask.
const AT_A_TIME: usize = 16;
/// How long one may take: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why somebody is not known.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotProven {
    /// The proof is not of the one form. Nothing was sent.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// AWS has no such endpoint. Nothing was sent.
    #[error(transparent)]
    NoEndpoint(#[from] NoEndpoint),
    /// STS names nobody.
    #[error(transparent)]
    NotNamed(#[from] NotNamed),
    /// There is no answer.
    #[error("reach STS: {0}")]
    Unreachable(String),
    /// Too many ask at a time.
    #[error("too many machines join at the moment")]
    Busy,
}

impl NotProven {
    /// Whether it says nothing of who asked: the same may go well later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy | Self::NotNamed(NotNamed::NotNow(_)))
    }
}

/// Asks STS.
#[derive(Debug)]
pub struct Verifier {
    connector: SharedHttpConnector,
    overrides: EndpointOverrides,
    variant: Variant,
    partition: &'static Partition,
    room: Semaphore,
}

impl Verifier {
    /// Asks as a client does, with its connections, proxies, trust and endpoints; in the partition of this Region and in no
    /// other.
    ///
    /// # Errors
    /// When the Region belongs to no known partition.
    pub fn new(client: &Client, region: &str) -> Result<Self, NoEndpoint> {
        let options = client.options();
        let partition = partition_of(region).ok_or_else(|| NoEndpoint::UnknownRegion(region.to_owned()))?;
        let room = BodyRoom::new(AT_A_TIME * BODY_CAP);
        Ok(Self {
            connector: wire::connector(&options.http_client, options.connect_timeout, BODY_CAP, room),
            overrides: options.endpoints.clone(),
            variant: options.variant,
            partition,
            room: Semaphore::new(AT_A_TIME),
        })
    }

    /// Which of AWS's endpoints a proof has to be signed for.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// Whom a proof proves, if it is one for this.
    ///
    /// # Errors
    /// When it is none, or STS does not say.
    pub async fn ask(&self, proof: &Proof, binding: &Binding) -> Result<RoleSession, NotProven> {
        let checked = check(proof, self.partition)?;
        let request = self.request(&checked, binding)?;
        let _room = self.room.try_acquire().map_err(|_| NotProven::Busy)?;
        let answered = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let (status, content_type, body) =
            answered.map_err(|_| NotProven::Unreachable(format!("it did not answer within {PATIENCE:?}")))??;
        Ok(answer::read(status, &content_type, &body, self.partition.name)?)
    }

    /// The request that STS gets: of the proof it has the three values that only who proves can know.
    fn request(&self, checked: &Checked<'_>, binding: &Binding) -> Result<http::Request<SdkBody>, NotProven> {
        let own = endpoint(checked.region, self.variant)?;
        let url = self.overrides.for_service_id(&sts().service_id).unwrap_or(&own.url);
        let unwritable = |_| Malformed::Form("its values cannot be sent");
        let mut request = unsigned(url, binding).map_err(|error| NotProven::Unreachable(error.to_string()))?;
        let headers = request.headers_mut();
        let mut secret = |name: &'static str, value: &str| {
            let mut value = HeaderValue::try_from(value).map_err(unwritable)?;
            value.set_sensitive(true);
            headers.insert(name, value);
            Ok::<_, Malformed>(())
        };
        secret("x-amz-date", checked.date)?;
        secret("x-amz-security-token", checked.security_token)?;
        secret(AUTHORIZATION.as_str(), &checked.authorization())?;
        headers.insert(USER_AGENT, HeaderValue::from_static(PRODUCT));
        Ok(request.map(SdkBody::from))
    }

    async fn exchange(&self, request: http::Request<SdkBody>) -> Result<(u16, String, Vec<u8>), NotProven> {
        let unreachable = |error: &(dyn std::error::Error + 'static)| match wire::is_too_large(error) {
            true => NotNamed::Strange("it is too long").into(),
            false => NotProven::Unreachable(causes(error)),
        };
        let request = HttpRequest::try_from(request).map_err(|error| unreachable(&error))?;
        let mut response = self.connector.call(request).await.map_err(|error| unreachable(&error))?;
        let content_type = response.headers().get("content-type").unwrap_or_default().to_owned();
        let body = response.take_body().collect().await.map_err(|error| unreachable(&*error))?;
        Ok((response.status().as_u16(), content_type, body.to_bytes().to_vec()))
    }
}
