//! The keys and words of a collector's file. The readers beside it take what they say, and so does the schema for editors.

use crate::keys::{Form, Key, Mark, Rule, Table};
use crate::pack::collector::{Decode, Scope};
use crate::pack::form::TYPE_NAME;
use crate::pack::generic_source::keys::{CLOUDCONTROL, CONFIG, FINDINGS};
use crate::pack::join_source::keys::BATCH;
use crate::pack::partitions;
use crate::pack::section::words;
use crate::pack::words_source::keys::WORDS_KEY;

/// Which jobs read a type.
pub(super) const SCOPES: &[(&str, Scope)] =
    &[("regional", Scope::Regional), ("global", Scope::Global), ("organization", Scope::Organization)];
/// What text may hold.
pub(super) const DECODES: &[(&str, Decode)] = &[("json", Decode::Json), ("csv", Decode::Csv)];
/// Where tags are listed, other than in a member.
pub(super) const TAG_SOURCES: &[(&str, ())] = &[("tagging", ())];

const TEXTS: Form = Form::OneOrMore(&Form::Text);
const ARGUMENTS: Form = Form::Map(&Form::Any);
const DECODE: Form = Form::OneOf(|| words(DECODES));

/// A file of resource types.
pub(in crate::pack) static FILE: Table = Table::new(
    "a collector file",
    &[
        Key::new("service", Form::Text, "The service whose operations are called, by its name in the AWS CLI."),
        Key::new(
            "resources",
            Form::List(&Form::Marked(
                &[Mark("source", Some("config"))],
                &Form::Table(&CONFIG),
                &Form::Marked(
                    &[Mark("source", Some("findings"))],
                    &Form::Table(&FINDINGS),
                    &Form::Marked(&[Mark("source", None)], &Form::Table(&CLOUDCONTROL), &Form::Table(&TYPE)),
                ),
            )),
            "The resource types, and the calls that produce them.",
        ),
    ],
)
.with(&[Rule::Lacking { list: "resources", key: "source", needed: "service" }]);

pub(super) static TYPE: Table = Table::new(
    "a resource type",
    &[
        Key::new("type", TYPE_NAME, "The type's name in CloudFormation.").needed(),
        Key::new(
            "scope",
            Form::OneOf(|| words(SCOPES)),
            "Whether it is read in each Region, once an account, or in the management account alone.",
        )
        .needed(),
        Key::new("partitions", partitions::FORM, "The partitions that have it; all of them without it."),
        Key::new(
            "list",
            Form::Table(&LIST),
            "The call that lists the resources; without it there is one document for each Region or account.",
        ),
        Key::new(
            "arn",
            Form::Text,
            "The ARN, with {Member} for what the listing says, and {account}, {region}, {partition}.",
        )
        .needed(),
        Key::new(
            "judged_when",
            Form::Text,
            "A condition on the resource; what does not meet it is read and has no row.",
        ),
        Key::new(
            "tags",
            Form::Marked(&[Mark("from", None)], &Form::Table(&TAGS), &Form::Text),
            "The member that holds the tags, or { from: tagging } for the one listing of all tags.",
        ),
        Key::new("gather", Form::Map(&Form::Table(&GATHER)), "Further members, each with the call that gives it."),
        Key::new("derive", Form::Map(&Form::Text), "Members that are computed, by expressions over the resource."),
        Key::new("decode", Form::Map(&DECODE), "Members that are text and hold a document."),
        Key::new("redact", TEXTS, "Members that may be secrets: they are replaced by a keyed hash."),
        Key::new("volatile", TEXTS, "Members that change by themselves: they are no change of the resource."),
        Key::new("foreign", Form::Table(&FOREIGN), "Members that are asked about a thing of another account."),
        WORDS_KEY,
    ],
);

pub(super) static LIST: Table = Table::new(
    "`list`",
    &[
        Key::new("service", Form::Text, "Another service than the file's."),
        Key::new("call", Form::Text, "The operation.").needed(),
        Key::new("with", ARGUMENTS, "Its arguments; $region, $account, $partition and $parent.… stand for values."),
        Key::new("region", Form::Text, "`any` for what belongs to no Region, or a Region by name."),
        Key::new("items", Form::Text, "Where the answer has the resources.").needed(),
        Key::new("item_member", Form::Text, "The member that items which are names only become."),
        Key::new("absent", TEXTS, "Error codes that mean that there are none, and nothing else."),
        Key::new("each", TYPE_NAME, "The type for each of which it is asked, as $parent."),
        Key::new("parent", Form::Map(&TEXTS), "What the resources keep of the parent: { Member: [its members] }."),
    ],
)
.with(&[Rule::Needs("parent", &["each"])]);

pub(super) static TAGS: Table = Table::new(
    "`tags`",
    &[Key::new("from", Form::OneOf(|| words(TAG_SOURCES)), "Where the tags are listed.").needed()],
);

pub(super) static GATHER: Table = Table::new(
    "a gathered member",
    &[
        Key::new("service", Form::Text, "Another service than the file's."),
        Key::new("call", Form::Text, "The operation.").needed(),
        Key::new("with", ARGUMENTS, "Its arguments; $Member is a member of the resource, $items.… in a batch."),
        Key::new("take", Form::Text, "The part of the answer that becomes the member; all of it without it."),
        Key::new("default", Form::Any, "What its absence means; null without it."),
        Key::new("decode", DECODE, "What the text holds."),
        Key::new("absent", TEXTS, "Error codes that mean that there is none, and nothing else."),
        Key::new("region", Form::Text, "$Member, `any` for what belongs to no Region, or a Region by name."),
        Key::new("when", Form::Text, "A condition on the resource; where it does not hold, AWS is not asked."),
        Key::new("prepare", Form::Table(&PREPARE), "A call to repeat until something is ready."),
        Key::new("items", Form::Text, "Where an answer about many resources has its parts."),
        Key::new("match", Form::Map(&Form::Matching(r"^\$")), "Which part is about which resource: { Arn: $arn }."),
        Key::new("batch", Form::Table(&BATCH), "How many resources one call takes."),
    ],
)
.with(&[Rule::Needs("items", &["match"]), Rule::Needs("match", &["items"]), Rule::Needs("batch", &["items", "match"])]);

pub(super) static FOREIGN: Table = Table::new(
    "`foreign`",
    &[
        Key::new("members", TEXTS, "The gathered members that are asked about it.").needed(),
        Key::new("when", Form::Text, "When the thing belongs to another account.").needed(),
        Key::new("arn", Form::Text, "Its ARN.").needed(),
        Key::new("judged_by", TEXTS, "The controls that decide it in its own account; the same ones without it."),
    ],
);

pub(super) static PREPARE: Table = Table::new(
    "`prepare`",
    &[
        Key::new("call", Form::Text, "The operation.").needed(),
        Key::new("until", Form::Map(&Form::Word), "What its answer has when it is ready: { Path: value }.").needed(),
    ],
);
