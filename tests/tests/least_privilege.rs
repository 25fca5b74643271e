//! The policy that `plumbline policy` prints and what a scan really calls: nothing outside it, and nothing in it that no
//! scan uses.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use anyhow::ensure;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{CallReport, Observer};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;
use plumbline_sim::world::Stock;
use plumbline_sim::world::organization::Policy;
use plumbline_sim::{Fault, Layer, Rule, World};
use plumbline_tests::moto::Moto;
use plumbline_tests::python::workspace_root;
use plumbline_tests::scan::Scan;
use plumbline_tests::{binary, simulated};

/// Remembers which operations were called.
#[derive(Default)]
struct Calls(Mutex<BTreeSet<(String, String)>>);

impl Observer for Calls {
    fn call_finished(&self, report: &CallReport<'_>) {
        let mut calls = self.0.lock().expect("no code panics while it holds the calls");
        calls.insert((report.service.to_owned(), report.operation.to_owned()));
    }
}

/// The IAM actions behind what a scan called in member accounts. The plan is made before the watch begins: what the
/// coordinator asks of the organization takes other rights.
async fn actions_of(mut scan: Scan) -> anyhow::Result<BTreeSet<String>> {
    let plan = scan.plan().await?;
    let calls = Arc::new(Calls::default());
    scan.client.observer = Arc::clone(&calls) as Arc<dyn Observer>;
    scan.run(&plan).await?;
    let calls = calls.0.lock().expect("no code panics while it holds the calls").clone();
    ensure!(calls.len() > 50, "only {calls:?}");
    let descriptors = calls.iter().filter_map(|(service, name)| Catalog::embedded().operation(service, name));
    Ok(descriptors.flat_map(|operation| operation.iam.iter().cloned()).collect())
}

fn allowed() -> BTreeSet<String> {
    actions_in(&binary::run(&mut binary::command(&["policy"])).out)
}

/// The actions that a policy allows, written out in full.
fn actions_in(policy: &str) -> BTreeSet<String> {
    let policy = Doc::from_json(policy).expect("the policy is JSON");
    let statements = policy.get("Statement").as_list().unwrap_or_default();
    for statement in statements {
        assert_eq!(statement.get("Effect").as_str(), Some("Allow"), "{}", statement.to_json());
    }
    let actions = statements.iter().flat_map(|statement| statement.get("Action").as_list().unwrap_or_default());
    let actions: Vec<String> = actions.filter_map(|action| action.as_str().map(str::to_owned)).collect();
    assert!(!actions.is_empty() && actions.iter().all(|action| !action.contains('*')), "{actions:?}");
    actions.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_uses_the_whole_policy_and_nothing_else() -> anyhow::Result<()> {
    let (moto, _) = tokio::task::spawn_blocking(Moto::with_organization).await??;
    let keys = SharedCredentialsProvider::new(Credentials::new("testing", "testing", None, None, "test"));
    let scan = Scan {
        regions: ["us-east-1", "eu-west-1", "aws-global"].map(str::to_owned).to_vec(),
        ..Scan::at(&moto.endpoint(), keys, "PlumblineAudit")
    };
    let on_moto = actions_of(scan).await?;
    let allowed = allowed();
    let outside: Vec<_> = on_moto.difference(&allowed).collect();
    println!("{} actions allowed, {} used on moto", allowed.len(), on_moto.len());
    ensure!(outside.is_empty(), "called outside the policy: {outside:?}");
    // What nothing on moto leads to, such as the entries of a prefix list that an account made.
    let simulated = actions_of(Scan::of(&simulated::serve(World::demo()).await)).await?;
    let unused: Vec<_> =
        allowed.iter().filter(|action| !on_moto.contains(*action) && !simulated.contains(*action)).collect();
    ensure!(unused.is_empty(), "allowed and never used: {unused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_the_simulator_stays_inside_the_policy_too() -> anyhow::Result<()> {
    let server = simulated::serve(World::demo()).await;
    let outside: Vec<_> = actions_of(Scan::of(&server)).await?.difference(&allowed()).cloned().collect();
    ensure!(outside.is_empty(), "called outside the policy: {outside:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_policy_of_the_documentation_is_what_the_caller_uses() -> anyhow::Result<()> {
    let page = std::fs::read_to_string(workspace_root().join("docs/operations.md"))?;
    let block = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the policy");
    let mut documented = actions_in(block);
    // STS checks these two while it answers AssumeRole; GetCallerIdentity needs no right.
    for implied in ["sts:SetSourceIdentity", "sts:TagSession"] {
        ensure!(documented.remove(implied), "{implied} is not documented");
    }
    // Resource control policies are read where they are enabled.
    let mut organization = World::demo().organization().clone();
    organization.policies.push(Policy {
        id: "p-everything".to_owned(),
        name: "everything".to_owned(),
        kind: "RESOURCE_CONTROL_POLICY".to_owned(),
        is_aws_managed: false,
        content: r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#.to_owned(),
        targets: vec![organization.root.clone()],
    });
    let server = simulated::serve(World::custom(organization, Stock::default())).await;
    let scan = Scan { reads_account_tags: true, ..Scan::of(&server) };
    let plan = scan.plan().await?;
    // Where the Account API does not answer, EC2 is asked.
    server.faults().add(Rule::new("account", "ListRegions", Fault::Deny(Layer::Identity)));
    scan.plan().await?;
    let mut used: BTreeSet<String> = server
        .journal()
        .counts()
        .iter()
        .flat_map(|(service, operations)| operations.keys().map(move |operation| format!("{service}:{operation}")))
        .collect();
    ensure!(used.remove("sts:GetCallerIdentity"), "{used:?}");
    server.journal().clear();
    scan.run(&plan).await?;
    ensure!(server.journal().count("sts", "AssumeRole") > 0);
    used.insert("sts:AssumeRole".to_owned());
    ensure!(used == documented, "used {used:?}, documented {documented:?}");
    Ok(())
}
