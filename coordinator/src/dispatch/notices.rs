//! What the user should know while a scan waits: that no agent is there, and that agents are in trouble of their own.
//! Pure: `now` is an argument.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plumbline_baseline::AgentId;

use crate::board::Trouble;

/// How often the same thing is said.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// What was said, and when.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// Since when no agent is connected, and when that was said last.
    alone: Option<(Instant, Instant)>,
    /// Refusals of each agent that were told of.
    troubles: BTreeMap<AgentId, u32>,
}

impl Notices {
    /// What is to be said now, while jobs wait. `has_others` is whether agents are there that may not do them.
    pub(super) fn next<'a>(
        &mut self,
        now: Instant,
        has_others: bool,
        agents: impl Iterator<Item = (&'a AgentId, Option<&'a Trouble>)>,
    ) -> Vec<String> {
        let mut said = Vec::new();
        let mut is_alone = true;
        let mut troubles = BTreeMap::new();
        for (agent, trouble) in agents {
            is_alone = false;
            let Some(trouble) = trouble else { continue };
            troubles.insert(agent.clone(), trouble.times);
            let is_news = self.troubles.get(agent).is_none_or(|told| *told < trouble.times);
            if is_news {
                said.push(format!("agent {agent} refuses work, and is left alone for a while: {}", trouble.detail));
            }
        }
        self.troubles = troubles;
        said.extend(self.alone(now, is_alone, has_others));
        said
    }

    fn alone(&mut self, now: Instant, is_alone: bool, has_others: bool) -> Option<String> {
        if !is_alone {
            self.alone = None;
            return None;
        }
        let (since, said) = self.alone.get_or_insert((now, now));
        if now.duration_since(*said) < AGAIN_AFTER {
            return None;
        }
        *said = now;
        let seconds = now.duration_since(*since).as_secs();
        if has_others {
            return Some(format!(
                "no agent that may do the jobs that wait has been connected for {seconds} s: the bounds of those that are \
                 there (`plumbline agents list`) leave them out"
            ));
        }
        Some(format!("no agent has been connected for {seconds} s; jobs wait until one is: `plumbline agent`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinator_without_agents_says_so_again_and_again() {
        let start = tokio::time::Instant::now().into_std();
        let mut notices = Notices::default();
        let mut said = 0;
        for second in 0..=90 {
            let now = start + Duration::from_secs(second);
            let texts = notices.next(now, false, std::iter::empty());
            assert_eq!(texts.len(), usize::from(second > 0 && second % 30 == 0), "{second}");
            said += texts.iter().filter(|text| text.contains(&format!("for {second} s"))).count();
        }
        assert_eq!(said, 3);
        let agent: AgentId = "a".parse().unwrap();
        assert!(notices.next(start + AGAIN_AFTER * 10, false, [(&agent, None)].into_iter()).is_empty());
        assert!(notices.next(start + AGAIN_AFTER * 11, true, std::iter::empty()).is_empty(), "it counts from now");
    }

    #[test]
    fn each_refusal_of_an_agent_in_trouble_is_said_once() {
        let now = tokio::time::Instant::now().into_std();
        let agent: AgentId = "a".parse().unwrap();
        let trouble = |times| Trouble { since: now, times, detail: "no credentials".into() };
        let mut notices = Notices::default();
        let mut said = |times| notices.next(now, false, [(&agent, Some(&trouble(times)))].into_iter()).len();
        assert_eq!([said(1), said(1), said(2), said(2)], [1, 0, 1, 0]);
    }
}
