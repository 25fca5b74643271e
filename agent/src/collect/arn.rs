//! ARNs from a collector's template: `arn:{partition}:s3:::{Name}`, or `{QueueUrl/}` for what stands after the last
//! slash. A member that is missing renders as `unknown`: a row must name its resource as well as it can, and a strange
//! answer must not end the job.

use plumbline_baseline::Doc;
use plumbline_baseline::pack::collector::{is_builtin, of_parent, template_paths};

use super::arguments::Subject;

/// What a missing member renders as.
const MISSING: &str = "unknown";

/// Renders a template for one item.
pub(crate) fn render(template: &str, about: &Subject<'_>) -> String {
    let mut arn = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        arn.push_str(before);
        let Some((path, tail)) = after.split_once('}') else {
            arn.push('{');
            rest = after;
            continue;
        };
        push_value(&mut arn, path, about);
        rest = tail;
    }
    arn.push_str(rest);
    arn
}

/// The member paths that a template names, built-in names left out.
pub(crate) fn paths(template: &str) -> impl Iterator<Item = &str> {
    template_paths(template).filter(|path| !is_builtin(path))
}

/// Whether the item has all that a template names.
pub(crate) fn is_known(template: &str, about: &Subject<'_>) -> bool {
    paths(template).all(|path| matches!(at(path, about), Doc::String(_) | Doc::Int(_)))
}

/// What a path leads to, in the item or in what it is listed for.
fn at<'a>(path: &str, about: &Subject<'a>) -> &'a Doc {
    match of_parent(path) {
        Some(path) => about.parent.map_or(&plumbline_baseline::doc::NULL, |parent| parent.at(path)),
        None => about.item.at(path),
    }
}

fn push_value(arn: &mut String, path: &str, about: &Subject<'_>) {
    if let Some(value) = about.place.builtin(path) {
        arn.push_str(value);
        return;
    }
    let (path, is_last_segment) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
    match at(path, about) {
        Doc::String(text) if is_last_segment => arn.push_str(text.rsplit('/').next().unwrap_or(text)),
        Doc::String(text) => arn.push_str(text),
        Doc::Int(number) => arn.push_str(&number.to_string()),
        _ => arn.push_str(MISSING),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::place::Place;

    fn check(template: &str, item: &str, expected: &str) {
        let place = Place::new("111122223333", "eu-west-1", "aws", &[]);
        let (item, parent) = (Doc::from_json(item).unwrap(), Doc::from_json(r#"{"Id":"p"}"#).unwrap());
        let about = Subject { item: &item, arn: None, parent: Some(&parent), place: &place };
        assert_eq!(render(template, &about), expected);
        assert_eq!(is_known(template, &about), !expected.contains(MISSING), "{template}");
    }

    #[test]
    fn members_and_built_in_names_are_filled_in() {
        check("arn:{partition}:s3:::{Name}", r#"{"Name":"b"}"#, "arn:aws:s3:::b");
        check("{A.Arn}", r#"{"A":{"Arn":"arn:aws:x"}}"#, "arn:aws:x");
        check("arn:aws:ec2:{region}:{account}:v/{Id}", r#"{"Id":7}"#, "arn:aws:ec2:eu-west-1:111122223333:v/7");
        check("arn:aws:sqs:x:{Url/}", r#"{"Url":"https://sqs.x.amazonaws.com/1/orders"}"#, "arn:aws:sqs:x:orders");
        check("arn:aws:x:{parent.Id}/{Name}", r#"{"Name":"b"}"#, "arn:aws:x:p/b");
        check("AWS::::Account:{account}", "{}", "AWS::::Account:111122223333");
    }

    #[test]
    fn what_is_missing_does_not_end_the_job() {
        check("arn:aws:s3:::{Name}", "{}", "arn:aws:s3:::unknown");
        check("arn:aws:s3:::{Name}", r#"{"Name":["x"]}"#, "arn:aws:s3:::unknown");
        check("odd {Name", r#"{"Name":"b"}"#, "odd {Name");
        check("", "{}", "");
    }

    #[test]
    fn the_paths_of_a_template_are_its_members() {
        assert_eq!(paths("arn:{partition}:x:{region}:{account}:{A.B}/{C/}").collect::<Vec<_>>(), ["A.B", "C"]);
    }
}
