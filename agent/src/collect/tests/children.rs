//! Types that are listed for each resource of another type: what is not read of a parent, or of its children, is not
//! complete, and what was read of the others stays.

use plumbline_baseline::pack::collector::Each;

use super::*;

const CLUSTERS: &str = r#"{"clusterArns":["arn:aws:ecs:eu-west-1:111122223333:cluster/a","arn:aws:ecs:eu-west-1:111122223333:cluster/b"]}"#;

fn name(cluster: &str) -> &str {
    cluster.rsplit('/').next().unwrap_or_default()
}

/// Services `one` and `two` of a cluster.
fn services(cluster: &str) -> (u16, String) {
    let arn = |service: &str| format!("arn:aws:ecs:eu-west-1:111122223333:service/{}/{service}", name(cluster));
    (200, format!(r#"{{"serviceArns":["{}","{}"]}}"#, arn("one"), arn("two")))
}

fn clusters_and_services() -> [Arc<TypeWork>; 2] {
    let list_only = |name: &str| {
        let declared = &Pack::embedded().resource_type(name).unwrap().declared;
        Arc::new(TypeWork::new(Arc::clone(declared), |_| false, |_| work::Conditions::default()))
    };
    // The child first: it waits, whatever the order.
    [list_only("AWS::ECS::Service"), list_only("AWS::ECS::Cluster")]
}

/// What is said of the services when clusters and services are answered so.
async fn found(script: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static) -> (Listing, Fake) {
    let fake = Fake::start(move |operation, input| match operation {
        "ListClusters" => script("ListClusters", input.get("nextToken").as_str().unwrap_or_default()),
        _ => script(operation, input.get("cluster").as_str().unwrap_or_default()),
    })
    .await;
    let (snapshot, _) = run(&fake, &clusters_and_services()).await;
    (listing(&snapshot, "AWS::ECS::Service").clone(), fake)
}

fn arns(listing: &Listing) -> Vec<&str> {
    listing.items.iter().map(|item| item.arn.split(":service/").last().unwrap_or_default()).collect()
}

fn why(listing: &Listing) -> String {
    listing.unread.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn each_parent_is_listed_once_and_its_children_keep_of_it_what_they_declare() {
    let (services, fake) = found(|operation, cluster| match operation {
        "ListClusters" => (200, CLUSTERS.to_owned()),
        _ => services(cluster),
    })
    .await;
    assert_eq!((arns(&services), why(&services)), (vec!["a/one", "a/two", "b/one", "b/two"], String::new()));
    let cluster = "arn:aws:ecs:eu-west-1:111122223333:cluster/a";
    assert_eq!(services.items[0].doc.at("Cluster.clusterArn").as_str(), Some(cluster));
    let mut asked = fake.inputs("ListServices");
    asked.sort();
    let expected =
        |name: &str| format!(r#"{{"cluster":"arn:aws:ecs:eu-west-1:111122223333:cluster/{name}","maxResults":100}}"#);
    assert_eq!(asked, [expected("a"), expected("b")]);
}

#[tokio::test]
async fn children_of_parents_that_were_not_listed_are_not_read() {
    let (services, _) = found(|_, _| (400, error("AccessDeniedException", "no"))).await;
    assert_eq!(why(&services), "access_denied: ecs:ListClusters: AccessDeniedException: no");
    let first = r#"{"clusterArns":["arn:aws:ecs:eu-west-1:111122223333:cluster/a"],"nextToken":"2"}"#;
    let (services, _) = found(move |operation, input| match (operation, input) {
        ("ListClusters", "") => (200, first.to_owned()),
        ("ListClusters", _) => (400, error("ThrottlingException", "slow")),
        (_, cluster) => super::children::services(cluster),
    })
    .await;
    assert_eq!(arns(&services), ["a/one", "a/two"], "the first page's clusters have their services");
    assert!(why(&services).starts_with("partial_listing: ecs:ListClusters: throttled"), "{}", why(&services));
}

#[tokio::test]
async fn no_parents_have_no_children_and_nobody_is_asked() {
    let (services, fake) = found(|_, _| (200, r#"{"clusterArns":[]}"#.to_owned())).await;
    assert!(services.items.is_empty() && services.unread.is_none());
    assert_eq!(fake.count("ListServices"), 0);
}

#[tokio::test]
async fn what_one_parent_refuses_the_others_keep() {
    for (answer, expected) in [
        (
            (400, error("AccessDeniedException", "no")),
            "access_denied: ecs:ListServices: of arn:aws:ecs:eu-west-1:111122223333:cluster/a: AccessDeniedException: no",
        ),
        (
            (500, error("ServerException", "oops")),
            "transient: ecs:ListServices: of arn:aws:ecs:eu-west-1:111122223333:cluster/a: ServerException: oops",
        ),
        ((200, "{}".to_owned()), "scanner_error: ecs:ListServices: of arn:aws:ecs:eu-west-1:111122223333:cluster/a: "),
        // A cluster that is gone has no services, and that was said of it.
        ((400, error("ClusterNotFoundException", "Cluster not found.")), ""),
    ] {
        let (services, _) = found(move |operation, cluster| match (operation, name(cluster)) {
            ("ListClusters", _) => (200, CLUSTERS.to_owned()),
            (_, "a") => answer.clone(),
            _ => services(cluster),
        })
        .await;
        assert_eq!(arns(&services), ["b/one", "b/two"]);
        let why = why(&services);
        assert!(why.starts_with(expected) && why.is_empty() == expected.is_empty(), "{why} is not {expected}");
    }
}

#[tokio::test]
async fn a_parent_whose_listing_broke_off_says_so() {
    let (services, _) = found(|operation, cluster| match operation {
        "ListClusters" => (200, CLUSTERS.to_owned()),
        _ => (200, services(cluster).1.replace(r#"}"#, r#","nextToken":"again"}"#)),
    })
    .await;
    // Every page has the same token, which AWS never gives twice.
    let why = why(&services);
    assert!(
        why.starts_with("partial_listing: ecs:ListServices: of arn:aws:ecs:eu-west-1:111122223333:cluster/a: "),
        "{why}"
    );
    assert_eq!(arns(&services).len(), 4, "what was read stays");
}

#[tokio::test]
async fn children_may_have_children() {
    let child = |name: &str, parent: &str, kept: Option<(&str, &[&str])>, call: Call, items: &str, member: &str| {
        let kept =
            kept.map(|(member, names)| (member.to_owned(), names.iter().map(|name| (*name).to_owned()).collect()));
        work(ResourceType {
            name: name.into(),
            list: Some(List {
                call,
                items: items.into(),
                item_member: Some(member.into()),
                absent: Vec::new(),
                each: Some(Each { type_name: parent.into(), kept }),
            }),
            arn: format!("arn:{{parent.clusterArn}}/{{{member}}}"),
            ..keys(vec![])
        })
    };
    let services = child(
        "AWS::Test::Service",
        "AWS::ECS::Cluster",
        Some(("Cluster", &["clusterArn"])),
        call("ecs", "ListServices", &[("cluster", "$parent.clusterArn")]),
        "serviceArns",
        "serviceArn",
    );
    let mut policies = call("organizations", "ListTargetsForPolicy", &[("PolicyId", "$parent.serviceArn")]);
    policies.with.insert("NextToken".to_owned(), Argument::Path("parent.Cluster.clusterArn".to_owned()));
    let of_service = child("AWS::Test::Target", "AWS::Test::Service", None, policies, "Targets[].TargetId", "Id");
    let fake = Fake::start(|operation, input| match operation {
        "ListClusters" => (200, r#"{"clusterArns":["c"]}"#.to_owned()),
        "ListServices" => (200, r#"{"serviceArns":["s"]}"#.to_owned()),
        _ => (
            200,
            format!(r#"{{"Targets":[{{"TargetId":"{}"}}]}}"#, input.get("NextToken").as_str().unwrap_or_default()),
        ),
    })
    .await;
    let clusters = Arc::clone(&clusters_and_services()[1]);
    let (snapshot, _) = run(&fake, &[of_service, services, clusters]).await;
    let targets = listing(&snapshot, "AWS::Test::Target");
    assert_eq!((targets.items.len(), targets.unread.is_none()), (1, true), "{targets:?}");
    assert_eq!(targets.items[0].doc.to_json(), r#"{"Id":"c"}"#);
}

#[tokio::test]
async fn a_parent_that_nobody_collects_leaves_its_children_unread() {
    let fake = Fake::start(|_, _| (200, "{}".to_owned())).await;
    let [services, _] = clusters_and_services();
    let (snapshot, _) = run(&fake, &[services]).await;
    let found = listing(&snapshot, "AWS::ECS::Service");
    assert!(why(found).starts_with("scanner_error"), "{}", why(found));
}
