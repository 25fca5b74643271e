//! Whether CloudWatch gets through to a topic: its policy, its key, the key's policy.

use super::*;

#[test]
fn the_topic_lets_cloudwatch_in() {
    let allow = |condition: &str| {
        format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "cloudwatch.amazonaws.com"}},
                "Action": "sns:Publish", "Resource": "*"{condition}}}]}}"#
        )
    };
    let topic = |policy: &str| check("Subscriptions.0", &format!(r#"{{"Topic": {{"Policy": {policy}}}}}"#), "yes");
    topic(&allow(""));
    topic(&format!("{:?}", allow("").replace('\n', " ")));
    topic(&allow(r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}"#));
    topic(&allow(r#", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:111111111111:alarm:*"}}"#));
    topic(
        r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"], "Resource": "*",
            "Condition": {"StringEquals": {"AWS:SourceOwner": "111111111111"}}}]}"#,
    );
    for (policy, expected) in [
        (allow(r#", "Condition": {"StringEquals": {"aws:SourceAccount": "222222222222"}}"#), "no"),
        (allow(r#", "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}"#), "unknown"),
        (allow("").replace("cloudwatch", "budgets"), "no"),
        (allow("").replace("sns:Publish", "sns:Subscribe"), "no"),
        (r#"{"$unread": {"reason": "access_denied"}}"#.to_owned(), "unknown"),
        (r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/x"}, "Action": "sns:Publish", "Resource": "*"}]}"#.to_owned(), "no"),
    ] {
        check("Subscriptions.0", &format!(r#"{{"Topic": {{"Policy": {policy}}}}}"#), expected);
    }
}

/// A key policy: the account's own statement, and one for a service.
fn key_policy(service: &str, actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111111111111:root"}}, "Action": "kms:*",
            "Resource": "*"}}, {{"Effect": "Allow", "Principal": {{"Service": "{service}.amazonaws.com"}},
            "Action": {actions}, "Resource": "*"{condition}}}]}}"#
    )
}

/// A subscription whose topic is encrypted.
fn encrypted(key: &str, described: &str, policy: &str) -> String {
    format!(r#"{{"Topic": {{"KmsMasterKeyId": "{key}"}}, "TopicKey": {described}, "TopicKeyPolicy": {policy}}}"#)
}

/// What KMS says of a key that is fit for use, but for one member.
fn described(member: &str, value: &str) -> String {
    let usual = [
        ("AWSAccountId", r#""111111111111""#),
        ("Arn", r#""arn:aws:kms:eu-west-1:111111111111:key/k""#),
        ("KeyManager", r#""CUSTOMER""#),
        ("KeyState", r#""Enabled""#),
    ];
    let members = usual.map(|(name, usual)| format!("{name:?}: {}", if name == member { value } else { usual }));
    format!("{{{}}}", members.join(", "))
}

fn usable() -> String {
    described("", "")
}

const UNREAD: &str = r#"{"$unread": {"reason": "access_denied"}}"#;
const BOTH: &str = r#"["kms:Decrypt", "kms:GenerateDataKey*"]"#;

#[track_caller]
fn with_key(key: &str, described: &str, policy: &str, expected: &str) -> String {
    check("Subscriptions.0", &encrypted(key, described, policy), expected)
}

#[test]
fn the_key_lets_cloudwatch_encrypt() {
    let policy = |actions: &str, condition: &str| key_policy("cloudwatch", actions, condition);
    let key = |policy: &str, expected: &str| with_key("alias/mine", &usable(), policy, expected);
    key(&policy(BOTH, ""), "yes");
    key(&policy(r#""kms:*""#, ""), "yes");
    key(&policy(r#"["kms:Decrypt"]"#, ""), "no");
    key(&policy(r#"["kms:GenerateDataKey*"]"#, ""), "no");
    key(&key_policy("sns", BOTH, ""), "no");
    key(UNREAD, "unknown");
    let condition = |name: &str, value: &str| format!(r#", "Condition": {{"StringEquals": {{"{name}": "{value}"}}}}"#);
    let topic = "kms:EncryptionContext:aws:sns:topicArn";
    key(&policy(BOTH, &condition(topic, "arn:aws:sns:eu-west-1:111111111111:t")), "yes");
    key(&policy(BOTH, &condition(topic, "arn:aws:sns:eu-west-1:111111111111:u")), "no");
    key(&policy(BOTH, &condition("aws:SourceAccount", "111111111111")), "yes");
    key(&policy(BOTH, &condition("aws:SourceAccount", "222222222222")), "no");
    // Whether CloudWatch's call comes to KMS by way of SNS, as KMS counts it, is not documented.
    key(&policy(BOTH, &condition("kms:ViaService", "sns.eu-west-1.amazonaws.com")), "unknown");
}

#[test]
fn a_key_that_nobody_can_open_to_cloudwatch_is_not_asked_about() {
    let why = with_key("alias/aws/sns", UNREAD, UNREAD, "no");
    assert!(why.contains("alias/aws/sns, which CloudWatch cannot use"), "{why}");
    with_key("arn:aws:kms:eu-west-1:111111111111:alias/aws/sns", UNREAD, UNREAD, "no");
    with_key("1b2c", &described("KeyManager", r#""AWS""#), UNREAD, "no");
    // An alias that only ends like it is the account's own.
    with_key("alias/our-alias/aws/sns", &usable(), &key_policy("cloudwatch", BOTH, ""), "yes");
    with_key("", UNREAD, UNREAD, "yes");
}

#[test]
fn a_key_has_to_be_there_and_switched_on() {
    let open = key_policy("cloudwatch", BOTH, "");
    for (state, expected) in [
        ("Enabled", "yes"),
        ("Updating", "yes"),
        ("Disabled", "no"),
        ("PendingDeletion", "no"),
        ("PendingImport", "no"),
    ] {
        with_key("1b2c", &described("KeyState", &format!("{state:?}")), &open, expected);
    }
    with_key("1b2c", &described("KeyState", "null"), &open, "unknown");
    with_key("1b2c", &described("KeyState", r#""Disabled""#), UNREAD, "no");
    let why = with_key("alias/mine", "null", UNREAD, "no");
    assert!(why.contains("the key alias/mine of the topic does not exist"), "{why}");
    let why = with_key("alias/mine", r#"{"$unread": {"reason": "throttled"}}"#, UNREAD, "unknown");
    assert!(why.starts_with("throttled"), "{why}");
}

#[test]
fn a_key_of_another_account_is_not_visible() {
    let open = key_policy("cloudwatch", BOTH, "");
    let why = with_key("arn:aws:kms:eu-west-1:222222222222:key/k", &usable(), &open, "unknown");
    assert!(why.starts_with("not_visible: the key arn:aws:kms:eu-west-1:222222222222:key/k"), "{why}");
    let why = with_key("1b2c", &described("AWSAccountId", r#""222222222222""#), &open, "unknown");
    assert!(why.starts_with("not_visible"), "{why}");
}

#[test]
fn a_topic_that_was_not_read_is_unknown_unless_something_decides() {
    let topic = |topic: &str, expected| check("Subscriptions.0", &format!(r#"{{"Topic": {topic}}}"#), expected);
    let why = topic(UNREAD, "unknown");
    assert!(why.starts_with("access_denied"), "{why}");
    let why = topic("null", "no");
    assert!(why.contains("the topic arn:aws:sns:eu-west-1:111111111111:t does not exist"), "{why}");
    topic(&format!(r#"{{"Policy": {UNREAD}, "KmsMasterKeyId": "alias/aws/sns"}}"#), "no");
    topic(&format!(r#"{{"KmsMasterKeyId": {UNREAD}}}"#), "unknown");
    topic(&format!(r#"{{"Policy": "{{\"Statement\": []}}", "KmsMasterKeyId": {UNREAD}}}"#), "no");
}
