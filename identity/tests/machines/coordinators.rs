//! Whom an agent takes for its coordinator, and whom a machine that joins.

use plumbline_identity::credential::Shown;
use plumbline_identity::{Refused, tls};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType};

use crate::world::{Made, World, connect};

/// Why an agent refused what this server shows.
fn refused(world: &World, made: &Made) -> Refused {
    connect(world.server_with(made), world.client(&world.agent("agent"))).refused_by_client()
}

/// Why a machine that joins did.
fn refused_joining(world: &World, made: &Made) -> Refused {
    let pin = world.authority.trust().pin();
    let client = tls::joining_client(world.deployment(), pin, world.clock.tls()).unwrap();
    connect(world.server_with(made), client).refused_by_client()
}

fn as_coordinator(world: &World) -> impl Fn(&mut CertificateParams) + '_ {
    |params| {
        params.subject_alt_names = vec![world.uri("/coordinator")];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }
}

#[test]
fn the_coordinator_is_known_under_any_host_name() {
    let world = World::new();
    let made = world.signed(as_coordinator(&world));
    assert!(connect(world.server_with(&made), world.client(&world.agent("agent"))).client.is_ok());
    let hosts = ["coordinator.example", "10.0.0.5", "fd00::5"];
    let shown = Shown::new(world.authority.coordinator(&hosts, world.clock.now()).unwrap());
    let server = tls::server(world.authority.trust(), &shown, world.clock.tls()).unwrap();
    assert!(connect(server, world.client(&world.agent("agent"))).server.is_ok());
    // For whoever looks for host names, they are there.
    let current = shown.current();
    let (_, read) = x509_parser::parse_x509_certificate(&current.chain()[0]).unwrap();
    assert_eq!(read.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 4);
    for wrong in ["", "https://coordinator.example", "a b"] {
        assert!(world.authority.coordinator(&[wrong], world.clock.now()).is_err(), "{wrong}");
    }
}

#[test]
fn another_coordinator_is_refused() {
    let (world, other) = (World::new(), World::new());
    let met = connect(other.server(), world.client(&world.agent("agent")));
    let expected = Refused::OtherDeployment { found: other.deployment(), expected: world.deployment() };
    assert_eq!(met.refused_by_client(), expected);
    let forged = world.self_signed(as_coordinator(&world));
    assert_eq!(refused(&world, &forged), Refused::SelfMade);
    let mut with_root = world.self_signed(as_coordinator(&world));
    with_root.chain.push(world.stolen_issuer().0);
    with_root.chain.push(world.authority.trust().root().clone());
    assert_eq!(refused(&world, &with_root), Refused::SelfMade);
    assert_eq!(refused_joining(&world, &with_root), Refused::SelfMade, "the root is anybody's to show");
}

#[test]
fn an_agent_is_no_coordinator() {
    let world = World::new();
    let made = world.signed(|_| {});
    assert_eq!(refused(&world, &made), Refused::WrongUse);
    assert_eq!(refused_joining(&world, &made), Refused::WrongUse);
    for (path, found) in [("/agent/a", "agent"), ("/operator/a", "operator"), ("", "authority")] {
        let made = world.signed(|params| {
            as_coordinator(&world)(params);
            params.subject_alt_names = vec![world.uri(path)];
        });
        assert!(matches!(refused(&world, &made), Refused::WrongRole { found: role, .. } if role == found), "{path}");
    }
    let host = || SanType::DnsName("coordinator.example".try_into().unwrap());
    for (names, expected) in [
        (vec![host()], Refused::NoName),
        (vec![world.uri("/coordinator"), world.uri("/coordinator")], Refused::SeveralNames),
        (
            vec![world.uri("/coordinator"), SanType::Rfc822Name("a@b.example".try_into().unwrap())],
            Refused::SeveralNames,
        ),
    ] {
        let made = world.signed(|params| {
            as_coordinator(&world)(params);
            params.subject_alt_names = names.clone();
        });
        assert_eq!(refused(&world, &made), expected, "{names:?}");
    }
}

#[test]
fn a_coordinator_needs_its_key_and_its_time() {
    let world = World::new();
    let chain = world.signed(as_coordinator(&world)).chain;
    let made = Made { chain, key: rcgen::KeyPair::generate().unwrap() };
    assert_eq!(refused(&world, &made), Refused::NotItsKey);
    assert_eq!(refused_joining(&world, &made), Refused::NotItsKey);
    let ended = world.signed(|params| {
        as_coordinator(&world)(params);
        params.not_after = (world.clock.now() - std::time::Duration::from_secs(1)).into();
    });
    assert_eq!(refused(&world, &ended), Refused::Expired);
    assert_eq!(refused_joining(&world, &ended), Refused::Expired);
}

#[test]
fn a_machine_that_joins_needs_the_key_of_its_token() {
    let (world, other) = (World::new(), World::new());
    let join = |deployment, pin| {
        let client = tls::joining_client(deployment, pin, world.clock.tls()).unwrap();
        connect(world.joining_server(), client)
    };
    let (deployment, pin) = (world.deployment(), world.authority.trust().pin());
    assert!(join(deployment, pin).server.is_ok());
    assert_eq!(join(deployment, other.authority.trust().pin()).refused_by_client(), Refused::WrongPin);
    let expected = Refused::OtherDeployment { found: deployment, expected: other.deployment() };
    assert_eq!(join(other.deployment(), pin).refused_by_client(), expected);
    // Without the root there is nothing to hold the pin against.
    let mut made = world.signed(as_coordinator(&world));
    made.chain.truncate(2);
    assert_eq!(refused_joining(&world, &made), Refused::WrongPin);
    // The pin of the issuer is not one of the root.
    let made = world.signed(as_coordinator(&world));
    let (_, read) = x509_parser::parse_x509_certificate(&made.chain[1]).unwrap();
    let pin = plumbline_identity::Pin::of(read.public_key().raw);
    let client = tls::joining_client(deployment, pin, world.clock.tls()).unwrap();
    assert_eq!(connect(world.server_with(&made), client).refused_by_client(), Refused::SelfMade);
}
