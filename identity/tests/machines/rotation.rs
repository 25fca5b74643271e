//! Certificates are replaced while connections are made, and nobody has to come.

use std::sync::Arc;
use std::time::Duration;

use plumbline_identity::authority::{Error, Rotation};
use plumbline_identity::credential::Shown;
use plumbline_identity::lifetimes::{COORDINATOR, ISSUER, ISSUER_SIGNS, OPERATOR};
use plumbline_identity::{Authority, Refused, Role, tls};

use crate::world::{DAY, World, connect, connect_again};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_issuer_is_replaced_and_what_it_signed_lives_out_its_time() {
    let mut world = World::new();
    let due = world.clock.now() + ISSUER_SIGNS;
    assert_eq!(world.authority.rotate(world.clock.now()).unwrap(), Rotation::NotDue(due));
    world.clock.pass(ISSUER_SIGNS - SECOND);
    assert_eq!(world.authority.rotate(world.clock.now()).unwrap(), Rotation::NotDue(due));
    let (agent, operator) = (world.agent("agent"), world.operator("anna", Role::Operator));
    let old = world.server();
    world.clock.pass(SECOND);
    assert_eq!(world.authority.rotate(world.clock.now()).unwrap(), Rotation::Done);
    let young = world.agent("young");
    let issuers = |chain: &[rustls::pki_types::CertificateDer<'static>]| chain[1].clone();
    assert_ne!(issuers(agent.credential().chain()), issuers(young.credential().chain()));
    for identity in [&agent, &operator, &young] {
        assert!(connect(world.server(), world.client(identity)).server.is_ok(), "at the new coordinator's certificate");
        assert!(connect(old.clone(), world.client(identity)).server.is_ok(), "and at the old one's");
    }
    world.authority = Authority::load(&world.directory(), None).unwrap();
    // The operator's was signed a second before the old issuer stopped, and is good until its own end.
    world.clock.pass(OPERATOR - SECOND);
    assert!(connect(world.server(), world.client(&operator)).server.is_ok());
    world.clock.pass(SECOND * 2);
    assert_eq!(connect(world.server(), world.client(&operator)).refused(), Refused::Expired);
}

#[test]
fn nothing_outlives_its_issuer() {
    let world = World::new();
    world.clock.pass(ISSUER - DAY / 2);
    let agent = world.agent("agent");
    assert_eq!(agent.credential().not_after(), world.clock.now() + DAY / 2);
    assert!(connect(world.server(), world.client(&agent)).server.is_ok());
    world.clock.pass(DAY / 2);
    assert!(matches!(world.authority.coordinator(&[], world.clock.now()), Err(Error::IssuerEnded)));
}

#[test]
fn the_root_key_may_be_away_until_it_is_needed() {
    let mut world = World::new();
    let (here, away) = (world.directory().join("root.key"), world.home.path().join("safe"));
    std::fs::rename(&here, &away).unwrap();
    world.authority = Authority::load(&world.directory(), Some(world.deployment())).unwrap();
    world.clock.pass(ISSUER_SIGNS);
    let error = world.authority.rotate(world.clock.now()).unwrap_err();
    assert!(matches!(&error, Error::RootKeyAway { path } if *path == here), "{error}");
    assert!(connect(world.server(), world.client(&world.agent("agent"))).server.is_ok(), "everything goes on");
    // Another deployment's key is no help.
    let other = World::new();
    std::fs::copy(other.directory().join("root.key"), &here).unwrap();
    assert!(matches!(world.authority.rotate(world.clock.now()), Err(Error::Damaged(_))));
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(world.authority.rotate(world.clock.now()).unwrap(), Rotation::Done);
}

#[test]
fn a_root_that_has_ended_signs_nothing() {
    let mut world = World::new();
    world.clock.pass(plumbline_identity::lifetimes::ROOT);
    assert!(matches!(world.authority.rotate(world.clock.now()), Err(Error::RootEnded)));
}

#[test]
fn both_ends_show_a_new_certificate_without_a_restart() {
    let world = World::new();
    let shown = Shown::new(world.authority.coordinator(&[], world.clock.now()).unwrap());
    let server = Arc::new(tls::server(world.authority.trust(), &shown, world.clock.tls()).unwrap());
    let agent = world.agent("agent");
    let mine = Shown::new(agent.credential().clone());
    let client = Arc::new(tls::client(agent.trust(), &mine, world.clock.tls()).unwrap());
    assert!(connect_again(&server, &client).server.is_ok());
    let half = shown.current().renew_at().duration_since(world.clock.now()).unwrap();
    assert!(half > COORDINATOR / 3 && half < COORDINATOR * 2 / 3, "{half:?}");
    world.clock.pass(COORDINATOR + SECOND);
    assert_eq!(connect_again(&server, &client).refused_by_client(), Refused::Expired);
    shown.replace(world.authority.coordinator(&[], world.clock.now()).unwrap());
    assert_eq!(connect_again(&server, &client).refused(), Refused::Expired);
    let renewed = world.agent("agent");
    mine.replace(renewed.credential().clone());
    let accepted = connect_again(&server, &client).server.unwrap();
    assert_eq!(accepted.chain, renewed.credential().chain());
}
