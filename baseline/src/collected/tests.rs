//! Whatever one plan needs beyond another one is noticed, and nothing else is.

use super::*;
use crate::api::Service;
use crate::doc::Doc;
use crate::pack::Source;

fn all(pack: &Pack) -> CallPlan {
    CallPlan::new(pack, pack.controls().map(|control| &**control.id()))
}

fn collected(pack: &Pack, plan: &CallPlan, name: &str) -> Option<CollectedType> {
    plan.resource_type(name).map(|of| CollectedType::of(pack, Catalog::embedded(), plan, of))
}

fn lacking(pack: &Pack, night: &CallPlan, later: &CallPlan, name: &str) -> Lacking {
    let wanted = collected(pack, later, name).expect("it is planned");
    let declared = later.resource_type(name).expect("it is planned").declared();
    wanted.lacking(collected(pack, night, name).as_ref(), declared)
}

#[test]
fn the_same_plan_lacks_nothing() {
    let pack = Pack::embedded();
    let plan = all(pack);
    for of in plan.types() {
        let name = &of.declared().name;
        assert!(lacking(pack, &plan, &plan, name).is_nothing(), "{name}");
    }
}

#[test]
fn what_no_control_of_a_night_read_is_lacking_and_nothing_else_is() {
    let pack = Pack::embedded();
    let later = all(pack);
    for control in pack.controls() {
        let night = CallPlan::new(pack, [&**control.id()]);
        for of in later.types() {
            let name = &of.declared().name;
            let found = lacking(pack, &night, &later, name);
            let Some(planned) = night.resource_type(name) else {
                assert!(found.whole.is_some(), "{} does not read {name}", control.id());
                continue;
            };
            assert_eq!(found.whole, None, "{} reads {name}", control.id());
            let is_missing = |member: &&Arc<str>| !planned.needs(member);
            let mut expected: BTreeSet<&str> = of.members.iter().filter(is_missing).map(|member| &**member).collect();
            if let Some((_, member)) = kept(of.declared())
                && !has_kept(&night, of.declared())
            {
                expected.insert(member);
            }
            let found: BTreeSet<&str> = found.members.keys().map(String::as_str).collect();
            assert_eq!(found, expected, "{} on {name}", control.id());
        }
    }
}

const COLLECTOR: &str = "
service: kms
resources:
  - type: AWS::KMS::Key
    scope: regional
    list: { call: ListKeys, items: Keys }
    arn: '{KeyArn}'
    gather:
      Metadata: { call: DescribeKey, with: { KeyId: $KeyId }, take: KeyMetadata }
      Rotation: { call: GetKeyRotationStatus, with: { KeyId: $KeyId }, when: \"resource.Metadata.Enabled == true\" }
      Grants: { call: ListGrants, with: { KeyId: $KeyId }, take: Grants, absent: [NotFoundException] }
";

const CONTROL: &str = "
id: kms-key-loved
title: Keys are loved
finding: { one: The key is not loved, other: '{count} keys are not loved' }
severity: low
level: 2
fix: { by: iac }
resource: AWS::KMS::Key
pass_when: resource.Rotation.KeyRotationEnabled == true && resource.Grants != null
why: For this test.
remediation: { steps: None. }
references: ['https://docs.aws.amazon.com/kms/latest/developerguide/overview.html']
cases: []
";

const DEFINITIONS: &str = "
definitions:
  - name: is_own
    of: [key]
    is: key.Metadata.KeyManager == 'CUSTOMER'
    says: The account manages the key.
    examples:
      - { given: { key: { Metadata: { KeyManager: CUSTOMER } } }, gives: true }
      - { given: { key: { Metadata: { KeyManager: AWS } } }, gives: false }
";

fn pack(collector: &str) -> Pack {
    pack_with(collector, DEFINITIONS)
}

fn pack_with(collector: &str, definitions: &str) -> Pack {
    let control = ("controls/kms/kms-key-loved.yaml", CONTROL);
    let sources = [("collectors/kms.yaml", collector), ("definitions/kms.yaml", definitions), control];
    let sources = sources.map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() });
    let (pack, problems) = Pack::load_for_scanning(sources, Catalog::embedded());
    assert!(pack.control("kms-key-loved").is_some(), "{problems:?}");
    pack
}

fn of_key(pack: &Pack) -> (CollectedType, Arc<ResourceType>) {
    let plan = all(pack);
    let declared = Arc::clone(plan.resource_type("AWS::KMS::Key").expect("it is planned").declared());
    (collected(pack, &plan, "AWS::KMS::Key").expect("it is planned"), declared)
}

/// What is lacking of a night whose collector said this, where today's says that.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(COLLECTOR.contains(from), "{from}");
    let (night, _) = of_key(&pack(COLLECTOR));
    let (today, declared) = of_key(&pack(&COLLECTOR.replace(from, to)));
    let lacking = today.lacking(Some(&night), &declared);
    let members: Vec<&str> = match lacking.whole {
        Some(_) => vec!["*"],
        None => lacking.members.keys().map(String::as_str).collect(),
    };
    assert_eq!(members, expected, "{to}");
}

#[test]
fn a_collector_that_changed_is_noticed_where_it_changed() {
    check("take: Grants", "take: Grants", &[]);
    check("take: Grants", "take: NextMarker", &["Grants"]);
    check("absent: [NotFoundException]", "absent: [NotFoundException, InvalidArnException]", &["Grants"]);
    check("call: ListGrants, with: { KeyId: $KeyId }", "call: ListGrants, with: { KeyId: $KeyArn }", &["Grants"]);
    check("take: Grants,", "take: Grants, default: [],", &["Grants"]);
    check("take: Grants,", "take: Grants, region: any,", &["Grants"]);
    check("Enabled == true", "Enabled != false", &["Rotation"]);
    check("take: KeyMetadata", "take: KeyMetadata, absent: [NotFoundException]", &["Metadata", "Rotation"]);
    check("arn: '{KeyArn}'", "arn: 'arn:aws:kms:::{KeyId}'", &["*"]);
    check("scope: regional", "scope: global", &["*"]);
}

#[test]
fn a_definition_that_a_condition_means_is_part_of_it() {
    let meant = COLLECTOR.replace("resource.Metadata.Enabled == true", "is_own(resource)");
    let (night, _) = of_key(&pack(&meant));
    let changed = DEFINITIONS.replace("key.Metadata.KeyManager == 'CUSTOMER'", "key.Metadata.KeyManager != 'AWS'");
    let (today, declared) = of_key(&pack_with(&meant, &changed));
    let lacking = today.lacking(Some(&night), &declared);
    assert_eq!(lacking.members.keys().collect::<Vec<_>>(), ["Rotation"]);
    let why = lacking.members["Rotation"].to_string();
    assert_eq!(why, "not_collected: kms:GetKeyRotationStatus: that night's collector asked otherwise");
    assert_eq!(of_key(&pack(COLLECTOR)).0, of_key(&pack_with(COLLECTOR, &changed)).0, "it is not mentioned");
}

#[test]
fn a_member_that_an_earlier_description_of_the_api_did_not_have_is_not_null() {
    let text = Catalog::embedded().service("kms").map(|kms| kms.name.clone()).expect("KMS is embedded");
    let source = Catalog::embedded().sources().find(|source| source.contains("\"GetKeyRotationStatus\"")).expect("it");
    let mut value: serde_json::Value = serde_json::from_str(source).expect("descriptors are JSON");
    let shapes = value["shapes"].as_array_mut().expect("shapes are a list");
    let metadata = shapes.iter_mut().find(|shape| shape["name"] == "KeyMetadata").expect("there is one");
    let members = metadata["kind"]["structure"].as_array_mut().expect("it has members");
    members.retain(|member| member["name"] != "MultiRegion");
    let earlier: Service = serde_json::from_value(value).expect("it is still one");
    assert_eq!(earlier.name, text);
    let (pack, catalog) = (pack(COLLECTOR), Catalog::new([earlier]));
    let plan = all(&pack);
    let of = plan.resource_type("AWS::KMS::Key").expect("it is planned");
    let night = CollectedType::of(&pack, &catalog, &plan, of);
    let today = CollectedType::of(&pack, Catalog::embedded(), &plan, of);
    assert_eq!(today.lacking(Some(&night), of.declared()).members.keys().collect::<Vec<_>>(), ["Metadata"]);
    assert!(night.lacking(Some(&night), of.declared()).is_nothing());
}

fn marked(doc: &str, paths: &[&str]) -> String {
    let mut doc = Doc::from_json(doc).expect("it is JSON");
    lost(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).mark(&mut doc);
    doc.to_json().replace(
        r#"{"$unread":{"reason":"not_collected","operation":"","detail":"it changes by itself, and that night's is not kept any more"}}"#,
        "?",
    )
}

#[test]
fn what_is_lacking_is_marked_where_it_would_be() {
    assert_eq!(marked("{}", &["A"]), r#"{"A":?}"#);
    assert_eq!(marked("null", &["A"]), r#"{"A":?}"#);
    assert_eq!(marked(r#"{"A":1}"#, &["A"]), r#"{"A":?}"#);
    assert_eq!(marked(r#"{"A":{"C":1}}"#, &["A.B"]), r#"{"A":{"C":1,"B":?}}"#);
    assert_eq!(marked(r#"{"A":null}"#, &["A.B", "C.D"]), r#"{"A":null}"#);
    assert_eq!(marked(r#"{"L":[{"X":1},null,{}]}"#, &["L[].M"]), r#"{"L":[{"X":1,"M":?},null,{"M":?}]}"#);
    assert_eq!(marked(r#"{"L":{"X":1}}"#, &["L[].M.N"]), r#"{"L":{"X":1}}"#);
}

#[test]
fn a_double_that_is_whole_is_a_double_again() {
    let service = Catalog::embedded().service("cloudwatch").expect("it is embedded");
    let output = service.operations["DescribeAlarms"].output.expect("it answers");
    let mut doc = Doc::from_json(r#"{"MetricAlarms":[{"Threshold":3,"Period":300,"AlarmName":"3"}]}"#).expect("JSON");
    Doubles::of(&crate::expr::Type::of_shape(service, output)).restore(&mut doc);
    let alarm = &doc.get("MetricAlarms").as_list().expect("a list")[0];
    assert!(matches!(alarm.get("Threshold"), Doc::Double(number) if *number == 3.0), "{doc:?}");
    assert!(matches!(alarm.get("Period"), Doc::Int(300)), "{doc:?}");
    let key = Pack::embedded().type_of("AWS::KMS::Key", Catalog::embedded()).expect("it is embedded");
    assert!(Doubles::of(&key).are_none());
}
