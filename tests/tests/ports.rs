//! `plumbline scan` listens nowhere: nobody else on the machine can join it.
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use plumbline_sim::{Fault, Rule, World};
use plumbline_tests::simulated;

/// Inodes of the sockets that listen anywhere on this machine.
fn listening() -> HashSet<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let mut inodes = HashSet::new();
    for line in tables.iter().flat_map(|table| table.lines().skip(1)) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // 0A is LISTEN.
        if fields[3] == "0A" {
            inodes.insert(fields[9].to_owned());
        }
    }
    inodes
}

/// Sockets of a process that listen.
fn listens(process: u32) -> usize {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return 0 };
    let links = open.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    let inode =
        |link: std::path::PathBuf| Some(link.to_string_lossy().strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    let listening = listening();
    links.filter_map(inode).filter(|inode| listening.contains(inode)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_opens_no_port() {
    let server = simulated::serve(World::demo()).await;
    assert!(listens(std::process::id()) > 0, "the simulator of this very test listens");
    server.faults().add(Rule::new("sts", "AssumeRole", Fault::Latency(Duration::from_millis(300))));
    let data = tempfile::tempdir().unwrap();
    let mut command = simulated::command(&server, data.path(), &["scan", "--controls", "s3-*"]);
    let mut scan = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut looked = 0;
    let status = loop {
        if let Some(status) = scan.try_wait().unwrap() {
            break status;
        }
        assert_eq!(listens(scan.id()), 0);
        looked += usize::from(!server.journal().calls().is_empty());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(status.code().is_some_and(|code| code == 0 || code == 3), "{status}");
    assert!(looked > 5, "it was looked at while it scanned");
}
