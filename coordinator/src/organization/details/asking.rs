//! Questions about single accounts, in two kinds: which wait, which are open, and when to stop asking.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use plumbline_aws::{CallError, ErrorClass};
use plumbline_baseline::AccountId;

use super::super::listing::Listings;
use super::super::regions::{self, Learned};

/// A question that was refused for so many accounts, and answered for none, is not put for the others.
const REFUSALS: usize = 20;

/// What one question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Tags,
    Regions,
}

/// An answer about the account with this index.
pub(super) type Answer = (usize, Question, Result<Found, CallError>);

pub(super) enum Found {
    Tags(BTreeMap<String, String>),
    Regions(Learned),
}

/// The questions of one kind.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) waiting: VecDeque<usize>,
    /// Those that were needed, not remembered, and not answered yet.
    pub(super) open: BTreeSet<usize>,
    answered: usize,
    refused: usize,
    /// Why the last one that failed did.
    pub(super) failed: Option<CallError>,
}

impl Asked {
    pub(super) fn add(&mut self, index: usize) {
        self.waiting.push_back(index);
        self.open.insert(index);
    }

    /// That the caller's own account is answered for says nothing about the right to ask for others.
    pub(super) fn done(&mut self, index: usize, is_own: bool) {
        self.answered += usize::from(!is_own);
        self.open.remove(&index);
    }

    /// A caller without the right would be refused once for every account of the organization.
    pub(super) fn fail(&mut self, error: CallError, is_own: bool) {
        if matches!(error.class, ErrorClass::Denied { .. }) && !is_own {
            self.refused += 1;
            if self.answered == 0 && self.refused >= REFUSALS {
                self.waiting.clear();
            }
        }
        self.failed = Some(error);
    }
}

pub(super) async fn ask(listings: Listings, index: usize, question: Question, id: AccountId, is_own: bool) -> Answer {
    let found = match question {
        Question::Tags => listings.tags_of(&id).await.map(Found::Tags),
        Question::Regions => {
            let Listings { client, target, pace, .. } = &listings;
            regions::of_account(client, target, pace, (!is_own).then_some(&id)).await.map(Found::Regions)
        }
    };
    (index, question, found)
}
