//! What is asked of single accounts, because somebody needs it: tags and enabled Regions, many at a time within AWS's
//! budgets. What is remembered is not asked again; what cannot be learned is unread, or assumed and said so.

mod asking;
mod unlearned;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::{AccountId, Unread, UnreadReason};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::listing::Listings;
use super::memory::Memory;
use super::pace::{Stalled, unanswered};
use super::regions::Shared;
use super::{Organization, Place, RegionSource, named};
use asking::{Answer, Asked, Found, Question, ask};
use unlearned::{Unlearned, own_regions};

/// How many questions are under way at a time. AWS's budgets decide how fast they are answered.
const AT_A_TIME: usize = 16;

/// How many accounts a note names.
const NAMED: usize = 3;

/// What was learned so far is kept at least so often: a start that is stopped goes on there.
const SAVE_EVERY: Duration = Duration::from_secs(20);

/// What has to be known of which accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Accounts whose tags an enabled control reads.
    pub tags: Vec<AccountId>,
    /// Accounts that get Regional jobs in Regions that not every account has.
    pub regions: Vec<AccountId>,
    /// Whether an enabled control reads who administers services for the organization.
    pub delegated: bool,
    /// Whether resource control policies of the organization decide an enabled control.
    pub control_policies: bool,
}

/// Fills in what is needed.
pub(super) async fn fill(
    organization: &mut Organization,
    needs: &Needs,
    memory: &mut Memory,
    listings: &Listings,
    own_region: &str,
) {
    organization
        .notes
        .extend(memory.problem().map(|problem| format!("what was learned before is not used: {problem}")));
    let mut work = Work::new(organization, needs, memory);
    let pace = Arc::clone(&listings.pace);
    let stalled = pace.keep(work.ask_all(listings)).await.err();
    let unlearned = work.take_unlearned(stalled.as_ref());
    if !unlearned.open.is_empty() {
        let own = own_regions(&mut work, listings, own_region).await;
        unlearned.fill(&mut work, &own);
    }
    work.finish();
}

/// One start's questions, and where their answers go.
struct Work<'a> {
    organization: &'a mut Organization,
    memory: &'a mut Memory,
    shared: Shared,
    tags: Asked,
    regions: Asked,
    saved: Instant,
    /// The age of the oldest thing that is used and was not learned now.
    oldest: Option<OffsetDateTime>,
    unsaved: Option<String>,
}

impl<'a> Work<'a> {
    fn new(organization: &'a mut Organization, needs: &Needs, memory: &'a mut Memory) -> Self {
        let mut work = Self {
            organization,
            memory,
            shared: Shared::default(),
            tags: Asked::default(),
            regions: Asked::default(),
            saved: Instant::now(),
            oldest: None,
            unsaved: None,
        };
        let index: HashMap<AccountId, usize> =
            work.organization.accounts.iter().enumerate().map(|(index, account)| (account.id.clone(), index)).collect();
        let indexes = |ids: &[AccountId]| ids.iter().filter_map(|id| index.get(id).copied()).collect::<Vec<_>>();
        work.remember_tags(&indexes(&needs.tags));
        work.remember_regions(&indexes(&needs.regions));
        work
    }

    fn remember_tags(&mut self, needed: &[usize]) {
        for account in &mut self.organization.accounts {
            // Outside an organization an account cannot have any.
            account.tags_unread = (account.place != Place::Outside).then(tags_not_asked);
        }
        for &index in needed {
            let account = &mut self.organization.accounts[index];
            if account.place == Place::Outside {
                continue;
            }
            match self.memory.tags(&account.id) {
                Some((at, tags)) => {
                    account.tags.clone_from(tags);
                    account.tags_unread = None;
                    self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
                }
                None => self.tags.add(index),
            }
        }
    }

    fn remember_regions(&mut self, needed: &[usize]) {
        for &index in needed {
            let account = &mut self.organization.accounts[index];
            match self.memory.regions(&account.id) {
                Some(known) => {
                    account.regions = known.clone();
                    self.use_learned(index);
                }
                None => self.regions.add(index),
            }
        }
    }

    fn use_learned(&mut self, index: usize) {
        if let RegionSource::Learned(at) = self.organization.accounts[index].regions.source {
            self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        }
    }

    /// Puts every question, tags and Regions in turn: they have budgets of their own.
    async fn ask_all(&mut self, listings: &Listings) {
        let total = |asked: &Asked| asked.waiting.len() as u64;
        let (tags, regions) = (total(&self.tags), total(&self.regions));
        listings.pace.count(|figures| (figures.tags.1, figures.regions.1) = (tags, regions));
        let mut running = JoinSet::new();
        let mut turn = Question::Regions;
        loop {
            while running.len() < AT_A_TIME
                && let Some((index, question)) = self.next(&mut turn)
            {
                let id = self.organization.accounts[index].id.clone();
                let is_own = id == self.organization.caller_account;
                running.spawn(ask(listings.clone(), index, question, id, is_own));
            }
            match running.join_next().await {
                None => return,
                Some(Ok(answer)) => self.take(answer, listings),
                // Nothing cancels the tasks but the end of this function: it is a panic, and a bug.
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }

    fn next(&mut self, turn: &mut Question) -> Option<(usize, Question)> {
        for _ in 0..2 {
            let question = *turn;
            *turn = if question == Question::Tags { Question::Regions } else { Question::Tags };
            if let Some(index) = self.asked(question).waiting.pop_front() {
                return Some((index, question));
            }
        }
        None
    }

    fn asked(&mut self, question: Question) -> &mut Asked {
        match question {
            Question::Tags => &mut self.tags,
            Question::Regions => &mut self.regions,
        }
    }

    fn take(&mut self, (index, question, answer): Answer, listings: &Listings) {
        let now = self.memory.now();
        let account = &mut self.organization.accounts[index];
        let is_own = account.id == self.organization.caller_account;
        match answer {
            Ok(Found::Tags(tags)) => {
                self.memory.learn_tags(&account.id, &tags);
                (account.tags, account.tags_unread) = (tags, None);
                self.tags.done(index, is_own);
            }
            Ok(Found::Regions(learned)) => {
                account.regions = learned.known(&mut self.shared, RegionSource::Learned(now));
                self.memory.learn_regions(&account.id, &account.regions);
                self.regions.done(index, is_own);
            }
            Err(error) => {
                if question == Question::Tags {
                    account.tags_unread = Some(error.unread());
                }
                self.asked(question).fail(error, is_own);
            }
        }
        listings.pace.count(|figures| match question {
            Question::Tags => figures.tags.0 += 1,
            Question::Regions => figures.regions.0 += 1,
        });
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save();
        }
    }

    fn save(&mut self) {
        self.saved = Instant::now();
        self.unsaved = self.memory.save().err().map(|error| error.to_string());
    }

    /// Leaves the tags that could not be read unread, and takes the accounts whose Regions are open.
    fn take_unlearned(&mut self, stalled: Option<&Stalled>) -> Unlearned {
        let last = stalled.and_then(|stalled| stalled.last.as_ref());
        let why = unanswered(self.tags.failed.as_ref().or(last), "organizations:ListTagsForResource");
        let open = std::mem::take(&mut self.tags.open);
        for &index in &open {
            let account = &mut self.organization.accounts[index];
            if account.tags_unread.as_ref().is_some_and(|unread| *unread == tags_not_asked()) {
                account.tags_unread = Some(why.clone());
            }
        }
        if !open.is_empty() {
            let ids = self.ids(&open);
            self.organization.notes.push(format!("the tags of {} could not be read: {why}", named(&ids, NAMED)));
        }
        let why = self.regions.failed.as_ref().or(last).map(|error| error.unread().to_string());
        Unlearned { open: std::mem::take(&mut self.regions.open), why: why.unwrap_or("AWS did not answer".to_owned()) }
    }

    fn ids<'i>(&self, indexes: impl IntoIterator<Item = &'i usize>) -> Vec<AccountId> {
        indexes.into_iter().map(|&index| self.organization.accounts[index].id.clone()).collect()
    }

    fn finish(mut self) {
        self.save();
        let Self { organization, memory, oldest, unsaved, .. } = self;
        if let Some(error) = unsaved {
            organization.notes.push(format!("what was learned could not be kept for the next start: {error}"));
        }
        if let Some(at) = oldest {
            let learned = at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default();
            let hours = (memory.now() - at).whole_hours();
            let age = if hours < 1 { "less than an hour".to_owned() } else { format!("up to {hours} h") };
            organization.notes.push(format!(
                "Regions and tags of accounts are used as learned {age} ago (since {learned}); --refresh asks anew"
            ));
        }
    }
}

fn tags_not_asked() -> Unread {
    Unread::new(
        UnreadReason::NotRun,
        "organizations:ListTagsForResource",
        "no enabled control reads the account's tags",
    )
}
