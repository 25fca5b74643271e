//! Escaping denials. A statement applies if all its atoms hold: what it says of the resource, and each of its conditions. A
//! request that satisfies the atoms of a statement that allows is held against those that deny; of one that it runs into,
//! an atom is made false, and it is tried again.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::case::{Case, RESOURCE};
use super::clauses::{Clauses, Test};
use super::fillings::Filling;
use super::{Layers, Obstacle};
use crate::policy::domain::{Domain, Literal, Reading, Space, Values};
use crate::policy::evaluate::Holds;
use crate::policy::language::{Found, STATES, Wanted};

/// Wishes of one variable: atoms, each with whether it is to hold. Sorted.
type Wishes = Vec<(usize, bool)>;

/// The search for one caller with one action.
pub(super) struct Solver<'a, 'b> {
    domains: Vec<Cow<'a, Domain>>,
    clauses: Clauses<'a>,
    reading: Reading,
    memo: FxHashMap<(usize, Wishes), Found<Values>>,
    left: &'b mut usize,
    stopped_by: Vec<String>,
}

impl<'a, 'b> Solver<'a, 'b> {
    pub(super) fn new(case: &Case<'a>, filling: &Filling, reading: Reading, left: &'b mut usize) -> Self {
        let mut domains: Vec<Cow<'a, Domain>> =
            case.variables().iter().map(|variable| variable.domain.clone()).collect();
        for (key, values) in filling {
            domains[*key] = match values {
                None => Cow::Owned(Domain::absent()),
                Some(values) => Cow::Owned(Domain {
                    may_be_absent: false,
                    may_be_present: true,
                    is_multivalued: false,
                    space: Space::Only(values.clone()),
                    kind: domains[*key].kind,
                }),
            };
        }
        Self {
            domains,
            clauses: Clauses::of(case, filling, reading),
            reading,
            memo: FxHashMap::default(),
            left,
            stopped_by: Vec::new(),
        }
    }

    /// Values that get through, or none.
    pub(super) fn run(&mut self, layers: &Layers<'_>) -> Found<Vec<Values>> {
        let nothing = vec![Wishes::new(); self.domains.len()];
        if layers.denials_only {
            return self.escape(nothing);
        }
        let missing = (0..layers.layers).any(|layer| !self.clauses.allows.iter().any(|clause| clause.layer == layer));
        if missing {
            return Found::None;
        }
        // Where nothing at all gets past the denials, there is no need to look at each statement that allows.
        if self.clauses.allows.len() > 2
            && !self.clauses.denies.is_empty()
            && self.escape(nothing.clone()) == Found::None
        {
            return Found::None;
        }
        self.allow(0, layers.layers, nothing)
    }

    /// Takes one statement of each layer from here on.
    fn allow(&mut self, layer: usize, layers: usize, wishes: Vec<Wishes>) -> Found<Vec<Values>> {
        if layer == layers {
            return self.escape(wishes);
        }
        let mut is_complex = false;
        for number in 0..self.clauses.allows.len() {
            if self.clauses.allows[number].layer != layer {
                continue;
            }
            let mut more = wishes.clone();
            self.clauses.allows[number]
                .atoms
                .iter()
                .for_each(|atom| wish(&mut more[self.clauses.atoms[*atom].variable], (*atom, true)));
            if (0..more.len()).any(|variable| self.values(variable, &more[variable]) == Found::None) {
                continue;
            }
            match self.allow(layer + 1, layers, more) {
                Found::None => {}
                Found::TooComplex => is_complex = true,
                found => return found,
            }
        }
        if is_complex { Found::TooComplex } else { Found::None }
    }

    /// Values that fulfil the wishes and run into no denial.
    fn escape(&mut self, mut wishes: Vec<Wishes>) -> Found<Vec<Values>> {
        let mut model = Vec::with_capacity(wishes.len());
        for (variable, wishes) in wishes.iter().enumerate() {
            match self.values(variable, wishes) {
                Found::One(values) => model.push(values),
                Found::None => return Found::None,
                Found::TooComplex => return Found::TooComplex,
            }
        }
        if *self.left == 0 {
            return Found::TooComplex;
        }
        *self.left -= 1;
        let Some((denial, ways, mut is_complex)) = self.nearest(&wishes, &model) else { return Found::One(model) };
        if ways.is_empty() && !is_complex {
            self.stopped_by.push(self.clauses.denies[denial].name.clone());
            return Found::None;
        }
        for atom in ways {
            let variable = self.clauses.atoms[atom].variable;
            let mut other = wishes.clone();
            wish(&mut other[variable], (atom, false));
            match self.escape(other) {
                Found::None => {}
                Found::TooComplex => is_complex = true,
                found => return found,
            }
            // From here on this atom holds: what makes it false has been tried.
            wish(&mut wishes[variable], (atom, true));
            if self.values(variable, &wishes[variable]) == Found::None {
                break;
            }
        }
        if is_complex {
            return Found::TooComplex;
        }
        self.stopped_by.push(self.clauses.denies[denial].name.clone());
        Found::None
    }

    /// Of the denials that the values run into, the one with the fewest ways out; and whether it would take too long to
    /// say of another atom whether it is one.
    fn nearest(&mut self, wishes: &[Wishes], model: &[Values]) -> Option<(usize, Vec<usize>, bool)> {
        let mut nearest: Option<(usize, Vec<usize>, bool)> = None;
        for denial in 0..self.clauses.denies.len() {
            if !self.runs_into(denial, model) {
                continue;
            }
            let mut is_complex = false;
            let mut ways = Vec::new();
            for atom in self.clauses.denies[denial].atoms.clone() {
                let variable = self.clauses.atoms[atom].variable;
                let mut other = wishes[variable].clone();
                if other.contains(&(atom, true)) {
                    continue;
                }
                wish(&mut other, (atom, false));
                match self.values(variable, &other) {
                    Found::One(_) => ways.push(atom),
                    Found::None => {}
                    Found::TooComplex => is_complex = true,
                }
            }
            let is_nearer = nearest.as_ref().is_none_or(|(_, known, _)| ways.len() < known.len());
            if is_nearer {
                let is_dead_end = ways.is_empty() && !is_complex;
                nearest = Some((denial, ways, is_complex));
                if is_dead_end {
                    break;
                }
            }
        }
        nearest
    }

    fn runs_into(&self, denial: usize, model: &[Values]) -> bool {
        let applied = self.clauses.denies[denial].atoms.iter().map(|atom| {
            let atom = &self.clauses.atoms[*atom];
            atom.holds(&model[atom.variable])
        });
        match applied.fold(Holds::Yes, Holds::and) {
            Holds::Yes => true,
            Holds::Perhaps => self.reading == Reading::Strict,
            Holds::No => false,
        }
    }

    /// Values of a variable that fulfil wishes. The same small questions come back many times.
    fn values(&mut self, variable: usize, wishes: &Wishes) -> Found<Values> {
        let asked = (variable, wishes.clone());
        if let Some(known) = self.memo.get(&asked) {
            return known.clone();
        }
        let found = if variable == RESOURCE { self.resource(wishes) } else { self.key(variable, wishes) };
        self.memo.insert(asked, found.clone());
        found
    }

    fn key(&self, variable: usize, wishes: &Wishes) -> Found<Values> {
        let literals = wishes.iter().filter_map(|(atom, wanted)| match &self.clauses.atoms[*atom].test {
            Test::Condition(condition) => Some(Literal { condition, wanted: *wanted }),
            Test::Resource { .. } => None,
        });
        self.domains[variable].values(&literals.collect::<Vec<_>>(), self.reading)
    }

    fn resource(&self, wishes: &Wishes) -> Found<Values> {
        let Space::Texts { within, without } = &self.domains[RESOURCE].space else { return Found::None };
        let mut wanted = Wanted {
            within: within.iter().map(|group| group.iter().collect()).collect(),
            without: without.iter().collect(),
        };
        for (atom, wish) in wishes {
            let Test::Resource { patterns, inverted } = &self.clauses.atoms[*atom].test else { continue };
            if wish != inverted {
                wanted.within.insert(0, patterns.iter().collect());
            } else {
                wanted.without.extend(patterns);
            }
        }
        match wanted.text(STATES) {
            Found::One(text) => Found::One(Some(vec![text])),
            Found::None => Found::None,
            Found::TooComplex => Found::TooComplex,
        }
    }

    /// What stopped it.
    pub(super) fn obstacle(self) -> Obstacle {
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names.dedup();
            names
        };
        if !self.stopped_by.is_empty() {
            return Obstacle::Denied(sorted(self.stopped_by));
        }
        if self.clauses.allows.is_empty() {
            return Obstacle::NotNamed;
        }
        Obstacle::Conditions(sorted(self.clauses.allows.into_iter().map(|clause| clause.name).collect()))
    }
}

fn wish(wishes: &mut Wishes, one: (usize, bool)) {
    if let Err(place) = wishes.binary_search(&one) {
        wishes.insert(place, one);
    }
}
