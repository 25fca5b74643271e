//! What an agent says of itself to whoever watches it, and why it ended. Plain data.

/// Why an agent ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The coordinator's address is not one.
    #[error("use the coordinator's address `{address}`: {reason}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The coordinator speaks another version of the protocol.
    #[error("work with this coordinator: {0}")]
    Incompatible(String),
    /// The coordinator does not let this agent in.
    #[error("be let in by the coordinator: {0}")]
    Refused(String),
    /// Another agent came with the same id.
    #[error("keep the session: {0}")]
    Replaced(String),
    /// What calls say of the agent cannot be sent.
    #[error("introduce the agent: {0}")]
    Identity(String),
}

/// What an agent is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Whether there is a session with the coordinator.
    pub connected: bool,
    /// Jobs that are running.
    pub running: usize,
    /// Jobs whose results were committed.
    pub committed: u64,
    /// Jobs that failed or were given up.
    pub failed: u64,
    /// Why there is no session, as far as it is known; empty while there is one.
    pub problem: String,
    /// Attempts to open a session since the last one was lost.
    pub attempts: u64,
}
