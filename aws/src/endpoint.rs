//! Where a service is called: AWS's endpoint rules as the descriptors hold them, or an override. Does no I/O; reads
//! the environment only in [`EndpointOverrides::from_env`].

use std::collections::BTreeMap;

use plumbline_baseline::api::Service;

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

    /// The overrides of the process environment.
    pub fn from_env() -> Self {
        Self::from_vars(std::env::vars())
    }

    /// The overrides among these variables. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` switches them off.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut overrides = Self::default();
        for (name, value) in vars {
            if name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" && value.eq_ignore_ascii_case("true") {
                return Self::default();
            }
            if value.is_empty() {
                continue;
            }
            if name == "AWS_ENDPOINT_URL" {
                overrides.default = Some(trim(value));
            } else if let Some(service) = name.strip_prefix("AWS_ENDPOINT_URL_") {
                overrides.services.insert(service.to_owned(), trim(value));
            }
        }
        overrides
    }

    /// The override for a service id (`Elastic Load Balancing v2`), if there is one.
    pub fn for_service_id(&self, service_id: &str) -> Option<&str> {
        let variable = service_id.replace([' ', '-'], "_").to_uppercase();
        self.services.get(&variable).or(self.default.as_ref()).map(String::as_str)
    }
}

fn trim(url: String) -> String {
    url.trim_end_matches('/').to_owned()
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

/// The endpoint of a service for a Region; `None` when the Region belongs to no known partition.
pub fn resolve(service: &Service, region: &str, overrides: &EndpointOverrides) -> Option<Resolved> {
    // What S3 still answers for the location of buckets from before there were Region names.
    let region = if region == "EU" { "eu-west-1" } else { region };
    let partition = partition::partition_of(region)?;
    let exception = service.endpoints.get(region).or_else(|| service.endpoints.get(&format!("@{}", partition.name)));
    let signing_region = exception.and_then(|endpoint| endpoint.signing_region.as_deref()).unwrap_or(region).to_owned();
    if let Some(url) = overrides.for_service_id(&service.service_id) {
        return Some(Resolved { url: url.to_owned(), signing_region, is_override: true });
    }
    let url = match exception {
        Some(endpoint) => endpoint.url.clone(),
        None => format!("https://{}.{region}.{}", service.endpoint_prefix, partition.dns_suffix),
    };
    Some(Resolved { url, signing_region, is_override: false })
}

#[cfg(test)]
mod tests {
    use plumbline_baseline::api::Catalog;

    use super::*;

    fn resolved(service: &str, region: &str, overrides: &EndpointOverrides) -> Resolved {
        resolve(Catalog::embedded().service(service).unwrap(), region, overrides).unwrap()
    }

    #[test]
    fn endpoints_follow_the_descriptor() {
        let none = EndpointOverrides::default();
        assert_eq!(resolved("elbv2", "eu-west-1", &none).url, "https://elasticloadbalancing.eu-west-1.amazonaws.com");
        let iam = resolved("iam", "eu-west-1", &none);
        assert_eq!((iam.url.as_str(), iam.signing_region.as_str()), ("https://iam.amazonaws.com", "us-east-1"));
        assert_eq!(resolved("s3", "EU", &none), resolved("s3", "eu-west-1", &none));
        assert_eq!(resolved("ec2", "cn-north-1", &none).url, "https://ec2.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn overrides_come_from_the_variables_that_every_aws_tool_reads() {
        let vars = [("AWS_ENDPOINT_URL", "http://a/"), ("AWS_ENDPOINT_URL_S3_CONTROL", "http://b"), ("HOME", "/")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let overrides = EndpointOverrides::from_vars(vars.clone());
        assert_eq!(resolved("s3control", "us-east-1", &overrides).url, "http://b");
        let iam = resolved("iam", "eu-west-1", &overrides);
        assert_eq!((iam.url.as_str(), iam.signing_region.as_str()), ("http://a", "us-east-1"));
        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS".to_owned(), "TRUE".to_owned());
        assert_eq!(EndpointOverrides::from_vars(vars.into_iter().chain([ignored])), EndpointOverrides::default());
    }
}
