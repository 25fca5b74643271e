//! Which role an account is entered through. Pure.

use plumbline_baseline::AccountId;

use super::{Error, Selection};
use crate::organization::{Account, Organization};

/// The ARN of the account's role; empty for the caller's own credentials.
///
/// # Errors
/// When no role, or one of another account, was named for it: it would fail in every job.
pub(super) fn role_arn(organization: &Organization, selection: &Selection, account: &Account) -> Result<String, Error> {
    let is_own = account.id == organization.caller_account;
    let role = match selection.account_roles.get(account.id.as_str()) {
        Some(role) => role.trim(),
        None if is_own => return Ok(String::new()),
        None => selection.role.trim(),
    };
    if role.trim_matches('/').is_empty() {
        return Err(Error::NoRole);
    }
    if !role.starts_with("arn:") {
        return Ok(format!("arn:{}:iam::{}:role/{}", organization.partition, account.id, role.trim_start_matches('/')));
    }
    if is_role_of(role, &organization.partition, &account.id) {
        return Ok(role.to_owned());
    }
    Err(Error::RoleOfAnotherAccount { role: role.to_owned(), account: account.id.to_string() })
}

fn is_role_of(arn: &str, partition: &str, account: &AccountId) -> bool {
    let name = arn.strip_prefix(&format!("arn:{partition}:iam::{account}:role/"));
    name.is_some_and(|name| !name.is_empty())
}
