//! Quantifiers and collections over lists that may have gaps.

use std::rc::Rc;
use std::sync::Arc;

use super::Run;
use crate::expr::Truth;
use crate::expr::evidence::Frame;
use crate::expr::items::{Items, items_of};
use crate::expr::node::{Join, Node, Quantifier};
use crate::expr::value::{Value, missing, mistake, truth};
use crate::reason::Unread;

/// Of a listing of at most this many, what was read of every resource is evidence, and not only of the one that decided:
/// "none of them" is best shown by saying what each is.
const FEW: usize = 3;
/// Items that one evaluation looks at, at most: lists within lists multiply, and nothing interrupts an evaluation.
const MOST: usize = 4_000_000;

impl<'a> Run<'a> {
    pub(super) fn quantify(
        &mut self,
        quantifier: Quantifier,
        range: &'a Node,
        slot: usize,
        body: &'a Node,
        join: Option<&'a Join>,
    ) -> Truth {
        let answer = self.quantified(quantifier, range, slot, body, join);
        self.leave(slot);
        answer
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        range: &'a Node,
        slot: usize,
        body: &'a Node,
        join: Option<&'a Join>,
    ) -> Truth {
        let items = match self.items(range) {
            Ok(items) => items,
            Err(unread) => return Truth::Unknown(unread),
        };
        let decisive = match quantifier {
            Quantifier::All => Truth::False,
            Quantifier::Exists | Quantifier::ExistsOne => Truth::True,
        };
        // What a resource's own lists hold is evidence already.
        let keeps_all = matches!(range, Node::Listing(_)) && items.len() <= FEW;
        // What is read beside them of the resource is not.
        let keeps_elsewhere = !keeps_all && join.is_none() && items.len() <= FEW;
        // An index leaves out items whose evidence is kept; so few are looked through faster anyway.
        let join = join.filter(|_| !keeps_all);
        let start = self.mark();
        let mut undecided = None;
        let mut found = 0;
        for (index, item) in self.candidates(&items, join) {
            if let Value::Unknown(unread) = item {
                undecided = Some(missing(undecided, unread));
                continue;
            }
            if let Some(unread) = self.look_at_one_more() {
                self.forget_witnesses(start, self.mark());
                return Truth::Unknown(unread);
            }
            let mark = self.mark();
            self.enter(slot, item, Frame { range, index });
            let answer = self.truth(body);
            if answer == decisive {
                found += 1;
                match quantifier {
                    Quantifier::ExistsOne if found > 1 => return Truth::False,
                    Quantifier::ExistsOne => continue,
                    Quantifier::All | Quantifier::Exists => {
                        self.forget_between(start, mark);
                        return truth(quantifier == Quantifier::Exists);
                    }
                }
            }
            if let Truth::Unknown(unread) = answer {
                undecided = Some(missing(undecided, unread));
            }
            if keeps_elsewhere {
                self.forget_items(mark);
            } else if !keeps_all {
                self.forget(mark);
            }
        }
        if undecided.is_some() {
            self.forget_witnesses(start, self.mark());
        }
        match (undecided, quantifier) {
            (Some(unread), _) => Truth::Unknown(unread),
            (None, Quantifier::All) => Truth::True,
            (None, Quantifier::Exists) => Truth::False,
            (None, Quantifier::ExistsOne) => truth(found == 1),
        }
    }

    pub(super) fn collect(
        &mut self,
        range: &'a Node,
        slot: usize,
        filter: Option<&'a Node>,
        value: Option<&'a Node>,
        join: Option<&'a Join>,
    ) -> Value<'a> {
        let items = match self.items(range) {
            Ok(items) => items,
            Err(unread) => return Value::Unknown(unread),
        };
        let mut kept = Vec::new();
        for (index, item) in self.candidates(&items, join) {
            if matches!(item, Value::Unknown(_)) {
                kept.push(item);
                continue;
            }
            if let Some(unread) = self.look_at_one_more() {
                self.leave(slot);
                return Value::Unknown(unread);
            }
            let mark = self.mark();
            self.enter(slot, item.clone(), Frame { range, index });
            match filter.map_or(Truth::True, |filter| self.truth(filter)) {
                Truth::False => self.forget(mark),
                Truth::True => kept.push(value.map_or(item, |value| self.value(value))),
                // It may or may not be in the list: zero or more items that are not known.
                Truth::Unknown(unread) => kept.push(Value::Unknown(unread)),
            }
        }
        self.leave(slot);
        Value::List(Rc::new(kept))
    }

    /// Counts an item; why it is not looked at, when there were too many.
    fn look_at_one_more(&mut self) -> Option<Arc<Unread>> {
        self.looked_at += 1;
        (self.looked_at > MOST).then(|| mistake(&format!("the expression looks at more than {MOST} items of lists")))
    }

    /// The items for which a condition may hold, with their positions: all, or those that an index finds.
    fn candidates<'i>(
        &mut self,
        items: &'i Items<'a>,
        join: Option<&'a Join>,
    ) -> impl Iterator<Item = (usize, Value<'a>)> + use<'i, 'a> {
        let found = join.and_then(|join| {
            let index = self.indexes.get(join.number)?.of(items, &join.member)?;
            let mark = self.mark();
            let key = self.value(&join.key);
            // Reading the key to look something up is not yet a reason for an answer.
            self.forget(mark);
            let Value::Str(key) = key else { return None };
            Some(index.candidates(&key))
        });
        let count = found.as_ref().map_or(items.len(), Vec::len);
        (0..count).filter_map(move |number| {
            let position = found.as_ref().map_or(number, |positions| positions[number]);
            Some((position, items.get(position)?))
        })
    }

    fn items(&mut self, range: &'a Node) -> Result<Items<'a>, Arc<Unread>> {
        items_of(&self.value(range))
    }
}
