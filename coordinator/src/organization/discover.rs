//! Discovery in two steps: who is there, and then, of the accounts that a scan is about, what it needs to know.
//!
//! What AWS refuses is a gap, and what can still be read is read. Only credentials that end, and an AWS that says
//! nothing any more, end discovery.

use std::sync::Arc;

use aws_sdk_organizations::Client as Organizations;
use plumbline_aws::{CallError, Caller, Client, Identity, Target, credentials, partition};
use plumbline_baseline::arn::Arn;
use plumbline_baseline::{AccountId, Unread, UnreadReason};
use tokio::sync::watch;

use super::control_policies;
use super::delegated;
use super::details::{self, Needs};
use super::listing::{Described, Directory, Listed, Listings};
use super::memory::Memory;
use super::pace::{Figures, PATIENCE, Pace, Stalled};
use super::reconcile::reconcile;
use super::tree::{Tree, ends_the_walk, walk};
use super::{Account, Gap, Organization, Place, State, named};

/// Why the organization could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no usable credentials, or STS cannot be reached.
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// AWS did not accept the credentials any more.
    #[error("{0}")]
    Refused(CallError),
    /// AWS's answer about the caller is not what it should be.
    #[error("sts:GetCallerIdentity: {0}")]
    Identity(plumbline_baseline::id::Invalid),
    /// Nothing of use came back for too long; the last thing that was said, if anything was.
    #[error("AWS gave no usable answer for {} s{}", PATIENCE.as_secs(), .last.as_ref().map(|last| format!(": {last}")).unwrap_or_default())]
    Stalled {
        /// What AWS, or the network, said last.
        last: Option<CallError>,
    },
}

/// An account that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Account id.
    pub id: AccountId,
    /// What the user calls it; empty for nothing.
    pub name: String,
}

/// Reads an organization.
pub struct Discovery {
    caller: Caller,
    client: Client,
    figures: watch::Sender<Figures>,
    pace: Arc<Pace>,
}

impl Discovery {
    /// As this caller.
    pub fn new(caller: Caller, client: Client) -> Self {
        let figures = watch::Sender::new(Figures::default());
        Self { caller, client, pace: Arc::new(Pace::new(figures.clone())), figures }
    }

    /// How far it has come, as it goes on.
    pub fn figures(&self) -> watch::Receiver<Figures> {
        self.figures.subscribe()
    }

    /// The caller's own account, and one that the user named, without a look at any list: whether that one exists shows
    /// when it is entered.
    ///
    /// # Errors
    /// When there are no usable credentials, or AWS cannot be reached.
    pub async fn one(&self, named: Option<&AccountId>) -> Result<Organization, Error> {
        let mut organization = single(&self.caller.identity().await?)?;
        let listings = self.listings(&organization)?;
        let described = self.pace.keep(listings.describe()).await?;
        place(&mut organization, described)?;
        if let Some(id) = named.filter(|id| **id != organization.caller_account) {
            let place = organization.accounts[0].place.clone();
            organization.accounts.push(Account::new(id.clone(), place));
        }
        Ok(organization)
    }

    /// Who is there: every account with its unit, held against the flat list of accounts. Accounts that the user named
    /// are there in any case, unless AWS's whole list does not have them.
    ///
    /// # Errors
    /// When there are no usable credentials, or AWS cannot be reached and nobody was named.
    pub async fn accounts(&self, names: &[Named]) -> Result<Organization, Error> {
        let mut organization = single(&self.caller.identity().await?)?;
        let listings = self.listings(&organization)?;
        let step = self.pace.keep(lists(&listings, &mut organization)).await;
        match step {
            Ok(done) => done?,
            Err(stalled) if names.is_empty() => return Err(stalled.into()),
            Err(stalled) => unreachable_lists(&mut organization, &stalled),
        }
        add_named(&mut organization, names);
        self.pace.count(|figures| figures.accounts = organization.accounts.len() as u64);
        Ok(organization)
    }

    /// What a scan needs to know of its accounts: asked of AWS, where it is not remembered.
    ///
    /// # Errors
    /// When the endpoint of Organizations is not known.
    pub async fn details(
        &self,
        organization: &mut Organization,
        needs: &Needs,
        memory: &mut Memory,
    ) -> Result<(), Error> {
        let listings = self.listings(organization)?;
        if needs.delegated {
            delegated::fill(organization, &listings).await;
        }
        if needs.control_policies {
            control_policies::fill(organization, &listings).await;
        }
        details::fill(organization, needs, memory, &listings, self.caller.region()).await;
        Ok(())
    }

    fn listings(&self, organization: &Organization) -> Result<Listings, Error> {
        let home = partition::home_region(&organization.partition).unwrap_or("us-east-1");
        let config = self.caller.sdk_config("Organizations", home).map_err(credentials::Error::from)?;
        Ok(Listings {
            client: self.client.clone(),
            target: Target::new(organization.caller_account.as_str(), home, self.caller.credentials()),
            sdk: Organizations::new(&config),
            pace: Arc::clone(&self.pace),
        })
    }
}

impl From<Stalled> for Error {
    fn from(stalled: Stalled) -> Self {
        Self::Stalled { last: stalled.last }
    }
}

impl Stalled {
    fn unread(&self) -> Unread {
        let silent =
            || Unread::new(UnreadReason::Transient, "organizations:DescribeOrganization", "AWS did not answer");
        self.last.as_ref().map_or_else(silent, CallError::unread)
    }
}

fn single(identity: &Identity) -> Result<Organization, Error> {
    let id: AccountId = identity.account.parse().map_err(Error::Identity)?;
    let own = Account { state: State::Active, ..Account::new(id.clone(), Place::Outside) };
    Ok(Organization {
        id: None,
        management_account: None,
        caller_account: id,
        caller_arn: identity.arn.clone(),
        partition: Arn::parse(&identity.arn).map_or("aws", |arn| arn.partition).to_owned(),
        accounts: vec![own],
        units: Vec::new(),
        delegated: Err(delegated::not_asked()),
        control_policies: Ok(Vec::new()),
        gaps: Vec::new(),
        notes: Vec::new(),
    })
}

/// Organizations cannot be reached, and the user named who is to be scanned.
fn unreachable_lists(organization: &mut Organization, stalled: &Stalled) {
    let why = stalled.unread();
    for account in &mut organization.accounts {
        account.place = Place::Unknown(why.clone());
    }
    organization.gaps.extend([Gap::Description(why), Gap::Accounts]);
}

/// Whether there is an organization, or may be one.
fn place(organization: &mut Organization, described: Result<Described, CallError>) -> Result<bool, Error> {
    match described {
        Ok(described) => {
            organization.id = described.id;
            organization.management_account = described.management;
            if organization.management_account.is_none() {
                organization.gaps.push(Gap::Management);
            }
            Ok(true)
        }
        Err(error) if error.code.starts_with("AWSOrganizationsNotInUse") => Ok(false),
        Err(error) if ends_the_walk(&error) => Err(Error::Refused(error)),
        Err(error) => {
            let why = error.unread();
            for account in &mut organization.accounts {
                account.place = Place::Unknown(why.clone());
            }
            organization.gaps.extend([Gap::Description(why), Gap::Management]);
            Ok(true)
        }
    }
}

async fn lists(listings: &Listings, organization: &mut Organization) -> Result<(), Error> {
    if !place(organization, listings.describe().await)? {
        return Ok(());
    }
    let found = |tree: &Tree| {
        listings.pace.count(|figures| {
            figures.units = tree.units.len() as u64;
            figures.accounts = tree.listed.len() as u64;
        });
    };
    let tree = walk(listings, found).await.map_err(Error::Refused)?;
    let flat = listings.accounts().await;
    if let Some(error) = flat.failed.as_ref().filter(|error| ends_the_walk(error)) {
        return Err(Error::Refused(error.clone()));
    }
    take(organization, tree, flat);
    Ok(())
}

fn take(organization: &mut Organization, tree: Tree, flat: Listed<super::listing::ListedAccount>) {
    let management = organization.management_account.clone();
    let known = reconcile(&tree, flat, &organization.caller_account, management.as_ref());
    organization.accounts = known.accounts;
    organization.units = tree.units;
    organization.gaps.extend(known.gaps);
    organization.notes.extend(tree.notes);
    organization.notes.extend(known.notes);
}

/// Adds the accounts that the user named and nobody listed, where the lists may lack some.
fn add_named(organization: &mut Organization, names: &[Named]) {
    let is_outside = organization.accounts.iter().all(|account| account.place == Place::Outside);
    if !is_outside && organization.has_every_account() {
        return;
    }
    let why = organization.gaps.iter().find_map(Gap::unread).cloned();
    let place = match (is_outside, why) {
        (false, Some(why)) => Place::Unknown(why),
        _ => Place::Outside,
    };
    let known: std::collections::HashSet<AccountId> =
        organization.accounts.iter().map(|account| account.id.clone()).collect();
    let mut added = Vec::new();
    for each in names.iter().filter(|each| !known.contains(&each.id)) {
        if added.contains(&each.id) {
            continue;
        }
        let account = Account { name: each.name.as_str().into(), ..Account::new(each.id.clone(), place.clone()) };
        organization.accounts.push(account);
        added.push(each.id.clone());
    }
    if !added.is_empty() {
        let ids = named(&added, 5);
        organization.notes.push(format!("{ids}: known by the id only, because AWS does not list the account here"));
    }
}
