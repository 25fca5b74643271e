//! What committed jobs counted, in a few bytes a job: their rows are held against the states of their nights.

use std::collections::{BTreeSet, HashMap};

use redb::ReadTransaction;

use super::{Kind, Known, Lost, Verification};
use crate::store::facts::Facts;
use crate::store::record::{Job, JobState, Plan, Scan};
use crate::store::{DONE, Error, JOBS, PLANS, SCANS, archive, key, packed, sealed};

/// What jobs counted.
#[derive(Default)]
pub(super) struct Expected {
    /// Different lists of controls.
    lists: Vec<BTreeSet<String>>,
    /// By account and Region, and by night.
    jobs: Vec<Counted>,
}

/// One job.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    scope: u32,
    /// The night of its scan.
    pub(super) night: u32,
    list: u32,
    /// Its rows.
    pub(super) rows: u64,
}

impl Expected {
    /// Reads what all scans counted whose records can be read.
    pub(super) fn read(
        &mut self,
        transaction: &ReadTransaction,
        known: &Known,
        found: &mut Verification,
    ) -> Result<(), Error> {
        let scopes: HashMap<&str, u32> = known.scopes.iter().map(|(number, name)| (name.as_str(), *number)).collect();
        let mut lists: HashMap<BTreeSet<String>, u32> = HashMap::new();
        let (table, done) = (transaction.open_table(JOBS)?, transaction.open_table(DONE)?);
        let records = transaction.open_table(SCANS)?;
        // Of scans of early versions there are none.
        let plans = transaction.open_table(PLANS).ok();
        for id in known.scans.values() {
            let Ok(Some(scan)) = packed::get::<Scan>(&records, id, "scan") else { continue };
            let Ok(id) = id.parse() else { continue };
            let facts = Facts::of(scan);
            let (from, to) = key::jobs_of(&id);
            let mut count = 0;
            let mut jobs = archive::all(&done, &id)?;
            count += jobs.len();
            for entry in table.range(from.as_bytes()..to.as_bytes())? {
                let (key, value) = entry?;
                count += 1;
                // One that is damaged was told of.
                jobs.extend(sealed::open_record::<Job>(&table, key.value(), value.value(), "job"));
            }
            for job in jobs {
                if job.state() != JobState::Committed {
                    continue;
                }
                let place = format!("job {} of scan {id}", job.id);
                let Ok(scope) = facts.scope(&job) else {
                    found.add(Kind::Reference, place, "its scan does not have its account", Lost::Everything);
                    continue;
                };
                match scopes.get(scope.as_str()) {
                    _ if job.chunks > 0 => {
                        found.add(Kind::Rows, place, "its rows were damaged before the upgrade", Lost::Everything);
                    }
                    Some(&scope) => {
                        let next = u32::try_from(lists.len()).unwrap_or(u32::MAX);
                        let list = *lists.entry(facts.controls(&job)).or_insert(next);
                        self.jobs.push(Counted { scope, night: facts.night, list, rows: job.rows });
                    }
                    None if job.rows > 0 => {
                        found.add(Kind::Reference, place, format!("{scope} has no name"), Lost::Everything);
                    }
                    None => {}
                }
            }
            let planned = plans.as_ref().and_then(|plans| packed::get::<Plan>(plans, id.as_str(), "plan").ok()?);
            let planned = planned.map_or(count, |plan| plan.jobs.len());
            if count < planned {
                let what = format!("{count} of {planned} jobs have a record");
                found.add(Kind::Reference, format!("scan {id}"), what, Lost::Everything);
            }
        }
        self.jobs.sort_unstable_by_key(|job| (job.scope, job.night));
        let mut ordered: Vec<(BTreeSet<String>, u32)> = lists.into_iter().collect();
        ordered.sort_by_key(|(_, number)| *number);
        self.lists = ordered.into_iter().map(|(list, _)| list).collect();
        Ok(())
    }

    /// The jobs of an account and Region, by night.
    pub(super) fn of(&self, scope: u32) -> &[Counted] {
        let start = self.jobs.partition_point(|job| job.scope < scope);
        let count = self.jobs[start..].partition_point(|job| job.scope == scope);
        &self.jobs[start..start + count]
    }

    /// The controls of a job.
    pub(super) fn controls(&self, job: Counted) -> &BTreeSet<String> {
        &self.lists[job.list as usize]
    }

    /// How many jobs there are.
    pub(super) fn len(&self) -> u64 {
        self.jobs.len() as u64
    }
}
