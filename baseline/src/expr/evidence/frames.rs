//! Which items macros are at, and what a place in the compiled form is called by who wrote it.

use crate::expr::node::{Label, Named, Node, Root};

/// Comprehensions inside one another for whose items paths are kept.
const DEPTH: usize = 4;

/// Which item of which range a comprehension is at.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Frame<'a> {
    pub(in crate::expr) range: &'a Node,
    pub(in crate::expr) index: usize,
}

/// Where all comprehensions are, by slot.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::expr) struct Frames<'a>([Option<(usize, Frame<'a>)>; DEPTH]);

impl<'a> Frames<'a> {
    /// Which item is in a slot.
    pub(in crate::expr) fn set(&mut self, slot: usize, frame: Frame<'a>) {
        let place = self.place(slot).or_else(|| self.0.iter().position(Option::is_none));
        if let Some(place) = place {
            self.0[place] = Some((slot, frame));
        }
    }

    /// None is any more.
    pub(in crate::expr) fn clear(&mut self, slot: usize) {
        if let Some(place) = self.place(slot) {
            self.0[place] = None;
        }
    }

    fn place(&self, slot: usize) -> Option<usize> {
        self.0.iter().position(|each| each.is_some_and(|(known, _)| known == slot))
    }

    /// The path as the expression wrote it, where it starts at what was read from AWS.
    pub(super) fn path(&self, node: &Node) -> Option<String> {
        match node {
            Node::Root(Root::Resource) => Some("resource".to_owned()),
            Node::Root(Root::Parent) => Some("parent".to_owned()),
            Node::Root(Root::Account) => Some("account".to_owned()),
            Node::Root(Root::Organization) => Some("organization".to_owned()),
            Node::Listing(name) => Some(format!("all({name:?})")),
            Node::Slot(slot) => {
                let (_, frame) = self.0[self.place(*slot)?]?;
                Some(format!("{}[{}]", self.path(frame.range)?, frame.index))
            }
            Node::Member { of, name, .. } => Some(format!("{}.{name}", self.path(of)?)),
            Node::Index { of, key, .. } => match &**key {
                Node::Int(index) => Some(format!("{}[{index}]", self.path(of)?)),
                _ => None,
            },
            Node::Named(named) => self.name(named),
            _ => None,
        }
    }
}

impl Frames<'_> {
    /// What a named expression is called where it is used.
    fn name(&self, named: &Named) -> Option<String> {
        match &named.label {
            Label::Hidden => self.path(&named.body),
            Label::Name(name) => Some(name.to_string()),
            Label::Member { of, name } => Some(format!("{}.{name}", self.path(of)?)),
            Label::Call { name, arguments } => {
                let shown = |argument: &Node| match argument {
                    Node::String(text) => format!("{text:?}"),
                    Node::Int(number) => number.to_string(),
                    path => self.path(path).unwrap_or_else(|| "…".to_owned()),
                };
                Some(format!("{name}({})", arguments.iter().map(shown).collect::<Vec<_>>().join(", ")))
            }
        }
    }
}
