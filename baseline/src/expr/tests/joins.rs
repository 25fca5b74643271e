//! A join by index says what going through all items says: the same answer, the same reason, the same evidence.

use proptest::prelude::*;

use super::*;
use crate::reason::UnreadReason;

const EXPRESSIONS: [&str; 11] = [
    "all('AWS::Test::Thing').exists(x, x.A == resource.A)",
    "!all('AWS::Test::Thing').exists(x, resource.A == x.A && x.B != null)",
    "all('AWS::Test::Thing').exists(x, x.B == 'b' && x.A == resource.A)",
    "all('AWS::Test::Thing').exists(x, x.B.startsWith('a') && x.A == resource.A)",
    "all('AWS::Test::Thing').exists_one(x, x.A == resource.A && x.B == 'a')",
    "all('AWS::Test::Thing').filter(x, x.A == resource.A)[0].B == 'a'",
    "all('AWS::Test::Thing').map(x, x.A == resource.A, x.B == 'a')[0]",
    "size(all('AWS::Test::Thing').filter(x, x.A == account.id)) > 1",
    "all('AWS::Test::Thing')[0].L.exists(x, x.A == resource.A && x.B == 'b')",
    "resource.L.exists(y, all('AWS::Test::Thing').exists(x, x.A == y.A && x.B == 'a'))",
    "resource.L.all(y, all('AWS::Test::Thing').exists(x, x.A == y.A && all('AWS::Test::Thing').exists(z, z.B == x.B)))",
];

fn unread() -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::AccessDenied, "ec2:DescribeVpcs", ""))
}

fn values() -> impl Strategy<Value = Doc> {
    prop_oneof![
        8 => "[ab]{0,2}".prop_map(Doc::from),
        1 => Just(Doc::Null),
        1 => Just(Doc::Int(1)),
        1 => Just(Doc::List(vec![Doc::from("a")])),
        1 => Just(Doc::Unread(unread())),
    ]
}

fn items(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Doc>> {
    let item = prop_oneof![
        20 => (values(), values()).prop_map(|(a, b)| Doc::map([("A", a), ("B", b)])),
        1 => values(),
    ];
    prop::collection::vec(item, size)
}

fn snapshots() -> impl Strategy<Value = Snapshot> {
    (items(0..60), items(0..60), any::<bool>()).prop_map(|(things, inner, is_complete)| {
        let mut items: Vec<Resource> = Vec::new();
        for (number, doc) in things.into_iter().enumerate() {
            let doc =
                if number == 0 { Doc::map([("A", Doc::from("a")), ("L", Doc::List(inner.clone()))]) } else { doc };
            items.push(Resource { type_name: "AWS::Test::Thing".into(), arn: String::new(), doc });
        }
        let listing = Listing { items, unread: (!is_complete).then(unread), ..Listing::default() };
        Snapshot { listings: [("AWS::Test::Thing".into(), listing)].into() }
    })
}

fn resources() -> impl Strategy<Value = Vec<Doc>> {
    let resource = (values(), items(0..3)).prop_map(|(a, l)| Doc::map([("A", a), ("L", Doc::List(l))]));
    prop::collection::vec(resource, 2..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn an_index_changes_no_answer_and_no_evidence(snapshot in snapshots(), resources in resources()) {
        for expression in EXPRESSIONS {
            let program = compile(expression, &env()).unwrap();
            prop_assert!(program.joins > 0, "{} is no join", expression);
            let batch = program.batch(&snapshot);
            for resource in &resources {
                let account = Doc::map([("id", Doc::from("a"))]);
                let (settings, now) = (Doc::Null, "2026-01-15T00:00:00Z");
                let inputs = Inputs {
                    resource, parent: &Doc::Null, account: &account, organization: &Doc::Null, region: "a",
                    settings: &settings, now, snapshot: &snapshot,
                };
                prop_assert_eq!(batch.evaluate(&inputs), program.evaluate(&inputs), "{} on {:?}", expression, resource);
            }
        }
    }
}

#[test]
fn what_depends_on_the_item_or_the_resource_is_not_indexed() {
    for expression in [
        "resource.L.exists(x, x.A == 'a')",
        "all('AWS::Test::Thing').all(x, x.A == 'a')",
        "all('AWS::Test::Thing').exists(x, x.A == x.B)",
        "all('AWS::Test::Thing').exists(x, x.A == 'a' || x.B == 'b')",
        "all('AWS::Test::Thing').exists(x, x.A.B == 'a')",
    ] {
        assert_eq!(compile(expression, &env()).unwrap().joins, 0, "{expression}");
    }
}
