//! Policies at random, made to be hard.

/// A source of numbers: the same ones every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// A key with the families of operators and the values that are tried on it.
pub(super) struct KeySample {
    pub(super) key: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
    /// Values that an outsider can have besides.
    pub(super) others: &'static [&'static str],
    is_multivalued: bool,
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];
const ARN: &[&str] = &["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals", "StringLike", "StringNotLike"];
const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];

const fn sample(
    key: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
    others: &'static [&'static str],
) -> KeySample {
    KeySample { key, operators, values, others, is_multivalued: false }
}

/// The keys that policies are made of. Few, so that statements share them.
pub(super) const KEYS: [KeySample; 14] = [
    sample("aws:Referer", TEXT, &["a", "a*", "*b", "?b", "A", "ab"], &["a", "b", "ab", "A", "aab", "x", ""]),
    sample("aws:PrincipalTag/t", TEXT, &["a", "a*", "*a", "?*a", "o-*"], &["a", "ba", "o-zzzzzzzzzz/r-1/", "x", ""]),
    sample("aws:PrincipalOrgID", TEXT, &["o-a1b2c3d4e5", "o-*", "o-b1b2c3d4e5"], &[]),
    sample("aws:PrincipalAccount", TEXT, &["111111111111", "222222222222", "*", "9*"], &[]),
    sample(
        "aws:PrincipalArn",
        ARN,
        &["arn:aws:iam::111111111111:role/*", "arn:aws:iam::*:role/adm*", "arn:aws:iam::*:user/*"],
        &[],
    ),
    sample(
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress"],
        &["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/2", "203.0.113.0/24", "203.0.113.128/25", "::/0"],
        &["8.8.8.8", "130.1.1.1", "198.51.100.9", "2600::1"],
    ),
    sample("aws:SourceVpce", TEXT, &["vpce-0a1b2c3d4e5f", "vpce-*"], &[]),
    sample("s3:signatureAge", NUMBER, &["10", "20", "20.5"], &["5", "10", "15", "20", "20.2", "30"]),
    sample("aws:SecureTransport", &["Bool"], &["true", "false"], &[]),
    sample("aws:PrincipalIsAWSService", &["Bool"], &["true", "false"], &[]),
    sample("aws:MultiFactorAuthPresent", &["Bool"], &["true", "false"], &["true", "false"]),
    sample("aws:SourceAccount", TEXT, &["111111111111", "222222222222"], &[]),
    sample("aws:CurrentTime", &["DateLessThan", "DateGreaterThan"], &["2020-01-01", "2030-01-01"], &[]),
    KeySample {
        key: "aws:TagKeys",
        operators: TEXT,
        values: &["a", "b", "a*", "c"],
        others: &["a", "b", "c", "ab"],
        is_multivalued: true,
    },
];

/// A statement, as text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
}

/// A policy.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) pieces: Vec<Piece>,
}

impl Draft {
    pub(super) fn roll(dice: &mut Dice) -> Self {
        let mut pieces = vec![Piece::roll(dice, "Allow")];
        if dice.one_in(3) {
            pieces.push(Piece::roll(dice, "Allow"));
        }
        for _ in 0..dice.below(5) {
            pieces.push(Piece::roll(dice, "Deny"));
        }
        Self { pieces }
    }

    /// One that can be decided by trying everything: two keys, and no variables.
    pub(super) fn roll_small(dice: &mut Dice) -> Self {
        let mut pieces = Vec::new();
        for effect in ["Allow", "Deny", "Deny", "Deny"].into_iter().take(1 + dice.below(4)) {
            let mut conditions = Vec::new();
            for key in ["aws:Referer", "aws:TagKeys"] {
                if !dice.one_in(3) {
                    let sample = KEYS.iter().find(|sample| sample.key == key).unwrap();
                    let plain = ["a", "b", "a*", "c"];
                    conditions.push(condition(dice, sample, &plain, false));
                }
            }
            let action = "s3:PutObject";
            pieces
                .push(Piece { text: statement(effect, r#""Principal":"*""#, action, "arn:aws:s3:::b/k", &conditions) });
        }
        Self { pieces }
    }

    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(",")
    }

    pub(super) fn shuffled(&self, dice: &mut Dice) -> Self {
        let mut pieces = self.pieces.clone();
        for end in (1..pieces.len()).rev() {
            pieces.swap(end, dice.below(end + 1));
        }
        Self { pieces }
    }
}

impl Piece {
    pub(super) fn roll(dice: &mut Dice, effect: &str) -> Self {
        let principal = match (effect, dice.below(12)) {
            ("Allow", 0) => r#""Principal":{"AWS":"222222222222"}"#,
            (_, 1) => r#""Principal":{"Service":"s3.amazonaws.com"}"#,
            (_, 2) => r#""NotPrincipal":{"AWS":["arn:aws:iam::111111111111:root"]}"#,
            _ => r#""Principal":"*""#,
        };
        let action = match (effect, dice.below(6)) {
            ("Deny", 0..3) => "s3:*",
            (_, 0 | 1) => "s3:PutObject",
            (_, 2) => "s3:Get*",
            _ => "s3:*Object",
        };
        let resource = match dice.below(8) {
            0 => "arn:aws:s3:::b/private/*",
            1 => "*",
            2 => "arn:aws:s3:::b/${aws:PrincipalTag/t}/*",
            // The first object that comes to mind, and not the next.
            3 => "arn:aws:s3:::b/?",
            _ => "arn:aws:s3:::b/*",
        };
        let mut conditions: Vec<String> = Vec::new();
        for _ in 0..dice.below(4) {
            let sample = &KEYS[dice.below(KEYS.len())];
            conditions.push(condition(dice, sample, sample.values, true));
        }
        Self { text: statement(effect, principal, action, resource, &conditions) }
    }
}

fn statement(effect: &str, principal: &str, action: &str, resource: &str, conditions: &[String]) -> String {
    // Two conditions of one operator would be one member of the structure: the last one counts.
    let mut operators: Vec<&String> = Vec::new();
    for condition in conditions {
        let name = condition.split(':').next().unwrap();
        let set = condition.split('{').next().unwrap();
        if !operators.iter().any(|known| known.starts_with(set) && known.starts_with(name)) {
            operators.push(condition);
        }
    }
    let conditions = operators.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"Effect":"{effect}",{principal},"Action":"{action}","Resource":"{resource}","Condition":{{{conditions}}}}}"#
    )
}

fn condition(dice: &mut Dice, sample: &KeySample, values: &[&'static str], with_variables: bool) -> String {
    if dice.one_in(10) {
        return format!(r#""Null":{{"{}":"{}"}}"#, sample.key, dice.pick(&["true", "false"]));
    }
    let operator = dice.pick(sample.operators);
    let set = match dice.below(8) {
        0..7 if sample.is_multivalued => dice.pick(&["ForAnyValue:", "ForAllValues:"]),
        0 => "ForAnyValue:",
        1 => "ForAllValues:",
        _ if sample.is_multivalued => "ForAnyValue:",
        _ => "",
    };
    // What both say of an absent key, AWS does not.
    let is_defined = with_variables || set != "ForAnyValue:";
    let if_exists = if is_defined && dice.one_in(4) { "IfExists" } else { "" };
    let mut chosen = vec![format!(r#""{}""#, dice.pick(values))];
    if dice.one_in(2) {
        chosen.push(format!(r#""{}""#, dice.pick(values)));
    }
    if with_variables && operator.starts_with("String") && dice.one_in(16) {
        chosen = vec![format!(
            r#""{}""#,
            dice.pick(&["${aws:PrincipalTag/t}", "${aws:Referer, 'a'}", "${aws:PrincipalAccount}"])
        )];
    }
    format!(r#""{set}{operator}{if_exists}":{{"{}":[{}]}}"#, sample.key, chosen.join(","))
}
