//! Which of the members that a decision rests on are shown to people: those that tell something.
//!
//! The machine formats have all of them.

use plumbline_baseline::Evidence;

/// The first members that tell something of the resource. Left out are lists and structures of which a member is there as
/// well, and what only repeats the resource's ARN; all of it is there when nothing else is.
pub(super) fn telling<'e>(evidence: &'e [Evidence], resource: &str, limit: usize) -> Vec<&'e Evidence> {
    let arn = format!("\"{resource}\"");
    let telling: Vec<&Evidence> =
        evidence.iter().filter(|each| each.value != arn && !holds_another(each, evidence)).take(limit).collect();
    if telling.is_empty() { evidence.iter().take(limit).collect() } else { telling }
}

fn holds_another(holder: &Evidence, evidence: &[Evidence]) -> bool {
    let path = holder.path.strip_prefix("size(").and_then(|path| path.strip_suffix(')')).unwrap_or(&holder.path);
    let is_inside = |other: &Evidence| other.path.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
    evidence.iter().any(is_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(evidence: &[(&str, &str)], expected: &[&str]) {
        let evidence: Vec<Evidence> =
            evidence.iter().map(|(path, value)| Evidence { path: (*path).into(), value: (*value).into() }).collect();
        let shown: Vec<&str> = telling(&evidence, "arn:alice", 3).iter().map(|each| &*each.path).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_decided_comes_before_where_it_was_found() {
        check(
            &[
                ("size(all(\"S\"))", "1"),
                ("all(\"S\")[0].Report", "[{…"),
                ("all(\"S\")[0].Report[1].arn", "\"arn:alice\""),
                ("resource.Arn", "\"arn:alice\""),
                ("all(\"S\")[0].Report[1].mfa_active", "\"false\""),
            ],
            &["all(\"S\")[0].Report[1].mfa_active"],
        );
    }

    #[test]
    fn something_is_always_shown() {
        check(&[("resource.Arn", "\"arn:alice\"")], &["resource.Arn"]);
        check(&[("size(all(\"S\"))", "0")], &["size(all(\"S\"))"]);
        check(&[("resource.Tag", "1"), ("resource.Tags", "[]")], &["resource.Tag", "resource.Tags"]);
        check(&[], &[]);
    }
}
