//! The keys of a framework's file, and of one that adds to a framework.

use super::{Covers, Decider};
use crate::keys::{Form, Key, Mark, Rule, Table, Value};
use crate::pack::form::ADDRESS;
use crate::pack::section::words;
use crate::pack::setting::DAY;

/// Who decides a requirement.
pub(super) const DECIDERS: &[(&str, Decider)] = &[("automated", Decider::Automated), ("manual", Decider::Manual)];
/// How far an answer goes.
pub(super) const COVERS: &[(&str, Covers)] = &[("all", Covers::All), ("part", Covers::Part)];

const WORDS: Form = Form::OneOrMore(&Form::Word);
const NAMES: Form = Form::OneOrMore(&Form::Text);
const BY_ID: Form = Form::Map(&Form::Either(&[NAMES, Form::Table(&ANSWER)]));
const DECIDER: Form = Form::Either(&[Form::OneOf(|| words(DECIDERS)), Form::Map(&Form::OneOf(|| words(DECIDERS)))]);
const LEVEL: Form = Form::Whole { min: 1, max: u8::MAX as i64 };
const REQUIREMENTS: Form = Form::List(&Form::Table(&REQUIREMENT));

pub(in crate::pack) static FRAMEWORK: Table = Table::new(
    "a framework",
    &[
        Key::new("id", Form::Text, "The file's name.").needed(),
        Key::new("name", Form::Text, "What reports call it.").needed(),
        Key::new("url", Form::Matching(ADDRESS), "Where it is published.").needed(),
        Key::new("as_of", Form::Matching(DAY), "Of a framework without versions: the day whose state this is."),
        Key::new("id_form", Form::Text, "A regular expression that every id meets."),
        Key::new("versions", WORDS, "Its versions, the oldest first; none where it has none."),
        Key::new("requirements", REQUIREMENTS, "All requirements, answered or not.").needed(),
    ],
);

pub(in crate::pack) static EXTENSION: Table = Table::new(
    "an extension of a framework",
    &[
        Key::new("extends", Form::Text, "The framework that it adds to.").needed(),
        Key::new("requirements", REQUIREMENTS, "Requirements that are missing there."),
        Key::new(
            "answers",
            Form::Map(&Form::Marked(&[Mark("controls", None)], &Form::Table(&ANSWER), &Form::Either(&[NAMES, BY_ID]))),
            "By version and id, or by id alone where there are no versions: the controls that answer it.",
        ),
    ],
);

/// What answers a requirement.
macro_rules! answer {
    ($($key:expr),* ; $controls:expr) => {
        &[
            $($key,)*
            $controls,
            Key::new("covers", Form::OneOf(|| words(COVERS)), "Whether the controls answer all of it, or part."),
            Key::new("stricter", Form::Flag, "The controls ask for something that the requirement does not."),
            Key::new("note", Form::Text, "What is left open, or what more is asked."),
        ]
    };
}

const CONTROLS: &str = "The controls that answer it: it holds when all of them do.";

pub(super) static REQUIREMENT: Table = Table::new(
    "a requirement",
    answer![
        Key::new("id", WORDS, "Its id, where the framework has no versions."),
        Key::new("ids", Form::Map(&WORDS), "Its id in each version that has it."),
        Key::new("says", Form::Text, "What is asked, in our own words.").needed(),
        Key::new(
            "level",
            Form::Either(&[LEVEL, Form::Map(&LEVEL)]),
            "The framework's level or profile; a map says from which version on.",
        ),
        Key::new("decided", DECIDER, "Whether what APIs tell decides it, or only a person can."),
        Key::new("assessed", DECIDER, "The same as the framework itself has it, where it differs.");
        Key::new("controls", NAMES, CONTROLS)
    ],
)
.with(&[
    Rule::ExactlyOne(&["id", "ids"]),
    Rule::Needs("covers", &["controls"]),
    Rule::Needs("controls", &["covers"]),
    Rule::When("covers", Value::Word("part"), &["note"]),
    Rule::When("stricter", Value::Set, &["controls", "note"]),
]);

pub(super) static ANSWER: Table = Table::new("an answer", answer![; Key::new("controls", NAMES, CONTROLS).needed()])
    .with(&[
        Rule::When("covers", Value::Word("part"), &["note"]),
        Rule::When("stricter", Value::Set, &["covers", "note"]),
    ]);
