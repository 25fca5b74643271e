//! Whether a place answers: a service in a Region, or an account in a Region. What was found out by one call is known to
//! all. Pure: `now` is an argument.
//!
//! Silence is suspicious long before the first time-out ends: a place that was asked and from which nothing came for ten
//! seconds is sent one request at a time. It is given up when a request ends without an answer in such a silence, is
//! not the only one, and something else was heard meanwhile: where all is silent, the network here gets a minute. From then on nothing is sent but a probe, rarely and ever more rarely; any answer, a denial too, is
//! an answer, and ends it.

use std::time::Duration;

use tokio::time::Instant;

/// A silence of this length is suspicious.
const SUSPICIOUS: Duration = Duration::from_secs(10);
/// A silence of this length is the place's, even when nothing was heard from anywhere: before that, it may be the
/// network here.
const CERTAIN: Duration = Duration::from_secs(60);
/// The first probe is sent this long after a place was given up; the pauses double up to the longest.
const FIRST_PROBE: Duration = Duration::from_secs(30);
const RAREST_PROBE: Duration = Duration::from_secs(600);

/// What is known of one place.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Requests that were sent and have not ended.
    in_flight: usize,
    /// Of these, the ones that were sent to see whether it answers again.
    probes: usize,
    /// Since when nothing has come, although something was asked.
    silent_since: Option<Instant>,
    /// Requests that ended without an answer in this silence, and why the last one did.
    unanswered: u32,
    why: String,
    given_up: Option<GivenUp>,
}

#[derive(Debug)]
struct GivenUp {
    probe_at: Instant,
    pause: Duration,
}

/// How a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// As any.
    Free,
    /// As the only one.
    Probe,
    /// Not now: another one is finding out.
    Wait,
    /// Not at all.
    Refused,
}

/// A place that does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// Since when.
    pub(super) since: Instant,
    /// Requests that ended without an answer.
    pub(super) unanswered: u32,
    /// Why the last one did.
    pub(super) why: String,
}

impl Health {
    /// How a request may be sent.
    pub(super) fn leave(&self, now: Instant) -> Leave {
        match &self.given_up {
            Some(given_up) if self.probes == 0 && now >= given_up.probe_at => Leave::Probe,
            Some(_) => Leave::Refused,
            None if !self.is_suspicious(now) => Leave::Free,
            None if self.probes == 0 => Leave::Probe,
            None => Leave::Wait,
        }
    }

    /// What is known of a place that was given up.
    pub(super) fn silence(&self) -> Option<Silence> {
        let since = self.silent_since.filter(|_| self.given_up.is_some())?;
        Some(Silence { since, unanswered: self.unanswered, why: self.why.clone() })
    }

    /// A request is sent.
    pub(super) fn sent(&mut self, is_probe: bool, now: Instant) {
        self.in_flight += 1;
        self.probes += usize::from(is_probe);
        self.silent_since.get_or_insert(now);
    }

    /// A request was not sent after all, or was dropped: it says nothing.
    pub(super) fn dropped(&mut self, is_probe: bool) {
        self.ended(is_probe);
        if self.in_flight == 0 && self.unanswered == 0 {
            self.silent_since = None;
        }
    }

    /// An answer came; whether that ends a silence in which requests were held back.
    pub(super) fn answered(&mut self, is_probe: bool, now: Instant) -> bool {
        let was_held = self.given_up.is_some() || self.is_suspicious(now);
        self.ended(is_probe);
        self.silent_since = (self.in_flight > 0).then_some(now);
        self.unanswered = 0;
        self.given_up = None;
        was_held
    }

    /// A request ended without an answer; whether the place is given up by that. `heard` is when anything came from
    /// anywhere.
    pub(super) fn unanswered(&mut self, is_probe: bool, why: &str, heard: Option<Instant>, now: Instant) -> bool {
        self.ended(is_probe);
        self.unanswered = self.unanswered.saturating_add(1);
        why.clone_into(&mut self.why);
        if let Some(given_up) = &mut self.given_up {
            if is_probe {
                given_up.pause = (given_up.pause * 2).min(RAREST_PROBE);
                given_up.probe_at = now + given_up.pause;
            }
            return false;
        }
        let is_alone = self.unanswered < 2 && self.in_flight == 0;
        let is_here = self.silent_since.zip(heard).is_some_and(|(since, heard)| heard > since);
        if is_alone || !self.is_silent(if is_here { SUSPICIOUS } else { CERTAIN }, now) {
            return false;
        }
        self.given_up = Some(GivenUp { probe_at: now + FIRST_PROBE, pause: FIRST_PROBE });
        true
    }

    /// Whether nothing is known of it.
    pub(super) fn is_unknown(&self) -> bool {
        self.in_flight == 0 && self.silent_since.is_none()
    }

    /// Whether nothing has come for long enough to be careful.
    pub(super) fn is_suspicious(&self, now: Instant) -> bool {
        self.is_silent(SUSPICIOUS, now)
    }

    fn is_silent(&self, long: Duration, now: Instant) -> bool {
        self.silent_since.is_some_and(|since| now.saturating_duration_since(since) >= long)
    }

    fn ended(&mut self, is_probe: bool) {
        self.in_flight -= 1;
        self.probes -= usize::from(is_probe);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn silence_is_suspicious_long_before_a_time_out_and_given_up_with_the_first() {
        let start = Instant::now();
        let mut health = Health::default();
        health.sent(false, start);
        health.sent(false, start);
        assert_eq!(health.leave(seconds(start, 9)), Leave::Free);
        assert_eq!(health.leave(seconds(start, 10)), Leave::Probe);
        health.sent(true, seconds(start, 12));
        assert_eq!(health.leave(seconds(start, 13)), Leave::Wait);
        assert!(health.unanswered(false, "no answer", None, seconds(start, 60)));
        assert_eq!(health.leave(seconds(start, 61)), Leave::Refused);
        let silence = health.silence().unwrap();
        assert_eq!((silence.since, silence.unanswered, silence.why.as_str()), (start, 1, "no answer"));
    }

    #[test]
    fn any_answer_ends_the_silence() {
        let start = Instant::now();
        let mut health = Health::default();
        health.sent(false, start);
        health.sent(true, seconds(start, 11));
        assert!(health.answered(true, seconds(start, 12)));
        assert_eq!(health.leave(seconds(start, 13)), Leave::Free);
        // The one that is still in flight is a lost one, and says nothing of the place.
        assert!(!health.unanswered(false, "lost", None, seconds(start, 20)));
        assert_eq!(health.leave(seconds(start, 20)), Leave::Free);
    }

    #[test]
    fn one_request_alone_proves_nothing_and_neither_does_a_short_silence() {
        let start = Instant::now();
        let mut health = Health::default();
        health.sent(false, start);
        assert!(!health.unanswered(false, "no answer", None, seconds(start, 60)), "the only one");
        health.sent(true, seconds(start, 61));
        assert!(health.unanswered(true, "no answer", None, seconds(start, 120)), "the second one");
        let mut refused = Health::default();
        for _ in 0..5 {
            refused.sent(false, start);
            assert!(!refused.unanswered(false, "refused", None, seconds(start, 1)));
        }
        refused.sent(true, seconds(start, 11));
        assert!(refused.unanswered(true, "refused", Some(seconds(start, 5)), seconds(start, 11)));
    }

    #[test]
    fn where_nothing_is_heard_from_anywhere_it_may_be_the_network_here() {
        let start = Instant::now();
        let given_up = |heard: Option<Instant>, after: u64| {
            let mut health = Health::default();
            health.sent(false, start);
            health.sent(false, start);
            health.unanswered(false, "refused", heard, seconds(start, after))
        };
        assert!(!given_up(None, 15) && !given_up(Some(start), 15));
        assert!(given_up(Some(seconds(start, 1)), 15) && given_up(None, 60));
    }

    #[test]
    fn probes_become_rarer_and_one_that_is_answered_ends_it() {
        let start = Instant::now();
        let mut health = Health::default();
        health.sent(false, start);
        health.sent(false, start);
        assert!(health.unanswered(false, "no answer", None, seconds(start, 60)));
        health.dropped(false);
        assert_eq!(health.leave(seconds(start, 89)), Leave::Refused);
        assert_eq!(health.leave(seconds(start, 90)), Leave::Probe);
        health.sent(true, seconds(start, 90));
        assert_eq!(health.leave(seconds(start, 91)), Leave::Refused);
        assert!(!health.unanswered(true, "no answer", None, seconds(start, 105)));
        assert_eq!(health.leave(seconds(start, 164)), Leave::Refused);
        assert_eq!(health.leave(seconds(start, 165)), Leave::Probe);
        health.sent(true, seconds(start, 165));
        assert!(health.answered(true, seconds(start, 166)));
        assert!(health.silence().is_none() && health.is_unknown());
    }
}
