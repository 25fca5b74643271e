//! Which requests stand for all others, and what is wrong with tables.

use super::*;
use crate::doc::Doc;
use crate::policy::document::Document;

fn probes(statements: &str) -> Vec<String> {
    let document = Document::parse(&Doc::string(format!(r#"{{"Statement":[{statements}]}}"#)));
    assert!(document.unread().is_none());
    let (probes, is_partial) = {
        let mentions = Mentions::of([&document]);
        KINDS.probes(&mentions, mentions.statements(), Scope::Allowed)
    };
    assert!(!is_partial);
    probes.into_iter().map(|probe| probe.action).collect()
}

fn allow(action: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":"*","Action":{action},"Resource":"*"}}"#)
}

#[test]
fn one_action_stands_for_all_that_no_statement_tells_apart() {
    assert_eq!(probes(&allow(r#""s3:GetObject""#)), ["s3:GetObject"]);
    assert_eq!(probes(&allow(r#""s3:*""#)), ["s3:GetObject", "s3:ListBucket"]);
    assert_eq!(probes(&allow(r#""sns:*""#)), ["sns:Publish"]);
    assert_eq!(probes(&allow(r#"["sts:TagSession","sts:SetSourceIdentity"]"#)), Vec::<String>::new());
    assert_eq!(probes(&allow(r#""sts:AssumeRoleWithWebIdentity""#)), ["sts:AssumeRoleWithWebIdentity"]);
}

#[test]
fn a_service_that_is_not_listed_has_the_actions_that_policies_name() {
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"xray:Get*","Resource":"*"}"#;
    let found = probes(&format!("{},{deny}", allow(r#""xray:*""#)));
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|action| action.to_lowercase().starts_with("xray:get")));
    assert!(found.iter().any(|action| !action.to_lowercase().starts_with("xray:get")));
}

#[test]
fn the_tables_are_whole() {
    assert!(KINDS.kinds.len() > 10);
    for kind in &KINDS.kinds {
        assert!(!kind.actions.is_empty(), "{} has no actions", kind.name);
        let is_own = |action: &Action| action.name.split(':').next() == Some(kind.service.as_str());
        assert!(kind.actions.iter().all(is_own), "{} has actions of another service", kind.name);
    }
    let header = "kind,action,access,callers,keys\n";
    let wrong = |row: &str| {
        Kinds::parse("kind,arn,without,root\na:b,arn:aws:a:::*,,\n", &format!("{header}{row}\n")).unwrap_err()
    };
    assert!(wrong("a:c,a:X,read,,").contains("no such kind"));
    assert!(wrong("a:b,a:X,look,,").contains("no such access"));
    assert!(wrong("a:b,a:X,read,all,").contains("no such callers"));
    assert!(Kinds::parse("kind,arn,without,root\nab,b,,\n", header).is_err());
}
