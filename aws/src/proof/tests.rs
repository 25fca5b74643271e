//! What is held of proofs: nothing but the one form is sent, nothing of it is the prover's beyond three values, and
//! nothing but STS's own words makes somebody known.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use proptest::prelude::*;

use super::answer::{self, NotNamed};
use super::check::{Malformed, check};
use super::session;
use super::*;
use crate::endpoint::{EndpointOverrides, Variant};
use crate::partition::by_name;
use crate::{Caller, Client, Options};

const ANSWER: &str = r#"{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"111122223333","Arn":"arn:aws:sts::111122223333:assumed-role/PlumblineAgent/i-0abc","UserId":"AROAEXAMPLE:i-0abc"},"ResponseMetadata":{"RequestId":"r"}}}"#;

fn binding() -> Binding {
    Binding { challenge: [7; 32], coordinator: "d0.f1".to_owned(), request: [9; 32] }
}

fn client() -> Client {
    Client::new(Options::default())
}

fn caller(token: Option<&str>, region: &str) -> Caller {
    let credentials = Credentials::new("ASIAEXAMPLEEXAMPLE00", "secret", token.map(str::to_owned), None, "test");
    Caller::with_credentials(&client(), SharedCredentialsProvider::new(credentials), region)
}

async fn proof() -> Proof {
    Proof::of(&caller(Some("FwoGZXIvYXdz=="), "eu-west-1"), &binding(), Variant::default()).await.unwrap()
}

fn checked(proof: &Proof) -> Result<String, Malformed> {
    check(proof, by_name("aws").unwrap()).map(|checked| checked.authorization())
}

#[tokio::test]
async fn a_proof_is_read_and_written_as_it_was_signed() {
    let proof = proof().await;
    assert_eq!(checked(&proof).as_ref(), Ok(&proof.authorization));
    assert!(!format!("{proof:?}").contains("FwoG"), "{proof:?}");
}

#[tokio::test]
async fn only_the_session_of_a_role_signs() {
    let long_term = Proof::of(&caller(None, "eu-west-1"), &binding(), Variant::default()).await.unwrap_err();
    assert_eq!(long_term, NotSigned::NoSession);
    let fips = Variant { fips: true, dual_stack: false };
    let none = Proof::of(&caller(Some("t"), "eu-west-1"), &binding(), fips).await.unwrap_err();
    assert!(matches!(none, NotSigned::NoEndpoint(_)), "{none}");
}

#[tokio::test]
async fn a_signature_of_other_headers_is_refused_before_anything_is_sent() {
    let good = proof().await;
    let all = "accept;content-type;host;x-amz-date;x-amz-security-token;x-plumbline-challenge;x-plumbline-coordinator;x-plumbline-request";
    assert!(good.authorization.contains(all), "{}", good.authorization);
    for header in all.split(';') {
        let fewer: Vec<&str> = all.split(';').filter(|each| *each != header).collect();
        let more = format!("{all};x-{header}");
        for signed in [fewer.join(";"), more, all.replace(header, &header.to_uppercase()), String::new()] {
            let wrong = Proof { authorization: good.authorization.replace(all, &signed), ..good.clone() };
            assert_eq!(checked(&wrong), Err(Malformed::SignedHeaders), "{signed}");
        }
    }
}

#[tokio::test]
async fn a_proof_is_for_a_known_region_of_the_coordinators_partition() {
    let good = proof().await;
    let elsewhere = |region: &str| {
        checked(&Proof {
            region: region.to_owned(),
            authorization: good.authorization.replace("eu-west-1", region),
            ..good.clone()
        })
    };
    assert!(elsewhere("us-east-2").is_ok());
    for region in ["cn-north-1", "us-gov-west-1"] {
        assert!(matches!(elsewhere(region), Err(Malformed::OtherPartition { .. })), "{region}");
    }
    for region in ["", "aws-global", "eu-west-99", "eu-west-1.evil.example/", "EU-WEST-1", "eu-west-1#", "@evil"] {
        assert!(matches!(elsewhere(region), Err(Malformed::UnknownRegion(_))), "{region}");
    }
}

#[tokio::test]
async fn values_that_are_not_of_the_form_are_refused() {
    let good = proof().await;
    let wrong = |change: &dyn Fn(&mut Proof)| {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(checked(&changed).is_err(), "{} {}", changed.date, changed.authorization);
    };
    for date in ["", "20261127", "20261127T063759", "20261127T063759z", "20261127T063759Z\r\n", "x0261127T063759Z"] {
        wrong(&|proof| proof.date = date.to_owned());
    }
    // Another day than the signature's.
    wrong(&|proof| proof.date = "19991231T235959Z".to_owned());
    for token in [String::new(), "a b".to_owned(), "a\r\nx-evil: 1".to_owned(), "\u{f6}".to_owned(), "a".repeat(6145)] {
        wrong(&|proof| proof.security_token.clone_from(&token));
    }
    for (part, other) in [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        ("/sts/", "/iam/"),
        ("aws4_request", "aws4_requestx"),
        ("ASIAEXAMPLEEXAMPLE00", "ASIA EXAMPLE"),
        ("ASIAEXAMPLEEXAMPLE00", "short"),
        ("Credential=", "Credential=x/"),
        ("Signature=", "Signature=0"),
        ("Signature=", "Signature=\r\n"),
        ("/eu-west-1/", "/eu-west-2/"),
    ] {
        wrong(&|proof| proof.authorization = proof.authorization.replace(part, other));
    }
    wrong(&|proof| proof.authorization.push('0'));
    wrong(&|proof| proof.authorization = proof.authorization.to_uppercase());
}

proptest! {
    /// What is sent is what was read: a change is refused, or is in a value of its own and of that value's form.
    #[test]
    fn no_change_gets_anything_else_past_the_check(at in 0usize..400, to in any::<char>(), is_inserted: bool) {
        let good = Proof {
            region: "eu-west-1".into(), date: "20261127T063759Z".into(), security_token: "token".into(),
            authorization: format!(
                "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE00/20261127/eu-west-1/sts/aws4_request, SignedHeaders={}, Signature={}",
                super::request::SIGNED, "0".repeat(64),
            ),
        };
        let mut text: Vec<char> = good.authorization.chars().collect();
        let at = at % text.len();
        if is_inserted { text.insert(at, to) } else { text[at] = to }
        let changed = Proof { authorization: text.into_iter().collect(), ..good };
        if let Ok(sent) = checked(&changed) {
            prop_assert_eq!(&sent, &changed.authorization);
            prop_assert!(sent.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
            prop_assert!(sent.contains(super::request::SIGNED));
        }
    }

    #[test]
    fn no_text_is_read_as_another_role(arn in "arn:aws:sts::[0-9:]{0,14}:assumed-role[/a-zA-Z0-9:.]{0,30}") {
        if let Ok(found) = session::read(&arn, "111122223333", "aws") {
            prop_assert_eq!(format!("{}/{}", found.role_arn(), found.session), arn);
        }
    }

    #[test]
    fn no_body_makes_anybody_known_but_the_one_shape(cut in 0..ANSWER.len(), to in any::<u8>()) {
        let mut body = ANSWER.as_bytes().to_vec();
        body[cut] = to;
        if let Ok(found) = answer::read(200, "application/json", &body, "aws") {
            // Changes within names change names, and nothing changes the shape.
            prop_assert_eq!(found.account.as_str(), "111122223333");
        }
        prop_assert!(answer::read(200, "application/json", &body[..cut], "aws").is_err());
    }
}

#[test]
fn a_session_is_read_from_its_arn_and_nothing_else_is_one() {
    let of = |arn: &str, account: &str| session::read(arn, account, "aws").map(|found| (found.role, found.session));
    let good = "arn:aws:sts::111122223333:assumed-role/PlumblineAgent/i-0abc";
    assert_eq!(of(good, "111122223333").unwrap(), ("PlumblineAgent".to_owned(), "i-0abc".to_owned()));
    assert!(of(good, "999999999999").is_err(), "the account and the ARN have to agree");
    for hostile in [
        "",
        "arn:aws:iam::111122223333:role/PlumblineAgent",
        "arn:aws:iam::111122223333:user/PlumblineAgent",
        "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:federated-user/PlumblineAgent",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent/",
        "arn:aws:sts::111122223333:assumed-role//session",
        "arn:aws:sts::111122223333:assumed-role/path/PlumblineAgent/session",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent/a/b",
        "arn:aws:sts::111122223333:assumed-role/Plumbline Agent/session",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent\n/session",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent/s\u{e9}ssion",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent%2fx/session",
        "arn:aws:sts:eu-west-1:111122223333:assumed-role/PlumblineAgent/session",
        "arn:aws-cn:sts::111122223333:assumed-role/PlumblineAgent/session",
        "arn:awsx:sts::111122223333:assumed-role/PlumblineAgent/session",
        "ARN:aws:sts::111122223333:assumed-role/PlumblineAgent/session",
        " arn:aws:sts::111122223333:assumed-role/PlumblineAgent/session",
        "arn:aws:sts::111122223333:assumed-role/PlumblineAgent/session:111122223333:assumed-role/Other/session",
        "arn:aws:sts::999999999999:assumed-role/x/y:sts::111122223333:assumed-role/PlumblineAgent/session",
        "arn:aws:sts::999999999999:assumed-role/PlumblineAgent/111122223333",
        "arn:aws:sts::11112222333:assumed-role/PlumblineAgent/session",
    ] {
        assert!(of(hostile, "111122223333").is_err(), "{hostile}");
    }
    let long = format!("arn:aws:sts::111122223333:assumed-role/{}/session", "a".repeat(65));
    let refused = of(&long, "111122223333").unwrap_err().to_string();
    assert!(refused.contains("session of a role is wanted") && refused.len() < 400, "{refused}");
    assert!(is_role_name("a") && is_role_name("A+=,.@-_9") && !is_role_name("path/role") && !is_role_name("*"));
}

#[test]
fn an_answer_is_of_the_one_shape_or_none() {
    let read = |status, kind: &str, body: &str| answer::read(status, kind, body.as_bytes(), "aws");
    assert_eq!(read(200, "application/json", ANSWER).unwrap().role, "PlumblineAgent");
    assert!(read(200, "application/json; charset=utf-8", ANSWER).is_ok());
    let other_account = ANSWER.replacen("111122223333", "999999999999", 1);
    assert!(matches!(read(200, "application/json", &other_account), Err(NotNamed::NotASession(_))));
    let twice = ANSWER.replacen(r#""Account""#, r#""Account":"999999999999","Account""#, 1);
    let more = ANSWER.replacen(r#""Account""#, r#""account":"999999999999","Account""#, 1);
    let nested = format!(r#"{{"x":{ANSWER}}}"#);
    let operation = ANSWER.replace("GetCallerIdentity", "GetSessionToken");
    for body in ["", "null", "[]", "{}", &twice, &more, &nested, &operation, &format!("{ANSWER}{ANSWER}")] {
        assert!(matches!(read(200, "application/json", body), Err(NotNamed::Strange(_))), "{body}");
    }
    let xml = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/PlumblineAgent/s</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    for (status, kind, body) in [
        (200, "text/xml", xml),
        (200, "text/html", ANSWER),
        (200, "", ANSWER),
        (200, "application/json", xml),
        (201, "application/json", ANSWER),
        (302, "application/json", ANSWER),
        (403, "text/html", "<html>Blocked</html>"),
        (100, "application/json", ANSWER),
    ] {
        assert!(matches!(read(status, kind, body), Err(NotNamed::Strange(_))), "{status} {kind}");
    }
    let error = |code: &str| {
        format!(r#"{{"Error":{{"Code":"{code}","Message":"no\u001b[31m","Type":"Sender"}},"RequestId":"r"}}"#)
    };
    let refused = read(403, "application/json", &error("SignatureDoesNotMatch")).unwrap_err();
    assert!(matches!(&refused, NotNamed::Refused { code, .. } if code == "SignatureDoesNotMatch"));
    assert!(!refused.to_string().contains('\u{1b}'), "{refused:?}");
    for (status, body) in [(400, error("Throttling")), (500, String::new()), (503, error("x")), (429, String::new())] {
        assert!(matches!(read(status, "application/json", &body), Err(NotNamed::NotNow(_))), "{status}");
    }
}

/// What an STS was sent that answers always the same, and what came of it.
async fn asked(status: u16, kind: &'static str, body: Vec<u8>) -> (Result<RoleSession, NotProven>, Vec<String>) {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&sent);
    let connector = SharedHttpConnector::new(Answering { seen, status, kind, body });
    let http_client = http_client_fn(move |_, _| connector.clone());
    let client = Client::new(Options { http_client, ..Options::default() });
    let verifier = Verifier::new(&client, "us-east-1").unwrap();
    let found = verifier.ask(&proof().await, &binding()).await;
    let sent = sent.lock().unwrap().clone();
    (found, sent)
}

#[derive(Debug)]
struct Answering {
    seen: Arc<Mutex<Vec<String>>>,
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

impl aws_smithy_runtime_api::client::http::HttpConnector for Answering {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>();
        let body = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
        self.seen.lock().unwrap().push(format!("{} {}\n{headers}\n{body}", request.method(), request.uri()));
        let response = http::Response::builder().status(self.status).header("content-type", self.kind);
        let response = response.header("location", "https://evil.example/").body(SdkBody::from(self.body.clone()));
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response.unwrap()).unwrap()))
    }
}

#[tokio::test]
async fn sts_is_sent_the_coordinators_own_request_once() {
    let (found, sent) = asked(200, "application/json", ANSWER.into()).await;
    assert_eq!(found.unwrap().role_arn(), "arn:aws:sts::111122223333:assumed-role/PlumblineAgent");
    let [request] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(request.starts_with("POST https://sts.eu-west-1.amazonaws.com/\n"), "{request}");
    assert!(request.ends_with("\nAction=GetCallerIdentity&Version=2011-06-15"), "{request}");
    for header in ["accept: application/json", "x-plumbline-coordinator: d0.f1", "x-amz-security-token: FwoGZXIvYXdz=="]
    {
        assert!(request.contains(header), "{request}");
    }
    assert!(request.contains(&format!("x-plumbline-challenge: {}", "07".repeat(32))), "{request}");
    assert!(request.contains(&format!("x-plumbline-request: {}", "09".repeat(32))), "{request}");
}

#[tokio::test]
async fn redirects_are_not_followed_and_long_answers_not_read() {
    let (found, sent) = asked(307, "application/json", Vec::new()).await;
    assert!(matches!(found, Err(NotProven::NotNamed(NotNamed::Strange(_)))) && sent.len() == 1, "{found:?}");
    let (found, _) = asked(200, "application/json", vec![b' '; 65 << 10]).await;
    assert!(matches!(found, Err(NotProven::NotNamed(NotNamed::Strange("it is too long")))), "{found:?}");
}

#[tokio::test]
async fn an_sts_that_is_not_there_says_nothing_of_who_asked() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let options = Options { endpoints: EndpointOverrides::url(format!("http://{nobody}")), ..Options::default() };
    let verifier = Verifier::new(&Client::new(options), "us-east-1").unwrap();
    let unreachable = verifier.ask(&proof().await, &binding()).await.unwrap_err();
    assert!(unreachable.is_passing() && unreachable.to_string().starts_with("reach STS"), "{unreachable}");
    assert!(Verifier::new(&client(), "nowhere").is_err());
}
