//! The keys of the configuration file: the options of `scan` with `_` for `-`, and what only a file can say. The schema
//! for editors comes from here, too.

use plumbline_baseline::Severity;
use plumbline_baseline::keys::{Document, Form, Key, Places, Table};
use plumbline_schedule::spec::{OnVanishedAccounts, Report};

/// The configuration as a kind of file.
pub(crate) static DOCUMENT: Document = Document {
    name: "configuration",
    title: "The configuration of Plumbline: the file that `--config` names",
    form: &Form::Table(&CONFIGURATION),
    places: Places::Kept,
};

const TEXTS: Form = Form::List(&Form::Text);

/// Which scans are kept.
pub(crate) static RETENTION: Table = Table::new(
    "the retention",
    &[
        Key::new("nights", COUNT, "All scans of the last so many days that have a complete one: a number."),
        Key::new("weeks", COUNT, "The best and latest scan of each of the last so many weeks: a number."),
        Key::new("months", COUNT, "The best and latest scan of each of the last so many months: a number."),
        Key::new(
            "volatile_nights",
            COUNT,
            "For so many of these days, what changes by itself (times of last use, sizes) is kept, too: a number.",
        ),
    ],
);

/// What a schedule scans.
static SCOPE: Table = Table::new(
    "the scope",
    &[
        Key::new("accounts", TEXTS, "The only accounts to scan: a list of account ids in quotes, or of files of them."),
        Key::new(
            "exclude_accounts",
            TEXTS,
            "Accounts not to scan: a list of account ids in quotes, or of files of them.",
        ),
        Key::new("ou", TEXTS, "The only organizational units to scan: a list of ids or paths."),
        Key::new("exclude_ou", TEXTS, "Organizational units not to scan: a list of ids or paths."),
        Key::new("regions", TEXTS, "The only Regions to scan: a list."),
        Key::new("exclude_regions", TEXTS, "Regions not to scan: a list."),
        Key::new("no_global", Form::Flag, "Whether what belongs to an account as a whole is left out: true or false."),
        Key::new("controls", TEXTS, "The only controls to check: a list of ids."),
        Key::new("exclude_controls", TEXTS, "Controls not to check: a list of ids."),
    ],
);

/// What starts by itself.
static SCHEDULE: Table = Table::new(
    "a schedule",
    &[
        Key::new("name", Form::Text, "What it is called: small letters, digits, `-` and `_`.").needed(),
        Key::new("cron", Form::Text, "When it fires: five fields, or @hourly, @daily, @weekly, @monthly.").needed(),
        Key::new(
            "time_zone",
            Form::Text,
            "In which zone, UTC without it: a name of the IANA database, such as Europe/Zurich.",
        ),
        Key::new("scope", Form::Table(&SCOPE), "What is scanned, all that the configuration says without it: a map."),
        Key::new(
            "deadline",
            Form::Text,
            "When the rest is given up and what is there is reported: a length of time, such as 6h.",
        ),
        Key::new("window", Form::Text, "How late a fire may be started, 6h without it: a length of time."),
        Key::new(
            "reports",
            Form::List(&Form::OneOf(|| Report::ALL.map(Report::as_str).to_vec())),
            "Which reports are written, all of them without it: a list of html, csv, ndjson, roadmap and summary.",
        ),
        Key::new(
            "on_vanished_accounts",
            Form::OneOf(|| OnVanishedAccounts::ALL.map(OnVanishedAccounts::as_str).to_vec()),
            "What to do when more than a tenth of the accounts are gone: stop or go_on.",
        ),
    ],
);

/// A role at AWS by which agents join.
pub(crate) static AWS_ROLE: Table = Table::new(
    "a role",
    &[
        Key::new("account", Form::Text, "The account of the role: an id in quotes.").needed(),
        Key::new("role", Form::Text, "The role: its name, without a path.").needed(),
        Key::new(
            "own_account",
            Form::Flag,
            "Whether such an agent works for the account of the role alone: true or false.",
        ),
        Key::new("accounts", TEXTS, "The only accounts that such an agent works for: a list of account ids in quotes."),
        Key::new(
            "regions",
            TEXTS,
            "The only Regions that such an agent works in: a list, such as [eu-central-1, aws-global].",
        ),
        Key::new(
            "units",
            TEXTS,
            "The only organizational units for whose accounts such an agent works: a list of ids, such as [ou-abcd-12345678].",
        ),
    ],
);

/// How agents join but by tokens.
pub(crate) static JOIN: Table = Table::new(
    "the ways to join",
    &[Key::new(
        "aws_roles",
        Form::List(&Form::Table(&AWS_ROLE)),
        "Whoever runs under one of these roles at AWS joins without a token: a list of maps, such as [{ account: \"111122223333\", role: PlumblineAgent }].",
    )],
);

/// What is for all agents.
pub(crate) static AGENTS: Table = Table::new(
    "what is for all agents",
    &[Key::new("join", Form::Table(&JOIN), "How they join but by tokens: a map with `aws_roles`.")],
);

const COUNT: Form = Form::Whole { min: 0, max: u32::MAX as i64 };

/// The keys.
pub(crate) static CONFIGURATION: Table = Table::new(
    "the configuration",
    &[
        Key::new("data_dir", Form::Text, "Where results are kept: a path."),
        Key::new(
            "accounts",
            TEXTS,
            "The only accounts to scan, all of them without it: a list of account ids in quotes, such as [\"111111111111\"], or of files of them, such as [\"@accounts.txt\"].",
        ),
        Key::new(
            "exclude_accounts",
            TEXTS,
            "Accounts not to scan: a list of account ids in quotes, such as [\"111111111111\"], or of files of them.",
        ),
        Key::new(
            "ou",
            TEXTS,
            "The only organizational units to scan: a list of ids or paths, such as [Root/Workloads].",
        ),
        Key::new(
            "exclude_ou",
            TEXTS,
            "Organizational units not to scan: a list of ids or paths, such as [Root/Workloads/Sandbox].",
        ),
        Key::new(
            "regions",
            TEXTS,
            "The only Regions to scan, all enabled ones without it: a list, such as [eu-central-1, us-east-1].",
        ),
        Key::new("exclude_regions", TEXTS, "Regions not to scan: a list, such as [me-south-1]."),
        Key::new(
            "no_global",
            Form::Flag,
            "Whether what belongs to an account as a whole, such as IAM, is left out: true or false.",
        ),
        Key::new(
            "no_documents",
            Form::Flag,
            "Whether documents of resources stay in the accounts, and the store has verdicts alone: true or false.",
        ),
        Key::new("controls", TEXTS, "The only controls to check: a list of ids, such as [\"s3-*\"]."),
        Key::new("exclude_controls", TEXTS, "Controls not to check: a list of ids, such as [\"s3-*\"]."),
        Key::new("pack", TEXTS, "Packs of controls of your own: a list of directories."),
        Key::new("governance", Form::Text, "Baselines, exceptions, attestations and owners as code: a directory."),
        Key::new("role", Form::Text, "What is assumed in member accounts: the name of a role."),
        Key::new(
            "roles",
            Form::Map(&Form::Text),
            "What is assumed in single accounts instead: roles by account id in quotes, such as { \"111111111111\": Auditor }.",
        ),
        Key::new("external_id", Form::Text, "What the role's trust policy asks for: a text."),
        Key::new("endpoint_url", Form::Text, "An emulator instead of AWS: a URL."),
        Key::new(
            "fail_on",
            Form::OneOf(|| Severity::ALL.map(Severity::as_str).to_vec()),
            "The severity from which findings end a scan with 4: critical, high, medium or low.",
        ),
        Key::new(
            "min_coverage",
            Form::Percent,
            "The share of checks, in percent, below which a scan ends with 3: a number from 0 to 100.",
        ),
        Key::new(
            "keep_reports",
            Form::Whole { min: 1, max: u32::MAX as i64 },
            "How many scans' reports stay in the data directory: a number from 1 on.",
        ),
        Key::new(
            "retention",
            Form::Table(&RETENTION),
            "Which scans stay in the store, all of them without it: a map, such as { nights: 90, weeks: 52, months: 36 }.",
        ),
        Key::new(
            "min_free_mib",
            Form::Whole { min: 0, max: i64::MAX },
            "The free space, in MiB, below which no new job is given out: a number, 0 for none.",
        ),
        Key::new(
            "frameworks",
            TEXTS,
            "What reports are held against: a list of ids, such as [aws-fsbp, \"cis-aws-foundations:3.0.0\"].",
        ),
        Key::new("output", Form::Text, "Where reports go: a path."),
        Key::new(
            "listen",
            Form::Text,
            "Where agents connect to the coordinator: an address and port, such as 127.0.0.1:7443.",
        ),
        Key::new(
            "http",
            Form::Text,
            "Where the coordinator answers for its health and its metrics: an address and port, such as 127.0.0.1:9464.",
        ),
        Key::new("agent", Form::Flag, "Whether the coordinator runs an agent in its own process: true or false."),
        Key::new(
            "agents",
            Form::Table(&AGENTS),
            "Who becomes an agent without a token: a map, such as { join: { aws_roles: [{ account: \"111122223333\", role: PlumblineAgent }] } }.",
        ),
        Key::new(
            "schedules",
            Form::List(&Form::Table(&SCHEDULE)),
            "What the coordinator scans by itself: a list of maps, such as [{ name: nightly, cron: \"0 2 * * *\" }].",
        ),
        Key::new(
            "settings",
            Form::Map(&Form::Map(&Form::Any)),
            "What controls are decided with: parameters by control id, such as { iam-access-key-rotated: { max_age_days: 60 } }.",
        ),
    ],
);

/// What a key wants, in words: what its description says after the colon.
pub(crate) fn wants(key: &str) -> String {
    let known = CONFIGURATION.keys.iter().find(|each| each.name == key);
    let what = known.and_then(|key| key.says.split_once(": ")).map(|(_, what)| what.trim_end_matches('.'));
    what.map_or_else(|| "keys with values are wanted".to_owned(), |what| format!("`{key}` wants {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_for_editors_is_the_checked_in_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/configuration.schema.json");
        let made = DOCUMENT.text();
        if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(found == made, "run PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline schema");
    }

    #[test]
    fn every_key_says_what_it_wants() {
        for key in CONFIGURATION.names() {
            assert!(wants(key).starts_with(&format!("`{key}` wants ")), "{key}");
        }
    }
}
