//! Snapshots: the resource documents of one account and Region, as controls see them. What a control's author looks
//! at; secrets are redacted as everywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_aws::Target;
use plumbline_baseline::Unread;
use plumbline_baseline::resource::{Listing, Resource};
use plumbline_proto::agent_v1::Access;
use tokio::sync::mpsc;

use crate::collect::{self, Place};
use crate::credentials::{Named, NoAccess};
use crate::gate::gate;
use crate::job::Worker;
use crate::options::Options;
use crate::progress::Progress;
use crate::request;
pub use crate::request::Request;

/// Items on their way to whoever prints them.
const ITEMS: usize = 64;

/// One piece of a snapshot.
#[derive(Clone, Debug)]
pub enum Item {
    /// A resource.
    Resource(Resource),
    /// A type that was not read, or not to the end.
    Incomplete {
        /// The type.
        type_name: Arc<str>,
        /// Why.
        unread: Arc<Unread>,
    },
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for is no type, or lives elsewhere.
    #[error(transparent)]
    Types(#[from] request::Error),
    /// A partition that AWS does not have.
    #[error("find the partition `{0}`")]
    UnknownPartition(String),
    /// There are no credentials for the account.
    #[error("get credentials for account {account}: {unread}")]
    Credentials {
        /// The account.
        account: String,
        /// Why.
        unread: Arc<Unread>,
    },
}

/// Takes a snapshot. Items come type by type, as types are complete; dropping the receiver ends it.
///
/// # Errors
/// When the request makes no sense, or there are no credentials. What cannot be read is an [`Item::Incomplete`].
pub async fn take(options: Options, request: Request) -> Result<mpsc::Receiver<Item>, Error> {
    let worker = Worker::new(options);
    let work = worker.judge().work_of_types(&request)?;
    let place = Place::of(&request.account, &request.region, &request.partition, &[])
        .ok_or_else(|| Error::UnknownPartition(request.partition.clone()))?;
    let access = Access {
        role_arn: request.role_arn.clone().unwrap_or_default(),
        external_id: request.external_id.clone().unwrap_or_default(),
        source_identity: "plumbline-snapshot".to_owned(),
    };
    let named = Named { session: "plumbline-snapshot", scan: "" };
    let credentials = worker.credentials().of(&request.account, &access, named, &work).await;
    let account = request.account.clone();
    let credentials = credentials.map_err(|no_access| {
        let (NoAccess::Account(unread) | NoAccess::Agent(unread)) = no_access;
        Error::Credentials { account: account.clone(), unread }
    })?;
    let target = Target::new(account, place.region.as_str(), credentials);
    // Without a lease the gate stays open.
    let (_keeper, open) = gate();
    let progress = Arc::new(Progress::default());
    let collector =
        worker.collector(target, place, worker.scope(open, &progress, None), &progress, &worker.memory(None), &work);
    let (sender, items) = mpsc::channel(ITEMS);
    let redactor = worker.redactor();
    tokio::spawn(async move {
        let mut left: BTreeSet<Arc<str>> = work.iter().map(|work| Arc::clone(&work.declared.name)).collect();
        // What was listed only because others are listed for it was not asked for.
        let is_asked =
            |name: &Arc<str>| request.types.is_empty() || request.types.iter().any(|asked| **asked == **name);
        left.retain(|name| is_asked(name));
        let mut running = collect::start(&collector, &work);
        while let Some(ended) = running.join_next().await {
            // A type that broke is among those that are left.
            let Ok((name, listing)) = ended else { continue };
            let mut listing = Arc::unwrap_or_clone(listing);
            let declared = work.iter().map(|work| &work.declared).find(|declared| declared.name == name);
            redactor.listing(&mut listing, declared.map_or(&[], |declared| &declared.redact));
            if left.remove(&name) && !send(&sender, name, listing).await {
                return;
            }
        }
        for name in left {
            let unread = collect::defect("collecting the type failed");
            send(&sender, name, Listing::not_read(unread)).await;
        }
    });
    Ok(items)
}

async fn send(sender: &mpsc::Sender<Item>, type_name: Arc<str>, listing: Listing) -> bool {
    for resource in listing.items {
        if sender.send(Item::Resource(resource)).await.is_err() {
            return false;
        }
    }
    match listing.unread {
        Some(unread) => sender.send(Item::Incomplete { type_name, unread }).await.is_ok(),
        None => true,
    }
}
