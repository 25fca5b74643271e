//! What happens when the disk is nearly full: no job is given out, what runs goes on, and everybody is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Dispatch;
use crate::floor::{Floor, Shortage};
use crate::store::Error;

/// How often it is said that nothing goes on.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// That there is too little room.
#[derive(Debug, Default)]
pub(super) struct Short {
    /// When that was said last; `None` while there is room.
    said: Option<Instant>,
}

impl Short {
    /// Whether no job may be given out.
    pub(super) fn holds(&self) -> bool {
        self.said.is_some()
    }
}

impl Dispatch {
    /// With a floor under the free space.
    pub(crate) fn with_floor(mut self, floor: Floor) -> Self {
        self.floor = floor;
        self
    }

    /// Looks whether there is room for another job, and says so where that changed.
    pub(super) fn look_for_room(self: &Arc<Self>) {
        let (shortage, now) = (self.floor.shortage(), self.clock.now());
        let news: Vec<_> = {
            let state = &mut *self.state();
            if state.scans.are_done() {
                return;
            }
            let said = state.short.said;
            state.short.said = shortage.map(|_| said.unwrap_or(now));
            let is_due = said.is_none_or(|said| now.duration_since(said) >= AGAIN_AFTER);
            match shortage {
                Some(shortage) if is_due => {
                    tracing::warn!(%shortage, "no job is given out");
                    let _ = self.notices.send(format!("no new job is given out until there is room: {shortage}"));
                    state.short.said = Some(now);
                }
                None if said.is_some() => {
                    tracing::info!("there is room again");
                    let _ = self.notices.send("there is room again: the scan goes on".to_owned());
                }
                _ => {}
            }
            let waiting = state.scans.iter_mut().filter(|running| shortage.is_some() && !running.is_done());
            let news = waiting.filter_map(|running| {
                let is_noted = std::mem::replace(&mut running.is_short_noted, true);
                (!is_noted).then(|| running.scan.id.clone())
            });
            news.zip(std::iter::repeat(shortage)).collect()
        };
        for (scan, shortage) in news {
            if let Some(shortage) = shortage {
                self.note(scan, shortage);
            }
        }
    }

    /// Writes into the scan's record that it had to wait. There is room for that: the floor is above nothing.
    fn note(self: &Arc<Self>, scan: plumbline_baseline::ScanId, shortage: Shortage) {
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            let text = format!("Jobs had to wait because the disk was nearly full: {shortage}.");
            match this.store.note(&scan, &text).await {
                Ok(()) | Err(Error::Damaged { .. }) => {}
                Err(error) => this.store_failed(error),
            }
        });
    }
}
