//! Whether, when and where a member is asked for.

use super::*;

#[tokio::test]
async fn a_condition_decides_whether_a_member_is_gathered() {
    let fake = Fake::start(|operation, _| match operation {
        "ListKeys" => two_keys(),
        _ => (200, r#"{"KeyRotationEnabled":true}"#.to_owned()),
    })
    .await;
    let rotation = gather(call("kms", "GetKeyRotationStatus", &[("KeyId", "$KeyId")]), "KeyRotationEnabled");
    let only_a: work::Condition = Arc::new(|about: Subject<'_>| Ok(about.item.get("KeyId").as_str() == Some("a")));
    let declared = Arc::new(keys(vec![("Rotation", rotation)]));
    let when = work::Conditions { when: Some(only_a), ..work::Conditions::default() };
    let work = TypeWork::new(declared, |_| true, |_| when.clone());
    let (snapshot, _) = run(&fake, &[Arc::new(work)]).await;
    let items = &listing(&snapshot, "AWS::KMS::Key").items;
    let reason = |item: usize| items[item].doc.get("Rotation").unread().map(|unread| unread.reason.code());
    assert_eq!((items[0].doc.get("Rotation").as_bool(), reason(1)), (Some(true), Some("not_asked")));
    assert_eq!(fake.count("GetKeyRotationStatus"), 1);
}

#[tokio::test]
async fn a_preparation_is_repeated_until_it_is_done() {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::start(move |operation, _| match operation {
        "DescribeOrganization" => {
            let look = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let state = if look < 2 { "STARTED" } else { "COMPLETE" };
            (200, format!(r#"{{"Organization":{{"Id":"{state}"}}}}"#))
        }
        _ => (200, r#"{"Policies":[{"Id":"p-1"}]}"#.to_owned()),
    })
    .await;
    let mut report = gather(call("organizations", "ListPolicies", &[("Filter", "TAG_POLICY")]), "Policies");
    report.prepare = Some(Prepare {
        operation: "DescribeOrganization".into(),
        path: "Organization.Id".into(),
        equals: "COMPLETE".into(),
    });
    let singleton = ResourceType { list: None, ..keys(vec![("Policies", report)]) };
    let (snapshot, _) = run(&fake, &[work(singleton)]).await;
    assert_eq!(listing(&snapshot, "AWS::KMS::Key").items[0].doc.get("Policies").as_list().unwrap().len(), 1);
    assert_eq!((fake.count("DescribeOrganization"), fake.count("ListPolicies")), (3, 1));
}

#[tokio::test]
async fn a_member_is_read_where_the_thing_lives() {
    let fake = Fake::start(|operation, input| match operation {
        "ListKeys" => two_keys(),
        "DescribeKey" if input.get("KeyId").as_str() == Some("a") => {
            (200, r#"{"KeyMetadata":{"Arn":"EU"}}"#.to_owned())
        }
        "DescribeKey" => (200, r#"{"KeyMetadata":{}}"#.to_owned()),
        _ => (200, r#"{"KeyRotationEnabled":true}"#.to_owned()),
    })
    .await;
    let mut home = gather(call("kms", "DescribeKey", &[("KeyId", "$KeyId")]), "KeyMetadata.Arn");
    home.default = Some(Doc::from("us-east-1"));
    let mut rotation = gather(call("kms", "GetKeyRotationStatus", &[("KeyId", "fixed")]), "KeyRotationEnabled");
    rotation.call.region = CallRegion::Of("Home".into());
    let (snapshot, _) = run(&fake, &[work(keys(vec![("Rotation", rotation), ("Home", home)]))]).await;
    let items = &listing(&snapshot, "AWS::KMS::Key").items;
    assert_eq!((items[0].doc.get("Home").as_str(), items[1].doc.get("Home").as_str()), (Some("EU"), Some("us-east-1")));
    assert_eq!(fake.count("GetKeyRotationStatus"), 2, "the same input in two Regions is two calls");
}
