//! Tests of loading: each mistake is found, placed and explained, and never stops what is right.

use std::collections::BTreeMap;

mod named;
mod overrides;
mod page;
mod scanning;
mod variants;

use super::control::Case;
use super::*;

mod many;

const COLLECTOR: &str = r#"
service: s3
resources:
  - type: AWS::S3::Bucket
    scope: regional
    list: { call: ListBuckets, with: { BucketRegion: $region }, items: Buckets }
    arn: "arn:{partition}:s3:::{Name}"
"#;

const CONTROL: &str = r#"id: s3-bucket-named
title: Buckets have a name
severity: low
level: 1
fix: { by: iac }
resource: AWS::S3::Bucket
pass_when: >-
  resource.Name != null &&
  size(resource.Name) > settings.shortest
settings: { shortest: 1 }
why: Because.
remediation: { steps: Name it. }
references: [https://docs.aws.amazon.com/s3]
cases:
  - { name: long, resource: { Name: abc }, expect: pass }
  - { name: short, resource: { Name: a }, expect: fail }
  - { name: unread, unknown: [Name], expect: unknown }
finding: { one: A bucket has no name, other: "{count} buckets have no name" }
"#;

const FACTS: &str = "id: lengths
says: How long names are.
source: https://docs.aws.amazon.com/s3
as_of: 2026-11-01
look_again_by: 2027-02-01
values: [1]
";

fn source(path: &str, text: impl Into<String>) -> Source {
    Source { path: path.to_owned(), text: text.into() }
}

fn load(collector: &str, control: &str) -> (Pack, Vec<String>) {
    let sources = [source("collectors/s3.yaml", collector), source("controls/s3/s3-bucket-named.yaml", control)];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

/// Loads the control with one text replaced, and expects one problem.
fn check_control(from: &str, to: &str, expected: &str) {
    assert!(CONTROL.contains(from), "{from}");
    let (pack, problems) = load(COLLECTOR, &CONTROL.replacen(from, to, 1));
    let found = problems.iter().any(|problem| problem.contains(expected));
    assert!(found, "`{to}` should say `{expected}`, not {problems:#?}");
    assert!(pack.control("s3-bucket-named").is_none());
}

fn check_collector(from: &str, to: &str, expected: &str) {
    assert!(COLLECTOR.contains(from), "{from}");
    let (_, problems) = load(&COLLECTOR.replacen(from, to, 1), CONTROL);
    let found = problems.iter().any(|problem| problem.contains(expected));
    assert!(found, "`{to}` should say `{expected}`, not {problems:#?}");
}

#[test]
fn what_is_right_loads_without_problems() {
    let (pack, problems) = load(COLLECTOR, CONTROL);
    assert!(problems.is_empty(), "{problems:#?}");
    let control = pack.control("s3-bucket-named").unwrap();
    assert_eq!(control.types, [Arc::from("AWS::S3::Bucket")]);
    for case in &control.control.cases {
        assert!(crate::case::run(&pack, control, case).holds(), "{}", case.name);
    }
}

/// What is gathered of buckets, for conditions on it.
const GATHERED: &str = r#"    gather:
      Versioning: { call: GetBucketVersioning, with: { Bucket: $Name } }
      Block: { call: GetPublicAccessBlock, with: { Bucket: $Name }, take: PublicAccessBlockConfiguration, when: WHEN }
"#;

/// Loads the control with another condition, and expects one warning, at a column. The control is used all the same.
fn check_warning(condition: &str, column: usize, expected: &str) {
    let collector = format!("{COLLECTOR}{}", GATHERED.replace(", when: WHEN", ""));
    let control = CONTROL.replacen("resource.Name != null", condition, 1);
    let (pack, problems) = load(&collector, &control);
    assert_eq!(problems, [format!("controls/s3/s3-bucket-named.yaml:8:{column}: warning: {expected}")], "{condition}");
    assert!(pack.control("s3-bucket-named").is_some());
}

#[test]
fn what_is_probably_a_mistake_is_a_warning() {
    let absent = "`BlockPublicAcls` is unknown where AWS leaves it out; compare it: `BlockPublicAcls == true`";
    check_warning("resource.Block.BlockPublicAcls", 18, absent);
    check_warning("!resource.Block.BlockPublicAcls", 19, absent);
    check_warning("(resource.Block.BlockPublicAcls || resource.Name == 'a')", 19, absent);
    check_warning("(resource.Block.BlockPublicAcls ? true : false)", 19, absent);
    check_warning("['a'].exists(name, resource.Block.BlockPublicAcls)", 37, absent);
    let right = format!("{COLLECTOR}{}", GATHERED.replace(", when: WHEN", ""));
    for condition in [
        "resource.Block.BlockPublicAcls == true",
        "account.is_management",
        // Both spellings of a value that AWS lists in one and sends in the other.
        "!(resource.Versioning.Status in ['SUSPENDED', 'Suspended'])",
        "has(resource.Block.BlockPublicAcls)",
        // A value that is newer than the API's description.
        "string(resource.Versioning.Status) == 'Paused'",
    ] {
        let (_, problems) = load(&right, &CONTROL.replacen("resource.Name != null", condition, 1));
        assert!(problems.is_empty(), "{condition}: {problems:#?}");
    }
}

#[test]
fn values_that_the_api_does_not_list_are_refused() {
    let collector = format!("{COLLECTOR}{}", GATHERED.replace(", when: WHEN", ""));
    let check = |condition: &str, column: usize, expected: &str| {
        let (pack, problems) = load(&collector, &CONTROL.replacen("resource.Name != null", condition, 1));
        let listed = "is no value that the API lists for BucketVersioningStatus";
        let expected = expected.replace("LISTED", listed);
        assert_eq!(problems, [format!("controls/s3/s3-bucket-named.yaml:8:{column}: error: {expected}")]);
        assert!(pack.control("s3-bucket-named").is_none());
    };
    check("resource.Versioning.Status == 'Enable'", 33, "`Enable` LISTED; did you mean `Enabled`?");
    check("resource.Versioning.Status != 'Enable'", 33, "`Enable` LISTED; did you mean `Enabled`?");
    check("'enabled' != resource.Versioning.Status", 3, "`enabled` LISTED; did you mean `Enabled`?");
    check("resource.Versioning.Status in ['Enabld', 'Suspended']", 34, "`Enabld` LISTED; did you mean `Enabled`?");
    let newer = "`Paused` LISTED; if AWS has it since, compare string(…) with it";
    check("resource.Versioning.Status == 'Paused'", 33, newer);
}

#[test]
fn so_are_those_in_the_conditions_of_collectors() {
    let gathered = GATHERED.replace("WHEN", "'resource.Versioning.Status == \"Enable\"'");
    let (pack, problems) = load(&format!("{COLLECTOR}{gathered}"), CONTROL);
    assert!(problems[0].contains(": error: `Enable` is no value"), "{problems:#?}");
    assert!(pack.resource_type("AWS::S3::Bucket").is_none());
}

#[test]
fn mistakes_in_controls_are_placed_and_explained() {
    let file = "controls/s3/s3-bucket-named.yaml";
    check_control(
        "title: ",
        "titel: ",
        &format!("{file}:2:1: error: a control has no key `titel`; did you mean `title`?"),
    );
    check_control("title: Buckets have a name\n", "", "a control needs `title`");
    check_control("a name", "a name.", ":2:8: error: a title ends without a full stop");
    check_control("low", "lo", ":3:11: error: `severity` is one of critical, high, medium, low");
    check_control("level: 1", "level: 4", ":4:8: error: `level` is 1");
    check_control("by: iac", "by: iaac", "did you mean `iac`?");
    check_control("resource: AWS::S3::Bucket", "resource: AWS::S3::Buket", "did you mean `AWS::S3::Bucket`?");
    check_control(
        "resource.Name !=",
        "resource.Nam !=",
        ":8:12: error: AWS::S3::Bucket has no member `Nam`; did you mean",
    );
    check_control("size(resource.Name)", "size(resource.Nmae)", ":9:17: error:");
    check_control("settings.shortest", "1", "no expression reads the setting `shortest`");
    check_control("https:", "http:", "a reference is an https URL");
    check_control(
        "references:",
        "frameworks: { aws-fsbp: S3.5 }\nreferences:",
        "13:1: error: a control has no key `frameworks`: what",
    );
    check_control("expect: unknown", "expect: pass", "needs a case with `expect: unknown`");
    check_control(
        "{ Name: a }",
        "{ Nmae: a }",
        ":16:32: error: AWS::S3::Bucket has no member `Nmae`; did you mean `Name`?",
    );
    check_control("[Name]", "[Naem]", "has no member `Naem`");
    check_control("name: short", "name: long", "already a case `long`");
    check_control("id: s3-bucket-named", "id: s3-bucket-other", "the file is called `s3-bucket-named`");
    check_control("why: Because.", "why: ''", "`why` is empty");
    check_control("pass_when", "applies_when", "a control needs `pass_when`, or `manual: true`");
}

#[test]
fn mistakes_in_collectors_are_placed_and_explained() {
    check_collector("service: s3", "service: s4", "no descriptor of a service `s4`");
    check_collector("ListBuckets", "ListBukets", ":6:19: error: the descriptor of s3 has no operation `ListBukets`");
    check_collector("BucketRegion:", "BucketRegoin:", "takes no `BucketRegoin`; did you mean `BucketRegion`?");
    check_collector("items: Buckets", "items: Bukets", "has no member `Bukets`; did you mean `Buckets`?");
    check_collector("{Name}", "{Nme}", ":7:10: error: AWS::S3::Bucket has no member `Nme`");
    check_collector("regional", "regoinal", "did you mean `regional`?");
    check_collector("$region", "$regoin", "nothing called `$regoin`; did you mean `$region`?");
    check_collector("arn:", "gather: { P: { call: GetBucketPolicy } }\n    arn:", "needs `with: { Bucket: … }`");
    let circle = "gather:\n      A: { call: GetBucketPolicy, with: { Bucket: $B.Policy } }\n      \
                  B: { call: GetBucketPolicy, with: { Bucket: $A.Policy } }\n    arn:";
    let arn = "gather: { Policy: { call: GetBucketPolicy, with: { Bucket: $Name } } }\n    arn: \"{Policy.Policy}\" #";
    check_collector("arn:", arn, "`Policy.Policy` comes from a further call");
    check_collector("arn:", circle, "`A` waits for a member that waits for it");
}

#[test]
fn a_bad_control_never_stops_the_good_ones() {
    let sources = [
        source("collectors/s3.yaml", COLLECTOR),
        source("controls/s3/s3-bucket-named.yaml", CONTROL),
        source("controls/s3/s3-bucket-broken.yaml", "id: [\n"),
        source("controls/s3/s3-bucket-empty.yaml", ""),
        source("elsewhere/notes.yaml", "a: 1\n"),
    ];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert_eq!(pack.controls().len(), 1);
    assert_eq!(problems.len(), 3, "{problems:#?}");
}

#[test]
fn settings_are_checked_and_change_the_digest() {
    let (pack, _) = load(COLLECTOR, CONTROL);
    let set = |control: &str, name: &str, value: Doc| {
        let settings = BTreeMap::from([(name.to_owned(), value)]);
        pack.with_settings(&BTreeMap::from([(control.to_owned(), settings)]))
    };
    let changed = set("s3-bucket-named", "shortest", Doc::Int(5)).unwrap();
    assert_eq!(changed.control("s3-bucket-named").unwrap().settings.get("shortest"), &Doc::Int(5));
    assert_ne!(changed.digest(), pack.digest());
    let message = |result: Result<Pack, Vec<SettingsError>>| result.unwrap_err()[0].to_string();
    assert_eq!(
        message(set("s3-bucket-name", "shortest", Doc::Int(5))),
        "there is no control `s3-bucket-name`; did you mean `s3-bucket-named`?"
    );
    assert_eq!(
        message(set("s3-bucket-named", "shortes", Doc::Int(5))),
        "`s3-bucket-named` has no setting `shortes`; did you mean `shortest`?"
    );
    assert_eq!(
        message(set("s3-bucket-named", "shortest", Doc::from("5"))),
        "setting `shortest` of `s3-bucket-named` is a number; its default is 1"
    );
}

#[test]
fn a_setting_says_which_values_it_takes() {
    let check = |settings: &str, value: Doc, expected: &str| {
        let written =
            CONTROL.replacen("settings: { shortest: 1 }", &format!("settings: {{ shortest: {settings} }}"), 1);
        assert_ne!(written, CONTROL, "the control has the setting that is replaced here");
        let sources = [
            source("collectors/s3.yaml", COLLECTOR),
            source("facts/lengths.yaml", FACTS),
            source("controls/s3/s3-bucket-named.yaml", written),
        ];
        let (pack, problems) = Pack::load(sources, Catalog::embedded());
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let given = BTreeMap::from([("shortest".to_owned(), value)]);
        let set = pack.with_settings(&BTreeMap::from([("s3-bucket-named".to_owned(), given)]));
        let refused = set.err().filter(|_| problems.is_empty()).map(|errors| errors[0].to_string());
        let found = refused.into_iter().chain(problems).collect::<Vec<_>>().join("\n");
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{settings:?}: {found}");
    };
    let bounded = "{ default: 1, min: 1, max: 63, says: The fewest characters }";
    check(bounded, Doc::Int(63), "");
    check(bounded, Doc::Int(0), "setting `shortest` of `s3-bucket-named` is a number from 1 to 63; its default is 1");
    check(bounded, Doc::from("3"), "is a number; its default is 1");
    check("{ default: 0, min: 1 }", Doc::Int(1), "`default` is a number, at least 1");
    check("{ default: 3, min: 5, max: 1 }", Doc::Int(3), "`min` is greater than `max`");
    check("{ default: 3, min: few }", Doc::Int(3), "`min` is a number");
    check("{ default: 3, mim: 1 }", Doc::Int(3), "a setting has no key `mim`; did you mean `min`?");
    check("{ default: 3, one_of: [3, 7] }", Doc::Int(4), "is one of 3, 7; its default is 3");
    check("{ default: 3, matches: \"3\" }", Doc::Int(3), "`matches` is about the whole text");
    check("{ facts: length }", Doc::Int(3), "there are no facts `length`; did you mean `lengths`?");
    check("{ facts: lengths, default: 3 }", Doc::Int(3), "leave `default` out");
}

#[test]
fn facts_age() {
    let load = |facts: String| {
        let sources = [
            source("collectors/s3.yaml", COLLECTOR),
            source("facts/lengths.yaml", facts),
            source(
                "controls/s3/s3-bucket-named.yaml",
                CONTROL
                    .replacen("settings: { shortest: 1 }", "settings: { shortest: { facts: lengths } }", 1)
                    .replace("settings.shortest", "settings.shortest[0]"),
            ),
        ];
        Pack::load(sources, Catalog::embedded())
    };
    let (pack, problems) = load(FACTS.to_owned());
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(pack.overdue_facts("2027-02-01T23:00:00Z").count(), 0);
    let overdue: Vec<_> = pack.overdue_facts("2027-02-02T00:00:00Z").collect();
    assert_eq!(overdue[0].0.id, "lengths");
    assert_eq!(overdue[0].1, [&Arc::from("s3-bucket-named")]);
    for (from, to, expected) in [
        ("look_again_by: 2027-02-01", "look_again_by: 2026-02-01", "`look_again_by` is after `as_of`"),
        ("as_of: 2026-11-01", "as_of: November", "`as_of` is a date such as 2031-06-30"),
        ("id: lengths", "id: length", "the file is called `lengths`"),
        ("values: [1]", "values: 1", "`values` is a map or a list"),
        ("https://", "http://", "`source` is an https URL"),
    ] {
        let (_, problems) = load(FACTS.replacen(from, to, 1));
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.join("\n").contains(expected), "{expected}: {problems:#?}");
    }
}

#[test]
fn a_table_is_added_to_and_keeps_its_kind() {
    let set = |runtime: &str, value: Doc| {
        let table = Doc::map([(runtime, value)]);
        let settings = BTreeMap::from([("deprecated_on".to_owned(), table)]);
        Pack::embedded().with_settings(&BTreeMap::from([("lambda-runtime-supported".to_owned(), settings)]))
    };
    let added = set("python3.16", Doc::from("2031-06-30")).unwrap();
    let table = added.control("lambda-runtime-supported").unwrap().settings.get("deprecated_on").clone();
    assert_eq!(table.get("python3.16"), &Doc::from("2031-06-30"));
    assert_eq!(table.get("python3.14"), &Doc::from("2029-06-30"));
    let refused = set("python3.14", Doc::Int(2030)).unwrap_err();
    let expected = "setting `deprecated_on.python3.14` of `lambda-runtime-supported` is a date such as 2031-06-30; \
                    its default is a table";
    assert_eq!(refused[0].to_string(), expected);
}

#[test]
fn what_controls_judge_is_told_by_the_resource_alone() {
    let judged = |condition: &str| COLLECTOR.replacen("arn:", &format!("judged_when: {condition}\n    arn:"), 1);
    let (pack, problems) = load(&judged("resource.Name != 'gone'"), CONTROL);
    assert!(problems.is_empty(), "{problems:#?}");
    let control = pack.control("s3-bucket-named").unwrap();
    let case = |name: &str| Case {
        resource: Doc::map([("Name", Doc::from(name))]),
        ..control.control.cases.iter().find(|case| case.name == "long").unwrap().clone()
    };
    assert_eq!(crate::case::run(&pack, control, &case("gone")).verdict.status, crate::Status::NotApplicable);
    assert_eq!(crate::case::run(&pack, control, &case("here")).verdict.status, crate::Status::Pass);
    check_collector(
        "arn:",
        "judged_when: resource.Nam == null\n    arn:",
        ":7:27: error: AWS::S3::Bucket has no member `Nam`",
    );
    check_collector("arn:", "judged_when: all('AWS::S3::Bucket') != null\n    arn:", "and no listing");
}

#[test]
fn members_are_gathered_for_each_item_of_a_list() {
    let elbv2 = |member: &str, gather: &str| {
        let text = format!(
            "service: elbv2\nresources:\n  - type: AWS::Test::Balancer\n    scope: regional\n    list: {{ call: \
             DescribeLoadBalancers, items: LoadBalancers }}\n    arn: \"{{LoadBalancerArn}}\"\n    gather:\n      {member}: {gather}\n"
        );
        let (pack, problems) = Pack::load([source("collectors/elbv2.yaml", text)], Catalog::embedded());
        (pack, problems.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let zones = "{ call: DescribeTags, with: { ResourceArns: [$ZoneName] }, take: TagDescriptions, when: resource.ZoneName != null }";
    let (pack, problems) = elbv2("AvailabilityZones[].Tags", zones);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(pack.resource_types().len(), 1);
    let check = |member: &str, gather: &str, expected: &str| {
        let (_, problems) = elbv2(member, gather);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:#?}");
    };
    check(
        "AvailabilityZones[].Tags",
        &zones.replace("$ZoneName", "$LoadBalancerArn"),
        "has no member `LoadBalancerArn`",
    );
    check("AvailabilityZones[].Tags", &zones.replace("resource.ZoneName", "resource.Type"), "has no member `Type`");
    let of_parent = zones.replace("$ZoneName", "$parent.LoadBalancerArn").replace("resource.ZoneName", "parent.Type");
    let (_, problems) = elbv2("AvailabilityZones[].Tags", &of_parent);
    assert!(problems.is_empty(), "{problems:#?}");
    check(
        "AvailabilityZones[].Tags",
        &of_parent.replace("$parent.LoadBalancerArn", "$parent.Arm"),
        "has no member `Arm`",
    );
    check("AvailabilityZones[].Tags", &of_parent.replace("parent.Type", "parent.Tipe"), "did you mean `Type`?");
    check("Tags", &of_parent.replace("parent.Type", "resource.Type"), "has no member `parent`");
    let circle = "{ call: DescribeTags, with: { ResourceArns: [\"$B[].ResourceArn\"] }, take: TagDescriptions }\n      \
                  AvailabilityZones[].B: { call: DescribeTags, with: { ResourceArns: [\"$A[].ResourceArn\"] }, take: TagDescriptions }";
    check("AvailabilityZones[].A", circle, "`AvailabilityZones[].A` waits for a member that waits for it");
    check("SecurityGroups[].Tags", zones, "for each item of a list that the resource does not have");
    check("Nothing[].Tags", zones, "for each item of a list that the resource does not have");
}

#[test]
fn the_embedded_pack_has_no_errors() {
    let (_, problems) = Pack::load(Pack::embedded_sources(), Catalog::embedded());
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn cases_start_from_a_base_and_show_what_they_change() {
    let with = |cases: &str| {
        let start = CONTROL.find("cases:").expect("the control has cases");
        let finding = "finding: { one: It has no name, other: \"{count} have no name\" }";
        format!(
            "{}{finding}\nbase: {{ resource: {{ Name: abc, CreationDate: x }} }}\ncases:\n{cases}",
            &CONTROL[..start]
        )
    };
    let cases = "  - { name: long, expect: pass }
  - { name: short, with: { resource.Name: a }, expect: fail }
  - { name: shorter, with: { resource: { Name: \"\" } }, expect: fail }
  - { name: unread, unknown: [Name], expect: unknown }\n";
    let (pack, problems) = load(COLLECTOR, &with(cases));
    assert_eq!(problems, Vec::<String>::new());
    let control = pack.control("s3-bucket-named").expect("nothing is wrong with it");
    let documents: Vec<String> = control.control.cases.iter().map(|case| case.resource.to_json()).collect();
    assert_eq!(documents[0], r#"{"Name":"abc","CreationDate":"x"}"#);
    assert_eq!(documents[1], r#"{"Name":"a","CreationDate":"x"}"#);
    assert_eq!(documents[2], r#"{"Name":"","CreationDate":"x"}"#);
    assert!(control.control.cases.iter().all(|case| crate::case::run(&pack, control, case).holds()));
    for (from, to, expected) in [
        ("resource.Name: a", "resource.Nmae: a", "AWS::S3::Bucket has no member `Nmae`; did you mean `Name`?"),
        ("resource: { Name: \"\" }", "resource: { Nmae: \"\" }", "AWS::S3::Bucket has no member `Nmae`"),
        ("resource.Name: a", "resource.Name.First: a", "there is nothing at `Name.First` to change"),
        ("resource.Name: a", "\"AWS::EC2::VPC[0].VpcId\": a", "there is no `AWS::EC2::VPC` to change"),
    ] {
        let problems = load(COLLECTOR, &with(&cases.replacen(from, to, 1))).1;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{to}: {problems:#?}");
    }
}

#[test]
fn sample_events_have_names() {
    const EVENTS: &str = "events:\n  some: [{ eventName: A }]\n";
    let load = |events: &str, expression: &str| {
        let control = CONTROL.replace("resource.Name != null &&", expression);
        let sources = [
            source("collectors/s3.yaml", COLLECTOR),
            source("events/mine.yaml", events),
            source("controls/s3/s3-bucket-named.yaml", control),
        ];
        let (pack, problems) = Pack::load(sources, Catalog::embedded());
        (pack.controls().len(), problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    let asks = r#"events("some").all(event, filter_matches("A", event)) &&"#;
    assert_eq!(load(EVENTS, asks), (1, String::new()));
    let misspelt = load(EVENTS, &asks.replace("some", "smoe"));
    assert!(misspelt.1.contains("the pack has no sample events `smoe`; did you mean `some`?"), "{misspelt:?}");
    let empty = load("events:\n  some: []\n", asks);
    assert!(empty.1.contains("`some` is a list of events, each a map"), "{empty:?}");
    let unnamed = load(EVENTS, &asks.replace("\"some\"", "resource.Name"));
    assert!(unnamed.1.contains("`events` takes the name of a group of sample events as text"), "{unnamed:?}");
}

mod found;
mod generic;
