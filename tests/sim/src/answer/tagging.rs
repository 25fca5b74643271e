//! The Resource Groups Tagging API: what has tags in a Region, of all services, by ARN. It names nothing that has none.

use plumbline_baseline::{Doc, Map};

use super::{Answer, Asked};

/// Types, the member that is their ARN, and the member that holds their tags.
const TYPES: [(&str, &str, &str); 13] = [
    ("AWS::CloudTrail::Trail", "TrailARN", "TagsList"),
    ("AWS::CodeBuild::Project", "arn", "tags"),
    ("AWS::DynamoDB::Table", "TableArn", "Tags"),
    ("AWS::ECS::Cluster", "clusterArn", "tags"),
    ("AWS::ECS::Service", "serviceArn", "tags"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn", "Tags"),
    ("AWS::KMS::Key", "KeyArn", "Tags"),
    ("AWS::Lambda::Function", "FunctionArn", "Tags"),
    ("AWS::RDS::DBInstance", "DBInstanceArn", "TagList"),
    ("AWS::S3::Bucket", "BucketArn", "TagSet"),
    ("AWS::SNS::Topic", "TopicArn", "Tags"),
    ("AWS::SQS::Queue", "Attributes.QueueArn", "Tags"),
    ("AWS::SecretsManager::Secret", "ARN", "Tags"),
];

/// Tagging.
pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    (asked.call.operation == "GetResources").then(|| {
        let all = TYPES.iter().flat_map(|(type_name, arn, tags)| {
            let resources = asked.here(type_name).into_iter();
            resources.map(|resource| (resource.at(arn).clone(), as_list(resource.at(tags))))
        });
        let tagged = all.filter(|(_, tags)| !tags.is_empty());
        let mappings = tagged.map(|(arn, tags)| Doc::map([("ResourceARN", arn), ("Tags", Doc::List(tags))]));
        Ok(Doc::map([("ResourceTagMappingList", Doc::List(mappings.collect()))]))
    })
}

/// Tags as `[{Key, Value}]`, however their service writes them.
fn as_list(tags: &Doc) -> Vec<Doc> {
    let named = |name: &str, value: &Doc| Doc::map([("Key", Doc::from(name)), ("Value", value.clone())]);
    match tags {
        Doc::Map(tags) => Map::iter(tags).map(|(name, value)| named(name.as_str(), value)).collect(),
        Doc::List(tags) => {
            let part = |tag: &Doc, upper: &str, lower: &str| match tag.get(upper) {
                Doc::Null => tag.get(lower).clone(),
                value => value.clone(),
            };
            let renamed = tags.iter().map(|tag| {
                let key = part(tag, "Key", "key");
                named(key.as_str().unwrap_or_default(), &part(tag, "Value", "value"))
            });
            renamed.collect()
        }
        _ => Vec::new(),
    }
}
