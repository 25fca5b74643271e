//! Whether a trail is switched on and what it writes arrives, from `GetTrailStatus`.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::answer::{Answer, text, undecided};
use crate::doc::Doc;
use crate::instant;
use crate::reason::Unread;

/// CloudTrail delivers about every five minutes: what arrived within an hour shows that an error is over.
const JUST_NOW: Duration = Duration::hours(1);
/// Without an error, a quiet account may have nothing to deliver for a while.
const LONG_AGO: Duration = Duration::days(7);

/// Where a trail delivers to, and the members of its status that say how that goes.
struct Destination {
    name: &'static str,
    error: &'static str,
    time: &'static str,
}

const BUCKET: Destination =
    Destination { name: "its bucket", error: "LatestDeliveryError", time: "LatestDeliveryTime" };
const LOG_GROUP: Destination = Destination {
    name: "its log group",
    error: "LatestCloudWatchLogsDeliveryError",
    time: "LatestCloudWatchLogsDeliveryTime",
};

/// Whether a trail is switched on, and its files arrive in its bucket.
pub fn is_logging(trail: &Doc, now: &str) -> Answer {
    let status = trail.get("Status");
    let is_on = match status.get("IsLogging") {
        Doc::Bool(true) => Answer::Yes("the trail is switched on".to_owned()),
        Doc::Bool(false) | Doc::Null => Answer::No("the trail is switched off".to_owned()),
        Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
        _ => Answer::undecided("IsLogging is no boolean"),
    };
    Answer::all([is_on, delivers(status, &BUCKET, now).into()])
}

/// Whether what a trail records arrives in its log group.
pub fn delivers_to_log_group(trail: &Doc, now: &str) -> Answer {
    delivers(trail.get("Status"), &LOG_GROUP, now).into()
}

fn delivers(status: &Doc, to: &Destination, now: &str) -> Result<Answer, Arc<Unread>> {
    let last = text(status.get(to.time))?;
    let age = match last {
        Some(last) => Some(moment(now)? - moment(last)?),
        None => None,
    };
    if let (Some(last), Some(age)) = (last, age)
        && age <= JUST_NOW
    {
        return Ok(Answer::Yes(format!("the trail delivered to {} at {last}", to.name)));
    }
    if let Some(error) = text(status.get(to.error))?.filter(|error| !error.is_empty()) {
        return Ok(Answer::No(format!("the trail cannot deliver to {}: {error}", to.name)));
    }
    Ok(match (last, age) {
        (Some(last), Some(age)) if age > LONG_AGO => {
            Answer::No(format!("the trail has delivered nothing to {} since {last}", to.name))
        }
        _ => Answer::Yes(format!("the trail delivers to {}", to.name)),
    })
}

fn moment(text: &str) -> Result<OffsetDateTime, Arc<Unread>> {
    instant::parse(text).ok_or_else(|| undecided(format!("{text} is no point in time")))
}
