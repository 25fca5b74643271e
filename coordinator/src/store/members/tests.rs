//! One token lets in one machine, whatever races; what is written is in the audit log, and the log cannot be changed.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_baseline::AgentId;
use plumbline_identity::authority::Authority;
use plumbline_identity::deployment::new_agent;
use plumbline_identity::token::{Scope, Secret, TokenRefused};
use plumbline_identity::{Bounds, Issued, OperatorName, Pending, Pin, Role, SigningRequest, Token};

use super::{Joining, MEMBERS, Named, NotAdded, NotJoined, NotRenewed, Revoked};
use crate::store::audit::AUDIT;
use crate::store::record::AuditEntry;
use crate::store::{Error, Store, sealed};

const TIME: &str = "2026-11-26T00:00:00Z";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

/// An authority, a token that the store knows, and a machine with a key.
struct World {
    directory: tempfile::TempDir,
    store: Store,
    token: Token,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = Authority::init(&directory.path().join("authority"), now()).unwrap();
        let scope: Bounds = "accounts=111111111111".parse().unwrap();
        let token = Token::new(authority.trust(), "localhost:7444".parse().unwrap(), scope).unwrap();
        let store = Store::in_memory();
        let stored = token.stored(now(), Duration::from_secs(600));
        store.add_token(&stored, "somebody", TIME).await.unwrap();
        Self { directory, store, token }
    }

    fn machine(&self, name: &str) -> (SigningRequest, Pin) {
        let pending = Pending::open(&self.directory.path().join(name), self.token.deployment).unwrap();
        let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
        let pin = request.pin();
        (request, pin)
    }

    fn joining(&self, key: Pin, now: SystemTime) -> Joining {
        let (token, secret) = (self.token.id, self.token.secret.clone());
        Joining { token, secret, key, agent: new_agent(), build: "1".into(), now, time: TIME.into() }
    }

    async fn join(&self, name: &str, now: SystemTime) -> Result<AgentId, NotJoined> {
        let (request, key) = self.machine(name);
        let issue = issuing(self.directory.path(), request);
        self.store.join(self.joining(key, now), issue).await.unwrap().map(|joined| agent(joined.named))
    }
}

fn issuing(
    directory: &Path,
    request: SigningRequest,
) -> impl FnOnce(&Named) -> Result<Issued, String> + Send + 'static {
    let authority = Authority::load(&directory.join("authority"), None).unwrap();
    move |named| {
        let issued = match named {
            Named::Agent(id, bounds) => authority.issue_agent(&request, id, bounds, now()),
            Named::Operator(name, role) => {
                authority.issue_operator(&request, name, *role, plumbline_identity::lifetimes::OPERATOR, now())
            }
        };
        issued.map_err(|error| error.to_string())
    }
}

fn agent(named: Named) -> AgentId {
    match named {
        Named::Agent(id, _) => id,
        Named::Operator(name, _) => panic!("{name} is an operator"),
    }
}

#[tokio::test]
async fn of_all_who_race_with_one_token_one_joins() {
    let world = World::new().await;
    let names: Vec<String> = (0..16).map(|n| format!("machine-{n}")).collect();
    let mut racing = tokio::task::JoinSet::new();
    for name in &names {
        let (request, key) = world.machine(name);
        let (store, joining) = (world.store.clone(), world.joining(key, now()));
        let issue = issuing(world.directory.path(), request);
        racing.spawn(async move { store.join(joining, issue).await.unwrap() });
    }
    let ended = racing.join_all().await;
    assert_eq!(ended.iter().filter(|joined| joined.is_ok()).count(), 1);
    let used = NotJoined::Token(TokenRefused::Used);
    assert_eq!(ended.iter().filter(|joined| joined.as_ref().is_err_and(|error| *error == used)).count(), 15);
    let agents = world.store.agents().unwrap();
    assert_eq!(agents.len(), 1);
    assert_eq!(agents[0].agent.bounds, "accounts=111111111111");
    // However often it was tried, it is said once.
    let acts: Vec<String> = world.store.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(acts, ["token.made", "agent.enrolled", "token.shown_again"]);
}

#[tokio::test]
async fn a_machine_whose_answer_was_lost_is_the_same_agent_again() {
    let world = World::new().await;
    let first = world.join("machine", now()).await.unwrap();
    assert_eq!(world.join("machine", now()).await, Ok(first));
    assert_eq!(world.store.agents().unwrap()[0].agent.certificates.len(), 2);
}

#[tokio::test]
async fn a_token_has_its_time_and_its_secret() {
    let world = World::new().await;
    let late = now() + Duration::from_secs(600);
    assert_eq!(world.join("machine", late).await, Err(TokenRefused::Expired.into()));
    let (request, key) = world.machine("machine");
    let guess = Joining { secret: Secret::from_bytes([7; 32]), ..world.joining(key, now()) };
    let issue = issuing(world.directory.path(), request);
    let refused = world.store.join(guess, issue).await.unwrap();
    assert_eq!(refused.map(|joined| agent(joined.named)), Err(TokenRefused::WrongSecret.into()));
    assert!(world.store.agents().unwrap().is_empty());
}

#[tokio::test]
async fn who_is_banned_gets_no_further_certificate() {
    let world = World::new().await;
    let agent = world.join("machine", now()).await.unwrap();
    let renew = || {
        let (request, _) = world.machine("machine");
        world.store.renew(&agent, issuing(world.directory.path(), request))
    };
    assert!(renew().await.unwrap().is_ok());
    assert!(world.store.ban(&agent, "somebody", "lost", TIME).await.unwrap());
    assert!(!world.store.ban(&agent, "somebody", "lost", TIME).await.unwrap());
    assert_eq!(renew().await.unwrap(), Err(NotRenewed::Banned));
    assert_eq!(world.join("machine", now()).await, Err(NotJoined::Banned));
    assert!(world.store.banned().unwrap().agents.contains(&agent));
    let nobody = new_agent();
    let (request, _) = world.machine("machine");
    let renewed = world.store.renew(&nobody, issuing(world.directory.path(), request)).await.unwrap();
    assert_eq!(renewed, Err(NotRenewed::Unknown));
}

#[tokio::test]
async fn a_changed_log_is_noticed() {
    let world = World::new().await;
    let agent = world.join("machine", now()).await.unwrap();
    world.store.ban(&agent, "somebody", "lost", TIME).await.unwrap();
    assert_eq!(world.store.audit().unwrap().len(), 3);
    assert!(world.store.verify().unwrap().is_clean());
    // With the right checksum, as whoever can write the file can make it.
    let forge = |transaction: &redb::WriteTransaction| {
        let mut table = transaction.open_table(AUDIT)?;
        let entry: AuditEntry = sealed::get_record(&table, "0000000000000002", "entry")?.unwrap();
        let forged = AuditEntry { actor: "nobody".into(), ..entry };
        sealed::put_record(&mut table, "0000000000000002", &forged)
    };
    world.store.write(0, forge).await.unwrap();
    assert_eq!(world.store.audit(), Err(Error::Damaged { what: "chain of the audit log" }));
    assert!(!world.store.verify().unwrap().is_clean());
}

#[tokio::test]
async fn a_store_of_before_there_were_members_has_none() {
    let store = Store::in_memory();
    let remove = |transaction: &redb::WriteTransaction| {
        for table in [MEMBERS, AUDIT] {
            transaction.delete_table(table)?;
        }
        Ok(())
    };
    store.write(0, remove).await.unwrap();
    assert!(store.agents().unwrap().is_empty() && store.audit().unwrap().is_empty());
    assert!(store.banned().unwrap().agents.is_empty() && store.deployment().unwrap().is_none());
    assert!(store.verify().unwrap().is_clean());
    store.stats().unwrap();
    store.ban(&new_agent(), "somebody", "", TIME).await.unwrap();
    assert_eq!(store.audit().unwrap().len(), 1);
}

/// What becomes of a machine that shows an operator's token.
async fn join_with(world: &World, machine: &str, token: &Token) -> Result<Named, NotJoined> {
    let (request, key) = world.machine(machine);
    let joining = Joining { token: token.id, secret: token.secret.clone(), ..world.joining(key, now()) };
    let joined = world.store.join(joining, issuing(world.directory.path(), request)).await.unwrap();
    joined.map(|joined| joined.named)
}

async fn add(world: &World, name: &OperatorName, role: Role) -> (Token, Result<(), NotAdded>) {
    let authority = Authority::load(&world.directory.path().join("authority"), None).unwrap();
    let scope = Scope::Operator { name: name.clone(), role };
    let token = Token::new(authority.trust(), "localhost:7444".parse().unwrap(), scope).unwrap();
    let stored = token.stored(now(), Duration::from_secs(600));
    let added = world.store.add_operator(&stored, (name, role), "somebody", TIME).await.unwrap();
    (token, added)
}

#[tokio::test]
async fn an_operator_joins_with_the_last_token_and_is_revoked_for_good() {
    let world = World::new().await;
    let anna: OperatorName = "anna".parse().unwrap();
    let (first, _) = add(&world, &anna, Role::Viewer).await;
    let (last, added) = add(&world, &anna, Role::Operator).await;
    assert_eq!(added, Ok(()), "she had not joined");
    assert_eq!(join_with(&world, "laptop", &first).await, Err(NotJoined::Replaced));
    let as_operator = Named::Operator(anna.clone(), Role::Operator);
    assert_eq!(join_with(&world, "laptop", &last).await, Ok(as_operator.clone()));
    assert_eq!(join_with(&world, "laptop", &last).await, Ok(as_operator), "the answer was lost");
    assert_eq!(join_with(&world, "thief", &last).await, Err(TokenRefused::Used.into()));
    assert_eq!(add(&world, &anna, Role::Viewer).await.1, Err(NotAdded::IsThere));
    let renew = || {
        let (request, _) = world.machine("laptop");
        world.store.renew_operator(&anna, issuing(world.directory.path(), request))
    };
    assert!(renew().await.unwrap().is_ok());
    let [known] = &world.store.operators().unwrap()[..] else { panic!("one operator") };
    assert_eq!((known.operator.role.as_str(), known.operator.certificates.len()), ("operator", 3));
    assert_eq!(world.store.revoke_operator(&anna, "somebody", "left", TIME).await, Ok(Revoked::Now));
    assert_eq!(world.store.revoke_operator(&anna, "somebody", "left", TIME).await, Ok(Revoked::Before));
    assert_eq!(renew().await.unwrap(), Err(NotRenewed::Revoked));
    assert_eq!(join_with(&world, "laptop", &last).await, Err(NotJoined::Banned));
    assert_eq!(add(&world, &anna, Role::Viewer).await.1, Err(NotAdded::Revoked));
    assert!(world.store.banned().unwrap().operators.contains(&anna));
    let nobody = "nobody".parse().unwrap();
    assert_eq!(world.store.revoke_operator(&nobody, "somebody", "", TIME).await, Ok(Revoked::Unknown));
    assert!(world.store.agents().unwrap().is_empty(), "operators are no agents");
    let acts: Vec<String> = world.store.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    let expected = [
        "token.made",
        "operator.added",
        "operator.added",
        "operator.enrolled",
        "operator.enrolled_again",
        "token.shown_again",
        "operator.revoked",
    ];
    assert_eq!(acts, expected);
    assert!(world.store.verify().unwrap().is_clean());
}
