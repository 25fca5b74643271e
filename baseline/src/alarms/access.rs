//! What CloudWatch needs of a topic's policy and of a key's: the one place where alarms ask about policies.

use crate::answer::{Answer, undecided};
use crate::doc::Doc;
use crate::policy::{Context, Document, Outcome, Policies, Principal, Request, decide};

const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";
/// Keys of which nobody can tell here whether such a request has them, or with which value.
const OPEN: [&str; 2] = ["aws:SourceOrgID", "aws:SourceOrgPaths"];
/// More of them, of calls of KMS.
const OF_KEYS: [&str; 3] = ["kms:ViaService", "kms:CallerAccount", "kms:EncryptionContextKeys"];

/// The alarm that calls, on whose behalf.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    pub(super) account: &'a str,
    /// Its ARN.
    pub(super) alarm: &'a str,
}

/// Whether an alarm may publish to a topic. A topic without a policy of its own has SNS's default one, which lets the
/// account's alarms in: its condition is on `AWS:SourceOwner`, which CloudWatch sets (SNS Developer Guide, "Example cases
/// for Amazon SNS access control").
pub(super) fn may_publish(policy: &Doc, topic: &str, caller: &Caller<'_>) -> Answer {
    if policy.is_null() {
        return Answer::all([]);
    }
    match admits(policy, "sns:Publish", topic, caller, caller.context()) {
        Answer::No(_) => Answer::No(format!("the policy of the topic {topic} keeps CloudWatch out")),
        answer => answer,
    }
}

/// Whether an alarm may encrypt what it publishes to a topic. A key without a policy lets nobody in.
pub(super) fn may_use_key(policy: &Doc, key: &str, topic: &str, caller: &Caller<'_>) -> Answer {
    let actions = ["kms:Decrypt", "kms:GenerateDataKey"].map(|action| {
        let mut context = caller.context();
        context.set("kms:EncryptionContext:aws:sns:topicArn", [topic]);
        OF_KEYS.into_iter().for_each(|key| context.leave_open(key));
        admits(policy, action, key, caller, context)
    });
    match Answer::all(actions) {
        Answer::No(_) => Answer::No(format!("the policy of the key {key} of the topic keeps CloudWatch out")),
        answer => answer,
    }
}

impl Caller<'_> {
    /// The condition keys of what CloudWatch does for an alarm.
    fn context(&self) -> Context {
        let mut context = Context::new();
        for key in ["aws:SourceAccount", "aws:SourceOwner"] {
            context.set(key, [self.account]);
        }
        match self.alarm {
            "" => context.leave_open("aws:SourceArn"),
            alarm => context.set("aws:SourceArn", [alarm]),
        }
        context.set("aws:PrincipalServiceName", [CLOUDWATCH]);
        for key in ["aws:PrincipalIsAWSService", "aws:SecureTransport"] {
            context.set(key, ["true"]);
        }
        OPEN.into_iter().for_each(|key| context.leave_open(key));
        context
    }
}

/// Whether a resource's policy lets CloudWatch do something on behalf of an alarm.
fn admits(policy: &Doc, action: &str, resource: &str, caller: &Caller<'_>, context: Context) -> Answer {
    let request = Request {
        principal: Principal::Service { name: CLOUDWATCH.to_owned() },
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: Some(caller.account.to_owned()),
        context,
    };
    let policies = Policies { resource: Some(Document::parse(policy)), ..Policies::default() };
    let decision = decide(&policies, &request);
    match decision.outcome {
        Outcome::Allow => Answer::Yes("its policy lets CloudWatch in".to_owned()),
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => Answer::No("its policy keeps CloudWatch out".to_owned()),
        Outcome::Unknown => Answer::Unknown(
            decision.unread.unwrap_or_else(|| undecided("whether a policy lets CloudWatch in is not decided")),
        ),
    }
}
