//! Discovery against answers that are not quite what AWS should say: nothing may be missing without a word.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::credentials::Caller;
use plumbline_aws::{Client, EndpointOverrides, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account>\
    <Arn>arn:aws:iam::111111111111:user/u</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What AWS answers to an operation; the Account API's has the name of its path, STS's has none.
type Script = fn(&str) -> (u16, &'static str);

/// An organization of two accounts, whose Regions are known.
fn usual(operation: &str) -> (u16, &'static str) {
    match operation {
        "" => (200, IDENTITY),
        "DescribeOrganization" => (200, r#"{"Organization": {"Id": "o-1", "MasterAccountId": "111111111111"}}"#),
        "ListRoots" => (200, r#"{"Roots": [{"Id": "r-1", "Name": "Root"}]}"#),
        "ListOrganizationalUnitsForParent" => (200, r#"{"OrganizationalUnits": []}"#),
        "ListAccountsForParent" => (
            200,
            r#"{"Accounts": [{"Id": "111111111111", "Status": "ACTIVE"}, {"Id": "222222222222", "Status": "ACTIVE"}]}"#,
        ),
        "ListTagsForResource" => (200, r#"{"Tags": [{"Key": "Env", "Value": "prod"}]}"#),
        "listRegions" => (200, r#"{"Regions": [{"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED"}]}"#),
        _ => (400, "{}"),
    }
}

async fn discovered(script: Script) -> Result<Organization, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoints = EndpointOverrides::url(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, script));
        }
    });
    let options = Options { endpoints, max_attempts: 1, ..Options::default() };
    let credentials = SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None));
    let caller = Caller::with_credentials(&options, credentials, "us-east-1");
    discover(&caller, &Client::new(options)).await
}

/// One request a connection. Requests are small, and come in one piece each of head and body.
async fn serve(mut stream: TcpStream, script: Script) {
    let mut request = Vec::new();
    let head = loop {
        let mut block = [0; 4096];
        let read = stream.read(&mut block).await.unwrap();
        request.extend_from_slice(&block[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
            break String::from_utf8_lossy(&request).split("\r\n\r\n").next().unwrap().to_owned();
        }
    };
    let target = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-target"));
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let operation = target.map_or(path, |line| line.rsplit('.').next().unwrap_or_default().trim().to_owned());
    let (status, body) = script(&operation);
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

fn tag(organization: &Organization, account: usize) -> Option<&str> {
    organization.accounts[account].tags.get("Env").map(String::as_str)
}

#[tokio::test]
async fn an_organization_is_read() {
    let organization = discovered(usual).await.unwrap();
    let member = &organization.accounts[1];
    assert_eq!((&*member.id, &*member.ou_path, tag(&organization, 1)), ("222222222222", "Root", Some("prod")));
    assert_eq!((member.regions.as_slice(), member.tags_unread.is_none()), (["eu-west-1".to_owned()].as_slice(), true));
    assert_eq!(organization.notes, [""; 0]);
}

#[tokio::test]
async fn a_page_token_that_is_repeated_is_an_error_and_not_the_end() {
    for operation in ["ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"] {
        let script: Script = match operation {
            "ListRoots" => |asked| repeating(asked, "ListRoots"),
            "ListOrganizationalUnitsForParent" => |asked| repeating(asked, "ListOrganizationalUnitsForParent"),
            _ => |asked| repeating(asked, "ListAccountsForParent"),
        };
        let failed = discovered(script).await.unwrap_err().to_string();
        assert_eq!(failed, format!("organizations:{operation}: AWS repeated a page token"));
    }
}

fn repeating(asked: &str, operation: &str) -> (u16, &'static str) {
    if asked == operation { (200, r#"{"NextToken": "again"}"#) } else { usual(asked) }
}

#[tokio::test]
async fn an_account_without_regions_is_no_answer() {
    let organization = discovered(|asked| match asked {
        "listRegions" => (200, r#"{"Regions": []}"#),
        other => usual(other),
    });
    let organization = organization.await.unwrap();
    assert!(organization.accounts.iter().all(|account| account.regions.contains(&"eu-west-1".to_owned())));
    assert!(organization.notes[0].starts_with("the Account API did not answer"), "{:?}", organization.notes);
}

#[tokio::test]
async fn tags_that_are_denied_are_unread() {
    let organization = discovered(|asked| match asked {
        "ListTagsForResource" => (400, r#"{"__type": "AccessDeniedException"}"#),
        other => usual(other),
    });
    let account = organization.await.unwrap().accounts.remove(1);
    let unread = account.tags_unread.unwrap().to_string();
    assert_eq!(unread, "access_denied: organizations:ListTagsForResource: AccessDeniedException");
    let alone = discovered(|asked| match asked {
        "ListRoots" => (400, r#"{"__type": "AccessDeniedException"}"#),
        other => usual(other),
    });
    assert!(alone.await.unwrap().accounts[0].tags_unread.is_some());
}
