//! A coordinator that runs by itself, as a process of its own, for tests that talk to it, kill it and start it again.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use plumbline_sim::Server;

use crate::binary::{self, Said};
use crate::simulated;

/// Nothing that a test waits for takes longer; a schedule fires every minute at most.
const LONGEST: Duration = Duration::from_secs(150);

/// A data directory with a configuration in it.
pub struct Place {
    data: tempfile::TempDir,
}

impl Place {
    /// An empty one, with this text as its configuration.
    pub fn new(configuration: &str) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        fs::write(data.path().join("plumbline.yaml"), configuration).expect("it can be written");
        Self { data }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.data.path()
    }

    fn configuration(&self) -> PathBuf {
        self.path().join("plumbline.yaml")
    }

    /// The command that starts the coordinator on any ports that are free.
    pub fn command(&self, server: &Server) -> Command {
        let mut command =
            simulated::command(server, self.path(), &["coordinator", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(self.configuration());
        command
    }

    /// Starts the coordinator with an agent in it.
    pub fn start(&self, server: &Server) -> Running {
        Running::of(self.command(server).args(["--with-agent", "--http", "127.0.0.1:0"]))
    }

    /// Runs a command that reads the directory, or asks the coordinator on it.
    pub fn ask(&self, arguments: &[&str]) -> Said {
        binary::run(binary::command(arguments).env("PLUMBLINE_DATA_DIR", self.path()))
    }

    /// What a scan says of each row.
    pub fn verdicts(&self, scan: &str) -> Vec<String> {
        verdicts(self.path(), scan)
    }
}

/// What a scan of a data directory says of each row.
pub fn verdicts(data: &Path, scan: &str) -> Vec<String> {
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
    let said = binary::run(binary::command(&arguments).arg(data));
    assert_eq!(said.code, 0, "{said:?}");
    let line = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a line is an object");
        format!("{} {} {} {} {}", row["account"], row["region"], row["control"], row["resource"], row["status"])
    };
    let mut rows: Vec<String> = said.out.lines().map(line).collect();
    rows.sort();
    rows
}

/// A coordinator that runs.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts one.
    pub fn of(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary was just built");
        let stderr = child.stderr.take().expect("it is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, said: String::new() }
    }

    /// Waits until it says a line with this text: the line.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONGEST);
            let Ok(line) = line else { panic!("it never said `{text}`: {}", self.said) };
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until a scan begins: its id.
    pub fn begun(&mut self) -> String {
        let line = self.wait_for(" began");
        line.split(' ').nth(3).expect("the id is the fourth word").to_owned()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    /// Waits for its end: the exit code, and all that it said.
    pub fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it is ours").code();
        while let Ok(line) = self.lines.recv() {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        (code, std::mem::take(&mut self.said))
    }

    /// Kills it.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is ours");
    }
}

/// What an address answers to a GET.
pub fn get(address: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("it is open");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it answers in text");
    answer
}

/// Waits until something holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let tries = LONGEST.as_millis() / 100;
    for _ in 0..tries {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it never came to this: {what}");
}
