//! Which queues wait where: what a call held when it ended is given on without a look at all that wait.

use rustc_hash::FxHashMap;

/// Queues by where they go, and those that do not have to wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// By (Region, service), in any order.
    services: Vec<Service>,
    /// Where in it a (Region, service) stands.
    known: FxHashMap<usize, usize>,
    /// Where the last look began.
    turn: usize,
    /// Queues to budgets of which nothing was ever granted.
    pub(super) opening: Vec<usize>,
    /// Budgets whose queue was long when it was looked at last.
    pub(super) long: Vec<usize>,
}

#[derive(Debug)]
struct Service {
    place: usize,
    queues: Vec<usize>,
}

impl Waiting {
    /// A queue to a (Region, service) begins.
    pub(super) fn enter(&mut self, place: usize, queue: usize) {
        let services = &mut self.services;
        let index = *self.known.entry(place).or_insert_with(|| {
            services.push(Service { place, queues: Vec::new() });
            services.len() - 1
        });
        services[index].queues.push(queue);
    }

    /// It ended.
    pub(super) fn leave(&mut self, place: usize, queue: usize) {
        let Some(&index) = self.known.get(&place) else { return };
        self.services[index].queues.retain(|other| *other != queue);
        if self.services[index].queues.is_empty() {
            self.services.swap_remove(index);
            self.known.remove(&place);
            if let Some(moved) = self.services.get(index) {
                self.known.insert(moved.place, index);
            }
        }
        self.opening.retain(|other| *other != queue);
    }

    /// The (Region, service)s with the fewest in flight first; of equal ones, another one first each time.
    pub(super) fn in_turn(&mut self, in_flight: impl Fn(usize) -> usize) -> Vec<(usize, usize)> {
        self.turn = self.turn.wrapping_add(1);
        let from = self.turn % self.services.len().max(1);
        let (before, after) = self.services.split_at(from);
        let services = after.iter().chain(before);
        let mut turns: Vec<(usize, usize)> =
            services.map(|service| (in_flight(service.place), service.place)).collect();
        turns.sort_by_key(|(in_flight, _)| *in_flight);
        turns
    }

    /// The queues to a (Region, service).
    pub(super) fn queues(&self, place: usize) -> &[usize] {
        self.known.get(&place).map_or(&[], |index| &self.services[*index].queues)
    }
}
