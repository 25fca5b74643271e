//! Network ACLs against a reference that looks at one packet after the other.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const TCP: [&str; 2] = ["tcp", "6"];

fn docs(rules: &[Value]) -> Vec<Doc> {
    rules.iter().map(|rule| serde_json::from_value(rule.clone()).expect("every JSON value is a document")).collect()
}

fn rule(number: i64, action: &str, protocol: &str, ports: (i64, i64), cidr: &str) -> Value {
    let member = if cidr.contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
    let ports = json!({ "From": ports.0, "To": ports.1 });
    json!({
        "RuleNumber": number, "Egress": false, "RuleAction": action, "Protocol": protocol, member: cidr,
        "PortRange": if protocol == "-1" { Value::Null } else { ports },
    })
}

fn answer(rules: &[Value], family: (&Family, &str)) -> Option<bool> {
    let docs = docs(rules);
    let Ok(rules) = inbound(&docs) else { return None };
    match admits(&rules, TCP, 22, family) {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown(_) => None,
    }
}

fn check(rules: &[Value], expected: Option<bool>) {
    assert_eq!(answer(rules, (&IPV4, "CidrBlock")), expected, "{rules:?}");
}

#[test]
fn the_first_rule_that_matches_decides() {
    let (allow, deny) = (rule(100, "allow", "-1", (0, 0), "0.0.0.0/0"), rule(90, "deny", "6", (22, 22), "0.0.0.0/0"));
    let late = rule(110, "deny", "6", (22, 22), "0.0.0.0/0");
    check(&[], Some(false));
    check(std::slice::from_ref(&allow), Some(true));
    check(&[allow.clone(), deny.clone()], Some(false));
    check(&[late, allow.clone()], Some(true));
    check(&[rule(90, "deny", "17", (22, 22), "0.0.0.0/0"), allow.clone()], Some(true));
    check(&[rule(90, "deny", "6", (23, 80), "0.0.0.0/0"), allow.clone()], Some(true));
    check(&[rule(90, "deny", "6", (22, 22), "0.0.0.0/2"), allow], Some(true));
    check(&[rule(1, "allow", "6", (20, 25), "0.0.0.0/1")], Some(true));
    check(&[rule(1, "allow", "6", (20, 25), "10.0.0.0/8")], Some(false));
    let mut outbound = rule(1, "allow", "-1", (0, 0), "0.0.0.0/0");
    outbound["Egress"] = json!(true);
    check(&[outbound], Some(false));
}

#[test]
fn families_are_apart() {
    let rules = [rule(1, "allow", "6", (22, 22), "::/0"), rule(2, "deny", "-1", (0, 0), "0.0.0.0/0")];
    assert_eq!(answer(&rules, (&IPV4, "CidrBlock")), Some(false));
    assert_eq!(answer(&rules, (&IPV6, "Ipv6CidrBlock")), Some(true));
    let narrow = [rule(1, "allow", "6", (22, 22), "fd00::/8")];
    assert_eq!(answer(&narrow, (&IPV6, "Ipv6CidrBlock")), Some(false));
}

#[test]
fn what_is_not_understood_decides_what_no_rule_before_it_does() {
    let (allow, deny) = (rule(2, "allow", "-1", (0, 0), "0.0.0.0/0"), rule(2, "deny", "-1", (0, 0), "0.0.0.0/0"));
    for member in ["Protocol", "CidrBlock", "RuleAction"] {
        let mut strange = rule(3, "allow", "6", (22, 22), "0.0.0.0/0");
        strange[member] = json!(7);
        check(&[strange.clone(), allow.clone()], Some(true));
        check(&[strange.clone(), deny.clone()], Some(false));
        strange["RuleNumber"] = json!(1);
        check(&[strange.clone(), allow.clone()], None);
        check(&[strange, deny.clone()], None);
    }
    let mut without_ports = rule(1, "allow", "6", (22, 22), "0.0.0.0/0");
    without_ports["PortRange"] = Value::Null;
    check(&[without_ports], None);
    let mut without_number = rule(1, "allow", "6", (443, 443), "0.0.0.0/0");
    without_number["RuleNumber"] = Value::Null;
    check(&[without_number, deny], None);
}

type Ports = (i64, i64);

/// A rule's number, whether it allows, its protocol, its ports, the length of its prefix, and where that lies.
type Drawn = (i64, bool, u8, Ports, u8, u32);

/// A rule over some of the sixteen parts into which `/4` cuts the addresses.
fn any_rule() -> impl Strategy<Value = Drawn> {
    (1..50_i64, any::<bool>(), 0..3_u8, (20..24_i64, 20..24_i64), 0..5_u8, 0..16_u32)
}

/// Whether a packet from the part gets in, by looking at one rule after the other.
fn gets_in(rules: &[Drawn], part: u32) -> bool {
    let mut ordered: Vec<_> = rules.iter().collect();
    ordered.sort_by_key(|rule| rule.0);
    for (_, is_allowed, protocol, (from, to), prefix, place) in ordered {
        let is_about_port = *protocol == 0 || (*protocol == 1 && *from <= 22 && 22 <= *to);
        let shift = 4 - u32::from(*prefix);
        if is_about_port && part >> shift == place >> shift {
            return *is_allowed;
        }
    }
    false
}

proptest! {
    #[test]
    fn ranges_say_what_packets_say(rules in proptest::collection::vec(any_rule(), 0..12)) {
        // Numbers are unique in an ACL.
        let mut rules = rules;
        rules.sort_by_key(|rule| rule.0);
        rules.dedup_by_key(|rule| rule.0);
        let open = (0..16).filter(|part| gets_in(&rules, *part)).count();
        let written: Vec<Value> = rules.iter().rev().map(|(number, is_allowed, protocol, ports, prefix, place)| {
            let action = if *is_allowed { "allow" } else { "deny" };
            let protocol = ["-1", "6", "17"][usize::from(*protocol)];
            rule(*number, action, protocol, *ports, &format!("{}.0.0.0/{prefix}", place << 4))
        }).collect();
        prop_assert_eq!(answer(&written, (&IPV4, "CidrBlock")), Some(open >= 8));
    }
}
