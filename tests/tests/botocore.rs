//! The client against botocore where no server is needed: endpoints of every service in every Region, and signatures
//! of the requests that the client really sends.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, ensure};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Client, EndpointOverrides, Options, Target, Variant, endpoint, partition};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;
use plumbline_tests::python::{python, workspace_root};
use plumbline_tests::recorder::{Recorded, Recorder};

fn script(name: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(python()?);
    command.arg("-B").arg(workspace_root().join("tests/differential").join(name));
    Ok(command)
}

fn lines(output: Vec<u8>) -> anyhow::Result<Vec<Doc>> {
    String::from_utf8(output)?.lines().map(|line| Ok(Doc::from_json(line)?)).collect()
}

#[test]
fn endpoints_are_botocores_in_every_region() -> anyhow::Result<()> {
    let output = script("endpoints.py")?.args(Catalog::embedded().service_names()).output()?;
    ensure!(output.status.success(), "endpoints.py failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let expected = lines(output.stdout)?;
    let (mut differences, mut ordinary, mut variants) = (Vec::new(), 0, 0);
    for line in &expected {
        let text = |name: &str| line.get(name).as_str().unwrap_or_default();
        let flag = |name: &str| line.get(name).as_bool().unwrap_or_default();
        let service = Catalog::embedded().service(text("service")).context("services come from the catalog")?;
        let variant = Variant { fips: flag("fips"), dual_stack: flag("dual_stack") };
        let ours = endpoint::resolve(service, text("region"), &EndpointOverrides::default(), variant);
        match (&ours, variant == Variant::default()) {
            (Err(endpoint::Error::NotPublished { .. }), false) => continue,
            (_, true) => ordinary += 1,
            (_, false) => variants += 1,
        }
        let same = ours.as_ref().is_ok_and(|ours| {
            ours.url == text("url") && ours.signing_region == text("signing_region") && !ours.is_override
        });
        let known = partition::partition_of(text("region")).map(|partition| partition.name) == Some(text("partition"));
        if !same || !known || !partition::is_known_region(text("region")) {
            differences.push(format!("{} but ours is {ours:?}", line.to_json()));
        }
    }
    let regions: usize = partition::all().iter().map(|partition| partition.regions.len()).sum();
    let services = Catalog::embedded().service_names().count();
    println!("{ordinary} endpoints and {variants} variants: {services} services in {regions} Regions");
    ensure!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    ensure!(ordinary == regions * services, "a Region of ours is not botocore's");
    ensure!(variants > 500, "FIPS and dual-stack endpoints are compared too");
    Ok(())
}

/// Service, operation, Region, input: each protocol, path and query escapes, global signing Regions, S3's own rules.
const SIGNED: &[(&str, &str, &str, &str)] = &[
    ("iam", "ListVirtualMFADevices", "eu-west-1", r#"{"Marker": "/a b/ü&=+*~/"}"#),
    ("sts", "GetCallerIdentity", "ap-south-1", "{}"),
    (
        "ec2",
        "DescribeVolumes",
        "eu-west-1",
        r#"{"Filters": [{"Name": "tag:a b", "Values": ["x/y", "z=1"]}], "MaxResults": 5}"#,
    ),
    (
        "elbv2",
        "DescribeTags",
        "us-west-2",
        r#"{"ResourceArns": ["arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/app/a/b"]}"#,
    ),
    ("cloudtrail", "DescribeTrails", "eu-central-1", r#"{"includeShadowTrails": false}"#),
    ("cloudwatch", "DescribeAlarms", "us-east-1", r#"{"AlarmNamePrefix": "ä"}"#),
    ("organizations", "ListPolicies", "eu-west-1", r#"{"Filter": "TAG_POLICY"}"#),
    (
        "lambda",
        "GetPolicy",
        "eu-west-1",
        r#"{"FunctionName": "arn:aws:lambda:eu-west-1:1:function:a b", "Qualifier": "$LATEST ü/+"}"#,
    ),
    ("guardduty", "GetDetector", "us-gov-west-1", r#"{"DetectorId": "a/b c:d*e"}"#),
    ("s3", "ListBuckets", "eu-west-1", r#"{"BucketRegion": "eu-west-1", "Prefix": "a/b c+d", "MaxBuckets": 7}"#),
    ("s3", "GetBucketPolicy", "us-east-1", r#"{"Bucket": "my.bucket", "ExpectedBucketOwner": "111122223333"}"#),
    ("s3", "GetBucketTagging", "cn-north-1", r#"{"Bucket": "a b ü(1)"}"#),
    ("s3control", "GetPublicAccessBlock", "eu-west-1", r#"{"AccountId": "111122223333"}"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_botocores() -> anyhow::Result<()> {
    let recorder = Recorder::start().await?;
    let endpoints = EndpointOverrides::url(recorder.endpoint());
    let client = Client::new(Options { endpoints, max_attempts: 1, ..Options::default() });
    let (key, secret) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let keys = Credentials::new(key, secret, Some("session/token+with=signs".to_owned()), None, "test");
    let keys = SharedCredentialsProvider::new(keys);

    let mut records = Vec::new();
    for (service, operation, region, input) in SIGNED {
        let target = Target::new("111122223333", *region, keys.clone());
        // The recorder answers with an empty body, which is no answer: what counts is what was asked.
        let _ = client.call(&target, service, operation, &Doc::from_json(input)?).await;
        let descriptor: &Arc<_> = Catalog::embedded().service(service).context("known")?;
        let signing = endpoint::resolve(descriptor, region, &EndpointOverrides::default(), Variant::default())?;
        let record = recorder.take().context("the request was recorded")?;
        records.push((record, descriptor.signing_name.clone(), signing.signing_region));
    }
    let expected = resigned(&records)?;
    for (index, ((record, ..), expected)) in records.iter().zip(&expected).enumerate() {
        let ours = record.header("authorization").context("it is signed")?.replace(", ", ",");
        let expected = expected.get("authorization").as_str().unwrap_or_default().replace(", ", ",");
        ensure!(ours == expected, "{:?}\n  ours     {ours}\n  botocore {expected}\n  {record:?}", SIGNED[index]);
        for header in ["host", "x-amz-date", "x-amz-security-token"] {
            ensure!(record.signed_headers().contains(&header), "{header} is not signed: {record:?}");
        }
    }
    println!("{} signatures equal botocore's", expected.len());
    Ok(())
}

fn resigned(records: &[(Recorded, String, String)]) -> anyhow::Result<Vec<Doc>> {
    let mut child = script("resign.py")?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    for (record, service, region) in records {
        let signed = record.signed_headers();
        let headers: Vec<_> = record.headers.iter().filter(|(name, _)| signed.contains(&name.as_str())).collect();
        let line = serde_json::json!({
            "method": record.method,
            "url": format!("http://{}{}", record.header("host").unwrap_or_default(), record.target),
            "headers": headers,
            "body": String::from_utf8_lossy(&record.body),
            "service": service,
            "region": region,
        });
        writeln!(stdin, "{line}")?;
    }
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "resign.py failed");
    lines(output.stdout)
}

#[test]
fn descriptors_are_what_the_extractor_writes() -> anyhow::Result<()> {
    let script = workspace_root().join("baseline/apis/extract.py");
    let output = Command::new(python()?).arg("-B").arg(script).arg("--check").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn the_extractor_derives_what_its_tests_say() -> anyhow::Result<()> {
    let folder = workspace_root().join("baseline/apis");
    let output = Command::new(python()?).args(["-B", "extract_test.py"]).current_dir(folder).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
