//! Services that run and build containers: ECS and CodeBuild.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked};

/// The most services that one call describes.
const SERVICES: usize = 10;

/// The most projects that one call describes.
const PROJECTS: usize = 100;

/// ECS. Clusters and services are named by ARN.
pub(super) fn ecs(asked: &Asked<'_>) -> Answer {
    let services = || asked.here("AWS::ECS::Service");
    let arns = |docs: &[Doc], member: &str| Doc::List(docs.iter().map(|doc| doc.get(member).clone()).collect());
    let of_cluster = || {
        let cluster = cluster(asked)?;
        Ok(services().into_iter().filter(|service| *service.get("clusterArn") == cluster).collect::<Vec<_>>())
    };
    Some(match asked.call.operation.as_str() {
        "ListClusters" => Ok(Doc::map([("clusterArns", arns(&asked.here("AWS::ECS::Cluster"), "clusterArn"))])),
        "ListServices" => of_cluster().map(|services| Doc::map([("serviceArns", arns(&services, "serviceArn"))])),
        "DescribeServices" => of_cluster().and_then(|services| described(asked, &services)),
        _ => return None,
    })
}

/// The cluster that is meant; the default one when none is named.
fn cluster(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let name = match asked.call.text("cluster") {
        "" => "default",
        name => name,
    };
    let is_meant = |cluster: &Doc| {
        cluster.get("clusterArn").as_str() == Some(name) || cluster.get("clusterName").as_str() == Some(name)
    };
    let found = asked.found(&asked.call.region, "AWS::ECS::Cluster", is_meant);
    let found = found.ok_or_else(|| ApiError::new(400, "ClusterNotFoundException", "Cluster not found."))?;
    Ok(found.get("clusterArn").clone())
}

fn described(asked: &Asked<'_>, services: &[Doc]) -> Result<Doc, ApiError> {
    let names = asked.call.input.get("services").as_list().unwrap_or_default();
    if names.is_empty() || names.len() > SERVICES {
        let message = format!("Services must have between 1 and {SERVICES} elements.");
        return Err(ApiError::new(400, "InvalidParameterException", &message));
    }
    let find = |name: &Doc| services.iter().find(|service| service.get("serviceArn") == name);
    let missing = names.iter().filter(|name| find(name).is_none());
    let failure = |name: &Doc| Doc::map([("arn", name.clone()), ("reason", Doc::from("MISSING"))]);
    Ok(Doc::map([
        ("services", Doc::List(names.iter().filter_map(find).cloned().collect())),
        ("failures", Doc::List(missing.map(failure).collect())),
    ]))
}

/// CodeBuild. Projects are named by name.
pub(super) fn codebuild(asked: &Asked<'_>) -> Answer {
    let projects = asked.here("AWS::CodeBuild::Project");
    Some(match asked.call.operation.as_str() {
        "ListProjects" => Ok(Doc::map([(
            "projects",
            Doc::List(projects.iter().map(|project| project.get("name").clone()).collect()),
        )])),
        "BatchGetProjects" => {
            let names = asked.call.input.get("names").as_list().unwrap_or_default();
            if names.is_empty() || names.len() > PROJECTS {
                return Some(Err(ApiError::new(400, "InvalidInputException", "Invalid number of project names")));
            }
            let find = |name: &Doc| projects.iter().find(|project| project.get("name") == name);
            let missing = names.iter().filter(|name| find(name).is_none()).cloned().collect();
            Ok(Doc::map([
                ("projects", Doc::List(names.iter().filter_map(find).cloned().collect())),
                ("projectsNotFound", Doc::List(missing)),
            ]))
        }
        _ => return None,
    })
}
