//! Who administers services for the organization: known, not asked, or not read, and never "nobody" by mistake.

use super::*;

fn known(organization: &Organization) -> Vec<(&str, Vec<&str>)> {
    let delegated = organization.delegated.as_ref().expect("it was read");
    delegated.iter().map(|(service, ids)| (service.as_str(), ids.iter().map(|id| id.as_str()).collect())).collect()
}

#[tokio::test]
async fn administrators_are_known_by_service() {
    let organization = discovered(usual).await;
    let one = vec!["222222222222"];
    let expected = [("access-analyzer.amazonaws.com", one.clone()), ("guardduty.amazonaws.com", one)];
    assert_eq!(known(&organization), expected);
}

#[tokio::test]
async fn what_no_control_reads_is_not_asked() {
    let (discovery, asked) = discovery(usual).await;
    let mut organization = discovery.accounts(&[]).await.unwrap();
    discovery.details(&mut organization, &Needs::default(), &mut Memory::none(start())).await.unwrap();
    assert!(!asked.lock().unwrap().iter().any(|each| each.operation.contains("Delegated")));
    assert_eq!(organization.delegated.unwrap_err().reason.code(), "not_run");
}

#[tokio::test]
async fn without_an_organization_nobody_is_asked() {
    let alone = |asked: &Asked| match asked.operation.as_str() {
        "DescribeOrganization" => (400, r#"{"__type": "AWSOrganizationsNotInUseException"}"#.to_owned()),
        operation if operation.contains("Delegated") => denied(),
        _ => usual(asked),
    };
    let organization = discovered(alone).await;
    assert_eq!((known(&organization), organization.notes.len()), (Vec::new(), 0));
}

#[tokio::test]
async fn one_that_is_suspended_or_registered_no_more_administers_nothing() {
    for state in ["SUSPENDED", "PENDING_CLOSURE", "CLOSED"] {
        let organization = discovered(move |asked| match asked.operation.as_str() {
            "ListDelegatedAdministrators" => {
                (200, format!(r#"{{"DelegatedAdministrators": [{{"Id": "222222222222", "State": "{state}"}}]}}"#))
            }
            "ListDelegatedServicesForAccount" => denied(),
            _ => usual(asked),
        });
        let organization = organization.await;
        assert_eq!(known(&organization), []);
        assert!(organization.notes[0].starts_with("222222222222: a delegated administrator that"), "{state}");
    }
    for code in ["AccountNotRegisteredException", "AccountNotFoundException"] {
        let organization = discovered(move |asked| match asked.operation.as_str() {
            "ListDelegatedServicesForAccount" => (400, format!(r#"{{"__type": "{code}"}}"#)),
            _ => usual(asked),
        });
        assert_eq!(known(&organization.await), [], "{code}");
    }
}

#[tokio::test]
async fn what_was_not_read_is_not_nobody() {
    let cases: [(&'static str, &'static str, &str); 8] = [
        ("ListDelegatedAdministrators", "denied", "access_denied"),
        ("ListDelegatedServicesForAccount", "denied", "access_denied"),
        ("ListDelegatedAdministrators", "{}", "scanner_error"),
        ("ListDelegatedServicesForAccount", "{}", "scanner_error"),
        ("ListDelegatedAdministrators", r#"{"DelegatedAdministrators": [], "NextToken": "again"}"#, "scanner_error"),
        ("ListDelegatedServicesForAccount", r#"{"DelegatedServices": [], "NextToken": "again"}"#, "scanner_error"),
        ("ListDelegatedAdministrators", r#"{"DelegatedAdministrators": [{"Id": "1"}]}"#, "scanner_error"),
        ("ListDelegatedServicesForAccount", r#"{"DelegatedServices": [{}]}"#, "scanner_error"),
    ];
    for (operation, answer, code) in cases {
        let organization = discovered(move |asked| match answer {
            _ if asked.operation != operation => usual(asked),
            "denied" => denied(),
            body => (200, body.to_owned()),
        });
        let organization = organization.await;
        let why = organization.delegated.as_ref().expect_err("it was not read");
        assert_eq!(why.reason.code(), code, "{operation} {answer}");
        let note = organization.notes.iter().find(|note| note.contains("delegated administrators"));
        assert!(note.is_some_and(|note| note.contains(operation)), "{:?}", organization.notes);
        assert_eq!(organization.gaps, [], "accounts are not missing because of it");
    }
}
