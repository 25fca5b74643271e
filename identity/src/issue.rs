//! Certificates as the authority writes them. Everything in them is decided here: of a request only the key is taken.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use crate::deployment::{Deployment, Subject};
use crate::lifetimes::Validity;
use crate::serial::Serial;

/// A certificate that was issued, with what its owner shows along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate and the issuer's.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its number.
    pub serial: Serial,
    /// The last second in which it is good.
    pub not_after: SystemTime,
}

/// A new P-256 key.
pub(crate) fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

/// How many authorities may stand below one.
pub(crate) const ROOT_DEPTH: u8 = 1;
pub(crate) const ISSUER_DEPTH: u8 = 0;

/// The certificate of a root or an issuer.
pub(crate) fn authority(
    deployment: Deployment,
    depth: u8,
    validity: Validity,
) -> Result<CertificateParams, rcgen::Error> {
    let name = if depth == ROOT_DEPTH { "root" } else { "issuer" };
    let (mut params, serial) = common(deployment, &Subject::Authority, validity)?;
    // An issuer's name has its number: two of them are good at a time, and a name that both had would say nothing.
    params.distinguished_name.push(DnType::CommonName, format!("Plumbline {name} {serial}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(depth));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params)
}

/// The certificate of an agent, an operator or the coordinator.
pub(crate) fn leaf(
    deployment: Deployment,
    subject: &Subject,
    validity: Validity,
) -> Result<(CertificateParams, Serial), rcgen::Error> {
    let (mut params, serial) = common(deployment, subject, validity)?;
    params.distinguished_name.push(DnType::CommonName, format!("Plumbline {}", subject.kind()));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match subject {
        Subject::Coordinator => ExtendedKeyUsagePurpose::ServerAuth,
        _ => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    Ok((params, serial))
}

fn common(
    deployment: Deployment,
    subject: &Subject,
    validity: Validity,
) -> Result<(CertificateParams, Serial), rcgen::Error> {
    let serial = Serial::random();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(serial.bytes()));
    params.subject_alt_names = vec![SanType::URI(subject.uri(deployment).try_into()?)];
    params.not_before = OffsetDateTime::from(validity.not_before);
    params.not_after = OffsetDateTime::from(validity.not_after);
    params.use_authority_key_identifier_extension = true;
    Ok((params, serial))
}

/// When to renew: at half of the life, give or take a tenth of it, so that those that were made together do not come
/// back together. The number of the certificate is the chance: it is the same after a restart.
pub(crate) fn renew_at(validity: Validity, serial: Serial) -> SystemTime {
    let life = validity.not_after.duration_since(validity.made()).unwrap_or(Duration::ZERO);
    let drawn = u32::from_be_bytes(serial.bytes()[12..].try_into().expect("four bytes of sixteen"));
    let share = 0.4 + 0.2 * f64::from(drawn) / f64::from(u32::MAX);
    validity.made() + life.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifetimes::{AGENT, from_seconds};

    #[test]
    fn agents_renew_around_half_of_their_life_and_not_together() {
        let validity = Validity::new(from_seconds(1_000_000), AGENT, None);
        let hours = |serial| renew_at(validity, serial).duration_since(validity.made()).unwrap().as_secs_f64() / 3600.0;
        let drawn: Vec<f64> = (0..200).map(|_| hours(Serial::random())).collect();
        assert!(drawn.iter().all(|hours| (9.6..=14.4).contains(hours)), "{drawn:?}");
        let (early, late) = (drawn.iter().filter(|hours| **hours < 11.0), drawn.iter().filter(|hours| **hours > 13.0));
        assert!(early.count() > 10 && late.count() > 10, "{drawn:?}");
    }
}
