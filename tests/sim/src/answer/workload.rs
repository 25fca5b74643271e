//! Services that hold workloads: load balancers and their web ACLs, Lambda, RDS, DynamoDB, SQS, Secrets Manager, KMS.

use plumbline_baseline::{Doc, Map};

use super::{Answer, ApiError, Asked};

/// Load balancers, version 2.
pub(super) fn elbv2(asked: &Asked<'_>) -> Answer {
    let balancers = || asked.here("AWS::ElasticLoadBalancingV2::LoadBalancer");
    let find = |arn: &str| {
        let found = balancers().into_iter().find(|b| b.get("LoadBalancerArn").as_str() == Some(arn));
        found.ok_or_else(|| ApiError::new(400, "LoadBalancerNotFound", "One or more load balancers not found"))
    };
    let named = || find(asked.call.text("LoadBalancerArn"));
    Some(match asked.call.operation.as_str() {
        "DescribeLoadBalancers" => Ok(Doc::map([("LoadBalancers", Doc::List(balancers()))])),
        "DescribeLoadBalancerAttributes" => named().map(|b| Doc::map([("Attributes", b.get("Attributes").clone())])),
        "DescribeListeners" => named().map(|b| Doc::map([("Listeners", b.get("Listeners").clone())])),
        "DescribeRules" => rules(&balancers(), asked.call.text("ListenerArn")),
        "DescribeTags" => {
            let arns = asked.call.input.get("ResourceArns").as_list().unwrap_or_default();
            let described = arns.iter().map(|arn| {
                let balancer = find(arn.as_str().unwrap_or_default())?;
                Ok(Doc::map([("ResourceArn", arn.clone()), ("Tags", balancer.get("Tags").clone())]))
            });
            described.collect::<Result<_, ApiError>>().map(|list| Doc::map([("TagDescriptions", Doc::List(list))]))
        }
        _ => return None,
    })
}

/// The rules of a listener: its own, and the default one, which every listener has.
fn rules(balancers: &[Doc], listener: &str) -> Result<Doc, ApiError> {
    let mut listeners = balancers.iter().flat_map(|b| b.get("Listeners").as_list().unwrap_or_default());
    let found = listeners.find(|known| known.get("ListenerArn").as_str() == Some(listener));
    let found = found.ok_or_else(|| ApiError::new(400, "ListenerNotFound", "One or more listeners not found"))?;
    let arn = |id: &str| Doc::from(format!("{}/{id}", listener.replacen(":listener/", ":listener-rule/", 1)));
    let mut rules = found.get("Rules").as_list().unwrap_or_default().to_vec();
    rules.push(Doc::map([
        ("RuleArn", arn("default")),
        ("Priority", Doc::from("default")),
        ("Conditions", Doc::List(Vec::new())),
        ("Actions", found.get("DefaultActions").clone()),
        ("IsDefault", Doc::Bool(true)),
    ]));
    Ok(Doc::map([("Rules", Doc::List(rules))]))
}

/// Lambda.
pub(super) fn lambda(asked: &Asked<'_>) -> Answer {
    let functions = || asked.here("AWS::Lambda::Function");
    let not_found = |what: &str| ApiError::new(404, "ResourceNotFoundException", what);
    let find = |name: &str| {
        let is_meant =
            |f: &Doc| f.get("FunctionName").as_str() == Some(name) || f.get("FunctionArn").as_str() == Some(name);
        let found = asked.found(&asked.call.region, "AWS::Lambda::Function", is_meant);
        found.ok_or_else(|| not_found("Function not found"))
    };
    let named = || find(asked.call.text("FunctionName"));
    Some(match asked.call.operation.as_str() {
        "ListFunctions" => Ok(Doc::map([("Functions", Doc::List(functions()))])),
        "ListAliases" => named().map(|function| Doc::map([("Aliases", function.get("Aliases").clone())])),
        // A policy counts for the ARN that it was given for.
        "GetPolicy" => {
            named().and_then(|function| qualified(asked, &function)).and_then(|owner| match owner.get("Policy") {
                Doc::Null => Err(not_found("The resource you requested does not exist.")),
                policy => Ok(Doc::map([("Policy", policy.clone()), ("RevisionId", Doc::from("1"))])),
            })
        }
        "GetFunctionUrlConfig" => named().and_then(|function| match function.get("Url") {
            Doc::Null => Err(not_found("The resource you requested does not exist.")),
            url => Ok(url.clone()),
        }),
        "ListTags" => find(asked.call.text("Resource")).map(|f| Doc::map([("Tags", f.get("Tags").clone())])),
        _ => return None,
    })
}

/// The alias that is meant, or the function itself.
fn qualified(asked: &Asked<'_>, function: &Doc) -> Result<Doc, ApiError> {
    let name = asked.call.text("Qualifier");
    if name.is_empty() {
        return Ok(function.clone());
    }
    let mut aliases = function.get("Aliases").as_list().unwrap_or_default().iter();
    let found = aliases.find(|alias| alias.get("Name").as_str() == Some(name)).cloned();
    let arn = function.get("FunctionArn").as_str().unwrap_or_default();
    let message = format!("Cannot find alias arn: {arn}:{name}");
    found.ok_or_else(|| ApiError::new(404, "ResourceNotFoundException", &message))
}

/// RDS.
pub(super) fn rds(asked: &Asked<'_>) -> Answer {
    Some(match asked.call.operation.as_str() {
        "DescribeDBInstances" => Ok(Doc::map([("DBInstances", Doc::List(asked.here("AWS::RDS::DBInstance")))])),
        "DescribeDBParameterGroups" => {
            Ok(Doc::map([("DBParameterGroups", Doc::List(asked.here("AWS::RDS::DBParameterGroup")))]))
        }
        "DescribeDBParameters" => parameters(asked),
        "DescribeDBClusters" => Ok(Doc::map([("DBClusters", Doc::List(asked.here("AWS::RDS::DBCluster")))])),
        _ => return None,
    })
}

/// Parameters of a group: all, or those that a filter names.
fn parameters(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let name = asked.call.text("DBParameterGroupName");
    let is_meant = |group: &Doc| group.get("DBParameterGroupName").as_str() == Some(name);
    let group = asked.found(&asked.call.region, "AWS::RDS::DBParameterGroup", is_meant);
    let not_found = || ApiError::new(404, "DBParameterGroupNotFound", &format!("DBParameterGroup not found: {name}"));
    let group = group.ok_or_else(not_found)?;
    let filters = asked.call.input.get("Filters").as_list().unwrap_or_default();
    let is_wanted = |parameter: &Doc| {
        filters
            .iter()
            .all(|filter| filter.get("Values").as_list().unwrap_or_default().contains(parameter.get("ParameterName")))
    };
    let all = group.get("Parameters").as_list().unwrap_or_default().iter();
    Ok(Doc::map([("Parameters", Doc::List(all.filter(|each| is_wanted(each)).cloned().collect()))]))
}

/// Web ACLs of the Region, and the load balancers that each has.
pub(super) fn wafv2(asked: &Asked<'_>) -> Answer {
    let acls = asked.here("AWS::WAFv2::WebACL");
    Some(match asked.call.operation.as_str() {
        "ListWebACLs" => Ok(Doc::map([("WebACLs", Doc::List(acls))])),
        "ListResourcesForWebACL" => {
            let arn = asked.call.text("WebACLArn");
            let found = acls.into_iter().find(|acl| acl.get("ARN").as_str() == Some(arn));
            let message = "AWS WAF couldn't perform the operation because your resource doesn't exist.";
            let found = found.ok_or_else(|| ApiError::new(400, "WAFNonexistentItemException", message));
            found.map(|acl| Doc::map([("ResourceArns", acl.get("LoadBalancers").clone())]))
        }
        _ => return None,
    })
}

/// DynamoDB.
pub(super) fn dynamodb(asked: &Asked<'_>) -> Answer {
    let tables = || asked.here("AWS::DynamoDB::Table");
    let find = |member: &str, value: &str, code: &str| {
        let found = tables().into_iter().find(|table| table.get(member).as_str() == Some(value));
        found.ok_or_else(|| ApiError::new(400, code, &format!("Table: {value} not found")))
    };
    let name = asked.call.text("TableName");
    Some(match asked.call.operation.as_str() {
        "ListTables" => {
            let names = tables().iter().map(|table| table.get("TableName").clone()).collect();
            Ok(Doc::map([("TableNames", Doc::List(names))]))
        }
        "DescribeTable" => find("TableName", name, "ResourceNotFoundException").map(|t| Doc::map([("Table", t)])),
        "DescribeContinuousBackups" => find("TableName", name, "TableNotFoundException")
            .map(|table| Doc::map([("ContinuousBackupsDescription", table.get("ContinuousBackups").clone())])),
        "ListTagsOfResource" => {
            let table = find("TableArn", asked.call.text("ResourceArn"), "ResourceNotFoundException");
            table.map(|table| Doc::map([("Tags", table.get("Tags").clone())]))
        }
        _ => return None,
    })
}

/// SQS. Queues are named by URL; attributes come when they are asked for.
pub(super) fn sqs(asked: &Asked<'_>) -> Answer {
    let queues = || asked.here("AWS::SQS::Queue");
    let named = || {
        let url = asked.call.text("QueueUrl");
        let found = queues().into_iter().find(|queue| queue.get("QueueUrl").as_str() == Some(url));
        let code = "AWS.SimpleQueueService.NonExistentQueue";
        found.ok_or_else(|| ApiError::new(400, code, "The specified queue does not exist."))
    };
    Some(match asked.call.operation.as_str() {
        "ListQueues" => match queues() {
            // SQS leaves the list out when there is none.
            queues if queues.is_empty() => Ok(Doc::Map(Map::new())),
            queues => {
                let urls = queues.iter().map(|queue| queue.get("QueueUrl").clone()).collect();
                Ok(Doc::map([("QueueUrls", Doc::List(urls))]))
            }
        },
        "GetQueueAttributes" => named().map(|queue| {
            let names = asked.call.input.get("AttributeNames").as_list().unwrap_or_default();
            let wants = |key: &str| names.iter().any(|name| matches!(name.as_str(), Some(n) if n == "All" || n == key));
            let all = queue.get("Attributes").as_map().into_iter().flat_map(Map::iter);
            let wanted = all.filter(|(key, _)| wants(key.as_str())).map(|(key, value)| (key.clone(), value.clone()));
            Doc::map([("Attributes", Doc::Map(wanted.collect()))])
        }),
        "ListQueueTags" => named().map(|queue| Doc::map([("Tags", queue.get("Tags").clone())])),
        _ => return None,
    })
}

/// Secrets Manager: metadata only.
pub(super) fn secretsmanager(asked: &Asked<'_>) -> Answer {
    let secrets = || Doc::List(asked.here("AWS::SecretsManager::Secret"));
    (asked.call.operation == "ListSecrets").then(|| Ok(Doc::map([("SecretList", secrets())])))
}

/// KMS.
pub(super) fn kms(asked: &Asked<'_>) -> Answer {
    let keys = || asked.here("AWS::KMS::Key");
    let named = || {
        let id = asked.call.text("KeyId");
        let is_alias = |alias: &str| id == alias || id.ends_with(&format!(":{alias}"));
        let is_meant = |key: &Doc| {
            let is_its_own = ["KeyId", "KeyArn"].iter().any(|name| key.get(name).as_str() == Some(id));
            is_its_own || key.get("Alias").as_str().is_some_and(is_alias)
        };
        let message = format!("Key '{id}' does not exist");
        keys().into_iter().find(is_meant).ok_or_else(|| ApiError::new(400, "NotFoundException", &message))
    };
    Some(match asked.call.operation.as_str() {
        "ListKeys" => Ok(Doc::map([("Keys", Doc::List(keys()))])),
        "DescribeKey" => named().map(|key| Doc::map([("KeyMetadata", key.get("Metadata").clone())])),
        "GetKeyRotationStatus" => named().and_then(|key| {
            if key.at("Metadata.KeySpec").as_str() != Some("SYMMETRIC_DEFAULT") {
                let message = "The operation is not supported for this key.";
                return Err(ApiError::new(400, "UnsupportedOperationException", message));
            }
            Ok(Doc::map([("KeyRotationEnabled", key.get("Rotation").clone())]))
        }),
        "ListGrants" => named().map(|key| Doc::map([("Grants", key.get("Grants").clone())])),
        "GetKeyPolicy" => {
            named().map(|key| Doc::map([("Policy", key.get("Policy").clone()), ("PolicyName", Doc::from("default"))]))
        }
        "ListResourceTags" => named().map(|key| {
            let tags = key.get("Tags").as_list().unwrap_or_default();
            let renamed = tags
                .iter()
                .map(|tag| Doc::map([("TagKey", tag.get("Key").clone()), ("TagValue", tag.get("Value").clone())]));
            Doc::map([("Tags", Doc::List(renamed.collect()))])
        }),
        _ => return None,
    })
}
