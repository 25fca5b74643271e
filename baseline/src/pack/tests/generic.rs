//! Types that Cloud Control or AWS Config read: what is checked of them, and what they plan.

use super::*;
use crate::permissions;
use crate::plan::CallPlan;

const GENERIC: &str = r#"
resources:
  - type: AWS::Sample::Thing
    source: cloudcontrol
    arn: "arn:{partition}:sample:{region}:{account}:thing/{Name}"
    tags: Tags
  - type: AWS::EFS::FileSystem
    source: config
"#;

const THING: &str = r#"{"typeName": "AWS::Sample::Thing", "primaryIdentifier": ["/properties/Name"],
    "properties": {"Name": {"type": "string"}, "Mode": {"type": "string", "enum": ["ON", "OFF"]}, "Tags": {"type": "array"}},
    "handlers": {"list": {"permissions": ["sample:ListThings"]}, "read": {"permissions": ["sample:GetThing", "s3:GetObject"]}}}"#;

fn load_generic(collector: &str, schema: Option<&str>, pass_when: &str, resource: &str) -> (Pack, Vec<String>) {
    let control = CONTROL
        .replace("AWS::S3::Bucket", resource)
        .replace("settings: { shortest: 1 }\n", "")
        .replace("Name: a", if resource == "AWS::EFS::FileSystem" { "resourceName: a" } else { "Name: a" })
        .replace("[Name]", if resource == "AWS::EFS::FileSystem" { "[resourceName]" } else { "[Name]" })
        .replace("resource.Name != null &&\n  size(resource.Name) > settings.shortest", pass_when);
    let mut sources =
        vec![source("collectors/generic.yaml", collector), source("controls/s3/s3-bucket-named.yaml", control)];
    sources.extend(schema.map(|schema| source("schemas/AWS-Sample-Thing.json", schema)));
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

fn check_generic(from: &str, to: &str, schema: &str, expected: &str) {
    assert!(GENERIC.contains(from), "{from}");
    let (_, problems) = load_generic(&GENERIC.replacen(from, to, 1), Some(schema), "true", "AWS::Sample::Thing");
    let found = problems.iter().any(|problem| problem.contains(expected));
    assert!(found, "`{to}` should say `{expected}`, not {problems:#?}");
}

#[test]
fn a_generic_type_is_checked_against_its_schema() {
    let of = |pass_when, schema| load_generic(GENERIC, schema, pass_when, "AWS::Sample::Thing").1.join("\n");
    let data = "names s3:GetObject, which change something or may return what is stored";
    assert!(of("resource.Name == \"a\"", Some(THING)).contains(data));
    assert!(of("resource.Nam == \"a\"", Some(THING)).contains("no member `Nam`"));
    assert!(of("resource.Mode == \"UP\"", Some(THING)).contains("UP"), "a value that the schema does not list");
    let unchecked = of("resource.Nam == \"a\"", None);
    assert!(unchecked.contains("cannot be checked") && !unchecked.contains("no member"), "{unchecked}");
    assert!(unchecked.contains("describe-type --type RESOURCE --type-name AWS::Sample::Thing"), "{unchecked}");
}

#[test]
fn a_generic_type_that_aws_cannot_read_so_is_an_error() {
    check_generic(
        "AWS::EFS::FileSystem",
        "AWS::EFS::FileSystm",
        THING,
        "AWS Config does not record AWS::EFS::FileSystm",
    );
    check_generic("AWS::EFS::FileSystem", "AWS::EFS::File' OR '1'='1", THING, "is not a type name");
    check_generic("source: config", "source: confg", THING, "did you mean `config`");
    check_generic("{Name}", "{Mode}", THING, "`Mode` is not part of what names a resource");
    check_generic("{Name}", "{Identifier}", THING, "s3:GetObject");
    check_generic("tags: Tags", "tags: Labels", THING, "no member `Labels`");
    check_generic("tags: Tags", "max_age_hours: 24", THING, "no key `max_age_hours`");
    check_generic("source: config", "source: config\n    max_age_hours: 0", THING, "whole number of hours");
    check_generic("source: config", "source: config\n    gather: {}", THING, "no key `gather`");
    let unlisted = THING.replace(r#""list": {"permissions": ["sample:ListThings"]}, "#, "");
    check_generic("tags: Tags", "tags: Tags", &unlisted, "cannot list AWS::Sample::Thing");
    let within = THING.replace(r#"["sample:ListThings"]"#, r#"["a:B"], "handlerSchema": {"required": ["Name"]}"#);
    check_generic("tags: Tags", "tags: Tags", &within, "lists AWS::Sample::Thing only for a given Name");
    check_generic("/{Name}", "/thing", THING, "no place for what the item itself says");
    check_generic("tags: Tags", "tags: Tags", "{\"typeName\": \"AWS::Sample::Thing\"}", "a schema has `properties`");
    let arn = "    arn: \"arn:{partition}:sample:{region}:{account}:thing/{Name}\"\n";
    check_generic(arn, "", THING, "needs `arn`");
}

#[test]
fn a_generic_type_plans_what_its_source_calls() {
    let operations = |resource| {
        let (pack, problems) = load_generic(GENERIC, Some(THING), "has_tag([], \"a\")", resource);
        let plan = CallPlan::new(&pack, ["s3-bucket-named"]);
        let calls: Vec<String> = plan.operations().iter().map(|(service, name)| format!("{service}:{name}")).collect();
        let actions: Vec<String> = permissions::of_plan(&plan, Catalog::embedded()).into_iter().collect();
        assert!(!calls.is_empty(), "{problems:?}");
        (calls, actions, plan.cost_of(collector::Scope::Regional))
    };
    let (calls, actions, cost) = operations("AWS::Sample::Thing");
    assert_eq!(calls, ["cloudcontrol:GetResource", "cloudcontrol:ListResources"]);
    // The handlers' own, but for what may read data.
    let expected =
        ["cloudformation:GetResource", "cloudformation:ListResources", "sample:GetThing", "sample:ListThings"];
    assert_eq!(actions, expected);
    assert_eq!((cost.fixed, cost.per_resource), (1, 1));
    let (calls, _, cost) = operations("AWS::EFS::FileSystem");
    let expected = ["DescribeConfigurationRecorderStatus", "DescribeConfigurationRecorders", "SelectResourceConfig"];
    assert_eq!(calls, expected.map(|name| format!("config:{name}")));
    assert_eq!((cost.fixed, cost.per_resource), (3, 0));
}

const AGGREGATED: &str = "source: config\n    aggregator: { name: all, region: eu-central-1 }";

#[test]
fn an_aggregator_is_asked_once_in_the_management_account() {
    let (pack, problems) = load_generic(
        &GENERIC.replace("source: config", AGGREGATED),
        Some(THING),
        "resource.resourceName != null",
        "AWS::EFS::FileSystem",
    );
    let plan = CallPlan::new(&pack, ["s3-bucket-named"]);
    let calls: Vec<String> = plan.operations().iter().map(|(service, name)| format!("{service}:{name}")).collect();
    let expected = [
        "config:DescribeConfigurationAggregatorSourcesStatus",
        "config:DescribeConfigurationAggregators",
        "config:SelectAggregateResourceConfig",
    ];
    assert_eq!(calls, expected, "{problems:?}");
    let fixed = |scope| plan.cost_of(scope).fixed;
    // One query for the resources, and one for the recorders.
    assert_eq!((fixed(collector::Scope::Organization), fixed(collector::Scope::Regional)), (4, 0));
}

#[test]
fn an_aggregator_has_a_name_and_a_region_and_no_place_of_its_own() {
    let check = |to: &str, expected: &str| check_generic("source: config", to, THING, expected);
    check(&AGGREGATED.replace("name: all, ", ""), "needs `name`");
    check(&AGGREGATED.replace(", region: eu-central-1", ""), "needs `region`");
    check(&AGGREGATED.replace("eu-central-1", "Frankfurt"), "`Frankfurt` is not the name of a Region");
    check(&AGGREGATED.replace("region:", "account: a, region:"), "no key `account`");
    check(&format!("{AGGREGATED}\n    scope: global"), "`scope` says nothing beside `aggregator`");
    check(&format!("{AGGREGATED}\n    arn: \"{{arn}}\""), "`arn` says nothing beside `aggregator`");
    check_generic("tags: Tags", "tags: Tags\n    aggregator: { name: a, region: b-c-1 }", THING, "no key `aggregator`");
}
