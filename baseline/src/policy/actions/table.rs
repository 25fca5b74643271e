//! Reads the tables of kinds of resources and of their actions.

use rustc_hash::FxHashMap;

use super::{Access, Action, Callers, Kind, Kinds, Root};
use crate::policy::pattern::{Case, Pattern};
use crate::policy::table;

impl Kinds {
    /// Reads the tables.
    ///
    /// # Errors
    /// What is wrong with them, and in which line.
    pub(crate) fn parse(resources: &str, actions: &str) -> Result<Self, String> {
        let mut kinds: Vec<Kind> = Vec::new();
        for row in table::rows(resources, &["kind", "arn", "without", "root"])? {
            let field = |number: usize| row.get(number).unwrap_or_default();
            let shape = Kind::shape_in(field(1), "aws").filter(|_| field(0).contains(':'));
            let Some(shape) = shape else {
                return Err(format!("line {}: {} needs a service and an ARN", table::line(&row), field(0)));
            };
            let without = Some(field(2)).filter(|text| !text.is_empty());
            kinds.push(Kind {
                name: field(0).to_owned(),
                service: service_of(field(0)).to_owned(),
                arn: field(1).to_owned(),
                shape,
                without: without.map(|text| Pattern::glob(text, Case::Sensitive)),
                actions: Vec::new(),
                some_carry: Vec::new(),
                root: root(field(3)).ok_or_else(|| format!("line {}: no such root", table::line(&row)))?,
            });
        }
        let mut bound: Vec<(String, Vec<String>)> = Vec::new();
        for row in table::rows(actions, &["kind", "action", "access", "callers", "keys"])? {
            let field = |number: usize| row.get(number).unwrap_or_default();
            let wrong = |what: &str| format!("line {}: {what}", table::line(&row));
            let kind = kinds.iter_mut().find(|kind| kind.name == field(0)).ok_or_else(|| wrong("no such kind"))?;
            let keys: Vec<String> = field(4).split_whitespace().map(str::to_lowercase).collect();
            bound.push((kind.service.clone(), keys.clone()));
            let access = access(field(2)).ok_or_else(|| wrong("no such access"))?;
            let callers = callers(field(3)).ok_or_else(|| wrong("no such callers"))?;
            kind.actions.push(Action { name: field(1).to_owned(), access, callers, keys });
        }
        for kind in &mut kinds {
            let of_service = bound.iter().filter(|(service, _)| *service == kind.service);
            kind.some_carry = of_service.flat_map(|(_, keys)| keys.iter().cloned()).collect();
            kind.some_carry.sort_unstable();
            kind.some_carry.dedup();
        }
        let mut places: FxHashMap<String, Vec<(usize, usize)>> = FxHashMap::default();
        for (number, kind) in kinds.iter().enumerate() {
            for (place, action) in kind.actions.iter().enumerate() {
                places.entry(action.name.to_lowercase()).or_default().push((number, place));
            }
        }
        Ok(Self { kinds, places })
    }
}

fn service_of(kind: &str) -> &str {
    kind.split(':').next().unwrap_or_default()
}

fn root(text: &str) -> Option<Root> {
    Some(match text {
        "" => Root::Itself,
        "holds" => Root::Holds,
        "inside" => Root::Inside,
        _ => return None,
    })
}

fn access(text: &str) -> Option<Access> {
    Some(match text {
        "list" => Access::List,
        "read" => Access::Read,
        "write" => Access::Write,
        "tagging" => Access::Tagging,
        "permissions" => Access::Permissions,
        _ => return None,
    })
}

fn callers(text: &str) -> Option<Callers> {
    Some(match text {
        "" => Callers::All,
        "signed" => Callers::Signed,
        "web" => Callers::Token,
        "saml" => Callers::Assertion,
        _ => return None,
    })
}
