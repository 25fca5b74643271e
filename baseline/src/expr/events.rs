//! Sample events as an account would see them. Must not know what they are asked about.

use crate::doc::Doc;

/// What stands for the account in a sample.
const ACCOUNT: &str = "{account}";

/// Samples with the account's id in its places.
pub(super) fn of_account(samples: &Doc, account: &Doc) -> Doc {
    match (samples, account.get("id")) {
        (Doc::String(text), Doc::String(id)) if text.contains(ACCOUNT) => Doc::from(text.replace(ACCOUNT, id)),
        (Doc::List(items), _) => Doc::List(items.iter().map(|item| of_account(item, account)).collect()),
        (Doc::Map(members), _) => {
            Doc::Map(members.iter().map(|(name, value)| (name.clone(), of_account(value, account))).collect())
        }
        (other, _) => other.clone(),
    }
}
