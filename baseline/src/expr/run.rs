//! Evaluation in Kleene's logic. An unread value never becomes true or false by itself: it is carried to where the
//! answer either depends on it or does not.

mod comprehension;
mod operators;

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use operators::{arithmetic, compare, index, is_in, overflow};

use super::events;
use super::evidence::{Frame, Frames, Log, Notes};
use super::functions::{Call, Function, Policies};
use super::join::LazyIndex;
use super::node::{Label, Named, Node, Root};
use super::value::{Value, is_identical, missing, mistake};
use super::{Inputs, Program, Truth};
use crate::doc::{Doc, NULL};
use crate::reason::{Unread, UnreadReason};
use crate::verdict::Grounds;

/// A value that is known, and what was noted on the way to it.
struct Memo<'a> {
    value: Value<'a>,
    notes: Notes<'a>,
}

/// One evaluation.
pub(super) struct Run<'a> {
    pub(super) inputs: Inputs<'a>,
    slots: Vec<Value<'a>>,
    /// Values of named expressions that were evaluated, with what they rest on.
    memos: Vec<Option<Rc<Memo<'a>>>>,
    /// Which items the slots hold, for the paths of the evidence.
    frames: Frames<'a>,
    log: Option<Log<'a>>,
    /// Of the snapshot in `inputs`, one for each join of the program; none when it is not worth it.
    indexes: &'a [LazyIndex],
    /// What policies it has read.
    policies: RefCell<Policies<'a>>,
    /// Items of lists that were looked at.
    looked_at: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(inputs: &Inputs<'a>, program: &Program, with_evidence: bool, indexes: &'a [LazyIndex]) -> Self {
        Self {
            indexes,
            inputs: *inputs,
            slots: vec![Value::Null; program.slots],
            memos: vec![None; program.memos],
            frames: Frames::default(),
            log: with_evidence.then(Log::default),
            policies: RefCell::default(),
            looked_at: 0,
        }
    }

    pub(super) fn into_grounds(self) -> Grounds {
        self.log.map(Log::finish).unwrap_or_default()
    }

    /// The answer of a node.
    pub(super) fn truth(&mut self, node: &'a Node) -> Truth {
        match node {
            Node::And(left, right) => self.both(left, right, &Truth::False),
            Node::Or(left, right) => self.both(left, right, &Truth::True),
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
            Node::Quantify { quantifier, range, slot, body, join } => {
                self.quantify(*quantifier, range, *slot, body, join.as_deref())
            }
            other => self.value(other).truth(),
        }
    }

    /// `&&`, which False decides, and `||`, which True decides. What did not decide leaves no witness, and what was not
    /// read and did not matter leaves nothing.
    fn both(&mut self, left: &'a Node, right: &'a Node, decisive: &Truth) -> Truth {
        let start = self.mark();
        let first = self.truth(left);
        if first == *decisive {
            return first;
        }
        let middle = self.mark();
        let second = self.truth(right);
        let is_known = |truth: &Truth| !matches!(truth, Truth::Unknown(_));
        let is_neutral = is_known(&second) && second != *decisive;
        match is_known(&first) {
            true if !is_neutral => self.forget_witnesses(start, middle),
            false if is_neutral => self.forget_witnesses(middle, self.mark()),
            false if second == *decisive => self.forget_between(start, middle),
            _ => {}
        }
        match (first, second) {
            (Truth::Unknown(first), Truth::Unknown(second)) => Truth::Unknown(Unread::both(first, second)),
            (first, second) => {
                if second == *decisive || is_known(&first) {
                    second
                } else {
                    first
                }
            }
        }
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &'a Node) -> Value<'a> {
        match node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::Double(value) => Value::Double(*value),
            Node::String(text) => Value::Str(Cow::Borrowed(text)),
            Node::Root(root) => self.root(*root),
            Node::Slot(slot) => self.slots[*slot].clone(),
            Node::Member { of, name, top } => {
                let value = match self.place(node) {
                    Some(doc) => Value::of(doc),
                    None => self.value(of).member(name),
                };
                if *top {
                    self.note(node, &value);
                }
                value
            }
            Node::Index { of, key, top } => {
                let (of, key) = (self.value(of), self.value(key));
                let value = index(&of, &key);
                if *top {
                    self.note(node, &value);
                }
                value
            }
            Node::Negate(inner) => match self.value(inner) {
                Value::Int(value) => value.checked_neg().map_or_else(overflow, Value::Int),
                Value::Double(value) => Value::Double(-value),
                Value::Unknown(unread) => Value::Unknown(unread),
                other => Value::Unknown(mistake(&format!("the negative of {}", other.kind()))),
            },
            Node::Choose { when, yes, no } => self.choose(when, yes, no),
            Node::Arithmetic { operator, left, right } => {
                let (left, right) = (self.value(left), self.value(right));
                arithmetic(*operator, &left, &right)
            }
            Node::Constant(doc) => Value::of(doc),
            Node::List(items) => Value::List(Rc::new(items.iter().map(|item| self.value(item)).collect())),
            Node::Map(members) => {
                let members =
                    members.iter().map(|(name, value)| (name.clone(), self.value(value).to_doc().into_owned()));
                Value::Made(Rc::new(Doc::Map(members.collect())))
            }
            Node::Pattern(pattern) => Value::Pattern(pattern),
            Node::Listing(name) => match self.inputs.snapshot.listings.get(&**name) {
                Some(listing) => {
                    let value = Value::Listing(listing);
                    self.note(node, &value);
                    value
                }
                None => {
                    Value::Unknown(Arc::new(Unread::new(UnreadReason::NotRun, "", format!("{name} was not collected"))))
                }
            },
            Node::Events(events) => Value::made(events::of_account(events, self.inputs.account)),
            Node::Collect { range, slot, filter, value, join } => {
                self.collect(range, *slot, filter.as_deref(), value.as_deref(), join.as_deref())
            }
            Node::Call { function, arguments } => self.call(function, arguments),
            Node::Named(named) => self.named(node, named),
            Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::Has(_)
            | Node::Compare { .. }
            | Node::In { .. }
            | Node::Quantify { .. } => self.truth(node).into(),
        }
    }

    /// The value of a named expression: evaluated when it is asked for, and remembered where it is the same the next time.
    fn named(&mut self, node: &'a Node, named: &'a Named) -> Value<'a> {
        if let Some(memo) = named.memo.and_then(|number| self.memos[number].clone()) {
            if let Some(log) = &mut self.log {
                log.repeat(&memo.notes);
            }
            return memo.value.clone();
        }
        for number in &named.fresh {
            self.memos[*number] = None;
        }
        let mark = self.mark();
        let value = self.value(&named.body);
        if !matches!(named.label, Label::Hidden) {
            self.note(node, &value);
        }
        if let Some(number) = named.memo {
            let notes = self.log.as_ref().map(|log| log.since(mark)).unwrap_or_default();
            self.memos[number] = Some(Rc::new(Memo { value: value.clone(), notes }));
        }
        value
    }

    fn choose(&mut self, when: &'a Node, yes: &'a Node, no: &'a Node) -> Value<'a> {
        let start = self.mark();
        let unread = match self.truth(when) {
            Truth::True => return self.value(yes),
            Truth::False => return self.value(no),
            Truth::Unknown(unread) => unread,
        };
        // Both ways lead to the same answer, or it depends on the condition.
        let decided = self.mark();
        let (yes, no) = (self.value(yes), self.value(no));
        if is_identical(&yes, &no) {
            self.forget_between(start, decided);
            return yes;
        }
        self.forget_witnesses(decided, self.mark());
        Value::Unknown([yes, no].into_iter().fold(unread, |unread, way| match way {
            Value::Unknown(other) => Unread::both(unread, other),
            _ => unread,
        }))
    }

    /// Calls a function. It is strict: what was not read stays unknown.
    fn call(&mut self, function: &'static Function, arguments: &'a [Node]) -> Value<'a> {
        let mut values: Vec<Value<'a>> = Vec::with_capacity(function.parameters.len());
        let mut unread = None;
        for argument in arguments {
            match self.value(argument) {
                Value::Unknown(more) => unread = Some(missing(unread, more)),
                value => values.push(value),
            }
        }
        if let Some(unread) = unread {
            return Value::Unknown(unread);
        }
        values.resize(function.parameters.len(), Value::Null);
        match (function.body)(&Call { arguments: &values, inputs: &self.inputs, policies: &self.policies }) {
            Ok(returned) => {
                if let (Some(log), Some(witness)) = (&mut self.log, returned.witness) {
                    log.add_witness(witness);
                }
                returned.value
            }
            Err(unread) => Value::Unknown(unread),
        }
    }

    fn root(&self, root: Root) -> Value<'a> {
        match root {
            Root::Resource => Value::of(self.inputs.resource),
            Root::Parent => Value::of(self.inputs.parent),
            Root::Account => Value::of(self.inputs.account),
            Root::Organization => Value::of(self.inputs.organization),
            Root::Settings => Value::of(self.inputs.settings),
            Root::Region => Value::Str(Cow::Borrowed(self.inputs.region)),
            Root::Now => Value::Str(Cow::Borrowed(self.inputs.now)),
        }
    }

    /// Where a chain of members leads in a document, without making values on the way.
    fn place(&self, node: &Node) -> Option<&'a Doc> {
        match node {
            Node::Root(Root::Resource) => Some(self.inputs.resource),
            Node::Root(Root::Parent) => Some(self.inputs.parent),
            Node::Root(Root::Account) => Some(self.inputs.account),
            Node::Root(Root::Organization) => Some(self.inputs.organization),
            Node::Root(Root::Settings) => Some(self.inputs.settings),
            Node::Slot(slot) => match &self.slots[*slot] {
                Value::Doc(doc) => Some(doc),
                _ => None,
            },
            Node::Member { of, name, .. } => match self.place(of)? {
                Doc::Map(map) if !map.is_redacted() => Some(map.get(name).unwrap_or(&NULL)),
                doc @ (Doc::Null | Doc::Unread(_)) => Some(doc),
                _ => None,
            },
            _ => None,
        }
    }

    fn enter(&mut self, slot: usize, item: Value<'a>, frame: Frame<'a>) {
        self.slots[slot] = item;
        self.frames.set(slot, frame);
    }

    /// No item is in the slot any more.
    fn leave(&mut self, slot: usize) {
        self.frames.clear(slot);
    }

    /// Notes what was read as evidence.
    fn note(&mut self, node: &'a Node, value: &Value<'a>) {
        if let Some(log) = &mut self.log {
            log.add(node, &self.frames, value);
        }
    }

    /// A point in the evidence to go back to.
    fn mark(&self) -> usize {
        self.log.as_ref().map_or(0, Log::mark)
    }

    /// Forgets what was read since: it did not decide.
    fn forget(&mut self, mark: usize) {
        if let Some(log) = &mut self.log {
            log.forget(mark);
        }
    }

    /// Forgets what was read of items since.
    fn forget_items(&mut self, mark: usize) {
        if let Some(log) = &mut self.log {
            log.forget_items(mark);
        }
    }

    /// Forgets what functions showed between two points.
    fn forget_witnesses(&mut self, from: usize, to: usize) {
        if let Some(log) = &mut self.log {
            log.forget_witnesses(from, to);
        }
    }

    /// Forgets what was read between two points.
    fn forget_between(&mut self, from: usize, to: usize) {
        if let Some(log) = &mut self.log {
            log.forget_between(from, to);
        }
    }
}
