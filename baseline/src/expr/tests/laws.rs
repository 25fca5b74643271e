//! The first promise as a law: whatever is not read, an answer is never the opposite of what reading it would give.

use proptest::prelude::*;

use super::*;
use crate::doc::Map;
use crate::reason::UnreadReason;

fn unread() -> Doc {
    let reason = UnreadReason::AccessDenied;
    Doc::Unread(Arc::new(Unread::new(reason, "s3:GetBucketPolicy", "")))
}

fn decide(program: &Program, resource: &Doc) -> Truth {
    let mut snapshot = Snapshot::default();
    let items = resource.get("L").as_list().unwrap_or_default().iter().filter(|item| item.unread().is_none());
    let items =
        items.map(|doc| Resource { type_name: "AWS::Test::Thing".into(), arn: String::new(), doc: doc.clone() });
    let unread = resource.get("L").as_list().unwrap_or_default().iter().find_map(Doc::unread).cloned();
    snapshot
        .listings
        .insert("AWS::Test::Thing".into(), Listing { items: items.collect(), unread, ..Listing::default() });
    if let Doc::Unread(_) = resource.get("L") {
        snapshot.listings.clear();
    }
    let inputs = Inputs {
        resource,
        parent: &Doc::Null,
        account: &Doc::Null,
        organization: &Doc::Null,
        region: "us-east-1",
        settings: &Doc::Null,
        now: "2026-01-15T00:00:00Z",
        snapshot: &snapshot,
    };
    let (truth, grounds) = program.evaluate(&inputs);
    let evidence = &grounds.evidence;
    assert!(evidence.len() <= 20, "too much evidence");
    assert!(evidence.iter().all(|item| item.value.len() <= 515), "too long a value");
    assert!(grounds.witnesses.len() <= 5, "too many witnesses");
    assert_eq!(truth, program.decide(&inputs), "evidence changes nothing");
    truth
}

/// The document with one place not read, for every place; in lists also with gaps of several items.
fn with_gaps(doc: &Doc) -> Vec<Doc> {
    let mut all = vec![unread()];
    match doc {
        Doc::Map(map) => {
            for (key, value) in map.iter() {
                for gap in with_gaps(value) {
                    let mut copy: Map = map.clone();
                    copy.insert(key.clone(), gap);
                    all.push(Doc::Map(copy));
                }
            }
        }
        Doc::List(items) => {
            for start in 0..=items.len() {
                for end in start..=items.len() {
                    let (before, after) = (items[..start].iter(), items[end..].iter());
                    all.push(Doc::List(before.cloned().chain([unread()]).chain(after.cloned()).collect()));
                }
                let Some(item) = items.get(start) else { continue };
                for gap in with_gaps(item) {
                    let mut copy = items.clone();
                    copy[start] = gap;
                    all.push(Doc::List(copy));
                }
            }
        }
        _ => {}
    }
    all
}

fn never_flips(expression: &str, resource: &Doc) {
    let Ok(program) = compile(expression, &env()) else { return };
    let whole = decide(&program, resource);
    for gapped in with_gaps(resource) {
        let partly = decide(&program, &gapped);
        let is_flipped = matches!((&whole, &partly), (Truth::True, Truth::False) | (Truth::False, Truth::True));
        assert!(!is_flipped, "{expression}: {whole:?} on {resource:?}, {partly:?} on {gapped:?}");
    }
}

fn documents() -> impl Strategy<Value = Doc> {
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::Bool),
        (0_i64..3).prop_map(Doc::Int),
        Just(Doc::Double(1.0)),
        "[ab]{0,2}".prop_map(Doc::from),
    ];
    let any_doc = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Doc::List),
            prop::collection::btree_map("[ABL]|Key|Value", inner, 0..3)
                .prop_map(|members| Doc::Map(members.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect())),
        ]
    });
    [any_doc.clone(), any_doc.clone(), any_doc].prop_map(|[a, b, l]| Doc::map([("A", a), ("B", b), ("L", l)]))
}

fn values() -> impl Strategy<Value = String> + Clone {
    let roots = ["resource.A", "resource.B", "resource.L", "resource.A.B", "resource.L[0]", "resource.L[1].A", "x.A"];
    let literals = ["null", "true", "false", "0", "1", "1.0", "'a'", "[1, 'a']", "all('AWS::Test::Thing')"];
    prop::sample::select([roots.as_slice(), &literals, &["x", "resource"]].concat()).prop_map(str::to_owned)
}

fn expressions() -> impl Strategy<Value = String> {
    let operators = prop::sample::select(vec!["==", "!=", "<", ">=", "in"]);
    let comparison = (values(), operators, values()).prop_map(|(a, operator, b)| format!("{a} {operator} {b}"));
    let applied = (
        values(),
        prop::sample::select(vec![
            "size(V) > 1",
            "V.startsWith('a')",
            "V.contains('b')",
            "has_tag(V, 'a')",
            "tag(V, 'a') == 'b'",
            "policy(V).is_public()",
            "int(V) + 1 == 2",
            "V / 2 == 0",
            "string(V) == '1'",
            "V == V",
            "(V ? 1 : 1.0) / 2 == 0",
            "has(resource.A.B)",
            "(V + V).exists(x, x == 1)",
        ]),
    );
    let leaf = prop_oneof![values(), comparison, applied.prop_map(|(value, call)| call.replace('V', &value))];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let macros = prop::sample::select(vec!["exists", "all", "exists_one"]);
        let lists = prop::sample::select(vec![
            "V.filter(x, E).exists(x, E)",
            "size(V.filter(x, E)) == 1",
            "V.map(x, E)[0] == true",
            "V.filter(x, E)[0] == 1",
            "V.map(x, E, x.A).all(x, x == null)",
            "1 in V.filter(x, E)",
        ]);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (values(), macros, inner.clone()).prop_map(|(range, name, body)| format!("{range}.{name}(x, {body})")),
            (values(), lists, inner).prop_map(|(range, shape, body)| shape.replace('V', &range).replace('E', &body)),
        ]
    })
    // A variable outside of any comprehension is given one.
    .prop_map(|expression| format!("[resource.A].exists(x, {expression})"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn what_is_not_read_never_turns_an_answer_round(expression in expressions(), resource in documents()) {
        never_flips(&expression, &resource);
    }

    #[test]
    fn any_text_compiles_or_is_refused(source in "[a-z.()!&|=<>'\\[\\]0-9 ?:,\u{e4}]{0,60}") {
        if let Err(problems) = compile(&source, &env()) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| source.is_char_boundary(problem.span.start)), "{problems:?}");
        }
    }
}

#[test]
fn functions_of_the_domain_keep_the_law_on_real_documents() {
    let group = r#"{"P":[{"IpProtocol":"tcp","FromPort":0,"ToPort":80,"IpRanges":[{"CidrIp":"10.0.0.0/8"},
        {"CidrIp":"0.0.0.0/1"}],"Ipv6Ranges":[{"CidrIpv6":"::/0"}]},{"IpProtocol":"-1","IpRanges":[]}]}"#;
    let policy = r#"{"P":{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":["s3:*"],"Resource":"*",
         "Condition":{"Bool":{"aws:SecureTransport":"false"}}},
        {"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}}"#;
    let trust = r#"{"P":{"Statement":{"Effect":"Allow","Principal":{"Federated":
        "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com","Service":"ec2.amazonaws.com"},
        "Action":"sts:AssumeRoleWithWebIdentity",
        "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":["repo:a/b:*"]}}}}}"#;
    let tags = r#"{"P":[{"Key":"a","Value":"1"},{"Key":"b","Value":""},{"TagKey":"c","TagValue":"2"}]}"#;
    for port in [0, 22, 80, 81, 443] {
        never_flips(&format!("opens_port(resource.P, {port})"), &doc(group));
        never_flips(&format!("opens_port(resource.P, {port}, {{protocol: 'udp'}})"), &doc(group));
    }
    for document in [policy, trust] {
        for question in [
            "denies_insecure_transport()",
            "is_public()",
            "allows_full_admin()",
            "allows_service('ec2.amazonaws.com')",
            "allows_service_for_anyone('ec2.amazonaws.com')",
            "allows_action('s3:GetObject')",
            "trusts_anyone()",
            "grants_account_outside(['111111111111'])",
        ] {
            never_flips(&format!("policy(resource.P).{question}"), &doc(document));
        }
    }
    for key in ["a", "b", "c", "d"] {
        never_flips(&format!("has_tag(resource.P, '{key}')"), &doc(tags));
        never_flips(&format!("tag(resource.P, '{key}') == '1'"), &doc(tags));
    }
}

/// Kleene's tables, whole: the third value is U.
#[test]
fn the_connectives_are_kleenes() {
    let truths = [("true", 'T'), ("false", 'F'), ("UNREAD", 'U')];
    let table = |operator: &str| -> String {
        let mut row = String::new();
        for (left, _) in truths {
            for (right, _) in truths {
                let resource = format!(r#"{{"A":{left},"B":{right}}}"#);
                let truth = answer(&format!("resource.A {operator} resource.B"), &resource).0;
                row.push(match truth {
                    Truth::True => 'T',
                    Truth::False => 'F',
                    Truth::Unknown(_) => 'U',
                });
            }
        }
        row
    };
    assert_eq!(table("&&"), "TFUFFFUFU");
    assert_eq!(table("||"), "TTTTFUTUU");
    assert_eq!(table("=="), "TFUFTUUUU");
    assert_eq!(table("!="), "FTUTFUUUU");
}
