//! What a pipe, a terminal or a disk does to the commands: each ends quietly or says why, with a documented exit code.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::{demonstration, simulated};

const EVERYTHING: &str = "pass,fail,unknown,not_applicable,manual";

/// A disk that is always full.
fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// What a command says when its standard output is a full disk.
fn on_a_full_disk(mut command: Command) -> Said {
    command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap().into()
}

/// Runs a command whose reader takes one line and leaves: what it said, and the line.
fn headed(mut command: Command) -> (Said, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child.wait_with_output().unwrap().into(), line)
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let data = demonstration::copy();
    let check = |arguments: &[&str]| {
        let (said, line) = headed(demonstration::command(&data, arguments));
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        assert!(!said.err.contains("failed") && !said.err.contains("next step"), "{arguments:?}: {said:?}");
        assert!(!line.is_empty(), "{arguments:?}");
    };
    for format in ["table", "csv", "ndjson"] {
        check(&["findings", "--status", EVERYTHING, "--format", format]);
    }
    for format in ["table", "csv", "ndjson", "html"] {
        check(&["report", "--format", format]);
    }
    check(&["controls", "list"]);
    check(&["controls", "show", "s3-bucket-tls-only"]);
    check(&["policy"]);
    check(&["completions", "bash"]);
    check(&["--help"]);
}

#[test]
fn a_full_disk_behind_the_output_is_said() {
    let data = demonstration::copy();
    for arguments in [
        &["findings", "--status", EVERYTHING, "--format", "csv"][..],
        &["findings", "--status", EVERYTHING, "--format", "ndjson"],
        &["findings"],
        &["report"],
        &["report", "--format", "html"],
        &["controls", "list"],
        &["policy"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
    ] {
        let said = on_a_full_disk(demonstration::command(&data, arguments));
        assert_eq!(said.code, 1, "{arguments:?}: {said:?}");
        assert!(said.err.contains("failed to write to standard output: No space left"), "{arguments:?}: {said:?}");
        assert!(said.err.contains("next step: "), "{arguments:?}: {said:?}");
    }
}

#[test]
fn nobody_to_tell_is_no_reason_to_fail() {
    let data = tempfile::tempdir().unwrap();
    let mut demo = binary::command(&["demo", "--accounts", "2", "-vvv", "--data-dir"]);
    let mut child = demo.arg(data.path()).stdout(Stdio::null()).stderr(full()).spawn().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "standard error on a full disk");

    let mut demo = binary::command(&["demo", "--accounts", "2", "--data-dir"]);
    let mut child = demo.arg(data.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0), "standard error closed");

    let mut shell = Command::new("sh");
    let script = format!("{} findings --data-dir {} <&- >&- 2>&-", binary::path().display(), data.path().display());
    assert_eq!(shell.args(["-c", &script]).status().unwrap().code(), Some(0), "everything closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_nobody_reads_stops_calling() {
    let calls = async |head: bool| {
        let options = plumbline_sim::Options { latency: Duration::from_millis(200).into(), ..Default::default() };
        let server = Server::start(World::demo_of(4, 7), options).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut snapshot = simulated::command(&server, data.path(), &["snapshot", "--region", "us-east-1"]);
        let run = move || if head { headed(snapshot).0 } else { binary::run(&mut snapshot) };
        let said = tokio::task::spawn_blocking(run).await.unwrap();
        assert_eq!(said.code, 0, "{said:?}");
        server.journal().total()
    };
    let (whole, head) = (calls(false).await, calls(true).await);
    assert!(head < whole, "{head} of {whole} calls");
}

#[cfg(target_os = "linux")]
#[test]
fn colours_and_bars_are_for_terminals_that_know_them() {
    let on_terminal = |term: &str| {
        let data = tempfile::tempdir().unwrap();
        let run = format!("{} demo --accounts 2 --data-dir {}", binary::path().display(), data.path().display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &run, "/dev/null"]).env("TERM", term).env("COLUMNS", "80");
        let said: Said = script.stdin(Stdio::null()).output().unwrap().into();
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    let coloured = on_terminal("xterm-256color");
    assert!(coloured.contains("\u{1b}[31mhigh"), "{coloured}");
    let plain = on_terminal("dumb");
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(plain.contains("2/2 accounts"), "progress is there, as a line: {plain}");
}

#[test]
fn a_report_goes_into_its_file_whole_or_not_at_all() {
    let data = demonstration::copy();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, "yesterday").unwrap();
    let write =
        |to: &Path| binary::run(demonstration::command(&data, &["report", "--format", "html", "--output"]).arg(to));
    assert_eq!(write(&file).code, 0);
    let mut text = String::new();
    File::open(&file).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing else is there");
    let said = write(&folder.path().join("no/such/folder/report.html"));
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("next step: check the path given with --output"), "{said:?}");
    let said = write(Path::new("/dev/full"));
    assert_eq!(said.code, 1, "{said:?}");
}
