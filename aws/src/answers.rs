//! Answers of AWS as bytes, read without a call: for whoever holds the readers of all protocols against what anybody may
//! send in AWS's name. A scan reads through [`Session`](crate::Session).

use aws_smithy_runtime_api::http::Headers;
use plumbline_baseline::Doc;
use plumbline_baseline::api::Service;

use crate::protocol;

/// The document that a body is as the answer to an operation of the service.
///
/// # Errors
/// What is wrong with it; of a status that is no success, what the answer says itself.
pub fn read(
    service: &Service,
    operation: &str,
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &[u8],
) -> Result<Doc, String> {
    let mut all = Headers::new();
    for (name, value) in headers {
        all.try_insert(*name, *value).map_err(|error| error.to_string())?;
    }
    if !(200..300).contains(&status) {
        let answer = protocol::read_failure(service, status, &all, body);
        return Err(format!("{} {}: {}", answer.http_status, answer.code, answer.message));
    }
    let known = service.operations.get(operation).ok_or_else(|| format!("{operation} is not known"))?;
    protocol::read(service, operation, known, status, &all, body).map_err(|error| error.to_string())
}
