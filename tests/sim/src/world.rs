//! What exists: an organization, its resources, and what is wrong with them. Deterministic: a function of its seed.
//!
//! A world is asked for the resources of one type in one account and Region at a time, so that a thousand accounts
//! cost no memory. It must not know operations or protocols.

mod blueprint;
mod estate;
mod example;
pub mod organization;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use plumbline_baseline::Doc;
use time::OffsetDateTime;

use crate::faults::Layer;
use estate::Estate;
pub use estate::{Flaws, Size};
use organization::Organization;

/// The Region name under which resources of a whole account are kept.
pub const GLOBAL: &str = "aws-global";

/// How many answers of the estate are kept: a scan asks for the same listing again and again while it gathers.
const REMEMBERED_LISTINGS: usize = 512;

/// A place and a type: account, Region, type name.
type Shelf = (String, String, String);

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
    /// Resources that come from blueprints; `None` when there are only those given one by one.
    estate: Option<Arc<Estate>>,
    stock: Stock,
    denials: Vec<Denial>,
    now: OffsetDateTime,
    remembered: Arc<Mutex<HashMap<Shelf, Arc<[Doc]>>>>,
}

impl World {
    /// The organization that `plumbline demo` scans: twelve accounts, nested units, good and bad resources, a suspended
    /// account, one whose role cannot be assumed, and an operation that a service control policy denies.
    pub fn demo() -> Self {
        Self::demo_of(example::DEMO_ACCOUNTS, example::DEMO_SEED)
    }

    /// The demo with this many accounts, and another seed: fewer leave the last ones out, more add ordinary ones.
    pub fn demo_of(accounts: usize, seed: u64) -> Self {
        let (organization, flaws) = example::organization(accounts, seed);
        let mut world = Self::of_estate(organization, Estate::shared(2, flaws));
        world.stock = example::hostile_names();
        world.denying("Sandbox", "secretsmanager", "ListSecrets")
    }

    /// One account in one Region in which every control passes.
    pub fn compliant() -> Self {
        Self::of_estate(example::single(true), Estate::own(1, Flaws::Never))
    }

    /// The same account with everything wrong that a control can find.
    pub fn broken() -> Self {
        Self::of_estate(example::single(false), Estate::own(1, Flaws::Always))
    }

    /// An organization of any size. The same seed gives the same organization on every machine.
    pub fn generated(seed: u64, size: Size) -> Self {
        let flaws = Flaws::Sometimes { seed, per_thousand: BTreeMap::new(), otherwise: 80 };
        Self::of_estate(example::generated(size), Estate::own(size.resources, flaws))
    }

    /// An organization with these resources and no others.
    pub fn custom(organization: Organization, stock: Stock) -> Self {
        Self { estate: None, stock, ..Self::of_estate(organization, Estate::own(0, Flaws::Never)) }
    }

    fn of_estate(organization: Organization, estate: Estate) -> Self {
        Self {
            organization: Arc::new(organization),
            estate: Some(Arc::new(estate)),
            stock: Stock::default(),
            denials: Vec::new(),
            now: crate::clock::now(),
            remembered: Arc::default(),
        }
    }

    /// The same world at another time. Ages (of keys, of snapshots) are relative to it.
    #[must_use]
    pub fn at(mut self, now: OffsetDateTime) -> Self {
        self.now = now;
        self.remembered = Arc::default();
        self
    }

    /// The same world with other flaws.
    #[must_use]
    pub fn with_flaws(mut self, flaws: Flaws) -> Self {
        self.estate = self.estate.map(|estate| Arc::new(estate.with_flaws(flaws)));
        self.remembered = Arc::default();
        self
    }

    /// The same world with so many resources of these types in each account and Region.
    #[must_use]
    pub fn with_counts(mut self, counts: BTreeMap<String, usize>) -> Self {
        self.estate = self.estate.map(|estate| Arc::new(estate.with_counts(counts)));
        self.remembered = Arc::default();
        self
    }

    /// Denies an operation (all of a service when empty) to the accounts below an organizational unit (by name), as a
    /// service control policy does.
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

    /// The resources of one type in one place; the Region is [`GLOBAL`] for what belongs to the whole account.
    pub(crate) fn resources(&self, account: &str, region: &str, type_name: &str) -> Arc<[Doc]> {
        let shelf = (account.to_owned(), region.to_owned(), type_name.to_owned());
        let mut remembered = self.remembered.lock().expect("no code panics while it holds the listings");
        if let Some(known) = remembered.get(&shelf) {
            return Arc::clone(known);
        }
        let estate = self.estate.as_ref();
        let mut docs = estate
            .map(|estate| estate.resources(&self.organization, self.now, account, region, type_name))
            .unwrap_or_default();
        docs.extend(self.stock.resources.get(&shelf).cloned().unwrap_or_default());
        if remembered.len() >= REMEMBERED_LISTINGS {
            remembered.clear();
        }
        let docs: Arc<[Doc]> = docs.into();
        remembered.insert(shelf, Arc::clone(&docs));
        docs
    }

    /// The kind of policy that denies a call in an account, if one does.
    pub(crate) fn denying_policy(&self, account: &str, service: &str, operation: &str) -> Option<Layer> {
        if self.denials.is_empty() {
            return None;
        }
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
///
/// Types and members are those of the answers (`AWS::EC2::Volume` with `VolumeId`, …); what other calls return of a
/// resource stands under a member of its own, as the modules in `answer/` read it (`Policy` of a bucket).
#[derive(Clone, Debug, Default)]
pub struct Stock {
    resources: BTreeMap<Shelf, Vec<Doc>>,
}

impl Stock {
    /// Adds a resource.
    pub fn put(&mut self, account: &str, region: &str, type_name: &str, doc: Doc) -> &mut Self {
        let shelf = (account.to_owned(), region.to_owned(), type_name.to_owned());
        self.resources.entry(shelf).or_default().push(doc);
        self
    }
}
