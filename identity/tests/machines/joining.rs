//! From a token to an identity, and what a request for a certificate may not wish for.

use plumbline_identity::deployment::new_agent;
use plumbline_identity::lifetimes::TOKEN;
use plumbline_identity::token::{Redeemed, Scope, TokenRefused};
use plumbline_identity::{Bounds, Peer, Pending, SigningRequest, Subject, Token, Trust, request, tls};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::world::{World, connect};

fn token(world: &World) -> Token {
    let scope: Bounds = "accounts=111111111111".parse().unwrap();
    Token::new(world.authority.trust(), "coordinator.example:7443".parse().unwrap(), scope).unwrap()
}

#[test]
fn a_machine_joins_with_a_token_and_comes_in_with_its_certificate() {
    let world = World::new();
    let made = token(&world);
    let stored = made.stored(world.clock.now(), TOKEN);
    // At the machine, which has the line and nothing else.
    let token: Token = made.text().parse().unwrap();
    let home = world.home.path().join("agent");
    let pending = Pending::open(&home, token.deployment).unwrap();
    let client = tls::joining_client(token.deployment, token.pin, world.clock.tls()).unwrap();
    assert!(connect(world.joining_server(), client).server.is_ok());
    // At the coordinator.
    let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
    assert_eq!(stored.redeem(&token.secret, request.pin(), world.clock.now()), Ok(Redeemed::First));
    let agent = new_agent();
    let Scope::Agent(bounds) = stored.scope.clone() else { panic!("the token is an agent's") };
    let issued = world.authority.issue_agent(&request, &agent, &bounds, world.clock.now()).unwrap();
    let used = stored.used_by(request.pin(), agent.as_str());
    // At the machine, where the root comes with the answer and is held against the pin.
    let chain = world.authority.coordinator(&[], world.clock.now()).unwrap().chain().to_vec();
    let trust = Trust::of_pin(&chain, token.pin).unwrap();
    let identity = pending.keep(&trust, issued.chain, world.clock.now()).unwrap();
    assert_eq!(*identity.subject(), Subject::Agent(agent.clone()));
    let accepted = connect(world.server(), world.client(&identity)).server.unwrap();
    let peer = Peer::verify(world.authority.trust(), &accepted.chain, world.clock.now()).unwrap();
    let Peer::Agent { id, bounds, .. } = peer else { panic!("{peer:?}") };
    assert_eq!((id, Scope::Agent(bounds)), (agent, used.scope.clone()));
    // Whoever comes with the same line gets nothing.
    let thief = Pending::open(&world.home.path().join("thief"), token.deployment).unwrap();
    let request = SigningRequest::parse(&thief.request().unwrap()).unwrap();
    assert_eq!(used.redeem(&token.secret, request.pin(), world.clock.now()), Err(TokenRefused::Used));
    // And with another one of the same deployment neither.
    let another = self::token(&world).secret;
    assert_eq!(used.redeem(&another, request.pin(), world.clock.now()), Err(TokenRefused::WrongSecret));
}

/// The machine is killed, or the answer lost, between the coordinator's commit and the file: nobody has to come.
#[test]
fn a_machine_whose_answer_was_lost_asks_again_with_the_same_key() {
    let world = World::new();
    let token = token(&world);
    let stored = token.stored(world.clock.now(), TOKEN);
    let home = world.home.path().join("agent");
    let ask = || SigningRequest::parse(&Pending::open(&home, token.deployment).unwrap().request().unwrap()).unwrap();
    let (first, again) = (ask(), ask());
    assert_eq!(first.pin(), again.pin());
    let used = stored.used_by(first.pin(), "a");
    let redeemed = used.redeem(&token.secret, again.pin(), world.clock.now());
    assert_eq!(redeemed, Ok(Redeemed::Again("a".to_owned())));
}

#[test]
fn what_a_request_wishes_for_is_not_read() {
    let world = World::new();
    let key = KeyPair::generate().unwrap();
    let mut wish = CertificateParams::default();
    wish.distinguished_name.push(DnType::CommonName, "coordinator");
    wish.subject_alt_names = vec![world.uri("/operator/root"), world.uri("/coordinator")];
    wish.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wish.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    wish.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any];
    wish.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 25, 1], b"\x0c\x03any".to_vec())];
    let request = SigningRequest::parse(wish.serialize_request(&key).unwrap().der()).unwrap();
    let bounds: Bounds = "accounts=111111111111".parse().unwrap();
    let issued = world.authority.issue_agent(&request, &"a".parse().unwrap(), &bounds, world.clock.now()).unwrap();
    let peer = Peer::verify(world.authority.trust(), &issued.chain, world.clock.now()).unwrap();
    assert!(matches!(&peer, Peer::Agent { id, bounds: found, .. } if *id == "a" && *found == bounds));
    let (_, read) = x509_parser::parse_x509_certificate(&issued.chain[0]).unwrap();
    assert!(!read.is_ca());
    let usage = read.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !usage.any);
    let usage = read.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign());
    assert!(!read.subject().to_string().contains("coordinator"));
    assert_eq!(read.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 1);
    assert!(read.raw_serial().len() <= 20 && read.raw_serial()[0] < 0x80, "it is positive");
}

#[test]
fn a_request_is_for_the_key_of_who_asks() {
    let key = KeyPair::generate().unwrap();
    let der = CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
    // With any bit changed it is not signed, or still for the same key: a signature has more than one spelling.
    let pin = SigningRequest::parse(&der).unwrap().pin();
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            assert!(SigningRequest::parse(&changed).map_or(true, |read| read.pin() == pin), "bit {bit} of byte {at}");
        }
        assert!(SigningRequest::parse(&der[..at]).is_err(), "{at} bytes");
    }
    let theirs = KeyPair::generate().unwrap();
    let (mine, their) = (key.public_key_raw(), theirs.public_key_raw());
    let at = der.windows(mine.len()).position(|part| part == mine).unwrap();
    let mut swapped = der.clone();
    swapped[at..at + mine.len()].copy_from_slice(their);
    assert_eq!(SigningRequest::parse(&swapped).unwrap_err(), request::Error::NotItsKey);
    let other = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let der = CertificateParams::default().serialize_request(&other).unwrap().der().to_vec();
    assert_eq!(SigningRequest::parse(&der).unwrap_err(), request::Error::Algorithm);
    let longer = [der.as_slice(), b"x"].concat();
    assert_eq!(SigningRequest::parse(&longer).unwrap_err(), request::Error::Unreadable);
    assert_eq!(SigningRequest::parse(&vec![0x30; 100_000]).unwrap_err(), request::Error::Unreadable);
}

#[test]
fn an_id_that_no_certificate_can_carry_gets_none() {
    let world = World::new();
    let request = CertificateParams::default().serialize_request(&KeyPair::generate().unwrap()).unwrap();
    let request = SigningRequest::parse(request.der()).unwrap();
    let issue = |id: &str, bounds: &Bounds| {
        world.authority.issue_agent(&request, &id.parse().unwrap(), bounds, world.clock.now())
    };
    assert!(issue("..", &Bounds::default()).is_err());
    assert!(issue("a", &Bounds::default()).is_ok());
    let accounts = (0..1000).map(|number| format!("{number:012}").parse().unwrap()).collect();
    let long = Bounds { accounts, ..Bounds::default() };
    assert!(issue("a", &long).unwrap_err().to_string().contains("name units"));
    assert!(Token::new(world.authority.trust(), "a:1".parse().unwrap(), long).is_err());
}
