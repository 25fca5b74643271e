//! What shows that a body is an answer to an operation, and what an error code means: what AWS's models do not say, from
//! `apis/answers.yaml` and `apis/errors.yaml`. Data only; the client acts on it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What an answer to an operation has, however little there is to say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The XML root element, where it is not called after the operation.
    #[serde(default)]
    pub root: Option<String>,
    /// The member that is the root element's own text (S3's `GetBucketLocation`).
    #[serde(default)]
    pub root_is: Option<String>,
    /// Members without which it is no answer. Empty where AWS leaves out what is empty.
    #[serde(default)]
    pub always: Vec<String>,
    /// Members that a body of plain text has, being JSON (`Statement` of a bucket policy).
    #[serde(default)]
    pub text_has: Vec<String>,
}

/// What the error codes of one service mean: by operation (`*` is all of them) and code.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Meanings(BTreeMap<String, BTreeMap<String, Vec<Rule>>>);

/// One meaning of a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Words of the message, in lower case, by which this meaning is told; `None` is every message.
    #[serde(default)]
    pub says: Option<String>,
    /// The meaning.
    pub means: Meaning,
}

/// What an error code can mean of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// What was asked for is not configured.
    Absent,
    /// The thing itself does not exist.
    Vanished,
    /// One code for both, and the message does not say which.
    AbsentOrVanished,
    /// The thing lives in another Region, and this one does not answer for it.
    WrongRegion,
    /// Too many requests.
    Throttled,
    /// A failure that passes.
    Transient,
    /// The caller may not.
    Denied,
    /// The service is not switched on for the account.
    NotSubscribed,
    /// AWS does not offer it there, which says nothing of what there is.
    NotSupported,
}

impl Meanings {
    /// What a code means as an answer to an operation: the operation's own rules go before those of the service.
    pub fn of(&self, operation: &str, code: &str, message: &str) -> Option<Meaning> {
        let rules = [operation, "*"].into_iter().find_map(|operation| self.0.get(operation)?.get(code))?;
        let message = message.to_ascii_lowercase();
        let fits = |rule: &&Rule| rule.says.as_deref().is_none_or(|words| message.contains(words));
        rules.iter().find(fits).map(|rule| rule.means)
    }

    /// The codes of one operation, those of the whole service included.
    pub fn codes<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a str> {
        [operation, "*"]
            .into_iter()
            .filter_map(|name| self.0.get(name))
            .flat_map(|codes| codes.keys().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Catalog;

    fn meaning(service: &str, operation: &str, code: &str, message: &str) -> Option<Meaning> {
        Catalog::embedded().service(service).unwrap().meanings.of(operation, code, message)
    }

    #[test]
    fn a_code_means_what_its_service_and_operation_say() {
        assert_eq!(meaning("iam", "GetAccountPasswordPolicy", "NoSuchEntity", ""), Some(Meaning::Absent));
        assert_eq!(meaning("iam", "GetUser", "NoSuchEntity", ""), Some(Meaning::Vanished));
        assert_eq!(meaning("s3", "GetBucketPolicy", "NotFound", ""), None, "another service's code");
        assert_eq!(
            meaning("organizations", "DescribeOrganization", "AWSOrganizationsNotInUseException", ""),
            Some(Meaning::Absent)
        );
    }

    #[test]
    fn the_message_tells_meanings_apart() {
        let policy = |message| meaning("lambda", "GetPolicy", "ResourceNotFoundException", message);
        assert_eq!(policy("Function not found: arn:aws:lambda:eu-west-1:1:function:f"), Some(Meaning::Vanished));
        assert_eq!(policy("The resource you requested does not exist."), Some(Meaning::Absent));
        assert_eq!(policy("No."), Some(Meaning::AbsentOrVanished));
        let detector = |message| meaning("guardduty", "GetDetector", "BadRequestException", message);
        let gone = "The request is rejected because the input detectorId is not owned by the current account.";
        assert_eq!(detector(gone), Some(Meaning::Vanished));
        assert_eq!(detector("The request is rejected because a parameter is not valid."), None);
    }
}
