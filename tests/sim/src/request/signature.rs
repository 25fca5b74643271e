//! Whether a request was signed by the key that it names: signed again, by the AWS SDK's signer, with the headers that it
//! says are signed. It may have been signed for AWS's own host and sent here instead.

use std::collections::BTreeSet;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{SECRET, Scope};

/// What the signer adds by itself.
const OF_THE_SIGNER: [&str; 3] = ["host", "x-amz-date", "x-amz-security-token"];

/// Whether the signature is the one that the key makes.
pub(super) fn is_good(parts: &Parts, body: &Bytes, scope: &Scope<'_>) -> bool {
    let here = header(parts, "host").unwrap_or_default();
    let suffix = if scope.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let hosts = [format!("https://sts.{}.{suffix}/", scope.region), format!("http://{here}/")];
    let shown = header(parts, "authorization");
    shown.is_some() && hosts.iter().any(|url| again(parts, body, scope, url).as_deref() == shown)
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The signature as the key makes it for a host.
fn again(parts: &Parts, body: &Bytes, scope: &Scope<'_>, url: &str) -> Option<String> {
    let signed = header(parts, "authorization")?.split_once("SignedHeaders=")?.1.split(',').next()?;
    let signed: BTreeSet<&str> = signed.split(';').filter(|name| !OF_THE_SIGNER.contains(name)).collect();
    let headers: Vec<(&str, &str)> =
        signed.into_iter().map(|name| Some((name, header(parts, name)?))).collect::<Option<_>>()?;
    let token = header(parts, "x-amz-security-token").map(str::to_owned);
    let identity = Identity::from(Credentials::new(scope.access_key, SECRET, token, None, "simulator"));
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.signing_name)
        .time(time(header(parts, "x-amz-date")?)?)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let request =
        SignableRequest::new(parts.method.as_str(), url, headers.into_iter(), SignableBody::Bytes(body)).ok()?;
    let (instructions, _) = sign(request, &params).ok()?.into_parts();
    let found = instructions.headers().find(|(name, _)| *name == "authorization")?.1.to_owned();
    Some(found)
}

/// `20261127T063759Z`.
fn time(text: &str) -> Option<SystemTime> {
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let written = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    OffsetDateTime::parse(&written, &Rfc3339).ok().map(SystemTime::from)
}
