//! What puts it to work, in `deploy/`: each file is tried by the program that will read it, where that is there, and says
//! where it is not. What the programs cannot know (ports, versions, whose rights) is held against the code.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};
use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::permissions;
use plumbline_baseline::plan::CallPlan;
use plumbline_tests::binary;
use plumbline_tests::python::{python, workspace_root};

const UNITS: [&str; 2] = ["plumbline-coordinator.service", "plumbline-agent.service"];
/// The most that `systemd-analyze security` may count, in tenths: 0 is locked up, 100 is open.
const MOST_EXPOSED: u32 = 15;
/// Templates that are written by hand; the others are generated.
const BY_HAND: [&str; 2] = ["coordinator.yaml", "agents.yaml"];

fn path(name: &str) -> PathBuf {
    workspace_root().join("deploy").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("deploy/{name}: {error}"))
}

/// Runs a program; nothing if it is not there, which is said past the test's capture.
fn tried(command: &mut Command) -> anyhow::Result<Option<Output>> {
    match command.stdin(Stdio::null()).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            not_tried(&command.get_program().to_string_lossy(), "it is not installed");
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("run {command:?}")),
    }
}

fn not_tried(with: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "deploy/: not tried with {with}: {why}");
}

fn everything_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A program of the tests' Python, which may have none for this machine.
fn beside_python(name: &str) -> anyhow::Result<Command> {
    Ok(Command::new(python()?.parent().context("Python is in a folder")?.join(name)))
}

#[test]
fn units_are_valid_and_locked_up() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for unit in UNITS {
        // Verification wants a program that is there.
        let text =
            read(&format!("systemd/{unit}")).replace("/usr/local/bin/plumbline", &binary::path().to_string_lossy());
        let copy = folder.path().join(unit);
        fs::write(&copy, text)?;
        let Some(verified) = tried(Command::new("systemd-analyze").arg("verify").arg(&copy))? else { return Ok(()) };
        let said = everything_of(&verified);
        ensure!(verified.status.success() && said.is_empty(), "{unit}: {said}");
        let mut security = Command::new("systemd-analyze");
        security
            .args(["security", "--offline=true", "--no-pager"])
            .arg(format!("--threshold={MOST_EXPOSED}"))
            .arg(&copy);
        let Some(analyzed) = tried(&mut security)? else { return Ok(()) };
        let said = everything_of(&analyzed);
        let level = said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_default();
        ensure!(analyzed.status.success() && !level.is_empty(), "{unit}: {said}");
        the_page_has(level)?;
    }
    let users = path("systemd/plumbline.sysusers.conf");
    if let Some(made) = tried(Command::new("systemd-sysusers").arg("--dry-run").arg(users))? {
        ensure!(made.status.success(), "{}", everything_of(&made));
    }
    Ok(())
}

/// That the page has this level of exposure, if it speaks of the systemd that is here: others count other things.
fn the_page_has(level: &str) -> anyhow::Result<()> {
    let level = level.split(": ").nth(1).and_then(|rest| rest.split(' ').next()).context("a level is a number")?;
    let version = Command::new("systemd-analyze").arg("--version").output()?;
    let version = String::from_utf8(version.stdout)?;
    let version = version.split(' ').nth(1).context("systemd has a version")?;
    let page = fs::read_to_string(workspace_root().join("docs/deploy.md"))?;
    let said = format!("`systemd-analyze security` ({version}) counts an exposure of ");
    let found = page.split(&said).nth(1).and_then(|rest| rest.split(' ').next());
    ensure!(found.is_none_or(|found| found == level), "docs/deploy.md says {found:?}, and it is {level}");
    Ok(())
}

#[test]
fn units_start_what_there_is() {
    for unit in UNITS {
        let text = read(&format!("systemd/{unit}"));
        let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/plumbline ")).expect(unit);
        let words: Vec<&str> = line.split(' ').collect();
        let help = binary::run(&mut binary::command(&[words[0], "--help"]));
        assert!(words[1..].iter().filter(|word| word.starts_with("--")).all(|flag| help.out.contains(flag)), "{line}");
        let directives = |key: &str| text.lines().filter_map(|line| line.strip_prefix(key)).collect::<Vec<_>>();
        let users = read("systemd/plumbline.sysusers.conf");
        let user = directives("User=")[0];
        assert!(users.lines().any(|line| line.starts_with(&format!("u {user} "))), "{user}");
        assert_eq!(directives("StateDirectory="), [user], "whose directory it is");
    }
}

#[test]
fn templates_are_what_cloudformation_takes() -> anyhow::Result<()> {
    let templates = fs::read_dir(path("cloudformation"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    ensure!(templates.len() > 5, "{templates:?}");
    let output = beside_python("cfn-lint")?.arg("--include-checks").arg("I").arg("--").args(&templates).output()?;
    ensure!(output.status.success(), "{}", everything_of(&output));
    Ok(())
}

#[test]
fn rights_over_accounts_are_derived_and_not_written() {
    let pack = Pack::embedded();
    let plan = CallPlan::new(pack, pack.controls().map(|control| &**control.id()));
    let mut derived = permissions::of_plan(&plan, Catalog::embedded());
    let of_callers = [permissions::ORGANIZATION_READS, permissions::REGION_READS, permissions::MEMBER_ENTRY].concat();
    derived.extend(of_callers.into_iter().map(str::to_owned));
    for template in BY_HAND {
        let text = read(&format!("cloudformation/{template}"));
        // Who may take a role is no right over accounts.
        let text = text.replace("Action: sts:AssumeRole", "");
        let written: Vec<&String> = derived.iter().filter(|action| text.contains(action.as_str())).collect();
        assert!(written.is_empty(), "{template} allows by hand what the controls need: {written:?}");
    }
}

#[test]
fn the_script_of_the_instance_is_one() -> anyhow::Result<()> {
    let template = read("cloudformation/coordinator.yaml");
    let script = template.split("Fn::Base64: !Sub |\n").nth(1).context("there is a script")?;
    let indent = script.len() - script.trim_start().len();
    let lines = script.lines().take_while(|line| line.is_empty() || line.starts_with(&" ".repeat(indent)));
    let script: String = lines.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect();
    ensure!(script.starts_with("#!/bin/bash\nset -euxo pipefail\n") && script.lines().count() > 40, "{script}");
    // What CloudFormation puts in is a word to the shell.
    let script = script.replace("${", "").replace("::", "");
    let mut shell = Command::new("bash");
    let mut shell = shell.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    shell.stdin.take().context("bash reads")?.write_all(script.as_bytes())?;
    let output = shell.wait_with_output()?;
    ensure!(output.status.success() && output.stderr.is_empty(), "{}", everything_of(&output));
    Ok(())
}

#[test]
fn the_image_is_empty_but_for_what_it_needs() -> anyhow::Result<()> {
    let text = read("container/Containerfile");
    let toolchain = fs::read_to_string(workspace_root().join("rust-toolchain.toml"))?;
    let version =
        toolchain.split("channel = \"").nth(1).and_then(|rest| rest.split('"').next()).context("a channel")?;
    ensure!(text.contains(&format!("/rust:{version}-alpine")), "the compiler is {version}");
    let last = text.split("\nFROM ").last().context("there is a stage")?;
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    for statement in [
        "scratch\n",
        "\nUSER 65532:65532\n",
        &format!("\nCOPY --from=build {bundle} {bundle}\n"),
        &format!("\nENV SSL_CERT_FILE={bundle} "),
        "\nVOLUME [\"/var/lib/plumbline\"]\n",
        "\nHEALTHCHECK NONE\n",
        "\nENTRYPOINT [\"/plumbline\"]\n",
    ] {
        ensure!(last.contains(statement), "{statement:?} is missing");
    }
    ensure!(
        !last.contains("\nRUN ") || last.matches("\nRUN ").count() == last.matches("\nRUN [\"/plumbline\"").count()
    );
    if let Some(linted) = tried(beside_python("hadolint")?.arg(path("container/Containerfile")))? {
        ensure!(linted.status.success(), "{}", everything_of(&linted));
    }
    Ok(())
}

#[test]
fn the_chart_makes_what_kubernetes_takes() -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let chart = read("helm/plumbline/Chart.yaml");
    ensure!(chart.contains(&format!("\nversion: {version}\nappVersion: {version}\n")), "the chart is not {version}");
    let script = |name: &str| workspace_root().join("tests/deploy").join(name);
    let helm = Command::new(python()?).arg("-B").arg(script("helm.py")).output()?;
    if !helm.status.success() {
        not_tried("helm", String::from_utf8_lossy(&helm.stderr).trim());
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let configuration = folder.path().join("plumbline.yaml");
    let page = workspace_root().join("docs/deploy.md");
    let mut check = Command::new(python()?);
    check.arg("-B").arg(script("chart.py")).arg(String::from_utf8(helm.stdout)?.trim());
    let output = check.arg(path("helm/plumbline")).arg(page).arg(&configuration).output()?;
    ensure!(output.status.success(), "chart.py: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    ensure!(mentions(&configuration, &["listen: 0.0.0.0:7443", "http: 0.0.0.0:9464", "data_dir: /var/lib/plumbline"])?);
    Ok(())
}

fn mentions(file: &Path, lines: &[&str]) -> anyhow::Result<bool> {
    let text = fs::read_to_string(file)?;
    Ok(lines.iter().all(|line| text.lines().any(|found| found == *line)))
}
