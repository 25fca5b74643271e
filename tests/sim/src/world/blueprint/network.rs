//! VPCs, security groups, flow logs, load balancers.

use serde_json::{Value, json};

use super::Site;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "AWS::EC2::VPC" => vpcs(site),
        "AWS::EC2::Subnet" => vpcs(site).iter().map(|vpc| subnet(site, vpc)).collect(),
        "AWS::EC2::NetworkInterface" => Vec::new(),
        "AWS::EC2::FlowLog" => vpcs(site).iter().filter_map(|vpc| flow_log(site, vpc)).collect(),
        "AWS::EC2::SecurityGroup" => security_groups(site),
        "AWS::EC2::PrefixList" => prefix_lists(site),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancers(site),
        "AWS::WAFv2::WebACL" => vec![web_acl(site)],
        _ => return None,
    })
}

/// The VPC that workloads use; a default VPC as well where `vpc-default-vpc-absent` fails.
pub(super) fn vpcs(site: &Site<'_>) -> Vec<Value> {
    let vpc = |name: &str, cidr: &str, is_default: bool| {
        json!({
            "VpcId": site.id("vpc", name), "CidrBlock": cidr, "IsDefault": is_default, "State": "available",
            "OwnerId": site.account, "DhcpOptionsId": "dopt-0abc", "InstanceTenancy": "default",
            "Tags": site.tags(name),
        })
    };
    let default = site.flawed("vpc-default-vpc-absent", site.region).then(|| vpc("default", "172.31.0.0/16", true));
    [vpc("main", "10.0.0.0/16", false)].into_iter().chain(default).collect()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn subnet(site: &Site<'_>, vpc: &Value) -> Value {
    json!({
        "SubnetId": site.id("subnet", text(vpc, "VpcId")), "VpcId": vpc["VpcId"], "CidrBlock": vpc["CidrBlock"],
        "State": "available", "AvailabilityZone": format!("{}a", site.region), "OwnerId": site.account,
        "MapPublicIpOnLaunch": vpc["IsDefault"], "Tags": site.tags("subnet"),
    })
}

fn flow_log(site: &Site<'_>, vpc: &Value) -> Option<Value> {
    let id = text(vpc, "VpcId");
    (!site.flawed("vpc-flow-logs", id)).then(|| {
        json!({
            "FlowLogId": site.id("fl", id), "ResourceId": id, "TrafficType": "ALL", "FlowLogStatus": "ACTIVE",
            "LogDestinationType": "s3", "LogDestination": format!("arn:aws:s3:::example-flow-logs-{}", site.management),
            "DeliverLogsStatus": "SUCCESS", "CreationTime": site.days_ago(200), "MaxAggregationInterval": 60,
            "Tags": site.tags("flow-log"),
        })
    })
}

fn security_groups(site: &Site<'_>) -> Vec<Value> {
    let mut groups = Vec::new();
    for vpc in vpcs(site) {
        let vpc_id = text(&vpc, "VpcId");
        let is_closed = !site.flawed("vpc-default-security-group-closed", vpc_id);
        let everything = json!([{
            "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }], "Ipv6Ranges": [], "PrefixListIds": [],
            "UserIdGroupPairs": [],
        }]);
        let egress = if is_closed { json!([]) } else { everything };
        groups.push(group(site, &format!("default-{vpc_id}"), "default", vpc_id, json!([]), egress));
    }
    let main = site.id("vpc", "main");
    for name in site.names(&["web", "app", "database", "cache", "bastion", "batch"]) {
        groups.push(group(site, &name, &name, &main, ingress(site, &name), json!([])));
    }
    groups
}

/// One of the account's own, and one of AWS's.
fn prefix_lists(site: &Site<'_>) -> Vec<Value> {
    let list = |id: String, name: &str, owner: &str, cidr: &str| {
        json!({
            "PrefixListId": id, "PrefixListName": name, "OwnerId": owner, "AddressFamily": "IPv4",
            "State": "create-complete", "MaxEntries": 10, "Version": 1, "Tags": [],
            "PrefixListArn": format!("arn:aws:ec2:{}:{owner}:prefix-list/{id}", site.region),
            "Entries": [{ "Cidr": cidr, "Description": name }],
        })
    };
    let of_aws = format!("com.amazonaws.{}.s3", site.region);
    vec![
        list(site.id("pl", "office"), "office", site.account, "198.51.100.0/24"),
        list("pl-0fffffffffffffff0".to_owned(), &of_aws, "AWS", "192.0.2.0/24"),
    ]
}

fn group(site: &Site<'_>, key: &str, name: &str, vpc: &str, ingress: Value, egress: Value) -> Value {
    let id = site.id("sg", key);
    json!({
        "GroupId": id, "GroupName": name, "Description": format!("{name} servers"), "VpcId": vpc,
        "OwnerId": site.account, "SecurityGroupArn": site.arn("ec2", &format!("security-group/{id}")),
        "IpPermissions": ingress, "IpPermissionsEgress": egress, "Tags": site.tags(key),
    })
}

/// An open port comes in different forms: the port alone over IPv4, or a range that covers it over IPv6.
fn ingress(site: &Site<'_>, name: &str) -> Value {
    let rule = |from: i64, to: i64, ipv4: Value, ipv6: Value| {
        json!({
            "IpProtocol": "tcp", "FromPort": from, "ToPort": to, "IpRanges": ipv4, "Ipv6Ranges": ipv6,
            "PrefixListIds": [], "UserIdGroupPairs": [],
        })
    };
    let everyone = json!([{ "CidrIp": "0.0.0.0/0", "Description": "temporary, remove after migration" }]);
    let mut rules =
        vec![rule(443, 443, everyone.clone(), json!([])), rule(22, 22, json!([{ "CidrIp": "10.0.0.0/8" }]), json!([]))];
    let mut from_office = rule(22, 3389, json!([]), json!([]));
    from_office["PrefixListIds"] = json!([{ "PrefixListId": site.id("pl", "office"), "Description": "the office" }]);
    rules.push(from_office);
    if site.flawed("ec2-security-group-no-open-ssh", name) {
        rules.push(rule(22, 22, everyone, json!([])));
    }
    if site.flawed("ec2-security-group-no-open-rdp", name) {
        rules.push(rule(3000, 4000, json!([]), json!([{ "CidrIpv6": "::/0" }])));
    }
    Value::from(rules)
}

fn load_balancers(site: &Site<'_>) -> Vec<Value> {
    site.names(&["webshop", "api", "admin"]).iter().map(|name| load_balancer(site, name)).collect()
}

/// The web ACL of all load balancers, but for those that a flaw leaves out.
fn web_acl(site: &Site<'_>) -> Value {
    let id = "a1b2c3d4-0000-4000-8000-000000000000";
    let mut balancers = load_balancers(site);
    balancers.retain(|each| !site.flawed("elbv2-waf", text(each, "LoadBalancerName")));
    json!({
        "Name": "edge", "Id": id, "ARN": site.arn("wafv2", &format!("regional/webacl/edge/{id}")), "Description": "",
        "LockToken": id, "LoadBalancers": balancers.iter().map(|each| &each["LoadBalancerArn"]).collect::<Vec<_>>(),
    })
}

fn load_balancer(site: &Site<'_>, name: &str) -> Value {
    let id = crate::chance::stable_hash(&[site.kind, site.region, name]);
    let arn = site.arn("elasticloadbalancing", &format!("loadbalancer/app/{name}/{id:016x}"));
    let attribute = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let has_logs = !site.flawed("elbv2-access-logs", name);
    let listener_arn = arn.replace(":loadbalancer/", ":listener/");
    let forward = json!({ "Type": "forward", "TargetGroupArn": site.arn("elasticloadbalancing", "targetgroup/web/1"), "Order": 1 });
    let redirect = json!({
        "Type": "redirect", "Order": 1,
        "RedirectConfig": { "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301", "Host": "#{host}", "Path": "/#{path}" },
    });
    let plain = if site.flawed("elbv2-tls-only", name) { forward.clone() } else { redirect };
    json!({
        "LoadBalancerArn": arn, "LoadBalancerName": name, "Type": "application", "Scheme": "internet-facing",
        "DNSName": format!("{name}-1234567890.{}.elb.amazonaws.com", site.region), "VpcId": site.id("vpc", "main"),
        "CreatedTime": site.days_ago(200), "State": { "Code": "active" }, "IpAddressType": "ipv4",
        "SecurityGroups": [site.id("sg", "web")], "AvailabilityZones": [], "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
        "Tags": site.tags(name),
        "Attributes": [
            attribute("access_logs.s3.enabled", if has_logs { "true" } else { "false" }),
            attribute("access_logs.s3.bucket", if has_logs { "example-elb-logs" } else { "" }),
            attribute("access_logs.s3.prefix", ""),
            attribute("deletion_protection.enabled", "true"),
            attribute("routing.http.drop_invalid_header_fields.enabled", "true"),
        ],
        "Listeners": [
            {
                "ListenerArn": format!("{listener_arn}/0000000000000080"), "LoadBalancerArn": arn, "Port": 80,
                "Protocol": "HTTP", "DefaultActions": [plain],
            },
            {
                "ListenerArn": format!("{listener_arn}/0000000000000443"), "LoadBalancerArn": arn, "Port": 443,
                "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "DefaultActions": [forward],
                "Certificates": [{ "CertificateArn": site.arn("acm", "certificate/1") }],
            },
        ],
    })
}
