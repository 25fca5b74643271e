//! Named expressions: what they see, that they are evaluated once, and how they are told.

use super::*;

/// Types with a derived member and definitions.
struct Named {
    thing: Type,
    definitions: Vec<Definition>,
}

impl TypeSource for Named {
    fn resource_type(&self, _: &str) -> Option<Type> {
        Some(self.thing.clone())
    }
    fn resource_type_names(&self) -> Vec<String> {
        vec!["AWS::Test::Thing".into()]
    }
    fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.iter().find(|each| &**each.name() == name)
    }
    fn definition_names(&self) -> Vec<String> {
        self.definitions.iter().map(|each| each.name().to_string()).collect()
    }
}

fn named() -> Named {
    let members = ["Name", "On", "L", "A"].map(|name| (name.to_owned(), Type::Any));
    let mut object = ObjectType::new("a thing", members.into());
    let plain = Named { thing: Type::Object(Arc::new(object.clone())), definitions: Vec::new() };
    let env = Env {
        types: &plain,
        resource: plain.thing.clone(),
        parent: None,
        settings: BTreeMap::new(),
        lets: &[],
        variant: None,
    };
    let (derived, kind) = derive("Ready", "resource.On == true && size(resource.L) > 0", &env).unwrap();
    assert!(matches!(kind, Type::Bool));
    object.members.insert("Ready".into(), kind);
    object.derived.insert("Ready".into(), Arc::new(derived));
    let define = |name: &str, of: &[&str], text: &str| {
        let of: Vec<String> = of.iter().map(|each| (*each).to_owned()).collect();
        Definition::parse(name, &of, text).unwrap()
    };
    let definitions = vec![
        define("is_big", &["list"], "size(list) > 1"),
        define("has_all", &["list", "wanted"], "wanted.all(x, x in list)"),
        define("same", &["a", "b"], "a == b && b == a"),
        define("round", &["a"], "about(a)"),
        define("about", &["a"], "round(a)"),
        define("bad", &["a"], "a.exists(x, resource.A == x)"),
    ];
    Named { thing: Type::Object(Arc::new(object)), definitions }
}

fn lets(lets: &[(&str, &str)]) -> Vec<Let> {
    lets.iter().map(|(name, text)| Let::parse(name, text).0).collect()
}

fn with<T>(names: &[(&str, &str)], work: impl FnOnce(&Env<'_>) -> T) -> T {
    let (types, lets) = (named(), lets(names));
    let variant = doc(r#"{"variant":"ssh","port":22}"#);
    let env = Env {
        types: &types,
        resource: types.thing.clone(),
        parent: None,
        settings: BTreeMap::new(),
        lets: &lets,
        variant: Some(&variant),
    };
    work(&env)
}

fn run(names: &[(&str, &str)], expression: &str, resource: &str) -> (Truth, Vec<String>) {
    let program = with(names, |env| compile(expression, env)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut snapshot = Snapshot::default();
    let item = |json: &str| Resource { type_name: "AWS::Test::Thing".into(), arn: String::new(), doc: doc(json) };
    let items = vec![item(r#"{"Name":"a","On":true,"L":[1]}"#), item(r#"{"Name":"b"}"#)];
    snapshot.listings.insert("AWS::Test::Thing".into(), Listing { items, ..Listing::default() });
    let inputs = Inputs {
        resource: &doc(&resource.replace("UNREAD", UNREAD)),
        parent: &Doc::Null,
        account: &doc(r#"{"id":"111111111111"}"#),
        organization: &Doc::Null,
        region: "us-east-1",
        settings: &Doc::Null,
        now: "2026-01-15T00:00:00Z",
        snapshot: &snapshot,
    };
    let (truth, grounds) = program.evaluate(&inputs);
    assert_eq!(truth, program.decide(&inputs), "evidence changes nothing");
    (truth, grounds.evidence.into_iter().map(|entry| format!("{} = {}", entry.path, entry.value)).collect())
}

fn check(names: &[(&str, &str)], expression: &str, resource: &str, expected: &str) {
    let actual = match run(names, expression, resource).0 {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown(_) => "unknown",
    };
    assert_eq!(actual, expected, "{expression} on {resource}");
}

/// What is wrong: in which name, at which byte, and what.
fn refused(names: &[(&str, &str)], expression: &str) -> Vec<String> {
    with(names, |env| {
        let mut problems = check_lets(env);
        problems.extend(compile(expression, env).err().into_iter().flatten());
        problems.dedup();
        let told = |problem: Problem| {
            let within = problem.within.map(|name| format!("{name}:")).unwrap_or_default();
            let meant = problem.suggestion.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
            format!("{within}{}: {}{meant}", problem.span.start, problem.message)
        };
        problems.into_iter().map(told).collect()
    })
}

#[test]
fn names_of_the_control_stand_for_what_they_say() {
    let names = [("a", "resource.A"), ("is_one", "a == 1"), ("list", "resource.L.filter(x, x > a)")];
    check(&names, "is_one", r#"{"A":1}"#, "true");
    check(&names, "!is_one && is_one || is_one", r#"{"A":1}"#, "true");
    check(&names, "is_one", r#"{"A":UNREAD}"#, "unknown");
    check(&names, "is_one || true", r#"{"A":UNREAD}"#, "true");
    check(&names, "resource.L.exists(x, x == 3 && list.exists(y, y == x))", r#"{"A":1,"L":[1,2,3]}"#, "true");
    check(&names, "list.all(x, list.exists(y, y == x) && size(list) == 2)", r#"{"A":1,"L":[1,2,3]}"#, "true");
    // A variable hides a name.
    check(&names, "resource.L.exists(a, a == 2)", r#"{"L":[2]}"#, "true");
    check(&names, "[1].all(x, is_one) && is_one", r#"{"A":1}"#, "true");
}

#[test]
fn derived_members_are_computed_from_their_own_resource() {
    check(&[], "resource.Ready", r#"{"On":true,"L":[1]}"#, "true");
    check(&[], "resource['Ready'] && resource.Ready", r#"{"On":true,"L":[1]}"#, "true");
    check(&[], "resource.Ready", r#"{"On":true,"L":UNREAD}"#, "unknown");
    check(&[], "resource.Ready", r#"{"On":false,"L":UNREAD}"#, "false");
    let of_other = r#"all("AWS::Test::Thing").exists(t, t.Name == "a" && t.Ready)"#;
    check(&[], of_other, "{}", "true");
    check(&[], r#"all("AWS::Test::Thing").filter(t, t.Ready).all(t, t.Name == "a")"#, "{}", "true");
    check(&[], r#"all("AWS::Test::Thing")[1].Ready"#, "{}", "false");
    check(&[("first", r#"all("AWS::Test::Thing")[0]"#)], "first.Ready && !resource.Ready", "{}", "true");
    let reads = |expression: &str| with(&[], |env| compile(expression, env)).unwrap().reads().clone();
    assert_eq!(reads("resource.Ready").resource_members.into_iter().collect::<Vec<_>>(), ["L", "On"]);
    let listed = reads(of_other).listings["AWS::Test::Thing"].clone();
    assert_eq!(listed.into_iter().collect::<Vec<_>>(), ["L", "Name", "On"]);
}

#[test]
fn definitions_work_on_what_they_are_given() {
    check(&[], "is_big(resource.L)", r#"{"L":[1,2]}"#, "true");
    check(&[], "resource.L.is_big()", r#"{"L":[1,2]}"#, "true");
    check(&[], "is_big(resource.L)", r#"{"L":UNREAD}"#, "unknown");
    check(&[], "is_big(resource.L.filter(x, x > 1))", r#"{"L":[1,2]}"#, "false");
    check(&[], "has_all(resource.L, [1, 2])", r#"{"L":[2,1]}"#, "true");
    // The caller's variable is not the definition's of the same name.
    check(&[], "resource.L.all(x, has_all(resource.L, [x]))", r#"{"L":[2,1]}"#, "true");
    check(&[], "resource.L.exists(x, same(x + 0, 2))", r#"{"L":[1,2]}"#, "true");
    check(&[], "resource.L.all(x, same([x].map(y, y + 1)[0], x + 1))", r#"{"L":[1,2,3]}"#, "true");
    check(&[], "same(same(resource.A, 1), same(1, resource.A))", r#"{"A":1}"#, "true");
    check(&[], "variant.port == 22 && variant.variant == 'ssh'", "{}", "true");
}

#[test]
fn evidence_shows_names_with_their_values_and_what_they_read() {
    let names = [("list", "resource.L.filter(x, x > 1)"), ("is_one", "resource.A == 1")];
    let shown = |expression: &str, resource: &str| run(&names, expression, resource).1;
    assert_eq!(shown("is_one", r#"{"A":2}"#), ["resource.A = 2", "is_one = false"]);
    // What did not decide the first time, and is remembered, is there when it decides.
    assert_eq!(shown("(is_one || resource.On == true) && !is_one", r#"{"A":1}"#), ["resource.A = 1", "is_one = true"]);
    assert_eq!(shown("size(list) == 2", r#"{"L":[1,2]}"#), ["resource.L = [1,2]", "list = [2]"]);
    assert_eq!(shown("resource.Ready", r#"{"On":false}"#), ["resource.On = false", "resource.Ready = false"]);
    assert_eq!(shown("is_big(resource.L)", r#"{"L":[1]}"#), ["resource.L = [1]", "is_big(resource.L) = false"]);
    let of_other = shown(r#"all("AWS::Test::Thing").exists(t, t.Ready)"#, "{}");
    assert_eq!(of_other.last().unwrap(), r#"all("AWS::Test::Thing")[0].Ready = true"#);
}

#[test]
fn mistakes_are_told_where_they_are() {
    assert_eq!(refused(&[("a", "resource.Nam == 1")], "a"), ["a:9: a thing has no member `Nam`; did you mean `Name`?"]);
    assert_eq!(
        refused(&[("unused", "resource.Nam")], "true"),
        ["unused:9: a thing has no member `Nam`; did you mean `Name`?"]
    );
    assert_eq!(refused(&[("is_one", "true")], "is_on"), ["0: there is no variable `is_on`; did you mean `is_one`?"]);
    let later = "a:0: `b` stands further down: a name sees those before it";
    assert_eq!(refused(&[("a", "b"), ("b", "a")], "true"), [later]);
    assert!(refused(&[("a", "a")], "true")[0].starts_with("a:0: `a` stands further down"));
    assert_eq!(refused(&[], "is_bg(resource.L)"), ["0: there is no function `is_bg`; did you mean `is_big`?"]);
    assert_eq!(refused(&[], "true && is_big(1)"), ["8: in `is_big`: `size` cannot work with a number"]);
    assert_eq!(refused(&[], "is_big()"), ["0: `is_big` is called with 0 arguments; it takes (list)"]);
    assert_eq!(refused(&[], "round(1)"), ["0: in `round`: `round` is defined by itself: round → about → round"]);
    assert_eq!(refused(&[], "bad([1])"), ["0: in `bad`: there is no `resource` here: what it needs is given to it"]);
    assert_eq!(refused(&[], "variant.prt == 1"), ["8: the variants have no `prt`; did you mean `port`?"]);
    assert_eq!(refused(&[], "resource.Redy"), ["9: a thing has no member `Redy`; did you mean `Ready`?"]);
    let types = named();
    let alone = |name: &str| check_definition(types.definition(name).unwrap(), &types).len();
    assert_eq!(["is_big", "has_all", "same", "round", "bad"].map(alone), [0, 0, 0, 1, 1]);
}

#[test]
fn what_is_written_out_stays_within_bounds() {
    let mut names = vec![("n0".to_owned(), "resource.A == 1".to_owned())];
    for number in 1..200 {
        names.push((format!("n{number}"), format!("!n{}", number - 1)));
    }
    let names: Vec<(&str, &str)> = names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(refused(&names[..40], "n39").is_empty());
    let told = with(&names, |env| compile("n199", env)).unwrap_err();
    assert!(told[0].message.contains("more than 96 levels"), "{told:?}");
    // Twice as much with every level.
    let doubled = (0..40).fold("true".to_owned(), |inner, _| format!("same({inner}, true)"));
    assert!(with(&[], |env| compile(&doubled, env)).is_ok());
    let wide = (0..2_000).map(|_| "same(resource.A, 1)").collect::<Vec<_>>().join("||");
    assert!(refused(&[], &wide[..16_000 / 21 * 21 - 2])[0].contains("parts"));
}
