//! What the AWS runtime calls back for: writing the HTTP request, and reading the HTTP response.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SerializeRequest};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::error::{Answer, ErrorClass, classify};
use crate::protocol;

use super::exchange::{Exchange, Outgoing, Refused};

/// Who calls, as CloudTrail shows it.
const USER_AGENT: &str = concat!("plumbline/", env!("CARGO_PKG_VERSION"));

/// The call that an attempt belongs to, in the runtime's configuration.
#[derive(Debug)]
struct InFlight(Arc<Exchange>);

impl Storable for InFlight {
    type Storer = StoreReplace<Self>;
}

#[derive(Debug)]
pub(super) struct Serializer;

impl SerializeRequest for Serializer {
    fn serialize_input(&self, input: Input, cfg: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        let outgoing: Outgoing = input.downcast().expect("the wire's operation takes outgoing requests");
        let request = outgoing.request;
        if let Some(prefix) = request.host_prefix {
            cfg.interceptor_state().store_put(EndpointPrefix::new(prefix)?);
        }
        cfg.interceptor_state().store_put(InFlight(outgoing.exchange));
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
        let InFlight(exchange) = cfg.load::<InFlight>().expect("the serializer stores it");
        let body = response.body().bytes().unwrap_or_default();
        exchange.came(body.len());
        read(exchange, response, body)
            .map(Output::erase)
            .map_err(|refused| OrchestratorError::operation(Error::erase(*refused)))
    }
}

fn read(exchange: &Exchange, response: &HttpResponse, body: &[u8]) -> Result<plumbline_baseline::Doc, Box<Refused>> {
    let (service, status) = (&exchange.service, response.status());
    if !status.is_success() {
        let answer = protocol::read_failure(service, status.as_u16(), response.headers(), body);
        let class = classify(Some(service), &exchange.operation, &answer);
        return Err(Box::new(Refused { answer, class }));
    }
    let operation = service.operations.get(&exchange.operation).expect("a call is made of a known operation");
    protocol::read(service, &exchange.operation, operation, status.as_u16(), response.headers(), body).map_err(
        |error| {
            let answer = Answer { code: String::new(), message: error.to_string(), http_status: status.as_u16() };
            Box::new(Refused { answer, class: ErrorClass::Bug })
        },
    )
}
