//! Sessions of assumed roles: what their tokens say, and whether one is still good. A token carries its own number and
//! end, so that any number of them needs no memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

/// How every token begins.
const PREFIX: &str = "simulated-session-token";

/// The sessions of a server.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// How long they live at most; as long as was asked for when `None`.
    lifetime: Option<Duration>,
    issued: AtomicU64,
    /// Those with a lower number are refused.
    revoked_before: AtomicU64,
}

/// A new session.
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) expires: OffsetDateTime,
}

impl Sessions {
    pub(crate) fn new(lifetime: Option<Duration>) -> Self {
        Self { lifetime, ..Self::default() }
    }

    /// A session in an account that was asked for so long.
    pub(crate) fn issue(&self, account: &str, asked: Duration) -> Session {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let lifetime = self.lifetime.map_or(asked, |lifetime| lifetime.min(asked));
        // AWS's expiry follows its own clock, so this one must follow the real one however old the world is.
        let expires = crate::clock::now() + lifetime;
        let expires = expires.replace_nanosecond(0).unwrap_or(expires);
        Session { token: format!("{PREFIX}-{account}-{number}-{}", expires.unix_timestamp()), expires }
    }

    /// Refuses every session that there is; new ones are good.
    pub(crate) fn revoke(&self) {
        self.revoked_before.store(self.issued.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether a request may be made with this token. Tokens of others (long-term keys have none) are not judged.
    pub(crate) fn is_good(&self, token: Option<&str>) -> bool {
        let Some(token) = token.and_then(|token| token.strip_prefix(PREFIX)) else { return true };
        let mut fields = token.rsplit('-');
        let mut number = || fields.next().and_then(|field| field.parse::<u64>().ok());
        let (Some(end), Some(number)) = (number(), number()) else { return false };
        let now = u64::try_from(crate::clock::now().unix_timestamp()).unwrap_or_default();
        now < end && number >= self.revoked_before.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_at_their_time_and_when_they_are_revoked() {
        let hour = Duration::from_secs(3600);
        let sessions = Sessions::new(None);
        let first = sessions.issue("210000000006", hour).token;
        assert!(sessions.is_good(Some(&first)));
        sessions.revoke();
        assert!(!sessions.is_good(Some(&first)));
        assert!(sessions.is_good(Some(&sessions.issue("210000000006", hour).token)));
        let short = Sessions::new(Some(Duration::ZERO));
        assert!(!short.is_good(Some(&short.issue("210000000006", hour).token)));
        assert!(!sessions.is_good(Some("simulated-session-token-forged")));
        assert!(sessions.is_good(None));
    }
}
