//! Controls about the organization as a whole: who administers services for it reaches the jobs, what is decided in the
//! administrator's account is covered in the others, and what is not known of it is unknown.

use std::collections::BTreeMap;

use anyhow::ensure;
use plumbline_baseline::{Doc, Status};
use plumbline_coordinator::plan::Plan;
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::world::Stock;
use plumbline_sim::world::organization::{AccountState, Organization, Policy};
use plumbline_sim::{Fault, Layer, Options, Rule, Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::{binary, simulated};

const ANALYZER: &str = "iam-access-analyzer";
const OWN_ROW: &str = "iam-access-analyzer-organization";
const GUARDDUTY: &str = "guardduty-delegated-admin-all-regions";
const PROTECTED: &str = "org-trail-protected";

const MANAGEMENT: &str = "111111111111";
const SECURITY: &str = "222222222222";
const MEMBER: &str = "333333333333";
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// The security account administers IAM Access Analyzer and GuardDuty, and a policy on the root keeps the records.
fn organization() -> Organization {
    let mut organization = Organization::new(MANAGEMENT, &REGIONS);
    organization.add_unit("Workloads", "");
    organization.add_account(SECURITY, "security", "");
    organization.add_account(MEMBER, "member", "Workloads");
    organization.delegate("access-analyzer.amazonaws.com", SECURITY);
    organization.delegate("guardduty.amazonaws.com", SECURITY);
    let content = r#"{"Statement": {"Effect": "Deny", "Action": ["cloudtrail:*", "config:*"], "Resource": "*"}}"#;
    organization.policies.push(Policy {
        id: "p-records01".to_owned(),
        name: "records".to_owned(),
        kind: "SERVICE_CONTROL_POLICY".to_owned(),
        is_aws_managed: false,
        content: content.to_owned(),
        targets: vec![organization.root.clone()],
    });
    organization
}

/// The world in which this account has the analyzers of the organization.
fn world(organization: Organization, owner: &str) -> World {
    let mut stock = Stock::default();
    for region in REGIONS {
        let arn = format!("arn:aws:access-analyzer:{region}:{owner}:analyzer/all");
        let analyzer = [("arn", arn.as_str()), ("name", "all"), ("type", "ORGANIZATION"), ("status", "ACTIVE")];
        let analyzer = Doc::map(analyzer.map(|(name, value)| (name, Doc::from(value))));
        stock.put(owner, region, "AWS::AccessAnalyzer::Analyzer", analyzer);
    }
    World::custom(organization, stock)
}

/// The plan of a scan, and the rows of these controls.
async fn scanned(server: &Server, controls: &[&str]) -> anyhow::Result<(Plan, Vec<ReportRow>)> {
    let scan = Scan::of(server);
    let plan = scan.plan().await?;
    let mut rows = scan.run(&plan).await?;
    rows.retain(|row| controls.contains(&&*row.control));
    Ok((plan, rows))
}

/// What the control says of each account, however many Regions say it.
fn by_account(rows: &[ReportRow], control: &str) -> BTreeMap<String, Status> {
    let of = rows.iter().filter(|row| &*row.control == control);
    of.map(|row| (row.account.to_string(), row.status)).collect()
}

fn statuses(expected: [(&str, Status); 3]) -> BTreeMap<String, Status> {
    expected.map(|(account, status)| (account.to_owned(), status)).into()
}

/// The exit code of a scan for the controls of IAM Access Analyzer alone.
fn exit_code(server: &Server) -> anyhow::Result<i32> {
    let data = tempfile::tempdir()?;
    let output = data.path().join("report");
    let output = output.to_string_lossy();
    let controls = format!("{ANALYZER},{OWN_ROW}");
    let arguments = ["scan", "--controls", &controls, "--output", &output];
    let ended = binary::run(&mut simulated::command(server, data.path(), &arguments));
    Ok(ended.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_delegated_administrator_decides_is_covered_everywhere() -> anyhow::Result<()> {
    let server = simulated::serve(world(organization(), SECURITY)).await;
    let (_, rows) = scanned(&server, &[ANALYZER]).await?;
    ensure!(rows.len() == 6, "three accounts, two Regions: {}", rows.len());
    let expected = [(MANAGEMENT, Status::Unknown), (SECURITY, Status::Pass), (MEMBER, Status::Unknown)];
    ensure!(by_account(&rows, ANALYZER) == statuses(expected), "{:?}", by_account(&rows, ANALYZER));
    for row in rows.iter().filter(|row| row.status == Status::Unknown) {
        let told = format!("; decided in {SECURITY}, {} by {OWN_ROW}", row.region);
        ensure!(row.reason.ends_with(&told) && row.decided_in == [SECURITY.into()], "{}", row.reason);
    }
    let code = tokio::task::spawn_blocking(move || exit_code(&server)).await??;
    ensure!(code == 0, "exit code {code}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_administrator_the_management_account_decides() -> anyhow::Result<()> {
    let mut nobody = organization();
    nobody.delegated.clear();
    let server = simulated::serve(world(nobody.clone(), MANAGEMENT)).await;
    let (_, rows) = scanned(&server, &[ANALYZER]).await?;
    let expected = [(MANAGEMENT, Status::Pass), (SECURITY, Status::Unknown), (MEMBER, Status::Unknown)];
    ensure!(by_account(&rows, ANALYZER) == statuses(expected), "{:?}", by_account(&rows, ANALYZER));
    let hidden = rows.iter().filter(|row| row.status == Status::Unknown);
    ensure!(hidden.clone().all(|row| row.decided_in == [MANAGEMENT.into()]));

    // Nobody has one: that is a failure where it could be, and nothing that others could rely on.
    let server = simulated::serve(World::custom(nobody, Stock::default())).await;
    let (_, rows) = scanned(&server, &[ANALYZER]).await?;
    let expected = [(MANAGEMENT, Status::Fail), (SECURITY, Status::Unknown), (MEMBER, Status::Unknown)];
    ensure!(by_account(&rows, ANALYZER) == statuses(expected), "{:?}", by_account(&rows, ANALYZER));
    ensure!(rows.iter().all(|row| row.decided_in.is_empty()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_right_makes_unknown_what_it_told_and_is_said() -> anyhow::Result<()> {
    for operation in ["ListDelegatedAdministrators", "ListDelegatedServicesForAccount"] {
        let server = simulated::serve(world(organization(), SECURITY)).await;
        server.faults().add(Rule::new("organizations", operation, Fault::Deny(Layer::Identity)));
        let (plan, rows) = scanned(&server, &[ANALYZER, GUARDDUTY]).await?;
        let denied = format!("access_denied: organizations:{operation}");
        let text = "the delegated administrators of the organization could not be read";
        ensure!(plan.notes.iter().any(|note| note.contains(text) && note.contains(&denied)), "{:?}", plan.notes);
        let expected = [(MANAGEMENT, Status::Unknown), (SECURITY, Status::Pass), (MEMBER, Status::Unknown)];
        ensure!(by_account(&rows, ANALYZER) == statuses(expected), "{:?}", by_account(&rows, ANALYZER));
        let unknown = rows.iter().filter(|row| row.status == Status::Unknown);
        ensure!(unknown.clone().count() == 5 && unknown.clone().all(|row| row.decided_in.is_empty()));
        ensure!(unknown.clone().all(|row| row.reason.contains(&denied)), "{:?}", unknown.map(|row| &row.reason).next());
        let code = tokio::task::spawn_blocking(move || exit_code(&server)).await??;
        ensure!(code == 3, "exit code {code}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_administrator_administers_nothing() -> anyhow::Result<()> {
    for state in [AccountState::Suspended, AccountState::PendingClosure] {
        let mut organization = organization();
        organization.accounts.iter_mut().find(|account| account.id == SECURITY).expect("it is there").state = state;
        let server = simulated::serve(world(organization, SECURITY)).await;
        let (plan, rows) = scanned(&server, &[ANALYZER, GUARDDUTY]).await?;
        let note = format!("{SECURITY}: a delegated administrator that is suspended");
        ensure!(plan.notes.iter().any(|each| each.starts_with(&note)), "{:?}", plan.notes);
        let found = by_account(&rows, ANALYZER);
        ensure!(
            found.get(MANAGEMENT) == Some(&Status::Fail) && found.get(MEMBER) == Some(&Status::Unknown),
            "{found:?}"
        );
        ensure!(rows.iter().all(|row| row.decided_in.is_empty()));
        let guardduty = by_account(&rows, GUARDDUTY);
        ensure!(guardduty == [(MANAGEMENT.to_owned(), Status::Fail)].into(), "{guardduty:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_and_their_services_come_in_pages() -> anyhow::Result<()> {
    let mut organization = organization();
    for number in 0..25 {
        let id = format!("4444444444{number:02}");
        organization.add_account(&id, &format!("a{number}"), "Workloads");
        organization.delegate("guardduty.amazonaws.com", &id);
        organization.delegate(&format!("service-{number}.amazonaws.com"), &id);
    }
    for page_size in [None, Some(1)] {
        let server = Server::start(world(organization.clone(), SECURITY), Options { page_size, ..Options::default() });
        let plan = Scan::of(&server.await?).plan().await?;
        let delegated = plan.delegated.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
        ensure!(delegated.len() == 27 && delegated["guardduty.amazonaws.com"].len() == 26, "{delegated:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_is_judged_once() -> anyhow::Result<()> {
    let organization = organization();
    let server = simulated::serve(world(organization.clone(), SECURITY)).await;
    let (_, rows) = scanned(&server, &[GUARDDUTY, PROTECTED]).await?;
    let expect = |rows: &[ReportRow], guardduty: Status, protected: Status| {
        let found: Vec<_> = rows.iter().map(|row| (&*row.account, &*row.region, &*row.control, row.status)).collect();
        let row = |control, status| (MANAGEMENT, "aws-global", control, status);
        ensure!(found.len() == 2, "{found:?}");
        for expected in [row(GUARDDUTY, guardduty), row(PROTECTED, protected)] {
            ensure!(found.contains(&expected), "{found:?}, not {expected:?}");
        }
        Ok(())
    };
    expect(&rows, Status::Pass, Status::Pass)?;

    let deny = |service, operation| Rule::new(service, operation, Fault::Deny(Layer::Identity));
    for (rule, guardduty, protected) in [
        (deny("guardduty", "ListOrganizationAdminAccounts").in_region("eu-west-1"), Status::Unknown, Status::Pass),
        (deny("ec2", "DescribeRegions"), Status::Unknown, Status::Pass),
        (deny("organizations", "ListPolicies"), Status::Pass, Status::Unknown),
        (deny("organizations", "DescribePolicy"), Status::Pass, Status::Unknown),
        (deny("organizations", "ListTargetsForPolicy"), Status::Pass, Status::Unknown),
    ] {
        server.faults().clear();
        server.faults().add(rule);
        expect(&scanned(&server, &[GUARDDUTY, PROTECTED]).await?.1, guardduty, protected)?;
    }

    // The policy is attached to the unit of one account, and not to that of the other.
    let mut apart = organization;
    let unit = apart.units[0].id.clone();
    apart.policies.last_mut().expect("it was added").targets = vec![unit];
    let server = simulated::serve(world(apart, SECURITY)).await;
    let (_, rows) = scanned(&server, &[GUARDDUTY, PROTECTED]).await?;
    expect(&rows, Status::Pass, Status::Fail)?;
    let failed = rows.iter().find(|row| row.status == Status::Fail).expect("it failed");
    ensure!(failed.witnesses.iter().any(|witness| witness.sentence().contains(SECURITY)), "{:?}", failed.witnesses);
    Ok(())
}
