//! The policy engine against moto's own evaluator (`moto/iam/access_control.py`), on questions about identity policies as
//! far as moto implements them: effects, `Action`, `NotAction` and `Resource` with `*`, and `StringEquals` of keys that are
//! present, in a policy of one statement. (To moto a condition that does not hold is a denial, a key that is absent matches,
//! every other operator holds, and `?`, `.` and capitals are those of a regular expression.)
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::io::Write;
use std::process::{Command, Stdio};

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Context, Document, Outcome, Policies, Principal, Request, decide};
use plumbline_tests::python::{python, workspace_root};
use serde_json::{Value, json};

const QUESTIONS: usize = 3_000;
const ACTIONS: [&str; 6] = ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*", "sqs:SendMessage"];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::docs/*",
    "arn:aws:s3:::docs/x",
    "arn:aws:s3:::*/x",
    "arn:aws:sqs:*:111122223333:q",
    "arn:aws:s3:::docs/x*y",
];
const ASKED: [&str; 5] = [
    "arn:aws:s3:::docs/x",
    "arn:aws:s3:::docs/x/y",
    "arn:aws:s3:::docs/xy",
    "arn:aws:s3:::logs/x",
    "arn:aws:sqs:eu-west-1:111122223333:q",
];
const TEAMS: [&str; 4] = ["red", "blue", "re", "*"];

/// Choices from a seed; a linear congruence is enough to choose among a handful.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn some<'a>(&mut self, of: &[&'a str]) -> Vec<&'a str> {
        (0..=self.below(2)).map(|_| self.one(of)).collect()
    }
}

fn statement(dice: &mut Dice, effect: &str) -> Value {
    let actions = if dice.below(4) == 0 { "NotAction" } else { "Action" };
    json!({ "Effect": effect, actions: dice.some(&ACTIONS), "Resource": dice.some(&RESOURCES) })
}

fn question(dice: &mut Dice) -> Value {
    let documents: Vec<Value> = if dice.below(3) == 0 {
        let mut conditional = statement(dice, "Allow");
        conditional["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": dice.some(&TEAMS) } });
        vec![json!({ "Version": "2012-10-17", "Statement": [conditional] })]
    } else {
        let mut document = || {
            let effects = ["Allow", "Allow", "Deny"];
            let statements: Vec<Value> = (0..=dice.below(3)).map(|at| statement(dice, effects[at])).collect();
            json!({ "Version": "2012-10-17", "Statement": statements })
        };
        vec![document(), document()]
    };
    json!({
        "documents": documents,
        "action": dice.one(&["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]),
        "resource": dice.one(&ASKED),
        "context": { "aws:PrincipalTag/team": dice.one(&TEAMS) },
    })
}

fn engine_allows(question: &Value) -> bool {
    let documents = question["documents"].as_array().unwrap().iter();
    let identity = documents.map(|document| Document::parse(&Doc::from_json(&document.to_string()).unwrap())).collect();
    let text = |name: &str| question[name].as_str().unwrap().to_owned();
    let mut context = Context::new();
    context.set("aws:PrincipalTag/team", [question["context"]["aws:PrincipalTag/team"].as_str().unwrap()]);
    let request = Request {
        principal: Principal::parse("arn:aws:iam::111122223333:user/alice").unwrap(),
        action: text("action"),
        resource: text("resource"),
        resource_account: Some("111122223333".to_owned()),
        context,
    };
    decide(&Policies { identity, ..Policies::default() }, &request).outcome == Outcome::Allow
}

#[test]
fn the_engine_agrees_with_moto_where_moto_evaluates() {
    let mut dice = Dice(7);
    let questions: Vec<Value> = (0..QUESTIONS).map(|_| question(&mut dice)).collect();
    let mut moto = Command::new(python().unwrap())
        .arg("-B")
        .arg(workspace_root().join("tests/moto/policies.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let mut input = moto.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = moto.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let answers: Vec<bool> = String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "true").collect();
    assert_eq!(answers.len(), QUESTIONS, "moto stopped: {}", output.status);
    for (question, moto) in questions.iter().zip(&answers) {
        assert_eq!(engine_allows(question), *moto, "moto says {moto}: {question:#}");
    }
    let allowed = answers.iter().filter(|allowed| **allowed).count();
    println!("{QUESTIONS} questions, {allowed} of them allowed");
    assert!(allowed > QUESTIONS / 10 && allowed < QUESTIONS * 9 / 10, "{allowed} are allowed");
}
