//! Keeps credentials until shortly before they expire. One request at a time renews them; a failure is remembered for
//! a moment, so that a role that cannot be assumed is not asked for once a call.

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
    Failed { error: Error, until: Instant },
}

impl<P: ProvideCredentials> Cached<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, state: Mutex::new(State::Empty) }
    }

    async fn credentials(&self, now: SystemTime) -> provider::Result {
        let mut state = self.state.lock().await;
        match &*state {
            State::Fresh(credentials) if is_fresh(credentials, now) => return Ok(credentials.clone()),
            State::Failed { error, until } if Instant::now() < *until => {
                return Err(CredentialsError::provider_error(error.clone()));
            }
            _ => {}
        }
        match self.inner.provide_credentials().await {
            Ok(credentials) => {
                *state = State::Fresh(credentials.clone());
                Ok(credentials)
            }
            Err(error) => {
                let known = credentials_error(&error);
                *state = State::Failed { error: known.clone(), until: Instant::now() + FAILURE_STANDS };
                Err(CredentialsError::provider_error(known))
            }
        }
    }
}

fn is_fresh(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + MARGIN < expiry)
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Source {
        calls: AtomicU32,
        fails: bool,
    }

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
            future::ProvideCredentials::ready(if self.fails {
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
    async fn a_failure_stands_for_a_moment() {
        let cached = Cached::new(Source { fails: true, ..Source::default() });
        for _ in 0..3 {
            cached.credentials(at(0)).await.unwrap_err();
        }
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(16)).await;
        cached.credentials(at(0)).await.unwrap_err();
        assert_eq!(cached.inner.calls.load(Ordering::SeqCst), 2);
    }
}
