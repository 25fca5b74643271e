//! ECS clusters, their services, and build projects.

use serde_json::{Value, json};

use super::Site;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "AWS::ECS::Cluster" => clusters(site).iter().map(|name| cluster(site, name)).collect(),
        "AWS::ECS::Service" => clusters(site).iter().flat_map(|cluster| services(site, cluster)).collect(),
        "AWS::CodeBuild::Project" => {
            site.names(&["shop", "mailer", "site"]).iter().map(|name| project(site, name)).collect()
        }
        _ => return None,
    })
}

/// One cluster, and a second one where there is much.
fn clusters(site: &Site<'_>) -> Vec<&'static str> {
    ["apps", "jobs"].into_iter().take(site.count).collect()
}

fn lower(tags: &Value) -> Value {
    let each = tags.as_array().into_iter().flatten();
    each.map(|tag| json!({ "key": tag["Key"], "value": tag["Value"] })).collect()
}

fn cluster(site: &Site<'_>, name: &str) -> Value {
    json!({
        "clusterArn": site.arn("ecs", &format!("cluster/{name}")), "clusterName": name, "status": "ACTIVE",
        "tags": lower(&site.tags(name)),
    })
}

fn services(site: &Site<'_>, cluster: &str) -> Vec<Value> {
    let names = site.names(&["checkout", "catalog", "search"]);
    names.iter().map(|name| service(site, cluster, name)).collect()
}

fn service(site: &Site<'_>, cluster: &str, name: &str) -> Value {
    let is_public = site.flawed("ecs-service-no-public-ip", name);
    json!({
        "serviceArn": site.arn("ecs", &format!("service/{cluster}/{name}")), "serviceName": name,
        "clusterArn": site.arn("ecs", &format!("cluster/{cluster}")), "status": "ACTIVE", "desiredCount": 2,
        "runningCount": 2, "pendingCount": 0, "launchType": "FARGATE", "platformVersion": "LATEST",
        "platformFamily": "Linux", "taskDefinition": site.arn("ecs", &format!("task-definition/{name}:7")),
        "schedulingStrategy": "REPLICA", "createdAt": site.days_ago(90), "enableExecuteCommand": false,
        "networkConfiguration": { "awsvpcConfiguration": {
            "subnets": [site.id("subnet", &site.id("vpc", "main"))], "securityGroups": [site.id("sg", "app")],
            "assignPublicIp": if is_public { "ENABLED" } else { "DISABLED" },
        } },
        "tags": lower(&site.tags(name)),
    })
}

fn project(site: &Site<'_>, name: &str) -> Value {
    let mut variables = vec![json!({ "name": "STAGE", "type": "PLAINTEXT", "value": site.environment() })];
    if site.flawed("codebuild-project-no-plain-secrets", name) {
        let value = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        variables.push(json!({ "name": "AWS_SECRET_ACCESS_KEY", "type": "PLAINTEXT", "value": value }));
    }
    json!({
        "name": name, "arn": site.arn("codebuild", &format!("project/{name}")), "created": site.days_ago(200),
        "lastModified": site.days_ago(3), "source": { "type": "CODEPIPELINE" }, "artifacts": { "type": "CODEPIPELINE" },
        "environment": {
            "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": variables, "privilegedMode": false,
        },
        "serviceRole": format!("arn:aws:iam::{}:role/build", site.account), "timeoutInMinutes": 60,
        "projectVisibility": "PRIVATE", "tags": lower(&site.tags(name)),
    })
}
