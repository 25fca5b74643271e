//! One exchange: a request, what becomes of it (latency, fault, quota, session), its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Pagination;
use tokio::time::Instant;

use super::body::AnswerBody;
use super::kept::{Answers, Kept};
use super::{Quotas, State};
use crate::answer::{self, ApiError};
use crate::chance::Chance;
use crate::faults::Fault;
use crate::journal::LoggedCall;
use crate::quotas::{Quota, quota_of};
use crate::request::{self, Call, Dialect};
use crate::response::{self, Reply};

/// The largest request that is read.
const REQUEST_CAP: usize = 4 << 20;

/// Ends a connection without an answer.
#[derive(Debug)]
pub(super) struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ends here on purpose")
    }
}

impl std::error::Error for Unanswered {}

/// Where a request came to, and what it asks of whom.
struct Arrival<'a> {
    service: &'a str,
    operation: &'a str,
    account: &'a str,
    region: &'a str,
    quota: (&'static Quota, u16),
    /// The session that it was signed with, if it was one.
    token: Option<&'a str>,
}

/// What becomes of a request before it is answered.
enum Fate {
    /// It is answered, with this fault if there is one.
    Answered(Option<Fault>),
    /// Its quota is used up.
    Throttled,
    /// Its session is over.
    Expired,
    /// Its connection ends.
    Reset,
}

/// Answers a request.
///
/// # Errors
/// When the connection is to end without an answer.
pub(super) async fn serve(state: Arc<State>, request: Request<Incoming>) -> Result<Response<AnswerBody>, Unanswered> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, REQUEST_CAP).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(respond(StatusCode::PAYLOAD_TOO_LARGE, Vec::new(), AnswerBody::full(Bytes::new()))),
    };
    let token = parts.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
    let asked = state.options.repeats_answers.then(|| Answers::asked(&state.world, &parts, &body)).flatten();
    let kept = asked.as_ref().and_then(|asked| Some((asked, state.answers.find(asked)?)));
    let fate = match &kept {
        Some((asked, kept)) => {
            let (account, region, quota) = (asked.account.as_str(), asked.region.as_str(), kept.quota);
            let (service, operation) = (kept.service.as_str(), kept.operation.as_str());
            Some(fate(&state, &Arrival { service, operation, account, region, quota, token }).await)
        }
        None => None,
    };
    if let (Some((asked, kept)), Some(Fate::Answered(None))) = (&kept, &fate) {
        return Ok(repeat(&state, kept, &asked.account, &asked.region));
    }
    let (call, dialect) = match request::decode(&state.catalog, &parts, &body) {
        Ok(decoded) => decoded,
        Err(refusal) => {
            record(&state, None, &refusal.dialect, refusal.error.status, &refusal.error.code);
            return Ok(deliver(response::failure(&refusal.dialect, &refusal.error)));
        }
    };
    let quota = quota_of(&call.service, &call.operation, &call.input);
    let fate = match fate {
        Some(fate) => fate,
        None => {
            let (service, operation) = (call.service.as_str(), call.operation.as_str());
            let (account, region) = (call.account.as_str(), call.region.as_str());
            self::fate(&state, &Arrival { service, operation, account, region, quota, token }).await
        }
    };
    let refused = |error: ApiError| {
        record(&state, Some(&call), &dialect, error.status, &error.code);
        deliver(response::failure(&dialect, &error))
    };
    let fault = match fate {
        Fate::Answered(fault) => fault,
        Fate::Throttled => return Ok(refused(ApiError::throttled(&dialect))),
        Fate::Expired => return Ok(refused(ApiError::expired(&dialect))),
        Fate::Reset => return Err(Unanswered),
    };
    let response = answer_call(&state, &call, &dialect, fault);
    if let (Some(asked), None, StatusCode::OK) = (asked, fault, response.status()) {
        state.answers.keep(asked, &call, quota, (response.headers().clone(), response.body().bytes()));
    }
    Ok(response)
}

/// Lets a request wait as long as it has to, and says what becomes of it.
async fn fate(state: &State, arrival: &Arrival<'_>) -> Fate {
    let Arrival { service, operation, account, region, quota, token } = *arrival;
    let (place, earlier) = state.counters.request(account, region, service);
    let chance = Chance::new(state.options.seed, [account, region, service], earlier);
    let fault = state.faults.hit((service, operation), (account, region), chance);
    let is_within_quota = state.options.quotas == Quotas::Ignored || state.buckets.take(place, quota, Instant::now());
    let slower = if let Some(Fault::Latency(delay)) = fault { delay } else { Duration::ZERO };
    let latency = state.options.latency.of(chance) + slower;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if fault.is_some() {
        state.counters.failed(place);
    }
    match fault {
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Reset) => Fate::Reset,
        _ if !is_within_quota => {
            state.counters.throttled(place);
            Fate::Throttled
        }
        _ if !state.memory.sessions.is_good(token) => Fate::Expired,
        fault => Fate::Answered(fault),
    }
}

/// The answer as it was written for the first equal request.
fn repeat(state: &State, kept: &Kept, account: &str, region: &str) -> Response<AnswerBody> {
    state.journal.record(&kept.service, &kept.operation, || LoggedCall {
        service: kept.service.clone(),
        operation: kept.operation.clone(),
        account: account.to_owned(),
        region: region.to_owned(),
        status: kept.status.as_u16(),
        code: String::new(),
    });
    let mut response = Response::new(AnswerBody::full(kept.body(account)));
    *response.status_mut() = kept.status;
    *response.headers_mut() = kept.headers.clone();
    response
}

/// The answer to a call, with its fault.
fn answer_call(state: &State, call: &Call, dialect: &Dialect, fault: Option<Fault>) -> Response<AnswerBody> {
    let pagination = answer::page::pagination(dialect, &call.operation);
    let injected = fault.and_then(|fault| ApiError::injected(fault, call, dialect));
    let cap = if fault == Some(Fault::Truncate) { Some(1) } else { state.options.page_size };
    let sizes = (answer::page::sizes(&call.service), cap);
    let outcome = match injected {
        Some(error) => Err(error),
        None => whole_output(state, call, dialect, pagination).and_then(|output| match pagination {
            Some(pagination) => {
                let is_truncated = fault == Some(Fault::Truncate);
                let page = answer::page::cut(&output, &call.input, pagination, sizes, is_truncated);
                page.map(|page| answer::page::as_handed_out(&call.service, &call.input, page))
            }
            None => Ok(Arc::unwrap_or_clone(output)),
        }),
    };
    let (status, code) = outcome.as_ref().map_or_else(|error| (error.status, error.code.as_str()), |_| (200, ""));
    record(state, Some(call), dialect, status, code);
    match (outcome, fault) {
        (_, Some(Fault::Strange(body))) => {
            respond(StatusCode::OK, Vec::new(), AnswerBody::full(Bytes::from_static(body.as_bytes())))
        }
        (Err(error), _) => deliver(response::failure(dialect, &error)),
        (Ok(output), Some(Fault::Disconnect)) => break_off(response::success(dialect, &call.operation, &output)),
        (Ok(output), Some(Fault::Truncate)) if pagination.is_none() => {
            break_off(response::success(dialect, &call.operation, &output))
        }
        (Ok(output), _) => deliver(response::success(dialect, &call.operation, &output)),
    }
}

/// The output of a call before it is cut into pages. Where answers may be repeated, that of a listing is kept until its
/// last page.
fn whole_output(
    state: &State,
    call: &Call,
    dialect: &Dialect,
    pagination: Option<&Pagination>,
) -> Result<Arc<Doc>, ApiError> {
    let anew = || answer::answer(&state.world, &state.memory, call, dialect).map(Arc::new);
    match pagination.filter(|_| state.options.repeats_answers) {
        Some(pagination) => state.outputs.of(call, pagination, anew),
        None => anew(),
    }
}

fn record(state: &State, call: Option<&Call>, dialect: &Dialect, status: u16, code: &str) {
    let text = |part: fn(&Call) -> &String| call.map(part).cloned().unwrap_or_default();
    let operation = call.map(|call| call.operation.as_str()).unwrap_or_default();
    state.journal.record(&dialect.name, operation, || LoggedCall {
        service: dialect.name.clone(),
        operation: text(|call| &call.operation),
        account: text(|call| &call.account),
        region: text(|call| &call.region),
        status,
        code: code.to_owned(),
    });
}

fn deliver(reply: Reply) -> Response<AnswerBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(status, reply.headers, AnswerBody::full(reply.body.into()))
}

fn break_off(reply: Reply) -> Response<AnswerBody> {
    respond(StatusCode::OK, reply.headers, AnswerBody::broken(reply.body))
}

fn respond(status: StatusCode, headers: Vec<(String, String)>, body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap_or_else(|_| Response::new(AnswerBody::full(Bytes::new())))
}
