//! What coordinators say that they did, one after the other on one store, and what may not be in it. Pure.
//!
//! A fence is never given twice, and rises from grant to grant of a job. A commit is under the fence that its job was
//! granted last, and there is one a job. After a restart, agents that are there keep what they hold.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::Wrong;

/// An agent that got an offer has answered it by then.
const ANSWERED: Duration = Duration::from_millis(500);

/// The history of one scan.
#[derive(Debug, Default)]
pub(super) struct History {
    fences: HashSet<u64>,
    /// When each life ended.
    ends: Vec<Instant>,
    jobs: HashMap<String, Job>,
    /// Grants in all.
    pub(super) grants: u64,
    /// Commits in all.
    pub(super) commits: u64,
    /// Late commits that were refused.
    pub(super) refused: u64,
    /// Late chunks that were.
    pub(super) refused_chunks: u64,
}

#[derive(Debug)]
struct Job {
    agent: String,
    attempt: u64,
    fence: u64,
    granted: Instant,
    /// The number of its life.
    life: usize,
    is_committed: bool,
}

impl History {
    /// What one process said in its life, which ended then. `agents_stay`: no agent ends or is cut off.
    pub(super) fn add<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a (Instant, String)>,
        ended: Instant,
        agents_stay: bool,
        wrong: &mut Wrong,
    ) {
        for (when, line) in lines {
            let field = |name: &str| field(line, name);
            let number = |name: &str| field(name).and_then(|number| number.parse().ok()).unwrap_or(0);
            let (Some(job), Some(agent)) = (field("job="), field("agent=")) else { continue };
            let fence = number("fence=");
            if line.contains("job granted") {
                let (attempt, life) = (number("attempt="), self.ends.len());
                let agent = agent.to_owned();
                let granted = Job { agent, attempt, fence, granted: *when, life, is_committed: false };
                self.granted(job, granted, agents_stay, wrong);
            } else if line.contains("job committed") {
                self.committed(job, agent, fence, wrong);
            } else if line.contains("a late commit was refused") {
                self.refused += 1;
            } else if line.contains("a late chunk was refused") {
                self.refused_chunks += 1;
            }
        }
        self.ends.push(ended);
    }

    fn granted(&mut self, job: &str, new: Job, agents_stay: bool, wrong: &mut Wrong) {
        self.grants += 1;
        let (fence, attempt, agent) = (new.fence, new.attempt, new.agent.clone());
        if !self.fences.insert(fence) {
            wrong.fail(format!("fence {fence} of {job} was given before"));
        }
        let Some(before) = self.jobs.insert(job.to_owned(), new) else { return };
        if fence < before.fence {
            wrong.fail(format!("{job} was granted under {fence} after {}", before.fence));
        }
        if before.is_committed {
            wrong.fail(format!("{job} was granted after it was committed"));
        }
        let Some(end) = self.ends.get(before.life).filter(|_| agents_stay && attempt > before.attempt) else { return };
        if end.saturating_duration_since(before.granted) > ANSWERED {
            wrong.fail(format!("after a restart {job} was taken from {}, and {agent} began anew", before.agent));
        }
    }

    fn committed(&mut self, job: &str, agent: &str, fence: u64, wrong: &mut Wrong) {
        self.commits += 1;
        let Some(known) = self.jobs.get_mut(job) else {
            wrong.fail(format!("{job} was committed, and never granted"));
            return;
        };
        if (known.fence, known.agent.as_str()) != (fence, agent) {
            wrong.phantom += 1;
            let held = format!("{} holds it under {}", known.agent, known.fence);
            wrong.tell(format!("{job} was committed by {agent} under {fence}, and {held}"));
        }
        // A repeated commit is answered as the first one was.
        known.is_committed = true;
    }
}

pub(super) fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let at = line.match_indices(name).find(|(at, _)| line[..*at].ends_with(' '))?.0 + name.len();
    let text = line[at..].split_whitespace().next()?;
    Some(text.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lives: &[&[&str]], expected: u64) {
        let mut now = Instant::now();
        let (mut history, mut wrong) = (History::default(), Wrong::default());
        for lines in lives {
            let mut at = |line: &&str| {
                now += Duration::from_secs(1);
                (now, format!("2026 DEBUG x: {line}"))
            };
            let lines: Vec<_> = lines.iter().map(&mut at).collect();
            now += Duration::from_secs(1);
            history.add(&lines, now, true, &mut wrong);
        }
        assert_eq!(wrong.failed + wrong.phantom, expected, "{lives:?}: {wrong:?}");
    }

    #[test]
    fn a_history_is_held_against_the_promises() {
        let (granted, committed) =
            ("job granted job=1 agent=a attempt=1 fence=7", "job committed job=\"1\" agent=a fence=7");
        check(&[&[granted], &[committed]], 0);
        check(&[&[granted, granted]], 1);
        check(&[&[granted, "job granted job=2 agent=b attempt=1 fence=6"]], 0);
        check(&[&[granted, "job granted job=1 agent=a attempt=2 fence=6"]], 1);
        check(&[&[granted, "job granted job=1 agent=b attempt=2 fence=8", committed]], 1);
        check(&[&[granted], &["job granted job=1 agent=b attempt=2 fence=8"]], 1);
        check(&[&[granted], &["job granted job=1 agent=a attempt=1 fence=8"]], 0);
        check(&[&[committed]], 1);
    }
}
