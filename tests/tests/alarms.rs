//! Whether anybody hears of an alarm, in whole scans: the topic that the alarm notifies and its key are read with the
//! trail, each once, and what AWS does not say of them is no pass.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use plumbline_baseline::Status;
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::world::Flaws;
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

const ROOT: &str = "logs-alarm-root-usage";
const DENIED: &str = "logs-alarm-unauthorized-calls";

async fn rows_of(server: &Server) -> anyhow::Result<Vec<ReportRow>> {
    let scan = Scan::of(server);
    let plan = scan.plan().await?;
    scan.run(&plan).await
}

fn row<'a>(rows: &'a [ReportRow], control: &str) -> anyhow::Result<&'a ReportRow> {
    rows.iter().find(|row| &*row.control == control).with_context(|| format!("{control} has no row"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_whose_topic_is_closed_to_cloudwatch_is_heard_by_nobody() -> anyhow::Result<()> {
    let flaws = Flaws::Controls(BTreeSet::from([DENIED.to_owned()]));
    let server = simulated::serve(World::compliant().with_flaws(flaws)).await;
    let rows = rows_of(&server).await?;
    let deaf = row(&rows, DENIED)?;
    ensure!(deaf.status == Status::Fail, "{} {} {:?}", deaf.status, deaf.reason, deaf.evidence);
    let shown = format!("{:?}", deaf.witnesses);
    ensure!(shown.contains("alias/aws/sns, which CloudWatch cannot use"), "{shown}");
    // The other alarm notifies a topic with a key that lets CloudWatch in.
    let heard = row(&rows, ROOT)?;
    ensure!(heard.status == Status::Pass, "{} {} {:?}", heard.status, heard.reason, heard.evidence);
    // Both controls and both alarms need the same key; the one that SNS makes is not asked about.
    ensure!(server.journal().count("kms", "GetKeyPolicy") == 1, "{:?}", server.journal().counts().get("kms"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_of_the_topic_or_its_key_is_unknown() -> anyhow::Result<()> {
    let server = simulated::serve(World::compliant()).await;
    for (service, operation, fault, reason) in [
        ("sns", "GetTopicAttributes", Fault::Deny(Layer::Identity), "access_denied"),
        ("kms", "DescribeKey", Fault::Deny(Layer::Resource), "access_denied"),
        ("kms", "GetKeyPolicy", Fault::Deny(Layer::Identity), "access_denied"),
        ("kms", "GetKeyPolicy", Fault::Throttle, "throttled"),
    ] {
        server.faults().clear();
        server.faults().add(Rule::new(service, operation, fault));
        let rows = rows_of(&server).await?;
        for control in [ROOT, DENIED] {
            let row = row(&rows, control)?;
            let is_unknown = row.status == Status::Unknown && row.reason_code() == reason;
            ensure!(is_unknown && row.reason.contains(operation), "{control}: {} {}", row.status, row.reason);
        }
    }
    Ok(())
}
