//! What expressions answer, what they read, and what is refused.

mod elsewhere;
mod joins;
mod laws;
mod limits;
mod named;
mod options;
mod page;
mod witnesses;

use super::*;
use crate::resource::{Listing, Resource};

struct Types;

impl TypeSource for Types {
    fn resource_type(&self, name: &str) -> Option<Type> {
        (name == "AWS::Test::Thing").then_some(Type::Any)
    }
    fn resource_type_names(&self) -> Vec<String> {
        vec!["AWS::Test::Thing".into()]
    }
    fn sample_events(&self, name: &str) -> Option<Doc> {
        let event = match name {
            "root-usage" => r#"{"userIdentity":{"type":"Root"},"recipientAccountId":"{account}"}"#,
            "ordinary" => r#"{"userIdentity":{"type":"AssumedRole"},"recipientAccountId":"{account}"}"#,
            _ => return None,
        };
        Some(Doc::List(vec![doc(event)]))
    }
    fn sample_event_names(&self) -> Vec<String> {
        vec!["ordinary".into(), "root-usage".into()]
    }
}

fn env() -> Env<'static> {
    Env {
        types: &Types,
        resource: Type::Any,
        parent: None,
        settings: [("days".to_owned(), Type::Number)].into(),
        lets: &[],
        variant: None,
    }
}

fn doc(json: &str) -> Doc {
    Doc::from_json(json).unwrap()
}

const UNREAD: &str = r#"{"$unread":{"reason":"access_denied"}}"#;

/// Two members of an organization.
const ORGANIZATION: &str =
    r#"{"accounts":{"111111111111":"o-example/r-ab12/","555555555555":"o-example/r-ab12/ou-ab12-1/"}}"#;

fn answer(expression: &str, resource: &str) -> (Truth, Grounds) {
    let program = compile(expression, &env()).unwrap_or_else(|problems| panic!("{expression}: {problems:?}"));
    let mut snapshot = Snapshot::default();
    let things = Listing {
        items: vec![Resource {
            type_name: "AWS::Test::Thing".into(),
            arn: "arn".into(),
            doc: doc(r#"{"Name":"a","On":true}"#),
        }],
        ..Listing::default()
    };
    snapshot.listings.insert("AWS::Test::Thing".into(), things);
    let inputs = Inputs {
        resource: &doc(&resource.replace("UNREAD", UNREAD)),
        parent: &Doc::Null,
        account: &doc(r#"{"id":"111111111111","organization_id":"o-example","management_account_id":"999999999999"}"#),
        organization: &doc(ORGANIZATION),
        region: "us-east-1",
        settings: &doc(r#"{"days": 90}"#),
        now: "2026-01-15T00:00:00Z",
        snapshot: &snapshot,
    };
    program.evaluate(&inputs)
}

fn check(expression: &str, resource: &str, expected: &str) {
    let actual = match answer(expression, resource).0 {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown(unread) => unread.reason.code(),
    };
    assert_eq!(actual, expected, "{expression} on {resource}");
}

#[test]
fn an_evaluation_ends_however_many_items_there_would_be() {
    let list = format!("[{}]", ["1"; 200].join(","));
    let nested = ["a", "b", "c", "d", "e"].iter().rev();
    let all = nested.clone().fold("true".to_owned(), |body, name| format!("{list}.all({name}, {body})"));
    let kept = nested.fold("1".to_owned(), |body, name| format!("{list}.map({name}, {body})"));
    for expression in [all, format!("size({kept}) == 200")] {
        let (truth, _) = answer(&expression, "{}");
        assert!(matches!(&truth, Truth::Unknown(unread) if unread.to_string().contains("more than 4000000 items")));
    }
    let doubled = (0..20).fold("resource.A".to_owned(), |text, _| format!("[{text}].map(x, x + x)[0]"));
    let (truth, _) = answer(&format!("{doubled} == ''"), r#"{"A":"text"}"#);
    assert!(matches!(&truth, Truth::Unknown(unread) if unread.to_string().contains("too long")), "{truth:?}");
}

#[test]
fn null_and_absent_are_read_and_unread_is_not() {
    check("resource.A == null", "{}", "true");
    check("resource.A.B.C == null", r#"{"A":null}"#, "true");
    check("resource.A == null", r#"{"A":UNREAD}"#, "access_denied");
    check("resource.A.B == 1", r#"{"A":UNREAD}"#, "access_denied");
    check("has(resource.A)", r#"{"A":1}"#, "true");
    check("has(resource.A)", r#"{"A":null}"#, "false");
    check("has(resource.A)", r#"{"A":UNREAD}"#, "access_denied");
}

#[test]
fn unknown_stays_unless_the_answer_does_not_depend_on_it() {
    check("resource.A && resource.B", r#"{"A":UNREAD,"B":false}"#, "false");
    check("resource.A && resource.B", r#"{"A":UNREAD,"B":true}"#, "access_denied");
    check("resource.A || resource.B", r#"{"A":UNREAD,"B":true}"#, "true");
    check("!resource.A", r#"{"A":UNREAD}"#, "access_denied");
    check("resource.A ? resource.B : resource.B", r#"{"A":UNREAD,"B":true}"#, "true");
    check("resource.L.exists(x, x == 1)", r#"{"L":[1,UNREAD]}"#, "true");
    check("resource.L.exists(x, x == 2)", r#"{"L":[1,UNREAD]}"#, "access_denied");
    check("resource.L.all(x, x == 1)", r#"{"L":[1,UNREAD]}"#, "access_denied");
    check("resource.L.all(x, x == 2)", r#"{"L":[1,UNREAD]}"#, "false");
    check("resource.L.exists_one(x, x == 1)", r#"{"L":[1,UNREAD]}"#, "access_denied");
    check("resource.L.exists_one(x, x == 1)", r#"{"L":[1,1,UNREAD]}"#, "false");
    check("1 in resource.L", r#"{"L":[UNREAD,1]}"#, "true");
    check("2 in resource.L", r#"{"L":[UNREAD,1]}"#, "access_denied");
    check("size(resource.L) > 0", r#"{"L":[1,UNREAD]}"#, "access_denied");
    check("resource.L.filter(x, x.A == 1).exists(x, x.B == 2)", r#"{"L":[{"A":UNREAD,"B":2}]}"#, "access_denied");
    check("resource.L.filter(x, x == 1).size() == 1", r#"{"L":[1,2]}"#, "true");
    check("resource.A == resource.B", r#"{"A":[1,UNREAD],"B":[1,2]}"#, "access_denied");
}

#[test]
fn wrong_types_are_unknown_and_never_false() {
    check("resource.A > 1", "{}", "control_error");
    check("!(resource.A > 1)", "{}", "control_error");
    check("resource.A > 1", r#"{"A":"x"}"#, "control_error");
    check("resource.A + 1 == 2", "{}", "control_error");
    check("resource.A / 0 == 2", r#"{"A":4}"#, "control_error");
    check("resource.A", "{}", "control_error");
    check("resource.A.startsWith('x')", r#"{"A":5}"#, "control_error");
}

#[test]
fn comprehensions_over_null_are_over_nothing() {
    check("resource.L.exists(x, x == 1)", "{}", "false");
    check("resource.L.all(x, x == 1)", "{}", "true");
    check("size(resource.L) == 0", "{}", "true");
    check("resource.M.exists(k, k == 'a')", r#"{"M":{"a":1}}"#, "true");
    check("resource.L.map(x, x.A).exists(a, a == 2)", r#"{"L":[{"A":1},{"A":2}]}"#, "true");
}

#[test]
fn functions_of_the_domain() {
    check("days_since(resource.T) > settings.days", r#"{"T":"2025-01-15T00:00:00Z"}"#, "true");
    check("days_since(resource.T) > settings.days", r#"{"T":"2026-01-14T12:00:00Z"}"#, "false");
    check("glob(resource.A, 'arn:*:role/?x')", r#"{"A":"arn:aws:role/ax"}"#, "true");
    check("arn(resource.A).account == account.id", r#"{"A":"arn:aws:sns:us-east-1:111111111111:t:x"}"#, "true");
    check("arn(resource.A).account == account.id", r#"{"A":"arn:aws:sns"}"#, "control_error");
    check("tag(resource.Tags, 'owner') == 'me'", r#"{"Tags":[{"Key":"owner","Value":"me"}]}"#, "true");
    check("tag(resource.Tags, 'owner') == 'me'", r#"{"Tags":{"owner":"me"}}"#, "true");
    check("has_tag(resource.Tags, 'x')", r#"{"Tags":[{"key":"owner","value":"me"}]}"#, "false");
    check("has_tag(resource.Tags, 'x')", r#"{"Tags":[UNREAD]}"#, "access_denied");
    check("resource.A.matches('^v[0-9]+$')", r#"{"A":"v12"}"#, "true");
    check("is_public_cidr(resource.A)", r#"{"A":"::/0"}"#, "true");
    check("all('AWS::Test::Thing').exists(t, t.Name == 'a' && t.On)", "{}", "true");
    check("int(resource.A) >= 14", r#"{"A":"14"}"#, "true");
    check("resource.A == 1 || not_visible('the topic of another account')", "{}", "not_visible");
    check("resource.A == 1 && not_visible('the topic of another account')", "{}", "false");
    check("reported(resource.A, 'newer than the report') == 1", "{}", "not_yet");
    check("reported(resource.A, 'newer than the report') == 1", r#"{"A":1}"#, "true");
    check("reported(resource.A, 'newer than the report') == 1", r#"{"A":UNREAD}"#, "access_denied");
    check("reported(resource.L.map(x, x.A == 1, x.B == 2)[0], 'newer')", r#"{"L":[{"A":1,"B":3}]}"#, "false");
}

#[test]
fn a_port_is_open_through_any_rule_that_covers_it() {
    let open = |rule: &str, expected| {
        check("opens_port(resource.IpPermissions, 22)", &format!(r#"{{"IpPermissions":[{rule}]}}"#), expected);
    };
    open(r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#, "true");
    open(r#"{"IpProtocol":"tcp","FromPort":0,"ToPort":65535,"Ipv6Ranges":[{"CidrIpv6":"::/0"}]}"#, "true");
    open(r#"{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#, "true");
    open(r#"{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/1"},{"CidrIp":"128.0.0.0/1"}]}"#, "true");
    open(r#"{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#, "false");
    open(r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"10.0.0.0/8"}]}"#, "false");
    open(r#"{"IpProtocol":"icmp","FromPort":-1,"ToPort":-1,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#, "false");
    open("UNREAD", "access_denied");
    // Halves of the internet in two rules.
    let half = |protocol: &str, cidr: &str| {
        format!(r#"{{"IpProtocol":"{protocol}","FromPort":22,"ToPort":22,"IpRanges":[{{"CidrIp":"{cidr}"}}]}}"#)
    };
    open(&format!("{},{}", half("tcp", "0.0.0.0/2"), half("6", "64.0.0.0/2")), "true");
    open(&format!("{},{}", half("tcp", "0.0.0.0/2"), half("-1", "64.0.0.0/2")), "true");
    open(&format!("{},{}", half("tcp", "0.0.0.0/2"), half("udp", "64.0.0.0/2")), "false");
    open(&format!("{},UNREAD", half("tcp", "0.0.0.0/0")), "true");
    // Everything that IPv6 has on the internet, without being all of IPv6.
    let over_ipv6 = |cidrs: &str| format!(r#"{{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"Ipv6Ranges":[{cidrs}]}}"#);
    open(&over_ipv6(r#"{"CidrIpv6":"2000::/3"}"#), "true");
    open(&over_ipv6(r#"{"CidrIpv6":"2000::/4"}"#), "true");
    open(&over_ipv6(r#"{"CidrIpv6":"::/1"}"#), "true");
    open(&over_ipv6(r#"{"CidrIpv6":"2001:db8::/32"},{"CidrIpv6":"fc00::/7"},{"CidrIpv6":"8000::/1"}"#), "false");
}

#[test]
fn evidence_is_what_decided() {
    let paths = |expression: &str, resource: &str| -> Vec<String> {
        let evidence = answer(expression, resource).1.evidence;
        evidence.into_iter().map(|item| format!("{} = {}", item.path, item.value)).collect()
    };
    assert_eq!(paths("resource.A.B == 1", r#"{"A":{"B":2}}"#), ["resource.A.B = 2"]);
    assert_eq!(
        paths("resource.L.exists(x, x.N == 2 && x.On)", r#"{"L":[{"N":1},{"N":2,"On":true}]}"#),
        ["resource.L[1].N = 2", "resource.L[1].On = true"]
    );
    assert_eq!(
        paths("all('AWS::Test::Thing').exists(t, t.Name == 'a')", "{}"),
        [r#"size(all("AWS::Test::Thing")) = 1"#, r#"all("AWS::Test::Thing")[0].Name = "a""#]
    );
    // What each of a few is shows that none of them is what is wanted.
    assert_eq!(
        paths("all('AWS::Test::Thing').exists(t, t.Name == 'b')", "{}"),
        [r#"size(all("AWS::Test::Thing")) = 1"#, r#"all("AWS::Test::Thing")[0].Name = "a""#]
    );
    // What is asked of the resource for each item of a short list shows even when no single item decided.
    assert_eq!(
        paths("['a', 'b'].all(key, tag(resource.Tags, key) != null)", r#"{"Tags":{"a":"1","b":"2"}}"#),
        [r#"resource.Tags = {"a":"1","b":"2"}"#]
    );
    assert_eq!(
        paths("resource.L.exists(x, resource.S.exists(s, s.On))", r#"{"L":[{"N":1}],"S":[{"On":false}]}"#),
        [r#"resource.L = [{"N":1}]"#, r#"resource.S = [{"On":false}]"#]
    );
    assert_eq!(paths("size(all('AWS::Test::Thing')) == 0", "{}"), [r#"size(all("AWS::Test::Thing")) = 1"#]);
    let long = paths("resource.A == 'x'", &format!(r#"{{"A":"{}"}}"#, "ü".repeat(2_000)));
    assert!(long[0].len() < 600 && long[0].ends_with('…'));
}

#[test]
fn evidence_keeps_what_is_nearest_to_the_decision() {
    let paths = |expression: &str, resource: &str| -> Vec<String> {
        answer(expression, resource).1.evidence.into_iter().map(|item| item.path).collect()
    };
    let members: Vec<String> = (0..300).map(|number| format!("resource.M{number}")).collect();
    let all = members[..90].iter().map(|path| format!("{path} == null")).collect::<Vec<_>>().join(" && ");
    assert_eq!(paths(&all, "{}"), members[70..90]);
    // More is noted than is ever kept.
    let items = (0..300).map(|number| format!(r#"{{"N":{number}}}"#)).collect::<Vec<_>>().join(",");
    let found =
        paths("size(resource.L.filter(x, x.N >= 0)) == 300 && resource.B == null", &format!(r#"{{"L":[{items}]}}"#));
    assert_eq!((found.len(), &*found[18], &*found[19]), (evidence::ENTRIES, "resource.L[299].N", "resource.B"));
    // A structure of which a member is there says nothing more, unless a gap in it is what decided.
    assert_eq!(paths("resource.A != null && resource.A.B.C == 1", r#"{"A":{"B":{"C":1}}}"#), ["resource.A.B.C"]);
    assert_eq!(paths("resource.A.B == 1 && resource.A != null", r#"{"A":{"B":1}}"#), ["resource.A.B", "resource.A"]);
    assert_eq!(
        paths("resource.L.exists(x, x.A == 2 || resource.B == 1)", r#"{"L":[{"A":1},UNREAD],"B":2}"#),
        ["resource.L", "resource.B"]
    );
    // What was not read, and did not matter, is not there.
    assert_eq!(paths("resource.A == 1 && resource.B == 1", r#"{"A":UNREAD,"B":2}"#), ["resource.B"]);
    assert_eq!(paths("resource.A == 1 || resource.B == 2", r#"{"A":UNREAD,"B":2}"#), ["resource.B"]);
    assert_eq!(paths("resource.A == 1 && resource.B == 2", r#"{"A":UNREAD,"B":2}"#), ["resource.A", "resource.B"]);
}

#[test]
fn reads_say_what_has_to_be_collected() {
    let reads = |expression: &str| compile(expression, &env()).unwrap().reads().clone();
    let members = |expression: &str| reads(expression).resource_members.into_iter().collect::<Vec<_>>();
    assert_eq!(members("resource.Policy.Statement == null && resource.Name == 'x'"), ["Name", "Policy"]);
    assert_eq!(members("size(resource) == 1"), ["*"]);
    let listing = |expression: &str| reads(expression).listings["AWS::Test::Thing"].iter().cloned().collect::<Vec<_>>();
    assert_eq!(listing("all('AWS::Test::Thing').exists(t, t.Name == resource.X)"), ["Name"]);
    assert_eq!(listing("all('AWS::Test::Thing').filter(t, t.A == 1).all(t, t.B == 2)"), ["A", "B"]);
    assert_eq!(listing("size(all('AWS::Test::Thing')) > 0"), Vec::<String>::new());
    assert!(reads("days_since(resource.T) > settings.days").now);
    let of_account = |expression: &str| reads(expression).account_members.into_iter().collect::<Vec<_>>();
    assert_eq!(of_account("account.tags['Env'] == 'prod' && account.id != ''"), ["id", "tags"]);
    assert_eq!(of_account("has(account.tags.Env)"), ["tags"]);
    assert_eq!(of_account("size(account) == 1"), ["*"]);
    assert_eq!(of_account("resource.account == 'x'"), Vec::<String>::new());
}

#[test]
fn an_item_of_a_list_has_a_parent_and_nothing_else_has() {
    let nested = Env { parent: Some(Type::Any), ..env() };
    let program = compile("resource.Name in parent.Names && parent.Open", &nested).unwrap();
    assert_eq!(program.reads().resource_members, ["Name".to_owned()].into());
    assert_eq!(program.reads().parent_members, ["Names".to_owned(), "Open".to_owned()].into());
    let (settings, snapshot) = (Doc::Null, Snapshot::default());
    let (item, account) = (doc(r#"{"Name": "a"}"#), Doc::Null);
    let decide = |parent: &str| {
        let parent = doc(&parent.replace("UNREAD", UNREAD));
        let inputs = Inputs {
            resource: &item,
            parent: &parent,
            organization: &Doc::Null,
            account: &account,
            region: "",
            settings: &settings,
            now: "",
            snapshot: &snapshot,
        };
        program.decide(&inputs)
    };
    assert_eq!(decide(r#"{"Names": ["a"], "Open": true}"#), Truth::True);
    assert_eq!(decide(r#"{"Names": ["b"], "Open": UNREAD}"#), Truth::False);
    assert!(matches!(decide(r#"{"Names": ["a"], "Open": UNREAD}"#), Truth::Unknown(_)));
    let problem = compile("parent.Name == 'x'", &env()).unwrap_err().remove(0);
    assert!(problem.message.starts_with("there is no variable `parent`"), "{}", problem.message);
    assert_eq!(compile("perent.Name == 'x'", &nested).unwrap_err()[0].suggestion.as_deref(), Some("parent"));
}

#[test]
fn mistakes_are_refused_with_their_place_and_a_suggestion() {
    let refuse = |expression: &str| compile(expression, &env()).unwrap_err().remove(0);
    let problem = refuse("resorce.A == 1");
    assert_eq!((problem.span.start, problem.suggestion.as_deref()), (0, Some("resource")));
    let problem = refuse("resource.A == 1 && resource.B.startWith('x')");
    assert_eq!(problem.suggestion.as_deref(), Some("startsWith"));
    let problem = refuse("days_since(resource.T) > settings.day");
    assert_eq!(problem.suggestion.as_deref(), Some("days"));
    assert_eq!(refuse("all('AWS::Test::Thin').exists(t, true)").suggestion.as_deref(), Some("AWS::Test::Thing"));
    assert!(compile("resource.A ==", &env()).is_err());
    assert!(compile(&"(".repeat(20_000), &env()).is_err());
    assert!(compile("resource.A.matches('(')", &env()).is_err());
}

#[test]
fn what_was_redacted_answers_nothing_about_its_value() {
    let resource = r#"{"Secret":{"$redacted":"0123456789abcdef"},"Same":{"$redacted":"0123456789abcdef"},
        "Variables":{"TOKEN":{"$redacted":"fedcba9876543210"}}}"#;
    for expression in [
        "resource.Secret == 'x'",
        "resource.Secret != 'x'",
        "resource.Secret == 1",
        "resource.Secret in ['x', 'y']",
        "size(resource.Secret) == 1",
        "resource.Secret.all(name, name == '$redacted')",
        "resource.Secret.Member == null",
        "has_tag(resource.Secret, 'owner')",
        "policy(resource.Secret).is_public()",
        "resource.Variables.all(name, resource.Variables[name] != 'x')",
    ] {
        assert!(matches!(answer(expression, resource).0, Truth::Unknown(_)), "{expression}");
    }
    for expression in [
        "resource.Secret != null",
        "has(resource.Secret)",
        "resource.Secret != ''",
        "[resource.Secret] != ['']",
        "resource.Secret == resource.Same",
        "'TOKEN' in resource.Variables",
    ] {
        assert_eq!(answer(expression, resource).0, Truth::True, "{expression}");
    }
}
