//! The few words that random policies and requests are made of. Few, so that they meet: values that share beginnings,
//! ranges within ranges, numbers beside each other.

/// A condition key with the operators that fit it, and the values that policies and requests have for it.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) operators: &'static [&'static str],
    pub(crate) wanted: &'static [&'static str],
    pub(crate) found: &'static [&'static str],
    pub(crate) is_multivalued: bool,
}

/// A key that is true or false.
pub(crate) const fn boolean(name: &'static str) -> Key {
    Key { name, operators: &["Bool"], wanted: &["true", "false"], found: &["true", "false"], is_multivalued: false }
}

pub(crate) const STRING: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "StringLike",
    "StringNotLike",
];
const NUMERIC: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] =
    &["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"];
const ARN: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike"];

pub(crate) const TEXTS: &[&str] = &[
    "x",
    "xy",
    "X",
    "x*",
    "*y",
    "?",
    "x?",
    "*",
    "x*y",
    "${aws:username}",
    "${aws:username}*",
    "${aws:PrincipalTag/b, 'x'}",
    "x${*}",
];
const FOUND_TEXTS: &[&str] = &["x", "xy", "X", "y", "xyy", "x*", "yx", ""];

/// The keys.
pub(crate) const KEYS: &[Key] = &[
    Key { name: "aws:PrincipalTag/a", operators: STRING, wanted: TEXTS, found: FOUND_TEXTS, is_multivalued: false },
    Key { name: "aws:PrincipalTag/b", operators: STRING, wanted: TEXTS, found: FOUND_TEXTS, is_multivalued: false },
    Key { name: "aws:username", operators: STRING, wanted: TEXTS, found: FOUND_TEXTS, is_multivalued: false },
    Key { name: "aws:TagKeys", operators: STRING, wanted: TEXTS, found: FOUND_TEXTS, is_multivalued: true },
    Key {
        name: "s3:max-keys",
        operators: NUMERIC,
        wanted: &["1", "2", "1.2", "1.3", "10", "x", "-1"],
        found: &["1", "1.0", "1.25", "2", "3", "10", "11", "-2", "many"],
        is_multivalued: false,
    },
    Key {
        name: "aws:CurrentTime",
        operators: DATE,
        wanted: &["2020-01-01", "2020-01-01T00:00:01Z", "2020-01-02T00:00:00+01:00", "1577836800", "2020-02-30"],
        found: &["2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", "2020-01-01T23:00:00Z"],
        is_multivalued: false,
    },
    Key {
        name: "aws:SecureTransport",
        operators: &["Bool"],
        wanted: &["true", "false", "False"],
        found: &["true", "false"],
        is_multivalued: false,
    },
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress"],
        wanted: &[
            "203.0.0.0/8",
            "203.0.113.0/24",
            "203.0.113.128/25",
            "203.0.113.255",
            "0.0.0.0/0",
            "2001:db8::/32",
            "2001:db8:0:1::/64",
            "::/0",
            "x",
        ],
        found: &[
            "203.0.113.127",
            "203.0.113.128",
            "203.0.113.255",
            "203.0.114.0",
            "202.255.255.255",
            "204.0.0.0",
            "2001:db8::1",
            "2001:db8:0:1::1",
            "2001:db9::1",
        ],
        is_multivalued: false,
    },
    Key {
        name: "aws:SourceArn",
        operators: ARN,
        wanted: &[
            "arn:aws:sns:*:111122223333:*",
            "arn:aws:sns:eu-west-1:*:topic",
            "arn:aws:s3:::x*",
            "arn:aws:sns",
            "arn:aws:sns:eu-west-1:111122223333:${aws:username}",
        ],
        found: &[
            "arn:aws:sns:eu-west-1:111122223333:topic",
            "arn:aws:sns:eu-west-1:444455556666:topic",
            "arn:aws:s3:::xy",
            "arn:aws:sns:eu-west-1:111122223333:x",
            "topic",
        ],
        is_multivalued: false,
    },
];

/// Keys that a stranger's request to a bucket can have, and what a stranger can make of them: names and tags have no
/// asterisks, and the address is none of a narrow range that the policy names.
pub(crate) const STRANGERS_KEYS: &[Key] = &[
    Key { name: "aws:PrincipalTag/a", operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: false },
    Key { name: "aws:PrincipalTag/b", operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: false },
    Key { name: "aws:username", operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: false },
    Key { name: "s3:RequestObjectTagKeys", operators: STRING, wanted: TEXTS, found: FREE_TEXTS, is_multivalued: true },
    Key {
        name: "s3:max-keys",
        operators: NUMERIC,
        wanted: &["1", "2", "3", "5", "10"],
        found: &["0", "1", "2", "3", "4", "5", "6", "10", "11"],
        is_multivalued: false,
    },
    boolean("aws:SecureTransport"),
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress"],
        wanted: &[
            "32.0.0.0/3",
            "48.0.0.0/4",
            "48.0.0.0/6",
            "52.0.0.0/7",
            "0.0.0.0/1",
            "203.0.113.0/24",
            "2000::/3",
            "2400::/6",
            "::/0",
        ],
        found: &[
            "31.255.255.255",
            "33.0.0.1",
            "48.0.0.1",
            "51.255.255.255",
            "52.0.0.1",
            "54.0.0.1",
            "64.0.0.1",
            "198.51.101.1",
            "2001:200::1",
            "2400:1::1",
            "2800::1",
        ],
        is_multivalued: false,
    },
];

pub(crate) const FREE_TEXTS: &[&str] = &["x", "xy", "X", "y", "xyy", "yx", "ax"];

/// Actions as policies write them.
pub(crate) const WANTED_ACTIONS: &[&str] =
    &["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:putobject", "S3:?etObject", "sqs:*", "kms:Decrypt", "sts:AssumeRole"];
/// Actions of requests, with resources that they have.
pub(crate) const ASKED: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::docs/x"),
    ("s3:GetObject", "arn:aws:s3:::docs/x/xy"),
    ("s3:PutObject", "arn:aws:s3:::docs/xy"),
    ("s3:ListBucket", "arn:aws:s3:::docs"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:x"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/x"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/x"),
    ("s3:ListAllMyBuckets", "*"),
];
/// Resources as policies write them.
pub(crate) const WANTED_RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::docs/*",
    "arn:aws:s3:::docs/x",
    "arn:aws:s3:::docs/x*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::docs/${aws:username}",
    "arn:aws:s3:::docs/${aws:username}/*",
    "arn:aws:s3:::docs/${aws:PrincipalTag/a, 'x'}",
    "arn:aws:sqs:*:111122223333:*",
    "arn:aws:kms:eu-west-1:111122223333:key/?",
    "arn:aws:iam::111122223333:role/*",
];
/// Who asks.
pub(crate) const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:sts::111122223333:assumed-role/app/s1",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:federated-user/carol",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:sts::444455556666:assumed-role/app/s1",
    "arn:aws:iam::444455556666:root",
    "sns.amazonaws.com",
    "anonymous",
];
/// Whom policies name, as kind and text.
pub(crate) const NAMED: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", "111122223333"),
    ("AWS", "arn:aws:iam::444455556666:root"),
    ("AWS", "arn:aws:iam::111122223333:user/alice"),
    ("AWS", "arn:aws:iam::111122223333:role/app"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/app/s1"),
    ("AWS", "arn:aws:sts::111122223333:federated-user/carol"),
    ("AWS", "arn:aws:iam::444455556666:user/alice"),
    ("AWS", "arn:aws:iam::444455556666:role/app"),
    ("Service", "sns.amazonaws.com"),
    ("Service", "sqs.amazonaws.com"),
];
