//! Lies that come to the store itself, whatever was let through before it.

use plumbline_baseline::ScanId;
use plumbline_coordinator::store::{CommitOutcome, Error, Holder, Store, StoredJob};
use redb::backends::InMemoryBackend;

use super::attack::{Attack, Honest};
use crate::store_faults::crashes::{compare, is_clean};
use crate::store_faults::deliver::{difference, whole};
use crate::store_faults::estate;
use crate::store_faults::facts::Wrong;
use crate::store_faults::history::{History, Step, grant, holder};
use crate::store_faults::model::Model;

/// The night and the place that is lied about.
const NIGHT: usize = 1;
const PLACE: usize = 1;

/// A store with a night, and a job of the next one.
pub(super) struct Direct {
    history: History,
    store: Store,
    model: Model,
    job: StoredJob,
}

impl Direct {
    pub(super) async fn new(seed: u64, resources: usize) -> anyhow::Result<Self> {
        let history = History::new(seed, resources).await?;
        let store = Store::on(InMemoryBackend::new())?;
        let mut model = Model::default();
        let first = history.steps.iter().take_while(|step| **step != Step::Create(NIGHT)).copied();
        for step in first.chain([Step::Create(NIGHT), Step::Grant(NIGHT, PLACE)]) {
            history.take(&store, step, Some(&mut model)).await?;
        }
        let job = history.job(NIGHT, PLACE)?;
        Ok(Self { history, store, model, job })
    }

    /// What can be sent of the job.
    pub(super) fn honest(&self) -> anyhow::Result<Honest> {
        let items = |night: usize, place: usize| {
            let found = self.history.found(night, place)?;
            anyhow::Ok(estate::items(found, place, &self.history.nights[night], night + 1))
        };
        Ok(Honest {
            items: items(NIGHT, PLACE)?,
            difference: difference(&self.store, &self.job, items(NIGHT, PLACE)?)?,
            held: items(0, PLACE)?,
            other_place: items(0, PLACE + 1)?,
            foreign: String::new(),
        })
    }

    /// Sends something; whether it was accepted.
    pub(super) async fn send(&self, attack: Attack) -> anyhow::Result<bool> {
        self.store.grant(&self.job, grant()?).await?;
        let true_holder = holder(&self.store, &self.job)?;
        let agent = if attack.is_other_agent { "another".parse()? } else { true_holder.agent };
        let holder = Holder { agent, fence: true_holder.fence.wrapping_add(attack.fence) };
        for chunk in attack.chunks {
            self.store.put_chunk(&self.job, &holder, chunk.seq, chunk.rows).await?;
        }
        match self.store.commit(&self.job, &holder, attack.commit).await {
            Ok(outcome) => Ok(matches!(outcome, CommitOutcome::Committed(_))),
            // A chunk that is none reads as damaged here: what is sent over gRPC was looked at before it is stored.
            Err(Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether all is as it was.
    pub(super) async fn check(&self, when: &str, wrong: &mut Wrong) -> anyhow::Result<()> {
        // What was staged is deleted.
        self.store.grant(&self.job, grant()?).await?;
        is_clean(&self.store, when, wrong);
        compare(&self.store, &self.scans(), &self.model.facts, when, wrong);
        Ok(())
    }

    /// The truth is accepted still, in the form of a difference or whole.
    pub(super) async fn end(mut self, is_whole: bool, wrong: &mut Wrong) -> anyhow::Result<()> {
        let honest = self.honest()?;
        let delivery = if is_whole { whole(honest.items) } else { honest.difference };
        if !self.send(Attack::honest(&delivery)).await? {
            wrong.fail("the truth was refused".to_owned());
        }
        let number = u32::try_from(NIGHT + 1)?;
        self.model.committed(&self.history.nights[NIGHT], number, PLACE, self.history.found(NIGHT, PLACE)?);
        is_clean(&self.store, "after the truth", wrong);
        compare(&self.store, &self.scans(), &self.model.facts, "after the truth", wrong);
        Ok(())
    }

    fn scans(&self) -> Vec<ScanId> {
        self.history.scans().into_iter().take(NIGHT + 1).collect()
    }
}
