//! What an aggregator of AWS Config says of the accounts and Regions that it has the records of. What follows from it is
//! the baseline's to say.

use std::sync::Arc;

use plumbline_baseline::pack::collector::{Aggregator, Source};
use plumbline_baseline::recording::{self, Answers, Coverage, RECORDERS_OF_ALL, Wanted};
use plumbline_baseline::{Doc, Unread};

use super::collector::Collector;
use super::generic::{self, CONFIG, document};
use super::work::TypeWork;

const SELECT: &str = "SelectAggregateResourceConfig";

/// What the source of a type covers, where it is an aggregator; any other has everything of the one account and Region.
///
/// # Errors
/// Why what it lists cannot be taken for everything.
pub(super) async fn coverage(collector: &Collector, work: &TypeWork) -> Result<Option<Coverage>, Arc<Unread>> {
    let Source::Config(recorded) = &work.declared.source else { return Ok(None) };
    match &recorded.aggregator {
        None => generic::is_everything(collector, work).await.map(|()| None),
        Some(aggregator) => of(collector, &generic::wanted(work, recorded), aggregator, &work.members).await.map(Some),
    }
}

/// Which accounts and Regions an aggregator covers.
async fn of(
    collector: &Collector,
    wanted: &Wanted<'_>,
    aggregator: &Aggregator,
    members: &Doc,
) -> Result<Coverage, Arc<Unread>> {
    let ask = async |operation: &str, input: Doc| {
        let answer = collector.calls.fetch(&aggregator.region, CONFIG, operation, input).await;
        answer.map_err(|error| error.to_unread())
    };
    let name = || Doc::from(aggregator.name.as_str());
    let aggregators = ask("DescribeConfigurationAggregators", Doc::map([])).await?;
    // What is not there is not asked about: there is an error for it, which says less.
    let described = recording::aggregator(&aggregators, &aggregator.name)?;
    let of_it = Doc::map([("ConfigurationAggregatorName", name())]);
    let sources = ask("DescribeConfigurationAggregatorSourcesStatus", of_it).await?;
    let query = Doc::map([("ConfigurationAggregatorName", name()), ("Expression", Doc::from(RECORDERS_OF_ALL))]);
    let answer = ask(SELECT, query).await?;
    let operation = format!("{CONFIG}:{SELECT}");
    let results = answer.get("Results");
    if let Some(unread) = results.unread() {
        return Err(Arc::clone(unread));
    }
    let items = results.as_list().unwrap_or_default().iter();
    let recorders = items.map(|item| document(item.clone(), &operation)).collect::<Result<Vec<Doc>, _>>()?;
    Coverage::of(wanted, &Answers { aggregator: described, sources: &sources, recorders: &recorders, members })
}
