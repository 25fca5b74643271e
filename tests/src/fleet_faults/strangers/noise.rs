//! Bytes that mean nothing, on everything that is listened on.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::deployment::Deployment;
use crate::store_faults::chance::Chance;

pub(super) const KINDS: [&str; 5] = [
    "noise where agents connect",
    "noise where machines join",
    "noise where agents connect in plain text",
    "noise where health and metrics are",
    "noise at the operators' socket",
];
/// Bytes of noise at most.
const MOST: usize = 20_000;
/// Bytes of an answer to it at most: an alert, or frames that end the connection.
const ANSWER: usize = 4_096;
/// How HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A record of TLS 1.0 with a handshake in it, as every client begins.
const RECORD: [u8; 3] = [0x16, 3, 1];

/// Sends some noise, and reads until the other end hangs up; whether more came back than a refusal has.
pub(super) async fn is_answered(kind: usize, there: &Deployment, chance: &mut Chance) -> anyhow::Result<bool> {
    let noise = noise(chance);
    match there.ports.get(kind) {
        Some(port) => tell(TcpStream::connect(port).await?, &noise).await,
        None => tell(UnixStream::connect(&there.socket).await?, &noise).await,
    }
}

async fn tell(mut stream: impl AsyncRead + AsyncWrite + Unpin, noise: &[u8]) -> anyhow::Result<bool> {
    // It may hang up before it has read all of it.
    let _ = stream.write_all(noise).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.take(2 * ANSWER as u64).read_to_end(&mut answer).await;
    Ok(answer.len() > ANSWER)
}

fn noise(chance: &mut Chance) -> Vec<u8> {
    let mut noise = match chance.below(4) {
        0 => PREFACE.to_vec(),
        1 => RECORD.to_vec(),
        2 => b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        _ => Vec::new(),
    };
    let length = chance.below(MOST);
    if noise == PREFACE && chance.one_in(2) {
        while noise.len() < length {
            frame(&mut noise, chance);
        }
    } else {
        noise.extend((0..length).map(|_| chance.next().to_le_bytes()[3]));
    }
    noise
}

/// A frame of HTTP/2 with the right length, and chance in it.
fn frame(noise: &mut Vec<u8>, chance: &mut Chance) {
    let length = chance.below(100);
    noise.extend([0, 0, length.to_le_bytes()[0], chance.below(12).to_le_bytes()[0], chance.next().to_le_bytes()[3]]);
    noise.extend([0, 0, 0, chance.below(4).to_le_bytes()[0]]);
    noise.extend((0..length).map(|_| chance.next().to_le_bytes()[3]));
}
