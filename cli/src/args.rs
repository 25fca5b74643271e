//! The command line: what can be said, with examples. Must not do anything.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use plumbline_baseline::{Severity, Status};

use crate::exit;

/// Holds an AWS organization against a written baseline, and says where each account stands.
#[derive(Debug, Parser)]
#[command(name = "plumbline", version, after_help = exit::HELP, max_term_width = 110)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where results are kept [default: $XDG_DATA_HOME/plumbline, or ~/.local/share/plumbline].
    #[arg(long, global = true, env = "PLUMBLINE_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Say more on standard error; repeat for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Reads the command line and the environment.
///
/// # Errors
/// What the parser has to say: what is wrong, or the help that was asked for.
pub(crate) fn parse() -> Result<Arguments, clap::Error> {
    let matches = without_empty_variables(Arguments::command()).try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}

/// No variable can have this name.
const NEVER_SET: &str = "=";

/// A variable that a pipeline left empty is not set. `clap` can be given another variable, and cannot be told to forget one.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty());
    command
        .mut_args(|option| match option.get_env() {
            Some(name) if is_empty(name) => option.env(NEVER_SET).hide_env(true),
            _ => option,
        })
        .mut_subcommands(without_empty_variables)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan the organization (or the account) of the credentials at hand, and report.
    #[command(after_help = "\
Examples:
  plumbline scan                                      everything that the credentials lead to
  plumbline scan --accounts 111111111111,222222222222 --regions eu-central-1,us-east-1
  plumbline scan --ou Root/Workloads --controls 's3-*,iam-root-*' --fail-on high
  plumbline scan --config plumbline.yaml --output ./report")]
    Scan(ScanArgs),
    /// Scan a simulated organization: no AWS account needed.
    #[command(after_help = "Examples:\n  plumbline demo\n  plumbline demo --accounts 40 --output ./demo-report")]
    Demo(DemoArgs),
    /// Show what a scan would do (accounts, Regions, jobs, calls) before anything is called in member accounts.
    #[command(after_help = "Examples:\n  plumbline plan\n  plumbline plan --ou Root/Workloads --controls 's3-*'")]
    Plan(ScanOptions),
    /// Run the coordinator of one scan; agents connect to it.
    #[command(after_help = "\
Examples:
  plumbline coordinator --listen 127.0.0.1:7443
  plumbline agent --coordinator http://127.0.0.1:7443      (in another terminal)")]
    Coordinator(CoordinatorArgs),
    /// Run an agent: lease jobs from a coordinator, collect, evaluate, deliver.
    #[command(after_help = "Examples:\n  plumbline agent --coordinator http://127.0.0.1:7443 --capacity 8")]
    Agent(AgentArgs),
    /// Print the findings of a scan, filtered.
    #[command(after_help = "\
Examples:
  plumbline findings --status fail --severity high
  plumbline findings --account 111111111111 --control 's3-*' --format csv
  plumbline findings --status unknown --format ndjson | jq .reason")]
    Findings(FindingsArgs),
    /// Render the report of a scan.
    #[command(after_help = "\
Examples:
  plumbline report
  plumbline report --format html --output report.html
  plumbline report --scan 01JD2Q... --format ndjson > findings.ndjson")]
    Report(ReportArgs),
    /// Print resource documents as the controls see them, secrets redacted, as NDJSON.
    #[command(after_help = "\
Examples:
  plumbline snapshot --region eu-central-1 --type AWS::S3::Bucket > buckets.ndjson
  plumbline snapshot --account 111111111111 --region aws-global")]
    Snapshot(SnapshotArgs),
    /// List, show, check and try controls.
    #[command(subcommand)]
    Controls(ControlsCommand),
    /// Print the least-privilege IAM policy that the enabled controls need.
    #[command(after_help = "Examples:\n  plumbline policy > policy.json\n  plumbline policy --controls 's3-*'")]
    Policy(PolicyArgs),
    /// Print shell completions.
    #[command(
        after_help = "Examples:\n  plumbline completions bash > ~/.local/share/bash-completion/completions/plumbline"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What is scanned, and how. Also keys of the configuration file, with `_` for `-`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScanOptions {
    /// Configuration file (YAML); flags and PLUMBLINE_* variables win over it.
    #[arg(long, env = "PLUMBLINE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only these accounts.
    #[arg(long, env = "PLUMBLINE_ACCOUNTS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Only accounts below these organizational units (id, or path such as Root/Workloads).
    #[arg(long, env = "PLUMBLINE_OU", value_delimiter = ',', value_name = "OU,…")]
    pub(crate) ou: Vec<String>,
    /// Only these Regions; `aws-global` names what belongs to no Region [default: all enabled ones].
    #[arg(long, env = "PLUMBLINE_REGIONS", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Only these controls; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// Directories with controls and collectors that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    /// Role to assume in member accounts [default: PlumblineAudit].
    #[arg(long, env = "PLUMBLINE_ROLE", value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// External id that the role's trust policy asks for.
    #[arg(long, env = "PLUMBLINE_EXTERNAL_ID", value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Call this endpoint instead of AWS (an emulator); AWS_ENDPOINT_URL[_<SERVICE>] works as well.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

/// `scan`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) options: ScanOptions,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
}

/// What becomes of the result.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ResultOptions {
    /// Exit with 4 when a finding is at least this severe: critical, high, medium or low.
    #[arg(long, env = "PLUMBLINE_FAIL_ON", value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Where report.html, findings.csv and findings.ndjson go [default: <data-dir>/reports/<scan>].
    #[arg(long, env = "PLUMBLINE_OUTPUT", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
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
    #[command(flatten)]
    pub(crate) result: ResultOptions,
}

/// `coordinator`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CoordinatorArgs {
    /// Where agents connect. Only loopback addresses: there is no TLS yet.
    #[arg(long, default_value = "127.0.0.1:7443", value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

/// `agent`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AgentArgs {
    /// The coordinator.
    #[arg(long, env = "PLUMBLINE_COORDINATOR", default_value = "http://127.0.0.1:7443", value_name = "URL")]
    pub(crate) coordinator: String,
    /// Jobs at a time.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) capacity: u32,
    /// Directories with controls and collectors, the same as the coordinator's.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    /// Call this endpoint instead of AWS (an emulator).
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

/// Formats of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// For people.
    Table,
    /// For spreadsheets.
    Csv,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// Formats of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For the terminal.
    Table,
    /// One self-contained page.
    Html,
    /// For spreadsheets.
    Csv,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// `findings`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FindingsArgs {
    /// Only these statuses: PASS, FAIL, UNKNOWN, NOT_APPLICABLE, MANUAL [default: FAIL].
    #[arg(long, value_delimiter = ',', value_name = "STATUS,…")]
    pub(crate) status: Vec<Status>,
    /// Only at least this severe: critical, high, medium or low.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,
    /// Only these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) account: Vec<String>,
    /// Only these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) control: Vec<String>,
    /// Only these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) region: Vec<String>,
    /// Only accounts at or below these OU paths.
    #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
    pub(crate) ou: Vec<String>,
    /// Only resources whose ARN matches; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ARN,…")]
    pub(crate) resource: Vec<String>,
    /// The scan [default: the latest].
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RowFormat,
    /// Directories with controls, for titles and severities of custom controls.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// `report`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// How to render.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ReportFormat,
    /// A file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The scan [default: the latest].
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    /// Directories with controls, for the documentation of custom controls.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// `snapshot`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The account [default: the one of the credentials].
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// The Region, or aws-global [default: the Region of the environment].
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Only this resource type.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) resource_type: Option<String>,
    #[command(flatten)]
    pub(crate) access: AccessOptions,
}

/// How member accounts are entered, where no whole scan is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct AccessOptions {
    /// Role to assume in another account [default: PlumblineAudit].
    #[arg(long, env = "PLUMBLINE_ROLE", value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// External id that the role's trust policy asks for.
    #[arg(long, env = "PLUMBLINE_EXTERNAL_ID", value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Directories with controls and collectors.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    /// Call this endpoint instead of AWS (an emulator).
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

/// `controls`.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlsCommand {
    /// List the controls.
    #[command(after_help = "Examples:\n  plumbline controls list\n  plumbline controls list 's3-*' --format ndjson")]
    List {
        /// Only ids that match; `*` matches any text.
        ids: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: RowFormat,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Show everything about one control: why, how to put it right, what decides it, examples.
    #[command(after_help = "Examples:\n  plumbline controls show s3-bucket-tls-only")]
    Show {
        /// The control.
        id: String,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Check controls and collectors: every problem with file, line and column.
    #[command(after_help = "Examples:\n  plumbline controls lint --pack ./my-controls")]
    Lint {
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Run the cases of controls.
    #[command(
        after_help = "Examples:\n  plumbline controls test\n  plumbline controls test 'my-*' --pack ./my-controls"
    )]
    Test {
        /// Only ids that match; `*` matches any text.
        ids: Vec<String>,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Evaluate a control file against a saved snapshot, and show verdict and evidence.
    #[command(after_help = "\
Examples:
  plumbline snapshot --type AWS::S3::Bucket > buckets.ndjson
  plumbline controls try my-control.yaml --snapshot buckets.ndjson")]
    Try {
        /// The control file.
        file: PathBuf,
        /// What `plumbline snapshot` printed.
        #[arg(long, value_name = "FILE")]
        snapshot: PathBuf,
        #[command(flatten)]
        pack: PackOptions,
    },
}

/// Where controls come from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PackOptions {
    /// Directories with controls and collectors that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// `policy`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Only what these controls need; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command) {
            for each in command.get_subcommands() {
                let help = each.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(each.has_subcommands() || help.contains("Examples:\n"), "{}", each.get_name());
                check(each);
            }
        }
        check(&Arguments::command());
    }

    #[test]
    fn every_scan_option_is_a_key_of_the_configuration_too() {
        let keys = crate::config::KEYS;
        let command = Arguments::command();
        let scan = command.get_subcommands().find(|each| each.get_name() == "scan").unwrap();
        for option in scan.get_arguments().filter(|option| option.get_id() != "config" && option.get_id() != "help") {
            assert!(keys.contains(&option.get_id().as_str()), "{}", option.get_id());
        }
    }
}
