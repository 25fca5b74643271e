//! Where a service is called: AWS's endpoint rules as the descriptors hold them, or an override. Does no I/O, and reads
//! no environment (that is `environment`'s).

use std::collections::BTreeMap;

use plumbline_baseline::api::{Endpoint, Service};

use crate::partition;

/// Endpoints that replace AWS's own, as `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` do in every AWS tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointOverrides {
    /// For every service that has none of its own.
    pub default: Option<String>,
    /// By service id, upper case with underscores (`DYNAMODB`, `ELASTIC_LOAD_BALANCING_V2`).
    pub services: BTreeMap<String, String>,
}

impl EndpointOverrides {
    /// One endpoint for every service, as a simulator or an emulator offers.
    pub fn url(url: impl Into<String>) -> Self {
        Self { default: Some(trim(url.into())), services: BTreeMap::new() }
    }

    /// The override for a service id (`Elastic Load Balancing v2`), if there is one.
    pub fn for_service_id(&self, service_id: &str) -> Option<&str> {
        self.services.get(&Self::key(service_id)).or(self.default.as_ref()).map(String::as_str)
    }

    /// One of them, if there are any.
    pub(crate) fn any(&self) -> Option<&str> {
        self.default.as_ref().or_else(|| self.services.values().next()).map(String::as_str)
    }

    /// A service id as variables have it.
    pub(crate) fn key(service_id: &str) -> String {
        service_id.replace([' ', '-'], "_").to_uppercase()
    }
}

fn trim(url: String) -> String {
    url.trim_end_matches('/').to_owned()
}

/// Which of AWS's endpoints are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Those whose cryptography is validated by FIPS 140.
    pub fips: bool,
    /// Those that answer over IPv6 too.
    pub dual_stack: bool,
}

impl Variant {
    /// Its name in the descriptors; nothing for AWS's ordinary endpoints.
    fn key(self) -> Option<&'static str> {
        match (self.fips, self.dual_stack) {
            (false, false) => None,
            (true, false) => Some("fips"),
            (false, true) => Some("dualstack"),
            (true, true) => Some("dualstack+fips"),
        }
    }

    /// Its name for people; nothing for AWS's ordinary endpoints.
    pub(crate) fn name(self) -> Option<&'static str> {
        match (self.fips, self.dual_stack) {
            (false, false) => None,
            (true, false) => Some("FIPS endpoints"),
            (false, true) => Some("dual-stack endpoints"),
            (true, true) => Some("dual-stack FIPS endpoints"),
        }
    }
}

/// Why there is no endpoint.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The Region belongs to no known partition.
    #[error("the Region `{0}` is in no known partition")]
    UnknownRegion(String),
    /// AWS publishes no such endpoint.
    #[error("AWS publishes no {variant} of {service} in {region}")]
    NotPublished {
        /// What was wanted.
        variant: &'static str,
        /// The service.
        service: String,
        /// The Region.
        region: String,
    },
}

/// Where to send a request, and what to sign it for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// `https://…` without a trailing slash.
    pub url: String,
    /// The Region in the signature.
    pub signing_region: String,
    /// Whether an override is in force: host prefixes and virtual-host addressing do not apply then.
    pub is_override: bool,
}

/// The endpoint of a service for a Region.
///
/// # Errors
/// When the Region belongs to no known partition, or AWS publishes no such variant of the service there: another endpoint
/// than the one that was asked for is never used instead.
pub fn resolve(
    service: &Service,
    region: &str,
    overrides: &EndpointOverrides,
    variant: Variant,
) -> Result<Resolved, Error> {
    let partition = partition::partition_of(region).ok_or_else(|| Error::UnknownRegion(region.to_owned()))?;
    let of_region = |endpoints: &'_ BTreeMap<String, Endpoint>| {
        endpoints.get(region).or_else(|| endpoints.get(&format!("@{}", partition.name))).cloned()
    };
    let exception = of_region(&service.endpoints);
    let signing = |found: Option<&Endpoint>| {
        found.and_then(|endpoint| endpoint.signing_region.as_deref()).unwrap_or(region).to_owned()
    };
    if let Some(url) = overrides.for_service_id(&service.service_id) {
        return Ok(Resolved { url: url.to_owned(), signing_region: signing(exception.as_ref()), is_override: true });
    }
    let found = match (variant.key(), variant.name()) {
        (Some(key), Some(name)) => {
            let published = service.variants.get(key).and_then(of_region);
            let error =
                || Error::NotPublished { variant: name, service: service.name.clone(), region: region.to_owned() };
            Some(published.ok_or_else(error)?)
        }
        _ => exception,
    };
    let signing_region = signing(found.as_ref());
    let general = || format!("https://{}.{region}.{}", service.endpoint_prefix, partition.dns_suffix);
    Ok(Resolved { url: found.map_or_else(general, |endpoint| endpoint.url), signing_region, is_override: false })
}

#[cfg(test)]
mod tests {
    use plumbline_baseline::api::Catalog;

    use super::*;

    const FIPS: Variant = Variant { fips: true, dual_stack: false };

    fn resolved(service: &str, region: &str, overrides: &EndpointOverrides) -> Resolved {
        let service = Catalog::embedded().service(service).unwrap();
        resolve(service, region, overrides, Variant::default()).unwrap()
    }

    fn variant(service: &str, region: &str, variant: Variant) -> Result<(String, String), Error> {
        let service = Catalog::embedded().service(service).unwrap();
        let resolved = resolve(service, region, &EndpointOverrides::default(), variant)?;
        Ok((resolved.url, resolved.signing_region))
    }

    #[test]
    fn endpoints_follow_the_descriptor() {
        let none = EndpointOverrides::default();
        assert_eq!(resolved("elbv2", "eu-west-1", &none).url, "https://elasticloadbalancing.eu-west-1.amazonaws.com");
        let iam = resolved("iam", "eu-west-1", &none);
        assert_eq!((iam.url.as_str(), iam.signing_region.as_str()), ("https://iam.amazonaws.com", "us-east-1"));
        assert_eq!(resolved("ec2", "cn-north-1", &none).url, "https://ec2.cn-north-1.amazonaws.com.cn");
        assert_eq!(
            resolved("organizations", "us-iso-west-1", &none).url,
            "https://organizations.us-iso-east-1.c2s.ic.gov"
        );
    }

    #[test]
    fn overrides_are_by_service_or_for_all() {
        let mut overrides = EndpointOverrides::url("http://a/");
        overrides.services.insert("S3_CONTROL".to_owned(), "http://b".to_owned());
        assert_eq!(resolved("s3control", "us-east-1", &overrides).url, "http://b");
        let iam = resolved("iam", "eu-west-1", &overrides);
        assert_eq!((iam.url.as_str(), iam.signing_region.as_str()), ("http://a", "us-east-1"));
    }

    #[test]
    fn a_variant_is_what_aws_publishes_or_an_error() {
        let found = |url: &str, region: &str| Ok((url.to_owned(), region.to_owned()));
        assert_eq!(variant("ec2", "us-east-1", FIPS), found("https://ec2-fips.us-east-1.amazonaws.com", "us-east-1"));
        assert_eq!(variant("iam", "us-west-2", FIPS), found("https://iam-fips.amazonaws.com", "us-east-1"));
        let dual_stack = Variant { fips: false, dual_stack: true };
        let s3 = "https://s3.dualstack.eu-west-1.amazonaws.com";
        assert_eq!(variant("s3", "eu-west-1", dual_stack), found(s3, "eu-west-1"));
        let error = variant("ec2", "eu-west-1", FIPS).unwrap_err();
        assert_eq!(error.to_string(), "AWS publishes no FIPS endpoints of ec2 in eu-west-1");
    }
}
