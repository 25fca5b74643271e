//! What session policies allow, what they never allow, and how long they get.

use super::*;
use crate::api::Catalog;
use crate::pack::Pack;
use crate::pack::collector::Scope;
use crate::permissions::actions;
use crate::plan::CallPlan;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn matches(pattern: &str, action: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => action.starts_with(beginning),
        None => pattern == action,
    }
}

/// With wildcards in all services.
fn widened(actions: &BTreeSet<String>) -> BTreeSet<String> {
    services(actions).into_iter().flat_map(|service| service.wide).collect()
}

/// What a policy allows; it has nothing but one statement.
fn allowed(policy: &str) -> Vec<String> {
    let policy = Doc::from_json(policy).unwrap();
    let [statement] = policy.get("Statement").as_list().unwrap() else { panic!("one statement") };
    assert_eq!((statement.get("Effect").as_str(), statement.get("Resource").as_str()), (Some("Allow"), Some("*")));
    let actions = statement.get("Action").as_list().unwrap();
    actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// All actions of all operations that could ever be called, and so of every pack.
fn of_the_catalog() -> BTreeSet<String> {
    let services = Catalog::embedded().services();
    services
        .flat_map(|service| service.operations.values().flat_map(|one| one.iam.clone()).collect::<Vec<_>>())
        .collect()
}

fn of_a_scope(scopes: &[Scope]) -> BTreeSet<String> {
    let pack = Pack::embedded();
    let plan = CallPlan::new(pack, pack.controls().map(|control| &**control.id()));
    let operations: BTreeSet<_> = scopes.iter().flat_map(|scope| plan.operations_of(*scope)).collect();
    actions(&operations, Catalog::embedded())
}

#[test]
fn the_exact_policy_comes_first() {
    let policies = session_policies(&set(&["s3:GetBucketPolicy", "s3:GetBucketAcl", "kms:ListKeys"]));
    let exact = concat!(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","#,
        r#""Action":["kms:ListKeys","s3:GetBucketAcl","s3:GetBucketPolicy"],"Resource":"*"}]}"#
    );
    assert_eq!(policies[0], exact);
    assert_eq!(allowed(&policies[1]), ["kms:ListKeys", "s3:GetBucket*"]);
    assert_eq!(session_policies(&set(&["kms:ListKeys"])).len(), 1, "nothing to widen");
}

#[test]
fn nothing_to_call_is_nothing_allowed() {
    let nothing = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    assert_eq!(session_policies(&BTreeSet::new()), [nothing]);
}

#[test]
fn every_job_of_the_built_in_controls_has_a_policy_that_allows_what_it_needs() {
    for scopes in [&[Scope::Regional][..], &[Scope::Global, Scope::Organization]] {
        let needed = of_a_scope(scopes);
        let policies = session_policies(&needed);
        let exact = document(&needed);
        assert!(policies[0] == exact || !fits(&exact), "the exact list fits and is not used");
        for policy in &policies {
            let patterns = allowed(policy);
            let is_allowed = |action: &String| patterns.iter().any(|pattern| matches(pattern, action));
            assert!(needed.iter().all(is_allowed), "{patterns:?}");
        }
    }
}

#[test]
fn a_long_list_is_widened_in_as_few_services_as_it_takes() {
    let names = |service: &str, count: usize| {
        let name = |number: usize| {
            format!("{service}:Describe{}Things", char::from(b'A' + number as u8).to_string().repeat(14))
        };
        (0..count).map(name).collect::<Vec<_>>()
    };
    let [many, few] = [names("sns", 26), names("kms", 26)];
    let needed: BTreeSet<String> = many.iter().take(25).chain(&few).chain(&names("rds", 9)).cloned().collect();
    assert!(!fits(&document(&needed)));
    let policies = session_policies(&needed);
    let wide = |policy: &str| allowed(policy).into_iter().filter(|action| action.ends_with('*')).collect::<Vec<_>>();
    assert_eq!(wide(&policies[0]), ["kms:Describe*"], "what saves most goes first");
    assert_eq!(
        wide(&policies[1]),
        ["kms:Describe*", "rds:Describe*", "sns:Describe*"],
        "STS may find it too large yet"
    );
    assert_eq!(policies.len(), 2);
}

#[test]
fn whatever_a_pack_calls_fits_and_reads_no_data() {
    let all = of_the_catalog();
    let policies = session_policies(&all);
    assert!(!policies.is_empty(), "all that can be called fits");
    for policy in &policies {
        let patterns = allowed(policy);
        for action in &all {
            assert!(patterns.iter().any(|pattern| matches(pattern, action)), "{action} is not allowed");
        }
        for pattern in patterns.iter().filter(|pattern| pattern.ends_with('*')) {
            assert!(!covers_data(pattern), "{pattern} allows a call that reads data");
        }
        for data in DATA_READS.iter().chain(DATA_BY_ANOTHER_NAME) {
            let data = data.trim_end_matches('*');
            let hit = patterns.iter().find(|pattern| matches(pattern, data) && !all.contains(data));
            assert!(hit.is_none(), "{hit:?} allows {data}");
        }
    }
}

#[test]
fn no_policy_allows_a_change() {
    let verbs = ["BatchGet", "Describe", "List", "Get", "View", "Generate", "Select"];
    for pattern in session_policies(&of_the_catalog()).iter().flat_map(|policy| allowed(policy)) {
        let name = pattern.split(':').nth(1).unwrap();
        assert!(verbs.iter().any(|verb| name.starts_with(verb)), "{pattern}");
    }
    for change in ["iam:CreateUser", "s3:PutBucketPolicy", "ec2:RunInstances", "kms:Decrypt", "sts:AssumeRole"] {
        for policy in session_policies(&of_the_catalog()) {
            assert!(!allowed(&policy).iter().any(|pattern| matches(pattern, change)), "{change}");
        }
    }
}

#[test]
fn at_the_limit_the_wider_one_is_taken_and_past_it_none() {
    let many = |verb: &str, count: usize| -> BTreeSet<String> {
        (0..count).map(|number| format!("rds:{verb}Thing{number:04}")).collect()
    };
    // What stands around the actions, and an action with its quotes and its comma.
    let frame = document(&set(&["a:b"])).len() - "a:b".len() - 2;
    let each = "\"rds:ListThing0000\",".len();
    let most = (SESSION_POLICY_LIMIT + 1 - frame) / each;
    let policies = session_policies(&many("List", most));
    assert_eq!(policies.len(), 2);
    assert!(policies[0].len() <= SESSION_POLICY_LIMIT && policies[0].len() + each > SESSION_POLICY_LIMIT);
    assert_eq!(allowed(&session_policies(&many("List", most + 1))[0]), ["rds:List*"]);
    assert_eq!(session_policies(&many("Generate", 200)), Vec::<String>::new());
}

#[test]
fn wildcards_stop_where_data_begins() {
    let actions =
        ["ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeVpcs", "ec2:DescribeVpcPeerings"];
    let wide = widened(&set(&actions));
    assert_eq!(
        wide,
        set(&["ec2:DescribeInstanceStatus", "ec2:DescribeInstances", "ec2:DescribeVpcPeerings", "ec2:DescribeVpcs"])
    );
    assert_eq!(
        widened(&set(&["s3:ListAllMyBuckets", "s3:ListAccessPoints"])),
        set(&["s3:ListAccessPoints", "s3:ListAllMyBuckets"])
    );
    assert_eq!(widened(&set(&["iam:GetAccountSummary", "iam:GetAccountPasswordPolicy"])), set(&["iam:GetAccount*"]));
    assert!(DATA_BY_ANOTHER_NAME.is_sorted());
}

#[test]
fn names_are_words() {
    assert_eq!(words("DescribeDBInstances"), ["Describe", "DB", "Instances"]);
    assert_eq!(words("ListVirtualMFADevices"), ["List", "Virtual", "MFA", "Devices"]);
    assert_eq!(words("connect"), ["connect"]);
}
