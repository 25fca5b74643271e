//! From a pattern's text to what it says. What AWS would not have taken is refused, with its place.

use super::condition::{Condition, LITERALS};
use super::cursor::{Cursor, Malformed};
use super::pattern::Pattern;
use super::regex::Expression;
use super::selector::Selector;
use super::terms;
use super::value::{OPERATORS, Operand};

/// Parentheses inside one another.
const DEEPEST: usize = 64;
/// Selectors with a wildcard that a pattern may have.
const MOST_WILDCARDS: usize = 3;
/// Regular expressions that a pattern may have.
const MOST_EXPRESSIONS: usize = 2;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, and where: that it is not a pattern of AWS's grammar, or one whose meaning AWS does not document
    /// for JSON events.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(text);
        cursor.skip_spaces();
        let pattern = match cursor.peek() {
            None => Self::Everything,
            Some('{') => Self::Json(json(&mut cursor)?),
            Some('%') => Self::Expression(Expression::parse(&mut cursor)?),
            Some('[') => {
                return Err(cursor.malformed("a pattern for fields between spaces says nothing of JSON events"));
            }
            Some(_) => Self::Terms(terms::parse(&mut cursor)?),
        };
        cursor.skip_spaces();
        if cursor.is_at_end() { Ok(pattern) } else { Err(cursor.malformed("the pattern should end here")) }
    }
}

/// `{ … }`
fn json(cursor: &mut Cursor<'_>) -> Result<Condition, Malformed> {
    let start = cursor.clone();
    cursor.next();
    let condition = any(cursor, 0)?;
    cursor.skip_spaces();
    if !cursor.take("}") {
        return Err(cursor.malformed("`&&`, `||` or `}` is wanted"));
    }
    if condition.selectors().iter().filter(|selector| selector.has_wildcard()).count() > MOST_WILDCARDS {
        return Err(start.malformed(format!("a pattern has {MOST_WILDCARDS} wildcard selectors at most")));
    }
    if condition.expressions() > MOST_EXPRESSIONS {
        return Err(start.malformed(format!("a pattern has {MOST_EXPRESSIONS} regular expressions at most")));
    }
    Ok(condition)
}

fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Malformed> {
    let mut conditions = vec![all(cursor, depth)?];
    while take_operator(cursor, "||") {
        conditions.push(all(cursor, depth)?);
    }
    Ok(single(conditions, Condition::Any))
}

fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Malformed> {
    let mut conditions = vec![unit(cursor, depth)?];
    while take_operator(cursor, "&&") {
        conditions.push(unit(cursor, depth)?);
    }
    Ok(single(conditions, Condition::All))
}

fn take_operator(cursor: &mut Cursor<'_>, operator: &str) -> bool {
    cursor.skip_spaces();
    cursor.take(operator)
}

fn single(mut conditions: Vec<Condition>, join: impl Fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => join(conditions),
    }
}

/// One condition, or several in parentheses.
fn unit(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, Malformed> {
    cursor.skip_spaces();
    if cursor.peek() != Some('(') {
        return condition(cursor);
    }
    if depth == DEEPEST {
        return Err(cursor.malformed(format!("at most {DEEPEST} parentheses stand inside one another")));
    }
    cursor.next();
    let inner = any(cursor, depth + 1)?;
    cursor.skip_spaces();
    if cursor.take(")") { Ok(inner) } else { Err(cursor.malformed("`&&`, `||` or `)` is wanted")) }
}

fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, Malformed> {
    let selector = Selector::parse(cursor)?;
    cursor.skip_spaces();
    if cursor.take_word("NOT") {
        cursor.skip_spaces();
        return if cursor.take_word("EXISTS") {
            Ok(Condition::NotExists(selector))
        } else {
            Err(cursor.malformed("`NOT EXISTS` is wanted"))
        };
    }
    if cursor.take_word("IS") {
        cursor.skip_spaces();
        let literal = LITERALS.into_iter().find(|(written, _)| cursor.take_word(written));
        let (_, literal) = literal.ok_or_else(|| cursor.malformed("`NULL`, `TRUE` or `FALSE` is wanted after `IS`"))?;
        return Ok(Condition::Is(selector, literal));
    }
    let operator = OPERATORS.into_iter().find(|(written, _)| cursor.take(written)).map(|(_, operator)| operator);
    let wanted = "an operator is wanted: `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS` or `NOT EXISTS`";
    let operator = operator.ok_or_else(|| cursor.malformed(wanted))?;
    cursor.skip_spaces();
    let start = cursor.clone();
    let operand = Operand::parse(cursor)?;
    if operator.is_numeric() && !matches!(operand, Operand::Number { .. }) {
        return Err(start.malformed(format!("`{operator}` compares with a number")));
    }
    Ok(Condition::Compare(selector, operator, operand))
}
