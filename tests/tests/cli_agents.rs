//! `coordinator init`, `agent --join`, `agents` and `audit` with real processes, from nothing to a scan and a ban.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::machine::{Ending, mode, ports};
use plumbline_tests::simulated;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

struct Machine<'a> {
    server: &'a Server,
    data: tempfile::TempDir,
}

impl<'a> Machine<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, data: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        simulated::command(self.server, self.data.path(), arguments)
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn bad(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    fn start(&self, arguments: &[&str]) -> Ending {
        Ending(self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_scan_over_tls() {
    let server = simulated::serve(World::demo()).await;
    let (coordinator, agent) = (Machine::new(&server), Machine::new(&server));
    let refused = coordinator.bad(&["coordinator", "--listen", "0.0.0.0:0"]).await;
    assert!(refused.contains("plumbline coordinator init"), "{refused}");
    let port = ports();
    let address = format!("127.0.0.1:{port}");
    let token = coordinator.good(&["coordinator", "init", "--address", &address]).await;
    assert_eq!(token.lines().count(), 1, "standard output is the token alone");
    // A platform that says it at every start changes nothing, and is told no token.
    let unless = coordinator.good(&["coordinator", "init", "--unless-there", "--address", &address]).await;
    assert_eq!(unless, "");
    let again = coordinator.bad(&["coordinator", "init", "--address", &address]).await;
    assert!(again.contains("there is a deployment already"), "{again}");
    let authority = coordinator.data.path().join("authority");
    assert_eq!((mode(&authority), mode(&authority.join("issuer.pem"))), (0o700, 0o600));

    let nobody = agent.bad(&["agent", "--join", token.trim()]).await;
    assert!(nobody.contains("is the coordinator running"), "{nobody}");
    let cut = agent.bad(&["agent", "--join", &token[..60]]).await;
    assert!(cut.contains("cut off"), "{cut}");

    let scanning = ["coordinator", "--once", "--listen", &address, "--controls", "s3-bucket-tls-only"];
    let mut scan = coordinator.command(&scanning).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let identity = agent.data.path().join("identity").join("identity.pem");
    let mut working = agent.start(&["agent", "--join", token.trim()]);
    while !identity.exists() {
        // The coordinator may not be there yet: the token stays good.
        if working.0.try_wait().unwrap().is_some() {
            working = agent.start(&["agent", "--join", token.trim()]);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let status = tokio::task::spawn_blocking(move || scan.wait().unwrap()).await.unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    drop(working);
    assert_eq!(mode(&identity), 0o600);
    let findings = coordinator.good(&["findings", "--format", "ndjson"]).await;
    assert!(findings.contains("s3-bucket-tls-only"), "{findings}");

    // Whoever has joined needs no token, and no address.
    let another = Machine::new(&server);
    let used = {
        let mut scan = coordinator.start(&scanning);
        while std::net::TcpStream::connect(&address).is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let in_use = coordinator.bad(&["agents", "token"]).await;
        assert!(in_use.contains("is at work"), "one scan serves no operators: {in_use}");
        assert!(coordinator.good(&["agents", "list"]).await.contains("good"), "reading works beside it");
        let used = another.bad(&["agent", "--join", token.trim()]).await;
        let _working = agent.start(&["agent"]);
        let status = tokio::task::spawn_blocking(move || scan.0.wait().unwrap()).await.unwrap();
        assert!(matches!(status.code(), Some(0 | 3)), "{status}");
        used
    };
    assert!(used.contains("used by another machine") || used.contains("expired"), "{used}");

    let listed = coordinator.good(&["agents", "list", "--format", "ndjson"]).await;
    let id = listed.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    coordinator.good(&["agents", "ban", &id[..8], "--reason", "lost"]).await;
    assert!(coordinator.good(&["agents", "show", &id]).await.contains("banned"));
    let token = coordinator.good(&["agents", "token", "--accounts", "111111111111"]).await;
    assert!(token.starts_with("plumbline1."), "{token}");
    let wrong = coordinator.bad(&["agents", "token", "--ou", "Root/Workloads"]).await;
    assert!(wrong.contains("organizational unit"), "{wrong}");
    let audit = coordinator.good(&["audit"]).await;
    for action in ["deployment.begun", "token.made", "agent.enrolled", "agent.banned"] {
        assert!(audit.contains(action), "{audit}");
    }
    assert_eq!(coordinator.good(&["audit", "--format", "ndjson"]).await.lines().count(), audit.lines().count());
}
