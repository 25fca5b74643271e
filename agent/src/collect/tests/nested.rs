//! Members of a list's items that need each other, and what the resource around them says: topics with their keys.

use super::*;

/// Where the queues of a directory live, the queues, the key of each, and that key's rotation.
fn directory() -> ResourceType {
    let home = gather(call("organizations", "DescribeOrganization", &[]), "Organization.Id");
    let queues = gather(call("organizations", "ListTargetsForPolicy", &[("PolicyId", "$Id")]), "Targets");
    let of_item = |operation: &str, argument: (&str, &str), take: &str| Gather {
        call: Call { region: CallRegion::Of("parent.Home".into()), ..call("kms", operation, &[argument]) },
        ..gather(call("kms", operation, &[]), take)
    };
    let mut key = of_item("DescribeKey", ("KeyId", "$TargetId"), "KeyMetadata");
    key.absent = vec!["NotFoundException".into()];
    let rotation = of_item("GetKeyRotationStatus", ("KeyId", "$Key.Arn"), "KeyRotationEnabled");
    let list = List {
        call: call("organizations", "ListPolicies", &[("Filter", "TAG_POLICY")]),
        items: "Policies".into(),
        item_member: None,
        absent: Vec::new(),
        each: None,
    };
    ResourceType {
        name: "AWS::Test::Directory".into(),
        list: Some(list),
        arn: "{Arn}".into(),
        // What comes first here is gathered last.
        ..keys(vec![("Targets[].Rotation", rotation), ("Targets[].Key", key), ("Targets", queues), ("Home", home)])
    }
}

/// One resource with these targets. Key `k1` is there, `k2` may not be described, of `k3` the rotation is denied, and any
/// other does not exist.
async fn directory_of(targets: &'static str) -> Fake {
    Fake::start_in_regions(move |region, operation, input| {
        let key = input.get("KeyId").as_str().unwrap_or_default();
        match operation {
            "ListPolicies" => {
                let arn = "arn:aws:organizations::111122223333:policy/p-1";
                (200, format!(r#"{{"Policies":[{{"Id":"p-1","Arn":"{arn}"}}]}}"#))
            }
            "ListTargetsForPolicy" => (200, targets.to_owned()),
            "DescribeOrganization" => (200, r#"{"Organization":{"Id":"eu-central-1"}}"#.to_owned()),
            // A key is known where it lives, and nowhere else.
            _ if region != "eu-central-1" => (400, error("NotFoundException", "not in this Region")),
            "DescribeKey" if key == "k1" || key == "k3" => {
                (200, format!(r#"{{"KeyMetadata":{{"KeyId":"{key}","Arn":"arn:{key}"}}}}"#))
            }
            "DescribeKey" if key == "k2" => (400, error("AccessDeniedException", "no")),
            "DescribeKey" => (400, error("NotFoundException", "no such key")),
            _ if key == "arn:k3" => (400, error("ThrottlingException", "slow down")),
            _ => (200, r#"{"KeyRotationEnabled":true}"#.to_owned()),
        }
    })
    .await
}

fn said(doc: &Doc) -> String {
    doc.unread().map_or_else(|| doc.to_json(), |unread| unread.to_string())
}

#[tokio::test]
async fn members_of_an_item_need_each_other_and_the_region_of_the_resource() {
    let targets =
        r#"{"Targets":[{"TargetId":"k1"},{"TargetId":"k2"},{"TargetId":"k3"},{"TargetId":"k4"},{"Name":"none"}]}"#;
    let fake = directory_of(targets).await;
    let (snapshot, _) = run(&fake, &[work(directory())]).await;
    let found = listing(&snapshot, "AWS::Test::Directory").items[0].doc.get("Targets").as_list().unwrap().to_vec();
    let of = |index: usize| (said(found[index].at("Key.KeyId")), said(found[index].get("Rotation")));
    assert_eq!(of(0), ("\"k1\"".to_owned(), "true".to_owned()));
    // What was denied is unread, and so is what could only be asked with it.
    let (key, rotation) = of(1);
    assert!(key.starts_with("access_denied: kms:DescribeKey") && key == rotation, "{key} {rotation}");
    assert!(of(2).1.starts_with("throttled: kms:GetKeyRotationStatus"), "{:?}", of(2));
    // A key that does not exist is an answer; there is nothing more to ask about it.
    let absent = "not_asked: kms:GetKeyRotationStatus: there is no Key.Arn to ask about";
    assert_eq!(of(3), ("null".to_owned(), absent.to_owned()));
    assert_eq!(of(4).0, "not_asked: kms:DescribeKey: there is no TargetId to ask about");
}

#[tokio::test]
async fn what_several_items_name_is_asked_for_once() {
    let fake =
        directory_of(r#"{"Targets":[{"TargetId":"k1"},{"TargetId":"k1"},{"TargetId":"k1","Name":"again"}]}"#).await;
    let (snapshot, _) = run(&fake, &[work(directory())]).await;
    let found = listing(&snapshot, "AWS::Test::Directory").items[0].doc.get("Targets").as_list().unwrap().to_vec();
    assert!(found.iter().all(|item| item.get("Rotation").as_bool() == Some(true)), "{found:?}");
    assert_eq!((fake.count("DescribeKey"), fake.count("GetKeyRotationStatus")), (1, 1));
}

#[tokio::test]
async fn a_condition_on_an_item_may_look_at_the_resource() {
    let fake = directory_of(r#"{"Targets":[{"TargetId":"k1"},{"TargetId":"k3"}]}"#).await;
    let is_first: work::Condition = Arc::new(|about: Subject<'_>| {
        let first = about.parent.and_then(|parent| parent.get("Targets").as_list()?.first().cloned());
        Ok(first.is_some_and(|first| first.get("TargetId") == about.item.get("TargetId")))
    });
    let conditions = move |member: &str| {
        let when = (member == "Targets[].Key").then(|| Arc::clone(&is_first));
        work::Conditions { when, ..work::Conditions::default() }
    };
    let work = TypeWork::new(Arc::new(directory()), |_| true, conditions);
    let (snapshot, _) = run(&fake, &[Arc::new(work)]).await;
    let found = listing(&snapshot, "AWS::Test::Directory").items[0].doc.get("Targets").as_list().unwrap().to_vec();
    assert_eq!(said(found[0].get("Rotation")), "true");
    // Not asked is unread, and what rests on it is unread for the same reason.
    assert!(said(found[1].get("Rotation")).starts_with("not_asked: kms:DescribeKey"), "{:?}", found[1]);
    assert_eq!(fake.inputs("DescribeKey"), [r#"{"KeyId":"k1"}"#]);
}

#[tokio::test]
async fn without_the_region_of_the_resource_nothing_is_asked_elsewhere() {
    let fake = Fake::start(|operation, _| match operation {
        "ListPolicies" => (200, r#"{"Policies":[{"Id":"p-1","Arn":"arn:p"}]}"#.to_owned()),
        "ListTargetsForPolicy" => (200, r#"{"Targets":[{"TargetId":"k1"}]}"#.to_owned()),
        _ => (400, error("AccessDeniedException", "no")),
    })
    .await;
    let (snapshot, _) = run(&fake, &[work(directory())]).await;
    let key =
        said(listing(&snapshot, "AWS::Test::Directory").items[0].doc.get("Targets").as_list().unwrap()[0].get("Key"));
    assert!(key.starts_with("access_denied: organizations:DescribeOrganization"), "{key}");
    assert_eq!(fake.count("DescribeKey"), 0);
}
