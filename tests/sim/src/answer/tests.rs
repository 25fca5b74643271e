//! Every operation that the scanner may call is answered, and as AWS documents where it is easy to get wrong.

use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;

use super::{ApiError, Memory, answer};
use crate::request::{Call, Dialect};
use crate::world::World;

const ACCOUNT: &str = "210000000001";

fn ask(world: &World, account: &str, place: (&str, &str), operation: &str, input: &str) -> Result<Doc, ApiError> {
    let (region, service) = place;
    let descriptor = Catalog::embedded().service(service).unwrap();
    let dialect = Dialect {
        service: Some(Arc::clone(descriptor)),
        protocol: descriptor.protocol,
        name: service.to_owned(),
        is_json: false,
    };
    let call = Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        role: None,
        input: Doc::from_json(input).unwrap(),
    };
    answer(world, &Memory::default(), &call, &dialect)
}

#[test]
fn every_operation_of_the_descriptors_is_answered() {
    let world = World::compliant();
    for service in Catalog::embedded().services() {
        for operation in service.operations.keys() {
            let answer = ask(&world, ACCOUNT, ("us-east-1", &service.name), operation, "{}");
            let code = answer.err().map(|error| error.code).unwrap_or_default();
            assert_ne!(code, "NotImplemented", "{}:{operation}", service.name);
        }
    }
}

#[test]
fn buckets_answer_where_they_live() {
    let world = World::demo();
    let name = "example-webshop-prod-assets-eu-west-1";
    let check = |account: &str, region: &str, operation: &str, bucket: &str, expected: &str| {
        let input = format!(r#"{{"Bucket": "{bucket}"}}"#);
        let answer = ask(&world, account, (region, "s3"), operation, &input);
        let found = answer.map_or_else(|error| error.code, |output| output.to_json());
        assert!(found.starts_with(expected), "{region} {operation} {bucket}: {found}");
    };
    check("210000000006", "eu-west-1", "GetBucketVersioning", name, "{");
    check("210000000006", "us-east-1", "GetBucketVersioning", name, "PermanentRedirect");
    check("210000000006", "us-east-1", "GetBucketLocation", name, r#"{"LocationConstraint":"eu-west-1"}"#);
    check("210000000006", "eu-central-1", "GetBucketVersioning", "no-such-bucket", "NoSuchBucket");
    check("210000000006", "us-east-1", "GetBucketAcl", "example-210000000001-cloudtrail-logs", "AccessDenied");
}

#[test]
fn a_member_sees_the_organization_trail_as_a_shadow() {
    let world = World::demo();
    let count = |account: &str, region: &str, input: &str| {
        let output = ask(&world, account, (region, "cloudtrail"), "DescribeTrails", input).unwrap();
        output.get("trailList").as_list().unwrap().len()
    };
    assert_eq!(count(ACCOUNT, "us-east-1", r#"{"includeShadowTrails": false}"#), 1);
    assert_eq!(count(ACCOUNT, "eu-west-1", r#"{"includeShadowTrails": false}"#), 0);
    assert_eq!(count(ACCOUNT, "eu-west-1", "{}"), 1);
    assert_eq!(count("210000000006", "us-east-1", "{}"), 1);
    assert_eq!(count("210000000006", "us-east-1", r#"{"includeShadowTrails": false}"#), 0);
}

#[test]
fn accounts_of_a_kind_differ_in_their_ids_only() {
    let size = crate::world::Size { accounts: 40, regions: 2, resources: 3 };
    let world = World::generated(7, size);
    let organization = world.organization();
    let (first, copy) = ("200000000003", "200000000015");
    assert_eq!(organization.account(copy).unwrap().kind.as_deref(), Some(first));
    for service in Catalog::embedded().services().filter(|service| service.name != "organizations") {
        for operation in service.operations.keys() {
            let of = |account: &str| {
                let input = format!(r#"{{"AccountId": "{account}"}}"#);
                let answer = ask(&world, account, ("us-east-1", &service.name), operation, &input);
                answer.map_or_else(|error| error.message, |output| output.to_json())
            };
            assert_eq!(of(first).replace(first, copy), of(copy), "{}:{operation}", service.name);
        }
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    let size = crate::world::Size { accounts: 250, regions: 2, resources: 30 };
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let listing = |seed: u64| {
        let world = World::generated(seed, size).at(now);
        assert_eq!(world.organization().accounts.len(), 250);
        ask(&world, "200000000249", ("eu-west-1", "ec2"), "DescribeSecurityGroups", "{}").unwrap().to_json()
    };
    assert!(listing(7) == listing(7));
    assert!(listing(7) != listing(8));
}
