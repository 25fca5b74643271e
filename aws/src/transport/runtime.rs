//! What the AWS runtime calls back for: writing the HTTP request, reading the HTTP response, and deciding whether an
//! error is tried again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, InterceptorContext, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SerializeRequest};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::retry::ErrorKind;

use crate::error::{Answer, ErrorClass, classify};
use crate::http::is_too_large;
use crate::protocol;

use super::{Call, Outgoing, count};

/// Who calls, as CloudTrail shows it.
const USER_AGENT: &str = concat!("plumbline/", env!("CARGO_PKG_VERSION"));

/// An error answer, classified.
#[derive(Debug, thiserror::Error)]
#[error("{class}: {}: {}", answer.code, answer.message)]
pub(super) struct Failed {
    pub(super) answer: Answer,
    pub(super) class: ErrorClass,
    meta: ErrorMetadata,
}

impl Failed {
    fn new(answer: Answer, class: ErrorClass) -> Self {
        let meta = ErrorMetadata::builder().code(answer.code.clone()).build();
        Self { answer, class, meta }
    }
}

impl ProvideErrorMetadata for Failed {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// The call that an attempt belongs to, in the runtime's configuration.
#[derive(Debug)]
struct InFlight(Arc<Call>);

impl Storable for InFlight {
    type Storer = StoreReplace<Self>;
}

#[derive(Debug)]
pub(super) struct Serializer;

impl SerializeRequest for Serializer {
    fn serialize_input(&self, input: Input, cfg: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        let outgoing: Outgoing = input.downcast().expect("the lane's operation takes outgoing requests");
        let request = outgoing.request;
        if let Some(prefix) = request.host_prefix {
            cfg.interceptor_state().store_put(EndpointPrefix::new(prefix)?);
        }
        cfg.interceptor_state().store_put(InFlight(outgoing.call));
        let mut http = HttpRequest::new(SdkBody::from(request.body));
        http.set_method(&request.method)?;
        http.set_uri(request.path_and_query)?;
        let headers = http.headers_mut();
        headers.try_insert("user-agent", USER_AGENT)?;
        for (name, value) in request.headers {
            headers.try_insert(name, value)?;
        }
        Ok(http)
    }
}

#[derive(Debug)]
pub(super) struct Deserializer;

impl DeserializeResponse for Deserializer {
    fn deserialize_nonstreaming(&self, _response: &HttpResponse) -> Result<Output, OrchestratorError<Error>> {
        Err(OrchestratorError::other("the runtime hands over the configuration"))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        cfg: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let InFlight(call) = cfg.load::<InFlight>().expect("the serializer stores it");
        let body = response.body().bytes().unwrap_or_default();
        call.bytes.store(body.len(), Ordering::Relaxed);
        if count(&call.attempts) > 1 {
            call.limiter.charge();
        }
        read(call, response, body).map(Output::erase).map_err(|failed| {
            if failed.class == ErrorClass::Throttled {
                count(&call.throttled);
                call.limiter.throttled();
            }
            OrchestratorError::operation(Error::erase(*failed))
        })
    }
}

fn read(call: &Call, response: &HttpResponse, body: &[u8]) -> Result<plumbline_baseline::Doc, Box<Failed>> {
    let (service, status) = (&call.service, response.status());
    if !status.is_success() {
        let answer = protocol::read_failure(service, status.as_u16(), response.headers(), body);
        let class = classify(&answer);
        return Err(Box::new(Failed::new(answer, class)));
    }
    let operation = service.operations.get(&call.operation).expect("a call is made of a known operation");
    protocol::read(service, &call.operation, operation, status.as_u16(), response.headers(), body).map_err(|error| {
        let answer = Answer { code: String::new(), message: error.to_string(), http_status: status.as_u16() };
        Box::new(Failed::new(answer, ErrorClass::Bug))
    })
}

/// How long AWS asks to wait: in milliseconds in a header of its own, or in seconds as RFC 9110 has it. The runtime
/// waits no longer than its own longest pause.
fn wanted_delay(response: &HttpResponse) -> Option<Duration> {
    let number = |header: &str| response.headers().get(header)?.trim().parse::<u32>().ok();
    let milliseconds = number("x-amz-retry-after").map(u64::from).map(Duration::from_millis);
    milliseconds.or_else(|| number("retry-after").map(u64::from).map(Duration::from_secs))
}

/// Tells the runtime which answers to try again, from the one classification table.
#[derive(Debug)]
pub(super) struct Classifier;

impl ClassifyRetry for Classifier {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = ctx.output_or_error() else { return RetryAction::NoActionIndicated };
        if is_too_large(error) {
            return RetryAction::RetryForbidden;
        }
        let failed = error.as_operation_error().and_then(|error| error.downcast_ref::<Failed>());
        let kind = match failed.map(|failed| failed.class) {
            Some(ErrorClass::Throttled) => ErrorKind::ThrottlingError,
            Some(ErrorClass::Transient) => ErrorKind::ServerError,
            _ => return RetryAction::NoActionIndicated,
        };
        match ctx.response().and_then(wanted_delay) {
            Some(delay) => RetryAction::retryable_error_with_explicit_delay(kind, delay),
            None => RetryAction::retryable_error(kind),
        }
    }

    fn name(&self) -> &'static str {
        "the error table"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
