//! Alarms on alarms: whether one goes into alarm with another. Rules that are no plain `OR` are not decided.

use std::sync::Arc;

use crate::answer::{Answer, text};
use crate::doc::Doc;
use crate::reason::Unread;

/// Whether a composite alarm goes into alarm when another alarm does.
pub(super) fn follows(composite: &Doc, alarm: &Doc) -> Answer {
    decide(composite, alarm).into()
}

fn decide(composite: &Doc, alarm: &Doc) -> Result<Answer, Arc<Unread>> {
    if let Doc::Unread(unread) = composite {
        return Err(Arc::clone(unread));
    }
    let rule = text(composite.get("AlarmRule"))?.unwrap_or_default();
    let names = [text(alarm.get("AlarmName"))?, text(alarm.get("AlarmArn"))?];
    let names: Vec<&str> = names.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    let other = Answer::No("it is about other alarms".to_owned());
    Ok(match alarms_of(rule) {
        Some(alarms) if !alarms.iter().any(|alarm| names.contains(alarm)) => other,
        Some(_) if composite.get("ActionsSuppressor").is_null() => Answer::Yes("it follows the alarm".to_owned()),
        Some(_) => Answer::undecided("another alarm may suppress the actions of the composite alarm"),
        None if names.iter().any(|name| rule.contains(name)) => {
            Answer::undecided("the rule of the composite alarm is more than `ALARM(…) OR ALARM(…)`")
        }
        None => other,
    })
}

/// The alarms of `ALARM("a") OR ALARM(b)`, by name or ARN; `None` for any other rule.
fn alarms_of(rule: &str) -> Option<Vec<&str>> {
    let mut alarms = Vec::new();
    let mut rest = rule.trim();
    loop {
        let inner = rest.strip_prefix("ALARM")?.trim_start().strip_prefix('(')?.trim_start();
        let (alarm, behind) = match inner.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => inner.split_at(inner.find(')')?),
        };
        alarms.push(alarm.trim());
        rest = behind.trim_start().strip_prefix(')')?.trim_start();
        if rest.is_empty() {
            return Some(alarms);
        }
        rest = rest.strip_prefix("OR")?.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_rules_are_read() {
        assert_eq!(alarms_of(r#"ALARM("a") OR ALARM(b)"#), Some(vec!["a", "b"]));
        assert_eq!(alarms_of(" ALARM ( \"a b\" )\nOR ALARM(arn:aws:x) "), Some(vec!["a b", "arn:aws:x"]));
        assert_eq!(alarms_of(r#"ALARM("a") AND ALARM("b")"#), None);
        assert_eq!(alarms_of(r#"NOT ALARM("a")"#), None);
        assert_eq!(alarms_of("OK(a)"), None);
        assert_eq!(alarms_of(""), None);
        assert_eq!(alarms_of("ALARM(\"a"), None);
    }
}
