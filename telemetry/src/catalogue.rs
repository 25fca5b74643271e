//! Every metric there is. `docs/metrics.md` is made of it, and the alert rules and the dashboard in
//! `deploy/observability/` are held against it.
//!
//! Each says what it is and, for somebody who is woken by it, where to look.

use crate::metric::{Counter, Definition, Gauge, Histogram, Label, Unit, Values};

const SERVICE: Label =
    Label { name: "service", values: Values::AtMost(96, "an AWS service, as its endpoint names it") };
/// `schedule::spec::MOST_SCHEDULES` is the same.
const SCHEDULE: Label = Label { name: "schedule", values: Values::AtMost(64, "a schedule of the configuration") };

/// How long a commit may take, from an SSD to a disk that is in trouble.
const COMMIT_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The release.
pub static BUILD: Gauge<1> = Gauge::new(
    "plumbline_build_info",
    Unit::One,
    &[Label { name: "version", values: Values::AtMost(1, "the release") }],
    ["Which release runs: 1.", "Whether all agents and the coordinator are of one release."],
);

/// Jobs of the scans that run.
pub static JOBS: Gauge<1> = Gauge::new(
    "plumbline_jobs",
    Unit::One,
    &[Label { name: "state", values: Values::OneOf(&["waiting", "leased", "committed", "given_up"]) }],
    [
        "Jobs of the scans that run, by state.",
        "`waiting` that does not fall with agents connected: `plumbline scans show` has the slowest, and which agents. `given_up` after three attempts: `plumbline scans show` says why, and it may need a person.",
    ],
);

/// Jobs that were on an agent's disk.
pub static JOBS_FROM_DISK: Counter<0> = Counter::new(
    "plumbline_jobs_from_disk_total",
    &[],
    [
        "Jobs that agents had found out and kept on disk when they were started again, and deliver without a call.",
        "Each is a job of an agent that was killed: its log, and how much memory it has.",
    ],
);

/// Agents.
pub static AGENTS: Gauge<1> = Gauge::new(
    "plumbline_agents",
    Unit::One,
    &[Label { name: "state", values: Values::OneOf(&["connected", "draining", "lost"]) }],
    [
        "Agents that were there since the coordinator started, by state.",
        "The coordinator's log: which are lost, and since when; then the log of one of them.",
    ],
);

/// Scans that run.
pub static SCANS_RUNNING: Gauge<0> =
    Gauge::new("plumbline_scans_running", Unit::One, &[], ["Scans that run.", "`plumbline scans`."]);

/// Scans that ended.
pub static SCANS: Counter<1> = Counter::new(
    "plumbline_scans_total",
    &[Label { name: "outcome", values: Values::OneOf(&["complete", "incomplete", "stopped", "failed"]) }],
    ["Scans that ended, by how.", "`plumbline scans show`: caveats and gaps stand at the top."],
);

/// When a scan was complete last.
pub static LAST_COMPLETE_SCAN: Gauge<0> = Gauge::new(
    "plumbline_last_complete_scan_timestamp_seconds",
    Unit::Seconds,
    &[],
    [
        "When the last scan ended in which everything was read, in seconds since 1970.",
        "`plumbline scans`: what the scans since then left out.",
    ],
);

/// When a scan ended last, whatever it read.
pub static LAST_SCAN: Gauge<0> = Gauge::new(
    "plumbline_last_scan_timestamp_seconds",
    Unit::Seconds,
    &[],
    [
        "When the last scan ended, in seconds since 1970.",
        "`plumbline_schedule_fires_total`: what was started, missed or skipped.",
    ],
);

/// How long the last scan took.
pub static LAST_SCAN_SECONDS: Gauge<0> = Gauge::new(
    "plumbline_last_scan_duration_seconds",
    Unit::Seconds,
    &[],
    ["How long the last scan took.", "`plumbline scans show`: the slowest jobs."],
);

/// What the last scan could read.
pub static COVERAGE: Gauge<0> = Gauge::new(
    "plumbline_last_scan_coverage_ratio",
    Unit::One,
    &[],
    [
        "Share of the checks of the last scan that could be read, from 0 to 1.",
        "`plumbline findings --status unknown`: by reason.",
    ],
);

/// Rows that were stored.
pub static SCAN_ROWS: Counter<1> = Counter::new(
    "plumbline_scan_rows_total",
    &[Label { name: "status", values: Values::OneOf(&["pass", "fail", "unknown", "not_applicable", "manual"]) }],
    ["Rows that jobs committed, by status.", "A rise of `unknown`: `plumbline findings --status unknown`."],
);

/// Accounts of the last plan.
pub static ACCOUNTS: Gauge<0> = Gauge::new(
    "plumbline_accounts",
    Unit::One,
    &[],
    ["Accounts that the last scan planned.", "A fall: the caller may have lost sight of the organization."],
);

/// Accounts that could not be entered.
pub static UNREACHABLE: Gauge<0> = Gauge::new(
    "plumbline_accounts_unreachable",
    Unit::One,
    &[],
    [
        "Accounts of the last scan that let no job in.",
        "`plumbline findings --controls org-accounts-scanned`: the role, or its trust policy.",
    ],
);

/// Calls of AWS.
pub static AWS_CALLS: Counter<2> = Counter::new(
    "plumbline_aws_calls_total",
    &[
        SERVICE,
        Label { name: "outcome", values: Values::OneOf(&["ok", "denied", "throttled", "absent", "failed", "unsent"]) },
    ],
    [
        "Calls of AWS that ended, by service and how, retries included.",
        "`denied`: the role's policy is older than the pack (`plumbline policy`). `unsent`: the network, or DNS.",
    ],
);

/// Answers that told to slow down.
pub static AWS_THROTTLES: Counter<1> = Counter::new(
    "plumbline_aws_throttles_total",
    &[SERVICE],
    [
        "Attempts that AWS answered by asking for fewer.",
        "Who else calls that service in these accounts; calls slow down by themselves.",
    ],
);

/// Leases that ran out.
pub static LEASES_EXPIRED: Counter<0> = Counter::new(
    "plumbline_lease_expired_total",
    &[],
    [
        "Leases that ended because their agent was not heard of.",
        "The coordinator's log names them: agents that die (memory), or a network between.",
    ],
);

/// Uploads that were refused.
pub static UPLOADS_REFUSED: Counter<1> = Counter::new(
    "plumbline_uploads_refused_total",
    &[Label { name: "reason", values: Values::OneOf(&["fence", "identity", "form", "size"]) }],
    [
        "Uploads that the coordinator refused, by reason.",
        "`fence` is an agent that came back late, and harmless. `identity`: an agent sent rows that are not its job's; the coordinator's log names it.",
    ],
);

/// Commits of the store.
pub static STORE_COMMIT: Histogram<0> = Histogram::new(
    "plumbline_store_commit_seconds",
    &COMMIT_SECONDS,
    &[],
    [
        "How long commits of the store took, until they were on disk.",
        "The disk: its queue, its credits. Everything waits for it.",
    ],
);

/// The store's file.
pub static STORE_BYTES: Gauge<0> = Gauge::new(
    "plumbline_store_bytes",
    Unit::Bytes,
    &[],
    ["Size of the store's file.", "`retention` in the configuration, then `plumbline store compact`."],
);

/// Room on its disk.
pub static FREE_BYTES: Gauge<0> = Gauge::new(
    "plumbline_free_bytes",
    Unit::Bytes,
    &[],
    ["Free space where the store lies.", "Below `min_free_mib` no new job is given out: make room, and it goes on."],
);

/// What became of fires.
pub static SCHEDULE_FIRES: Counter<2> = Counter::new(
    "plumbline_schedule_fires_total",
    &[
        SCHEDULE,
        Label {
            name: "outcome",
            values: Values::OneOf(&["begins", "started", "missed", "skipped", "paused", "refused"]),
        },
    ],
    [
        "Fires of schedules, by what became of them.",
        "`missed`: the coordinator was down for longer than the window. `skipped`: the scan before has not ended. `refused`: `plumbline schedules` says why.",
    ],
);

/// A record from the future.
pub static SCHEDULE_AHEAD: Gauge<1> = Gauge::new(
    "plumbline_schedule_ahead_seconds",
    Unit::Seconds,
    &[SCHEDULE],
    [
        "How far the last fire on record lies in the future: until then the schedule starts nothing.",
        "The machine's clock was wrong, or is.",
    ],
);

/// Until when certificates are good.
pub static CERTIFICATE: Gauge<1> = Gauge::new(
    "plumbline_certificate_expiry_timestamp_seconds",
    Unit::Seconds,
    &[Label { name: "of", values: Values::OneOf(&["ca", "coordinator"]) }],
    [
        "When the certificate ends, in seconds since 1970.",
        "The coordinator renews its own at half of its life: its log says why not. `ca` is the root; who has agents beyond it begins a new deployment.",
    ],
);

/// Values of labels that were none.
pub static LABELS_REFUSED: Counter<0> = Counter::new(
    "plumbline_labels_refused_total",
    &[],
    [
        "Values of labels that were replaced by `other`: too many of them, or not plain.",
        "A mistake of Plumbline's: please report it.",
    ],
);

/// All of them, in the order of the documentation.
pub static ALL: [&Definition; 24] = [
    LAST_COMPLETE_SCAN.definition(),
    LAST_SCAN.definition(),
    LAST_SCAN_SECONDS.definition(),
    COVERAGE.definition(),
    SCANS.definition(),
    SCANS_RUNNING.definition(),
    SCHEDULE_FIRES.definition(),
    SCHEDULE_AHEAD.definition(),
    SCAN_ROWS.definition(),
    ACCOUNTS.definition(),
    UNREACHABLE.definition(),
    JOBS.definition(),
    AGENTS.definition(),
    JOBS_FROM_DISK.definition(),
    LEASES_EXPIRED.definition(),
    UPLOADS_REFUSED.definition(),
    CERTIFICATE.definition(),
    AWS_CALLS.definition(),
    AWS_THROTTLES.definition(),
    STORE_COMMIT.definition(),
    STORE_BYTES.definition(),
    FREE_BYTES.definition(),
    BUILD.definition(),
    LABELS_REFUSED.definition(),
];
