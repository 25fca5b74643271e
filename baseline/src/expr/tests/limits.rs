//! Expressions that are too long, too deep or too expensive are refused, and never end the process.

use super::*;

fn refused(source: &str) -> String {
    compile(source, &env()).unwrap_err().remove(0).message
}

#[test]
fn deep_nesting_is_refused() {
    assert!(compile(&format!("{}true{}", "(".repeat(8_000), ")".repeat(8_000)), &env()).is_err());
    assert!(refused(&format!("resource{}", ".a".repeat(7_000))).contains("nested"));
    assert!(refused(&format!("1{} == 1", " + 1".repeat(3_000))).contains("nested"));
    assert!(refused(&" ".repeat(40_000)).contains("longer"));
}

#[test]
fn the_deepest_that_is_accepted_runs_on_a_small_stack() {
    let deep = |levels: usize| format!("resource{} == null", ".a".repeat(levels));
    let deepest = (1..200).take_while(|levels| compile(&deep(*levels), &env()).is_ok()).last().unwrap();
    assert!(deepest > 80, "{deepest}");
    let nested = |levels: usize| {
        (0..levels).fold("true".to_owned(), |inner, level| format!("[1].exists(x{level}, {inner} && true)"))
    };
    let nesting = (1..100).take_while(|levels| compile(&nested(*levels), &env()).is_ok()).last().unwrap();
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let small = thread.spawn(move || {
        check(&deep(deepest), "{}", "true");
        check(&nested(nesting), "{}", "true");
    });
    small.unwrap().join().unwrap();
}

#[test]
fn expensive_patterns_are_refused() {
    assert!(compile("resource.A.matches('(a{1000}){1000}')", &env()).is_err());
    check("resource.A.matches(resource.B)", r#"{"A":"a","B":"(a{1000}){1000}"}"#, "control_error");
}

#[test]
fn comparisons_that_can_never_hold_are_refused() {
    assert!(refused("settings.days == 'x'").contains("never equal"));
    assert!(refused("size(resource.A) == true").contains("never equal"));
    assert!(refused("settings.days.startsWith('x')").contains("cannot work"));
    assert!(refused("size(resource.A)").contains("true or false"));
    assert!(refused("policy(5).is_public()").contains("cannot work"));
}

#[test]
fn every_use_of_a_listing_is_collected() {
    let listing = |expression: &str| -> Vec<String> {
        let reads = compile(expression, &env()).unwrap().reads().clone();
        reads.listings["AWS::Test::Thing"].iter().cloned().collect()
    };
    assert_eq!(listing("all('AWS::Test::Thing')[0].Policy == null"), ["Policy"]);
    assert_eq!(listing("all('AWS::Test::Thing')[0]['Policy'] == null"), ["Policy"]);
    assert_eq!(listing("resource in all('AWS::Test::Thing')"), ["*"]);
    assert_eq!(listing("(true ? all('AWS::Test::Thing') : []).exists(t, t.A == 1)"), ["*"]);
    assert_eq!(listing("(all('AWS::Test::Thing') + []).exists(t, t.A == 1)"), ["*"]);
    assert_eq!(listing("all('AWS::Test::Thing').exists(t, t.exists(k, k == 'A'))"), ["*"]);
    assert_eq!(listing("all('AWS::Test::Thing').map(t, t.A).exists(a, a == 1)"), ["A"]);
    assert_eq!(listing("all('AWS::Test::Thing').exists(t, [t].exists(u, u.B == 1))"), ["*"]);
}
