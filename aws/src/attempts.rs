//! The one retry loop: every attempt is admitted anew, and what it holds it gives back before any pause. It does not
//! know what is sent.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider};
use tokio::time::{Instant, timeout};

use crate::admission::{Admission, Admitted, Lane, Share, Silent};
use crate::credentials;
use crate::error::{CallError, ErrorClass};
use crate::failure::{Failure, Heard, Retry, no_credentials};
use crate::jitter::Jitter;
use crate::scope::Gate;

/// The first pause between two attempts is at most this long; later ones double.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// An attempt that would have less time than this is not made.
const SHORTEST: Duration = Duration::from_secs(10);
/// A request that is sent to see whether a place answers again waits this long.
const PROBE: Duration = Duration::from_secs(30);

/// How often and how long a call is tried.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    pub(crate) attempts: u32,
    pub(crate) attempt_timeout: Duration,
    /// For all attempts and the pauses between them. Waiting in line, or for a session, is not counted: it says nothing
    /// about the call, and a session has a longest wait of its own.
    pub(crate) call_timeout: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) jitter: Jitter,
}

/// What a call has to pass.
pub(crate) struct Way<'a> {
    pub(crate) credentials: &'a SharedCredentialsProvider,
    pub(crate) admission: &'a Admission,
    pub(crate) lane: &'a Arc<Lane>,
    pub(crate) share: &'a Arc<Share>,
    pub(crate) gate: &'a dyn Gate,
    /// Where it goes, for people (`lambda in eu-west-1`).
    pub(crate) place: &'a str,
}

/// What happened on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Attempts that AWS answered.
    pub(crate) answered: u32,
    /// Of these, the throttled ones.
    pub(crate) throttled: u32,
}

/// Makes a call: sends until it succeeds, or until another attempt would not help.
pub(crate) async fn attempt<T, F>(
    way: &Way<'_>,
    patience: &Patience,
    operation: &str,
    tally: &mut Tally,
    send: impl Fn() -> F,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut spent = Duration::ZERO;
    let mut attempts = 0;
    let mut is_renewed = false;
    loop {
        let (admitted, ready) = way.enter(operation).await?;
        let begun = Instant::now();
        let longest = if admitted.is_probe { patience.attempt_timeout.min(PROBE) } else { patience.attempt_timeout };
        let limit = longest.min(patience.call_timeout.saturating_sub(spent));
        let sent = timeout(limit, send()).await;
        let result = sent.unwrap_or_else(|_| Err(Failure::silence(operation.to_owned(), limit)));
        learn(way.lane, admitted, &result, tally);
        spent += begun.elapsed();
        attempts += 1;
        let failure = match result {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        // A session may end before its time: revoked, or by a clock that is wrong. Another one is had once.
        let is_expired = failure.error.class == ErrorClass::Expired && failure.retry == Retry::No;
        if is_expired && !is_renewed && credentials::refused(&ready) {
            is_renewed = true;
            continue;
        }
        let Some(pause) = patience.pause(&failure, attempts) else { return Err(failure.error) };
        let is_broken = matches!(failure.retry, Retry::Broken(_));
        if spent + pause + SHORTEST > patience.call_timeout || (is_broken && !way.lane.pays_retry()) {
            return Err(failure.error);
        }
        way.admission.pause(way.lane, pause).await.map_err(|silent| way.silent(operation, &silent))?;
        spent += pause;
    }
}

fn learn<T>(lane: &Lane, admitted: Admitted, result: &Result<T, Failure>, tally: &mut Tally) {
    let heard = result.as_ref().map_or_else(|failure| failure.heard, |_| Heard::Answer);
    tally.answered += u32::from(heard == Heard::Answer);
    match result {
        Ok(_) => lane.succeeded(),
        Err(failure) if failure.error.class == ErrorClass::Throttled && heard == Heard::Answer => {
            tally.throttled += 1;
            lane.throttled();
        }
        Err(_) => {}
    }
    match (heard, result) {
        (Heard::Answer | Heard::Part, _) | (Heard::Nothing, Ok(_)) => admitted.answered(),
        (Heard::Nothing, Err(failure)) => admitted.unanswered(&failure.error.message),
        (Heard::NotAsked, _) => admitted.unused(),
    }
}

impl Way<'_> {
    /// Returns when a request may be sent, and with what it will be signed. Credentials that have to be fetched are
    /// waited for outside: whoever waits for STS holds nothing. Those that ended in line are waited for again.
    async fn enter(&self, operation: &str) -> Result<(Admitted, Credentials), CallError> {
        let none = |error| no_credentials(operation.to_owned(), &error);
        loop {
            self.credentials.provide_credentials().await.map_err(none)?;
            let admitted = self.admission.enter(self.lane, self.share, self.gate).await;
            let admitted = admitted.map_err(|silent| self.silent(operation, &silent))?;
            match at_hand(self.credentials).await {
                Some(Ok(ready)) => return Ok((admitted, ready)),
                Some(Err(error)) => {
                    admitted.unused();
                    return Err(none(error));
                }
                None => admitted.unused(),
            }
        }
    }

    /// The error of a call that is not sent, because nothing comes back from where it goes.
    fn silent(&self, operation: &str, silent: &Silent) -> CallError {
        let Silent { lasts, unanswered, why } = silent;
        let message = format!(
            "{} has not answered for {} s ({unanswered} requests: {why}); it is asked again now and then",
            self.place,
            lasts.as_secs()
        );
        CallError::local(ErrorClass::Transient, operation.to_owned(), message)
    }
}

/// The credentials, if nobody has to wait for them.
async fn at_hand(credentials: &SharedCredentialsProvider) -> Option<provider::Result> {
    let mut asked = pin!(credentials.provide_credentials());
    poll_fn(|context| {
        Poll::Ready(match asked.as_mut().poll(context) {
            Poll::Ready(ready) => Some(ready),
            Poll::Pending => None,
        })
    })
    .await
}

impl Patience {
    /// The pause after so many attempts; `None` when there is no further one.
    fn pause(&self, failure: &Failure, attempts: u32) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let wanted = match failure.retry {
            Retry::No => return None,
            Retry::AtOnce => return Some(Duration::ZERO),
            Retry::Throttled(wanted) | Retry::Broken(wanted) => wanted,
        };
        let ceiling = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempts - 1)).min(self.longest_pause);
        Some(wanted.map_or_else(|| ceiling.mul_f64(self.jitter.part()), |wanted| wanted.min(self.longest_pause)))
    }
}

#[cfg(test)]
mod tests;
