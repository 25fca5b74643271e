//! What is asked of single accounts, because somebody needs it: tags and enabled Regions, many at a time within AWS's
//! budgets. What is remembered is not asked again; what cannot be learned is unread, or assumed and said so.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use plumbline_aws::{CallError, Client, ErrorClass, Target};
use plumbline_baseline::{AccountId, Unread, UnreadReason};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::listing::Listings;
use super::memory::Memory;
use super::pace::Stalled;
use super::regions::{self, Learned, Shared};
use super::{Organization, Place, RegionSource, Regions, default_regions, named};

/// How many questions are under way at a time. AWS's budgets decide how fast they are answered.
const AT_A_TIME: usize = 16;

/// A question that was refused for so many accounts, and answered for none, is not put for the others.
const REFUSALS: usize = 20;

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

/// What one question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Tags,
    Regions,
}

/// An answer about the account with this index.
type Answer = (usize, Question, Result<Found, CallError>);

enum Found {
    Tags(BTreeMap<String, String>),
    Regions(Learned),
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

/// The questions of one kind.
#[derive(Default)]
struct Asked {
    waiting: VecDeque<usize>,
    /// Those that were needed, not remembered, and not answered yet.
    open: BTreeSet<usize>,
    answered: usize,
    refused: usize,
    /// Why the last one that failed did.
    failed: Option<CallError>,
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
        match answer {
            Ok(Found::Tags(tags)) => {
                self.memory.learn_tags(&account.id, &tags);
                (account.tags, account.tags_unread) = (tags, None);
                self.tags.done(index);
            }
            Ok(Found::Regions(learned)) => {
                account.regions = learned.known(&mut self.shared, RegionSource::Learned(now));
                self.memory.learn_regions(&account.id, &account.regions);
                self.regions.done(index);
            }
            Err(error) => {
                if question == Question::Tags {
                    account.tags_unread = Some(error.unread());
                }
                let is_own = account.id == self.organization.caller_account;
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
        let silent = || {
            let detail = "AWS did not answer any more".to_owned();
            Unread {
                reason: UnreadReason::Transient,
                operation: "organizations:ListTagsForResource".to_owned(),
                detail,
            }
        };
        let last = stalled.and_then(|stalled| stalled.last.as_ref());
        let why = self.tags.failed.as_ref().or(last).map_or_else(silent, CallError::unread);
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

impl Asked {
    fn add(&mut self, index: usize) {
        self.waiting.push_back(index);
        self.open.insert(index);
    }

    fn done(&mut self, index: usize) {
        self.answered += 1;
        self.open.remove(&index);
    }

    /// A caller without the right would be refused once for every account of the organization.
    fn fail(&mut self, error: CallError, is_own: bool) {
        if matches!(error.class, ErrorClass::Denied { .. }) && !is_own {
            self.refused += 1;
            if self.answered == 0 && self.refused >= REFUSALS {
                self.waiting.clear();
            }
        }
        self.failed = Some(error);
    }
}

async fn ask(listings: Listings, index: usize, question: Question, id: AccountId, is_own: bool) -> Answer {
    let found = match question {
        Question::Tags => listings.tags_of(&id).await.map(Found::Tags),
        Question::Regions => {
            let Listings { client, target, pace, .. } = &listings;
            regions::of_account(client, target, pace, (!is_own).then_some(&id)).await.map(Found::Regions)
        }
    };
    (index, question, found)
}

fn tags_not_asked() -> Unread {
    Unread {
        reason: UnreadReason::NotRun,
        operation: "organizations:ListTagsForResource".to_owned(),
        detail: "no enabled control reads the account's tags".to_owned(),
    }
}

/// Accounts whose Regions AWS did not tell.
struct Unlearned {
    open: BTreeSet<usize>,
    why: String,
}

impl Unlearned {
    /// Yesterday's knowledge before a guess, and a guess with a word about it.
    fn fill(&self, work: &mut Work<'_>, own: &Regions) {
        let (mut old, mut assumed) = (Vec::new(), Vec::new());
        for &index in &self.open {
            let account = &mut work.organization.accounts[index];
            let is_own = account.id == work.organization.caller_account;
            match (work.memory.old_regions(&account.id), own.source) {
                (_, RegionSource::Learned(_)) if is_own => account.regions = own.clone(),
                (Some(known), _) => {
                    account.regions = known.clone();
                    work.use_learned(index);
                    old.push(index);
                }
                (None, source) => {
                    let source = match source {
                        RegionSource::Learned(_) => RegionSource::AssumedFromCaller,
                        other => other,
                    };
                    account.regions = Regions { source, ..own.clone() };
                    assumed.push(index);
                }
            }
        }
        let taken = match own.source {
            RegionSource::AssumedDefault => "taken to be those that AWS enables by default",
            _ => "taken to be those of the caller's account",
        };
        for (indexes, taken) in [(old, "what was learned before is used"), (assumed, taken)] {
            if !indexes.is_empty() {
                let ids = named(&work.ids(&indexes), NAMED);
                let note = format!("the Regions of {ids} could not be learned ({}): {taken}", self.why);
                work.organization.notes.push(note);
            }
        }
    }
}

/// The Regions of the caller's own account, from whoever tells; those that every account has when nobody does.
async fn own_regions(work: &mut Work<'_>, listings: &Listings, own_region: &str) -> Regions {
    let Listings { client, target, pace, .. } = listings;
    let caller = work.organization.caller_account.clone();
    let known = work.organization.accounts.iter().find(|account| account.id == caller).map(|account| &account.regions);
    if let Some(known) = known.filter(|regions| matches!(regions.source, RegionSource::Learned(_))) {
        return known.clone();
    }
    let learned = pace.keep(of_own(client, target, pace, own_region)).await;
    let source = RegionSource::Learned(work.memory.now());
    match learned {
        Ok(Ok(learned)) => {
            let own = learned.known(&mut work.shared, source);
            work.memory.learn_regions(&caller, &own);
            own
        }
        Ok(Err(_)) | Err(_) => {
            let enabled = default_regions::always_enabled(&work.organization.partition);
            Learned { enabled, disabled: Vec::new() }.known(&mut work.shared, RegionSource::AssumedDefault)
        }
    }
}

async fn of_own(
    client: &Client,
    target: &Target,
    pace: &super::pace::Pace,
    own_region: &str,
) -> Result<Learned, CallError> {
    match regions::of_account(client, target, pace, None).await {
        Ok(learned) => Ok(learned),
        Err(_) => regions::of_caller(client, &target.in_region(own_region), pace).await,
    }
}
