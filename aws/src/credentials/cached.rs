//! Keeps credentials until shortly before they expire. One request at a time renews them; a failure is remembered for
//! a moment, so that a role that cannot be assumed is not asked for once a call. Credentials that could not be renewed
//! are used until they do expire.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Error, credentials_error};

/// Renewed this long before they expire.
const MARGIN: Duration = Duration::from_secs(300);
/// A failure stands for this long.
const FAILURE_STANDS: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Cached<P> {
    inner: P,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Empty,
    Fresh(Credentials),
    /// Renewing failed; the old credentials, if there were any.
    Failed {
        error: Error,
        until: Instant,
        old: Option<Credentials>,
    },
}

impl<P: ProvideCredentials> Cached<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, state: Mutex::new(State::Empty) }
    }

    async fn credentials(&self, now: SystemTime) -> provider::Result {
        let mut state = self.state.lock().await;
        let old = match &*state {
            State::Fresh(credentials) if lasts(credentials, now + MARGIN) => return Ok(credentials.clone()),
            State::Failed { error, until, old } if Instant::now() < *until => return usable(old.as_ref(), error, now),
            State::Fresh(credentials) => Some(credentials.clone()),
            State::Failed { old, .. } => old.clone(),
            State::Empty => None,
        };
        match self.inner.provide_credentials().await {
            Ok(credentials) => {
                *state = State::Fresh(credentials.clone());
                Ok(credentials)
            }
            Err(error) => {
                let error = credentials_error(&error);
                let answer = usable(old.as_ref(), &error, now);
                *state = State::Failed { error, until: Instant::now() + FAILURE_STANDS, old };
                answer
            }
        }
    }
}

fn usable(old: Option<&Credentials>, error: &Error, now: SystemTime) -> provider::Result {
    match old {
        Some(credentials) if lasts(credentials, now) => Ok(credentials.clone()),
        _ => Err(CredentialsError::provider_error(error.clone())),
    }
}

fn lasts(credentials: &Credentials, until: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| until < expiry)
}

impl<P: ProvideCredentials> ProvideCredentials for Cached<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials(SystemTimeSource::new().now()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Source {
        calls: AtomicU32,
        fails: AtomicBool,
    }

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
            future::ProvideCredentials::ready(if self.fails.load(Ordering::SeqCst) {
                Err(CredentialsError::not_loaded("none"))
            } else {
                Ok(Credentials::new("AKID", "secret", None, Some(expiry), "test"))
            })
        }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn credentials_are_renewed_before_they_expire() {
        let cached = Cached::new(Source::default());
        for seconds in [0, 1000, 3200, 3400] {
            cached.credentials(at(seconds)).await.unwrap();
        }
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn credentials_that_cannot_be_renewed_are_used_until_they_expire() {
        let cached = Cached::new(Source::default());
        cached.credentials(at(0)).await.unwrap();
        cached.inner.fails.store(true, Ordering::SeqCst);
        cached.credentials(at(3400)).await.unwrap();
        cached.credentials(at(3500)).await.unwrap();
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 2, "not asked again for every call");
        tokio::time::advance(Duration::from_secs(16)).await;
        cached.credentials(at(3599)).await.unwrap();
        cached.credentials(at(3600)).await.unwrap_err();
        cached.inner.fails.store(false, Ordering::SeqCst);
        tokio::time::advance(Duration::from_secs(16)).await;
        cached.credentials(at(3601)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_stands_for_a_moment() {
        let cached = Cached::new(Source { fails: true.into(), ..Source::default() });
        for _ in 0..3 {
            cached.credentials(at(0)).await.unwrap_err();
        }
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(16)).await;
        cached.credentials(at(0)).await.unwrap_err();
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 2);
    }
}
