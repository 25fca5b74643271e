//! Requests that exist: which actions a kind of resource has, what its ARNs look like, and which condition keys only some
//! of the actions carry. Data of the pack. For services that it does not list, an action is what a policy names.

mod named;
mod table;

use std::sync::LazyLock;

use super::document::Statement;
use super::domain::NoFacts;
use super::evaluate::{Holds, covers};
use super::keys::Signed;
use super::mentions::Mentions;
use super::pattern::{Case, Pattern, Token, as_arn, wildcard};

/// The kinds of resources of the pack.
pub(crate) static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    Kinds::parse(include_str!("../../pack/policy/resources.csv"), include_str!("../../pack/policy/actions.csv"))
        .expect("a test reads the tables")
});

/// The tables.
#[derive(Debug)]
pub(crate) struct Kinds {
    kinds: Vec<Kind>,
}

/// A kind of resource.
#[derive(Debug)]
pub(crate) struct Kind {
    /// `s3:object`.
    pub(crate) name: String,
    arn: String,
    without: Option<Pattern>,
    actions: Vec<Action>,
    /// Condition keys, in lower case, that only some actions of its service carry.
    some_carry: Vec<String>,
    root: Root,
}

/// How a kind of resource stands to what its policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// It is what the policy is attached to, whatever the policy names.
    Itself,
    /// It is that, and holds others, behind a slash.
    Holds,
    /// It lies inside of it, behind a slash.
    Inside,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

#[derive(Debug)]
struct Action {
    name: String,
    access: Access,
    /// How the call is signed, where not everybody can make it. A call with an assertion nobody outside can make.
    callers: Callers,
    keys: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Callers {
    All,
    Signed,
    Token,
    Assertion,
}

/// Which actions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those that a statement allows.
    Allowed,
    /// Those of them that read or list.
    Reads,
    /// All, allowed or not.
    All,
}

/// An action with the resources that it works on.
#[derive(Clone, Debug)]
pub(crate) struct Probe<'a> {
    /// The action.
    pub(crate) action: String,
    /// The kind of its resources, where it is known.
    pub(crate) kind: Option<&'a Kind>,
    /// What its resource has to be, where the question says so.
    pub(crate) resource: Option<Pattern>,
    /// Whether each statement, by number, covers the action.
    pub(crate) covered: Vec<bool>,
    keys: &'a [String],
    callers: Callers,
}

impl Kinds {
    /// The requests by which policies can be told apart: one action for each set of statements that cover it.
    pub(crate) fn probes(&self, mentions: &Mentions<'_>, scope: Scope) -> (Vec<Probe<'_>>, bool) {
        let services = named::services(mentions.statements());
        let mut probes: Vec<Probe<'_>> = Vec::new();
        for kind in
            self.kinds.iter().filter(|kind| services.is_empty() || services.iter().any(|service| kind.is_of(service)))
        {
            let actions = kind
                .actions
                .iter()
                .filter(|action| scope != Scope::Reads || matches!(action.access, Access::Read | Access::List));
            for action in actions {
                add(&mut probes, mentions, scope, &action.name, Some((kind, action)));
            }
        }
        let mut is_partial = false;
        for service in services.iter().filter(|service| !self.kinds.iter().any(|kind| kind.is_of(service))) {
            let (actions, partial) = named::actions_of(service, mentions.statements());
            is_partial |= partial;
            actions.iter().for_each(|action| add(&mut probes, mentions, scope, action, None));
        }
        for action in self.unlisted(mentions) {
            add(&mut probes, mentions, scope, &action, None);
        }
        (probes, is_partial)
    }

    /// Actions that a statement names in full, of a service that is listed without them: they may be new.
    fn unlisted(&self, mentions: &Mentions<'_>) -> Vec<String> {
        let allowing =
            mentions.statements().iter().filter(|statement| statement.allows() && !statement.actions.inverted);
        let named =
            allowing.flat_map(|statement| &statement.actions.texts).filter_map(|text| text.fixed()?.only_text());
        let is_listed = |action: &String| {
            let mut known = self.kinds.iter().flat_map(|kind| &kind.actions);
            known.any(|each| each.name.eq_ignore_ascii_case(action))
        };
        let accompany = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
        let is_call = |action: &String| !accompany.contains(&action.as_str());
        let of_listed = |action: &String| {
            self.kinds.iter().any(|kind| action.split(':').next().is_some_and(|service| kind.is_of(service)))
        };
        named.filter(|action| of_listed(action) && !is_listed(action) && is_call(action)).collect()
    }
}

/// Whether each statement covers an action.
fn covered(action: &str, statements: &[&Statement]) -> Vec<bool> {
    statements.iter().map(|statement| is_covered(action, statement)).collect()
}

fn is_covered(action: &str, statement: &Statement) -> bool {
    covers(&statement.actions, action, &NoFacts) == Holds::Yes
}

/// Adds an action unless one that the statements do not tell apart from it is there.
fn add<'a>(
    probes: &mut Vec<Probe<'a>>,
    mentions: &Mentions<'_>,
    scope: Scope,
    name: &str,
    known: Option<(&'a Kind, &'a Action)>,
) {
    let statements = mentions.statements();
    let mut allowing = statements.iter().filter(|statement| statement.allows());
    if scope != Scope::All && !allowing.any(|statement| is_covered(name, statement)) {
        return;
    }
    let covered = covered(name, statements);
    let probe = Probe {
        action: name.to_owned(),
        kind: known.map(|(kind, _)| kind),
        resource: None,
        covered,
        keys: known.map_or(&[], |(_, action)| action.keys.as_slice()),
        callers: known.map_or(Callers::All, |(_, action)| action.callers),
    };
    let carries = |probe: &Probe<'_>| -> Vec<bool> { mentions.keys.iter().map(|key| probe.carries(key)).collect() };
    let is_same = |other: &Probe<'_>| {
        other.covered == probe.covered
            && other.callers == probe.callers
            && other.kind.map(|kind| &kind.name) == probe.kind.map(|kind| &kind.name)
            && carries(other) == carries(&probe)
    };
    if !probes.iter().any(is_same) {
        probes.push(probe);
    }
}

impl<'a> Probe<'a> {
    /// One action, on what fits a pattern or on what it works on.
    pub(crate) fn of(action: &str, resource: Option<Pattern>, statements: &[&Statement]) -> Self {
        let kinds = KINDS.kinds.iter();
        let known = kinds.flat_map(|kind| kind.actions.iter().map(move |action| (kind, action)));
        let known = known.into_iter().find(|(_, known)| known.name.eq_ignore_ascii_case(action));
        Self {
            action: action.to_owned(),
            kind: known.map(|(kind, _)| kind),
            resource,
            covered: covered(action, statements),
            keys: known.map_or(&[], |(_, action)| action.keys.as_slice()),
            callers: known.map_or(Callers::All, |(_, action)| action.callers),
        }
    }

    /// Whether a request with this action can carry a condition key.
    pub(crate) fn carries(&self, key: &str) -> bool {
        let is_in = |keys: &[String]| {
            keys.iter()
                .any(|known| known == key || known.strip_suffix('*').is_some_and(|prefix| key.starts_with(prefix)))
        };
        self.kind.is_none_or(|kind| !is_in(&kind.some_carry) || is_in(self.keys))
    }

    /// Whether a caller can make the call at all.
    pub(crate) fn is_open_to(&self, signed: Signed) -> bool {
        match self.callers {
            Callers::All => signed != Signed::ByToken,
            Callers::Signed => signed == Signed::ByPrincipal || signed == Signed::ByService,
            Callers::Token => signed == Signed::ByToken,
            Callers::Assertion => false,
        }
    }
}

impl Kind {
    fn is_of(&self, service: &str) -> bool {
        self.name.split(':').next() == Some(service)
    }

    /// Those of its resources that a policy can be about, by the patterns of resources that it has: S3 stores no policy that
    /// names another bucket than its own. Nothing, where all patterns name every bucket, or where nobody sees to it.
    pub(crate) fn named(&self, patterns: &[&Pattern]) -> Vec<Pattern> {
        let inside: &[Token] = match self.root {
            Root::Itself => return Vec::new(),
            Root::Holds => &[],
            Root::Inside => &[Token::Literal('/'), Token::One, Token::Many],
        };
        let of_pattern = |pattern: &&Pattern| {
            let tokens = pattern.tokens();
            let (fourth, _) = tokens.iter().enumerate().filter(|(_, token)| **token == Token::Literal(':')).nth(4)?;
            let end = tokens[fourth..].iter().position(|token| *token == Token::Literal('/'));
            let root = &tokens[..end.map_or(tokens.len(), |end| fourth + end)];
            let is_named = root[fourth + 1..].iter().any(|token| matches!(token, Token::Literal(_)));
            is_named.then(|| Pattern::new(root.iter().chain(inside).copied(), Case::Sensitive))
        };
        patterns.iter().filter_map(of_pattern).collect()
    }

    /// What the ARNs of its resources look like, and what they do not.
    pub(crate) fn shape(&self, partition: &str) -> (Pattern, Option<&Pattern>) {
        let arn = self.arn.replace("{partition}", partition);
        let tokens = as_arn(arn.chars().map(wildcard)).expect("the table was checked");
        (Pattern::new(tokens, Case::Sensitive), self.without.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Doc;
    use crate::policy::document::Document;

    fn probes(statements: &str) -> Vec<String> {
        let document = Document::parse(&Doc::string(format!(r#"{{"Statement":[{statements}]}}"#)));
        assert!(document.unread().is_none());
        let (probes, is_partial) = KINDS.probes(&Mentions::of([&document]), Scope::Allowed);
        assert!(!is_partial);
        probes.into_iter().map(|probe| probe.action).collect()
    }

    fn allow(action: &str) -> String {
        format!(r#"{{"Effect":"Allow","Principal":"*","Action":{action},"Resource":"*"}}"#)
    }

    #[test]
    fn one_action_stands_for_all_that_no_statement_tells_apart() {
        assert_eq!(probes(&allow(r#""s3:GetObject""#)), ["s3:GetObject"]);
        assert_eq!(probes(&allow(r#""s3:*""#)), ["s3:GetObject", "s3:ListBucket"]);
        assert_eq!(probes(&allow(r#""sns:*""#)), ["sns:Publish"]);
        assert_eq!(probes(&allow(r#"["sts:TagSession","sts:SetSourceIdentity"]"#)), Vec::<String>::new());
        assert_eq!(probes(&allow(r#""sts:AssumeRoleWithWebIdentity""#)), ["sts:AssumeRoleWithWebIdentity"]);
    }

    #[test]
    fn a_service_that_is_not_listed_has_the_actions_that_policies_name() {
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"xray:Get*","Resource":"*"}"#;
        let found = probes(&format!("{},{deny}", allow(r#""xray:*""#)));
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|action| action.to_lowercase().starts_with("xray:get")));
        assert!(found.iter().any(|action| !action.to_lowercase().starts_with("xray:get")));
    }

    #[test]
    fn the_tables_are_whole() {
        assert!(KINDS.kinds.len() > 10);
        for kind in &KINDS.kinds {
            assert!(!kind.actions.is_empty(), "{} has no actions", kind.name);
        }
        let header = "kind,action,access,callers,keys\n";
        let wrong = |row: &str| {
            Kinds::parse("kind,arn,without,root\na:b,arn:aws:a:::*,,\n", &format!("{header}{row}\n")).unwrap_err()
        };
        assert!(wrong("a:c,a:X,read,,").contains("no such kind"));
        assert!(wrong("a:b,a:X,look,,").contains("no such access"));
        assert!(wrong("a:b,a:X,read,all,").contains("no such callers"));
        assert!(Kinds::parse("kind,arn,without,root\nab,b,,\n", header).is_err());
    }
}
