//! One open session: what may be sent, when the next heartbeat is due, and which of them the coordinator has answered.

use std::time::Duration;

use plumbline_proto::agent_v1::agent_message::Message;
use plumbline_proto::agent_v1::{AgentMessage, Heartbeat, JobRef, Welcome};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::link::upload::Limits;

/// How long a coordinator may take to say welcome.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(15);
const DEFAULT_LIMITS: Limits = Limits { chunk_bytes: 1 << 20, credit: 4 };

/// An open session.
#[derive(Debug)]
pub(super) struct Open {
    sender: mpsc::Sender<AgentMessage>,
    reset: CancellationToken,
    welcome: bool,
    opened: Instant,
    heartbeat_every: Duration,
    next_heartbeat: Instant,
    /// When the oldest heartbeat was sent that has no answer yet.
    asked: Option<Instant>,
    limits: Limits,
    /// The jobs that hello named.
    pub(super) resumed: Vec<JobRef>,
    /// What hello said that it is ready.
    pub(super) ready: Vec<JobRef>,
}

impl Open {
    /// A connection through which hello is about to be said.
    pub(super) fn new(
        sender: mpsc::Sender<AgentMessage>,
        reset: CancellationToken,
        resumed: Vec<JobRef>,
        now: Instant,
    ) -> Self {
        Self {
            sender,
            reset,
            welcome: false,
            opened: now,
            heartbeat_every: DEFAULT_HEARTBEAT,
            next_heartbeat: now + WELCOME_TIMEOUT,
            asked: None,
            limits: DEFAULT_LIMITS,
            resumed,
            ready: Vec::new(),
        }
    }

    /// Whether the coordinator said welcome.
    pub(super) fn is_welcome(&self) -> bool {
        self.welcome
    }

    /// What the coordinator allows for uploads.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// When [`heartbeat`](Self::heartbeat) wants to be called.
    pub(super) fn next_heartbeat(&self) -> Instant {
        self.next_heartbeat
    }

    /// The coordinator's timers and limits; returns when the hello was said that it answers.
    pub(super) fn welcome(&mut self, welcome: &Welcome, agent_id: &str) -> Instant {
        self.welcome = true;
        if welcome.heartbeat_ms > 0 {
            self.heartbeat_every = Duration::from_millis(welcome.heartbeat_ms.into()).mul_f64(spread(agent_id));
        }
        self.next_heartbeat = self.opened + self.heartbeat_every;
        let limit = |wanted: u32, default: usize| if wanted == 0 { default } else { wanted as usize };
        self.limits = Limits {
            chunk_bytes: limit(welcome.max_chunk_bytes, DEFAULT_LIMITS.chunk_bytes),
            credit: limit(welcome.chunk_credit, DEFAULT_LIMITS.credit),
        };
        self.opened
    }

    /// Another interval than before, from now on.
    pub(super) fn beat_every(&mut self, heartbeat_ms: u32, agent_id: &str, now: Instant) {
        self.heartbeat_every = Duration::from_millis(heartbeat_ms.into()).mul_f64(spread(agent_id));
        self.next_heartbeat = now + self.heartbeat_every;
    }

    /// Sends a heartbeat; a session without a welcome is given up instead.
    pub(super) fn heartbeat(&mut self, heartbeat: Heartbeat, now: Instant) {
        self.next_heartbeat = now + self.heartbeat_every;
        if !self.welcome {
            self.reset.cancel();
            return;
        }
        if !heartbeat.running.is_empty() {
            self.asked.get_or_insert(now);
        }
        self.send(Message::Heartbeat(heartbeat));
    }

    /// A heartbeat was answered; returns when the oldest unanswered one was sent. Answers may be merged, and then
    /// this is earlier than need be, never later.
    pub(super) fn answered(&mut self) -> Option<Instant> {
        self.asked.take()
    }

    /// Sends a message. A stream that does not take it is stuck, and given up.
    pub(super) fn send(&mut self, message: Message) {
        let is_progress = matches!(message, Message::Progress(_));
        // Progress is worth little: it never fills the last places.
        if is_progress && self.sender.capacity() < self.sender.max_capacity() / 2 {
            return;
        }
        if self.sender.try_send(AgentMessage { message: Some(message) }).is_err() {
            self.reset.cancel();
        }
    }
}

/// Spreads the heartbeats of many agents: between 0.8 and 1.0 of the interval, the same for one agent every time.
fn spread(agent_id: &str) -> f64 {
    0.8 + f64::from(blake3::hash(agent_id.as_bytes()).as_bytes()[0]) / 255.0 * 0.2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_interval_of_heartbeats_is_the_coordinators_and_may_change() {
        let (sender, _heard) = mpsc::channel(1);
        let now = Instant::now();
        let mut open = Open::new(sender, CancellationToken::new(), Vec::new(), now);
        open.welcome(&Welcome { heartbeat_ms: 10_000, ..Welcome::default() }, "a");
        let first = open.next_heartbeat() - now;
        let seconds = Duration::from_secs;
        assert!((seconds(8)..=seconds(10)).contains(&first), "{first:?}");
        open.beat_every(40_000, "a", now + seconds(5));
        let (second, expected) = (open.next_heartbeat() - now - seconds(5), 4 * first);
        assert!(second.abs_diff(expected) < Duration::from_millis(1), "the same part of it: {second:?}");
    }
}
