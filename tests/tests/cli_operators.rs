//! Operators with real processes: what changes something works while the coordinator runs, from its machine and from
//! others, each may what the role says, and all of it is in the audit log.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said};
use plumbline_tests::machine::{mode, ports};
use plumbline_tests::service::{Place, Running, until};
use plumbline_tests::simulated;

const CONFIGURATION: &str = "schedules:\n  - name: nightly\n    cron: '0 2 1 1 *'\n    time_zone: UTC\n";

async fn slow_server() -> Server {
    let options =
        plumbline_sim::Options { latency: Duration::from_millis(200).into(), ..plumbline_sim::Options::default() };
    Server::start(World::demo_of(12, 7), options).await.unwrap()
}

/// A deployment whose coordinator runs, with an agent in its process.
fn deployment(server: &Server) -> (Place, Running) {
    let place = Place::new(CONFIGURATION);
    let address = format!("127.0.0.1:{}", ports());
    good(&place, &["coordinator", "init", "--address", &address]);
    let mut command = simulated::command(server, place.path(), &["coordinator", "--listen", &address, "--with-agent"]);
    let mut running = Running::of(command.arg("--config").arg(place.path().join("plumbline.yaml")));
    running.wait_for("the coordinator runs");
    (place, running)
}

fn good(place: &Place, arguments: &[&str]) -> String {
    let said = place.ask(arguments);
    assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
    said.out
}

fn bad(place: &Place, arguments: &[&str], why: &str) -> Said {
    let said = place.ask(arguments);
    assert!(said.code != 0 && said.err.contains(why), "{arguments:?}: {said:?}");
    assert!(said.err.contains("next step: "), "{said:?}");
    said
}

fn operator(coordinator: &Place, name: &str, role: &str) -> (Place, String) {
    let token = good(coordinator, &["operators", "add", name, "--role", role]).trim().to_owned();
    let place = Place::new("");
    good(&place, &["operators", "join", &token]);
    (place, token)
}

/// `action actor` of each entry.
fn audit(place: &Place) -> Vec<(String, String, String)> {
    let said = good(place, &["audit", "--format", "ndjson"]);
    let entries = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    entries.map(|entry| (text(&entry, "action"), text(&entry, "actor"), text(&entry, "subject"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_bans_need_no_stop_of_the_coordinator() {
    let server = simulated::serve(World::demo()).await;
    let (coordinator, running) = deployment(&server);
    let token = good(&coordinator, &["agents", "token", "--regions", "eu-central-1"]);
    assert_eq!(token.lines().count(), 1, "standard output is the token alone");
    let agent = tempfile::tempdir().unwrap();
    let mut working = Running::of(&mut simulated::command(&server, agent.path(), &["agent", "--join", token.trim()]));
    working.wait_for("connected to the coordinator");
    let listed = good(&coordinator, &["agents", "list"]);
    assert!(listed.contains("regions=eu-central-1"), "{listed}");
    bad(&coordinator, &["agents", "ban", "no-such"], "there is none");
    let id = listed.split(' ').next().unwrap().to_owned();
    let began = tokio::time::Instant::now();
    good(&coordinator, &["agents", "ban", &id[..8], "--reason", "lost"]);
    let (code, said) = working.end();
    assert!(code == Some(2) && said.contains("this agent is banned"), "{code:?} {said}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let again = coordinator.ask(&["agents", "ban", &id]);
    assert!(again.code == 0 && again.err.contains("was already banned"), "{again:?}");
    running.kill();
    // And straight in the store, when none runs.
    good(&coordinator, &["agents", "token"]);
    let audit = audit(&coordinator);
    let actions: Vec<_> = audit.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(
        actions,
        ["deployment.begun", "token.made", "token.made", "agent.enrolled", "agent.banned", "token.made"]
    );
    assert!(audit[2].1.ends_with("of this machine)") && audit[4].1 == audit[2].1, "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operator_may_what_the_role_says_until_revoked() {
    let server = slow_server().await;
    let (coordinator, _running) = deployment(&server);
    let (anna, token) = operator(&coordinator, "anna", "viewer");
    let (otto, _) = operator(&coordinator, "otto", "operator");
    let identity = anna.path().join("operator").join("identity.pem");
    assert_eq!((mode(&identity), mode(identity.parent().unwrap())), (0o600, 0o700));

    // A token is one operator's, once.
    let thief = Place::new("");
    bad(&thief, &["operators", "join", &token], "used by another machine");
    let as_agent = binary::run(&mut simulated::command(&server, thief.path(), &["agent", "--join", &token]));
    assert!(as_agent.code == 2 && as_agent.err.contains("that of the operator anna"), "{as_agent:?}");
    bad(&thief, &["operators", "join", good(&coordinator, &["agents", "token"]).trim()], "is one for an agent");
    bad(&coordinator, &["operators", "join", &token], "has a store of its own");
    bad(&coordinator, &["operators", "add", "anna", "--role", "operator"], "who has joined");

    bad(&anna, &["scans", "start"], "anna is a viewer");
    bad(&anna, &["schedules", "pause", "nightly"], "anna is a viewer");
    bad(&anna, &["agents", "token"], "anna is a viewer");
    bad(&otto, &["operators", "add", "eve", "--role", "operator"], "on the coordinator's machine");

    let scan = good(&otto, &["scans", "start", "--no-global"]).trim().to_owned();
    let mut watching = Running::of(binary::command(&["scans", "watch", &scan]).env("PLUMBLINE_DATA_DIR", anna.path()));
    until("she watches", || !good(&coordinator, &["scans"]).is_empty());
    std::thread::sleep(Duration::from_secs(2));
    let began = tokio::time::Instant::now();
    good(&coordinator, &["operators", "revoke", "anna", "--reason", "left"]);
    watching.wait_for("this operator is revoked");
    let (code, _) = watching.end();
    assert_eq!(code, Some(1));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    bad(&anna, &["scans", "watch", &scan], "this operator is revoked");
    bad(&coordinator, &["operators", "add", "anna", "--role", "viewer"], "was revoked");
    bad(&coordinator, &["operators", "revoke", "nobody"], "there is no operator nobody");

    good(&otto, &["schedules", "pause", "nightly"]);
    good(&otto, &["schedules", "resume", "nightly"]);
    good(&otto, &["scans", "cancel", &scan]);
    until("it is put away", || good(&coordinator, &["scans", "show", &scan]).contains("cancelled by operator otto"));
    let run = good(&otto, &["schedules", "run", "nightly"]).trim().to_owned();
    good(&coordinator, &["scans", "cancel", &run]);

    let listed = good(&coordinator, &["operators", "list"]);
    assert!(listed.contains("anna  viewer    revoked") && listed.contains("otto  operator  good"), "{listed}");
    let audit = audit(&coordinator);
    let of_otto: Vec<_> = audit.iter().filter(|(_, actor, _)| actor == "operator otto").collect();
    let actions: Vec<_> = of_otto.iter().map(|(action, _, subject)| (action.as_str(), subject.as_str())).collect();
    let expected = [
        ("scan.started", scan.as_str()),
        ("schedule.paused", "nightly"),
        ("schedule.resumed", "nightly"),
        ("scan.cancelled", scan.as_str()),
        ("schedule.run", "nightly"),
    ];
    assert_eq!(actions, expected);
    let here =
        |action: &str| audit.iter().any(|(what, actor, _)| what == action && actor.ends_with("of this machine)"));
    assert!(here("operator.added") && here("operator.revoked") && here("scan.cancelled"), "{audit:?}");
    let verified = coordinator.ask(&["store", "verify"]);
    assert!(verified.err.contains("a coordinator") || verified.code == 0, "{verified:?}");
}

/// What a command says, without the one word in it that differs: the directory.
fn told(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let said = place.ask(arguments);
    let path = place.path().display().to_string();
    (said.code, said.out.replace(&path, "DIR"), said.err.replace(&path, "DIR"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_from_elsewhere_is_what_is_read_on_the_machine() {
    let server = simulated::serve(World::demo()).await;
    let (coordinator, running) = deployment(&server);
    let (anna, _) = operator(&coordinator, "anna", "viewer");
    let nothing = told(&anna, &["findings"]);
    assert_eq!(nothing, told(&coordinator, &["findings"]));
    assert!(nothing.2.contains("nothing was scanned yet"), "{nothing:?}");
    good(&coordinator, &["scans", "start", "--watch"]);
    good(&coordinator, &["scans", "start", "--watch"]);
    let scans = good(&coordinator, &["scans", "list", "--format", "ndjson"]);
    let first: serde_json::Value = serde_json::from_str(scans.lines().last().unwrap()).unwrap();
    let first = first["scan"].as_str().unwrap();
    let commands: [&[&str]; 21] = [
        &["findings", "--status", "pass,fail,unknown", "--format", "ndjson"],
        &["findings", "--scan", first, "--format", "csv", "--severity", "high"],
        &["findings", "--limit", "5"],
        &["report"],
        &["report", "--scan", first],
        &["report", "--scan", first, "--format", "ndjson"],
        &["report", "--scan", first, "--format", "html"],
        &["scans"],
        &["scans", "list", "--format", "ndjson"],
        &["scans", "show", first],
        &["scans", "show", "no-such"],
        &["diff"],
        &["history", "s3-bucket-tls-only"],
        &["resources", "--scan", first, "--type", "AWS::S3::Bucket"],
        &["resources", "--scan", first, "--type", "*", "--format", "ndjson"],
        &["snapshot", "--scan", first, "--type", "AWS::S3::Bucket"],
        &["replay", "--scan", first, "--controls", "s3-*"],
        &["schedules"],
        &["operators", "list", "--format", "ndjson"],
        &["audit"],
        &["store", "stats"],
    ];
    for arguments in commands {
        let (here, there) = (told(&coordinator, arguments), told(&anna, arguments));
        assert_eq!(here, there, "{arguments:?}");
        let is_there = !here.1.is_empty() && here.0 != 2;
        assert!(is_there != arguments.contains(&"no-such"), "{arguments:?}: {here:?}");
    }
    let backup = anna.path().join("copy.redb");
    good(&anna, &["store", "backup", backup.to_str().unwrap()]);
    good(&anna, &["store", "verify", "--file", backup.to_str().unwrap()]);
    assert!(!anna.path().join("plumbline.redb").exists(), "reading leaves nothing behind");

    good(&coordinator, &["operators", "revoke", "anna"]);
    bad(&anna, &["findings"], "this operator is revoked");
    running.kill();
    bad(&anna, &["findings"], "Connection refused");
}
