//! Who hears of an alarm: a topic of this account that CloudWatch may publish to, with a confirmed subscription.

use std::sync::Arc;

use super::access::{self, Caller};
use crate::answer::{Answer, items, text};
use crate::arn::Arn;
use crate::doc::Doc;
use crate::reason::Unread;

/// The key that SNS makes itself; its policy cannot be changed, and it keeps CloudWatch out.
const OWN_KEY_OF_SNS: &str = "alias/aws/sns";
/// States in which a key encrypts and decrypts (KMS Developer Guide, "Key states"). One that is `Updating` changes the
/// primary Region of its multi-Region key, for seconds.
const USABLE: [&str; 2] = ["Enabled", "Updating"];

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
    // SNS keeps the subscriptions of a deleted topic for a while.
    if subscription.get("Topic").is_null() {
        return Ok(Some(Answer::No(format!("the topic {topic} does not exist"))));
    }
    Ok(Some(Answer::all([
        access::may_publish(subscription.at("Topic.Policy"), topic, caller),
        key(subscription, topic, caller).into(),
        Answer::Yes(format!("the subscription {name}")),
    ])))
}

/// Whether CloudWatch may use the key of an encrypted topic.
fn key(subscription: &Doc, topic: &str, caller: &Caller<'_>) -> Result<Answer, Arc<Unread>> {
    let Some(id) = text(subscription.at("Topic.KmsMasterKeyId"))?.filter(|id| !id.is_empty()) else {
        return Ok(Answer::all([]));
    };
    if id == OWN_KEY_OF_SNS || Arn::parse(id).is_some_and(|arn| arn.resource == OWN_KEY_OF_SNS) {
        return Ok(Answer::No(format!("the topic is encrypted with {OWN_KEY_OF_SNS}, which CloudWatch cannot use")));
    }
    let foreign = || Answer::not_visible(format!("the key {id} of the topic belongs to another account"));
    if Arn::account_of(id).is_some_and(|owner| owner != caller.account) {
        return Ok(foreign());
    }
    let key = match subscription.get("TopicKey") {
        Doc::Unread(unread) => return Err(Arc::clone(unread)),
        Doc::Null => return Ok(Answer::No(format!("the key {id} of the topic does not exist"))),
        key => key,
    };
    if text(key.get("AWSAccountId"))?.is_some_and(|owner| owner != caller.account) {
        return Ok(foreign());
    }
    if text(key.get("KeyManager"))? == Some("AWS") {
        return Ok(Answer::No(format!("the key {id} of the topic is managed by AWS, and CloudWatch cannot use it")));
    }
    match text(key.get("KeyState"))? {
        None => Ok(Answer::undecided(format!("the state of the key {id} of the topic is not said"))),
        Some(state) if USABLE.contains(&state) => {
            let arn = text(key.get("Arn"))?.unwrap_or(id);
            Ok(access::may_use_key(subscription.get("TopicKeyPolicy"), arn, topic, caller))
        }
        Some(state) => Ok(Answer::No(format!("the key {id} of the topic is {state}"))),
    }
}
