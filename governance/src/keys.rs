//! The keys of a file of governance. The schema for editors comes from here, too.

use plumbline_baseline::Severity;
use plumbline_baseline::keys::{Document, Form, Key, Places, Rule, Table};

/// A file of governance as a kind of file.
pub static DOCUMENT: Document = Document {
    name: "governance",
    title: "Governance of Plumbline: a file of the folder that `--governance` names",
    form: &Form::Table(&FILE),
    places: Places::Kept,
};

/// Ids are in reports, tickets and command lines.
pub(crate) const ID: &str = "^[A-Za-z0-9][A-Za-z0-9._-]*$";
/// A step of a process.
const STEP: &str = "^[a-z0-9-]+/[a-z0-9-]+$";
const DAY: Form = Form::Matching("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
const DAYS: Form = Form::Whole { min: 1, max: 3_650 };
const TEXTS: Form = Form::OneOrMore(&Form::Text);
const IDS: Form = Form::OneOrMore(&Form::Word);
const TAGS: Form = Form::Map(&Form::OneOrMore(&Form::Word));
const SEVERITY: Form = Form::OneOf(|| Severity::ALL.map(Severity::as_str).to_vec());

/// A file.
pub(crate) static FILE: Table = Table::new(
    "a file of governance",
    &[
        Key::new("settings", Form::Table(&SETTINGS), "What holds for all files of the folder."),
        Key::new("baselines", Form::List(&Form::Table(&BASELINE)), "What is asked of accounts."),
        Key::new("exceptions", Form::List(&Form::Table(&EXCEPTION)), "Findings that are accepted for a time."),
        Key::new("attestations", Form::List(&Form::Table(&ATTESTATION)), "What people confirmed."),
        Key::new("owners", Form::Table(&OWNERS), "Who owns what."),
    ],
);

/// The same as far as the file's own keys go: what they hold is read entry by entry.
pub(crate) static OUTLINE: Table = Table::new(
    "a file of governance",
    &[
        Key::new("settings", Form::Any, ""),
        Key::new("baselines", Form::Any, ""),
        Key::new("exceptions", Form::Any, ""),
        Key::new("attestations", Form::Any, ""),
        Key::new("owners", Form::Any, ""),
    ],
);

/// What holds for all.
pub(crate) static SETTINGS: Table = Table::new(
    "the settings",
    &[
        Key::new(
            "longest_exception",
            Form::Table(&LONGEST),
            "For how many days from its approval a finding is accepted at most, by severity.",
        ),
        Key::new(
            "module_tags",
            TEXTS,
            "Keys of tags that say from which module of infrastructure as code a resource comes.",
        ),
    ],
);

/// Days by severity.
pub(crate) static LONGEST: Table = Table::new(
    "the longest exceptions",
    &[
        Key::new("critical", DAYS, "30 without it."),
        Key::new("high", DAYS, "90 without it."),
        Key::new("medium", DAYS, "180 without it."),
        Key::new("low", DAYS, "365 without it."),
    ],
);

/// A baseline.
pub(crate) static BASELINE: Table = Table::new(
    "a baseline",
    &[
        Key::new("id", Form::Matching(ID), "Its name; unique in the folder.").needed(),
        Key::new("units", TEXTS, "It holds for all accounts in these units and below: paths (Root/Workloads), or ids."),
        Key::new("accounts", IDS, "It holds for these accounts: ids in quotes."),
        Key::new("tags", TAGS, "It holds for accounts with all of these tags: for each key a value, or several."),
        Key::new(
            "level",
            Form::Whole { min: 1, max: 3 },
            "Controls up to this level: 1 essential, 2 standard, 3 advanced.",
        ),
        Key::new("controls", TEXTS, "Controls that are in force besides: ids; `*` matches any text."),
        Key::new("exclude_controls", TEXTS, "Controls that are not in force: needs `reason` and `owner`."),
        Key::new("settings", Form::Map(&Form::Map(&Form::Any)), "Parameters of controls, by control and name."),
        Key::new("severities", Form::Map(&SEVERITY), "Severities by control: critical, high, medium or low."),
        Key::new("reason", Form::Text, "Why it weakens what accounts inherit."),
        Key::new("owner", Form::Text, "Who answers for that."),
    ],
)
.with(&[Rule::ExactlyOne(&["units", "accounts", "tags"])]);

/// An exception.
pub(crate) static EXCEPTION: Table = Table::new(
    "an exception",
    &[
        Key::new("id", Form::Matching(ID), "Its name; unique in the folder.").needed(),
        Key::new("controls", TEXTS, "The controls whose findings are accepted: ids; `*` matches any text.").needed(),
        Key::new(
            "units",
            TEXTS,
            "Only in these units and below: paths (Root/Workloads), or ids; `Root` is everything.",
        ),
        Key::new("accounts", IDS, "Only in these accounts: ids in quotes."),
        Key::new("regions", TEXTS, "Only in these Regions; `aws-global` is what belongs to none."),
        Key::new("resources", TEXTS, "Only these resources: ARNs; `*` matches any text."),
        Key::new("tags", TAGS, "Only resources with all of these tags: for each key a value, or several."),
        Key::new("reason", Form::Text, "Why it is accepted.").needed(),
        Key::new("owner", Form::Text, "Who answers for it.").needed(),
        Key::new("approver", Form::Text, "Who approved it.").needed(),
        Key::new("ticket", Form::Text, "Where it is discussed."),
        Key::new("compensating_control", Form::Text, "What is done instead."),
        Key::new("approved", DAY, "The day on which it was approved.").needed(),
        Key::new("expires", DAY, "The last day on which it holds.").needed(),
    ],
);

/// An attestation.
pub(crate) static ATTESTATION: Table = Table::new(
    "an attestation",
    &[
        Key::new("step", Form::Matching(STEP), "What was done: PROCESS/STEP of the handbook.").needed(),
        Key::new("accounts", IDS, "In these accounts: ids in quotes."),
        Key::new("units", TEXTS, "In all accounts in these units and below: paths (Root/Workloads), or ids."),
        Key::new("organization", Form::Flag, "True: for the organization, once."),
        Key::new("by", Form::Text, "Who confirms it.").needed(),
        Key::new(
            "evidence",
            Form::Either(&[Form::Text, Form::Table(&EVIDENCE)]),
            "What shows it: an https address, or a file and its hash.",
        )
        .needed(),
        Key::new("on", DAY, "The day on which it was confirmed.").needed(),
        Key::new("until", DAY, "The last day on which it is good.").needed(),
        Key::new("note", Form::Text, "A remark."),
    ],
)
.with(&[Rule::ExactlyOne(&["accounts", "units", "organization"])]);

/// A file that shows something.
pub(crate) static EVIDENCE: Table = Table::new(
    "the evidence",
    &[
        Key::new("file", Form::Text, "Its name, or where it is.").needed(),
        Key::new("sha256", Form::Matching("^[0-9a-f]{64}$"), "Its SHA-256, in hexadecimal.").needed(),
    ],
);

/// Who owns what.
pub(crate) static OWNERS: Table = Table::new(
    "the owners",
    &[
        Key::new(
            "resource_tags",
            TEXTS,
            "Keys of tags of resources that name the owner, the first that is there counts.",
        ),
        Key::new(
            "account_tags",
            TEXTS,
            "Keys of tags of accounts that name the owner, the first that is there counts.",
        ),
        Key::new("accounts", Form::Map(&Form::Text), "Owners by account id in quotes."),
        Key::new("units", Form::Map(&Form::Text), "Owners by unit; the nearest counts."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_has_the_keys_of_the_file() {
        assert!(FILE.names().eq(OUTLINE.names()));
    }

    #[test]
    fn the_schema_for_editors_is_the_checked_in_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/governance.schema.json");
        let made = DOCUMENT.text();
        if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(found == made, "run PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-governance schema");
    }
}
