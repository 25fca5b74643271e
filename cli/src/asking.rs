//! The coordinator that commands ask: the one that runs on the data directory, or the one elsewhere that it is an
//! operator's of.

use std::path::{Path, PathBuf};

use plumbline_coordinator::operator::{self, Client, ClientError, NotOpened};
use plumbline_coordinator::store::Store;

use crate::elsewhere::Elsewhere;
use crate::failure::{Failure, Result};
use crate::hints;

/// A coordinator that answers.
pub(crate) struct Coordinator {
    pub(crate) client: Client,
    pub(crate) data_dir: PathBuf,
}

impl Coordinator {
    /// The one of a data directory.
    ///
    /// # Errors
    /// When none runs, or it may not be asked.
    pub(crate) async fn of(data_dir: PathBuf) -> Result<Self> {
        let client = match Elsewhere::of(&data_dir).await? {
            Some(elsewhere) => elsewhere.connect().await,
            None => Client::connect(&data_dir).await,
        };
        let client = client.map_err(|error| failure("ask the coordinator", &error, &data_dir))?;
        Ok(Self { client, data_dir })
    }

    /// The same; nothing where none runs here, and this is nobody's operator elsewhere.
    ///
    /// # Errors
    /// When it may not be asked.
    pub(crate) async fn if_any(data_dir: &Path) -> Result<Option<Self>> {
        let client = match Elsewhere::of(data_dir).await? {
            Some(elsewhere) => elsewhere.connect().await,
            None => match Client::connect(data_dir).await {
                Err(ClientError::NotThere(_)) => return Ok(None),
                connected => connected,
            },
        };
        let client = client.map_err(|error| failure("ask the coordinator", &error, data_dir))?;
        Ok(Some(Self { client, data_dir: data_dir.to_owned() }))
    }

    /// Why it did not do something.
    pub(crate) fn failure(&self, attempt: &str, error: &ClientError) -> Failure {
        failure(attempt, error, &self.data_dir)
    }
}

/// Opens the store of the coordinator that a data directory is an operator's of, to read it.
///
/// # Errors
/// When it cannot be reached, or lets nobody read.
pub(crate) fn open_store(data_dir: &Path) -> Result<Store> {
    let (directory, named) = (data_dir.to_owned(), data_dir.to_owned());
    let opened =
        operator::open_store(move || async move { Coordinator::of(directory).await.map(|found| found.client) });
    opened.map_err(|error| match error {
        NotOpened::Connect(failure) => failure,
        NotOpened::Refused(error) => failure("read the coordinator's store", &error, &named),
        NotOpened::Store(error) => Failure::new(
            "read the coordinator's store",
            error,
            "use the coordinator's version of plumbline; `plumbline store verify` there says whether it is whole",
        ),
    })
}

fn failure(attempt: &str, error: &ClientError, data_dir: &Path) -> Failure {
    let hint = hints::of_data_dir(data_dir);
    match error {
        ClientError::NotThere(_) => Failure::new(
            attempt,
            error,
            format!("start one: plumbline coordinator --config FILE{hint}; or name its --data-dir"),
        ),
        ClientError::Unreachable { .. } => Failure::new(
            attempt,
            error,
            "is the coordinator running, and is that address open to this machine? After a move, `operator/coordinator` in the data directory says where it is looked for",
        ),
        ClientError::NotAllowed(_) => Failure::new(attempt, error, "ask as the coordinator's user, or as root"),
        ClientError::Refused(refusal) if refusal.is_mistake => {
            Failure::usage(attempt, &refusal.cause, &refusal.next_step)
        }
        ClientError::Refused(refusal) => Failure::new(attempt, &refusal.cause, &refusal.next_step),
        ClientError::Gone(_) => {
            Failure::new(attempt, error, "`plumbline scans` shows what is stored; start the coordinator again")
        }
    }
}
