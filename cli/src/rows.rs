//! The rows of a stored scan that somebody asked for: filtered, sorted, cut.

use std::cmp::Ordering;
use std::io;

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::filter::{Acceptance, Filter, UnknownName};
use plumbline_coordinator::report::{Limit, ReportRow, ScanSummary};

use crate::args::{FilterOptions, SortKey};
use crate::config::names;
use crate::failure::{Failure, Result, did_you_mean, listed};
use crate::results::Stop;

/// Rows beyond the limit that are held while they are sorted.
const SLACK: usize = 4096;

/// Which rows, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The conditions.
    pub(crate) filter: Filter,
    /// Their order; as they are stored without one.
    pub(crate) sort: Option<SortKey>,
    /// At most this many; all without one.
    pub(crate) limit: Option<usize>,
}

impl Rows {
    /// The rows that the options ask for, once it is certain that the scan has what they name.
    ///
    /// # Errors
    /// When a name leads nowhere: a typing mistake must not look like a clean account.
    pub(crate) fn of(view: &ScanView, options: FilterOptions) -> Result<Self> {
        let list = |names_given| names(names_given, Vec::new());
        let both =
            |only, except| plumbline_coordinator::report::filter::Names { only: list(only), except: list(except) };
        let filter = Filter {
            statuses: Vec::new(),
            severity: options.severity,
            levels: options.level,
            frameworks: list(options.framework),
            accounts: both(options.accounts, options.exclude_accounts),
            ous: both(options.ou, options.exclude_ou),
            regions: both(options.regions, options.exclude_regions),
            controls: both(options.controls, options.exclude_controls),
            resources: list(options.resource),
            owners: list(options.owner),
            acceptance: match (options.accepted, options.no_accepted) {
                (true, _) => Some(Acceptance::Accepted),
                (false, true) => Some(Acceptance::NotAccepted),
                (false, false) => None,
            },
        };
        filter.check(&view.known()).map_err(|unknown| refused(&unknown))?;
        Ok(Self { filter, ..Self::default() })
    }

    /// The summary as a report of these rows has it: with the accounts that are asked for, and with the conditions.
    pub(crate) fn summary(&self, view: &ScanView) -> ScanSummary {
        let mut summary = view.summary();
        summary.accounts.retain(|account| self.filter.wants_account(account));
        summary.filter = self.filter.given();
        if let Some(limit) = self.limit {
            summary.filter.push(Limit { option: "limit".to_owned(), values: vec![limit.to_string()] });
        }
        summary
    }

    /// Calls a function with every row that is asked for; whether there would have been more.
    ///
    /// # Errors
    /// When the store fails, or the function does.
    pub(crate) fn for_each(
        &self,
        view: &ScanView,
        mut visit: impl FnMut(&ReportRow) -> io::Result<()>,
    ) -> std::result::Result<More, Stop> {
        match self.sort {
            None => self.as_stored(view, visit),
            Some(key) => {
                let (rows, more) = self.sorted(view, key)?;
                rows.iter().try_for_each(&mut visit)?;
                Ok(more)
            }
        }
    }

    fn as_stored(
        &self,
        view: &ScanView,
        mut visit: impl FnMut(&ReportRow) -> io::Result<()>,
    ) -> std::result::Result<More, Stop> {
        let mut left = self.limit.unwrap_or(usize::MAX);
        let walked = view.for_each(|row| {
            if !self.filter.matches(row) {
                return Ok(());
            }
            left = left.checked_sub(1).ok_or(Stop::Enough)?;
            Ok(visit(row)?)
        });
        match walked {
            Ok(()) => Ok(More::None),
            Err(Stop::Enough) => Ok(More::Some),
            Err(error) => Err(error),
        }
    }

    /// With a limit, not more than that many rows and some slack are held at a time.
    fn sorted(&self, view: &ScanView, key: SortKey) -> std::result::Result<(Vec<ReportRow>, More), Stop> {
        let mut rows: Vec<ReportRow> = Vec::new();
        let mut more = More::None;
        let mut cut = |rows: &mut Vec<ReportRow>| {
            // Stable: rows that are equal stay as they are stored.
            rows.sort_by(|a, b| compare(key, a, b));
            if let Some(limit) = self.limit.filter(|limit| rows.len() > *limit) {
                rows.truncate(limit);
                more = More::Some;
            }
        };
        view.for_each(|row| {
            if self.filter.matches(row) {
                rows.push(row.clone());
                if self.limit.is_some_and(|limit| rows.len() >= limit.saturating_add(SLACK)) {
                    cut(&mut rows);
                }
            }
            Ok::<(), Stop>(())
        })?;
        cut(&mut rows);
        Ok((rows, more))
    }
}

/// Whether a limit left rows out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// These were all.
    None,
    /// There are more.
    Some,
}

fn compare(key: SortKey, a: &ReportRow, b: &ReportRow) -> Ordering {
    match key {
        SortKey::Severity => b.severity.cmp(&a.severity),
        SortKey::Account => a.account.cmp(&b.account),
        SortKey::Region => a.region.cmp(&b.region),
        SortKey::Control => a.control.cmp(&b.control),
        SortKey::Resource => a.resource.cmp(&b.resource),
    }
}

/// A name that leads nowhere, with what may have been meant.
pub(crate) fn refused(unknown: &UnknownName) -> Failure {
    let suggestion = did_you_mean(&unknown.name, unknown.known.iter().map(String::as_str));
    let next_step = format!("correct {}; there are: {}", unknown.option, listed(&unknown.known));
    Failure::usage("filter the rows", format!("{unknown}{suggestion}"), next_step)
}
