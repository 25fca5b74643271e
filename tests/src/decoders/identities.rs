//! What lets a machine in: tokens, their scopes and bounds, addresses and names; requests for certificates; certificates.

use std::str::FromStr;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use plumbline_baseline::{AccountId, AgentId, JobId, Region, ScanId};
use plumbline_identity::token::Scope;
use plumbline_identity::{Address, Authority, Bounds, OperatorName, Peer, SigningRequest, Token, Trust, UnitId};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use super::Read;

/// How a token begins; what follows is its payload, and the check of it.
const NAME: &str = "plumbline";
const VERSION: &str = "1";
/// Bytes of the check.
const CHECK: usize = 8;
/// When all of this happens.
static NOW: LazyLock<SystemTime> = LazyLock::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_700_000));

/// A deployment, with a certificate of an agent and a request for one.
struct Deployment {
    trust: Trust,
    chain: Vec<CertificateDer<'static>>,
    request: Vec<u8>,
    token: String,
}

static DEPLOYMENT: LazyLock<Deployment> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let authority = Authority::init(folder.path(), *NOW).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let request = CertificateParams::default().serialize_request(&key).expect("a request").der().to_vec();
    let signing = SigningRequest::parse(&request).expect("it is one");
    let agent = "agent".parse().expect("a name");
    let bounds: Bounds = "accounts=111122223333 regions=eu-central-1 units=r-abcd".parse().expect("bounds");
    let chain = authority.issue_agent(&signing, &agent, &bounds, *NOW).expect("a certificate").chain;
    let address = "coordinator.example:7443".parse().expect("an address");
    let token = Token::new(authority.trust(), address, bounds).expect("a token").text();
    Deployment { trust: authority.trust().clone(), chain, request, token }
});

/// What is read of any bytes.
pub(super) fn identities(bytes: &[u8]) -> Read {
    let mut is_any = is_request(bytes) | is_certificate(bytes) | is_payload(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        is_any |= is_token(text);
        is_any |= is_the_same::<Scope>(text) | is_the_same::<Bounds>(text) | is_the_same::<UnitId>(text);
        is_any |= is_the_same::<Address>(text) | is_the_same::<OperatorName>(text);
        is_any |= is_the_same::<AccountId>(text) | is_the_same::<Region>(text) | is_the_same::<AgentId>(text);
        is_any |= is_the_same::<ScanId>(text) | is_the_same::<JobId>(text);
    }
    is_any.into()
}

/// Whether it can be read; written again it is the same text.
fn is_the_same<T: FromStr + ToString>(text: &str) -> bool {
    let Ok(read) = text.parse::<T>() else { return false };
    assert_eq!(read.to_string(), text);
    true
}

fn is_token(text: &str) -> bool {
    let Ok(token) = text.parse::<Token>() else { return false };
    assert_eq!(token.text(), text.trim_ascii(), "one token has two texts");
    true
}

/// A token with this payload: whoever forges one can compute its check.
fn is_payload(payload: &[u8]) -> bool {
    let Ok(length) = u16::try_from(2 + payload.len() + CHECK) else { return false };
    let mut whole = length.to_be_bytes().to_vec();
    whole.extend(payload);
    let hash = Sha256::new().chain_update(NAME).chain_update(VERSION).chain_update(&whole).finalize();
    whole.extend(&hash[..CHECK]);
    is_token(&format!("{NAME}{VERSION}.{}", BASE64URL_NOPAD.encode(&whole)))
}

fn is_request(der: &[u8]) -> bool {
    let Ok(request) = SigningRequest::parse(der) else { return false };
    let again = SigningRequest::parse(der).expect("it was one before");
    assert_eq!(request.pin().to_string(), again.pin().to_string());
    true
}

/// Whether it is the root of a deployment, or the certificate of an agent of this one.
fn is_certificate(der: &[u8]) -> bool {
    let certificate = CertificateDer::from(der.to_vec());
    let root = Trust::of_root(&certificate);
    if let Ok(trust) = &root {
        let is_it = trust.deployment() == DEPLOYMENT.trust.deployment();
        assert!(!is_it || trust.pin() == DEPLOYMENT.trust.pin(), "another root of this deployment");
    }
    let mut chain = DEPLOYMENT.chain.clone();
    chain[0] = certificate;
    let peer = Peer::verify(&DEPLOYMENT.trust, &chain, *NOW);
    if peer.is_ok() {
        assert_eq!(der, &*DEPLOYMENT.chain[0], "a certificate was let in that nobody issued");
    }
    root.is_ok() | peer.is_ok()
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let there = &*DEPLOYMENT;
    let texts = [
        there.token.as_str(),
        "accounts=111122223333,444455556666 regions=eu-central-1 units=ou-abcd-12345678",
        "operator=anna role=operator",
        "[fd00::5]:7443",
        "coordinator.example:7443",
        "111122223333",
        "eu-central-1",
        "01M8DWF5NESWGYC9X193B5MQ48-000001",
    ];
    let body = there.token.split_once('.').map_or("", |(_, body)| body);
    let payload = BASE64URL_NOPAD.decode(body.as_bytes()).expect("a token is in base64");
    let mut all: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.push(payload[2..payload.len() - CHECK].to_vec());
    all.push(there.request.clone());
    all.push(there.trust.root().to_vec());
    all.push(there.chain[0].to_vec());
    all
}
