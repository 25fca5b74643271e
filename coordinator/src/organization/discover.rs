//! Reads the organization: the tree of units from the top down, the accounts of each, their tags, their Regions.
//!
//! Never asks for the parents of an account one by one: Organizations allows few calls a second.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aws_sdk_organizations::Client as Organizations;
use aws_sdk_organizations::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use plumbline_aws::credentials::{self, Caller, Identity};
use plumbline_aws::{Client, partition};
use plumbline_baseline::{Unread, UnreadReason};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Account, Organization, Unit, regions};

/// How many accounts' tags are asked for at a time.
const AT_A_TIME: usize = 4;

/// Why the organization could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no usable credentials, or STS cannot be reached.
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// Organizations answered with an error that is not "you may not" or "there is none".
    #[error("{operation}: {detail}")]
    Organizations {
        /// The operation.
        operation: &'static str,
        /// What was said.
        detail: String,
    },
}

/// Reads the organization that the caller belongs to; one account when there is none, or when the caller may not see
/// more.
///
/// # Errors
/// When there are no usable credentials, or AWS cannot be reached.
pub async fn discover(caller: &Caller, client: &Client) -> Result<Organization, Error> {
    let identity = caller.identity().await?;
    let mut organization = single(&identity);
    let home = partition::home_region(&organization.partition).unwrap_or("us-east-1");
    let sdk = Organizations::new(&caller.sdk_config("Organizations", home).map_err(credentials::Error::from)?);
    describe(&sdk, &mut organization).await?;
    if organization.id.is_some() {
        match tree(&sdk).await? {
            Some((units, accounts)) => {
                organization.units = units;
                organization.accounts = accounts;
                tags(&sdk, &mut organization).await;
            }
            None => {
                organization.notes.push(
                    "the caller may not list the organization's accounts: only the caller's own account is scanned"
                        .to_owned(),
                );
                tags_denied(&mut organization, "organizations:ListRoots");
            }
        }
    }
    regions::fill(&mut organization, caller, client).await;
    Ok(organization)
}

fn single(identity: &Identity) -> Organization {
    let account: Arc<str> = identity.account.as_str().into();
    Organization {
        caller_account: account.clone(),
        partition: identity.arn.split(':').nth(1).unwrap_or("aws").to_owned(),
        accounts: vec![Account { id: account, status: "active".into(), ..Account::default() }],
        ..Organization::default()
    }
}

async fn describe(sdk: &Organizations, organization: &mut Organization) -> Result<(), Error> {
    match sdk.describe_organization().send().await {
        Ok(answer) => {
            if let Some(described) = answer.organization() {
                organization.id = described.id().map(Arc::from);
                organization.management_account = described.master_account_id().map(Arc::from);
            }
            Ok(())
        }
        Err(error) => match refusal(&error) {
            Some(code) if code.starts_with("AWSOrganizationsNotInUse") => Ok(()),
            Some(code) => {
                organization.notes.push(format!("organizations:DescribeOrganization answered {code}"));
                tags_denied(organization, "organizations:DescribeOrganization");
                Ok(())
            }
            None => Err(failed("organizations:DescribeOrganization", &error)),
        },
    }
}

/// The error code, when AWS understood the call and refused it.
fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<String> {
    let code = error.as_service_error()?.code()?;
    (code.contains("AccessDenied") || code.starts_with("AWSOrganizationsNotInUse")).then(|| code.to_owned())
}

fn failed<E>(operation: &'static str, error: &SdkError<E>) -> Error
where
    E: std::error::Error + 'static,
{
    Error::Organizations { operation, detail: DisplayErrorContext(error).to_string() }
}

/// All units and accounts, from the roots down; `None` when the caller may not see them.
async fn tree(sdk: &Organizations) -> Result<Option<(Vec<Unit>, Vec<Account>)>, Error> {
    let mut units = Vec::new();
    let mut accounts = Vec::new();
    let mut roots = sdk.list_roots().into_paginator().stop_on_duplicate_token(false).send();
    let mut tokens = Tokens::of("organizations:ListRoots");
    while let Some(page) = roots.next().await {
        match page {
            Ok(page) => {
                tokens.next(page.next_token())?;
                units.extend(
                    page.roots().iter().map(|root| Unit { id: text(root.id()), path: text(root.name()).into() }),
                );
            }
            Err(error) if refusal(&error).is_some() => return Ok(None),
            Err(error) => return Err(failed("organizations:ListRoots", &error)),
        }
    }
    let mut next = 0;
    while let Some(parent) = units.get(next).cloned() {
        next += 1;
        let children = sdk.list_organizational_units_for_parent().parent_id(&parent.id);
        let mut children = children.into_paginator().stop_on_duplicate_token(false).send();
        let mut tokens = Tokens::of("organizations:ListOrganizationalUnitsForParent");
        while let Some(page) = children.next().await {
            let page = page.map_err(|error| failed(tokens.operation, &error))?;
            tokens.next(page.next_token())?;
            units.extend(page.organizational_units().iter().map(|child| Unit {
                id: text(child.id()),
                path: format!("{}/{}", parent.path, child.name().unwrap_or_default()).into(),
            }));
        }
        let members = sdk.list_accounts_for_parent().parent_id(&parent.id);
        let mut members = members.into_paginator().stop_on_duplicate_token(false).send();
        let mut tokens = Tokens::of("organizations:ListAccountsForParent");
        while let Some(page) = members.next().await {
            let page = page.map_err(|error| failed(tokens.operation, &error))?;
            tokens.next(page.next_token())?;
            accounts.extend(page.accounts().iter().map(|member| account(member, &parent.path)));
        }
    }
    Ok(Some((units, accounts)))
}

/// The page tokens of one listing. The SDK's own paginator ends in silence when AWS repeats a token, and accounts that
/// it did not come to would be missing from the report without a word.
struct Tokens {
    operation: &'static str,
    seen: HashSet<String>,
}

impl Tokens {
    fn of(operation: &'static str) -> Self {
        Self { operation, seen: HashSet::new() }
    }

    fn next(&mut self, token: Option<&str>) -> Result<(), Error> {
        match token.filter(|token| !token.is_empty()) {
            Some(token) if !self.seen.insert(token.to_owned()) => {
                Err(Error::Organizations { operation: self.operation, detail: "AWS repeated a page token".to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn account(member: &aws_sdk_organizations::types::Account, path: &Arc<str>) -> Account {
    let status = member
        .state()
        .map(|state| state.as_str())
        .or_else(|| member.status().map(|status| status.as_str()))
        .unwrap_or("ACTIVE");
    Account {
        id: text(member.id()).into(),
        name: text(member.name()).into(),
        status: status.to_ascii_lowercase(),
        ou_path: path.clone(),
        ..Account::default()
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// What is denied on the way to the tags leaves them unread.
fn tags_denied(organization: &mut Organization, operation: &str) {
    for account in &mut organization.accounts {
        let detail = "the account's tags are not known".to_owned();
        account.tags_unread =
            Some(Unread { reason: UnreadReason::AccessDenied, operation: operation.to_owned(), detail });
    }
}

/// Tags of every account. Those of an account whose tags cannot be read are unread, and a note says so.
async fn tags(sdk: &Organizations, organization: &mut Organization) {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut asked = JoinSet::new();
    for (index, account) in organization.accounts.iter().enumerate() {
        let (sdk, id, permits) = (sdk.clone(), account.id.to_string(), Arc::clone(&permits));
        asked.spawn(async move {
            let _permit = permits.acquire().await;
            let mut tags = BTreeMap::new();
            let mut items = sdk.list_tags_for_resource().resource_id(id).into_paginator().items().send();
            while let Some(tag) = items.next().await {
                match tag {
                    Ok(tag) => tags.insert(tag.key().to_owned(), tag.value().to_owned()),
                    Err(error) => return (index, Err(tags_unread(&error))),
                };
            }
            (index, Ok(tags))
        });
    }
    let mut unread = 0;
    while let Some(Ok((index, tags))) = asked.join_next().await {
        match tags {
            Ok(tags) => organization.accounts[index].tags = tags,
            Err(reason) => {
                organization.accounts[index].tags_unread = Some(reason);
                unread += 1;
            }
        }
    }
    if unread > 0 {
        organization.notes.push(format!("the tags of {unread} accounts could not be read"));
    }
}

fn tags_unread<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Unread {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let reason = match code {
        "AccessDeniedException" => UnreadReason::AccessDenied,
        "TooManyRequestsException" => UnreadReason::Throttled,
        _ => UnreadReason::Transient,
    };
    Unread { reason, operation: "organizations:ListTagsForResource".to_owned(), detail: code.to_owned() }
}
