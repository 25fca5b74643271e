//! AWS as it is called: by host names that only real AWS has, over TLS, behind a proxy that inspects it. What is answered
//! comes from the simulator; nothing leaves the machine.

use std::sync::Arc;

use anyhow::ensure;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Budget, Budgets, Client, Environment, ErrorClass, Options, Target};
use plumbline_baseline::Doc;
use plumbline_sim::{Server, World};
use plumbline_tests::recorder::Recorder;
use plumbline_tests::simulated;
use plumbline_tests::tls_proxy::TlsProxy;
use tokio::task::JoinSet;

/// Of the process: the ceilings of `plumbline_aws`, as documented.
const CONNECTIONS: usize = 512;
const CONNECTIONS_PER_HOST: usize = 128;

/// Region, service, operation, input, and the host that is called.
const CALLS: &[(&str, &str, &str, &str, &str)] = &[
    ("eu-west-1", "s3", "GetBucketPolicy", r#"{"Bucket": "my-bucket"}"#, "s3.eu-west-1.amazonaws.com"),
    ("eu-west-1", "s3", "GetBucketPolicy", r#"{"Bucket": "my.bucket"}"#, "s3.eu-west-1.amazonaws.com"),
    ("us-east-1", "s3", "GetBucketLocation", r#"{"Bucket": "my-bucket"}"#, "s3.us-east-1.amazonaws.com"),
    (
        "cn-north-1",
        "s3control",
        "GetPublicAccessBlock",
        r#"{"AccountId": "111122223333"}"#,
        "111122223333.s3-control.cn-north-1.amazonaws.com.cn",
    ),
    ("eu-west-1", "iam", "ListAccountAliases", "{}", "iam.amazonaws.com"),
    ("us-gov-west-1", "elbv2", "DescribeLoadBalancers", "{}", "elasticloadbalancing.us-gov-west-1.amazonaws.com"),
    (
        "us-iso-east-1",
        "organizations",
        "ListPolicies",
        r#"{"Filter": "TAG_POLICY"}"#,
        "organizations.us-iso-east-1.c2s.ic.gov",
    ),
    ("eusc-de-east-1", "account", "ListRegions", "{}", "account.eusc-de-east-1.amazonaws.eu"),
];

async fn client(proxy: &TlsProxy, more: &[(&str, &str)]) -> anyhow::Result<Client> {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::of(proxy.variables().into_iter().chain(more)).await?;
    let budgets = Budgets::Uniform(Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 256 });
    Ok(Client::new(Options { max_attempts: 1, budgets, ..Options::new(environment) }))
}

fn keys() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("testing", "testing", None, None, "test"))
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_is_called_by_its_names() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let proxy = TlsProxy::start(recorder.address()).await?;
    let client = client(&proxy, &[]).await?;
    for (region, service, operation, input, host) in CALLS {
        let target = Target::new("111122223333", *region, keys());
        // The recorder answers with an empty body, which may be no answer: what counts is what was asked, and where.
        let _ = client.call(&target, service, operation, &Doc::from_json(input)?).await;
        let asked = recorder.take();
        let asked = asked.as_ref().and_then(|request| request.header("host"));
        ensure!(asked == Some(host), "{asked:?} instead of {host}");
        ensure!(proxy.counted().hosts.contains_key(&format!("{host}:443")), "{host}: {:?}", proxy.counted());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_is_called_where_aws_has_it_and_refused_where_not() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let proxy = TlsProxy::start(recorder.address()).await?;
    let client = client(&proxy, &[("AWS_USE_FIPS_ENDPOINT", "true")]).await?;
    let target = |region: &str| Target::new("111122223333", region, keys());
    let _ = client.call(&target("us-east-2"), "kms", "ListKeys", &Doc::Null).await;
    let hosts: Vec<String> = proxy.counted().hosts.into_keys().collect();
    ensure!(hosts == ["kms-fips.us-east-2.amazonaws.com:443"], "{hosts:?}");
    let error = client.call(&target("eu-west-1"), "ec2", "DescribeVolumes", &Doc::Null).await.unwrap_err();
    ensure!(error.message == "AWS publishes no FIPS endpoints of ec2 in eu-west-1", "{error:?}");
    ensure!(proxy.counted().hosts.len() == 1, "nothing else was called: {:?}", proxy.counted());
    Ok(())
}

/// Calls made at once, each on its way to a host of its own: more than there may be connections.
#[tokio::test(flavor = "multi_thread")]
async fn connections_have_ceilings() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let proxy = TlsProxy::start(recorder.address()).await?;
    let client = Arc::new(client(&proxy, &[]).await?);
    let mut calls = JoinSet::new();
    for number in 0..2 * CONNECTIONS {
        let (client, account) = (Arc::clone(&client), format!("{number:012}"));
        let input = Doc::from_json(&format!(r#"{{"AccountId": "{account}"}}"#))?;
        let target = Target::new(&account, "eu-west-1", keys());
        calls.spawn(async move {
            // Alone it would be one host; an account each makes it as many hosts as accounts.
            let answer = client.call(&target, "s3control", "GetPublicAccessBlock", &input).await;
            answer.err().filter(|error| error.class == ErrorClass::Transient)
        });
    }
    while let Some(ended) = calls.join_next().await {
        let broken = ended?;
        ensure!(broken.is_none(), "{broken:?}");
    }
    let counted = proxy.counted();
    ensure!(counted.hosts.len() == 2 * CONNECTIONS, "{} hosts", counted.hosts.len());
    // Exact at the client (its own tests); the proxy hears of a close a moment later, and of one a call at most.
    ensure!(counted.all.most <= CONNECTIONS + Options::default().calls_in_flight, "{:?}", counted.all);
    println!("{} hosts: {:?}", counted.hosts.len(), counted.all);
    // Nobody calls any more: idle connections are closed by the client.
    proxy.is_left_alone().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buckets_share_a_few_connections() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let proxy = TlsProxy::start(recorder.address()).await?;
    let client = Arc::new(client(&proxy, &[]).await?);
    let mut calls = JoinSet::new();
    for number in 0..2000 {
        let client = Arc::clone(&client);
        let input = Doc::from_json(&format!(r#"{{"Bucket": "bucket-{}"}}"#, number % 200))?;
        let target = Target::new("111122223333", "eu-west-1", keys());
        calls.spawn(async move { client.call(&target, "s3", "GetBucketVersioning", &input).await.err() });
    }
    while let Some(ended) = calls.join_next().await {
        let broken = ended?.filter(|error| error.class == ErrorClass::Transient);
        ensure!(broken.is_none(), "{broken:?}");
    }
    let counted = proxy.counted();
    ensure!(counted.hosts.len() == 1, "{:?}", counted.hosts.keys());
    ensure!(counted.all.most <= CONNECTIONS_PER_HOST, "{:?}", counted.all);
    // Kept and used again: a connection that closes is replaced, and none is made where one is idle.
    ensure!(counted.all.made <= CONNECTIONS_PER_HOST, "{:?}", counted.all);
    println!("2,000 calls for 200 buckets: {:?}", counted.all);
    Ok(())
}

async fn plan(server: &Server, proxy: &TlsProxy, variables: &[(&str, &str)]) -> plumbline_tests::binary::Said {
    let data = proxy.folder().join("data");
    let mut command = simulated::command(server, &data, &["plan", "--controls", "iam-account-alias"]);
    command.env_remove("AWS_ENDPOINT_URL").env("HTTPS_PROXY", proxy.url());
    command.envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || plumbline_tests::binary::run(&mut command)).await.expect("it runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_inspects_tls_is_trusted_as_in_the_aws_cli() -> anyhow::Result<()> {
    let server = simulated::serve(World::compliant()).await;
    let proxy = TlsProxy::start(server.address()).await?;
    let authority = proxy.authority();
    let authority = authority.to_str().expect("a temporary path is text");
    let config = proxy.folder().join("config");
    std::fs::write(&config, format!("[default]\nca_bundle = {authority}\n"))?;
    let config = config.to_str().expect("a temporary path is text");
    for variable in [("AWS_CA_BUNDLE", authority), ("SSL_CERT_FILE", authority), ("AWS_CONFIG_FILE", config)] {
        let said = plan(&server, &proxy, &[variable]).await;
        ensure!(said.code == 0, "{variable:?}: {said:?}");
    }
    let trusting_nobody = plan(&server, &proxy, &[]).await;
    ensure!(trusting_nobody.code == 1, "{trusting_nobody:?}");
    ensure!(trusting_nobody.err.contains("AWS_CA_BUNDLE"), "the next step is named: {}", trusting_nobody.err);
    let missing = plan(&server, &proxy, &[("AWS_CA_BUNDLE", "/nowhere/ca.pem")]).await;
    ensure!(missing.code == 1 && missing.err.contains("/nowhere/ca.pem"), "{missing:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_that_aws_does_not_publish_is_refused_before_the_first_call() -> anyhow::Result<()> {
    let server = simulated::serve(World::compliant()).await;
    let proxy = TlsProxy::start(server.address()).await?;
    let [_, authority] = proxy.variables();
    let fips = [(authority.0.as_str(), authority.1.as_str()), ("AWS_USE_FIPS_ENDPOINT", "true")];
    let run = async |arguments: &[&str], region: &str| {
        let data = proxy.folder().join("data");
        let mut command = simulated::command(&server, &data, arguments);
        command.env_remove("AWS_ENDPOINT_URL").env("HTTPS_PROXY", proxy.url()).env("AWS_REGION", region).envs(fips);
        tokio::task::spawn_blocking(move || plumbline_tests::binary::run(&mut command)).await.expect("it runs")
    };
    let said = run(&["plan", "--controls", "budgets-exist,kms-*"], "us-east-1").await;
    ensure!(said.code == 1, "{said:?}");
    let expected = "failed to use FIPS endpoints: AWS publishes none of budgets (us-east-1)";
    ensure!(said.err.contains(expected), "{}", said.err);
    let said = run(&["plan", "--controls", "iam-account-alias"], "eu-west-1").await;
    ensure!(said.code == 1 && said.err.contains("sts (eu-west-1)"), "{said:?}");
    ensure!(proxy.counted().all.made == 0, "nothing was called: {:?}", proxy.counted());
    // Where they are, they are called, and nothing else is.
    let said = run(&["plan", "--controls", "iam-account-alias", "--regions", "aws-global"], "us-east-1").await;
    ensure!(said.code == 0, "{said:?}");
    let hosts: Vec<String> = proxy.counted().hosts.into_keys().collect();
    ensure!(hosts.iter().all(|host| host.contains("-fips.")), "{hosts:?}");
    ensure!(hosts.len() == 2, "{hosts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_told_what_it_wants_to_know() -> anyhow::Result<()> {
    let proxy = Recorder::start().await?;
    let address = proxy.address();
    let variables = [
        ("HTTPS_PROXY".to_owned(), format!("http://me:secret@{address}")),
        ("http_proxy".to_owned(), format!("http://me:secret@{address}")),
        ("AWS_ENDPOINT_URL_SNS".to_owned(), "http://sns.example.com".to_owned()),
    ];
    let client = Client::new(Options { max_attempts: 1, ..Options::new(Environment::of(variables).await?) });
    let target = Target::new("111122223333", "eu-west-1", keys());
    for (service, operation, asked) in [
        ("kms", "ListKeys", "CONNECT kms.eu-west-1.amazonaws.com:443"),
        ("sns", "ListTopics", "POST http://sns.example.com/"),
    ] {
        // This proxy goes no further: what counts is what it was asked.
        let _ = client.call(&target, service, operation, &Doc::Null).await;
        let seen = proxy.take().expect("the proxy was asked");
        ensure!(format!("{} {}", seen.method, seen.target) == asked, "{seen:?}");
        ensure!(seen.header("proxy-authorization") == Some("Basic bWU6c2VjcmV0"), "{seen:?}");
    }
    Ok(())
}
