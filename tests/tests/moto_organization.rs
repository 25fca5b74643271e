//! `plumbline scan`, the binary, on an organization in a moto server: an AWS that no one here wrote. Every row of its
//! report is checked against a table written by hand.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use tokio::time::Instant;

use anyhow::{Context, ensure};
use plumbline_baseline::Doc;
use plumbline_tests::binary;
use plumbline_tests::moto::Moto;
use plumbline_tests::python::workspace_root;

/// One line of the table.
struct Expectation {
    line: usize,
    account: String,
    region: String,
    control: String,
    resource: String,
    status: String,
    reason: String,
    rows: usize,
}

impl Expectation {
    fn read(line: usize, text: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [account, region, control, resource, status, reason, rows] = words[..] else {
            anyhow::bail!("line {line}: seven columns are expected: {text}");
        };
        let text = |word: &str| if word == "-" { String::new() } else { word.to_owned() };
        Ok(Self {
            line,
            account: text(account),
            region: text(region),
            control: text(control),
            resource: text(resource),
            status: text(status),
            reason: text(reason),
            rows: rows.parse().with_context(|| format!("line {line}: a number of rows"))?,
        })
    }

    fn fits(&self, row: &Doc) -> bool {
        let field = |name: &str| row.get(name).as_str().unwrap_or_default();
        is_like(&self.account, field("account_name"))
            && is_like(&self.region, field("region"))
            && is_like(&self.control, field("control"))
            && is_like(&self.resource, field("resource"))
            && self.status == field("status")
            && is_like(&self.reason, field("reason"))
    }
}

/// `*` stands for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && is_like(rest, &text[at..]))),
    }
}

fn expectations() -> anyhow::Result<Vec<Expectation>> {
    let text = std::fs::read_to_string(workspace_root().join("tests/moto/expectations.txt"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(index, line)| Expectation::read(index + 1, line)).collect()
}

/// What is different, in words.
fn differences(expectations: &[Expectation], rows: &[Doc]) -> Vec<String> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows {
        match expectations.iter().find(|expected| expected.fits(row)) {
            Some(expected) => *found.entry(expected.line).or_default() += 1,
            None => wrong.push(format!("nobody expected {}", row.to_json())),
        }
    }
    for expected in expectations {
        let rows = found.get(&expected.line).copied().unwrap_or_default();
        if rows != expected.rows {
            let Expectation { line, account, region, control, status, .. } = expected;
            wrong.push(format!(
                "line {line} ({account} {region} {control} {status}): {rows} rows, not {}",
                expected.rows
            ));
        }
    }
    wrong
}

fn scan(endpoint: &str, data: &Path, output: &Path) -> binary::Said {
    let mut command = binary::command(&[
        "scan",
        "--regions",
        "us-east-1,eu-west-1,eu-central-1,me-south-1,aws-global",
        "--endpoint-url",
        endpoint,
    ]);
    command.arg("--data-dir").arg(data).arg("--output").arg(output);
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
    binary::run(&mut command)
}

/// Calls by service, as the server has seen them.
fn calls(endpoint: &str) -> anyhow::Result<String> {
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /plumbline/calls HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}

#[test]
fn every_row_of_the_organizations_report_is_as_expected() -> anyhow::Result<()> {
    let (moto, accounts) = Moto::with_organization()?;
    let folder = tempfile::tempdir()?;
    calls(&moto.endpoint())?; // those of the seed
    let started = Instant::now();
    let said = scan(&moto.endpoint(), &folder.path().join("data"), &folder.path().join("report"));
    println!("{} s; calls: {}", started.elapsed().as_secs(), calls(&moto.endpoint())?);
    ensure!(said.code == 3, "one account cannot be read, so coverage is incomplete: {said:?}");
    for part in [
        "7 scanned of 9 expected · 1 left out · 1 incomplete",
        &format!("{}: suspended", accounts.get("legacy").as_str().unwrap_or_default()),
        &format!(
            "{}: role_unassumable: sts:AssumeRole: AccessDenied",
            accounts.get("locked").as_str().unwrap_or_default()
        ),
    ] {
        ensure!(said.out.contains(part), "`{part}` is missing in\n{}", said.out);
    }
    ensure!(said.err.contains("note: me-south-1 is not enabled in 123456789012, "), "{}", said.err);
    let rows = std::fs::read_to_string(folder.path().join("report/findings.ndjson"))?;
    let rows: Vec<Doc> = rows.lines().map(Doc::from_json).collect::<Result<_, _>>()?;
    let expectations = expectations()?;
    let wrong = differences(&expectations, &rows);
    ensure!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} rows as {} expectations say", rows.len(), expectations.len());
    ensure!(!rows.iter().any(|row| row.to_json().contains("hunter2")), "a secret left the account");
    Ok(())
}
