//! A schedule as the configuration says it, and what it means once everything in it is understood.
//!
//! Reading takes texts as they are; [`checked`] understands them and names each mistake by schedule and key, so that
//! whoever has the file can say its line. Accounts, units, Regions and controls are understood where scans start.

mod problem;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cron::Cron;
use crate::duration;
use crate::schedule::Schedule;
use crate::timetable::Rule;
use crate::zone::Zone;
pub use problem::Problem;
use problem::{listed, unknown};

/// So many schedules there may be: each is a label of metrics, and a scan of its own.
pub const MOST_SCHEDULES: usize = 64;
/// The keys of a schedule.
pub const KEYS: [&str; 8] =
    ["name", "cron", "time_zone", "scope", "deadline", "window", "reports", "on_vanished_accounts"];
/// The keys of its scope: the options of a scan that limit it, with `_` for `-`.
pub const SCOPE_KEYS: [&str; 9] = [
    "accounts",
    "exclude_accounts",
    "ou",
    "exclude_ou",
    "regions",
    "exclude_regions",
    "no_global",
    "controls",
    "exclude_controls",
];

/// How late a fire may be started if nothing is said.
const WINDOW: Duration = Duration::from_secs(6 * 3600);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST_NAME: usize = 48;

/// A schedule, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// What it is called, in lists, labels and on record.
    pub name: String,
    /// When: five fields, or `@daily` and the like.
    pub cron: String,
    /// In which zone of the IANA database.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// What is scanned; everything without it.
    #[serde(default)]
    pub scope: Scope,
    /// How long after its start a report of what is there is issued, such as `6h`; when all is done without it.
    #[serde(default)]
    pub deadline: Option<String>,
    /// How late a fire may still be started, such as `6h`, which is the default.
    #[serde(default)]
    pub window: Option<String>,
    /// Which reports are written.
    #[serde(default)]
    pub reports: Vec<String>,
    /// What to do when more than a tenth of the accounts are gone: `stop`, which is the default, or `go_on`.
    #[serde(default)]
    pub on_vanished_accounts: Option<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What is scanned: the options of a scan, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Only these accounts.
    pub accounts: Vec<String>,
    /// Not these accounts.
    pub exclude_accounts: Vec<String>,
    /// Only accounts below these units.
    pub ou: Vec<String>,
    /// No accounts below these units.
    pub exclude_ou: Vec<String>,
    /// Only these Regions.
    pub regions: Vec<String>,
    /// Not these Regions.
    pub exclude_regions: Vec<String>,
    /// Whether what belongs to an account as a whole is left out.
    pub no_global: bool,
    /// Only these controls.
    pub controls: Vec<String>,
    /// None of these controls.
    pub exclude_controls: Vec<String>,
}

/// A report that is written when a scan ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Report {
    /// One page.
    Html,
    /// For spreadsheets.
    Csv,
    /// Rows for machines.
    Ndjson,
    /// How far accounts are along the handbook, for machines.
    Roadmap,
    /// The scan as a whole, for machines.
    Summary,
}

impl Report {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Html, Self::Csv, Self::Ndjson, Self::Roadmap, Self::Summary];

    /// Its name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Roadmap => "roadmap",
            Self::Summary => "summary",
        }
    }
}

/// What to do when many accounts are gone since the last scan: the caller may have lost sight of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnVanishedAccounts {
    /// Nothing is scanned before somebody said so.
    #[default]
    Stop,
    /// Go on, and say so at the top of the report.
    GoOn,
}

impl OnVanishedAccounts {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stop, Self::GoOn];

    /// Its name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::GoOn => "go_on",
        }
    }
}

/// A schedule that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Name, time and window.
    pub rule: Rule,
    /// What is scanned.
    pub scope: Scope,
    /// How long after its start a report of what is there is issued.
    pub deadline: Option<Duration>,
    /// Which reports are written, each once: all of them if none is named.
    pub reports: Vec<Report>,
    /// What to do when many accounts are gone.
    pub on_vanished_accounts: OnVanishedAccounts,
}

/// Understands all schedules of a configuration.
///
/// # Errors
/// Everything that is wrong in any of them.
pub fn checked(specs: &[ScheduleSpec]) -> Result<Vec<Planned>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut planned = Vec::new();
    for (index, spec) in specs.iter().enumerate() {
        if specs[..index].iter().any(|earlier| earlier.name == spec.name) {
            problems.push(Problem::new(index, spec, "name", format!("there are two schedules `{}`", spec.name)));
        }
        planned.extend(spec.checked(index, &mut problems));
    }
    if let Some(spec) = specs.get(MOST_SCHEDULES) {
        let cause = format!("there are {} schedules, and at most {MOST_SCHEDULES} are possible", specs.len());
        problems.push(Problem::new(MOST_SCHEDULES, spec, "name", cause));
    }
    if problems.is_empty() { Ok(planned) } else { Err(problems) }
}

impl ScheduleSpec {
    fn checked(&self, index: usize, problems: &mut Vec<Problem>) -> Option<Planned> {
        let before = problems.len();
        let mut note = |key, column, cause: String| {
            problems.push(Problem { column, ..Problem::new(index, self, key, cause) });
        };
        if !is_name(&self.name) {
            let cause = format!(
                "`{}` is no name for a schedule: 1 to {LONGEST_NAME} small letters, digits, `-` and `_` are expected",
                self.name.escape_debug()
            );
            note("name", None, cause);
        }
        let cron = self.cron.parse::<Cron>().map_err(|error| note("cron", Some(error.column), error.cause)).ok();
        let zone = Zone::named(&self.time_zone).map_err(|error| note("time_zone", None, error.to_string())).ok();
        let deadline = self.deadline.as_deref().map(|text| length("deadline", text));
        let deadline = deadline.transpose().unwrap_or_else(|cause| {
            note("deadline", None, cause);
            None
        });
        let window = self.window.as_deref().map_or(Ok(WINDOW), |text| length("window", text));
        let window = window.map_err(|cause| note("window", None, cause)).ok();
        let reports = self.reports().map_err(|cause| note("reports", None, cause)).ok();
        let on_vanished_accounts = self.on_vanished().map_err(|cause| note("on_vanished_accounts", None, cause)).ok();
        if problems.len() > before {
            return None;
        }
        let rule = Rule { name: self.name.clone(), schedule: Schedule::new(cron?, zone?), window: window? };
        let (reports, on_vanished_accounts) = (reports?, on_vanished_accounts?);
        Some(Planned { rule, scope: self.scope.clone(), deadline, reports, on_vanished_accounts })
    }

    fn reports(&self) -> Result<Vec<Report>, String> {
        let named = |name: &String| {
            let known = Report::ALL.into_iter().find(|report| report.as_str() == name);
            known.ok_or_else(|| unknown("report", name, &Report::ALL.map(Report::as_str)))
        };
        let mut reports = self.reports.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        reports.sort_unstable();
        reports.dedup();
        Ok(if reports.is_empty() { Report::ALL.to_vec() } else { reports })
    }

    fn on_vanished(&self) -> Result<OnVanishedAccounts, String> {
        let Some(name) = &self.on_vanished_accounts else { return Ok(OnVanishedAccounts::default()) };
        let known = OnVanishedAccounts::ALL.into_iter().find(|known| known.as_str() == name);
        known.ok_or_else(|| {
            let names = OnVanishedAccounts::ALL.map(OnVanishedAccounts::as_str);
            format!("`on_vanished_accounts` wants {}; {}", listed(&names), unknown("choice", name, &names))
        })
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_part)
}

fn length(key: &str, text: &str) -> Result<Duration, String> {
    let length = duration::parse(text).filter(|length| (SHORTEST..=LONGEST).contains(length));
    length.ok_or_else(|| format!("`{key}` wants a length of time from 1m to 7d, such as 6h or 1h30m, not `{text}`"))
}

#[cfg(test)]
mod tests;
