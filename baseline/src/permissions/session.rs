//! The policy of a session: what a job's calls need, and nothing else, as short as STS takes it. It stands between a role
//! that may be too broad and the account, so it is a list of what is allowed, and never of what is not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::DATA_READS;
use crate::doc::Doc;

/// What STS takes as a session policy, in characters.
pub const SESSION_POLICY_LIMIT: usize = 2048;

/// Actions that return what customers store although their names say that they list or describe: no wildcard covers
/// them. Sorted.
const DATA_BY_ANOTHER_NAME: &[&str] = &[
    "autoscaling:DescribeLaunchConfigurations",
    "cloudformation:DescribeChangeSet*",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudtrail:GetQueryResults",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken*",
    "connect:GetFederationToken",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeLaunchTemplateVersions",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "glue:GetConnection*",
    "lambda:GetFunctionConfiguration",
    "logs:GetLog*",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "ssm:GetCommandInvocation",
    "ssm:ListCommandInvocations",
    "sso:GetRoleCredentials",
    "states:DescribeExecution",
    "states:GetExecutionHistory",
];

/// The policies that allow these actions and fit, the narrowest one first: the exact list, or one that has `Describe*`,
/// `List*` and the like in place of several actions that begin so, in as few services as it takes. Where STS finds that
/// too large when packed, the next one has them in all services. Never would one cover a call that reads data. Empty when
/// none fits.
pub fn session_policies(actions: &BTreeSet<String>) -> Vec<String> {
    let mut services = services(actions);
    let length = |names: &BTreeSet<String>| names.iter().map(String::len).sum::<usize>();
    services.sort_by_cached_key(|service| Reverse(length(&service.exact).saturating_sub(length(&service.wide))));
    let policy = |wide: usize| {
        let names = services.iter().enumerate().flat_map(|(at, each)| if at < wide { &each.wide } else { &each.exact });
        document(&names.cloned().collect())
    };
    let narrowest = (0..=services.len()).map(policy).find(|policy| fits(policy));
    let shortest = narrowest.is_some().then(|| policy(services.len()));
    let mut policies: Vec<String> = narrowest.into_iter().chain(shortest).collect();
    policies.dedup();
    policies
}

fn fits(policy: &str) -> bool {
    policy.chars().count() <= SESSION_POLICY_LIMIT
}

/// The actions of one service, as they are and with wildcards.
struct Service {
    exact: BTreeSet<String>,
    wide: BTreeSet<String>,
}

fn document(actions: &BTreeSet<String>) -> String {
    // A list of actions must not be empty: nothing is allowed by denying everything.
    let (effect, actions) = match actions.is_empty() {
        true => ("Deny", Doc::from("*")),
        false => ("Allow", Doc::List(actions.iter().map(|action| Doc::from(action.as_str())).collect())),
    };
    let statement = Doc::map([("Effect", Doc::from(effect)), ("Action", actions), ("Resource", Doc::from("*"))]);
    Doc::map([("Version", Doc::from("2012-10-17")), ("Statement", Doc::List(vec![statement]))]).to_json()
}

fn services(actions: &BTreeSet<String>) -> Vec<Service> {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (service, name) in actions.iter().filter_map(|action| action.split_once(':')) {
        services.entry(service).or_default().push(name);
    }
    let each = |(service, names): (&str, Vec<&str>)| {
        let mut wide = BTreeSet::new();
        widen(service, names.iter().map(|name| words(name)).collect(), 1, &mut wide);
        Service { exact: names.iter().map(|name| format!("{service}:{name}")).collect(), wide }
    };
    services.into_iter().map(each).collect()
}

/// Groups names by their first words, and writes a group as one pattern where that may be.
fn widen(service: &str, names: Vec<Vec<&str>>, depth: usize, wide: &mut BTreeSet<String>) {
    let mut groups: BTreeMap<String, Vec<Vec<&str>>> = BTreeMap::new();
    for name in names {
        groups.entry(name[..depth.min(name.len())].concat()).or_default().push(name);
    }
    for (beginning, names) in groups {
        let pattern = format!("{service}:{beginning}*");
        // `Get*` alone says too little of what is got.
        let is_telling = match names[0][0] {
            "Describe" | "List" => true,
            "Get" => depth > 1,
            _ => false,
        };
        if names.len() == 1 {
            wide.insert(format!("{service}:{}", names[0].concat()));
        } else if is_telling && !covers_data(&pattern) {
            wide.insert(pattern);
        } else if names.iter().any(|name| name.len() > depth) {
            widen(service, names, depth + 1, wide);
        } else {
            wide.extend(names.iter().map(|name| format!("{service}:{}", name.concat())));
        }
    }
}

/// Whether some action that reads data matches the pattern.
fn covers_data(pattern: &str) -> bool {
    let begins = |action: &str| action.trim_end_matches('*').to_owned();
    let pattern = begins(pattern);
    DATA_READS.iter().chain(DATA_BY_ANOTHER_NAME).any(|data| {
        let beginning = begins(data);
        beginning.starts_with(&pattern) || (data.ends_with('*') && pattern.starts_with(&beginning))
    })
}

/// The words of a name: `DescribeDBInstances` is Describe, DB, Instances.
fn words(name: &str) -> Vec<&str> {
    let is_upper = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
    let mut words = Vec::new();
    let mut start = 0;
    for at in 1..name.len() {
        if is_upper(at) && (!is_upper(at - 1) || (at + 1 < name.len() && !is_upper(at + 1))) {
            words.push(&name[start..at]);
            start = at;
        }
    }
    words.push(&name[start..]);
    words
}

#[cfg(test)]
mod tests;
