//! A coordinator on another machine, for an operator who has joined it: found by what joining left in the data directory,
//! where there is no store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_agent::member::{self, Member};
use plumbline_coordinator::operator::{Client, ClientError, Connection};
use plumbline_coordinator::store::Store;
use plumbline_identity::{Address, Identity};

use crate::failure::{Failure, Result};
use crate::terminal::say;

/// Where an operator's identity is in a data directory.
pub(crate) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("operator")
}

/// A coordinator, and who asks it.
pub(crate) struct Elsewhere {
    address: Address,
    member: Arc<Member>,
}

/// Whether a data directory is that of an operator who has joined, and has no store.
pub(crate) fn is_in(data_dir: &Path) -> bool {
    // That a store cannot be looked at is said by who opens it.
    !Store::path_in(data_dir).try_exists().unwrap_or(true) && Identity::is_in(&path_in(data_dir))
}

impl Elsewhere {
    /// The coordinator that this data directory is an operator's of; none where it has a store of its own, or nobody joined.
    /// A certificate that is due is renewed.
    ///
    /// # Errors
    /// When what joining left cannot be used.
    pub(crate) async fn of(data_dir: &Path) -> Result<Option<Self>> {
        if !is_in(data_dir) {
            return Ok(None);
        }
        let known = Member::load(&path_in(data_dir)).map_err(|error| not_usable(&error))?;
        let Some((member, address)) = known else { return Ok(None) };
        if let Err(error) = member.renew_when_due(&address).await {
            // It is good still; whether it may, the coordinator says to what is asked next.
            say(format_args!("note: the operator's certificate is due and could not be renewed: {error}"));
        }
        Ok(Some(Self { address, member: Arc::new(member) }))
    }

    /// A connection.
    ///
    /// # Errors
    /// When nobody answers, or somebody else.
    pub(crate) async fn connect(&self) -> std::result::Result<Client, ClientError> {
        let (address, member) = (self.address.clone(), Arc::clone(&self.member));
        let connect = move || {
            let (address, member) = (address.clone(), Arc::clone(&member));
            async move { member.open(&address).await.map(|stream| Box::new(stream) as Connection) }
        };
        Client::over(self.address.as_str(), connect).await
    }
}

fn not_usable(error: &member::Error) -> Failure {
    let next_step = match error {
        member::Error::Expired => {
            "whoever runs the coordinator revokes this operator and adds another name (`plumbline operators add`)"
        }
        _ => "check the directory `operator` of the data directory (--data-dir), or join again with a new token",
    };
    Failure::usage("be an operator", error, next_step)
}
