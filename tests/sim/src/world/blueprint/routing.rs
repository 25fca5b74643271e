//! Route tables and network ACLs of the VPCs.

use serde_json::{Value, json};

use super::Site;
use super::network::vpcs;

/// The name of the subnet that has a route to the internet.
pub(super) const PUBLIC: &str = "public";

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    let each = |make: fn(&Site<'_>, &str) -> Vec<Value>| -> Vec<Value> {
        vpcs(site).iter().flat_map(|vpc| make(site, vpc["VpcId"].as_str().unwrap_or_default())).collect()
    };
    Some(match type_name {
        "AWS::EC2::RouteTable" => each(route_tables),
        "AWS::EC2::NetworkAcl" => each(network_acls),
        _ => return None,
    })
}

/// The main table, which stays inside, and one with a route to the internet for the public subnet.
fn route_tables(site: &Site<'_>, vpc: &str) -> Vec<Value> {
    let table = |name: &str, association: Value, target: Value| {
        let mut way_out = target;
        way_out["DestinationCidrBlock"] = json!("0.0.0.0/0");
        way_out["State"] = json!("active");
        json!({
            "RouteTableId": site.id("rtb", &format!("{name}-{vpc}")), "VpcId": vpc, "OwnerId": site.account, "Tags": [],
            "Associations": [association], "PropagatingVgws": [],
            "Routes": [{ "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active" }, way_out],
        })
    };
    vec![
        table("main", json!({ "Main": true }), json!({ "NatGatewayId": site.id("nat", vpc) })),
        table(
            "public",
            json!({ "Main": false, "SubnetId": site.id("subnet", PUBLIC) }),
            json!({ "GatewayId": site.id("igw", vpc) }),
        ),
    ]
}

/// One a VPC: what keeps the ports of administration closed has the numbers before what lets answers in.
fn network_acls(site: &Site<'_>, vpc: &str) -> Vec<Value> {
    let rule = |number: i64, is_egress: bool, action: &str, protocol: &str, ports: Option<(i64, i64)>| {
        json!({
            "RuleNumber": number, "Egress": is_egress, "RuleAction": action, "Protocol": protocol,
            "CidrBlock": "0.0.0.0/0", "PortRange": ports.map(|(from, to)| json!({ "From": from, "To": to })),
        })
    };
    let is_open = site.flawed("vpc-nacl-no-open-admin-ports", vpc);
    let (first, last) = if is_open { (120, 130) } else { (80, 90) };
    let entries = vec![
        rule(first, false, "deny", "6", Some((22, 22))),
        rule(last, false, "deny", "6", Some((3389, 3389))),
        rule(100, false, "allow", "6", Some((443, 443))),
        rule(110, false, "allow", "6", Some((1024, 65535))),
        rule(100, true, "allow", "-1", None),
        rule(32767, false, "deny", "-1", None),
        rule(32767, true, "deny", "-1", None),
    ];
    vec![json!({
        "NetworkAclId": site.id("acl", vpc), "VpcId": vpc, "IsDefault": true, "OwnerId": site.account, "Tags": [],
        "Associations": [], "Entries": entries,
    })]
}
