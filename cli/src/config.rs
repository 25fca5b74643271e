//! Settings of a command: defaults, then the file, then the environment and flags (`clap` has merged those two).

mod account_list;
mod file;
mod joins;
mod paths;
mod service;

use std::collections::BTreeMap;
use std::path::PathBuf;

use plumbline_baseline::{Doc, Severity};
use plumbline_coordinator::Floor;
use plumbline_coordinator::plan::GLOBAL;
use plumbline_coordinator::store::Retention;
use plumbline_schedule::spec::Report;

use crate::args::{ConfigOptions, GovernanceOptions, ResultOptions, ScanOptions};
use crate::failure::{Failure, Result};
use account_list::AccountList;
use file::File;

pub(crate) use paths::{at_home, data_dir_or_default, default_data_dir};
pub(crate) use service::Service;

/// Role that is assumed in member accounts unless another one is named.
pub(crate) const DEFAULT_ROLE: &str = "PlumblineAudit";
/// How many scans' reports are kept unless something else is asked for.
const KEPT_REPORTS: u32 = 3;

/// What a scan runs with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the store is.
    pub(crate) data_dir: PathBuf,
    /// Accounts to scan; all when empty.
    pub(crate) accounts: Vec<String>,
    /// What the user calls accounts, by id.
    pub(crate) account_names: BTreeMap<String, String>,
    /// Accounts not to scan.
    pub(crate) exclude_accounts: Vec<String>,
    /// Organizational units to scan; all when empty.
    pub(crate) ou: Vec<String>,
    /// Organizational units not to scan.
    pub(crate) exclude_ou: Vec<String>,
    /// Regions to scan; all enabled ones when empty.
    pub(crate) regions: Vec<String>,
    /// Regions not to scan.
    pub(crate) exclude_regions: Vec<String>,
    /// Whether what belongs to an account as a whole is left out.
    pub(crate) no_global: bool,
    /// Whether documents stay in the accounts.
    pub(crate) no_documents: bool,
    /// Patterns of control ids; all when empty.
    pub(crate) controls: Vec<String>,
    /// Patterns of control ids that are left out.
    pub(crate) exclude_controls: Vec<String>,
    /// Whether it is the configuration that leaves them out: an exclusion on record, and not the limit of one scan.
    pub(crate) excludes_on_record: bool,
    /// Directories of further controls.
    pub(crate) pack: Vec<PathBuf>,
    /// Directory with baselines, exceptions, attestations and owners; none without one.
    pub(crate) governance: Option<PathBuf>,
    /// Role in member accounts.
    pub(crate) role: String,
    /// Account id → role to assume there instead, also in the caller's own account.
    pub(crate) roles: BTreeMap<String, String>,
    /// External id that the roles ask for.
    pub(crate) external_id: Option<String>,
    /// Endpoint instead of AWS.
    pub(crate) endpoint_url: Option<String>,
    /// Whether everything is asked anew that was learned on the same day.
    pub(crate) refresh: bool,
    /// Whether a scan goes on with far fewer accounts than the last one.
    pub(crate) accept_fewer_accounts: bool,
    /// Severity from which findings change the exit code.
    pub(crate) fail_on: Option<Severity>,
    /// The share of checks that has to be read, in percent; all of them without one.
    pub(crate) min_coverage: Option<f64>,
    /// How many scans' reports are kept in the data directory.
    pub(crate) keep_reports: usize,
    /// Which scans are kept in the store; all without one.
    pub(crate) retention: Option<Retention>,
    /// The free space in MiB below which no job is given out; what is usual without one.
    pub(crate) min_free_mib: Option<u64>,
    /// Frameworks that reports hold scans against; the newest version of each when empty.
    pub(crate) frameworks: Vec<String>,
    /// Where reports go.
    pub(crate) output: Option<PathBuf>,
    /// Which reports are written.
    pub(crate) reports: Vec<Report>,
    /// What a coordinator that runs by itself is told.
    pub(crate) service: Service,
    /// Control id → parameters that differ from the defaults.
    pub(crate) overrides: BTreeMap<String, BTreeMap<String, Doc>>,
}

impl Settings {
    /// Reads the file, if there is one, and lets the command line win over it.
    ///
    /// # Errors
    /// When the file cannot be read or is not valid, or a role is none.
    pub(crate) fn resolve(options: ScanOptions, result: ResultOptions, data_dir: Option<PathBuf>) -> Result<Self> {
        let file = options.config.file()?;
        let (listen, http, schedules, aws_roles) = (file.listen(), file.http(), file.planned(), file.aws_roles());
        let service = Service { listen, http, agent: file.agent, aws_roles, schedules };
        let fail_on = result.fail_on.or(file.fail_on());
        let accounts = AccountList::read(&names(options.accounts, file.accounts), "--accounts")?;
        let excluded =
            AccountList::read(&names(options.exclude_accounts, file.exclude_accounts), "--exclude-accounts")?;
        let excludes_on_record = names(options.exclude_controls.clone(), Vec::new()).is_empty();
        let settings = Self {
            data_dir: data_dir_or_default(data_dir.or(file.data_dir))?,
            accounts: accounts.ids,
            account_names: accounts.names,
            exclude_accounts: excluded.ids,
            ou: names(options.ou, file.ou),
            exclude_ou: names(options.exclude_ou, file.exclude_ou),
            regions: names(options.regions, file.regions),
            exclude_regions: names(options.exclude_regions, file.exclude_regions),
            no_global: options.no_global.or(file.no_global).unwrap_or(false),
            no_documents: options.no_documents.or(file.no_documents).unwrap_or(false),
            controls: names(options.controls, file.controls),
            exclude_controls: names(options.exclude_controls, file.exclude_controls),
            excludes_on_record,
            pack: directories(options.pack, file.pack),
            governance: directory(options.governance.governance, file.governance),
            role: options.role.or(file.role).unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
            roles: file.roles,
            external_id: options.external_id.or(file.external_id).filter(|id| !id.is_empty()),
            endpoint_url: options.endpoint_url.or(file.endpoint_url),
            refresh: options.refresh,
            accept_fewer_accounts: false,
            fail_on,
            min_coverage: result.min_coverage.or(file.min_coverage),
            keep_reports: result.keep_reports.or(file.keep_reports).unwrap_or(KEPT_REPORTS) as usize,
            retention: file.retention.map(Retention::from),
            min_free_mib: file.min_free_mib,
            frameworks: names(result.frameworks, file.frameworks),
            output: result.output.or(file.output).map(at_home),
            reports: Report::ALL.to_vec(),
            service,
            overrides: file.settings,
        };
        check_role(&settings.role)?;
        Ok(settings)
    }

    /// How much of the store's disk has to be free for another job.
    pub(crate) fn floor(&self) -> Floor {
        Floor::of(self.data_dir.clone(), self.min_free_mib.map(|mebibytes| mebibytes.saturating_mul(1 << 20)))
    }

    /// Whether what belongs to an account as a whole is scanned.
    pub(crate) fn scans_global(&self) -> bool {
        !self.no_global && !self.exclude_regions.iter().any(|region| region.eq_ignore_ascii_case(GLOBAL))
    }
}

/// A role of all member accounts has a name; an ARN would be one of a single account.
fn check_role(role: &str) -> Result<()> {
    let next_step =
        "give --role the name of the role that every member account has; `roles` in the configuration names others";
    match role.trim() {
        "" => Err(Failure::usage("use the role", "its name is empty", next_step)),
        role if role.starts_with("arn:") => Err(Failure::usage(
            format!("use the role {role}"),
            "an ARN is of one account, and a name is wanted",
            next_step,
        )),
        _ => Ok(()),
    }
}

/// What of the configuration file concerns commands that do not scan.
pub(crate) struct Basics {
    /// Where the store is.
    pub(crate) data_dir: PathBuf,
    /// Directories of further controls.
    pub(crate) pack: Vec<PathBuf>,
    /// Directory with baselines, exceptions, attestations and owners; none without one.
    pub(crate) governance: Option<PathBuf>,
    /// Role in member accounts.
    pub(crate) role: Option<String>,
    /// External id that the roles ask for.
    pub(crate) external_id: Option<String>,
    /// Endpoint instead of AWS.
    pub(crate) endpoint_url: Option<String>,
    /// Patterns of control ids, and of those that are left out.
    pub(crate) controls: (Vec<String>, Vec<String>),
    /// Control id → parameters that differ from the defaults.
    pub(crate) overrides: BTreeMap<String, BTreeMap<String, Doc>>,
    /// Frameworks that reports hold scans against.
    pub(crate) frameworks: Vec<String>,
    /// Which scans are kept in the store; all without one.
    pub(crate) retention: Option<Retention>,
}

impl Basics {
    /// Reads the file, if there is one; what the command line gives wins.
    ///
    /// # Errors
    /// When the file cannot be read or is not valid.
    pub(crate) fn resolve(config: &ConfigOptions, data_dir: Option<PathBuf>, pack: Vec<PathBuf>) -> Result<Self> {
        let file = config.file()?;
        Ok(Self {
            data_dir: data_dir_or_default(data_dir.or(file.data_dir))?,
            pack: directories(pack, file.pack),
            governance: directory(None, file.governance),
            role: file.role,
            external_id: file.external_id,
            endpoint_url: file.endpoint_url,
            controls: (file.controls, file.exclude_controls),
            overrides: file.settings,
            frameworks: names(file.frameworks, Vec::new()),
            retention: file.retention.map(Retention::from),
        })
    }
}

impl Basics {
    /// The same, with the directory of governance that the command line gives, if it gives one.
    #[must_use]
    pub(crate) fn governed(self, options: &GovernanceOptions) -> Self {
        Self { governance: directory(options.governance.clone(), self.governance), ..self }
    }
}

impl ConfigOptions {
    fn file(&self) -> Result<File> {
        self.config.as_deref().map_or_else(|| Ok(File::default()), File::read)
    }
}

/// The first list, or the second where that is empty. Blanks around a name, and nothing between two commas, are no names.
pub(crate) fn names(first: Vec<String>, second: Vec<String>) -> Vec<String> {
    let tidy = |list: Vec<String>| -> Vec<String> {
        list.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let first = tidy(first);
    if first.is_empty() { tidy(second) } else { first }
}

/// The same for directories, whose blanks may be meant.
fn directories(first: Vec<PathBuf>, second: Vec<PathBuf>) -> Vec<PathBuf> {
    let first: Vec<PathBuf> = first.into_iter().filter(|path| !path.as_os_str().is_empty()).map(at_home).collect();
    if first.is_empty() { second } else { first }
}

/// The same for one directory.
fn directory(first: Option<PathBuf>, second: Option<PathBuf>) -> Option<PathBuf> {
    first.filter(|path| !path.as_os_str().is_empty()).map(at_home).or(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn blanks_after_commas_and_empty_names_are_none() {
        assert_eq!(names(list(&["us-east-1", " eu-west-1", ""]), list(&["x"])), ["us-east-1", "eu-west-1"]);
        assert_eq!(names(list(&["", " "]), list(&["from-file "])), ["from-file"]);
    }

    #[test]
    fn only_the_configuration_excludes_controls_on_record() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plumbline.yaml");
        std::fs::write(&path, "exclude_controls: [a]\n").unwrap();
        let check = |given: &[&str], expected: (&str, bool)| {
            let config = ConfigOptions { config: Some(path.clone()) };
            let options = ScanOptions { config, exclude_controls: list(given), ..ScanOptions::default() };
            let directory = Some(directory.path().to_owned());
            let settings = Settings::resolve(options, ResultOptions::default(), directory).unwrap();
            assert_eq!((settings.exclude_controls[0].as_str(), settings.excludes_on_record), expected);
        };
        check(&[], ("a", true));
        check(&[""], ("a", true));
        check(&["b"], ("b", false));
    }

    #[test]
    fn flags_win_over_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plumbline.yaml");
        std::fs::write(&path, "role: FromFile\nregions: [eu-west-1]\nno_global: true\nfail_on: high\noutput: report\n")
            .unwrap();
        let config = ConfigOptions { config: Some(path) };
        let options = ScanOptions { config, role: Some("FromFlag".into()), ..ScanOptions::default() };
        let settings = Settings::resolve(options, ResultOptions::default(), Some(directory.path().to_owned())).unwrap();
        assert_eq!((settings.role.as_str(), settings.regions.as_slice()), ("FromFlag", &["eu-west-1".to_owned()][..]));
        assert_eq!((settings.fail_on, settings.keep_reports), (Some(Severity::High), 3));
        assert!(settings.no_global && !settings.scans_global());
        assert_eq!(settings.output, Some(directory.path().join("report")));
    }

    #[test]
    fn a_role_is_a_name() {
        assert!(check_role("PlumblineAudit").is_ok() && check_role("path/Audit").is_ok());
        assert!(check_role(" ").is_err() && check_role("arn:aws:iam::111111111111:role/Audit").is_err());
    }
}
