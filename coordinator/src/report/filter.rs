//! Which rows a person asked for, and whether what was named exists in the scan at all. Pure: looks at one row at a time.

use std::collections::BTreeSet;

use plumbline_baseline::{Severity, Status};

use super::row::{AccountSummary, Frameworks, Limit, ReportRow};

/// Conditions on rows. An empty list asks nothing; all that ask must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these statuses.
    pub statuses: Vec<Status>,
    /// At least this severe.
    pub severity: Option<Severity>,
    /// Any of these maturity levels.
    pub levels: Vec<u8>,
    /// Frameworks that ask for the control: `id`, or `id:version`.
    pub frameworks: Vec<String>,
    /// Accounts.
    pub accounts: Names,
    /// OU paths: what is at or below them.
    pub ous: Names,
    /// Regions.
    pub regions: Names,
    /// Patterns of control ids.
    pub controls: Names,
    /// ARNs that match any of these patterns.
    pub resources: Vec<String>,
    /// Owners that match any of these patterns.
    pub owners: Vec<String>,
    /// Only what an exception accepts, or only what none does; both without a word.
    pub acceptance: Option<Acceptance>,
}

/// Whether an exception accepts a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// One does.
    Accepted,
    /// None does. What is no failure is not accepted either.
    NotAccepted,
}

/// Names that are wanted, and names that are not.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Any of these; all when there are none.
    pub only: Vec<String>,
    /// None of these.
    pub except: Vec<String>,
}

/// What conditions ask about: a row, or what became of one.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its status.
    pub status: Status,
    /// Severity of the control.
    pub severity: Severity,
    /// Its maturity level; none where the control is not known any more.
    pub level: Option<u8>,
    /// Where frameworks ask for it; none where the control is not known any more.
    pub frameworks: Option<&'a Frameworks>,
    /// Account id.
    pub account: &'a str,
    /// Path of the organizational unit.
    pub ou: &'a str,
    /// The Region.
    pub region: &'a str,
    /// Control id.
    pub control: &'a str,
    /// ARN.
    pub resource: &'a str,
    /// What governance says of it; none where that is not known, and then it is nobody's and is not accepted.
    pub governed: Option<GovernedSubject<'a>>,
}

/// What governance says of what conditions ask about.
#[derive(Clone, Copy, Debug)]
pub struct GovernedSubject<'a> {
    /// Whose it is; empty for nobody's.
    pub owner: &'a str,
    /// Whether an exception accepts it.
    pub is_accepted: bool,
}

/// What a scan has names for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Ids of the expected accounts.
    pub accounts: BTreeSet<String>,
    /// OU paths, and those above them.
    pub ous: BTreeSet<String>,
    /// Regions of its jobs.
    pub regions: BTreeSet<String>,
    /// Control ids.
    pub controls: BTreeSet<String>,
    /// Frameworks, as `id` and as `id:version`.
    pub frameworks: BTreeSet<String>,
}

/// A name that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} {name}: the scan has no such {what}")]
pub struct UnknownName {
    /// The option that named it.
    pub option: &'static str,
    /// The name.
    pub name: String,
    /// What it should have been.
    pub what: &'static str,
    /// What there is.
    pub known: Vec<String>,
}

impl Filter {
    /// Whether the row is asked for.
    pub fn matches(&self, row: &ReportRow) -> bool {
        self.wants(&Subject {
            status: row.status,
            severity: row.severity,
            level: Some(row.level),
            frameworks: Some(&row.frameworks),
            account: &row.account,
            ou: &row.ou,
            region: &row.region,
            control: &row.control,
            resource: &row.resource,
            governed: Some(GovernedSubject {
                owner: row.owner.as_ref().map_or("", |owner| &owner.name),
                is_accepted: row.is_accepted(),
            }),
        })
    }

    /// Whether what a row is about is asked for.
    pub fn wants(&self, of: &Subject<'_>) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&of.status))
            && self.severity.is_none_or(|severity| of.severity >= severity)
            && (self.levels.is_empty() || of.level.is_some_and(|level| self.levels.contains(&level)))
            && any(&self.frameworks, |wanted| of.frameworks.is_some_and(|known| is_asked_for(known, wanted)))
            && self.accounts.want(|account| of.account == account)
            && self.regions.want(|region| of.region == region)
            && self.ous.want(|ou| is_at_or_below(of.ou, ou))
            && self.controls.want(|pattern| matches_pattern(pattern, of.control))
            && any(&self.resources, |pattern| matches_pattern(pattern, of.resource))
            && self.wants_governed(of.governed)
    }

    fn wants_governed(&self, of: Option<GovernedSubject<'_>>) -> bool {
        let owner = of.map_or("", |of| of.owner);
        let wants_owner = any(&self.owners, |pattern| !owner.is_empty() && matches_pattern(pattern, owner));
        let is_accepted = of.is_some_and(|of| of.is_accepted);
        wants_owner && self.acceptance.is_none_or(|wanted| (wanted == Acceptance::Accepted) == is_accepted)
    }

    /// Whether it asks what governance says of rows: what became of findings is not told by that.
    pub fn asks_governance(&self) -> bool {
        !self.owners.is_empty() || self.acceptance.is_some()
    }

    /// Whether rows of the account are asked for.
    pub fn wants_account(&self, account: &AccountSummary) -> bool {
        self.accounts.want(|id| *account.id == *id) && self.ous.want(|ou| is_at_or_below(&account.ou, ou))
    }

    /// Refuses names that lead nowhere: a typing mistake must not look like a clean account.
    ///
    /// # Errors
    /// The first one.
    pub fn check(&self, known: &Known) -> Result<(), UnknownName> {
        let is_unit = |name: &str, unit: &str| name.trim_end_matches('/') == unit;
        let equals = |name: &str, each: &str| name == each;
        self.accounts.check(["--accounts", "--exclude-accounts"], "account", &known.accounts, equals)?;
        self.ous.check(["--ou", "--exclude-ou"], "path of an organizational unit", &known.ous, is_unit)?;
        self.regions.check(["--regions", "--exclude-regions"], "Region", &known.regions, equals)?;
        self.controls.check(["--controls", "--exclude-controls"], "control", &known.controls, matches_pattern)?;
        check(&self.frameworks, "--framework", "framework", &known.frameworks, equals)
    }

    /// The conditions that were given, as a reader of a report has to know them.
    pub fn given(&self) -> Vec<Limit> {
        let statuses: Vec<String> = self.statuses.iter().map(ToString::to_string).collect();
        let levels: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
        let severity: Vec<String> = self.severity.iter().map(ToString::to_string).collect();
        let all: [(&str, &[String]); 14] = [
            ("accounts", &self.accounts.only),
            ("exclude-accounts", &self.accounts.except),
            ("ou", &self.ous.only),
            ("exclude-ou", &self.ous.except),
            ("regions", &self.regions.only),
            ("exclude-regions", &self.regions.except),
            ("controls", &self.controls.only),
            ("exclude-controls", &self.controls.except),
            ("framework", &self.frameworks),
            ("level", &levels),
            ("severity", &severity),
            ("status", &statuses),
            ("resource", &self.resources),
            ("owner", &self.owners),
        ];
        let given = all.into_iter().filter(|(_, values)| !values.is_empty());
        let given = given.map(|(option, values)| Limit { option: option.to_owned(), values: values.to_vec() });
        let acceptance = self.acceptance.map(|wanted| match wanted {
            Acceptance::Accepted => "accepted",
            Acceptance::NotAccepted => "no-accepted",
        });
        given.chain(acceptance.map(|option| Limit { option: option.to_owned(), values: Vec::new() })).collect()
    }
}

impl Names {
    fn want(&self, is: impl Fn(&str) -> bool) -> bool {
        any(&self.only, &is) && !self.except.iter().any(|name| is(name))
    }

    fn check(
        &self,
        [only, except]: [&'static str; 2],
        what: &'static str,
        known: &BTreeSet<String>,
        is: impl Fn(&str, &str) -> bool,
    ) -> Result<(), UnknownName> {
        check(&self.only, only, what, known, &is)?;
        check(&self.except, except, what, known, &is)
    }
}

fn check(
    names: &[String],
    option: &'static str,
    what: &'static str,
    known: &BTreeSet<String>,
    is: impl Fn(&str, &str) -> bool,
) -> Result<(), UnknownName> {
    match names.iter().find(|name| !known.iter().any(|each| is(name, each))) {
        None => Ok(()),
        Some(name) => Err(UnknownName { option, name: name.clone(), what, known: known.iter().cloned().collect() }),
    }
}

fn any(list: &[String], is: impl Fn(&str) -> bool) -> bool {
    list.is_empty() || list.iter().any(|each| is(each))
}

fn is_asked_for(frameworks: &Frameworks, wanted: &str) -> bool {
    let (id, version) = wanted.split_once(':').map_or((wanted, None), |(id, version)| (id, Some(version)));
    let versions = frameworks.get(id);
    versions.is_some_and(|versions| version.is_none_or(|version| versions.contains_key(version)))
}

/// The names by which [`Filter::frameworks`] knows these.
pub fn framework_names(frameworks: &Frameworks) -> impl Iterator<Item = String> {
    frameworks.iter().flat_map(|(id, versions)| {
        let versions = versions.keys().filter(|version| !version.is_empty());
        std::iter::once(id.clone()).chain(versions.map(move |version| format!("{id}:{version}")))
    })
}

/// A path and those above it: `Root/A/B`, `Root/A`, `Root`.
pub fn path_and_above(path: &str) -> impl Iterator<Item = String> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter(|end| *end > 0).map(|end| path[..end].to_owned())
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
        assert_eq!(path_and_above("Root/A/B").collect::<Vec<_>>(), ["Root", "Root/A", "Root/A/B"]);
        assert_eq!(path_and_above("").count(), 0);
    }

    fn names(only: &[&str], except: &[&str]) -> Names {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Names { only: owned(only), except: owned(except) }
    }

    #[test]
    fn what_is_excluded_is_not_wanted_even_when_it_is_named() {
        let check = |only: &[&str], except: &[&str], name: &str, expected| {
            let wants = names(only, except).want(|pattern| matches_pattern(pattern, name));
            assert_eq!(wants, expected, "{only:?} {except:?} {name}");
        };
        check(&[], &[], "s3-a", true);
        check(&["s3-*"], &[], "s3-a", true);
        check(&["s3-*"], &["s3-a"], "s3-a", false);
        check(&["s3-*"], &["s3-a"], "s3-b", true);
        check(&[], &["s3-*"], "kms-a", true);
    }

    #[test]
    fn names_that_lead_nowhere_are_refused() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        let known = Known {
            accounts: set(&["111111111111"]),
            ous: path_and_above("Root/Work").collect(),
            regions: set(&["us-east-1"]),
            controls: set(&["s3-bucket-tls-only"]),
            frameworks: set(&["cis", "cis:3.0.0"]),
        };
        let check = |filter: Filter, option: Option<&str>| {
            assert_eq!(filter.check(&known).err().map(|error| error.option), option, "{filter:?}");
        };
        check(Filter::default(), None);
        check(Filter { accounts: names(&["111111111111"], &[]), ..Filter::default() }, None);
        check(Filter { accounts: names(&["999999999999"], &[]), ..Filter::default() }, Some("--accounts"));
        check(Filter { accounts: names(&[], &["9"]), ..Filter::default() }, Some("--exclude-accounts"));
        check(Filter { ous: names(&["Root/Work/"], &["Root"]), ..Filter::default() }, None);
        check(Filter { ous: names(&["root/work"], &[]), ..Filter::default() }, Some("--ou"));
        check(Filter { regions: names(&["us-est-1"], &[]), ..Filter::default() }, Some("--regions"));
        check(Filter { controls: names(&["s3-*"], &["*-only"]), ..Filter::default() }, None);
        check(Filter { controls: names(&["s3-bucket-tls-onyl"], &[]), ..Filter::default() }, Some("--controls"));
        check(Filter { frameworks: vec!["cis:3.0.0".into()], ..Filter::default() }, None);
        check(Filter { frameworks: vec!["cis:4".into()], ..Filter::default() }, Some("--framework"));
    }
}
