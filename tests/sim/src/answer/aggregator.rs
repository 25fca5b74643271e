//! The aggregator of AWS Config that the management account has in the home Region: the records of all accounts in use, in
//! all Regions of the organization.

use plumbline_baseline::{Doc, Key, Map};

use super::generic::{item, type_of};
use super::{ApiError, Asked};

const NAME: &str = "organization";
const RECORDER: &str = "AWS::Config::ConfigurationRecorder";

/// The aggregators of the account and Region that are asked.
pub(super) fn described(asked: &Asked<'_>) -> Vec<Doc> {
    if !is_here(asked) {
        return Vec::new();
    }
    let (account, region) = (&asked.call.account, &asked.call.region);
    let arn = format!("arn:aws:config:{region}:{account}:config-aggregator/config-aggregator-plumblin");
    let role = format!("arn:aws:iam::{account}:role/aggregator");
    let of_organization = Doc::map([("RoleArn", Doc::from(role)), ("AllAwsRegions", Doc::Bool(true))]);
    vec![Doc::map([
        ("ConfigurationAggregatorName", Doc::from(NAME)),
        ("ConfigurationAggregatorArn", Doc::from(arn)),
        ("OrganizationAggregationSource", of_organization),
    ])]
}

/// When each account and Region was last fetched.
pub(super) fn sources(asked: &Asked<'_>) -> Result<Vec<Doc>, ApiError> {
    exists(asked)?;
    let source = |(account, region): (&str, &str)| {
        Doc::map([
            ("SourceId", Doc::from(account)),
            ("SourceType", Doc::from("ACCOUNT")),
            ("AwsRegion", Doc::from(region)),
            ("LastUpdateStatus", Doc::from("SUCCEEDED")),
            ("LastUpdateTime", Doc::from(asked.timestamp())),
        ])
    };
    Ok(places(asked).map(source).collect())
}

/// `SelectAggregateResourceConfig`: the items of the type that the query names, of all accounts and Regions.
pub(super) fn select(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    exists(asked)?;
    let type_name = type_of(asked.call.text("Expression"))?;
    let mut items = Vec::new();
    for (account, region) in places(asked) {
        for resource in asked.world.resources(account, region, type_name).iter() {
            let item = match type_name {
                RECORDER => recorder(asked, account, region, resource),
                _ => item(asked, account, region, resource),
            };
            items.push(Doc::from(item.to_json().as_str()));
        }
    }
    Ok(Doc::map([("Results", Doc::List(items))]))
}

fn is_here(asked: &Asked<'_>) -> bool {
    let organization = asked.world.organization();
    asked.call.account == organization.management && organization.regions.first() == Some(&asked.call.region)
}

fn exists(asked: &Asked<'_>) -> Result<(), ApiError> {
    if is_here(asked) && asked.call.text("ConfigurationAggregatorName") == NAME {
        return Ok(());
    }
    let message = "The configuration aggregator does not exist.";
    Err(ApiError::new(400, "NoSuchConfigurationAggregatorException", message))
}

fn places<'a>(asked: &'a Asked<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let organization = asked.world.organization();
    let accounts = organization.accounts.iter().filter(|account| account.is_active());
    accounts.flat_map(|account| organization.regions.iter().map(|region| (account.id.as_str(), region.as_str())))
}

/// A recorder as its item has it: members begin with a capital, what its status says of it is one of them, and the item is
/// as old as its last start.
fn recorder(asked: &Asked<'_>, account: &str, region: &str, described: &Doc) -> Doc {
    let status = described.get("Status");
    let mut configuration = capitalized(described);
    if let Doc::Map(members) = &mut configuration {
        members.insert("Recording", status.get("recording").clone());
        members.remove("Status");
    }
    let mut item = item(asked, account, region, &configuration);
    if let Doc::Map(members) = &mut item {
        members.insert("configurationItemCaptureTime", status.get("lastStartTime").clone());
    }
    item
}

fn capitalized(doc: &Doc) -> Doc {
    match doc {
        Doc::Map(members) => {
            let name = |name: &Key| {
                let (first, rest) = name.as_str().split_at(1);
                Key::new(&format!("{}{rest}", first.to_ascii_uppercase()))
            };
            Doc::Map(members.iter().map(|(key, value)| (name(key), capitalized(value))).collect::<Map>())
        }
        Doc::List(items) => Doc::List(items.iter().map(capitalized).collect()),
        other => other.clone(),
    }
}
