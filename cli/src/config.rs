//! Settings of a scan: defaults, then the file, then the environment and flags (`clap` has merged those two).
//!
//! Unknown keys are refused with the line, the column and a suggestion.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plumbline_baseline::{Doc, Severity};
use serde::Deserialize;

use crate::args::{ResultOptions, ScanOptions};
use crate::failure::{Failure, Result, did_you_mean};

/// Role that is assumed in member accounts unless another one is named.
pub(crate) const DEFAULT_ROLE: &str = "PlumblineAudit";

/// Keys of the configuration file: the options of `scan` with `_` for `-`, and what only a file can say.
#[cfg(test)]
pub(crate) const KEYS: [&str; 13] = [
    "data_dir",
    "accounts",
    "ou",
    "regions",
    "controls",
    "pack",
    "role",
    "roles",
    "external_id",
    "endpoint_url",
    "fail_on",
    "output",
    "settings",
];

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    accounts: Vec<String>,
    ou: Vec<String>,
    regions: Vec<String>,
    controls: Vec<String>,
    pack: Vec<PathBuf>,
    role: Option<String>,
    roles: BTreeMap<String, String>,
    external_id: Option<String>,
    endpoint_url: Option<String>,
    fail_on: Option<String>,
    output: Option<PathBuf>,
    settings: BTreeMap<String, BTreeMap<String, Doc>>,
}

/// What a scan runs with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the store is.
    pub(crate) data_dir: PathBuf,
    /// Accounts to scan; all when empty.
    pub(crate) accounts: Vec<String>,
    /// Organizational units to scan; all when empty.
    pub(crate) ou: Vec<String>,
    /// Regions to scan; all enabled ones when empty.
    pub(crate) regions: Vec<String>,
    /// Patterns of control ids; all when empty.
    pub(crate) controls: Vec<String>,
    /// Directories of further controls.
    pub(crate) pack: Vec<PathBuf>,
    /// Role in member accounts.
    pub(crate) role: String,
    /// Account id → role to assume there instead, also in the caller's own account.
    pub(crate) roles: BTreeMap<String, String>,
    /// External id that the roles ask for.
    pub(crate) external_id: Option<String>,
    /// Endpoint instead of AWS.
    pub(crate) endpoint_url: Option<String>,
    /// Severity from which findings change the exit code.
    pub(crate) fail_on: Option<Severity>,
    /// Where reports go.
    pub(crate) output: Option<PathBuf>,
    /// Control id → parameters that differ from the defaults.
    pub(crate) overrides: BTreeMap<String, BTreeMap<String, Doc>>,
}

impl Settings {
    /// Reads the file, if there is one, and lets the command line win over it.
    ///
    /// # Errors
    /// When the file cannot be read or is not valid.
    pub(crate) fn resolve(options: ScanOptions, result: ResultOptions, data_dir: Option<PathBuf>) -> Result<Self> {
        let file = match &options.config {
            Some(path) => read(path)?,
            None => File::default(),
        };
        let fail_on = match (result.fail_on, &file.fail_on) {
            (Some(severity), _) => Some(severity),
            (None, Some(text)) => Some(text.parse().map_err(|error| {
                Failure::usage("read `fail_on` of the configuration", error, "correct it in the configuration file")
            })?),
            (None, None) => None,
        };
        Ok(Self {
            data_dir: data_dir_or_default(data_dir.or(file.data_dir))?,
            accounts: first_non_empty(options.accounts, file.accounts),
            ou: first_non_empty(options.ou, file.ou),
            regions: first_non_empty(options.regions, file.regions),
            controls: first_non_empty(options.controls, file.controls),
            pack: first_non_empty(options.pack, file.pack),
            role: options.role.or(file.role).unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
            roles: file.roles,
            external_id: options.external_id.or(file.external_id),
            endpoint_url: options.endpoint_url.or(file.endpoint_url),
            fail_on,
            output: result.output.or(file.output),
            overrides: file.settings,
        })
    }
}

fn first_non_empty<T>(first: Vec<T>, second: Vec<T>) -> Vec<T> {
    if first.is_empty() { second } else { first }
}

/// The given directory, or the one that the XDG base directory specification names.
///
/// # Errors
/// When nothing is given and there is no home directory.
pub(crate) fn data_dir_or_default(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(directory) = given {
        return Ok(directory);
    }
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("plumbline"))
        .ok_or_else(|| {
            Failure::usage(
                "find the data directory",
                "neither XDG_DATA_HOME nor HOME is set",
                "name one with --data-dir",
            )
        })
}

fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("read {}", path.display()), error, "check the path given with --config")
    })?;
    parse(&text).map_err(|(place, cause)| {
        Failure::usage(
            format!("read {}{place}", path.display()),
            cause,
            "correct the file; its keys are those of `plumbline scan --help`, with `_` for `-`, and `settings`",
        )
    })
}

/// The file, or the place (`:3:1`) and the problem.
fn parse(text: &str) -> std::result::Result<File, (String, String)> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(File::default());
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        let cause = match error {
            serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
                format!("unknown key `{field}`{}", did_you_mean(field, expected.iter().copied()))
            }
            other => other.to_string().lines().next().unwrap_or_default().to_owned(),
        };
        (place, cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_a_suggestion() {
        let (place, cause) = parse("role: Audit\nregoins: [us-east-1]\n").unwrap_err();
        assert_eq!((place.as_str(), cause.as_str()), (":2:1", "unknown key `regoins`; did you mean `regions`?"));
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        let (place, _) = parse("role: Audit\nregions: {a: b}\n").unwrap_err();
        assert!(place.starts_with(":2:"), "{place}");
    }

    #[test]
    fn every_key_is_known() {
        let (_, cause) = parse("zzz: 1\n").unwrap_err();
        assert_eq!(cause, "unknown key `zzz`");
        for key in KEYS {
            let problem = parse(&format!("{key}: ~\n")).err().map(|(_, cause)| cause).unwrap_or_default();
            assert!(!problem.contains("unknown key"), "{key}");
        }
    }

    #[test]
    fn the_example_of_the_documentation_has_every_key() {
        let page = include_str!("../../docs/operations.md");
        let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let file = parse(example).unwrap();
        for key in KEYS {
            assert!(example.lines().any(|line| line.starts_with(&format!("{key}:"))), "{key}");
        }
        for (control, settings) in &file.settings {
            let control = plumbline_baseline::pack::Pack::embedded().control(control).unwrap();
            for name in settings.keys() {
                assert!(control.control.settings.contains_key(name), "{name}");
            }
        }
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        assert!(parse("# nothing yet\n\n").unwrap().role.is_none());
    }

    #[test]
    fn settings_of_controls_are_documents() {
        let file = parse("settings:\n  tags-required: { tags: [owner, cost-centre] }\n  x: { days: 30 }\n").unwrap();
        assert_eq!(file.settings["x"]["days"], Doc::Int(30));
        assert_eq!(file.settings["tags-required"]["tags"].as_list().map(<[Doc]>::len), Some(2));
    }

    #[test]
    fn flags_win_over_the_file() {
        let directory = std::env::temp_dir().join(format!("plumbline-config-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("plumbline.yaml");
        std::fs::write(&path, "role: FromFile\nregions: [eu-west-1]\nfail_on: high\n").unwrap();
        let options = ScanOptions { config: Some(path), role: Some("FromFlag".into()), ..ScanOptions::default() };
        let settings = Settings::resolve(options, ResultOptions::default(), Some(directory.clone())).unwrap();
        assert_eq!((settings.role.as_str(), settings.regions.as_slice()), ("FromFlag", &["eu-west-1".to_owned()][..]));
        assert_eq!(settings.fail_on, Some(Severity::High));
        std::fs::remove_dir_all(directory).unwrap();
    }
}
