//! The organization: units, accounts, policies, Regions.

use std::collections::{BTreeMap, HashMap};

/// An organization, or a single account without one.
#[derive(Clone, Debug)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// `r-…`.
    pub root: String,
    /// Organizational units; parents come before children.
    pub units: Vec<Unit>,
    /// Accounts in the order that they joined.
    pub accounts: Vec<Account>,
    /// Account id of the management account.
    pub management: String,
    /// Whether the organization has all features or only consolidated billing.
    pub has_all_features: bool,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Delegated administrators: the service principal, and the account that administers the service.
    pub delegated: Vec<(String, String)>,
    /// Regions that every account has.
    pub regions: Vec<String>,
    /// Regions that an account has only when it opted in.
    pub opt_in_regions: Vec<String>,
    /// Name of the role that may be assumed in each account.
    pub role_name: String,
    /// External id that the role's trust policy wants; any when `None`.
    pub external_id: Option<String>,
    /// Where in `accounts` an id probably is.
    places: HashMap<String, usize>,
}

/// An organizational unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// `ou-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of the unit or root above.
    pub parent: String,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// E-mail address of its root user.
    pub email: String,
    /// Whether it can be used.
    pub state: AccountState,
    /// Id of the unit or root that it is in.
    pub parent: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Opt-in Regions that are enabled.
    pub opted_in: Vec<String>,
    /// What becomes of an attempt to assume the role.
    pub role: RoleState,
    /// The account of which this one is a copy but for its id; `None` when it is like no other.
    pub kind: Option<String>,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It can.
    Active,
    /// It is closed or suspended: no credentials work.
    Suspended,
    /// It is being closed.
    PendingClosure,
}

/// What becomes of an attempt to assume the scanner's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleState {
    /// It is there and trusts the caller.
    Assumable,
    /// So does this one, and lets nobody tag a session or name a source identity: it was not made for a scanner.
    Plain,
    /// It is not there, or does not trust the caller: AWS answers the same.
    Refused,
}

/// An organization policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `p-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `SERVICE_CONTROL_POLICY`, `TAG_POLICY`, …
    pub kind: String,
    /// Whether AWS keeps it (`FullAWSAccess`).
    pub is_aws_managed: bool,
    /// What it says, as JSON.
    pub content: String,
    /// Ids of the roots, units and accounts that it is attached to.
    pub targets: Vec<String>,
}

impl Account {
    /// Whether credentials of the account work.
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active
    }
}

impl Organization {
    /// An organization with one account, which manages it.
    pub fn new(management: &str, regions: &[&str]) -> Self {
        let mut organization = Self {
            id: "o-plmb4simul8".to_owned(),
            root: "r-plmb".to_owned(),
            units: Vec::new(),
            accounts: Vec::new(),
            management: management.to_owned(),
            has_all_features: true,
            policies: vec![Policy {
                id: "p-FullAWSAccess".to_owned(),
                name: "FullAWSAccess".to_owned(),
                kind: "SERVICE_CONTROL_POLICY".to_owned(),
                is_aws_managed: true,
                content: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
                    .to_owned(),
                targets: vec!["r-plmb".to_owned()],
            }],
            delegated: Vec::new(),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            opt_in_regions: vec!["ap-east-1".to_owned(), "me-south-1".to_owned()],
            role_name: "PlumblineAudit".to_owned(),
            external_id: None,
            places: HashMap::new(),
        };
        organization.add_account(management, "management", "");
        organization
    }

    /// Adds a unit below another one (by name), or below the root when that name is empty.
    pub fn add_unit(&mut self, name: &str, parent: &str) -> &mut Unit {
        let unit = Unit {
            id: format!("ou-plmb-{:08}", self.units.len() + 1),
            name: name.to_owned(),
            parent: self.unit_id(parent),
        };
        self.units.push(unit);
        self.units.last_mut().expect("a unit was just added")
    }

    /// Adds an account to a unit (by name), or to the root when that name is empty.
    pub fn add_account(&mut self, id: &str, name: &str, unit: &str) -> &mut Account {
        let account = Account {
            id: id.to_owned(),
            name: name.to_owned(),
            email: format!("aws+{name}@example.com"),
            state: AccountState::Active,
            parent: self.unit_id(unit),
            tags: BTreeMap::new(),
            opted_in: Vec::new(),
            role: RoleState::Assumable,
            kind: None,
        };
        self.places.insert(account.id.clone(), self.accounts.len());
        self.accounts.push(account);
        self.accounts.last_mut().expect("an account was just added")
    }

    /// Makes an account the administrator of a service.
    pub fn delegate(&mut self, service: &str, account: &str) -> &mut Self {
        self.delegated.push((service.to_owned(), account.to_owned()));
        self
    }

    fn unit_id(&self, name: &str) -> String {
        let unit = self.units.iter().rev().find(|unit| unit.name == name);
        unit.map_or_else(|| self.root.clone(), |unit| unit.id.clone())
    }

    /// An account by id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        let probably = self.places.get(id).and_then(|place| self.accounts.get(*place));
        // The list is open to everybody, so the place may be an old one.
        probably.filter(|account| account.id == id).or_else(|| self.accounts.iter().find(|account| account.id == id))
    }

    /// Whether an account has a Region.
    pub fn is_enabled(&self, account: &Account, region: &str) -> bool {
        self.regions.iter().chain(&account.opted_in).any(|enabled| enabled == region)
    }

    /// Whether a kind of policy is enabled at the root: where there is one of it.
    pub fn is_enabled_kind(&self, kind: &str) -> bool {
        self.policies.iter().any(|policy| policy.kind == kind)
    }

    /// The units above an account, the nearest first.
    pub fn unit_path(&self, account: &str) -> Vec<&Unit> {
        let mut path = Vec::new();
        let mut parent = self.account(account).map(|account| account.parent.as_str());
        while let Some(unit) = parent.and_then(|id| self.units.iter().find(|unit| unit.id == id)) {
            path.push(unit);
            parent = Some(&unit.parent);
        }
        path
    }
}
