//! The keys and words of a control's file. The readers beside it take what they say, and so does the schema for editors.

use crate::keys::{Form, Key, Mark, Rule, Table};
use crate::pack::control::FixBy;
use crate::pack::form::ADDRESS;
use crate::pack::partitions;
use crate::pack::section::words;
use crate::pack::setting::Stricter;
use crate::verdict::{Severity, Status};

/// Who or what puts a failure right.
pub(super) const FIXERS: &[(&str, FixBy)] = &[
    ("root-user", FixBy::RootUser),
    ("console", FixBy::Console),
    ("iac", FixBy::Iac),
    ("mixed", FixBy::Mixed),
    ("organization", FixBy::Organization),
];
/// How bad a failure is.
pub(super) const SEVERITIES: &[(&str, Severity)] =
    &[("critical", Severity::Critical), ("high", Severity::High), ("medium", Severity::Medium), ("low", Severity::Low)];
/// What a case may come to.
pub(super) const EXPECTED: &[(&str, Status)] = &[
    ("pass", Status::Pass),
    ("fail", Status::Fail),
    ("unknown", Status::Unknown),
    ("not_applicable", Status::NotApplicable),
    ("manual", Status::Manual),
];

/// Text whose last character is no full stop.
const SENTENCE: Form = Form::Matching(r"[^.\s]\s*$");
const URL: Form = Form::Matching(ADDRESS);
const EXPRESSION: Form = Form::Text;
const DOCUMENTS: Form = Form::Map(&Form::Any);
const TEXTS: Form = Form::OneOrMore(&Form::Text);

/// A control.
pub(in crate::pack) static CONTROL: Table = Table::new(
    "a control",
    &[
        Key::new(
            "id",
            Form::Matching(r"^([a-z0-9]|\{[A-Za-z0-9_]+\})+(-([a-z0-9]|\{[A-Za-z0-9_]+\})+)+$"),
            "The file's name: the service and the wanted state, as s3-bucket-encrypted. With variants it has a place for \
             what differs, {variant}.",
        )
        .needed(),
        Key::new("title", SENTENCE, "What holds when it passes, in one sentence without a full stop.")
            .needed(),
        Key::new("finding", Form::Table(&FINDING), "What a failure says, in a reader's words."),
        Key::new(
            "variants",
            Form::Map(&DOCUMENTS),
            "One file for several controls: the name of each variant, and what it differs in. Texts have places for that, \
             {name}, expressions read variant.name.",
        ),
        Key::new("severity", Form::OneOf(|| words(SEVERITIES)), "How bad a failure is.").needed(),
        Key::new(
            "level",
            Form::Whole { min: 1, max: 3 },
            "Maturity: 1 is essential, 2 standard, 3 advanced.",
        )
        .needed(),
        Key::new("fix", Form::Table(&FIX), "Who puts a failure right.").needed(),
        Key::new(
            "resource",
            TEXTS,
            "The type that it is about, a list of types, or `tagged`: every type whose tags are read.",
        ),
        Key::new("partitions", partitions::FORM, "The partitions that it is about; all of them without it."),
        Key::new("manual", Form::Flag, "Nothing that a machine can read decides it: a person does."),
        Key::new("let", Form::Map(&EXPRESSION), "Names for expressions; each sees those above it."),
        Key::new(
            "applies_when",
            Form::Marked(&[Mark("asked", None)], &Form::Table(&APPLIES), &EXPRESSION),
            "Which of the resources it is about: an expression, or { asked: Member } for the collector's own condition.",
        ),
        Key::new("pass_when", EXPRESSION, "The expression that says what is wanted."),
        Key::new(
            "settings",
            Form::Map(&Form::Marked(
                &[Mark("default", None), Mark("facts", None)],
                &Form::Table(&SETTING),
                &Form::Any,
            )),
            "Parameters with their defaults, which the configuration of a scan overrides. Each has to be read by an \
             expression.",
        ),
        Key::new("why", Form::Text, "Why it matters, what it costs, and when not to.").needed(),
        Key::new("remediation", Form::Table(&REMEDIATION), "How a failure is put right.").needed(),
        Key::new("references", Form::OneOrMore(&URL), "Addresses of AWS's own pages."),
        Key::new("base", Form::Table(&BASE), "What all cases start from."),
        Key::new(
            "cases",
            Form::List(&Form::Table(&CASE)),
            "Worked examples, which run as tests: at least one that passes, one that fails and one that is unknown.",
        ),
    ],
)
.with(&[Rule::Unless {
    flag: "manual",
    without: &["resource", "applies_when", "pass_when"],
    needed: &["resource", "pass_when", "finding", "cases"],
    shows: &[("cases", "expect", "pass"), ("cases", "expect", "fail"), ("cases", "expect", "unknown")],
}])
.without(&[(
    "frameworks",
    "what a control answers stands in the file of the framework: name the control under `controls` of the requirement \
     there, or for a framework of another pack in a file of your own, `extends: cis-aws-foundations`",
)]);

pub(super) static FINDING: Table = Table::new(
    "`finding`",
    &[
        Key::new("one", SENTENCE, "What one failure says, without a full stop.").needed(),
        Key::new("other", Form::Matching(r"\{count\}"), "What several say; {count} is their number.").needed(),
    ],
);

pub(super) static FIX: Table =
    Table::new("`fix`", &[Key::new("by", Form::OneOf(|| words(FIXERS)), "Who or what puts it right.").needed()]);

pub(super) static APPLIES: Table = Table::new(
    "`applies_when`",
    &[Key::new("asked", Form::Text, "A member that the collector asks for under a condition: that condition.")
        .needed()],
);

pub(super) static SETTING: Table = Table::new(
    "a setting",
    &[
        Key::new("default", Form::Any, "The value without a word in the configuration; others are of its kind."),
        Key::new("facts", Form::Text, "The facts of the pack that are the default."),
        Key::new("says", Form::Text, "What it is for, in one sentence."),
        Key::new("min", Form::Number, "The least number."),
        Key::new("max", Form::Number, "The greatest number."),
        Key::new("one_of", Form::List(&Form::Any), "The values to choose from."),
        Key::new("matches", Form::Matching(r"^\^.*\$$"), "A regular expression of the whole text, from ^ to $."),
        Key::new(
            "stricter",
            Form::OneOf(|| words(Stricter::ALL)),
            "In which direction it asks for more: lower or higher (of false and true, too), fewer or more of a list.",
        ),
    ],
)
.with(&[Rule::ExactlyOne(&["default", "facts"])]);

pub(super) static REMEDIATION: Table = Table::new(
    "`remediation`",
    &[
        Key::new("steps", Form::Text, "What a person does.").needed(),
        Key::new("cli", Form::Text, "Commands of the AWS CLI."),
        Key::new("terraform", Form::Text, "The same in Terraform."),
        Key::new("cloudformation", Form::Text, "The same in CloudFormation."),
        Key::new(
            "choose",
            Form::Map(&Form::Text),
            "Words in them that a person chooses, and what each is: { LOG_BUCKET: the bucket that logs go to }.",
        ),
    ],
);

/// What a case and the base of all cases have in common.
macro_rules! documents {
    ($($key:expr),* $(,)?) => {
        &[
            $($key,)*
            Key::new("resource", DOCUMENTS, "The resource that is judged, as the API answers."),
            Key::new("resource_type", Form::Text, "Its type, where the control is about several."),
            Key::new("others", Form::Map(&Form::List(&Form::Any)), "What all(\"…\") lists: resources by type."),
            Key::new("settings", DOCUMENTS, "Parameters that differ from their defaults."),
            Key::new("account", DOCUMENTS, "The account; a fixed example without it."),
            Key::new("organization", DOCUMENTS, "The organization: who its members are."),
            Key::new("region", Form::Text, "The Region; us-east-1 without it."),
            Key::new("now", Form::Text, "When the scan started; 2026-01-15T00:00:00Z without it."),
        ]
    };
}

pub(super) static BASE: Table = Table::new("`base`", documents![]);

pub(super) static CASE: Table = Table::new(
    "a case",
    documents![
        Key::new("name", Form::Text, "What it shows; each case has its own.").needed(),
        Key::new("unknown", TEXTS, "Members of the resource that were not read."),
        Key::new("unknown_types", TEXTS, "Types whose listing is incomplete."),
        Key::new(
            "with",
            DOCUMENTS,
            "What it changes of the base: a place, as resource.Tags[0], and what stands there."
        ),
        Key::new("variants", TEXTS, "The variants that it is about; all of them without it."),
        Key::new("expect", Form::OneOf(|| words(EXPECTED)), "What it must come to.").needed(),
    ],
);
