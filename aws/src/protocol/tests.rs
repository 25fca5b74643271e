//! Each protocol on bytes as AWS sends them, and requests as AWS expects them. Then on anything else: no body may make
//! a reader panic.

use plumbline_baseline::api::Catalog;
use proptest::prelude::*;

use super::*;

const DIRECT: Addressing = Addressing { host_prefix: true };

fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in pairs {
        headers.insert(*name, *value);
    }
    headers
}

fn try_read(service: &str, name: &str, body: &[u8]) -> Result<Doc, Error> {
    let service = Catalog::embedded().service(service).unwrap();
    read(service, name, &service.operations[name], 200, &headers(&[]), body)
}

#[track_caller]
fn check_read(service: &str, name: &str, body: &str, expected: &str) {
    let expected = Doc::from_json(expected).unwrap();
    let found = try_read(service, name, body.as_bytes()).unwrap();
    assert_eq!(found.to_json(), expected.to_json());
}

fn build(service: &str, name: &str, input: &str, addressing: Addressing) -> Result<Request, Error> {
    let service = Catalog::embedded().service(service).unwrap();
    request(service, name, &service.operations[name], &Doc::from_json(input).unwrap(), addressing)
}

fn body_of(service: &str, name: &str, input: &str) -> String {
    String::from_utf8(build(service, name, input, DIRECT).unwrap().body).unwrap()
}

#[test]
fn query_results_stand_in_a_wrapper() {
    let body = r#"<?xml version="1.0"?>
        <ListVirtualMFADevicesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListVirtualMFADevicesResult>
          <VirtualMFADevices>
            <member><SerialNumber>a &amp; b&#x41;</SerialNumber><EnableDate>2026-11-23T14:00:00Z</EnableDate><Unknown><x/></Unknown></member>
            <member><SerialNumber><![CDATA[<c>]]></SerialNumber></member>
          </VirtualMFADevices><IsTruncated>false</IsTruncated>
        </ListVirtualMFADevicesResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListVirtualMFADevicesResponse>"#;
    let expected = r#"{"VirtualMFADevices": [
        {"SerialNumber": "a & bA", "EnableDate": "2026-11-23T14:00:00Z"}, {"SerialNumber": "<c>"}], "IsTruncated": false}"#;
    check_read("iam", "ListVirtualMFADevices", body, expected);
}

#[test]
fn query_maps_have_entries() {
    let body = "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Owner</key><value>1</value></entry>\
        <entry><key>Policy</key><value>{&quot;a&quot;: 1}</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>";
    check_read("sns", "GetTopicAttributes", body, r#"{"Attributes": {"Owner": "1", "Policy": "{\"a\": 1}"}}"#);
}

#[test]
fn ec2_results_stand_in_the_root() {
    let body = "<DescribeVolumesResponse><requestId>1</requestId><volumeSet><item><volumeId>vol-1</volumeId>\
        <size>8</size><encrypted>true</encrypted><attachmentSet/><createTime>2026-11-23T14:00:00.120Z</createTime>\
        <tagSet><item><key>Name</key><value/></item></tagSet></item></volumeSet></DescribeVolumesResponse>";
    let expected = r#"{"Volumes": [{"VolumeId": "vol-1", "Size": 8, "Encrypted": true, "Attachments": [],
        "CreateTime": "2026-11-23T14:00:00.12Z", "Tags": [{"Key": "Name", "Value": ""}]}]}"#;
    check_read("ec2", "DescribeVolumes", body, expected);
}

#[test]
fn rest_xml_reads_flattened_lists_attributes_and_payloads() {
    let rules = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256\
        </SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule><Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>\
        </ServerSideEncryptionConfiguration>";
    let expected = r#"{"ServerSideEncryptionConfiguration": {"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}, {"BucketKeyEnabled": true}]}}"#;
    check_read("s3", "GetBucketEncryption", rules, expected);
    let acl = r#"<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://x" xsi:type="Group">
        <URI>http://acs/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"#;
    let expected =
        r#"{"Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs/AllUsers"}, "Permission": "READ"}]}"#;
    check_read("s3", "GetBucketAcl", acl, expected);
    check_read("s3", "GetBucketPolicy", r#"{"Statement": []}"#, r#"{"Policy": "{\"Statement\": []}"}"#);
}

#[test]
fn a_buckets_location_is_the_root_itself() {
    let xmlns = r#"xmlns="http://s3.amazonaws.com/doc/2006-03-01/""#;
    let body = format!("<LocationConstraint {xmlns}>eu-west-1</LocationConstraint>");
    check_read("s3", "GetBucketLocation", &body, r#"{"LocationConstraint": "eu-west-1"}"#);
    check_read("s3", "GetBucketLocation", &format!("<LocationConstraint {xmlns}/>"), "{}");
}

#[test]
fn json_reads_by_shape() {
    let body = r#"{"logGroups": [{"logGroupName": "aä", "creationTime": 1, "retentionInDays": null, "new": [{}]}],
        "nextToken": null}"#;
    check_read("logs", "DescribeLogGroups", body, r#"{"logGroups": [{"logGroupName": "aä", "creationTime": 1}]}"#);
    let body = r#"{"KeyMetadata": {"KeyId": "k", "CreationDate": 1795442400.123, "Enabled": true}}"#;
    let expected = r#"{"KeyMetadata": {"KeyId": "k", "CreationDate": "2026-11-23T14:00:00.123Z", "Enabled": true}}"#;
    check_read("kms", "DescribeKey", body, expected);
    check_read("lambda", "ListTags", r#"{"Tags": {"a": "b"}}"#, r#"{"Tags": {"a": "b"}}"#);
}

#[test]
fn an_answer_cannot_pretend_to_be_unread() {
    let body = r#"{"Tags": {"$unread": "throttled"}}"#;
    assert!(try_read("lambda", "ListTags", body.as_bytes()).unwrap().at("Tags").unread().is_none());
    let body = r#"{"Tags": {"$unread": {"reason": "throttled"}}}"#;
    assert!(try_read("lambda", "ListTags", body.as_bytes()).is_err(), "a tag's value is text");
}

#[test]
fn truncated_and_foreign_bodies_are_errors() {
    for (service, name, body) in [
        (
            "iam",
            "ListVirtualMFADevices",
            "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><VirtualMFADevices><member><SerialNumber>a",
        ),
        ("ec2", "DescribeVolumes", "<a><volumeSet><item></a>"),
        ("ec2", "DescribeVolumes", "<a><volumeSet><item><size>many</size></item></volumeSet></a>"),
        ("s3", "ListBuckets", "<Error><Code>InternalError</Code></Error>"),
        ("s3", "ListBuckets", "<a>&unknown;<Buckets><Bucket><Name>&unknown;</Name></Bucket></Buckets></a>"),
        ("kms", "ListKeys", r#"{"Keys": [{"KeyId": "#),
        ("kms", "ListKeys", "{} {}"),
        ("kms", "ListKeys", "<html>"),
        // A body that says nothing, or something else, is not an empty listing.
        ("kms", "ListKeys", ""),
        ("kms", "ListKeys", "null"),
        ("kms", "ListKeys", "[]"),
        ("kms", "ListKeys", r#""blocked""#),
        ("kms", "ListKeys", r#"{"Keys": "blocked"}"#),
        ("kms", "ListKeys", r#"{"Keys": {"KeyId": "k"}}"#),
        ("kms", "ListKeys", r#"{"Keys": ["k"]}"#),
        ("lambda", "ListFunctions", " "),
        ("iam", "ListVirtualMFADevices", ""),
        ("iam", "ListVirtualMFADevices", "<html><body>blocked</body></html>"),
        ("iam", "ListVirtualMFADevices", "<ListVirtualMFADevicesResponse/>"),
        ("ec2", "DescribeVolumes", ""),
        ("ec2", "DescribeVolumes", "<HTML><body>blocked</body></HTML>"),
        ("ec2", "DescribeVolumes", "<DescribeVpcsResponse/>"),
        ("s3", "ListBuckets", ""),
        ("s3", "ListBuckets", "<!DOCTYPE html><html><body>blocked</body></html>"),
        ("s3", "GetBucketEncryption", ""),
        ("s3", "GetBucketPolicy", ""),
        ("s3", "GetBucketLocation", ""),
    ] {
        let result = try_read(service, name, body.as_bytes());
        assert!(matches!(result, Err(Error::Malformed(_))), "{service}:{name} {body}: {result:?}");
    }
}

#[test]
fn requests_of_query_and_ec2_are_forms() {
    let body = body_of("iam", "ListVirtualMFADevices", r#"{"Marker": "/a b/", "MaxItems": 2}"#);
    assert_eq!(body, "Action=ListVirtualMFADevices&Version=2010-05-08&Marker=%2Fa%20b%2F&MaxItems=2");
    let body = body_of("iam", "GetAccountAuthorizationDetails", r#"{"Filter": ["User", "Role"]}"#);
    assert!(body.ends_with("&Filter.member.1=User&Filter.member.2=Role"), "{body}");
    let input = r#"{"VolumeIds": ["v"], "Filters": [{"Name": "n", "Values": ["x", "y"]}], "DryRun": false}"#;
    let body = body_of("ec2", "DescribeVolumes", input);
    for pair in ["VolumeId.1=v", "Filter.1.Name=n", "Filter.1.Value.1=x", "Filter.1.Value.2=y", "DryRun=false"] {
        assert!(body.split('&').any(|found| found == pair), "{pair} in {body}");
    }
}

#[test]
fn requests_of_json_name_their_target() {
    let request = build("logs", "DescribeLogGroups", r#"{"limit": 3}"#, DIRECT).unwrap();
    assert_eq!(String::from_utf8(request.body).unwrap(), r#"{"limit":3}"#);
    assert!(request.headers.contains(&("x-amz-target".into(), "Logs_20140328.DescribeLogGroups".into())));
    assert!(request.headers.contains(&("content-type".into(), "application/x-amz-json-1.1".into())));
    let request = build("sqs", "ListQueues", "null", DIRECT).unwrap();
    assert!(request.headers.contains(&("x-amzn-query-mode".into(), "true".into())));
}

#[test]
fn requests_of_rest_bind_paths_queries_and_headers() {
    let request = build("lambda", "GetPolicy", r#"{"FunctionName": "arn:a/b", "Qualifier": "x y"}"#, DIRECT).unwrap();
    assert_eq!(request.path_and_query, "/2015-03-31/functions/arn%3Aa%2Fb/policy?Qualifier=x%20y");
    let input = r#"{"Bucket": "b", "ExpectedBucketOwner": "1"}"#;
    let request = build("s3", "GetBucketPolicy", input, DIRECT).unwrap();
    assert_eq!(request.path_and_query, "/b?policy");
    assert_eq!(request.headers, [("x-amz-expected-bucket-owner".to_owned(), "1".to_owned())]);
}

#[test]
fn an_account_goes_into_the_host_name_and_a_bucket_does_not() {
    for (bucket, path) in [("my-bucket", "/my-bucket?policy"), ("my.bucket", "/my.bucket?policy")] {
        let request = build("s3", "GetBucketPolicy", &format!(r#"{{"Bucket": "{bucket}"}}"#), DIRECT).unwrap();
        assert_eq!((request.host_prefix, request.path_and_query.as_str()), (None, path));
    }
    let account = r#"{"AccountId": "111122223333"}"#;
    let request = build("s3control", "GetPublicAccessBlock", account, DIRECT).unwrap();
    assert_eq!(request.host_prefix.as_deref(), Some("111122223333."));
    let emulator = Addressing { host_prefix: false };
    let request = build("s3control", "GetPublicAccessBlock", account, emulator).unwrap();
    assert_eq!(request.host_prefix, None);
    assert_eq!(request.headers, [("x-amz-account-id".to_owned(), "111122223333".to_owned())]);
}

#[test]
fn who_wants_a_checksum_gets_that_of_nothing() {
    let request =
        build("s3control", "ListMultiRegionAccessPoints", r#"{"AccountId": "111122223333"}"#, DIRECT).unwrap();
    assert_eq!(request.headers[0], ("content-md5".to_owned(), "1B2M2Y8AsgTpgAmY7PhCfg==".to_owned()));
    assert!(request.body.is_empty());
}

#[test]
fn inputs_are_checked() {
    let unknown = build("s3", "GetBucketPolicy", r#"{"Bucket": "b", "Buckt": "c"}"#, DIRECT);
    assert_eq!(unknown, Err(Error::UnknownMember("Buckt".into())));
    assert_eq!(build("s3", "GetBucketPolicy", "{}", DIRECT), Err(Error::MissingMember("Bucket".into())));
    assert!(build("s3", "GetBucketPolicy", r#"{"Bucket": ["b"]}"#, DIRECT).is_err());
    assert!(build("ec2", "DescribeVolumes", r#"{"VolumeIds": "v"}"#, DIRECT).is_err());
}

#[track_caller]
fn check_failure(service: &str, head: &[(&'static str, &'static str)], body: &str, code: &str, message: &str) {
    let service = Catalog::embedded().service(service).unwrap();
    let answer = read_failure(service, 400, &headers(head), body.as_bytes());
    assert_eq!((answer.code.as_str(), answer.message.as_str(), answer.http_status), (code, message, 400));
}

#[test]
fn errors_are_read_in_every_protocol() {
    let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a &amp; b</Message></Error></ErrorResponse>";
    check_failure("iam", &[], query, "NoSuchEntity", "a & b");
    let ec2 =
        "<Response><Errors><Error><Code>InvalidVolume.NotFound</Code><Message>m</Message></Error></Errors></Response>";
    check_failure("ec2", &[], ec2, "InvalidVolume.NotFound", "m");
    let s3 = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>m</Message><BucketName>b</BucketName></Error>";
    check_failure("s3", &[], s3, "NoSuchBucket", "m");
    let json = r#"{"__type": "com.amazon#ValidationException:http://x", "message": "m"}"#;
    check_failure("kms", &[], json, "ValidationException", "m");
    let rest = r#"{"Message": "m"}"#;
    check_failure(
        "lambda",
        &[("x-amzn-errortype", "ResourceNotFoundException:http://x")],
        rest,
        "ResourceNotFoundException",
        "m",
    );
    check_failure("kms", &[], r#"{"__type": "NotFoundException", "message": {"a": 1}}"#, "NotFoundException", "");
    check_failure(
        "lambda",
        &[],
        r#"{"Code": "TooManyRequestsException", "Message": "m"}"#,
        "TooManyRequestsException",
        "m",
    );
    check_failure("kms", &[], r#"{"__type": 5, "code": "Throttling", "message": "m"}"#, "Throttling", "m");
    let compatible = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "m"}"#;
    let header = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    check_failure("sqs", &header, compatible, "AWS.SimpleQueueService.NonExistentQueue", "m");
    check_failure("kms", &[], "<html>Bad Gateway</html>", "", "");
    check_failure("s3", &[], "", "", "");
}

const EVERY_PROTOCOL: [(&str, &str); 6] = [
    ("iam", "GetAccountAuthorizationDetails"),
    ("ec2", "DescribeInstances"),
    ("kms", "DescribeKey"),
    ("lambda", "ListFunctions"),
    ("s3", "GetBucketReplication"),
    ("s3", "GetBucketLocation"),
];

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for (service, name) in EVERY_PROTOCOL {
            let _ = try_read(service, name, &body);
            read_failure(Catalog::embedded().service(service).unwrap(), 500, &headers(&[]), &body);
        }
    }

    #[test]
    fn no_nesting_makes_a_reader_overflow(depth in 0usize..20_000) {
        for (service, name) in EVERY_PROTOCOL {
            let _ = try_read(service, name, "<Rules>".repeat(depth).as_bytes());
            let _ = try_read(service, name, r#"{"Functions":"#.repeat(depth).as_bytes());
            let _ = try_read(service, name, "[".repeat(depth).as_bytes());
        }
    }
}
