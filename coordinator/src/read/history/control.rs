//! One control from night to night: where it fails, since when, and what each night changed of it everywhere.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::Status;

use super::{History, Searched};
use crate::read::turn::{rows, turn};
use crate::report::difference::{Turn, Where};
use crate::report::history::{Failing, NightTally};
use crate::store::{Departure, Error, Spot, Walked};

/// What each night changed.
type Tallies = BTreeMap<u32, (BTreeMap<Turn, u64>, BTreeSet<String>)>;

impl History {
    /// Calls a function with everything on which a control fails, by account and Region; gives back what each kept night
    /// changed of it, and how many types of an account and Region are damaged. Reads the given types, or all of them.
    ///
    /// # Errors
    /// When the disk fails, or the function does.
    pub fn of_control<E: From<Error>>(
        &self,
        control: &str,
        searched: &Searched,
        types: Option<&BTreeSet<String>>,
        mut visit: impl FnMut(Failing) -> Result<(), E>,
    ) -> Result<(Vec<NightTally>, u64), E> {
        let wants_type = |name: &str| name.is_empty() || types.is_none_or(|types| types.contains(name));
        let picks = |account: &str, region: &str| searched.place(account, region);
        let (mut tallies, mut damaged) = (Tallies::new(), 0);
        for spot in self.store.places(picks, wants_type)? {
            match self.spot(control, &spot, &mut tallies) {
                Ok(failing) => failing.into_iter().try_for_each(&mut visit)?,
                Err(Error::Damaged { .. }) => damaged += 1,
                Err(error) => return Err(error.into()),
            }
        }
        let tally = |(night, (turns, accounts)): (u32, (BTreeMap<Turn, u64>, BTreeSet<String>))| NightTally {
            scan: self.scan_id(night),
            on: self.nights.date(night),
            turns,
            accounts: accounts.len() as u64,
        };
        Ok((tallies.into_iter().map(tally).collect(), damaged))
    }

    /// Where the control fails in one place; adds up what nights changed there.
    fn spot(&self, control: &str, spot: &Spot, tallies: &mut Tallies) -> Result<Vec<Failing>, Error> {
        let (mut failing, mut changed) = (Vec::new(), Vec::new());
        let is_it = |id: &str| id == control;
        self.store.steps(spot, |walked| match walked {
            Walked::Now(entry) => {
                let open = rows(Some(&entry), is_it).into_values().filter(|seen| seen.decided() == Some(Status::Fail));
                failing.extend(open.map(|seen| Failing {
                    at: at(spot, &entry.id),
                    stand: self.nights.stand(&seen),
                    fails: seen.row.fails,
                }));
            }
            Walked::Step(step) => {
                let (was, is) = (rows(step.old.as_ref(), is_it), rows(step.new.as_ref(), is_it));
                let keys: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
                let turns = keys
                    .into_iter()
                    .filter_map(|key| turn(was.get(&key).copied(), is.get(&key).copied(), step.night - 1));
                changed.extend(turns.map(|turn| (step.night, turn)));
            }
        })?;
        if self.owed.leaves_out(&spot.account, control) {
            // What was not looked at any more is as it was, and nobody owes it.
            failing.clear();
        }
        if let Some(Departure { left, .. }) = self.departed(&spot.account) {
            changed.extend(failing.drain(..).map(|_| (*left, Turn::Closed)));
        }
        for (night, turn) in changed {
            let (turns, accounts) = tallies.entry(night).or_default();
            *turns.entry(turn).or_default() += 1;
            accounts.insert(spot.account.clone());
        }
        Ok(failing)
    }
}

fn at(spot: &Spot, id: &str) -> Where {
    Where {
        account: spot.account.clone(),
        region: spot.region.clone(),
        resource_type: spot.type_name.clone(),
        resource: id.to_owned(),
    }
}
