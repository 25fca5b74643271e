//! Types that Cloud Control or AWS Config read, whole: the pack of the documentation, scanned over the wire, and every
//! call of it failing once.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::plan::CallPlan;
use plumbline_baseline::{Status, case, permissions};
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::world::{Flaws, Size};
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::python::workspace_root;
use plumbline_tests::scan::Scan;
use plumbline_tests::{binary, simulated};

const CONTROLS: [&str; 2] = ["efs-file-system-encrypted", "kinesis-stream-encrypted"];

fn folder() -> std::path::PathBuf {
    workspace_root().join("docs/examples/sources")
}

fn example() -> Pack {
    pack_with(|text| text)
}

/// The pack of the documentation, whose type of AWS Config is read from the aggregator of the management account.
fn aggregated() -> Pack {
    let source = "source: config";
    pack_with(|text| {
        text.replace(source, &format!("{source}\n    aggregator: {{ name: organization, region: us-east-1 }}"))
    })
}

fn pack_with(change: impl Fn(String) -> String) -> Pack {
    let mut sources = Vec::new();
    for name in ["collectors", "controls", "schemas"] {
        for entry in std::fs::read_dir(folder().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            sources.push(Source { path: path.display().to_string(), text: change(text) });
        }
    }
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    pack
}

async fn scanned(server: &Server) -> Vec<ReportRow> {
    scanned_with(server, example()).await
}

async fn scanned_with(server: &Server, pack: Pack) -> Vec<ReportRow> {
    let scan = Scan { pack: Arc::new(pack), ..Scan::of(server) };
    let plan = scan.plan().await.expect("the simulator has an organization");
    scan.run(&plan).await.expect("the simulator can be scanned")
}

fn statuses(rows: &[ReportRow], control: &str) -> BTreeSet<Status> {
    rows.iter().filter(|row| &*row.control == control).map(|row| row.status).collect()
}

#[test]
fn the_pack_of_the_documentation_is_right() {
    let page = std::fs::read_to_string(workspace_root().join("docs/writing-controls.md")).unwrap();
    let collector = std::fs::read_to_string(folder().join("collectors/sources.yaml")).unwrap();
    assert!(page.contains(&format!("```yaml\n{collector}```")), "the page shows the file");
    let pack = example();
    for id in CONTROLS {
        let control = pack.control(id).unwrap();
        for case in &control.control.cases {
            assert!(case::run(&pack, control, case).holds(), "{id}: {}", case.name);
        }
    }
    let plan = CallPlan::new(&pack, CONTROLS);
    let actions = permissions::of_plan(&plan, Catalog::embedded());
    for action in ["cloudformation:GetResource", "config:SelectResourceConfig", "kinesis:DescribeStreamSummary"] {
        assert!(actions.contains(action), "{actions:?}");
    }
}

#[test]
fn the_command_line_reads_the_schemas_of_a_pack() {
    let path = folder();
    let pack = path.to_str().unwrap();
    let lint = binary::run(&mut binary::command(&["controls", "lint", "--pack", pack]));
    assert_eq!((lint.code, lint.out.contains("cannot be checked")), (0, false), "{}{}", lint.out, lint.err);
    let bare = tempfile::tempdir().unwrap();
    copy(&path.join("collectors"), &bare.path().join("collectors"));
    let lint = binary::run(&mut binary::command(&["controls", "lint", "--pack", bare.path().to_str().unwrap()]));
    let said = format!("{}{}", lint.out, lint.err);
    assert!(said.contains("cannot be checked") && said.contains("describe-type"), "{said}");
    let policy = binary::run(&mut binary::command(&["policy", "--pack", pack, "--controls", CONTROLS[1]]));
    assert!(policy.out.contains("kinesis:ListStreams"), "{}", policy.out);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sources_say_pass_and_fail_over_the_wire() {
    for (world, expected) in [(World::compliant(), Status::Pass), (World::broken(), Status::Fail)] {
        let server = simulated::serve(world).await;
        let rows = scanned(&server).await;
        for control in CONTROLS {
            let is_broken_record = expected == Status::Fail && control == CONTROLS[0];
            let found = statuses(&rows, control);
            // In the broken account AWS Config does not record either.
            let expected = if is_broken_record { Status::Unknown } else { expected };
            assert_eq!(found, BTreeSet::from([expected]), "{control}: {rows:?}");
        }
        let named = rows.iter().filter(|row| row.resource.contains("stream/") || row.resource.contains("file-system/"));
        assert!(named.count() > 0, "{rows:?}");
    }
}

/// The rows of the aggregator's control.
async fn from_aggregator(server: &Server) -> Vec<ReportRow> {
    let rows = scanned_with(server, aggregated()).await;
    let rows: Vec<ReportRow> = rows.into_iter().filter(|row| &*row.control == CONTROLS[0]).collect();
    let is_at_home =
        |row: &ReportRow| *row.account == *server.world().management_account() && &*row.region == "aws-global";
    assert!(rows.iter().all(is_at_home), "once, in the management account: {rows:?}");
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregator_has_the_resources_of_all_accounts_and_regions() {
    let size = Size { accounts: 3, regions: 2, resources: 1 };
    let server = simulated::serve(World::generated(7, size).with_flaws(Flaws::Never)).await;
    let rows = from_aggregator(&server).await;
    assert_eq!(statuses(&rows, CONTROLS[0]), BTreeSet::from([Status::Pass]), "{rows:?}");
    let places: BTreeSet<&str> =
        rows.iter().filter_map(|row| row.resource.rsplit_once('/')).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 6, "three accounts in two Regions: {places:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_account_that_no_aggregator_knows_nothing_is_known() {
    // The second account is closed, a member all the same, and no source.
    let server = simulated::serve(World::compliant()).await;
    let rows = from_aggregator(&server).await;
    let unknown: Vec<&ReportRow> = rows.iter().filter(|row| row.status == Status::Unknown).collect();
    assert_eq!(unknown.len(), 1, "{rows:?}");
    assert!(unknown[0].reason.contains("is no source of it"), "{}", unknown[0].reason);
    assert!(statuses(&rows, CONTROLS[0]).contains(&Status::Pass), "{rows:?}");
    // Where the recorder stands still, nothing passes.
    let server = simulated::serve(World::broken()).await;
    let rows = from_aggregator(&server).await;
    assert_eq!(statuses(&rows, CONTROLS[0]), BTreeSet::from([Status::Unknown]), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_about_an_aggregator_can_fail_and_leave_a_pass() {
    let operations = CallPlan::new(&aggregated(), [CONTROLS[0]]).operations();
    assert_eq!(operations.len(), 3);
    for fault in [Fault::Deny(Layer::Identity), Fault::Throttle, Fault::ServerError, Fault::Strange("{}")] {
        for (service, operation) in &operations {
            let server = simulated::serve(World::compliant()).await;
            server.faults().add(Rule::new(service, operation, fault));
            let rows = from_aggregator(&server).await;
            let found = statuses(&rows, CONTROLS[0]);
            assert_eq!(found, BTreeSet::from([Status::Unknown]), "{service}:{operation} {fault:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_can_fail_and_leave_a_pass() {
    let operations = CallPlan::new(&example(), CONTROLS).operations();
    assert_eq!(operations.len(), 5);
    let faults = [
        Fault::Deny(Layer::Identity),
        Fault::Throttle,
        Fault::ServerError,
        Fault::Truncate,
        Fault::Strange("{}"),
        Fault::Strange(r#"{"error":"blocked"}"#),
    ];
    for fault in faults {
        for (service, operation) in &operations {
            let server = simulated::serve(World::compliant()).await;
            server.faults().add(Rule::new(service, operation, fault));
            let rows = scanned(&server).await;
            let control = if service == "config" { CONTROLS[0] } else { CONTROLS[1] };
            let found = statuses(&rows, control);
            assert!(found.contains(&Status::Unknown), "{service}:{operation} {fault:?}: {found:?}");
            // Of a listing that broke off, what was read is real.
            let is_listing = ["ListResources", "SelectResourceConfig"].contains(&operation.as_str());
            let may_pass = fault == Fault::Truncate && is_listing;
            assert!(may_pass || !found.contains(&Status::Pass), "{service}:{operation} {fault:?}: {found:?}");
        }
    }
}
