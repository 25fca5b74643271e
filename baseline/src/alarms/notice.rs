//! Who hears of an alarm: a topic of this account that CloudWatch may publish to, with a confirmed subscription.

use std::sync::Arc;

use super::access::{self, Caller};
use crate::answer::{Answer, items, text};
use crate::doc::Doc;
use crate::reason::Unread;

/// The key that SNS makes itself; its policy cannot be changed, and it keeps CloudWatch out.
const OWN_KEY_OF_SNS: &str = "alias/aws/sns";

/// The parts of an ARN that say whose and where it is.
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, service, region, account, _] => Some(Self { service, region, account }),
            _ => None,
        }
    }
}

/// Whether what an alarm does tells somebody; the action that does.
pub(super) fn reaches(alarm: &Doc, trail: &Doc, account: &str) -> (Answer, Option<String>) {
    let is_on = match alarm.get("ActionsEnabled") {
        Doc::Bool(true) => Answer::all([]),
        Doc::Bool(false) | Doc::Null => Answer::No("its actions are switched off".to_owned()),
        Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
        _ => Answer::undecided("ActionsEnabled is no boolean"),
    };
    let actions = match items(alarm.get("AlarmActions")) {
        Ok(actions) => actions,
        Err(unread) => return (Answer::all([is_on, Answer::Unknown(unread)]), None),
    };
    let mut told = None;
    let answers = actions.iter().map(|action| {
        let answer = Answer::from(tells(action, alarm, trail, account));
        if told.is_none() && matches!(answer, Answer::Yes(_)) {
            told = action.as_str().map(str::to_owned);
        }
        answer
    });
    let tells = Answer::any(answers.collect::<Vec<_>>(), "it has no action");
    (Answer::all([is_on, tells]), told)
}

fn tells(action: &Doc, alarm: &Doc, trail: &Doc, account: &str) -> Result<Answer, Arc<Unread>> {
    let action = text(action)?.unwrap_or_default();
    let Some(arn) = Arn::parse(action) else { return Ok(Answer::No(format!("{action} tells nobody"))) };
    match arn.service {
        "sns" => topic(action, &arn, alarm, trail, account),
        "lambda" | "ssm" | "ssm-incidents" | "aiops" => {
            Ok(Answer::not_visible(format!("whether {action} tells anybody is not visible")))
        }
        _ => Ok(Answer::No(format!("{action} tells nobody"))),
    }
}

fn topic(topic: &str, arn: &Arn<'_>, alarm: &Doc, trail: &Doc, account: &str) -> Result<Answer, Arc<Unread>> {
    if arn.account != account {
        let detail = format!("the topic {topic} belongs to another account, and so do its subscriptions");
        return Ok(Answer::not_visible(detail));
    }
    if text(trail.get("HomeRegion"))?.is_some_and(|home| home != arn.region) {
        return Ok(Answer::not_visible(format!("the topic {topic} lies in another Region than the trail")));
    }
    let caller = Caller { account, alarm: text(alarm.get("AlarmArn"))?.unwrap_or_default() };
    let mut answers = Vec::new();
    for subscription in items(trail.get("Subscriptions"))? {
        match subscribed(subscription, topic, &caller) {
            Ok(answer) => answers.extend(answer),
            Err(unread) => answers.push(Answer::Unknown(unread)),
        }
    }
    Ok(Answer::any(answers, &format!("the topic {topic} has no confirmed subscription")))
}

/// Whether a subscription is one of those who hear: confirmed, and to a topic that lets CloudWatch in. `None` when it is
/// another topic's, or nobody has confirmed it.
fn subscribed(subscription: &Doc, topic: &str, caller: &Caller<'_>) -> Result<Option<Answer>, Arc<Unread>> {
    if let Doc::Unread(unread) = subscription {
        return Err(Arc::clone(unread));
    }
    let name = text(subscription.get("SubscriptionArn"))?.unwrap_or_default();
    if text(subscription.get("TopicArn"))? != Some(topic) || !name.starts_with("arn:") {
        return Ok(None);
    }
    Ok(Some(Answer::all([
        access::may_publish(subscription.at("Topic.Policy"), topic, caller),
        key(subscription, caller).into(),
        Answer::Yes(format!("the subscription {name}")),
    ])))
}

/// Whether CloudWatch may use the key of an encrypted topic.
fn key(subscription: &Doc, caller: &Caller<'_>) -> Result<Answer, Arc<Unread>> {
    let Some(id) = text(subscription.at("Topic.KmsMasterKeyId"))?.filter(|id| !id.is_empty()) else {
        return Ok(Answer::all([]));
    };
    if id == OWN_KEY_OF_SNS || id.ends_with(&format!(":{OWN_KEY_OF_SNS}")) {
        return Ok(Answer::No(format!("the topic is encrypted with {OWN_KEY_OF_SNS}, which CloudWatch cannot use")));
    }
    match text(subscription.at("TopicKey.KeyState"))? {
        None => Ok(Answer::undecided(format!("the key {id} of the topic was not looked at"))),
        Some("Enabled") => Ok(access::may_use_key(subscription.get("TopicKeyPolicy"), id, caller)),
        Some(state) => Ok(Answer::No(format!("the key {id} of the topic is {state}"))),
    }
}
