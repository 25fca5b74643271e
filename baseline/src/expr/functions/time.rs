//! Points in time. What "now" is, is said by whoever evaluates.

use std::sync::Arc;

use time::OffsetDateTime;

use super::call::{Call, Outcome};
use crate::expr::value::{Value, mistake};
use crate::instant;
use crate::reason::Unread;

const SECONDS_A_DAY: f64 = 86_400.0;

/// Days from a point in time to now, with their fraction.
pub(super) fn days_since<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let passed = moment(call.inputs.now)? - moment(call.get(0)?)?;
    Ok(Value::Double(passed.as_seconds_f64() / SECONDS_A_DAY).into())
}

/// Seconds since 1970.
pub(super) fn timestamp<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    Ok(Value::Int(moment(call.get(0)?)?.unix_timestamp()).into())
}

/// A point in time as seconds since 1970, if it is one.
pub(super) fn seconds(text: &str) -> Option<i64> {
    moment(text).ok().map(OffsetDateTime::unix_timestamp)
}

fn moment(text: &str) -> Result<OffsetDateTime, Arc<Unread>> {
    instant::parse(text).ok_or_else(|| mistake("the text is no point in time"))
}
