//! Assumed roles: what STS is asked for, and whose credentials come back, on an emulator that no one here wrote.
//! What the cache does with them is tested beside it, without a server.

use anyhow::ensure;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::credentials::{Error, verify};
use plumbline_aws::{AssumeRole, Caller, Client, EndpointOverrides, ErrorClass, Options, Target};
use plumbline_baseline::Doc;
use plumbline_tests::moto::Moto;
use plumbline_tests::recorder::Recorder;

const ROLE: &str = "arn:aws:iam::222222222222:role/PlumblineAudit";

fn caller(endpoint: String) -> (Client, Caller) {
    let options = Options { endpoints: EndpointOverrides::url(endpoint), max_attempts: 1, ..Options::default() };
    let keys = SharedCredentialsProvider::new(Credentials::new("testing", "testing", None, None, "test"));
    let client = Client::new(options);
    let caller = Caller::with_credentials(&client, keys, "eu-west-1");
    (client, caller)
}

fn role() -> AssumeRole {
    AssumeRole {
        role_arn: ROLE.to_owned(),
        external_id: Some("ext-1".to_owned()),
        session_name: "scan 01/eu-west-1".to_owned(),
        source_identity: Some("plumbline".to_owned()),
        policy: Some(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()),
        tags: vec![("scan".to_owned(), "01".to_owned())],
        region: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_another_account_is_that_account() -> anyhow::Result<()> {
    let moto = Moto::start()?;
    let (client, caller) = caller(moto.endpoint());
    ensure!(caller.identity().await?.account == "123456789012");
    let credentials = caller.assume(role())?;
    verify(&credentials).await?;
    let identity = caller.identity_of(&credentials).await?;
    ensure!(identity.account == "222222222222", "{identity:?}");
    ensure!(identity.arn.ends_with("assumed-role/PlumblineAudit/scan-01-eu-west-1"), "{identity:?}");
    let target = Target::new(&identity.account, "eu-west-1", credentials);
    let answer = client.call(&target, "sts", "GetCallerIdentity", &Doc::Null).await?;
    ensure!(answer.at("Account").as_str() == Some("222222222222"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sts_is_told_who_asks_and_what_for() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let (_, caller) = caller(recorder.endpoint());
    // The recorder's answer has no credentials; what was asked is what matters here.
    ensure!(verify(&caller.assume(role())?).await.is_err());
    let request = recorder.take().expect("STS was asked");
    let body = String::from_utf8(request.body)?;
    for pair in [
        "Action=AssumeRole",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2FPlumblineAudit",
        "ExternalId=ext-1",
        "RoleSessionName=scan-01-eu-west-1",
        "SourceIdentity=plumbline",
        "DurationSeconds=3600",
        "Tags.member.1.Key=scan",
        "Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D",
    ] {
        ensure!(body.split('&').any(|found| found == pair), "{pair} in {body}");
    }
    let too_long = AssumeRole { policy: Some("x".repeat(3000)), ..role() };
    ensure!(matches!(caller.assume(too_long), Err(Error::PolicyTooLong { length: 3000, .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_sts_says_so() -> anyhow::Result<()> {
    let (_, caller) = caller("http://127.0.0.1:1".to_owned());
    let error = verify(&caller.assume(role())?).await.unwrap_err();
    ensure!(matches!(&error, Error::Unreachable(_)), "{error:?}");
    ensure!(error.class() == ErrorClass::Transient);
    Ok(())
}
