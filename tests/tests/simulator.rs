//! The client against the simulator: all protocols, pages, and every fault arrives as what it is.

use std::sync::Arc;

use plumbline_aws::{CallError, Client, DeniedLayer, ErrorClass};
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Catalog, Protocol, Service};
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::python::workspace_root;
use plumbline_tests::simulated;

/// One operation of each protocol that is paged: service, operation, the list in the output, the item's name.
const LISTINGS: [(&str, &str, &str, &str); 6] = [
    ("ec2", "DescribeVolumes", "Volumes", "VolumeId"),
    ("iam", "GetAccountAuthorizationDetails", "RoleDetailList", "RoleName"),
    ("dynamodb", "ListTables", "TableNames", ""),
    ("kms", "ListKeys", "Keys", "KeyId"),
    ("lambda", "ListFunctions", "Functions", "FunctionName"),
    ("s3", "ListBuckets", "Buckets", "Name"),
];

const ACCOUNT: &str = "210000000001";

async fn list(server: &Server, service: &str, operation: &str, key: &str) -> Result<Vec<Doc>, CallError> {
    let client = simulated::client(server);
    let mut pages = client.pages(&simulated::target(ACCOUNT, "us-east-1"), service, operation, Doc::map([]));
    let mut items = Vec::new();
    while let Some(page) = pages.next().await {
        items.extend_from_slice(page?.get(key).as_list().unwrap_or_default());
    }
    Ok(items)
}

#[tokio::test]
async fn a_listing_in_pages_of_one_is_the_whole_listing() {
    let whole = simulated::serve(World::demo()).await;
    let options = plumbline_sim::Options { page_size: Some(1), ..Default::default() };
    let paged = Server::start(World::demo(), options).await.unwrap();
    for (service, operation, key, name) in LISTINGS {
        let names = |items: Vec<Doc>| -> Vec<Doc> {
            items.into_iter().map(|item| if name.is_empty() { item } else { item.get(name).clone() }).collect()
        };
        let expected = names(list(&whole, service, operation, key).await.unwrap());
        let found = names(list(&paged, service, operation, key).await.unwrap());
        assert!(expected.len() > 1, "{service}:{operation}");
        assert_eq!(found, expected, "{service}:{operation}");
        // An answer of several lists has as many pages as the longest of them.
        let (calls, items) = (paged.journal().count(service, operation), expected.len() as u64);
        let has_more_lists = operation == "GetAccountAuthorizationDetails";
        assert!(
            calls == items || has_more_lists && calls > items,
            "{service}:{operation}: {calls} calls, {items} items"
        );
    }
}

#[tokio::test]
async fn every_fault_is_classified_in_every_protocol() {
    let server = simulated::serve(World::demo()).await;
    for (fault, expected) in [
        (Fault::Deny(Layer::Identity), ErrorClass::Denied { layer: DeniedLayer::IdentityPolicy }),
        (Fault::Deny(Layer::ServiceControl), ErrorClass::Denied { layer: DeniedLayer::ServiceControlPolicy }),
        (Fault::Throttle, ErrorClass::Throttled),
        (Fault::ServerError, ErrorClass::Transient),
        (Fault::Truncate, ErrorClass::Transient),
        (Fault::Disconnect, ErrorClass::Transient),
        (Fault::Strange("<html><body>It works!</bod"), ErrorClass::Bug),
        (Fault::Expired, ErrorClass::Expired),
    ] {
        for (service, operation, key, _) in LISTINGS {
            server.faults().clear();
            server.faults().add(Rule::new(service, operation, fault));
            let found = list(&server, service, operation, key).await.unwrap_err();
            assert_eq!(found.class, expected, "{service}:{operation} {fault:?}: {found:?}");
        }
    }
}

/// `CloudWatch` as it would be if it spoke CBOR alone.
fn in_cbor(server: &Server) -> Client {
    let path = workspace_root().join("baseline/apis/cloudwatch.json");
    let text = std::fs::read_to_string(path).expect("the descriptor is there");
    let text = text.replacen(r#""protocol":"json""#, r#""protocol":"smithy-rpc-v2-cbor""#, 1);
    let service: Service = serde_json::from_str(&text).expect("it is a descriptor");
    assert_eq!(service.protocol, Protocol::SmithyRpcV2Cbor);
    let catalog = Arc::new(Catalog::new([service]));
    Client::new(plumbline_aws::Options { catalog, ..simulated::client_options(server.endpoint()) })
}

#[tokio::test]
async fn an_answer_in_cbor_is_the_answer_in_json() {
    let server = simulated::serve(World::demo()).await;
    let target = simulated::target(ACCOUNT, "us-east-1");
    let input = Doc::map([("MaxRecords", Doc::Int(3))]);
    let json = simulated::client(&server).call(&target, "cloudwatch", "DescribeAlarms", &input).await.unwrap();
    let cbor = in_cbor(&server).call(&target, "cloudwatch", "DescribeAlarms", &input).await.unwrap();
    assert!(json.get("MetricAlarms").as_list().is_some_and(|alarms| alarms.len() > 1), "{}", json.to_json());
    // The order of members is the sender's.
    let members = |doc: &Doc| serde_json::from_str::<serde_json::Value>(&doc.to_json()).unwrap();
    assert_eq!(members(&cbor), members(&json));
}

#[tokio::test]
async fn every_fault_is_classified_in_cbor() {
    let server = simulated::serve(World::demo()).await;
    let client = in_cbor(&server);
    for (fault, expected) in [
        (Fault::Deny(Layer::Identity), ErrorClass::Denied { layer: DeniedLayer::IdentityPolicy }),
        (Fault::Throttle, ErrorClass::Throttled),
        (Fault::ServerError, ErrorClass::Transient),
        (Fault::Truncate, ErrorClass::Transient),
        (Fault::Strange("<html><body>It works!</bod"), ErrorClass::Bug),
        (Fault::Expired, ErrorClass::Expired),
    ] {
        server.faults().clear();
        server.faults().add(Rule::new("cloudwatch", "DescribeAlarms", fault));
        let target = simulated::target(ACCOUNT, "us-east-1");
        let mut pages = client.pages(&target, "cloudwatch", "DescribeAlarms", Doc::map([]));
        let found = loop {
            match pages.next().await.expect("the listing does not end well") {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(found.class, expected, "{fault:?}: {found:?}");
    }
}

#[tokio::test]
async fn a_throttled_call_succeeds_when_the_throttling_ends() {
    let server = simulated::serve(World::demo()).await;
    server.faults().add(Rule::new("kms", "ListKeys", Fault::Throttle).times(1));
    assert!(!list(&server, "kms", "ListKeys", "Keys").await.unwrap().is_empty());
    assert_eq!(server.journal().count("kms", "ListKeys"), 2);
}

#[tokio::test]
async fn what_is_refused_in_the_organization_is_refused() {
    let server = simulated::serve(World::demo()).await;
    let client = simulated::client(&server);
    let call = async |account: &str, region: &str, service: &str, operation: &str| {
        client.call(&simulated::target(account, region), service, operation, &Doc::map([])).await
    };
    let suspended = call("210000000012", "us-east-1", "kms", "ListKeys").await.unwrap_err();
    let not_enabled = call("210000000006", "me-south-1", "ec2", "DescribeVpcs").await.unwrap_err();
    let denied = call("210000000010", "us-east-1", "secretsmanager", "ListSecrets").await.unwrap_err();
    assert_eq!(suspended.code, "UnrecognizedClientException");
    assert_eq!(not_enabled.code, "AuthFailure");
    assert_eq!(denied.class, ErrorClass::Denied { layer: DeniedLayer::ServiceControlPolicy });
    assert!(call("210000000007", "me-south-1", "ec2", "DescribeVpcs").await.is_ok());
}
