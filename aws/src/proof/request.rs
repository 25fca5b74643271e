//! The one request that a proof is of. Both sides build it, from what they know themselves.

use std::fmt::Write as _;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};

use crate::endpoint::{self, EndpointOverrides, Error as NoEndpoint, Resolved, Variant};
use plumbline_baseline::api::{Catalog, Service};

/// What is asked of STS.
const BODY: &[u8] = b"Action=GetCallerIdentity&Version=2011-06-15";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// AWS answers in XML where nobody says this, and XML has been read in more than one way.
pub(super) const JSON: &str = "application/json";

/// The headers that a proof signs: these, in this order, and no others.
pub(super) const SIGNED: &str = "accept;content-type;host;x-amz-date;x-amz-security-token;x-plumbline-challenge;x-plumbline-coordinator;x-plumbline-request";

/// What a proof is for. It is signed, so that the proof is of no use for anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What whoever asks has drawn for this one proof.
    pub challenge: [u8; 32],
    /// Who asks: the name of a coordinator that no other one has, in letters, digits, `.` and `-`.
    pub coordinator: String,
    /// The hash of the request for a certificate that the proof is given for.
    pub request: [u8; 32],
}

/// STS.
pub(super) fn sts() -> &'static Service {
    Catalog::embedded().service("sts").expect("a scan begins with a call of STS, so there is a descriptor")
}

/// AWS's own endpoint of STS in a Region.
pub(super) fn endpoint(region: &str, variant: Variant) -> Result<Resolved, NoEndpoint> {
    endpoint::resolve(sts(), region, &EndpointOverrides::default(), variant)
}

/// The request, not signed yet, for the endpoint at this URL.
pub(super) fn unsigned(url: &str, binding: &Binding) -> Result<Request<Vec<u8>>, http::Error> {
    Request::builder()
        .method(Method::POST)
        .uri(format!("{}/", url.trim_end_matches('/')))
        .header(ACCEPT, JSON)
        .header(CONTENT_TYPE, FORM)
        .header("x-plumbline-challenge", hex(&binding.challenge))
        .header("x-plumbline-coordinator", &binding.coordinator)
        .header("x-plumbline-request", hex(&binding.request))
        .body(BODY.to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text can be written to");
        text
    })
}
