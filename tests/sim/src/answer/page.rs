//! Pages: a whole output cut to the page that the input's token asks for.

use std::ops::Range;

use plumbline_baseline::api::Pagination;
use plumbline_baseline::{Doc, Key, Map};

use super::{ApiError, organizations};
use crate::request::Dialect;

/// How an operation is paged, if it is.
pub(crate) fn pagination<'a>(dialect: &'a Dialect, operation: &str) -> Option<&'a Pagination> {
    let service = dialect.service.as_ref()?;
    match service.operations.get(operation) {
        Some(described) => described.pagination.as_ref(),
        None => organizations::pagination(operation),
    }
}

/// The sizes of a service's pages, from each operation's page in AWS's API reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// When the request does not say.
    default: usize,
    /// The sizes that a request may ask for; others are refused.
    asked: (i64, i64),
    /// What a page holds at most, whatever was asked for.
    most: usize,
}

/// The sizes of a service's pages.
pub(crate) fn sizes(service: &str) -> Sizes {
    let (default, asked, most) = match service {
        // Who asks EC2 for no pages gets the whole listing; who lists buckets so, as many as an account may have.
        "ec2" => (usize::MAX, (5, 1000), 1000),
        "s3" => (10_000, (1, 10_000), 10_000),
        "s3control" => (1000, (0, 1000), 1000),
        "iam" | "kms" | "budgets" | "backup" => (100, (1, 1000), 1000),
        "sqs" => (1000, (1, 1000), 1000),
        "rds" => (100, (20, 100), 100),
        "elbv2" => (400, (1, 400), 400),
        "lambda" => (50, (1, 10_000), 50),
        "logs" | "guardduty" | "account" => (50, (1, 50), 50),
        "cloudwatch" => (50, (1, 100), 100),
        "organizations" => (20, (1, 20), 20),
        _ => (100, (1, 100), 100),
    };
    Sizes { default, asked, most }
}

impl Sizes {
    /// The size of the page that a request gets, within `cap` if there is one.
    fn of(&self, asked: Option<i64>, cap: Option<usize>) -> Result<usize, ApiError> {
        let size = match asked {
            None => self.default,
            Some(asked) if asked < self.asked.0 || asked > self.asked.1 => {
                let (least, most) = self.asked;
                let message = format!("Value ({asked}) for the page size is invalid: expecting {least} to {most}");
                return Err(ApiError::new(400, "InvalidParameterValue", &message));
            }
            Some(asked) => self.most.min(usize::try_from(asked).unwrap_or(self.most)),
        };
        Ok(cap.map_or(size, |cap| size.min(cap)).max(1))
    }
}

/// The page of `output` that `input` asks for, in these sizes and with `cap` items at most. A truncated listing always
/// announces a second page, and fails when it is asked for.
///
/// # Errors
/// For a size that the service refuses, a token that this listing did not give, and the second page of a truncated one.
pub(crate) fn cut(
    output: &Doc,
    input: &Doc,
    pagination: &Pagination,
    (sizes, cap): (Sizes, Option<usize>),
    is_truncated: bool,
) -> Result<Doc, ApiError> {
    let token = pagination.input_tokens.first().map(|name| input.get(name)).and_then(Doc::as_str);
    if is_truncated && token.is_some() {
        return Err(ApiError::new(500, "InternalError", "We encountered an internal error. Please try again."));
    }
    let start = match token {
        Some(token) => offset(token, output, pagination)?,
        None => 0,
    };
    let asked = pagination.limit_key.as_ref().and_then(|key| input.get(key).as_int());
    let size = sizes.of(asked, cap)?;
    let longest = pagination.result_keys.iter().map(|key| length(output, key)).max().unwrap_or(0);
    let end = start.saturating_add(size).min(longest);
    let has_more = end < longest || is_truncated;
    let next = next_token(output, pagination, end);
    let lists: Vec<&str> = pagination.result_keys.iter().map(String::as_str).collect();
    let mut output = with_part(output, &lists, &(start..end));
    if has_more && let Some(path) = pagination.output_tokens.first() {
        put(&mut output, path.split("||").next().unwrap_or(path).trim(), next);
    }
    if let Some(more) = &pagination.more_results {
        put(&mut output, more, Doc::Bool(has_more));
    }
    Ok(output)
}

/// The page as the service hands it out. SQS says that there is more only to those who set `MaxResults`.
pub(crate) fn as_handed_out(service: &str, input: &Doc, page: Doc) -> Doc {
    match page {
        Doc::Map(mut map) if service == "sqs" && input.get("MaxResults").is_null() => {
            map.remove("NextToken");
            Doc::Map(map)
        }
        page => page,
    }
}

/// DynamoDB's token is the last name of the page; every other one is opaque.
fn is_last_name(pagination: &Pagination) -> bool {
    pagination.output_tokens.first().is_some_and(|path| path == "LastEvaluatedTableName")
}

fn next_token(output: &Doc, pagination: &Pagination, end: usize) -> Doc {
    let last =
        pagination.result_keys.first().and_then(|key| output.at(key).as_list()).and_then(|l| l.get(end - end.min(1)));
    match last {
        Some(Doc::String(name)) if is_last_name(pagination) => Doc::String(name.clone()),
        _ => Doc::from(format!("page-{end}")),
    }
}

fn offset(token: &str, output: &Doc, pagination: &Pagination) -> Result<usize, ApiError> {
    let named = pagination.result_keys.first().filter(|_| is_last_name(pagination)).and_then(|key| {
        let names = output.at(key).as_list()?;
        Some(names.iter().position(|name| name.as_str() == Some(token))? + 1)
    });
    let opaque = token.strip_prefix("page-").and_then(|offset| offset.parse().ok());
    named.or(opaque).ok_or_else(|| ApiError::new(400, "InvalidNextToken", "The token is not valid."))
}

fn length(output: &Doc, path: &str) -> usize {
    output.at(path).as_list().map_or(0, <[Doc]>::len)
}

/// A copy with a part of the lists at these dotted paths. What is left out is not copied: listings may be long.
fn with_part(doc: &Doc, lists: &[&str], part: &Range<usize>) -> Doc {
    match doc {
        Doc::List(items) if lists.contains(&"") => {
            Doc::List(items[part.start.min(items.len())..part.end.min(items.len())].to_vec())
        }
        Doc::Map(members) => {
            let copied = members.iter().map(|(name, value)| {
                let below: Vec<&str> = lists.iter().filter_map(|path| rest(path, name.as_str())).collect();
                (name.clone(), if below.is_empty() { value.clone() } else { with_part(value, &below, part) })
            });
            Doc::Map(copied.collect())
        }
        doc => doc.clone(),
    }
}

/// What is left of a dotted path after its first name, if that is this one.
fn rest<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

/// Sets the member at a dotted path, making maps on the way.
fn put(doc: &mut Doc, path: &str, value: Doc) {
    if !matches!(doc, Doc::Map(_)) {
        *doc = Doc::Map(Map::new());
    }
    let Doc::Map(map) = doc else { return };
    match path.split_once('.') {
        None => map.insert(Key::new(path), value),
        Some((name, rest)) => {
            if map.get(name).is_none() {
                map.insert(Key::new(name), Doc::Map(Map::new()));
            }
            if let Some(inner) = map.get_mut(name) {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pagination() -> Pagination {
        Pagination {
            input_tokens: vec!["Marker".to_owned()],
            output_tokens: vec!["List.NextMarker".to_owned()],
            more_results: Some("IsTruncated".to_owned()),
            result_keys: vec!["List.Items".to_owned()],
            limit_key: Some("MaxItems".to_owned()),
            page_size: Some(50),
            not_with: Vec::new(),
        }
    }

    fn check(input: &str, is_truncated: bool, expected: &str) {
        let output = Doc::from_json(r#"{"List": {"Items": [1, 2, 3]}}"#).unwrap();
        let found = cut(&output, &Doc::from_json(input).unwrap(), &pagination(), (sizes("iam"), Some(2)), is_truncated);
        assert_eq!(found.map_or_else(|error| error.code, |doc| doc.to_json()), expected, "{input}");
    }

    #[test]
    fn pages_follow_the_token_and_the_smaller_limit() {
        let first = r#"{"List":{"Items":[1,2],"NextMarker":"page-2"},"IsTruncated":true}"#;
        check("{}", false, first);
        check(r#"{"MaxItems": 50}"#, false, first);
        check(r#"{"MaxItems": 1}"#, false, r#"{"List":{"Items":[1],"NextMarker":"page-1"},"IsTruncated":true}"#);
        check(r#"{"Marker": "page-2"}"#, false, r#"{"List":{"Items":[3]},"IsTruncated":false}"#);
        check(r#"{"Marker": "stolen"}"#, false, "InvalidNextToken");
    }

    #[test]
    fn pages_are_as_large_as_the_service_lets_them_be() {
        let check = |service: &str, asked: Option<i64>, expected: Option<usize>| {
            assert_eq!(sizes(service).of(asked, None).ok(), expected, "{service} {asked:?}");
        };
        check("ec2", None, Some(usize::MAX));
        check("ec2", Some(500), Some(500));
        check("ec2", Some(1001), None);
        check("ec2", Some(1), None);
        check("lambda", Some(1000), Some(50));
        check("logs", Some(51), None);
        assert_eq!(sizes("ec2").of(None, Some(3)).ok(), Some(3));
    }

    #[test]
    fn sqs_keeps_quiet_about_more_unless_it_is_asked_for_pages() {
        let page = || Doc::from_json(r#"{"QueueUrls":["q"],"NextToken":"page-1"}"#).unwrap();
        let check = |service: &str, input: &str, expected: bool| {
            let page = as_handed_out(service, &Doc::from_json(input).unwrap(), page());
            assert_eq!(!page.get("NextToken").is_null(), expected, "{service} {input}");
        };
        check("sqs", "{}", false);
        check("sqs", r#"{"MaxResults": 1000}"#, true);
        check("lambda", "{}", true);
    }

    #[test]
    fn a_truncated_listing_fails_after_its_first_page() {
        check("{}", true, r#"{"List":{"Items":[1,2],"NextMarker":"page-2"},"IsTruncated":true}"#);
        check(r#"{"Marker": "page-2"}"#, true, "InternalError");
    }
}
