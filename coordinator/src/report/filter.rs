//! Which rows a person asked for. Pure: looks at one row at a time.

use plumbline_baseline::{Severity, Status};

use super::row::ReportRow;

/// Conditions on rows. An empty list asks nothing; all that ask must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these statuses.
    pub statuses: Vec<Status>,
    /// At least this severe.
    pub severity: Option<Severity>,
    /// Any of these accounts.
    pub accounts: Vec<String>,
    /// Control ids that match any of these patterns.
    pub controls: Vec<String>,
    /// Any of these Regions.
    pub regions: Vec<String>,
    /// OU paths at or below any of these.
    pub ous: Vec<String>,
    /// ARNs that match any of these patterns.
    pub resources: Vec<String>,
}

impl Filter {
    /// Whether the row is asked for.
    pub fn matches(&self, row: &ReportRow) -> bool {
        let any = |list: &[String], test: &dyn Fn(&str) -> bool| list.is_empty() || list.iter().any(|each| test(each));
        (self.statuses.is_empty() || self.statuses.contains(&row.status))
            && self.severity.is_none_or(|severity| row.severity >= severity)
            && any(&self.accounts, &|account| *row.account == *account)
            && any(&self.regions, &|region| *row.region == *region)
            && any(&self.ous, &|ou| is_at_or_below(&row.ou, ou))
            && any(&self.controls, &|pattern| matches_pattern(pattern, &row.control))
            && any(&self.resources, &|pattern| matches_pattern(pattern, &row.resource))
    }
}

fn is_at_or_below(path: &str, ou: &str) -> bool {
    path.strip_prefix(ou.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the text matches a pattern in which `*` stands for any text. Everything else stands for itself.
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let check = |pattern, text, expected| assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        check("s3-*", "s3-bucket-tls-only", true);
        check("*-tls-*", "s3-bucket-tls-only", true);
        check("s3-*-only", "s3-bucket-tls-only", true);
        check("s3-bucket", "s3-bucket-tls-only", false);
        check("a*a", "a", false);
        check("*", "", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
    }

    #[test]
    fn an_organizational_unit_is_not_a_prefix_of_its_name() {
        assert!(is_at_or_below("Root/Work/Prod", "Root/Work"));
        assert!(is_at_or_below("Root/Work", "Root/Work/"));
        assert!(!is_at_or_below("Root/Workloads", "Root/Work"));
    }
}
