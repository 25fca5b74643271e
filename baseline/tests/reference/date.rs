//! Dates as AWS's conditions take them: seconds since 1970, or one of W3C's profiles of ISO 8601
//! (<https://www.w3.org/TR/NOTE-datetime>): year, month, day, minute, second, fraction of a second.

/// Milliseconds since 1970, of a text that is a date.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let is_year = text.len() == 4;
    if !is_year && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let (day, time) = match text.split_once('T') {
        Some((day, time)) if day.len() == 10 => (day, Some(time)),
        Some(_) => return None,
        None => (text, None),
    };
    Some(midnight(day)? + time.map_or(Some(0), since_midnight)?)
}

fn midnight(day: &str) -> Option<i64> {
    let mut parts = day.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |text| digits(text, 2))?;
    let date = parts.next().map_or(Some(1), |text| digits(text, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&date) {
        return None;
    }
    let years: i64 = (0..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    let before_1970 = 719_528; // days from the year 0 to 1970
    Some((years + months + date - 1 - before_1970) * 86_400_000)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `hh:mmTZD`, `hh:mm:ssTZD` or `hh:mm:ss.sTZD`, where TZD is `Z`, `+hh:mm` or `-hh:mm`.
fn since_midnight(time: &str) -> Option<i64> {
    let (clock, offset) = match time.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = time.rfind(['+', '-'])?;
            let offset = minutes(&time[at + 1..])?;
            (&time[..at], if time[at..].starts_with('-') { -offset } else { offset })
        }
    };
    let (hours_and_minutes, seconds) = clock.split_at_checked(5)?;
    let seconds = match seconds.strip_prefix(':') {
        None if seconds.is_empty() => 0,
        None => return None,
        Some(text) => milliseconds(text)?,
    };
    Some((minutes(hours_and_minutes)? - offset) * 60_000 + seconds)
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn milliseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = digits(whole, 2).filter(|seconds| *seconds < 60)?;
    let thousandths = digits(&format!("{fraction:0<3.3}"), 3)?;
    Some(whole * 1000 + thousandths)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}
