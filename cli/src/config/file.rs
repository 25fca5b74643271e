//! The configuration file: YAML, with unknown keys refused, and every mistake told with its place and in our words.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use plumbline_baseline::{Doc, Severity};
use plumbline_coordinator::joining::AwsRole;
use plumbline_coordinator::store::Retention;
use plumbline_schedule::ScheduleSpec;
use plumbline_schedule::spec::{KEYS, Planned, SCOPE_KEYS, checked};
use serde::Deserialize;

use super::joins::AgentsSpec;
use super::paths::{at_home, beside};
use super::service;
use crate::documents::{AGENTS, AWS_ROLE, CONFIGURATION, JOIN, RETENTION, wants};
use crate::failure::{Failure, Result, did_you_mean};

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) accounts: Vec<String>,
    pub(super) exclude_accounts: Vec<String>,
    pub(super) ou: Vec<String>,
    pub(super) exclude_ou: Vec<String>,
    pub(super) regions: Vec<String>,
    pub(super) exclude_regions: Vec<String>,
    pub(super) no_global: Option<bool>,
    pub(super) no_documents: Option<bool>,
    pub(super) controls: Vec<String>,
    pub(super) exclude_controls: Vec<String>,
    pub(super) pack: Vec<PathBuf>,
    pub(super) governance: Option<PathBuf>,
    pub(super) role: Option<String>,
    pub(super) roles: BTreeMap<String, String>,
    pub(super) external_id: Option<String>,
    pub(super) endpoint_url: Option<String>,
    fail_on: Option<String>,
    pub(super) min_coverage: Option<f64>,
    pub(super) keep_reports: Option<u32>,
    pub(super) frameworks: Vec<String>,
    pub(super) output: Option<PathBuf>,
    pub(super) retention: Option<Keep>,
    pub(super) min_free_mib: Option<u64>,
    listen: Option<String>,
    http: Option<String>,
    pub(super) agent: bool,
    agents: AgentsSpec,
    schedules: Vec<ScheduleSpec>,
    pub(super) settings: BTreeMap<String, BTreeMap<String, Doc>>,
}

/// Which scans are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Keep {
    nights: u32,
    weeks: u32,
    months: u32,
    volatile_nights: Option<u32>,
}

impl Keep {
    /// Whether it keeps anything but the latest.
    fn is_empty(self) -> bool {
        self.nights == 0 && self.weeks == 0 && self.months == 0
    }
}

impl From<Keep> for Retention {
    fn from(Keep { nights, weeks, months, volatile_nights }: Keep) -> Self {
        Self { nights, weeks, months, volatile_nights }
    }
}

impl File {
    /// The same, if its schedules can be understood: the first mistake with its place.
    fn with_schedules(self, text: &str) -> std::result::Result<Self, Problem> {
        match checked(&self.schedules) {
            Ok(_) => Ok(self),
            Err(problems) => {
                let first = problems.first().map(|problem| {
                    let place = service::place_of(text, problem.index, problem.key);
                    (place, problem.to_string())
                });
                Err(first.unwrap_or_else(|| (place_of(text, "schedules"), wants("schedules"))))
            }
        }
    }
}

/// A place (`:3:1`) and what is wrong there.
type Problem = (String, String);

impl File {
    /// Reads the file; its paths are taken from where it lies.
    ///
    /// # Errors
    /// When it cannot be read or is not valid.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let path = at_home(path.to_owned());
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::usage(format!("read {}", path.display()), error, "check the path given with --config")
        })?;
        let mut file = Self::parse(&text).map_err(|(place, cause)| {
            Failure::usage(
                format!("read {}{place}", path.display()),
                cause,
                "correct the file; its keys are those of `plumbline scan --help`, with `_` for `-`, and `settings`",
            )
        })?;
        file.data_dir = file.data_dir.map(|directory| beside(&path, directory));
        file.output = file.output.map(|directory| beside(&path, directory));
        file.pack = file.pack.into_iter().map(|directory| beside(&path, directory)).collect();
        file.governance = file.governance.map(|directory| beside(&path, directory));
        let scopes = file.schedules.iter_mut().map(|schedule| &mut schedule.scope);
        let of_scopes = scopes.flat_map(|scope| scope.accounts.iter_mut().chain(&mut scope.exclude_accounts));
        for entry in file.accounts.iter_mut().chain(&mut file.exclude_accounts).chain(of_scopes) {
            if let Some(list) = entry.trim().strip_prefix('@') {
                *entry = format!("@{}", beside(&path, list.into()).display());
            }
        }
        Ok(file)
    }

    /// The severity from which findings change the exit code.
    pub(super) fn fail_on(&self) -> Option<Severity> {
        self.fail_on.as_ref().and_then(|text| text.parse().ok())
    }

    /// Where agents connect.
    pub(super) fn listen(&self) -> Option<SocketAddr> {
        self.listen.as_ref().and_then(|text| text.trim().parse().ok())
    }

    /// Where health and metrics are.
    pub(super) fn http(&self) -> Option<SocketAddr> {
        self.http.as_ref().and_then(|text| text.trim().parse().ok())
    }

    /// The roles at AWS by which agents join, which were understood when the file was read.
    pub(super) fn aws_roles(&self) -> Vec<AwsRole> {
        self.agents.aws_roles().unwrap_or_default()
    }

    /// The schedules, which were understood when the file was read.
    pub(super) fn planned(&self) -> Vec<Planned> {
        checked(&self.schedules).unwrap_or_default()
    }

    fn parse(text: &str) -> std::result::Result<Self, Problem> {
        let text = text.trim_start_matches('\u{feff}');
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let file: Self = serde_saphyr::from_str(text).map_err(|error| explained(text, error.without_snippet()))?;
        let wrong = [
            ("fail_on", file.fail_on.is_some() && file.fail_on().is_none()),
            ("min_coverage", file.min_coverage.is_some_and(|share| !(0.0..=100.0).contains(&share))),
            ("keep_reports", file.keep_reports == Some(0)),
            ("retention", file.retention.is_some_and(Keep::is_empty)),
            ("listen", file.listen.is_some() && file.listen().is_none()),
            ("http", file.http.is_some() && file.http().is_none()),
        ];
        match wrong.into_iter().find(|(_, is_wrong)| *is_wrong) {
            None => match file.agents.aws_roles() {
                Ok(_) => file.with_schedules(text),
                Err(why) => Err((place_of(text, "agents"), why)),
            },
            Some((key, _)) => Err((place_of(text, key), wants(key))),
        }
    }
}

/// The keys that there are, in whatever place.
fn known_keys() -> impl Iterator<Item = &'static str> {
    let tables = [&CONFIGURATION, &RETENTION, &AGENTS, &JOIN, &AWS_ROLE];
    tables.into_iter().flat_map(|table| table.names()).chain(KEYS).chain(SCOPE_KEYS)
}

fn explained(text: &str, error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error;
    let at = error.location();
    let place = at.map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
    let line = at.map_or(usize::MAX, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
    let cause = match error {
        Error::SerdeUnknownField { field, .. } => {
            format!("unknown key `{field}`{}", did_you_mean(field, known_keys()))
        }
        Error::DuplicateMappingKey { .. } => "the key is there twice".to_owned(),
        Error::MultipleDocuments { .. } => "there is a second document".to_owned(),
        Error::Eof { .. }
        | Error::Message { .. }
        | Error::ExternalMessage { .. }
        | Error::ContainerEndMismatch { .. }
        | Error::IndentationError { .. } => {
            "it is not valid YAML: look at indentation (blanks, no tabs), brackets and quotes".to_owned()
        }
        _ => key_at(text, line).map_or_else(|| "keys with values are wanted".to_owned(), wants),
    };
    (place, cause)
}

/// The key that a line belongs to: the last one at the beginning of a line until there.
fn key_at(text: &str, line: usize) -> Option<&str> {
    let keys = text.lines().take(line).filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()));
    keys.filter_map(|line| line.split_once(':')).map(|(key, _)| key.trim_end()).last()
}

/// The place of a key's line.
fn place_of(text: &str, key: &str) -> String {
    let line =
        text.lines().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')));
    line.map_or_else(String::new, |line| format!(":{}:1", line + 1))
}

#[cfg(test)]
mod mutated;
#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, place: &str, cause: &str) {
        let (at, what) = File::parse(text).unwrap_err();
        assert!(at.starts_with(place) && what.contains(cause), "{text:?}: {at} {what}");
        let library = ["Options", "from_str", "serde", "at line", "DuplicateKeyPolicy", "sequence start"];
        assert!(!library.iter().any(|word| what.contains(word)), "{what}");
    }

    #[test]
    fn every_mistake_has_its_place_and_plain_words() {
        check("role: Audit\nregoins: [us-east-1]\n", ":2:1", "unknown key `regoins`; did you mean `regions`?");
        check("zzz: 1\n", ":1:1", "unknown key `zzz`");
        check("role: Audit\nregions: {a: b}\n", ":2:", "`regions` wants a list, such as [eu-central-1");
        check("regions: us-east-1\n", ":1:", "`regions` wants a list");
        check("role: a\nrole: b\n", ":2:1", "twice");
        check("role: a\n---\nrole: b\n", "", "second document");
        check("regions:\n\t- us-east-1\n", ":2:", "no tabs");
        check("regions: [us-east-1\n", ":", "not valid YAML");
        check("- a\n- b\n", ":1:", "keys with values are wanted");
        check("role: x\nfail_on: hihg\n", ":2:1", "`fail_on` wants critical, high, medium or low");
        check("min_coverage: 101\n", ":1:1", "`min_coverage` wants a number from 0 to 100");
        check("min_coverage: most\n", ":1:", "`min_coverage` wants a number from 0 to 100");
        check("no_global: perhaps\n", ":1:", "`no_global` wants true or false");
        check("retention: 90\n", ":1:", "`retention` wants a map");
        check("retention: { nights: 0 }\n", ":1:1", "`retention` wants a map");
        check("retention: { night: 90 }\n", ":1:", "unknown key `night`; did you mean `nights`?");
        check("min_free_mib: much\n", ":1:", "`min_free_mib` wants a number");
        check("http: here\n", ":1:", "`http` wants an address");
        check("agent: 7\n", ":1:", "`agent` wants true or false");
        check("agents: 7\n", ":1:", "`agents` wants a map");
        check("agents: { join: { aws_rols: [] } }\n", ":1:", "unknown key `aws_rols`; did you mean `aws_roles`?");
        let role = "agents:\n  join:\n    aws_roles:\n      - { account: \"111122223333\", role: A, ";
        check(&format!("{role}own_acount: true }}\n"), ":4:", "unknown key `own_acount`; did you mean `own_account`?");
        check(&format!("{role}regions: [Europe!] }}\n"), ":1:1", "`agents.join.aws_roles`, entry 1: `regions`");
        check("schedules: nightly\n", ":1:", "`schedules` wants a list");
        check("schedules:\n  - name: a\n    crom: x\n", ":3:", "unknown key `crom`; did you mean `cron`?");
        check("schedules:\n  - name: a\n    cron: 0 2 31 2 *\n", ":3:5", "schedule `a`, `cron`, column 5: ");
        let zone = "schedules:\n  - name: a\n    cron: '@daily'\n    time_zone: Zurich\n";
        check(zone, ":4:5", "did you mean `Europe/Zurich`?");
        check("keep_reports: 0\n", ":1:1", "`keep_reports` wants a number from 1 on");
    }

    /// Whether an editor that has the schema takes it.
    fn is_taken(text: &str) -> bool {
        let schema = jsonschema::draft202012::new(&crate::documents::DOCUMENT.schema()).unwrap();
        serde_saphyr::from_str::<serde_json::Value>(text).is_ok_and(|document| schema.is_valid(&document))
    }

    #[test]
    fn the_schema_refuses_what_is_refused() {
        for wrong in [
            "regoins: [us-east-1]",
            "regions: {a: b}",
            "regions: us-east-1",
            "fail_on: hihg",
            "min_coverage: 101",
            "min_coverage: most",
            "no_global: perhaps",
            "keep_reports: 0",
            "retention: 90",
            "retention: { night: 90 }",
            "min_free_mib: much",
            "settings: { x: 1 }",
            "agents: { join: { aws_rols: [] } }",
            "agents: { join: { aws_roles: [{ account: \"111122223333\", role: A, own: true }] } }",
            "- a",
        ] {
            assert!(File::parse(wrong).is_err() && !is_taken(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_key_is_known() {
        for key in CONFIGURATION.names() {
            let problem = File::parse(&format!("{key}: ~\n")).err().map(|(_, cause)| cause).unwrap_or_default();
            assert!(!problem.contains("unknown key"), "{key}");
        }
    }

    /// What is for a coordinator that runs by itself is read where that is; until the table has a key, its block is left
    /// out here.
    #[test]
    fn the_example_that_is_handed_out_is_read() {
        let example = include_str!("../../../deploy/plumbline.example.yaml");
        let is_key = |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic());
        let mut known = String::new();
        let mut is_read = true;
        for line in example.lines() {
            if is_key(line) {
                let key = line.split(':').next().unwrap_or_default();
                is_read = CONFIGURATION.names().any(|name| name == key);
                assert!(is_read || ["listen", "http", "schedules"].contains(&key), "unknown key `{key}`");
            }
            if is_read {
                known.push_str(line);
                known.push('\n');
            }
        }
        let file = File::parse(&known).unwrap();
        assert!(is_taken(&known));
        assert_eq!(file.role.as_deref(), Some("PlumblineAudit"));
        // What is commented out is right as well: without its `#` it is a key that there is.
        let offered = example.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| is_key(line));
        let offered: Vec<&str> = offered.filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect();
        assert!(
            offered.len() > 5 && offered.iter().all(|key| CONFIGURATION.names().any(|name| name == *key)),
            "{offered:?}"
        );
    }

    #[test]
    fn what_editors_add_changes_nothing() {
        for text in ["\u{feff}regions: [us-east-1]\n", "regions:\r\n  - us-east-1\r\n"] {
            assert_eq!(File::parse(text).unwrap().regions, ["us-east-1"], "{text:?}");
        }
        assert!(File::parse("# nothing yet\n\n").unwrap().role.is_none());
    }

    #[test]
    fn the_example_of_the_documentation_has_every_key() {
        let page = include_str!("../../../docs/operations.md");
        let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let file = File::parse(example).unwrap();
        assert!(is_taken(example));
        for key in CONFIGURATION.names() {
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
    fn settings_of_controls_are_documents() {
        let file =
            File::parse("settings:\n  tags-required: { tags: [owner, cost-centre] }\n  x: { days: 30 }\n").unwrap();
        assert_eq!(file.settings["x"]["days"], Doc::Int(30));
        assert_eq!(file.settings["tags-required"]["tags"].as_list().map(<[Doc]>::len), Some(2));
    }
}
