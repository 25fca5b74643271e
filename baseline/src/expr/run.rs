//! Evaluation in Kleene's logic. An unread value never becomes true or false by itself: it is carried to where the
//! answer either depends on it or does not.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::evidence::Log;
use super::node::{Arithmetic, Compare, Node, Quantifier, Root};
use super::value::{Value, equal, mistake, truth};
use super::{Inputs, Truth, functions};
use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};
use crate::verdict::Evidence;

/// One evaluation.
pub(super) struct Run<'a> {
    pub(super) inputs: Inputs<'a>,
    slots: Vec<(Value<'a>, Option<Rc<str>>)>,
    log: Option<Log<'a>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(inputs: &Inputs<'a>, slots: usize, with_evidence: bool) -> Self {
        Self { inputs: *inputs, slots: vec![(Value::Null, None); slots], log: with_evidence.then(Log::default) }
    }

    pub(super) fn into_evidence(self) -> Vec<Evidence> {
        self.log.map(Log::finish).unwrap_or_default()
    }

    /// The answer of a node.
    pub(super) fn truth(&mut self, node: &Node) -> Truth {
        match node {
            Node::And(left, right) => match self.truth(left) {
                Truth::False => Truth::False,
                Truth::True => self.truth(right),
                unknown => match self.truth(right) {
                    Truth::False => Truth::False,
                    _ => unknown,
                },
            },
            Node::Or(left, right) => match self.truth(left) {
                Truth::True => Truth::True,
                Truth::False => self.truth(right),
                unknown => match self.truth(right) {
                    Truth::True => Truth::True,
                    _ => unknown,
                },
            },
            Node::Not(inner) => match self.truth(inner) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                unknown => unknown,
            },
            Node::Has(inner) => match self.value(inner) {
                Value::Null => Truth::False,
                Value::Unknown(unread) => Truth::Unknown(unread),
                _ => Truth::True,
            },
            Node::Compare { operator, left, right } => {
                let (left, right) = (self.value(left), self.value(right));
                compare(*operator, &left, &right)
            }
            Node::In { item, list } => {
                let (item, list) = (self.value(item), self.value(list));
                is_in(&item, &list)
            }
            Node::Quantify { quantifier, range, slot, body } => self.quantify(*quantifier, range, *slot, body),
            Node::Matches { text, pattern } => match self.value(text) {
                Value::Str(text) => truth(pattern.is_match(&text)),
                Value::Unknown(unread) => Truth::Unknown(unread),
                other => Truth::Unknown(mistake(&format!("matches() of {}", other.kind()))),
            },
            other => self.value(other).truth(),
        }
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &Node) -> Value<'a> {
        match node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::Double(value) => Value::Double(*value),
            Node::String(text) => Value::Str(Cow::Owned(text.to_string())),
            Node::Root(root) => self.root(*root),
            Node::Slot(slot) => self.slots[*slot].0.clone(),
            Node::Member { of, name, top } => {
                let value = self.value(of).member(name);
                if *top {
                    self.note(node, &value);
                }
                value
            }
            Node::Index { of, key } => {
                let (of, key) = (self.value(of), self.value(key));
                index(&of, &key)
            }
            Node::Negate(inner) => match self.value(inner) {
                Value::Int(value) => value.checked_neg().map_or_else(overflow, Value::Int),
                Value::Double(value) => Value::Double(-value),
                Value::Unknown(unread) => Value::Unknown(unread),
                other => Value::Unknown(mistake(&format!("the negative of {}", other.kind()))),
            },
            Node::Choose { when, yes, no } => match self.truth(when) {
                Truth::True => self.value(yes),
                Truth::False => self.value(no),
                Truth::Unknown(unread) => {
                    // Both ways lead to the same answer, or it depends on the condition.
                    let (yes, no) = (self.value(yes), self.value(no));
                    if equal(&yes, &no) == Truth::True { yes } else { Value::Unknown(unread) }
                }
            },
            Node::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(left), self.value(right));
                arithmetic(*operator, &left, &right)
            }
            Node::List(items) => Value::List(Rc::new(items.iter().map(|item| self.value(item)).collect())),
            Node::Listing(name) => match self.inputs.snapshot.listings.get(&**name) {
                Some(listing) => Value::Listing(listing),
                None => Value::Unknown(Arc::new(Unread {
                    reason: UnreadReason::NotRun,
                    operation: String::new(),
                    detail: format!("{name} was not collected"),
                })),
            },
            Node::Collect { range, slot, filter, value } => {
                self.collect(range, *slot, filter.as_deref(), value.as_deref())
            }
            Node::Call { function, arguments } => functions::call(*function, arguments, self),
            Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::Has(_)
            | Node::Compare { .. }
            | Node::In { .. }
            | Node::Quantify { .. }
            | Node::Matches { .. } => self.truth(node).into(),
        }
    }

    fn root(&self, root: Root) -> Value<'a> {
        match root {
            Root::Resource => Value::of(self.inputs.resource),
            Root::Account => Value::of(self.inputs.account),
            Root::Settings => Value::of(self.inputs.settings),
            Root::Region => Value::Str(Cow::Borrowed(self.inputs.region)),
            Root::Now => Value::Str(Cow::Borrowed(self.inputs.now)),
        }
    }

    fn quantify(&mut self, quantifier: Quantifier, range: &Node, slot: usize, body: &Node) -> Truth {
        let (items, unread) = match self.items(range) {
            Ok(items) => items,
            Err(unread) => return Truth::Unknown(unread),
        };
        let decisive = match quantifier {
            Quantifier::All => Truth::False,
            Quantifier::Exists | Quantifier::ExistsOne => Truth::True,
        };
        let path = self.path(range);
        let mut undecided = unread;
        let mut found = 0;
        for (index, item) in items.into_iter().enumerate() {
            let mark = self.log.as_ref().map(Log::mark);
            self.enter(slot, item, path.as_deref(), index);
            let answer = self.truth(body);
            if answer == decisive {
                found += 1;
                if quantifier != Quantifier::ExistsOne || found > 1 {
                    return truth(quantifier == Quantifier::Exists);
                }
                continue;
            }
            if let (Some(log), Some(mark)) = (&mut self.log, mark) {
                log.forget(mark);
            }
            if let Truth::Unknown(unread) = answer {
                undecided = undecided.or(Some(unread));
            }
        }
        match (undecided, quantifier) {
            (Some(unread), _) => Truth::Unknown(unread),
            (None, Quantifier::All) => Truth::True,
            (None, Quantifier::Exists) => Truth::False,
            (None, Quantifier::ExistsOne) => truth(found == 1),
        }
    }

    fn collect(&mut self, range: &Node, slot: usize, filter: Option<&Node>, value: Option<&Node>) -> Value<'a> {
        let (items, unread) = match self.items(range) {
            Ok(items) => items,
            Err(unread) => return Value::Unknown(unread),
        };
        let path = self.path(range);
        let mut kept = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            self.enter(slot, item.clone(), path.as_deref(), index);
            match filter.map_or(Truth::True, |filter| self.truth(filter)) {
                Truth::False => {}
                Truth::True => kept.push(value.map_or(item, |value| self.value(value))),
                // It may or may not be in the list: zero or more items that are not known.
                Truth::Unknown(unread) => kept.push(Value::Unknown(unread)),
            }
        }
        kept.extend(unread.map(Value::Unknown));
        Value::List(Rc::new(kept))
    }

    /// The items of a range, and why there may be more of them. Null has none, a map has its keys.
    #[expect(clippy::type_complexity, reason = "used twice, just above")]
    fn items(&mut self, range: &Node) -> Result<(Vec<Value<'a>>, Option<Arc<Unread>>), Arc<Unread>> {
        let value = self.value(range);
        items_of(&value)
    }

    fn enter(&mut self, slot: usize, item: Value<'a>, path: Option<&str>, index: usize) {
        let path = match (&self.log, path) {
            (Some(log), Some(path)) if !log.is_full() => Some(format!("{path}[{index}]").into()),
            _ => None,
        };
        self.slots[slot] = (item, path);
    }

    /// Notes what was read as evidence.
    fn note(&mut self, node: &Node, value: &Value<'a>) {
        if self.log.as_ref().is_none_or(Log::is_full) {
            return;
        }
        if let Some(path) = self.path(node)
            && let Some(log) = &mut self.log
        {
            log.add(path, value.clone());
        }
    }

    /// The path as the expression wrote it, where it starts at what was read from AWS.
    fn path(&self, node: &Node) -> Option<String> {
        self.log.as_ref()?;
        match node {
            Node::Root(Root::Resource) => Some("resource".to_owned()),
            Node::Root(Root::Account) => Some("account".to_owned()),
            Node::Listing(name) => Some(format!("all({name:?})")),
            Node::Slot(slot) => self.slots[*slot].1.as_deref().map(str::to_owned),
            Node::Member { of, name, .. } => self.path(of).map(|path| format!("{path}.{name}")),
            _ => None,
        }
    }
}

#[expect(clippy::type_complexity, reason = "the items, and why there may be more")]
pub(super) fn items_of<'a>(value: &Value<'a>) -> Result<(Vec<Value<'a>>, Option<Arc<Unread>>), Arc<Unread>> {
    let mut items = Vec::new();
    let mut unread = None;
    let mut add = |value: Value<'a>| match value {
        Value::Unknown(reason) => unread = Some(reason),
        value => items.push(value),
    };
    match value {
        Value::Null => {}
        Value::Unknown(unread) => return Err(Arc::clone(unread)),
        Value::Doc(Doc::List(list)) => list.iter().map(Value::of).for_each(&mut add),
        Value::Doc(Doc::Map(map)) => map.iter().for_each(|(key, _)| add(Value::Str(Cow::Borrowed(key.as_str())))),
        Value::Made(doc) => match &**doc {
            Doc::List(list) => list.iter().cloned().map(Value::made).for_each(&mut add),
            other => {
                let keys = other.as_map().into_iter().flat_map(|map| map.iter());
                keys.for_each(|(key, _)| add(Value::Str(Cow::Owned(key.as_str().to_owned()))));
            }
        },
        Value::List(list) => list.iter().cloned().for_each(&mut add),
        Value::Listing(listing) => {
            listing.items.iter().for_each(|item| add(Value::of(&item.doc)));
            unread = unread.or_else(|| listing.unread.clone());
        }
        other => return Err(mistake(&format!("{} has no items", other.kind()))),
    }
    Ok((items, unread))
}

fn compare(operator: Compare, left: &Value<'_>, right: &Value<'_>) -> Truth {
    let answer = match operator {
        Compare::Equal => return equal(left, right),
        Compare::NotEqual => {
            return match equal(left, right) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                unknown => unknown,
            };
        }
        _ => match (left, right) {
            (Value::Unknown(unread), _) | (_, Value::Unknown(unread)) => return Truth::Unknown(Arc::clone(unread)),
            (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
            _ => left.number().zip(right.number()).and_then(|(a, b)| a.partial_cmp(&b)),
        },
    };
    let Some(order) = answer else {
        return Truth::Unknown(mistake(&format!("{} and {} have no order", left.kind(), right.kind())));
    };
    truth(match operator {
        Compare::Less => order.is_lt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn is_in(item: &Value<'_>, list: &Value<'_>) -> Truth {
    let (items, unread) = match items_of(list) {
        Ok(items) => items,
        Err(unread) => return Truth::Unknown(unread),
    };
    let mut undecided = unread;
    for each in &items {
        match equal(item, each) {
            Truth::True => return Truth::True,
            Truth::False => {}
            Truth::Unknown(unread) => undecided = Some(unread),
        }
    }
    undecided.map_or(Truth::False, Truth::Unknown)
}

fn index<'a>(of: &Value<'a>, key: &Value<'a>) -> Value<'a> {
    match key {
        Value::Unknown(unread) => Value::Unknown(Arc::clone(unread)),
        Value::Str(name) => of.member(name),
        Value::Int(position) => match items_of(of) {
            Err(unread) => Value::Unknown(unread),
            Ok((items, unread)) => {
                let item = usize::try_from(*position).ok().and_then(|position| items.into_iter().nth(position));
                item.or(unread.map(Value::Unknown)).unwrap_or(Value::Null)
            }
        },
        other => Value::Unknown(mistake(&format!("{} is no index", other.kind()))),
    }
}

fn arithmetic<'a>(operator: Arithmetic, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    match (left, right) {
        (Value::Unknown(unread), _) | (_, Value::Unknown(unread)) => Value::Unknown(Arc::clone(unread)),
        (Value::Int(a), Value::Int(b)) => {
            let result = match operator {
                Arithmetic::Add => a.checked_add(*b),
                Arithmetic::Subtract => a.checked_sub(*b),
                Arithmetic::Multiply => a.checked_mul(*b),
                Arithmetic::Divide => a.checked_div(*b),
                Arithmetic::Remainder => a.checked_rem(*b),
            };
            result.map_or_else(overflow, Value::Int)
        }
        (Value::Str(a), Value::Str(b)) if operator == Arithmetic::Add => Value::Str(Cow::Owned(format!("{a}{b}"))),
        _ => match (left.number(), right.number()) {
            (Some(a), Some(b)) => Value::Double(match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Remainder => a % b,
            }),
            _ => match (operator, items_of(left), items_of(right)) {
                (Arithmetic::Add, Ok((mut a, a_unread)), Ok((b, b_unread)))
                    if left.kind() == "a list" && right.kind() == "a list" =>
                {
                    a.extend(b);
                    a.extend(a_unread.into_iter().chain(b_unread).map(Value::Unknown));
                    Value::List(Rc::new(a))
                }
                _ => Value::Unknown(mistake(&format!("arithmetic with {} and {}", left.kind(), right.kind()))),
            },
        },
    }
}

fn overflow<'a>() -> Value<'a> {
    Value::Unknown(mistake("a number out of range, or a division by zero"))
}
