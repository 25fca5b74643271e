//! A machine that belongs to a deployment, as an agent or as an operator's: it joins with a token, once, or by the role
//! that it runs under at AWS, keeps its certificate, and renews it by itself.

mod by_role;
mod enrol;
pub(crate) mod tls;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use plumbline_identity::credential::Shown;
use plumbline_identity::identity::{self, Standing};
use plumbline_identity::{Address, Identity, Pending, Pin, Subject};
use rustls::ClientConfig;
use rustls::time_provider::DefaultTimeProvider;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::{activity, clock};
pub use by_role::join_by_role;
pub use enrol::{Error, join};

/// The file beside the identity that says where the coordinator is.
const COORDINATOR: &str = "coordinator";
/// How often it is asked whether the certificate is due: clocks jump.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// After a renewal that failed, doubling up to [`LOOK_EVERY`].
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Who this machine is, from one renewal to the next.
pub struct Member {
    directory: PathBuf,
    identity: Mutex<Identity>,
    shown: Shown,
    renewals: watch::Sender<u64>,
}

impl Member {
    /// Where the identity of a data directory is.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join("identity")
    }

    /// What a machine has in its directory, and where its coordinator is; none where it never joined.
    ///
    /// # Errors
    /// When what is there is not what it was, or it expired.
    pub fn load(directory: &Path) -> Result<Option<(Self, Address)>, Error> {
        let Some(identity) = Identity::load(directory, None)? else { return Ok(None) };
        match identity.standing(clock::now()) {
            Standing::Expired => return Err(Error::Expired),
            Standing::NotYetValid => return Err(identity::Error::Clock.into()),
            Standing::Good | Standing::Due => {}
        }
        let path = directory.join(COORDINATOR);
        let text = fs::read_to_string(&path)
            .map_err(|error| Error::Coordinator { path: path.clone(), why: error.to_string() })?;
        let address = text.trim().parse();
        let address = address.map_err(|_| Error::Coordinator { path, why: "it holds no address".to_owned() })?;
        Ok(Some((Self::of(directory, identity), address)))
    }

    fn of(directory: &Path, identity: Identity) -> Self {
        let (shown, (renewals, _)) = (Shown::new(identity.credential().clone()), watch::channel(0));
        Self { directory: directory.to_owned(), identity: Mutex::new(identity), shown, renewals }
    }

    /// What the deployment is called to which this machine belongs.
    pub(crate) fn deployment(&self) -> String {
        self.identity().trust().deployment().to_string()
    }

    /// What the agent is called; none when the certificate is not an agent's.
    pub fn agent(&self) -> Option<String> {
        match self.identity().subject() {
            Subject::Agent(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// The name of the key of the authority that it trusts.
    pub fn pin(&self) -> Pin {
        self.identity().trust().pin()
    }

    /// A connection to the coordinator, which shows who this machine is.
    ///
    /// # Errors
    /// In words why there is none.
    pub async fn open(&self, address: &Address) -> std::io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
        tls::open(address, self.tls()?).await
    }

    /// Renews the certificate when that is due.
    ///
    /// # Errors
    /// When it is due, and cannot be renewed.
    pub async fn renew_when_due(&self, address: &Address) -> Result<(), Error> {
        if clock::now() < self.due() {
            return Ok(());
        }
        self.renew_now(address).await
    }

    /// Changes with every renewal.
    pub(crate) fn renewed(&self) -> watch::Receiver<u64> {
        self.renewals.subscribe()
    }

    /// How connections are made now.
    pub(crate) fn tls(&self) -> std::io::Result<ClientConfig> {
        let made = plumbline_identity::tls::client(self.identity().trust(), &self.shown, Arc::new(DefaultTimeProvider));
        made.map_err(std::io::Error::other)
    }

    fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn due(&self) -> SystemTime {
        self.identity().renew_at()
    }

    /// Gets the next certificate, although it may not be due.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn renew_now(&self, address: &Address) -> Result<(), Error> {
        let (trust, directory) = (self.identity().trust().clone(), &self.directory);
        let pending = Pending::open(directory, trust.deployment())?;
        let chain =
            enrol::renew(address, self.tls().map_err(|error| Error::Unreachable(error.to_string()))?, &pending).await?;
        let identity = pending.keep(&trust, chain, clock::now())?;
        self.shown.replace(identity.credential().clone());
        *self.identity() = identity;
        self.renewals.send_modify(|renewals| *renewals += 1);
        Ok(())
    }
}

/// Renews the certificate whenever it is due, for as long as that goes; returns why it does not any more.
pub(crate) async fn keep_renewed(member: Arc<Member>, address: Address) -> activity::Error {
    let mut pause = TRY_AGAIN;
    loop {
        let now = clock::now();
        if let Ok(left) = member.due().duration_since(now)
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(LOOK_EVERY)).await;
            continue;
        }
        match member.renew_now(&address).await {
            Ok(()) => {
                tracing::info!("the certificate was renewed");
                pause = TRY_AGAIN;
            }
            Err(error @ Error::Refused(_)) => return activity::Error::Refused(error.to_string()),
            Err(error) => {
                if member.identity().standing(now) == Standing::Expired {
                    return activity::Error::Refused(format!("{}; the last renewal failed: {error}", Error::Expired));
                }
                tracing::warn!(%error, "the certificate could not be renewed; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LOOK_EVERY);
            }
        }
    }
}
