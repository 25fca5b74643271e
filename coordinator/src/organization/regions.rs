//! Which Regions an account has enabled, as AWS says: the Account API answers for members without entering them, EC2 for
//! the caller's own account. Must not guess.

use std::collections::HashSet;
use std::sync::Arc;

use plumbline_aws::{CallError, Client, ErrorClass, Target, partition};
use plumbline_baseline::{AccountId, Doc, Region};

use super::pace::{Pace, Rounds};
use super::{RegionSource, Regions};

/// The longest page that the API gives; the partition with the most Regions fits.
const PAGE: i64 = 50;

/// Enabled and disabled Regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learned {
    pub(super) enabled: Vec<Region>,
    pub(super) disabled: Vec<Region>,
}

/// What the Account API says of a member, or of the caller's own account, which it does not let one name.
pub(super) async fn of_account(
    client: &Client,
    target: &Target,
    pace: &Pace,
    member: Option<&AccountId>,
) -> Result<Learned, CallError> {
    const OPERATION: &str = "account:ListRegions";
    pace.ask(Rounds::Few, || async {
        let named = member.map(|id| ("AccountId", Doc::from(id.as_str())));
        let input = Doc::map(named.into_iter().chain([("MaxResults", Doc::Int(PAGE))]));
        let mut pages = client.pages(target, "account", "ListRegions", input);
        let mut learned = Learned::default();
        while let Some(page) = pages.next().await {
            let page = page?;
            let listed = page.get("Regions").as_list().ok_or_else(|| strange(OPERATION, "the answer has no list"))?;
            for item in listed {
                learned.add(OPERATION, item.get("RegionName"), item.get("RegionOptStatus"))?;
            }
        }
        learned.checked(OPERATION)
    })
    .await
}

/// What EC2 says of the caller's own account.
pub(super) async fn of_caller(client: &Client, target: &Target, pace: &Pace) -> Result<Learned, CallError> {
    const OPERATION: &str = "ec2:DescribeRegions";
    let here = partition::partition_of(target.region()).map(|partition| partition.name);
    pace.ask(Rounds::Few, || async {
        let input = Doc::map([("AllRegions", Doc::Bool(true))]);
        let answer = client.call(target, "ec2", "DescribeRegions", &input).await?;
        let listed = answer.get("Regions").as_list().ok_or_else(|| strange(OPERATION, "the answer has no list"))?;
        // An emulator may list the Regions of every partition.
        let is_here = |item: &&Doc| {
            let name = item.get("RegionName").as_str().and_then(partition::partition_of);
            name.map(|partition| partition.name) == here
        };
        let mut learned = Learned::default();
        for item in listed.iter().filter(is_here) {
            learned.add(OPERATION, item.get("RegionName"), item.get("OptInStatus"))?;
        }
        learned.checked(OPERATION)
    })
    .await
}

impl Learned {
    fn add(&mut self, operation: &str, name: &Doc, status: &Doc) -> Result<(), CallError> {
        let name: Region = name
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(|error| strange(operation, format!("a Region has no usable name: {error}")))?;
        match status.as_str() {
            Some("DISABLED" | "DISABLING" | "not-opted-in") => self.disabled.push(name),
            _ => self.enabled.push(name),
        }
        Ok(())
    }

    /// Every account has Regions that cannot be switched off: none is no answer, and no account without any.
    fn checked(self, operation: &str) -> Result<Self, CallError> {
        if self.enabled.is_empty() { Err(strange(operation, "the answer names no enabled Region")) } else { Ok(self) }
    }

    /// As an account has them.
    pub(super) fn known(self, shared: &mut Shared, source: RegionSource) -> Regions {
        Regions { enabled: shared.of(self.enabled), disabled: shared.of(self.disabled), source }
    }
}

/// The same lists of Regions, once: most accounts of an organization have the same ones.
#[derive(Default)]
pub(super) struct Shared(HashSet<Arc<[Region]>>);

impl Shared {
    pub(super) fn of(&mut self, regions: Vec<Region>) -> Arc<[Region]> {
        if let Some(known) = self.0.get(regions.as_slice()) {
            return Arc::clone(known);
        }
        let regions: Arc<[Region]> = regions.into();
        self.0.insert(Arc::clone(&regions));
        regions
    }
}

fn strange(operation: &str, message: impl Into<String>) -> CallError {
    CallError {
        class: ErrorClass::Bug,
        code: String::new(),
        message: message.into(),
        operation: operation.to_owned(),
        http_status: None,
    }
}
