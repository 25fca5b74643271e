//! What coordinators say that they did, one after the other on one store, and what may not be in it. Pure.
//!
//! A fence is never given twice, and rises from grant to grant of a job. A commit is under the fence that its job was granted last, and there is
//! one a job. After a restart, agents that are there keep what they hold.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::Wrong;

/// An agent that got an offer has answered it by then.
const ANSWERED: Duration = Duration::from_secs(3);

/// The history of one scan.
#[derive(Debug, Default)]
pub(super) struct History {
    fences: HashSet<u64>,
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
    fence: u64,
    granted: Instant,
    life: u64,
    is_committed: bool,
}

impl History {
    /// What one process said in its life. `agents_stay`: no agent ends or is cut off.
    pub(super) fn add<'a>(
        &mut self,
        life: u64,
        lines: impl IntoIterator<Item = &'a (Instant, String)>,
        agents_stay: bool,
        wrong: &mut Wrong,
    ) {
        for (when, line) in lines {
            let field = |name: &str| field(line, name);
            let (Some(job), Some(agent)) = (field("job="), field("agent=")) else { continue };
            let fence = field("fence=").and_then(|fence| fence.parse().ok()).unwrap_or(0);
            if line.contains("job granted") {
                self.granted(life, *when, job, agent, fence, agents_stay, wrong);
            } else if line.contains("job committed") {
                self.committed(job, agent, fence, wrong);
            } else if line.contains("a late commit was refused") {
                self.refused += 1;
            } else if line.contains("a late chunk was refused") {
                self.refused_chunks += 1;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one line says")]
    fn granted(
        &mut self,
        life: u64,
        when: Instant,
        job: &str,
        agent: &str,
        fence: u64,
        agents_stay: bool,
        wrong: &mut Wrong,
    ) {
        self.grants += 1;
        if !self.fences.insert(fence) {
            wrong.fail(format!("fence {fence} of {job} was given before"));
        }
        let new = Job { agent: agent.to_owned(), fence, granted: when, life, is_committed: false };
        let Some(before) = self.jobs.insert(job.to_owned(), new) else { return };
        if fence < before.fence {
            wrong.fail(format!("{job} was granted under {fence} after {}", before.fence));
        }
        if before.is_committed {
            wrong.fail(format!("{job} was granted after it was committed"));
        }
        let is_held = agents_stay && before.life < life && before.agent != agent;
        if is_held && when - before.granted > ANSWERED {
            wrong.fail(format!("after a restart {job} was taken from {} for {agent}", before.agent));
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
        let start = Instant::now();
        let (mut history, mut wrong) = (History::default(), Wrong::default());
        let mut number = 0;
        for (life, lines) in (0..).zip(lives) {
            let at = |line: &&str| {
                number += 4;
                (start + Duration::from_secs(number), format!("2026 DEBUG x: {line}"))
            };
            let lines: Vec<_> = lines.iter().map(at).collect();
            history.add(life, &lines, true, &mut wrong);
        }
        assert_eq!(wrong.failed + wrong.phantom, expected, "{lives:?}: {wrong:?}");
    }

    #[test]
    fn a_history_is_held_against_the_promises() {
        let (granted, committed) = ("job granted job=1 agent=a attempt=1 fence=7", "job committed job=\"1\" agent=a fence=7");
        check(&[&[granted], &[committed]], 0);
        check(&[&[granted, granted]], 1);
        check(&[&[granted, "job granted job=2 agent=b attempt=1 fence=6"]], 0);
        check(&[&[granted, "job granted job=1 agent=a attempt=2 fence=6"]], 1);
        check(&[&[granted, "job granted job=1 agent=b attempt=2 fence=8", committed]], 1);
        check(&[&[granted], &["job granted job=1 agent=b attempt=2 fence=8"]], 1);
        check(&[&[committed]], 1);
    }
}
