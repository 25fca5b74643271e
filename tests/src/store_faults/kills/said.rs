//! What a process says before and after each write, and what follows from that once it is dead.

use std::collections::BTreeSet;

use anyhow::{Context, bail};

/// The first word: the store is open.
pub(super) const OPEN: &str = "open";

/// One write, by the numbers of its night, its job and its chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Create(usize),
    Grant(usize, usize),
    Put(usize, usize, u64),
    Commit(usize, usize),
    Abandon(usize, usize),
    Finish(usize),
}

impl Step {
    /// What is counted when it was in flight.
    pub(super) fn in_flight(self) -> &'static str {
        match self {
            Self::Create(_) => "plans in flight",
            Self::Grant(..) => "grants in flight",
            Self::Put(..) => "chunks in flight",
            Self::Commit(..) => "commits in flight",
            Self::Abandon(..) => "jobs given up in flight",
            Self::Finish(_) => "ends of scans in flight",
        }
    }

    /// What is counted when it was in flight, and is there.
    pub(super) fn was_there(self) -> &'static str {
        match self {
            Self::Commit(..) => "commits in flight that were there",
            _ => "other writes in flight that were there",
        }
    }

    /// The step as a process says it.
    pub(super) fn line(self) -> String {
        match self {
            Self::Create(night) => format!("create {night}"),
            Self::Grant(night, job) => format!("grant {night} {job}"),
            Self::Put(night, job, seq) => format!("put {night} {job} {seq}"),
            Self::Commit(night, job) => format!("commit {night} {job}"),
            Self::Abandon(night, job) => format!("abandon {night} {job}"),
            Self::Finish(night) => format!("finish {night}"),
        }
    }

    fn read(line: &str) -> anyhow::Result<Self> {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let numbers: Vec<usize> = words.map(str::parse).collect::<Result<_, _>>().context("a number")?;
        Ok(match (name, numbers.as_slice()) {
            ("create", [night]) => Self::Create(*night),
            ("grant", [night, job]) => Self::Grant(*night, *job),
            ("put", [night, job, seq]) => Self::Put(*night, *job, *seq as u64),
            ("commit", [night, job]) => Self::Commit(*night, *job),
            ("abandon", [night, job]) => Self::Abandon(*night, *job),
            ("finish", [night]) => Self::Finish(*night),
            _ => bail!("no step: {line}"),
        })
    }
}

/// What was said by all processes that had a store.
#[derive(Debug, Default)]
pub(super) struct Said {
    begun: BTreeSet<Step>,
    done: BTreeSet<Step>,
    nights: usize,
}

impl Said {
    /// Hears what one process said until it was killed: what it had begun and was not told the end of.
    pub(super) fn hear(&mut self, lines: &[String]) -> anyhow::Result<Vec<Step>> {
        let mut in_flight = BTreeSet::new();
        for line in lines {
            match line.split_once(' ').context("a word")? {
                ("begin", step) => {
                    let step = Step::read(step)?;
                    self.begun.insert(step);
                    in_flight.insert(step);
                    if let Step::Create(night) = step {
                        self.nights = night + 1;
                    }
                }
                ("done", step) => {
                    let step = Step::read(step)?;
                    self.done.insert(step);
                    in_flight.remove(&step);
                }
                _ => bail!("nothing that a process says: {line}"),
            }
        }
        Ok(in_flight.into_iter().collect())
    }

    /// How many nights were begun.
    pub(super) fn nights(&self) -> usize {
        self.nights
    }

    pub(super) fn is_begun(&self, step: Step) -> bool {
        self.begun.contains(&step)
    }

    pub(super) fn is_done(&self, step: Step) -> bool {
        self.done.contains(&step)
    }

    /// Whether a step is done is not open any more once the store was read.
    pub(super) fn is_known(&mut self, step: Step, is_there: bool) {
        if is_there && self.begun.contains(&step) {
            self.done.insert(step);
        } else {
            self.begun.remove(&step);
        }
    }

    /// The chunks of a job that were acknowledged, and how many were begun.
    pub(super) fn chunks(&self, night: usize, job: usize) -> (Vec<u64>, u64) {
        let range = Step::Put(night, job, 0)..=Step::Put(night, job, u64::MAX);
        let seq = |step: &Step| if let Step::Put(_, _, seq) = step { Some(*seq) } else { None };
        (self.done.range(range.clone()).filter_map(seq).collect(), self.begun.range(range).count() as u64)
    }
}
