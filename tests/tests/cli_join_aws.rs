//! `agent --join-aws` with real processes: from `coordinator init` and a configuration with a role to a scan, and what is
//! said to whoever is not let in.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use plumbline_sim::{AccessKey, Server, World};
use plumbline_tests::machine::{Ending, ports};
use plumbline_tests::simulated;

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn good(server: &Server, data: &Path, arguments: &[&str]) -> String {
    let output = run(simulated::command(server, data, arguments)).await;
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_joins_by_its_role_and_scans() {
    let server = simulated::serve(World::demo()).await;
    let account = server.world().management_account().to_owned();
    let (coordinator, agent) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = format!("127.0.0.1:{}", ports());
    good(&server, coordinator.path(), &["coordinator", "init", "--address", &address]).await;
    let pin = good(&server, coordinator.path(), &["agents", "pin"]).await;
    assert_eq!(pin.trim().len(), 64, "standard output is the pin alone: {pin}");

    let config = coordinator.path().join("plumbline.yaml");
    let roles =
        format!("agents:\n  join:\n    aws_roles:\n      - {{ account: \"{account}\", role: PlumblineAgent }}\n");
    std::fs::write(&config, roles).unwrap();
    let config = config.display().to_string();
    let scanning =
        ["coordinator", "--once", "--listen", &address, "--config", &config, "--controls", "s3-bucket-tls-only"];
    let mut scan = simulated::command(&server, coordinator.path(), &scanning);
    let mut scan = Ending(scan.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    while std::net::TcpStream::connect(&address).is_err() {
        assert!(scan.0.try_wait().unwrap().is_none(), "the coordinator ended");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    // Who is not listed is told what to do; so is who was given another coordinator's pin, or none.
    let other = AccessKey::of_role(&account, "SomebodyElse");
    let elsewhere = tempfile::tempdir().unwrap();
    let joining = |pin: &str| ["agent", "--join-aws", &address, "--ca-pin", pin].map(str::to_owned);
    let refused = async |key: &AccessKey, arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(simulated::command_as(&server, key, elsewhere.path(), &arguments)).await;
        assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let not_listed = refused(&other, &joining(pin.trim())).await;
    assert!(not_listed.contains("SomebodyElse") && not_listed.contains("agents.join.aws_roles"), "{not_listed}");
    let listed = AccessKey::of_role(&account, "PlumblineAgent");
    let wrong = refused(&listed, &joining(&"0".repeat(64))).await;
    assert!(wrong.contains("plumbline agents pin"), "{wrong}");
    let mistyped = refused(&listed, &joining("abc")).await;
    assert!(mistyped.contains("64 digits"), "{mistyped}");
    let none = refused(&listed, &joining("")[..3]).await;
    assert!(none.contains("--ca-pin"), "{none}");
    assert!(!elsewhere.path().join("identity/identity.pem").exists());

    let arguments = joining(pin.trim());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut working = simulated::command_as(&server, &listed, agent.path(), &arguments);
    let working = Ending(working.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let status = tokio::task::spawn_blocking(move || scan.0.wait().unwrap()).await.unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    drop(working);
    let findings = good(&server, coordinator.path(), &["findings", "--format", "ndjson"]).await;
    assert!(findings.contains("s3-bucket-tls-only"), "{findings}");
    let listed = good(&server, coordinator.path(), &["agents", "list", "--format", "ndjson"]).await;
    let role = format!("arn:aws:sts::{account}:assumed-role/PlumblineAgent");
    assert!(listed.lines().count() == 1 && listed.contains(&role), "{listed}");
    let id = listed.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
    let shown = good(&server, coordinator.path(), &["agents", "show", id]).await;
    assert!(shown.contains(&format!("by the role {role}")), "{shown}");
    let audit = good(&server, coordinator.path(), &["audit"]).await;
    assert!(audit.contains(&format!("role {role}")) && audit.contains("agent.enrolled"), "{audit}");
}
