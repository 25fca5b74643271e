//! Whether what an aggregator of AWS Config has can be taken for what there is, account by account and Region by Region:
//! from its sources' last update, and from what is written down of each recorder. That a recorder fails is not written
//! down. Pure.

mod recorders;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{GLOBAL_IAM, Wanted};
use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};
use recorders::Recorders;

const AGGREGATORS: &str = "config:DescribeConfigurationAggregators";
const SOURCES: &str = "config:DescribeConfigurationAggregatorSourcesStatus";
const ITEMS: &str = "config:SelectAggregateResourceConfig";
/// The Region of items that belong to none.
const NO_REGION: &str = "global";

/// The query for the recorders of all accounts and Regions. AWS Config writes down what becomes of them by itself.
pub const RECORDERS_OF_ALL: &str = "SELECT accountId, awsRegion, configuration, configurationItemCaptureTime, \
                                    configurationItemStatus WHERE resourceType = 'AWS::Config::ConfigurationRecorder'";

/// What was answered about an aggregator.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// It, as `DescribeConfigurationAggregators` describes it.
    pub aggregator: &'a Doc,
    /// `DescribeConfigurationAggregatorSourcesStatus`.
    pub sources: &'a Doc,
    /// The items that [`RECORDERS_OF_ALL`] asks for.
    pub recorders: &'a [Doc],
    /// `organization.accounts`: who has to be among the sources.
    pub members: &'a Doc,
}

/// An aggregator of an account and Region by its name, from the answer of `DescribeConfigurationAggregators`.
///
/// # Errors
/// When it is not there, or when that was not read.
pub fn aggregator<'a>(answer: &'a Doc, name: &str) -> Result<&'a Doc, Arc<Unread>> {
    let listed = list(answer.get("ConfigurationAggregators"))?;
    let found = listed.iter().find(|each| each.get("ConfigurationAggregatorName").as_str() == Some(name));
    let missing = || not_recorded(AGGREGATORS, format!("there is no aggregator {name} in this account and Region"));
    found.ok_or_else(missing)
}

type Known = Result<(), Arc<Unread>>;
/// What is known of the Regions of an account.
type Regions = BTreeMap<String, Known>;

/// Which accounts and Regions the record covers.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    accounts: BTreeMap<String, Regions>,
    /// Accounts that are no source in any Region.
    missing: BTreeMap<String, Arc<Unread>>,
    /// Why there may be accounts and Regions besides.
    pub rest: Option<Arc<Unread>>,
}

impl Coverage {
    /// From what was answered.
    ///
    /// # Errors
    /// Why nothing that the aggregator has of the type says anything.
    pub fn of(wanted: &Wanted<'_>, answers: &Answers<'_>) -> Result<Self, Arc<Unread>> {
        takes(wanted.type_name, answers.aggregator)?;
        let sources = list(answers.sources.get("AggregatedSourceStatusList"))?;
        let recorders = Recorders::of(answers.recorders);
        let mut coverage = Self { rest: partial(answers.aggregator), ..Self::default() };
        for source in sources {
            coverage.add_source(wanted, source, &recorders);
        }
        coverage.miss(answers.members);
        if GLOBAL_IAM.contains(&wanted.type_name) {
            coverage.accounts.values_mut().for_each(join);
        }
        Ok(coverage)
    }

    /// Whether an item may be relied on.
    ///
    /// # Errors
    /// Why not.
    pub fn has(&self, item: &Doc) -> Known {
        let text = |member: &str| item.get(member).as_str().unwrap_or_default();
        let (account, region) = (text("accountId"), text("awsRegion"));
        let stranger = || not_recorded(SOURCES, format!("{account} in {region} is no source of it"));
        let Some(regions) = self.accounts.get(account) else {
            return Err(self.missing.get(account).cloned().unwrap_or_else(stranger));
        };
        if let Some(known) = regions.get(region).or_else(|| regions.get(NO_REGION)) {
            return known.clone();
        }
        // Whichever Region it is recorded in.
        let anywhere = || regions.values().find(|known| known.is_ok()).or_else(|| regions.values().next());
        let known = if region == NO_REGION { anywhere() } else { None };
        known.cloned().unwrap_or_else(|| Err(stranger()))
    }

    /// What is not covered, by name, and why not.
    pub fn unread(&self) -> impl Iterator<Item = (String, &Arc<Unread>)> {
        let places = self.accounts.iter().flat_map(|(account, regions)| {
            let unread =
                regions.iter().filter_map(|(region, known)| known.as_ref().err().map(|unread| (region, unread)));
            unread.map(move |(region, unread)| (format!("{account}/{region}"), unread))
        });
        places.chain(self.missing.iter().map(|(account, unread)| (account.clone(), unread)))
    }

    fn add_source(&mut self, wanted: &Wanted<'_>, source: &Doc, recorders: &Recorders<'_>) {
        let text = |member: &str| source.get(member).as_str().unwrap_or_default();
        let (id, region) = (text("SourceId"), text("AwsRegion"));
        let updated = match text("LastUpdateStatus") {
            "SUCCEEDED" => Ok(()),
            status => {
                let (code, message) = (text("LastErrorCode"), text("LastErrorMessage"));
                Err(not_recorded(SOURCES, format!("the last update from {id} is {status}: {code} {message}")))
            }
        };
        if text("SourceType") != "ACCOUNT" {
            // Of the organization: whether it is known who belongs to it.
            self.rest = self.rest.take().or(updated.err());
        } else if region.is_empty() {
            if let Err(unread) = updated {
                self.missing.insert(id.to_owned(), unread);
            }
        } else {
            let known = updated.and_then(|()| recorders.record(wanted, id, region));
            self.accounts.entry(id.to_owned()).or_default().insert(region.to_owned(), known);
        }
    }

    /// Members that are no source; where members may be missing, so may sources.
    fn miss(&mut self, members: &Doc) {
        let mut accounts: Vec<&str> = Vec::new();
        match members {
            Doc::Map(map) => accounts.extend(map.iter().map(|(account, _)| account.as_str())),
            Doc::List(list) => {
                accounts.extend(list.iter().filter_map(Doc::as_str));
                let unread = list.iter().find_map(Doc::unread).cloned();
                self.rest = self.rest.take().or(unread);
            }
            _ => {
                let unread = || not_recorded(SOURCES, "it is not known who belongs to the organization".to_owned());
                self.rest = self.rest.take().or_else(|| Some(members.unread().cloned().unwrap_or_else(unread)));
            }
        }
        let all: BTreeSet<String> = self.accounts.values().flat_map(BTreeMap::keys).cloned().collect();
        for account in accounts {
            let Some(regions) = self.accounts.get_mut(account) else {
                let unread = || not_recorded(SOURCES, format!("{account} is no source of it"));
                self.missing.entry(account.to_owned()).or_insert_with(unread);
                continue;
            };
            // What one account has the record of, others have things in.
            for region in &all {
                let unread = || not_recorded(SOURCES, format!("{account} in {region} is no source of it"));
                regions.entry(region.clone()).or_insert_with(|| Err(unread()));
            }
        }
    }
}

/// Of what belongs to no Region, one recorder in the account is enough.
fn join(regions: &mut Regions) {
    let covered = regions.values().find(|known| known.is_ok()).or_else(|| regions.values().next()).cloned();
    *regions = covered.into_iter().map(|known| (NO_REGION.to_owned(), known)).collect();
}

/// Whether an aggregator takes a type from its sources.
fn takes(type_name: &str, aggregator: &Doc) -> Known {
    let filters = aggregator.get("AggregatorFilters");
    if let Some(unread) = filters.unread() {
        return Err(Arc::clone(unread));
    }
    let by_type = filters.get("ResourceType");
    let names = by_type.get("Value").as_list().unwrap_or_default();
    let is_named = || {
        let is_list_of_what_is_taken = by_type.get("Type").as_str() == Some("INCLUDE");
        is_list_of_what_is_taken && names.iter().any(|name| name.as_str() == Some(type_name))
    };
    if !by_type.is_null() && !is_named() {
        return Err(not_recorded(AGGREGATORS, format!("the aggregator's filter leaves out {type_name}")));
    }
    if !filters.get("ServicePrincipal").is_null() {
        let detail = "the aggregator takes the records of some services alone".to_owned();
        return Err(not_recorded(AGGREGATORS, detail));
    }
    Ok(())
}

/// Why an aggregator leaves out some Regions, or accounts.
fn partial(aggregator: &Doc) -> Option<Arc<Unread>> {
    let organization = aggregator.get("OrganizationAggregationSource");
    let accounts = aggregator.get("AccountAggregationSources").as_list().unwrap_or_default();
    let mut sources = accounts.iter().chain((!organization.is_null()).then_some(organization));
    let leaves_out = sources.find(|source| source.get("AllAwsRegions").as_bool() != Some(true))?;
    let regions = leaves_out.get("AwsRegions").as_list().unwrap_or_default();
    let regions: Vec<&str> = regions.iter().filter_map(Doc::as_str).collect();
    Some(not_recorded(AGGREGATORS, format!("the aggregator has some Regions and no others: {}", regions.join(", "))))
}

fn list(doc: &Doc) -> Result<&[Doc], Arc<Unread>> {
    doc.unread().map_or_else(|| Ok(doc.as_list().unwrap_or_default()), |unread| Err(Arc::clone(unread)))
}

fn not_recorded(operation: &str, detail: String) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::NotRecorded, operation, detail.trim_end()))
}

#[cfg(test)]
mod tests;
