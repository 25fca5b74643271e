//! What `plumbline fix` prints for names that try to get out of it: shells run the same commands, HCL and YAML have the same
//! structure, and CloudFormation takes the templates.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, ensure};
use plumbline_baseline::fill::Format;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::ResourceType;
use plumbline_baseline::{Doc, Status};
use plumbline_coordinator::report::{FixWriter, Fixing, ReportRow};
use plumbline_tests::python::{python, workspace_root};

/// Names that try to run something, or to end what they stand in.
const HOSTILE: [&str; 14] = [
    "it's",
    "a\"b",
    "$(touch broken-out)",
    "`touch broken-out`",
    "a\ntouch broken-out",
    "'; touch broken-out; '",
    "\"; touch broken-out; \"",
    "${x}",
    "%{x}",
    "*/ x: y",
    "a\\",
    "\u{1b}[2J\u{202e}evil",
    "a: b # c",
    "-$x\n- y",
];

const FORMATS: [(Format, &str); 3] = [(Format::Cli, "sh"), (Format::Terraform, "tf"), (Format::CloudFormation, "yaml")];

#[test]
fn names_arrive_whole_and_break_out_of_nothing() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tame: Vec<String> = (0..HOSTILE.len()).map(|index| format!("name-{index}")).collect();
    let hostile: Vec<String> = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    write_all(&folder.path().join("tame"), &tame)?;
    write_all(&folder.path().join("hostile"), &hostile)?;
    fs::write(folder.path().join("names.json"), serde_json::to_string(&hostile)?)?;
    let script = workspace_root().join("tests/differential/fixes.py");
    let output = Command::new(python()?).arg("-B").arg(script).arg(folder.path()).output()?;
    ensure!(output.status.success(), "fixes.py failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let problems = String::from_utf8_lossy(&output.stdout);
    ensure!(problems.is_empty(), "{problems}");
    Ok(())
}

/// The remediation of every control in every format, for resources of these names.
fn write_all(folder: &Path, names: &[String]) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let pack = Pack::embedded();
    let types = |name: &str| pack.resource_type(name).map(|known| &*known.declared);
    for control in pack.controls() {
        let Some(declared) = control.types.first().and_then(|name| types(name)) else { continue };
        for (format, ending) in FORMATS {
            let fixing = Fixing { control: &control.control, format, scan: "01SCAN", partition: "aws", types: &types };
            let mut out = Vec::new();
            let mut writer = FixWriter::new(&mut out, fixing);
            for name in names {
                writer.add(&row(declared, name), Some(&document(declared, name)))?;
            }
            writer.finish()?;
            fs::write(folder.join(format!("{}.{ending}", control.id())), out).context("write a remediation")?;
        }
    }
    Ok(())
}

/// A document in which every member that a word stands for has the name.
fn document(declared: &ResourceType, name: &str) -> Doc {
    let words = &declared.words;
    let paths = words.cli.values().chain(words.terraform.values()).chain(words.cloudformation.values());
    let mut document = Doc::Map(plumbline_baseline::Map::new());
    for path in paths {
        let parts: Vec<&str> = path.trim_end_matches('/').split('.').collect();
        put(&mut document, &parts, name);
    }
    document
}

fn put(document: &mut Doc, path: &[&str], name: &str) {
    let (Some((first, rest)), Doc::Map(members)) = (path.split_first(), document) else { return };
    let (member, is_list) = first.strip_suffix("[]").map_or((*first, false), |member| (member, true));
    let mut inner = match members.get(member) {
        Some(Doc::List(items)) => items.first().cloned().unwrap_or_default(),
        Some(known) => known.clone(),
        None => Doc::Map(plumbline_baseline::Map::new()),
    };
    match rest.is_empty() {
        true => inner = Doc::from(name),
        false => put(&mut inner, rest, name),
    }
    members.insert(member, if is_list { Doc::List(vec![inner]) } else { inner });
}

fn row(declared: &ResourceType, name: &str) -> ReportRow {
    let resource =
        if declared.list.is_none() { "AWS::::Account:111122223333".to_owned() } else { format!("arn:aws:x:::{name}") };
    ReportRow {
        scan: "01SCAN".into(),
        account: "111122223333".into(),
        account_name: name.into(),
        ou: name.into(),
        region: "eu-west-1".into(),
        control: "a-control".into(),
        title: name.into(),
        finding: Arc::default(),
        severity: plumbline_baseline::Severity::High,
        level: 1,
        status: Status::Fail,
        reason: "".into(),
        resource,
        resource_type: Arc::clone(&declared.name),
        witnesses: Vec::new(),
        evidence: Vec::new(),
        frameworks: Arc::default(),
        decided_in: Vec::new(),
        holds_elsewhere: false,
        first_seen: "".into(),
        since: "2026-11-20T00:00:00Z".into(),
        change: None,
        accepted: None,
        attested: None,
        owner: None,
        origin: None,
    }
}
