//! What a service manager is told, as `sd_notify(3)` says: that the service is ready, that it stops, and, where it wants to
//! know, that it is alive. Without a manager nothing is said.

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

use plumbline_coordinator::Handle;

/// A service manager.
#[derive(Clone, Debug, Default)]
pub(super) struct Notify {
    socket: Option<OsString>,
    /// How often it wants to hear that the service is alive: half of what it waits for.
    alive_every: Option<Duration>,
}

impl Notify {
    /// The manager that the environment names.
    pub(super) fn from_environment() -> Self {
        let socket = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty());
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let is_meant = number("WATCHDOG_PID").is_none_or(|process| process == u64::from(std::process::id()));
        let every = number("WATCHDOG_USEC").filter(|microseconds| is_meant && *microseconds > 0);
        Self { socket, alive_every: every.map(|microseconds| Duration::from_micros(microseconds / 2)) }
    }

    /// Everything is bound, and what was left goes on.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// It was told to stop.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Says that the service is alive as long as its store is.
    ///
    /// # Errors
    /// Never.
    pub(super) async fn watch(self, handle: Handle) -> Result<(), String> {
        let Some(every) = self.alive_every else { return std::future::pending().await };
        loop {
            if handle.failure().is_none() {
                self.tell("WATCHDOG=1");
            }
            tokio::time::sleep(every).await;
        }
    }

    fn tell(&self, state: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = send(socket, state) {
            tracing::warn!(%error, state, "the service manager was not told");
        }
    }
}

fn send(socket: &OsString, state: &str) -> std::io::Result<()> {
    let address = match socket.as_bytes().split_first() {
        // A name that is no file.
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(Path::new(socket))?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notify = Notify { socket: Some(path.into_os_string()), alive_every: None };
        let mut heard = [0; 64];
        notify.ready();
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        notify.stopping();
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"STOPPING=1");
        drop(manager);
        // A manager that went away is not waited for.
        notify.ready();
        Notify::default().ready();
    }

    #[test]
    fn a_name_that_is_no_file_is_a_manager_too() {
        let name = format!("plumbline-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let notify = Notify { socket: Some(format!("@{name}").into()), alive_every: None };
        notify.ready();
        let mut heard = [0; 64];
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
    }
}
