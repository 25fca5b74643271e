//! Policies that are hard because of their elements: whom they name, which actions and which resources.

use super::{ALLOW, BUCKET, Dice, MANAGED, OBJECTS, ROLE, deny, fill};

/// Patterns of objects with several wildcards.
pub(super) fn patterns_of_resources(element: &str) -> Vec<String> {
    let mut dice = Dice(22);
    fill(vec![ALLOW.to_owned()], BUCKET, |number| {
        let path: Vec<&str> = (0..3).map(|_| dice.one(&["a", "b", "c", "?"])).collect();
        let path = path.join("*");
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","{element}":["arn:aws:s3:::b/*{path}*","arn:aws:s3:::b/{}*"],"Condition":{{"StringLike":{{"aws:PrincipalTag/t{}":"x*"}}}}}}"#,
            dice.one(&["a", "b", "c"]),
            number % 7,
        )
    })
}

/// Hundreds of resources.
pub(super) fn resources() -> Vec<String> {
    let list =
        |count: usize| (0..count).map(|number| format!(r#""arn:aws:s3:::b/{number}/*""#)).collect::<Vec<_>>().join(",");
    vec![
        ALLOW.to_owned(),
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":[{}]}}"#, list(350)),
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":[{}]}}"#, list(350)),
    ]
}

/// `NotPrincipal`, `NotAction` and `NotResource` together.
pub(super) fn inverted() -> Vec<String> {
    let mut dice = Dice(23);
    fill(Vec::new(), BUCKET, |number| {
        let effect = if number % 3 == 0 { "Allow" } else { "Deny" };
        let principal = match dice.below(3) {
            0 => r#""Principal":"*""#.to_owned(),
            1 => format!(r#""NotPrincipal":{{"AWS":"arn:aws:iam::11111111{:04}:root"}}"#, dice.below(6)),
            _ => format!(
                r#""NotPrincipal":{{"AWS":["arn:aws:iam::11111111{0:04}:root","arn:aws:iam::11111111{0:04}:role/x"]}}"#,
                dice.below(6)
            ),
        };
        let action =
            dice.one(&[r#""NotAction":"s3:Put*""#, r#""NotAction":["s3:Get*","s3:List*"]"#, r#""Action":"s3:*""#]);
        let resource = dice.one(&[
            r#""NotResource":"arn:aws:s3:::b/a*""#,
            r#""NotResource":["arn:aws:s3:::b/*a","arn:aws:s3:::b"]"#,
            r#""Resource":"arn:aws:s3:::b/*""#,
        ]);
        let key = dice.one(&["aws:UserAgent", "aws:Referer", "aws:PrincipalTag/t"]);
        let operator = dice.one(&["StringNotLike", "StringLike", "StringNotLikeIfExists"]);
        let value = dice.one(&["*a*", "b*", "*c", "?*d"]);
        format!(
            r#"{{"Effect":"{effect}",{principal},{action},{resource},"Condition":{{"{operator}":{{"{key}":"{value}"}}}}}}"#
        )
    })
}

/// Many principals, each of which may or may not call without TLS.
pub(super) fn principals() -> Vec<String> {
    let mut dice = Dice(28);
    fill(
        vec![deny(
            r#""Bool":{"aws:SecureTransport":"false"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/a*"}"#,
        )],
        BUCKET,
        |number| {
            let account = 111_111_110_000 + number / 2;
            format!(
                r#"{{"Effect":"{}","Principal":{{"AWS":["arn:aws:iam::{account}:role/r{number}","arn:aws:iam::{account}:user/u{number}"]}},{OBJECTS},"Condition":{{"Bool":{{"aws:SecureTransport":"{}"}}}}}}"#,
                dice.one(&["Allow", "Deny"]),
                dice.one(&["true", "false"])
            )
        },
    )
}

/// Hundreds of accounts, and hundreds of organizations.
pub(super) fn owners() -> Vec<String> {
    let list = |of: &dyn Fn(usize) -> String| (0..400).map(of).collect::<Vec<_>>().join(",");
    let accounts = list(&|number| format!(r#""{}""#, 222_222_220_000_u64 + number as u64));
    let organizations = list(&|number| format!(r#""o-a1b2c3{number:04}""#));
    vec![
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":[{accounts}]}},{OBJECTS},"Condition":{{"StringNotEquals":{{"aws:PrincipalOrgID":[{organizations}]}}}}}}"#
        ),
        deny(
            r#""Bool":{"aws:SecureTransport":"false"},"StringNotLike":{"aws:PrincipalOrgID":["o-a1b2*"],"aws:PrincipalAccount":["2*"]}"#,
        ),
        deny(
            r#""ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/*","arn:aws:iam::*:root","arn:aws:iam::*:user/*"]}"#,
        ),
    ]
}

/// Many services and accounts.
pub(super) fn services() -> Vec<String> {
    let mut dice = Dice(29);
    fill(Vec::new(), BUCKET, |number| {
        let service = dice.one(&["cloudtrail", "config", "sns", "events", "delivery.logs", "cloudfront"]);
        let account = 111_111_111_100 + dice.below(30);
        format!(
            r#"{{"Effect":"{}","Principal":{{"Service":"{service}.amazonaws.com"}},"Action":"s3:{}Object","Resource":"arn:aws:s3:::b/AWSLogs/{account}/*","Condition":{{"ArnLike":{{"aws:SourceArn":"arn:aws:{service}:*:{account}:*{number}*"}},"StringLike":{{"aws:SourceAccount":"{account}"}}}}}}"#,
            if number % 4 == 3 { "Deny" } else { "Allow" },
            dice.one(&["Get", "Put"])
        )
    })
}

/// Patterns of subjects of tokens.
pub(super) fn subjects() -> Vec<String> {
    let mut dice = Dice(30);
    fill(Vec::new(), ROLE, |number| {
        let operator = dice.one(&["StringLike", "StringNotLike", "ForAllValues:StringLike"]);
        format!(
            r#"{{"Effect":"{}","Principal":{{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"{operator}":{{"token.actions.githubusercontent.com:sub":["repo:acme/{}*:ref:*","repo:acme/*{}*"]}}}}}}"#,
            if number % 2 == 0 { "Allow" } else { "Deny" },
            dice.one(&["a", "b", "c"]),
            dice.one(&["a", "b", "c"])
        )
    })
}

/// The same for a principal: without Principal elements, on everything.
pub(super) fn identity(statements: Vec<String>) -> Vec<String> {
    let of = |statement: String| {
        let statement = statement.replace(r#""Principal":"*","#, "").replace("s3:GetObject", "*");
        statement.replace(r#""Resource":"arn:aws:s3:::b/*""#, r#""Resource":"*""#)
    };
    let mut used = 0;
    let fits = |statement: &String| {
        used += statement.len() + 1;
        used < MANAGED
    };
    statements.into_iter().map(of).take_while(fits).collect()
}

/// Statements that together tell every action apart.
pub(super) fn actions() -> Vec<String> {
    let mut dice = Dice(31);
    fill(Vec::new(), BUCKET, |number| {
        let pattern = |dice: &mut Dice| {
            format!(
                "s3:*{}*{}*",
                dice.one(&["Get", "Put", "List", "Delete", "e", "t"]),
                dice.one(&["Bucket", "Object", "Acl", "Policy", "c", "Tag"])
            )
        };
        let (one, two) = (pattern(&mut dice), pattern(&mut dice));
        format!(
            r#"{{"Effect":"{}","Principal":"*","Action":["{one}","{two}"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{{"StringLike":{{"aws:UserAgent":"{}*{}"}}}}}}"#,
            if number % 2 == 0 { "Allow" } else { "Deny" },
            dice.one(&["a", "b", "*"]),
            dice.one(&["a", "b", "c"])
        )
    })
}

/// Everything at random.
pub(super) fn mixture(seed: u64) -> Vec<String> {
    let mut dice = Dice(1000 + seed);
    let denials = 1 + dice.below(9);
    fill(Vec::new(), BUCKET, |_| {
        let effect = if dice.below(10) < denials { "Deny" } else { "Allow" };
        let principal = dice.one(&[
            r#""Principal":"*""#,
            r#""Principal":"*""#,
            r#""NotPrincipal":{"AWS":"111111111111"}"#,
            r#""Principal":{"Service":["sns.amazonaws.com","cloudtrail.amazonaws.com"]}"#,
        ]);
        let action = dice.one(&[
            r#""Action":"s3:*""#,
            r#""Action":"s3:Get*""#,
            r#""NotAction":"s3:List*""#,
            r#""Action":["s3:PutObject","s3:*Acl"]"#,
        ]);
        let resource = dice.one(&[
            r#""Resource":"*""#,
            r#""Resource":"arn:aws:s3:::b/*a*""#,
            r#""NotResource":"arn:aws:s3:::b/*b""#,
            r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/t}/*""#,
            r#""Resource":"arn:aws:s3:::b*""#,
        ]);
        let mut conditions: Vec<String> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let (keys, operators, values): (&[&str], &[&str], &[&str]) = match dice.below(6) {
                0 => (
                    &["aws:UserAgent", "aws:Referer", "aws:PrincipalTag/t", "aws:username"],
                    &["StringLike", "StringNotLike", "StringNotLikeIfExists"],
                    &["*a*", "b*", "*c", "?*d*"],
                ),
                1 => (
                    &["aws:TagKeys", "s3:RequestObjectTagKeys"],
                    &["ForAllValues:StringLike", "ForAnyValue:StringNotLike", "ForAnyValue:StringLike"],
                    &["*a*", "b*", "*c", "?*d*"],
                ),
                2 => (
                    &["aws:SourceIp"],
                    &["IpAddress", "NotIpAddress"],
                    &["10.0.0.0/1", "128.0.0.0/2", "2000::/3", "203.0.113.0/24"],
                ),
                3 => (
                    &["aws:PrincipalArn", "aws:SourceArn"],
                    &["ArnLike", "ArnNotLike", "StringLike"],
                    &["arn:aws:iam::*:role/a*", "arn:aws:*:*:9*:*b*", "arn:aws:sns:*:111111111111:*"],
                ),
                4 => (
                    &["aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:SourceVpce", "aws:SourceAccount"],
                    &["StringEquals", "StringNotLike", "StringLikeIfExists"],
                    &["o-a*", "9*", "vpce-*", "111111111111"],
                ),
                _ => (
                    &["aws:SecureTransport", "aws:ViaAWSService", "aws:MultiFactorAuthPresent"],
                    &["Bool", "BoolIfExists", "Null"],
                    &["true", "false"],
                ),
            };
            let (key, operator, value) = (dice.one(keys), dice.one(operators), dice.one(values));
            if !conditions.iter().any(|known| known.starts_with(&format!(r#""{operator}":"#))) {
                conditions.push(format!(r#""{operator}":{{"{key}":["{value}","{}"]}}"#, dice.one(values)));
            }
        }
        format!(r#"{{"Effect":"{effect}",{principal},{action},{resource},"Condition":{{{}}}}}"#, conditions.join(","))
    })
}
