//! Escaping denials. A statement applies if all its atoms hold: what it says of the resource, and each of its conditions. A
//! request that satisfies the atoms of a statement that allows is held against those that deny; of one that it runs into,
//! an atom is made false, and it is tried again.

use std::rc::Rc;

use super::atom::{Wish, Wishes, add};
use super::case::{Case, RESOURCE};
use super::clauses::Clauses;
use super::fillings::Filling;
use super::ground::{DomainId, Ground};
use super::{Layers, Obstacle};

use crate::policy::domain::{Domain, Reading, Space, Values};
use crate::policy::evaluate::Holds;
use crate::policy::language::Found;
use crate::policy::mentions::Mentions;

/// Values of all variables.
pub(super) type Model = Vec<Rc<Values>>;

/// The search for one caller with one action.
pub(super) struct Solver<'a, 'b> {
    domains: Vec<DomainId>,
    clauses: Clauses,
    reading: Reading,
    ground: &'b mut Ground<'a>,
    /// The statements that stopped it, by their number.
    stopped_by: Vec<usize>,
}

/// Of the denials that values run into, the one with the fewest ways out.
struct Nearest {
    denial: usize,
    /// The atoms that can be made false, with the places of their variables.
    ways: Vec<(usize, usize)>,
    /// Whether it would take too long to say of another atom whether it is one.
    is_complex: bool,
}

impl<'a, 'b> Solver<'a, 'b> {
    pub(super) fn new(
        case: &Case<'a>,
        mentions: &Mentions<'_>,
        filling: &Filling,
        reading: Reading,
        ground: &'b mut Ground<'a>,
    ) -> Self {
        let mut domains: Vec<DomainId> = case.variables.iter().map(|variable| variable.domain).collect();
        for (place, values) in filling {
            let domain = match values {
                None => Domain::absent(),
                Some(values) => Domain {
                    may_be_absent: false,
                    may_be_present: true,
                    is_multivalued: false,
                    space: Space::Only(values.clone()),
                    kind: ground.domain(domains[*place]).kind,
                },
            };
            domains[*place] = ground.keep(domain, &mut Vec::new());
        }
        let clauses = Clauses::of(case, ground, mentions, filling, reading);
        Self { domains, clauses, reading, ground, stopped_by: Vec::new() }
    }

    /// Values that get through, or none.
    pub(super) fn run(&mut self, layers: &Layers<'_>) -> Found<Model> {
        let mut wishes = vec![Wishes::new(); self.domains.len()];
        if layers.denials_only {
            return self.escape(&mut wishes);
        }
        let missing = (0..layers.layers).any(|layer| !self.clauses.allows.iter().any(|clause| clause.layer == layer));
        if missing {
            return Found::None;
        }
        // Where nothing at all gets past the denials, there is no need to look at each statement that allows.
        if self.clauses.allows.len() > 2
            && !self.clauses.denies.is_empty()
            && self.escape(&mut wishes.clone()) == Found::None
        {
            return Found::None;
        }
        self.allow(0, layers.layers, &mut wishes)
    }

    /// Takes one statement of each layer from here on.
    fn allow(&mut self, layer: usize, layers: usize, wishes: &mut [Wishes]) -> Found<Model> {
        if layer == layers {
            return self.escape(wishes);
        }
        let mut is_complex = false;
        for number in 0..self.clauses.allows.len() {
            if self.clauses.allows[number].layer != layer {
                continue;
            }
            let mut more = wishes.to_vec();
            let atoms = &self.clauses.allows[number].atoms;
            atoms.iter().for_each(|(variable, atom)| add(&mut more[*variable], Wish { atom: *atom, wanted: true }));
            // Conditions keep out more often than resources, of which a text takes longer to find.
            let mut variables = (1..more.len()).chain([RESOURCE]);
            if variables.any(|variable| self.values(variable, &more[variable]) == Found::None) {
                continue;
            }
            match self.allow(layer + 1, layers, &mut more) {
                Found::None => {}
                Found::TooComplex => is_complex = true,
                found => return found,
            }
        }
        if is_complex { Found::TooComplex } else { Found::None }
    }

    /// Values that fulfil the wishes and run into no denial.
    fn escape(&mut self, wishes: &mut [Wishes]) -> Found<Model> {
        let mut model = Vec::with_capacity(wishes.len());
        for (variable, wishes) in wishes.iter().enumerate() {
            match self.values(variable, wishes) {
                Found::One(values) => model.push(values),
                Found::None => return Found::None,
                Found::TooComplex => return Found::TooComplex,
            }
        }
        // Every denial is held against the request.
        if !self.ground.work.take(4 + 2 * wishes.len() + 4 * self.clauses.denies.len()) {
            return Found::TooComplex;
        }
        let Some(nearest) = self.nearest(wishes, &model) else { return Found::One(model) };
        let mut is_complex = nearest.is_complex;
        for (variable, atom) in nearest.ways {
            let before = wishes[variable].clone();
            add(&mut wishes[variable], Wish { atom, wanted: false });
            match self.escape(&mut wishes.to_vec()) {
                Found::None => {}
                Found::TooComplex => is_complex = true,
                found => return found,
            }
            // From here on this atom holds: what makes it false has been tried.
            wishes[variable] = before;
            add(&mut wishes[variable], Wish { atom, wanted: true });
            if self.values(variable, &wishes[variable]) == Found::None {
                break;
            }
        }
        if is_complex {
            return Found::TooComplex;
        }
        self.stopped_by.push(self.clauses.denies[nearest.denial].statement);
        Found::None
    }

    /// Of the denials that the values run into, the one with the fewest ways out.
    fn nearest(&mut self, wishes: &[Wishes], model: &[Rc<Values>]) -> Option<Nearest> {
        let mut nearest: Option<Nearest> = None;
        for denial in 0..self.clauses.denies.len() {
            if !self.runs_into(denial, model) {
                continue;
            }
            let (ways, is_complex) = self.ways(denial, wishes);
            let size = (ways.len(), is_complex);
            if nearest.as_ref().is_none_or(|known| size < (known.ways.len(), known.is_complex)) {
                let is_dead_end = ways.is_empty() && !is_complex;
                nearest = Some(Nearest { denial, ways, is_complex });
                if is_dead_end {
                    break;
                }
            }
        }
        nearest
    }

    /// The atoms of a denial that can be made false, and whether it would take too long to say of another one.
    fn ways(&mut self, denial: usize, wishes: &[Wishes]) -> (Vec<(usize, usize)>, bool) {
        let (mut ways, mut is_complex) = (Vec::new(), false);
        self.ground.work.take(8 * self.clauses.denies[denial].atoms.len());
        for place in 0..self.clauses.denies[denial].atoms.len() {
            let (variable, atom) = self.clauses.denies[denial].atoms[place];
            if wishes[variable].binary_search(&Wish { atom, wanted: true }).is_ok() {
                continue;
            }
            let mut other = wishes[variable].clone();
            add(&mut other, Wish { atom, wanted: false });
            match self.values(variable, &other) {
                Found::One(_) => ways.push((variable, atom)),
                Found::None => {}
                Found::TooComplex => is_complex = true,
            }
        }
        (ways, is_complex)
    }

    fn runs_into(&self, denial: usize, model: &[Rc<Values>]) -> bool {
        let mut applied = Holds::Yes;
        for (variable, atom) in &self.clauses.denies[denial].atoms {
            applied = applied.and(self.ground.atom(*atom).holds(&model[*variable]));
            if applied == Holds::No {
                return false;
            }
        }
        applied == Holds::Yes || self.reading == Reading::Strict
    }

    fn values(&mut self, variable: usize, wishes: &[Wish]) -> Found<Rc<Values>> {
        self.ground.values(self.domains[variable], wishes, self.reading)
    }

    /// What stopped it.
    pub(super) fn obstacle(self) -> Obstacle {
        let names = |numbers: Vec<usize>| {
            let mut names: Vec<String> =
                numbers.iter().map(|number| self.ground.outlines[*number].statement.name.clone()).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        if !self.stopped_by.is_empty() {
            return Obstacle::Denied(names(self.stopped_by));
        }
        if self.clauses.allows.is_empty() {
            return Obstacle::NotNamed;
        }
        Obstacle::Conditions(names(self.clauses.allows.iter().map(|clause| clause.statement).collect()))
    }
}
