//! What the ledger keeps: budgets, jobs, queues, calls that asked. Plain data, which its three parts change.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use rustc_hash::FxHashMap;
use slab::Slab;
use tokio::time::Instant;

use super::super::bucket::Bucket;
use super::super::health::{Leave, Silence};
use super::place::Places;
use super::shares::Shares;
use super::waiting::Waiting;

/// Whether a call is sent to see whether a place answers.
pub(in crate::admission) type IsProbe = bool;

/// What became of something that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::admission) enum Ended {
    /// Something came back.
    Answered,
    /// Nothing came back, for this reason.
    Unanswered(String),
    /// Whoever waited for it did not wait any longer.
    Dropped,
    /// Nothing was sent: its token goes back.
    Unused,
}

/// What the calls of the process may hold.
#[derive(Clone, Copy, Debug)]
pub(in crate::admission) struct Limits {
    /// Calls in flight in all.
    pub(in crate::admission) slots: usize,
    /// Of these, for one service in one Region: one that hangs must not hold everything.
    pub(in crate::admission) of_service: usize,
    /// Of these, for one Region.
    pub(in crate::admission) of_region: usize,
}

impl Limits {
    pub(in crate::admission) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        Self { slots, of_service: slots.div_ceil(4), of_region: (slots * 3).div_ceil(4) }
    }
}

/// Whose budget a call spends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::admission) struct LaneKey {
    pub(in crate::admission) account: Arc<str>,
    pub(in crate::admission) region: Arc<str>,
    pub(in crate::admission) service: Arc<str>,
    /// The operation, where it has a budget of its own.
    pub(in crate::admission) operation: &'static str,
}

/// One budget in one account and Region.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) key: LaneKey,
    pub(super) bucket: Bucket,
    /// Whether it is spent for the account as a whole, and not only for a job of its Region.
    pub(super) is_wide: bool,
    /// Whether anything was ever granted.
    pub(super) is_opened: bool,
    /// Whether its queue was long when it was looked at last.
    pub(super) has_long_queue: bool,
    pub(super) in_flight: usize,
    /// Sessions that know it.
    pub(super) holders: usize,
    pub(super) account: usize,
    pub(super) region: usize,
    pub(super) service: usize,
    /// The account in the Region.
    pub(super) there: usize,
    pub(super) queues: Vec<usize>,
}

/// One job's share.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) share: usize,
    pub(super) in_flight: usize,
    pub(super) queues: Vec<usize>,
}

/// Calls of one job that wait for one budget, in the order in which they came.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) lane: usize,
    pub(super) job: usize,
    pub(super) waiting: VecDeque<(u64, usize)>,
}

/// One call that asked.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) lane: usize,
    pub(super) job: usize,
    pub(super) number: u64,
    pub(super) state: Asked,
    pub(super) waker: Option<Waker>,
}

/// What became of a call that asked.
#[derive(Debug)]
pub(super) enum Asked {
    Waits,
    /// It may be sent.
    Granted(Leave),
    /// The place that it goes to does not answer.
    Refused(Silence),
}

/// Everything that calls wait for, and who waits.
#[derive(Debug)]
pub(in crate::admission) struct Ledger {
    pub(super) limits: Limits,
    pub(super) in_flight: usize,
    pub(super) places: Places,
    pub(super) shares: Shares,
    pub(super) lanes: Slab<Lane>,
    pub(super) known: FxHashMap<LaneKey, usize>,
    pub(super) jobs: Slab<Job>,
    pub(super) queues: Slab<Queue>,
    pub(super) waiting: Waiting,
    pub(super) tickets: Slab<Ticket>,
    pub(super) next_number: u64,
    /// When the first token is due that a call waits for.
    pub(super) due: Option<Instant>,
    /// When somebody is going to look.
    pub(super) armed: Option<Instant>,
    /// When AWS was heard last, from any place.
    pub(super) heard: Option<Instant>,
    pub(super) woken: Vec<Waker>,
}

/// Which queues something may have changed for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    All,
    Of { lane: usize, job: usize },
    One(usize),
}

/// What a call's end says of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learned {
    Nothing,
    /// It answers after all.
    Answers,
    /// It was given up.
    Silent,
}
