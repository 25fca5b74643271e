//! A scripted AWS in this process: what it answers to an operation, and what it was asked.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Budget, Budgets, Caller, Client, EndpointOverrides, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::organization::Discovery;

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account>\
    <Arn>arn:aws:iam::111111111111:user/u</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>";

const NOT_AUTHORIZED: &str = "<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
    <Message>You are not authorized.</Message></Error></Errors><RequestID>1</RequestID></Response>";

/// One question.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The operation; the Account API's has the name of its path, those of STS and EC2 have none.
    pub(super) operation: String,
    pub(super) body: String,
    target: String,
}

impl Asked {
    pub(super) fn is_organizations(&self) -> bool {
        self.target.contains("AWSOrganizations")
    }
}

/// An organization of two accounts, whose Regions are known.
pub(super) fn usual(asked: &Asked) -> (u16, String) {
    let accounts = r#"{"Accounts": [{"Id": "111111111111", "State": "ACTIVE"},
        {"Id": "222222222222", "State": "ACTIVE", "Name": "Member"}]}"#;
    let (status, body) = match asked.operation.as_str() {
        "" if asked.body.contains("DescribeRegions") => (403, NOT_AUTHORIZED),
        "" => (200, IDENTITY),
        "DescribeOrganization" => (200, r#"{"Organization": {"Id": "o-1", "MasterAccountId": "111111111111"}}"#),
        "ListRoots" => (
            200,
            r#"{"Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}]}"#,
        ),
        "ListPolicies" => (
            200,
            r#"{"Policies": [{"Id": "p-RCPFullAWSAccess", "Name": "RCPFullAWSAccess", "AwsManaged": true},
                {"Id": "p-1", "Name": "perimeter", "AwsManaged": false}]}"#,
        ),
        "DescribePolicy" => (200, r#"{"Policy": {"Content": "{\"Statement\": []}"}}"#),
        "ListTargetsForPolicy" => (200, r#"{"Targets": [{"TargetId": "r-1", "Type": "ROOT"}]}"#),
        "ListOrganizationalUnitsForParent" => (200, r#"{"OrganizationalUnits": []}"#),
        "ListAccountsForParent" if !asked.body.contains("r-1") => (200, r#"{"Accounts": []}"#),
        "ListAccounts" | "ListAccountsForParent" => (200, accounts),
        "ListDelegatedAdministrators" => {
            (200, r#"{"DelegatedAdministrators": [{"Id": "222222222222", "State": "ACTIVE", "Status": "ACTIVE"}]}"#)
        }
        "ListDelegatedServicesForAccount" => (
            200,
            r#"{"DelegatedServices": [{"ServicePrincipal": "guardduty.amazonaws.com"}, {"ServicePrincipal": "access-analyzer.amazonaws.com"}]}"#,
        ),
        "ListTagsForResource" => (200, r#"{"Tags": [{"Key": "Env", "Value": "prod"}]}"#),
        "listRegions" => (200, r#"{"Regions": [{"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED"}]}"#),
        _ => (400, r#"{"__type": "UnknownOperationException"}"#),
    };
    (status, body.to_owned())
}

pub(super) fn denied() -> (u16, String) {
    (400, r#"{"__type": "AccessDeniedException", "Message": "You don't have permissions."}"#.to_owned())
}

type Script = Arc<dyn Fn(&Asked) -> (u16, String) + Send + Sync>;

/// A discovery that calls this AWS, and what it asks.
pub(super) async fn discovery(
    script: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
) -> (Discovery, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoints = EndpointOverrides::url(format!("http://{}", listener.local_addr().unwrap()));
    let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let (script, log): (Script, _) = (Arc::new(script), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
        }
    });
    let budgets = Budgets::Uniform(Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 64 });
    let options = Options { endpoints, budgets, max_attempts: 1, ..Options::default() };
    let credentials = SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None));
    let client = Client::new(options);
    let caller = Caller::with_credentials(&client, credentials, "us-east-1");
    (Discovery::new(caller, client), asked)
}

/// One request a connection. Requests are small, and come in one piece each of head and body.
async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Asked>>>) {
    let mut request = Vec::new();
    let (head, body) = loop {
        let mut block = [0; 4096];
        let read = stream.read(&mut block).await.unwrap();
        request.extend_from_slice(&block[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let target = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-target")).unwrap_or_default();
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let named = target.rsplit('.').next().unwrap_or_default().trim().to_owned();
    let operation = if target.is_empty() { path } else { named };
    let asked = Asked { operation, body, target: target.to_owned() };
    let (status, body) = script(&asked);
    log.lock().unwrap().push(asked);
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}
