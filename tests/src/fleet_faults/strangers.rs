//! Whoever has no business with a coordinator: certificates that are missing, expired, banned, self-made, mutated, of another
//! role or somebody else's; tokens that are replayed, raced and guessed; TLS that is downgraded; noise on every port. None
//! is let in, nothing panics or hangs, and who belongs there is served before and afterwards.

mod deployment;
mod noise;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_agent::member;
use plumbline_identity::credential::Shown;
use plumbline_identity::{Authority, Bounds, Token};
use rustls::ClientConfig;
use rustls::version::TLS12;
use tokio::task::JoinSet;

use super::Extent;
use super::herd::peak_mib;
use super::outcome::Outcome;
use crate::clock;
use crate::store_faults::chance::Chance;
use deployment::{Answer, Deployment};

/// What is tried.
const KINDS: [&str; 12] = [
    "no certificate",
    "expired certificate",
    "banned certificate",
    "self-made certificate",
    "mutated certificate",
    "an operator's certificate",
    "the coordinator's own certificate",
    "another agent's name",
    "replayed token",
    "raced token",
    "guessed token",
    "TLS 1.2",
];
const DAY: Duration = Duration::from_secs(86_400);
/// Machines that race with one token.
const RACING: usize = 4;
/// Whatever is tried is answered within this.
const PATIENCE: Duration = Duration::from_secs(15);

/// Tries so many.
///
/// # Errors
/// When there is no port, or who belongs there is not served.
pub async fn run(extent: Extent, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let panics = count_panics();
    let there = Deployment::start().await?;
    ensure!(there.asks(there.member("good")?, "good").await == Answer::LetIn, "who belongs there is served");
    let (mut outcome, mut chance, began) = (Outcome::default(), Chance::new(extent.seed), tokio::time::Instant::now());
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let kind = chance.below(KINDS.len() + noise::KINDS.len());
        let name = KINDS.get(kind).or_else(|| noise::KINDS.get(kind - KINDS.len())).copied().unwrap_or_default();
        let tried = async {
            match kind.checked_sub(KINDS.len()) {
                None => is_let_in(kind, &there, &mut chance).await,
                Some(kind) => noise::is_answered(kind, &there, &mut chance).await,
            }
        };
        match tokio::time::timeout(PATIENCE, tried).await {
            Ok(is_let_in) => outcome.wrong.phantom += u64::from(is_let_in.context(name)?),
            Err(_) => outcome.wrong.fail(format!("{name}: nobody answers or hangs up")),
        }
        (outcome.faults, outcome.hits) = (outcome.faults + 1, outcome.hits + 1);
        outcome.add(name, 1);
        if outcome.faults.is_multiple_of(500) {
            report(&outcome);
        }
    }
    if there.asks(there.member("good")?, "good").await != Answer::LetIn {
        outcome.wrong.fail("who belongs there is not served afterwards");
    }
    if !there.is_live() {
        outcome.wrong.fail("the process does not answer for its health afterwards");
    }
    for _ in 0..panics.load(Ordering::Relaxed) {
        outcome.wrong.fail("something panicked");
    }
    outcome.add("MiB of the process at its most", peak_mib(std::process::id()));
    Ok(outcome)
}

/// Tries one; whether it was let in.
async fn is_let_in(kind: usize, there: &Deployment, chance: &mut Chance) -> anyhow::Result<bool> {
    let name = "good";
    let asked = match kind {
        0 => there.asks(there.nobody()?, name).await,
        1 => there.asks(there.agent(&there.authority, name, clock::now() - 3 * DAY)?, name).await,
        2 => there.asks(there.member("banned")?, "banned").await,
        3 => {
            let folder = tempfile::tempdir()?;
            let own = Authority::init(&folder.path().join("authority"), clock::now().into())?;
            there.asks(there.agent(&own, name, clock::now())?, name).await
        }
        4 => there.asks(there.mutated(name, chance)?, name).await,
        5 => there.asks(there.operator()?, name).await,
        6 => {
            let mut config = there.nobody()?;
            let shown = there.authority.coordinator(&[], clock::now().into())?;
            config.client_auth_cert_resolver = Arc::new(Shown::new(shown));
            there.asks(config, name).await
        }
        7 => there.asks(there.member("good")?, "other").await,
        8 => return replayed(there).await,
        9 => return raced(there).await,
        10 => return guessed(there, chance).await,
        _ => there.asks(old_tls(), name).await,
    };
    Ok(asked == Answer::LetIn)
}

async fn replayed(there: &Deployment) -> anyhow::Result<bool> {
    let (token, folder) = (there.token().await?, tempfile::tempdir()?);
    member::join(&token, &folder.path().join("first")).await.context("the first who comes joins")?;
    Ok(member::join(&token, &folder.path().join("second")).await.is_ok())
}

/// Whether more or less than one joined.
async fn raced(there: &Deployment) -> anyhow::Result<bool> {
    let (token, folder) = (there.token().await?, tempfile::tempdir()?);
    let mut racing = JoinSet::new();
    for number in 0..RACING {
        let (token, folder) = (token.clone(), folder.path().join(number.to_string()));
        racing.spawn(async move { member::join(&token, &folder).await.is_ok() });
    }
    Ok(racing.join_all().await.into_iter().filter(|joined| *joined).count() != 1)
}

async fn guessed(there: &Deployment, chance: &mut Chance) -> anyhow::Result<bool> {
    let token = there.token().await?;
    let mut guess = Token::new(there.authority.trust(), token.address.clone(), Bounds::default())?;
    if chance.one_in(2) {
        guess.id = token.id;
    } else {
        guess.secret = token.secret;
    }
    Ok(member::join(&guess, &tempfile::tempdir()?.path().join("guess")).await.is_ok())
}

fn old_tls() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS12]);
    let builder = builder.expect("the provider has TLS 1.2");
    builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}

/// Counts panics from now on.
fn count_panics() -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let (counted, before) = (Arc::clone(&count), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(1, Ordering::Relaxed);
        before(panic);
    }));
    count
}
