//! What the end of a call says of the places that it went to.

use tokio::time::Instant;

use super::parts::{Asked, Ended, IsProbe, Lane, Learned, Ledger};

impl Ledger {
    /// What the end of a call says of the places that it went to.
    pub(super) fn learn(&mut self, lane: usize, is_probe: IsProbe, ended: &Ended, now: Instant) -> Learned {
        let Lane { service, there, .. } = self.lanes[lane];
        match ended {
            Ended::Answered => {
                self.heard = Some(now);
                let mut was_held = self.places.health(service).answered(is_probe, now);
                was_held |= self.places.health(there).answered(is_probe, now);
                if was_held { Learned::Answers } else { Learned::Nothing }
            }
            Ended::Unused | Ended::Dropped => {
                self.places.health(service).dropped(is_probe);
                self.places.health(there).dropped(is_probe);
                Learned::Nothing
            }
            Ended::Unanswered(why) => {
                let heard = self.heard;
                // A service that is silent for everybody says nothing of the account.
                let is_everybody = self.places.health(service).is_suspicious(now);
                let mut is_given_up = self.places.health(service).unanswered(is_probe, why, heard, now);
                if is_everybody {
                    self.places.health(there).dropped(is_probe);
                } else {
                    is_given_up |= self.places.health(there).unanswered(is_probe, why, heard, now);
                }
                self.refuse_waiting(now);
                if is_given_up { Learned::Silent } else { Learned::Nothing }
            }
        }
    }

    /// Calls that wait for a place that is given up need not wait any more.
    pub(super) fn refuse_waiting(&mut self, now: Instant) {
        let queues: Vec<(usize, usize)> = self.queues.iter().map(|(queue, waiting)| (queue, waiting.lane)).collect();
        for (queue, lane) in queues {
            let Some(silence) = self.refusal(lane, now) else { continue };
            for (_, ticket) in std::mem::take(&mut self.queues[queue].waiting) {
                let refused = &mut self.tickets[ticket];
                refused.state = Asked::Refused(silence.clone());
                self.woken.extend(refused.waker.take());
            }
            self.close_if_empty(queue);
        }
    }
}
