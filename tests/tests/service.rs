//! The coordinator as a service, as a process of its own: killed in the middle of a scan and started again, asked by
//! operators, told to stop, and started with what it cannot work with.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, command, run};
use plumbline_tests::service::{Place, Running, get, until, verdicts};
use plumbline_tests::simulated;

const MINUTELY: &str = "schedules:\n  - name: minutely\n    cron: '* * * * *'\n    time_zone: Europe/Zurich\n";

async fn server(latency: u64) -> Server {
    server_of(12, latency).await
}

async fn server_of(accounts: usize, latency: u64) -> Server {
    let options = plumbline_sim::Options { latency: Duration::from_millis(latency).into(), ..Default::default() };
    Server::start(World::demo_of(accounts, 7), options).await.unwrap()
}

/// What an undisturbed scan says.
fn expected(server: &Server) -> Vec<String> {
    let whole = tempfile::tempdir().unwrap();
    run(&mut simulated::command(server, whole.path(), &["scan"]));
    verdicts(whole.path(), "latest")
}

/// How many jobs of a scan are stored.
fn committed(place: &Place, scan: &str) -> u64 {
    let said = place.ask(&["scans", "show", scan]);
    let shown: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_default();
    shown["jobs"]["states"]["stored"].as_u64().unwrap_or_default()
}

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The fires of the one schedule: time and outcome.
fn fires(place: &Place) -> Vec<(String, String)> {
    let said = place.ask(&["schedules", "list", "--fires", "100", "--format", "ndjson"]);
    let schedules = lines(&said.out);
    let fires = schedules[0]["fires"].as_array().unwrap().iter();
    fires.map(|fire| (fire["time"].to_string(), fire["outcome"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_is_killed_goes_on_where_it_was() {
    let (quick, slow) = (server(0).await, server(150).await);
    let expected = expected(&quick);
    let place = Place::new(MINUTELY);
    let mut killed = place.start(&slow);
    let scan = killed.begun();
    until("some of the scan is stored", || committed(&place, &scan) > 3);
    killed.kill();
    assert_ne!(place.verdicts(&scan), expected, "it was killed in the middle");
    let mut again = place.start(&quick);
    let began = tokio::time::Instant::now();
    again.wait_for(&format!("going on with the scan {scan}"));
    again.wait_for(&format!("the scan {scan} ended"));
    // Nobody waits for the agent that was killed with it.
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    assert_eq!(place.verdicts(&scan), expected);
    assert!(place.path().join("reports").join(&scan).join("report.html").exists());
    again.signal("-TERM");
    let (code, said) = again.end();
    assert_eq!(code, Some(0), "{said}");
    let mut times = fires(&place);
    assert!(times.iter().any(|(_, outcome)| outcome == "started"), "{times:?}");
    let all = times.len();
    times.sort();
    times.dedup_by(|one, other| one.0 == other.0);
    assert_eq!(times.len(), all, "no fire is there twice");
    let verified = place.ask(&["store", "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_start_watch_and_cancel_scans_beside_each_other() {
    let (quick, slow) = (server_of(40, 0).await, server_of(40, 500).await);
    let place = Place::new("role: PlumblineAudit\n");
    let nobody = place.ask(&["scans", "start"]);
    assert!(nobody.code == 1 && nobody.err.contains("no coordinator runs on"), "{nobody:?}");
    assert!(nobody.err.contains("next step: start one: plumbline coordinator --config FILE"), "{nobody:?}");

    let mut running = place.start(&slow);
    running.wait_for("the coordinator runs");
    let started = place.ask(&["scans", "start"]);
    assert_eq!(started.code, 0, "{started:?}");
    let first = started.out.trim().to_owned();
    // Beside it.
    let limited = place.ask(&["scans", "start", "--regions", "eu-central-1"]);
    assert_eq!(limited.code, 0, "{limited:?}");
    let second = limited.out.trim().to_owned();
    let cancelled = place.ask(&["scans", "cancel", &first]);
    assert_eq!(cancelled.code, 0, "{cancelled:?}");
    let wrong = place.ask(&["scans", "start", "--regions", "eu-centrl-1"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `eu-central-1`?"), "{wrong:?}");
    let watched = place.ask(&["scans", "watch", &second]);
    assert!(watched.code == 0 && watched.err.contains("the scan ended"), "{watched:?}");
    until("the first is put away", || {
        let scans = lines(&place.ask(&["scans", "--format", "ndjson"]).out);
        scans.iter().all(|scan| scan["state"] != "running")
    });
    let scans = lines(&place.ask(&["scans", "--format", "ndjson"]).out);
    let of = |id: &str| scans.iter().find(|scan| scan["scan"] == id).unwrap().clone();
    assert_eq!(of(&second)["state"], "complete");
    assert!(of(&first)["problem"].as_str().unwrap().contains("it was cancelled by "));
    let gone = place.ask(&["scans", "cancel", &first]);
    assert!(gone.code == 2 && gone.err.contains("does not run"), "{gone:?}");
    running.kill();
    // What an operator's limited scan found is what a limited scan finds.
    let alone = tempfile::tempdir().unwrap();
    run(&mut simulated::command(&quick, alone.path(), &["scan", "--regions", "eu-central-1"]));
    assert_eq!(place.verdicts(&second), verdicts(alone.path(), "latest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_within_its_deadline_and_goes_on_when_it_starts_again() {
    let (quick, slow) = (server(0).await, server(150).await);
    let place = Place::new("role: PlumblineAudit\n");
    let notify = place.path().join("notify");
    let manager = UnixDatagram::bind(&notify).unwrap();
    let heard = || {
        let mut buffer = [0; 64];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let mut running =
        Running::of(place.command(&slow).args(["--with-agent", "--http", "127.0.0.1:0"]).env("NOTIFY_SOCKET", &notify));
    assert_eq!(heard(), "READY=1");
    let http = running.wait_for("health and metrics are at http://");
    let address = http.rsplit('/').next().unwrap().to_owned();
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").ends_with("ready\n"));
    assert!(get(&address, "/other").starts_with("HTTP/1.1 404"));
    let scan = place.ask(&["scans", "start"]).out.trim().to_owned();
    until("some of the scan is stored", || committed(&place, &scan) > 3);
    let metrics = get(&address, "/metrics");
    for line in [
        "plumbline_scans_running 1",
        "plumbline_agents{state=\"connected\"} 1",
        "plumbline_store_commit_seconds_count",
        "plumbline_aws_calls_total{service=\"iam\",outcome=\"ok\"}",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    running.signal("-TERM");
    let asked = tokio::time::Instant::now();
    assert_eq!(heard(), "STOPPING=1");
    let (code, said) = running.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    assert!(said.contains("What runs goes on when the coordinator is started again"), "{said}");
    let mut again = place.start(&quick);
    again.wait_for(&format!("the scan {scan} ended"));
    assert_eq!(place.verdicts(&scan), expected(&quick));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_run_now_paused_and_kept_to_its_deadline() {
    let slow = server_of(60, 1000).await;
    let place =
        Place::new("schedules:\n  - name: yearly\n    cron: '@yearly'\n    deadline: 1m\n    reports: [summary]\n");
    let mut running = place.start(&slow);
    running.wait_for("the coordinator runs");
    let unknown = place.ask(&["schedules", "run", "yaerly"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `yearly`?"), "{unknown:?}");
    let paused = place.ask(&["schedules", "pause", "yearly"]);
    assert_eq!(paused.code, 0, "{paused:?}");
    let listed = place.ask(&["schedules"]);
    assert!(listed.out.contains("yearly  0 0 1 1 * UTC  paused"), "{listed:?}");
    assert_eq!(place.ask(&["schedules", "resume", "yearly"]).code, 0);
    let started = place.ask(&["schedules", "run", "yearly"]);
    assert_eq!(started.code, 0, "{started:?}");
    let scan = started.out.trim().to_owned();
    let twice = place.ask(&["schedules", "run", "yearly"]);
    assert!(twice.code == 2 && twice.err.contains(&format!("its scan {scan} has not ended")), "{twice:?}");
    running.wait_for(&format!("the scan {scan} ended"));
    let reports = place.path().join("reports").join(&scan);
    let summary = std::fs::read_to_string(reports.join("summary.json")).unwrap();
    let is_late = summary.contains("its deadline of 1 minute came");
    assert!(is_late, "{summary}");
    assert!(!reports.join("findings.csv").exists(), "only what was asked for is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_work_with_is_said() {
    let quick = server(0).await;
    let check = |configuration: &str, code: i32, expected: &str| {
        let said = run(&mut Place::new(configuration).command(&quick));
        assert!(said.code == code && said.err.contains(expected), "{configuration}: {said:?}");
    };
    let schedule = |rest: &str| format!("schedules:\n  - name: never\n    {rest}\n");
    check(&schedule("cron: '0 2 31 2 *'"), 2, "plumbline.yaml:3:5");
    check(&schedule("cron: '@daily'\n    time_zone: Zurich"), 2, "did you mean `Europe/Zurich`?");
    check(&schedule("cron: '@daily'\n    scope: { controls: [no-such-control] }"), 2, "no-such-control");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    check(&format!("http: {address}\n"), 1, "another process has it: use another --http");
    let resume = run(Place::new("role: x\n").command(&quick).arg("--resume"));
    assert!(resume.code == 2 && resume.err.contains("use it with --once"), "{resume:?}");

    let place = Place::new("role: PlumblineAudit\n");
    let mut running = place.start(&quick);
    running.wait_for("the coordinator runs");
    let second = run(&mut place.command(&quick));
    assert!(
        second.code == 1 && second.err.contains("runs on") && second.err.contains("`plumbline scans start`"),
        "{second:?}"
    );
    let listed = binary::run(command(&["schedules", "--data-dir"]).arg(place.path()));
    assert!(listed.code == 0 && listed.out == "0 schedules\n", "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_are_gone_stop_a_schedule_unless_it_goes_on() {
    let quick = server(0).await;
    let schedule = |name: &str, more: &str| {
        format!(
            "  - name: {name}\n    cron: '@yearly'\n    scope: {{ controls: [iam-root-mfa], regions: [aws-global] }}\n{more}"
        )
    };
    let bold = schedule("bold", "    on_vanished_accounts: go_on\n");
    let place = Place::new(&format!("schedules:\n{}{bold}", schedule("careful", "")));
    let mut running = place.start(&quick);
    running.wait_for("the coordinator runs");
    let first = place.ask(&["schedules", "run", "careful"]);
    running.wait_for(&format!("the scan {} ended", first.out.trim()));
    let is_memory =
        |path: &std::path::PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("\"active\":["));
    let mut files = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
    let memory = files.find(is_memory).unwrap();
    let text = std::fs::read_to_string(&memory).unwrap();
    let (before, after) = text.split_once("\"active\":[").unwrap();
    std::fs::write(&memory, format!("{before}\"active\":[\"900000000001\",\"900000000002\",{after}")).unwrap();
    let refused = place.ask(&["schedules", "run", "careful"]);
    assert!(refused.code == 1 && refused.err.contains("900000000001, 900000000002"), "{refused:?}");
    let listed = place.ask(&["schedules", "list"]);
    assert!(listed.out.contains("refused, asked by") && listed.out.contains("900000000001"), "{listed:?}");
    let accepted = place.ask(&["schedules", "run", "bold"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    let scan = accepted.out.trim();
    running.wait_for(&format!("the scan {scan} ended"));
    let report = place.ask(&["report", "--scan", scan]);
    assert!(report.out.contains("are not in the organization any more: 900000000001"), "{report:?}");
}
