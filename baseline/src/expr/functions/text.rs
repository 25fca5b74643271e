//! Functions on text: search, patterns, ARNs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::call::{Call, Outcome};
use crate::arn::Arn;
use crate::doc::Doc;
use crate::expr::typing::{ObjectType, Type};
use crate::expr::value::{Value, mistake};
use crate::glob::glob;

/// Memory that one compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;
/// What `arn(…)` calls the parts.
const ARN_PARTS: [&str; 5] = ["partition", "service", "region", "account", "resource"];

/// A regular expression, within bounds.
pub(in crate::expr) fn compile_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build()
}

pub(super) fn contains<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (text, part): (&str, &str) = (call.get(0)?, call.get(1)?);
    Ok(text.contains(part).into())
}

pub(super) fn starts_with<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (text, part): (&str, &str) = (call.get(0)?, call.get(1)?);
    Ok(text.starts_with(part).into())
}

pub(super) fn ends_with<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (text, part): (&str, &str) = (call.get(0)?, call.get(1)?);
    Ok(text.ends_with(part).into())
}

/// Whether a regular expression matches anywhere in the text.
pub(super) fn matches<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let text: &str = call.get(0)?;
    if let Value::Pattern(pattern) = call.value(1) {
        return Ok(pattern.is_match(text).into());
    }
    let pattern = compile_pattern(call.get(1)?).map_err(|_| mistake("the pattern is no regular expression"))?;
    Ok(pattern.is_match(text).into())
}

pub(super) fn matches_glob<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    Ok(glob(call.get(0)?, call.get(1)?).into())
}

pub(super) fn lower_ascii<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let text: &str = call.get(0)?;
    Ok(Value::Str(Cow::Owned(text.to_ascii_lowercase())).into())
}

pub(super) fn split<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (text, separator): (&str, &str) = (call.get(0)?, call.get(1)?);
    let parts = text.split(separator).map(|part| Value::Str(Cow::Owned(part.to_owned())));
    Ok(Value::List(Rc::new(parts.collect())).into())
}

/// The parts of an ARN.
pub(super) fn arn<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let text: &str = call.get(0)?;
    let Some(Arn { partition, service, region, account, resource }) = Arn::parse(text) else {
        return Err(mistake("the text is no ARN"));
    };
    let members = ARN_PARTS.into_iter().zip([partition, service, region, account, resource].map(Doc::from));
    Ok(Value::made(Doc::map(members)).into())
}

/// The type of what `arn(…)` returns.
pub(super) fn arn_type() -> Type {
    let members: BTreeMap<String, Type> = ARN_PARTS.into_iter().map(|name| (name.to_owned(), Type::String)).collect();
    Type::Object(Arc::new(ObjectType::new("an ARN", members)))
}
