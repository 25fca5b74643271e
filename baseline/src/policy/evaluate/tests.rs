//! Every operator, by example. Expectations are from the IAM User Guide, "Condition operators", "Single-valued vs.
//! multivalued context keys" and "Policy variables".

use super::*;
use crate::doc::Doc;
use crate::policy::document::Document;
use crate::policy::request::Context;

/// What a condition says of a request with these keys, of one value or several.
fn check(condition: &str, keys: &[(&str, &[&str])]) -> Holds {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let document = Document::parse(&Doc::string(text));
    assert!(document.unread().is_none(), "{condition}: {:?}", document.unread());
    let mut context = Context::new();
    keys.iter().for_each(|(key, values)| context.set(key, values.iter().copied()));
    let asked = Asked {
        principal: &Principal::Anonymous,
        has_boundary: false,
        canonical: Canonical::Others,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/k",
        facts: &context,
    };
    applies(&document.statements()[0], &asked).0
}

/// Pairs of a value of the request and what the operator says of it.
fn operator(name: &str, wanted: &str, values: &[(&str, bool)]) {
    for (value, expected) in values {
        let condition = format!(r#"{{"{name}":{{"k:k":"{wanted}"}}}}"#);
        assert_eq!(check(&condition, &[("k:k", &[value])]), Holds::of(*expected), "{name} {wanted} {value}");
    }
}

#[test]
fn strings() {
    operator("StringEquals", "a*", &[("a*", true), ("ab", false), ("A*", false)]);
    operator("StringNotEquals", "a", &[("a", false), ("A", true)]);
    operator("StringEqualsIgnoreCase", "aB", &[("Ab", true), ("abc", false)]);
    operator("StringNotEqualsIgnoreCase", "aB", &[("Ab", false), ("abc", true)]);
    operator("StringLike", "a*c?", &[("abcd", true), ("acd", true), ("ac", false), ("Acd", false)]);
    operator("StringNotLike", "a*", &[("abc", false), ("b", true)]);
    operator("BinaryEquals", "QmluYXJ5", &[("QmluYXJ5", true), ("qmluyxj5", false)]);
}

#[test]
fn numbers_and_dates() {
    operator("NumericEquals", "10", &[("10.0", true), ("11", false), ("x", false)]);
    operator("NumericNotEquals", "10", &[("10.0", false), ("11", true), ("x", true)]);
    operator("NumericLessThan", "1.2", &[("1.1", true), ("1.2", false)]);
    operator("NumericLessThanEquals", "10", &[("10", true), ("9", true), ("10.5", false)]);
    operator("NumericGreaterThan", "10", &[("11", true), ("10", false)]);
    operator("NumericGreaterThanEquals", "10", &[("10", true), ("9", false)]);
    operator("DateLessThan", "2026-01-01T00:00:00Z", &[("2025-12-31T23:59:59Z", true), ("1767225600", false)]);
    operator("DateGreaterThanEquals", "2026-01-01", &[("2026-01-01T00:00:00Z", true), ("2025-12-31", false)]);
    operator("DateNotEquals", "2026-01-01", &[("2026-01-01T00:00:00Z", false), ("2026-01-02", true)]);
}

#[test]
fn booleans_and_addresses() {
    operator("Bool", "true", &[("TRUE", true), ("false", false), ("yes", false)]);
    operator("IpAddress", "203.0.113.9/24", &[("203.0.113.1", true), ("203.0.114.1", false), ("::1", false)]);
    operator("IpAddress", "203.0.113.9", &[("203.0.113.9", true), ("203.0.113.8", false)]);
    operator("IpAddress", "2001:db8::/32", &[("2001:db8::1", true), ("203.0.113.1", false)]);
    operator("IpAddress", "0.0.0.0/0", &[("203.0.113.1", true), ("2001:db8::1", false)]);
    operator("NotIpAddress", "10.0.0.0/8", &[("10.1.1.1", false), ("11.1.1.1", true), ("2001:db8::1", true)]);
    operator("IpAddress", "10.0.0.0/99", &[("10.0.0.0", false)]);
}

#[test]
fn arns() {
    let role = "arn:aws:iam::111111111111:role/a";
    operator("ArnEquals", "arn:aws:iam::*:role/*", &[(role, true), ("role/a", false)]);
    operator("ArnLike", "arn:aws:iam::1*:role/?", &[(role, true)]);
    operator("ArnLike", "arn:aws:*:role/a", &[(role, false)]);
    operator("StringLike", "arn:aws:*:role/a", &[(role, true)]);
    operator("ArnNotLike", "arn:aws:iam::2*:*", &[(role, true)]);
    operator("ArnNotEquals", role, &[(role, false)]);
    // Whether an asterisk is an ARN, AWS does not say.
    assert_eq!(check(r#"{"ArnLike":{"k:k":"*"}}"#, &[("k:k", &[role])]), Holds::Perhaps);
}

#[test]
fn an_absent_key() {
    for (condition, expected) in [
        (r#"{"StringEquals":{"k:k":"a"}}"#, false),
        (r#"{"StringNotEquals":{"k:k":"a"}}"#, true),
        (r#"{"StringNotLike":{"k:k":"*"}}"#, true),
        (r#"{"NotIpAddress":{"k:k":"0.0.0.0/0"}}"#, true),
        (r#"{"NumericNotEquals":{"k:k":"1"}}"#, true),
        (r#"{"ArnNotLike":{"k:k":"arn:aws:s3:::b"}}"#, true),
        (r#"{"Bool":{"k:k":"false"}}"#, false),
        (r#"{"BoolIfExists":{"k:k":"false"}}"#, true),
        (r#"{"StringEqualsIfExists":{"k:k":"a"}}"#, true),
        (r#"{"StringNotEqualsIfExists":{"k:k":"a"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"k:k":"a"}}"#, true),
        (r#"{"ForAllValues:StringNotEquals":{"k:k":"a"}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"k:k":"a"}}"#, false),
        (r#"{"ForAnyValue:StringNotEquals":{"k:k":"a"}}"#, false),
        (r#"{"Null":{"k:k":"true"}}"#, true),
        (r#"{"Null":{"k:k":"false"}}"#, false),
        (r#"{"ForAllValues:Null":{"k:k":"true"}}"#, true),
        (r#"{"ForAnyValue:Null":{"k:k":"false"}}"#, false),
        (r#"{"StringEquals":{"k:k":[]}}"#, false),
        (r#"{"ForAllValues:StringEquals":{"k:k":[]}}"#, true),
    ] {
        assert_eq!(check(condition, &[]), Holds::of(expected), "{condition}");
    }
    for condition in [
        r#"{"ForAllValues:Null":{"k:k":"false"}}"#,
        r#"{"ForAnyValue:Null":{"k:k":"true"}}"#,
        r#"{"ForAnyValue:StringEqualsIfExists":{"k:k":"a"}}"#,
        r#"{"ForAnyValue:StringNotEqualsIfExists":{"k:k":"a"}}"#,
        r#"{"Null":{"k:k":"perhaps"}}"#,
        r#"{"Null":{"k:k":[]}}"#,
    ] {
        assert_eq!(check(condition, &[]), Holds::Perhaps, "{condition}");
    }
}

#[test]
fn an_empty_text() {
    for (condition, expected) in [
        (r#"{"StringEquals":{"k:k":""}}"#, Holds::Yes),
        (r#"{"StringLike":{"k:k":"*"}}"#, Holds::Yes),
        (r#"{"StringNotEquals":{"k:k":"a"}}"#, Holds::Yes),
        (r#"{"StringEqualsIfExists":{"k:k":"a"}}"#, Holds::No),
        (r#"{"ForAllValues:StringEquals":{"k:k":"a"}}"#, Holds::Yes),
        (r#"{"ForAllValues:StringNotEquals":{"k:k":""}}"#, Holds::Yes),
        (r#"{"ForAnyValue:StringEquals":{"k:k":""}}"#, Holds::No),
        (r#"{"ForAnyValue:StringNotEquals":{"k:k":"a"}}"#, Holds::No),
        (r#"{"Null":{"k:k":"true"}}"#, Holds::Perhaps),
        (r#"{"Null":{"k:k":"false"}}"#, Holds::Perhaps),
        (r#"{"StringEquals":{"k:k":"${k:k}"}}"#, Holds::Perhaps),
    ] {
        assert_eq!(check(condition, &[("k:k", &[""])]), expected, "{condition}");
    }
    // Beside another value it is one.
    assert_eq!(check(r#"{"ForAllValues:StringEquals":{"k:k":"a"}}"#, &[("k:k", &["", "a"])]), Holds::No);
}

#[test]
fn an_empty_list() {
    for (condition, expected) in [
        (r#"{"ForAllValues:StringEquals":{"k:k":[]}}"#, Holds::No),
        (r#"{"ForAnyValue:StringEquals":{"k:k":[]}}"#, Holds::No),
        (r#"{"ForAnyValue:StringNotEquals":{"k:k":[]}}"#, Holds::Perhaps),
        (r#"{"StringEquals":{"k:k":[]}}"#, Holds::Perhaps),
        (r#"{"NumericNotEquals":{"k:k":[]}}"#, Holds::Perhaps),
    ] {
        assert_eq!(check(condition, &[("k:k", &["a"])]), expected, "{condition}");
    }
}

#[test]
fn several_values() {
    let keys: &[(&str, &[&str])] = &[("k:k", &["a", "b"])];
    for (condition, expected) in [
        (r#"{"ForAllValues:StringEquals":{"k:k":["a","b","c"]}}"#, Holds::Yes),
        (r#"{"ForAllValues:StringEquals":{"k:k":"a"}}"#, Holds::No),
        (r#"{"ForAnyValue:StringEquals":{"k:k":"a"}}"#, Holds::Yes),
        (r#"{"ForAnyValue:StringNotEquals":{"k:k":"a"}}"#, Holds::Yes),
        (r#"{"ForAllValues:StringNotEquals":{"k:k":"c"}}"#, Holds::Yes),
        (r#"{"ForAllValues:StringNotEquals":{"k:k":"a"}}"#, Holds::No),
        (r#"{"StringEquals":{"k:k":"a"}}"#, Holds::Perhaps),
        (r#"{"StringEquals":{"k:k":"c"}}"#, Holds::No),
        (r#"{"StringNotEquals":{"k:k":"a"}}"#, Holds::Perhaps),
        (r#"{"Null":{"k:k":"false"}}"#, Holds::Yes),
    ] {
        assert_eq!(check(condition, keys), expected, "{condition}");
    }
}

#[test]
fn all_operators_and_keys_have_to_hold_and_one_value_each() {
    let condition = r#"{"StringEquals":{"a:a":["1","2"],"b:b":"3"},"Bool":{"c:c":"true"}}"#;
    let with = |a: &str, b: &str, c: &str| check(condition, &[("a:a", &[a]), ("b:b", &[b]), ("c:c", &[c])]);
    assert_eq!(with("2", "3", "true"), Holds::Yes);
    assert_eq!(with("3", "3", "true"), Holds::No);
    assert_eq!(with("1", "3", "false"), Holds::No);
    let none = r#"{"StringNotEquals":{"a:a":["1","2"]}}"#;
    assert_eq!(check(none, &[("a:a", &["2"])]), Holds::No);
    assert_eq!(check(none, &[("a:a", &["3"])]), Holds::Yes);
}

#[test]
fn variables_in_conditions() {
    let condition = r#"{"StringEquals":{"a:a":"x-${b:b}"}}"#;
    assert_eq!(check(condition, &[("a:a", &["x-1"]), ("b:b", &["1"])]), Holds::Yes);
    assert_eq!(check(condition, &[("a:a", &["x-${b:b}"])]), Holds::No);
    let negated = r#"{"StringNotEquals":{"a:a":"x-${b:b}"}}"#;
    assert_eq!(check(negated, &[("a:a", &["x-1"])]), Holds::Yes);
    // What a variable brings in is no wildcard.
    assert_eq!(check(r#"{"StringLike":{"a:a":"${b:b}"}}"#, &[("a:a", &["x"]), ("b:b", &["*"])]), Holds::No);
    assert_eq!(check(r#"{"Bool":{"a:a":"${b:b}"}}"#, &[("a:a", &["true"]), ("b:b", &["true"])]), Holds::Perhaps);
}

#[test]
fn the_opposite_elements() {
    let applies_to = |elements: &str, version: &str| {
        let text = format!(r#"{{"Version":"{version}","Statement":{{"Effect":"Allow",{elements}}}}}"#);
        let document = Document::parse(&Doc::string(text));
        assert!(document.unread().is_none(), "{elements}");
        let asked = Asked {
            principal: &Principal::Anonymous,
            has_boundary: false,
            canonical: Canonical::Others,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::b/k",
            facts: &Context::new(),
        };
        applies(&document.statements()[0], &asked).0 == Holds::Yes
    };
    let new = "2012-10-17";
    assert!(applies_to(r#""Action":"S3:get*","Resource":"arn:aws:s3:::b/*""#, new));
    assert!(!applies_to(r#""NotAction":"S3:get*","Resource":"*""#, new));
    assert!(applies_to(r#""NotAction":"s3:Put*","NotResource":"arn:aws:s3:::c/*""#, new));
    assert!(!applies_to(r#""Action":"*","Resource":"arn:aws:s3:::B/*""#, new));
    assert!(!applies_to(r#""Action":"*","Resource":"arn:aws:s3:::b/${aws:username}*""#, new));
    assert!(applies_to(r#""Action":"*","NotResource":"arn:aws:s3:::b/${aws:username}*""#, new));
    assert!(!applies_to(r#""Action":"*","Resource":"arn:aws:s3:::b/${aws:username}*""#, "2008-10-17"));
}

#[test]
fn keys_that_are_left_open_decide_nothing() {
    let text =
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:a":"1"}}}}"#;
    let document = Document::parse(&Doc::string(text));
    let mut context = Context::new();
    context.leave_open("a:A");
    let asked = Asked {
        principal: &Principal::Anonymous,
        has_boundary: false,
        canonical: Canonical::Others,
        action: "s3:GetObject",
        resource: "*",
        facts: &context,
    };
    assert_eq!(applies(&document.statements()[0], &asked).0, Holds::Perhaps);
}
