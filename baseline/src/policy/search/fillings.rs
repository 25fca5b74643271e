//! Values of policy variables. They are chosen before the search, which then sees patterns only. A variable with a few
//! possible values is tried in full; another with what may matter, which finds witnesses and proves nothing.

use super::case::Case;
use super::ground::Ground;
use crate::policy::domain::{Domain, Space, Values};
use crate::policy::language::Found;
use crate::policy::mentions::Mentions;

/// How many values a variable may have to be tried in full.
const FEW: usize = 4;

/// Values for the variables of a case, by their place.
pub(super) type Filling = Vec<(usize, Values)>;

/// All that is tried.
#[derive(Debug)]
pub(super) struct Fillings {
    /// For all variables.
    pub(super) all: Vec<Filling>,
    /// For those that are tried in full.
    pub(super) exact: Vec<Filling>,
    /// Whether a variable can hold what is not tried.
    pub(super) are_free: bool,
    /// Whether there were too many combinations.
    pub(super) is_partial: bool,
}

/// The values to try.
pub(super) fn of(case: &Case<'_>, ground: &Ground<'_>, mentions: &Mentions<'_>, most: usize) -> Fillings {
    let mut places: Vec<usize> = Vec::new();
    for each in &case.statements {
        let statement = ground.outlines[each.number].statement;
        let texts = statement.resources.iter().flat_map(|patterns| &patterns.texts);
        let variables = texts.flat_map(|text| text.variables());
        let variables = variables.chain(statement.conditions.iter().flat_map(|condition| condition.variables()));
        for place in variables.filter_map(|key| place(case, mentions, key)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let mut fillings = Fillings { all: vec![Vec::new()], exact: vec![Vec::new()], are_free: false, is_partial: false };
    for place in places {
        let few = few(ground.domain(case.variables[place].domain));
        fillings.are_free |= few.is_none();
        if let Some(values) = &few {
            fillings.exact = product(&fillings.exact, place, values);
        }
        let values = few.unwrap_or_else(|| likely(case, ground, place, mentions));
        fillings.all = product(&fillings.all, place, &values);
        if fillings.all.len() > most {
            fillings.all.truncate(most);
            fillings.is_partial = true;
        }
    }
    fillings
}

fn place(case: &Case<'_>, mentions: &Mentions<'_>, key: &str) -> Option<usize> {
    let number = mentions.keys.iter().position(|known| *known == key)?;
    case.place(number)
}

fn product(fillings: &[Filling], key: usize, values: &[Values]) -> Vec<Filling> {
    let each = fillings
        .iter()
        .flat_map(|filling| values.iter().map(|value| filling.iter().cloned().chain([(key, value.clone())]).collect()));
    each.collect()
}

/// All values of a key, if they are few.
fn few(domain: &Domain) -> Option<Vec<Values>> {
    let absent = domain.may_be_absent.then_some(None);
    if !domain.may_be_present {
        return Some(vec![None]);
    }
    match &domain.space {
        // Whether an empty value stands in a variable's place, AWS does not say.
        Space::Only(values) if values.len() <= FEW && !domain.is_multivalued && !domain.has("") => {
            Some(absent.into_iter().chain(values.iter().map(|value| Some(vec![value.clone()]))).collect())
        }
        _ => None,
    }
}

/// Values that may matter: none; one as good as any; what the policies compare the key with; and what the keys can hold
/// that are compared with it.
fn likely(case: &Case<'_>, ground: &Ground<'_>, key: usize, mentions: &Mentions<'_>) -> Vec<Values> {
    let name = case.variables[key].key.map_or("", |number| mentions.keys[number]);
    let domain = ground.domain(case.variables[key].domain);
    let mut texts: Vec<String> = Vec::new();
    let any = |domain: &Domain| {
        let present = Domain { may_be_absent: false, ..domain.clone() };
        match present.values(&[], crate::policy::domain::Reading::Strict, &ground.work) {
            Found::One(Some(values)) => values,
            _ => Vec::new(),
        }
    };
    texts.extend(any(domain));
    texts.extend(mentions.conditions(name).flat_map(|condition| condition.values.iter().cloned()));
    for condition in case.statements.iter().flat_map(|each| &ground.outlines[each.number].statement.conditions) {
        if condition.variables().any(|variable| variable == name) {
            let compared = place(case, mentions, &condition.key);
            let compared = compared.map(|place| ground.domain(case.variables[place].domain));
            texts.extend(compared.into_iter().flat_map(any));
            texts.extend(mentions.conditions(&condition.key).flat_map(|condition| condition.values.iter().cloned()));
        }
    }
    texts.extend([case.caller.account.clone()].into_iter().chain(case.caller.organization.clone()));
    let mut values: Vec<Values> = domain.may_be_absent.then_some(None).into_iter().collect();
    for text in texts {
        let value = Some(vec![text]);
        let has = |text: &String| !text.is_empty() && domain.has(text);
        if value.iter().flatten().all(has) && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}
