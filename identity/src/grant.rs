//! The extension of our own in a leaf: what an agent may work for ([`crate::bounds`]), what an operator may do
//! ([`crate::operator`]), as text. So that it holds by certificate, and not only by the coordinator's record.

use rcgen::CustomExtension;
use x509_parser::asn1_rs::{FromDer, ToDer, Utf8String};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::Oid;

use crate::refused::Refused;

/// Below 2.25 is room for numbers that nobody has to register (ITU-T X.667); this one was drawn.
const OID: [u64; 3] = [2, 25, 5_769_674_766_900_647_536];

/// The extension. It is not critical, or libraries that do not know it would refuse the certificate before we read it.
pub(crate) fn extension(text: &str) -> CustomExtension {
    let content = text.to_owned().to_der_vec().expect("text has a DER form");
    CustomExtension::from_oid_content(&OID, content)
}

/// What the certificate says, once.
pub(crate) fn read(certificate: &X509Certificate<'_>) -> Result<String, Refused> {
    let oid = Oid::from(&OID).expect("the number is that of an object");
    let extension = certificate.get_extension_unique(&oid).map_err(|_| Refused::Unreadable)?.ok_or(Refused::NoGrant)?;
    match Utf8String::from_der(extension.value) {
        Ok(([], text)) => Ok(text.string()),
        _ => Err(Refused::NoGrant),
    }
}
