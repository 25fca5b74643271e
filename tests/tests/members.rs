//! Who belongs to the organization reaches the jobs of a scan: what is shared with another account of it is not shared with
//! strangers, and what is not known of its members makes nobody one.

use std::collections::BTreeMap;

use anyhow::ensure;
use plumbline_baseline::{Doc, Status};
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::world::Stock;
use plumbline_sim::world::organization::{AccountState, Organization};
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

const CONTROL: &str = "s3-bucket-policy-not-public";
const OWNER: &str = "111111111111";
const MEMBER: &str = "222222222222";
const SUSPENDED: &str = "333333333333";
const FOREIGN: &str = "444444444444";
const ACL: &str = r#"{"Owner": {"ID": "0a"}, "Grants": []}"#;

/// A bucket for each of these principals.
fn world(principals: &[(&str, String)]) -> World {
    let mut organization = Organization::new(OWNER, &["us-east-1"]);
    organization.add_unit("Workloads", "");
    organization.add_account(MEMBER, "member", "Workloads");
    organization.add_account(SUSPENDED, "suspended", "Workloads").state = AccountState::Suspended;
    let mut stock = Stock::default();
    for (name, principal) in principals {
        let policy = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::{name}/*"}}}}"#
        );
        let bucket = Doc::map([
            ("Name", Doc::from(*name)),
            ("BucketRegion", Doc::from("us-east-1")),
            ("BucketArn", Doc::from(format!("arn:aws:s3:::{name}"))),
            ("Policy", Doc::from_json(&policy).expect("it is JSON")),
            ("Acl", Doc::from_json(ACL).expect("it is JSON")),
        ]);
        stock.put(OWNER, "us-east-1", "AWS::S3::Bucket", bucket);
    }
    World::custom(organization, stock)
}

async fn statuses(server: &Server) -> anyhow::Result<BTreeMap<String, Status>> {
    let scan = Scan { regions: vec!["us-east-1".to_owned()], ..Scan::of(server) };
    let rows = scan.run(&scan.plan().await?).await?;
    let of_bucket = |row: &ReportRow| {
        let name = row.resource.strip_prefix("arn:aws:s3:::")?.to_owned();
        (&*row.control == CONTROL).then_some((name, row.status))
    };
    Ok(rows.iter().filter_map(of_bucket).collect())
}

fn shared() -> World {
    world(&[
        ("own", format!("arn:aws:iam::{OWNER}:root")),
        ("member", format!("arn:aws:iam::{MEMBER}:role/reader")),
        ("suspended", SUSPENDED.to_owned()),
        ("foreign", format!("arn:aws:iam::{FOREIGN}:role/{MEMBER}")),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_the_organization_are_no_strangers() -> anyhow::Result<()> {
    let server = simulated::serve(shared()).await;
    let expected =
        [("foreign", Status::Fail), ("member", Status::Pass), ("own", Status::Pass), ("suspended", Status::Pass)];
    let expected = expected.map(|(name, status)| (name.to_owned(), status));
    ensure!(statuses(&server).await? == BTreeMap::from(expected), "{:?}", statuses(&server).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_list_is_denied_nobody_is_a_member() -> anyhow::Result<()> {
    let server = simulated::serve(shared()).await;
    for operation in ["ListAccounts", "ListAccountsForParent", "ListRoots"] {
        server.faults().add(Rule::new("organizations", operation, Fault::Deny(Layer::Identity)));
    }
    let found = statuses(&server).await?;
    ensure!(found.get("member") == Some(&Status::Fail) && found.get("foreign") == Some(&Status::Fail), "{found:?}");
    ensure!(found.get("own") == Some(&Status::Pass), "{found:?}");
    Ok(())
}
