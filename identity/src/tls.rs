//! TLS as it is spoken between the deployment's machines: 1.3 only, HTTP/2 only, no roots but the deployment's own, and no
//! resumed sessions, which would carry a certificate past its end.
//!
//! Two listeners: one for agents and operators, who show certificates, and one for joining, where nobody has any yet.

mod verifiers;

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig};

use crate::credential::Shown;
use crate::deployment::Deployment;
use crate::pin::Pin;
use crate::provider::provider;
use crate::trust::Trust;
use verifiers::{Clients, Coordinator};

/// The wall clock of whoever opens connections.
pub type Clock = Arc<dyn TimeProvider>;

const HTTP2: &[u8] = b"h2";

/// For the listener of agents and operators: nobody comes in without a certificate of theirs.
///
/// # Errors
/// When the provider of cryptography lacks TLS 1.3.
pub fn server(trust: &Trust, shown: &Shown, clock: Clock) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_details(provider(), clock).with_protocol_versions(&[&TLS13])?;
    let builder = builder.with_client_cert_verifier(Arc::new(Clients::new(trust.clone())));
    Ok(careful_server(builder.with_cert_resolver(Arc::new(shown.clone()))))
}

/// For the listener where machines join: whoever comes in has a token, or nothing.
///
/// # Errors
/// When the provider of cryptography lacks TLS 1.3.
pub fn joining_server(shown: &Shown, clock: Clock) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_details(provider(), clock).with_protocol_versions(&[&TLS13])?;
    Ok(careful_server(builder.with_no_client_auth().with_cert_resolver(Arc::new(shown.clone()))))
}

/// For an agent or an operator, who shows its own certificate and accepts the deployment's coordinator only.
///
/// # Errors
/// When the provider of cryptography lacks TLS 1.3.
pub fn client(trust: &Trust, shown: &Shown, clock: Clock) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_details(provider(), clock).with_protocol_versions(&[&TLS13])?;
    let verifier = Arc::new(Coordinator::trusted(trust.clone()));
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(careful_client(builder.with_client_cert_resolver(Arc::new(shown.clone()))))
}

/// For a machine that joins without a token: it knows the name of the root's key, and learns the deployment from it.
///
/// # Errors
/// When the provider of cryptography lacks TLS 1.3.
pub fn pinned_client(pin: Pin, clock: Clock) -> Result<ClientConfig, rustls::Error> {
    joining(Coordinator::pinned(None, pin), clock)
}

/// For a machine that joins, which has nothing but what its token says.
///
/// # Errors
/// When the provider of cryptography lacks TLS 1.3.
pub fn joining_client(deployment: Deployment, pin: Pin, clock: Clock) -> Result<ClientConfig, rustls::Error> {
    joining(Coordinator::pinned(Some(deployment), pin), clock)
}

fn joining(coordinator: Coordinator, clock: Clock) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_details(provider(), clock).with_protocol_versions(&[&TLS13])?;
    let verifier = Arc::new(coordinator);
    Ok(careful_client(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

fn careful_server(mut config: ServerConfig) -> ServerConfig {
    config.alpn_protocols = vec![HTTP2.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config
}

fn careful_client(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![HTTP2.to_vec()];
    config.resumption = Resumption::disabled();
    config
}
