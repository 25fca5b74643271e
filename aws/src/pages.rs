//! Listings, page by page, so that nobody holds more of an answer than it needs. A token that AWS repeats ends the
//! listing with an error, and so does one page too many: an endless listing is never mistaken for a complete one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use plumbline_baseline::api::Pagination;
use plumbline_baseline::{Doc, Map};

use crate::client::{Client, Target};
use crate::error::{CallError, ErrorClass};

/// The pages of one listing. An operation that is not paged has one page.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    target: Target,
    service: String,
    operation: String,
    input: Doc,
    /// Hashes of the tokens that were used.
    seen: HashSet<u64>,
    done: bool,
}

impl Pages {
    pub(crate) fn new(client: Client, target: Target, service: &str, operation: &str, input: Doc) -> Self {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Self { client, target, service, operation, input, seen: HashSet::new(), done: false }
    }

    /// The next page; `None` after the last one, or after an error.
    pub async fn next(&mut self) -> Option<Result<Doc, CallError>> {
        if self.done {
            return None;
        }
        let page = self.client.call(&self.target, &self.service, &self.operation, &self.input).await;
        self.done = true;
        let page = match page {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        let described = self.client.options().catalog.operation(&self.service, &self.operation);
        let Some(pagination) = described.and_then(|operation| operation.pagination.as_ref()) else {
            return Some(Ok(page));
        };
        match next_tokens(pagination, &page) {
            Next::End => Some(Ok(page)),
            Next::Lost => Some(Err(self.endless("AWS says that there is more, and gives no token for it"))),
            Next::Tokens(tokens) if !self.seen.insert(fingerprint(&tokens)) => {
                Some(Err(self.endless("AWS repeated a page token")))
            }
            Next::Tokens(_) if self.seen.len() >= self.client.options().page_cap => {
                let operation = format!("{}:{}", self.service, self.operation);
                Some(Err(CallError::local(ErrorClass::TooLarge, operation, "the listing has more pages than allowed")))
            }
            Next::Tokens(tokens) => {
                set_tokens(&mut self.input, pagination, tokens);
                self.done = false;
                Some(Ok(page))
            }
        }
    }

    fn endless(&self, message: &str) -> CallError {
        CallError::local(ErrorClass::Bug, format!("{}:{}", self.service, self.operation), message)
    }
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
            limit_key: None,
        }
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
