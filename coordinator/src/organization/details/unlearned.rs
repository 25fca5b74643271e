//! What becomes of accounts whose Regions AWS did not tell: what was learned before, or an assumption with a note.

use std::collections::BTreeSet;

use plumbline_aws::{CallError, Client, Target};

use super::super::listing::Listings;
use super::super::pace::Pace;
use super::super::regions::{self, Learned};
use super::super::{RegionSource, Regions, default_regions, named};
use super::{NAMED, Work};

/// Accounts whose Regions AWS did not tell.
pub(super) struct Unlearned {
    pub(super) open: BTreeSet<usize>,
    pub(super) why: String,
}

impl Unlearned {
    /// Yesterday's knowledge before a guess, and a guess with a word about it.
    pub(super) fn fill(&self, work: &mut Work<'_>, own: &Regions) {
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
pub(super) async fn own_regions(work: &mut Work<'_>, listings: &Listings, own_region: &str) -> Regions {
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

pub(super) async fn of_own(
    client: &Client,
    target: &Target,
    pace: &Pace,
    own_region: &str,
) -> Result<Learned, CallError> {
    match regions::of_account(client, target, pace, None).await {
        Ok(learned) => Ok(learned),
        Err(_) => regions::of_caller(client, &target.in_region(own_region), pace).await,
    }
}
