//! Where a coordinator listens: a host and a port, as people write them.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use rustls::pki_types::ServerName;

const LONGEST: usize = 255;

/// `coordinator.example:7443`, `10.0.0.5:7443`, `[fd00::5]:7443`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: ServerName<'static>,
    port: u16,
    text: String,
}

impl Address {
    /// The host, for TLS; who answers there is known by its certificate, and not by this name.
    pub fn host(&self) -> &ServerName<'static> {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}

/// Text that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address is a host and a port, such as coordinator.example:7443 or [fd00::5]:7443")]
pub struct Invalid;

impl FromStr for Address {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(Invalid);
        }
        let (host, port) = text.rsplit_once(':').ok_or(Invalid)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        // An IPv6 address has colons of its own, and stands in brackets; nothing else does.
        if bracketed.is_some_and(|host| !host.contains(':')) || (bracketed.is_none() && host.contains(':')) {
            return Err(Invalid);
        }
        let host = ServerName::try_from(bracketed.unwrap_or(host).to_owned()).map_err(|_| Invalid)?;
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid);
        }
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(Invalid)?;
        Ok(Self { host, port, text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for right in ["localhost:1", "coordinator.example:7443", "10.0.0.5:65535", "[fd00::5]:7443"] {
            assert_eq!(right.parse::<Address>().unwrap().to_string(), right);
        }
        for wrong in [
            "",
            ":",
            "host",
            "host:",
            ":7443",
            "host:0",
            "host:65536",
            "host:+1",
            "host:1:2",
            "fd00::5",
            "fd00::5:7443",
            "[host]:7443",
            "[fd00::5]",
            "[fd00::5:7443",
            "https://host:7443",
            "ho st:7443",
            "host:7443\n",
            "h\u{f6}st:7443",
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(Invalid), "{wrong}");
        }
        assert_eq!(format!("{}:7443", "a".repeat(300)).parse::<Address>(), Err(Invalid));
    }
}
