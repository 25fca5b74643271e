//! Policies that are hard because of their conditions: many keys, and many patterns, ranges and sets of one key.

use super::{ALLOW, BUCKET, Dice, OBJECTS, allow, deny, fill};

/// A denial with three conditions is a clause: whether a tag is there is a variable of a satisfiability problem.
pub(super) fn satisfiability(seed: u64, keys: usize, size: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    // As many as make it hardest: 4.3 for each variable.
    let most = keys * 43 / 10;
    let clauses = fill(vec![ALLOW.to_owned()], size, |_| {
        let mut literals: Vec<String> = Vec::new();
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < 3 {
            let key = dice.below(keys);
            if !chosen.contains(&key) {
                chosen.push(key);
                literals.push(format!(r#""aws:PrincipalTag/t{key}":"{}""#, dice.below(2) == 1));
            }
        }
        deny(&format!(r#""Null":{{{}}}"#, literals.join(",")))
    });
    clauses.into_iter().take(most + 1).collect()
}

/// Every group of keys that tells callers apart, in statements that denials close one and all.
pub(super) fn groups(denials: usize) -> Vec<String> {
    let keys = [
        r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
        r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::9*:user/*"}"#,
        r#""StringLike":{"aws:username":"a*"}"#,
        r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#,
        r#""StringLike":{"aws:SourceVpce":"vpce-*"}"#,
        r#""IpAddress":{"aws:SourceIp":"0.0.0.0/1"}"#,
        r#""Bool":{"aws:ViaAWSService":"true"}"#,
        r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        r#""StringLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}"#,
        r#""StringLike":{"aws:SourceAccount":"9*"}"#,
        r#""StringLike":{"aws:userid":"AROA*"}"#,
        r#""StringEquals":{"aws:PrincipalType":"User"}"#,
    ];
    let closing = [
        r#""StringLike":{"s3:authType":"*"}"#,
        r#""Null":{"s3:authType":"true"}"#,
        r#""Bool":{"aws:SecureTransport":"false"}"#,
    ];
    let mut first: Vec<String> = closing.iter().take(denials).map(|closing| deny(closing)).collect();
    if denials == 1 {
        first = vec![format!(r#"{{"Effect":"Deny","Principal":"*",{OBJECTS}}}"#)];
    }
    fill(first, BUCKET, |number| {
        let service = ["sns", "sqs", "events", "cloudtrail", "config", "lambda"][number % 6];
        let key = keys[number % keys.len()];
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"*","Service":"{service}{number}.amazonaws.com"}},{OBJECTS},"Condition":{{{key}}}}}"#
        )
    })
}

/// A letter at a place that is counted from the end, demanded and denied in two ways: the states double with each place.
pub(super) fn before_the_end(length: usize) -> Vec<String> {
    let tail = "?".repeat(length);
    vec![
        allow(&format!(r#""StringLike":{{"aws:UserAgent":"*a{tail}"}}"#)),
        deny(&format!(r#""StringLike":{{"aws:UserAgent":["?*a{tail}","a{tail}"]}}"#)),
    ]
}

/// Each of some letters has to be there, in fewer places.
pub(super) fn letters_in_few_places(letters: usize) -> Vec<String> {
    let mut statements = vec![allow(&format!(r#""StringNotLike":{{"aws:UserAgent":"{}*"}}"#, "?".repeat(letters)))];
    statements.extend(
        ('a'..='z').take(letters).map(|letter| deny(&format!(r#""StringNotLike":{{"aws:UserAgent":"*{letter}*"}}"#))),
    );
    statements
}

/// Denials of patterns with several wildcards, all of one key.
pub(super) fn patterns_of_one_key(key: &str, operator: &str) -> Vec<String> {
    let mut dice = Dice(21);
    let set = if operator.starts_with("ForAllValues:") { "ForAnyValue:" } else { "" };
    let first = allow(&format!(r#""{set}StringLike":{{"{key}":"*a*b*c*"}}"#));
    fill(vec![first], BUCKET, |_| {
        let mut pattern = || {
            let letters: Vec<&str> = (0..4).map(|_| dice.one(&["a", "b", "c", "d", "?"])).collect();
            format!("*{}*", letters.join("*"))
        };
        let (one, two) = (pattern(), pattern());
        deny(&format!(r#""{operator}":{{"{key}":["{one}","{two}"]}}"#))
    })
}

/// Conditions on two sets, for all of their values and for any.
pub(super) fn sets() -> Vec<String> {
    let mut dice = Dice(24);
    let first = allow(r#""ForAnyValue:StringLike":{"aws:TagKeys":["a*","b*"]},"Null":{"aws:TagKeys":"false"}"#);
    fill(vec![first], BUCKET, |_| {
        let set = dice.one(&["ForAllValues:", "ForAnyValue:"]);
        let other = dice.one(&["ForAllValues:", "ForAnyValue:"]);
        let negated = dice.one(&["StringNotLike", "StringLike"]);
        let values = [dice.one(&["*a*", "b*", "*c", "?*d"]), dice.one(&["*ab*", "bc*", "*cd", "?*da"])];
        deny(&format!(
            r#""{set}{negated}":{{"aws:TagKeys":["{}","{}"]}},"{other}StringNotEquals":{{"s3:RequestObjectTagKeys":"{}"}}"#,
            values[0],
            values[1],
            dice.one(&["a", "b", "c"])
        ))
    })
}

/// Policy variables that depend on each other.
pub(super) fn variables() -> Vec<String> {
    let mut dice = Dice(25);
    fill(vec![ALLOW.to_owned()], BUCKET, |_| {
        let key = dice.below(5);
        let other = dice.below(5);
        let operator = dice.one(&["StringLikeIfExists", "StringNotLike", "StringEquals"]);
        let letter = dice.one(&["a", "b", "c"]);
        deny(&format!(
            r#""{operator}":{{"aws:PrincipalTag/t{key}":"${{aws:PrincipalTag/t{other}}}*"}},"StringLike":{{"aws:PrincipalTag/t{other}":"{letter}*"}}"#
        ))
    })
}

/// Ranges within ranges.
pub(super) fn ranges() -> Vec<String> {
    let mut dice = Dice(26);
    fill(vec![ALLOW.to_owned()], BUCKET, |_| {
        let operator = dice.one(&["IpAddress", "NotIpAddress"]);
        let ranges: Vec<String> = (0..4)
            .map(|_| format!(r#""{}.{}.0.0/{}""#, dice.below(224), dice.below(256), 1 + dice.below(16)))
            .collect();
        deny(&format!(
            r#""{operator}":{{"aws:SourceIp":[{}]}},"Bool":{{"aws:SecureTransport":"{}"}}"#,
            ranges.join(","),
            dice.one(&["true", "false"])
        ))
    })
}

/// Patterns of organizations and accounts, each of which a stranger may fit or not.
pub(super) fn drawn() -> Vec<String> {
    let mut dice = Dice(27);
    fill(vec![ALLOW.to_owned()], BUCKET, |number| {
        let (one, two) = (dice.below(10), dice.below(10));
        match number % 3 {
            0 => deny(&format!(
                r#""StringLike":{{"aws:PrincipalOrgID":"o-{}*"}}"#,
                dice.one(&["a", "b", "c", "d", "e1", "f2"])
            )),
            1 => deny(&format!(r#""StringLike":{{"aws:PrincipalAccount":"{one}*{two}"}}"#)),
            _ => deny(&format!(r#""ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::*{one}?{two}*:role/*"}}"#)),
        }
    })
}
