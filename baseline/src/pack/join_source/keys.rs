//! The keys of `batch`.

use crate::keys::{Form, Key, Table};

/// No operation of AWS takes more names at a time.
pub(super) const LARGEST_BATCH: i64 = 1000;

pub(in crate::pack) static BATCH: Table = Table::new(
    "`batch`",
    &[
        Key::new("size", Form::Whole { min: 2, max: LARGEST_BATCH }, "How many resources a call takes.").needed(),
        Key::new("failures", Form::Table(&FAILURES), "Where the answer names whom it leaves out."),
    ],
);

pub(super) static FAILURES: Table = Table::new(
    "`failures`",
    &[
        Key::new("items", Form::Text, "The list of failures in the answer.").needed(),
        Key::new("key", Form::Text, "What names the resource in one of them; they are names themselves without it."),
        Key::new("reason", Form::Text, "Where the code is; the list's name is the code without it."),
        Key::new("gone", Form::OneOrMore(&Form::Text), "Codes that mean that the resource does not exist any more."),
    ],
);
