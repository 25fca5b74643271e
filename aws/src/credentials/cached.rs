//! Keeps credentials until shortly before they expire, and renews them beside the calls that use them: whoever asks
//! within the margin gets the old ones at once. Only where there are none that are good does anybody wait, for one renewal
//! that all share, and for a bounded time. A failure is remembered for a moment, so that a role that cannot be assumed is
//! not asked for once a call. Credentials that AWS refused are renewed before they are handed out again.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Error, credentials_error};

/// Renewed this long before they expire.
const MARGIN: Duration = Duration::from_secs(300);
/// A failure stands for this long.
const FAILURE_STANDS: Duration = Duration::from_secs(15);

/// Credentials that are kept. Clones share them.
pub(super) struct Cached<P> {
    inner: Arc<Inner<P>>,
}

struct Inner<P> {
    source: P,
    /// A renewal that took this long is not going to end.
    longest: Duration,
    clock: SharedTimeSource,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// Renewing failed.
    failed: Option<Failed>,
    /// What the renewal that is under way will say.
    renewal: Option<watch::Receiver<Option<Renewed>>>,
}

type Renewed = Result<Credentials, Error>;

#[derive(Clone)]
struct Kept {
    credentials: Credentials,
    /// Nothing where they do not expire, or where they would have before they came: then the clock here is wrong, and
    /// AWS will say when they are no longer good.
    good_until: Option<SystemTime>,
}

struct Failed {
    error: Error,
    until: Instant,
}

/// What the state means for somebody who asks.
enum Answer {
    Ready(Renewed),
    Later(watch::Receiver<Option<Renewed>>),
}

impl<P: ProvideCredentials + 'static> Cached<P> {
    pub(super) fn new(source: P, longest: Duration) -> Self {
        Self::with_clock(source, longest, SharedTimeSource::new(SystemTimeSource::new()))
    }

    fn with_clock(source: P, longest: Duration, clock: SharedTimeSource) -> Self {
        Self { inner: Arc::new(Inner { source, longest, clock, state: Mutex::default() }) }
    }

    async fn credentials(&self) -> provider::Result {
        let renewed = match self.inner.answer() {
            Answer::Ready(answer) => answer,
            Answer::Later(mut renewal) => match renewal.wait_for(Option::is_some).await {
                Ok(renewed) => renewed.clone().expect("it was waited for"),
                Err(_) => Err(Error::Unreachable("the renewal of the credentials broke off".to_owned())),
            },
        };
        renewed.map_err(CredentialsError::provider_error)
    }
}

impl<P: ProvideCredentials + 'static> Inner<P> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(self: &Arc<Self>) -> Answer {
        let (mut state, now) = (self.state(), self.clock.now());
        let good = state.kept.clone().filter(|kept| kept.lasts(now));
        let is_fresh = good.as_ref().is_some_and(|kept| kept.lasts(now + MARGIN));
        let failed = state.failed.as_ref().filter(|failed| Instant::now() < failed.until);
        match (good, failed) {
            (Some(kept), None) if !is_fresh => {
                self.renew(&mut state);
                Answer::Ready(Ok(kept.credentials))
            }
            (Some(kept), _) => Answer::Ready(Ok(kept.credentials)),
            (None, Some(failed)) => Answer::Ready(Err(failed.error.clone())),
            (None, None) => Answer::Later(self.renew(&mut state)),
        }
    }

    /// The renewal that is under way, or a new one. It goes on when nobody waits for it any more.
    fn renew(self: &Arc<Self>, state: &mut State) -> watch::Receiver<Option<Renewed>> {
        // One that is gone without a word went with its runtime.
        if let Some(renewal) = state.renewal.as_ref().filter(|renewal| renewal.has_changed().is_ok()) {
            return renewal.clone();
        }
        let (says, renewal) = watch::channel(None);
        state.renewal = Some(renewal.clone());
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            let renewed = tokio::time::timeout(inner.longest, inner.source.provide_credentials()).await;
            let renewed = match renewed {
                Ok(Ok(credentials)) => Ok(credentials),
                Ok(Err(error)) => Err(credentials_error(&error)),
                Err(_) => Err(Error::Unreachable(format!("no credentials within {:?}", inner.longest))),
            };
            let renewed = inner.keep(renewed);
            says.send_replace(Some(renewed));
        });
        renewal
    }

    fn keep(self: &Arc<Self>, renewed: Renewed) -> Renewed {
        let (mut state, now) = (self.state(), self.clock.now());
        state.renewal = None;
        match renewed {
            Ok(mut credentials) => {
                let source: Weak<dyn Refusable> = Arc::downgrade(&(Arc::clone(self) as Arc<dyn Refusable>));
                credentials.set_property(Origin(source));
                let good_until = credentials.expiry().filter(|expiry| now < *expiry);
                state.kept = Some(Kept { credentials: credentials.clone(), good_until });
                state.failed = None;
                Ok(credentials)
            }
            Err(error) => {
                state.failed = Some(Failed { error: error.clone(), until: Instant::now() + FAILURE_STANDS });
                Err(error)
            }
        }
    }
}

impl Kept {
    fn lasts(&self, until: SystemTime) -> bool {
        self.good_until.is_none_or(|end| until < end)
    }
}

/// Where credentials came from, kept with them.
#[derive(Clone)]
struct Origin(Weak<dyn Refusable>);

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Origin")
    }
}

/// Who gives credentials out, and wants to know when AWS does not take them.
trait Refusable: Send + Sync {
    fn refused(&self, credentials: &Credentials);
}

impl<P: ProvideCredentials + 'static> Refusable for Inner<P> {
    fn refused(&self, credentials: &Credentials) {
        let mut state = self.state();
        // Somebody else may have been refused before, and these are the new ones.
        if state.kept.as_ref().is_some_and(|kept| is_same(&kept.credentials, credentials)) {
            state.kept = None;
        }
    }
}

fn is_same(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() == other.access_key_id() && one.session_token() == other.session_token()
}

/// Says that AWS refused these credentials as expired: the next who asks for credentials gets others, if there are any.
/// Whether somebody was there to be told.
pub(crate) fn refused(credentials: &Credentials) -> bool {
    let origin = credentials.get_property::<Origin>().and_then(|origin| origin.0.upgrade());
    origin.is_some_and(|origin| {
        origin.refused(credentials);
        true
    })
}

impl<P: ProvideCredentials + 'static> ProvideCredentials for Cached<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl<P: fmt::Debug> fmt::Debug for Cached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").field("source", &self.inner.source).finish_non_exhaustive()
    }
}
