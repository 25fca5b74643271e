//! Patterns of AWS's pages and of benchmarks on events, what cannot be parsed, and laws.

mod laws;

use super::*;

const EVENT: &str = r#"{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111",
    "arrayKey":["value","another value"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],
    "SomeObject":null,"ThisFlag":true,"cluster.name":"c","count":404,"ratio":0.5,"numbers":["08","x"],
    "user":{"id":1,"email":"John.Stiles@example.com"},"coordinates":[[0,1,2],[4,5,6]]}"#;

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes(_) => "yes",
        Answer::No(_) => "no",
        Answer::Unknown(_) => "unknown",
    }
}

#[track_caller]
fn on(event: &str, pattern: &str, expected: &str) {
    let event = Doc::from_json(event).unwrap_or_else(|error| panic!("{error}: {event}"));
    let answer = filter_matches(&Doc::from(pattern), &event);
    assert_eq!(word(&answer), expected, "{pattern}: {answer:?}");
}

#[track_caller]
fn check(pattern: &str, expected: &str) {
    on(EVENT, pattern, expected);
}

#[test]
fn strings_match_whole_with_stars_at_their_ends() {
    check(r#"{ $.eventType = "UpdateTrail" }"#, "yes");
    check("{ $.eventType = UpdateTrail }", "yes");
    check("{$.eventType=UpdateTrail}", "yes");
    check(r#"{ $.eventType = "updatetrail" }"#, "no");
    check(r#"{ $.eventType = "Update" }"#, "no");
    check(r#"{ $.eventType = "*Trail" }"#, "yes");
    check(r#"{ $.eventType = "*date*" }"#, "yes");
    check(r#"{ $.eventType = "*" }"#, "yes");
    check("{ $.eventType = * }", "yes");
    check("{ $.sourceIPAddress != 123.123.* }", "yes");
    check("{ $.sourceIPAddress != 111.111.* }", "no");
    check(r#"{ $.eventType = "Up*Trail" }"#, "unknown");
    check(r#"{ $.eventType = "Down*Trail" }"#, "no");
}

#[test]
fn selectors_reach_into_objects_and_arrays() {
    check(r#"{ $.arrayKey[0] = "value" }"#, "yes");
    check(r#"{ $.arrayKey[1] = "value" }"#, "no");
    check(r#"{ $.arrayKey[7] = "value" }"#, "no");
    check(r#"{ $.eventType[0] = "UpdateTrail" }"#, "no");
    check("{ $.objectList[1].id = 2 }", "yes");
    check("{ $.coordinates[1][2] = 6 }", "yes");
    check(r#"{ $.['cluster.name'] = "c" }"#, "yes");
    check(r#"{ $.user.['email'] = "John.*" }"#, "yes");
    check(r#"{ $.arrayKey[*] = "another*" }"#, "yes");
    check(r#"{ $.arrayKey[*] != "other" }"#, "yes");
    check(r#"{ $.arrayKey[*] != "value" }"#, "unknown");
    check("{ $.objectList[*].id = 2 }", "yes");
    check("{ $.objectList[*].id = 3 }", "no");
    check(r#"{ $.* = "c" }"#, "yes");
}

#[test]
fn what_does_not_exist_compares_with_nothing() {
    check(r#"{ $.missing = "x" }"#, "no");
    check(r#"{ $.missing != "x" }"#, "no");
    check("{ $.missing < 1 }", "no");
    check("{ $.missing NOT EXISTS }", "yes");
    check("{ $.user.missing NOT EXISTS }", "yes");
    check("{ $.eventType.missing NOT EXISTS }", "yes");
    check("{ $.eventType NOT EXISTS }", "no");
    check("{ $.SomeObject NOT EXISTS }", "no");
    check("{ $.user NOT EXISTS }", "no");
    check(r#"{ ($.missing != "x") || ($.missing NOT EXISTS) }"#, "yes");
}

#[test]
fn is_tests_for_null_and_booleans() {
    check("{ $.SomeObject IS NULL }", "yes");
    check("{ $.missing IS NULL }", "no");
    check("{ $.eventType IS NULL }", "no");
    check("{ $.ThisFlag IS TRUE }", "yes");
    check("{ $.ThisFlag IS FALSE }", "no");
    check("{ $.eventType IS TRUE }", "no");
    check("{ $.ThisFlag = true }", "unknown");
    check("{ $.ThisFlag = false }", "no");
    check("{ $.ThisFlag != false }", "unknown");
    check(r#"{ $.SomeObject = "x" }"#, "no");
    check(r#"{ $.SomeObject != "x" }"#, "unknown");
}

#[test]
fn numbers_compare_as_numbers() {
    for (pattern, expected) in [
        ("{ $.count > 400 }", "yes"),
        ("{ $.count > +404 }", "no"),
        ("{ $.count >= 404.0 }", "yes"),
        ("{ $.count < 4.05e2 }", "yes"),
        ("{ $.count <= 40e-1 }", "no"),
        ("{ $.count = 404 }", "yes"),
        ("{ $.count != 404 }", "no"),
        ("{ $.count = 4* }", "yes"),
        ("{ $.count = * }", "yes"),
        ("{ $.count = 5* }", "no"),
        (r#"{ $.count = "404" }"#, "unknown"),
        (r#"{ $.count = "405" }"#, "no"),
        ("{ $.ratio = 0.5 }", "yes"),
        ("{ $.ratio > -1 }", "yes"),
        ("{ $.user.id = %^1$% }", "yes"),
        ("{ $.numbers[0] = 08 }", "yes"),
        ("{ $.numbers[0] = 8 }", "unknown"),
        ("{ $.numbers[0] = 9 }", "no"),
        ("{ $.numbers[0] > 7 }", "unknown"),
        ("{ $.numbers[1] > 7 }", "no"),
    ] {
        check(pattern, expected);
    }
}

#[test]
fn and_binds_closer_than_or_and_parentheses_closest() {
    check(r#"{ ($.user.id = 1) && ($.arrayKey[0] = "value") }"#, "yes");
    check(r#"{ $.user.email = "John.*" || $.count = 1 && $.count = 2 }"#, "yes");
    check(r#"{ ($.user.email = "John.*" || $.count = 1) && $.count = 2 }"#, "no");
    check(r#"{ $.count = 2 && $.count = 1 || $.user.email = "John.*" }"#, "yes");
    check(r#"{ ($.user.id = 2 && $.arrayKey[0] = "x") || $.arrayKey[1] = "GET" }"#, "no");
    check(r#"{ ((($.user.id = 1))) }"#, "yes");
}

#[test]
fn regular_expressions_match_anywhere() {
    check("{ $.eventType = %Trail% }", "yes");
    check("{ $.eventType = %^Trail% }", "no");
    check("{ $.eventType != %Trail% }", "no");
    check("{ $.arrayKey[*] = %val.{2}% }", "yes");
    check(r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", "yes");
    for (pattern, text, expected) in [
        ("%^[hc]at%", "hat trick", "yes"),
        ("%^[hc]at%", "a hat", "no"),
        ("%colou?r%", "the color", "yes"),
        ("%^a{3,5}$%", "aa", "no"),
        ("%^a{,2}$%", "aa", "yes"),
        ("%^starting|^shutting down%", "shutting down now", "yes"),
        (r"%\[.\]%", "value [7] here", "yes"),
        (r"%\d\s\w\x3A%", "1 a:", "yes"),
        (r"%10\.0\.0\.1%", "10.0.0.1", "yes"),
        (r"%10\.0\.0\.1%", "10-0-0-1", "no"),
        (r"%a\-b\#%", "a-b#", "yes"),
        ("%[[]x%", "[x", "yes"),
    ] {
        on(&Doc::map([("text", Doc::from(text))]).to_json(), &format!("{{ $.text = {pattern} }}"), expected);
    }
    check("%Update[A-Z]rail%", "yes");
    check("%UNAUTHORIZED%", "no");
}

#[test]
fn terms_are_looked_for_in_the_text_of_the_event() {
    check("", "yes");
    check("   ", "yes");
    check("\" \"", "yes");
    check("UpdateTrail", "yes");
    check("updatetrail", "no");
    check("UpdateTrail value", "yes");
    check("UpdateTrail missing", "no");
    check("UpdateTrail -missing", "yes");
    check("UpdateTrail -value", "no");
    check("-missing", "yes");
    check("?missing ?value", "yes");
    check("?missing ?absent", "no");
    check("?missing value", "yes");
    check(r#""another value""#, "yes");
    check(r#""another  value""#, "no");
    check(r#""\"eventType\":\"UpdateTrail\"""#, "yes");
}

#[test]
fn the_patterns_of_the_benchmarks() {
    let denied = r#"{"errorCode":"AccessDenied","eventName":"GetUser","sourceIPAddress":"198.51.100.7"}"#;
    let unauthorized =
        r#"{"errorCode":"Client.UnauthorizedOperation","eventName":"RunInstances","sourceIPAddress":"x"}"#;
    let ordinary = r#"{"eventName":"GetUser","sourceIPAddress":"198.51.100.7"}"#;
    // CIS 1.4 to 2.0 join with `||` what is to be left out, and so take every event.
    let too_wide = r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }"#;
    let right = r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#;
    for event in [denied, unauthorized] {
        on(event, too_wide, "yes");
        on(event, right, "yes");
    }
    on(ordinary, too_wide, "yes");
    on(ordinary, right, "no");
    let root = r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#;
    on(r#"{"userIdentity":{"type":"Root"},"eventType":"AwsApiCall"}"#, root, "yes");
    on(r#"{"userIdentity":{"type":"Root","invokedBy":"AWS Internal"},"eventType":"AwsApiCall"}"#, root, "no");
    on(r#"{"userIdentity":{"type":"IAMUser"},"eventType":"AwsApiCall"}"#, root, "no");
}

#[test]
fn a_selector_of_a_structure_takes_the_event_out_of_the_filter() {
    check(r#"{ $.user = "x" }"#, "no");
    check(r#"{ $.arrayKey != "x" }"#, "no");
    check(r#"{ $.arrayKey != "x" && $.count = 404 }"#, "no");
    check(r#"{ $.arrayKey != "x" || $.count = 404 }"#, "unknown");
}

#[test]
fn what_cannot_be_parsed_is_unknown_and_says_where() {
    for (pattern, place) in [
        ("{ $.a == 1 }", "`= 1 }`"),
        ("{ $.a EXISTS }", "`EXISTS }`"),
        ("{ $.a IS NOT NULL }", "`NOT NULL }`"),
        ("{ $.a IS MAYBE }", "`MAYBE }`"),
        ("{ $.a NOT EXIST }", "EXIST }"),
        ("{ $.a = }", "`}`"),
        ("{ $.a }", "`}`"),
        ("{ a = 1 }", "`a = 1 }`"),
        ("{ $.a = 1", "its end"),
        ("{ $.a = 1 } x", "`x`"),
        ("{ $.a = 1 && }", "`}`"),
        ("{ ($.a = 1 }", "`}`"),
        ("{ $.a[x] = 1 }", "`[x] = 1 }`"),
        ("{ $.a[99999999999999999999999] = 1 }", "`[99999999999"),
        ("{ $. = 1 }", "` = 1 }`"),
        ("{ $.a = \"x }", "`\"x }`"),
        ("{ $.a > \"5\" }", "`\"5\" }`"),
        ("{ $.a > x }", "`x }`"),
        ("{ $.*.* = 1 }", "`$.*.* = 1 }`"),
        ("{ $.a = %(x)% }", "`(x)% }`"),
        ("{ $.a = %x!% }", "`!% }`"),
        ("{ $.a = %x }", "`%x }`"),
        ("{ $.a = %% }", "`%% }`"),
        ("{ $.a = %a{3,% }", "`%a{3,% }`"),
        (r"{ $.a = %\p% }", r"`\p% }`"),
        ("{ $.a = 'x' }", "`'x' }`"),
        ("{ $.a = %a% || $.b = %b% || $.c = %c% }", "`{ $.a = "),
        ("[w1=ERROR, w2]", "`[w1=ERROR, w2]`"),
        ("Error: x", "`: x`"),
        ("%a% b", "`b`"),
    ] {
        let Answer::Unknown(unread) = filter_matches(&Doc::from(pattern), &Doc::map([])) else {
            panic!("{pattern} was parsed")
        };
        assert!(unread.detail.contains(place), "{pattern}: {}", unread.detail);
    }
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(5_000), ")".repeat(5_000));
    check(&deep, "unknown");
}

#[test]
fn what_was_not_read_is_unknown_where_it_decides() {
    let event = r#"{"a":{"$unread":{"reason":"throttled"}},"b":"x"}"#;
    on(event, r#"{ $.a = "x" }"#, "unknown");
    on(event, r#"{ $.a.c NOT EXISTS }"#, "unknown");
    on(event, r#"{ $.a IS NULL }"#, "unknown");
    on(event, r#"{ $.a = "x" || $.b = "x" }"#, "yes");
    on(event, r#"{ $.a = "x" && $.b = "y" }"#, "no");
    on(event, "x", "unknown");
    assert_eq!(word(&filter_matches(&Doc::Int(1), &Doc::map([]))), "unknown");
    assert_eq!(word(&filter_matches(&Doc::Null, &Doc::map([]))), "yes");
}
