//! Error answers: where each protocol puts the code, the message and the request id.

use plumbline_baseline::api::Protocol;
use serde_json::json;

use super::{REQUEST_ID, Reply, cbor, marked, xml};
use crate::answer::ApiError;
use crate::request::Dialect;

/// The answer to a call that failed.
pub(crate) fn failure(dialect: &Dialect, error: &ApiError) -> Reply {
    let (code, message) = (xml::text(&error.code), xml::text(&error.message));
    let fault = if error.status >= 500 { "Receiver" } else { "Sender" };
    let mut headers = vec![("x-amzn-requestid".to_owned(), REQUEST_ID.to_owned())];
    if matches!(dialect.protocol, Protocol::Json | Protocol::SmithyRpcV2Cbor)
        && dialect.service.as_ref().is_some_and(|service| service.query_compatible)
    {
        headers.push(("x-amzn-query-error".to_owned(), format!("{};{fault}", error.code)));
    }
    if dialect.protocol == Protocol::SmithyRpcV2Cbor {
        headers.push(("content-type".to_owned(), "application/cbor".to_owned()));
        headers.extend(error.retry_after.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
        let name = format!("com.amazonaws.coral#{}", error.code);
        return marked(Reply { status: error.status, headers, body: cbor::error(&name, &error.message) });
    }
    if dialect.is_json {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let cause = json!({ "Type": fault, "Code": error.code, "Message": error.message });
        let body = json!({ "Error": cause, "RequestId": REQUEST_ID }).to_string();
        return Reply { status: error.status, headers, body: body.into_bytes() };
    }
    let body = match dialect.protocol {
        Protocol::Query => format!(
            "<ErrorResponse xmlns=\"http://{}.amazonaws.com/doc/\"><Error><Type>{fault}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
            dialect.name
        ),
        Protocol::Ec2 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
             <Message>{message}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        ),
        Protocol::RestXml if dialect.name == "s3" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>c2ltdWxhdG9y</HostId></Error>"
        ),
        Protocol::RestXml => format!(
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Error>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        ),
        Protocol::Json => {
            let namespace = dialect.service.as_ref().and_then(|service| service.target_prefix.as_deref());
            let name = format!("com.amazonaws.{}#{}", namespace.unwrap_or("coral"), error.code);
            json!({ "__type": name, "message": error.message }).to_string()
        }
        Protocol::SmithyRpcV2Cbor => String::new(),
        Protocol::RestJson => {
            headers.push(("x-amzn-errortype".to_owned(), error.code.clone()));
            json!({ "message": error.message }).to_string()
        }
    };
    let content_type = match dialect.protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        _ => "text/xml",
    };
    headers.push(("content-type".to_owned(), content_type.to_owned()));
    headers.extend(error.retry_after.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
    Reply { status: error.status, headers, body: body.into_bytes() }
}
