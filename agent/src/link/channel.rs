//! Connections to the coordinator: settings that notice a dead peer, and no plain text beyond this machine.

use std::net::IpAddr;
use std::time::Duration;

use tonic::transport::Endpoint;

use crate::service::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;

/// The coordinator's address, checked.
///
/// # Errors
/// When it is not an address, or is plain text to another machine.
pub(crate) fn endpoint(address: &str) -> Result<Endpoint, Error> {
    const FORM: &str = "write it as http://127.0.0.1:PORT";
    let refused = |reason: &str| Error::Address { address: address.to_owned(), reason: reason.to_owned() };
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| refused(FORM))?;
    let host = endpoint.uri().host().ok_or_else(|| refused(FORM))?;
    match endpoint.uri().scheme_str() {
        Some("http") if is_loopback(host) => {}
        Some("http") => return Err(refused("plain text is only for loopback addresses")),
        _ => return Err(refused(FORM)),
    }
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .tcp_nodelay(true))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for good in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for bad in ["http://10.0.0.1:1", "http://example.com", "ftp://127.0.0.1", "127.0.0.1", "", "http://"] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }
}
