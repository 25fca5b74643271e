//! Policies that are made to take long, within the sizes that AWS stores: many statements, keys and patterns that share
//! their words, so that nothing can be told early. Deterministic; what a policy is about and which question is hard for it
//! stands in its name.

mod elements;
mod keys;

use elements::{
    actions, identity, inverted, mixture, owners, patterns_of_resources, principals, resources, services, subjects,
};
use keys::{
    before_the_end, drawn, groups, letters_in_few_places, patterns_of_one_key, ranges, satisfiability, sets, variables,
};

/// What is asked of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Public,
    Trust,
    Tls,
    /// Whether accounts that are not one's own get in.
    Outside,
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
    add("accounts and organizations in full".into(), Question::Tls, owners());
    add("accounts and organizations in full".into(), Question::Outside, owners());
    add("principals".into(), Question::Outside, principals());
    add("all groups of keys".into(), Question::Outside, groups(3));
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
