//! Listings, page by page, so that nobody holds more of an answer than it needs. A token that AWS repeats ends the
//! listing with an error, and so does one page too many: an endless listing is never mistaken for a complete one. The
//! items that came before are kept.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use plumbline_baseline::api::Pagination;
use plumbline_baseline::{Doc, Map};

use crate::error::{CallError, ErrorClass};
use crate::session::Session;

/// A page of items that are too large together is asked for again with a tenth of them, down to this size, which is the
/// smallest that every service takes.
const SMALLEST_PAGE: i64 = 20;

/// The pages of one listing. An operation that is not paged has one page.
#[derive(Debug)]
pub struct Pages {
    session: Session,
    service: String,
    operation: String,
    input: Doc,
    /// Hashes of the tokens that were used.
    seen: HashSet<u64>,
    next: Step,
}

/// What the next page will be.
#[derive(Debug)]
enum Step {
    Ask,
    /// The page before was the last one that can be had, and there is more.
    Fail(CallError),
    End,
}

impl Pages {
    /// The pages of an operation, asked for as part of a job.
    pub fn new(session: Session, service: &str, operation: &str, mut input: Doc) -> Self {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        let described = session.options().catalog.operation(&service, &operation);
        if let Some(pagination) = described.and_then(|operation| operation.pagination.as_ref()) {
            set_page_size(&mut input, pagination);
        }
        Self { session, service, operation, input, seen: HashSet::new(), next: Step::Ask }
    }

    /// The next page; `None` after the last one, or after an error.
    pub async fn next(&mut self) -> Option<Result<Doc, CallError>> {
        match std::mem::replace(&mut self.next, Step::End) {
            Step::End => None,
            Step::Fail(error) => Some(Err(error)),
            Step::Ask => Some(self.ask().await),
        }
    }

    async fn ask(&mut self) -> Result<Doc, CallError> {
        let described = self.session.options().catalog.operation(&self.service, &self.operation);
        let pagination = described.and_then(|operation| operation.pagination.as_ref());
        let page = loop {
            match self.session.call(&self.service, &self.operation, &self.input).await {
                Err(error)
                    if error.class == ErrorClass::TooLarge
                        && pagination.is_some_and(|pagination| shrink_page(&mut self.input, pagination)) => {}
                answer => break answer?,
            }
        };
        let Some(pagination) = pagination else { return Ok(page) };
        self.next = match next_tokens(pagination, &page) {
            Next::End => Step::End,
            Next::Lost => self.fail(ErrorClass::Bug, "AWS says that there is more, and gives no token for it"),
            Next::Tokens(tokens) if !self.seen.insert(fingerprint(&tokens)) => {
                self.fail(ErrorClass::Bug, "AWS repeated a page token")
            }
            Next::Tokens(_) if self.seen.len() >= self.session.options().page_cap => {
                self.fail(ErrorClass::TooLarge, "the listing has more pages than allowed")
            }
            Next::Tokens(tokens) => {
                set_tokens(&mut self.input, pagination, tokens);
                Step::Ask
            }
        };
        Ok(page)
    }

    fn fail(&self, class: ErrorClass, message: &str) -> Step {
        Step::Fail(CallError::local(class, format!("{}:{}", self.service, self.operation), message))
    }
}

/// Asks for pages of AWS's size, unless the input says how large they are, or AWS refuses a size beside it.
fn set_page_size(input: &mut Doc, pagination: &Pagination) {
    let (Some(key), Some(size)) = (&pagination.limit_key, pagination.page_size) else { return };
    let is_refused = pagination.not_with.iter().any(|member| !input.get(member).is_null());
    if is_refused || !input.get(key).is_null() {
        return;
    }
    if input.is_null() {
        *input = Doc::Map(Map::new());
    }
    if let Doc::Map(map) = input {
        map.insert(key.as_str(), Doc::Int(size.into()));
    }
}

/// Whether there is a smaller page to ask for.
fn shrink_page(input: &mut Doc, pagination: &Pagination) -> bool {
    let Some(key) = &pagination.limit_key else { return false };
    let Some(size) = input.get(key).as_int().filter(|size| *size > SMALLEST_PAGE) else { return false };
    if let Doc::Map(map) = input {
        map.insert(key.as_str(), Doc::Int((size / 10).max(SMALLEST_PAGE)));
    }
    true
}

/// What follows a page.
#[derive(Debug, PartialEq)]
enum Next {
    End,
    /// There is more, and no way to ask for it.
    Lost,
    /// One token an input token.
    Tokens(Vec<Doc>),
}

fn next_tokens(pagination: &Pagination, page: &Doc) -> Next {
    // Left out, it says nothing: a token without it is still a token.
    let has_more = pagination.more_results.as_ref().and_then(|path| page.at(path).as_bool());
    if has_more == Some(false) {
        return Next::End;
    }
    let is_token = |doc: &Doc| !doc.is_null() && doc.as_str() != Some("");
    let tokens: Vec<Doc> = pagination.output_tokens.iter().map(|path| first_of(page, path).clone()).collect();
    match (tokens.iter().any(is_token), has_more) {
        (true, _) => Next::Tokens(tokens),
        (false, Some(true)) => Next::Lost,
        (false, _) => Next::End,
    }
}

/// The first alternative that is there (`NextMarker || Contents[-1].Key` has two).
fn first_of<'a>(page: &'a Doc, paths: &str) -> &'a Doc {
    let found = paths.split("||").map(|path| page.at(path.trim())).find(|doc| !doc.is_null());
    found.unwrap_or(&plumbline_baseline::doc::NULL)
}

fn set_tokens(input: &mut Doc, pagination: &Pagination, tokens: Vec<Doc>) {
    if input.is_null() {
        *input = Doc::Map(Map::new());
    }
    if let Doc::Map(map) = input {
        for (name, token) in pagination.input_tokens.iter().zip(tokens) {
            match token {
                Doc::Null => {
                    map.remove(name);
                }
                token => map.insert(name.as_str(), token),
            }
        }
    }
}

fn fingerprint(tokens: &[Doc]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for token in tokens {
        token.to_json().hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pagination(more_results: Option<&str>) -> Pagination {
        Pagination {
            input_tokens: vec!["Marker".to_owned()],
            output_tokens: vec!["NextMarker || Other.Marker".to_owned()],
            more_results: more_results.map(str::to_owned),
            result_keys: Vec::new(),
            limit_key: Some("MaxItems".to_owned()),
            page_size: Some(1000),
            not_with: vec!["Ids".to_owned()],
        }
    }

    #[test]
    fn a_page_has_awss_size_unless_the_input_forbids_it() {
        let check = |input: &str, expected: &str| {
            let mut input = Doc::from_json(input).unwrap();
            set_page_size(&mut input, &pagination(None));
            assert_eq!(input.to_json(), expected);
        };
        check("null", r#"{"MaxItems":1000}"#);
        check(r#"{"Filter":["User"]}"#, r#"{"Filter":["User"],"MaxItems":1000}"#);
        check(r#"{"MaxItems":5}"#, r#"{"MaxItems":5}"#);
        check(r#"{"Ids":["i-1"]}"#, r#"{"Ids":["i-1"]}"#);
    }

    #[test]
    fn a_page_that_is_too_large_shrinks_to_a_size_that_every_service_takes() {
        let mut input = Doc::Null;
        set_page_size(&mut input, &pagination(None));
        let mut sizes = Vec::new();
        while shrink_page(&mut input, &pagination(None)) {
            sizes.push(input.get("MaxItems").as_int().unwrap());
        }
        assert_eq!(sizes, [100, 20]);
        assert!(!shrink_page(&mut Doc::Null, &pagination(None)), "an input that sets no size has none to shrink");
    }

    fn check(more_results: Option<&str>, page: &str, expected: Next) {
        let found = next_tokens(&pagination(more_results), &Doc::from_json(page).unwrap());
        assert_eq!(found, expected, "{page}");
    }

    fn token(text: &str) -> Next {
        Next::Tokens(vec![Doc::from(text)])
    }

    #[test]
    fn tokens_end_when_aws_says_so() {
        check(None, r#"{"NextMarker": "a"}"#, token("a"));
        check(None, r#"{"Other": {"Marker": "b"}}"#, token("b"));
        check(None, r#"{"NextMarker": ""}"#, Next::End);
        check(None, "{}", Next::End);
        check(Some("IsTruncated"), r#"{"IsTruncated": true, "NextMarker": "a"}"#, token("a"));
        check(Some("IsTruncated"), r#"{"IsTruncated": false, "NextMarker": "a"}"#, Next::End);
        check(Some("IsTruncated"), r#"{"NextMarker": "a"}"#, token("a"));
        check(Some("IsTruncated"), "{}", Next::End);
        check(Some("IsTruncated"), r#"{"IsTruncated": true}"#, Next::Lost);
    }

    #[test]
    fn tokens_go_into_the_next_input() {
        let mut input = Doc::Null;
        set_tokens(&mut input, &pagination(None), vec![Doc::from("a")]);
        assert_eq!(input.to_json(), r#"{"Marker":"a"}"#);
        set_tokens(&mut input, &pagination(None), vec![Doc::Null]);
        assert_eq!(input.to_json(), "{}");
    }
}
