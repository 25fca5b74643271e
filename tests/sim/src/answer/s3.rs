//! S3 and S3 Control.

use plumbline_baseline::{Doc, Map};

use super::{Answer, ApiError, Asked};
use crate::world::GLOBAL;

/// Sub-resources of a bucket: operation, the bucket's member, the output's member (the whole output when empty), and
/// the error when the bucket has none. Without an error, an absent sub-resource is an empty answer.
const PARTS: [(&str, &str, &str, Option<&str>); 11] = [
    ("GetBucketAcl", "Acl", "", None),
    (
        "GetBucketEncryption",
        "Encryption",
        "ServerSideEncryptionConfiguration",
        Some("ServerSideEncryptionConfigurationNotFoundError"),
    ),
    ("GetBucketLogging", "Logging", "", None),
    ("GetBucketOwnershipControls", "OwnershipControls", "OwnershipControls", Some("OwnershipControlsNotFoundError")),
    ("GetBucketPolicy", "Policy", "Policy", Some("NoSuchBucketPolicy")),
    ("GetBucketReplication", "Replication", "ReplicationConfiguration", Some("ReplicationConfigurationNotFoundError")),
    ("GetBucketTagging", "TagSet", "TagSet", Some("NoSuchTagSet")),
    ("GetBucketVersioning", "Versioning", "", None),
    (
        "GetObjectLockConfiguration",
        "ObjectLock",
        "ObjectLockConfiguration",
        Some("ObjectLockConfigurationNotFoundError"),
    ),
    (
        "GetPublicAccessBlock",
        "PublicAccessBlock",
        "PublicAccessBlockConfiguration",
        Some("NoSuchPublicAccessBlockConfiguration"),
    ),
    ("GetBucketLifecycleConfiguration", "Lifecycle", "", Some("NoSuchLifecycleConfiguration")),
];

/// The Region that answers for Multi-Region Access Points, which every account has.
pub(super) const MULTI_REGION: &str = "us-west-2";

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let operation = asked.call.operation.as_str();
    Some(match operation {
        "ListBuckets" => Ok(list_buckets(asked)),
        "GetBucketLocation" => get_location(asked),
        "GetBucketPolicyStatus" => policy_status(asked),
        _ => {
            let (_, member, output, absent) = PARTS.iter().find(|(name, ..)| *name == operation)?;
            bucket(asked).and_then(|bucket| part(&bucket, member, output, *absent))
        }
    })
}

/// `BucketRegion` filters; without it the answer has the buckets of all Regions, and no Region says so.
fn list_buckets(asked: &Asked<'_>) -> Doc {
    let wanted = asked.call.text("BucketRegion");
    let prefix = asked.call.text("Prefix");
    let regions = asked.enabled_regions().into_iter().filter(|region| wanted.is_empty() || region == wanted);
    let all = regions.flat_map(|region| asked.in_region(&region, "AWS::S3::Bucket"));
    let mut buckets: Vec<Doc> =
        all.filter(|bucket| bucket.get("Name").as_str().is_some_and(|n| n.starts_with(prefix))).collect();
    buckets.sort_by(|a, b| a.get("Name").as_str().cmp(&b.get("Name").as_str()));
    let owner = Doc::map([("ID", Doc::from(format!("{:0>64}", asked.call.account)))]);
    Doc::map([("Buckets", Doc::List(buckets)), ("Owner", owner)])
}

/// The bucket, where it lives. Asked for in another Region, S3 redirects.
fn bucket(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let found = find(asked, &asked.call.region);
    found.map_or_else(|| Err(not_here(asked)), Ok)
}

fn find(asked: &Asked<'_>, region: &str) -> Option<Doc> {
    let name = asked.call.text("Bucket");
    asked.found(region, "AWS::S3::Bucket", |bucket| bucket.get("Name").as_str() == Some(name))
}

/// Why a bucket does not answer here: it lives in another Region, in another account, or nowhere.
fn not_here(asked: &Asked<'_>) -> ApiError {
    if asked.enabled_regions().iter().any(|region| find(asked, region).is_some()) {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
        return ApiError::new(301, "PermanentRedirect", message);
    }
    let organization = asked.world.organization();
    let is_shared = organization.regions.iter().any(|region| {
        let buckets = asked.world.resources(&organization.management, region, "AWS::S3::Bucket");
        buckets.iter().any(|bucket| bucket.get("Name").as_str() == Some(asked.call.text("Bucket")))
    });
    if is_shared {
        return ApiError::new(403, "AccessDenied", "Access Denied");
    }
    ApiError::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

/// The location, which us-east-1 answers for buckets of every Region.
fn get_location(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let mut regions = vec![asked.call.region.clone()];
    if asked.call.region == "us-east-1" {
        regions.extend(asked.enabled_regions());
    }
    let region = regions.iter().find(|region| find(asked, region).is_some());
    region.map(|region| location(region)).ok_or_else(|| not_here(asked))
}

fn part(bucket: &Doc, member: &str, output: &str, absent: Option<&str>) -> Result<Doc, ApiError> {
    match (bucket.get(member), absent, output) {
        (Doc::Null, Some(code), _) => Err(ApiError::new(404, code, "The specified configuration does not exist")),
        (Doc::Null, None, _) => Ok(Doc::Map(Map::new())),
        (part, _, "") => Ok(part.clone()),
        (part, _, output) => Ok(Doc::map([(output, part.clone())])),
    }
}

/// us-east-1 is the one Region that has no name here.
fn location(region: &str) -> Doc {
    Doc::map([("LocationConstraint", if region == "us-east-1" { Doc::Null } else { Doc::from(region) })])
}

/// AWS's own judgement, reduced to the forms that the blueprints use.
fn policy_status(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let bucket = bucket(asked)?;
    if bucket.get("Policy").is_null() {
        return Err(ApiError::new(404, "NoSuchBucketPolicy", "The bucket policy does not exist"));
    }
    let statements = bucket.at("Policy.Statement").as_list().unwrap_or_default();
    let is_public = statements.iter().any(|statement| {
        statement.get("Effect").as_str() == Some("Allow")
            && statement.get("Principal").as_str() == Some("*")
            && statement.get("Condition").is_null()
    });
    Ok(Doc::map([("PolicyStatus", Doc::map([("IsPublic", Doc::Bool(is_public))]))]))
}

/// S3 Control: settings of the account, which the request names, and its access points.
pub(super) fn control(asked: &Asked<'_>) -> Answer {
    if asked.call.text("AccountId") != asked.call.account {
        return Some(Err(ApiError::new(403, "AccessDenied", "Access Denied")));
    }
    let points = || asked.here("AWS::S3::AccessPoint");
    let wide_points = || asked.in_region(GLOBAL, "AWS::S3::MultiRegionAccessPoint");
    Some(match asked.call.operation.as_str() {
        "GetPublicAccessBlock" => account_block(asked),
        "ListAccessPoints" => Ok(Doc::map([("AccessPointList", Doc::List(of_bucket(asked, points())))])),
        "GetAccessPoint" => named(asked, points(), "NoSuchAccessPoint"),
        "GetAccessPointPolicy" => {
            named(asked, points(), "NoSuchAccessPoint").and_then(|point| match point.get("Policy") {
                Doc::Null => Err(ApiError::new(404, "NoSuchAccessPointPolicy", "The access point has no policy")),
                policy => Ok(Doc::map([("Policy", policy.clone())])),
            })
        }
        // One Region knows of all.
        _ if asked.call.region != MULTI_REGION => return None,
        "ListMultiRegionAccessPoints" => Ok(Doc::map([("AccessPoints", Doc::List(wide_points()))])),
        "GetMultiRegionAccessPointPolicy" => {
            let point = named(asked, wide_points(), "NoSuchMultiRegionAccessPoint");
            point.map(|point| {
                let established = Doc::map([("Policy", point.get("Policy").clone())]);
                Doc::map([("Policy", Doc::map([("Established", established)]))])
            })
        }
        _ => return None,
    })
}

fn account_block(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let block = asked.in_region(GLOBAL, "AWS::S3::AccountPublicAccessBlock").into_iter().next();
    let absent = || {
        let message = "The public access block configuration was not found";
        ApiError::new(404, "NoSuchPublicAccessBlockConfiguration", message)
    };
    block.map(|block| Doc::map([("PublicAccessBlockConfiguration", block)])).ok_or_else(absent)
}

/// Those of a bucket, if one is asked for.
fn of_bucket(asked: &Asked<'_>, points: Vec<Doc>) -> Vec<Doc> {
    let wanted = asked.call.text("Bucket");
    points.into_iter().filter(|point| wanted.is_empty() || point.get("Bucket").as_str() == Some(wanted)).collect()
}

/// The access point that is meant.
fn named(asked: &Asked<'_>, points: Vec<Doc>, absent: &str) -> Result<Doc, ApiError> {
    let name = asked.call.text("Name");
    let found = points.into_iter().find(|point| point.get("Name").as_str() == Some(name));
    found.ok_or_else(|| ApiError::new(404, absent, "The specified accesspoint does not exist"))
}
