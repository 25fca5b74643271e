//! Requests of outsiders at random, as AWS would fill them in: written by hand from the documentation of the condition
//! keys, and not from the search's own table.

use super::policies::{Dice, Draft, KEYS};
use crate::policy::request::{Context, Principal, Request};

const ACCOUNTS: [&str; 3] = ["999999999999", "987654321098", "555555555555"];
const ORGANIZATIONS: [&str; 2] = ["o-zzzzzzzzzz", "o-q9q8q7q6q5"];

/// A request of somebody outside.
pub(super) fn outsider(dice: &mut Dice, draft: &Draft) -> Request {
    let mut context = Context::new();
    let account = dice.pick(&ACCOUNTS.map(|account| account));
    let principal = match dice.below(3) {
        0 => anonymous(&mut context),
        1 => service(dice, &mut context, account),
        _ => signed(dice, &mut context, account),
    };
    let is_service = matches!(principal, Principal::Service { .. });
    network(dice, &mut context, is_service);
    context.set("aws:SecureTransport", [dice.pick(&["true", "false"])]);
    context.set("aws:CurrentTime", ["2026-01-15T00:00:00Z"]);
    for sample in KEYS.iter().filter(|sample| !sample.others.is_empty() && sample.key != "aws:SourceIp") {
        let is_of_principals = sample.key.contains("PrincipalTag") || sample.key.contains("MultiFactor");
        let is_signed = !matches!(principal, Principal::Anonymous);
        let can = match sample.key {
            "s3:signatureAge" => is_signed,
            "aws:TagKeys" => true,
            _ => !is_of_principals || matches!(principal, Principal::Role { .. } | Principal::User { .. }),
        };
        if can && !dice.one_in(3) {
            let mut values = vec![dice.pick(sample.others)];
            if sample.key == "aws:TagKeys" && dice.one_in(2) {
                values.push(dice.pick(sample.others));
                values.dedup();
            }
            context.set(sample.key, values);
        }
    }
    let tag = context.get("aws:PrincipalTag/t").map_or("none", |values| values[0].as_str()).to_owned();
    let _ = draft;
    let key = match dice.below(4) {
        0 => "private/x".to_owned(),
        1 => format!("{tag}/x"),
        2 => "xy".to_owned(),
        _ => "x".to_owned(),
    };
    Request {
        principal,
        action: dice.pick(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]).to_owned(),
        resource: format!("arn:aws:s3:::b/{key}"),
        resource_account: None,
        context,
    }
}

fn anonymous(context: &mut Context) -> Principal {
    context.set("aws:PrincipalAccount", ["anonymous"]);
    Principal::Anonymous
}

fn service(dice: &mut Dice, context: &mut Context, account: &str) -> Principal {
    context.set("aws:PrincipalIsAWSService", ["true"]);
    if dice.one_in(2) {
        context.set("aws:SourceAccount", [account]);
    }
    Principal::Service { name: "s3.amazonaws.com".to_owned() }
}

fn signed(dice: &mut Dice, context: &mut Context, account: &str) -> Principal {
    context.set("aws:PrincipalIsAWSService", ["false"]);
    context.set("aws:PrincipalAccount", [account]);
    if dice.one_in(2) {
        context.set("aws:PrincipalOrgID", [dice.pick(&ORGANIZATIONS.map(|organization| organization))]);
    }
    let kind = dice.pick(&["role/admin", "role/x", "user/anna"]);
    let arn = format!("arn:aws:iam::{account}:{kind}");
    context.set("aws:PrincipalArn", [arn.clone()]);
    if kind.starts_with("user") { Principal::User { arn } } else { Principal::Role { arn, session: None } }
}

/// Over the internet, or through an endpoint of one's own; calls of services say nothing of it.
fn network(dice: &mut Dice, context: &mut Context, is_service: bool) {
    if is_service {
        return;
    }
    if dice.one_in(3) {
        context.set("aws:SourceVpce", ["vpce-0f9e8d7c6b5a43210"]);
    } else {
        let sample = KEYS.iter().find(|sample| sample.key == "aws:SourceIp").unwrap();
        context.set("aws:SourceIp", [dice.pick(sample.others)]);
    }
}

/// Every unsigned request that a small policy can tell apart.
pub(super) fn everything() -> Vec<Request> {
    let referers = [
        None,
        Some("a"),
        Some("b"),
        Some("c"),
        Some("ab"),
        Some("A"),
        Some("B"),
        Some("C"),
        Some("Ab"),
        Some("x"),
        Some("a*"),
        Some("A*"),
        Some(""),
    ];
    let elements = ["a", "b", "c", "A", "B", "C", "ab", "Ab", "x", "a*", "A*"];
    let mut sets: Vec<Vec<&str>> = vec![Vec::new(), vec![""]];
    for (number, one) in elements.iter().enumerate() {
        sets.push(vec![one]);
        for (other_number, other) in elements.iter().enumerate().skip(number + 1) {
            sets.push(vec![one, other]);
            sets.extend(elements.iter().skip(other_number + 1).map(|third| vec![*one, *other, *third]));
        }
    }
    let mut all = Vec::new();
    for referer in referers {
        for set in &sets {
            let mut context = Context::new();
            context.set("aws:Referer", referer);
            context.set("aws:TagKeys", set.iter().copied());
            all.push(Request {
                principal: Principal::Anonymous,
                action: "s3:PutObject".to_owned(),
                resource: "arn:aws:s3:::b/k".to_owned(),
                resource_account: None,
                context,
            });
        }
    }
    all
}
