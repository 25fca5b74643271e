//! What STS answers, in the two shapes that there are. Everything else is no answer, whoever it looks good for: a page of
//! a proxy, another operation's result, a redirect.

use serde::Deserialize;

use super::session::{self, NotASession, RoleSession, shown};

/// Why an answer names nobody.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotNamed {
    /// STS says no.
    #[error("AWS does not accept the proof: {code}: {message}")]
    Refused {
        /// AWS's code.
        code: String,
        /// What AWS says of it.
        message: String,
    },
    /// STS says who it is, and it is no role.
    #[error(transparent)]
    NotASession(#[from] NotASession),
    /// STS cannot say now.
    #[error("STS cannot answer now ({0})")]
    NotNow(String),
    /// What answered is not STS, or not as STS answers.
    #[error("the answer is not one of STS ({0}): is there a proxy in between, or an endpoint that is not STS's?")]
    Strange(&'static str),
}

/// Codes that say nothing of who asked.
const BUSY: [&str; 3] = ["Throttling", "ThrottlingException", "RequestLimitExceeded"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Success {
    #[serde(rename = "GetCallerIdentityResponse")]
    response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Response {
    get_caller_identity_result: Identity,
    #[serde(rename = "ResponseMetadata")]
    _metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Identity {
    account: String,
    arn: String,
    #[serde(rename = "UserId")]
    _user_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Metadata {
    #[serde(rename = "RequestId")]
    _request_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    error: Cause,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cause {
    code: String,
    #[serde(default)]
    message: Option<String>,
}

/// Reads an answer of the STS of a partition.
///
/// # Errors
/// When it names nobody.
pub(super) fn read(
    status: u16,
    content_type: &str,
    body: &[u8],
    partition: &'static str,
) -> Result<RoleSession, NotNamed> {
    let is_json =
        content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    match status {
        200 if !is_json => Err(NotNamed::Strange("it is not JSON")),
        200 => {
            let read: Success =
                serde_json::from_slice(body).map_err(|_| NotNamed::Strange("it is not what was asked for"))?;
            let Identity { account, arn, .. } = read.response.get_caller_identity_result;
            Ok(session::read(&arn, &account, partition)?)
        }
        300..400 => Err(NotNamed::Strange("it leads elsewhere, and nobody follows")),
        429 | 500.. => Err(NotNamed::NotNow(format!("HTTP {status}"))),
        400..500 => {
            let Ok(Failure { error: Cause { code, message } }) = serde_json::from_slice(body) else {
                return Err(NotNamed::Strange("it is an error, and not one of STS"));
            };
            let (code, message) = (shown(&code), shown(&message.unwrap_or_default()));
            match BUSY.contains(&code.as_str()) {
                true => Err(NotNamed::NotNow(code)),
                false => Err(NotNamed::Refused { code, message }),
            }
        }
        _ => Err(NotNamed::Strange("its status is none that STS has")),
    }
}
