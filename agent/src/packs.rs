//! The packs that jobs are for: the agent's own, and the coordinator's where that is another one. It is got once, held
//! against its digest, and kept in memory as long as it is used.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_proto::agent_v1::PackFile;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::judge::Judge;
use crate::link::WorkError as Error;

/// Packs of coordinators that are kept: today's, and the one before it, for which jobs may run.
const KEPT: usize = 2;
/// For how long it is known that a pack cannot be had.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// All packs that the agent has.
pub(crate) struct Packs {
    own: Arc<Judge>,
    others: Mutex<Vec<Arc<Other>>>,
}

/// One that is not the agent's own.
struct Other {
    digest: String,
    begun: Instant,
    judge: OnceCell<Result<Arc<Judge>, String>>,
}

impl Other {
    fn is_worth_asking_again(&self) -> bool {
        matches!(self.judge.get(), Some(Err(_))) && self.begun.elapsed() > REFUSED_FOR
    }
}

impl Packs {
    /// Its own.
    pub(crate) fn new(own: Arc<Pack>) -> Self {
        Self { own: Arc::new(Judge::new(own)), others: Mutex::default() }
    }

    /// The agent's own.
    pub(crate) fn own(&self) -> &Arc<Judge> {
        &self.own
    }

    /// The pack of this digest; its files are fetched when they are not here. Whoever asks meanwhile waits for the same.
    ///
    /// # Errors
    /// That it cannot be had, or not now.
    pub(crate) async fn of<F>(&self, digest: &str, fetch: impl FnOnce() -> F) -> Result<Arc<Judge>, Error>
    where
        F: Future<Output = Result<Vec<PackFile>, Error>>,
    {
        if digest.is_empty() || digest == self.own.digest() {
            return Ok(Arc::clone(&self.own));
        }
        let other = self.other(digest);
        let got = || async {
            match fetch().await {
                Ok(files) => loaded(files, digest).await,
                Err(Error::UnsupportedPack(detail)) => Ok(Err(detail)),
                Err(error) => Err(error),
            }
        };
        other.judge.get_or_try_init(got).await?.clone().map_err(Error::UnsupportedPack)
    }

    fn other(&self, digest: &str) -> Arc<Other> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|other| !other.is_worth_asking_again());
        let at = others.iter().position(|other| other.digest == digest);
        let new = || Arc::new(Other { digest: digest.to_owned(), begun: Instant::now(), judge: OnceCell::new() });
        let other = at.map_or_else(new, |at| others.remove(at));
        if others.len() == KEPT {
            others.remove(0);
        }
        others.push(Arc::clone(&other));
        other
    }
}

/// Files as a pack, if they are the one that was asked for.
async fn loaded(files: Vec<PackFile>, digest: &str) -> Result<Result<Arc<Judge>, String>, Error> {
    // Seconds of computation: on a thread of its own they hold nobody up.
    let load = move || {
        let sources = files.into_iter().map(|PackFile { path, text }| Source { path, text });
        Pack::load_for_scanning(sources, Catalog::embedded()).0
    };
    let pack = tokio::task::spawn_blocking(load).await.map_err(|_| Error::Panicked)?;
    if pack.digest() == digest {
        tracing::info!(digest, "the coordinator's pack is here");
        return Ok(Ok(Arc::new(Judge::new(Arc::new(pack)))));
    }
    let (ours, build) = (pack.digest(), env!("CARGO_PKG_VERSION"));
    Ok(Err(format!(
        "the coordinator's pack {digest} is {ours} to this agent of version {build}: the versions know different calls"
    )))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn empty() -> Arc<Pack> {
        Arc::new(Pack::load_for_scanning(Vec::new(), Catalog::embedded()).0)
    }

    fn files() -> Vec<PackFile> {
        let text = "members: {}".to_owned();
        vec![PackFile { path: "events/x.yaml".to_owned(), text }]
    }

    fn digest() -> String {
        let sources = files().into_iter().map(|PackFile { path, text }| Source { path, text });
        Pack::load_for_scanning(sources, Catalog::embedded()).0.digest().to_owned()
    }

    #[tokio::test]
    async fn another_pack_is_fetched_once_for_all_who_ask() {
        let (packs, fetched) = (Packs::new(empty()), AtomicUsize::new(0));
        let digest = digest();
        let fetch = || async {
            fetched.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(files())
        };
        let (one, other) = tokio::join!(packs.of(&digest, fetch), packs.of(&digest, fetch));
        assert_eq!((one.unwrap().digest(), other.unwrap().digest()), (&*digest, &*digest));
        packs.of(&digest, fetch).await.unwrap();
        packs.of(packs.own().digest(), fetch).await.unwrap();
        packs.of("", fetch).await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pack_that_is_another_one_is_refused_and_asked_for_again_later() {
        let (packs, fetched) = (Packs::new(empty()), AtomicUsize::new(0));
        let fetch = || async {
            fetched.fetch_add(1, Ordering::SeqCst);
            Ok(files())
        };
        for _ in 0..3 {
            let refused = packs.of("f00d", fetch).await.err().unwrap();
            assert!(matches!(&refused, Error::UnsupportedPack(why) if why.contains("f00d")), "{refused}");
        }
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
        tokio::time::advance(REFUSED_FOR * 2).await;
        packs.of("f00d", fetch).await.err().unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn trouble_on_the_way_is_not_remembered() {
        let packs = Packs::new(empty());
        let lost = || async { Err(Error::AgentTrouble("no network".to_owned())) };
        assert!(matches!(packs.of(&digest(), lost).await, Err(Error::AgentTrouble(_))));
        packs.of(&digest(), || async { Ok(files()) }).await.unwrap();
    }
}
