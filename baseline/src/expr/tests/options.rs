//! Maps as arguments: options with names, and what is refused when the control is loaded.

use super::*;

const GROUP: &str = r#"{"Rules": [{"IpProtocol": "udp", "FromPort": 22, "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], "Wanted": "tcp"}"#;

/// What is refused, and what may have been meant.
fn refused(expression: &str) -> (String, Option<String>) {
    let problem = compile(expression, &env()).unwrap_err().remove(0);
    (problem.message, problem.suggestion)
}

#[test]
fn an_option_may_be_left_out_or_named() {
    check("opens_port(resource.Rules, 22)", GROUP, "true");
    check("opens_port(resource.Rules, 22, {})", GROUP, "true");
    check("opens_port(resource.Rules, 22, {protocol: 'udp'})", GROUP, "true");
    check("opens_port(resource.Rules, 22, {'protocol': 'tcp'})", GROUP, "false");
    check("resource.Rules.opens_port(22, {protocol: resource.Wanted})", GROUP, "false");
    check("opens_port(resource.Rules, 22, {protocol: resource.Absent})", GROUP, "true");
    check("opens_port(resource.Rules, 22, {protocol: resource.Rules[0].FromPort})", GROUP, "control_error");
    check("opens_port(resource.Rules, 22, {protocol: resource.Unread})", r#"{"Unread":UNREAD}"#, "access_denied");
}

#[test]
fn what_no_option_can_be_is_refused_with_what_may_have_been_meant() {
    let with = |options: &str| refused(&format!("opens_port(resource.Rules, 22, {options})"));
    assert_eq!(with("{protocl: 'tcp'}"), ("`opens_port` has no option `protocl`".into(), Some("protocol".into())));
    assert_eq!(with("{protocol: 'tcpp'}"), ("`tcpp` is none of tcp, udp".into(), Some("tcp".into())));
    assert_eq!(with("{protocol: 6}").0, "`opens_port` cannot work with a number");
    assert_eq!(with("{protocol: 'tcp', 'protocol': 'udp'}").0, "`protocol` is there twice");
    assert_eq!(with("{6: 'tcp'}").0, "a map's names are text");
    assert_eq!(with("resource.Options").0, "the options of `opens_port` are written out: {name: value}");
    assert_eq!(with("{}, {}").0, "`opens_port` takes 2 to 3 arguments, the receiver included");
    assert_eq!(with("{protocol: resorce.A}").1, Some("resource".into()));
}

#[test]
fn a_map_is_an_argument_and_nothing_else() {
    check("tag({Owner: 'me', Team: resource.Wanted}, 'Team') == 'tcp'", GROUP, "true");
    check("has_tag({a: [{b: 1}], 'c d': 1}, 'c d')", "{}", "true");
    for expression in ["{a: 1} == resource.A", "resource.A in [{a: 1}]", "size(resource.A + [{a: 1}]) == 1"] {
        assert_eq!(refused(expression).0, "a map is written only as an argument of a function", "{expression}");
    }
    assert_eq!(refused("tag({a: policy(resource.P)}, 'a') == 'x'").0, "a map cannot hold a policy");
    assert_eq!(refused("startsWith({a: 'b'}, 'x')").0, "`startsWith` cannot work with a map");
    let nested = |levels: usize| format!("has_tag({}1{}, 'a')", "{a: ".repeat(levels), "}".repeat(levels));
    check(&nested(40), "{}", "true");
    assert!(compile(&nested(200), &env()).is_err());
}

#[test]
fn what_is_read_inside_a_map_is_collected() {
    let reads = |expression: &str| compile(expression, &env()).unwrap().reads().clone();
    let read = reads("tag({a: resource.A, b: [account.id, {c: now}]}, 'a') == 'x'");
    assert!(read.resource_members.contains("A") && read.account_members.contains("id") && read.now);
}
