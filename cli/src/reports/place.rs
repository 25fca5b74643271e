//! Where the reports of a scan go, so that last night's good report stays until a better one takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use plumbline_coordinator::report::{ScanKind, ScanState, ScanSummary};
use serde::Deserialize;

use super::{PAGE, SUMMARY};
use crate::config::Settings;

/// A place for reports.
pub(super) struct Place {
    /// The directory.
    pub(super) directory: PathBuf,
    /// Why it is not the one that was asked for.
    pub(super) notice: Option<String>,
    /// Where directories like it are, and how their names begin; `None` when it has none.
    pub(super) siblings: Option<(PathBuf, &'static str)>,
}

/// How much a report says of an organization. A report never takes the place of one that says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It was not finished.
    Nothing,
    /// A simulated organization.
    Demonstration,
    /// What a selection left.
    Limited,
    /// The whole organization.
    Full,
}

impl Place {
    /// The place for the reports of this scan.
    pub(super) fn of(settings: &Settings, scan: &ScanSummary) -> Self {
        let Some(output) = &settings.output else {
            let all = settings.data_dir.join("reports");
            return Self { directory: all.join(&*scan.scan), notice: None, siblings: Some((all, "")) };
        };
        let (prefix, why) = match worth(scan) {
            Worth::Nothing => ("stopped-", "the scan was not finished"),
            worth if worth >= worth_in(output) => {
                return Self { directory: output.clone(), notice: None, siblings: None };
            }
            Worth::Demonstration => ("demonstration-", "this is a demonstration"),
            Worth::Limited | Worth::Full => {
                ("limited-", "this scan is not of the whole organization, and the report there is")
            }
        };
        Self {
            directory: output.join(format!("{prefix}{}", scan.scan)),
            notice: Some(format!("{} keeps its report: {why}", output.display())),
            siblings: Some((output.clone(), prefix)),
        }
    }
}

fn worth(scan: &ScanSummary) -> Worth {
    match (scan.state, scan.kind) {
        (ScanState::Running | ScanState::Interrupted, _) => Worth::Nothing,
        (ScanState::Complete, ScanKind::Full) => Worth::Full,
        (ScanState::Complete, ScanKind::Demonstration) => Worth::Demonstration,
        (ScanState::Complete, ScanKind::Limited | ScanKind::Partial | ScanKind::Unknown) => Worth::Limited,
    }
}

/// What the report that a directory holds is worth. One without a summary that can be read is taken for a full one.
pub(super) fn worth_in(directory: &Path) -> Worth {
    #[derive(Deserialize)]
    struct Summary {
        kind: String,
        state: String,
    }
    let text = fs::read_to_string(directory.join(SUMMARY));
    match text.ok().and_then(|text| serde_json::from_str::<Summary>(&text).ok()) {
        Some(found) => match (&*found.state, &*found.kind) {
            ("complete", "demonstration") => Worth::Demonstration,
            ("complete", "limited" | "partial") => Worth::Limited,
            ("complete", _) => Worth::Full,
            _ => Worth::Nothing,
        },
        None if directory.join(PAGE).exists() => Worth::Full,
        None => Worth::Nothing,
    }
}
