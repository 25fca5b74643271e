//! Who administers services for the organization: the delegated administrators and the services of each, asked once a
//! start. What could not be read is unread, and never "nobody".

use std::collections::BTreeMap;

use plumbline_aws::CallError;
use plumbline_baseline::{AccountId, Unread, UnreadReason};

use super::listing::{Listed, Listings};
use super::pace::unanswered;
use super::{Organization, State, named};

/// How many accounts a note names.
const NAMED: usize = 3;

/// Accounts by the service principal of what they administer. Those that are suspended or being closed administer nothing.
pub type Delegated = BTreeMap<String, Vec<AccountId>>;

/// Why nobody asked.
pub(super) fn not_asked() -> Unread {
    let detail = "no enabled control reads who administers services for the organization";
    Unread::new(UnreadReason::NotRun, "organizations:ListDelegatedAdministrators", detail)
}

/// Asks, and notes what the reader of a report should know.
pub(super) async fn fill(organization: &mut Organization, listings: &Listings) {
    if organization.id.is_none() && organization.description_unread().is_none() {
        // Without an organization there is nobody to administer anything for others.
        organization.delegated = Ok(Delegated::new());
        return;
    }
    let found = match listings.pace.keep(ask(listings)).await {
        Ok(answer) => answer.map_err(|error| error.unread()),
        Err(stalled) => Err(unanswered(stalled.last.as_ref(), "organizations:ListDelegatedAdministrators")),
    };
    match found {
        Ok(Found { services, inactive }) => {
            if !inactive.is_empty() {
                let ids = named(&inactive, NAMED);
                let note =
                    format!("{ids}: a delegated administrator that is suspended or being closed, and counts for none");
                organization.notes.push(note);
            }
            organization.delegated = Ok(services);
        }
        Err(why) => {
            organization
                .notes
                .push(format!("the delegated administrators of the organization could not be read: {why}"));
            organization.delegated = Err(why);
        }
    }
}

struct Found {
    services: Delegated,
    inactive: Vec<AccountId>,
}

/// All of it or nothing: a service that is not read of one account may have no other administrator.
async fn ask(listings: &Listings) -> Result<Found, CallError> {
    let mut found = Found { services: Delegated::new(), inactive: Vec::new() };
    for account in whole(listings.administrators().await)? {
        if matches!(account.state, State::Inactive(_)) {
            found.inactive.push(account.id);
            continue;
        }
        match whole(listings.services_of(&account.id).await) {
            Ok(services) => {
                for service in services {
                    found.services.entry(service).or_default().push(account.id.clone());
                }
            }
            // It was one when the list was read, and is none any more.
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn whole<T>(listed: Listed<T>) -> Result<Vec<T>, CallError> {
    match listed.failed {
        Some(error) => Err(error),
        None => Ok(listed.items),
    }
}

fn is_gone(error: &CallError) -> bool {
    ["AccountNotRegisteredException", "AccountNotFoundException"].contains(&error.code.as_str())
}
