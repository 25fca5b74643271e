//! An expression on many resources of one snapshot: what one evaluation looked up, the next one finds again.

use super::join::LazyIndex;
use super::run::Run;
use super::{Inputs, Program, Truth};
use crate::resource::Snapshot;
use crate::verdict::Grounds;

/// A program bound to a snapshot. It says what [`Program::evaluate`] says, in less time when it joins.
#[derive(Debug)]
pub struct Batch<'a> {
    program: &'a Program,
    snapshot: &'a Snapshot,
    indexes: Vec<LazyIndex>,
}

impl Program {
    /// Binds the program to the snapshot that many evaluations are going to share.
    pub fn batch<'a>(&'a self, snapshot: &'a Snapshot) -> Batch<'a> {
        Batch { program: self, snapshot, indexes: (0..self.joins).map(|_| LazyIndex::default()).collect() }
    }
}

impl Batch<'_> {
    /// Evaluates to an answer, and what it rests on. The snapshot is the batch's own.
    pub fn evaluate(&self, inputs: &Inputs<'_>) -> (Truth, Grounds) {
        let inputs = Inputs { snapshot: self.snapshot, ..*inputs };
        let mut run = Run::new(&inputs, self.program, true, &self.indexes);
        let truth = run.truth(&self.program.node);
        (truth, run.into_grounds())
    }
}
