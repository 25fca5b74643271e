//! The worked example of children: a pack of the documentation, of listeners and their rules, scanned over the wire.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{Status, case};
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::python::workspace_root;
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

const CONTROL: &str = "elbv2-listener-rule-redirects";

/// The pack of the example beside the built-in one, as `--pack` has it.
fn example() -> Pack {
    let mut sources = Pack::embedded_sources();
    for name in ["collectors/elbv2-rules.yaml".to_owned(), format!("controls/{CONTROL}.yaml")] {
        let path = workspace_root().join("docs/examples/children").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        sources.push(Source { path: path.display().to_string(), text });
    }
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    pack
}

/// What the scan says of each rule, by the end of its ARN.
async fn scanned(server: &Server) -> Vec<(String, Status)> {
    let scan = Scan { pack: Arc::new(example()), ..Scan::of(server) };
    let plan = scan.plan().await.expect("the simulator has an organization");
    let rows = scan.run(&plan).await.expect("the simulator can be scanned");
    let own = rows.into_iter().filter(|row| &*row.control == CONTROL);
    own.map(|row| (row.resource.to_string(), row.status)).collect()
}

#[test]
fn its_cases_hold() {
    let pack = example();
    let control = pack.control(CONTROL).unwrap();
    assert!(control.control.cases.len() > 4);
    for case in &control.control.cases {
        assert!(case::run(&pack, control, case).holds(), "{}", case.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_has_a_row_of_its_own() {
    let good = scanned(&simulated::serve(World::compliant()).await).await;
    assert!(good.iter().all(|(_, status)| *status != Status::Fail), "{good:?}");
    assert!(good.iter().any(|(rule, _)| rule.contains(":listener-rule/")), "{good:?}");
    let broken = scanned(&simulated::serve(World::broken()).await).await;
    let failed = broken.iter().filter(|(_, status)| *status == Status::Fail);
    assert!(
        failed.clone().count() > 0 && failed.clone().all(|(rule, _)| rule.contains(":listener-rule/")),
        "{broken:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_that_are_not_listed_leave_no_pass() {
    for operation in ["DescribeLoadBalancers", "DescribeListeners", "DescribeRules"] {
        let server = simulated::serve(World::compliant()).await;
        server.faults().add(Rule::new("elbv2", operation, Fault::Deny(Layer::Identity)));
        let rows = scanned(&server).await;
        assert!(rows.iter().any(|(_, status)| *status == Status::Unknown), "{operation}: {rows:?}");
        assert!(!rows.iter().any(|(_, status)| *status == Status::Pass), "{operation}: {rows:?}");
    }
}
