//! A scripted AWS for tests: answers JSON-protocol calls as the test says, and remembers them. STS calls, which are
//! not JSON, have the operation `""` and their form as a text.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::EndpointOverrides;
use plumbline_baseline::Doc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What STS answers about the caller.
pub(crate) const CALLER_IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>u</UserId>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What AWS answers in a Region to an operation and its input: status and body. Status 0 never answers.
pub(crate) type Script = dyn Fn(&str, &str, &Doc) -> (u16, String) + Send + Sync;

/// An AWS client for a fake, without retries.
pub(crate) fn options(fake: &Fake) -> plumbline_aws::Options {
    plumbline_aws::Options {
        endpoints: EndpointOverrides::url(&fake.endpoint),
        max_attempts: 1,
        ..plumbline_aws::Options::default()
    }
}

/// Credentials that sign, and nothing else.
pub(crate) fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None))
}

/// A running fake; it ends with the test's runtime.
pub(crate) struct Fake {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// One that answers alike in every Region.
    pub(crate) async fn start(script: impl Fn(&str, &Doc) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start_in_regions(move |_, operation, input| script(operation, input)).await
    }

    /// One whose script takes the Region, too.
    pub(crate) async fn start_in_regions(
        script: impl Fn(&str, &str, &Doc) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&calls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { endpoint, calls }
    }

    /// How often an operation was called.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| call.split(' ').next() == Some(operation)).count()
    }

    /// The inputs of an operation's calls, in order of arrival.
    pub(crate) fn inputs(&self, operation: &str) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter_map(|call| call.strip_prefix(&format!("{operation} "))).map(str::to_owned).collect()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Vec<String>>>) {
    let mut buffer = Vec::new();
    while let Some((region, operation, body)) = read_request(&mut stream, &mut buffer).await {
        let input = Doc::from_json(&body).unwrap_or_else(|_| Doc::from(body.as_str()));
        log.lock().unwrap().push(format!("{operation} {}", input.to_json()));
        let (status, body) = script(&region, &operation, &input);
        if status == 0 {
            std::future::pending::<()>().await;
        }
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String, String)> {
    let mut block = [0; 4096];
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut block).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&block[..read]),
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let header = |name: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let length: usize = header("content-length").map_or(0, |(_, value)| value.trim().parse().unwrap());
    while buffer.len() < end + length {
        match stream.read(&mut block).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&block[..read]),
        }
    }
    let body = String::from_utf8_lossy(&buffer[end..end + length]).into_owned();
    buffer.drain(..end + length);
    let target = header("x-amz-target").map_or("", |(_, value)| value.trim());
    // `Credential=AKID/20261123/eu-west-1/kms/aws4_request`
    let signed_for = header("authorization").and_then(|(_, value)| value.split('/').nth(2)).unwrap_or_default();
    Some((signed_for.to_owned(), target.rsplit('.').next().unwrap_or_default().to_owned(), body))
}
