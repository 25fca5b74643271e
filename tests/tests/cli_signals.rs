//! Ctrl-C and SIGTERM at every moment of a scan: the documented exit code, nothing half written, what was stored kept.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, command};
use plumbline_tests::{demonstration, simulated};

/// A scan that takes as long as nobody ends it.
async fn endless() -> Server {
    let options = plumbline_sim::Options { latency: Duration::from_millis(300).into(), ..Default::default() };
    Server::start(World::demo_of(60, 7), options).await.unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Reads what a child says until a line contains the text: everything so far.
fn wait_for(said: &mut impl BufRead, text: &str) -> String {
    let mut all = String::new();
    while !all.contains(text) {
        let before = all.len();
        said.read_line(&mut all).unwrap();
        assert!(all.len() > before, "it ended without `{text}`: {all}");
    }
    all
}

/// Ends a child and returns its exit code and the rest of what it says.
fn rest(mut child: Child, mut said: impl Read) -> (Option<i32>, String) {
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    (child.wait().unwrap().code(), text)
}

fn start(server: &Server, data: &Path) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut scan = simulated::command(server, data, &["scan"]);
    let mut child = scan.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    (child, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_is_stopped_keeps_what_is_stored() {
    for name in ["-INT", "-TERM"] {
        let server = endless().await;
        let data = tempfile::tempdir().unwrap();
        let (child, mut said) = start(&server, data.path());
        wait_for(&mut said, " jobs · ");
        signal(&child, name);
        let (code, err) = rest(child, said);
        assert_eq!(code, Some(130), "{err}");
        assert!(err.contains("Stopped. What was scanned is stored: plumbline findings --scan "), "{err}");
        let unknown = ["findings", "--status", "unknown", "--format", "ndjson", "--data-dir"];
        let said = binary::run(command(&unknown).arg(data.path()));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("\"reason\":\"not_run\""), "every planned row is there");
    }
}

/// What a scan says of each row.
fn verdicts(data: &Path, scan: &str) -> Vec<String> {
    let arguments = [
        "findings",
        "--scan",
        scan,
        "--status",
        "pass,fail,unknown,not_applicable,manual",
        "--format",
        "ndjson",
        "--data-dir",
    ];
    let said = binary::run(command(&arguments).arg(data));
    assert_eq!(said.code, 0, "{said:?}");
    let line = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {} {} {} {}", row["account"], row["region"], row["control"], row["resource"], row["status"])
    };
    let mut rows: Vec<String> = said.out.lines().map(line).collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_was_stopped_or_killed_is_gone_on_with() {
    let quick = Server::start(World::demo_of(12, 7), plumbline_sim::Options::default()).await.unwrap();
    let slow = plumbline_sim::Options { latency: Duration::from_millis(150).into(), ..Default::default() };
    let slow = Server::start(World::demo_of(12, 7), slow).await.unwrap();
    let whole = tempfile::tempdir().unwrap();
    binary::run(&mut simulated::command(&quick, whole.path(), &["scan"]));
    let expected = verdicts(whole.path(), "latest");
    for name in ["-INT", "-KILL"] {
        let data = tempfile::tempdir().unwrap();
        let (mut child, mut said) = start(&slow, data.path());
        wait_for(&mut said, " jobs · ");
        signal(&child, name);
        child.wait().unwrap();
        let left = verdicts(data.path(), "latest");
        assert_ne!(left, expected);
        let refused =
            binary::run(&mut simulated::command(&quick, data.path(), &["scan", "--resume", "--regions", "eu-west-1"]));
        assert!(refused.code == 2 && refused.err.contains("cannot be used with"), "{refused:?}");
        let resumed = binary::run(&mut simulated::command(&quick, data.path(), &["scan", "--resume"]));
        assert!(resumed.err.contains("going on with the scan"), "{resumed:?}");
        assert_eq!(verdicts(data.path(), "latest"), expected, "{name}: {}", resumed.err);
        let listed = binary::run(command(&["scans", "list", "--format", "ndjson", "--data-dir"]).arg(data.path()));
        assert!(listed.out.lines().count() == 1 && listed.out.contains("\"complete\""), "{listed:?}");
        let verified = binary::run(command(&["store", "verify", "--data-dir"]).arg(data.path()));
        assert_eq!(verified.code, 0, "{verified:?}");
        let again = binary::run(&mut simulated::command(&quick, data.path(), &["scan", "--resume"]));
        assert!(again.code == 2 && again.err.contains("came to its end"), "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_scan_writes_everything_can_be_read() {
    let server = endless().await;
    let data = demonstration::copy();
    let (child, mut said) = start(&server, data.path());
    wait_for(&mut said, " jobs · ");
    let copy = data.path().join("backup.redb");
    let copy = copy.to_str().unwrap();
    for (arguments, expected) in [
        (&["scans", "list"][..], "running"),
        (&["findings"], "FAIL"),
        (&["store", "stats"], "fragmented"),
        (&["store", "verify"], "a scan writes to it"),
        (&["store", "backup", copy], "backup.redb"),
        (&["store", "verify", "--file", copy], "everything is whole"),
    ] {
        let said = binary::run(command(arguments).arg("--data-dir").arg(data.path()));
        assert!(said.code == 0 && format!("{}{}", said.out, said.err).contains(expected), "{arguments:?}: {said:?}");
    }
    let second = binary::run(&mut simulated::command(&server, data.path(), &["scan"]));
    assert!(second.code == 1 && second.err.contains("another plumbline writes to"), "{second:?}");
    signal(&child, "-INT");
    assert_eq!(rest(child, said).0, Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_that_keep_coming_end_a_scan_without_remains() {
    let server = endless().await;
    let data = tempfile::tempdir().unwrap();
    let (mut child, mut said) = start(&server, data.path());
    wait_for(&mut said, " jobs · ");
    // The first one asks; whatever is being done when another arrives is given up.
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => drop(Command::new("kill").args(["-TERM", &child.id().to_string()]).output().unwrap()),
        }
    };
    assert_eq!(status.code(), Some(130));
    let scans = binary::run(command(&["scans", "list", "--data-dir"]).arg(data.path()));
    assert!(scans.code == 0 && scans.out.contains("stopped"), "{scans:?}");
    let mut folders = vec![data.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            assert!(path.extension().is_none_or(|extension| extension != "part"), "{}", path.display());
            folders.extend(path.is_dir().then_some(path));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_has_not_begun_ends_at_once() {
    let options = plumbline_sim::Options { latency: Duration::from_secs(3600).into(), ..Default::default() };
    let server = Server::start(World::demo_of(2, 7), options).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let (child, said) = start(&server, data.path());
    // The store is the last thing before the first call.
    let store = data.path().join("plumbline.redb");
    while !store.exists() {
        tokio::task::yield_now().await;
    }
    signal(&child, "-TERM");
    assert_eq!(rest(child, said).0, Some(130));
}

#[test]
fn a_report_that_is_being_written_leaves_nothing_behind() {
    let data = demonstration::copy();
    let folder = tempfile::tempdir().unwrap();
    let names = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    // A fast machine may be done before the signal arrives: then once more.
    for _ in 0..200 {
        let mut report = demonstration::command(&data, &["report", "--format", "html", "--output"]);
        let mut child = report.arg(folder.path().join("report.html")).spawn().unwrap();
        while names().is_empty() {
            std::thread::yield_now();
        }
        signal(&child, "-INT");
        let code = child.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 130)), "{code:?}");
        if names().is_empty() {
            assert_eq!(code, Some(130));
            return;
        }
        // The signal found it written, and it is whole.
        assert_eq!(names(), ["report.html"]);
        let written = fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(written.ends_with("</html>"));
        fs::remove_file(folder.path().join("report.html")).unwrap();
    }
    panic!("no signal arrived in time");
}

/// A command that waits for the reader of its output ends on the first signal.
#[test]
fn a_pipe_that_nobody_empties_does_not_hold_the_command() {
    let data = demonstration::copy();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut report = demonstration::command(&data, &["report", "--format", "ndjson", "--output"]);
    let mut child = report.arg(&pipe).spawn().unwrap();
    // Opening waits for the writer; not reading keeps the writer waiting.
    let reader = fs::File::open(&pipe).unwrap();
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(reader);
}
