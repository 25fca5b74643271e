//! What only another account can see: an organization's trail, as its members know it. It is decided in the rows of the
//! account that owns it, and only there.

use anyhow::ensure;
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_sim::{Fault, Layer, Rule, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

const CONTROL: &str = "cloudtrail-s3-data-events";

fn selectors(account: &str, layer: Layer) -> Rule {
    Rule::new("cloudtrail", "GetEventSelectors", Fault::Deny(layer)).in_account(account)
}

fn hidden(rows: &[ReportRow]) -> Vec<&ReportRow> {
    rows.iter().filter(|row| &*row.control == CONTROL && row.reason_code() == "not_visible").collect()
}

fn undecided(rows: &[ReportRow]) -> (u64, u64) {
    let mut builder = DigestBuilder::new();
    rows.iter().filter(|row| &*row.control == CONTROL).for_each(|row| builder.add(row));
    let checks = builder.finish().total.checks;
    (checks.undecided, checks.decided_elsewhere)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_trail_is_decided_where_it_belongs() -> anyhow::Result<()> {
    let server = simulated::serve(World::demo_of(4, 7)).await;
    let organization = server.world().organization();
    let management = organization.management.clone();
    let scan = Scan::of(&server);
    let plan = scan.plan().await?;
    let before = undecided(&scan.run(&plan).await?);
    for account in organization.accounts.iter().filter(|account| account.id != management) {
        server.faults().add(selectors(&account.id, Layer::Resource));
    }
    let rows = scan.run(&plan).await?;
    let members = hidden(&rows);
    ensure!(!members.is_empty(), "the members see the trail, and not what it selects");
    for row in &members {
        let told = format!("; decided in {management}, aws-global by {CONTROL}");
        ensure!(row.reason.ends_with(&told), "{}", row.reason);
        ensure!(row.decided_in == [management.as_str().into()], "{:?}", row.decided_in);
    }
    ensure!(undecided(&rows) == (before.0, members.len() as u64), "{:?}, before {before:?}", undecided(&rows));

    // A denial that more rights would end is a gap of this scan, wherever it is.
    server.faults().add(selectors(&management, Layer::Identity));
    let rows = scan.run(&plan).await?;
    for row in hidden(&rows) {
        let told = format!("; {CONTROL} does not decide it in {management}, aws-global");
        ensure!(row.reason.ends_with(&told) && row.decided_in.is_empty(), "{}", row.reason);
    }
    ensure!(undecided(&rows).1 == 0, "nobody decides it");
    Ok(())
}
