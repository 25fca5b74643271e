//! A moto server (an AWS emulator, Python) for tests: started on a free port, ended by its process id on drop.
//!
//! Its Python is that of `python.rs`, which makes the virtual environment when there is none.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use plumbline_baseline::Doc;

use crate::python::{python, workspace_root};
use tokio::time::Instant;

const START: Duration = Duration::from_secs(60);

/// A running moto server.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    address: SocketAddr,
}

impl Moto {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Errors
    /// When there is no Python with moto, or the server does not come up within a minute.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(|python, port| {
            let mut command = Command::new(python);
            command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", port]);
            command
        })
    }

    /// Starts a script of ours that wraps moto; it is called with the port.
    ///
    /// # Errors
    /// As [`Moto::start`].
    pub fn start_script(script: &str) -> anyhow::Result<Self> {
        Self::start_with(|python, port| {
            let mut command = Command::new(python);
            command.arg("-B").arg(workspace_root().join(script)).arg(port);
            command
        })
    }

    /// Starts a server with the organization of `tests/moto/organization.py`, and says which account is which.
    ///
    /// # Errors
    /// As [`Moto::start`], or when the script fails.
    pub fn with_organization() -> anyhow::Result<(Self, Doc)> {
        let moto = Self::start_script("tests/moto/server.py")?;
        let script = workspace_root().join("tests/moto/organization.py");
        let output = Command::new(python()?).arg("-B").arg(script).arg(moto.endpoint()).output()?;
        ensure!(output.status.success(), "organization.py failed:\n{}", String::from_utf8_lossy(&output.stderr));
        Ok((moto, Doc::from_json(&String::from_utf8(output.stdout)?)?))
    }

    fn start_with(command: impl Fn(&Path, &str) -> Command) -> anyhow::Result<Self> {
        let python = python()?;
        // The port is free now; moto takes it a moment later. A collision shows as an early exit, and is tried again.
        for _ in 0..3 {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            let child = command(&python, &address.port().to_string())
                .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
                .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
                .env_remove("AWS_ENDPOINT_URL")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| format!("start moto with {}", python.display()))?;
            let mut server = Self { child, address };
            if server.wait_until_ready()? {
                return Ok(server);
            }
        }
        bail!("moto did not start: does `{} -m moto.server --help` work?", python.display())
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<bool> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            if TcpStream::connect_timeout(&self.address, Duration::from_millis(200)).is_ok() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("moto did not accept connections within {START:?}")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
