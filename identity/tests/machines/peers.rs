//! Who comes in at the listener of agents and operators, and who does not.

use std::sync::Arc;

use plumbline_identity::credential::Shown;
use plumbline_identity::lifetimes::AGENT as AGENT_LIFE;
use plumbline_identity::{Banned, Identity, Peer, Refused, Role, tls};
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, SanType};
use rustls::pki_types::CertificateDer;
use rustls::version::TLS12;
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion};

use crate::world::{AGENT, Clock, DAY, Made, World, connect, connect_again, noise};

fn peer(world: &World, identity: &Identity) -> Peer {
    let accepted = connect(world.server(), world.client(identity)).server.expect("it is let in");
    assert_eq!(accepted.protocol.as_deref(), Some(&b"h2"[..]));
    assert_eq!(accepted.version, Some(ProtocolVersion::TLSv1_3));
    Peer::verify(world.authority.trust(), &accepted.chain, world.clock.now()).expect("it was verified")
}

fn refused(world: &World, made: &Made) -> Refused {
    connect(world.server(), world.client_with(made)).refused()
}

#[test]
fn an_agent_comes_in_with_its_bounds() {
    let world = World::new();
    let agent = world.agent("agent");
    let Peer::Agent { id, serial, not_after, bounds } = peer(&world, &agent) else { panic!("it is an agent") };
    assert_eq!(id, AGENT);
    assert_eq!(serial, agent.credential().serial());
    assert_eq!(not_after, world.clock.now() + AGENT_LIFE);
    assert_eq!(bounds.to_string(), "regions=eu-central-1");
}

#[test]
fn an_operator_comes_in_with_its_role() {
    let world = World::new();
    for role in [Role::Viewer, Role::Operator] {
        let found = peer(&world, &world.operator("anna", role));
        assert!(
            matches!(&found, Peer::Operator { name, role: found, .. } if name.as_str() == "anna" && *found == role)
        );
    }
}

#[test]
fn a_certificate_has_its_time() {
    let world = World::new();
    let agent = world.agent("agent");
    let known = peer(&world, &agent);
    let behind = Clock::at(world.clock.now() - DAY);
    let shown = Shown::new(world.authority.coordinator(&[], world.clock.now()).unwrap());
    let server = tls::server(world.authority.trust(), &shown, behind.tls()).unwrap();
    assert_eq!(connect(server, world.client(&agent)).refused(), Refused::NotYetValid);
    world.clock.pass(AGENT_LIFE);
    assert!(!known.is_expired(world.clock.now()), "the last second is one of it");
    peer(&world, &agent);
    world.clock.pass(std::time::Duration::from_secs(1));
    assert!(known.is_expired(world.clock.now()), "the connection is open, and it is asked at every message");
    assert_eq!(connect(world.server(), world.client(&agent)).refused(), Refused::Expired);
}

#[test]
fn who_is_banned_is_known_and_banned() {
    let world = World::new();
    let (agent, operator) = (peer(&world, &world.agent("agent")), peer(&world, &world.operator("anna", Role::Viewer)));
    let mut banned = Banned::default();
    assert!(!banned.is_banned(&agent) && !banned.is_banned(&operator));
    banned.agents.insert(AGENT.parse().unwrap());
    assert!(banned.is_banned(&agent) && !banned.is_banned(&operator));
    let renewed = peer(&world, &world.agent("agent"));
    assert!(banned.is_banned(&renewed), "a new certificate is no new agent");
    banned.agents.clear();
    banned.serials.insert(agent.serial());
    assert!(banned.is_banned(&agent) && !banned.is_banned(&renewed) && !banned.is_banned(&operator));
    banned.operators.insert("anna".parse().unwrap());
    assert!(banned.is_banned(&operator));
}

#[test]
fn a_certificate_that_was_not_issued_here_is_refused() {
    let world = World::new();
    assert_eq!(refused(&world, &world.self_signed(|_| {})), Refused::SelfMade);
    // With the real issuer beside it, which did not sign it.
    let mut made = world.self_signed(|_| {});
    made.chain.push(world.stolen_issuer().0);
    made.chain.push(world.authority.trust().root().clone());
    assert_eq!(refused(&world, &made), Refused::SelfMade);
    // By an agent, which is no authority.
    let agent = world.signed(|_| {});
    let (params, key) = world.params(|_| {});
    let forged = params.signed_by(&key, &rcgen::Issuer::from_ca_cert_der(&agent.chain[0], agent.key).unwrap()).unwrap();
    let chain = [vec![forged.into()], agent.chain].concat();
    assert!(matches!(refused(&world, &Made { chain, key }), Refused::SelfMade | Refused::Other(_)));
}

#[test]
fn a_certificate_of_another_deployment_is_refused() {
    let (world, other) = (World::new(), World::new());
    let mut client = world.client(&world.agent("agent"));
    client.client_auth_cert_resolver = Arc::new(Shown::new(other.agent("agent").credential().clone()));
    let expected = Refused::OtherDeployment { found: other.deployment(), expected: world.deployment() };
    assert_eq!(connect(world.server(), client).refused(), expected);
    // Signed by ours, and naming theirs.
    let made = world.signed(|params| params.subject_alt_names = vec![other.uri("/agent/mallory")]);
    assert_eq!(refused(&world, &made), expected);
    // Signed by theirs, and naming ours.
    let made = other.signed(|params| params.subject_alt_names = vec![world.uri("/agent/mallory")]);
    assert_eq!(refused(&world, &made), Refused::SelfMade);
}

#[test]
fn a_stolen_certificate_is_nothing_without_its_key() {
    let world = World::new();
    let chain = world.agent("agent").credential().chain().to_vec();
    let made = Made { chain, key: rcgen::KeyPair::generate().unwrap() };
    assert_eq!(refused(&world, &made), Refused::NotItsKey);
}

#[test]
fn a_certificate_for_another_role_is_refused() {
    let world = World::new();
    let mut client = world.client(&world.agent("agent"));
    let coordinator = world.authority.coordinator(&[], world.clock.now()).unwrap();
    client.client_auth_cert_resolver = Arc::new(Shown::new(coordinator));
    assert_eq!(connect(world.server(), client).refused(), Refused::WrongUse);
    for (path, found) in [("/coordinator", "coordinator"), ("", "authority")] {
        let made = world.signed(|params| params.subject_alt_names = vec![world.uri(path)]);
        assert!(matches!(refused(&world, &made), Refused::WrongRole { found: role, .. } if role == found), "{path}");
    }
    let made = world.signed(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    assert_eq!(refused(&world, &made), Refused::WrongUse);
    // The issuer itself.
    let blocks = pem::parse_many(std::fs::read(world.directory().join("issuer.pem")).unwrap()).unwrap();
    let key = rcgen::KeyPair::try_from(blocks[0].contents()).unwrap();
    let made = Made { chain: vec![world.stolen_issuer().0], key };
    assert!(matches!(refused(&world, &made), Refused::WrongRole { found: "authority", .. }));
}

#[test]
fn a_certificate_names_one_and_says_what_it_allows() {
    let world = World::new();
    let named = |names: Vec<SanType>| refused(&world, &world.signed(|params| params.subject_alt_names = names));
    let host = || SanType::DnsName("agent.example".try_into().unwrap());
    assert_eq!(named(vec![]), Refused::NoName);
    assert_eq!(named(vec![host()]), Refused::NoName);
    assert_eq!(named(vec![SanType::URI("https://agent.example/".try_into().unwrap())]), Refused::NoName);
    assert_eq!(named(vec![world.uri("/agent/..")]), Refused::NoName);
    assert_eq!(named(vec![world.uri("/agent/a"), world.uri("/agent/b")]), Refused::SeveralNames);
    assert_eq!(named(vec![world.uri("/agent/a"), world.uri("/operator/a")]), Refused::SeveralNames);
    assert_eq!(named(vec![world.uri("/agent/a"), host()]), Refused::SeveralNames);
    assert_eq!(named(vec![host(), world.uri("/agent/a")]), Refused::SeveralNames);
    assert_eq!(named(vec![world.uri("/agent/a")]), Refused::NoGrant);
    let numbered = world.signed(|params| params.serial_number = Some(vec![0x42; 17].into()));
    assert_eq!(refused(&world, &numbered), Refused::Unreadable, "a ban could not name it");
    // What an operator may do is nothing that bounds an agent, and the other way round.
    let oid = grant_of(&world);
    let granted = |path: &str, content: &[u8]| {
        let made = world.signed(|params| {
            params.subject_alt_names = vec![world.uri(path)];
            params.custom_extensions = vec![CustomExtension::from_oid_content(&oid, content.to_vec())];
        });
        connect(world.server(), world.client_with(&made))
    };
    assert!(granted("/agent/a", b"\x0c\x03any").server.is_ok(), "the number is the right one");
    assert!(granted("/operator/a", b"\x0c\x06viewer").server.is_ok());
    for (path, content) in [
        ("/agent/a", &b"\x0c\x06viewer"[..]),
        ("/operator/a", b"\x0c\x03any"),
        ("/operator/a", b"\x0c\x05admin"),
        ("/agent/a", b"\x0c\x03an"),
        ("/agent/a", b"\x0c\x03anyx"),
        ("/agent/a", b"\x04\x03any"),
        ("/agent/a", b"\x0c\x00"),
    ] {
        assert_eq!(granted(path, content).refused(), Refused::NoGrant, "{path} {content:?}");
    }
}

/// Every bit of what is shown, one at a time.
#[test]
fn no_bit_of_a_chain_can_be_changed() {
    let world = World::new();
    let chain = world.agent("agent").credential().chain().to_vec();
    let verify = |chain: &[CertificateDer<'static>]| Peer::verify(world.authority.trust(), chain, world.clock.now());
    assert!(verify(&chain).is_ok());
    for (place, der) in chain.iter().enumerate() {
        for at in 0..der.len() {
            for bit in 0..8 {
                let mut changed = chain.clone();
                let mut bytes = der.to_vec();
                bytes[at] ^= 1 << bit;
                changed[place] = bytes.into();
                assert!(verify(&changed).is_err(), "certificate {place}, byte {at}, bit {bit}");
            }
            let mut cut = chain.clone();
            cut[place] = der[..at].to_vec().into();
            assert!(verify(&cut).is_err(), "certificate {place}, {at} bytes");
        }
    }
    assert_eq!(verify(&[]), Err(Refused::NoCertificate));
    assert_eq!(verify(&chain[..1]), Err(Refused::SelfMade), "without its issuer");
    assert!(verify(&vec![chain[0].clone(); 1000]).is_err());
}

/// The number of the extension, read from a certificate that the authority made.
fn grant_of(world: &World) -> Vec<u64> {
    let agent = world.agent("other");
    let (_, read) = x509_parser::parse_x509_certificate(&agent.credential().chain()[0]).unwrap();
    let ours = read.extensions().iter().find(|extension| extension.oid.to_id_string().starts_with("2.25."));
    ours.unwrap().oid.to_id_string().split('.').map(|part| part.parse().unwrap()).collect()
}

#[test]
fn nobody_comes_in_without_a_certificate() {
    let world = World::new();
    let client = tls::joining_client(world.deployment(), world.authority.trust().pin(), world.clock.tls()).unwrap();
    assert_eq!(connect(world.server(), client).refused(), Refused::NoCertificate);
}

#[test]
fn nothing_older_is_spoken() {
    let world = World::new();
    let agent = world.agent("agent");
    let ours = world.client(&agent);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_details(provider, world.clock.tls()).with_protocol_versions(&[&TLS12]).unwrap();
    let mut old = builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    old.client_auth_cert_resolver = Arc::clone(&ours.client_auth_cert_resolver);
    for server in [world.server(), world.joining_server()] {
        assert_eq!(connect(server, old.clone()).refused(), Refused::Incompatible);
    }
    let mut http1 = ours;
    http1.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert_eq!(connect(world.server(), http1).refused(), Refused::Incompatible);
}

#[test]
fn what_is_not_tls_is_refused() {
    let world = World::new();
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: coordinator\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        &[0; 4096],
        &[0xff; 4096],
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01\xff\xff\x01\x00\x00\x00",
    ] {
        for server in [world.server(), world.joining_server()] {
            let error = noise(server, bytes).expect_err("it is refused");
            assert_eq!(Refused::of(&error), Some(Refused::NotTls), "{bytes:?}: {error:?}");
        }
    }
    // A record that never ends waits: how long is the listener's to say.
    noise(world.server(), b"\x16\x03\x01\x40\x00\x01").unwrap();
}

/// A session that is resumed shows no certificate: one that has ended, or was banned, would live on in it.
#[test]
fn no_session_is_resumed() {
    let world = World::new();
    let (server, client) = (Arc::new(world.server()), Arc::new(world.client(&world.agent("agent"))));
    for _ in 0..3 {
        let met = connect_again(&server, &client);
        assert_eq!(met.client.unwrap(), Some(HandshakeKind::Full));
    }
    // By a client that would like to.
    let mut eager = (*client).clone();
    eager.resumption = rustls::client::Resumption::in_memory_sessions(16);
    let eager = Arc::new(eager);
    for _ in 0..3 {
        assert_eq!(connect_again(&server, &eager).client.unwrap(), Some(HandshakeKind::Full));
    }
}
