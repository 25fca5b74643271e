//! Field selection criteria: which log events a filter looks at, by where they come from (CloudWatch Logs API,
//! `PutMetricFilter`): `@aws.account = "…" AND @aws.region IN ["…"]`.

use super::cursor::{Cursor, Malformed};
use crate::answer::{Answer, text};
use crate::doc::Doc;

/// Where the events of a log group come from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// `@aws.account`
    pub account: &'a str,
    /// `@aws.region`
    pub region: &'a str,
}

/// Whether a filter looks at events from an origin. Without criteria it looks at all.
pub fn selects(criteria: &Doc, origin: Origin<'_>) -> Answer {
    let criteria = match text(criteria) {
        Ok(criteria) => criteria.unwrap_or_default(),
        Err(unread) => return Answer::Unknown(unread),
    };
    let mut cursor = Cursor::new(criteria);
    cursor.skip_spaces();
    if cursor.is_at_end() {
        return Answer::all([]);
    }
    match any(&mut cursor, origin, 0) {
        Ok(_) if !cursor.is_at_end() => {
            Answer::undecided(format!("the field selection criteria `{criteria}` cannot be parsed"))
        }
        Ok(holds) => Answer::is(holds, || format!("it looks at events for which {criteria}")),
        Err(_) => Answer::undecided(format!("the field selection criteria `{criteria}` cannot be parsed")),
    }
}

/// Parentheses inside one another.
const DEEPEST: usize = 16;

fn any(cursor: &mut Cursor<'_>, origin: Origin<'_>, depth: usize) -> Result<bool, Malformed> {
    let mut holds = all(cursor, origin, depth)?;
    while cursor.take_word("OR") {
        holds |= all(cursor, origin, depth)?;
    }
    cursor.skip_spaces();
    Ok(holds)
}

fn all(cursor: &mut Cursor<'_>, origin: Origin<'_>, depth: usize) -> Result<bool, Malformed> {
    let mut holds = unit(cursor, origin, depth)?;
    while cursor.take_word("AND") {
        holds &= unit(cursor, origin, depth)?;
    }
    Ok(holds)
}

fn unit(cursor: &mut Cursor<'_>, origin: Origin<'_>, depth: usize) -> Result<bool, Malformed> {
    cursor.skip_spaces();
    if depth < DEEPEST && cursor.take("(") {
        let holds = any(cursor, origin, depth + 1)?;
        return if cursor.take(")") { Ok(holds) } else { Err(cursor.malformed("`)` is wanted")) };
    }
    let value = if cursor.take("@aws.account") {
        origin.account
    } else if cursor.take("@aws.region") {
        origin.region
    } else {
        return Err(cursor.malformed("`@aws.account` or `@aws.region` is wanted"));
    };
    cursor.skip_spaces();
    if cursor.take("!=") {
        return Ok(quoted(cursor)? != value);
    }
    if cursor.take("=") {
        return Ok(quoted(cursor)? == value);
    }
    let is_in = !cursor.take_word("NOT");
    if !cursor.take_word("IN") {
        return Err(cursor.malformed("`=`, `!=`, `IN` or `NOT IN` is wanted"));
    }
    Ok(list(cursor)?.iter().any(|each| each == value) == is_in)
}

fn quoted(cursor: &mut Cursor<'_>) -> Result<String, Malformed> {
    cursor.skip_spaces();
    if cursor.peek() == Some('"') { cursor.quoted() } else { Err(cursor.malformed("a text in quotes is wanted")) }
}

fn list(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Malformed> {
    cursor.skip_spaces();
    if !cursor.take("[") {
        return Err(cursor.malformed("a list is wanted"));
    }
    let mut items = vec![quoted(cursor)?];
    loop {
        cursor.skip_spaces();
        if cursor.take("]") {
            return Ok(items);
        }
        if !cursor.take(",") {
            return Err(cursor.malformed("`,` or `]` is wanted"));
        }
        items.push(quoted(cursor)?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_about_account_and_region() {
        let origin = Origin { account: "111111111111", region: "eu-west-1" };
        for (criteria, expected) in [
            ("", "yes"),
            (r#"@aws.account = "111111111111""#, "yes"),
            (r#"@aws.account = "222222222222""#, "no"),
            (r#"@aws.account != "222222222222" AND @aws.region = "eu-west-1""#, "yes"),
            (r#"@aws.account = "222222222222" OR @aws.region = "eu-west-1""#, "yes"),
            (r#"@aws.account IN ["222222222222", "111111111111"]"#, "yes"),
            (r#"@aws.region NOT IN ["eu-west-1"]"#, "no"),
            (r#"(@aws.region = "x" OR @aws.region = "eu-west-1") AND @aws.account = "1""#, "no"),
            (r#"@aws.account LIKE "1*""#, "unknown"),
            (r#"@aws.account = "1" x"#, "unknown"),
            (r#"@aws.account IN ["1" "2"]"#, "unknown"),
            ("(((", "unknown"),
        ] {
            let word = match selects(&Doc::from(criteria), origin) {
                Answer::Yes(_) => "yes",
                Answer::No(_) => "no",
                Answer::Unknown(_) => "unknown",
            };
            assert_eq!(word, expected, "{criteria}");
        }
    }
}
