//! What can be said to the commands on governance: what is asked of its folder, and what is attested.

use clap::{Args, Subcommand, ValueEnum};

use super::folder::GovernanceOptions;
use super::{PackOptions, RowFormat};

/// Examples of `attest`.
pub(super) const ATTEST_HELP: &str = "\
Examples:
  plumbline attest identity-break-glass/drill --organization --by 'Kim Example' --evidence https://wiki.example.com/drill
  plumbline attest budgets/notices-arrive --account 111111111111 --by Lee --evidence notices.pdf --until 2027-03-31
  plumbline attest identity-roles/partners --units Root/Workloads --by Kim --evidence list.csv --note 'three partners'
`plumbline handbook show PROCESS` names the steps of a process, and what is confirmed. Commit the file that is written.";

/// `governance`.
#[derive(Debug, Subcommand)]
pub(crate) enum GovernanceCommand {
    /// Check the folder: every problem with file, line and column; where there is a stored scan, also against its accounts and
    /// findings. Ends with 1 when something is broken.
    #[command(after_help = "\
Examples:
  plumbline governance check --governance ./governance
  plumbline governance check --governance ./governance --scan 01JD2Q
  plumbline governance check --governance ./governance --without-scan     as a pipeline does, that has no store")]
    Check(CheckGovernance),
    /// Show what holds in an account, and where each line comes from: its baseline, exceptions, attestations, owner.
    #[command(after_help = "\
Examples:
  plumbline governance show --account 111111111111 --governance ./governance
  plumbline governance show --account webshop-prod --governance ./governance --format json | jq '.controls[] | select(.on_by != \"scan\")'")]
    Show(ShowGovernance),
}

/// `governance check`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckGovernance {
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    /// The stored scan to hold it against: `latest`, or the beginning of its id [default: latest, where there is one].
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    /// Hold it against no scan.
    #[arg(long, conflicts_with = "scan")]
    pub(crate) without_scan: bool,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

/// `governance show`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowGovernance {
    /// The account: its id, or its name in the scan.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// The stored scan that knows unit and tags of the account: `latest`, or the beginning of its id [default: latest, where
    /// there is one].
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ShowFormat,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

/// Formats of what holds in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// For people.
    Text,
    /// For machines: one object.
    Json,
}

/// `exceptions`.
#[derive(Debug, Subcommand)]
pub(crate) enum ExceptionsCommand {
    /// List exceptions, the first to end first; where there is a stored scan, with how many findings each accepts.
    #[command(after_help = "\
Examples:
  plumbline exceptions list --governance ./governance
  plumbline exceptions list --governance ./governance --expiring 30d
  plumbline exceptions list --governance ./governance --format csv > exceptions.csv")]
    List(ListExceptions),
}

/// `exceptions list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListExceptions {
    /// Only those that end within so many days from today: 30d.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) expiring: Option<u32>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RowFormat,
    /// The stored scan whose findings are counted: `latest`, or the beginning of its id [default: latest, where there is one].
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

/// `attest`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AttestArgs {
    /// What was done: PROCESS/STEP of the handbook.
    #[arg(value_name = "STEP")]
    pub(crate) step: String,
    /// In these accounts.
    #[arg(long, alias = "accounts", value_delimiter = ',', value_name = "ID,…", group = "where")]
    pub(crate) account: Vec<String>,
    /// In all accounts in these units and below: paths (Root/Workloads), or ids.
    #[arg(long, alias = "ou", value_delimiter = ',', value_name = "UNIT,…", group = "where")]
    pub(crate) units: Vec<String>,
    /// For the organization, once.
    #[arg(long, group = "where")]
    pub(crate) organization: bool,
    /// Who confirms it.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// What shows it: an https address, or a file, of which name and SHA-256 are written down.
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) evidence: String,
    /// The last day on which it is good [default: the last one that the step allows].
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
    /// The day on which it was confirmed [default: today].
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
    /// A remark.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

/// A number of days, with or without its unit.
fn days(text: &str) -> Result<u32, String> {
    let number = text.trim().trim_end_matches('d').trim_end();
    let days: Result<u32, _> = number.parse();
    days.ok().filter(|days| *days <= 36_500).ok_or_else(|| "a number of days is wanted, such as 30d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_a_unit_or_none() {
        assert_eq!([days("30d"), days("30"), days(" 7 d ")], [Ok(30), Ok(30), Ok(7)]);
        for wrong in ["", "d", "-1d", "1.5", "30w", "99999999999", "40000"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }
}
