//! An estate: blueprints applied to every account of an organization, with flaws by plan or by chance.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::Doc;
use time::OffsetDateTime;

use super::GLOBAL;
use super::blueprint::{self, Site, Trails};
use super::organization::Organization;

/// How large a generated organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Accounts, the management account included.
    pub accounts: usize,
    /// Regions that every account has.
    pub regions: usize,
    /// Resources of each type in each account and Region.
    pub resources: usize,
}

/// Which controls fail, and where.
#[derive(Clone, Debug)]
pub enum Flaws {
    /// None fails.
    Never,
    /// Every one fails on everything.
    Always,
    /// These controls fail on everything.
    Controls(BTreeSet<String>),
    /// By chance, the same on every machine.
    Sometimes {
        /// Another seed, another chance.
        seed: u64,
        /// How often, by account id.
        per_thousand: BTreeMap<String, u64>,
        /// How often in every other account.
        otherwise: u64,
    },
}

impl Flaws {
    fn hit(&self, account: &str, region: &str, control: &str, name: &str) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Controls(controls) => controls.contains(control),
            Self::Sometimes { seed, per_thousand, otherwise } => {
                let chance = crate::chance::stable_hash(&[&seed.to_string(), account, region, control, name]) % 1000;
                chance < *per_thousand.get(account).unwrap_or(otherwise)
            }
        }
    }
}

/// What every account of an organization holds.
#[derive(Clone, Debug)]
pub(super) struct Estate {
    count: usize,
    counts: BTreeMap<String, usize>,
    flaws: Flaws,
    trails: Trails,
}

impl Estate {
    /// Accounts that are recorded by the organization's trail.
    pub(super) fn shared(count: usize, flaws: Flaws) -> Self {
        Self { count, counts: BTreeMap::new(), flaws, trails: Trails::Organization }
    }

    /// Accounts that have a trail each.
    pub(super) fn own(count: usize, flaws: Flaws) -> Self {
        Self { count, counts: BTreeMap::new(), flaws, trails: Trails::Own }
    }

    pub(super) fn with_flaws(&self, flaws: Flaws) -> Self {
        Self { flaws, ..self.clone() }
    }

    pub(super) fn with_counts(&self, counts: BTreeMap<String, usize>) -> Self {
        Self { counts, ..self.clone() }
    }

    pub(super) fn resources(
        &self,
        organization: &Organization,
        now: OffsetDateTime,
        account: &str,
        region: &str,
        type_name: &str,
    ) -> Vec<Doc> {
        let Some(owner) = organization.account(account) else { return Vec::new() };
        if is_global(type_name) != (region == GLOBAL) {
            return Vec::new();
        }
        let kind = owner.kind.as_deref().unwrap_or(account);
        let flaws = |control: &str, name: &str| self.flaws.hit(kind, region, control, &name.replace(account, kind));
        let site = Site {
            account,
            kind,
            account_name: &owner.name,
            region,
            home: organization.regions.first().map_or("us-east-1", String::as_str),
            management: &organization.management,
            organization: &organization.id,
            has_organization_analyzers: has_organization_analyzers(organization, account),
            count: self.count,
            of_type: self.counts.get(type_name).copied(),
            now,
            flaws: &flaws,
            trails: self.trails,
        };
        blueprint::resources(&site, type_name)
    }
}

/// The delegated administrator, or the management account where there is none.
fn has_organization_analyzers(organization: &Organization, account: &str) -> bool {
    let mut delegated = organization.delegated.iter().filter(|(service, _)| service == "access-analyzer.amazonaws.com");
    delegated.next().map_or(organization.management == account, |(_, id)| id == account)
}

/// Whether a type belongs to the whole account.
fn is_global(type_name: &str) -> bool {
    let prefixes = ["AWS::IAM::", "AWS::Account::", "AWS::Budgets::"];
    let of_s3 = ["AWS::S3::AccountPublicAccessBlock", "AWS::S3::MultiRegionAccessPoint"];
    prefixes.iter().any(|prefix| type_name.starts_with(prefix)) || of_s3.contains(&type_name)
}
