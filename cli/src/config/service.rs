//! What of the configuration is for a coordinator that runs by itself: where it listens, and its schedules. Mistakes in
//! schedules are told with their line.

use std::net::SocketAddr;

use plumbline_coordinator::joining::AwsRole;
use plumbline_schedule::spec::{OnVanishedAccounts, Planned, Report, Scope};

use super::account_list::AccountList;
use super::{Settings, names};
use crate::failure::Result;

/// Settings of the coordinator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    /// Where agents connect, if the configuration says so.
    pub(crate) listen: Option<SocketAddr>,
    /// Where liveness, readiness and metrics are, if anywhere.
    pub(crate) http: Option<SocketAddr>,
    /// Whether an agent runs in the coordinator's process.
    pub(crate) agent: bool,
    /// Who joins by AWS identity.
    pub(crate) aws_roles: Vec<AwsRole>,
    /// What starts by itself.
    pub(crate) schedules: Vec<Planned>,
}

impl Settings {
    /// The settings of a scan that a schedule starts: what its scope names takes the place of what the configuration says.
    ///
    /// # Errors
    /// When a file of accounts cannot be read, or is none.
    pub(crate) fn of_schedule(&self, planned: &Planned) -> Result<Self> {
        let mut settings = self.narrowed(&planned.scope)?;
        settings.accept_fewer_accounts = planned.on_vanished_accounts == OnVanishedAccounts::GoOn;
        settings.reports.clone_from(&planned.reports);
        Ok(settings)
    }

    /// The same settings with another scope: each list of it that is not empty takes the place of the one there is.
    ///
    /// # Errors
    /// When a file of accounts cannot be read, or is none.
    pub(crate) fn narrowed(&self, scope: &Scope) -> Result<Self> {
        let over = |given: &[String], own: &[String]| names(given.to_vec(), own.to_vec());
        let accounts = AccountList::read(&over(&scope.accounts, &self.accounts), "accounts")?;
        let excluded = AccountList::read(&over(&scope.exclude_accounts, &self.exclude_accounts), "exclude_accounts")?;
        let mut account_names = self.account_names.clone();
        account_names.extend(accounts.names);
        Ok(Self {
            accounts: accounts.ids,
            account_names,
            exclude_accounts: excluded.ids,
            ou: over(&scope.ou, &self.ou),
            exclude_ou: over(&scope.exclude_ou, &self.exclude_ou),
            regions: over(&scope.regions, &self.regions),
            exclude_regions: over(&scope.exclude_regions, &self.exclude_regions),
            no_global: self.no_global || scope.no_global,
            controls: over(&scope.controls, &self.controls),
            exclude_controls: over(&scope.exclude_controls, &self.exclude_controls),
            excludes_on_record: self.excludes_on_record && names(scope.exclude_controls.clone(), Vec::new()).is_empty(),
            ..self.clone()
        })
    }

    /// Whether a report is written.
    pub(crate) fn writes(&self, report: Report) -> bool {
        self.reports.contains(&report)
    }
}

/// The place of a schedule's key in the file, as `:3:1`: the line of the key within its item, else that of the item, else
/// that of all schedules.
pub(super) fn place_of(text: &str, index: usize, key: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| line.starts_with("schedules") && line.contains(':')) else {
        return String::new();
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let block = lines.iter().enumerate().skip(start + 1);
    let block = block
        .take_while(|(_, line)| line.trim().is_empty() || line.starts_with([' ', '-', '#']) || line.starts_with('\t'));
    let block: Vec<(usize, &str)> = block.map(|(number, line)| (number, *line)).collect();
    let dash = block.iter().find(|(_, line)| line.trim_start().starts_with('-')).map(|(_, line)| indent(line));
    let is_item = |line: &str| Some(indent(line)) == dash && line.trim_start().starts_with('-');
    let items: Vec<usize> = (0..block.len()).filter(|at| is_item(block[*at].1)).collect();
    let Some(first) = items.get(index).copied() else { return format!(":{}:1", start + 1) };
    let end = items.get(index + 1).copied().unwrap_or(block.len());
    let named = |line: &str| {
        let inner = line.trim_start().trim_start_matches('-').trim_start();
        inner.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    let (number, line) = block[first..end].iter().find(|(_, line)| named(line)).copied().unwrap_or(block[first]);
    let column = line.find(key).unwrap_or_else(|| indent(line)) + 1;
    format!(":{}:{column}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_schedule_has_its_line() {
        let text = "role: x\nschedules:\n  - name: a\n    cron: '0 2 * * *'\n  # second\n  - cron: never\n    name: b\nhttp: x\n";
        assert_eq!(place_of(text, 0, "cron"), ":4:5");
        assert_eq!(place_of(text, 1, "cron"), ":6:5");
        assert_eq!(place_of(text, 1, "name"), ":7:5");
        assert_eq!(place_of(text, 1, "time_zone"), ":6:3");
        assert_eq!(place_of("schedules: [{name: a}]\n", 0, "cron"), ":1:1");
        assert_eq!(place_of("schedules:\n- name: a\n  cron: x\n", 0, "cron"), ":3:3");
    }
}
