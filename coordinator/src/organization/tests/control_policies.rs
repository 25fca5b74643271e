//! Resource control policies of the organization: known, none, or not read, and never "none" where there may be some.

use super::*;
use crate::organization::ControlPolicy;

fn known(organization: &Organization) -> Vec<(&str, &str, Vec<&str>)> {
    let each = organization.control_policies.as_ref().expect("they were read").iter();
    let whole = each.map(|ControlPolicy { name, content, targets }| {
        let targets = targets.as_ref().expect("they were read").iter().map(String::as_str).collect();
        (name.as_str(), content.as_ref().expect("it was read").as_str(), targets)
    });
    whole.collect()
}

fn notes(organization: &Organization) -> Vec<&String> {
    organization.notes.iter().filter(|note| note.contains("resource control policies")).collect()
}

#[tokio::test]
async fn they_are_known_with_what_they_are_attached_to() {
    let organization = discovered(usual).await;
    assert_eq!(known(&organization), [("perimeter", r#"{"Statement": []}"#, vec!["r-1"])]);
    assert_eq!(notes(&organization).len(), 0);
}

#[tokio::test]
async fn what_decides_no_control_is_not_asked() {
    let (discovery, asked) = discovery(usual).await;
    let mut organization = discovery.accounts(&[]).await.unwrap();
    discovery.details(&mut organization, &Needs::default(), &mut Memory::none(start())).await.unwrap();
    assert!(!asked.lock().unwrap().iter().any(|each| each.operation.contains("Polic")));
    assert_eq!(known(&organization), []);
}

#[tokio::test]
async fn where_the_kind_is_not_enabled_there_are_none_and_nobody_asks() {
    for kinds in [
        "",
        r#", "PolicyTypes": []"#,
        r#", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]"#,
        r#", "PolicyTypes": [{"Type": "RESOURCE_CONTROL_POLICY", "Status": "PENDING_ENABLE"}]"#,
    ] {
        let organization = discovered(move |asked| match asked.operation.as_str() {
            "ListRoots" => (200, format!(r#"{{"Roots": [{{"Id": "r-1", "Name": "Root"{kinds}}}]}}"#)),
            operation if operation.contains("Polic") => denied(),
            _ => usual(asked),
        });
        let organization = organization.await;
        assert_eq!((known(&organization), notes(&organization).len()), (Vec::new(), 0), "{kinds}");
    }
}

#[tokio::test]
async fn without_the_root_nobody_knows_whether_there_are_any() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "ListRoots" => denied(),
        operation if operation.contains("Polic") => denied(),
        _ => usual(asked),
    });
    let organization = organization.await;
    assert_eq!(known(&organization), []);
    assert!(notes(&organization)[0].contains("none is taken into account"), "{:?}", organization.notes);
}

#[tokio::test]
async fn a_list_that_was_not_read_is_not_none() {
    for answer in
        ["denied", "{}", r#"{"Policies": [{"Name": "without an id"}]}"#, r#"{"Policies": [], "NextToken": "again"}"#]
    {
        let organization = discovered(move |asked| match (asked.operation.as_str(), answer) {
            ("ListPolicies", "denied") => denied(),
            ("ListPolicies", body) => (200, body.to_owned()),
            _ => usual(asked),
        });
        let organization = organization.await;
        let why = organization.control_policies.as_ref().expect_err("they were not read");
        assert_eq!(why.reason.code(), if answer == "denied" { "access_denied" } else { "scanner_error" }, "{answer}");
        assert_eq!((notes(&organization).len(), organization.gaps.len()), (1, 0), "{answer}");
    }
}

#[tokio::test]
async fn what_was_not_read_of_one_is_said_of_that_one() {
    for (operation, has_content, has_targets) in
        [("DescribePolicy", false, true), ("ListTargetsForPolicy", true, false)]
    {
        for body in ["denied", "{}"] {
            let organization = discovered(move |asked| match body {
                _ if asked.operation != operation => usual(asked),
                "denied" => denied(),
                body => (200, body.to_owned()),
            });
            let organization = organization.await;
            let policies = organization.control_policies.as_ref().expect("the list was read");
            assert_eq!(policies.len(), 1);
            assert_eq!((policies[0].content.is_ok(), policies[0].targets.is_ok()), (has_content, has_targets));
            assert_eq!(notes(&organization).len(), 1, "{operation} {body}");
        }
        let gone = discovered(move |asked| match asked.operation == operation {
            true => (400, r#"{"__type": "PolicyNotFoundException"}"#.to_owned()),
            false => usual(asked),
        });
        assert_eq!(known(&gone.await), [], "{operation}");
    }
}

#[tokio::test]
async fn without_an_organization_there_are_none() {
    let alone = |asked: &Asked| match asked.operation.as_str() {
        "DescribeOrganization" => (400, r#"{"__type": "AWSOrganizationsNotInUseException"}"#.to_owned()),
        "ListRoots" => denied(),
        _ => usual(asked),
    };
    let organization = discovered(alone).await;
    assert_eq!((known(&organization), notes(&organization).len()), (Vec::new(), 0));
}
