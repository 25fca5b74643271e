//! Where an answer is that another account has: what functions say of it, and what is left of it when more is missing.

use super::*;
use crate::elsewhere::Elsewhere;

fn unread(expression: &str, resource: &str) -> Arc<Unread> {
    match answer(expression, resource).0 {
        Truth::Unknown(unread) => unread,
        known => panic!("{expression} is {known:?}"),
    }
}

fn check(expression: &str, resource: &str, reason: &str, accounts: &[&str]) {
    let unread = unread(expression, resource);
    let known: Vec<&str> = unread.elsewhere.iter().map(|place| place.account.as_str()).collect();
    assert_eq!((unread.reason.code(), known.as_slice()), (reason, accounts), "{expression}");
}

#[test]
fn a_function_says_whose_rows_have_the_answer() {
    let all = r#"not_visible("x", {account: "222222222222", region: "eu-west-1", control: "c"})"#;
    let place = Elsewhere {
        account: "222222222222".into(),
        region: "eu-west-1".into(),
        control: "c".into(),
        resource: String::new(),
    };
    assert_eq!(unread(all, "{}").elsewhere, [place]);
    check(r#"not_visible("x", {account: resource.Owner})"#, r#"{"Owner":"3"}"#, "not_visible", &["3"]);
    // Nobody's that is known.
    check(r#"not_visible("x", {account: resource.Owner})"#, "{}", "not_visible", &[]);
    check(r#"not_visible("x", {region: "eu-west-1"})"#, "{}", "not_visible", &[]);
    check(r#"not_visible("x", {account: resource.Owner})"#, r#"{"Owner":UNREAD}"#, "access_denied", &[]);
}

#[test]
fn another_account_is_the_reason_only_where_nothing_else_is_missing() {
    let one = r#"not_visible("x", {account: "1"})"#;
    let two = r#"not_visible("y", {account: "2"})"#;
    let more = r#"{"A":UNREAD,"L":[1,2]}"#;
    for operator in ["&&", "||"] {
        check(&format!("{one} {operator} {one}"), more, "not_visible", &["1"]);
        check(&format!("{one} {operator} {two}"), more, "not_visible", &["1", "2"]);
        check(&format!("{one} {operator} resource.A"), more, "access_denied", &[]);
        check(&format!("resource.A {operator} {one}"), more, "access_denied", &[]);
    }
    check(&format!("{one} ? resource.A : false"), more, "access_denied", &[]);
    check(&format!("{one} ? {two} : false"), more, "not_visible", &["1", "2"]);
    check(&format!("resource.L.exists(i, i == 1 ? {one} : resource.A)"), more, "access_denied", &[]);
    check(&format!("resource.L.all(i, i == 1 ? {one} : {two})"), more, "not_visible", &["1", "2"]);
    check(&format!("{one} == resource.A"), more, "access_denied", &[]);
    check(&format!("{one} || not_visible('nobody knows whose')"), more, "not_visible", &[]);
}

#[test]
fn prefix_lists_count_with_their_entries() {
    let rule = r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"PrefixListIds":[{"PrefixListId":"pl-1"}]}"#;
    let opens = |lists: &str, reason: Option<&str>| {
        let resource = format!(r#"{{"Rules":[{rule}],"Lists":{lists}}}"#);
        match (answer("opens_port(resource.Rules, 22, {lists: resource.Lists})", &resource).0, reason) {
            (Truth::Unknown(unread), Some(reason)) => assert_eq!(unread.reason.code(), reason, "{lists}"),
            (Truth::Unknown(unread), None) => panic!("{lists}: {unread}"),
            (known, reason) => assert!(reason.is_none(), "{lists}: {known:?}"),
        }
    };
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":"1","Entries":[{"Cidr":"10.0.0.0/8"}]}]"#, None);
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":"AWS"}]"#, None);
    opens("[]", Some("not_visible"));
    opens("null", Some("not_visible"));
    opens("[UNREAD]", Some("access_denied"));
    opens("UNREAD", Some("access_denied"));
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":"1","Entries":UNREAD}]"#, Some("access_denied"));
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":"1","Entries":[{"Cidr":"10.0.0.0/8"},UNREAD]}]"#, Some("access_denied"));
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":"1"}]"#, Some("control_error"));
    // Whose list it is may be unread; what it holds decides.
    opens(r#"[{"PrefixListId":"pl-1","OwnerId":UNREAD,"Entries":[{"Cidr":"10.0.0.0/8"}]}]"#, None);
}
