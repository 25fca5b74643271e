//! The keys of the handbook's files.

use super::process::{Chapter, Effort, HowOften, Means, Who};
use crate::keys::{Form, Key, Table};
use crate::pack::form::ADDRESS;
use crate::pack::section::words;

/// Ids of processes, guides and steps are in links: words of small letters and digits.
pub(super) const ID: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
/// How often, where it is not once.
pub(super) const EVERY: &str = "^every [1-9][0-9]{0,3} days$";

const OFTEN: Form = Form::Either(&[Form::OneOf(|| words(HowOften::ONCE)), Form::Matching(EVERY)]);
const CHAPTER: Form = Form::OneOf(|| words(Chapter::ALL));
const WHO: Form = Form::OneOf(|| words(Who::ALL));

/// A process.
pub(in crate::pack) static PROCESS: Table = Table::new(
    "a process",
    &[
        Key::new("id", Form::Matching(ID), "The file's name.").needed(),
        Key::new("title", Form::Text, "What is done, in one sentence.").needed(),
        Key::new("question", Form::Text, "What an engineer asks to whom this is the answer.").needed(),
        Key::new("chapter", CHAPTER, "The chapter of the handbook.").needed(),
        Key::new("level", Form::Whole { min: 1, max: 3 }, "1 essential, 2 standard, 3 advanced.").needed(),
        Key::new("who", WHO, "Who is responsible for it.").needed(),
        Key::new("how_often", OFTEN, "Once for what, or `every N days`.").needed(),
        Key::new("effort", Form::OneOf(|| words(Effort::ALL)), "Of one person, in one place.").needed(),
        Key::new("needs", Form::OneOrMore(&Form::Matching(ID)), "The processes that come first."),
        Key::new("why", Form::Text, "Why it is done, as Markdown.").needed(),
        Key::new("steps", Form::List(&Form::Table(&STEP)), "What is done, in order.").needed(),
        Key::new("references", Form::OneOrMore(&Form::Matching(ADDRESS)), "Pages of AWS's documentation.").needed(),
    ],
);

/// A step of a process.
pub(super) static STEP: Table = Table::new(
    "a step",
    &[
        Key::new("id", Form::Matching(ID), "Its name within the process; links to it last.").needed(),
        Key::new("title", Form::Text, "What is done.").needed(),
        Key::new("who", WHO, "Who does it, where that is not who is responsible for the process."),
        Key::new("by", Form::OneOf(|| words(Means::ALL)), "By what it is done.").needed(),
        Key::new("do", Form::Text, "What to do, as Markdown.").needed(),
        Key::new("cli", Form::Text, "Commands of the AWS CLI."),
        Key::new("terraform", Form::Text, "Terraform."),
        Key::new("cloudformation", Form::Text, "CloudFormation: what stands below `Resources`."),
        Key::new("look", Form::Text, "What to look at afterwards, as Markdown.").needed(),
        Key::new("controls", Form::OneOrMore(&Form::Text), "The controls that prove it."),
        Key::new("attest", Form::Table(&ATTEST), "What a person confirms, where no control can tell."),
    ],
);

/// What only a person can confirm.
pub(super) static ATTEST: Table = Table::new(
    "an attestation",
    &[
        Key::new("confirm", Form::Text, "The sentence that they put their name to.").needed(),
        Key::new("days", Form::Whole { min: 1, max: 3_650 }, "For how many days it is good at most.").needed(),
    ],
);

/// The head of a guide.
pub(super) static GUIDE: Table = Table::new(
    "the head of a guide",
    &[
        Key::new("id", Form::Matching(ID), "The file's name.").needed(),
        Key::new("title", Form::Text, "The question that it answers.").needed(),
        Key::new("chapter", CHAPTER, "The chapter of the handbook.").needed(),
    ],
);

/// A file of sources of logs.
pub(in crate::pack) static LOG_SOURCES: Table = Table::new(
    "a file of sources of logs",
    &[
        Key::new("title", Form::Text, "What the sources have in common.").needed(),
        Key::new("sources", Form::List(&Form::Table(&LOG_SOURCE)), "What is logged, and where it can go.").needed(),
    ],
);

/// Where logs can be delivered.
pub(super) const DESTINATIONS: &[(&str, &str)] =
    &[("cloudwatch-logs", "cloudwatch-logs"), ("s3", "s3"), ("firehose", "firehose")];

/// A source of logs.
pub(super) static LOG_SOURCE: Table = Table::new(
    "a source of logs",
    &[
        Key::new("id", Form::Matching(ID), "Its name; unique.").needed(),
        Key::new("source", Form::Text, "What is logged.").needed(),
        Key::new("resource_type", Form::Text, "The type that it is switched on for."),
        Key::new("scope", Form::Text, "What one setting covers."),
        Key::new("destinations", Form::OneOrMore(&Form::OneOf(|| words(DESTINATIONS))), "Where it can be delivered."),
        Key::new("other", Form::Text, "Where else it can be had."),
        Key::new("format", Form::Text, "What a record looks like."),
        Key::new("latency", Form::Text, "How late it comes."),
        Key::new("default", Form::Text, "What there is before anybody does anything."),
        Key::new("on_when", Form::Text, "When it is on, in the API's words."),
        Key::new("check_call", Form::Text, "The call that tells."),
        Key::new("health", Form::Text, "What says that it is not delivered."),
        Key::new("organization_setting", Form::Text, "How the organization can switch it on for all."),
        Key::new("destination_needs", Form::Text, "What the destination has to allow."),
        Key::new("trap", Form::Text, "What people trip over."),
    ],
);
