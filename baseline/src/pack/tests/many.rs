//! Tests of loading what is listed, described or named many at a time: children, batches, tags from one listing.

use super::*;
use crate::pack::collector::Scope;
use crate::plan::{CallPlan, TypePlan};

const CLUSTERS: &str = r#"
service: ecs
resources:
  - type: AWS::ECS::Cluster
    scope: regional
    list: { call: ListClusters, items: clusterArns, item_member: clusterArn }
    arn: "{clusterArn}"
    gather:
      Described: { call: DescribeServices, with: { services: [$clusterArn] } }
  - type: AWS::ECS::Service
    scope: regional
    list:
      each: AWS::ECS::Cluster
      parent: { Cluster: [clusterArn] }
      call: ListServices
      with: { cluster: $parent.clusterArn }
      items: serviceArns
      item_member: serviceArn
    arn: "{parent.clusterArn}/{serviceArn}"
    gather:
      Service:
        call: DescribeServices
        with: { cluster: $parent.clusterArn, services: $items.serviceArn }
        batch: { size: 10, failures: { items: failures, key: arn, reason: reason, gone: [MISSING] } }
        items: services
        match: { serviceArn: $serviceArn }
"#;

fn loaded(text: &str) -> (Pack, Vec<String>) {
    let control = |about: &str, reads: &str| {
        let control = CONTROL.replace("AWS::S3::Bucket", about).replace("resource.Name", reads);
        control
            .replace("s3-bucket-named", "ecs-service-named")
            .replace("{ Name: ", "{ MEMBER: ")
            .replace("[Name]", "[MEMBER]")
    };
    let member = "serviceArn";
    let control = control("AWS::ECS::Service", "resource.serviceArn").replace("MEMBER", member);
    let sources = [source("collectors/ecs.yaml", text), source("controls/ecs/ecs-service-named.yaml", control)];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

fn check(from: &str, to: &str, expected: &str) {
    assert!(CLUSTERS.contains(from), "{from}");
    let (_, problems) = loaded(&CLUSTERS.replacen(from, to, 1));
    let found = problems.iter().any(|problem| problem.contains(expected));
    assert!(found, "`{to}` should say `{expected}`, not {problems:#?}");
}

#[test]
fn children_and_batches_load() {
    let (pack, problems) = loaded(CLUSTERS);
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(pack.control("ecs-service-named").is_some());
}

#[test]
fn a_parent_that_only_children_want_is_planned_as_a_listing() {
    let (pack, _) = loaded(CLUSTERS);
    let plan = CallPlan::new(&pack, ["ecs-service-named"]);
    let members = |name: &str| plan.resource_type(name).map(|plan| plan.members.len());
    assert_eq!((members("AWS::ECS::Cluster"), members("AWS::ECS::Service")), (Some(0), Some(0)));
    let operations: Vec<String> = plan.operations().into_iter().map(|(_, operation)| operation).collect();
    assert_eq!(operations, ["ListClusters", "ListServices"]);
    let cost = plan.cost_of(Scope::Regional);
    assert_eq!((cost.fixed, cost.per_resource), (1, 1));
    let fixed: Vec<String> = plan.fixed_calls(Scope::Regional).into_keys().map(|(_, operation)| operation).collect();
    assert_eq!(fixed, ["ListClusters"], "what is listed for each of something is listed for none of nothing");
    let whole = CallPlan::whole(&pack, pack.resource_type("AWS::ECS::Service"));
    let planned: Vec<(&str, usize)> =
        whole.types().map(|plan: &TypePlan| (&*plan.declared().name, plan.members.len())).collect();
    assert_eq!(planned, [("AWS::ECS::Cluster", 0), ("AWS::ECS::Service", 1)]);
}

#[test]
fn what_a_child_takes_of_its_parent_is_gathered_there() {
    let kept = "parent: { Cluster: [clusterArn, Described] }";
    let text = CLUSTERS.replace("parent: { Cluster: [clusterArn] }", kept);
    let (pack, problems) = loaded(&text);
    assert!(problems.is_empty(), "{problems:#?}");
    let members = |plan: &CallPlan| plan.resource_type("AWS::ECS::Cluster").map(|plan| plan.members.len());
    assert_eq!(members(&CallPlan::new(&pack, ["ecs-service-named"])), Some(0), "nobody reads what is kept");
    assert_eq!(members(&CallPlan::whole(&pack, pack.resource_type("AWS::ECS::Service"))), Some(1));
    let region = "with: { cluster: \"$parent.Described.services[].clusterArn\" }";
    let (pack, problems) = loaded(&CLUSTERS.replacen("with: { cluster: $parent.clusterArn }", region, 1));
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(members(&CallPlan::new(&pack, ["ecs-service-named"])), Some(1));
}

#[test]
fn mistakes_about_parents_are_told() {
    check("each: AWS::ECS::Cluster", "each: AWS::ECS::Clutser", "did you mean `AWS::ECS::Cluster`?");
    check("$parent.clusterArn", "$parent.clusterArm", "has no member `clusterArm`; did you mean `clusterArn`?");
    check("parent: { Cluster: [clusterArn] }", "parent: { Cluster: [clusterArm] }", "has no member `clusterArm`");
    check(
        "parent: { Cluster: [clusterArn] }",
        "parent: { serviceArn: [clusterArn] }",
        "have a member `serviceArn` already",
    );
    check("parent: { Cluster: [clusterArn] }", "parent: { Service: [clusterArn] }", "`Service` is gathered");
    check("      each: AWS::ECS::Cluster\n", "", "`parent` says what is kept of the type that `each` names");
    check("{parent.clusterArn}", "{parent.no}", "has no member `no`");
    check("[$clusterArn]", "[$parent.clusterArn]", "it is listed for no other type");
    let global = CLUSTERS.replacen("scope: regional", "scope: global", 1);
    assert!(loaded(&global).1.iter().any(|problem| problem.contains("has another scope")));
}

#[test]
fn types_that_are_listed_for_each_other_are_refused() {
    let list = "list: { call: ListClusters, items: clusterArns, item_member: clusterArn }";
    let circle = list.replace("{ call", "{ each: AWS::ECS::Service, call");
    let (pack, problems) = loaded(&CLUSTERS.replacen(list, &circle, 1));
    assert!(
        problems.iter().any(|problem| problem.contains("is listed for each of what is listed for it")),
        "{problems:#?}"
    );
    assert!(pack.resource_type("AWS::ECS::Cluster").is_none() && pack.resource_type("AWS::ECS::Service").is_none());
}

#[test]
fn mistakes_about_batches_are_told() {
    check("services: $items.serviceArn", "services: [$serviceArn]", "one argument takes the resources of a batch");
    check(
        "services: $items.serviceArn",
        "services: [$items.serviceArn]",
        "one argument takes the resources of a batch",
    );
    check("$items.serviceArn", "$items.serviceArm", "did you mean `serviceArn`?");
    check("items: services\n", "items: servcies\n", "did you mean `services`?");
    check("{ serviceArn: $serviceArn }", "{ serviceArm: $serviceArn }", "did you mean `serviceArn`?");
    check("{ serviceArn: $serviceArn }", "{ serviceArn: serviceArn }", "is a path of it, such as `$arn`");
    check("        match: { serviceArn: $serviceArn }\n", "", "needs `match`");
    check("items: failures,", "items: failuers,", "did you mean `failures`?");
    check(", key: arn", "", "are no names: `key` has to name them");
    check("size: 10", "size: 1", "how many resources a call takes");
    check("[$clusterArn]", "[$items.clusterArn]", "`$items.…` are the resources of a `batch`");
    let gathered = "      Service:\n        when: resource.Other != null\n";
    let other = "      Other: { call: DescribeServices, with: { services: [$serviceArn] } }\n";
    check("      Service:\n", &format!("{other}{gathered}"), "gathered in batches, before `Other`");
    let of_other = format!("{other}      Service:\n");
    let text = CLUSTERS.replacen("      Service:\n", &of_other, 1);
    let text = text.replacen("match: { serviceArn: $serviceArn }", "match: { serviceArn: $Other.x }", 1);
    assert!(loaded(&text).1.iter().any(|problem| problem.contains("before `Other` is gathered")));
}

#[test]
fn tags_come_from_the_listing_of_all_tags_where_aws_has_them_there() {
    let of = |name: &str| {
        let text =
            COLLECTOR.replace("AWS::S3::Bucket", name).replace("    arn:", "    tags: { from: tagging }\n    arn:");
        let (pack, problems) = Pack::load([source("collectors/s3.yaml", text)], Catalog::embedded());
        let tags = pack.resource_type(name).and_then(|known| known.declared.tags.clone());
        (tags, problems.iter().map(ToString::to_string).collect::<String>())
    };
    assert_eq!(of("AWS::S3::Bucket"), (Some("Tags".to_owned()), String::new()));
    for name in ["AWS::IAM::User", "AWS::IAM::Role", "AWS::AutoScaling::AutoScalingGroup"] {
        let (tags, problems) = of(name);
        assert!(tags.is_none() && problems.contains("does not name"), "{name}: {problems}");
    }
    let text = COLLECTOR.replace("    arn:", "    tags: { from: taging }\n    arn:");
    let (_, problems) = load(&text, CONTROL);
    assert!(problems.iter().any(|problem| problem.contains("did you mean `tagging`?")), "{problems:?}");
}
