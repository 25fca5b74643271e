//! A control that only the coordinator has, and an agent from another directory without a pack.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::machine::Ending;
use plumbline_tests::python::workspace_root;
use plumbline_tests::simulated;

/// A control of the built-in pack under another name, with this condition.
fn control(wanted: &str) -> String {
    let original = workspace_root().join("baseline/pack/controls/s3/s3-bucket-versioned.yaml");
    let text = fs::read_to_string(original).unwrap();
    let (id, condition) = ("id: s3-bucket-versioned\n", "pass_when: resource.Versioning.Status == \"Enabled\"\n");
    assert!(text.contains(id) && text.contains(condition), "{text}");
    text.replace(id, "id: s3-bucket-of-ours\n").replace(condition, &format!("pass_when: {wanted}\n"))
}

/// Runs one scan at the coordinator with that pack; the agent, which works all the time, is not told anything of it.
async fn scan(server: &Server, data: &Path, pack: &Path, address: &str) -> String {
    let pack = pack.display().to_string();
    let arguments = ["coordinator", "--once", "--listen", address, "--pack", &pack, "--controls", "s3-bucket-of-ours"];
    let mut command = simulated::command(server, data, &arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{said}");
    let mut command = simulated::command(server, data, &["findings", "--format", "ndjson", "--status", "PASS,FAIL"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_gets_the_packs_of_its_coordinator_one_after_the_other() {
    let server = simulated::serve(World::demo()).await;
    let (data, elsewhere, pack) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = pack.path().join("controls/s3/s3-bucket-of-ours.yaml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let address = format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port());
    let token = data.path().join("agent.token");
    let mut agent = None;
    for (wanted, expected) in
        [("resource.Versioning.Status == \"Enabled\"", "PASS"), ("resource.Versioning.Status == \"Suspended\"", "FAIL")]
    {
        fs::write(&file, control(wanted)).unwrap();
        let scanning = scan(&server, data.path(), pack.path(), &address);
        tokio::pin!(scanning);
        let rows = loop {
            tokio::select! {
                rows = &mut scanning => break rows,
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
            if agent.is_none() && token.exists() {
                let url = format!("http://{address}");
                let token = token.display().to_string();
                let arguments = ["agent", "--coordinator", &url, "--token-file", &token];
                let mut command = simulated::command(&server, elsewhere.path(), &arguments);
                agent = Some(Ending(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()));
            }
        };
        let decided = rows.lines().filter(|line| line.contains("s3-bucket-of-ours") && line.contains(expected)).count();
        assert!(decided > 5, "{expected}: {rows}");
    }
}
