//! `plumbline iam can` as people and pipelines use it: answers, reasons, changes, batches, exit codes.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use plumbline_tests::binary::{self, Said, command};
use plumbline_tests::python::workspace_root;
use serde_json::{Value, json};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A folder with the policies of the tests.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let office = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    let read = json!([{ "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Condition": office }]);
    let deny = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Sid": "Guard", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
          "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } } },
    ]);
    let bucket = json!({ "Policy": policy(&json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" }])) });
    for (name, text) in [
        ("read.json", policy(&read)),
        ("scp.json", policy(&deny)),
        ("bucket.json", bucket.to_string()),
        ("odd.json", policy(&json!([{ "Effect": "allow", "Action": "*", "Resource": "*" }]))),
        ("broken.json", "{".to_owned()),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What the command says to a question about an object.
fn can(folder: &Path, more: &[&str]) -> Said {
    let question = ["iam", "can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::docs/a.txt"];
    binary::run(command(&[&question[..], more].concat()).current_dir(folder))
}

#[test]
fn an_answer_says_by_what_and_what_was_assumed() {
    let folder = folder();
    let said =
        can(folder.path(), &["--identity-policy", "read.json", "--as", ALICE, "--context", "aws:SourceIp=203.0.113.9"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with(&format!("allowed: {ALICE}, s3:GetObject on arn:aws:s3:::docs/a.txt\n")), "{said:?}");
    assert!(said.out.contains("by         identity policy read.json, statement Read\n"), "{said:?}");
    assert!(said.out.contains("assumed    aws:username=alice\n"), "{said:?}");
    let public = can(folder.path(), &["--resource-policy", "bucket.json", "--as", "anonymous"]);
    assert_eq!(public.code, 0, "{public:?}");
}

#[test]
fn a_denial_says_what_would_change_it() {
    let folder = folder();
    let asked = ["--identity-policy", "read.json", "--as", ALICE, "--context", "aws:SourceIp=198.51.100.9"];
    let said = can(folder.path(), &asked);
    assert_eq!(said.code, 5, "{said:?}");
    for line in [
        "missing    identity policy: no statement in it allows this\n",
        "close      identity policy read.json, statement Read: asks for IpAddress aws:SourceIp 203.0.113.0/24, and the request has 198.51.100.9\n",
        "change     with aws:SourceIp=203.0.113.0 it would be allowed\n",
        "change     with a statement that allows it in the identity policy it would be allowed\n",
    ] {
        assert!(said.out.contains(line), "{line}{said:?}");
    }
    let inside =
        ["--identity-policy", "read.json", "--as", ALICE, "--context", "aws:SourceIp=203.0.113.9", "--scp", "scp.json"];
    let guarded = can(folder.path(), &inside);
    assert_eq!(guarded.code, 5, "{guarded:?}");
    for line in [
        "by         service control policy of level 0 scp.json, statement Guard\n",
        "change     with aws:RequestedRegion=eu-west-1 it would be allowed\n",
        "change     without service control policy of level 0 scp.json, statement Guard it would be allowed\n",
    ] {
        assert!(guarded.out.contains(line), "{line}{guarded:?}");
    }
    let json = can(folder.path(), &[&asked[..], &["--format", "json"]].concat());
    let answer: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(answer["decision"], "implicit_deny");
    assert_eq!(answer["changes"][0], json!({ "key": "aws:SourceIp", "values": ["203.0.113.0"] }));
    assert_eq!(answer["close"][0]["hangs_on"][0]["found"], json!(["198.51.100.9"]));
}

#[test]
fn what_cannot_be_said_and_what_was_put_wrongly_have_codes_of_their_own() {
    let folder = folder();
    let odd = can(folder.path(), &["--identity-policy", "odd.json", "--as", ALICE]);
    assert_eq!(odd.code, 3, "{odd:?}");
    assert!(odd.out.contains("because    the policy is malformed: the Effect"), "{odd:?}");
    let key = [
        "iam",
        "can",
        "--as",
        ALICE,
        "--action",
        "kms:Decrypt",
        "--resource",
        "arn:aws:kms:eu-west-1:111122223333:key/a",
    ];
    assert_eq!(binary::run(&mut command(&key)).code, 3);
    for wrong in [
        &["--as", "nobody"][..],
        &["--as", ALICE, "--context", "nothing"],
        &["--as", ALICE, "--resource-account", "12"],
        &["--as", ALICE, "--identity-policy", "no-such-file.json"],
        &["--as", ALICE, "--identity-policy", "broken.json"],
    ] {
        let said = can(folder.path(), wrong);
        assert_eq!(said.code, 2, "{wrong:?}: {said:?}");
        assert!(said.err.contains("next step: "), "{wrong:?}: {said:?}");
    }
}

/// The questions of the reference's table, as lines, with what is expected.
fn table() -> Vec<(Value, String)> {
    let folder = workspace_root().join("baseline/tests/reference/cases");
    let mut questions = Vec::new();
    for theme in ["same_account", "cross_account", "keys_and_roles", "principals"] {
        let text = fs::read_to_string(folder.join(format!("{theme}.json"))).unwrap();
        let table: Value = serde_json::from_str(&text).unwrap();
        for case in table["cases"].as_array().unwrap() {
            let mut line = json!({ "principal": ALICE, "action": "s3:GetObject", "resource": "arn:aws:s3:::docs/a.txt",
                "resource_account": "111122223333" });
            let fields = case
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| !["because", "expect", "page"].contains(&name.as_str()));
            line.as_object_mut().unwrap().extend(fields.map(|(name, value)| (name.clone(), value.clone())));
            questions.push((line, case["expect"].as_str().unwrap().to_owned()));
        }
    }
    // What AWS's pages leave open, the engine's own table is about.
    questions.retain(|(_, expected)| expected != "unknown");
    questions
}

#[test]
fn a_batch_answers_every_question_of_the_table() {
    let questions = table();
    assert!(questions.len() > 140, "{}", questions.len());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("questions.ndjson");
    let lines: Vec<String> = questions.iter().map(|(line, _)| line.to_string()).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let said = binary::run(&mut command(&["iam", "can", "--batch", file.to_str().unwrap()]));
    assert_eq!(said.code, 0, "{}", said.err);
    let answers: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    for (answer, (question, expected)) in answers.iter().zip(&questions) {
        assert_eq!(answer["decision"], **expected, "{question}: {answer}");
        let decided = answer["statements"].as_array().unwrap().len();
        let is_root = question["principal"].as_str().unwrap().ends_with(":root");
        assert_eq!(decided > 0 || is_root, *expected != "implicit_deny" || is_root, "{question}: {answer}");
    }
}

#[test]
fn a_bad_line_costs_itself() {
    let good = json!({ "principal": ALICE, "action": "s3:GetObject", "resource": "*" }).to_string();
    let lines = [
        good.as_str(),
        "not json",
        r#"{"principal": "x", "action": "s3:GetObject", "resource": "*"}"#,
        r#"{"principal": "anonymous", "action": "*", "resource": "*"}"#,
        r#"{"principal": "anonymous", "action": "s3:GetObject", "resource": "*", "contxt": {}}"#,
        r#"{"principal": "anonymous", "action": "s3:GetObject", "resource": "*", "context": {"a:b": {}}}"#,
        "",
        good.as_str(),
    ];
    let mut child = command(&["iam", "can", "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let said: Said = child.wait_with_output().unwrap().into();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("5 of 8 lines could not be read") && said.err.contains("next step: "), "{said:?}");
    let answers: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<&Value> = answers.iter().map(|answer| &answer["line"]).collect();
    assert_eq!(numbers, [&Value::Null, &json!(2), &json!(3), &json!(4), &json!(5), &json!(6), &Value::Null]);
    assert!(answers[1..6].iter().all(|answer| answer["error"].is_string() && answer["next_step"].is_string()));
    assert!(answers[4]["error"].as_str().unwrap().contains("contxt"), "{}", answers[4]);
    assert_eq!(answers[6]["decision"], "implicit_deny");
}

#[test]
fn whoever_asks_line_by_line_is_answered_line_by_line() {
    let mut child =
        command(&["iam", "can", "--batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(input, "{}", json!({ "principal": ALICE, "action": "s3:GetObject", "resource": "*" })).unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert!(answer.contains("implicit_deny"), "{answer}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_page_and_the_help_name_the_same_options_and_codes() {
    let help = binary::run(&mut command(&["iam", "can", "--help"]));
    assert_eq!(help.code, 0, "{help:?}");
    assert!(help.out.contains("Exit codes: 0 allowed, 5 denied, 3 unknown"), "{help:?}");
    let page = fs::read_to_string(workspace_root().join("docs/iam-can.md")).unwrap();
    let own = ["--data-dir", "--verbose...", "--log-format", "--help", "--action", "--resource", "--format"];
    let options =
        help.out.lines().filter_map(|line| line.trim_start().trim_start_matches("-v, ").split_whitespace().next());
    let options: Vec<&str> = options.filter(|word| word.starts_with("--") && !own.contains(word)).collect();
    assert!(options.len() > 8, "{options:?}");
    for option in options {
        assert!(page.contains(&format!("`{option}`")), "{option}");
    }
}

#[test]
fn a_reader_that_leaves_a_batch_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("questions.ndjson");
    let line = json!({ "principal": ALICE, "action": "s3:GetObject", "resource": "*" });
    fs::write(&file, format!("{line}\n").repeat(20_000)).unwrap();
    let mut child = command(&["iam", "can", "--batch", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Said = child.wait_with_output().unwrap().into();
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
}
