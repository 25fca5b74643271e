//! An HTTP server that answers every request with an empty success and keeps what it was sent, byte for byte. It is
//! written by hand, so that no library stands between the client's bytes and the test.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// HTTP method.
    pub method: String,
    /// Path and query string, undecoded.
    pub target: String,
    /// Headers in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The headers that the signature covers.
    pub fn signed_headers(&self) -> Vec<&str> {
        let authorization = self.header("authorization").unwrap_or_default();
        let after = authorization.split("SignedHeaders=").nth(1).unwrap_or_default();
        after.split([',', ' ']).next().unwrap_or_default().split(';').collect()
    }
}

/// The running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    requests: Arc<Mutex<VecDeque<Recorded>>>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts it on a free port of the loopback interface.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Ok(Self { address, requests, task })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The oldest request that was not taken yet.
    pub fn take(&self) -> Option<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, requests: Arc<Mutex<VecDeque<Recorded>>>) -> anyhow::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let mut recorded = head(std::str::from_utf8(&buffer[..end])?)?;
        let length: usize = recorded.header("content-length").map_or(Ok(0), str::parse)?;
        while buffer.len() < end + 4 + length {
            anyhow::ensure!(stream.read_buf(&mut buffer).await? > 0, "the request ends early");
        }
        recorded.body = buffer[end + 4..end + 4 + length].to_vec();
        buffer.drain(..end + 4 + length);
        // As a proxy, it goes no further.
        let ends_here = recorded.method == "CONNECT";
        requests.lock().unwrap_or_else(PoisonError::into_inner).push_back(recorded);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
        if ends_here {
            return Ok(());
        }
    }
}

fn head(text: &str) -> anyhow::Result<Recorded> {
    let mut lines = text.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ');
    let method = start.next().context("a method")?.to_owned();
    let target = start.next().context("a target")?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Ok(Recorded { method, target, headers, body: Vec::new() })
}
