//! Policies that are made to take long, within the sizes that AWS stores: many statements, keys and patterns that share
//! their words, so that nothing can be told early. Deterministic; what a policy is about and which question is hard for it
//! stands in its name.

/// What is asked of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Public,
    Trust,
    Tls,
    Administrator,
}

/// A policy that is hard for a question.
pub(crate) struct Hard {
    pub(crate) name: String,
    pub(crate) question: Question,
    pub(crate) document: String,
}

/// The bytes that a bucket's policy, a role's policies together, and a managed policy may have.
const BUCKET: usize = 20 * 1024;
const ROLE: usize = 10 * 1024;
const MANAGED: usize = 6 * 1024;

const OBJECTS: &str = r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const ALLOW: &str = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

/// All of them.
pub(crate) fn all() -> Vec<Hard> {
    let mut all = Vec::new();
    let mut add = |name: String, question, statements: Vec<String>| {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        all.push(Hard { name, question, document });
    };
    for (seed, keys) in [(1, 16), (2, 22), (3, 26), (4, 31), (5, 40), (6, 26), (7, 22), (8, 31)] {
        add(format!("satisfiability, {keys} tags, {seed}"), Question::Public, satisfiability(seed, keys, BUCKET));
    }
    for denials in [1, 2, 3] {
        add(format!("all groups of keys, {denials} denials"), Question::Public, groups(denials));
        add(format!("all groups of keys, {denials} denials"), Question::Tls, groups(denials));
    }
    for length in [8, 11, 14, 24] {
        add(format!("a letter {length} before the end"), Question::Public, before_the_end(length));
    }
    for letters in [6, 8, 12] {
        add(format!("{letters} letters in too few places"), Question::Public, letters_in_few_places(letters));
    }
    add(
        "patterns of one key in all denials".into(),
        Question::Public,
        patterns_of_one_key("aws:UserAgent", "StringNotLike"),
    );
    add(
        "patterns of one set in all denials".into(),
        Question::Public,
        patterns_of_one_key("aws:TagKeys", "ForAllValues:StringNotLike"),
    );
    add("patterns of resources".into(), Question::Public, patterns_of_resources("Resource"));
    add("patterns of other resources".into(), Question::Public, patterns_of_resources("NotResource"));
    add("patterns of other resources".into(), Question::Tls, patterns_of_resources("NotResource"));
    add("a long list of resources".into(), Question::Public, resources());
    add("not and not and not".into(), Question::Public, inverted());
    add("not and not and not".into(), Question::Tls, inverted());
    add("nested sets".into(), Question::Public, sets());
    add("policy variables".into(), Question::Public, variables());
    add("ranges in ranges".into(), Question::Public, ranges());
    add("organizations and accounts".into(), Question::Public, drawn());
    add("principals".into(), Question::Tls, principals());
    add("services".into(), Question::Public, services());
    add("subjects of tokens".into(), Question::Trust, subjects());
    add("satisfiability, 16 tags".into(), Question::Administrator, identity(satisfiability(9, 16, MANAGED)));
    add("patterns of actions".into(), Question::Administrator, identity(patterns_of_resources("NotResource")));
    add("patterns of actions".into(), Question::Public, actions());
    for seed in 0..40 {
        add(format!("mixture {seed}"), Question::Public, mixture(seed));
        add(format!("mixture {seed}"), Question::Tls, mixture(seed));
    }
    all
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

fn deny(condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Principal":"*",{OBJECTS},"Condition":{{{condition}}}}}"#)
}

fn allow(condition: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":"*",{OBJECTS},"Condition":{{{condition}}}}}"#)
}

/// As many statements as fit.
fn fill(first: Vec<String>, size: usize, mut next: impl FnMut(usize) -> String) -> Vec<String> {
    let mut statements = first;
    let mut used: usize = statements.iter().map(|statement| statement.len() + 1).sum();
    for number in 0.. {
        let statement = next(number);
        used += statement.len() + 1;
        if used + 50 > size {
            break;
        }
        statements.push(statement);
    }
    statements
}

/// A denial with three conditions is a clause: whether a tag is there is a variable of a satisfiability problem.
fn satisfiability(seed: u64, keys: usize, size: usize) -> Vec<String> {
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
fn groups(denials: usize) -> Vec<String> {
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
fn before_the_end(length: usize) -> Vec<String> {
    let tail = "?".repeat(length);
    vec![
        allow(&format!(r#""StringLike":{{"aws:UserAgent":"*a{tail}"}}"#)),
        deny(&format!(r#""StringLike":{{"aws:UserAgent":["?*a{tail}","a{tail}"]}}"#)),
    ]
}

/// Each of some letters has to be there, in fewer places.
fn letters_in_few_places(letters: usize) -> Vec<String> {
    let mut statements = vec![allow(&format!(r#""StringNotLike":{{"aws:UserAgent":"{}*"}}"#, "?".repeat(letters)))];
    statements.extend(
        ('a'..='z').take(letters).map(|letter| deny(&format!(r#""StringNotLike":{{"aws:UserAgent":"*{letter}*"}}"#))),
    );
    statements
}

/// Denials of patterns with several wildcards, all of one key.
fn patterns_of_one_key(key: &str, operator: &str) -> Vec<String> {
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

fn patterns_of_resources(element: &str) -> Vec<String> {
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

fn resources() -> Vec<String> {
    let list =
        |count: usize| (0..count).map(|number| format!(r#""arn:aws:s3:::b/{number}/*""#)).collect::<Vec<_>>().join(",");
    vec![
        ALLOW.to_owned(),
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":[{}]}}"#, list(350)),
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":[{}]}}"#, list(350)),
    ]
}

fn inverted() -> Vec<String> {
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

fn sets() -> Vec<String> {
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

fn variables() -> Vec<String> {
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

fn ranges() -> Vec<String> {
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
fn drawn() -> Vec<String> {
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

fn principals() -> Vec<String> {
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

fn services() -> Vec<String> {
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

fn subjects() -> Vec<String> {
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
fn identity(statements: Vec<String>) -> Vec<String> {
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
fn actions() -> Vec<String> {
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
fn mixture(seed: u64) -> Vec<String> {
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
