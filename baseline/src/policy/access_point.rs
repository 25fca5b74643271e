//! An access point of S3: what a policy of one says, read as a policy of the bucket behind it. A request through an access
//! point needs the leave of both, and each names the same object in its own way; here both name it as the bucket does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::document::malformed;
use crate::doc::{Doc, Map};
use crate::reason::Unread;

/// From where an access point takes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// From everywhere.
    Internet,
    /// From one VPC alone, whatever the policies say.
    Vpc(String),
}

/// An access point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPoint {
    /// `arn:aws:s3:eu-west-1:111111111111:accesspoint/reports`, or that of a Multi-Region Access Point.
    pub arn: String,
    /// The name of the bucket behind it.
    pub bucket: String,
    /// From where it takes requests.
    pub network: Network,
}

impl AccessPoint {
    /// Its policy, about the bucket's resources instead of its own.
    pub(crate) fn seen_from_the_bucket(&self, policy: &Doc) -> Doc {
        match policy {
            Doc::String(text) => match Doc::from_json(text) {
                Ok(doc @ Doc::Map(_)) => self.seen_from_the_bucket(&doc),
                _ => policy.clone(),
            },
            Doc::Map(members) => {
                let seen = members.iter().map(|(name, value)| match (name.as_str(), value) {
                    ("Statement", Doc::List(all)) => {
                        (name.clone(), Doc::List(all.iter().map(|statement| self.statement(statement)).collect()))
                    }
                    ("Statement", statement) => (name.clone(), self.statement(statement)),
                    _ => (name.clone(), value.clone()),
                });
                Doc::Map(seen.collect())
            }
            other => other.clone(),
        }
    }

    fn statement(&self, statement: &Doc) -> Doc {
        let Doc::Map(members) = statement else { return statement.clone() };
        let seen = members.iter().map(|(name, value)| {
            let is_about_resources = matches!(name.as_str(), "Resource" | "NotResource");
            (name.clone(), if is_about_resources { self.element(value) } else { value.clone() })
        });
        Doc::Map(seen.collect::<Map>())
    }

    /// A `Resource` element. What fits nothing of the access point becomes a pattern that fits nothing.
    fn element(&self, element: &Doc) -> Doc {
        let patterns = match element {
            Doc::List(patterns) => patterns.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut seen = Vec::new();
        for pattern in patterns {
            let Some(text) = pattern.as_str() else { return element.clone() };
            match self.pattern(text) {
                Ok(patterns) => seen.extend(patterns),
                Err(unread) => return Doc::Unread(unread),
            }
        }
        if seen.is_empty() {
            seen.push(self.bucket_arn(""));
        }
        Doc::List(seen.into_iter().map(|text| Doc::from(text.as_str())).collect())
    }

    /// What a pattern of ARNs says of the bucket and of the objects in it.
    fn pattern(&self, pattern: &str) -> Result<Vec<String>, Arc<Unread>> {
        let pattern = tokens(pattern);
        let mut seen = Vec::new();
        if remainders(&pattern, &self.arn)?.iter().any(|rest| rest.iter().all(|token| *token == "*")) {
            seen.push(self.bucket_arn(&self.bucket));
        }
        for rest in remainders(&pattern, &format!("{}/object/", self.arn))? {
            seen.push(self.bucket_arn(&format!("{}/{}", self.bucket, rest.concat())));
        }
        Ok(seen)
    }

    fn bucket_arn(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.field(1))
    }

    /// A resource of the bucket as the access point names it.
    pub(crate) fn named_by_it(&self, resource: &str) -> String {
        let own = self.bucket_arn(&self.bucket);
        match resource.strip_prefix(&own) {
            Some("") => self.arn.clone(),
            Some(object) if object.starts_with('/') => format!("{}/object{object}", self.arn),
            _ => resource.to_owned(),
        }
    }

    /// The condition keys that every request through it has, in lower case; without a value, those that none has.
    pub(crate) fn keys(&self) -> Vec<(String, Option<String>)> {
        let mut keys = keys_of(&self.arn, self.field(4));
        match &self.network {
            Network::Internet => keys.push(("s3:accesspointnetworkorigin".to_owned(), Some("Internet".to_owned()))),
            Network::Vpc(vpc) => {
                keys.push(("s3:accesspointnetworkorigin".to_owned(), Some("VPC".to_owned())));
                keys.push(("aws:sourceip".to_owned(), None));
                keys.push(("aws:sourcevpc".to_owned(), Some(vpc.clone())));
            }
        }
        keys
    }

    fn field(&self, number: usize) -> &str {
        self.arn.split(':').nth(number).unwrap_or_default()
    }
}

/// The keys of a request through some access point of an account.
pub(crate) fn keys_of_any(account: &str, partition: &str) -> Vec<(String, Option<String>)> {
    keys_of(&format!("arn:{partition}:s3:*:{account}:accesspoint/*"), account)
}

fn keys_of(arn: &str, account: &str) -> Vec<(String, Option<String>)> {
    vec![
        ("s3:dataaccesspointarn".to_owned(), Some(arn.to_owned())),
        ("s3:dataaccesspointaccount".to_owned(), Some(account.to_owned())),
    ]
}

/// The characters of a pattern; a policy variable is one piece.
fn tokens(pattern: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|_| rest.find('}')).map(|end| end + 1);
        let (token, behind) = rest.split_at(variable.unwrap_or(character.len_utf8()));
        found.push(token);
        rest = behind;
    }
    found
}

/// What is left of a pattern behind a text with which it may begin: several patterns where an asterisk may have taken more
/// or less of it.
fn remainders<'p>(pattern: &'p [&'p str], text: &str) -> Result<Vec<&'p [&'p str]>, Arc<Unread>> {
    let mut places = BTreeSet::from([0]);
    for character in text.chars() {
        let mut next = BTreeSet::new();
        for place in places {
            // An asterisk may take nothing.
            let first = pattern[place..].iter().position(|token| *token != "*").map_or(pattern.len(), |at| place + at);
            if first > place {
                next.insert(place);
            }
            match pattern.get(first) {
                Some(token) if token.starts_with("${") && token.len() > 1 => {
                    return Err(malformed("a policy variable stands where an access point is named"));
                }
                Some(token) if *token == "?" || token.chars().eq([character]) => {
                    next.insert(first + 1);
                }
                _ => {}
            }
        }
        places = next;
    }
    Ok(places.into_iter().map(|place| &pattern[place..]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point() -> AccessPoint {
        AccessPoint {
            arn: "arn:aws:s3:eu-west-1:111111111111:accesspoint/reports".to_owned(),
            bucket: "b".to_owned(),
            network: Network::Internet,
        }
    }

    fn seen(pattern: &str) -> Vec<String> {
        point().pattern(pattern).expect("no variable stands in the way")
    }

    #[test]
    fn patterns_of_an_access_point_are_patterns_of_its_bucket() {
        let own = "arn:aws:s3:eu-west-1:111111111111:accesspoint/reports";
        assert_eq!(seen(own), ["arn:aws:s3:::b"]);
        assert_eq!(seen(&format!("{own}/object/*")), ["arn:aws:s3:::b/*"]);
        assert_eq!(seen(&format!("{own}/object/${{aws:username}}/?")), ["arn:aws:s3:::b/${aws:username}/?"]);
        assert_eq!(seen("*"), ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]);
        let of_any_region = ["arn:aws:s3:::b", "arn:aws:s3:::b/*:111111111111:accesspoint/r*", "arn:aws:s3:::b/*"];
        assert_eq!(seen("arn:aws:s3:*:111111111111:accesspoint/r*"), of_any_region);
        let of_any_name = ["arn:aws:s3:::b/*/object/x", "arn:aws:s3:::b/object/x", "arn:aws:s3:::b/x"];
        assert_eq!(seen("arn:*/object/x"), of_any_name);
        assert_eq!(seen(&format!("{own}-2/object/*")), Vec::<String>::new());
        assert_eq!(seen("arn:aws:s3:::b/*"), Vec::<String>::new());
    }

    #[test]
    fn what_fits_nothing_stays_an_element_that_fits_nothing() {
        let element = point().element(&Doc::from("arn:aws:s3:::b/*"));
        assert_eq!(element.to_json(), r#"["arn:aws:s3:::"]"#);
    }

    #[test]
    fn a_variable_before_the_object_decides_nothing() {
        assert!(
            point().pattern("arn:aws:s3:eu-west-1:111111111111:accesspoint/${aws:PrincipalTag/x}/object/*").is_err()
        );
        assert!(point().pattern("arn:aws:s3:eu-west-2:${aws:PrincipalTag/x}").is_ok());
    }

    #[test]
    fn a_resource_has_its_name_of_the_access_point() {
        let own = point().arn;
        assert_eq!(point().named_by_it("arn:aws:s3:::b"), own);
        assert_eq!(point().named_by_it("arn:aws:s3:::b/a/b"), format!("{own}/object/a/b"));
        assert_eq!(point().named_by_it("arn:aws:s3:::bb/a"), "arn:aws:s3:::bb/a");
    }
}
