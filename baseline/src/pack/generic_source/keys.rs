//! The keys of a type that Cloud Control or AWS Config reads, or that is made of a scan's own rows.

use crate::keys::{Form, Key, Table};
use crate::pack::collector::Scope;
use crate::pack::form::TYPE_NAME;
use crate::pack::partitions;
use crate::pack::section::words;
use crate::pack::words_source::keys::WORDS_KEY;

/// The words of `source`.
#[derive(Clone, Copy)]
pub(super) enum Through {
    CloudControl,
    Config,
    Findings,
}

pub(super) const SOURCES: &[(&str, Through)] =
    &[("cloudcontrol", Through::CloudControl), ("config", Through::Config), ("findings", Through::Findings)];
pub(super) const SCOPES: &[(&str, Scope)] = &[("regional", Scope::Regional), ("global", Scope::Global)];

/// What a type of either source may say.
macro_rules! common {
    ($($key:expr),* $(,)?) => {
        &[
            Key::new("type", TYPE_NAME, "The type's name in CloudFormation.").needed(),
            Key::new("source", Form::OneOf(|| words(SOURCES)), "What reads it: Cloud Control, AWS Config, or the scan itself.")
                .needed(),
            Key::new("scope", Form::OneOf(|| words(SCOPES)), "Whether it is read in each Region or once an account."),
            Key::new("partitions", partitions::FORM, "The partitions that have it; all of them without it."),
            Key::new("judged_when", Form::Text, "A condition on the resource; what does not meet it has no row."),
            Key::new("tags", Form::Text, "The member that holds the tags."),
            Key::new(
                "redact",
                Form::OneOrMore(&Form::Text),
                "Members that may be secrets: they are replaced by a keyed hash.",
            ),
            Key::new(
                "volatile",
                Form::OneOrMore(&Form::Text),
                "Members that change by themselves: they are no change of the resource.",
            ),
            WORDS_KEY,
            $($key,)*
        ]
    };
}

pub(in crate::pack) static CLOUDCONTROL: Table = Table::new(
    "a resource type with a `source`",
    common![Key::new("arn", Form::Text, "The ARN, with {Identifier} or what names a resource in its schema.").needed()],
);

pub(in crate::pack) static CONFIG: Table = Table::new(
    "a resource type with `source: config`",
    common![
        Key::new("arn", Form::Text, "The ARN; that of the record without it."),
        Key::new(
            "max_age_hours",
            Form::Whole { min: 1, max: u32::MAX as i64 },
            "How old a record may be; as old as the last change without it.",
        ),
        Key::new(
            "aggregator",
            Form::Table(&AGGREGATOR),
            "The aggregator of the organization that is asked instead of every account and Region.",
        ),
    ],
);

pub(in crate::pack) static AGGREGATOR: Table = Table::new(
    "an `aggregator`",
    &[
        Key::new("name", Form::Matching(r"^[A-Za-z0-9_-]+$"), "Its name.").needed(),
        Key::new("region", Form::Text, "The Region of the management account that it is in.").needed(),
    ],
);

pub(in crate::pack) static FINDINGS: Table = Table::new(
    "a resource type with `source: findings`",
    &[
        Key::new("type", TYPE_NAME, "The type's name: Plumbline::Scan::Account, or one of your own.").needed(),
        Key::new("source", Form::OneOf(|| words(SOURCES)), "What it is made of: the scan's own rows.").needed(),
        Key::new("controls", Form::OneOrMore(&Form::Text), "The ids of the controls whose rows are looked at.")
            .needed(),
        Key::new("partitions", partitions::FORM, "The partitions that have it; all of them without it."),
        Key::new("judged_when", Form::Text, "A condition on the account; what does not meet it has no row."),
        WORDS_KEY,
    ],
);
