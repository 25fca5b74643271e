//! Members that are gathered for many items with one call: the answer is joined back to each, what became of one batch is
//! nothing to another, and whom an answer leaves out was not read.

use super::*;

/// Projects `p00`, `p01`, … with names of equal length.
fn projects(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!(r#""p{number:03}""#)).collect();
    format!(r#"{{"projects":[{}]}}"#, names.join(","))
}

fn asked(input: &Doc) -> Vec<String> {
    input.get("names").as_list().unwrap_or_default().iter().filter_map(Doc::as_str).map(str::to_owned).collect()
}

/// An answer about these, the last one first.
fn described<'a>(names: impl DoubleEndedIterator<Item = &'a String>) -> (u16, String) {
    let projects: Vec<String> = names.rev().map(|name| format!(r#"{{"name":"{name}","arn":"arn:{name}"}}"#)).collect();
    (200, format!(r#"{{"projects":[{}]}}"#, projects.join(",")))
}

async fn found(count: usize, script: impl Fn(&[String]) -> (u16, String) + Send + Sync + 'static) -> (Listing, Fake) {
    let fake = Fake::start(move |operation, input| match operation {
        "ListProjects" => (200, projects(count)),
        _ => script(&asked(input)),
    })
    .await;
    let (snapshot, _) = run(&fake, &[of_pack("AWS::CodeBuild::Project")]).await;
    (listing(&snapshot, "AWS::CodeBuild::Project").clone(), fake)
}

fn said(listing: &Listing, index: usize) -> String {
    let found = listing.items[index].doc.get("Project");
    found.unread().map_or_else(|| found.to_json(), |unread| unread.to_string())
}

#[tokio::test]
async fn a_call_takes_as_many_as_it_may_and_each_gets_its_own_part() {
    let (projects, fake) = found(230, |names| described(names.iter())).await;
    assert_eq!((projects.items.len(), projects.unread.is_none()), (230, true));
    for (index, item) in projects.items.iter().enumerate() {
        assert_eq!(item.doc.at("Project.arn").as_str(), Some(format!("arn:p{index:03}").as_str()));
    }
    let mut sizes: Vec<usize> =
        fake.inputs("BatchGetProjects").iter().map(|input| asked(&Doc::from_json(input).unwrap()).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [30, 100, 100]);
}

#[tokio::test]
async fn one_batch_that_fails_leaves_only_its_own_items_unread() {
    for (answer, expected) in [
        ((400, error("AccessDeniedException", "no")), "access_denied: codebuild:BatchGetProjects"),
        ((400, error("ThrottlingException", "slow")), "throttled: codebuild:BatchGetProjects"),
        ((200, "{}".to_owned()), "scanner_error: codebuild:BatchGetProjects"),
    ] {
        let (projects, _) = found(150, move |names| match names.iter().any(|name| name == "p007") {
            true => answer.clone(),
            false => described(names.iter()),
        })
        .await;
        assert!(projects.unread.is_none(), "the listing is complete");
        let unread = (0..150).filter(|index| said(&projects, *index).starts_with(expected)).count();
        assert_eq!((unread, said(&projects, 149)), (100, r#"{"name":"p149","arn":"arn:p149"}"#.to_owned()));
    }
}

#[tokio::test]
async fn whom_an_answer_leaves_out_is_unread_unless_it_says_that_it_is_gone() {
    let (projects, _) = found(3, |names| described(names.iter().filter(|name| *name != "p001"))).await;
    assert_eq!(said(&projects, 1), "scanner_error: codebuild:BatchGetProjects: the answer has no name p001");
    assert_eq!(said(&projects, 2), r#"{"name":"p002","arn":"arn:p002"}"#);

    let (projects, _) = found(3, |names| {
        let (status, body) = described(names.iter().filter(|name| *name != "p001"));
        (status, body.replacen('{', r#"{"projectsNotFound":["p001"],"#, 1))
    })
    .await;
    assert_eq!(projects.items.len(), 2);
    let gone = (projects.gone[0].arn.as_str(), projects.gone[0].unread.to_string());
    let arn = "arn:aws:codebuild:eu-west-1:111122223333:project/p001";
    assert_eq!(gone, (arn, "vanished: codebuild:BatchGetProjects: projectsNotFound".to_owned()));
}

#[tokio::test]
async fn what_aws_lists_twice_is_asked_about_once() {
    let fake = Fake::start(|operation, input| match operation {
        "ListProjects" => (200, r#"{"projects":["p000","p000","p001"]}"#.to_owned()),
        "GetResources" => (200, r#"{"ResourceTagMappingList":[]}"#.to_owned()),
        _ => described(asked(input).iter()),
    })
    .await;
    let (snapshot, _) = run(&fake, &[of_pack("AWS::CodeBuild::Project")]).await;
    assert_eq!(fake.inputs("BatchGetProjects"), [r#"{"names":["p000","p001"]}"#]);
    let found = listing(&snapshot, "AWS::CodeBuild::Project");
    assert_eq!((found.items.len(), said(found, 0)), (2, r#"{"name":"p000","arn":"arn:p000"}"#.to_owned()));
}

#[tokio::test]
async fn an_answer_about_nobody_and_one_that_contradicts_itself_are_no_answers() {
    let (projects, _) = found(1, |_| (200, r#"{"projects":[{"arn":"arn:p000"}]}"#.to_owned())).await;
    let expected = "scanner_error: codebuild:BatchGetProjects: the answer does not say what it is about";
    assert_eq!(said(&projects, 0), expected);
    let twice = r#"{"projects":[{"name":"p000","arn":"a"},{"name":"p000","arn":"b"}]}"#;
    let (projects, _) = found(1, move |_| (200, twice.to_owned())).await;
    assert_eq!(said(&projects, 0), "scanner_error: codebuild:BatchGetProjects: the answer says two things of it");
}

/// Services of two clusters, described.
async fn services(script: impl Fn(&str, &[String]) -> (u16, String) + Send + Sync + 'static) -> (Listing, Fake) {
    let fake = Fake::start(move |operation, input| {
        let cluster = input.get("cluster").as_str().unwrap_or_default();
        match operation {
            "ListClusters" => (200, r#"{"clusterArns":["a","b"]}"#.to_owned()),
            "ListServices" => {
                let arns: Vec<String> = (0..12).map(|number| format!(r#""{cluster}{number:02}""#)).collect();
                (200, format!(r#"{{"serviceArns":[{}]}}"#, arns.join(",")))
            }
            _ => {
                let asked = input.get("services").as_list().unwrap_or_default();
                script(cluster, &asked.iter().filter_map(Doc::as_str).map(str::to_owned).collect::<Vec<_>>())
            }
        }
    })
    .await;
    let (snapshot, _) = run(&fake, &[of_pack("AWS::ECS::Service"), of_pack("AWS::ECS::Cluster")]).await;
    (listing(&snapshot, "AWS::ECS::Service").clone(), fake)
}

fn active(names: &[String]) -> String {
    let each = |name: &String| format!(r#"{{"serviceArn":"{name}","status":"ACTIVE"}}"#);
    names.iter().map(each).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn batches_of_children_are_made_parent_by_parent() {
    let (found, fake) = services(|_, names| (200, format!(r#"{{"services":[{}]}}"#, active(names)))).await;
    assert_eq!((found.items.len(), found.unread.is_none()), (24, true));
    assert!(found.items.iter().all(|item| item.doc.at("Service.status").as_str() == Some("ACTIVE")));
    for input in fake.inputs("DescribeServices") {
        let input = Doc::from_json(&input).unwrap();
        let cluster = input.get("cluster").as_str().unwrap().to_owned();
        let named = input.get("services").as_list().unwrap().iter().filter_map(Doc::as_str);
        assert!(named.clone().count() <= 10 && named.into_iter().all(|name| name.starts_with(&cluster)));
    }
    assert_eq!(fake.count("DescribeServices"), 4, "ten and two of each");
}

#[tokio::test]
async fn failures_are_read_by_their_reason() {
    let (found, _) = services(|_, names| {
        let failures = names[..2].iter().zip(["MISSING", "ACCESS_DENIED"]);
        let failures = failures.map(|(arn, reason)| format!(r#"{{"arn":"{arn}","reason":"{reason}"}}"#));
        let failures = failures.collect::<Vec<_>>().join(",");
        (200, format!(r#"{{"services":[{}],"failures":[{failures}]}}"#, active(&names[2..])))
    })
    .await;
    let gone: Vec<&str> = found.gone.iter().map(|gone| gone.arn.as_str()).collect();
    assert_eq!(gone, ["a00", "a10", "b00", "b10"]);
    let denied = found.items[0].doc.get("Service").unread().unwrap().to_string();
    assert_eq!(
        (found.items[0].arn.as_str(), denied),
        ("a01", "access_denied: ecs:DescribeServices: ACCESS_DENIED".to_owned())
    );
    assert_eq!(found.items[1].doc.at("Service.status").as_str(), Some("ACTIVE"));
}

#[tokio::test]
async fn one_that_is_gone_does_not_hide_those_that_were_asked_about_with_it() {
    let (found, fake) = services(|cluster, names| match (cluster, names) {
        ("a", names) if names.iter().any(|name| name == "a03") => {
            (400, error("ClusterNotFoundException", "Cluster not found."))
        }
        (_, names) => (200, format!(r#"{{"services":[{}]}}"#, active(names))),
    })
    .await;
    assert_eq!(found.gone.iter().map(|gone| gone.arn.as_str()).collect::<Vec<_>>(), ["a03"]);
    assert_eq!(found.items.len(), 23);
    assert!(found.items.iter().all(|item| item.doc.get("Service").unread().is_none()));
    assert_eq!(fake.count("DescribeServices"), 4 + 10);
}
