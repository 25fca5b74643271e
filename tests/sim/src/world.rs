//! What exists: an organization, its resources, and what is wrong with them. Deterministic: a function of its seed.
//!
//! A world is asked for the resources of one type in one account and Region at a time, so that a thousand accounts
//! cost no memory. It must not know operations or protocols.

pub mod organization;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Doc;
use time::OffsetDateTime;

use crate::faults::Layer;
use organization::Organization;

/// The Region name under which resources of a whole account are kept.
pub const GLOBAL: &str = "aws-global";

/// Where resources come from.
pub trait Inventory: Send + Sync + std::fmt::Debug {
    /// The resources of one type in one place; the Region is [`GLOBAL`] for what belongs to the whole account.
    fn resources(&self, account: &str, region: &str, type_name: &str) -> Vec<Doc>;
}

/// A service control policy that denies an operation below an organizational unit.
#[derive(Clone, Debug)]
struct Denial {
    unit: String,
    service: String,
    operation: String,
}

/// A simulated AWS.
#[derive(Clone, Debug)]
pub struct World {
    organization: Arc<Organization>,
    inventory: Arc<dyn Inventory>,
    denials: Vec<Denial>,
    now: OffsetDateTime,
}

impl World {
    /// The organization that `plumbline demo` scans.
    pub fn demo() -> Self {
        Self::custom(Organization::example(), Stock::default())
    }

    /// An organization with these resources and no others.
    pub fn custom(organization: Organization, stock: Stock) -> Self {
        Self {
            organization: Arc::new(organization),
            inventory: Arc::new(stock),
            denials: Vec::new(),
            now: OffsetDateTime::now_utc(),
        }
    }

    /// Denies an operation to all accounts below an organizational unit (by name), as a service control policy does.
    #[must_use]
    pub fn denying(mut self, unit: &str, service: &str, operation: &str) -> Self {
        let (unit, service, operation) = (unit.to_owned(), service.to_owned(), operation.to_owned());
        self.denials.push(Denial { unit, service, operation });
        self
    }

    /// The organization.
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// The management account's id.
    pub fn management_account(&self) -> &str {
        &self.organization.management
    }

    /// The name of the role that a scan assumes in member accounts.
    pub fn role_name(&self) -> &str {
        &self.organization.role_name
    }

    /// When the world thinks it is.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now
    }

    pub(crate) fn resources(&self, account: &str, region: &str, type_name: &str) -> Vec<Doc> {
        self.inventory.resources(account, region, type_name)
    }

    /// The kind of policy that denies a call in an account, if one does.
    pub(crate) fn denying_policy(&self, account: &str, service: &str, operation: &str) -> Option<Layer> {
        let path = self.organization.unit_path(account);
        let denies = |denial: &Denial| {
            denial.service == service
                && (denial.operation.is_empty() || denial.operation == operation)
                && path.iter().any(|unit| unit.name == denial.unit)
        };
        self.denials.iter().any(denies).then_some(Layer::ServiceControl)
    }
}

/// Resources given one by one: what a test builds its world from.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    resources: BTreeMap<(String, String, String), Vec<Doc>>,
}

impl Stock {
    /// Adds a resource.
    pub fn put(&mut self, account: &str, region: &str, type_name: &str, doc: Doc) -> &mut Self {
        let place = (account.to_owned(), region.to_owned(), type_name.to_owned());
        self.resources.entry(place).or_default().push(doc);
        self
    }
}

impl Inventory for Stock {
    fn resources(&self, account: &str, region: &str, type_name: &str) -> Vec<Doc> {
        let place = (account.to_owned(), region.to_owned(), type_name.to_owned());
        self.resources.get(&place).cloned().unwrap_or_default()
    }
}
