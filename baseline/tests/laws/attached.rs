//! What a resource's policy can be attached to: which actions its requests have, which condition keys these carry, and
//! the words that policies use of them.

use super::vocabulary::{FREE_TEXTS, Key, STRANGERS_KEYS, STRING, TEXTS, boolean};

/// A kind of resource, by one of its kind.
pub(crate) struct Attached {
    pub(crate) name: &'static str,
    /// Actions and resources as policies write them.
    pub(crate) wanted_actions: &'static [&'static str],
    pub(crate) wanted_resources: &'static [&'static str],
    /// Actions of requests, with a resource and the keys of the service that they carry.
    pub(crate) asked: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Condition keys of its policies.
    pub(crate) keys: &'static [&'static [Key]],
}

impl Attached {
    /// Whether the policy is a role's.
    pub(crate) fn is_trust(&self) -> bool {
        self.name == "role"
    }

    /// The condition keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().copied().flatten()
    }
}

/// Keys that every request of a stranger can have.
const COMMON: &[Key] = &[
    Key { name: "aws:UserAgent", operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: false },
    Key {
        name: "aws:PrincipalOrgID",
        operators: STRING,
        wanted: &["o-a1b2c3d4e5", "o-*", "o-a*", "*"],
        found: &["o-zzzzzzzzzz"],
        is_multivalued: false,
    },
    Key {
        name: "aws:PrincipalAccount",
        operators: STRING,
        wanted: &["111122223333", "9*", "*", "?", "anonymous", "${aws:PrincipalTag/a}"],
        found: &["999988887777"],
        is_multivalued: false,
    },
];

const fn text(name: &'static str) -> Key {
    Key { name, operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: false }
}

/// All kinds.
pub(crate) const ALL: &[Attached] = &[
    Attached {
        name: "bucket",
        wanted_actions: &["s3:*", "s3:Get*", "s3:GetObject", "s3:putobject", "S3:?etObject"],
        wanted_resources: &[
            "arn:aws:s3:::docs/*",
            "arn:aws:s3:::docs/x",
            "arn:aws:s3:::docs/x*",
            "arn:aws:s3:::docs/?",
            "arn:aws:s3:::*",
            "arn:aws:s3:::docs/${aws:username}",
            "arn:aws:s3:::docs/${aws:username}/*",
            "arn:aws:s3:::docs/${aws:PrincipalTag/a, 'x'}",
        ],
        asked: &[
            ("s3:GetObject", "arn:aws:s3:::docs/x", &[]),
            ("s3:GetObject", "arn:aws:s3:::docs/x/xy", &[]),
            ("s3:PutObject", "arn:aws:s3:::docs/xy", &["s3:RequestObjectTagKeys"]),
            ("s3:ListBucket", "arn:aws:s3:::docs", &["s3:max-keys"]),
        ],
        keys: &[STRANGERS_KEYS],
    },
    Attached {
        name: "role",
        wanted_actions: &["sts:*", "sts:AssumeRole", "sts:Assume*", "STS:?ssumeRole"],
        wanted_resources: &[],
        asked: &[("sts:AssumeRole", "arn:aws:iam::111122223333:role/x", &["sts:ExternalId", "sts:RoleSessionName"])],
        keys: &[COMMON, STRANGERS_KEYS, &[text("sts:ExternalId"), text("sts:RoleSessionName")]],
    },
    Attached {
        name: "key",
        wanted_actions: &["kms:*", "kms:Decrypt", "kms:De*", "kms:?ncrypt", "kms:CreateGrant"],
        wanted_resources: &["arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:eu-west-1:111122223333:key/x?"],
        asked: &[
            ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/xy", &["kms:EncryptionContext:app"]),
            ("kms:Encrypt", "arn:aws:kms:eu-west-1:111122223333:key/x", &["kms:EncryptionContext:app"]),
            ("kms:DescribeKey", "arn:aws:kms:eu-west-1:111122223333:key/x", &[]),
        ],
        keys: &[COMMON, STRANGERS_KEYS, &[text("kms:EncryptionContext:app")]],
    },
    Attached {
        name: "queue",
        wanted_actions: &["sqs:*", "sqs:SendMessage", "SQS:*Message", "sqs:Get*"],
        wanted_resources: &["arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:eu-west-1:111122223333:${aws:username}"],
        asked: &[
            ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:x", &[]),
            ("sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:111122223333:xy", &[]),
            ("sqs:GetQueueUrl", "arn:aws:sqs:eu-west-1:111122223333:x", &[]),
        ],
        keys: &[COMMON, STRANGERS_KEYS],
    },
    Attached {
        name: "topic",
        wanted_actions: &["sns:*", "SNS:Publish", "sns:Sub*", "sns:*b*"],
        wanted_resources: &[
            "arn:aws:sns:*:111122223333:x*",
            "arn:aws:sns:eu-west-1:111122223333:${aws:PrincipalTag/b}",
        ],
        asked: &[
            ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:xy", &[]),
            ("sns:Subscribe", "arn:aws:sns:eu-west-1:111122223333:x", &["sns:Protocol"]),
        ],
        keys: &[COMMON, STRANGERS_KEYS, &[text("sns:Protocol")]],
    },
    Attached {
        name: "function",
        wanted_actions: &["lambda:*", "lambda:InvokeFunction", "lambda:Invoke*", "lambda:Get*"],
        wanted_resources: &[
            "arn:aws:lambda:*:111122223333:function:*",
            "arn:aws:lambda:eu-west-1:111122223333:function:x",
        ],
        asked: &[
            (
                "lambda:InvokeFunction",
                "arn:aws:lambda:eu-west-1:111122223333:function:x",
                &["lambda:InvokedViaFunctionUrl"],
            ),
            ("lambda:GetFunction", "arn:aws:lambda:eu-west-1:111122223333:function:xy", &[]),
        ],
        keys: &[COMMON, STRANGERS_KEYS, &[boolean("lambda:InvokedViaFunctionUrl")]],
    },
    Attached {
        name: "secret",
        wanted_actions: &[
            "secretsmanager:*",
            "secretsmanager:GetSecretValue",
            "secretsmanager:Get*",
            "secretsmanager:*Secret*",
        ],
        wanted_resources: &[
            "arn:aws:secretsmanager:*:111122223333:secret:*",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-?",
        ],
        asked: &[
            (
                "secretsmanager:GetSecretValue",
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-y",
                &["secretsmanager:VersionStage"],
            ),
            ("secretsmanager:DescribeSecret", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:xy", &[]),
        ],
        keys: &[COMMON, STRANGERS_KEYS, &[text("secretsmanager:VersionStage")]],
    },
];
