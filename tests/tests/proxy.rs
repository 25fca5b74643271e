//! Host names that only real AWS has, seen by a proxy: the client is told to use one, and the proxy keeps what it is
//! asked to connect to. Nothing leaves the machine.
//!
//! The proxy is named by the environment, which a test must not change for its process: so the calls are made by a
//! second run of this binary.

use std::process::Command;

use anyhow::ensure;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Client, EndpointOverrides, ErrorClass, Options, Target};
use plumbline_baseline::Doc;
use plumbline_tests::recorder::Recorder;

const CHILD: &str = "PLUMBLINE_PROXY_TEST_CHILD";

/// Region, service, operation, input, and what the proxy must be asked for.
const CALLS: &[(&str, &str, &str, &str, &str)] = &[
    ("eu-west-1", "s3", "GetBucketPolicy", r#"{"Bucket": "my-bucket"}"#, "my-bucket.s3.eu-west-1.amazonaws.com:443"),
    ("eu-west-1", "s3", "GetBucketPolicy", r#"{"Bucket": "my.bucket"}"#, "s3.eu-west-1.amazonaws.com:443"),
    ("us-east-1", "s3", "GetBucketLocation", r#"{"Bucket": "my-bucket"}"#, "s3.us-east-1.amazonaws.com:443"),
    (
        "cn-north-1",
        "s3control",
        "GetPublicAccessBlock",
        r#"{"AccountId": "111122223333"}"#,
        "111122223333.s3-control.cn-north-1.amazonaws.com.cn:443",
    ),
    ("eu-west-1", "iam", "ListAccountAliases", "{}", "iam.amazonaws.com:443"),
    ("us-gov-west-1", "elbv2", "DescribeLoadBalancers", "{}", "elasticloadbalancing.us-gov-west-1.amazonaws.com:443"),
];

#[tokio::test(flavor = "multi_thread")]
async fn aws_is_called_by_its_names_through_the_environments_proxy() -> anyhow::Result<()> {
    if std::env::var_os(CHILD).is_some() {
        return call_everything().await;
    }
    let proxy = Recorder::start().await?;
    let url = proxy.endpoint();
    let child = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(CHILD, "1").env("HTTPS_PROXY", &url).env_remove("NO_PROXY").env_remove("no_proxy");
        command.output()
    });
    let output = child.await??;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (.., expected) in CALLS {
        let asked = proxy.take().map(|request| format!("{} {}", request.method, request.target));
        ensure!(asked.as_deref() == Some(&format!("CONNECT {expected}")), "{asked:?} instead of {expected}");
    }
    Ok(())
}

async fn call_everything() -> anyhow::Result<()> {
    let client =
        Client::new(Options { endpoints: EndpointOverrides::default(), max_attempts: 1, ..Options::default() });
    let keys = SharedCredentialsProvider::new(Credentials::new("testing", "testing", None, None, "test"));
    for (region, service, operation, input, _) in CALLS {
        let target = Target::new("111122223333", *region, keys.clone());
        let result = client.call(&target, service, operation, &Doc::from_json(input)?).await;
        // The proxy speaks no TLS: every call must end there.
        ensure!(result.is_err_and(|error| error.class == ErrorClass::Transient));
    }
    Ok(())
}
