//! What can be said of what becomes of a result, and of a demonstration, which has one too.

use std::path::PathBuf;

use clap::Args;
use plumbline_baseline::Severity;

use super::GovernanceOptions;

/// What becomes of the result.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ResultOptions {
    /// Exit with 4 when a finding is at least this severe: critical, high, medium or low.
    #[arg(long, env = "PLUMBLINE_FAIL_ON", value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Exit with 3 only when less than this share of the checks could be read [default: 100].
    #[arg(long, env = "PLUMBLINE_MIN_COVERAGE", value_name = "PERCENT", value_parser = percent)]
    pub(crate) min_coverage: Option<f64>,
    /// Where report.html, findings.csv, findings.ndjson, roadmap.ndjson and summary.json go [default: <data-dir>/reports/<scan>].
    #[arg(long, env = "PLUMBLINE_OUTPUT", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Frameworks that the reports hold the scan against: ids, and ids with a version (cis-aws-foundations:3.0.0) [default:
    /// the newest version of each].
    #[arg(long, env = "PLUMBLINE_FRAMEWORKS", value_delimiter = ',', value_name = "FRAMEWORK,…")]
    pub(crate) frameworks: Vec<String>,
    /// How many scans' reports stay in <data-dir>/reports; the store keeps all scans [default: 3].
    #[arg(long, env = "PLUMBLINE_KEEP_REPORTS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep_reports: Option<u32>,
}

/// A share in percent, with or without its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number: Result<f64, _> = text.trim().trim_end_matches('%').trim_end().parse();
    number
        .ok()
        .filter(|share| (0.0..=100.0).contains(share))
        .ok_or_else(|| "a number from 0 to 100 is wanted".to_owned())
}

/// `demo`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many accounts the simulated organization has.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub(crate) accounts: u32,
    /// Seed of the simulated organization: the same seed, the same findings.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub(crate) seed: u64,
    /// Exit with 4 when a finding is at least this severe: critical, high, medium or low.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Exit with 3 when less than this share of the checks could be read [default: 0].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) min_coverage: Option<f64>,
    /// Where the reports go [default: <data-dir>/reports/<scan>].
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
}
