//! From an HTTP request to a call: which service, which operation, whose credentials, what input.
//!
//! The service and the Region come from the signature's scope, the account from the access key, the operation from
//! wherever the service's protocol puts it. Signatures are verified where somebody else sends what was signed, and nowhere
//! else; must not look at the world.

mod cbor;
mod form;
mod rest;
mod signature;

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use plumbline_baseline::api::{Catalog, Protocol, Service};
use plumbline_baseline::{Doc, Map};

use crate::answer::ApiError;

/// A decoded request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Service by botocore's name.
    pub(crate) service: String,
    /// Operation.
    pub(crate) operation: String,
    /// Account of the credentials.
    pub(crate) account: String,
    /// Region of the signature.
    pub(crate) region: String,
    /// Role of the credentials; `None` for the caller's own keys.
    pub(crate) role: Option<String>,
    /// Input members under the API's names.
    pub(crate) input: Doc,
}

impl Call {
    /// A text member of the input; empty when absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.input.get(member).as_str().unwrap_or_default()
    }
}

/// How an answer to this request is written, known even when the request itself is refused.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    /// The service's descriptor; `None` for STS and for what no descriptor names.
    pub(crate) service: Option<Arc<Service>>,
    /// Wire protocol.
    pub(crate) protocol: Protocol,
    /// botocore's service name, or the signing name when the service is not known.
    pub(crate) name: String,
    /// Whether the answer is wanted in JSON, which STS does for whoever says so.
    pub(crate) is_json: bool,
}

/// Why a request has no call: how to answer, and what.
pub(crate) struct Refusal {
    pub(crate) dialect: Dialect,
    pub(crate) error: ApiError,
}

/// The scope of a SigV4 signature.
pub(crate) struct Scope<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) region: &'a str,
    pub(crate) signing_name: &'a str,
}

/// Decodes a request.
pub(crate) fn decode(catalog: &Catalog, parts: &Parts, body: &Bytes) -> Result<(Call, Dialect), Refusal> {
    let unsigned = || Dialect { service: None, protocol: Protocol::RestJson, name: String::new(), is_json: false };
    let Some(scope) = scope(parts) else {
        let error = ApiError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        return Err(Refusal { dialect: unsigned(), error });
    };
    let (dialect, operation, input) = operation(catalog, parts, body, scope.signing_name)?;
    let Some((account, role)) = identity(scope.access_key) else {
        return Err(Refusal { error: ApiError::invalid_token(&dialect), dialect });
    };
    // What was signed for somebody else to send is worth nothing but for its signature.
    if dialect.is_json && !signature::is_good(parts, body, &scope) {
        let message = "The request signature we calculated does not match the signature you provided.";
        return Err(Refusal { dialect, error: ApiError::new(403, "SignatureDoesNotMatch", message) });
    }
    let (service, region) = (dialect.name.clone(), scope.region.to_owned());
    Ok((Call { service, operation, account, region, role, input }, dialect))
}

/// The secret of every key.
pub(crate) const SECRET: &str = "simulated-secret-access-key-of-no-use0";

/// The roles that there are sessions of, by four letters of their keys.
const ROLES: [(&str, &str); 3] = [("QSIM", "PlumblineAudit"), ("QAGT", "PlumblineAgent"), ("QOTH", "SomebodyElse")];

/// The account and the role that an access key stands for: keys are `AKIA` or `ASIA`, four letters, the account id.
/// A session's four letters say which role it is of; letters that nobody was given say nothing, and are refused.
pub(crate) fn identity(access_key: &str) -> Option<(String, Option<String>)> {
    let account = match access_key.len() {
        20 => &access_key[8..],
        _ => access_key,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let role = match access_key.strip_prefix("ASIA") {
        Some(rest) => Some(ROLES.iter().find(|(letters, _)| rest.starts_with(letters))?.1.to_owned()),
        None => None,
    };
    is_account.then(|| (account.to_owned(), role))
}

/// The key of a session of a role; nothing for a role that the simulator does not know.
pub(crate) fn session_key(account: &str, role: &str) -> Option<String> {
    let letters = ROLES.iter().find(|(_, name)| *name == role)?.0;
    Some(format!("ASIA{letters}{account}"))
}

/// The scope that a request was signed for.
pub(crate) fn scope(parts: &Parts) -> Option<Scope<'_>> {
    let header = parts.headers.get("authorization")?.to_str().ok()?;
    let credential = header.split_once("Credential=")?.1.split([',', ' ']).next()?;
    let mut fields = credential.split('/');
    let (access_key, _date) = (fields.next()?, fields.next()?);
    Some(Scope { access_key, region: fields.next()?, signing_name: fields.next()? })
}

fn operation(
    catalog: &Catalog,
    parts: &Parts,
    body: &Bytes,
    signing_name: &str,
) -> Result<(Dialect, String, Doc), Refusal> {
    if signing_name == "sts" {
        let is_json = parts.headers.get("accept").is_some_and(|accept| accept == "application/json");
        let dialect = Dialect { service: None, protocol: Protocol::Query, name: "sts".to_owned(), is_json };
        let form = form::parse(parts, body);
        return Ok((dialect, form.text("Action"), form.flat()));
    }
    let candidates: Vec<&Arc<Service>> =
        catalog.services().filter(|service| service.signing_name == signing_name).collect();
    let found = candidates.iter().find_map(|service| {
        let in_cbor = in_cbor(service, parts, body);
        let protocol = if in_cbor.is_some() { Protocol::SmithyRpcV2Cbor } else { service.protocol };
        let (operation, input) = in_cbor.or_else(|| operation_of(service, parts, body))?;
        let dialect =
            Dialect { service: Some(Arc::clone(service)), protocol, name: service.name.clone(), is_json: false };
        Some((dialect, operation, input))
    });
    found.ok_or_else(|| {
        let service = candidates.first().map(|service| Arc::clone(service));
        let protocol = service.as_ref().map_or(Protocol::RestJson, |service| service.protocol);
        let name = service.as_ref().map_or(signing_name, |service| &service.name).to_owned();
        let message = format!("{} {} is not an operation of {name}", parts.method, parts.uri);
        let error = ApiError::new(404, "UnknownOperationException", &message);
        Refusal { dialect: Dialect { service, protocol, name, is_json: false }, error }
    })
}

fn operation_of(service: &Service, parts: &Parts, body: &Bytes) -> Option<(String, Doc)> {
    match service.protocol {
        Protocol::Query | Protocol::Ec2 => {
            let form = form::parse(parts, body);
            let name = form.text("Action");
            let input = form.input(service, service.operations.get(&name)?.input);
            Some((name, input))
        }
        Protocol::Json => {
            let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
            let (prefix, name) = target.rsplit_once('.')?;
            // Organizations is called by a typed client too, whose operations no descriptor has to name.
            let known = service.operations.contains_key(name) || service.name == "organizations";
            (known && Some(prefix) == service.target_prefix.as_deref()).then(|| (name.to_owned(), json(body)))
        }
        Protocol::SmithyRpcV2Cbor => None,
        Protocol::RestJson | Protocol::RestXml => rest::operation(service, parts, body),
    }
}

/// An operation that is called in CBOR, which any service may offer beside its other protocol.
fn in_cbor(service: &Service, parts: &Parts, body: &Bytes) -> Option<(String, Doc)> {
    (parts.headers.get("smithy-protocol")? == "rpc-v2-cbor").then_some(())?;
    let (target, name) = parts.uri.path().strip_prefix("/service/")?.split_once("/operation/")?;
    let is_known = Some(target) == service.target_prefix.as_deref() && service.operations.contains_key(name);
    is_known.then(|| (name.to_owned(), cbor::document(body)))
}

/// A JSON body; an empty one is an empty input.
fn json(body: &Bytes) -> Doc {
    let text = String::from_utf8_lossy(body);
    Doc::from_json(&text).unwrap_or_else(|_| Doc::Map(Map::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, uri: &str, headers: &[(&str, &str)], body: &'static str, expected: &str) {
        let mut request = hyper::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let found = match decode(Catalog::embedded(), &parts, &Bytes::from_static(body.as_bytes())) {
            Ok((call, _)) => format!("{} {}:{} {}", call.account, call.service, call.operation, call.input.to_json()),
            Err(refusal) => refusal.error.code,
        };
        assert_eq!(found, expected);
    }

    fn signed(key: &str, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260115/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    }

    #[test]
    fn requests_of_every_protocol_are_understood() {
        let key = "ASIAQSIM210000000006";
        let (ec2, s3) = (signed(key, "ec2"), signed(key, "s3"));
        let form =
            "Action=DescribeVolumes&VolumeId.2=b&VolumeId.1=a&Filter.1.Name=x&Filter.1.Value.1=1%2B1&MaxResults=5";
        let volumes = r#"{"VolumeIds":["a","b"],"Filters":[{"Name":"x","Values":["1+1"]}],"MaxResults":5}"#;
        check("POST", "/", &[("authorization", &ec2)], form, &format!("210000000006 ec2:DescribeVolumes {volumes}"));
        check(
            "GET",
            "/a-bucket?policy",
            &[("authorization", &s3)],
            "",
            r#"210000000006 s3:GetBucketPolicy {"Bucket":"a-bucket"}"#,
        );
        let control = [("authorization", s3.as_str()), ("x-amz-account-id", "210000000006")];
        let expected = r#"210000000006 s3control:GetPublicAccessBlock {"AccountId":"210000000006"}"#;
        check("GET", "/v20180820/configuration/publicAccessBlock", &control, "", expected);
        let target = [("authorization", &*signed(key, "kms")), ("x-amz-target", "TrentService.DescribeKey")];
        check("POST", "/", &target, r#"{"KeyId":"k"}"#, r#"210000000006 kms:DescribeKey {"KeyId":"k"}"#);
    }

    #[test]
    fn requests_without_an_account_or_an_operation_are_refused() {
        let key = "AKIAQSIM210000000006";
        check("GET", "/", &[], "", "MissingAuthenticationToken");
        check("GET", "/", &[("authorization", &signed("AKIAIOSFODNN7EXAMPLE", "s3"))], "", "InvalidAccessKeyId");
        let session = |letters: &str| signed(&format!("ASIA{letters}210000000006"), "s3");
        check("GET", "/", &[("authorization", &session("QXYZ"))], "", "InvalidAccessKeyId");
        check("DELETE", "/a-bucket", &[("authorization", &signed(key, "s3"))], "", "UnknownOperationException");
    }
}
