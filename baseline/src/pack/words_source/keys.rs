//! The keys of `words`.

use crate::keys::{Form, Key, Table};

const PATHS: Form = Form::Map(&Form::Text);

/// What `words` is for, in every table of a type.
pub(in crate::pack) const WORDS_KEY: Key = Key::new(
    "words",
    Form::Table(&WORDS),
    "What stands for the resource in remediations, and the member that has it, or account, region, arn, partition.",
);

pub(in crate::pack) static WORDS: Table = Table::new(
    "`words`",
    &[
        Key::new("cli", PATHS, "Words of commands: { BUCKET: Name }."),
        Key::new("terraform", PATHS, "References in Terraform: { aws_s3_bucket.this.id: Name }."),
        Key::new("cloudformation", PATHS, "References in CloudFormation: { \"!Ref Bucket\": Name }."),
    ],
);
