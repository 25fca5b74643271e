//! Resource control policies of the organization reach the jobs of a scan: what they stop in a member account is not public
//! there, and where it is not known what they stop, the verdict says so. A bucket that leaves it to an access point which
//! services may use is asked through it.

use std::collections::BTreeMap;

use anyhow::ensure;
use plumbline_baseline::{Doc, Status};
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::world::Stock;
use plumbline_sim::world::organization::{Organization, Policy};
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

const PUBLIC: &str = "s3-bucket-policy-not-public";
const SERVICES: &str = "s3-bucket-services-scoped";
const MANAGEMENT: &str = "111111111111";
const MEMBER: &str = "222222222222";
const ELSEWHERE: &str = "333333333333";
const OUTSIDERS: &str = r#"{"Version":"2012-10-17","Statement":{"Sid":"Outsiders","Effect":"Deny","Principal":"*","Action":"s3:*",
    "Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"},
    "BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}}"#;
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

fn policy(id: &str, is_aws_managed: bool, content: &str, targets: &[String]) -> Policy {
    let (kind, content) = ("RESOURCE_CONTROL_POLICY".to_owned(), content.to_owned());
    Policy { id: id.to_owned(), name: id.to_owned(), kind, is_aws_managed, content, targets: targets.to_vec() }
}

/// A bucket of an account that everybody may read, and one that leaves it to an access point, through which the services of
/// everybody may read.
fn put_buckets(stock: &mut Stock, account: &str) {
    let bucket = |name: &str, statement: &str| {
        Doc::map([
            ("Name", Doc::from(name)),
            ("BucketRegion", Doc::from("us-east-1")),
            ("BucketArn", Doc::from(format!("arn:aws:s3:::{name}"))),
            ("Policy", Doc::from_json(&format!(r#"{{"Statement": {statement}}}"#)).expect("it is JSON")),
            ("Acl", Doc::from_json(r#"{"Owner": {"ID": "0a"}, "Grants": []}"#).expect("it is JSON")),
        ])
    };
    let open = format!("open-{account}");
    let statement = format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{open}/*"}}"#
    );
    stock.put(account, "us-east-1", "AWS::S3::Bucket", bucket(&open, &statement));
    let left = format!("left-{account}");
    let statement = format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::{left}", "arn:aws:s3:::{left}/*"],
        "Condition": {{"StringEquals": {{"s3:DataAccessPointAccount": "{account}"}}}}}}"#
    );
    stock.put(account, "us-east-1", "AWS::S3::Bucket", bucket(&left, &statement));
    let arn = format!("arn:aws:s3:us-east-1:{account}:accesspoint/reports");
    let services = format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "datasync.amazonaws.com"}}, "Action": "s3:GetObject",
        "Resource": "{arn}/object/*"}}]}}"#
    );
    let point = Doc::map([
        ("Name", Doc::from("reports")),
        ("NetworkOrigin", Doc::from("Internet")),
        ("Bucket", Doc::from(left)),
        ("BucketAccountId", Doc::from(account)),
        ("AccessPointArn", Doc::from(arn)),
        ("Policy", Doc::from(services)),
    ]);
    stock.put(account, "us-east-1", "AWS::S3::AccessPoint", point);
}

/// An organization of which a unit keeps outsiders from buckets.
fn world() -> World {
    let mut organization = Organization::new(MANAGEMENT, &["us-east-1"]);
    let unit = organization.add_unit("Workloads", "").id.clone();
    organization.add_account(MEMBER, "member", "Workloads");
    organization.add_account(ELSEWHERE, "elsewhere", "");
    organization.policies.push(policy("p-RCPFullAWSAccess", true, EVERYTHING, &[]));
    organization.policies.push(policy("p-perimeter", false, OUTSIDERS, &[unit, MANAGEMENT.to_owned()]));
    let mut stock = Stock::default();
    [MANAGEMENT, MEMBER, ELSEWHERE].into_iter().for_each(|account| put_buckets(&mut stock, account));
    World::custom(organization, stock)
}

/// The rows of a control, by bucket.
async fn rows(server: &Server, control: &str) -> anyhow::Result<BTreeMap<String, ReportRow>> {
    let scan = Scan { regions: vec!["us-east-1".to_owned()], ..Scan::of(server) };
    let rows = scan.run(&scan.plan().await?).await?;
    let of_bucket = |row: ReportRow| {
        let name = row.resource.strip_prefix("arn:aws:s3:::")?.to_owned();
        (&*row.control == control).then_some((name, row))
    };
    Ok(rows.into_iter().filter_map(of_bucket).collect())
}

fn status(rows: &BTreeMap<String, ReportRow>, kind: &str, account: &str) -> Option<Status> {
    rows.get(&format!("{kind}-{account}")).map(|row| row.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_unit_denies_is_not_public_in_its_member_accounts() -> anyhow::Result<()> {
    let server = simulated::serve(world()).await;
    let found = rows(&server, PUBLIC).await?;
    ensure!(status(&found, "open", MEMBER) == Some(Status::Pass), "{found:?}");
    ensure!(status(&found, "open", ELSEWHERE) == Some(Status::Fail), "another place: {found:?}");
    ensure!(status(&found, "open", MANAGEMENT) == Some(Status::Fail), "the management account: {found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_denied_and_was_not_read_is_not_decided() -> anyhow::Result<()> {
    let server = simulated::serve(world()).await;
    server.faults().add(Rule::new("organizations", "ListPolicies", Fault::Deny(Layer::Identity)));
    let found = rows(&server, PUBLIC).await?;
    ensure!(status(&found, "open", MEMBER) == Some(Status::Unknown), "{found:?}");
    ensure!(status(&found, "open", MANAGEMENT) == Some(Status::Fail), "the management account: {found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn services_come_in_by_an_access_point() -> anyhow::Result<()> {
    let server = simulated::serve(world()).await;
    let found = rows(&server, SERVICES).await?;
    ensure!(status(&found, "left", ELSEWHERE) == Some(Status::Fail), "{found:?}");
    ensure!(status(&found, "open", ELSEWHERE).is_some(), "{found:?}");
    Ok(())
}
