//! The signature of a service's requests (SigV4), by the AWS SDK's own signer. It corrects the clock by what AWS said of
//! it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningError, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime_api::client::identity::Identity;
use plumbline_baseline::api::Service;

/// Signs requests for one service in one Region.
#[derive(Debug)]
pub(crate) struct Signer {
    region: String,
    name: String,
    /// S3 signs paths as they are, and what is in the body with them.
    is_s3: bool,
    /// Seconds by which AWS's clock is ahead of this one.
    ahead: AtomicI64,
}

impl Signer {
    pub(crate) fn new(service: &Service, region: &str) -> Self {
        let name = service.signing_name.clone();
        Self { region: region.to_owned(), is_s3: name == "s3", name, ahead: AtomicI64::new(0) }
    }

    /// AWS's clock is ahead of this one by so many seconds, or behind it where they are negative.
    pub(super) fn correct(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::Relaxed);
    }

    /// Adds the headers that sign a request.
    pub(crate) fn sign(&self, request: &mut http::Request<Vec<u8>>, by: Credentials) -> Result<(), SigningError> {
        let mut settings = SigningSettings::default();
        if self.is_s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let (now, ahead) = (SystemTimeSource::new().now(), self.ahead.load(Ordering::Relaxed));
        let off = Duration::from_secs(ahead.unsigned_abs());
        let identity = Identity::from(by);
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.name)
            .time(if ahead < 0 { now - off } else { now + off })
            .settings(settings)
            .build()
            .expect("all that a signature needs is given")
            .into();
        let url = request.uri().to_string();
        // A header that is not text is none of ours.
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable =
            SignableRequest::new(request.method().as_str(), url, headers, SignableBody::Bytes(request.body()))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plumbline_baseline::api::Catalog;

    use super::*;

    fn signed(service: &str, ahead: i64) -> http::HeaderMap {
        let signer = Signer::new(Catalog::embedded().service(service).unwrap(), "eu-west-1");
        signer.correct(ahead);
        let url = "https://kms.eu-west-1.amazonaws.com/a%20b?x=1";
        let mut request = http::Request::builder().method("POST").uri(url).body(b"{}".to_vec()).unwrap();
        signer.sign(&mut request, Credentials::new("AKID", "secret", Some("token".into()), None, "test")).unwrap();
        request.into_parts().0.headers
    }

    #[test]
    fn a_signature_names_who_signs_for_which_service_and_region() {
        let headers = signed("kms", 0);
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert!(text("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{headers:?}");
        assert!(text("authorization").contains("/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-date;"));
        assert_eq!(text("x-amz-security-token"), "token");
        assert!(!headers.contains_key("x-amz-content-sha256"));
        assert!(headers["authorization"].is_sensitive() || headers["x-amz-security-token"].is_sensitive());
        assert!(signed("s3", 0).contains_key("x-amz-content-sha256"));
    }

    #[test]
    fn a_corrected_clock_is_the_one_that_signs() {
        let year = |ahead: i64| signed("kms", ahead)["x-amz-date"].to_str().unwrap()[..4].parse::<i64>().unwrap();
        assert_eq!(year(10 * 366 * 86_400) - year(0), 10);
        assert_eq!(year(0) - year(-10 * 366 * 86_400), 10);
    }
}
