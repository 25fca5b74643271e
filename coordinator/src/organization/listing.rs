//! What Organizations is asked, page by page. A listing that did not come to its end says so beside what it has: an
//! answer without its list, and a page token that comes twice, are no ends.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aws_sdk_organizations::Client as Organizations;
use aws_sdk_organizations::types;
use plumbline_aws::{CallError, Client, ErrorClass, Target};
use plumbline_baseline::AccountId;

use super::State;
use super::pace::{Pace, Rounds};

const SERVICE: &str = "organizations";

/// What a listing has, and why it has no more.
#[derive(Clone, Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    /// Why it ended too early; `None` when it came to its end.
    pub(super) failed: Option<CallError>,
}

/// A root or a unit, as its parent lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedUnit {
    pub(super) id: Arc<str>,
    pub(super) name: String,
}

/// An account, as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedAccount {
    pub(super) id: AccountId,
    pub(super) name: Arc<str>,
    pub(super) state: State,
}

/// A policy, as the list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedPolicy {
    pub(super) id: String,
    pub(super) name: String,
    /// Whether AWS keeps it.
    pub(super) is_of_aws: bool,
}

/// The lists of an organization.
pub(super) trait Directory {
    /// The roots.
    async fn roots(&self) -> Listed<ListedUnit>;
    /// The units directly below a root or unit.
    async fn units_of(&self, parent: &str) -> Listed<ListedUnit>;
    /// The accounts directly below a root or unit.
    async fn accounts_of(&self, parent: &str) -> Listed<ListedAccount>;
    /// All accounts.
    async fn accounts(&self) -> Listed<ListedAccount>;
}

/// AWS Organizations.
#[derive(Clone)]
pub(super) struct Listings {
    pub(super) client: Client,
    pub(super) target: Target,
    pub(super) sdk: Organizations,
    pub(super) pace: Arc<Pace>,
}

/// The items of a page, if the answer had any list, and the token of the next one.
type Page<I> = (Option<Vec<I>>, Option<String>);

/// What `DescribeOrganization` says.
pub(super) struct Described {
    pub(super) id: Option<Arc<str>>,
    pub(super) management: Option<AccountId>,
}

impl Listings {
    /// The organization that the caller's account belongs to.
    pub(super) async fn describe(&self) -> Result<Described, CallError> {
        const OPERATION: &str = "DescribeOrganization";
        let call = || self.client.typed(&self.target, SERVICE, OPERATION, || self.sdk.describe_organization().send());
        let answer = self.pace.ask(Rounds::UntilStalled, call).await?;
        let Some(described) = answer.organization else {
            return Err(strange(OPERATION, "the answer has no organization"));
        };
        let management =
            described.master_account_id.as_deref().map(|id| account_id(OPERATION, Some(id))).transpose()?;
        Ok(Described { id: described.id.as_deref().map(Arc::from), management })
    }

    /// The tags of an account.
    pub(super) async fn tags_of(&self, account: &AccountId) -> Result<BTreeMap<String, String>, CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let page = move |token: Option<String>| async move {
            let send = || {
                let request = self.sdk.list_tags_for_resource().resource_id(account.as_str());
                request.set_next_token(token.clone()).send()
            };
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.tags, answer.next_token))
        };
        let listed = self.pages(OPERATION, Rounds::Few, page, Ok::<types::Tag, CallError>).await;
        match listed.failed {
            Some(error) => Err(error),
            None => Ok(listed.items.into_iter().map(|tag| (tag.key, tag.value)).collect()),
        }
    }

    /// The delegated administrators, of whatever service.
    pub(super) async fn administrators(&self) -> Listed<ListedAccount> {
        const OPERATION: &str = "ListDelegatedAdministrators";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_delegated_administrators().set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.delegated_administrators, answer.next_token))
        };
        let read = |each: types::DelegatedAdministrator| {
            let state = state(each.state().map(|state| state.as_str()), each.status().map(|status| status.as_str()));
            Ok(ListedAccount { id: account_id(OPERATION, each.id())?, name: "".into(), state })
        };
        self.pages(OPERATION, Rounds::Few, page, read).await
    }

    /// The principals of the services that one of them administers.
    pub(super) async fn services_of(&self, account: &AccountId) -> Listed<String> {
        const OPERATION: &str = "ListDelegatedServicesForAccount";
        let page = move |token: Option<String>| async move {
            let send = || {
                let request = self.sdk.list_delegated_services_for_account().account_id(account.as_str());
                request.set_next_token(token.clone()).send()
            };
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.delegated_services, answer.next_token))
        };
        let read = |each: types::DelegatedService| {
            each.service_principal
                .filter(|name| !name.is_empty())
                .ok_or_else(|| strange(OPERATION, "a service has no principal"))
        };
        self.pages(OPERATION, Rounds::Few, page, read).await
    }

    /// The kinds of policies that are enabled, of each root.
    pub(super) async fn policy_kinds(&self) -> Listed<Vec<String>> {
        const OPERATION: &str = "ListRoots";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_roots().set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.roots, answer.next_token))
        };
        let read = |root: types::Root| {
            let enabled = root.policy_types.into_iter().flatten();
            let enabled = enabled.filter(|kind| kind.status() == Some(&types::PolicyTypeStatus::Enabled));
            Ok(enabled.filter_map(|kind| Some(kind.r#type()?.as_str().to_owned())).collect())
        };
        self.pages(OPERATION, Rounds::Few, page, read).await
    }

    /// The policies of a kind.
    pub(super) async fn policies(&self, kind: &str) -> Listed<ListedPolicy> {
        const OPERATION: &str = "ListPolicies";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_policies().filter(kind.into()).set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.policies, answer.next_token))
        };
        let read = |each: types::PolicySummary| {
            let id = each.id.filter(|id| !id.is_empty()).ok_or_else(|| strange(OPERATION, "a policy has no id"))?;
            Ok(ListedPolicy { id, name: each.name.unwrap_or_default(), is_of_aws: each.aws_managed })
        };
        self.pages(OPERATION, Rounds::Few, page, read).await
    }

    /// The ids of what a policy is attached to.
    pub(super) async fn targets_of(&self, policy: &str) -> Listed<String> {
        const OPERATION: &str = "ListTargetsForPolicy";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_targets_for_policy().policy_id(policy).set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.targets, answer.next_token))
        };
        let read = |each: types::PolicyTargetSummary| {
            each.target_id.filter(|id| !id.is_empty()).ok_or_else(|| strange(OPERATION, "a target has no id"))
        };
        self.pages(OPERATION, Rounds::Few, page, read).await
    }

    /// What a policy says.
    pub(super) async fn content_of(&self, policy: &str) -> Result<String, CallError> {
        const OPERATION: &str = "DescribePolicy";
        let send = || self.sdk.describe_policy().policy_id(policy).send();
        let answer = self.pace.ask(Rounds::Few, || self.client.typed(&self.target, SERVICE, OPERATION, send)).await?;
        let content = answer.policy.and_then(|policy| policy.content);
        content.ok_or_else(|| strange(OPERATION, "the answer has no content"))
    }

    /// One listing: `page` asks for a page, `read` takes an item apart.
    async fn pages<I, T, F>(
        &self,
        operation: &'static str,
        rounds: Rounds,
        page: impl Fn(Option<String>) -> F,
        read: impl Fn(I) -> Result<T, CallError>,
    ) -> Listed<T>
    where
        F: Future<Output = Result<Page<I>, CallError>>,
    {
        let mut listed = Listed { items: Vec::new(), failed: None };
        let mut seen = HashSet::new();
        let mut token = None;
        loop {
            let (items, next) = match self.pace.ask(rounds, || page(token.clone())).await {
                Ok(answer) => answer,
                Err(error) => return Listed { failed: Some(error), ..listed },
            };
            let Some(items) = items else {
                return Listed { failed: Some(strange(operation, "the answer has no list")), ..listed };
            };
            for item in items {
                match read(item) {
                    Ok(item) => listed.items.push(item),
                    Err(error) => return Listed { failed: Some(error), ..listed },
                }
            }
            match next.filter(|next| !next.is_empty()) {
                None => return listed,
                Some(next) if !seen.insert(next.clone()) => {
                    return Listed { failed: Some(strange(operation, "AWS repeated a page token")), ..listed };
                }
                next => token = next,
            }
        }
    }
}

impl Directory for Listings {
    async fn roots(&self) -> Listed<ListedUnit> {
        const OPERATION: &str = "ListRoots";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_roots().set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.roots, answer.next_token))
        };
        let read = |root: types::Root| unit(OPERATION, root.id, root.name);
        self.pages(OPERATION, Rounds::UntilStalled, page, read).await
    }

    async fn units_of(&self, parent: &str) -> Listed<ListedUnit> {
        const OPERATION: &str = "ListOrganizationalUnitsForParent";
        let page = move |token: Option<String>| async move {
            let send = || {
                let request = self.sdk.list_organizational_units_for_parent().parent_id(parent);
                request.set_next_token(token.clone()).send()
            };
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.organizational_units, answer.next_token))
        };
        let read = |child: types::OrganizationalUnit| unit(OPERATION, child.id, child.name);
        self.pages(OPERATION, Rounds::UntilStalled, page, read).await
    }

    async fn accounts_of(&self, parent: &str) -> Listed<ListedAccount> {
        const OPERATION: &str = "ListAccountsForParent";
        let page = move |token: Option<String>| async move {
            let send = || {
                let request = self.sdk.list_accounts_for_parent().parent_id(parent);
                request.set_next_token(token.clone()).send()
            };
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.accounts, answer.next_token))
        };
        self.pages(OPERATION, Rounds::UntilStalled, page, |each| account(OPERATION, &each)).await
    }

    async fn accounts(&self) -> Listed<ListedAccount> {
        const OPERATION: &str = "ListAccounts";
        let page = move |token: Option<String>| async move {
            let send = || self.sdk.list_accounts().set_next_token(token.clone()).send();
            let answer = self.client.typed(&self.target, SERVICE, OPERATION, send).await?;
            Ok((answer.accounts, answer.next_token))
        };
        self.pages(OPERATION, Rounds::UntilStalled, page, |each| account(OPERATION, &each)).await
    }
}

fn unit(operation: &'static str, id: Option<String>, name: Option<String>) -> Result<ListedUnit, CallError> {
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| strange(operation, "a unit has no id"))?;
    Ok(ListedUnit { id: id.into(), name: name.unwrap_or_default() })
}

fn account(operation: &'static str, listed: &types::Account) -> Result<ListedAccount, CallError> {
    let state = state(listed.state().map(|state| state.as_str()), listed.status().map(|status| status.as_str()));
    let name = listed.name().unwrap_or_default().into();
    Ok(ListedAccount { id: account_id(operation, listed.id())?, name, state })
}

/// `Status` is what `State` was called before.
fn state(state: Option<&str>, status: Option<&str>) -> State {
    match state.or(status) {
        None => State::Unknown,
        Some("ACTIVE") => State::Active,
        Some(other) => State::Inactive(other.to_ascii_lowercase()),
    }
}

fn account_id(operation: &'static str, id: Option<&str>) -> Result<AccountId, CallError> {
    id.unwrap_or_default().parse().map_err(|error| strange(operation, format!("an account has no usable id: {error}")))
}

/// An answer that is not what the API describes.
fn strange(operation: &str, message: impl Into<String>) -> CallError {
    CallError {
        class: ErrorClass::Bug,
        code: String::new(),
        message: message.into(),
        operation: format!("{SERVICE}:{operation}"),
        http_status: None,
    }
}
